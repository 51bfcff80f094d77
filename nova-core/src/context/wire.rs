//! The context as key-value entries: one table for every codec.
//!
//! MessagePack writes the entries as a map, oslo's envelope as `_context_<key>`; neither knows the keys. They are the
//! 25 that Nova 34 sends. Keys that are not among them are kept and sent on.

use std::fmt;

use secrecy::ExposeSecret;
use serde::de::MapAccess;
use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::Value;

use super::{Inner, ReadDeleted, RequestContext, RequestContextBuilder};

/// Takes the entries of a context one by one.
pub trait EntrySink {
    /// What can go wrong in taking one.
    type Error;

    /// Takes one entry.
    ///
    /// # Errors
    /// Whatever the sink's writer reports; it ends the walk.
    fn entry<T: Serialize + ?Sized>(&mut self, key: &str, value: &T) -> Result<(), Self::Error>;
}

/// How many entries Nova's keys make.
const KNOWN: usize = 25;

/// Nova writes times in a context with six digits of fraction and no zone.
struct ContextTime(crate::Timestamp);

impl fmt::Display for ContextTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.to_seconds_text();
        let micros = self.0.unix_micros().rem_euclid(1_000_000);
        write!(f, "{}.{micros:06}", seconds.as_str().trim_end_matches('Z'))
    }
}

impl Serialize for ContextTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl RequestContext {
    /// How many entries [`each_entry`](Self::each_entry) gives.
    pub fn entry_count(&self) -> usize {
        KNOWN + self.0.unknown.len()
    }

    /// Gives every entry to `sink`, in a fixed order. The deadline is not among them.
    ///
    /// # Errors
    /// The first error of the sink.
    pub fn each_entry<S: EntrySink>(&self, sink: &mut S) -> Result<(), S::Error> {
        let c = &*self.0;
        sink.entry("user", &c.user_id)?;
        sink.entry("user_id", &c.user_id)?;
        sink.entry("project", &c.project_id)?;
        sink.entry("project_id", &c.project_id)?;
        sink.entry("domain", &c.domain_id)?;
        sink.entry("user_domain", &c.user_domain_id)?;
        sink.entry("project_domain", &c.project_domain_id)?;
        sink.entry("system_scope", &c.system_scope)?;
        sink.entry("is_admin", &c.is_admin)?;
        sink.entry("is_admin_project", &!c.not_admin_project)?;
        sink.entry("read_only", &c.read_only)?;
        sink.entry("show_deleted", &c.show_deleted)?;
        sink.entry("read_deleted", c.read_deleted.as_str())?;
        sink.entry("auth_token", &c.auth_token.as_ref().map(ExposeSecret::expose_secret))?;
        sink.entry("request_id", &c.request_id)?;
        sink.entry("global_request_id", &c.global_request_id)?;
        sink.entry("resource_uuid", &c.resource_uuid)?;
        sink.entry("roles", &c.roles)?;
        sink.entry("user_identity", &c.user_identity())?;
        sink.entry("remote_address", &c.remote_address)?;
        sink.entry("timestamp", &c.timestamp.map(ContextTime))?;
        sink.entry("quota_class", &c.quota_class)?;
        sink.entry("user_name", &c.user_name)?;
        sink.entry("project_name", &c.project_name)?;
        sink.entry("service_catalog", &c.service_catalog)?;
        c.unknown.iter().try_for_each(|(key, value)| sink.entry(key, value))
    }
}

impl Inner {
    /// oslo.context's summary for logs; derived, so it is written and never read.
    fn user_identity(&self) -> String {
        let part = |part: &Option<String>| part.clone().unwrap_or_else(|| "-".to_owned());
        let parts =
            [&self.user_id, &self.project_id, &self.domain_id, &self.user_domain_id, &self.project_domain_id];
        parts.map(part).join(" ")
    }
}

impl ReadDeleted {
    /// `no`, `yes` or `only`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::No => "no",
            Self::Yes => "yes",
            Self::Only => "only",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        match text {
            "no" => Some(Self::No),
            "yes" => Some(Self::Yes),
            "only" => Some(Self::Only),
            _ => None,
        }
    }
}

impl RequestContextBuilder {
    /// Reads the value of `key`, which `map` has just yielded.
    ///
    /// # Errors
    /// The value has a type the key cannot have, or `read_deleted` is not one of its three words, or the timestamp is
    /// not a time. (Nova fails such a call too.)
    pub fn read_entry<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        use serde::de::Error;
        let c = &mut self.inner;
        match key {
            "user_id" => set(&mut c.user_id, map)?,
            "user" => fall_back(&mut c.user_id, map)?,
            "project_id" => set(&mut c.project_id, map)?,
            "project" => fall_back(&mut c.project_id, map)?,
            "domain" => set(&mut c.domain_id, map)?,
            "user_domain" => set(&mut c.user_domain_id, map)?,
            "project_domain" => set(&mut c.project_domain_id, map)?,
            "system_scope" => set(&mut c.system_scope, map)?,
            "is_admin" => c.is_admin = map.next_value::<Option<bool>>()?.unwrap_or(false),
            "is_admin_project" => c.not_admin_project = !map.next_value::<Option<bool>>()?.unwrap_or(true),
            "read_only" => c.read_only = map.next_value::<Option<bool>>()?.unwrap_or(false),
            "show_deleted" => c.show_deleted = map.next_value::<Option<bool>>()?.unwrap_or(false),
            "read_deleted" => {
                let text: String = map.next_value()?;
                c.read_deleted = ReadDeleted::parse(&text).ok_or_else(|| {
                    A::Error::custom("read_deleted can only be one of 'no', 'yes' or 'only'")
                })?;
            }
            "auth_token" => c.auth_token = map.next_value::<Option<String>>()?.map(Into::into),
            "request_id" => c.request_id = map.next_value::<Option<String>>()?.unwrap_or_default(),
            "global_request_id" => set(&mut c.global_request_id, map)?,
            "resource_uuid" => set(&mut c.resource_uuid, map)?,
            "roles" => c.roles = map.next_value::<Option<Vec<String>>>()?.unwrap_or_default(),
            "user_identity" => {
                map.next_value::<serde::de::IgnoredAny>()?;
            }
            "remote_address" => set(&mut c.remote_address, map)?,
            "timestamp" => c.timestamp = map.next_value()?,
            "quota_class" => set(&mut c.quota_class, map)?,
            "user_name" => set(&mut c.user_name, map)?,
            "project_name" => set(&mut c.project_name, map)?,
            "service_catalog" => {
                c.service_catalog = map.next_value::<Option<Vec<Value>>>()?.unwrap_or_default()
            }
            _ => {
                let value = map.next_value()?;
                c.unknown.insert(key.to_owned(), value);
            }
        }
        Ok(())
    }
}

fn set<'de, A: MapAccess<'de>>(to: &mut Option<String>, map: &mut A) -> Result<(), A::Error> {
    *to = map.next_value()?;
    Ok(())
}

/// Plain oslo contexts have only the short key; where both come, the long one wins whatever their order.
fn fall_back<'de, A: MapAccess<'de>>(to: &mut Option<String>, map: &mut A) -> Result<(), A::Error> {
    let value: Option<String> = map.next_value()?;
    if to.is_none() {
        *to = value;
    }
    Ok(())
}

/// The entries as one map.
impl Serialize for RequestContext {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        struct MapSink<M>(M);
        impl<M: SerializeMap> EntrySink for MapSink<M> {
            type Error = M::Error;
            fn entry<T: Serialize + ?Sized>(&mut self, key: &str, value: &T) -> Result<(), M::Error> {
                self.0.serialize_entry(key, value)
            }
        }
        let mut sink = MapSink(serializer.serialize_map(Some(self.entry_count()))?);
        self.each_entry(&mut sink)?;
        sink.0.end()
    }
}

/// Reads a map of entries; [`build`](RequestContextBuilder::build) completes what the peer left out.
impl<'de> serde::Deserialize<'de> for RequestContextBuilder {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = RequestContextBuilder;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map of request context entries")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut builder = RequestContextBuilder::default();
                while let Some(key) = map.next_key::<String>()? {
                    builder.read_entry(&key, &mut map)?;
                }
                Ok(builder)
            }
        }
        deserializer.deserialize_map(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Env;

    fn env() -> Env {
        Env::builder().seed(1).build()
    }

    fn read(text: &str) -> Result<RequestContext, serde_json::Error> {
        serde_json::from_str::<RequestContextBuilder>(text).map(|builder| builder.build(&env()))
    }

    #[test]
    fn every_entry_and_every_unknown_key_survives_a_round_trip() {
        let text = r#"{"user_id":"u","project_id":"p","roles":["member"],"is_admin":true,"read_deleted":"only",
            "auth_token":"t","request_id":"req-1","timestamp":"2026-01-02T03:04:05.000007","trace_info":{"a":1},
            "service_catalog":[{"type":"image"}],"is_admin_project":false}"#;
        let first = read(text).unwrap();
        let written = serde_json::to_value(&first).unwrap();
        let second = read(&written.to_string()).unwrap();
        assert_eq!(serde_json::to_value(&second).unwrap(), written);
        assert_eq!(written["timestamp"], "2026-01-02T03:04:05.000007");
        assert_eq!(written["user"], "u");
        assert_eq!(written["trace_info"]["a"], 1);
        assert_eq!(written["user_identity"], "u p - - -");
        assert_eq!(written.as_object().unwrap().len(), first.entry_count());
    }

    #[test]
    fn an_empty_context_is_completed() {
        let cx = read("{}").unwrap();
        assert!(cx.request_id().starts_with("req-"));
        assert!(!cx.is_admin());
    }

    #[test]
    fn plain_oslo_contexts_name_the_user_by_the_short_key() {
        assert_eq!(read(r#"{"user":"short"}"#).unwrap().user_id(), Some("short"));
        assert_eq!(read(r#"{"user":"short","user_id":"long"}"#).unwrap().user_id(), Some("long"));
        assert_eq!(read(r#"{"user_id":"long","user":"short"}"#).unwrap().user_id(), Some("long"));
    }

    #[test]
    fn a_fourth_word_for_read_deleted_is_refused() {
        assert!(read(r#"{"read_deleted":"maybe"}"#).unwrap_err().to_string().contains("read_deleted"));
    }
}

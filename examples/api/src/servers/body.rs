//! The body of a request for servers, as microversion 2.1 has it.

use std::collections::BTreeMap;
use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use nova_compute_api::{ApiError, CreateServer, NetworkChoice};
use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use uuid::Uuid;

/// The body.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateBody {
    server: ServerBody,
    #[serde(rename = "os:scheduler_hints", alias = "OS-SCH-HNT:scheduler_hints")]
    hints: Option<BTreeMap<String, Hint>>,
}

/// What it says, in the words of the software API.
pub(super) struct Asked {
    pub(super) servers: CreateServer,
    pub(super) wants_reservation_id: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ServerBody {
    name: String,
    #[serde(rename = "flavorRef")]
    flavor: Reference,
    #[serde(rename = "imageRef")]
    image: Option<String>,
    min_count: Option<Count>,
    max_count: Option<Count>,
    metadata: Option<BTreeMap<String, String>>,
    networks: Option<Vec<NetworkBody>>,
    availability_zone: Option<String>,
    #[serde(rename = "adminPass")]
    admin_password: Option<String>,
    #[serde(rename = "accessIPv4")]
    access_ip_v4: Option<String>,
    #[serde(rename = "accessIPv6")]
    access_ip_v6: Option<String>,
    return_reservation_id: Option<Flag>,
    block_device_mapping_v2: Option<Vec<BlockDevice>>,
    security_groups: Option<Vec<SecurityGroup>>,
    #[serde(rename = "OS-DCF:diskConfig")]
    disk_config: Option<DiskConfig>,
    config_drive: Option<Flag>,
    // Nova has these; asking for one is refused by its name.
    key_name: Option<Value>,
    user_data: Option<Value>,
    personality: Option<Value>,
    block_device_mapping: Option<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NetworkBody {
    uuid: Option<Uuid>,
    port: Option<Value>,
    fixed_ip: Option<Value>,
    tag: Option<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BlockDevice {
    source_type: String,
    destination_type: Option<String>,
    uuid: Option<String>,
    boot_index: Option<i64>,
    #[serde(default = "yes")]
    delete_on_termination: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SecurityGroup {
    name: String,
}

/// How the disk is partitioned. Read, shown as `MANUAL`: nobody here looks into a disk.
#[derive(Deserialize)]
pub(super) enum DiskConfig {
    #[serde(rename = "AUTO")]
    Auto,
    #[serde(rename = "MANUAL")]
    Manual,
}

/// Hints have one value or several.
#[derive(Deserialize)]
#[serde(untagged, expecting = "a text, or a list of texts")]
enum Hint {
    One(String),
    Several(Vec<String>),
}

fn yes() -> bool {
    true
}

impl CreateBody {
    pub(super) fn into_request(self) -> Result<Asked, ApiError> {
        let Self { server, hints } = self;
        server.refuse_what_is_not_here()?;
        let image = server.image()?;
        server.check_disks(image)?;
        let min = server.min_count.as_ref().map(|count| count.0);
        let max = server.max_count.as_ref().map(|count| count.0);
        let mut request = CreateServer::new(server.name, server.flavor.0, image)
            .counts(min.unwrap_or(1), max.or(min).unwrap_or(1));
        request.metadata = server.metadata.unwrap_or_default();
        request.networks = networks(server.networks)?;
        request.availability_zone = server.availability_zone;
        request.admin_password = server.admin_password.map(Into::into);
        request.access_ip_v4 = address("accessIPv4", server.access_ip_v4.as_deref())?;
        request.access_ip_v6 = address("accessIPv6", server.access_ip_v6.as_deref())?;
        request.hints =
            hints.unwrap_or_default().into_iter().map(|(name, hint)| (name, hint.values())).collect();
        let wants_reservation_id = server.return_reservation_id.is_some_and(|flag| flag.0);
        Ok(Asked { servers: request, wants_reservation_id })
    }
}

impl ServerBody {
    fn refuse_what_is_not_here(&self) -> Result<(), ApiError> {
        let asked = |value: &Option<Value>| value.as_ref().is_some_and(|value| !value.is_null());
        let fields = [
            ("key_name", asked(&self.key_name)),
            ("user_data", asked(&self.user_data)),
            ("personality", asked(&self.personality)),
            ("block_device_mapping", asked(&self.block_device_mapping)),
            ("config_drive", self.config_drive.as_ref().is_some_and(|flag| flag.0)),
            ("OS-DCF:diskConfig", matches!(self.disk_config, Some(DiskConfig::Auto))),
            ("security_groups", self.security_groups.iter().flatten().any(|group| group.name != "default")),
        ];
        match fields.iter().find(|(_, asked)| *asked) {
            Some((field, _)) => Err(ApiError::invalid(*field, "is not implemented here")),
            None => Ok(()),
        }
    }

    /// The image: its id, or an address that ends with it.
    fn image(&self) -> Result<Uuid, ApiError> {
        let Some(text) = self.image.as_deref().filter(|text| !text.is_empty()) else {
            return Err(ApiError::invalid("image", "is needed: there are no volumes to boot from here"));
        };
        Uuid::try_parse(last_segment(text)).map_err(|_| ApiError::invalid("image", "is not a uuid"))
    }

    /// The one disk there can be is the image's own, which clients list too.
    fn check_disks(&self, image: Uuid) -> Result<(), ApiError> {
        let is_root = |disk: &BlockDevice| {
            disk.source_type == "image"
                && disk.destination_type.as_deref().is_none_or(|destination| destination == "local")
                && disk.uuid.as_deref().and_then(|id| Uuid::try_parse(id).ok()) == Some(image)
                && disk.boot_index.is_none_or(|index| index == 0)
                && disk.delete_on_termination
        };
        match self.block_device_mapping_v2.as_deref() {
            None | Some([]) => Ok(()),
            Some([disk]) if is_root(disk) => Ok(()),
            Some(_) => {
                let reason = "has a disk other than the local one of the image: not implemented here";
                Err(ApiError::invalid("block_device_mapping_v2", reason))
            }
        }
    }
}

impl Hint {
    fn values(self) -> Vec<String> {
        match self {
            Self::One(value) => vec![value],
            Self::Several(values) => values,
        }
    }
}

fn networks(networks: Option<Vec<NetworkBody>>) -> Result<NetworkChoice, ApiError> {
    let Some(networks) = networks.filter(|networks| !networks.is_empty()) else {
        return Ok(NetworkChoice::Any);
    };
    let ids = networks.into_iter().enumerate().map(|(index, network)| {
        let unknown = [("port", network.port), ("fixed_ip", network.fixed_ip), ("tag", network.tag)];
        if let Some((name, _)) =
            unknown.iter().find(|(_, value)| value.as_ref().is_some_and(|v| !v.is_null()))
        {
            return Err(ApiError::invalid(format!("networks[{index}].{name}"), "is not implemented here"));
        }
        network.uuid.ok_or_else(|| ApiError::invalid(format!("networks[{index}].uuid"), "is missing"))
    });
    ids.collect::<Result<_, _>>().map(NetworkChoice::Only)
}

pub(super) fn address<T: AddressKind>(field: &str, text: Option<&str>) -> Result<Option<T>, ApiError> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    text.parse().map(Some).map_err(|_| ApiError::invalid(field, format!("is not an {} address", T::NAME)))
}

pub(super) trait AddressKind: std::str::FromStr {
    const NAME: &'static str;
}

impl AddressKind for Ipv4Addr {
    const NAME: &'static str = "IPv4";
}

impl AddressKind for Ipv6Addr {
    const NAME: &'static str = "IPv6";
}

pub(super) fn last_segment(text: &str) -> &str {
    text.trim_end_matches('/').rsplit('/').next().unwrap_or_default()
}

/// The id of a flavor: a text, a number, or an address that ends with it.
struct Reference(String);

impl<'de> Deserialize<'de> for Reference {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl Visitor<'_> for Either {
            type Value = Reference;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an id")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Reference, E> {
                Ok(Reference(last_segment(text).to_owned()))
            }
            fn visit_u64<E: Error>(self, number: u64) -> Result<Reference, E> {
                Ok(Reference(number.to_string()))
            }
        }
        deserializer.deserialize_any(Either)
    }
}

/// A number from 0 on, or its digits.
struct Count(u32);

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl Visitor<'_> for Either {
            type Value = Count;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number of servers")
            }
            fn visit_u64<E: Error>(self, number: u64) -> Result<Count, E> {
                let number = u32::try_from(number);
                number.map(Count).map_err(|_| E::custom("invalid value: more servers than can be counted"))
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Count, E> {
                text.parse().map(Count).map_err(|_| E::invalid_value(Unexpected::Str(text), &self))
            }
        }
        deserializer.deserialize_any(Either)
    }
}

/// A truth, in the spellings of OpenStack's clients.
pub(super) struct Flag(pub(super) bool);

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl Visitor<'_> for Either {
            type Value = Flag;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("true or false")
            }
            fn visit_bool<E: Error>(self, flag: bool) -> Result<Flag, E> {
                Ok(Flag(flag))
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Flag, E> {
                match text.to_ascii_lowercase().as_str() {
                    "true" | "1" | "on" | "yes" => Ok(Flag(true)),
                    "false" | "0" | "off" | "no" | "" => Ok(Flag(false)),
                    _ => Err(E::invalid_value(Unexpected::Str(text), &self)),
                }
            }
        }
        deserializer.deserialize_any(Either)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IMAGE: &str = "70a599e0-31e7-49b7-b260-868f441e862b";

    fn read(server: &str) -> Result<Asked, ApiError> {
        let body =
            format!(r#"{{"server": {{"name": "web", "flavorRef": "1", "imageRef": "{IMAGE}"{server}}}}}"#);
        serde_json::from_str::<CreateBody>(&body).expect("a body").into_request()
    }

    #[test]
    fn what_the_stock_client_sends_is_understood() {
        let disk = format!(
            r#", "min_count": 1, "max_count": "3", "block_device_mapping_v2": [{{"uuid": "{IMAGE}", "boot_index": 0,
               "source_type": "image", "destination_type": "local", "delete_on_termination": true}}]"#
        );
        let Asked { servers, wants_reservation_id } = read(&disk).unwrap();
        assert_eq!((servers.min_count, servers.max_count, wants_reservation_id), (1, 3, false));
        assert_eq!(servers.image.to_string(), IMAGE);
    }

    #[test]
    fn only_a_minimum_means_that_many() {
        let Asked { servers, .. } = read(r#", "min_count": 2"#).unwrap();
        assert_eq!((servers.min_count, servers.max_count), (2, 2));
    }

    #[test]
    fn addresses_end_with_the_id() {
        let body = format!(
            r#"{{"server": {{"name": "n", "flavorRef": "http://c/flavors/m1", "imageRef": "http://c/images/{IMAGE}"}},
               "OS-SCH-HNT:scheduler_hints": {{"group": "g", "different_host": ["a", "b"]}}}}"#
        );
        let Asked { servers, .. } =
            serde_json::from_str::<CreateBody>(&body).unwrap().into_request().unwrap();
        assert_eq!((servers.flavor.as_str(), servers.image.to_string().as_str()), ("m1", IMAGE));
        assert_eq!(servers.hints["different_host"], ["a", "b"]);
    }

    #[test]
    fn what_is_not_here_is_refused_by_its_name() {
        let table = [
            (r#", "key_name": "k""#, "key_name"),
            (r#", "user_data": "dm0K""#, "user_data"),
            (r#", "personality": []"#, "personality"),
            (r#", "config_drive": "True""#, "config_drive"),
            (r#", "security_groups": [{"name": "web"}]"#, "security_groups"),
            (r#", "OS-DCF:diskConfig": "AUTO""#, "OS-DCF:diskConfig"),
            (r#", "networks": [{"port": "p"}]"#, "networks[0].port"),
            (r#", "networks": [{}]"#, "networks[0].uuid"),
            (r#", "accessIPv4": "::1""#, "accessIPv4"),
            (r#", "accessIPv6": "10.0.0.1""#, "accessIPv6"),
            (
                r#", "block_device_mapping_v2": [{"source_type": "volume", "uuid": "v"}]"#,
                "block_device_mapping_v2",
            ),
        ];
        for (server, field) in table {
            let refused = read(server).err().expect(server);
            assert!(matches!(&refused, ApiError::Invalid { field: own, .. } if own == field), "{refused}");
        }
        assert!(
            read(r#", "key_name": null, "config_drive": false, "security_groups": [{"name": "default"}]"#)
                .is_ok()
        );
    }
}

//! Transport URLs, as oslo.messaging reads them.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use nova_core::config::Secret;

/// Which bus, where, and as whom: `scheme://user:password@host:port,user:password@host:port/virtual-host?option=value`.
///
/// Read by oslo's rules: each host has its own credentials or none; user, password and virtual host may hold
/// `%`-escapes; the user may hold an `@`; IPv6 addresses stand in brackets; an option given twice is joined with commas.
/// The same text stands in `[DEFAULT] transport_url` and in Nova's cell mappings.
///
/// Neither its texts nor its errors show a password.
///
/// # Example
/// ```
/// use nova_rpc::transport::TransportUrl;
///
/// let url: TransportUrl = "rabbit://nova:s3cr%2ft@mq1:5672,nova:s3cr%2ft@[::1]/nova?heartbeat_timeout_threshold=30".parse()?;
/// assert_eq!((url.scheme.as_str(), url.virtual_host.as_deref()), ("rabbit", Some("nova")));
/// assert_eq!((url.hosts[1].name.as_str(), url.hosts[1].port), ("::1", None));
/// assert_eq!(url.hosts[0].password.as_ref().unwrap().expose(), "s3cr/t");
/// assert_eq!(url.to_string(), "rabbit://nova:***@mq1:5672,nova:***@[::1]/nova?heartbeat_timeout_threshold=30");
/// # Ok::<(), nova_rpc::transport::UrlError>(())
/// ```
#[doc(alias = "transport_url")]
#[doc(alias = "oslo_messaging.TransportURL")]
#[derive(Clone)]
#[non_exhaustive]
pub struct TransportUrl {
    /// The engine, in lower case.
    pub scheme: String,
    /// The hosts of one cluster, in the order given; none for the engine's default.
    pub hosts: Vec<Host>,
    /// The virtual host: what follows the first `/`. None, or empty, for the engine's default.
    pub virtual_host: Option<String>,
    /// Options of the engine, by their names in the configuration.
    pub options: BTreeMap<String, String>,
}

/// One host of a [`TransportUrl`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Host {
    /// Its name or address, IPv6 without brackets; may be empty for the engine's default.
    pub name: String,
    /// The port; none for the engine's default, with TLS or without.
    pub port: Option<u16>,
    /// The user.
    pub user: Option<String>,
    /// The user's password.
    pub password: Option<Secret>,
}

/// A text that is not a transport URL. It may hold a password, so only its harmless parts are shown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UrlError {
    /// It does not begin with `scheme://`.
    #[error("a transport URL begins with scheme://")]
    NoScheme,
    /// A bracket is not closed, or something else follows it than a port.
    #[error("host {number} of the transport URL has unbalanced brackets")]
    Brackets {
        /// Which host, counted from 1.
        number: usize,
    },
    /// A port is not a number from 1 to 65535.
    #[error("host {number} of the transport URL has a port that is none")]
    Port {
        /// Which host, counted from 1.
        number: usize,
    },
    /// A `%` is not followed by two hexadecimal digits, or what the escapes mean is no UTF-8.
    #[error("the {part} of the transport URL has a %-escape that is none")]
    Escape {
        /// Which part.
        part: &'static str,
    },
}

impl FromStr for TransportUrl {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        let (scheme, rest) = text.trim().split_once("://").ok_or(UrlError::NoScheme)?;
        let is_scheme = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
        if scheme.is_empty() || !scheme.bytes().all(is_scheme) {
            return Err(UrlError::NoScheme);
        }
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (hosts, path) = match rest.split_once('/') {
            Some((hosts, path)) => (hosts, Some(path)),
            None => (rest, None),
        };
        let hosts = hosts.split(',').filter(|host| !host.is_empty()).zip(1..);
        Ok(Self {
            scheme: scheme.to_ascii_lowercase(),
            hosts: hosts.map(|(host, number)| Host::parse(host, number)).collect::<Result<_, _>>()?,
            virtual_host: path.map(|path| unescape(path, "virtual host")).transpose()?,
            options: options(query)?,
        })
    }
}

impl Host {
    fn parse(text: &str, number: usize) -> Result<Self, UrlError> {
        let (credentials, address) = match text.rsplit_once('@') {
            Some((credentials, address)) => (Some(credentials), address),
            None => (None, text),
        };
        let (user, password) = match credentials.map(|text| (text, text.split_once(':'))) {
            Some((_, Some((user, password)))) => (Some(user), Some(password)),
            Some((user, None)) => (Some(user), None),
            None => (None, None),
        };
        let (name, port) = address_of(address, number)?;
        Ok(Self {
            name: name.to_owned(),
            port: port.map(|port| port_of(port, number)).transpose()?,
            user: user.map(|user| unescape(user, "user")).transpose()?,
            password: password.map(|text| unescape(text, "password")).transpose()?.map(Secret::from),
        })
    }
}

/// Name and port. Two colons or more without brackets are an IPv6 address without a port.
fn address_of(address: &str, number: usize) -> Result<(&str, Option<&str>), UrlError> {
    if let Some(inside) = address.strip_prefix('[') {
        let (name, after) = inside.split_once(']').ok_or(UrlError::Brackets { number })?;
        return match after.strip_prefix(':') {
            Some(port) => Ok((name, Some(port))),
            None if after.is_empty() => Ok((name, None)),
            None => Err(UrlError::Brackets { number }),
        };
    }
    Ok(match address.split_once(':') {
        Some((name, port)) if !port.contains(':') => (name, Some(port)),
        _ => (address, None),
    })
}

fn port_of(text: &str, number: usize) -> Result<u16, UrlError> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let port = text.parse().ok().filter(|port| digits && *port != 0);
    port.ok_or(UrlError::Port { number })
}

fn options(query: &str) -> Result<BTreeMap<String, String>, UrlError> {
    let mut options = BTreeMap::<String, String>::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        if value.is_empty() {
            continue; // As Python's reader does.
        }
        let [name, value] = [name, value].map(|text| unescape(&text.replace('+', " "), "query"));
        let (name, value) = (name?, value?);
        match options.get_mut(&name) {
            Some(values) => {
                values.push(',');
                values.push_str(&value);
            }
            None => {
                options.insert(name, value);
            }
        }
    }
    Ok(options)
}

fn unescape(text: &str, part: &'static str) -> Result<String, UrlError> {
    let wrong = || UrlError::Escape { part };
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let (digits, after) = rest.split_at_checked(2).ok_or_else(wrong)?;
        let digits = std::str::from_utf8(digits).map_err(|_| wrong())?;
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(wrong());
        }
        bytes.push(u8::from_str_radix(digits, 16).map_err(|_| wrong())?);
        rest = after;
    }
    String::from_utf8(bytes).map_err(|_| wrong())
}

/// The URL with `***` for passwords. Escapes are not put back.
impl fmt::Display for TransportUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://", self.scheme)?;
        for (number, host) in self.hosts.iter().enumerate() {
            f.write_str(if number == 0 { "" } else { "," })?;
            host.fmt(f)?;
        }
        if let Some(virtual_host) = &self.virtual_host {
            write!(f, "/{virtual_host}")?;
        }
        for (number, (name, value)) in self.options.iter().enumerate() {
            let value = if name.contains("password") { "***" } else { value };
            write!(f, "{}{name}={value}", if number == 0 { '?' } else { '&' })?;
        }
        Ok(())
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(user) = &self.user {
            let password = if self.password.is_some() { ":***" } else { "" };
            write!(f, "{user}{password}@")?;
        }
        match self.name.contains(':') {
            true => write!(f, "[{}]", self.name)?,
            false => f.write_str(&self.name)?,
        }
        match self.port {
            Some(port) => write!(f, ":{port}"),
            None => Ok(()),
        }
    }
}

/// As `Display`.
impl fmt::Debug for TransportUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TransportUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn url(text: &str) -> TransportUrl {
        text.parse().unwrap()
    }

    fn parts(host: &Host) -> (&str, Option<u16>, Option<&str>, Option<&str>) {
        (&host.name, host.port, host.user.as_deref(), host.password.as_ref().map(Secret::expose))
    }

    #[test]
    fn every_host_has_its_own_credentials_or_none() {
        let url = url("rabbit://u1:p1@h1:5671,h2,u3@h3/");
        let hosts: Vec<_> = url.hosts.iter().map(parts).collect();
        assert_eq!(
            hosts,
            [
                ("h1", Some(5671), Some("u1"), Some("p1")),
                ("h2", None, None, None),
                ("h3", None, Some("u3"), None)
            ]
        );
    }

    #[test]
    fn users_and_passwords_may_hold_anything_by_escapes_and_the_user_an_at_sign_as_it_is() {
        assert_eq!(
            parts(&url("rabbit://u@dom:p%40%3a%2F%25:x@h/").hosts[0]),
            ("h", None, Some("u@dom"), Some("p@:/%:x"))
        );
        assert_eq!(parts(&url("rabbit://%C3%BC:@h/").hosts[0]), ("h", None, Some("ü"), Some("")));
    }

    #[test]
    fn the_virtual_host_is_what_follows_the_first_slash() {
        let virtual_host = |text: &str| url(text).virtual_host;
        assert_eq!(virtual_host("rabbit://h"), None);
        assert_eq!(virtual_host("rabbit://h/"), Some(String::new()));
        assert_eq!(virtual_host("rabbit://h//"), Some("/".into()));
        assert_eq!(virtual_host("rabbit://h/%2Fa"), Some("/a".into()));
        assert_eq!(virtual_host("rabbit://h/nova"), Some("nova".into()));
        assert_eq!(virtual_host("rabbit:///nova"), Some("nova".into()));
    }

    #[test]
    fn addresses_of_version_six_stand_in_brackets() {
        assert_eq!(
            parts(&url("rabbit://u:p@[::1]:5673/v").hosts[0]),
            ("::1", Some(5673), Some("u"), Some("p"))
        );
        assert_eq!(parts(&url("rabbit://[fe80::1]").hosts[0]), ("fe80::1", None, None, None));
        assert_eq!(parts(&url("rabbit://fe80::1").hosts[0]), ("fe80::1", None, None, None));
    }

    #[test]
    fn no_host_at_all_means_the_engines_default() {
        assert!(url("rabbit://").hosts.is_empty());
        assert!(url("rabbit:///v").hosts.is_empty());
    }

    #[test]
    fn options_are_decoded_and_repeated_ones_joined() {
        let url = url("rabbit://h/v?ssl=1&a=x%20y+z&a=w&empty=&&flag");
        assert_eq!(url.options, BTreeMap::from([("ssl".into(), "1".into()), ("a".into(), "x y z,w".into())]));
    }

    #[test]
    fn a_mistake_is_named_without_showing_the_text() {
        for (text, error) in [
            ("", UrlError::NoScheme),
            ("h:5672/v", UrlError::NoScheme),
            ("://h", UrlError::NoScheme),
            ("a b://h", UrlError::NoScheme),
            ("rabbit://u:s3same@h:port", UrlError::Port { number: 1 }),
            ("rabbit://h,h:0", UrlError::Port { number: 2 }),
            ("rabbit://h:99999", UrlError::Port { number: 1 }),
            ("rabbit://h:+1", UrlError::Port { number: 1 }),
            ("rabbit://u:s3same@[::1/", UrlError::Brackets { number: 1 }),
            ("rabbit://[::1]x", UrlError::Brackets { number: 1 }),
            ("rabbit://u:s3same%@h", UrlError::Escape { part: "password" }),
            ("rabbit://u:s3same%zz@h", UrlError::Escape { part: "password" }),
            ("rabbit://u:s3same%ff@h", UrlError::Escape { part: "password" }),
            ("rabbit://h/%4", UrlError::Escape { part: "virtual host" }),
            ("rabbit://h/?a=%+1", UrlError::Escape { part: "query" }),
        ] {
            let found = text.parse::<TransportUrl>().unwrap_err();
            assert_eq!(found, error, "{text}");
            assert!(!found.to_string().contains("s3same"));
        }
    }

    #[test]
    fn no_text_of_a_url_shows_a_password() {
        let url = url("rabbit://u:s3same@h:1,x:s3same@h/v?ssl_key_password=s3same");
        for text in [url.to_string(), format!("{url:?}"), format!("{:?}", url.hosts)] {
            assert!(!text.contains("s3same"), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_url_or_an_error(text in "(rabbit://)?[a-z:@\\[\\]/?&=%,+é0-9]{0,40}") {
            if let Ok(url) = text.parse::<TransportUrl>() {
                let _ = format!("{url}{url:?}");
            }
        }
    }
}

//! Addresses: always texts on the wire, whatever the format.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use serde::{Deserializer, Serializer};

use super::FieldType;
use super::text::LenientText;

/// A text that is not an address of the wanted kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not {wanted}")]
pub struct InvalidAddress {
    text: String,
    wanted: &'static str,
}

impl InvalidAddress {
    fn new(text: &str, wanted: &'static str) -> Self {
        Self { text: text.chars().take(64).collect(), wanted }
    }
}

/// An IP network such as `10.0.0.0/24`; without a prefix length it is one address.
///
/// # Example
/// ```
/// use nova_objects::types::IpNetwork;
///
/// let network: IpNetwork = "10.0.0.7/24".parse()?;
/// assert_eq!((network.address().to_string().as_str(), network.prefix()), ("10.0.0.7", 24));
/// assert_eq!("::1".parse::<IpNetwork>()?.to_string(), "::1/128");
/// # Ok::<(), nova_objects::types::InvalidAddress>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IpNetwork {
    address: IpAddr,
    prefix: u8,
}

impl IpNetwork {
    /// The address, host bits included.
    pub fn address(&self) -> IpAddr {
        self.address
    }

    /// The number of leading bits that name the network.
    pub fn prefix(&self) -> u8 {
        self.prefix
    }
}

impl FromStr for IpNetwork {
    type Err = InvalidAddress;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parsed = || {
            let (address, prefix) = text.split_once('/').map_or((text, None), |(a, p)| (a, Some(p)));
            let address: IpAddr = address.parse().ok()?;
            let most = if address.is_ipv4() { 32 } else { 128 };
            let prefix = prefix.map_or(Some(most), |prefix| prefix.parse().ok())?;
            (prefix <= most).then_some(Self { address, prefix })
        };
        parsed().ok_or_else(|| InvalidAddress::new(text, "an IP network"))
    }
}

impl fmt::Display for IpNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

/// A MAC address, in lower case with colons.
///
/// # Example
/// ```
/// use nova_objects::types::MacAddress;
///
/// assert_eq!("FA-16-3E-00-00-01".parse::<MacAddress>()?.to_string(), "fa:16:3e:00:00:01");
/// # Ok::<(), nova_objects::types::InvalidAddress>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MacAddress([u8; 6]);

impl MacAddress {
    /// The six bytes.
    pub fn bytes(&self) -> [u8; 6] {
        self.0
    }
}

impl FromStr for MacAddress {
    type Err = InvalidAddress;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.split([':', '-']);
        let mut parsed = || {
            let mut bytes = [0; 6];
            for byte in &mut bytes {
                let part = parts.next().filter(|part| part.len() == 2)?;
                *byte = u8::from_str_radix(part, 16).ok().filter(|_| !part.starts_with('+'))?;
            }
            parts.next().is_none().then_some(Self(bytes))
        };
        parsed().ok_or_else(|| InvalidAddress::new(text, "a MAC address"))
    }
}

impl fmt::Display for MacAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
    }
}

/// The address of a PCI function, `dddd:bb:ss.f` in lower case.
///
/// # Example
/// ```
/// use nova_objects::types::PciAddress;
///
/// assert_eq!("0000:3B:00.1".parse::<PciAddress>()?.to_string(), "0000:3b:00.1");
/// # Ok::<(), nova_objects::types::InvalidAddress>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PciAddress {
    domain: u32,
    bus: u8,
    slot: u8,
    function: u8,
}

impl FromStr for PciAddress {
    type Err = InvalidAddress;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let hex = |part: &str, lengths: std::ops::RangeInclusive<usize>| {
            let fits = lengths.contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_hexdigit());
            if fits { u32::from_str_radix(part, 16).ok() } else { None }
        };
        let parsed = || {
            let (rest, function) = text.rsplit_once('.')?;
            let mut parts = rest.split(':');
            let domain = hex(parts.next()?, 4..=8)?;
            let bus = hex(parts.next()?, 2..=2)?.try_into().ok()?;
            let slot = hex(parts.next()?, 2..=2)?.try_into().ok()?;
            let function = hex(function, 1..=1)?.try_into().ok().filter(|function| *function < 8)?;
            parts.next().is_none().then_some(Self { domain, bus, slot, function })
        };
        parsed().ok_or_else(|| InvalidAddress::new(text, "a PCI address"))
    }
}

impl fmt::Display for PciAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04x}:{:02x}:{:02x}.{:x}", self.domain, self.bus, self.slot, self.function)
    }
}

macro_rules! address {
    ($($type:ty: $words:literal),* $(,)?) => { $(
        impl FieldType for $type {
            fn describe() -> String {
                $words.to_owned()
            }

            fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }

            fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = deserializer.deserialize_any(LenientText)?;
                text.parse().map_err(|_| serde::de::Error::custom(InvalidAddress::new(&text, $words)))
            }
        }
    )* };
}

address! {
    IpAddr: "an IP address",
    Ipv4Addr: "an IPv4 address",
    Ipv6Addr: "an IPv6 address",
    IpNetwork: "an IP network",
    MacAddress: "a MAC address",
    PciAddress: "a PCI address",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_another_kind_are_refused_by_name() {
        assert!("10.0.0.0/33".parse::<IpNetwork>().is_err());
        assert!("fa:16:3e:00:00".parse::<MacAddress>().is_err());
        assert!("fa:16:3e:00:00:+1".parse::<MacAddress>().is_err());
        assert!("0000:00:00.8".parse::<PciAddress>().is_err());
        let error = "0000:00:zz.1".parse::<PciAddress>().unwrap_err();
        assert_eq!(error.to_string(), "\"0000:00:zz.1\" is not a PCI address");
    }
}

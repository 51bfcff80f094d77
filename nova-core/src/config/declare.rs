//! The macro that declares a group of options.

/// Whether a section of this name can be found: files compare names in lower case, except for `DEFAULT`.
#[doc(hidden)]
pub const fn is_group_name(name: &str) -> bool {
    let bytes = name.as_bytes();
    if matches!(bytes, b"DEFAULT") {
        return true;
    }
    let mut at = 0;
    while at < bytes.len() {
        if !matches!(bytes[at], b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-') {
            return false;
        }
        at += 1;
    }
    at > 0
}

/// Declares a group of options: a struct with one field per option.
///
/// In front of the fields stands the section's name, `"DEFAULT"` or any other in lower case. A field is
/// documentation (the help text operators see), perhaps `#[option(…)]`, a name, a type, and perhaps `= default`.
/// Types are those of [`OptionValue`](crate::config::OptionValue). An option that has neither a default nor a type
/// that can be empty must be set by the operator.
///
/// Inside `#[option(…)]`, separated by commas:
///
/// | setting | meaning |
/// |---|---|
/// | `mutable` | may change on reload |
/// | `min = 1`, `max = 10` | smallest and largest number allowed; seconds for a `Duration` |
/// | `choices = ["a", "b"]` | the only texts allowed |
/// | `deprecated = "old"`, `deprecated = "group.old"` | an older name, accepted with a warning; may be repeated |
/// | `name = "type"` | the name in files, where it differs from the field's |
/// | `sample = "<hostname>"` | shown in the sample file where the default differs from machine to machine |
///
/// Secrecy is a matter of type: [`Secret`](crate::config::Secret).
///
/// # Example
/// ```
/// use std::time::Duration;
/// use nova_core::config::{Config, Secret};
///
/// nova_core::config_group! {
///     /// How to reach the weather station.
///     pub struct StationOptions in "station" {
///         /// Where it is.
///         pub url: String = "http://localhost:8080/",
///         /// How often to ask.
///         #[option(mutable, min = 5, deprecated = "DEFAULT.station_interval")]
///         pub interval: Duration = Duration::from_secs(60),
///         /// What it wants to hear before it answers.
///         pub password: Option<Secret>,
///         /// The rooms that have a sensor.
///         pub rooms: Vec<String> = ["kitchen", "cellar"],
///     }
/// }
///
/// let config = Config::builder().register::<StationOptions>().set("station", "interval", "10").load()?;
/// let options = config.get::<StationOptions>();
/// assert_eq!(options.interval, Duration::from_secs(10));
/// assert_eq!(options.rooms, ["kitchen", "cellar"]);
/// # Ok::<(), nova_core::config::ConfigError>(())
/// ```
///
/// # Example: a mistake the compiler finds
/// ```compile_fail
/// nova_core::config_group! {
///     pub struct Misspelled in "misspelled" {
///         #[option(mutabel)]
///         pub interval: u32 = 60,
///     }
/// }
/// ```
///
/// # Example: options that depend on each other
/// ```
/// use nova_core::config::{Config, GroupReader};
///
/// nova_core::config_group! {
///     /// Encryption of the listener.
///     pub struct TlsOptions in "tls", check = TlsOptions::check {
///         /// The certificate.
///         pub certificate: Option<std::path::PathBuf>,
///         /// Its key.
///         pub key: Option<std::path::PathBuf>,
///     }
/// }
///
/// impl TlsOptions {
///     fn check(&mut self, reader: &mut GroupReader<'_>) {
///         if self.certificate.is_some() && self.key.is_none() {
///             reader.refuse("key", "a certificate needs its key");
///         }
///     }
/// }
///
/// let error = Config::builder().register::<TlsOptions>().set("tls", "certificate", "/c.pem").load().unwrap_err();
/// assert!(error.to_string().contains("[tls] key: a certificate needs its key"));
/// ```
#[macro_export]
macro_rules! config_group {
    (
        $(#[$meta:meta])*
        $vis:vis struct $name:ident in $group:literal $(, check = $check:path)? {
            $(
                $(#[doc = $doc:expr])*
                $(#[option($($setting:tt)*)])?
                $field_vis:vis $field:ident : $type:ty $(= $default:expr)?
            ),* $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone)]
        $vis struct $name {
            $( $(#[doc = $doc])* $field_vis $field: $type, )*
        }

        impl $crate::config::ConfigGroup for $name {
            const GROUP: &'static str = {
                ::std::assert!($crate::config::is_group_name($group), "a group is DEFAULT or a name in lower case");
                $group
            };

            fn options() -> ::std::vec::Vec<$crate::config::OptionSpec> {
                ::std::vec![ $( {
                    let spec = $crate::config::OptionSpec::of::<$type>(stringify!($field), &[$($doc),*]);
                    $( let spec = spec.default_to::<$type>(&$default); )?
                    $( let spec = $crate::__config_setting!($group, spec, $($setting)*); )?
                    spec
                } ),* ]
            }

            fn read(reader: &mut $crate::config::GroupReader<'_>) -> ::std::option::Option<Self> {
                $( let $field = reader.next_value::<$type>(); )*
                #[allow(unused_mut)]
                let mut group = Self { $( $field: $field? ),* };
                $( $check(&mut group, reader); )?
                ::std::option::Option::Some(group)
            }
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __config_setting {
    ($group:literal, $spec:expr, ) => { $spec };
    ($group:literal, $spec:expr, mutable $(, $($rest:tt)*)?) => {
        $crate::__config_setting!($group, $spec.mutable(), $($($rest)*)?)
    };
    ($group:literal, $spec:expr, min = $bound:expr $(, $($rest:tt)*)?) => {
        $crate::__config_setting!($group, $spec.min($bound), $($($rest)*)?)
    };
    ($group:literal, $spec:expr, max = $bound:expr $(, $($rest:tt)*)?) => {
        $crate::__config_setting!($group, $spec.max($bound), $($($rest)*)?)
    };
    ($group:literal, $spec:expr, choices = [$($choice:literal),* $(,)?] $(, $($rest:tt)*)?) => {
        $crate::__config_setting!($group, $spec.choices(&[$($choice),*]), $($($rest)*)?)
    };
    ($group:literal, $spec:expr, deprecated = $old:literal $(, $($rest:tt)*)?) => {
        $crate::__config_setting!($group, $spec.deprecated($group, $old), $($($rest)*)?)
    };
    ($group:literal, $spec:expr, name = $file_name:literal $(, $($rest:tt)*)?) => {
        $crate::__config_setting!($group, $spec.name($file_name), $($($rest)*)?)
    };
    ($group:literal, $spec:expr, sample = $text:literal $(, $($rest:tt)*)?) => {
        $crate::__config_setting!($group, $spec.sample($text), $($($rest)*)?)
    };
    ($group:literal, $spec:expr, $($unknown:tt)*) => {
        ::std::compile_error!(::std::concat!(
            "in #[option(…)]: expected mutable, min, max, choices, deprecated, name or sample, found `",
            ::std::stringify!($($unknown)*),
            "`"
        ))
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_name_is_default_or_lower_case() {
        assert!(["DEFAULT", "upgrade_levels", "x-1"].into_iter().all(is_group_name));
        assert!(["", "default ", "Station", "a.b", "a]"].into_iter().all(|name| !is_group_name(name)));
    }
}

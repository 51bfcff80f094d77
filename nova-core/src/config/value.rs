//! Types an option's value can have, one text each.

use std::fmt::Display;
use std::path::PathBuf;
use std::time::Duration;

use super::Secret;

/// A type whose values are written as one text: a number, a word, a path.
///
/// [`Option`], [`Vec`] (comma separated), [`Multi`](super::Multi) (the option repeated) and `BTreeMap<String, _>`
/// (`key:value` pairs) of such a type are options too.
///
/// A type with [`FromStr`](std::str::FromStr) and [`Display`] gets it from [`config_value!`](crate::config_value).
/// Implement it by hand for anything else; [`parse`](Self::parse) must accept what [`render`](Self::render) writes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the type of a configuration option",
    note = "implement `ConfigValue` for it, or use `nova_core::config_value!({Self}, …)` if it has FromStr and Display"
)]
pub trait ConfigValue: Sized + Clone + Send + Sync + 'static {
    /// What the sample file calls the type, in front of the word "value".
    const TYPE: &'static str;

    /// What an error says was expected: "a whole number".
    const EXPECTED: &'static str;

    /// The only texts allowed, if the type knows them.
    const CHOICES: &'static [&'static str] = &[];

    /// Whether values must not be shown.
    const SECRET: bool = false;

    /// Whether the option is a switch on the command line: `--name` and `--noname`.
    const SWITCH: bool = false;

    /// The value `text` means; `None` if it means none. Must not panic, whatever the text.
    fn parse(text: &str) -> Option<Self>;

    /// A text that [`parse`](Self::parse) reads back.
    fn render(&self) -> String;

    /// What `min` and `max` compare; `None` if the type has no order.
    fn number(&self) -> Option<f64> {
        None
    }
}

/// Lets a type with [`FromStr`](std::str::FromStr) and [`Display`] be the type of an option.
///
/// After the type, what an error says was expected, and optionally the texts that are allowed, for the sample file.
///
/// # Example: a choice
/// ```
/// use nova_core::config::Config;
///
/// #[derive(Clone, Copy, Debug, PartialEq)]
/// pub enum OnLeaseLoss { Keep, Stop }
///
/// impl std::str::FromStr for OnLeaseLoss {
///     type Err = ();
///     fn from_str(text: &str) -> Result<Self, ()> {
///         match text { "keep" => Ok(Self::Keep), "stop" => Ok(Self::Stop), _ => Err(()) }
///     }
/// }
///
/// impl std::fmt::Display for OnLeaseLoss {
///     fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
///         f.write_str(match self { Self::Keep => "keep", Self::Stop => "stop" })
///     }
/// }
///
/// nova_core::config_value!(OnLeaseLoss, "what to do with machines", ["keep", "stop"]);
///
/// nova_core::config_group! {
///     /// How a host behaves when it is on its own.
///     pub struct LeaseOptions in "lease" {
///         /// What happens to running machines when the lease is lost.
///         pub on_loss: OnLeaseLoss = OnLeaseLoss::Keep,
///     }
/// }
///
/// let config = Config::builder().register::<LeaseOptions>().set("lease", "on_loss", "stop").load()?;
/// assert_eq!(config.get::<LeaseOptions>().on_loss, OnLeaseLoss::Stop);
/// let error = Config::builder().register::<LeaseOptions>().set("lease", "on_loss", "burn").load().unwrap_err();
/// assert!(error.to_string().contains("one of: keep, stop"));
/// # Ok::<(), nova_core::config::ConfigError>(())
/// ```
#[macro_export]
macro_rules! config_value {
    ($type:ty, $expected:literal $(, [$($choice:literal),* $(,)?])?) => {
        impl $crate::config::ConfigValue for $type {
            const TYPE: &'static str = "string";
            const EXPECTED: &'static str = $expected;
            $( const CHOICES: &'static [&'static str] = &[$($choice),*]; )?

            fn parse(text: &str) -> ::std::option::Option<Self> {
                ::std::str::FromStr::from_str(text).ok()
            }

            fn render(&self) -> ::std::string::String {
                ::std::string::ToString::to_string(self)
            }
        }
    };
}

crate::config_value!(std::net::IpAddr, "an IP address");
crate::config_value!(std::net::SocketAddr, "an IP address and a port");

macro_rules! whole_numbers {
    ($($type:ty: $expected:literal),* $(,)?) => { $(
        impl ConfigValue for $type {
            const TYPE: &'static str = "integer";
            const EXPECTED: &'static str = $expected;

            fn parse(text: &str) -> Option<Self> {
                text.trim().parse().ok()
            }

            fn render(&self) -> String {
                self.to_string()
            }

            fn number(&self) -> Option<f64> {
                Some(*self as f64)
            }
        }
    )* };
}

whole_numbers! {
    u8: "a whole number from 0 to 255",
    u16: "a whole number from 0 to 65535",
    u32: "a whole number from 0 to 4294967295",
    u64: "a whole number, not negative",
    usize: "a whole number, not negative",
    i32: "a whole number from -2147483648 to 2147483647",
    i64: "a whole number",
}

impl ConfigValue for f64 {
    const TYPE: &'static str = "floating point";
    const EXPECTED: &'static str = "a number";

    fn parse(text: &str) -> Option<Self> {
        text.trim().parse().ok().filter(|number: &f64| number.is_finite())
    }

    fn render(&self) -> String {
        format!("{self:?}")
    }

    fn number(&self) -> Option<f64> {
        Some(*self)
    }
}

impl ConfigValue for bool {
    const TYPE: &'static str = "boolean";
    const EXPECTED: &'static str = "true or false";
    const SWITCH: bool = true;

    fn parse(text: &str) -> Option<Self> {
        match text.trim().to_ascii_lowercase().as_str() {
            "true" | "1" | "on" | "yes" => Some(true),
            "false" | "0" | "off" | "no" => Some(false),
            _ => None,
        }
    }

    fn render(&self) -> String {
        self.to_string()
    }
}

impl ConfigValue for String {
    const TYPE: &'static str = "string";
    const EXPECTED: &'static str = "a text";

    fn parse(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }

    fn render(&self) -> String {
        self.clone()
    }
}

impl ConfigValue for PathBuf {
    const TYPE: &'static str = "path";
    const EXPECTED: &'static str = "a path";

    fn parse(text: &str) -> Option<Self> {
        (!text.is_empty()).then(|| PathBuf::from(text))
    }

    fn render(&self) -> String {
        self.display().to_string()
    }
}

impl ConfigValue for Secret {
    const TYPE: &'static str = "secret string";
    const EXPECTED: &'static str = "a text";
    const SECRET: bool = true;

    fn parse(text: &str) -> Option<Self> {
        Some(Self::from(text))
    }

    fn render(&self) -> String {
        self.expose().to_owned()
    }
}

/// Written as seconds, with or without a fraction.
impl ConfigValue for Duration {
    const TYPE: &'static str = "seconds";
    const EXPECTED: &'static str = "a number of seconds";

    fn parse(text: &str) -> Option<Self> {
        let (whole, fraction) = text.trim().split_once('.').unwrap_or((text.trim(), "0"));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || !digits(fraction) || fraction.len() > 9 {
            return None;
        }
        let nanos = format!("{fraction:0<9}").parse().ok()?;
        Some(Duration::new(whole.parse().ok()?, nanos))
    }

    fn render(&self) -> String {
        let text = format!("{}.{:09}", self.as_secs(), self.subsec_nanos());
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    }

    fn number(&self) -> Option<f64> {
        Some(self.as_secs_f64())
    }
}

/// What a value must be besides of its type.
#[derive(Debug, Clone, Default)]
pub struct Limits {
    pub(crate) min: Option<f64>,
    pub(crate) max: Option<f64>,
    pub(crate) choices: Vec<&'static str>,
}

impl Limits {
    /// The value `text` means, or what was expected instead.
    pub(crate) fn parse<T: ConfigValue>(&self, text: &str) -> Result<T, String> {
        let value = T::parse(text).filter(|value| self.allow(value, text));
        value.ok_or_else(|| self.expected::<T>())
    }

    fn allow<T: ConfigValue>(&self, value: &T, text: &str) -> bool {
        let number = value.number();
        let above = |min: f64| number.is_none_or(|number| number >= min);
        let below = |max: f64| number.is_none_or(|number| number <= max);
        let chosen = self.choices.is_empty() || self.choices.contains(&text);
        self.min.is_none_or(above) && self.max.is_none_or(below) && chosen
    }

    fn expected<T: ConfigValue>(&self) -> String {
        let choices = if self.choices.is_empty() { T::CHOICES } else { &self.choices };
        if !choices.is_empty() {
            return format!("one of: {}", choices.join(", "));
        }
        match (self.min, self.max) {
            (None, None) => T::EXPECTED.to_owned(),
            (Some(min), None) => format!("{}, at least {min}", T::EXPECTED),
            (None, Some(max)) => format!("{}, at most {max}", T::EXPECTED),
            (Some(min), Some(max)) => format!("{}, at least {min} and at most {max}", T::EXPECTED),
        }
    }
}

/// What may be written after `=` as the default of an option of type `T`: a `T`, or something shorter.
#[diagnostic::on_unimplemented(message = "`{Self}` cannot be the default of an option of type `{T}`")]
pub trait DefaultFor<T> {
    /// The default as the texts that would be in a file.
    fn texts(&self) -> Vec<String>;
}

impl<T: super::OptionValue> DefaultFor<T> for T {
    fn texts(&self) -> Vec<String> {
        self.render_texts()
    }
}

macro_rules! default_by_text {
    ($($type:ty),*) => { $(
        impl DefaultFor<$type> for &str {
            fn texts(&self) -> Vec<String> {
                vec![(*self).to_owned()]
            }
        }
    )* };
}
default_by_text!(String, PathBuf, Option<String>, Option<PathBuf>);

fn owned(items: &[impl Display]) -> Vec<String> {
    items.iter().map(ToString::to_string).collect()
}

impl<const N: usize> DefaultFor<Vec<String>> for [&str; N] {
    fn texts(&self) -> Vec<String> {
        super::OptionValue::render_texts(&owned(self))
    }
}

impl<const N: usize> DefaultFor<super::Multi<String>> for [&str; N] {
    fn texts(&self) -> Vec<String> {
        owned(self)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn booleans_are_spelled_as_in_oslo_and_not_otherwise() {
        assert!(["true", "1", "on", "YES", " True "].iter().all(|text| bool::parse(text) == Some(true)));
        assert!(["false", "0", "off", "No"].iter().all(|text| bool::parse(text) == Some(false)));
        assert!(["", "y", "enabled", "2"].iter().all(|text| bool::parse(text).is_none()));
    }

    #[test]
    fn a_duration_is_never_negative_infinite_or_too_long() {
        assert!(
            ["-1", "inf", "nan", "1e9", "", "5s", ".5", "5.", "9999999999999999999999"]
                .iter()
                .all(|text| Duration::parse(text).is_none())
        );
        assert_eq!(Duration::parse("0.25"), Some(Duration::from_millis(250)));
    }

    #[test]
    fn an_error_says_the_range() {
        let limits = Limits { min: Some(1.0), max: Some(9.0), ..Limits::default() };
        assert_eq!(limits.parse::<i64>("10").unwrap_err(), "a whole number, at least 1 and at most 9");
        assert_eq!(limits.parse::<i64>("9").unwrap(), 9);
    }

    proptest! {
        #[test]
        fn what_a_value_renders_it_parses_back(
            whole: i64, real in -1e12f64..1e12, seconds: u64, nanos in 0u32..1_000_000_000, flag: bool, text in "\\PC{0,20}"
        ) {
            prop_assert_eq!(i64::parse(&whole.render()), Some(whole));
            prop_assert_eq!(f64::parse(&real.render()), Some(real));
            prop_assert_eq!(bool::parse(&flag.render()), Some(flag));
            prop_assert_eq!(String::parse(&text.render()), Some(text));
            let duration = Duration::new(seconds, nanos);
            prop_assert_eq!(Duration::parse(&duration.render()), Some(duration));
        }
    }
}

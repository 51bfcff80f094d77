//! Numbers, read as Python's `int()` and `float()` read them.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Error, Visitor};
use serde::{Deserializer, Serializer};

use super::FieldType;

/// Builds a number from whichever kind the peer sent.
trait Number: Sized {
    const EXPECTED: &'static str;
    fn from_integer(value: i128) -> Option<Self>;
    fn from_float(value: f64) -> Option<Self>;
    fn from_text(text: &str) -> Option<Self>;
}

struct Lenient<N>(PhantomData<N>);

impl<N: Number> Lenient<N> {
    fn or_refuse<E: Error>(number: Option<N>, got: impl fmt::Debug) -> Result<N, E> {
        number.ok_or_else(|| E::custom(format_args!("{got:?} is not {}", N::EXPECTED)))
    }
}

impl<N: Number> Visitor<'_> for Lenient<N> {
    type Value = N;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(N::EXPECTED)
    }

    #[inline]
    fn visit_i64<E: Error>(self, value: i64) -> Result<N, E> {
        Self::or_refuse(N::from_integer(value.into()), value)
    }

    #[inline]
    fn visit_u64<E: Error>(self, value: u64) -> Result<N, E> {
        Self::or_refuse(N::from_integer(value.into()), value)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<N, E> {
        Self::or_refuse(N::from_float(value), value)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<N, E> {
        Self::or_refuse(N::from_integer(value.into()), value)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<N, E> {
        Self::or_refuse(N::from_text(text.trim()), text.chars().take(64).collect::<String>())
    }
}

macro_rules! integer {
    ($($type:ty: $words:literal),* $(,)?) => { $(
        impl Number for $type {
            const EXPECTED: &'static str = $words;

            #[inline]
            fn from_integer(value: i128) -> Option<Self> {
                value.try_into().ok()
            }

            fn from_float(value: f64) -> Option<Self> {
                // Beyond 2^63 a float names no exact integer of ours; below, the cast is exact.
                let whole = value.fract() == 0.0 && value.abs() < 9_223_372_036_854_775_808.0;
                if whole { Self::from_integer(value as i128) } else { None }
            }

            fn from_text(text: &str) -> Option<Self> {
                text.parse().ok()
            }
        }

        impl FieldType for $type {
            fn describe() -> String {
                $words.to_owned()
            }

            #[inline]
            fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serde::Serialize::serialize(self, serializer)
            }

            #[inline]
            fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_any(Lenient(PhantomData))
            }
        }
    )* };
}

integer! {
    i64: "an integer",
    u64: "a non-negative integer",
    i32: "an integer of 32 bits",
    u32: "a non-negative integer of 32 bits",
    u16: "a non-negative integer of 16 bits",
}

impl Number for f64 {
    const EXPECTED: &'static str = "a finite number";

    fn from_integer(value: i128) -> Option<Self> {
        Some(value as f64)
    }

    fn from_float(value: f64) -> Option<Self> {
        value.is_finite().then_some(value)
    }

    fn from_text(text: &str) -> Option<Self> {
        text.parse().ok().and_then(Self::from_float)
    }
}

/// NaN and the infinities are refused both ways: JSON has no word for them, and serde_json would write null.
impl FieldType for f64 {
    fn describe() -> String {
        "a number".to_owned()
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match Self::from_float(*self) {
            Some(value) => serializer.serialize_f64(value),
            None => {
                Err(serde::ser::Error::custom(format_args!("{self} is not {}", <Self as Number>::EXPECTED)))
            }
        }
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Lenient(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use crate::types::{In, Out};

    fn read<T: crate::types::FieldType>(json: &str) -> Result<T, String> {
        serde_json::from_str::<In<T>>(json).map(|In(value)| value).map_err(|error| error.to_string())
    }

    #[test]
    fn integers_are_read_from_texts_and_whole_floats() {
        assert_eq!(read::<i64>("\"55\""), Ok(55));
        assert_eq!(read::<i64>("55.0"), Ok(55));
        assert_eq!(read::<i64>("true"), Ok(1));
        for bad in ["55.5", "\"x\"", "null", "[]", "{}", "1e300", "123456789012345678901234567890"] {
            assert!(read::<i64>(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_negative_number_is_not_a_non_negative_one() {
        assert!(read::<u64>("-1").unwrap_err().contains("-1 is not a non-negative integer"));
        assert_eq!(read::<u64>("18446744073709551615"), Ok(u64::MAX));
    }

    #[test]
    fn floats_are_finite_both_ways() {
        assert_eq!(read::<f64>("3"), Ok(3.0));
        assert_eq!(read::<f64>("\"0.5\""), Ok(0.5));
        assert!(read::<f64>("\"nan\"").is_err());
        assert!(serde_json::to_string(&Out(&f64::NAN)).is_err());
        assert!(rmp_serde::to_vec(&Out(&f64::INFINITY)).is_err());
    }
}

//! How an option collects its value: once, as a list, repeated, as a map, or perhaps not at all.

use std::collections::BTreeMap;
use std::ops::Deref;

use super::list;
use super::value::{ConfigValue, Limits};

/// How the texts of an option become its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// The last text counts.
    Single,
    /// The last text counts and is a comma-separated list.
    List,
    /// The last text counts and is a comma-separated list of `key:value`.
    Map,
    /// Every text counts: the option may be repeated.
    Multi,
}

/// The type of an option: a [`ConfigValue`], or an [`Option`], [`Vec`], [`Multi`] or map of one.
///
/// Implement [`ConfigValue`] for a type of your own; this follows.
pub trait OptionValue: Clone + Send + Sync + 'static {
    /// How texts become a value.
    const SHAPE: Shape;
    /// What the sample file calls the type of one item.
    const TYPE: &'static str;
    /// The only texts allowed for one item, if its type knows them.
    const CHOICES: &'static [&'static str];
    /// Whether values must not be shown.
    const SECRET: bool;
    /// Whether it is a switch on the command line.
    const SWITCH: bool;

    /// The value of an option that nobody has set and that has no default; `None` if it must be set.
    fn absent() -> Option<Self>;

    /// The value of the texts (at least one), or what was expected instead.
    ///
    /// # Errors
    /// What was expected, for a reader. It never contains the text.
    fn from_texts(texts: &[String], limits: &Limits) -> Result<Self, String>;

    /// Texts that [`from_texts`](Self::from_texts) reads back.
    fn render_texts(&self) -> Vec<String>;
}

fn last(texts: &[String]) -> &str {
    texts.last().map_or("", String::as_str)
}

impl<T: ConfigValue> OptionValue for T {
    const SHAPE: Shape = Shape::Single;
    const TYPE: &'static str = T::TYPE;
    const CHOICES: &'static [&'static str] = T::CHOICES;
    const SECRET: bool = T::SECRET;
    const SWITCH: bool = T::SWITCH;

    fn absent() -> Option<Self> {
        None
    }

    fn from_texts(texts: &[String], limits: &Limits) -> Result<Self, String> {
        limits.parse(last(texts))
    }

    fn render_texts(&self) -> Vec<String> {
        vec![self.render()]
    }
}

/// An option that may be absent. An empty text is absence too, unless the type accepts it (a string does).
impl<T: ConfigValue> OptionValue for Option<T> {
    const SHAPE: Shape = Shape::Single;
    const TYPE: &'static str = T::TYPE;
    const CHOICES: &'static [&'static str] = T::CHOICES;
    const SECRET: bool = T::SECRET;
    const SWITCH: bool = T::SWITCH;

    fn absent() -> Option<Self> {
        Some(None)
    }

    fn from_texts(texts: &[String], limits: &Limits) -> Result<Self, String> {
        match limits.parse(last(texts)) {
            Err(_) if last(texts).trim().is_empty() => Ok(None),
            parsed => parsed.map(Some),
        }
    }

    fn render_texts(&self) -> Vec<String> {
        self.iter().map(T::render).collect()
    }
}

/// A comma-separated list. An item with a comma in it stands in quotes. Nova: `ListOpt`.
impl<T: ConfigValue> OptionValue for Vec<T> {
    const SHAPE: Shape = Shape::List;
    const TYPE: &'static str = T::TYPE;
    const CHOICES: &'static [&'static str] = T::CHOICES;
    const SECRET: bool = T::SECRET;
    const SWITCH: bool = false;

    fn absent() -> Option<Self> {
        Some(Vec::new())
    }

    fn from_texts(texts: &[String], limits: &Limits) -> Result<Self, String> {
        let items = list::split(last(texts)).ok_or("a comma-separated list whose quotes are closed")?;
        items.iter().map(|item| limits.parse(item)).collect::<Result<_, _>>().map_err(each)
    }

    fn render_texts(&self) -> Vec<String> {
        vec![list::join(self.iter().map(T::render))]
    }
}

/// Comma-separated `key:value` pairs. Nova: `DictOpt`.
impl<T: ConfigValue> OptionValue for BTreeMap<String, T> {
    const SHAPE: Shape = Shape::Map;
    const TYPE: &'static str = T::TYPE;
    const CHOICES: &'static [&'static str] = T::CHOICES;
    const SECRET: bool = T::SECRET;
    const SWITCH: bool = false;

    fn absent() -> Option<Self> {
        Some(BTreeMap::new())
    }

    fn from_texts(texts: &[String], limits: &Limits) -> Result<Self, String> {
        let pairs = list::split_pairs(last(texts))?;
        let mut map = BTreeMap::new();
        for (key, value) in pairs {
            if map.insert(key, limits.parse(&value).map_err(each)?).is_some() {
                return Err("every key only once".to_owned());
            }
        }
        Ok(map)
    }

    fn render_texts(&self) -> Vec<String> {
        vec![list::join(self.iter().map(|(key, value)| format!("{key}:{}", value.render())))]
    }
}

fn each(expected: String) -> String {
    format!("for each item {expected}")
}

/// The values of an option that may be repeated, in order. Nova: `MultiOpt`, `MultiStrOpt`.
///
/// Values from several files add up; the environment or the command line replaces them all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Multi<T>(pub Vec<T>);

impl<T> Deref for Multi<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T: ConfigValue> OptionValue for Multi<T> {
    const SHAPE: Shape = Shape::Multi;
    const TYPE: &'static str = T::TYPE;
    const CHOICES: &'static [&'static str] = T::CHOICES;
    const SECRET: bool = T::SECRET;
    const SWITCH: bool = false;

    fn absent() -> Option<Self> {
        Some(Self(Vec::new()))
    }

    fn from_texts(texts: &[String], limits: &Limits) -> Result<Self, String> {
        texts.iter().map(|text| limits.parse(text)).collect::<Result<_, _>>().map(Self)
    }

    fn render_texts(&self) -> Vec<String> {
        self.0.iter().map(T::render).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Secret;

    fn read<T: OptionValue>(text: &str) -> Result<T, String> {
        T::from_texts(&[text.to_owned()], &Limits::default())
    }

    #[test]
    fn an_empty_text_is_absence_for_numbers_and_a_value_for_strings() {
        assert_eq!(read::<Option<i64>>(" "), Ok(None));
        assert_eq!(read::<Option<String>>(""), Ok(Some(String::new())));
        assert!(read::<i64>("").is_err());
    }

    #[test]
    fn maps_refuse_a_key_twice() {
        let map: BTreeMap<String, u8> = read("a:1, b: 2").unwrap();
        assert_eq!(map, BTreeMap::from([("a".into(), 1), ("b".into(), 2)]));
        assert_eq!(read::<BTreeMap<String, u8>>("a:1,a:2").unwrap_err(), "every key only once");
    }

    #[test]
    fn a_list_says_what_its_items_must_be() {
        assert_eq!(read::<Vec<bool>>("true,maybe").unwrap_err(), "for each item true or false");
    }

    #[test]
    fn whatever_holds_secrets_is_secret() {
        fn secret<T: OptionValue>() -> bool {
            T::SECRET
        }
        assert!(secret::<Secret>() && secret::<Option<Secret>>() && secret::<Multi<Secret>>());
        assert!(secret::<Vec<Secret>>() && secret::<BTreeMap<String, Secret>>() && !secret::<String>());
    }
}

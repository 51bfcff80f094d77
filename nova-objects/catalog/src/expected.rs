//! What a compare-and-swap save expects to find.

use nova_objects::types::FieldType;
use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserializer, Serializer};

use crate::state::{TaskState, VmState};

/// The states a save expects the record to be in: one of some, where *no state* (null) can be one.
///
/// An argument of this type is optional: `None` expects nothing. On the wire it is a list of words and nulls; Nova's
/// callers pass a single word too.
///
/// # Example
/// ```
/// use nova_objects_catalog::{Expected, TaskState};
///
/// let expected = Expected::task([TaskState::Scheduling]).or_none();
/// assert!(expected.allows(Some("scheduling")) && expected.allows(None));
/// assert!(!expected.allows(Some("deleting")));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected(Vec<Option<String>>);

impl Expected {
    /// One of these task states.
    pub fn task(states: impl IntoIterator<Item = TaskState>) -> Self {
        Self(states.into_iter().map(Into::into).collect())
    }

    /// One of these vm states.
    pub fn vm(states: impl IntoIterator<Item = VmState>) -> Self {
        Self(states.into_iter().map(Into::into).collect())
    }

    /// No state: the field is null.
    pub fn none() -> Self {
        Self(vec![None])
    }

    /// The same, or null.
    pub fn or_none(mut self) -> Self {
        self.0.push(None);
        self
    }

    /// Whether `state` is as expected.
    pub fn allows(&self, state: Option<&str>) -> bool {
        self.0.iter().any(|expected| expected.as_deref() == state)
    }

    /// The states, null among them.
    pub fn states(&self) -> impl Iterator<Item = Option<&str>> {
        self.0.iter().map(Option::as_deref)
    }
}

impl FromIterator<Option<String>> for Expected {
    fn from_iter<I: IntoIterator<Item = Option<String>>>(states: I) -> Self {
        Self(states.into_iter().collect())
    }
}

impl FieldType for Expected {
    fn describe() -> String {
        "expected states".to_owned()
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(&self.0)
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Words)
    }
}

struct Words;

impl<'de> Visitor<'de> for Words {
    type Value = Expected;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a state, or a list of states and nulls")
    }

    fn visit_str<E: Error>(self, state: &str) -> Result<Expected, E> {
        Ok(Expected(vec![Some(state.to_owned())]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Expected, A::Error> {
        let mut states = Vec::new();
        while let Some(state) = items.next_element()? {
            states.push(state);
        }
        Ok(Expected(states))
    }
}

#[cfg(test)]
mod tests {
    use nova_objects::types::{In, Out};

    use super::*;

    #[test]
    fn expected_states_are_read_in_every_form_nova_passes() {
        let read = |json: &str| serde_json::from_str::<In<Option<Expected>>>(json).unwrap().0;
        assert_eq!(read("null"), None);
        assert_eq!(read("\"spawning\""), Some(Expected::task([TaskState::Spawning])));
        assert_eq!(read("[\"scheduling\",null]"), Some(Expected::task([TaskState::Scheduling]).or_none()));
        assert_eq!(read("[null]"), Some(Expected::none()));
        assert!(serde_json::from_str::<In<Expected>>("7").is_err());
    }

    #[test]
    fn expected_states_are_written_as_a_list() {
        let expected = Expected::vm([VmState::Active]).or_none();
        assert_eq!(serde_json::to_string(&Out(&expected)).unwrap(), "[\"active\",null]");
    }
}

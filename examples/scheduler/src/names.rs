//! Parts under the names operators know them by.

use std::fmt;
use std::sync::Arc;

use indexmap::IndexMap;

/// A name in the configuration that nothing has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no {kind} {name:?}{}", suggestion.as_ref().map(|it| format!("; did you mean {it}?")).unwrap_or_default())]
pub struct UnknownName {
    /// What was looked for: a filter, a weigher.
    pub kind: &'static str,
    /// The name.
    pub name: String,
    /// The nearest name there is, if one is near.
    pub suggestion: Option<String>,
}

/// What is registered, in the order of registration.
pub(crate) struct Names<T: ?Sized> {
    kind: &'static str,
    entries: IndexMap<String, Arc<T>>,
}

impl<T: ?Sized> Names<T> {
    pub(crate) fn of(kind: &'static str) -> Self {
        Self { kind, entries: IndexMap::new() }
    }

    /// A second entry of a name takes the place of the first.
    pub(crate) fn insert(&mut self, name: &str, entry: Arc<T>) {
        self.entries.insert(name.to_owned(), entry);
    }

    pub(crate) fn all(&self) -> Vec<Arc<T>> {
        self.entries.values().cloned().collect()
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    /// The entries of these names, in that order. A name may be a Python class path: its last part counts.
    pub(crate) fn find(&self, names: &[String]) -> Result<Vec<Arc<T>>, UnknownName> {
        names.iter().map(|name| self.entry(name)).collect()
    }

    fn entry(&self, name: &str) -> Result<Arc<T>, UnknownName> {
        let last = name.rsplit('.').next().unwrap_or(name);
        self.entries.get(last).cloned().ok_or_else(|| UnknownName {
            kind: self.kind,
            name: name.chars().take(128).collect(),
            suggestion: nearest(last, self.names()).map(str::to_owned),
        })
    }
}

impl<T: ?Sized> fmt::Debug for Names<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.entries.keys()).finish()
    }
}

/// The name that most of `name` is in, in order; none if less than three quarters are.
fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let name: Vec<char> = name.to_lowercase().chars().take(128).collect();
    let scored = candidates.map(|candidate| {
        let letters: Vec<char> = candidate.to_lowercase().chars().collect();
        let longer = name.len().max(letters.len()).max(1);
        (common(&name, &letters) * 100 / longer, candidate)
    });
    let near = scored.filter(|(percent, _)| *percent >= 75);
    near.max_by_key(|(percent, _)| *percent).map(|(_, candidate)| candidate)
}

/// The length of the longest common subsequence.
fn common(left: &[char], right: &[char]) -> usize {
    let mut row = vec![0; right.len() + 1];
    for a in left {
        let mut diagonal = 0;
        for (at, b) in right.iter().enumerate() {
            let above = row[at + 1];
            row[at + 1] = if a == b { diagonal + 1 } else { above.max(row[at]) };
            diagonal = above;
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Names<str> {
        let mut names = Names::of("filter");
        names.insert("ComputeFilter", "c".into());
        names.insert("ImagePropertiesFilter", "i".into());
        names
    }

    #[test]
    fn entries_come_in_the_order_asked_for_and_by_the_last_part_of_a_class_path() {
        let asked = [
            "nova.scheduler.filters.image_props_filter.ImagePropertiesFilter".into(),
            "ComputeFilter".into(),
        ];
        let found = names().find(&asked).unwrap();
        assert_eq!(found.iter().map(AsRef::as_ref).collect::<Vec<&str>>(), ["i", "c"]);
    }

    #[test]
    fn a_name_that_is_nearly_right_is_answered_with_the_right_one() {
        let refused = names().find(&["ComputFliter".into()]).unwrap_err();
        assert_eq!(refused.to_string(), r#"there is no filter "ComputFliter"; did you mean ComputeFilter?"#);
        let refused = names().find(&["JsonFilter".into()]).unwrap_err();
        assert_eq!(refused.to_string(), r#"there is no filter "JsonFilter""#);
    }
}

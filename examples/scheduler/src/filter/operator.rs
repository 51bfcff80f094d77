//! The operators of extra specs: `>= 4`, `<in> avx`, `<or> a <or> b`.

use std::cmp::Ordering;

/// What an extra spec demands of a value.
///
/// | text | the value |
/// |---|---|
/// | `= n`, `>= n` | is a number, at least n |
/// | `== n`, `!= n`, `<= n` | is a number, and compares so |
/// | `s== t`, `s!= t`, `s>= t`, `s> t`, `s<= t`, `s< t` | is a text, and compares so |
/// | `<in> t` | contains t |
/// | `<all-in> t u` | is a list that has all of them |
/// | `<or> t <or> u` | is one of them |
/// | anything else | is exactly that |
#[derive(Debug, PartialEq)]
pub(super) enum Requirement<'a> {
    Is(&'a str),
    Number(Comparison, &'a str),
    Text(Comparison, &'a str),
    Contains(&'a str),
    HasAll(Vec<&'a str>),
    OneOf(Vec<&'a str>),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    AtLeast,
    AtMost,
    Above,
    Below,
}

impl Comparison {
    fn holds(self, ordering: Ordering) -> bool {
        match self {
            Self::Equal => ordering.is_eq(),
            Self::NotEqual => ordering.is_ne(),
            Self::AtLeast => ordering.is_ge(),
            Self::AtMost => ordering.is_le(),
            Self::Above => ordering.is_gt(),
            Self::Below => ordering.is_lt(),
        }
    }
}

/// The operators that compare with one number or text. One that begins like another stands before it.
const NUMBERS: [(&str, Comparison); 5] = [
    ("==", Comparison::Equal),
    ("!=", Comparison::NotEqual),
    (">=", Comparison::AtLeast),
    ("<=", Comparison::AtMost),
    ("=", Comparison::AtLeast),
];
const TEXTS: [(&str, Comparison); 6] = [
    ("s==", Comparison::Equal),
    ("s!=", Comparison::NotEqual),
    ("s>=", Comparison::AtLeast),
    ("s<=", Comparison::AtMost),
    ("s>", Comparison::Above),
    ("s<", Comparison::Below),
];

impl<'a> Requirement<'a> {
    /// What `text` demands. Every text demands something: one that is no operator demands itself.
    pub(super) fn parse(text: &'a str) -> Self {
        let text = text.trim();
        let after = |operator: &str| text.strip_prefix(operator).map(str::trim);
        let find = |table: &[(&'static str, Comparison)]| {
            table.iter().find_map(|(operator, comparison)| Some((*comparison, after(operator)?)))
        };
        if let Some(words) = after("<all-in>") {
            Self::HasAll(words.split_whitespace().collect())
        } else if let Some(word) = after("<in>") {
            Self::Contains(word)
        } else if let Some(words) = after("<or>") {
            Self::OneOf(words.split("<or>").map(str::trim).collect())
        } else if let Some((comparison, word)) = find(&TEXTS) {
            Self::Text(comparison, word)
        } else if let Some((comparison, word)) = find(&NUMBERS) {
            Self::Number(comparison, word)
        } else {
            Self::Is(text)
        }
    }

    /// Whether `value` is what is demanded. What cannot be compared is not.
    pub(super) fn met_by(&self, value: &str) -> bool {
        match self {
            Self::Is(text) => value == *text,
            Self::Number(comparison, number) => numbers(value, number).is_some_and(|it| comparison.holds(it)),
            Self::Text(comparison, text) => comparison.holds(value.cmp(text)),
            Self::Contains(word) => value.contains(word),
            Self::HasAll(words) => {
                list(value).is_some_and(|list| words.iter().all(|word| list.iter().any(|item| item == word)))
            }
            Self::OneOf(words) => words.contains(&value),
        }
    }
}

fn numbers(left: &str, right: &str) -> Option<Ordering> {
    left.trim().parse::<f64>().ok()?.partial_cmp(&right.parse::<f64>().ok()?)
}

/// The items of a list, as JSON or Python writes it.
fn list(text: &str) -> Option<Vec<String>> {
    serde_json::from_str(text).or_else(|_| serde_json::from_str(&text.replace('\'', "\""))).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_operator_compares_as_operators_of_nova_expect() {
        for (value, demanded, met) in [
            ("x86", "x86", true),
            ("x86", "X86", false),
            ("", "", true),
            ("4", "= 3", true),
            ("4", "= 4", true),
            ("2", "= 3", false),
            ("4", ">= 4.0", true),
            ("3", ">= 4", false),
            ("4", "<= 4", true),
            ("5", "<= 4", false),
            ("10", "== 10.0", true),
            ("10", "!= 10", false),
            ("9", "!= 10", true),
            ("ten", "== 10", false),
            ("ten", "!= 10", false),
            ("10", ">= many", false),
            ("abc", "s== abc", true),
            ("abc", "s== ABC", false),
            ("abc", "s!= abd", true),
            ("2", "s> 10", true),
            ("abc", "s>= abc", true),
            ("abc", "s> abc", false),
            ("abc", "s< abd", true),
            ("abd", "s<= abc", false),
            ("12311321", "<in> 11", true),
            ("12310321", "<in> 11", false),
            (r#"["aes","mmx","avx"]"#, "<all-in> aes mmx", true),
            ("['aes', 'mmx']", "<all-in> aes mmx", true),
            ("['aes', 'mmx']", "<all-in> aes txt", false),
            ("aes mmx", "<all-in> aes", false),
            ("12", "<or> 11 <or> 12", true),
            ("13", "<or> 11 <or> 12", false),
            ("11", "<or>11", true),
            ("3", ">=3", true),
        ] {
            assert_eq!(Requirement::parse(demanded).met_by(value), met, "{value:?} for {demanded:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_comparing_panic(demanded in "[<>=!sorinal\\- 0-9a]{0,16}", value in ".{0,16}") {
            let _ = Requirement::parse(&demanded).met_by(&value);
        }

        #[test]
        fn at_least_and_at_most_together_are_equal(left in -100i32..100, right in -100i32..100) {
            let met = |operator: &str| Requirement::parse(&format!("{operator} {right}")).met_by(&left.to_string());
            prop_assert_eq!(met(">=") && met("<="), met("=="));
            prop_assert_eq!(met("=="), !met("!="));
        }
    }
}

//! `$name`, `${name}`, `$group.name` inside values.

/// More references than this, followed through all levels, are refused: values may not be a program.
const MAX_REFERENCES: usize = 1000;
/// A longer result is refused.
const MAX_LENGTH: usize = 1 << 20;

/// Why a reference has no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// No option of that name.
    Unknown(String),
    /// The option refers to itself, possibly by way of others.
    Loop,
    /// Too many references or too long a result.
    TooMuch,
}

/// Where references find the text they stand for.
pub(crate) trait Lookup {
    /// What names an option, once found.
    type Id: PartialEq;

    /// The option that `name` means in a value of `from`.
    fn find(&self, from: &Self::Id, name: &str) -> Option<Self::Id>;

    /// The text of an option as written, before substitution.
    fn text(&self, id: &Self::Id) -> String;

    /// Called for every option whose text flows into the value.
    fn used(&mut self, id: &Self::Id);
}

/// The text of `value`, an option `id`'s, with every reference replaced.
pub(crate) fn substitute<L: Lookup>(lookup: &mut L, id: L::Id, value: &str) -> Result<String, Refusal> {
    Substitution { lookup, path: vec![id], references: 0 }.expand(value)
}

struct Substitution<'a, L: Lookup> {
    lookup: &'a mut L,
    /// The options being expanded, outermost first.
    path: Vec<L::Id>,
    references: usize,
}

impl<L: Lookup> Substitution<'_, L> {
    fn expand(&mut self, value: &str) -> Result<String, Refusal> {
        let mut out = String::with_capacity(value.len());
        let mut rest = value;
        while let Some(at) = rest.find(['$', '\\']) {
            out.push_str(&rest[..at]);
            let (piece, after) = next_piece(&rest[at..]);
            match piece {
                Piece::Literal(text) => out.push_str(text),
                Piece::Reference(name) => out.push_str(&self.follow(name)?),
            }
            if out.len() > MAX_LENGTH {
                return Err(Refusal::TooMuch);
            }
            rest = after;
        }
        out.push_str(rest);
        Ok(out)
    }

    fn follow(&mut self, name: &str) -> Result<String, Refusal> {
        self.references += 1;
        if self.references > MAX_REFERENCES {
            return Err(Refusal::TooMuch);
        }
        let from = self.path.last().expect("the path starts with the option being expanded");
        let Some(id) = self.lookup.find(from, name) else {
            return Err(Refusal::Unknown(name.to_owned()));
        };
        if self.path.contains(&id) {
            return Err(Refusal::Loop);
        }
        self.lookup.used(&id);
        let text = self.lookup.text(&id);
        self.path.push(id);
        let expanded = self.expand(&text);
        self.path.pop();
        expanded
    }
}

enum Piece<'a> {
    Literal(&'a str),
    Reference(&'a str),
}

/// The first piece of `text`, which starts with a dollar sign or a backslash, and what follows it.
fn next_piece(text: &str) -> (Piece<'_>, &str) {
    if text.starts_with("$$") || text.starts_with("\\$") {
        return (Piece::Literal("$"), &text[2..]);
    }
    if let Some((name, after)) = text.strip_prefix("${").and_then(|braced| braced.split_once('}'))
        && name_length(name) == name.len()
        && !name.is_empty()
    {
        return (Piece::Reference(name), after);
    }
    match text.strip_prefix('$').map(|after| (name_length(after), after)) {
        None | Some((0, _)) => (Piece::Literal(&text[..1]), &text[1..]),
        Some((length, after)) => (Piece::Reference(&after[..length]), &after[length..]),
    }
}

/// How many bytes of `text` are an option name, possibly with a group before a dot. A dot at the end is not part of
/// it: it ends a sentence.
fn name_length(text: &str) -> usize {
    if !text.starts_with(|c: char| c == '_' || c.is_ascii_alphabetic()) {
        return 0;
    }
    let end = text.find(|c: char| !(c == '_' || c == '.' || c.is_ascii_alphanumeric())).unwrap_or(text.len());
    text[..end].trim_end_matches('.').len()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    struct Table(BTreeMap<String, String>);

    impl Lookup for Table {
        type Id = String;
        fn find(&self, _: &String, name: &str) -> Option<String> {
            self.0.contains_key(name).then(|| name.to_owned())
        }
        fn text(&self, id: &String) -> String {
            self.0[id].clone()
        }
        fn used(&mut self, _: &String) {}
    }

    fn expand(value: &str, table: &[(&str, &str)]) -> Result<String, Refusal> {
        let mut table = Table(table.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect());
        substitute(&mut table, "me".to_owned(), value)
    }

    #[test]
    fn references_are_replaced_through_several_levels() {
        let table = [("a", "1$b"), ("b", "2"), ("g.c", "3")];
        assert_eq!(expand("x$a-${a}y$g.c.", &table).unwrap(), "x12-12y3.");
    }

    #[test]
    fn a_doubled_or_escaped_dollar_is_one_dollar_and_a_lone_one_is_itself() {
        assert_eq!(
            expand(r"$$a \$a 5$ $5 ${ ${} ${a b} c:\d", &[]).unwrap(),
            r"$a $a 5$ $5 ${ ${} ${a b} c:\d"
        );
    }

    #[test]
    fn loops_are_refused_whatever_their_length() {
        assert_eq!(expand("$me", &[("me", "$me")]), Err(Refusal::Loop));
        assert_eq!(expand("$a", &[("a", "$b"), ("b", "$a")]), Err(Refusal::Loop));
    }

    #[test]
    fn values_that_multiply_are_refused_even_when_they_stay_empty() {
        let levels: Vec<(String, String)> =
            (0..12).map(|n| (format!("l{n}"), format!("$l{}", n + 1).repeat(10))).collect();
        let mut table: Vec<(&str, &str)> = levels.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        table.push(("l12", ""));
        assert_eq!(expand("$l0", &table), Err(Refusal::TooMuch));
        let long = "x".repeat(MAX_LENGTH);
        assert_eq!(expand("$a$a", &[("a", &long)]), Err(Refusal::TooMuch));
    }

    proptest! {
        #[test]
        fn no_value_makes_substitution_panic(value in "[$\\\\{}.a_ é\n]{0,40}") {
            let _ = expand(&value, &[("a", "$a_"), ("a_", "é"), ("_", "$$")]);
        }
    }
}

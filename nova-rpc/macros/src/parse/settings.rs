//! `name`, `name = "text"` and `name = word`, separated by commas.

use syn::parse::{Parse, ParseStream};
use syn::{Ident, LitStr, Token};

use crate::mistakes::Mistakes;

/// The settings of one attribute, taken out one by one; what is left in the end is unknown.
#[derive(Default)]
pub(crate) struct Settings {
    left: Vec<Setting>,
    asked: Vec<&'static str>,
}

pub(crate) struct Setting {
    pub(crate) name: Ident,
    pub(crate) value: Value,
}

pub(crate) enum Value {
    None,
    Text(LitStr),
    Word(Ident),
}

impl Parse for Settings {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let left = input.parse_terminated(Setting::parse, Token![,])?.into_iter().collect();
        Ok(Self { left, asked: Vec::new() })
    }
}

impl Parse for Setting {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let name = input.call(<Ident as syn::ext::IdentExt>::parse_any)?;
        let value = if !input.peek(Token![=]) {
            Value::None
        } else {
            input.parse::<Token![=]>()?;
            if input.peek(LitStr) { Value::Text(input.parse()?) } else { Value::Word(input.parse()?) }
        };
        Ok(Self { name, value })
    }
}

impl Settings {
    pub(crate) fn extend(&mut self, more: Self) {
        self.left.extend(more.left);
    }

    /// The text of `name = "text"`.
    pub(crate) fn text(&mut self, name: &'static str, mistakes: &mut Mistakes) -> Option<LitStr> {
        let Setting { name: at, value } = self.take(name, mistakes)?;
        match value {
            Value::Text(text) => return Some(text),
            Value::None | Value::Word(_) => mistakes.add(at, format_args!("write {name} = \"…\"")),
        }
        None
    }

    /// The word of `name = word`.
    pub(crate) fn word(&mut self, name: &'static str, mistakes: &mut Mistakes) -> Option<Ident> {
        let Setting { name: at, value } = self.take(name, mistakes)?;
        match value {
            Value::Word(word) => return Some(word),
            Value::None | Value::Text(_) => {
                mistakes.add(at, format_args!("write {name} = and a word, without quotes"))
            }
        }
        None
    }

    /// The bare `name`.
    pub(crate) fn flag(&mut self, name: &'static str, mistakes: &mut Mistakes) -> Option<Ident> {
        let Setting { name: at, value } = self.take(name, mistakes)?;
        if !matches!(value, Value::None) {
            mistakes.add(&at, format_args!("{name} takes no value"));
        }
        Some(at)
    }

    fn take(&mut self, name: &'static str, mistakes: &mut Mistakes) -> Option<Setting> {
        self.asked.push(name);
        let at = self.left.iter().position(|setting| setting.name == name)?;
        let found = self.left.remove(at);
        while let Some(at) = self.left.iter().position(|setting| setting.name == name) {
            mistakes.add(&self.left.remove(at).name, format_args!("{name} is given twice"));
        }
        Some(found)
    }

    /// Notes what nobody asked for.
    pub(crate) fn finish(self, mistakes: &mut Mistakes) {
        for Setting { name, .. } in &self.left {
            let text = name.to_string();
            match self
                .asked
                .iter()
                .filter(|known| distance(known, &text) <= 2)
                .min_by_key(|known| distance(known, &text))
            {
                Some(near) => {
                    mistakes.add(name, format_args!("there is no `{text}` here; did you mean `{near}`?"))
                }
                None => mistakes.add(
                    name,
                    format_args!("there is no `{text}` here; known are: {}", self.asked.join(", ")),
                ),
            }
        }
    }
}

/// How many letters must be added, removed or replaced to make `a` into `b`.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.chars().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.chars().count()]
}

#[cfg(test)]
mod tests {
    use super::distance;

    #[test]
    fn distance_counts_letters() {
        assert_eq!(distance("since", "sinse"), 1);
        assert_eq!(distance("cast", "call"), 2);
        assert_eq!(distance("", "ack"), 3);
    }
}

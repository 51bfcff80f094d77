//! Comma-separated lists and `key:value` pairs inside one text.

/// The items of a list, trimmed, without their quotes; `None` if a quote is not closed.
///
/// A quote counts only at the start of an item and ends it: `a,"b,c",d` has three items, `it's` has one. Commas at
/// the end are ignored.
pub(crate) fn split(text: &str) -> Option<Vec<String>> {
    let items = split_verbatim(text.trim().trim_end_matches(','))?;
    Some(items.into_iter().map(|item| without_quotes(item).to_owned()).collect())
}

/// The pairs of a map; `Err` says what was expected.
///
/// A part without a colon belongs to the key after it, as in oslo; a comma in a value needs quotes around the pair.
pub(crate) fn split_pairs(text: &str) -> Result<Vec<(String, String)>, &'static str> {
    let mut pairs = Vec::new();
    let mut open = String::new();
    for item in split_verbatim(text).ok_or("key:value pairs whose quotes are closed")? {
        open.push_str(without_quotes(item));
        match open.split_once(':') {
            Some((key, _)) if key.trim().is_empty() => return Err("a key before every colon"),
            Some((key, value)) => pairs.push((key.trim().to_owned(), value.trim().to_owned())),
            None => {
                open.push(',');
                continue;
            }
        }
        open.clear();
    }
    if open.is_empty() { Ok(pairs) } else { Err("key:value pairs separated by commas") }
}

/// The text of a list with these items. An item may not have both kinds of quote and a comma.
pub(crate) fn join(items: impl Iterator<Item = String>) -> String {
    items.map(quote_if_needed).collect::<Vec<_>>().join(",")
}

fn quote_if_needed(item: String) -> String {
    let plain =
        !item.is_empty() && !item.contains(',') && item.trim() == item && !item.starts_with(['"', '\'']);
    match (plain, item.contains('"')) {
        (true, _) => item,
        (false, false) => format!("\"{item}\""),
        (false, true) => format!("'{item}'"),
    }
}

fn split_verbatim(text: &str) -> Option<Vec<&str>> {
    let mut items = Vec::new();
    let mut rest = text.trim();
    if rest.is_empty() {
        return Some(items);
    }
    loop {
        let end = item_end(rest)?;
        items.push(rest[..end].trim());
        match rest[end..].strip_prefix(',') {
            Some(after) => rest = after.trim_start(),
            None => return Some(items),
        }
    }
}

/// Where the item at the start of `text` ends: at a comma or the end of the text.
fn item_end(text: &str) -> Option<usize> {
    let quoted = match text.chars().next() {
        Some(quote @ ('"' | '\'')) => text[1..].find(quote)? + 2,
        _ => 0,
    };
    Some(text[quoted..].find(',').map_or(text.len(), |comma| quoted + comma))
}

/// `text` without the pair of equal quotes around it, if there is one. A lone quote is both of a pair, as in oslo.
pub(crate) fn without_quotes(text: &str) -> &str {
    if matches!(text, "\"" | "'") {
        return "";
    }
    let inner = |quote| text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    inner('"').or_else(|| inner('\'')).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn quotes_keep_a_comma_inside_an_item() {
        assert_eq!(split(r#"a , "b,c",'d"', it's"#).unwrap(), ["a", "b,c", "d\"", "it's"]);
        assert_eq!(split(" ").unwrap(), Vec::<String>::new());
        assert_eq!(split("a,,b,,").unwrap(), ["a", "", "b"]);
        assert_eq!(split("a,\"b"), None);
    }

    #[test]
    fn a_comma_in_a_key_of_a_map_needs_no_quotes_and_one_in_a_value_does() {
        let pairs = split_pairs("a:1,2, b : x:y ,'c:3,d:4',k:\"v\"").unwrap();
        let pairs: Vec<(&str, &str)> = pairs.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        assert_eq!(pairs, [("a", "1"), ("2,b", "x:y"), ("c", "3,d:4"), ("k", "\"v\"")]);
        assert!(split_pairs("a").is_err() && split_pairs(":1").is_err() && split_pairs("a:1,b").is_err());
    }

    proptest! {
        #[test]
        fn a_joined_list_splits_into_the_same_items(items in proptest::collection::vec("[a-z ,:'é]{0,6}", 0..6)) {
            prop_assert_eq!(split(&join(items.iter().cloned())).unwrap(), items);
        }

        #[test]
        fn no_text_makes_splitting_panic(text in "[\"',: aé]{0,40}") {
            let _ = split(&text);
            let _ = split_pairs(&text);
        }
    }
}

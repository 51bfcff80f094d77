//! One file of the workspace, as text and as Rust tokens.

use std::str::FromStr;

use proc_macro2::{Delimiter, LexError, TokenStream, TokenTree};

/// A text file, by its path below the workspace's root.
pub(crate) struct Source {
    pub(crate) path: String,
    pub(crate) text: String,
}

/// One token of a Rust file. Brackets are tokens of their own; comments are none; a literal keeps its quotes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Token {
    pub(crate) text: String,
    pub(crate) line: usize,
}

impl Source {
    pub(crate) fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        Self { path: path.into(), text: text.into() }
    }

    pub(crate) fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// Whether the whole file is test code.
    pub(crate) fn is_test(&self) -> bool {
        self.path.split('/').any(|part| matches!(part, "tests" | "benches" | "tests.rs"))
    }

    /// The tokens, in order; none for a file that is not Rust.
    pub(crate) fn tokens(&self) -> Vec<Token> {
        if !self.is_rust() {
            return Vec::new();
        }
        lex(&self.text).unwrap_or_else(|error| panic!("{} is not Rust: {error}", self.path))
    }

    /// The tokens outside `#[cfg(test)]` items; none if the whole file is test code.
    pub(crate) fn product_tokens(&self) -> Vec<Token> {
        if self.is_test() { Vec::new() } else { without_test_items(self.tokens()) }
    }
}

/// Where `pattern` begins in `tokens`, each time.
pub(crate) fn find(tokens: &[Token], pattern: &[&str]) -> Vec<usize> {
    let starts_here = |window: &[Token]| window.iter().zip(pattern).all(|(token, text)| token.text == *text);
    tokens
        .windows(pattern.len())
        .enumerate()
        .filter(|(_, window)| starts_here(window))
        .map(|(at, _)| at)
        .collect()
}

/// The tokens from `start` up to the first that is `end`, without it.
pub(crate) fn until<'a>(tokens: &'a [Token], start: usize, end: &str) -> &'a [Token] {
    let rest = &tokens[start..];
    let length = rest.iter().position(|token| token.text == end).unwrap_or(rest.len());
    &rest[..length]
}

fn lex(text: &str) -> Result<Vec<Token>, LexError> {
    let mut tokens = Vec::new();
    flatten(TokenStream::from_str(text)?, &mut tokens);
    Ok(tokens)
}

fn flatten(stream: TokenStream, into: &mut Vec<Token>) {
    for tree in stream {
        let line = tree.span().start().line;
        let TokenTree::Group(group) = tree else {
            into.push(Token { text: tree.to_string(), line });
            continue;
        };
        let (open, close) = brackets(group.delimiter());
        into.push(Token { text: open.to_owned(), line });
        flatten(group.stream(), into);
        into.push(Token { text: close.to_owned(), line: group.span_close().end().line });
    }
}

fn brackets(delimiter: Delimiter) -> (&'static str, &'static str) {
    match delimiter {
        Delimiter::Parenthesis => ("(", ")"),
        Delimiter::Brace => ("{", "}"),
        Delimiter::Bracket => ("[", "]"),
        Delimiter::None => ("", ""),
    }
}

fn without_test_items(tokens: Vec<Token>) -> Vec<Token> {
    let attribute = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut kept = Vec::new();
    let mut from = 0;
    for at in find(&tokens, &attribute) {
        if at >= from {
            kept.extend_from_slice(&tokens[from..at]);
            from = at + attribute.len();
            from += item_length(&tokens[from..]);
        }
    }
    kept.extend_from_slice(&tokens[from..]);
    kept
}

/// How many tokens the item at the start takes: to its semicolon, or to the end of its braces.
fn item_length(tokens: &[Token]) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate() {
        match token.text.as_str() {
            "{" | "(" | "[" => depth += 1,
            ")" | "]" => depth = depth.saturating_sub(1),
            "}" if depth == 1 => return at + 1,
            "}" => depth = depth.saturating_sub(1),
            ";" if depth == 0 => return at + 1,
            _ => {}
        }
    }
    tokens.len()
}

#[test]
fn words_in_comments_and_texts_are_not_code() {
    let source = Source::new("a.rs", "// mod utils;\n/* mod utils; */ const A: &str = \"mod utils;\";");
    assert_eq!(find(&source.tokens(), &["mod", "utils"]), Vec::<usize>::new());
}

#[test]
fn test_items_are_not_product_code() {
    let source = Source::new(
        "a.rs",
        "#[cfg(test)]\nuse x::Y;\nfn a() {}\n#[cfg(test)]\nmod tests { fn b() {} }\nfn c() {}",
    );
    let text: Vec<_> = source.product_tokens().into_iter().map(|token| token.text).collect();
    assert_eq!(text.join(" "), "fn a ( ) { } fn c ( ) { }");
}

#[test]
fn a_token_knows_its_line() {
    let tokens = Source::new("a.rs", "fn a() {\n}\n").tokens();
    assert_eq!(tokens.last(), Some(&Token { text: "}".to_owned(), line: 2 }));
}

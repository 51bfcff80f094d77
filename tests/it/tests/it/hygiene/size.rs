//! The rule about the length of files.

use super::Rule;

/// Lines of code a file may have. Aim for 300.
const LIMIT: usize = 500;

/// What a generated file says in its first lines.
const GENERATED: &str = "@generated";

const LONG_FILE: Rule = Rule {
    breach: "a Rust file of more than 500 lines of code",
    instead: "find the seam: a file is about one noun (a generated file says `@generated` in its first five lines)",
    lines: |source| {
        let generated = source.text.lines().take(5).any(|line| line.contains(GENERATED));
        let long = source.is_rust() && !generated && code_lines(&source.text) > LIMIT;
        if long { vec![1] } else { Vec::new() }
    },
};

/// Lines that are neither blank nor comment.
fn code_lines(text: &str) -> usize {
    let mut in_comment = false;
    let is_code = |line: &&str| {
        let line = line.trim();
        let begins = line.starts_with("/*");
        let counts = !in_comment && !begins && !line.is_empty() && !line.starts_with("//");
        in_comment = (in_comment || begins) && !line.contains("*/");
        counts
    };
    text.lines().filter(is_code).count()
}

#[test]
fn every_file_is_short_enough_to_read_at_once() {
    LONG_FILE.check();
}

#[test]
fn a_long_file_is_seen() {
    let long = "fn a() {}\n".repeat(LIMIT + 1);
    assert_eq!(LONG_FILE.breaches("a.rs", &long), [1]);
    assert_eq!(LONG_FILE.breaches("a.rs", &long[10..]), [0; 0]);
    assert_eq!(LONG_FILE.breaches("a.py", &long), [0; 0]);
    assert_eq!(LONG_FILE.breaches("a.rs", &format!("// {GENERATED} by x.\n{long}")), [0; 0]);
}

#[test]
fn blank_lines_and_comments_are_not_code() {
    assert_eq!(code_lines("//! Doc.\n\n/* a\nb\n*/\n  // c\nfn a() {} // d\nlet x = 1;\n"), 2);
}

//! Rules about Rust code.

use super::Rule;
use super::source::{Source, Token, find, until};

const RANDOM_SELECT: Rule = Rule {
    breach: "a `select!` in product code that polls its branches in random order",
    instead: "begin the block with `biased;` and order the branches on purpose (shutdown first, work after): \
              a run must be reproducible from its seed",
    lines: |source| {
        let tokens = source.product_tokens();
        let is_random = |at: &usize| {
            let inside = &tokens[(at + 3).min(tokens.len())..];
            find(&inside[..inside.len().min(2)], &["biased", ";"]).is_empty()
        };
        lines(&tokens, find(&tokens, &["select", "!"]).into_iter().filter(is_random))
    },
};

const DRAWER: Rule = Rule {
    breach: "a module named for nothing in particular (`prelude`, `common`, `util`, `utils`)",
    instead: "name the module for the noun it is about, and put each function beside the type it serves; \
              users import what they use by name",
    lines: |source| {
        let tokens = source.tokens();
        let is_drawer = |at: &usize| tokens.get(at + 1).is_some_and(|name| is_drawer_name(&name.text));
        let mut found = lines(&tokens, find(&tokens, &["mod"]).into_iter().filter(is_drawer));
        let stem = source.path.trim_end_matches(".rs");
        if source.is_rust() && stem.split('/').any(is_drawer_name) {
            found.push(1);
        }
        found
    },
};

const GLOB_REEXPORT: Rule = Rule {
    breach: "`pub use …::*`",
    instead: "name what is exported: a reader must see the public surface, and a new item must not become public \
              by accident",
    lines: |source| {
        let tokens = source.tokens();
        let is_glob = |at: &usize| until(&tokens, *at, ";").iter().any(|token| token.text == "*");
        lines(&tokens, find(&tokens, &["pub", "use"]).into_iter().filter(is_glob))
    },
};

const IGNORED_TEST: Rule = Rule {
    breach: "a test that is never run (`#[ignore]`)",
    instead: "mend it, delete it, or give it the tier it belongs to (CONTRIBUTING.md); a test whose server is \
              missing says so by name and fails under NOVA_TEST_STRICT=1",
    lines: |source| {
        let tokens = source.tokens();
        let conditional = |at: &usize| {
            until(&tokens, *at, "]").windows(2).any(|pair| pair[0].text == "," && pair[1].text == "ignore")
        };
        let plain = find(&tokens, &["#", "[", "ignore"]);
        let hidden = find(&tokens, &["#", "[", "cfg_attr"]).into_iter().filter(conditional);
        lines(&tokens, plain.into_iter().chain(hidden))
    },
};

const IGNORED_EXAMPLE: Rule = Rule {
    breach: "an example in the documentation that is never compiled (a fence with `ignore`)",
    instead: "make it run; `no_run` if it would wait for something, `compile_fail` if it shows a mistake, `text` if \
              it is not Rust",
    lines: |source| {
        let is_ignored = |line: &str| {
            let line = line.trim_start();
            let fence = line.strip_prefix("///").or(line.strip_prefix("//!")).map(str::trim_start);
            fence.and_then(|fence| fence.strip_prefix("```")).is_some_and(|info| info.contains("ignore"))
        };
        let numbered = source.text.lines().zip(1..);
        numbered.filter(|(line, _)| source.is_rust() && is_ignored(line)).map(|(_, number)| number).collect()
    },
};

const TEXT_ERROR: Rule = Rule {
    breach: "an error variant that is only a text (`Other(String)`)",
    instead: "name what failed: a variant with what the caller knew as fields and the cause in `source`",
    lines: |source| {
        let tokens = source.tokens();
        lines(&tokens, find(&tokens, &["Other", "(", "String", ")"]))
    },
};

fn lines(tokens: &[Token], at: impl IntoIterator<Item = usize>) -> Vec<usize> {
    at.into_iter().map(|at| tokens[at].line).collect()
}

fn is_drawer_name(name: &str) -> bool {
    matches!(name, "prelude" | "common" | "util" | "utils")
}

#[test]
fn every_select_in_product_code_is_biased() {
    RANDOM_SELECT.check();
}

#[test]
fn a_random_select_is_seen() {
    let random = "fn f() {\n    tokio::select! { _ = a => {} }\n}";
    assert_eq!(RANDOM_SELECT.breaches("a/src/x.rs", random), [2]);
    assert_eq!(RANDOM_SELECT.breaches("a/src/x.rs", "fn f() { select!() }"), [1]);
    let biased = "fn f() { tokio::select! {\n // stop first\n biased;\n _ = a => {} } }";
    assert_eq!(RANDOM_SELECT.breaches("a/src/x.rs", biased), [0; 0]);
    assert_eq!(RANDOM_SELECT.breaches("a/tests/it/x.rs", random), [0; 0]);
    assert_eq!(
        RANDOM_SELECT.breaches("a/src/x.rs", &format!("#[cfg(test)]\nmod tests {{ {random} }}")),
        [0; 0]
    );
}

#[test]
fn every_module_is_named_for_its_subject() {
    DRAWER.check();
}

#[test]
fn a_module_without_a_subject_is_seen() {
    assert_eq!(DRAWER.breaches("a/src/lib.rs", "mod a;\npub mod utils;"), [2]);
    assert_eq!(DRAWER.breaches("a/src/common/x.rs", ""), [1]);
    assert_eq!(DRAWER.breaches("a/src/prelude.rs", ""), [1]);
    assert_eq!(DRAWER.breaches("a/src/commons.rs", "mod utilization;"), [0; 0]);
}

#[test]
fn every_export_is_named() {
    GLOB_REEXPORT.check();
}

#[test]
fn a_glob_export_is_seen() {
    assert_eq!(GLOB_REEXPORT.breaches("a.rs", "use b::*;\npub use a::*;"), [2]);
    assert_eq!(GLOB_REEXPORT.breaches("a.rs", "pub use a::{b, c::*};"), [1]);
    assert_eq!(GLOB_REEXPORT.breaches("a.rs", "pub use a::b;\nfn f(a: *const u8) {}"), [0; 0]);
}

#[test]
fn every_test_runs() {
    IGNORED_TEST.check();
}

#[test]
fn an_ignored_test_is_seen() {
    assert_eq!(IGNORED_TEST.breaches("a.rs", "#[test]\n#[ignore = \"slow\"]\nfn a() {}"), [2]);
    assert_eq!(IGNORED_TEST.breaches("a.rs", "#[cfg_attr(not(feature = \"x\"), ignore)]\nfn a() {}"), [1]);
    assert_eq!(IGNORED_TEST.breaches("a.rs", "#[cfg_attr(test, derive(Debug))]\nfn ignore() {}"), [0; 0]);
}

#[test]
fn every_example_is_compiled() {
    IGNORED_EXAMPLE.check();
}

#[test]
fn an_ignored_example_is_seen() {
    assert_eq!(IGNORED_EXAMPLE.breaches("a.rs", "/// Text.\n///\n/// ```ignore\n/// x\n/// ```"), [3]);
    assert_eq!(IGNORED_EXAMPLE.breaches("a.rs", "    //! ```rust,ignore"), [1]);
    assert_eq!(IGNORED_EXAMPLE.breaches("a.rs", "/// ```no_run\n/// ignore"), [0; 0]);
    assert_eq!(IGNORED_EXAMPLE.breaches("a.md", "/// ```ignore"), [0; 0]);
}

#[test]
fn every_error_says_what_failed() {
    TEXT_ERROR.check();
}

#[test]
fn an_error_that_is_only_a_text_is_seen() {
    assert_eq!(TEXT_ERROR.breaches("a.rs", "enum Error {\n    Io(Io),\n    Other(String),\n}"), [3]);
    assert_eq!(TEXT_ERROR.breaches("a.rs", "enum Error { Other { reason: String } }"), [0; 0]);
}

#[test]
fn files_that_are_not_rust_have_no_code() {
    let source = Source::new("a.md", "mod utils;");
    assert_eq!(source.tokens(), []);
}

//! `docs/plugging-in.md` shows what `tests/plugin` is.

const CHAPTER: &str = include_str!("../../../docs/plugging-in.md");

const PACKAGE: [(&str, &str); 8] = [
    ("Cargo.toml", include_str!("../../plugin/Cargo.toml")),
    ("src/lib.rs", include_str!("../../plugin/src/lib.rs")),
    ("src/scheduling.rs", include_str!("../../plugin/src/scheduling.rs")),
    ("src/driver.rs", include_str!("../../plugin/src/driver.rs")),
    ("src/rack.rs", include_str!("../../plugin/src/rack.rs")),
    ("src/ledger.rs", include_str!("../../plugin/src/ledger.rs")),
    ("src/rules.rs", include_str!("../../plugin/src/rules.rs")),
    ("tests/it.rs", include_str!("../../plugin/tests/it.rs")),
];

/// The blocks of code, without their fences.
fn blocks(chapter: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut block: Option<String> = None;
    for line in chapter.lines() {
        match (line.starts_with("```"), block.take()) {
            (true, None) => block = Some(String::new()),
            (true, Some(text)) => blocks.push(text),
            (false, Some(text)) => block = Some(text + line + "\n"),
            (false, None) => {}
        }
    }
    blocks
}

#[test]
fn every_block_of_the_chapter_is_in_the_package_as_it_stands() {
    let blocks = blocks(CHAPTER);
    assert!(blocks.len() >= 7, "one for each part: {}", blocks.len());
    for block in blocks {
        let quoted = PACKAGE.iter().any(|(_, text)| text.contains(&block));
        assert!(quoted, "docs/plugging-in.md shows what is not in tests/plugin:\n{block}");
    }
}

#[test]
fn the_package_is_fewer_than_400_lines() {
    let lines =
        PACKAGE.iter().flat_map(|(_, text)| text.lines()).filter(|line| !line.trim().is_empty()).count();
    assert!(lines < 400, "tests/plugin has {lines} lines that are not blank");
}

#[test]
fn every_file_of_the_package_is_counted() {
    let modules = PACKAGE[1].1.lines().filter(|line| line.starts_with("pub mod ")).count();
    assert_eq!(modules, PACKAGE.len() - 3, "src/lib.rs names the other files of src");
}

#[test]
fn a_block_is_what_is_between_its_fences() {
    assert_eq!(blocks("a\n```rust\nb\nc\n```\nd\n```sh\n```\n"), ["b\nc\n", ""]);
}

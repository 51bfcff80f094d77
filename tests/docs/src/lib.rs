//! The code in `README.md` and in the chapters of `docs/`, compiled and run as documentation tests.
//!
//! Of `docs/plugging-in.md` the blocks are quoted from `tests/plugin`, which `tests/run` builds and tests.
//!
//! A block without a language is Rust and runs; give what is not Rust its language (`sh`, `toml`, `text`).

/// The front page.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
pub mod readme {}

/// How to write a service.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/your-first-service.md")]
pub mod your_first_service {}

#[cfg(test)]
mod plugging_in;

#[cfg(test)]
mod tests {
    const HELLO_MANAGER: [&str; 2] = [
        include_str!("../../../examples/hello-manager/Cargo.toml"),
        include_str!("../../../examples/hello-manager/src/lib.rs"),
    ];

    #[test]
    fn a_complete_service_is_fewer_than_100_lines() {
        let lines = HELLO_MANAGER.iter().flat_map(|text| text.lines()).filter(|line| !line.trim().is_empty());
        let lines = lines.count();
        assert!(lines < 100, "hello-manager has {lines} lines that are not blank");
    }
}

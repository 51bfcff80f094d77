//! Skipping aloud.

/// The variable's value; without one, says that `test` is skipped, or fails when skipping is forbidden.
#[expect(
    clippy::disallowed_methods,
    reason = "a test harness is told by its environment which servers there are"
)]
#[expect(clippy::print_stderr, reason = "a skip must be seen by name")]
pub(super) fn unless_set(variable: &str, engine: &str, test: &str) -> Option<String> {
    if let Ok(url) = std::env::var(variable)
        && !url.is_empty()
    {
        return Some(url);
    }
    let strict = std::env::var("NOVA_TEST_STRICT").is_ok_and(|strict| strict == "1");
    assert!(!strict, "{test} needs {engine}: {variable} is not set");
    eprintln!("SKIPPED {test}: no {engine} ({variable} is not set)");
    None
}

#[cfg(not(feature = "postgres"))]
#[expect(clippy::print_stderr, reason = "a skip must be seen by name")]
pub(super) fn without_feature(feature: &str, _: &str, test: &str) {
    eprintln!("SKIPPED {test}: built without the feature {feature:?}");
}

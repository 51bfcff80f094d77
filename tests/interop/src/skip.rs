//! Skipping aloud.

/// What a test needs and a machine may not have.
#[derive(Clone, Copy, Debug)]
pub struct Missing {
    /// The variable that says where it is.
    pub variable: &'static str,
    /// What it is.
    pub what: &'static str,
}

/// The variable's value; without one, says that the test is skipped, or fails when skipping is forbidden.
///
/// # Panics
/// With `NOVA_TEST_STRICT=1`, if the variable is not set.
#[expect(
    clippy::disallowed_methods,
    reason = "a test harness is told by its environment which servers there are"
)]
#[expect(clippy::print_stderr, reason = "a skip must be seen by name")]
pub fn variable(Missing { variable, what }: Missing) -> Option<String> {
    if let Ok(value) = std::env::var(variable)
        && !value.is_empty()
    {
        return Some(value);
    }
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("a test");
    let strict = std::env::var("NOVA_TEST_STRICT").is_ok_and(|strict| strict == "1");
    assert!(!strict, "{test} needs {what}: {variable} is not set");
    eprintln!("SKIPPED {test}: no {what} ({variable} is not set)");
    None
}

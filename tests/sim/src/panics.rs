//! Panics of a simulation's thread, wherever they are caught.

use std::cell::RefCell;
use std::sync::Once;

thread_local! {
    static NOTED: RefCell<Option<Vec<String>>> = const { RefCell::new(None) };
}

static HOOK: Once = Once::new();

/// Begins to note the panics of this thread. They are not printed then: they belong to the run's report.
pub(crate) fn begin() {
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let noted = NOTED
                .with_borrow_mut(|noted| noted.as_mut().map(|noted| noted.push(info.to_string())).is_some());
            if !noted {
                before(info);
            }
        }));
    });
    NOTED.set(Some(Vec::new()));
}

/// The panics of this thread since then.
pub(crate) fn end() -> Vec<String> {
    NOTED.take().unwrap_or_default()
}

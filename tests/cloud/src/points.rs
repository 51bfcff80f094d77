//! Which of many moments a test tries.

/// The numbers of the moments to try: every few, beginning anywhere, so that many runs try them all. With
/// `NOVA_TEST_LONG` set, every one.
///
/// It ends by itself only at a number that no flow reaches.
#[derive(Clone, Debug)]
pub struct Points {
    next: usize,
    stride: usize,
}

/// More database work than any flow does.
const END: usize = 80;

impl Points {
    /// Every eleventh.
    #[expect(clippy::new_without_default, reason = "no two are alike")]
    pub fn new() -> Self {
        Self::every(11)
    }

    /// Every other: for tests of few flows.
    pub fn dense() -> Self {
        Self::every(2)
    }

    /// Every nineteenth: for two moments at a time.
    pub fn sparse() -> Self {
        Self::every(19)
    }

    #[expect(clippy::disallowed_methods, reason = "how long a test takes is not the product's configuration")]
    fn every(stride: usize) -> Self {
        let long = std::env::var_os("NOVA_TEST_LONG").is_some();
        let stride = if long { 1 } else { stride };
        Self { next: std::process::id() as usize % stride, stride }
    }
}

impl Iterator for Points {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let point = self.next;
        self.next += self.stride;
        (point < END).then_some(point)
    }
}

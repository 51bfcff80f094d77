//! Which of many moments a test tries.

/// The numbers of the moments to try: every few, always the same ones, or those that `NOVA_TEST_SEED` says, so that a
/// run can be repeated. With `NOVA_TEST_LONG` set, every one; of pairs of moments every seventh, which are others for
/// each first moment.
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
    #[expect(clippy::new_without_default, reason = "it reads the environment")]
    pub fn new() -> Self {
        Self::every(11, 1, 0)
    }

    /// Every third: for tests of few flows.
    pub fn dense() -> Self {
        Self::every(3, 1, 0)
    }

    /// Every seventh: for many short flows in one world.
    pub fn spaced() -> Self {
        Self::every(7, 1, 0)
    }

    /// Every nineteenth, after a first moment: for two moments at a time.
    pub fn sparse(first: usize) -> Self {
        Self::every(19, 7, first)
    }

    #[expect(clippy::disallowed_methods, reason = "how long a test takes is not the product's configuration")]
    fn every(short: usize, long: usize, shift: usize) -> Self {
        let stride = if std::env::var_os("NOVA_TEST_LONG").is_some() { long } else { short };
        let seed = std::env::var("NOVA_TEST_SEED").ok().and_then(|seed| seed.parse::<usize>().ok());
        Self { next: (seed.unwrap_or(0) % stride + shift) % stride, stride }
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

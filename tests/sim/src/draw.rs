//! Choices by chance, all from one seed.

use std::time::Duration;

use nova_core::Env;

/// A stream of choices. Clones draw from the same stream.
///
/// # Example
/// ```
/// use nova_sim::Draw;
///
/// let (one, same) = (Draw::new(7), Draw::new(7));
/// assert_eq!(one.below(1000), same.below(1000));
/// ```
#[derive(Clone, Debug)]
pub struct Draw(Env);

impl Draw {
    /// The choices of `seed`.
    pub fn new(seed: u64) -> Self {
        Self(Env::builder().seed(seed).build())
    }

    /// A number in `0..bound`; 0 when `bound` is 0.
    pub fn below(&self, bound: u64) -> u64 {
        self.0.random_below(bound)
    }

    /// A number from `least` to `most`, both included.
    pub fn between(&self, least: u64, most: u64) -> u64 {
        least + self.below(most.saturating_sub(least) + 1)
    }

    /// A time from `least` to `most` in whole milliseconds, the finest that virtual time knows.
    pub fn time(&self, least: Duration, most: Duration) -> Duration {
        let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        Duration::from_millis(self.between(millis(least), millis(most)))
    }

    /// Whether something happens that does so in `percent` of all cases.
    pub fn happens(&self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of `all`.
    ///
    /// # Panics
    /// If there is none.
    pub fn one_of<'a, T>(&self, all: &'a [T]) -> &'a T {
        let index = usize::try_from(self.below(all.len() as u64)).unwrap_or(0);
        &all[index]
    }
}

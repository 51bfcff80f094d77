//! Faults of the bus, at will and by chance.

use std::fmt;
use std::time::Duration;

use nova_core::Env;

use super::tap::{Seen, SeenKind};

/// What goes wrong with which messages.
///
/// # Example: lose one cast in three, and slow down everything else
/// ```
/// use std::time::Duration;
/// use nova_rpc::transport::memory::{Disturbance, SeenKind};
///
/// let lossy = Disturbance::drop().kind(SeenKind::Cast).chance(1.0 / 3.0);
/// let slow = Disturbance::delay(Duration::ZERO, Duration::from_millis(20));
/// # drop((lossy, slow));
/// ```
pub struct Disturbance {
    effect: Effect,
    kind: Option<SeenKind>,
    chance: f64,
    means: Option<Predicate>,
}

type Predicate = Box<dyn Fn(&Seen) -> bool + Send + Sync>;

#[derive(Clone, Copy, Debug)]
enum Effect {
    Drop,
    Duplicate,
    Delay(Duration, Duration),
}

/// What happens to one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Pass,
    Drop,
    Duplicate,
    Delay(Duration),
}

/// Finer than one in a million it does not get.
const GRAIN: u64 = 1_000_000;

impl Disturbance {
    /// Loses messages. Their senders are told that all is well.
    pub fn drop() -> Self {
        Self::new(Effect::Drop)
    }

    /// Delivers messages twice: to another server where one waits.
    pub fn duplicate() -> Self {
        Self::new(Effect::Duplicate)
    }

    /// Holds messages back between `least` and `most`, each for a time of its own, so that they also change places.
    pub fn delay(least: Duration, most: Duration) -> Self {
        Self::new(Effect::Delay(least, most.saturating_sub(least)))
    }

    fn new(effect: Effect) -> Self {
        Self { effect, kind: None, chance: 1.0, means: None }
    }

    /// Only messages of this kind.
    pub fn kind(mut self, kind: SeenKind) -> Self {
        self.kind = Some(kind);
        self
    }

    /// Only messages for which `means` says so; for instance those of a method.
    pub fn when(mut self, means: impl Fn(&Seen) -> bool + Send + Sync + 'static) -> Self {
        self.means = Some(Box::new(means));
        self
    }

    /// Only this part of the messages, from 0 to 1, drawn from the bus's environment.
    pub fn chance(mut self, chance: f64) -> Self {
        self.chance = chance.clamp(0.0, 1.0);
        self
    }

    /// What happens to `seen`; `None` if it is not meant, or in luck.
    pub(super) fn judge(&self, seen: &Seen, env: &Env) -> Option<Verdict> {
        let meant = self.kind.is_none_or(|kind| kind == seen.kind)
            && self.means.as_ref().is_none_or(|means| means(seen));
        if !meant || !self.strikes(env) {
            return None;
        }
        Some(match self.effect {
            Effect::Drop => Verdict::Drop,
            Effect::Duplicate => Verdict::Duplicate,
            Effect::Delay(least, spread) => Verdict::Delay(least + env.jitter(spread)),
        })
    }

    fn strikes(&self, env: &Env) -> bool {
        #[expect(clippy::cast_precision_loss, reason = "both numbers are at most a million")]
        let drawn = env.random_below(GRAIN) as f64 / GRAIN as f64;
        drawn < self.chance
    }
}

impl fmt::Debug for Disturbance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Disturbance")
            .field("effect", &self.effect)
            .field("kind", &self.kind)
            .field("chance", &self.chance)
            .finish_non_exhaustive()
    }
}

//! Scripted faults and latencies.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use nova_core::Env;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::call::Call;
use crate::error::{AbortCause, DriverError};

/// Where in a call a rule acts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Point {
    /// Before anything was changed.
    #[default]
    Before,
    /// In a spawn, when the disk is made and the machine is not.
    Midway,
    /// When all is done and the caller does not know it yet.
    After,
}

/// One moment of one call: what rules are matched against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Moment {
    /// The method.
    pub call: Call,
    /// The machine, for methods about one.
    pub uuid: Option<Uuid>,
    /// Where in the call.
    pub point: Point,
}

/// What happens at a moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Action {
    /// The call takes longer.
    Delay(Latency),
    /// The call fails. [`After`](Point::After) the change was made, this is always an unknown outcome.
    Fail(Failure),
    /// The call never answers.
    Hang,
    /// The process dies on the spot, as by `kill -9`.
    AbortProcess,
}

/// How a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Failure {
    /// The host is broken: another one may do.
    Host,
    /// No host will do, for this reason.
    Abort(AbortCause),
    /// The machine was deleted meanwhile.
    NotFound,
    /// The answer is lost.
    Unknown,
}

/// How long something takes, in virtual time where time is virtual.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Latency {
    /// Always as long.
    Fixed(Duration),
    /// Anything from `min` to `max`, by the environment's randomness.
    Uniform {
        /// The shortest.
        min: Duration,
        /// The longest.
        max: Duration,
    },
}

impl Latency {
    fn draw(self, env: &Env) -> Duration {
        match self {
            Self::Fixed(duration) => duration,
            Self::Uniform { min, max } => min + env.jitter(max.saturating_sub(min)),
        }
    }
}

/// When something happens in a fake driver's calls, and what.
///
/// # Example: the second spawn fails as on a broken host
/// ```
/// use nova_virt::Call;
/// use nova_virt::fake::{Failure, Rule};
///
/// let rule = Rule::on(Call::Spawn).skip(1).times(1).fail(Failure::Host);
/// let text = serde_json::to_string(&rule)?; // rules are data: a test hands them to another process
/// assert_eq!(serde_json::from_str::<Rule>(&text)?, rule);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    call: Option<Call>,
    uuid: Option<Uuid>,
    point: Point,
    skip: u64,
    times: Option<u64>,
    chance: Option<f64>,
    action: Action,
}

/// The first half of a [`Rule`]: when. Ends with what.
#[derive(Clone, Debug)]
pub struct When(Rule);

impl Rule {
    /// At calls of this method.
    pub fn on(call: Call) -> When {
        When::matching(Some(call))
    }

    /// At every call.
    pub fn on_any() -> When {
        When::matching(None)
    }

    fn matches(&self, moment: &Moment) -> bool {
        self.point == moment.point
            && self.call.is_none_or(|call| call == moment.call)
            && self.uuid.is_none_or(|uuid| Some(uuid) == moment.uuid)
    }

    /// Counts a matching moment and says whether it is one of those meant.
    fn fires(&mut self, env: &Env) -> bool {
        if self.skip > 0 {
            self.skip -= 1;
            return false;
        }
        if self.times == Some(0) || !self.is_lucky(env) {
            return false;
        }
        self.times = self.times.map(|times| times - 1);
        true
    }

    fn is_lucky(&self, env: &Env) -> bool {
        const STEPS: u64 = 1 << 32;
        self.chance.is_none_or(|chance| (env.random_below(STEPS) as f64) < chance * STEPS as f64)
    }
}

impl When {
    fn matching(call: Option<Call>) -> Self {
        Self(Rule {
            call,
            uuid: None,
            point: Point::Before,
            skip: 0,
            times: None,
            chance: None,
            action: Action::Hang,
        })
    }

    /// Only for this machine.
    pub fn machine(mut self, uuid: Uuid) -> Self {
        self.0.uuid = Some(uuid);
        self
    }

    /// At this point of the call; otherwise [`Before`](Point::Before).
    pub fn at(mut self, point: Point) -> Self {
        self.0.point = point;
        self
    }

    /// Not the first `count` times.
    pub fn skip(mut self, count: u64) -> Self {
        self.0.skip = count;
        self
    }

    /// At most `count` times; otherwise always.
    pub fn times(mut self, count: u64) -> Self {
        self.0.times = Some(count);
        self
    }

    /// With this probability, from 0 to 1; otherwise always.
    pub fn chance(mut self, probability: f64) -> Self {
        self.0.chance = Some(probability);
        self
    }

    /// The call fails so.
    pub fn fail(self, failure: Failure) -> Rule {
        self.act(Action::Fail(failure))
    }

    /// The call takes so much longer.
    pub fn delay(self, latency: Latency) -> Rule {
        self.act(Action::Delay(latency))
    }

    /// The call never answers.
    pub fn hang(self) -> Rule {
        self.act(Action::Hang)
    }

    /// The change is made and its answer is lost.
    pub fn lose_answer(self) -> Rule {
        self.at(Point::After).act(Action::Fail(Failure::Unknown))
    }

    /// The process dies.
    pub fn abort_process(self) -> Rule {
        self.act(Action::AbortProcess)
    }

    /// Whatever `action` is.
    pub fn act(mut self, action: Action) -> Rule {
        self.0.action = action;
        self.0
    }
}

type Decider = Arc<dyn Fn(&Moment) -> Option<Action> + Send + Sync>;

/// The faults and latencies of one fake driver. Clones share, and it may be changed while calls run.
///
/// At each moment every rule that fires acts, in the order they were added, until one ends the call; then
/// [`decide`](Self::decide)'s answer acts.
#[derive(Clone, Default)]
pub struct Script(Arc<Mutex<Lines>>);

#[derive(Default)]
struct Lines {
    rules: Vec<Rule>,
    decider: Option<Decider>,
}

impl Script {
    /// No faults, no latency.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a rule.
    pub fn add(&self, rule: Rule) {
        self.lines().rules.push(rule);
    }

    /// Lets `decide` choose at every moment: a crash point for a simulation, or a fault by any predicate.
    ///
    /// It is called between the effects of a call, on the call's own task, and must not block. A simulation that
    /// kills the node here answers [`Action::Hang`] and drops the node's tasks.
    pub fn decide(&self, decide: impl Fn(&Moment) -> Option<Action> + Send + Sync + 'static) {
        self.lines().decider = Some(Arc::new(decide));
    }

    /// Removes all faults and latencies. Calls that hang go on hanging.
    pub fn clear(&self) {
        *self.lines() = Lines::default();
    }

    /// Lets a call pass this moment, or not.
    pub(super) async fn pass(&self, env: &Env, moment: Moment) -> Result<(), DriverError> {
        for action in self.actions(env, &moment) {
            match action {
                Action::Delay(latency) => tokio::time::sleep(latency.draw(env)).await,
                Action::Fail(failure) => return Err(failure.at(&moment)),
                Action::Hang => std::future::pending().await,
                Action::AbortProcess => std::process::abort(),
            }
        }
        Ok(())
    }

    fn actions(&self, env: &Env, moment: &Moment) -> Vec<Action> {
        let (mut actions, decider) = {
            let mut lines = self.lines();
            let firing = lines.rules.iter_mut().filter(|rule| rule.matches(moment));
            let firing: Vec<_> =
                firing.filter_map(|rule| rule.fires(env).then(|| rule.action.clone())).collect();
            (firing, lines.decider.clone())
        };
        actions.extend(decider.and_then(|decide| decide(moment)));
        actions
    }

    fn lines(&self) -> std::sync::MutexGuard<'_, Lines> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl From<Vec<Rule>> for Script {
    fn from(rules: Vec<Rule>) -> Self {
        Self(Arc::new(Mutex::new(Lines { rules, decider: None })))
    }
}

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Script").field("rules", &self.lines().rules).finish_non_exhaustive()
    }
}

impl Failure {
    /// The error at `moment`. What only a call about a machine can be told is a failure of the host elsewhere.
    fn at(self, moment: &Moment) -> DriverError {
        let Moment { call, uuid, point } = *moment;
        match (self, uuid) {
            _ if point == Point::After => DriverError::outcome_unknown(call, Scripted),
            (Self::Unknown, _) => DriverError::outcome_unknown(call, Scripted),
            (Self::NotFound, Some(uuid)) => DriverError::NotFound { uuid },
            (Self::Abort(cause), Some(uuid)) => {
                DriverError::Unacceptable { uuid, cause, detail: Scripted.to_string() }
            }
            (Self::Host | Self::NotFound | Self::Abort(_), _) => DriverError::host(call, Scripted),
        }
    }
}

/// The cause of every scripted failure.
#[derive(Debug, thiserror::Error)]
#[error("a fault from the fake driver's script")]
struct Scripted;

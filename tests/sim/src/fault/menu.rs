//! Which faults there are, and how bad they get.

use std::time::Duration;

use super::Fault;
use crate::draw::Draw;

/// The faults that a run may draw, each as often as it is listed, and their worst.
///
/// # Example: what is safe for a service without durable work
/// ```
/// use nova_sim::{Draw, Menu};
///
/// let menu = Menu::default().only(&["crash", "delays"]);
/// let fault = menu.draw(&Draw::new(7), &["hello".to_owned()]).unwrap();
/// assert!(["crash", "delays"].contains(&fault.kind()));
/// ```
#[derive(Clone, Debug)]
pub struct Menu {
    kinds: Vec<&'static str>,
    /// The longest a service stays dead.
    pub longest_down: Duration,
    /// The longest a service that is restarted may take to drain.
    pub longest_drain: Duration,
    /// The longest a service stands still.
    pub longest_pause: Duration,
    /// The longest partition.
    pub longest_partition: Duration,
    /// The longest time that the bus misbehaves.
    pub longest_weather: Duration,
    /// The longest time without databases.
    pub longest_outage: Duration,
    /// Of a hundred messages, so many are lost at worst; or come twice, or late.
    pub worst_percent: u64,
    /// The latest that a message comes.
    pub latest: Duration,
}

impl Default for Menu {
    fn default() -> Self {
        Self {
            // Deaths are what most promises are about.
            kinds: [&["crash", "crash"], Self::KINDS].concat(),
            longest_down: Duration::from_secs(120),
            longest_drain: Duration::from_secs(60),
            longest_pause: Duration::from_secs(180),
            longest_partition: Duration::from_secs(120),
            longest_weather: Duration::from_secs(60),
            longest_outage: Duration::from_secs(60),
            worst_percent: 30,
            latest: Duration::from_secs(20),
        }
    }
}

impl Menu {
    /// Every kind of fault, by the name that [`Fault::kind`] gives.
    pub const KINDS: &[&str] = &[
        "crash",
        "restart",
        "pause",
        "partition",
        "mute",
        "loss",
        "duplicates",
        "delays",
        "slow databases",
        "no databases",
        "aborts",
        "clock jump",
    ];

    /// Nothing but these kinds, each once.
    pub fn only(mut self, kinds: &[&'static str]) -> Self {
        self.kinds = kinds.to_vec();
        self
    }

    /// Everything but these kinds.
    pub fn without(mut self, kinds: &[&'static str]) -> Self {
        self.kinds.retain(|kind| !kinds.contains(kind));
        self
    }

    /// One fault, which may befall one of `nodes`; `None` if the menu is empty or there are no nodes.
    ///
    /// Most are short: what is over before anybody notices finds as many mistakes as what outlives every timeout.
    pub fn draw(&self, draw: &Draw, nodes: &[String]) -> Option<Fault> {
        if self.kinds.is_empty() || nodes.is_empty() {
            return None;
        }
        let node = draw.one_of(nodes).clone();
        let percent = draw.between(1, self.worst_percent);
        Some(match *draw.one_of(&self.kinds) {
            "crash" => Fault::Crash { node, down: skewed(draw, self.longest_down) },
            "restart" => Fault::Restart { node, grace: skewed(draw, self.longest_drain) },
            "pause" => Fault::Pause { node, lasting: skewed(draw, self.longest_pause) },
            "partition" => Fault::Partition { node, lasting: skewed(draw, self.longest_partition) },
            "mute" => Fault::Mute { node, lasting: skewed(draw, self.longest_partition) },
            "loss" => Fault::Loss { percent, lasting: self.weather(draw) },
            "duplicates" => Fault::Duplicates { percent, lasting: self.weather(draw) },
            "delays" => {
                let most = skewed(draw, self.latest);
                Fault::Delays { percent, most, lasting: self.weather(draw) }
            }
            "slow databases" => {
                let most = draw.time(Duration::from_millis(5), Duration::from_millis(500));
                Fault::SlowDatabases { most, lasting: self.weather(draw) }
            }
            "no databases" => Fault::NoDatabases { lasting: skewed(draw, self.longest_outage) },
            "aborts" => Fault::Aborts { percent: percent.min(20), lasting: self.weather(draw) },
            _ => Fault::ClockJump { node, seconds: jump(draw) },
        })
    }

    fn weather(&self, draw: &Draw) -> Duration {
        draw.time(Duration::from_secs(1), self.longest_weather)
    }
}

/// Half of the times at most a twentieth of the longest.
fn skewed(draw: &Draw, longest: Duration) -> Duration {
    let longest = if draw.happens(50) { longest / 20 } else { longest };
    draw.time(Duration::from_millis(1), longest)
}

/// Up to two minutes, sometimes an hour.
fn jump(draw: &Draw) -> i64 {
    let most = if draw.happens(25) { 3600 } else { 120 };
    i64::try_from(draw.between(0, 2 * most)).unwrap_or(0) - i64::try_from(most).unwrap_or(0)
}

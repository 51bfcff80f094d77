//! The death of a service at every moment of every flow.

mod boot;
mod delete;
mod flow;
mod power;
mod rebuild;

use std::sync::Arc;
use std::time::Duration;

use nova_tests_cloud::{Boundary, World};
use tokio::sync::Notify;

/// The one who dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Victim {
    Service(&'static str),
    /// Whoever serves the user's request: it is cut off, and the user asks again.
    Api,
}

pub(crate) const CONDUCTOR: Victim = Victim::Service("conductor-1");
pub(crate) const SCHEDULER: Victim = Victim::Service("scheduler-1");
pub(crate) const HOST: Victim = Victim::Service("host-1");
pub(crate) const NEXT_HOST: Victim = Victim::Service("host-2");

/// One death in one run of a flow.
pub(crate) struct Death {
    pub(crate) died: Arc<Notify>,
    cut: Arc<Notify>,
}

impl Death {
    pub(crate) fn plan(world: &World, victim: Victim, n: usize, boundary: Boundary) -> Self {
        let (died, cut) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (tell, sever) = (Arc::clone(&died), Arc::clone(&cut));
        let kill: Box<dyn FnOnce() + Send> = match victim {
            Victim::Service(name) => Box::new(world.killer(name)),
            Victim::Api => Box::new(move || sever.notify_one()),
        };
        world.gate.plan(n, boundary, move || {
            kill();
            tell.notify_one();
        });
        Self { died, cut }
    }

    /// Does what a user asks; cut off, the user asks once more.
    pub(crate) async fn ask<T>(&self, request: impl AsyncFn() -> T) -> T {
        let first = async {
            tokio::select! {
                biased;
                () = self.cut.notified() => None,
                answer = request() => Some(answer),
            }
        };
        match first.await {
            Some(answer) => answer,
            None => request().await,
        }
    }
}

/// Longer than a lease and a boot: whoever was to do the work has been succeeded when it is done.
const LATE: Boundary = Boundary::Late(Duration::from_millis(1600));

/// Where a service dies.
pub(crate) const BOUNDARIES: [Boundary; 3] = [Boundary::Before, Boundary::After, LATE];

macro_rules! claims {
    ($($name:ident: $flow:expr, $victim:expr;)*) => { $(
        #[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            die_everywhere($flow, $victim).await;
        }
    )* };
}

use claims;

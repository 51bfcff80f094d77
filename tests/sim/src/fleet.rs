//! The services of a run, each a process that can die, stand still and come back.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use nova_core::service::Service;
use nova_core::{BoxError, Env};
use tokio::time::{Instant, sleep};

use crate::sim::Sim;

/// How soon a service that did not start is started again, as a supervisor would.
const AGAIN: Duration = Duration::from_secs(1);

type Built = Result<Arc<dyn Service>, BoxError>;
type Build = Arc<dyn Fn(Env) -> BoxFuture<'static, Built> + Send + Sync>;

/// The services of a run by name. Clones share.
///
/// Each is made anew for each of its lives, from the environment of that life: what it kept in memory is lost when it
/// dies, and what it wrote down is not.
#[derive(Clone)]
pub struct Fleet(Arc<Inner>);

struct Inner {
    sim: Sim,
    members: Mutex<BTreeMap<String, Member>>,
}

struct Member {
    build: Build,
    life: Option<Life>,
}

struct Life {
    env: Env,
    service: Option<Arc<dyn Service>>,
    stands_still: bool,
}

impl Fleet {
    /// A fleet of none.
    pub fn new(sim: &Sim) -> Self {
        let inner = Arc::new(Inner { sim: sim.clone(), members: Mutex::default() });
        let weak = Arc::downgrade(&inner);
        sim.at_end(move || {
            // What builds services holds the bus, and who looks at the bus may hold the fleet.
            if let Some(inner) = weak.upgrade() {
                let members =
                    std::mem::take(&mut *inner.members.lock().unwrap_or_else(PoisonError::into_inner));
                drop(members);
            }
        });
        Self(inner)
    }

    /// Adds the service `name`, which `build` makes for each of its lives. It is not started.
    pub fn add<F, S>(&self, name: impl Into<String>, build: impl Fn(Env) -> F + Send + Sync + 'static)
    where
        F: Future<Output = Result<S, BoxError>> + Send + 'static,
        S: Service,
    {
        let build: Build = Arc::new(move |env| {
            let built = build(env);
            Box::pin(async move { Ok(Arc::new(built.await?) as Arc<dyn Service>) })
        });
        self.members().insert(name.into(), Member { build, life: None });
    }

    /// The names, ordered.
    pub fn names(&self) -> Vec<String> {
        self.members().keys().cloned().collect()
    }

    /// Begins a life of the service `name`, unless it lives. A service that cannot be started is tried again every
    /// second.
    ///
    /// # Panics
    /// If nobody is called so; the same for all that take a name.
    pub fn start(&self, name: &str) {
        let build = {
            let members = self.members();
            let member = of(&members, name);
            if member.life.is_some() {
                return;
            }
            Arc::clone(&member.build)
        };
        let env = self.0.sim.env(name);
        self.0.sim.note(format!("{name} begins"));
        let life = Life { env: env.clone(), service: None, stands_still: false };
        self.member(name, |member| member.life = Some(life));
        let (fleet, name) = (self.clone(), name.to_owned());
        env.clone().spawn("start", async move {
            let service = fleet.bring_up(&name, &env, build).await;
            fleet.0.sim.note(format!("{name} is up"));
            fleet.member(&name, |member| {
                if let Some(life) = &mut member.life {
                    life.service = Some(service);
                }
            });
        });
    }

    async fn bring_up(&self, name: &str, env: &Env, build: Build) -> Arc<dyn Service> {
        loop {
            match Self::try_start(env, &build).await {
                Ok(service) => return service,
                Err(error) => self.0.sim.note(format!("{name} does not start: {}", chain(&*error))),
            }
            sleep(AGAIN).await;
        }
    }

    async fn try_start(env: &Env, build: &Build) -> Built {
        let service = build(env.clone()).await?;
        service.start().await?;
        Ok(service)
    }

    /// Starts everybody who does not live.
    pub fn start_all(&self) {
        self.names().iter().for_each(|name| self.start(name));
    }

    /// Ends the life of the service `name` at once, wherever it is.
    ///
    /// # Panics
    /// If nobody is called so.
    pub fn crash(&self, name: &str) {
        let life = self.member(name, |member| member.life.take());
        if let Some(life) = life {
            self.0.sim.note(format!("{name} dies"));
            life.env.abort_all();
        }
    }

    /// Stops the service `name` as an operator does, and waits for it; at most so long.
    ///
    /// # Panics
    /// If nobody is called so.
    ///
    /// # Cancel safety
    /// Dropping the future ends the service at once.
    pub async fn stop(&self, name: &str, grace: Duration) {
        let Some(life) = self.member(name, |member| member.life.take()) else { return };
        self.0.sim.note(format!("{name} is stopped"));
        let ending = Ending(life.env);
        if let Some(service) = life.service {
            service.stop(grace).await;
        }
        ending.0.shutdown(Duration::from_secs(1)).await;
    }

    /// Lets the service `name` stand still: see [`Env::stand_still`].
    ///
    /// # Panics
    /// If nobody is called so.
    pub fn pause(&self, name: &str) {
        self.still(name, true);
    }

    /// Lets the service `name` go on.
    ///
    /// # Panics
    /// If nobody is called so.
    pub fn go_on(&self, name: &str) {
        self.still(name, false);
    }

    fn still(&self, name: &str, still: bool) {
        let env = self.member(name, |member| {
            let life = member.life.as_mut().filter(|life| life.stands_still != still)?;
            life.stands_still = still;
            Some(life.env.clone())
        });
        match (env, still) {
            (Some(env), true) => {
                self.0.sim.note(format!("{name} stands still"));
                env.stand_still();
            }
            (Some(env), false) => {
                self.0.sim.note(format!("{name} goes on"));
                env.go_on();
            }
            (None, _) => {}
        }
    }

    /// Lets everybody live and go on.
    pub fn heal(&self) {
        for name in self.names() {
            self.go_on(&name);
            self.start(&name);
        }
    }

    /// Whether the service `name` is up: started, not dead, not standing still.
    ///
    /// # Panics
    /// If nobody is called so.
    pub fn is_up(&self, name: &str) -> bool {
        let members = self.members();
        let life = of(&members, name).life.as_ref();
        life.is_some_and(|life| life.service.is_some() && !life.stands_still)
    }

    /// Waits until everybody is up.
    ///
    /// # Errors
    /// After `patience`: the names of those who are not.
    ///
    /// # Cancel safety
    /// Cancel safe.
    pub async fn all_up(&self, patience: Duration) -> Result<(), Vec<String>> {
        let began = Instant::now();
        loop {
            let down: Vec<_> = self.names().into_iter().filter(|name| !self.is_up(name)).collect();
            match down.is_empty() {
                true => return Ok(()),
                false if began.elapsed() >= patience => return Err(down),
                false => sleep(Duration::from_millis(100)).await,
            }
        }
    }

    fn member<T>(&self, name: &str, act: impl FnOnce(&mut Member) -> T) -> T {
        let mut members = self.members();
        let member = members.get_mut(name).unwrap_or_else(|| panic!("nobody is called {name}"));
        act(member)
    }

    fn members(&self) -> MutexGuard<'_, BTreeMap<String, Member>> {
        self.0.members.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A life that is over, however its end is brought about.
struct Ending(Env);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.abort_all();
    }
}

fn of<'a>(members: &'a BTreeMap<String, Member>, name: &str) -> &'a Member {
    members.get(name).unwrap_or_else(|| panic!("nobody is called {name}"))
}

/// An error and its causes.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

impl fmt::Debug for Fleet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fleet").field("names", &self.names()).finish_non_exhaustive()
    }
}

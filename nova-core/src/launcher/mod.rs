//! Runs several services in one process, and minds the signals.
//!
//! | signal | what happens |
//! |---|---|
//! | SIGTERM, SIGINT | the services drain, in reverse order of their start, within the grace; a second one ends at once |
//! | SIGHUP | the reload hooks run, then every service is [reset](crate::service::Service::reset) |
//! | SIGUSR2 | a diagnostic report is written |

mod signals;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{BoxFuture, select_all};
use tokio::time::Instant;

pub use self::signals::{ChannelSignals, Signal, SignalSource, UnixSignals};

use crate::service::{Report, Section, Service};
use crate::{BoxError, Env};

/// How a launcher came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Exit {
    /// Everything was drained and stopped.
    Clean,
    /// A second signal, or the end of the grace, cut work off.
    Forced,
}

/// A service that did not start; those before it have been stopped again.
#[derive(Debug, thiserror::Error)]
#[error("{service} did not start")]
pub struct LaunchError {
    /// The service.
    pub service: String,
    source: BoxError,
}

type ReloadHook = Box<dyn Fn() -> BoxFuture<'static, ()> + Send + Sync>;
type ReportSink = Box<dyn Fn(&str) + Send + Sync>;

/// Starts services in order, waits, and stops them in reverse.
///
/// # Example
/// ```
/// use std::{sync::Arc, time::Duration};
/// use nova_core::{Env, group::MemoryGroup, launcher::{ChannelSignals, Exit, Launcher, Signal}};
/// use nova_core::service::{ManagedService, Manager};
///
/// struct Hello;
/// impl Manager for Hello {}
///
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
/// let env = Env::system();
/// let hello = ManagedService::builder(&env, "hello-manager", "node1", Arc::new(Hello))
///     .service_group(Arc::new(MemoryGroup::new(&env)))
///     .build()?;
/// let (signals, sender) = ChannelSignals::new();
/// sender.send(Signal::Stop).await?;
/// // A program says `UnixSignals::listen()?` instead.
/// let exit = Launcher::new(&env).service(Arc::new(hello)).grace(Duration::from_secs(5)).run(signals).await?;
/// assert_eq!(exit, Exit::Clean);
/// # Ok::<(), nova_core::BoxError>(())
/// # }).unwrap();
/// ```
#[doc(alias = "nova.service.serve")]
pub struct Launcher {
    env: Env,
    services: Vec<Arc<dyn Service>>,
    reload: Vec<ReloadHook>,
    report: ReportSink,
    grace: Duration,
}

impl Launcher {
    /// A launcher without services.
    pub fn new(env: &Env) -> Self {
        let report: ReportSink = Box::new(|text| tracing::warn!(target: "nova_core::report", "\n{text}"));
        Self {
            env: env.clone(),
            services: Vec::new(),
            reload: Vec::new(),
            report,
            grace: Duration::from_secs(180),
        }
    }

    /// One more service, started after those added before.
    pub fn service(mut self, service: Arc<dyn Service>) -> Self {
        self.services.push(service);
        self
    }

    /// Does `reload` on SIGHUP, before the services are reset: re-read the configuration.
    pub fn on_reload<F>(mut self, reload: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.reload.push(Box::new(move || Box::pin(reload())));
        self
    }

    /// Gives the text of a diagnostic report to `sink`. It is logged if not given.
    pub fn report_to(mut self, sink: impl Fn(&str) + Send + Sync + 'static) -> Self {
        self.report = Box::new(sink);
        self
    }

    /// How long draining may take (Nova's `graceful_shutdown_timeout`). 180 s if not given.
    pub fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Runs the services until a signal says stop or one of them ends by itself, then stops all of them.
    ///
    /// # Errors
    /// A service did not start.
    ///
    /// # Cancel safety
    /// Not cancel safe: dropping it leaves the services running.
    pub async fn run(self, mut signals: impl SignalSource) -> Result<Exit, LaunchError> {
        self.start_all().await?;
        self.serve(&mut signals).await;
        let exit = self.stop_all(&mut signals).await;
        let cut_off = self.env.shutdown(Duration::from_secs(1)).await;
        if !cut_off.is_empty() {
            tracing::warn!(tasks = ?cut_off, "background tasks were cut off");
        }
        Ok(exit)
    }

    async fn start_all(&self) -> Result<(), LaunchError> {
        for (at, service) in self.services.iter().enumerate() {
            if let Err(source) = service.start().await {
                for started in self.services[..at].iter().rev() {
                    started.stop(self.grace).await;
                }
                return Err(LaunchError { service: service.name().to_owned(), source });
            }
        }
        Ok(())
    }

    /// Until it is time to stop.
    async fn serve(&self, signals: &mut impl SignalSource) {
        let mut ended = select_all(self.services.iter().map(|service| service.wait()));
        loop {
            let signal = tokio::select! {
                biased;
                signal = signals.next() => signal,
                (_, at, _) = &mut ended, if !self.services.is_empty() => {
                    tracing::error!(service = self.services[at].name(), "ended by itself; stopping the others");
                    return;
                }
            };
            match signal {
                Signal::Stop => return,
                Signal::Reload => self.reload_all().await,
                Signal::Report => (self.report)(&self.report_text()),
            }
        }
    }

    async fn reload_all(&self) {
        tracing::info!("reloading");
        for hook in &self.reload {
            hook().await;
        }
        for service in &self.services {
            service.reset().await;
        }
    }

    async fn stop_all(&self, signals: &mut impl SignalSource) -> Exit {
        let deadline = Instant::now() + self.grace;
        let stop = async {
            for service in self.services.iter().rev() {
                service.stop(deadline.saturating_duration_since(Instant::now())).await;
            }
        };
        let second_stop = async { while signals.next().await != Signal::Stop {} };
        tokio::select! {
            biased;
            () = stop => if Instant::now() <= deadline { Exit::Clean } else { Exit::Forced },
            () = second_stop => Exit::Forced,
        }
    }

    /// Services, then the tasks of the process.
    fn report_text(&self) -> String {
        let tasks = self.env.tasks().into_iter().map(|task| format!("{:>10.1?}  {}", task.age, task.name));
        let process = Report::new("process").with(Section::new("tasks", tasks));
        let services = self.services.iter().map(|service| service.report().to_string());
        services.chain([process.to_string()]).collect()
    }
}

impl fmt::Debug for Launcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let services: Vec<_> = self.services.iter().map(|service| service.name()).collect();
        f.debug_struct("Launcher").field("services", &services).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_trait::async_trait;
    use std::sync::Mutex;
    use tokio_util::sync::CancellationToken;

    type Journal = Arc<Mutex<Vec<String>>>;

    struct Noted {
        name: &'static str,
        journal: Journal,
        fails: bool,
        stop_takes: Duration,
        ended: CancellationToken,
    }

    impl Noted {
        fn new(name: &'static str, journal: &Journal) -> Self {
            let (journal, ended) = (Arc::clone(journal), CancellationToken::new());
            Self { name, journal, fails: false, stop_takes: Duration::ZERO, ended }
        }

        fn note(&self, what: &str) {
            self.journal.lock().unwrap().push(format!("{what} {}", self.name));
        }
    }

    #[async_trait]
    impl Service for Noted {
        fn name(&self) -> &str {
            self.name
        }
        async fn start(&self) -> Result<(), BoxError> {
            self.note("start");
            if self.fails { Err("no".into()) } else { Ok(()) }
        }
        async fn stop(&self, _: Duration) {
            tokio::time::sleep(self.stop_takes).await;
            self.note("stop");
        }
        async fn wait(&self) {
            self.ended.cancelled().await;
        }
        async fn reset(&self) {
            self.note("reset");
        }
    }

    fn launcher(services: impl IntoIterator<Item = Noted>) -> Launcher {
        let env = Env::builder().seed(1).build();
        services
            .into_iter()
            .fold(Launcher::new(&env), |launcher, service| launcher.service(Arc::new(service)))
    }

    #[tokio::test(start_paused = true)]
    async fn services_start_in_order_reset_on_reload_and_stop_in_reverse() {
        let journal = Journal::default();
        let (signals, sender) = ChannelSignals::new();
        for signal in [Signal::Reload, Signal::Stop] {
            sender.send(signal).await.unwrap();
        }
        let exit =
            launcher([Noted::new("a", &journal), Noted::new("b", &journal)]).run(signals).await.unwrap();
        assert_eq!(exit, Exit::Clean);
        assert_eq!(
            *journal.lock().unwrap(),
            ["start a", "start b", "reset a", "reset b", "stop b", "stop a"]
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_service_that_does_not_start_takes_the_earlier_ones_down_again() {
        let journal = Journal::default();
        let (signals, _sender) = ChannelSignals::new();
        let broken = Noted { fails: true, ..Noted::new("b", &journal) };
        let error = launcher([Noted::new("a", &journal), broken]).run(signals).await.unwrap_err();
        assert_eq!(error.to_string(), "b did not start");
        assert_eq!(*journal.lock().unwrap(), ["start a", "start b", "stop a"]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_second_stop_ends_at_once() {
        let journal = Journal::default();
        let (signals, sender) = ChannelSignals::new();
        for _ in 0..2 {
            sender.send(Signal::Stop).await.unwrap();
        }
        let slow = Noted { stop_takes: Duration::from_secs(100), ..Noted::new("a", &journal) };
        let began = Instant::now();
        assert_eq!(launcher([slow]).run(signals).await.unwrap(), Exit::Forced);
        assert!(began.elapsed() < Duration::from_secs(10));
    }

    #[tokio::test(start_paused = true)]
    async fn a_service_that_ends_by_itself_stops_the_others() {
        let journal = Journal::default();
        let (signals, _sender) = ChannelSignals::new();
        let ending = Noted::new("a", &journal);
        ending.ended.cancel();
        assert_eq!(launcher([ending, Noted::new("b", &journal)]).run(signals).await.unwrap(), Exit::Clean);
        assert_eq!(journal.lock().unwrap().last().unwrap(), "stop a");
    }

    #[tokio::test(start_paused = true)]
    async fn a_report_names_every_service_and_every_task() {
        let (signals, sender) = ChannelSignals::new();
        for signal in [Signal::Report, Signal::Stop] {
            sender.send(signal).await.unwrap();
        }
        let text = Arc::new(Mutex::new(String::new()));
        let written = Arc::clone(&text);
        let launcher = launcher([Noted::new("a", &Journal::default())]);
        let stopping = launcher.env.stopping();
        launcher.env.spawn("background work", async move { stopping.cancelled().await });
        let launcher = launcher.report_to(move |report| report.clone_into(&mut written.lock().unwrap()));
        let _ = launcher.run(signals).await.unwrap();
        let text = text.lock().unwrap();
        assert!(text.contains("=== a ===") && text.contains("background work"), "{text}");
    }
}

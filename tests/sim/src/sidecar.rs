//! The second runtime, on which databases live, and the way to wait for it without waiting.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Wake, Waker};
use std::thread::Thread;
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::runtime::{Builder, Handle, Runtime};

/// Real time between two looks at work that nobody said was ready.
const LOOK: Duration = Duration::from_secs(1);

/// So many such looks in a row, and the work is taken to wait for something that cannot come.
const PATIENCE: u32 = 120;

/// A runtime in real time on a thread of its own: connections, their timers and tasks belong to it.
pub(crate) struct Sidecar(Runtime);

impl Sidecar {
    pub(crate) fn start() -> Self {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("simulation: databases")
            .enable_all()
            .build();
        Self(runtime.expect("a runtime can be built on this machine"))
    }

    pub(crate) fn handle(&self) -> Handle {
        self.0.handle().clone()
    }

    pub(crate) fn stop(self) {
        self.0.shutdown_timeout(Duration::from_secs(5));
    }
}

/// Runs `work` to its end on this thread, which does nothing else meanwhile.
///
/// The simulation's runtime does not notice: as it never becomes idle, its clock does not move. What `work` spawns and
/// waits for is the sidecar's.
///
/// # Panics
/// If `work` does not end within two minutes of real time.
pub(crate) fn drive(sidecar: &Handle, work: BoxFuture<'static, ()>) {
    let _inside = sidecar.enter();
    // The budget by which tokio makes tasks take turns belongs to the simulated task, and would never be renewed.
    let mut work = std::pin::pin!(tokio::task::unconstrained(work));
    let bell = Arc::new(Bell { thread: std::thread::current(), rung: AtomicBool::new(false) });
    let waker = Waker::from(Arc::clone(&bell));
    let mut cx = Context::from_waker(&waker);
    let mut idle = 0;
    while work.as_mut().poll(&mut cx).is_pending() {
        while !bell.rung.swap(false, Ordering::Acquire) {
            std::thread::park_timeout(LOOK);
            idle += 1;
            assert!(idle < PATIENCE, "database work does not end: its closure waits for something else");
        }
        idle = 0;
    }
}

struct Bell {
    thread: Thread,
    rung: AtomicBool,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.rung.store(true, Ordering::Release);
        self.thread.unpark();
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    #[test]
    fn what_another_thread_answers_takes_no_virtual_time() {
        let sidecar = Sidecar::start();
        let paused = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        paused.block_on(ask(sidecar.handle()));
        sidecar.stop();
    }

    async fn ask(sidecar: Handle) {
        let began = Instant::now();
        let (answer, answered) = tokio::sync::oneshot::channel();
        let work = async move {
            #[expect(clippy::disallowed_methods, reason = "as connection pools do")]
            let slow = tokio::spawn(async { tokio::time::sleep(Duration::from_millis(20)).await });
            slow.await.expect("the task ends");
            answer.send(7).expect("somebody waits");
        };
        drive(&sidecar, Box::pin(work));
        assert_eq!((answered.await, began.elapsed()), (Ok(7), Duration::ZERO));
    }
}

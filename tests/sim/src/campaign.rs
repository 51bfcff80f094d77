//! Many seeds, on as many threads as there are, and what they say together.

use std::ops::ControlFlow;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;

/// Runs `run` for each of `seeds` on `threads` threads, and tells `each` of the results as they come.
///
/// Ends early when `each` says [`ControlFlow::Break`]; runs that have begun are brought to their end.
///
/// # Example
/// ```
/// use std::ops::ControlFlow;
///
/// let mut hashes = Vec::new();
/// let run = |seed| nova_sim::run(seed, async |sim| sim.note("nothing")).hash;
/// nova_sim::campaign(0..10, 2, run, |seed, hash| {
///     hashes.push((seed, hash));
///     ControlFlow::Continue(())
/// });
/// assert_eq!(hashes.len(), 10);
/// ```
///
/// # Panics
/// If `run` does.
pub fn campaign<R: Send>(
    seeds: impl IntoIterator<Item = u64, IntoIter: Send>,
    threads: usize,
    run: impl Fn(u64) -> R + Sync,
    mut each: impl FnMut(u64, R) -> ControlFlow<()>,
) {
    let (seeds, over) = (Mutex::new(seeds.into_iter()), AtomicBool::new(false));
    let next = || match over.load(Ordering::Relaxed) {
        true => None,
        false => seeds.lock().unwrap_or_else(PoisonError::into_inner).next(),
    };
    std::thread::scope(|scope| {
        let (tell, told) = mpsc::sync_channel(threads.max(1));
        for _ in 0..threads.max(1) {
            let (tell, next, run) = (tell.clone(), &next, &run);
            scope.spawn(move || {
                while let Some(seed) = next() {
                    if tell.send((seed, run(seed))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(tell);
        for (seed, result) in told {
            if each(seed, result).is_break() {
                over.store(true, Ordering::Relaxed);
                break;
            }
        }
    });
}

//! The same seed is the same run.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::hello::hello;

/// Keeps every processor busy while `work` runs.
fn under_load<T>(work: impl FnOnce() -> T) -> T {
    let over = AtomicBool::new(false);
    let busy = std::thread::available_parallelism().map_or(2, usize::from) + 1;
    std::thread::scope(|scope| {
        for _ in 0..busy {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            });
        }
        let done = work();
        over.store(true, Ordering::Relaxed);
        done
    })
}

#[test]
fn a_seed_gives_the_same_run_again_also_when_the_machine_is_busy() {
    for seed in 0..6 {
        let (quiet, busy) = (hello(seed, 8), under_load(|| hello(seed, 8)));
        assert_eq!(quiet.value, busy.value, "seed {seed}");
        let pairs = quiet.last.iter().zip(&busy.last);
        let apart: Vec<_> = pairs.filter(|(one, other)| one != other).take(3).collect();
        assert!(apart.is_empty(), "seed {seed} went apart: {apart:#?}");
        assert_eq!((quiet.hash, quiet.events), (busy.hash, busy.events), "seed {seed}");
    }
}

#[test]
fn another_seed_gives_another_run() {
    assert_ne!(hello(1, 8).hash, hello(2, 8).hash);
}

//! What the model shows of the fleet, and of itself.

#![allow(clippy::unwrap_used)]

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};

use nova_model::{LEAST_FAULTS, LEAST_OPERATIONS, Plan, Verdict};
use nova_sim::{Menu, campaign};

/// How many seeds a test runs, and which is the first: `NOVA_TEST_LONG` and `NOVA_TEST_SEED` say so.
#[expect(clippy::disallowed_methods, reason = "how long a test takes is not the product's configuration")]
fn seeds(usual: u64, long: u64) -> std::ops::Range<u64> {
    let count = if std::env::var_os("NOVA_TEST_LONG").is_some() { long } else { usual };
    let first = std::env::var("NOVA_TEST_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(0);
    first..first + count
}

fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Keeps every processor busy while `work` runs.
fn under_load<T>(work: impl FnOnce() -> T) -> T {
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..=threads() {
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
fn whatever_goes_wrong_nothing_is_lost_and_the_books_balance() {
    let menu = Menu::default();
    campaign(
        seeds(SEEDS, 200),
        threads(),
        |seed| Verdict::of_seed(seed, Some(&menu)),
        |_, verdict| {
            assert!(verdict.is_clean(), "{}", verdict.shrink());
            ControlFlow::Continue(())
        },
    );
}

/// Each takes seconds. `tests/run` has the program run 300.
const SEEDS: u64 = 6;

#[test]
fn when_nothing_goes_wrong_nothing_is_wrong() {
    campaign(
        seeds(2, 40),
        threads(),
        |seed| Verdict::of_seed(seed, None),
        |_, verdict| {
            assert!(verdict.is_clean(), "{}", verdict.shrink());
            ControlFlow::Continue(())
        },
    );
}

#[test]
fn a_seed_is_the_same_run_again_also_when_the_machine_is_busy() {
    let menu = Menu::default();
    for seed in seeds(2, 20) {
        let (quiet, busy) =
            (Verdict::of_seed(seed, Some(&menu)), under_load(|| Verdict::of_seed(seed, Some(&menu))));
        assert_eq!((quiet.hash, quiet.events), (busy.hash, busy.events), "seed {seed:#x}");
    }
}

#[test]
fn every_run_has_sixty_operations_and_ten_faults() {
    let menu = Menu::default();
    for seed in 0..1000 {
        let plan = Plan::draw(seed, Some(&menu));
        assert!(plan.operations() >= LEAST_OPERATIONS && plan.faults() >= LEAST_FAULTS, "{plan}");
    }
}

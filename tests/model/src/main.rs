//! Runs the model: one seed again, or many. `nova-model --help` says how.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "what it prints is what it is for")]

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use nova_model::matrix::{self, Cell, Coverage, Scenario, Strike};
use nova_model::{MUTANTS, RARE, Verdict};
use nova_sim::{Menu, campaign};
use tokio::time::Instant;

/// The whole fleet on one thread, in virtual time, from one seed.
#[derive(Debug, Parser)]
struct Arguments {
    /// Run this seed alone, and tell what happened; in hexadecimal with 0x.
    #[arg(long, value_parser = number, conflicts_with = "seeds")]
    seed: Option<u64>,
    /// Run so many seeds.
    #[arg(long, default_value_t = 300)]
    seeds: u64,
    /// The first of them.
    #[arg(long, value_parser = number, default_value = "0")]
    from: u64,
    /// On so many threads; as many as there are processors, if not given.
    #[arg(long)]
    threads: Option<usize>,
    /// Without faults.
    #[arg(long)]
    calm: bool,
    /// With faults of these kinds alone (crash, restart, pause, partition, mute, loss, duplicates, delays, …).
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Without faults of these kinds.
    #[arg(long, value_delimiter = ',')]
    without: Vec<String>,
    /// Run the broken variants, each until a seed finds it out; of a build with RUSTFLAGS="--cfg nova_mutants".
    #[arg(long)]
    mutants: bool,
    /// Of the broken variants, those whose name has this in it.
    #[arg(long, requires = "mutants", default_value = "")]
    named: String,
    /// Each broken variant must be found out within so many seeds.
    #[arg(long, requires = "mutants", default_value_t = 2000)]
    within: u64,
    /// Run the matrix: every operation, struck by every fault at every piece of database work.
    #[arg(long, conflicts_with_all = ["seed", "mutants"])]
    matrix: bool,
    /// Go on after a failure.
    #[arg(long)]
    keep_going: bool,
    /// Tell failures as they are, without looking for shorter ones.
    #[arg(long)]
    whole: bool,
}

fn number(text: &str) -> Result<u64, std::num::ParseIntError> {
    match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16),
        None => text.parse(),
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let menu = arguments.menu();
    if arguments.matrix {
        return whole_matrix(&arguments);
    }
    if arguments.mutants {
        return mutants(&arguments, menu.as_ref());
    }
    match arguments.seed {
        Some(seed) => one(&arguments, Verdict::of_seed(seed, menu.as_ref())),
        None => many(&arguments, menu.as_ref()),
    }
}

impl Arguments {
    fn threads(&self) -> usize {
        self.threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from))
    }

    fn menu(&self) -> Option<Menu> {
        let all = Menu::KINDS;
        let named = |kinds: &[String]| -> Vec<_> {
            all.iter().copied().filter(|kind| kinds.iter().any(|one| one == kind)).collect()
        };
        let menu =
            if self.only.is_empty() { Menu::default() } else { Menu::default().only(&named(&self.only)) };
        (!self.calm).then(|| menu.without(&named(&self.without)))
    }
}

fn one(arguments: &Arguments, verdict: Verdict) -> ExitCode {
    if verdict.is_clean() {
        println!("{verdict}nothing is violated; fingerprint {:#018x}", verdict.hash);
        return ExitCode::SUCCESS;
    }
    tell(arguments, verdict);
    ExitCode::FAILURE
}

fn tell(arguments: &Arguments, verdict: Verdict) {
    let steps = verdict.plan.steps.len();
    let verdict = if arguments.whole { verdict } else { verdict.shrink() };
    println!("{} of {steps} steps:\n{verdict}", verdict.plan.steps.len());
}

fn many(arguments: &Arguments, menu: Option<&Menu>) -> ExitCode {
    let seeds = arguments.from..arguments.from.saturating_add(arguments.seeds);
    let mut tally = Tally::new();
    campaign(
        seeds,
        arguments.threads(),
        |seed| Verdict::of_seed(seed, menu),
        |_, verdict| {
            tally.count(&verdict, arguments.seeds);
            if verdict.is_clean() {
                return ControlFlow::Continue(());
            }
            tell(arguments, verdict);
            if arguments.keep_going { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        },
    );
    tally.tell();
    if tally.failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Every cell of the matrix, and which steps they struck.
fn whole_matrix(arguments: &Arguments) -> ExitCode {
    let began = Instant::now();
    let mut cells = Vec::new();
    let surveys = Scenario::ALL.len() as u64;
    let survey = |at: u64| matrix::cells(Scenario::ALL[usize::try_from(at).unwrap_or(0)]);
    campaign(0..surveys, arguments.threads(), survey, |_, of_scenario| {
        cells.push(of_scenario);
        ControlFlow::Continue(())
    });
    cells.sort_by_key(|cells| cells.first().map(|cell| cell.scenario));
    let cells: Vec<_> = cells.into_iter().flatten().collect();
    println!("{} cells", cells.len());
    let (mut coverage, mut failed) = (Coverage::default(), 0);
    failed += run_cells(arguments, &cells, 0, &mut coverage);
    // What else happens shifts the moments: a step of few moments may be missed by a strike.
    for pass in 1..=PASSES {
        let missing = coverage.missing(matrix::STEPS);
        let wanted = |cell: &&Cell| {
            cell.open
                .iter()
                .any(|step| missing.get(step).is_some_and(|strikes| strikes.contains(&cell.strike)))
        };
        let again: Vec<_> = cells.iter().filter(wanted).cloned().collect();
        if again.is_empty() || failed > 0 {
            break;
        }
        failed += run_cells(arguments, &again, pass, &mut coverage);
    }
    println!(
        "struck, each by {} strikes: {}",
        Strike::ALL.len(),
        coverage.steps().collect::<Vec<_>>().join(", ")
    );
    let missing = coverage.missing(matrix::STEPS);
    missing.iter().for_each(|(step, strikes)| println!("NOT struck: {step} by {strikes:?}"));
    println!("{} cells, {failed} runs failed, {:.0} s", cells.len(), began.elapsed().as_secs_f64());
    if failed == 0 && missing.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// How often cells are run again whose strike missed its step.
const PASSES: u64 = 5;

/// Runs `cells`, and says how many runs failed.
fn run_cells(arguments: &Arguments, cells: &[Cell], pass: u64, coverage: &mut Coverage) -> u64 {
    let plans = matrix::plans(cells, pass);
    let (mut failed, mut done, mut told) = (0, 0, Instant::now());
    let run = |at: u64| Verdict::of(plans[usize::try_from(at).unwrap_or(0)].clone());
    campaign(0..plans.len() as u64, arguments.threads(), run, |_, verdict| {
        done += 1;
        if told.elapsed() >= Duration::from_secs(5) {
            told = Instant::now();
            eprintln!("{done} of {} runs, {failed} failed", plans.len());
        }
        matrix::note(&verdict, coverage);
        if verdict.is_clean() {
            return ControlFlow::Continue(());
        }
        failed += 1;
        tell(arguments, verdict);
        if arguments.keep_going { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    failed
}

fn mutants(arguments: &Arguments, menu: Option<&Menu>) -> ExitCode {
    let mut alive = Vec::new();
    for name in MUTANTS.iter().filter(|name| name.contains(&arguments.named)) {
        if let Err(error) = nova_core::mutant::activate(Some(name)) {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
        match find_out(arguments, menu) {
            Ok(Some((seeds, why))) => println!("found out after {seeds:4} seeds: {name}: {why}"),
            Ok(None) => alive.push(*name),
            Err(verdict) => {
                println!("without the broken variant as well:");
                tell(arguments, *verdict);
                return ExitCode::FAILURE;
            }
        }
    }
    alive.iter().for_each(|name| println!("NOT found out in {} seeds: {name}", arguments.within));
    if alive.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// After how many seeds something is violated, and what; the failure, if the seed fails without the broken variant too.
fn find_out(arguments: &Arguments, menu: Option<&Menu>) -> Result<Option<(u64, String)>, Box<Verdict>> {
    let (mut runs, mut found) = (0, None);
    let seeds = arguments.from..arguments.from + arguments.within;
    campaign(
        seeds,
        arguments.threads(),
        |seed| Verdict::of_seed(seed, menu),
        |seed, verdict| {
            runs += 1;
            if verdict.is_clean() {
                return ControlFlow::Continue(());
            }
            let why = verdict.violations.iter().take(2).map(String::as_str).collect::<Vec<_>>().join("; ");
            found = Some((seed, runs, format!("seed {seed:#x}: {why}")));
            ControlFlow::Break(())
        },
    );
    let Some((seed, runs, why)) = found else { return Ok(None) };
    // The campaign's other threads have ended: nothing else runs.
    nova_core::mutant::activate(None).expect("a build with broken variants");
    let whole = Verdict::of_seed(seed, menu);
    if whole.is_clean() { Ok(Some((runs, why))) } else { Err(Box::new(whole)) }
}

/// What the runs come to together.
struct Tally {
    began: Instant,
    told: Instant,
    runs: u64,
    operations: usize,
    faults: usize,
    events: u64,
    virtual_time: Duration,
    failed: Vec<u64>,
    reached: BTreeMap<&'static str, u64>,
}

impl Tally {
    fn new() -> Self {
        let now = Instant::now();
        Self {
            began: now,
            told: now,
            runs: 0,
            operations: 0,
            faults: 0,
            events: 0,
            virtual_time: Duration::ZERO,
            failed: Vec::new(),
            reached: RARE.iter().map(|state| (*state, 0)).collect(),
        }
    }

    fn count(&mut self, verdict: &Verdict, of: u64) {
        self.runs += 1;
        self.operations += verdict.plan.operations();
        self.faults += verdict.plan.faults();
        self.events += verdict.events;
        self.virtual_time += verdict.elapsed;
        for state in verdict.reached.keys() {
            *self.reached.entry(state).or_default() += 1;
        }
        if !verdict.is_clean() {
            self.failed.push(verdict.plan.seed);
        }
        if self.told.elapsed() >= Duration::from_secs(5) {
            self.told = Instant::now();
            eprintln!(
                "{} of {of} seeds, {:.1} each second, {} failed",
                self.runs,
                self.rate(),
                self.failed.len()
            );
        }
    }

    fn rate(&self) -> f64 {
        u32::try_from(self.runs).map_or(0.0, f64::from) / self.began.elapsed().as_secs_f64()
    }

    fn tell(&self) {
        let Self { runs, operations, faults, events, virtual_time, failed, .. } = self;
        println!(
            "{runs} seeds, {operations} operations, {faults} faults, {events} events, {:.1} hours of virtual time, \
             {:.1} seeds each second",
            virtual_time.as_secs_f64() / 3600.0,
            self.rate()
        );
        println!("rare states, and in how many runs:");
        self.reached.iter().for_each(|(state, runs)| println!("{runs:8} {state}"));
        match failed.is_empty() {
            true => println!("nothing is violated"),
            false => println!("violated by seeds {failed:?}"),
        }
    }
}

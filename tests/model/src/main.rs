//! Runs the model: `nova-model --seed 0x2a`, or `nova-model --seeds 300 --from 0`.
#![allow(clippy::print_stdout, reason = "what it prints is what it is for")]

use std::process::ExitCode;

use nova_model::Plan;
use nova_sim::Menu;

fn main() -> ExitCode {
    let seed = std::env::args().nth(1).and_then(|s| s.parse().ok()).unwrap_or(0);
    let count = std::env::args().nth(2).and_then(|s| s.parse().ok()).unwrap_or(1u64);
    let menu = (std::env::args().nth(3).as_deref() != Some("calm")).then(Menu::default);
    for seed in seed..seed + count {
        let plan = Plan::draw(seed, menu.as_ref());
        let run = nova_model::run(&plan, 300);
        println!("{seed} {:x} {} events {:?}", run.hash, run.events, run.elapsed);
        let wrong = run.value.clone().unwrap_or_default();
        if !wrong.is_empty() || !run.panics.is_empty() {
            println!("{plan}\n{}\n{wrong:#?}\n{:#?}", run.last.join("\n"), run.panics);
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

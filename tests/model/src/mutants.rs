//! The broken variants that the model must find out.

/// The names of [`nova_core::mutant!`] in the code that the model runs.
pub const MUTANTS: &[&str] = &[
    "placement: a claim needs no room",
    "placement: a claim may be late",
    "placement: the retired may claim",
    "conductor: a deletion does not look for a build",
    "conductor: a deletion keeps what was held",
    "conductor: a build that is given up keeps what was held",
    "conductor: a burial keeps what was claimed",
    "conductor: an attempt that was cut off gives nothing back",
    "conductor: a boot does not look for its records",
    "conductor: a forgotten boot is not called off",
    "conductor: what was overtaken is written",
    "compute: unknown is taken for done",
    "compute: a failed build is not cleared away",
    "compute: a deletion fences nothing",
    "core: without a hint nobody looks for work",
    "core: who lost a lease goes on",
    "db: anybody may end a step",
    "compute-api: a request is a new one each time",
    "scheduler: what was claimed in vain is kept",
];

//! What the racing processes and the tests that start them say to each other: a JSON object a line.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What a racer is to do, at once and all at the same time.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Order {
    /// So many requests for a host for one smallest instance.
    Schedule {
        /// How many.
        count: usize,
    },
    /// So many requests for a server of a project that may have three.
    Create {
        /// How many.
        count: usize,
        /// The project.
        project: String,
    },
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// How many requests were granted.
    pub won: usize,
    /// How many were not, by the class of the refusal.
    pub lost: BTreeMap<String, usize>,
}

impl Outcome {
    /// Both together.
    pub fn and(mut self, other: Self) -> Self {
        self.won += other.won;
        for (class, count) in other.lost {
            *self.lost.entry(class).or_default() += count;
        }
        self
    }
}

/// How many servers a project of [`Order::Create`] may have.
pub const QUOTA: u64 = 3;

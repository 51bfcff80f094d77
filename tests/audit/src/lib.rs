//! The audit of a cloud: what must hold, checked by reading databases, placement and hypervisors, never a service.
//!
//! [`Audit::of`] checks what must hold when everything is at rest, [`always`] what must hold at every moment. Neither
//! changes anything. Whoever runs a fleet of their own in a test opens the databases and the hypervisors' stores as
//! [`Sources`], and asks.
//!
//! | promise (docs) | finding | when |
//! |---|---|---|
//! | what was accepted comes to rest | [`OpenOperation`](Finding::OpenOperation), [`Restless`](Finding::Restless) | at rest |
//! | what is held is what lives | [`Books`](Finding::Books) | at rest |
//! | no instance runs twice | [`TwoMachines`](Finding::TwoMachines) | always |
//! | no machine without a record, nor the reverse | [`GhostMachine`](Finding::GhostMachine), [`VanishedMachine`](Finding::VanishedMachine) | at rest |
//! | no host is oversold | [`Oversold`](Finding::Oversold) | always |
//! | effects happen once | [`DoubleEffect`](Finding::DoubleEffect), [`Journal`](Finding::Journal) | at rest |
//! | what is deleted leaves nothing | [`Leftover`](Finding::Leftover) | at rest |
//! | servers of a group are where its policy lets them be | [`GroupPolicy`](Finding::GroupPolicy) | always, as placement knows it; at rest, as records say |
//! | a group names servers that are there | [`StrangeMember`](Finding::StrangeMember) | at rest |
//! | a record says what its state promises | [`Incomplete`](Finding::Incomplete) | at rest |

mod always;
mod audit;
mod groups;

pub use self::always::{alive, always, open_steps, runs_twice};
pub use self::audit::{Audit, Finding, Sources};

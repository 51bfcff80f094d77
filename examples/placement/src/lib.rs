//! Placement, embedded: what hosts have and who holds how much of it, in a database of one's own.
//!
//! [`EmbeddedPlacement`] is the port [`Placement`](nova_neighbours::placement::Placement) on the database engine of
//! `nova-objects-db`: SQLite for one machine, PostgreSQL or MySQL for many. It is a library, not a service: each
//! scheduler, conductor and compute opens the same database, or is given the same value.
//!
//! # Example
//! ```
//! use std::collections::{BTreeMap, BTreeSet};
//!
//! use nova_core::{Env, RequestContext};
//! use nova_neighbours::placement::{CandidateRequest, Claim, Inventory, Placement, PlacementError, class};
//! use nova_objects_db::Db;
//! use nova_placement::EmbeddedPlacement;
//!
//! # tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
//! # let directory = tempfile::tempdir()?;
//! # let url = format!("sqlite://{}/placement.db", directory.path().display());
//! let env = Env::system();
//! let cx = RequestContext::admin(&env);
//! let placement = EmbeddedPlacement::open(&Db::connect(&env, url.as_str()).await?).await?;
//!
//! // A host says what it has.
//! let host = placement.ensure_provider(&cx, env.new_id(), "host-1").await?;
//! let has = BTreeMap::from([(class::VCPU.to_owned(), Inventory { allocation_ratio: 4.0, ..Inventory::of(1) })]);
//! placement.set_provider(&cx, host.id, host.generation, &has, &BTreeSet::new()).await?;
//!
//! // A scheduler looks, and claims.
//! let resources = BTreeMap::from([(class::VCPU.to_owned(), 1)]);
//! let request = CandidateRequest { resources: resources.clone(), ..CandidateRequest::default() };
//! let found = placement.candidates(&cx, &request).await?;
//! let claim = |consumer| Claim {
//!     consumer,
//!     consumer_generation: None,
//!     project_id: "p".to_owned(),
//!     user_id: "u".to_owned(),
//!     resources: BTreeMap::from([(found[0].provider.id, resources.clone())]),
//!     group: None,
//! };
//! for _ in 0..4 {
//!     placement.claim(&cx, &claim(env.new_id())).await?;
//! }
//! let refused = placement.claim(&cx, &claim(env.new_id())).await;
//! assert!(matches!(refused, Err(PlacementError::NotEnough { .. })));
//! # Ok::<(), nova_core::BoxError>(())
//! # })?;
//! # Ok::<(), nova_core::BoxError>(())
//! ```
//!
//! # What it promises
//! * **Nothing is oversold.** The last slot goes to one of any number of claims, of any number of processes. A claim
//!   waits for those before it on the same providers instead of being refused for having met them, so there is no
//!   generation conflict to retry: a claim is refused only when there really is too little.
//! * **All or nothing.** A claim over several providers is one transaction, and takes them in one order.
//! * **Members of a group are where their group lets them be.** A claim may name a group and what it asks ([`GroupRule`]);
//!   claims for one group are decided one after the other, by what is held at that moment. Who gives back what it holds is
//!   in no group any more, so there is no list of members that could be wrong.
//! * **Nobody comes too late.** A consumer's generation only grows, also when it gives everything back: who read an old
//!   one changes nothing. A retired consumer is refused for ever, so a claim that was on its way when its instance went
//!   cannot land.
//! * **A capacity below what is used stops claims and keeps what is held.** A host that lost memory, or whose ratio
//!   was lowered, says so; a class that somebody holds cannot go ([`InUse`]).
//!
//! # What it costs
//! | | write transactions | statements in it | otherwise |
//! |---|---|---|---|
//! | `claim` | 1 (refused: rolled back) | 5 for a new consumer and one provider; of a group with a rule 2 more | – |
//! | `release` | 1; nothing held: 0 | 6 | 1 query |
//! | `retire` | 1; retired before: 0 | 6; never claimed: 2 | 1 query |
//! | `set_provider` | 1; nothing new: 0 | up to 6 | 1 read transaction |
//! | `ensure_provider` | 1 the first time: then 0 | 1 | 1 query |
//! | `candidates` | 0 | – | 1 read transaction of 2 statements |
//! | `held_by`, `held_of`, `members_of` | 0 | – | 1 query |
//!
//! PostgreSQL needs one more statement in a write transaction, which sets its isolation. What is used of a provider
//! is kept in its inventory rows, so looking for candidates does not add up allocations.
//!
//! # Features
//! `sqlite` (default), `postgres`, `mysql` compile an engine in.
//!
//! # What it does not do
//! No nested providers, aggregates, sharing providers, granular request groups, consumer types or REST interface.
//! It asks nobody's permission: whoever holds the value may do everything. It forgets no consumer by itself, where
//! OpenStack's Placement forgets one with its last allocation: call [`forget_retired`] from time to time.
//!
//! [`GroupRule`]: nova_neighbours::placement::GroupRule
//! [`forget_retired`]: EmbeddedPlacement::forget_retired
//! [`InUse`]: nova_neighbours::placement::PlacementError::InUse

mod candidates;
mod claim;
mod embedded;
pub mod entity;
mod failure;
mod group;
mod held;
mod lock;
mod provider;
mod release;
mod row;
pub mod schema;
mod usage;

pub use self::embedded::EmbeddedPlacement;

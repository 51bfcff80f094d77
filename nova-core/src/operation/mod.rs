//! Durable work: operations that survive the death of whoever runs them.
//!
//! An [`Operation`] is a typed, versioned list of steps. Its record is written with the intent, in one transaction,
//! before anybody is told; a message afterwards only says "look". [`Worker`]s *pull* the steps addressed to them and
//! hold each under a lease. Whoever dies loses its leases, and the next worker of the same queue takes over.
//!
//! # What is promised
//! * A submitted operation ends: done, or failed with everything undone that declares an undoing.
//! * A step is run **at least** once, and by one worker at a time as long as leases are kept; who lost its lease is
//!   aborted at its next await and cannot record an end. So steps must be idempotent: [`Running::key`] is the same for
//!   every attempt at one position, which lets a driver or a table recognise the repetition. An outcome that is not
//!   known is queried, not guessed.
//! * Leases are judged by the store's clock alone.
//! * The user's token is never stored; secret arguments are [sealed](secrets) at rest and wiped at the end.
//!
//! # Example: an operation of two steps
//! ```
//! use std::{sync::Arc, time::Duration};
//! use async_trait::async_trait;
//! use nova_core::operation::*;
//! use nova_core::service::{Component, Identity};
//! use nova_core::{Env, RequestContext};
//!
//! struct Greet;
//! impl Operation for Greet {
//!     const KIND: &'static str = "greet";
//!     const VERSION: u32 = 1;
//!     const STEPS: &'static [Step] = &[Step::on("choose", "hello"), Step::on("say", "hello")];
//!     type Args = String;
//!     type State = Option<String>;
//! }
//!
//! struct Greeter;
//! #[async_trait]
//! impl StepHandler<Greet> for Greeter {
//!     async fn run(&self, _: &RequestContext, step: &mut Running<Greet>) -> Result<Flow, StepError> {
//!         match step.name() {
//!             "choose" => step.state = Some(format!("hello, {}", step.args)),
//!             _ => assert_eq!(step.state.as_deref(), Some("hello, world")),
//!         }
//!         Ok(Flow::Next)
//!     }
//! }
//!
//! # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
//! let env = Env::system();
//! let store = Arc::new(MemoryStore::new(&env));
//! let worker = Worker::builder(&env, store.clone()).serve::<Greet>(Arc::new(Greeter)).build();
//! worker.start(&env, &Identity::new("node1", "hello-manager").with_topic("hello")).await?;
//!
//! let cx = RequestContext::admin(&env);
//! let id = store.submit(&cx, NewOperation::of::<Greet>(&env, &cx, "a-target", &"world".to_owned())?).await?;
//! worker.hints().look();
//! while store.get(&cx, id).await?.unwrap().status != Status::Done {
//!     tokio::time::sleep(Duration::from_millis(5)).await;
//! }
//! # Ok::<(), nova_core::BoxError>(())
//! # }).unwrap();
//! ```

mod definition;
mod engine;
mod handler;
mod memory;
mod record;
pub mod secrets;
mod store;
mod worker;

pub use self::definition::{NewOperation, Operation, Step};
pub use self::handler::{Flow, Running, StepError, StepHandler};
pub use self::memory::MemoryStore;
pub use self::record::{Lease, OperationId, OperationRecord, Passed, Queue, Status};
pub use self::store::{
    EncodeError, Hinter, LeaseLost, NoHints, OperationFilter, OperationStore, Progress, Pull, Pulled,
    StepEnd, StoreError,
};
pub use self::worker::{Hints, Worker, WorkerBuilder};

#[cfg(test)]
mod tests;

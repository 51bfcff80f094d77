//! Versioned RPC between Nova-style services.
//!
//! A **contract** is a trait with [`#[rpc_interface]`](rpc_interface): methods that are called (one server answers), cast
//! (one server does it, nobody waits) or fanned out (every server does it), each with the version that added it. From it
//! come a typed client, a dispatcher for the server and a manifest; so the two ends cannot drift apart, and a change
//! without a new version fails a test ([`testing::assert_manifest`]).
//!
//! # Example: contract, server, client
//! ```
//! use std::sync::Arc;
//!
//! use nova_core::{Env, Fault, RequestContext};
//! use nova_rpc::transport::memory::MemoryBus;
//! use nova_rpc::{Client, Server, rpc_interface};
//!
//! /// What a host says about itself.
//! #[rpc_interface(topic = "compute", version = "1.1", to = "server")]
//! pub trait HostApi {
//!     /// How long the host has been running.
//!     #[rpc(call, idempotent)]
//!     async fn uptime(&self, cx: &RequestContext, #[rpc(since = "1.1", drop)] unit: Option<String>) -> Result<String, Fault>;
//! }
//!
//! struct Host;
//!
//! impl HostApi for Host {
//!     async fn uptime(&self, _cx: &RequestContext, unit: Option<String>) -> Result<String, Fault> {
//!         Ok(format!("3 {}", unit.as_deref().unwrap_or("days")))
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let env = Env::system();
//! let bus = MemoryBus::new(&env);
//!
//! let server = Server::new(&bus.connect(&env), "compute").endpoint(HostApiDispatcher::new(Arc::new(Host)));
//! server.listen("host-1").await?; // a managed service does this: `.rpc(server)`, see RpcServiceExt
//!
//! let hosts = HostApiClient::new(&Client::new(&bus.connect(&env)));
//! let cx = RequestContext::admin(&env);
//! assert_eq!(hosts.on("host-1").uptime(&cx, Some("weeks")).await?, "3 weeks");
//!
//! // A peer that is still at 1.0 is sent what it understands.
//! let old = hosts.capped("1.0".parse()?);
//! assert_eq!(old.on("host-1").uptime(&cx, Some("weeks")).await?, "3 days");
//! server.stop().await;
//! # Ok(())
//! # }
//! ```
//!
//! # The layers
//! ```text
//!   generated client                        generated dispatcher
//!   Client  (versions, deadline, tower)     Server  (lookup, duplicates, limits, tower)
//!   Codec   (envelope: bytes to bytes)      Codec
//!   Transport (frames; Replies) ─────────── Transport (Listener, Delivery, Receipt)
//! ```
//! Nothing above the [`Codec`] knows the envelope, nothing above the [`Transport`] the bus. Values are [`Encoded`] once, on
//! the way in and on the way out; layers see method, target, context and deadline without decoding arguments.
//!
//! # What is promised
//! * No call outlives the earlier of its timeout and its context's deadline; the time left travels with it.
//! * [`CallError::outcome`] says what is known about a call that failed: not sent, refused, or unknown.
//! * A message is acknowledged before its method or after it, as the contract says; one that is never acknowledged is
//!   delivered again.
//!
//! # What is not
//! * Messages are hints. They may be lost, come twice or late; what must happen is in a record somewhere.
//! * No order between messages.

extern crate self as nova_rpc;

mod args;
pub mod base;
pub mod client;
pub mod codec;
pub mod encoded;
pub mod fault;
pub mod interface;
pub mod server;
pub mod target;
pub mod testing;
pub mod transport;
pub mod version;

pub use client::{CallError, Client, Outcome, Outgoing, Pins, VersionCaps};
pub use codec::Codec;
pub use encoded::{DecodeError, EncodeError, Encoded, Format};
pub use interface::Interface;
pub use server::{Endpoint, Incoming, RpcServiceExt, Server, WhenFull};
pub use target::Target;
pub use transport::Transport;
pub use version::{ParseVersionError, Version};

pub use nova_rpc_macros::rpc_interface;

/// What the expansion of [`rpc_interface`] names.
#[doc(hidden)]
pub mod __private {
    pub use crate::args::{ReadArgs, WriteArgs, read_args};
    pub use crate::client::Caller;
    pub use crate::server::no_such_method;
    pub use futures_util::future::BoxFuture;
    pub use nova_core::{Fault, RequestContext};
}

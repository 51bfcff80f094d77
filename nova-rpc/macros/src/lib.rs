//! The `#[rpc_interface]` attribute of `nova-rpc`.
//!
//! `parse` reads what is written, `check` turns it into a contract or into a list of mistakes, `emit` writes the code.
//! What is emitted is names and tables; the work is done by generic code in `nova-rpc`.

mod check;
mod emit;
mod mistakes;
mod parse;

use proc_macro::TokenStream;
use syn::{ItemTrait, parse_macro_input};

use self::mistakes::Mistakes;

/// Makes a trait an RPC contract: one declaration for client, server and manifest.
///
/// On the trait:
/// * `version = "4.5"`: the newest version of the contract. Required.
/// * `topic = "scheduler"`: where its servers listen. Without it, each client is made for a topic.
/// * `namespace = "…"`: sets it apart from other contracts on the topic. None by default.
/// * `to = "any"` (the default): clients address the topic, or one server after `.on(host)`; `to = "server"`: only one
///   server, so that a call without a host does not compile.
/// * `unknown_args = "refuse"` (the default) or `"ignore"`.
///
/// On each method, `#[rpc(…)]` with one of `call`, `cast`, `fanout`, and:
/// * `since = "4.2"`: the version that added it; the first of the major version by default.
/// * `timeout = long`: it may take the long timeout. Calls only.
/// * `ack = "before"` (the default) or `"after"`: when the server takes the message off its queue.
/// * `idempotent`: running it twice is running it once.
///
/// On an argument that is newer than its method, `#[rpc(since = "4.5")]`: it is an `Option`, and a peer that is too old
/// is not sent the message unless it is `None`; with `drop`, it is left out for such a peer.
///
/// Every method is an `async fn` that takes `&self`, `cx: &RequestContext` and owned arguments, and returns
/// `Result<T, Fault>`; casts and fanouts `Result<(), Fault>`.
///
/// For a trait `SchedulerApi` it writes, beside the trait (whose methods return `impl Future + Send`; implementors write
/// plain `async fn`): `SchedulerApiClient`, for `to = "server"` also `SchedulerApiOn`, `SchedulerApiDispatcher` and the
/// static `SCHEDULER_API`.
///
/// # Example
/// ```
/// use nova_core::{Fault, RequestContext};
/// use nova_rpc::rpc_interface;
///
/// /// Chooses hosts.
/// #[rpc_interface(topic = "scheduler", version = "4.5")]
/// pub trait SchedulerApi {
///     /// Chooses hosts for each instance, best first.
///     #[rpc(call, timeout = long, since = "4.0", idempotent)]
///     async fn select_destinations(
///         &self,
///         cx: &RequestContext,
///         instance_uuids: Vec<String>,
///         #[rpc(since = "4.5", drop)] return_alternates: Option<bool>,
///     ) -> Result<Vec<String>, Fault>;
///
///     /// Forgets an instance on every scheduler.
///     #[rpc(fanout)]
///     async fn delete_instance_info(&self, cx: &RequestContext, instance_uuid: String) -> Result<(), Fault>;
/// }
///
/// struct FirstHost;
///
/// impl SchedulerApi for FirstHost {
///     async fn select_destinations(
///         &self,
///         _cx: &RequestContext,
///         instance_uuids: Vec<String>,
///         _return_alternates: Option<bool>,
///     ) -> Result<Vec<String>, Fault> {
///         Ok(vec!["host-1".to_owned(); instance_uuids.len()])
///     }
///
///     async fn delete_instance_info(&self, _cx: &RequestContext, _instance_uuid: String) -> Result<(), Fault> {
///         Ok(())
///     }
/// }
///
/// assert_eq!(SCHEDULER_API.version.to_string(), "4.5");
/// ```
#[proc_macro_attribute]
pub fn rpc_interface(options: TokenStream, item: TokenStream) -> TokenStream {
    let item = parse_macro_input!(item as ItemTrait);
    let mut mistakes = Mistakes::default();
    let written = parse::contract(options.into(), &item, &mut mistakes);
    let contract = check::contract(written, &mut mistakes);
    match (contract, mistakes.into_error()) {
        (Some(contract), None) => emit::contract(&contract).into(),
        (_, error) => emit::mistakes(&item, error).into(),
    }
}

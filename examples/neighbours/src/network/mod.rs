//! Network: the ports of a machine.

pub mod conformance;

use async_trait::async_trait;
use nova_core::{Fault, RequestContext};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkRequest {
    /// The networks to be on, in order; empty for whatever the project has.
    pub networks: Vec<Uuid>,
    /// No network at all (Nova's `none`).
    pub none: bool,
}

/// One interface of a machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vif {
    /// The id of the port.
    pub id: Uuid,
    /// The network it is on.
    pub network: Uuid,
    /// Its MAC address.
    pub address: String,
    /// Its IP addresses.
    pub fixed_ips: Vec<std::net::IpAddr>,
}

/// Where machines get their interfaces.
///
/// Compute calls it while holding the machine's lock: never twice at a time for one machine. Its methods are
/// idempotent: they are called again after a crash.
#[async_trait]
pub trait Network: Send + Sync + 'static {
    /// The interfaces of `machine` on `host`, made if they are not there. `cx` is the user's: whether a network is the
    /// project's is judged by it.
    ///
    /// # Errors
    /// A network that is not there or not the project's; no address left; the network service cannot be reached.
    async fn allocate(
        &self,
        cx: &RequestContext,
        machine: Uuid,
        host: &str,
        request: &NetworkRequest,
    ) -> Result<Vec<Vif>, Fault>;

    /// The interfaces that `machine` has, in the order they were asked for.
    ///
    /// # Errors
    /// The network service cannot be reached.
    async fn interfaces(&self, cx: &RequestContext, machine: Uuid) -> Result<Vec<Vif>, Fault>;

    /// Gives up whatever `machine` has. Nothing is a success.
    ///
    /// # Errors
    /// The network service cannot be reached.
    async fn deallocate(&self, cx: &RequestContext, machine: Uuid) -> Result<(), Fault>;
}

nova_core::faults! {
    module "nova.exception";
    /// A network was asked for that is not there.
    NetworkNotFound(404, safe, "Network {network_id} could not be found.") { network_id: String }
}

/// A cloud without networks: machines have no interfaces, and asking for one by name is an error.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoNetwork;

#[async_trait]
impl Network for NoNetwork {
    async fn allocate(
        &self,
        _: &RequestContext,
        _: Uuid,
        _: &str,
        request: &NetworkRequest,
    ) -> Result<Vec<Vif>, Fault> {
        match request.networks.first() {
            Some(network) => Err(NetworkNotFound { network_id: network.to_string() }.into()),
            None => Ok(Vec::new()),
        }
    }

    async fn interfaces(&self, _: &RequestContext, _: Uuid) -> Result<Vec<Vif>, Fault> {
        Ok(Vec::new())
    }

    async fn deallocate(&self, _: &RequestContext, _: Uuid) -> Result<(), Fault> {
        Ok(())
    }
}

//! Which endpoint and method a request means.

use std::collections::BTreeMap;
use std::sync::Arc;

use nova_core::Fault;

use super::Endpoint;
use crate::codec::RequestHead;
use crate::fault::{NoSuchMethod, UnsupportedVersion};
use crate::interface::MethodSpec;

/// The endpoints of one server, in the order they were added.
pub(super) struct Router(Vec<Table>);

struct Table {
    endpoint: Arc<dyn Endpoint>,
    methods: BTreeMap<&'static str, Entry>,
}

#[derive(Clone)]
struct Entry {
    method: &'static MethodSpec,
    task: Arc<str>,
}

/// Where a request goes.
pub(super) struct Route {
    pub(super) endpoint: Arc<dyn Endpoint>,
    pub(super) method: &'static MethodSpec,
    /// The name its task runs under.
    pub(super) task: Arc<str>,
}

impl Router {
    pub(super) fn new(endpoints: impl IntoIterator<Item = Arc<dyn Endpoint>>) -> Self {
        Self(endpoints.into_iter().map(Table::new).collect())
    }

    /// The first endpoint of the request's namespace and version that has the method.
    pub(super) fn find(&self, head: &RequestHead) -> Result<Route, Fault> {
        let mut served = false;
        for table in self.0.iter().filter(|table| table.serves(head)) {
            served = true;
            if let Some(entry) = table.methods.get(&*head.method) {
                let Entry { method, task } = entry.clone();
                return Ok(Route { endpoint: Arc::clone(&table.endpoint), method, task });
            }
        }
        Err(if served {
            NoSuchMethod::fault(&head.method)
        } else {
            UnsupportedVersion::fault(head.version, &head.method)
        })
    }
}

impl Table {
    fn new(endpoint: Arc<dyn Endpoint>) -> Self {
        let interface = endpoint.interface();
        let entry = |method: &'static MethodSpec| {
            (method.name, Entry { method, task: format!("rpc {}.{}", interface.name, method.name).into() })
        };
        Self { methods: interface.methods.iter().map(entry).collect(), endpoint }
    }

    fn serves(&self, head: &RequestHead) -> bool {
        let interface = self.endpoint.interface();
        interface.namespace == head.namespace.as_deref() && interface.version.is_compatible(head.version)
    }
}

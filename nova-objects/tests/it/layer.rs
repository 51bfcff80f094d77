//! Objects in other contracts.

use std::sync::Arc;

use nova_core::{Env, Fault, RequestContext};
use nova_objects::fault::IncompatibleObjectVersion;
use nova_objects::{Field, Meta, TypedVersions, VersionedObject};
use nova_rpc::transport::memory::MemoryBus;
use nova_rpc::{Client, Server, rpc_interface};

use crate::shelf::{Widget, WidgetList, cx, full};

/// The widget of the next release, which keeps names where they were numbers.
#[derive(VersionedObject, Clone, Debug, PartialEq)]
#[object(name = "Widget", namespace = "shelf", version = "1.4")]
pub struct NextWidget {
    pub meta: Meta,
    pub revision: Field<String>,
}

#[rpc_interface(topic = "scales", version = "1.0")]
pub trait ScalesApi {
    /// Weighs.
    #[rpc(call)]
    async fn weigh(&self, cx: &RequestContext, widgets: Vec<Widget>) -> Result<i64, Fault>;
}

/// The same contract as the next release sends it.
#[rpc_interface(topic = "scales", version = "1.0")]
pub trait NextScalesApi {
    /// Weighs.
    #[rpc(call)]
    async fn weigh(&self, cx: &RequestContext, widgets: Vec<NextWidget>) -> Result<i64, Fault>;
}

struct Scales;

impl ScalesApi for Scales {
    async fn weigh(&self, _: &RequestContext, widgets: Vec<Widget>) -> Result<i64, Fault> {
        Ok(i64::try_from(widgets.len()).unwrap())
    }
}

#[tokio::test(start_paused = true)]
async fn an_object_that_is_too_new_for_a_contract_is_refused_by_the_right_fault() {
    let env = Env::builder().seed(3).build();
    let bus = MemoryBus::new(&env);
    let server = Server::new(&bus.connect(&env), "scales")
        .endpoint(ScalesApiDispatcher::new(Arc::new(Scales)))
        .layer(TypedVersions::new(WidgetList::manifest()));
    server.listen("scales-1").await.unwrap();
    let client = Client::new(&bus.connect(&env));

    assert_eq!(ScalesApiClient::new(&client).weigh(&cx(), &[full()]).await.unwrap(), 1);

    let mut newer = NextWidget::empty();
    newer.revision.set("third");
    let refused: Fault = NextScalesApiClient::new(&client).weigh(&cx(), &[newer]).await.unwrap_err().into();
    assert_eq!(refused.downcast::<IncompatibleObjectVersion>().unwrap().supported, "1.3");
}

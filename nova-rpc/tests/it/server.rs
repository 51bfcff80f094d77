//! Servers: dispatch, faults, limits, duplicates, acknowledgement, drain, the base contract.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use nova_core::fault::{InternalError, TypeError};
use nova_core::{Fault, RequestContext};
use nova_rpc::base::BaseApiClient;
use nova_rpc::codec::RequestHead;
use nova_rpc::fault::{NoSuchMethod, ServerOverloaded, ServerStopping, UnsupportedVersion};
use nova_rpc::interface::Kind;
use nova_rpc::transport::Post;
use nova_rpc::transport::memory::{Disturbance, SeenKind};
use nova_rpc::{CallError, Encoded, Incoming, Target, Version, WhenFull, rpc_interface};
use serde_json::json;
use tokio::sync::Notify;

use crate::support::{ComputeApiClient, Machines, Stage, settle};

/// A newer compute, as a peer may have it.
mod newer {
    use super::*;

    /// The next version.
    #[rpc_interface(topic = "compute", version = "6.9", to = "any")]
    pub trait ComputeApi {
        /// Known, with one argument too many.
        #[rpc(call)]
        async fn uptime(&self, cx: &RequestContext, host: String, unit: String) -> Result<String, Fault>;
        /// Known, with one argument too few and one of another type.
        #[rpc(call)]
        async fn wait(&self, cx: &RequestContext, seconds: Option<String>) -> Result<Option<u64>, Fault>;
        /// Unknown.
        #[rpc(call)]
        async fn teleport(&self, cx: &RequestContext) -> Result<(), Fault>;
        /// Unknown in version 6.2.
        #[rpc(call, since = "6.9")]
        async fn soon(&self, cx: &RequestContext) -> Result<(), Fault>;
    }
}

fn fault(error: CallError) -> Fault {
    assert!(matches!(error, CallError::Fault { .. }), "{error:?}");
    error.into()
}

#[tokio::test(start_paused = true)]
async fn unknown_methods_versions_and_arguments_are_refused_in_oslos_words() {
    let stage = Stage::new().await;
    let newer = newer::ComputeApiClient::new(&stage.client);
    let unknown = fault(newer.teleport(&stage.cx).await.unwrap_err());
    assert!(unknown.is::<NoSuchMethod>());
    assert_eq!(unknown.message(), "Endpoint does not support RPC method teleport");
    let too_new = fault(newer.soon(&stage.cx).await.unwrap_err());
    assert!(too_new.is::<UnsupportedVersion>());
    assert_eq!(too_new.message(), "Endpoint does not support RPC version 6.9. Attempted method: soon");
    let argument = fault(newer.uptime(&stage.cx, "h1", "days").await.unwrap_err());
    assert_eq!(
        argument.downcast::<TypeError>().unwrap().message,
        "uptime() got an unexpected keyword argument 'unit'"
    );
    let wrong = fault(newer.wait(&stage.cx, Some("1")).await.unwrap_err());
    assert!(wrong.message().starts_with("wait() argument 'seconds': "), "{wrong}");
}

#[tokio::test(start_paused = true)]
async fn every_server_answers_the_base_contract_on_its_topic() {
    let stage = Stage::new().await;
    let base = BaseApiClient::new(&stage.client, "compute");
    let pong = base.on("h1").ping(&stage.cx, &json!("1.21 GigaWatts")).await.unwrap();
    assert_eq!((pong.service.as_str(), pong.arg), ("compute", json!("1.21 GigaWatts")));
    assert_eq!(base.get_backdoor_port(&stage.cx).await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn a_panic_becomes_a_fault_without_its_text_and_the_server_lives_on() {
    let stage = Stage::new().await;
    let fault = fault(stage.h1().explode(&stage.cx).await.unwrap_err());
    assert!(fault.is::<InternalError>());
    assert!(!fault.message().contains("on purpose"));
    assert_eq!(stage.h1().uptime(&stage.cx, "h1").await.unwrap(), "h1: 3 days");
}

#[tokio::test(start_paused = true)]
async fn a_full_server_leaves_requests_on_the_bus_until_it_has_room() {
    let stage = Stage::with(Machines::default(), |server| server.max_in_flight(1, WhenFull::Wait)).await;
    let (a, b) = (stage.h1(), stage.h1());
    let work = async { tokio::join!(a.wait(&stage.cx, 3), b.wait(&stage.cx, 3)) };
    let watch = async {
        settle().await;
        assert_eq!(stage.server.in_flight().len(), 1);
        assert_eq!(stage.bus.waiting(&Target::new("compute").on("h1")), Some(1));
    };
    let ((a, b), ()) = tokio::join!(work, watch);
    assert!(a.is_ok() && b.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_server_that_sheds_refuses_calls_at_once_and_lets_casts_wait() {
    let stage = Stage::with(Machines::default(), |server| server.max_in_flight(1, WhenFull::Shed)).await;
    let (busy, h1) = (stage.h1(), stage.h1());
    let busy = busy.wait(&stage.cx, 5);
    let rest = async {
        settle().await;
        let refused = fault(h1.uptime(&stage.cx, "h1").await.unwrap_err());
        assert!(refused.is::<ServerOverloaded>());
        assert_eq!(refused.code(), 503);
        h1.build(&stage.cx, "later", None, None).await.unwrap();
        settle().await;
        assert_eq!(stage.machines.log(), ["wait 5"]);
    };
    let (busy, ()) = tokio::join!(busy, rest);
    busy.unwrap();
    settle().await;
    assert_eq!(stage.machines.log(), ["wait 5", "build later None None"]);
}

#[tokio::test(start_paused = true)]
async fn a_duplicate_is_dropped_unless_the_method_is_idempotent() {
    let stage = Stage::new().await;
    stage.bus.disturb(Disturbance::duplicate().kind(SeenKind::Cast));
    stage.h1().build(&stage.cx, "once", None, None).await.unwrap();
    settle().await;
    assert_eq!(stage.machines.log(), ["build once None None"]);
    stage.bus.calm();
    stage.bus.disturb(Disturbance::duplicate().kind(SeenKind::Call));
    stage.h1().wait(&stage.cx, 0).await.unwrap();
    settle().await;
    assert_eq!(stage.machines.log().len(), 3, "the idempotent call ran twice");
}

#[tokio::test(start_paused = true)]
async fn a_request_whose_deadline_passed_on_the_way_is_not_begun() {
    let stage = Stage::new().await;
    let codec = stage.transport.codec();
    let mut head = RequestHead::new("wait", stage.env.new_hex_id(), stage.cx.clone());
    head.version = Version::new(6, 0);
    head.ttl = Some(Duration::ZERO);
    let args = codec
        .format()
        .encode(&[("seconds", 1)].into_iter().collect::<std::collections::BTreeMap<_, _>>())
        .unwrap();
    let frame = codec.encode_request(&head, &args).unwrap();
    let target = Target::new("compute").on("h1");
    stage.transport.send(Post { target, kind: Kind::Call, method: "wait", ttl: None, frame }).await.unwrap();
    settle().await;
    assert!(stage.machines.log().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_server_stopped_in_mid_work_gives_back_what_is_acknowledged_after_and_a_restarted_one_takes_it() {
    let stage =
        Stage::with(Machines { hold: Some(Notify::new()), ..Machines::default() }, |server| server).await;
    stage.h1().build(&stage.cx, "vm", None, None).await.unwrap();
    settle().await;
    let left = stage.server.drain(Duration::from_secs(2)).await;
    assert_eq!(left.len(), 1);
    assert_eq!((left[0].method, left[0].request_id.as_str()), ("build", stage.cx.request_id()));
    assert!(left[0].age >= Duration::from_secs(2));
    stage.server.stop().await;
    assert!(stage.server.in_flight().is_empty());
    assert_eq!(stage.bus.waiting(&Target::new("compute").on("h1")), Some(1));
    let (_server, machines) = stage.join("h1").await;
    settle().await;
    assert_eq!(machines.log(), ["build vm None None"]);
}

#[tokio::test(start_paused = true)]
async fn callers_of_a_server_stopped_in_mid_work_are_told() {
    let stage = Stage::new().await;
    let h1 = stage.h1();
    let stop = async {
        settle().await;
        stage.server.stop().await;
    };
    let (answer, ()) = tokio::join!(h1.wait(&stage.cx, 1000), stop);
    assert!(fault(answer.unwrap_err()).is::<ServerStopping>());
}

#[tokio::test(start_paused = true)]
async fn a_server_is_started_once_and_a_stop_is_harmless_twice() {
    let stage = Stage::new().await;
    assert!(stage.server.listen("h1").await.is_err());
    stage.server.stop().await;
    stage.server.stop().await;
}

/// Refuses methods by name, as a policy layer would.
#[derive(Clone)]
struct Forbid<S>(S, &'static str);

impl<S> tower::Service<Incoming> for Forbid<S>
where
    S: tower::Service<Incoming, Response = Encoded, Error = nova_core::BoxError>,
    S::Future: Send + 'static,
{
    type Response = Encoded;
    type Error = nova_core::BoxError;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<Encoded, nova_core::BoxError>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, request: Incoming) -> Self::Future {
        if request.method.name == self.1 && request.cx.user_id() == Some("u1") {
            let fault = Fault::new("nova.exception", "Forbidden", "not you");
            return Box::pin(async { Err(fault.into()) });
        }
        Box::pin(self.0.call(request))
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_layer_sees_method_and_context_and_its_fault_reaches_the_caller_whole() {
    let stage = Stage::with(Machines::default(), |server| {
        server.layer(tower::layer::layer_fn(|inner| Forbid(inner, "uptime")))
    })
    .await;
    let forbidden = fault(stage.h1().uptime(&stage.cx, "h1").await.unwrap_err());
    assert_eq!((forbidden.class(), forbidden.message()), ("Forbidden", "not you"));
    stage.h1().wait(&stage.cx, 0).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_fanout_needs_no_host_and_reaches_all() {
    let stage = Stage::new().await;
    let (_h2, machines) = stage.join("h2").await;
    ComputeApiClient::new(&stage.client).refresh(&stage.cx).await.unwrap();
    settle().await;
    assert_eq!(
        (stage.machines.log(), machines.log()),
        (vec!["refresh".to_owned()], vec!["refresh".to_owned()])
    );
    drop(Arc::clone(&machines));
}

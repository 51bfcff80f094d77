//! A client of ours calls a server of oslo.messaging's.

use std::time::Duration;

use nova_core::fault::{TypeError, ValueError};
use nova_core::{Fault, RequestContext};
use nova_rpc::fault::{NoSuchMethod, UnsupportedVersion};
use nova_rpc::{CallError, Client, Outcome, rpc_interface};
use nova_tests_interop::or_skip;
use nova_tests_interop::peer::Peer;
use nova_tests_interop::rabbit::Rabbit;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::support::{Asking, InstanceNotFound, PeerApiClient};

/// What the peer does not serve.
mod newer {
    use super::*;

    /// The same with more.
    #[rpc_interface(topic = "peer", version = "1.9", to = "any")]
    pub trait PeerApi {
        /// Too new.
        #[rpc(call, since = "1.6")]
        async fn echo(&self, cx: &RequestContext, value: Value) -> Result<Value, Fault>;
        /// Not there.
        #[rpc(call)]
        async fn teleport(&self, cx: &RequestContext) -> Result<(), Fault>;
        /// With an argument too few.
        #[rpc(call)]
        async fn expected(&self, cx: &RequestContext) -> Result<(), Fault>;
    }
}

mod other {
    use super::*;

    /// Another contract of the same server.
    #[rpc_interface(topic = "peer", version = "2.0", namespace = "other", to = "any")]
    pub trait OtherApi {
        /// Says that it is another.
        #[rpc(call)]
        async fn echo(&self, cx: &RequestContext, value: Value) -> Result<Value, Fault>;
    }
}

fn fault(error: CallError) -> Fault {
    assert_eq!(error.outcome(), Outcome::Refused, "{error:?}");
    error.into()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_python_server_answers_our_calls_with_arguments_and_context_whole() {
    let rabbit = or_skip!(Rabbit::find());
    let mut peer = or_skip!(Peer::server(&rabbit, "python-1").await);
    let asking = Asking::start(&rabbit).await;
    for value in
        [json!({"text": "wörld \u{1f600} \"\\\n", "list": [1, 2.5, null, true]}), json!(null), json!("")]
    {
        assert_eq!(asking.api.echo(&asking.cx, &value).await.unwrap(), value);
        let ran = peer.line().await;
        assert_eq!(ran["value"], value);
        assert_eq!(
            (&ran["context"]["user_id"], &ran["context"]["request_id"]),
            (&json!("u-1"), &json!("req-7"))
        );
    }
    assert!(asking.transport.is_connected());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn casts_fanouts_and_calls_to_one_server_reach_the_python_servers_they_mean() {
    let rabbit = or_skip!(Rabbit::find());
    let mut one = or_skip!(Peer::server(&rabbit, "python-1").await);
    let mut two = or_skip!(Peer::server(&rabbit, "python-2.example.org").await);
    let asking = Asking::start(&rabbit).await;
    for name in ["python-1", "python-2.example.org", "python-1"] {
        assert_eq!(asking.api.on(name).who(&asking.cx).await.unwrap(), name);
    }
    asking.api.on("python-2.example.org").note(&asking.cx, "cast").await.unwrap();
    assert_eq!(two.line().await["text"], "cast");
    asking.api.note_all(&asking.cx, "to all").await.unwrap();
    for peer in [&mut one, &mut two] {
        assert_eq!(peer.line().await["text"], "to all");
    }
    let mut shares = [0, 0];
    for _ in 0..10 {
        let who = asking.api.who(&asking.cx).await.unwrap();
        shares[usize::from(who != "python-1")] += 1;
    }
    assert!(shares.iter().all(|share| *share > 0), "{shares:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pythons_exceptions_arrive_as_faults_with_class_module_and_keywords() {
    let rabbit = or_skip!(Rabbit::find());
    let _peer = or_skip!(Peer::server(&rabbit, "python-1").await);
    let Asking { api, cx, .. } = Asking::start(&rabbit).await;
    let expected = fault(api.expected(&cx, "i-1").await.unwrap_err());
    assert_eq!(expected.downcast(), Some(InstanceNotFound { instance_id: "i-1".into() }));
    assert_eq!((expected.code(), expected.message()), (404, "Instance i-1 could not be found."));
    let unexpected = fault(api.unexpected(&cx).await.unwrap_err());
    assert!(unexpected.is::<InstanceNotFound>());
    assert!(unexpected.data().traceback.iter().any(|line| line.contains("peer_server.py")));
    let builtin = fault(api.builtin(&cx).await.unwrap_err());
    assert_eq!(builtin.downcast::<ValueError>().unwrap().message, "a bad value");
    let foreign = fault(api.foreign(&cx).await.unwrap_err());
    assert_eq!((foreign.module(), foreign.class(), foreign.code()), ("json.decoder", "JSONDecodeError", 500));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn versions_methods_and_namespaces_that_python_does_not_serve_are_refused_by_class() {
    let rabbit = or_skip!(Rabbit::find());
    let _peer = or_skip!(Peer::server(&rabbit, "python-1").await);
    let asking = Asking::start(&rabbit).await;
    let client = Client::new(&asking.transport);
    let newer = newer::PeerApiClient::new(&client);
    let too_new = fault(newer.echo(&asking.cx, &json!(1)).await.unwrap_err());
    assert!(too_new.is::<UnsupportedVersion>(), "{too_new:?}");
    let missing = fault(newer.teleport(&asking.cx).await.unwrap_err());
    assert!(missing.is::<NoSuchMethod>(), "{missing:?}");
    let argument = fault(newer.expected(&asking.cx).await.unwrap_err());
    assert!(argument.is::<TypeError>(), "{argument:?}");
    let other = other::OtherApiClient::new(&client);
    assert_eq!(other.echo(&asking.cx, &json!(1)).await.unwrap(), json!(["other", 1]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_call_goes_on_while_python_says_that_it_works_and_ends_soon_after_it_is_gone() {
    let rabbit = or_skip!(Rabbit::find());
    let peer = or_skip!(Peer::server(&rabbit, "python-1").await);
    let asking = Asking::start(&rabbit).await;
    let client = Client::new(&asking.transport).response_timeout(Duration::from_secs(2));
    let api = PeerApiClient::new(&client);
    assert_eq!(
        api.late(&asking.cx, 5.0).await.unwrap(),
        "late",
        "two and a half times the silence it waits for"
    );
    let began = Instant::now();
    let call = api.late(&asking.cx, 600.0);
    tokio::pin!(call);
    assert!(tokio::time::timeout(Duration::from_secs(3), &mut call).await.is_err());
    drop(peer); // killed
    let error = call.await.unwrap_err();
    assert!(matches!(error, CallError::Timeout { .. }), "{error:?}");
    assert_eq!(error.outcome(), Outcome::Unknown);
    assert!(began.elapsed() < Duration::from_secs(7), "{:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_nobody_took_in_time_is_not_run_later_and_a_cast_is() {
    let rabbit = or_skip!(Rabbit::find());
    or_skip!(Peer::server(&rabbit, "python-1").await).stop().await;
    let Asking { api, cx, .. } = Asking::start(&rabbit).await;
    let hurried = api.with_timeout(Duration::from_secs(1));
    let error = hurried.echo(&cx, &json!("too late")).await.unwrap_err();
    assert!(matches!(error, CallError::Timeout { .. }), "{error:?}");
    api.note(&cx, "kept").await.unwrap();
    let mut peer = or_skip!(Peer::server(&rabbit, "python-1").await);
    assert_eq!(peer.line().await["text"], "kept");
    assert_eq!(peer.line_within(Duration::from_millis(500)).await, None);
}

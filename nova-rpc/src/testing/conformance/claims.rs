//! The claims. Each starts its own servers and callers.

use std::time::Duration;

use bytes::Bytes;
use futures_util::future::join_all;
use nova_core::fault::ValueError;
use tokio::time::{sleep, timeout};

use super::Bench;
use super::probe::{Asking, Running, TOPIC};
use crate::codec::{Reply, ReplyOutcome};
use crate::interface::Kind;
use crate::transport::{Delivery, Listener, Post};
use crate::{CallError, Outcome, Target};

/// A call returns what the server's method returned.
pub async fn a_call_is_answered_with_its_result_or_with_the_servers_fault(bench: &dyn Bench) {
    let _server = Running::start(bench, "one").await;
    let asking = Asking::start(bench).await;
    assert_eq!(asking.api.echo(&asking.cx, "hello").await.expect("an answer"), "hello");
    let error = asking.api.refuse(&asking.cx, "because").await.expect_err("a fault");
    assert_eq!(error.outcome(), Outcome::Refused);
    let fault = error.fault().expect("the server's fault").downcast::<ValueError>();
    assert_eq!(fault.expect("whole").message, "because");
    assert!(asking.transport.replies().is_empty());
}

/// A cast arrives once, and sending it does not wait for the method.
pub async fn a_cast_is_run_once_and_nobody_waits_for_it(bench: &dyn Bench) {
    let server = Running::start(bench, "one").await;
    let asking = Asking::start(bench).await;
    asking.api.note(&asking.cx, "a").await.expect("sent");
    server.probe.told(1).await;
    sleep(bench.quiet()).await;
    assert_eq!(server.probe.notes(), ["a"]);
}

/// A fanout arrives at each server once, and at nobody is no error.
pub async fn a_fanout_is_run_by_every_server_of_the_topic(bench: &dyn Bench) {
    let asking = Asking::start(bench).await;
    asking.api.note_all(&asking.cx, "unheard").await.expect("nobody listening is fine");
    let servers = [Running::start(bench, "one").await, Running::start(bench, "two").await];
    asking.api.on("one").note_all(&asking.cx, "heard").await.expect("sent");
    for server in &servers {
        server.probe.told(1).await;
    }
    sleep(bench.quiet()).await;
    for server in &servers {
        assert_eq!(server.probe.notes(), ["heard"]);
    }
}

/// Each message to the topic is taken by one server, and no server is left out.
pub async fn the_servers_of_a_topic_share_its_messages(bench: &dyn Bench) {
    let _servers = [Running::start(bench, "one").await, Running::start(bench, "two").await];
    let asking = Asking::start(bench).await;
    let mut answered = Vec::new();
    for _ in 0..20 {
        answered.push(asking.api.who(&asking.cx).await.expect("an answer"));
    }
    for name in ["one", "two"] {
        let share = answered.iter().filter(|who| *who == name).count();
        assert!((5..=15).contains(&share), "{name} took {share} of 20");
    }
}

/// `.on(host)` means that host.
pub async fn a_message_to_one_server_reaches_that_server_and_no_other(bench: &dyn Bench) {
    let servers = [Running::start(bench, "one").await, Running::start(bench, "two").await];
    let asking = Asking::start(bench).await;
    for name in ["two", "one", "two"] {
        assert_eq!(asking.api.on(name).who(&asking.cx).await.expect("an answer"), name);
    }
    asking.api.on("two").note(&asking.cx, "mine").await.expect("sent");
    servers[1].probe.told(1).await;
    assert!(servers[0].probe.notes().is_empty());
}

/// Calls and casts to a topic or server that does not exist fail at once, as not sent.
pub async fn a_message_nobody_ever_listened_for_is_unroutable(bench: &dyn Bench) {
    let asking = Asking::start(bench).await;
    let error = asking.api.who(&asking.cx).await.expect_err("no such topic");
    assert!(matches!(error, CallError::Unroutable { .. }), "{error:?}");
    assert_eq!(error.outcome(), Outcome::NotSent);
    let _server = Running::start(bench, "one").await;
    let error = asking.api.on("elsewhere").who(&asking.cx).await.expect_err("no such server");
    assert!(matches!(error, CallError::Unroutable { .. }), "{error:?}");
    let error = asking.api.on("elsewhere").note(&asking.cx, "x").await.expect_err("no such server");
    assert!(matches!(error, CallError::Unroutable { .. }), "{error:?}");
    assert!(asking.transport.replies().is_empty());
}

/// A call ends at its timeout, as unknown, and its late answer is nobody's.
pub async fn a_call_that_times_out_leaves_no_waiter(bench: &dyn Bench) {
    let server = Running::start(bench, "one").await;
    let asking = Asking::start(bench).await;
    let hurried = asking.api.with_timeout(bench.quiet());
    let millis = u64::try_from(bench.quiet().as_millis() * 3).unwrap_or(3000);
    let error = hurried.take(&asking.cx, millis).await.expect_err("too slow");
    assert!(matches!(error, CallError::Timeout { .. }), "{error:?}");
    assert_eq!(error.outcome(), Outcome::Unknown);
    assert!(asking.transport.replies().is_empty());
    server.probe.told(2).await;
    sleep(bench.quiet()).await;
    assert_eq!(
        asking.api.echo(&asking.cx, "next").await.expect("the late answer is not taken for it"),
        "next"
    );
}

/// A caller that goes away leaves nothing behind.
pub async fn a_call_that_is_dropped_leaves_no_waiter_and_no_reply_is_misread(bench: &dyn Bench) {
    let server = Running::start(bench, "one").await;
    let asking = Asking::start(bench).await;
    {
        let call = asking.api.take(&asking.cx, 50);
        tokio::pin!(call);
        tokio::select! {
            biased;
            _ = &mut call => panic!("it takes longer than that"),
            () = server.probe.told(1) => {}
        }
        assert_eq!(asking.transport.replies().len(), 1);
    }
    assert!(asking.transport.replies().is_empty());
    server.probe.told(2).await;
    assert_eq!(asking.api.echo(&asking.cx, "next").await.expect("an answer"), "next");
}

/// Answers to calls that nobody made are dropped.
pub async fn a_reply_to_a_stranger_is_ignored(bench: &dyn Bench) {
    let server = Running::start(bench, "one").await;
    let asking = Asking::start(bench).await;
    let codec = server.transport.codec();
    let stray = Reply { msg_id: "nobody".into(), outcome: ReplyOutcome::Done(Ok(codec.format().null())) };
    let frame = codec.encode_reply(&stray).expect("a small frame");
    server.transport.reply(asking.transport.reply_address(), frame).await.expect("the address is good");
    assert_eq!(asking.api.echo(&asking.cx, "mine").await.expect("an answer"), "mine");
    assert!(asking.transport.replies().is_empty());
}

/// A thousand calls at a time over one connection.
pub async fn many_calls_at_a_time_get_their_own_answers(bench: &dyn Bench) {
    let _servers = [Running::start(bench, "one").await, Running::start(bench, "two").await];
    let asking = Asking::start(bench).await;
    let asking = &asking;
    let calls = (0..1000).map(|number| async move {
        let text = format!("call {number}");
        assert_eq!(asking.api.echo(&asking.cx, &text).await.expect("an answer"), text);
    });
    join_all(calls).await;
    assert!(asking.transport.replies().is_empty());
}

/// Frames above the limit fail at the sender and disturb nobody.
pub async fn a_frame_that_is_too_large_is_refused_and_not_sent(bench: &dyn Bench) {
    let Some(size) = bench.oversized() else { return };
    let server = Running::start(bench, "one").await;
    let asking = Asking::start(bench).await;
    let error = asking.api.note(&asking.cx, &"x".repeat(size)).await.expect_err("too large");
    assert_eq!(error.outcome(), Outcome::NotSent, "{error:?}");
    assert_eq!(asking.api.echo(&asking.cx, "small").await.expect("the connection lives on"), "small");
    assert!(server.probe.notes().is_empty());
}

/// Draining ends the listening, not the work.
pub async fn a_server_that_drains_finishes_its_work_and_takes_no_more(bench: &dyn Bench) {
    let old = Running::start(bench, "old").await;
    let asking = Asking::start(bench).await;
    let to_old = asking.api.on("old");
    let work = to_old.take(&asking.cx, 50);
    let drain = async {
        old.probe.told(1).await;
        assert_eq!(old.server.in_flight().len(), 1);
        old.server.drain(Duration::from_secs(60)).await
    };
    let (answer, left) = tokio::join!(work, drain);
    answer.expect("the work was finished");
    assert!(left.is_empty(), "{left:?}");
    let young = Running::start(bench, "young").await;
    for _ in 0..5 {
        assert_eq!(asking.api.who(&asking.cx).await.expect("an answer"), "young");
    }
    assert_eq!(old.probe.notes().len(), 2);
    drop(young);
}

/// The next message, which must come.
async fn next(listener: &mut dyn Listener) -> Delivery {
    let waited = timeout(Duration::from_secs(60), listener.next()).await;
    waited.expect("a message comes within a minute").expect("the listener is open")
}

/// Whoever drops a receipt gives the message back.
pub async fn an_unsettled_message_is_delivered_again(bench: &dyn Bench) {
    let transport = bench.connect().await;
    let mut listener = transport.listen(&Target::new(TOPIC).on("one")).await.expect("listening");
    let asking = Asking::start(bench).await;
    asking.api.note(&asking.cx, "precious").await.expect("sent");
    let first = next(&mut *listener).await;
    assert!(!first.redelivered);
    drop(first);
    let Delivery { redelivered, receipt, .. } = next(&mut *listener).await;
    assert!(redelivered);
    receipt.requeue().await.expect("given back");
    let third = next(&mut *listener).await;
    third.receipt.ack().await.expect("acknowledged");
    assert!(
        timeout(bench.quiet(), listener.next()).await.is_err(),
        "an acknowledged message does not come again"
    );
}

/// Garbage is dropped, and the next message is served.
pub async fn a_frame_that_cannot_be_decoded_does_not_stop_the_server(bench: &dyn Bench) {
    let server = Running::start(bench, "one").await;
    let asking = Asking::start(bench).await;
    let garbage = Post {
        target: Target::new(TOPIC),
        kind: Kind::Cast,
        method: "note",
        ttl: None,
        frame: Bytes::from_static(b"\xff\x00 this is no frame"),
    };
    asking.transport.send(garbage).await.expect("the bus does not look inside");
    assert_eq!(asking.api.echo(&asking.cx, "sane").await.expect("an answer"), "sane");
    assert!(server.probe.notes().is_empty());
}

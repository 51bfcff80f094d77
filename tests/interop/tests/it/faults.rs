//! Brokers that end, and things on them that somebody deletes.

use std::time::Duration;

use nova_rpc::{CallError, Outcome, Transport};
use nova_tests_interop::broker::Broker;
use nova_tests_interop::or_skip;
use nova_tests_interop::rabbit::Rabbit;
use serde_json::json;
use tokio::time::{Instant, timeout};

use crate::support::{Asking, Running};

/// Within this time after a broker is back, callers and servers must be, too.
const BACK: Duration = Duration::from_secs(5);

/// Returns how long it took until a call was answered, tried again and again.
async fn answered(asking: &Asking, value: &str) -> Duration {
    let began = Instant::now();
    let hurried = asking.api.with_timeout(Duration::from_secs(1));
    while began.elapsed() < Duration::from_secs(30) {
        match hurried.echo(&asking.cx, &json!(value)).await {
            Ok(answer) => {
                assert_eq!(answer, value);
                return began.elapsed();
            }
            Err(error) => assert!(error.outcome() != Outcome::Refused, "{error:?}"),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("no answer within half a minute");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_that_is_killed_in_the_middle_of_a_call_leaves_an_unknown_outcome_and_all_is_well_soon_after_it_is_back()
 {
    let (mut broker, rabbit) = or_skip!(Broker::start());
    let running = Running::start(&rabbit, "rust-1").await;
    let asking = Asking::start(&rabbit).await;
    let call = asking.api.with_timeout(Duration::from_secs(4));
    let call = call.late(&asking.cx, 2.0);
    let kill = async {
        running.host.noted(1).await;
        broker.kill();
    };
    let (outcome, ()) = tokio::join!(call, kill);
    // The server may have got its answer to the broker before it died, or not.
    if let Err(error) = outcome {
        assert_eq!(error.outcome(), Outcome::Unknown, "{error:?}");
    }
    let began = Instant::now();
    let impatient = asking.api.with_timeout(Duration::from_secs(2));
    let error = impatient.who(&asking.cx).await.unwrap_err();
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    assert!(matches!(error, CallError::Transport { .. } | CallError::Timeout { .. }), "{error:?}");
    for way in ["a power failure", "an orderly restart"] {
        if way == "an orderly restart" {
            broker.stop();
        }
        broker.start_again();
        let took = answered(&asking, way).await;
        assert!(took < BACK, "{took:?} after {way}");
        asking.api.on("rust-1").note(&asking.cx, way).await.unwrap();
    }
    assert!(asking.transport.replies().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_an_operator_ends_come_back_and_nothing_is_lost_that_is_not_acknowledged() {
    let rabbit = or_skip!(Rabbit::find());
    let running = Running::start(&rabbit, "rust-1").await;
    let asking = Asking::start(&rabbit).await;
    for round in ["first", "second"] {
        let ended = timeout(Duration::from_secs(20), async {
            // The list of connections is a few seconds old.
            while rabbit.api.end_connections(&rabbit.virtual_host) == 0 {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        });
        ended.await.expect("the broker shows the connections");
        let took = answered(&asking, round).await;
        assert!(took < BACK, "{took:?}");
    }
    assert!(running.host.ran().iter().any(|ran| ran.contains("second")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_queue_of_replies_that_somebody_deletes_costs_at_most_the_answer_on_its_way() {
    let rabbit = or_skip!(Rabbit::find());
    let running = Running::start(&rabbit, "rust-1").await;
    let asking = Asking::start(&rabbit).await;
    let call = asking.api.late(&asking.cx, 1.0);
    let delete = async {
        running.host.noted(1).await;
        rabbit.api.delete_queue(&rabbit.virtual_host, reply_queue(&rabbit, &asking).as_str());
    };
    let (answer, ()) = tokio::join!(call, delete);
    assert_eq!(answer.unwrap(), "late", "the server tries again until the queue is there again");
    rabbit.api.delete_queue(&rabbit.virtual_host, &reply_queue(&rabbit, &asking));
    let began = Instant::now();
    asking.api.who(&asking.cx).await.unwrap();
    assert!(began.elapsed() < BACK);
}

fn reply_queue(rabbit: &Rabbit, asking: &Asking) -> String {
    let address = asking.transport.reply_address().to_owned();
    let queues = rabbit.api.queues(&rabbit.virtual_host);
    assert!(queues.iter().any(|queue| queue["name"] == address), "{queues:?}");
    address
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn queues_and_exchanges_of_a_topic_that_somebody_deletes_are_there_again() {
    let rabbit = or_skip!(Rabbit::find());
    let running = Running::start(&rabbit, "rust-1").await;
    let asking = Asking::start(&rabbit).await;
    asking.api.who(&asking.cx).await.unwrap();
    for queue in ["peer", "peer.rust-1"] {
        rabbit.api.delete_queue(&rabbit.virtual_host, queue);
    }
    let took = answered(&asking, "after the queues").await;
    assert!(took < BACK, "{took:?}");
    assert_eq!(asking.api.on("rust-1").who(&asking.cx).await.unwrap(), "rust-1");
    rabbit.api.delete_exchange(&rabbit.virtual_host, "nova");
    // The sender declares the exchange again; the bindings went with it, and the listener sees that when it looks.
    let error = asking.api.who(&asking.cx).await.unwrap_err();
    assert!(matches!(error, CallError::Unroutable { .. }), "{error:?}");
    let took = answered(&asking, "after the exchange").await;
    assert!(took < Duration::from_secs(12), "{took:?}");
    drop(running);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_that_takes_no_messages_is_an_error_that_says_so_and_acknowledgements_still_pass() {
    let (mut broker, rabbit) = or_skip!(Broker::start());
    let running = Running::start(&rabbit, "rust-1").await;
    let asking = Asking::start(&rabbit).await;
    asking.api.who(&asking.cx).await.unwrap();
    broker.block();
    // A broker tells a connection that it is blocked when that connection sends something.
    let first = asking.api.with_timeout(Duration::from_secs(10)).note(&asking.cx, "first").await.unwrap_err();
    assert_eq!(first.outcome(), Outcome::Unknown, "{first:?}");
    let began = Instant::now();
    let second = asking.api.note(&asking.cx, "second").await.unwrap_err();
    assert!(matches!(second, CallError::Overloaded { .. }), "{second:?}");
    assert_eq!(second.outcome(), Outcome::NotSent);
    assert!(began.elapsed() < Duration::from_secs(1), "it fails at once");
    assert!(std::error::Error::source(&second).unwrap().to_string().contains("takes no messages"));
    broker.unblock();
    let took = answered(&asking, "unblocked").await;
    assert!(took < BACK, "{took:?}");
    assert!(!running.host.ran().contains(&"second".to_owned()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_second_host_of_a_url_is_used_when_the_first_does_not_answer() {
    let rabbit = or_skip!(Rabbit::find());
    let _running = Running::start(&rabbit, "rust-1").await;
    let dead = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url =
        rabbit.url().replacen("rabbit://", &format!("rabbit://guest:guest@{dead},"), 1).parse().unwrap();
    for _ in 0..3 {
        let connected =
            nova_rpc::transport::rabbit::RabbitTransport::connect(&rabbit.env, &url).await.unwrap();
        let asking = Asking::start_on(&rabbit, connected);
        assert_eq!(asking.api.who(&asking.cx).await.unwrap(), "rust-1");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bus_that_is_not_there_is_an_error_without_the_password_in_it() {
    let rabbit = or_skip!(Rabbit::find());
    let url = "rabbit://guest:s3same@127.0.0.1:1/".parse().unwrap();
    let mut options = nova_rpc::transport::rabbit::RabbitOptions::from_url(&url).unwrap();
    options.patience = Duration::from_secs(1);
    let codec = nova_rpc::codec::Oslo::new(&rabbit.env);
    let connected =
        nova_rpc::transport::rabbit::RabbitTransport::connect_with(&rabbit.env, &url, options, codec);
    let error = connected.await.unwrap_err();
    let text = nova_core::Fault::internal("start", &error).message().to_owned();
    assert!(text.contains("127.0.0.1:1") && text.contains("refused") && !text.contains("s3same"), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callers_that_give_up_by_the_thousand_leave_nothing_behind() {
    let rabbit = or_skip!(Rabbit::find());
    let _running = Running::start(&rabbit, "rust-1").await;
    let asking = Asking::start(&rabbit).await;
    for round in 0..20 {
        let calls = (0..100_u64).map(|number| {
            let asking = &asking;
            async move {
                let value = json!(number);
                let call = asking.api.echo(&asking.cx, &value);
                let patience = Duration::from_micros(300 * ((number * 7 + round) % 40));
                if let Ok(answer) = timeout(patience, call).await {
                    assert_eq!(answer.unwrap(), value);
                }
            }
        });
        futures_util::future::join_all(calls).await;
    }
    assert!(asking.transport.replies().is_empty());
    let calls = (0..200_u64).map(|number| {
        let asking = &asking;
        async move { assert_eq!(asking.api.echo(&asking.cx, &json!(number)).await.unwrap(), number) }
    });
    futures_util::future::join_all(calls).await;
    let left = || {
        rabbit.env.tasks().into_iter().filter(|task| task.name.contains("something nobody waits for")).count()
    };
    for _ in 0..100 {
        if left() == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{} messages are still looked after", left());
}

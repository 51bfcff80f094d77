//! RabbitMQ passes the suite every transport must pass, for each way of declaring queues, and with either envelope.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use nova_rpc::Transport;
use nova_rpc::codec::MessagePack;
use nova_rpc::testing::conformance::Bench;
use nova_rpc::transport::rabbit::{RabbitOptions, RabbitTransport};
use nova_tests_interop::or_skip;
use nova_tests_interop::rabbit::Rabbit;

nova_rpc::transport_conformance! {
    or_skip!(Rabbit::find()),
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
}

mod with_quorum_queues {
    use super::*;

    nova_rpc::transport_conformance! {
        or_skip!(Rabbit::find()).with_options("rabbit_quorum_queue=true&rabbit_transient_quorum_queue=true"),
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    }
}

/// A fleet of ours on a broker of its own.
struct OwnFleet(Rabbit);

impl Bench for OwnFleet {
    fn connect(&self) -> BoxFuture<'_, Arc<dyn Transport>> {
        let (env, url, codec) = (&self.0.env, self.0.parsed_url(), MessagePack::default());
        Box::pin(async move {
            let connected = RabbitTransport::connect_with(env, &url, RabbitOptions::default(), codec);
            connected.await.unwrap() as Arc<dyn Transport>
        })
    }
}

mod with_message_pack {
    use super::*;

    nova_rpc::transport_conformance! {
        OwnFleet(or_skip!(Rabbit::find())),
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    }
}

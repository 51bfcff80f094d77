//! What becomes of a message whose acknowledgement does not reach the bus.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use nova_core::Env;
use nova_rpc::transport::memory::{MemoryBus, MemoryTransport};
use nova_rpc::transport::{Delivery, Listener, Post, Receipt, Replies, TransportError};
use nova_rpc::{Client, Codec, Server, Target, Transport};

use crate::support::{ComputeApiClient, ComputeApiDispatcher, Machines, settle};

/// The memory bus with a connection that is lost at the first acknowledgements.
struct Shaky {
    inner: Arc<MemoryTransport>,
    losses: Arc<AtomicU32>,
}

struct ShakyListener(Box<dyn Listener>, Arc<AtomicU32>);

struct ShakyReceipt(Box<dyn Receipt>, Arc<AtomicU32>);

impl Transport for Shaky {
    fn codec(&self) -> &dyn Codec {
        self.inner.codec()
    }

    fn env(&self) -> &Env {
        self.inner.env()
    }

    fn replies(&self) -> &Arc<Replies> {
        self.inner.replies()
    }

    fn reply_address(&self) -> &str {
        self.inner.reply_address()
    }

    fn send(&self, post: Post) -> BoxFuture<'_, Result<(), TransportError>> {
        self.inner.send(post)
    }

    fn reply<'a>(&'a self, address: &'a str, frame: Bytes) -> BoxFuture<'a, Result<(), TransportError>> {
        self.inner.reply(address, frame)
    }

    fn listen<'a>(&'a self, target: &'a Target) -> BoxFuture<'a, Result<Box<dyn Listener>, TransportError>> {
        Box::pin(async {
            let inner = self.inner.listen(target).await?;
            Ok(Box::new(ShakyListener(inner, Arc::clone(&self.losses))) as Box<dyn Listener>)
        })
    }
}

impl Listener for ShakyListener {
    fn next(&mut self) -> BoxFuture<'_, Option<Delivery>> {
        Box::pin(async {
            let mut delivery = self.0.next().await?;
            delivery.receipt = Box::new(ShakyReceipt(delivery.receipt, Arc::clone(&self.1)));
            Some(delivery)
        })
    }
}

impl Receipt for ShakyReceipt {
    fn ack(self: Box<Self>) -> BoxFuture<'static, Result<(), TransportError>> {
        let is_lost =
            self.1.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok();
        match is_lost {
            true => Box::pin(async { Err(TransportError::Disconnected("the connection is gone".into())) }),
            false => self.0.ack(),
        }
    }

    fn requeue(self: Box<Self>) -> BoxFuture<'static, Result<(), TransportError>> {
        self.0.requeue()
    }

    fn reject(self: Box<Self>) -> BoxFuture<'static, Result<(), TransportError>> {
        self.0.reject()
    }
}

async fn started(losses: u32) -> (Server, Arc<Machines>, MemoryBus, Env) {
    let env = Env::builder().seed(7).build();
    let bus = MemoryBus::new(&env);
    let shaky = Arc::new(Shaky { inner: bus.connect(&env), losses: Arc::new(AtomicU32::new(losses)) });
    let machines = Arc::new(Machines::default());
    let server = Server::new(&shaky, "compute").endpoint(ComputeApiDispatcher::new(Arc::clone(&machines)));
    server.listen("h1").await.unwrap();
    (server, machines, bus, env)
}

#[tokio::test(start_paused = true)]
async fn a_call_whose_acknowledgement_is_lost_before_it_runs_is_run_when_it_comes_again() {
    let (_server, _machines, bus, env) = started(3).await;
    let h1 = ComputeApiClient::new(&Client::new(&bus.connect(&env))).on("h1");
    let answer = h1.uptime(&nova_core::RequestContext::admin(&env), "h1").await;
    assert_eq!(answer.unwrap(), "h1: 3 days");
}

#[tokio::test(start_paused = true)]
async fn a_cast_whose_acknowledgement_is_lost_after_it_ran_is_not_run_again() {
    let (_server, machines, bus, env) = started(2).await;
    let h1 = ComputeApiClient::new(&Client::new(&bus.connect(&env))).on("h1");
    h1.build(&nova_core::RequestContext::admin(&env), "x", None, None).await.unwrap();
    settle().await;
    assert_eq!(machines.log(), ["build x None None"]);
}

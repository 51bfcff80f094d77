//! Listening: some queues, declared and consumed again whenever they or their connection are gone.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::{BoxStream, SelectAll};
use futures_util::{StreamExt, stream};
use lapin::message::Delivery;
use lapin::options::{
    BasicCancelOptions, BasicConsumeOptions, BasicNackOptions, BasicQosOptions, QueueDeleteOptions,
};
use lapin::types::FieldTable;
use lapin::{Acker, Channel};
use nova_core::Env;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, interval_at, sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::super::TransportError;
use super::link::{Link, Up};
use super::publisher::refused;
use super::topology::Queue;

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const PAUSE_MAX: Duration = Duration::from_secs(2);
/// How often everything is declared again, in case somebody deleted an exchange: its bindings go with it, and nobody is told.
const LOOK: Duration = Duration::from_secs(10);
/// How long leaving the queues in order may take. What is left then, the end of the channel does.
pub(super) const FINISH_TIMEOUT: Duration = Duration::from_secs(2);

/// What is listened to.
pub(super) struct Consumer {
    pub(super) env: Env,
    pub(super) link: Link,
    pub(super) queues: Vec<Queue>,
    pub(super) prefetch: u16,
    /// The queue that goes when the listening ends.
    pub(super) delete_at_end: Option<String>,
}

/// Takes what arrives.
pub(super) trait Sink: Send {
    /// Takes one message; `false` if no more are wanted. While it waits, nothing else is taken off the broker than what
    /// the prefetch allows.
    fn take(&mut self, session: &Arc<Session>, delivery: Delivery) -> BoxFuture<'_, bool>;
}

/// Whether the queues are being consumed, or why not.
#[derive(Clone, Debug)]
pub(super) enum Hearing {
    NotYet,
    Yes,
    Refused(Arc<str>),
    No,
}

/// One channel with its consumers, and with the messages it gave out. It is closed when the last of these is settled.
pub(super) struct Session {
    channel: Channel,
    give_back: mpsc::Sender<Acker>,
}

impl Session {
    /// Gives a message back to its queue. For where there is no time to wait; everybody else uses the acker.
    pub(super) fn give_back(&self, acker: Acker) {
        // There is a place for each message that can be out. If not, the end of the channel gives it back.
        let _ = self.give_back.try_send(acker);
    }
}

type Item = (usize, Option<Result<Delivery, lapin::Error>>);

/// Why a session ended.
enum End {
    Stopped,
    Lost(String),
}

impl Consumer {
    /// Listens until `stop` fires or the sink wants no more.
    pub(super) async fn run(
        self,
        mut sink: impl Sink,
        hearing: watch::Sender<Hearing>,
        stop: CancellationToken,
    ) {
        let mut pause = FIRST_PAUSE;
        loop {
            let opened = tokio::select! {
                biased;
                () = stop.cancelled() => break,
                opened = self.open() => opened,
            };
            let reason = match opened {
                Ok((session, streams, generation)) => {
                    pause = FIRST_PAUSE;
                    hearing.send_replace(Hearing::Yes);
                    let pumped = self.pump(&session, streams, generation, &mut sink, &stop).await;
                    hearing.send_replace(Hearing::No);
                    match pumped {
                        End::Stopped => break,
                        End::Lost(reason) => reason,
                    }
                }
                Err(TransportError::Refused(cause)) => {
                    let reason = cause.to_string();
                    hearing.send_replace(Hearing::Refused(reason.as_str().into()));
                    reason
                }
                Err(error) => error.to_string(),
            };
            metrics::counter!("rpc_bus_consumers_lost_total").increment(1);
            tracing::warn!(queue = self.name(), reason, "not listening; trying again");
            let pausing = sleep(pause / 2 + self.env.jitter(pause / 2));
            if stop.run_until_cancelled(pausing).await.is_none() {
                break;
            }
            pause = (pause * 2).min(PAUSE_MAX);
        }
        hearing.send_replace(Hearing::No);
    }

    fn name(&self) -> &str {
        self.queues.first().map_or("", |queue| &queue.name)
    }

    async fn open(&self) -> Result<(Arc<Session>, SelectAll<BoxStream<'static, Item>>, u64), TransportError> {
        let Up { connection, generation, .. } = self.link.up().await?;
        let channel = connection.create_channel().await.map_err(refused)?;
        channel.basic_qos(self.prefetch, BasicQosOptions::default()).await.map_err(refused)?;
        self.declare(&channel).await.map_err(refused)?;
        let mut streams = SelectAll::new();
        for number in 0..self.queues.len() {
            streams.push(self.consume(&channel, number).await.map_err(refused)?);
        }
        let out = usize::from(self.prefetch) * self.queues.len();
        let (give_back, given_back) = mpsc::channel(out.max(1));
        self.env.spawn("rabbit: messages given back", give_back_all(given_back));
        Ok((Arc::new(Session { channel, give_back }), streams, generation))
    }

    async fn declare(&self, channel: &Channel) -> Result<(), lapin::Error> {
        for queue in &self.queues {
            queue.declare(channel).await?;
        }
        Ok(())
    }

    async fn consume(
        &self,
        channel: &Channel,
        number: usize,
    ) -> Result<BoxStream<'static, Item>, lapin::Error> {
        let queue = self.queues[number].name.as_str().into();
        let consumer =
            channel.basic_consume(queue, tag(number), BasicConsumeOptions::default(), FieldTable::default());
        let deliveries = consumer.await?.map(move |delivery| (number, Some(delivery)));
        Ok(deliveries.chain(stream::iter([(number, None)])).boxed())
    }

    async fn pump(
        &self,
        session: &Arc<Session>,
        mut streams: SelectAll<BoxStream<'static, Item>>,
        generation: u64,
        sink: &mut impl Sink,
        stop: &CancellationToken,
    ) -> End {
        let mut look = interval_at(Instant::now() + LOOK, LOOK);
        let pumping = async {
            loop {
                let item = tokio::select! {
                    biased;
                    _ = look.tick() => match self.declare(&session.channel).await {
                        Ok(()) => continue,
                        Err(error) => return End::Lost(error.to_string()),
                    },
                    item = streams.next() => item,
                };
                match item {
                    Some((_, Some(Ok(delivery)))) => {
                        if !sink.take(session, delivery).await {
                            return End::Stopped;
                        }
                    }
                    Some((_, Some(Err(error)))) => return End::Lost(error.to_string()),
                    // The broker ended this consumer: its queue was deleted. The others go on.
                    Some((number, None)) => match self.again(session, number).await {
                        Ok(stream) => streams.push(stream),
                        Err(error) => return End::Lost(error.to_string()),
                    },
                    None => return End::Lost("every consumer was cancelled".to_owned()),
                }
            }
        };
        let end = tokio::select! {
            biased;
            () = stop.cancelled() => End::Stopped,
            () = self.link.lost(generation) => End::Lost("the connection was lost".to_owned()),
            end = pumping => end,
        };
        if let End::Stopped = end {
            let _ = timeout(FINISH_TIMEOUT, self.finish(session, streams)).await;
        }
        end
    }

    async fn again(
        &self,
        session: &Session,
        number: usize,
    ) -> Result<BoxStream<'static, Item>, lapin::Error> {
        tracing::warn!(
            queue = self.queues[number].name,
            "a queue was deleted by somebody; declaring it again"
        );
        metrics::counter!("rpc_bus_queues_deleted_total").increment(1);
        self.queues[number].declare(&session.channel).await?;
        self.consume(&session.channel, number).await
    }

    /// Takes no more, and gives back what came and nobody took.
    async fn finish(&self, session: &Session, mut streams: SelectAll<BoxStream<'static, Item>>) {
        for number in 0..self.queues.len() {
            let _ = session.channel.basic_cancel(tag(number), BasicCancelOptions::default()).await;
        }
        while let Some((_, item)) = streams.next().await {
            if let Some(Ok(delivery)) = item {
                let _ = delivery.nack(requeue()).await;
            }
        }
        if let Some(queue) = &self.delete_at_end {
            let _ = session.channel.queue_delete(queue.as_str().into(), QueueDeleteOptions::default()).await;
        }
    }
}

/// As oslo counts its consumers.
fn tag(number: usize) -> lapin::types::ShortString {
    (number + 1).to_string().into()
}

pub(super) fn requeue() -> BasicNackOptions {
    BasicNackOptions { requeue: true, multiple: false }
}

async fn give_back_all(mut ackers: mpsc::Receiver<Acker>) {
    while let Some(acker) = ackers.recv().await {
        let _ = acker.nack(requeue()).await;
    }
}

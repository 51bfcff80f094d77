//! Bodies that watch over what they carry.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use nova_core::BoxError;
use tokio::time::{Instant, Sleep};

type Next = Poll<Option<Result<Frame<Bytes>, BoxError>>>;

/// The client sent more than the limit.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the request body is larger than {limit} bytes")]
pub(crate) struct TooLarge {
    pub(crate) limit: u64,
}

/// The client did not send its body in time.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the request body did not arrive within {within:?}")]
pub(crate) struct TooSlow {
    pub(crate) within: Duration,
}

/// A body that keeps something until it has been sent or dropped.
pub(crate) struct Held<G> {
    body: Body,
    _guard: G,
}

impl<G> Held<G> {
    pub(crate) fn new(body: Body, guard: G) -> Self {
        Self { body, _guard: guard }
    }
}

impl<G: Unpin> HttpBody for Held<G> {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Next {
        Pin::new(&mut self.body).poll_frame(cx).map_err(Into::into)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A body that ends with [`TooLarge`] after `limit` bytes, and says so in a flag.
pub(crate) struct Capped {
    body: Body,
    limit: u64,
    left: u64,
    overflowed: Arc<AtomicBool>,
}

impl Capped {
    pub(crate) fn new(body: Body, limit: u64, overflowed: Arc<AtomicBool>) -> Self {
        Self { body, limit, left: limit, overflowed }
    }

    fn take(&mut self, frame: &Frame<Bytes>) -> Result<(), TooLarge> {
        let size = frame.data_ref().map_or(0, |data| data.len() as u64);
        match self.left.checked_sub(size) {
            Some(left) => self.left = left,
            None => {
                self.left = 0;
                self.overflowed.store(true, Ordering::Relaxed);
                return Err(TooLarge { limit: self.limit });
            }
        }
        Ok(())
    }
}

impl HttpBody for Capped {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Next {
        match std::task::ready!(Pin::new(&mut self.body).poll_frame(cx)) {
            Some(Ok(frame)) => Poll::Ready(Some(self.take(&frame).map(|()| frame).map_err(Into::into))),
            Some(Err(error)) => Poll::Ready(Some(Err(error.into()))),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A request body that has to arrive within a time, counted from when somebody first waits for it.
pub(crate) struct Timed {
    body: Body,
    within: Duration,
    deadline: Option<Pin<Box<Sleep>>>,
}

impl Timed {
    pub(crate) fn new(body: Body, within: Duration) -> Self {
        Self { body, within, deadline: None }
    }
}

impl HttpBody for Timed {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Next {
        let this = &mut *self;
        if let Poll::Ready(frame) = Pin::new(&mut this.body).poll_frame(cx) {
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        let within = this.within;
        let deadline =
            this.deadline.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(Instant::now() + within)));
        deadline.as_mut().poll(cx).map(|()| Some(Err(TooSlow { within }.into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;

    #[tokio::test]
    async fn a_capped_body_passes_exactly_its_limit() {
        let read = |limit| {
            let overflowed = Arc::new(AtomicBool::new(false));
            let capped = Capped::new(Body::from("12345"), limit, Arc::clone(&overflowed));
            async move { (capped.collect().await.is_ok(), overflowed.load(Ordering::Relaxed)) }
        };
        assert_eq!(read(5).await, (true, false));
        assert_eq!(read(4).await, (false, true));
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_never_arrives_is_given_up() {
        let began = Instant::now();
        let silent = Body::from_stream(futures_util::stream::pending::<Result<Bytes, std::io::Error>>());
        let error = Timed::new(silent, Duration::from_secs(60)).collect().await.unwrap_err();
        assert!(error.is::<TooSlow>());
        assert_eq!(began.elapsed(), Duration::from_secs(60));
    }
}

//! Services to talk to.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::{get, post};
use nova_core::Env;
use nova_core::service::Service;
use nova_http::{HttpService, HttpServiceBuilder, Json};
use serde_json::Value;
use tokio::sync::Notify;

/// Longer than any drain here takes.
pub(crate) const LONG: Duration = Duration::from_secs(60);

/// A service with a few routes, and what its slow route waits for.
pub(crate) struct Bench {
    pub(crate) service: HttpService,
    pub(crate) entered: Arc<Notify>,
    pub(crate) release: Arc<Notify>,
}

impl Bench {
    pub(crate) async fn start() -> Self {
        Self::start_with(|builder| builder).await
    }

    pub(crate) async fn start_with(change: impl FnOnce(HttpServiceBuilder) -> HttpServiceBuilder) -> Self {
        let [entered, release] = [(); 2].map(|()| Arc::new(Notify::new()));
        let env = Env::builder().seed(1).build();
        let builder = HttpService::builder(&env, "test-api").router(routes(&entered, &release));
        let service = change(builder).build();
        service.start().await.unwrap();
        Self { service, entered, release }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.service.local_addr().unwrap()
    }
}

/// `/hello`, `/echo` (JSON), `/panic`, and `/slow`, which says when it is entered and waits for its release.
pub(crate) fn routes(entered: &Arc<Notify>, release: &Arc<Notify>) -> Router {
    let [entered, release] = [entered, release].map(Arc::clone);
    let slow = async move || {
        entered.notify_one();
        release.notified().await;
        "at last"
    };
    Router::new()
        .route("/hello", get(async || "hello"))
        .route("/echo", post(async |Json(body): Json<Value>| Json(body)))
        .route("/panic", get(panics))
        .route("/slow", get(slow))
}

async fn panics() -> &'static str {
    panic!("on purpose: password=s3cret")
}

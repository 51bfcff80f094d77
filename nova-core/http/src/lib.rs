//! HTTP services for [`nova_core`] launchers: sockets that drain, filters by name, health and metrics.
//!
//! [`HttpService`] puts an axum router behind a [pipeline of filters](filter) on a socket and implements
//! [`nova_core::service::Service`]: a launcher starts it, reports about it and drains it like any other service.
//! Routes, extractors and layers are axum's and tower's; this crate adds what a Nova-style API needs around them.
//!
//! | for | there is |
//! |---|---|
//! | errors in Nova's form | [`FaultResponse`], [`fault_response`], [`fallback`], the `fault_wrap` filter |
//! | bodies | [`Json`], which refuses with the field's name |
//! | who is asking | [`Authenticator`], the [`auth`](filter::auth) filter, [`Cx`] |
//! | request ids, log lines, limits | [`filter`] |
//! | operators | [`health`], [`metrics`], [`options`] |
//!
//! # Example: an API with health checks, authentication and a launcher
//! ```
//! use std::{sync::Arc, time::Duration};
//! use axum::{Router, routing::post};
//! use nova_core::launcher::{ChannelSignals, Exit, Launcher, Signal};
//! use nova_core::{Env, Fault, RequestContext};
//! use nova_http::filter::{self, FilterRegistry, FilterSettings, Pipeline};
//! use nova_http::health::HealthRegistry;
//! use nova_http::{Authenticator, Cx, FaultResponse, HttpService, Json, Unauthenticated};
//!
//! nova_core::faults! {
//!     module "widgets.errors";
//!     /// A token that nobody gave out.
//!     BadToken(401, safe, "Who are you?") {}
//! }
//!
//! /// Development users: the token is the name.
//! struct Tokens(Env);
//!
//! #[async_trait::async_trait]
//! impl Authenticator for Tokens {
//!     async fn authenticate(&self, request: Unauthenticated<'_>) -> Result<RequestContext, Fault> {
//!         let token = request.headers().get("x-auth-token").and_then(|token| token.to_str().ok());
//!         let user = token.ok_or(BadToken {})?;
//!         Ok(request.context().user(user).project("p1").build(&self.0))
//!     }
//! }
//!
//! #[derive(serde::Deserialize, serde::Serialize)]
//! struct Widget { name: String }
//!
//! async fn create(Cx(cx): Cx, Json(widget): Json<Widget>) -> Result<Json<Widget>, FaultResponse> {
//!     tracing::info!(user = cx.user_id(), name = widget.name, "created");
//!     Ok(Json(widget))
//! }
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! let env = Env::system();
//! let filters = FilterRegistry::standard(&env, &FilterSettings::default())
//!     .with("auth", filter::auth::filter(Arc::new(Tokens(env.clone()))));
//!
//! // Everybody may ask how we are; the rest is behind `auth`.
//! let api = Router::new().route("/widgets", post(create));
//! let private = Pipeline::from_names(&filters, ["auth"])?.wrap(api);
//! let health = HealthRegistry::new().readiness("database", || async { Ok(()) });
//! let router = health.router().fallback_service(private);
//!
//! let names = ["request_id", "trace", "fault_wrap", "size_limit", "concurrency_limit", "trailing_slash"];
//! let service = HttpService::builder(&env, "widget-api")
//!     .filters(Pipeline::from_names(&filters, names)?)
//!     .router(router)
//!     .build();
//!
//! let (signals, sender) = ChannelSignals::new();
//! sender.send(Signal::Stop).await?; // a program says `UnixSignals::listen()?` instead
//! let exit = Launcher::new(&env).service(Arc::new(service)).grace(Duration::from_secs(30)).run(signals).await?;
//! assert_eq!(exit, Exit::Clean);
//! # Ok::<(), nova_core::BoxError>(())
//! # }).unwrap();
//! ```
//!
//! # What it does not do
//! TLS and HTTP/2 (a proxy's work), microversions and policy (the API's own), sessions, compression.

mod app;
mod body;
mod cx;
pub mod fallback;
mod fault;
pub mod filter;
pub mod health;
mod json;
pub mod metrics;
pub mod options;
mod service;

pub use app::App;
pub use cx::Cx;
pub use fault::{FaultResponse, error_response, fault_name, fault_response};
pub use filter::auth::{Authenticator, Unauthenticated};
pub use filter::request_id::RequestId;
pub use json::{Json, JsonError};
pub use service::{Counts, HttpService, HttpServiceBuilder, ListenError, RequestInfo};

//! What stands between the socket and the routes: named layers, composed from configuration.
//!
//! Nova puts its request path together from a list of filter names; so does this module. A [`FilterRegistry`] knows
//! filters by name, a [`Pipeline`] is a list of names made real, outermost first.
//!
//! | name | what it does |
//! |---|---|
//! | `request_id` | names the request, adopts the caller's global request id: [`request_id`] |
//! | `trace` | a span and one log line per request: [`trace`] |
//! | `fault_wrap` | a panic becomes an answer, an error without a body gets one: [`fault_wrap`] |
//! | `size_limit` | refuses bodies that are too large, before they are read: [`size_limit`] |
//! | `timeout` | gives a request a deadline: [`timeout`] |
//! | `concurrency_limit` | refuses what is too much at once: [`concurrency_limit`] |
//! | `trailing_slash` | `/servers/` is `/servers`: [`trailing_slash`] |
//! | `auth` | registered by the program, with its [`Authenticator`](crate::Authenticator): [`auth`] |
//!
//! # Example: a filter of one's own
//! ```
//! use axum::http::HeaderValue;
//! use nova_core::Env;
//! use nova_http::filter::{Filter, FilterRegistry, FilterSettings, Pipeline};
//!
//! let polite = Filter::new(axum::middleware::map_response(async |mut answer: axum::response::Response| {
//!     answer.headers_mut().insert("x-polite", HeaderValue::from_static("yes"));
//!     answer
//! }));
//! let registry = FilterRegistry::standard(&Env::system(), &FilterSettings::default()).with("polite", polite);
//! let pipeline = Pipeline::from_names(&registry, ["request_id", "fault_wrap", "polite"])?;
//! let error = Pipeline::from_names(&registry, ["fault_warp"]).unwrap_err();
//! assert!(error.to_string().contains("did you mean fault_wrap?"));
//! # Ok::<(), nova_http::filter::PipelineError>(())
//! ```

pub mod auth;
pub mod concurrency_limit;
pub mod fault_wrap;
pub mod request_id;
pub mod size_limit;
pub mod timeout;
pub mod trace;
pub mod trailing_slash;

mod pipeline;
mod registry;

use std::convert::Infallible;
use std::fmt;

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use tower::layer::layer_fn;
use tower::util::BoxCloneSyncServiceLayer;
use tower::{Layer, Service, ServiceExt};

pub use self::pipeline::{Pipeline, PipelineError, STANDARD};
pub use self::registry::{FilterRegistry, FilterSettings};

use crate::App;

/// A layer around an [`App`].
///
/// Cheap to clone; what the layer itself holds (a semaphore, a cache) is shared by every pipeline it is in.
#[derive(Clone)]
pub struct Filter(BoxCloneSyncServiceLayer<App, Request, Response, Infallible>);

impl Filter {
    /// Makes a filter of any tower layer that fits around an axum router.
    ///
    /// The easiest are those of [`axum::middleware`]. A layer with errors of its own goes into axum's
    /// `HandleErrorLayer` first.
    pub fn new<L>(layer: L) -> Self
    where
        L: Layer<App> + Send + Sync + 'static,
        L::Service: Service<Request> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request>>::Response: IntoResponse + 'static,
        <L::Service as Service<Request>>::Error: Into<Infallible> + 'static,
        <L::Service as Service<Request>>::Future: Send + 'static,
    {
        Self(BoxCloneSyncServiceLayer::new(layer_fn(move |app| {
            layer.layer(app).map_response(IntoResponse::into_response).map_err(Into::into)
        })))
    }
}

impl Layer<App> for Filter {
    type Service = App;

    fn layer(&self, app: App) -> App {
        self.0.layer(app)
    }
}

impl fmt::Debug for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Filter")
    }
}

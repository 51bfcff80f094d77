//! A list of filters around an application.

use std::convert::Infallible;
use std::fmt;

use axum::extract::Request;
use axum::response::IntoResponse;
use tower::{Layer, Service, ServiceExt};

use super::{Filter, FilterRegistry};
use crate::App;

/// The filters, outermost first, that every service should have: what [`HttpService`](crate::HttpService) puts
/// around its router when it is given no others.
///
/// The id is outermost so that all the others can name it; the log line is outside the catching of panics so that
/// it shows their 500; the size is checked before anybody authenticates.
pub const STANDARD: [&str; 5] = ["request_id", "trace", "fault_wrap", "size_limit", "trailing_slash"];

/// Why a list of names is no pipeline.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PipelineError {
    /// Nobody registered a filter under the name.
    #[error("there is no filter {name}{}", suggestion(.nearest.as_deref()))]
    Unknown {
        /// The name.
        name: String,
        /// A registered name much like it.
        nearest: Option<String>,
    },
    /// The list has the name twice.
    #[error("the filter {name} stands in the pipeline twice")]
    Repeated {
        /// The name.
        name: String,
    },
}

fn suggestion(nearest: Option<&str>) -> String {
    nearest.map(|nearest| format!("; did you mean {nearest}?")).unwrap_or_default()
}

/// Filters in order, outermost first.
#[derive(Clone, Default)]
pub struct Pipeline {
    filters: Vec<(String, Filter)>,
}

impl Pipeline {
    /// A pipeline without filters.
    pub fn new() -> Self {
        Self::default()
    }

    /// The filters with these names, outermost first.
    ///
    /// # Errors
    /// A name that is not registered, or stands in the list twice.
    pub fn from_names<N: AsRef<str>>(
        registry: &FilterRegistry,
        names: impl IntoIterator<Item = N>,
    ) -> Result<Self, PipelineError> {
        names.into_iter().try_fold(Self::new(), |pipeline, name| {
            let filter = registry.get(name.as_ref())?;
            pipeline.with(name.as_ref(), filter)
        })
    }

    /// The pipeline with one more filter, inside those it has.
    ///
    /// # Errors
    /// A filter of that name is in it already.
    pub fn with(mut self, name: impl Into<String>, filter: Filter) -> Result<Self, PipelineError> {
        let name = name.into();
        if self.names().any(|own| own == name) {
            return Err(PipelineError::Repeated { name });
        }
        self.filters.push((name, filter));
        Ok(self)
    }

    /// The names, outermost first.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.filters.iter().map(|(name, _)| name.as_str())
    }

    /// `app`, usually a router, with the filters around it.
    ///
    /// The result is a tower service again: a part of a larger router, or the subject of a test.
    pub fn wrap<S>(&self, app: S) -> App
    where
        S: Service<Request, Error = Infallible> + Clone + Send + Sync + 'static,
        S::Response: IntoResponse + 'static,
        S::Future: Send + 'static,
    {
        let app = App::new(app.map_response(IntoResponse::into_response));
        self.filters.iter().rev().fold(app, |app, (_, filter)| filter.layer(app))
    }
}

/// The same as [`Pipeline::wrap`].
impl Layer<App> for Pipeline {
    type Service = App;

    fn layer(&self, app: App) -> App {
        self.wrap::<App>(app)
    }
}

impl fmt::Debug for Pipeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.names()).finish()
    }
}

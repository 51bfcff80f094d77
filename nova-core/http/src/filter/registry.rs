//! Filters by name.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use nova_core::Env;

use super::{
    Filter, PipelineError, concurrency_limit, fault_wrap, request_id, size_limit, timeout, trace,
    trailing_slash,
};

use crate::options::{HttpOptions, MiddlewareOptions};

/// What the built-in filters can be told.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FilterSettings {
    /// The largest request body, in bytes. 114 688 (112 KiB), as in Nova.
    #[doc(alias = "max_request_body_size")]
    pub max_body_size: u64,
    /// How long the `timeout` filter lets a request take. 60 s.
    pub request_timeout: Duration,
    /// How many requests the `concurrency_limit` filter lets in at once. 1000.
    pub max_concurrent_requests: usize,
}

impl FilterSettings {
    /// What the operator wants.
    pub fn from_options(http: &HttpOptions, middleware: &MiddlewareOptions) -> Self {
        Self {
            max_body_size: middleware.max_request_body_size,
            request_timeout: http.request_timeout,
            max_concurrent_requests: http.max_concurrent_requests,
        }
    }
}

impl Default for FilterSettings {
    fn default() -> Self {
        Self {
            max_body_size: 114_688,
            request_timeout: Duration::from_secs(60),
            max_concurrent_requests: 1000,
        }
    }
}

/// The filters a [`Pipeline`](super::Pipeline) can be made of.
#[derive(Clone, Default)]
pub struct FilterRegistry {
    filters: BTreeMap<String, Filter>,
}

impl FilterRegistry {
    /// A registry that knows no filter.
    pub fn new() -> Self {
        Self::default()
    }

    /// The built-in filters, all except `auth`, which needs an authenticator.
    pub fn standard(env: &Env, settings: &FilterSettings) -> Self {
        Self::new()
            .with("request_id", request_id::filter(env))
            .with("trace", trace::filter())
            .with("fault_wrap", fault_wrap::filter())
            .with("size_limit", size_limit::filter(settings.max_body_size))
            .with("timeout", timeout::filter(settings.request_timeout))
            .with("concurrency_limit", concurrency_limit::filter(settings.max_concurrent_requests))
            .with("trailing_slash", trailing_slash::filter())
    }

    /// The registry with `filter` under `name`, in place of any other of that name.
    pub fn with(mut self, name: impl Into<String>, filter: Filter) -> Self {
        self.filters.insert(name.into(), filter);
        self
    }

    /// The filter of that name.
    ///
    /// # Errors
    /// [`PipelineError::Unknown`], with the name that was perhaps meant.
    pub fn get(&self, name: &str) -> Result<Filter, PipelineError> {
        let unknown = || PipelineError::Unknown {
            name: name.to_owned(),
            nearest: self.nearest(name).map(str::to_owned),
        };
        self.filters.get(name).cloned().ok_or_else(unknown)
    }

    /// All names, in alphabetical order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.filters.keys().map(String::as_str)
    }

    fn nearest(&self, name: &str) -> Option<&str> {
        let allowed = (name.chars().count() / 3).clamp(1, 3);
        self.names()
            .map(|known| (strsim::osa_distance(known, name), known))
            .filter(|(distance, _)| *distance <= allowed)
            .min()
            .map(|(_, known)| known)
    }
}

impl fmt::Debug for FilterRegistry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}

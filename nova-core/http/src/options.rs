//! The options of HTTP services, for `nova.conf`.
//!
//! # Example: a service as the operator wants it
//! ```
//! use nova_core::{Env, config::Config};
//! use nova_http::filter::{FilterRegistry, FilterSettings, Pipeline};
//! use nova_http::options::{HttpOptions, MiddlewareOptions};
//! use nova_http::HttpService;
//!
//! let config = Config::builder()
//!     .register::<HttpOptions>()
//!     .register::<MiddlewareOptions>()
//!     .set("http", "filters", "request_id, fault_wrap, size_limit")
//!     .load()?;
//! let http = config.get::<HttpOptions>();
//!
//! let env = Env::system();
//! let settings = FilterSettings::from_options(&http, &config.get::<MiddlewareOptions>());
//! let filters = Pipeline::from_names(&FilterRegistry::standard(&env, &settings), &http.filters)?;
//! let service = HttpService::builder(&env, "my-api").options(&http).filters(filters).build();
//! # Ok::<(), nova_core::BoxError>(())
//! ```

use std::time::Duration;

use crate::filter::STANDARD;

nova_core::config_group! {
    /// What an HTTP service grants its clients.
    pub struct HttpOptions in "http" {
        /// The filters that every request passes, outermost first.
        pub filters: Vec<String> = STANDARD,
        /// How long the filter timeout lets a request take.
        #[option(min = 0.001)]
        pub request_timeout: Duration = Duration::from_secs(60),
        /// How many requests the filter concurrency_limit lets in at once.
        #[option(min = 1)]
        pub max_concurrent_requests: usize = 1000,
        /// How many connections may be open; more wait to be accepted.
        #[option(min = 1)]
        pub max_connections: usize = 1024,
        /// How long a client may take for the head of a request, and stay idle before the next one.
        #[option(min = 0.001)]
        pub head_timeout: Duration = Duration::from_secs(10),
        /// How long a client may take for the body of a request.
        #[option(min = 0.001)]
        pub body_timeout: Duration = Duration::from_secs(60),
    }
}

nova_core::config_group! {
    /// The option of oslo.middleware that Nova's services honour.
    pub struct MiddlewareOptions in "oslo_middleware" {
        /// The largest request body, in bytes.
        pub max_request_body_size: u64 = 114_688,
    }
}

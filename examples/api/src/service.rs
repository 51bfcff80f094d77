//! Putting the parts together.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use nova_compute_api::CloudApi;
use nova_core::Env;
use nova_http::filter::{self, FilterRegistry, FilterSettings, Pipeline, STANDARD};
use nova_http::{HttpService, fallback};
use nova_neighbours::identity::Identity;

use crate::auth::TokenAuthenticator;
use crate::links::Links;
use crate::{flavors, groups, servers, version};

/// How the service is reached.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ApiSettings {
    /// Where it listens: a free loopback port if not changed; Nova's is 8774.
    pub listen: SocketAddr,
    /// Whether other machines may reach it. What passes there is not encrypted: put a proxy with TLS in front.
    pub allow_non_loopback: bool,
    /// What links begin with (`http://cloud.example.com/compute`); the address the client used, if not given.
    #[doc(alias = "compute_link_prefix")]
    pub link_prefix: Option<String>,
    /// Sizes, times and numbers of requests.
    pub filters: FilterSettings,
}

impl Default for ApiSettings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            allow_non_loopback: false,
            link_prefix: None,
            filters: FilterSettings::default(),
        }
    }
}

/// What every handler has.
#[derive(Clone)]
pub(crate) struct Rest {
    pub(crate) api: Arc<dyn CloudApi>,
    pub(crate) links: Links,
}

/// All routes over `api`, for a service of one's own: those below `/v2.1/` want an
/// [`auth`](nova_http::filter::auth) filter around them and answer 401 without.
pub fn router(api: Arc<dyn CloudApi>) -> Router {
    version::routes(Links::default()).merge(resources(api, Links::default(), Router::new()))
}

/// The REST service over `api`: the standard filters, discovery for everybody, the rest for whom `identity` knows.
pub fn service(
    env: &Env,
    api: Arc<dyn CloudApi>,
    identity: Arc<dyn Identity>,
    settings: ApiSettings,
) -> HttpService {
    service_with(env, api, identity, settings, Router::new())
}

/// The same with `routes` of an embedder's own beside Nova's, below `/v2.1`: they are for whom `identity` knows
/// ([`Cx`](nova_http::Cx) says who), and have the same filters around them and the same answers to what is nowhere.
///
/// # Panics
/// If a route is one of Nova's.
///
/// # Example
/// ```
/// use axum::{Router, routing::get};
/// use nova_http::Cx;
///
/// async fn whoami(Cx(cx): Cx) -> String {
///     cx.user_id().unwrap_or_default().to_owned()
/// }
///
/// let routes: Router = Router::new().route("/whoami", get(whoami));
/// // nova_api::service_with(&env, api, identity, settings, routes)
/// ```
pub fn service_with(
    env: &Env,
    api: Arc<dyn CloudApi>,
    identity: Arc<dyn Identity>,
    settings: ApiSettings,
    routes: Router,
) -> HttpService {
    let ApiSettings { listen, allow_non_loopback, link_prefix, filters } = settings;
    let links = Links::new(link_prefix);
    let authenticator = Arc::new(TokenAuthenticator::new(env, identity));
    let registry = FilterRegistry::standard(env, &filters).with("auth", filter::auth::filter(authenticator));
    let pipeline = |names: &[&str]| {
        Pipeline::from_names(&registry, names).expect("the standard names and auth are registered")
    };

    let private = pipeline(&["auth"]).wrap(resources(api, links.clone(), routes));
    let router = version::routes(links).fallback_service(private);
    // Inside those every service has: nobody who asks too much at once, or too slowly, gets to the databases.
    let names: Vec<_> = STANDARD.into_iter().chain(["concurrency_limit", "timeout"]).collect();

    let builder =
        HttpService::builder(env, "nova-api").listen(listen).router(router).filters(pipeline(&names));
    if allow_non_loopback { builder.allow_non_loopback().build() } else { builder.build() }
}

fn resources(api: Arc<dyn CloudApi>, links: Links, more: Router) -> Router {
    let ours = servers::routes().merge(flavors::routes()).merge(groups::routes());
    let routes = ours.with_state(Rest { api, links }).merge(more);
    version::negotiated(fallback::with_fault_fallbacks(Router::new().nest("/v2.1", routes)))
}

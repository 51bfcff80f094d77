//! Flavors.

mod body;
mod view;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::get;
use nova_compute_api::{ApiError, Flavor, FlavorFilter, FlavorVisibility, Page};
use nova_core::RequestContext;
use nova_http::{Cx, Json};
use serde_json::{Value, json};

use self::body::CreateBody;
use crate::links::Base;
use crate::query::{Id, Parameters};
use crate::refusal::Refusal;
use crate::service::Rest;

pub(crate) fn routes() -> Router<Rest> {
    Router::new()
        .route("/flavors", get(list).post(create))
        .route("/flavors/detail", get(detail))
        .route("/flavors/{id}", get(show).delete(delete))
        .route("/flavors/{id}/os-extra_specs", get(extra_specs))
}

async fn list(
    State(rest): State<Rest>,
    headers: HeaderMap,
    Cx(cx): Cx,
    parameters: Parameters,
) -> Result<Json<Value>, Refusal> {
    page(&rest, &cx, &parameters, "/v2.1/flavors", &rest.links.base(&headers), view::short).await
}

async fn detail(
    State(rest): State<Rest>,
    headers: HeaderMap,
    Cx(cx): Cx,
    parameters: Parameters,
) -> Result<Json<Value>, Refusal> {
    page(&rest, &cx, &parameters, "/v2.1/flavors/detail", &rest.links.base(&headers), view::full).await
}

/// One page of a list, with a link to the next if there may be one.
async fn page(
    rest: &Rest,
    cx: &RequestContext,
    parameters: &Parameters,
    path: &str,
    base: &Base,
    view: fn(&Flavor, &Base) -> Value,
) -> Result<Json<Value>, Refusal> {
    let limit = parameters.limit()?;
    let page = Page { limit: Some(limit), marker: parameters.text("marker") };
    let flavors = rest.api.list_flavors(cx, &filter(parameters)?, &page).await?;
    let mut answer = json!({"flavors": flavors.iter().map(|flavor| view(flavor, base)).collect::<Vec<_>>()});
    if let Some(last) = flavors.last().filter(|_| flavors.len() == limit) {
        let href = base.to(&format!("{path}?{}", parameters.next(&last.id)));
        answer["flavors_links"] = json!([{"rel": "next", "href": href}]);
    }
    Ok(Json(answer))
}

fn filter(parameters: &Parameters) -> Result<FlavorFilter, ApiError> {
    let visibility = match parameters.get("is_public") {
        None => FlavorVisibility::Usable,
        Some(text) if text.eq_ignore_ascii_case("none") => FlavorVisibility::All, // as the stock client says "any"
        Some(_) if parameters.flag("is_public")? => FlavorVisibility::Usable,
        Some(_) => FlavorVisibility::Private,
    };
    let min_memory_mb = parameters.number("minRam")?.unwrap_or(0);
    let min_root_gb = parameters.number("minDisk")?.unwrap_or(0);
    Ok(FlavorFilter { visibility, min_memory_mb, min_root_gb })
}

async fn show(
    State(rest): State<Rest>,
    headers: HeaderMap,
    Cx(cx): Cx,
    Id(id): Id,
) -> Result<Json<Value>, Refusal> {
    let flavor = rest.api.get_flavor(&cx, &id).await?;
    Ok(Json(json!({"flavor": view::full(&flavor, &rest.links.base(&headers))})))
}

async fn extra_specs(State(rest): State<Rest>, Cx(cx): Cx, Id(id): Id) -> Result<Json<Value>, Refusal> {
    Ok(Json(json!({"extra_specs": rest.api.get_flavor(&cx, &id).await?.extra_specs})))
}

async fn create(
    State(rest): State<Rest>,
    headers: HeaderMap,
    Cx(cx): Cx,
    Json(body): Json<CreateBody>,
) -> Result<Json<Value>, Refusal> {
    let flavor = rest.api.create_flavor(&cx, body.into_request()).await.map_err(Refusal::of_flavor_body)?;
    Ok(Json(json!({"flavor": view::full(&flavor, &rest.links.base(&headers))})))
}

async fn delete(State(rest): State<Rest>, Cx(cx): Cx, Id(id): Id) -> Result<StatusCode, Refusal> {
    rest.api.delete_flavor(&cx, &id).await?;
    Ok(StatusCode::ACCEPTED)
}

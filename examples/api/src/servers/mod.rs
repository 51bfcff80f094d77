//! Servers.

mod action;
mod body;
mod query;
mod rebuild;
mod view;

use axum::Router;
use axum::extract::State;
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use nova_compute_api::{ApiError, Server};
use nova_http::{Cx, Json};
use serde_json::{Value, json};
use uuid::Uuid;

use self::body::CreateBody;
use self::query::Wanted;
use self::view::View;
use crate::query::{Id, Parameters};
use crate::refusal::Refusal;
use crate::service::Rest;

pub(crate) fn routes() -> Router<Rest> {
    Router::new()
        .route("/servers", post(create).get(list))
        .route("/servers/detail", get(detail))
        .route("/servers/{id}", get(show).delete(delete))
        .route("/servers/{id}/action", post(action::act))
}

async fn create(
    State(rest): State<Rest>,
    headers: HeaderMap,
    Cx(cx): Cx,
    Json(body): Json<CreateBody>,
) -> Result<Response, Refusal> {
    let request = body.into_request().map_err(Refusal::of_server_body)?;
    let created = rest.api.create(&cx, request.servers).await.map_err(Refusal::of_server_body)?;
    let base = rest.links.base(&headers);
    let Some(first) = created.servers.first() else {
        return Ok(
            (StatusCode::ACCEPTED, Json(json!({"reservation_id": created.reservation_id}))).into_response()
        );
    };
    let location = [(LOCATION, base.to(&format!("/v2.1/servers/{}", first.id)))];
    let answer = match request.wants_reservation_id {
        true => json!({"reservation_id": created.reservation_id}),
        false => View::new(&cx, &base).created(first, created.admin_password.as_ref()),
    };
    Ok((StatusCode::ACCEPTED, location, Json(answer)).into_response())
}

async fn list(
    State(rest): State<Rest>,
    headers: HeaderMap,
    Cx(cx): Cx,
    parameters: Parameters,
) -> Result<Json<Value>, Refusal> {
    let base = rest.links.base(&headers);
    let view = View::new(&cx, &base);
    page(&rest, &cx, &parameters, "/v2.1/servers", &base, |server| view.short(server)).await
}

async fn detail(
    State(rest): State<Rest>,
    headers: HeaderMap,
    Cx(cx): Cx,
    parameters: Parameters,
) -> Result<Json<Value>, Refusal> {
    let base = rest.links.base(&headers);
    let view = View::new(&cx, &base);
    page(&rest, &cx, &parameters, "/v2.1/servers/detail", &base, |server| view.full(server)).await
}

/// One page of a list, with a link to the next if there may be one.
async fn page(
    rest: &Rest,
    cx: &nova_core::RequestContext,
    parameters: &Parameters,
    path: &str,
    base: &crate::links::Base,
    view: impl Fn(&Server) -> Value,
) -> Result<Json<Value>, Refusal> {
    let wanted = Wanted::read(parameters)?;
    let servers = match &wanted {
        Wanted::Nothing => Vec::new(),
        Wanted::Servers { filter, page } => {
            rest.api.list(cx, filter, page).await.map_err(Refusal::of_server_parameters)?
        }
    };
    let mut answer = json!({"servers": servers.iter().map(view).collect::<Vec<_>>()});
    if let Some(last) = servers.last().filter(|_| servers.len() == wanted.limit()) {
        let href = base.to(&format!("{path}?{}", parameters.next(&last.id.to_string())));
        answer["servers_links"] = json!([{"rel": "next", "href": href}]);
    }
    Ok(Json(answer))
}

async fn show(
    State(rest): State<Rest>,
    headers: HeaderMap,
    Cx(cx): Cx,
    Id(id): Id,
) -> Result<Json<Value>, Refusal> {
    let server = rest.api.get(&cx, server_id(&id)?).await?;
    let base = rest.links.base(&headers);
    Ok(Json(json!({"server": View::new(&cx, &base).full(&server)})))
}

async fn delete(State(rest): State<Rest>, Cx(cx): Cx, Id(id): Id) -> Result<StatusCode, Refusal> {
    rest.api.delete(&cx, server_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What is no uuid is no server's id: clients look names up that way, and go on to the list at a 404.
fn server_id(id: &str) -> Result<Uuid, ApiError> {
    Uuid::try_parse(id).map_err(|_| ApiError::NotFound {
        kind: nova_compute_api::Kind::Server,
        id: id.chars().take(255).filter(|c| !c.is_control()).collect(),
    })
}

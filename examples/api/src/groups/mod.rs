//! Server groups.

mod body;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use nova_compute_api::{ApiError, GroupFilter, Kind, ServerGroup};
use nova_http::{Cx, Json};
use serde_json::{Value, json};
use uuid::Uuid;

use self::body::CreateBody;
use crate::query::{Id, Parameters};
use crate::refusal::Refusal;
use crate::service::Rest;

pub(crate) fn routes() -> Router<Rest> {
    Router::new()
        .route("/os-server-groups", get(list).post(create))
        .route("/os-server-groups/{id}", get(show).delete(delete))
}

async fn list(State(rest): State<Rest>, Cx(cx): Cx, parameters: Parameters) -> Result<Json<Value>, Refusal> {
    let filter = GroupFilter {
        all_projects: parameters.flag("all_projects")?,
        offset: parameters.number("offset")?.unwrap_or(0),
        limit: Some(parameters.limit()?),
    };
    let groups = rest.api.list_groups(&cx, &filter).await?;
    Ok(Json(json!({"server_groups": groups.iter().map(view).collect::<Vec<_>>()})))
}

async fn create(
    State(rest): State<Rest>,
    Cx(cx): Cx,
    Json(body): Json<CreateBody>,
) -> Result<Json<Value>, Refusal> {
    let request = body.into_request().map_err(Refusal::of_group_body)?;
    let group = rest.api.create_group(&cx, request).await.map_err(Refusal::of_group_body)?;
    Ok(Json(json!({"server_group": view(&group)})))
}

async fn show(State(rest): State<Rest>, Cx(cx): Cx, Id(id): Id) -> Result<Json<Value>, Refusal> {
    let group = rest.api.get_group(&cx, group_id(&id)?).await?;
    Ok(Json(json!({"server_group": view(&group)})))
}

async fn delete(State(rest): State<Rest>, Cx(cx): Cx, Id(id): Id) -> Result<StatusCode, Refusal> {
    rest.api.delete_group(&cx, group_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// As microversion 2.1 has it: whose it is came with 2.13, the policy as a word with its rules with 2.64.
fn view(group: &ServerGroup) -> Value {
    json!({
        "id": group.id,
        "name": group.name,
        "policies": [group.policy.name()],
        "members": group.members,
        "metadata": {},
    })
}

/// What is no uuid is no group's id: clients look names up that way, and go on to the list at a 404.
fn group_id(id: &str) -> Result<Uuid, ApiError> {
    Uuid::try_parse(id).map_err(|_| ApiError::NotFound {
        kind: Kind::Group,
        id: id.chars().take(255).filter(|c| !c.is_control()).collect(),
    })
}

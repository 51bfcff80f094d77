//! Actions on servers: one key in the body says which, its value how.

use std::fmt;

use axum::extract::State;
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use nova_compute_api::{Action, ApiError, Reboot};
use nova_http::{Cx, Json};
use serde::de::{Error, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::json;

use super::rebuild::RebuildBody;
use super::server_id;
use super::view::View;
use crate::query::Id;
use crate::refusal::Refusal;
use crate::service::Rest;

/// `POST /servers/{id}/action`.
pub(super) async fn act(
    State(rest): State<Rest>,
    headers: HeaderMap,
    Cx(cx): Cx,
    Id(id): Id,
    Json(body): Json<ActionBody>,
) -> Result<Response, Refusal> {
    let id = server_id(&id)?;
    match body {
        ActionBody::Act(action) => {
            rest.api.act(&cx, id, action).await?;
            Ok(StatusCode::ACCEPTED.into_response())
        }
        ActionBody::Rebuild(body) => {
            let request = body.into_request().map_err(Refusal::of_rebuild_body)?;
            let rebuilt = rest.api.rebuild(&cx, id, request).await.map_err(Refusal::of_rebuild_body)?;
            let base = rest.links.base(&headers);
            let location = [(LOCATION, base.to(&format!("/v2.1/servers/{id}")))];
            let answer = json!({"server": View::new(&cx, &base).full(&rebuilt)});
            Ok((StatusCode::ACCEPTED, location, Json(answer)).into_response())
        }
        ActionBody::Unknown(name) => {
            Err(ApiError::invalid("body", format!("There is no such action: {name}")).into())
        }
    }
}

/// The body.
pub(super) enum ActionBody {
    Act(Action),
    Rebuild(Box<RebuildBody>),
    /// One that is not served here.
    Unknown(String),
}

/// What a reboot says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RebootBody {
    #[serde(rename = "type")]
    kind: RebootKind,
}

/// In Nova's three spellings each.
#[derive(Deserialize)]
enum RebootKind {
    #[serde(rename = "SOFT", alias = "Soft", alias = "soft")]
    Soft,
    #[serde(rename = "HARD", alias = "Hard", alias = "hard")]
    Hard,
}

impl<'de> Deserialize<'de> for ActionBody {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(OneKey)
    }
}

struct OneKey;

impl<'de> Visitor<'de> for OneKey {
    type Value = ActionBody;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with the name of one action")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<ActionBody, A::Error> {
        let Some(name) = entries.next_key::<String>()? else {
            return Err(A::Error::custom("no action is named"));
        };
        let body = match name.as_str() {
            "reboot" => ActionBody::Act(reboot(entries.next_value()?)),
            "rebuild" => ActionBody::Rebuild(entries.next_value()?),
            name => {
                // Nova takes any value with these; its clients send null.
                entries.next_value::<IgnoredAny>()?;
                plain(name).map_or_else(|| ActionBody::Unknown(shown(name)), ActionBody::Act)
            }
        };
        if entries.next_key::<IgnoredAny>()?.is_some() {
            return Err(A::Error::custom("more than one action is named"));
        }
        Ok(body)
    }
}

/// The actions that say nothing but their name.
fn plain(name: &str) -> Option<Action> {
    Some(match name {
        "os-start" => Action::Start,
        "os-stop" => Action::Stop,
        "pause" => Action::Pause,
        "unpause" => Action::Unpause,
        "suspend" => Action::Suspend,
        "resume" => Action::Resume,
        _ => return None,
    })
}

fn reboot(body: RebootBody) -> Action {
    Action::Reboot(match body.kind {
        RebootKind::Soft => Reboot::Soft,
        RebootKind::Hard => Reboot::Hard,
    })
}

/// A name as it may stand in an answer.
fn shown(name: &str) -> String {
    name.chars().take(64).filter(|c| !c.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Result<ActionBody, String> {
        serde_json::from_str(body).map_err(|error| error.to_string())
    }

    fn action(body: &str) -> Option<Action> {
        match read(body) {
            Ok(ActionBody::Act(action)) => Some(action),
            _ => None,
        }
    }

    #[test]
    fn what_the_stock_client_sends_is_understood() {
        let table = [
            (r#"{"os-start": null}"#, Action::Start),
            (r#"{"os-stop": null}"#, Action::Stop),
            (r#"{"os-stop": {}}"#, Action::Stop),
            (r#"{"reboot": {"type": "SOFT"}}"#, Action::Reboot(Reboot::Soft)),
            (r#"{"reboot": {"type": "HARD"}}"#, Action::Reboot(Reboot::Hard)),
            (r#"{"reboot": {"type": "hard"}}"#, Action::Reboot(Reboot::Hard)),
            (r#"{"pause": null}"#, Action::Pause),
            (r#"{"unpause": null}"#, Action::Unpause),
            (r#"{"suspend": null}"#, Action::Suspend),
            (r#"{"resume": null}"#, Action::Resume),
        ];
        for (body, expected) in table {
            assert_eq!(action(body), Some(expected), "{body}");
        }
    }

    #[test]
    fn a_body_that_is_not_one_action_is_refused() {
        for body in ["{}", "[]", "null", r#"{"pause": null, "unpause": null}"#, r#"{"reboot": null}"#] {
            assert!(read(body).is_err(), "{body}");
        }
        assert!(read(r#"{"reboot": {"type": "WARM"}}"#).is_err());
        assert!(read(r#"{"reboot": {"type": "SOFT", "when": "later"}}"#).is_err());
        let unknown = read(r#"{"levitate\u0007": null}"#);
        assert!(matches!(unknown, Ok(ActionBody::Unknown(name)) if name == "levitate"));
    }
}

//! Racks: an object with its table and its actions, and two routes.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use nova_all_in_one::Handles;
use nova_compute_api::policy::Target;
use nova_core::{Fault, RequestContext};
use nova_http::{Cx, FaultResponse, Json};
use nova_objects::{Field, Meta, VersionedObject, async_trait, remotable};
use nova_objects_db::{Db, ObjectTable};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::rules::EQUIP;

#[derive(VersionedObject, Clone, Debug, PartialEq)]
#[object(namespace = "acme", version = "1.0")]
pub struct Rack {
    pub meta: Meta,
    pub kilowatts: Field<i64>,
}

#[remotable(Rack)]
pub trait RackActions {
    async fn find(&self, cx: &RequestContext, name: &str) -> Result<Option<Rack>, Fault>;
    async fn equip(&self, cx: &RequestContext, name: &str, kilowatts: i64) -> Result<Rack, Fault>;
}

pub const RACKS: ObjectTable<Rack> = ObjectTable::new("racks");

#[async_trait]
impl RackActions for Db {
    async fn find(&self, _: &RequestContext, name: &str) -> Result<Option<Rack>, Fault> {
        Ok(RACKS.find(self, name).await?)
    }

    async fn equip(&self, _: &RequestContext, name: &str, kilowatts: i64) -> Result<Rack, Fault> {
        let name = name.to_owned();
        let equip = move |tx| RACKS.update(tx, name.clone(), move |rack| rack.kilowatts.set(kilowatts));
        Ok(self.write(equip).await?)
    }
}

nova_core::faults! {
    module "acme.errors";
    /// There is no such rack.
    RackNotFound(404, safe, "Rack {name} could not be found.") { name: String }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Equipment {
    kilowatts: u32,
}

pub fn routes(handles: &Handles) -> Router {
    Router::new().route("/acme-racks/{name}", get(show).put(equip)).with_state(handles.clone())
}

async fn show(
    State(cloud): State<Handles>,
    Cx(cx): Cx,
    Path(name): Path<String>,
) -> Result<Json<Value>, FaultResponse> {
    let rack = Rack::find(&cx, &cloud.objects, &name).await?.ok_or(RackNotFound { name })?;
    Ok(Json(json!({"kilowatts": rack.kilowatts.get().map_err(Fault::from)?})))
}

async fn equip(
    State(cloud): State<Handles>,
    Cx(cx): Cx,
    Path(name): Path<String>,
    Json(Equipment { kilowatts }): Json<Equipment>,
) -> Result<StatusCode, FaultResponse> {
    cloud.policy.enforce(&cx, EQUIP, &Target::own(&cx)).await?;
    Rack::equip(&cx, &cloud.objects, &name, kilowatts.into()).await?;
    Ok(StatusCode::NO_CONTENT)
}

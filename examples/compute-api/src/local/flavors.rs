//! Flavors.

use nova_core::{Fault, RequestContext};
use nova_objects_catalog as objects;
use nova_objects_catalog::exception::{FlavorExists, FlavorIdExists, FlavorNotFound, MarkerNotFound};
use nova_objects_db::actions::flavor::{self, FlavorQuery, find_in};
use nova_objects_db::{ActionError, DbError};

use super::Inner;
use crate::policy::{Permission, Target};
use crate::{ApiError, CreateFlavor, Flavor, FlavorFilter, FlavorVisibility, Kind, Page, validate};

impl Inner {
    pub(super) async fn create_flavor(
        &self,
        cx: &RequestContext,
        request: &CreateFlavor,
    ) -> Result<Flavor, ApiError> {
        self.enforce(cx, Permission::CreateFlavor, &Target::own(cx)).await?;
        validate::create_flavor(request)?;
        let id = request.id.clone().unwrap_or_else(|| self.env.new_id().to_string());
        let work = (cx.clone(), request.to_object(id.clone()));
        let made = self.db.api().write(move |tx| {
            let (cx, mut made) = work.clone();
            async move {
                flavor::create_in(&tx, &cx, &mut made).await?;
                Ok::<_, ActionError>(made)
            }
        });
        let made = made.await.map_err(|error| taken(error, &id, &request.name))?;
        Ok(Flavor::of(&made))
    }

    pub(super) async fn flavor(&self, cx: &RequestContext, id: &str) -> Result<Flavor, ApiError> {
        let flavor = self.find_flavor(cx, id).await?;
        flavor.map(|flavor| Flavor::of(&flavor)).ok_or_else(|| ApiError::no_flavor(id))
    }

    pub(super) async fn flavors(
        &self,
        cx: &RequestContext,
        filter: &FlavorFilter,
        page: &Page<String>,
    ) -> Result<Vec<Flavor>, ApiError> {
        let mut query = wanted(cx, filter);
        query.limit = u64::try_from(page.size()).ok();
        query.marker = page.marker.clone();
        if page.size() == 0 {
            return Ok(Vec::new());
        }
        if let Some(marker) = &page.marker {
            validate::identifier("marker", marker)?;
        }
        let work = (cx.clone(), query);
        let found = self.db.api().read(move |tx| {
            let (cx, query) = work.clone();
            async move { find_in(&tx, &cx, &query).await }
        });
        match found.await.map_err(|error: ActionError| Fault::from(error)) {
            Ok(flavors) => Ok(flavors.iter().map(Flavor::of).collect()),
            Err(fault) => Err(match fault.downcast::<MarkerNotFound>() {
                Some(MarkerNotFound { marker }) => {
                    ApiError::invalid("marker", format!("there is no flavor {marker}"))
                }
                None => ApiError::Failed(fault),
            }),
        }
    }

    pub(super) async fn delete_flavor(&self, cx: &RequestContext, id: &str) -> Result<(), ApiError> {
        self.enforce(cx, Permission::DeleteFlavor, &Target::own(cx)).await?;
        if validate::identifier("id", id).is_err() {
            return Err(ApiError::no_flavor(id));
        }
        let work = (cx.clone(), id.to_owned());
        let removed = self.db.api().write(move |tx| {
            let (cx, id) = work.clone();
            async move { flavor::destroy_in(&tx, &cx, &id).await }
        });
        removed.await.map_err(|error: ActionError| match Fault::from(error) {
            fault if fault.is::<FlavorNotFound>() => ApiError::no_flavor(id),
            fault => ApiError::Failed(fault),
        })
    }

    /// The flavor, if `cx` may use it.
    pub(super) async fn find_flavor(
        &self,
        cx: &RequestContext,
        id: &str,
    ) -> Result<Option<objects::Flavor>, ApiError> {
        if validate::identifier("id", id).is_err() {
            return Ok(None); // no flavor has such an id, and not every database would take the text
        }
        let work = (cx.clone(), id.to_owned());
        let found = self.db.api().read(move |tx| {
            let (cx, id) = work.clone();
            async move { flavor::get_by_flavor_id_in(&tx, &cx, &id).await }
        });
        match found.await.map_err(|error: ActionError| Fault::from(error)) {
            Ok(flavor) => Ok(Some(flavor)),
            Err(fault) if fault.is::<FlavorNotFound>() => Ok(None),
            Err(fault) => Err(ApiError::Failed(fault)),
        }
    }
}

/// The store shows a project only what it may use.
fn wanted(cx: &RequestContext, filter: &FlavorFilter) -> FlavorQuery {
    let at_least =
        |least: u64| (least > 0).then(|| i64::try_from(least).unwrap_or(i64::MAX).min(i32::MAX.into()));
    let mut query = FlavorQuery::default();
    query.min_memory_mb = at_least(filter.min_memory_mb);
    query.min_root_gb = at_least(filter.min_root_gb);
    query.disabled = (!cx.is_admin()).then_some(false);
    query.is_public = match filter.visibility {
        FlavorVisibility::Usable if cx.is_admin() => Some(true),
        FlavorVisibility::Private if cx.is_admin() => Some(false),
        FlavorVisibility::Usable | FlavorVisibility::All | FlavorVisibility::Private => None,
    };
    query
}

fn taken(error: ActionError, id: &str, name: &str) -> ApiError {
    let at_once = matches!(&error, ActionError::Db(DbError::Duplicate { .. }));
    let fault = Fault::from(error);
    let (id, reason) = if at_once || fault.is::<FlavorIdExists>() {
        (id, "exists already")
    } else if fault.is::<FlavorExists>() {
        (name, "exists already under that name")
    } else {
        return ApiError::Failed(fault);
    };
    ApiError::Conflict { kind: Kind::Flavor, id: id.to_owned(), reason: reason.to_owned() }
}

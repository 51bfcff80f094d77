//! What to list.

use uuid::Uuid;

use crate::ServerStatus;

/// One page of a list.
///
/// # Example: all servers, a hundred at a time
/// ```
/// # use nova_compute_api::{ApiError, Page, Server, ServerFilter, ServersApi};
/// # use nova_core::RequestContext;
/// async fn all(api: &dyn ServersApi, cx: &RequestContext) -> Result<Vec<Server>, ApiError> {
///     let mut all = Vec::new();
///     let mut page = Page::first(100);
///     loop {
///         let servers = api.list(cx, &ServerFilter::default(), &page).await?;
///         let Some(last) = servers.last() else { return Ok(all) };
///         page = Page::first(100).after(last.id);
///         all.extend(servers);
///     }
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<K> {
    /// At most so many; no more than 1000 in any case, which is also what `None` means.
    pub limit: Option<usize>,
    /// Those after this one.
    pub marker: Option<K>,
}

/// The most a page can have, as in Nova (`[api] max_limit`).
pub(crate) const MAX_PAGE: usize = 1000;

impl<K> Page<K> {
    /// The first `limit`.
    pub fn first(limit: usize) -> Self {
        Self { limit: Some(limit), marker: None }
    }

    /// Those after `marker`.
    pub fn after(mut self, marker: K) -> Self {
        self.marker = Some(marker);
        self
    }

    pub(crate) fn size(&self) -> usize {
        self.limit.unwrap_or(MAX_PAGE).min(MAX_PAGE)
    }
}

impl<K> Default for Page<K> {
    fn default() -> Self {
        Self { limit: None, marker: None }
    }
}

/// Which servers to list: those that are all of this.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerFilter {
    /// Those of all projects, for whom the [policy](crate::policy) allows it: for administrators.
    pub all_projects: bool,
    /// Those of this project, with [`all_projects`](Self::all_projects).
    pub project: Option<String>,
    /// Those of this user.
    pub user: Option<String>,
    /// Those whose name has this in it, in either case.
    pub name: Option<String>,
    /// Those of this status.
    pub status: Option<ServerStatus>,
    /// Those on this host, for whom the policy allows it; for others than administrators it is ignored as in Nova.
    pub host: Option<String>,
    /// Those of the flavor with this id.
    pub flavor: Option<String>,
    /// Those of this image.
    pub image: Option<Uuid>,
    /// Those of this request.
    pub reservation_id: Option<String>,
}

impl ServerFilter {
    /// Those of all projects.
    pub fn everywhere() -> Self {
        Self { all_projects: true, ..Self::default() }
    }

    /// Those of this request.
    pub fn of_request(reservation_id: impl Into<String>) -> Self {
        Self { reservation_id: Some(reservation_id.into()), ..Self::default() }
    }
}

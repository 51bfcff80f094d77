//! The software API over Nova's databases.

mod act;
mod cells;
mod create;
mod delete;
mod flavors;
mod groups;
mod guard;
mod image;
mod list;
mod locate;
mod prepare;
mod rebuild;
mod watch;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use nova_core::operation::secrets::OperationKey;
use nova_core::operation::{Hinter, NewOperation, NoHints, Queue};
use nova_core::{Env, Fault, RequestContext};
use nova_neighbours::image::Images;
use nova_objects_catalog::Instance;
use nova_objects_db::NovaDb;
use nova_rpcapi::notification::{self, Phase};
use uuid::Uuid;

use crate::policy::{Permission, Policy, RulePolicy, Target};
use crate::quota::{FixedQuota, Quota};
use crate::{
    Action, ApiError, CreateFlavor, CreateGroup, CreateServer, Created, Flavor, FlavorFilter, FlavorsApi,
    GroupFilter, GroupsApi, Page, RebuildServer, Server, ServerFilter, ServerGroup, ServerStates, ServersApi,
};

/// How long a request waits for its hint to go out. The work is found without it.
const HINT_PATIENCE: Duration = Duration::from_secs(1);

/// [`ServersApi`], [`FlavorsApi`] and [`GroupsApi`] over Nova's databases, in this process.
///
/// Cheap to clone; clones share everything. An accepted create, action or delete is one write transaction, then a hint (the
/// deletion of a server that never found a host is two: one in each database that knows it); a lookup is two reads. See
/// [the crate](crate) for an example.
#[derive(Clone)]
pub struct LocalComputeApi(Arc<Inner>);

pub(crate) struct Inner {
    env: Env,
    db: NovaDb,
    images: Arc<dyn Images>,
    hinter: Arc<dyn Hinter>,
    key: Option<OperationKey>,
    max_servers: u32,
    zones: Vec<String>,
    policy: Arc<dyn Policy>,
    quota: Arc<dyn Quota>,
    publisher: Option<String>,
}

/// Builds a [`LocalComputeApi`].
pub struct LocalComputeApiBuilder(Inner);

impl LocalComputeApi {
    /// Starts building the API over `db`, whose tables are there, and `images`.
    pub fn builder(env: &Env, db: &NovaDb, images: Arc<dyn Images>) -> LocalComputeApiBuilder {
        LocalComputeApiBuilder(Inner {
            env: env.clone(),
            db: db.clone(),
            images,
            hinter: Arc::new(NoHints),
            key: None,
            max_servers: 100,
            zones: vec!["nova".to_owned()],
            policy: Arc::new(RulePolicy::nova()),
            quota: Arc::new(FixedQuota::default()),
            publisher: None,
        })
    }
}

impl LocalComputeApiBuilder {
    /// Tells conductors and computes with `hinter` that there is work. Nobody is told if not given: they find it at
    /// their next poll.
    pub fn hinter(mut self, hinter: Arc<dyn Hinter>) -> Self {
        self.0.hinter = hinter;
        self
    }

    /// Keeps administrators' passwords, sealed under `key`. Without a key a request with a password is refused.
    pub fn key(mut self, key: OperationKey) -> Self {
        self.0.key = Some(key);
        self
    }

    /// How many servers one request may ask for. 100 if not given.
    pub fn max_servers_per_request(mut self, servers: u32) -> Self {
        self.0.max_servers = servers;
        self
    }

    /// The availability zones that may be asked for. `nova` if not given.
    pub fn zones(mut self, zones: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.0.zones = zones.into_iter().map(Into::into).collect();
        self
    }

    /// Asks `policy` who may do what. [Nova's defaults](RulePolicy::nova) if not given.
    pub fn policy(mut self, policy: Arc<dyn Policy>) -> Self {
        self.0.policy = policy;
        self
    }

    /// Gives each project as much as `quota` says. No limits if not given.
    pub fn quota(mut self, quota: Arc<dyn Quota>) -> Self {
        self.0.quota = quota;
        self
    }

    /// Writes down what is to be [told](nova_rpcapi::notification) of deletions, as `nova-api` on `host`: for where conductors
    /// have a sink.
    pub fn telling(mut self, host: &str) -> Self {
        self.0.publisher = Some(format!("nova-api:{host}"));
        self
    }

    /// The API.
    pub fn build(self) -> LocalComputeApi {
        LocalComputeApi(Arc::new(self.0))
    }
}

impl Inner {
    /// Refuses `cx` what it has no permission for.
    async fn enforce(
        &self,
        cx: &RequestContext,
        needed: Permission,
        target: &Target,
    ) -> Result<(), ApiError> {
        self.policy.enforce(cx, needed.name(), target).await
    }

    /// Whether `cx` has a permission that nothing depends on but how much is shown.
    async fn allows(
        &self,
        cx: &RequestContext,
        needed: Permission,
        target: &Target,
    ) -> Result<bool, ApiError> {
        Ok(self.policy.allows(cx, needed.name(), target).await?)
    }

    /// What is told of a deletion, if anybody listens.
    fn told_of_deletion(
        &self,
        cx: &RequestContext,
        phases: &[Phase],
        instance: &Instance,
    ) -> Result<Option<NewOperation>, Fault> {
        let Some(publisher) = &self.publisher else { return Ok(None) };
        notification::about(&self.env, cx, publisher, "delete", phases, instance, None).map(Some)
    }

    async fn hint(&self, cx: &RequestContext, queue: &Queue) {
        if tokio::time::timeout(HINT_PATIENCE, self.hinter.hint(cx, queue)).await.is_err() {
            tracing::debug!(%queue, "a hint took too long; the work is found at the next poll");
        }
    }
}

#[async_trait]
impl ServersApi for LocalComputeApi {
    async fn create(&self, cx: &RequestContext, request: CreateServer) -> Result<Created, ApiError> {
        self.0.create_servers(cx, &request).await
    }

    async fn get(&self, cx: &RequestContext, id: Uuid) -> Result<Server, ApiError> {
        self.0.shown_server(cx, id).await
    }

    async fn list(
        &self,
        cx: &RequestContext,
        filter: &ServerFilter,
        page: &Page<Uuid>,
    ) -> Result<Vec<Server>, ApiError> {
        self.0.servers(cx, filter, page).await
    }

    fn watch(&self, cx: &RequestContext, id: Uuid) -> ServerStates {
        watch::states(Arc::clone(&self.0), cx.without_deadline(), id)
    }

    async fn act(&self, cx: &RequestContext, id: Uuid, action: Action) -> Result<(), ApiError> {
        self.0.act_on_server(cx, id, action).await
    }

    async fn rebuild(
        &self,
        cx: &RequestContext,
        id: Uuid,
        request: RebuildServer,
    ) -> Result<Server, ApiError> {
        self.0.rebuild_server(cx, id, &request).await
    }

    async fn delete(&self, cx: &RequestContext, id: Uuid) -> Result<(), ApiError> {
        self.0.delete_server(cx, id).await
    }
}

#[async_trait]
impl FlavorsApi for LocalComputeApi {
    async fn create_flavor(&self, cx: &RequestContext, request: CreateFlavor) -> Result<Flavor, ApiError> {
        self.0.create_flavor(cx, &request).await
    }

    async fn list_flavors(
        &self,
        cx: &RequestContext,
        filter: &FlavorFilter,
        page: &Page<String>,
    ) -> Result<Vec<Flavor>, ApiError> {
        self.0.enforce(cx, Permission::ListFlavors, &Target::own(cx)).await?;
        self.0.flavors(cx, filter, page).await
    }

    async fn get_flavor(&self, cx: &RequestContext, id: &str) -> Result<Flavor, ApiError> {
        self.0.enforce(cx, Permission::ShowFlavor, &Target::own(cx)).await?;
        self.0.flavor(cx, id).await
    }

    async fn delete_flavor(&self, cx: &RequestContext, id: &str) -> Result<(), ApiError> {
        self.0.delete_flavor(cx, id).await
    }
}

#[async_trait]
impl GroupsApi for LocalComputeApi {
    async fn create_group(&self, cx: &RequestContext, request: CreateGroup) -> Result<ServerGroup, ApiError> {
        self.0.make_group(cx, &request).await
    }

    async fn list_groups(
        &self,
        cx: &RequestContext,
        filter: &GroupFilter,
    ) -> Result<Vec<ServerGroup>, ApiError> {
        self.0.groups(cx, filter).await
    }

    async fn get_group(&self, cx: &RequestContext, id: Uuid) -> Result<ServerGroup, ApiError> {
        self.0.group(cx, id).await
    }

    async fn delete_group(&self, cx: &RequestContext, id: Uuid) -> Result<(), ApiError> {
        self.0.remove_group(cx, id).await
    }
}

impl fmt::Debug for LocalComputeApi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalComputeApi").field("db", &self.0.db).finish_non_exhaustive()
    }
}

impl fmt::Debug for LocalComputeApiBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalComputeApiBuilder").field("db", &self.0.db).finish_non_exhaustive()
    }
}

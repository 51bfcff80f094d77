//! What a program can ask for.

use async_trait::async_trait;
use futures_util::stream::BoxStream;
use nova_core::RequestContext;
use uuid::Uuid;

use crate::{
    Action, ApiError, CreateFlavor, CreateGroup, CreateServer, Created, Flavor, FlavorFilter, GroupFilter,
    Page, RebuildServer, Server, ServerFilter, ServerGroup,
};

/// The states of a server one after the other: see [`ServersApi::watch`].
pub type ServerStates = BoxStream<'static, Result<Server, ApiError>>;

/// Servers.
///
/// Called at any time and concurrently. Every answer is what `cx` may see: another project's server is not found,
/// whatever is asked of it. (Not to be confused with `ComputeApi`, the RPC contract of a compute host.)
#[async_trait]
#[doc(alias = "nova.compute.api.API")]
pub trait ServersApi: Send + Sync + 'static {
    /// Accepts a request for one or more servers. They are there, in [`Build`](crate::ServerStatus::Build), when this
    /// returns; what becomes of them [`watch`](Self::watch) says.
    ///
    /// Of between `min_count` and `max_count` servers as many are accepted as the project's quota has room for. All or
    /// nothing, and idempotent for a request with a [key](CreateServer::key).
    ///
    /// # Errors
    /// [`ApiError::Invalid`] with the field; [`ApiError::TooManyRequested`]; [`ApiError::OverQuota`];
    /// [`ApiError::Forbidden`].
    ///
    /// # Cancel safety
    /// Dropping the future may leave the request accepted; repeating it with the same key is safe.
    async fn create(&self, cx: &RequestContext, request: CreateServer) -> Result<Created, ApiError>;

    /// The server.
    ///
    /// # Errors
    /// [`ApiError::NotFound`], also once it is deleted; [`ApiError::Forbidden`]. Cancel safe.
    async fn get(&self, cx: &RequestContext, id: Uuid) -> Result<Server, ApiError>;

    /// The servers that pass `filter`, the latest accepted first, at most a page.
    ///
    /// Their order never changes, whatever happens to them, so page after page shows each of them once.
    ///
    /// # Errors
    /// [`ApiError::Invalid`] for a marker that is not there; [`ApiError::Forbidden`]. Cancel safe.
    async fn list(
        &self,
        cx: &RequestContext,
        filter: &ServerFilter,
        page: &Page<Uuid>,
    ) -> Result<Vec<Server>, ApiError>;

    /// Follows the server: its state now, then each change of vm state, task state or host that is seen, until it is
    /// gone or the stream is dropped.
    ///
    /// States that follow each other quickly may be seen as one. When the server is gone the stream ends; if it is
    /// not there to begin with, its only item is [`ApiError::NotFound`]. Other errors are passed on and the following
    /// goes on. Nothing happens between two polls of the stream. The deadline of `cx` does not count.
    fn watch(&self, cx: &RequestContext, id: Uuid) -> ServerStates;

    /// Accepts an action on the server: then its task state says so, and nothing else is accepted for it but a deletion
    /// (or a hard reboot, by some). What becomes of it [`watch`](Self::watch) says.
    ///
    /// # Errors
    /// [`ApiError::NotFound`]; [`ApiError::Forbidden`]; [`ApiError::WrongState`]; [`ApiError::Locked`];
    /// [`ApiError::NotReady`] without a host; [`ApiError::NeverActive`].
    ///
    /// # Cancel safety
    /// Dropping the future may leave the action accepted; then repeating it is refused as long as it goes on.
    async fn act(&self, cx: &RequestContext, id: Uuid, action: Action) -> Result<(), ApiError>;

    /// Accepts that the server is made anew from an image, and gives it as it is then. With another image than it has, a
    /// scheduler is asked first whether its host will do.
    ///
    /// From `ACTIVE`, `SHUTOFF` and `ERROR`, to `ACTIVE`, or to `SHUTOFF` if it was that.
    ///
    /// # Errors
    /// Those of [`act`](Self::act); [`ApiError::Invalid`] with the field.
    ///
    /// # Cancel safety
    /// Dropping the future may leave the rebuild accepted; then repeating it is refused as long as it goes on.
    async fn rebuild(
        &self,
        cx: &RequestContext,
        id: Uuid,
        request: RebuildServer,
    ) -> Result<Server, ApiError>;

    /// Accepts the deletion of the server, in whatever state it is; again is as good as once.
    ///
    /// # Errors
    /// [`ApiError::NotFound`]; [`ApiError::Forbidden`].
    ///
    /// # Cancel safety
    /// Dropping the future may leave the deletion accepted; repeating it is safe.
    async fn delete(&self, cx: &RequestContext, id: Uuid) -> Result<(), ApiError>;
}

/// Flavors: the sizes that servers come in.
#[async_trait]
pub trait FlavorsApi: Send + Sync + 'static {
    /// Makes a flavor.
    ///
    /// # Errors
    /// [`ApiError::Invalid`]; [`ApiError::Conflict`] when id or name is taken; [`ApiError::Forbidden`].
    async fn create_flavor(&self, cx: &RequestContext, request: CreateFlavor) -> Result<Flavor, ApiError>;

    /// The flavors that pass `filter`, in the order of their ids, at most a page.
    ///
    /// # Errors
    /// [`ApiError::Invalid`] for a marker that is not there; [`ApiError::Forbidden`]. Cancel safe.
    async fn list_flavors(
        &self,
        cx: &RequestContext,
        filter: &FlavorFilter,
        page: &Page<String>,
    ) -> Result<Vec<Flavor>, ApiError>;

    /// The flavor.
    ///
    /// # Errors
    /// [`ApiError::NotFound`]; [`ApiError::Forbidden`]. Cancel safe.
    async fn get_flavor(&self, cx: &RequestContext, id: &str) -> Result<Flavor, ApiError>;

    /// Removes a flavor. Servers of that size keep theirs.
    ///
    /// # Errors
    /// [`ApiError::NotFound`]; [`ApiError::Forbidden`].
    async fn delete_flavor(&self, cx: &RequestContext, id: &str) -> Result<(), ApiError>;
}

/// Server groups: servers that are kept together, or apart.
///
/// Every answer is what `cx` may see: another project's group is not found.
#[async_trait]
pub trait GroupsApi: Send + Sync + 'static {
    /// Makes a group, which is empty.
    ///
    /// # Errors
    /// [`ApiError::Invalid`]; [`ApiError::OverQuota`]; [`ApiError::Forbidden`].
    ///
    /// # Cancel safety
    /// Dropping the future may leave the group made.
    async fn create_group(&self, cx: &RequestContext, request: CreateGroup) -> Result<ServerGroup, ApiError>;

    /// The groups that pass `filter`, the oldest first.
    ///
    /// # Errors
    /// The databases'. Cancel safe.
    async fn list_groups(
        &self,
        cx: &RequestContext,
        filter: &GroupFilter,
    ) -> Result<Vec<ServerGroup>, ApiError>;

    /// The group.
    ///
    /// # Errors
    /// [`ApiError::NotFound`]. Cancel safe.
    async fn get_group(&self, cx: &RequestContext, id: Uuid) -> Result<ServerGroup, ApiError>;

    /// Removes the group. Servers that are in it stay what and where they are.
    ///
    /// # Errors
    /// [`ApiError::NotFound`]; [`ApiError::Forbidden`].
    ///
    /// # Cancel safety
    /// Dropping the future may leave the group removed.
    async fn delete_group(&self, cx: &RequestContext, id: Uuid) -> Result<(), ApiError>;
}

/// All of it: what a REST service stands on.
pub trait CloudApi: ServersApi + FlavorsApi + GroupsApi {}

impl<T: ServersApi + FlavorsApi + GroupsApi> CloudApi for T {}

//! Accepting a request for servers.

use std::sync::Arc;

use nova_core::operation::{NewOperation, OperationId, OperationRecord, OperationStore, Queue};
use nova_core::{Env, Fault, RequestContext, Timestamp};
use nova_neighbours::image::{ImageInfo, ImageNotFound};
use nova_objects_catalog::exception::InstanceGroupNotFound;
use nova_objects_catalog::{self as objects, InstanceGroup};
use nova_objects_db::actions::{build_request, instance_mapping, request_spec};
use nova_objects_db::operations::{self, DbOperationStore};
use nova_objects_db::quota::{self, Limits, OverQuota, Share};
use nova_objects_db::{ActionError, DbError, Tx};
use nova_rpcapi::operations::{Boot, BootArgs, BootSecrets, CONDUCTOR};
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use super::prepare::{Order, Prepared, keyed_id};
use super::{Inner, groups};
use crate::policy::{Permission, Target};
use crate::{ApiError, CreateServer, Created, Flavor, NetworkChoice, Server, validate};

/// Characters of a password; none that looks like another.
const PASSWORD_ALPHABET: &[u8] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const PASSWORD_LENGTH: usize = 16;

/// Everything that one accepted request writes.
struct Accepted {
    reservation_id: String,
    project: String,
    /// The server group that the servers join.
    group: Option<InstanceGroup>,
    /// The least servers that will do.
    min: usize,
    /// As many as will do.
    servers: Vec<Prepared>,
    limits: Limits,
    share: Share,
    args: BootArgs,
    operation: NewOperation,
    admin_password: Option<SecretString>,
}

/// What the servers of a request are made of.
struct Wanted<'a> {
    flavor: &'a objects::Flavor,
    image: &'a ImageInfo,
    group: Option<InstanceGroup>,
}

/// What the transaction wrote.
struct Written {
    /// How many of the servers.
    servers: usize,
    at: Option<Timestamp>,
}

/// Why the transaction was undone.
#[derive(Debug, thiserror::Error)]
enum WriteError {
    #[error(transparent)]
    Over(#[from] OverQuota),
    #[error(transparent)]
    Action(#[from] ActionError),
}

impl From<DbError> for WriteError {
    fn from(error: DbError) -> Self {
        Self::Action(error.into())
    }
}

impl Inner {
    pub(super) async fn create_servers(
        &self,
        cx: &RequestContext,
        request: &CreateServer,
    ) -> Result<Created, ApiError> {
        let project = self.project_to_create_in(cx, request).await?;
        validate::create_server(request, self.max_servers, &self.zones)?;
        let unkeyed = nova_core::mutant!("compute-api: a request is a new one each time")
            .then(|| CreateServer { key: None, ..request.clone() });
        let request = unkeyed.as_ref().unwrap_or(request);
        if let Some(created) = self.repeated(cx, request.key).await? {
            return Ok(created);
        }
        let flavor = self.flavor_to_boot(cx, &request.flavor).await?;
        let image = self.image_to_boot(cx, request.image).await?;
        validate::fits(&image, &Flavor::of(&flavor))?;
        if flavor.root_gb.value() == Some(&0) {
            self.enforce(cx, Permission::CreateWithoutDisk, &Target::own(cx)).await?;
        }
        let group = self.group_to_join(cx, &project, request).await?;
        let limits = self.quota.limits(cx, &project).await?;
        let wanted = Wanted { flavor: &flavor, image: &image, group };
        let accepted = Arc::new(self.accept(cx, &project, request, limits, wanted)?);
        let written = match self.write(cx, &accepted).await {
            Ok(written) => written,
            // The same key came twice at once, or the answer of the commit was lost: what is there says which.
            Err(error) => match (self.repeated(cx, Some(accepted.operation.id)).await?, error) {
                (Some(created), _) => return Ok(created),
                (None, WriteError::Over(over)) => return Err(ApiError::OverQuota(over)),
                (None, WriteError::Action(error)) => return Err(refused(error.into())),
            },
        };
        self.hint(cx, &Queue::any(CONDUCTOR)).await;
        accepted.created(&written)
    }

    /// The caller's project, if servers may be created in it. Who acts in none, not even an administrator creates any.
    async fn project_to_create_in(
        &self,
        cx: &RequestContext,
        request: &CreateServer,
    ) -> Result<String, ApiError> {
        let (target, create) = (Target::own(cx), Permission::CreateServers);
        self.enforce(cx, create, &target).await?;
        if matches!(request.networks, NetworkChoice::Only(_)) {
            self.enforce(cx, Permission::ChooseNetworks, &target).await?;
        }
        target.project.ok_or_else(|| ApiError::Forbidden { rule: create.name().to_owned() })
    }

    /// What became of an earlier request with that key.
    async fn repeated(
        &self,
        cx: &RequestContext,
        key: Option<OperationId>,
    ) -> Result<Option<Created>, ApiError> {
        let Some(key) = key else { return Ok(None) };
        let Some(record) = DbOperationStore::new(self.db.api()).get(cx, key).await? else { return Ok(None) };
        let Some(args) = boot_of(cx, &record) else { return Err(ApiError::invalid("key", "is in use")) };
        let mut servers = Vec::with_capacity(args.instances.len());
        for id in args.instances {
            match self.server(cx, id).await {
                Ok(server) => servers.push(server),
                Err(error) if error.is_not_found() => {}
                Err(error) => return Err(error),
            }
        }
        self.hint(cx, &record.queue).await;
        Ok(Some(Created { reservation_id: record.target, servers, admin_password: None }))
    }

    async fn flavor_to_boot(&self, cx: &RequestContext, id: &str) -> Result<objects::Flavor, ApiError> {
        let flavor = self.find_flavor(cx, id).await?;
        let flavor = flavor.ok_or_else(|| ApiError::invalid("flavor", format!("{id} could not be found")))?;
        match flavor.disabled.value() {
            Some(true) => Err(ApiError::invalid("flavor", format!("{id} is disabled"))),
            _ => Ok(flavor),
        }
    }

    pub(super) async fn image_to_boot(&self, cx: &RequestContext, id: Uuid) -> Result<ImageInfo, ApiError> {
        self.images.show(cx, id).await.map_err(|fault| match fault.is::<ImageNotFound>() {
            true => ApiError::invalid("image", format!("{id} could not be found")),
            false => ApiError::Failed(fault),
        })
    }

    /// The records and the operation of the request.
    fn accept(
        &self,
        cx: &RequestContext,
        project: &str,
        request: &CreateServer,
        limits: Limits,
        wanted: Wanted<'_>,
    ) -> Result<Accepted, ApiError> {
        let Wanted { flavor, image, group } = wanted;
        let reservation_id = reservation_id(&self.env);
        let (id, joined) = (&reservation_id, group.as_ref());
        let order = Order { cx, request, project, flavor, image, group: joined, reservation_id: id };
        let ids: Vec<_> = (0..request.max_count).map(|index| self.id_of(request.key, index)).collect();
        let servers = (0..).zip(&ids).map(|(index, id)| order.prepare(*id, index)).collect();
        let args = BootArgs {
            instances: ids,
            networks: match &request.networks {
                NetworkChoice::Only(networks) => networks.clone(),
                NetworkChoice::Any | NetworkChoice::None => Vec::new(),
            },
            no_network: request.networks == NetworkChoice::None,
        };
        let operation = NewOperation::of::<Boot>(&self.env, cx, &reservation_id, &args)?;
        let operation = match request.key {
            Some(key) => operation.with_id(key),
            None => operation,
        };
        let (operation, admin_password) = self.seal(operation, request.admin_password.as_ref())?;
        let (project, share) = (project.to_owned(), share_of(flavor));
        let min = usize::try_from(request.min_count).unwrap_or(usize::MAX);
        Ok(Accepted {
            reservation_id,
            project,
            group,
            min,
            servers,
            limits,
            share,
            args,
            operation,
            admin_password,
        })
    }

    fn id_of(&self, key: Option<OperationId>, index: u32) -> Uuid {
        key.map_or_else(|| self.env.new_id(), |key| keyed_id(key, index))
    }

    /// The operation with the administrator's password in it: the one given, or a new one.
    fn seal(
        &self,
        operation: NewOperation,
        given: Option<&SecretString>,
    ) -> Result<(NewOperation, Option<SecretString>), ApiError> {
        let Some(key) = &self.key else {
            return match given {
                None => Ok((operation, None)),
                Some(_) => Err(ApiError::invalid("admin_password", "cannot be kept: no key is configured")),
            };
        };
        let password = given.cloned().unwrap_or_else(|| new_password(&self.env));
        let secrets = BootSecrets { admin_password: Some(password.expose_secret().to_owned()) };
        Ok((operation.seal(&self.env, key, &secrets)?, Some(password)))
    }

    /// All of it, in one transaction.
    async fn write(&self, cx: &RequestContext, accepted: &Arc<Accepted>) -> Result<Written, WriteError> {
        let work = (cx.clone(), Arc::clone(accepted));
        let written = self.db.api().write(move |tx| {
            let (cx, accepted) = work.clone();
            async move { accepted.write(&tx, &cx).await }
        });
        written.await
    }
}

impl Accepted {
    async fn write(&self, tx: &Tx, cx: &RequestContext) -> Result<Written, WriteError> {
        let servers = self.room(tx).await?;
        let (mut at, mut taken) = (None, Vec::with_capacity(servers));
        for server in &self.servers[..servers] {
            let Prepared { mut build_request, mut request_spec, mut mapping } = server.clone();
            build_request::create_in(tx, cx, &mut build_request).await?;
            request_spec::create_in(tx, cx, &mut request_spec).await?;
            instance_mapping::create_in(tx, cx, &mut mapping).await?;
            at = mapping.created_at.present().copied();
            taken.extend(mapping.instance_uuid.value().map(ToString::to_string));
        }
        if let Some(group) = &self.group {
            groups::join(tx, cx, group, &taken, &self.limits).await??;
        }
        quota::take(tx, &self.project, self.share, &taken).await.map_err(DbError::from)?;
        operations::submit(tx, self.operation_for(servers)?).await?;
        Ok(Written { servers, at })
    }

    /// For how many of the servers the project has room.
    async fn room(&self, tx: &Tx) -> Result<usize, WriteError> {
        tx.read_committed().await.map_err(DbError::from)?;
        let (min, max) = (self.min as u64, self.servers.len() as u64);
        let room = quota::room_for(tx, &self.project, &self.limits, self.share, min, max).await;
        let servers = room.map_err(DbError::from)??;
        Ok(usize::try_from(servers).unwrap_or(usize::MAX).min(self.servers.len()))
    }

    /// The operation for the first so many servers.
    fn operation_for(&self, servers: usize) -> Result<NewOperation, ActionError> {
        let mut operation = self.operation.clone();
        if servers < self.args.instances.len() {
            let args = BootArgs { instances: self.args.instances[..servers].to_vec(), ..self.args.clone() };
            operation.args = serde_json::to_value(args)
                .map_err(|error| ActionError::from(Fault::internal("writing an operation", &error)))?;
        }
        Ok(operation)
    }

    fn created(&self, written: &Written) -> Result<Created, ApiError> {
        let instances = self.servers[..written.servers].iter().map(|server| {
            let instance = server.build_request.instance.get().map_err(Fault::from)?;
            Server::of(instance).map(|server| server.accepted(written.at))
        });
        Ok(Created {
            reservation_id: self.reservation_id.clone(),
            servers: instances.collect::<Result<_, _>>()?,
            admin_password: self.admin_password.clone(),
        })
    }
}

/// What the request is told when nothing was written.
fn refused(fault: Fault) -> ApiError {
    match fault.downcast::<InstanceGroupNotFound>() {
        Some(InstanceGroupNotFound { group_uuid }) => groups::no_group_to_join(group_uuid),
        None => ApiError::Failed(fault),
    }
}

/// What a server of this size takes of its project's quota.
fn share_of(flavor: &objects::Flavor) -> Share {
    let amount = |value: Option<&i64>| value.and_then(|value| u64::try_from(*value).ok()).unwrap_or(0);
    Share { cores: amount(flavor.vcpus.value()), ram_mb: amount(flavor.memory_mb.value()) }
}

/// The arguments of an operation that is a boot of the caller's own project.
fn boot_of(cx: &RequestContext, record: &OperationRecord) -> Option<BootArgs> {
    use nova_core::operation::Operation;
    let own = record.kind == Boot::KIND && record.project_id.as_deref() == cx.project_id();
    own.then(|| serde_json::from_value(record.args.clone()).ok())?
}

fn reservation_id(env: &Env) -> String {
    std::iter::once("r-".to_owned())
        .chain((0..8).map(|_| pick(env, b"0123456789abcdefghijklmnopqrstuvwxyz")))
        .collect()
}

fn new_password(env: &Env) -> SecretString {
    (0..PASSWORD_LENGTH).map(|_| pick(env, PASSWORD_ALPHABET)).collect::<String>().into()
}

fn pick(env: &Env, alphabet: &[u8]) -> String {
    let index = usize::try_from(env.random_below(alphabet.len() as u64)).unwrap_or(0);
    char::from(alphabet[index]).to_string()
}

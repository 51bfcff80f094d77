//! Accepting a rebuild.

use nova_core::operation::{NewOperation, Queue};
use nova_core::{Fault, RequestContext};
use nova_neighbours::image::ImageInfo;
use nova_objects_catalog::exception::is_update_conflict;
use nova_objects_catalog::{Expected, Instance, TaskState, VmState};
use nova_objects_db::actions::{instance, instance_action};
use nova_objects_db::{ActionError, Tx, generations, operations};
use nova_rpcapi::operations::{
    CHECK, COMPUTE, CONDUCTOR, ImageChange, ImageFacts, REBUILD_ACTION, REBUILD_VM_STATES, Rebuild,
    RebuildArgs, TEAR_DOWN,
};
use uuid::Uuid;

use super::Inner;
use super::act::{Undone, live};
use super::guard::Guard;
use super::image;
use crate::policy::Permission;
use crate::{ApiError, Flavor, RebuildServer, Server, validate};

const GUARD: Guard = Guard { action: REBUILD_ACTION, vm_states: REBUILD_VM_STATES, task_states: &[None] };

/// Authorities over the machine that a rebuild needs: for the old one and for the new one.
const GENERATIONS: u32 = 2;

impl Inner {
    pub(super) async fn rebuild_server(
        &self,
        cx: &RequestContext,
        id: Uuid,
        request: &RebuildServer,
    ) -> Result<Server, ApiError> {
        validate::rebuild_server(request)?;
        self.in_a_cell(cx, id, Permission::RebuildServer, GUARD).await?;
        let image = self.image_to_boot(cx, request.image).await?;
        let args = RebuildArgs {
            instance: id,
            host: String::new(),
            node: String::new(),
            stopped: false,
            vm_state: String::new(),
            change: None,
            generation: 0,
        };
        let operation = NewOperation::of::<Rebuild>(&self.env, cx, id.to_string(), &args)?;
        let work = (cx.clone(), request.clone(), image, args, operation);
        let accepted = self.db.cell1().write(move |tx| {
            let (cx, request, image, args, operation) = work.clone();
            async move { accept(&tx, &cx, &request, &image, args, operation).await }
        });
        let queue = accepted.await?;
        self.hint(cx, &queue).await;
        self.server(cx, id).await
    }
}

/// What the record says from now on, the action, the authorities and the operation, in one transaction. Says whose the
/// first step is.
async fn accept(
    tx: &Tx,
    cx: &RequestContext,
    request: &RebuildServer,
    image: &ImageInfo,
    mut args: RebuildArgs,
    operation: NewOperation,
) -> Result<Queue, Undone> {
    let (id, uuid) = (args.instance, args.instance.to_string());
    args.host = GUARD.check(cx, id, &live(tx, id).await?).map_err(Undone::Refused)?;
    let mut found =
        instance::get_in(tx, &cx.elevated(), &uuid, &["flavor", "metadata", "system_metadata"]).await?;
    let flavor = found.flavor.get().map_err(Fault::from).map_err(ActionError::from)?.clone();
    validate::fits(image, &Flavor::of(&flavor)).map_err(Undone::Refused)?;
    args.node = found.node.present().cloned().unwrap_or_default();
    args.vm_state = found.vm_state.present().cloned().unwrap_or_default();
    args.stopped = args.vm_state == VmState::Stopped.as_str();
    let former = ImageFacts::of(&found);
    if former.image_ref != image.id.to_string() {
        args.change = Some(ImageChange { image: image::meta(image), former });
    }
    change(&mut found, request, image);
    let (vm_states, tasks) = (Expected::vm(REBUILD_VM_STATES.iter().copied()), Expected::none());
    match instance::save_in(tx, &cx.elevated(), &mut found, Some(&vm_states), Some(&tasks)).await {
        Ok(()) => {}
        Err(ActionError::Fault(fault)) if is_update_conflict(&fault) => return Err(too_quick(id)),
        Err(error) => return Err(error.into()),
    }
    instance_action::action_start_in(tx, cx, &uuid, REBUILD_ACTION).await?;
    args.generation = generations::take_in(tx, &uuid, &args.host, GENERATIONS).await?;
    let (step, queue) = match args.change {
        Some(_) => (CHECK, Queue::any(CONDUCTOR)),
        None => (TEAR_DOWN, Queue::on(COMPUTE, &*args.host)),
    };
    let operation = operation.with_args::<Rebuild>(&args).map_err(Fault::from).map_err(ActionError::from)?;
    operations::submit(tx, operation.starting_at(step, queue.clone())).await?;
    Ok(queue)
}

/// What the record says as soon as the rebuild is accepted.
fn change(instance: &mut Instance, request: &RebuildServer, image: &ImageInfo) {
    let root_gb = instance.root_gb.present().copied().unwrap_or(0);
    image::facts(image, u64::try_from(root_gb).unwrap_or(0)).apply(instance);
    instance.task_state.set(TaskState::Rebuilding);
    instance.progress.set(0);
    if let Some(name) = &request.name {
        instance.display_name.set(name.clone());
    }
    if let Some(metadata) = &request.metadata {
        instance.metadata.set(metadata.clone());
    }
    if let Some(address) = request.access_ip_v4 {
        instance.access_ip_v4.set(Some(address));
    }
    if let Some(address) = request.access_ip_v6 {
        instance.access_ip_v6.set(Some(address));
    }
}

/// Another request changed the record between our look and our change.
fn too_quick(id: Uuid) -> Undone {
    let reason = "changes too quickly; try again".to_owned();
    Undone::Refused(ApiError::Conflict { kind: crate::Kind::Server, id: id.to_string(), reason })
}

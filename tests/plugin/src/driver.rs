//! Machines on a shelf: a driver.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use futures_util::{StreamExt, stream};
use nova_objects::async_trait;
use nova_virt::host::{CpuInfo, GuestKind};
use nova_virt::{
    Call, Disks, Driver, DriverError, EventStream, Generation, HostResources, Inventory, MachineInfo,
    MachineSpec, Order, PowerOff, PowerState, Reboot, ResourceClass, Start, Usage,
};
use uuid::Uuid;

/// Drives a shelf. The shelf is the memory: clones see the same one.
#[derive(Clone, Default)]
pub struct ShelfDriver(Arc<Mutex<Shelf>>);

#[derive(Default)]
struct Shelf {
    machines: BTreeMap<Uuid, (MachineInfo, Usage)>,
    generations: BTreeMap<Uuid, Generation>,
}

type Done = Result<(), DriverError>;

impl ShelfDriver {
    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.0.lock().expect("no call panics")
    }

    /// First the fence, then the change.
    fn change(&self, call: Call, order: &Order, uuid: Uuid, change: impl FnOnce(&mut Shelf) -> Done) -> Done {
        let mut shelf = self.shelf();
        let held = shelf.generations.entry(uuid).or_insert(order.generation);
        if order.generation < *held {
            return Err(DriverError::Fenced { call, uuid, offered: order.generation, held: *held });
        }
        *held = order.generation;
        shelf.machine(uuid).into_iter().for_each(|machine| machine.generation = Some(order.generation));
        change(&mut shelf)
    }

    fn turn(&self, call: Call, order: &Order, uuid: Uuid, to: PowerState) -> Done {
        self.change(call, order, uuid, |shelf| shelf.machine(uuid).map(|machine| machine.state = to))
    }
}

impl Shelf {
    fn machine(&mut self, uuid: Uuid) -> Result<&mut MachineInfo, DriverError> {
        self.machines.get_mut(&uuid).map(|(info, _)| info).ok_or(DriverError::NotFound { uuid })
    }
}

#[async_trait]
impl Driver for ShelfDriver {
    async fn init_host(&self, _: &str) -> Done {
        Ok(())
    }

    async fn nodes(&self) -> Result<Vec<String>, DriverError> {
        Ok(vec!["shelf".to_owned()])
    }

    async fn resources(&self, node: &str) -> Result<HostResources, DriverError> {
        let (shelf, text) = (self.shelf(), str::to_owned);
        Ok(HostResources {
            node: text(node),
            uuid: None,
            hypervisor_type: text("shelf"),
            hypervisor_version: 1,
            host_ip: None,
            cpu: CpuInfo { arch: text("x86_64"), ..CpuInfo::default() },
            guests: vec![GuestKind { arch: text("x86_64"), hypervisor: text("shelf"), vm_mode: text("hvm") }],
            inventories: BTreeMap::from([
                (ResourceClass::VCPU, Inventory::new(8, 0)),
                (ResourceClass::MEMORY_MB, Inventory::new(16384, 512)),
                (ResourceClass::DISK_GB, Inventory::new(100, 0)),
            ]),
            traits: Default::default(),
            used: shelf.machines.values().map(|(_, usage)| *usage).sum(),
            running: shelf.machines.values().filter(|(info, _)| info.state == PowerState::Running).count()
                as u32,
            disk_available_least: None,
        })
    }

    async fn machines(&self) -> Result<Vec<MachineInfo>, DriverError> {
        Ok(self.shelf().machines.values().map(|(info, _)| info.clone()).collect())
    }

    async fn info(&self, uuid: Uuid) -> Result<MachineInfo, DriverError> {
        self.shelf().machine(uuid).cloned()
    }

    async fn leftovers(&self) -> Result<Vec<Uuid>, DriverError> {
        Ok(Vec::new())
    }

    async fn spawn(&self, order: &Order, spec: &MachineSpec) -> Done {
        let (name, node) = (spec.name.clone(), spec.node.clone());
        let state = if spec.start == Start::Running { PowerState::Running } else { PowerState::Shutdown };
        let generation = Some(order.generation);
        let made = MachineInfo { uuid: spec.uuid, name, node, state, generation };
        self.change(Call::Spawn, order, spec.uuid, |shelf| {
            shelf.machines.entry(spec.uuid).or_insert((made, spec.usage()));
            Ok(())
        })
    }

    async fn destroy(&self, order: &Order, uuid: Uuid, _: Disks) -> Done {
        self.change(Call::Destroy, order, uuid, |shelf| {
            shelf.machines.remove(&uuid);
            Ok(())
        })
    }

    async fn power_on(&self, order: &Order, uuid: Uuid) -> Done {
        self.turn(Call::PowerOn, order, uuid, PowerState::Running)
    }

    async fn power_off(&self, order: &Order, uuid: Uuid, _: PowerOff) -> Done {
        self.turn(Call::PowerOff, order, uuid, PowerState::Shutdown)
    }

    async fn reboot(&self, order: &Order, uuid: Uuid, how: Reboot) -> Done {
        let state = self.shelf().machine(uuid)?.state;
        if how == Reboot::Soft && state != PowerState::Running {
            return Err(DriverError::InvalidState { call: Call::Reboot, uuid, state });
        }
        self.turn(Call::Reboot, order, uuid, PowerState::Running) // twice is as good as once
    }

    fn events(&self) -> EventStream {
        stream::pending().boxed() // nothing happens to these machines unasked
    }
}

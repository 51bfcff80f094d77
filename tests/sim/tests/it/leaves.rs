//! A run leaves nothing behind.

use std::sync::Arc;

use nova_core::BoxError;
use nova_core::group::MemoryGroup;
use nova_core::service::{ManagedService, Manager};
use nova_rpc::transport::memory::MemoryBus;
use nova_sim::Fleet;

struct Nobody;
impl Manager for Nobody {}

#[test]
fn what_services_watchers_and_the_bus_hold_of_each_other_is_gone_after_the_run() {
    let witness = Arc::new(());
    let run = nova_sim::run(1, async |sim| {
        let (bus, fleet) = (MemoryBus::new(&sim.env("bus")), Fleet::new(&sim));
        let (held, of_service) = (bus.clone(), Arc::clone(&witness));
        fleet.add("nobody", move |env| {
            let _holds = (&held, &of_service);
            let service = ManagedService::builder(&env, "nobody", "host-1", Arc::new(Nobody));
            let service = service.service_group(Arc::new(MemoryGroup::new(&env))).build();
            async { Ok::<_, BoxError>(service?) }
        });
        let (watched, of_bus) = (fleet.clone(), Arc::clone(&witness));
        bus.inspect(move |_, _| drop((watched.names(), Arc::clone(&of_bus))));
        let (gate, of_gate) = (sim.gate(), Arc::clone(&witness));
        sim.gate().after_each(move || drop((gate.passed(), Arc::clone(&of_gate))));
        fleet.start_all();
    });
    assert!(run.panics.is_empty());
    assert_eq!(Arc::strong_count(&witness), 1);
}

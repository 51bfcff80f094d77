//! What the tests of the fake driver begin with.

use nova_core::Env;
use nova_virt::fake::{FakeConfig, FakeDriver, Store};
use nova_virt::{Generation, MachineSpec, Order};

pub(crate) const NODE: &str = "node-1";

pub(crate) fn env() -> Env {
    Env::builder().seed(11).build()
}

pub(crate) fn driver(env: &Env, store: &Store) -> FakeDriver {
    FakeDriver::new(env, FakeConfig::new(NODE), store.clone())
}

pub(crate) fn order(env: &Env, step: &str) -> Order {
    Order::new(env.new_id(), step, Generation::FIRST)
}

pub(crate) fn spec(env: &Env) -> MachineSpec {
    MachineSpec::smallest(env.new_id(), NODE)
}

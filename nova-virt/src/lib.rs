//! The hypervisor driver port, plain machine specifications, and the fake driver

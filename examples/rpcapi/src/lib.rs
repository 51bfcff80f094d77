//! What Nova's services say to each other.
//!
//! * [`contract`]: RPC interfaces under Nova's topics, names and versions, and our own beside them.
//! * [`group`]: what the server group of a request asks of placement.
//! * [`notification`]: what is told to the world about instances.
//! * [`operations`]: the durable operations that services carry out together.
//! * [`recorder`]: the one transaction at the beginning and the end of a step's work on a host.
//! * [`recovery`]: instances that say they are busy while no operation is about them.
//! * [`remote`]: operations, recording and recovery through a conductor, for services that hold no database.

pub mod contract;
pub mod group;
pub mod notification;
pub mod operations;
pub mod recorder;
pub mod recovery;
pub mod remote;

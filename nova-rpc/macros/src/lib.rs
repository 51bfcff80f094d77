//! The rpc_interface macro of nova-rpc

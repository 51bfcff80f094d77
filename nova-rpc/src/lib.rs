//! Versioned RPC between Nova-style services: contracts, clients, servers, codecs, transports

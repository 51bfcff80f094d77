//! HTTP services, health and metrics for nova-core launchers

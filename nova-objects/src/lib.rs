//! Versioned, remotable objects on the oslo.versionedobjects wire format

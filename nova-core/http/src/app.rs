//! An HTTP application as one type.

use std::convert::Infallible;

use axum::extract::Request;
use axum::response::Response;
use tower::util::BoxCloneSyncService;

/// A whole HTTP application: what filters wrap and what [`HttpService`](crate::HttpService) serves.
///
/// A router with its filters around it, behind one type. Every request gets its own clone.
pub type App = BoxCloneSyncService<Request, Response, Infallible>;

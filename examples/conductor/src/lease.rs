//! Whether a step is still ours.
//!
//! A step is taken over when its lease has run out, while whoever had it may only have been slow and still be at work.
//! What it writes beside the operation's record is refused then ([`check_in`]); what it does elsewhere it asks for
//! first ([`check`]).

use nova_core::operation::{Lease, LeaseLost, OperationStore};
use nova_core::{Fault, RequestContext};
use nova_objects_db::operations::{self, DbOperationStore};
use nova_objects_db::{ActionError, Db, Tx};

/// Fails with [`LeaseLost`] unless `lease` is the current claim; it stays so until the end of the transaction, which is
/// one of the operation's own database.
pub(crate) async fn check_in(tx: &Tx, lease: &Lease) -> Result<(), ActionError> {
    match operations::is_current(tx, lease).await? {
        true => Ok(()),
        false => Err(ActionError::fault(LeaseLost::from(lease))),
    }
}

/// Fails with [`LeaseLost`] if `lease` is no longer the current claim. It may be lost the moment after.
pub(crate) async fn check(db: &Db, cx: &RequestContext, lease: &Lease) -> Result<(), Fault> {
    let found = DbOperationStore::new(db).get(cx, lease.operation).await?;
    match found.and_then(|record| record.lease()) {
        Some(current) if current == *lease => Ok(()),
        _ => Err(LeaseLost::from(lease).into()),
    }
}

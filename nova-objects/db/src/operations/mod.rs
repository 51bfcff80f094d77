//! Durable operations in a database: the adapter of [`nova_core::operation::OperationStore`].
//!
//! The intent and its operation belong into one transaction: write the records and call [`submit`] with the same
//! [`Tx`](crate::Tx). Leases are judged by the database's clock ([`Tx::now`](crate::Tx::now)), never by a worker's.
//!
//! # Example: an intent and its operation, in one transaction
//! ```no_run
//! use nova_core::operation::NewOperation;
//! use nova_objects_db::{Db, DbError, operations};
//! use sea_orm::ConnectionTrait;
//!
//! async fn order(db: &Db, operation: NewOperation) -> Result<(), DbError> {
//!     db.write(move |tx| {
//!         let operation = operation.clone();
//!         async move {
//!             tx.execute_unprepared("UPDATE widgets SET state = 'ordered' WHERE name = 'w1'").await?;
//!             operations::submit(&tx, operation).await?;
//!             Ok(())
//!         }
//!     })
//!     .await
//! }
//! ```

mod admin;
mod open;
mod row;
mod store;
mod submit;

use crate::migrate::MigrationSet;
use crate::schema::CreateTables;
use crate::schema::table::{Kind, Table};

pub use self::admin::AdminError;
pub(crate) use self::open::open_targets;
pub use self::open::{is_next_in, is_open_about_in};
pub use self::store::{DbOperationStore, finish_in, is_current};
pub use self::submit::{call_off, submit};

/// Our own tables, beside Nova's in each of its databases, or in any other: operations and fencing generations.
pub fn migrations() -> MigrationSet {
    MigrationSet::new("nova-operations").migration(CreateTables { name: "m0001_operations", tables })
}

pub(crate) fn tables() -> Vec<Table> {
    vec![operations(), instance_generations()]
}

fn operations() -> Table {
    Table::bare("operations")
        .required("id", Kind::Str(36))
        .required("kind", Kind::Str(255))
        .required("version", Kind::Int)
        .required("target", Kind::Str(255))
        .column("project_id", Kind::Str(255))
        .required("context", Kind::MediumText)
        .required("args", Kind::MediumText)
        .column("secrets", Kind::MediumText)
        .required("state", Kind::MediumText)
        .required("status", Kind::Str(16))
        .required("step", Kind::Str(255))
        .required("ordinal", Kind::Int)
        .required("topic", Kind::Str(255))
        .column("host", Kind::Str(255))
        .required("attempt", Kind::Int)
        .column("not_before", Kind::BigInt)
        .column("owner", Kind::Str(255))
        .column("lease_until", Kind::BigInt)
        .column("fault", Kind::MediumText)
        .required("passed", Kind::MediumText)
        .required("created_at", Kind::BigInt)
        .required("updated_at", Kind::BigInt)
        .primary_key(&["id"])
        .index("operations_status_topic_idx", &["status", "topic"])
        .index("operations_target_idx", &["target"])
}

fn instance_generations() -> Table {
    Table::bare("instance_generations")
        .required("instance_uuid", Kind::Str(36))
        .required("host", Kind::Str(191))
        .required("generation", Kind::BigInt)
        .required("updated_at", Kind::BigInt)
        .primary_key(&["instance_uuid", "host"])
}

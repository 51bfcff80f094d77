//! An open database engine for versioned objects, with Nova's schema and the store of durable operations.
//!
//! The engine is for anyone: [`Db`] runs closures as transactions on SQLite, PostgreSQL or MySQL; a [`MigrationSet`]
//! makes and changes tables; a [`CompareAndSwap`] changes a row if it still is what it was. Nova's own tables are
//! one user of it ([`NovaDb`], [`schema`], [`entity`], [`actions`]), durable operations another ([`operations`]), and a
//! crate of yours the next.
//!
//! # Transactions
//! A transaction is a closure that does nothing but use its [`Tx`]. It runs to its end in a task of its own, even
//! if the caller goes away; it is run *again* after a deadlock, a serialization failure, a busy file or a lost
//! connection ([`RetryPolicy`]). A commit whose outcome nobody knows is an error of its own,
//! [`DbError::OutcomeUnknown`], and never repeated.
//!
//! | | isolation of [`Db::write`] | of [`Db::read`] |
//! |---|---|---|
//! | SQLite (WAL) | serial: one writer at a time (`BEGIN IMMEDIATE`), over all processes | a snapshot |
//! | PostgreSQL | `REPEATABLE READ`: a snapshot; who changes a row that changed since is run again | a snapshot |
//! | MySQL | `REPEATABLE READ`: reads see a snapshot, updates see the newest | a snapshot |
//!
//! So what you read and then overwrite is safe from lost updates on SQLite and PostgreSQL, and nowhere safe from
//! *write skew* but on SQLite: two transactions that each read what the other changes. State expectations in the
//! update itself ([`CompareAndSwap`]), and rules across rows as unique keys.
//!
//! # Example: a table of your own
//! ```
//! use nova_core::Env;
//! use nova_objects_db::migrate::MigrationSet;
//! use nova_objects_db::{CompareAndSwap, Db, DbError, SwapError};
//! use sea_orm::entity::prelude::*;
//! use sea_orm::ActiveValue::Set;
//! use sea_orm_migration::prelude::{ColumnDef, MigrationName, MigrationTrait, SchemaManager, Table};
//!
//! mod widget {
//!     use sea_orm::entity::prelude::*;
//!
//!     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
//!     #[sea_orm(table_name = "widgets")]
//!     pub struct Model {
//!         #[sea_orm(primary_key, auto_increment = false)]
//!         pub name: String,
//!         pub owner: Option<String>,
//!     }
//!     #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
//!     pub enum Relation {}
//!     impl ActiveModelBehavior for ActiveModel {}
//! }
//!
//! struct CreateWidgets;
//! impl MigrationName for CreateWidgets {
//!     fn name(&self) -> &str {
//!         "m0001_create_widgets"
//!     }
//! }
//! #[async_trait::async_trait]
//! impl MigrationTrait for CreateWidgets {
//!     async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
//!         let table = Table::create()
//!             .table("widgets")
//!             .col(ColumnDef::new("name").string_len(255).not_null().primary_key())
//!             .col(ColumnDef::new("owner").string_len(255))
//!             .to_owned();
//!         manager.create_table(table).await
//!     }
//! }
//!
//! /// What your crate offers: your words, this engine.
//! #[derive(Clone)]
//! pub struct Shelf(Db);
//!
//! impl Shelf {
//!     pub async fn open(env: &Env, url: &str) -> Result<Self, nova_core::BoxError> {
//!         let db = Db::connect(env, url).await?;
//!         db.migrate(&MigrationSet::new("shelf").migration(CreateWidgets)).await?;
//!         Ok(Self(db))
//!     }
//!
//!     pub async fn add(&self, name: &str) -> Result<(), DbError> {
//!         let name = name.to_owned();
//!         self.0
//!             .write(move |tx| {
//!                 let widget = widget::ActiveModel { name: Set(name.clone()), owner: Set(None) };
//!                 async move { Ok(widget.insert(&tx).await.map(drop)?) }
//!             })
//!             .await
//!     }
//!
//!     /// Gives the widget to `owner` if nobody has it.
//!     pub async fn take(&self, name: &str, owner: &str) -> Result<(), SwapError<widget::Entity>> {
//!         let (name, owner) = (name.to_owned(), owner.to_owned());
//!         self.0
//!             .write(move |tx| {
//!                 let swap = CompareAndSwap::of(widget::Column::Name, name.clone())
//!                     .expect(widget::Column::Owner, None::<String>)
//!                     .set(widget::Column::Owner, owner.clone());
//!                 async move { swap.run(&tx).await }
//!             })
//!             .await
//!     }
//! }
//!
//! # tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(async {
//! # let directory = tempfile::tempdir()?;
//! # let url = format!("sqlite://{}/shelf.db", directory.path().display());
//! let shelf = Shelf::open(&Env::system(), &url).await?;
//! shelf.add("w1").await?;
//! assert!(shelf.add("w1").await.unwrap_err().is_duplicate());
//! shelf.take("w1", "ann").await?;
//! let SwapError::Conflict { current } = shelf.take("w1", "bob").await.unwrap_err() else { panic!() };
//! assert_eq!(current.unwrap().owner.as_deref(), Some("ann"));
//! # Ok::<(), nova_core::BoxError>(())
//! # }).unwrap();
//! ```
//!
//! # Features
//! `sqlite` (default), `postgres`, `mysql` compile an engine in; a URL whose engine is not there is refused with the
//! name of its feature. `tls` adds TLS to servers (rustls with ring). `testing` adds the module of that name: a
//! database of its own for every test.
//!
//! # What it does not do
//! No in-memory SQLite (a temporary file does the same, for several connections), no nested transactions, no
//! streaming of results, no more cells than cell0 and one.

pub mod actions;
mod cas;
mod connect;
mod db;
mod engine;
#[allow(missing_docs, reason = "columns have Nova's names and mean what the catalogue's fields say")]
pub mod entity;
mod error;
mod gate;
pub mod migrate;
mod nova;
mod object_table;
pub mod operations;
mod options;
pub mod quota;
mod retry;
pub mod schema;
mod stats;
#[cfg(feature = "testing")]
pub mod testing;
pub mod time;
mod tx;

pub use self::cas::{CompareAndSwap, SwapError};
pub use self::db::Db;
pub use self::engine::Engine;
pub use self::error::{ActionError, ConnectError, DbError};
pub use self::gate::{DbGate, InPlace};
pub use self::migrate::MigrationSet;
pub use self::nova::{NovaDb, NovaUrls};
pub use self::object_table::ObjectTable;
pub use self::options::{DbOptions, Durability};
pub use self::retry::{RetryPolicy, Transient, classify};
pub use self::stats::DbStats;
pub use self::tx::Tx;

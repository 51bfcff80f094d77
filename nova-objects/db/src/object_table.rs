//! Objects by key: the table for whoever has an object to keep and no use for columns.

use std::borrow::Borrow;
use std::marker::PhantomData;

use async_trait::async_trait;
use nova_core::Fault;
use nova_objects::VersionedObject;
use sea_orm::sea_query::{
    Alias, ColumnDef, Condition, Expr, ExprTrait, IntoIden, OnConflict, Order, Query, Table,
};
use sea_orm::{ConnectionTrait, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::db::Db;
use crate::error::ActionError;
use crate::migrate::MigrationSet;
use crate::tx::Tx;

/// Objects of one type by key, each in its primitive form as JSON, in a table of their own.
///
/// What a first version of a service needs to persist its objects: no entity, no columns, one line of migration. When
/// you want to search by a field, write an entity.
///
/// A read and a later write in one [`Db::write`](crate::Db::write) are safe from lost updates where write transactions
/// are (SQLite and PostgreSQL).
///
/// # Example
/// ```
/// use nova_core::Env;
/// use nova_objects::{Field, Meta, VersionedObject};
/// use nova_objects_db::{Db, ObjectTable};
///
/// #[derive(VersionedObject, Clone, Debug, PartialEq)]
/// #[object(namespace = "shelf", version = "1.0")]
/// pub struct Widget {
///     pub meta: Meta,
///     pub sold: Field<i64>,
/// }
/// const WIDGETS: ObjectTable<Widget> = ObjectTable::new("widgets");
///
/// # tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(async {
/// # let directory = tempfile::tempdir()?;
/// # let url = format!("sqlite://{}/shelf.db", directory.path().display());
/// let db = Db::connect(&Env::system(), &*url).await?;
/// db.migrate(&WIDGETS.migrations()).await?;
///
/// let sell = |tx| WIDGETS.update(tx, "w1", |widget| widget.sold.update_or(0, |sold| *sold += 1));
/// db.write(sell).await?;
/// assert_eq!(*db.write(sell).await?.sold.get()?, 2);
/// assert_eq!(WIDGETS.find(&db, "w2").await?, None);
/// # Ok::<(), nova_core::BoxError>(())
/// # }).unwrap();
/// ```
#[derive(Debug)]
pub struct ObjectTable<O> {
    name: &'static str,
    object: PhantomData<fn() -> O>,
}

impl<O> Clone for ObjectTable<O> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<O> Copy for ObjectTable<O> {}

impl<O: VersionedObject + Serialize + DeserializeOwned> ObjectTable<O> {
    /// The table of that name: lower-case letters, digits and dashes. (The table itself has underscores for dashes.)
    pub const fn new(name: &'static str) -> Self {
        Self { name, object: PhantomData }
    }

    /// What makes the table.
    ///
    /// # Panics
    /// If the name has other characters than [`new`](Self::new) says.
    pub fn migrations(&self) -> MigrationSet {
        MigrationSet::new(self.name).migration(CreateObjectTable { table: self.table() })
    }

    /// The object under `key` as of now, read outside of any transaction.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    ///
    /// # Cancel safety
    /// Dropping the future drops the query.
    pub async fn find(&self, db: &Db, key: &str) -> Result<Option<O>, ActionError> {
        let (table, key) = (*self, key.to_owned());
        db.query(move |tx| {
            let key = key.clone();
            async move { table.get(&tx, &key).await }
        })
        .await
    }

    /// The object under `key`, without changes.
    ///
    /// # Errors
    /// The database's; an object newer than this code, or a row that holds none.
    pub async fn get(&self, tx: &Tx, key: &str) -> Result<Option<O>, ActionError> {
        let select = Query::select()
            .column(Alias::new("object"))
            .from(self.iden())
            .and_where(Expr::col(Alias::new("id")).eq(key))
            .to_owned();
        match tx.query_one(&select).await? {
            None => Ok(None),
            Some(row) => Ok(Some(self.read(key, &row.try_get::<String>("", "object")?)?)),
        }
    }

    /// Writes the object under `key`, whatever was there, and takes its changes as saved.
    ///
    /// # Errors
    /// The database's; an object that cannot be written as JSON.
    pub async fn put(&self, tx: &Tx, key: &str, object: &mut O) -> Result<(), ActionError> {
        let mut saved = object.clone();
        saved.reset_changes();
        let text = serde_json::to_string(&saved)
            .map_err(|error| Fault::internal(format_args!("writing {key} into {}", self.name), &error))?;
        let upsert = Query::insert()
            .into_table(self.iden())
            .columns([Alias::new("id"), Alias::new("object")])
            .values_panic([key.into(), text.into()])
            .on_conflict(OnConflict::column(Alias::new("id")).update_column(Alias::new("object")).to_owned())
            .to_owned();
        tx.execute(&upsert).await?;
        *object = saved;
        Ok(())
    }

    /// Reads the object under `key`, [empty](VersionedObject::empty) if there is none, lets `change` change it, and
    /// writes it back. Gives what it is now.
    ///
    /// It takes a [`Tx`] that nobody else needs, or a `&Tx`: so it can be the whole of a transaction or a part of it.
    ///
    /// # Errors
    /// As [`get`](Self::get) and [`put`](Self::put).
    pub async fn update(
        self,
        tx: impl Borrow<Tx> + Send,
        key: impl Into<String> + Send,
        change: impl FnOnce(&mut O) + Send,
    ) -> Result<O, ActionError> {
        let (tx, key) = (tx.borrow(), key.into());
        let mut object = self.get(tx, &key).await?.unwrap_or_else(O::empty);
        change(&mut object);
        self.put(tx, &key, &mut object).await?;
        Ok(object)
    }

    /// Removes the object under `key`; says whether there was one.
    ///
    /// # Errors
    /// The database's.
    pub async fn remove(&self, tx: &Tx, key: &str) -> Result<bool, ActionError> {
        let delete =
            Query::delete().from_table(self.iden()).and_where(Expr::col(Alias::new("id")).eq(key)).to_owned();
        Ok(tx.execute(&delete).await?.rows_affected() > 0)
    }

    /// At most `limit` objects in the order of their keys, those after the key `after`.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub async fn list(
        &self,
        tx: &Tx,
        after: Option<&str>,
        limit: u64,
    ) -> Result<Vec<(String, O)>, ActionError> {
        let beyond = after.map(|key| Expr::col(Alias::new("id")).gt(key));
        let select = Query::select()
            .columns([Alias::new("id"), Alias::new("object")])
            .from(self.iden())
            .cond_where(beyond.map_or_else(Condition::all, |beyond| Condition::all().add(beyond)))
            .order_by(Alias::new("id"), Order::Asc)
            .limit(limit)
            .to_owned();
        let rows = tx.query_all(&select).await?;
        let objects = rows.iter().map(|row| {
            let key: String = row.try_get("", "id")?;
            let object = self.read(&key, &row.try_get::<String>("", "object")?)?;
            Ok((key, object))
        });
        objects.collect()
    }

    fn read(&self, key: &str, text: &str) -> Result<O, Fault> {
        serde_json::from_str(text)
            .map_err(|error| Fault::internal(format_args!("reading {key} of {}", self.name), &error))
    }

    fn table(&self) -> String {
        self.name.replace('-', "_")
    }

    fn iden(&self) -> Alias {
        Alias::new(self.table())
    }
}

struct CreateObjectTable {
    table: String,
}

impl MigrationName for CreateObjectTable {
    fn name(&self) -> &str {
        "m0001_objects_by_key"
    }
}

#[async_trait]
impl MigrationTrait for CreateObjectTable {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table(Alias::new(&self.table).into_iden())
            .col(ColumnDef::new(Alias::new("id")).string_len(255).not_null().primary_key())
            .col(ColumnDef::new(Alias::new("object")).text().not_null())
            .to_owned();
        manager.create_table(table).await
    }
}

//! A named list of migrations.

use std::fmt;
use std::sync::Arc;

use sea_orm_migration::MigrationTrait;

/// A named, growing list of migrations for tables that belong together.
///
/// Each set has a version table of its own, so several sets live in one database and know nothing of each other:
/// Nova's tables, the operations, and a user's own. A set only ever grows at its end. A migration that was released
/// is not edited.
///
/// # Example: a set for a table of one's own
/// ```
/// use nova_objects_db::migrate::MigrationSet;
/// use sea_orm_migration::prelude::*;
///
/// struct CreateWidgets;
/// impl MigrationName for CreateWidgets {
///     fn name(&self) -> &str {
///         "m0001_create_widgets"
///     }
/// }
/// #[async_trait::async_trait]
/// impl MigrationTrait for CreateWidgets {
///     async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
///         let table = Table::create()
///             .table("widgets")
///             .col(ColumnDef::new("name").string_len(255).not_null().primary_key())
///             .to_owned();
///         manager.create_table(table).await
///     }
/// }
///
/// let widgets = MigrationSet::new("widgets").migration(CreateWidgets);
/// assert_eq!(widgets.version_table(), "widgets_migrations");
/// ```
#[derive(Clone)]
pub struct MigrationSet {
    name: &'static str,
    pub(super) migrations: Arc<Vec<Box<dyn MigrationTrait>>>,
    pub(super) adoption: Option<Arc<Adoption>>,
}

/// When a schema that somebody else made stands for our migrations.
pub(super) struct Adoption {
    /// The table whose existence says that it was somebody else.
    pub(super) marker: &'static str,
    /// What must be there.
    pub(super) columns: Vec<(&'static str, Vec<&'static str>)>,
}

impl MigrationSet {
    /// An empty set.
    ///
    /// # Panics
    /// If the name is not made of lower-case letters, digits and dashes: it becomes part of a table's name.
    pub fn new(name: &'static str) -> Self {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        assert!(
            !name.is_empty() && name.bytes().all(plain),
            "the name of a migration set is a-z, 0-9 and dashes"
        );
        Self { name, migrations: Arc::default(), adoption: None }
    }

    /// The set with one more migration at its end.
    ///
    /// Migrations run inside one transaction where the engine can (SQLite, PostgreSQL). They must not begin one.
    ///
    /// # Panics
    /// If the set has a migration of this name.
    pub fn migration(mut self, migration: impl MigrationTrait + 'static) -> Self {
        let known = self.names().any(|name| name == migration.name());
        assert!(!known, "the migration {} is in the set already", migration.name());
        let mut migrations =
            Arc::into_inner(self.migrations).expect("invariant: a set is built before it is cloned");
        migrations.push(Box::new(migration));
        self.migrations = Arc::new(migrations);
        self
    }

    /// The set up to the migration `last`: what an earlier release had, for the test of an upgrade.
    ///
    /// # Panics
    /// If the set has no migration of this name.
    pub fn through(mut self, last: &str) -> Self {
        let found = self.names().position(|name| name == last);
        let kept = found.unwrap_or_else(|| panic!("the migration {last} is not in the set")) + 1;
        let mut migrations =
            Arc::into_inner(self.migrations).expect("invariant: a set is built before it is cloned");
        migrations.truncate(kept);
        self.migrations = Arc::new(migrations);
        self
    }

    /// Takes a schema with the table `marker` for one that its owner made and keeps: if all of `columns` are there,
    /// every migration counts as done and nothing is altered, now or later.
    pub(crate) fn adopting(
        mut self,
        marker: &'static str,
        columns: Vec<(&'static str, Vec<&'static str>)>,
    ) -> Self {
        self.adoption = Some(Arc::new(Adoption { marker, columns }));
        self
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The table in which a database notes which migrations it has had.
    pub fn version_table(&self) -> String {
        format!("{}_migrations", self.name.replace('-', "_"))
    }

    /// The names of its migrations, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.migrations.iter().map(|migration| migration.name())
    }
}

impl fmt::Debug for MigrationSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MigrationSet")
            .field("name", &self.name)
            .field("migrations", &self.migrations.len())
            .finish()
    }
}

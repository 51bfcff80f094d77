//! Tables as data, turned into DDL for each engine.

use sea_orm::DbBackend;
use sea_orm_migration::sea_query::{
    Alias, ColumnDef, ForeignKey, Index, IndexCreateStatement, Table as Ddl, TableCreateStatement,
};

/// A table of Nova's or of ours.
#[derive(Clone)]
pub(crate) struct Table {
    pub(crate) name: &'static str,
    pub(crate) columns: Vec<Column>,
    keys: Vec<Key>,
    references: Vec<(&'static str, &'static str, &'static str)>,
    primary: Vec<&'static str>,
    /// On MySQL: Nova's tables have the three-byte kind of UTF-8, ours have all of it.
    charset: &'static str,
}

#[derive(Clone)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    kind: Kind,
    required: bool,
}

#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// The automatic primary key.
    Id,
    Int,
    BigInt,
    Bool,
    Float,
    Str(u32),
    Text,
    MediumText,
    Time,
    /// One of these words; an enumeration on MySQL, a short text elsewhere.
    Choice(&'static [&'static str]),
}

#[derive(Clone)]
struct Key {
    name: &'static str,
    columns: &'static [&'static str],
    unique: bool,
}

impl Table {
    /// A table with Nova's `id`, `created_at` and `updated_at`.
    pub(crate) fn new(name: &'static str) -> Self {
        Self { charset: "utf8", ..Self::bare(name) }
            .column("created_at", Kind::Time)
            .column("updated_at", Kind::Time)
            .column("id", Kind::Id)
    }

    /// A table without columns.
    pub(crate) fn bare(name: &'static str) -> Self {
        Self {
            name,
            columns: Vec::new(),
            keys: Vec::new(),
            references: Vec::new(),
            primary: Vec::new(),
            charset: "utf8mb4",
        }
    }

    /// Nova's `deleted_at` and `deleted`: 0, or the id once the row is deleted.
    pub(crate) fn soft_delete(self) -> Self {
        self.column("deleted_at", Kind::Time).column("deleted", Kind::Int)
    }

    /// A column that may be null.
    pub(crate) fn column(mut self, name: &'static str, kind: Kind) -> Self {
        self.columns.push(Column { name, kind, required: false });
        self
    }

    /// A column that may not be null.
    pub(crate) fn required(mut self, name: &'static str, kind: Kind) -> Self {
        self.columns.push(Column { name, kind, required: true });
        self
    }

    /// Several columns of one kind that may be null.
    pub(crate) fn columns(self, kind: Kind, names: &[&'static str]) -> Self {
        names.iter().fold(self, |table, name| table.column(name, kind))
    }

    pub(crate) fn unique(mut self, name: &'static str, columns: &'static [&'static str]) -> Self {
        self.keys.push(Key { name, columns, unique: true });
        self
    }

    pub(crate) fn index(mut self, name: &'static str, columns: &'static [&'static str]) -> Self {
        self.keys.push(Key { name, columns, unique: false });
        self
    }

    pub(crate) fn primary_key(mut self, columns: &[&'static str]) -> Self {
        self.primary = columns.to_vec();
        self
    }

    /// `column` refers to `other_column` of `table`.
    pub(crate) fn references(
        mut self,
        column: &'static str,
        table: &'static str,
        other_column: &'static str,
    ) -> Self {
        self.references.push((column, table, other_column));
        self
    }

    pub(crate) fn create_table(&self, backend: DbBackend) -> TableCreateStatement {
        let mut table = Ddl::create();
        table.table(Alias::new(self.name));
        for column in &self.columns {
            table.col(column.definition(backend));
        }
        for (column, other, other_column) in &self.references {
            table.foreign_key(
                ForeignKey::create()
                    .from(Alias::new(self.name), Alias::new(*column))
                    .to(Alias::new(*other), Alias::new(*other_column)),
            );
        }
        if !self.primary.is_empty() {
            let mut key = Index::create();
            for column in &self.primary {
                key.col(Alias::new(*column));
            }
            table.primary_key(&mut key);
        }
        if backend == DbBackend::MySql {
            table.engine("InnoDB").character_set(self.charset);
        }
        table
    }

    pub(crate) fn create_indexes(&self) -> impl Iterator<Item = IndexCreateStatement> {
        self.keys.iter().map(|key| {
            let mut index = Index::create();
            index.name(key.name).table(Alias::new(self.name));
            for column in key.columns {
                index.col(Alias::new(*column));
            }
            if key.unique {
                index.unique();
            }
            index
        })
    }
}

impl Column {
    fn definition(&self, backend: DbBackend) -> ColumnDef {
        let mut column = ColumnDef::new(Alias::new(self.name));
        match (self.kind, backend) {
            (Kind::Id, _) => column.integer().primary_key().auto_increment(),
            (Kind::Int, _) => column.integer(),
            (Kind::BigInt, _) => column.big_integer(),
            (Kind::Bool, _) => column.boolean(),
            // What SQLAlchemy's FLOAT is on each engine.
            (Kind::Float, DbBackend::Postgres) => column.double(),
            (Kind::Float, _) => column.float(),
            (Kind::Str(length), _) => column.string_len(length),
            (Kind::MediumText, DbBackend::MySql) => column.custom(Alias::new("MEDIUMTEXT")),
            (Kind::Text | Kind::MediumText, _) => column.text(),
            (Kind::Time, DbBackend::Sqlite) => column.custom(Alias::new("DATETIME")),
            (Kind::Time, _) => column.date_time(),
            (Kind::Choice(words), DbBackend::MySql) => column.custom(Alias::new(enumeration(words))),
            (Kind::Choice(words), _) => column.string_len(longest(words)),
        };
        if self.required || matches!(self.kind, Kind::Id) {
            column.not_null()
        } else {
            column.null()
        };
        column
    }
}

fn enumeration(words: &[&str]) -> String {
    let words: Vec<_> = words.iter().map(|word| format!("'{word}'")).collect();
    format!("ENUM({})", words.join(","))
}

fn longest(words: &[&str]) -> u32 {
    words.iter().map(|word| word.len()).max().and_then(|length| u32::try_from(length).ok()).unwrap_or(255)
}

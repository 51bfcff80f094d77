//! Fields of objects and columns of tables.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use nova_core::fault::ValueError;
use nova_core::{Fault, Timestamp};
use nova_objects::types::{In, JsonText, Out, SensitiveString, Uuid};
use nova_objects::{Field, FieldType, UnknownWord};
use sea_orm::prelude::DateTime;

use crate::time::{from_column, to_column};

/// A field's type that can be kept in a column of type `C`.
pub(crate) trait Stored<C>: Sized {
    /// The value for the column.
    fn store(&self) -> Result<C, Reason>;
    /// The value in the column.
    fn restore(column: C) -> Result<Self, Reason>;
}

/// Why a value does not fit.
pub(crate) type Reason = String;

/// Which fields are written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pick {
    /// Those that were changed.
    Changed,
    /// All that have a value.
    Set,
}

/// Makes `load(&mut object, row)` and `columns(&object, pick) -> ActiveModel` for an object whose fields have columns
/// of the same names. Fields of `read` are only loaded: the store decides them.
macro_rules! columns {
    ($object:ty, $entity:ident, read { $($read:ident),* $(,)? }, write { $($write:ident),* $(,)? }) => {
        /// Loads all fields that have columns.
        pub(crate) fn load(object: &mut $object, row: $entity::Model) -> Result<(), nova_core::Fault> {
            $( $crate::actions::columns::load(&mut object.$read, row.$read, stringify!($read))?; )*
            $( $crate::actions::columns::load(&mut object.$write, row.$write, stringify!($write))?; )*
            Ok(())
        }

        /// The columns of the fields that the caller decides.
        pub(crate) fn columns(
            object: &$object,
            pick: $crate::actions::columns::Pick,
        ) -> Result<$entity::ActiveModel, nova_core::Fault> {
            let mut row = <$entity::ActiveModel as Default>::default();
            $( if let Some(value) = $crate::actions::columns::picked(&object.$write, pick, stringify!($write))? {
                row.$write = sea_orm::ActiveValue::Set(value);
            } )*
            Ok(row)
        }
    };
}
pub(crate) use columns;

/// Loads `field` from `column`.
pub(crate) fn load<T: Stored<C>, C>(field: &mut Field<T>, column: C, name: &str) -> Result<(), Fault> {
    field.load(T::restore(column).map_err(|reason| unfit(name, &reason))?);
    Ok(())
}

/// The column of `field`, if it is to be written.
pub(crate) fn picked<T: Stored<C>, C>(field: &Field<T>, pick: Pick, name: &str) -> Result<Option<C>, Fault> {
    let wanted = pick == Pick::Set || field.is_changed();
    let value = field.value().filter(|_| wanted);
    value.map(T::store).transpose().map_err(|reason| unfit(name, &reason))
}

/// `value` as JSON for a column of text; null has no text.
pub(crate) fn to_json<T: FieldType>(value: &T, name: &str) -> Result<Option<String>, Fault> {
    let mut value = value.clone();
    value.reset_inner();
    let text = serde_json::to_string(&Out(&value)).map_err(|error| unfit(name, &error.to_string()))?;
    Ok((text != "null").then_some(text))
}

/// The value in a column of JSON; no text is null.
pub(crate) fn from_json<T: FieldType>(text: Option<&str>, name: &str) -> Result<T, Fault> {
    let In(value) =
        serde_json::from_str(text.unwrap_or("null")).map_err(|error| unfit(name, &error.to_string()))?;
    Ok(value)
}

/// A value that does not go with its column.
pub(crate) fn unfit(name: &str, reason: &str) -> Fault {
    ValueError { message: format!("{name}: {reason}") }.into()
}

fn null() -> Reason {
    "null in the database".to_owned()
}

/// Types that are the same on both sides.
macro_rules! as_it_is {
    ($($same:ty),*) => { $(
        impl Stored<$same> for $same {
            fn store(&self) -> Result<$same, Reason> {
                Ok(self.clone())
            }
            fn restore(column: $same) -> Result<Self, Reason> {
                Ok(column)
            }
        }
    )* };
}
as_it_is!(String, Option<String>, i64, Option<i64>, Option<f64>);

/// A field that cannot be null, in a column that can.
macro_rules! never_null {
    ($($field:ty => $column:ty),* $(,)?) => { $(
        impl Stored<Option<$column>> for $field {
            fn store(&self) -> Result<Option<$column>, Reason> {
                <$field as Stored<$column>>::store(self).map(Some)
            }
            fn restore(column: Option<$column>) -> Result<Self, Reason> {
                <$field as Stored<$column>>::restore(column.ok_or_else(null)?)
            }
        }
    )* };
}
never_null!(String => String, i64 => i32, Uuid => String, Timestamp => DateTime, f64 => f64);

/// A field that can be null.
macro_rules! nullable {
    ($($field:ty => $column:ty),* $(,)?) => { $(
        impl Stored<Option<$column>> for Option<$field> {
            fn store(&self) -> Result<Option<$column>, Reason> {
                self.as_ref().map(<$field as Stored<$column>>::store).transpose()
            }
            fn restore(column: Option<$column>) -> Result<Self, Reason> {
                column.map(<$field as Stored<$column>>::restore).transpose()
            }
        }
    )* };
}
nullable!(
    i64 => i32,
    Uuid => String,
    Timestamp => DateTime,
    JsonText => String,
    SensitiveString => String,
    Ipv4Addr => String,
    Ipv6Addr => String,
);

impl Stored<f64> for f64 {
    fn store(&self) -> Result<f64, Reason> {
        Ok(*self)
    }
    fn restore(column: f64) -> Result<Self, Reason> {
        Ok(column)
    }
}

impl Stored<i32> for i64 {
    fn store(&self) -> Result<i32, Reason> {
        i32::try_from(*self).map_err(|_| format!("{self} does not fit the column"))
    }
    fn restore(column: i32) -> Result<Self, Reason> {
        Ok(column.into())
    }
}

impl Stored<String> for Uuid {
    fn store(&self) -> Result<String, Reason> {
        Ok(self.to_string())
    }
    fn restore(column: String) -> Result<Self, Reason> {
        Ok(column.into())
    }
}

impl Stored<DateTime> for Timestamp {
    fn store(&self) -> Result<DateTime, Reason> {
        Ok(to_column(*self))
    }
    fn restore(column: DateTime) -> Result<Self, Reason> {
        Ok(from_column(column))
    }
}

impl Stored<String> for JsonText {
    fn store(&self) -> Result<String, Reason> {
        Ok(self.as_str().to_owned())
    }
    fn restore(column: String) -> Result<Self, Reason> {
        Ok(column.into())
    }
}

impl Stored<String> for SensitiveString {
    fn store(&self) -> Result<String, Reason> {
        Ok(self.expose().to_owned())
    }
    fn restore(column: String) -> Result<Self, Reason> {
        Ok(column.into())
    }
}

impl Stored<Option<bool>> for bool {
    fn store(&self) -> Result<Option<bool>, Reason> {
        Ok(Some(*self))
    }
    fn restore(column: Option<bool>) -> Result<Self, Reason> {
        Ok(column.unwrap_or(false))
    }
}

impl Stored<Option<i32>> for bool {
    fn store(&self) -> Result<Option<i32>, Reason> {
        Ok(Some((*self).into()))
    }
    fn restore(column: Option<i32>) -> Result<Self, Reason> {
        Ok(column.unwrap_or(0) != 0)
    }
}

/// The column `deleted`: 0, or the id of the row that is deleted.
impl Stored<i32> for bool {
    fn store(&self) -> Result<i32, Reason> {
        Ok((*self).into())
    }
    fn restore(column: i32) -> Result<Self, Reason> {
        Ok(column != 0)
    }
}

impl Stored<String> for Ipv4Addr {
    fn store(&self) -> Result<String, Reason> {
        Ok(self.to_string())
    }
    fn restore(column: String) -> Result<Self, Reason> {
        column.parse().map_err(|_| format!("{column:?} is no address"))
    }
}

impl Stored<String> for Ipv6Addr {
    fn store(&self) -> Result<String, Reason> {
        Ok(self.to_string())
    }
    fn restore(column: String) -> Result<Self, Reason> {
        column.parse().map_err(|_| format!("{column:?} is no address"))
    }
}

/// A word of an enumeration.
pub(crate) fn word<T: FromStr<Err = UnknownWord>>(column: &str) -> Result<T, Reason> {
    column.parse().map_err(|error: UnknownWord| error.to_string())
}

/// Enumerations of the catalogue.
macro_rules! words {
    ($($word:ty),* $(,)?) => { $(
        impl Stored<Option<String>> for Option<$word> {
            fn store(&self) -> Result<Option<String>, Reason> {
                Ok(self.map(|word| word.as_str().to_owned()))
            }
            fn restore(column: Option<String>) -> Result<Self, Reason> {
                column.as_deref().map(word).transpose()
            }
        }
    )* };
}
words!(
    nova_objects_catalog::BlockDeviceDestinationType,
    nova_objects_catalog::BlockDeviceEncryptionFormatType,
    nova_objects_catalog::BlockDeviceSourceType,
    nova_objects_catalog::BlockDeviceType,
);

//! Between the port's words and the columns.

use nova_neighbours::placement::{Inventory, PlacementError, Provider};
use sea_orm::{DbErr, Set};
use uuid::Uuid;

use crate::entity::{inventory, resource_provider as provider};

/// The largest amount an inventory may name, Placement's own: sums of such amounts stay far from the ends of `i64`
/// and are exact in the floating point arithmetic of every engine.
pub(crate) const MAX_AMOUNT: u64 = i32::MAX as u64;

/// The id in a column.
pub(crate) fn id(column: &str) -> Result<Uuid, DbErr> {
    column.parse().map_err(|_| DbErr::Type(format!("{column:?} is not a uuid")))
}

/// An amount for a column. None that was checked is too large.
pub(crate) fn to_column(amount: u64) -> i64 {
    i64::try_from(amount).unwrap_or(i64::MAX)
}

/// An amount in a column. None is negative.
pub(crate) fn from_column(column: i64) -> u64 {
    u64::try_from(column).unwrap_or(0)
}

pub(crate) fn to_provider(row: &provider::Model) -> Result<Provider, DbErr> {
    Ok(Provider { id: id(&row.uuid)?, name: row.name.clone(), generation: row.generation })
}

pub(crate) fn to_inventory(row: &inventory::Model) -> Inventory {
    Inventory {
        total: from_column(row.total),
        reserved: from_column(row.reserved),
        min_unit: from_column(row.min_unit),
        max_unit: from_column(row.max_unit),
        step_size: from_column(row.step_size),
        allocation_ratio: row.allocation_ratio,
    }
}

pub(crate) fn to_inventory_row(
    provider: Uuid,
    class: &str,
    inventory: &Inventory,
    used: i64,
) -> inventory::ActiveModel {
    let Inventory { total, reserved, min_unit, max_unit, step_size, allocation_ratio } = inventory;
    inventory::ActiveModel {
        resource_provider_id: Set(provider.to_string()),
        resource_class: Set(class.to_owned()),
        total: Set(to_column(*total)),
        reserved: Set(to_column(*reserved)),
        min_unit: Set(to_column(*min_unit)),
        max_unit: Set(to_column(*max_unit)),
        step_size: Set(to_column(*step_size)),
        allocation_ratio: Set(*allocation_ratio),
        used: Set(used),
    }
}

/// Checks the name of a resource class or of a trait: `A-Z`, `0-9` and `_`, up to 255.
pub(crate) fn check_name(name: &str) -> Result<(), PlacementError> {
    let plain = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    if (1..=255).contains(&name.len()) && name.bytes().all(plain) {
        Ok(())
    } else {
        Err(PlacementError::Invalid(format!("{name:?} does not name a resource class or a trait")))
    }
}

/// Checks that an inventory makes sense.
pub(crate) fn check_inventory(class: &str, inventory: &Inventory) -> Result<(), PlacementError> {
    check_name(class)?;
    let Inventory { total, reserved, min_unit, max_unit, step_size, allocation_ratio } = inventory;
    let wrong = if reserved > total {
        "more is reserved than there is"
    } else if *[total, min_unit, max_unit, step_size].into_iter().max().expect("four of them") > MAX_AMOUNT {
        "an amount is larger than 2147483647"
    } else if *step_size == 0 {
        "the step is zero"
    } else if !allocation_ratio.is_finite() || *allocation_ratio < 0.0 {
        "the allocation ratio is negative or not a number"
    } else {
        return Ok(());
    };
    Err(PlacementError::Invalid(format!("the inventory of {class}: {wrong}")))
}

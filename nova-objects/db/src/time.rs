//! Times as Nova's tables hold them: UTC without a zone.

use nova_core::Timestamp;
use sea_orm::prelude::{ChronoDateTimeUtc, DateTime};

/// `moment` for a column of Nova's.
///
/// # Example
/// ```
/// use nova_core::Timestamp;
/// use nova_objects_db::time::{from_column, to_column};
///
/// let moment: Timestamp = "2026-01-02T03:04:05.000006Z".parse()?;
/// assert_eq!(to_column(moment).to_string(), "2026-01-02 03:04:05.000006");
/// assert_eq!(from_column(to_column(moment)), moment);
/// # Ok::<(), nova_core::time::ParseTimestampError>(())
/// ```
pub fn to_column(moment: Timestamp) -> DateTime {
    ChronoDateTimeUtc::from_timestamp_micros(moment.unix_micros())
        .unwrap_or(ChronoDateTimeUtc::MAX_UTC)
        .naive_utc()
}

/// The moment in a column of Nova's.
pub fn from_column(time: DateTime) -> Timestamp {
    Timestamp::from_unix_micros(time.and_utc().timestamp_micros()).unwrap_or(Timestamp::UNIX_EPOCH)
}

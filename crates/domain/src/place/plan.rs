//! When a place is due: by its kind's interval and its last inspection.
//!
//! Nothing is stored of it: whoever changes an interval changes every due day at once, also those already there.

use serde::{Deserialize, Serialize};

use super::{Kind, Place};
use crate::id::PlaceId;

/// New places are first due within so many days, each on a day of its own: a file of thousands is no wave.
const SPREAD_DAYS: u32 = 28;

/// The last inspection, as far as the plan needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Look {
    /// Local day, in days since 1970.
    pub day: i32,
    /// How many answers failed.
    pub failed: u16,
}

/// The day on which one is due, in days since 1970; `None` when its kind has no plan or it is no longer in use.
pub fn due_day(kind: &Kind, place: &Place) -> Option<i32> {
    if place.state.is_over() || kind.retired {
        return None;
    }
    next_day(kind, place.id, place.added_day, place.look)
}

/// The same of what a row holds.
pub fn next_day(kind: &Kind, id: PlaceId, added_day: i32, look: Option<Look>) -> Option<i32> {
    let every = kind.every_days?;
    Some(match look {
        None => first_day(id, added_day),
        Some(Look { day, failed: 0 }) => day + i32::from(every),
        Some(Look { day, .. }) => day + i32::from(kind.after_failing_days.unwrap_or(every)),
    })
}

/// The day on which a new one is due for the first time.
pub fn first_day(id: PlaceId, added_day: i32) -> i32 {
    // The last bytes of a UUIDv7 are chance.
    let chance = id.0.as_bytes()[12..]
        .iter()
        .fold(0_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(*byte)));
    added_day + 1 + (chance % SPREAD_DAYS) as i32
}

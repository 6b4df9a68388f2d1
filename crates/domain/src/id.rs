//! Identifiers. Each thing has its own type; nothing here knows what the thing is.
//!
//! Ids made where a phone may be offline (cases, acts, attachments, people) are UUIDv7: sortable and
//! unique without coordination. Areas and units are few, made by administrators under a guard, and stand
//! five to a row in the hot tables: they are small integers.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

macro_rules! uuid_id {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { self.0.fmt(f) }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { write!(f, concat!(stringify!($name), "({})"), self.0) }
        }
        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(s: &str) -> Result<Self, uuid::Error> { Uuid::from_str(s).map($name) }
        }
    )*};
}

macro_rules! number_id {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u32);
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { self.0.fmt(f) }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { write!(f, concat!(stringify!($name), "({})"), self.0) }
        }
        impl FromStr for $name {
            type Err = std::num::ParseIntError;
            fn from_str(s: &str) -> Result<Self, Self::Err> { s.parse().map($name) }
        }
    )*};
}

uuid_id! {
    /// A case (案件), made by whoever reports it; also the idempotency key of the report.
    CaseId,
    /// One act of one person on a case; the idempotency key of that act.
    ActId,
    /// One deed; the idempotency key of what made it.
    DeedId,
    /// A phone, made by itself.
    DeviceId,
    /// Someone with an account (staff or partner system), never a resident.
    PersonId,
    /// A stored picture, sound or document.
    AttachmentId,
    /// A dated change of the areas, made by whoever asks for it; also its idempotency key.
    AreaChangeId,
    /// What a department hands in at once, made by whoever does; also its idempotency key.
    IntakeId,
    /// One month's index, made by whoever drafts it.
    EditionId,
    /// A piece of long work, made by whoever asks for it.
    JobId,
    /// An entry of the care register, made by whoever enrols; never derived from the person.
    CareId,
    /// A visit.
    VisitId,
    /// A referral.
    ReferralId,
    /// A timer of someone who works alone.
    TimerId,
    /// A purpose for which someone may read entries.
    PurposeId,
    /// A warning of the weather service.
    WarningId,
    /// A place or a thing, made by whoever adds it.
    PlaceId,
    /// One inspection, made by whoever inspects; also its idempotency key.
    InspectionId,
    /// An appeal against a score, made by the worker who contests it.
    AppealId,
    /// A query that someone saved for themselves, made by their client.
    SavedQueryId,
    /// A request for leave, made by whoever asks; also its idempotency key.
    LeaveId,
    /// A note for whoever comes next in a grid, made by whoever writes it; also its idempotency key.
    HandOverId,
    /// A grid that has nobody, as found.
    VacancyId,
    /// A campaign, made by whoever proposes it; also its idempotency key.
    CampaignId,
    /// What a campaign asks of one grid.
    ErrandId,
    /// The record of a mediation, made by whoever opens it; also its idempotency key.
    DisputeId,
}

number_id! {
    /// An area of any of the five levels. Never reused.
    AreaId,
    /// A unit (部门): a department of the city or of a county, a township office, a community.
    UnitId,
}

/// Code of a class of case: the standard's code or a local one, at most 16 ASCII characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClassCode(pub String);

impl fmt::Display for ClassCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

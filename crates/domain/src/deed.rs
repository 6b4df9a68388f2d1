//! Deeds: the record of what is done to the city's own settings (accounts, units, duties, calendars, classes,
//! responsibility) and what is stood for in the index. What is done to a case is an act and stands in `audit`.
//!
//! There is one chain of all deeds, numbered from 1 without a gap: each hash is SHA-256 over the one before and the
//! deed's own bytes as they are stored, each text with its length in front. Names of people stand in their accounts and
//! not here, because what is here stays.

use crate::audit::{Hash, How};
use crate::case::By;
use crate::id::{AreaChangeId, AreaId, DeedId, DeviceId, EditionId, IntakeId, PersonId, PurposeId, UnitId};
use crate::month::Month;
use crate::policy::Role;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;

/// What was done. Its canonical JSON is what is stored and hashed: variants and fields are only ever added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "deed", rename_all = "snake_case", deny_unknown_fields)]
pub enum Deed {
    /// An account was opened.
    OpenAccount {
        /// Whose.
        person: PersonId,
        /// As it was opened.
        post: Post,
    },
    /// An account was changed, closed or opened again.
    ChangeAccount {
        /// Whose.
        person: PersonId,
        /// As it was.
        before: Post,
        /// As it is.
        after: Post,
        /// Whether their name was changed, too.
        renamed: bool,
    },
    /// A new one-time link was made with which someone sets a password; the old password is gone if `taken`.
    SendLink {
        /// For whom.
        person: PersonId,
        /// Whether the password until now was taken away.
        taken: bool,
    },
    /// A password was set.
    SetPassword {
        /// Whose.
        person: PersonId,
        /// How they, or who did it for them, proved that they may.
        by: Proof,
    },
    /// Sessions and tokens of someone were ended.
    EndSessions {
        /// Whose.
        person: PersonId,
        /// Which one, by the SHA-256 of its secret in hex; `None` for all of them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        session: Option<String>,
    },
    /// A phone was cut off: its sign-in is over and the key of what it keeps is gone.
    CutDevice {
        /// Whose.
        person: PersonId,
        /// Which.
        device: DeviceId,
    },
    /// A token for a program was made.
    MakeToken {
        /// Whose rights it has.
        person: PersonId,
        /// Its key: the SHA-256 of its secret in hex.
        token: String,
        /// What it may be used for.
        scopes: Vec<String>,
        /// Until when it holds.
        expires: Timestamp,
    },
    /// A unit was added.
    AddUnit {
        /// Which.
        unit: UnitId,
        /// As it was added.
        facts: UnitFacts,
    },
    /// A unit was changed or ended.
    ChangeUnit {
        /// Which.
        unit: UnitId,
        /// As it was.
        before: UnitFacts,
        /// As it is.
        after: UnitFacts,
    },
    /// A duty, or leave from one, was entered.
    GiveDuty {
        /// Its number.
        duty: i64,
        /// As it was entered.
        facts: DutyFacts,
    },
    /// The end of a duty was set, or moved.
    EndDuty {
        /// Its number.
        duty: i64,
        /// As it was.
        facts: DutyFacts,
        /// First day it no longer holds; `None` when it is open again.
        to: Option<String>,
    },
    /// A duty went over to another, with what was open in it.
    PassDuty {
        /// The duty that ends.
        duty: i64,
        /// The duty that begins.
        to: i64,
        /// Cases of the grid that waited for its worker then.
        n_cases: u32,
    },
    /// Someone may read entries of the care register for a purpose, in the area of the deed.
    GrantPurpose {
        /// Which.
        purpose: PurposeId,
        /// Who may.
        person: PersonId,
        /// Entries of these categories.
        categories: Vec<String>,
        /// Why.
        reason: String,
        /// Until when.
        until: Timestamp,
    },
    /// A purpose was taken back.
    EndPurpose {
        /// Which.
        purpose: PurposeId,
        /// Whose.
        person: PersonId,
    },
    /// A change of the areas was arranged, for that day or a later one.
    ArrangeAreas {
        /// Which.
        change: AreaChangeId,
        /// First day on which it holds, as `2027-01-01`.
        on: String,
        /// Areas that begin.
        begins: Vec<AreaId>,
        /// Areas that end.
        ends: Vec<AreaId>,
        /// Areas that go on differently.
        changes: Vec<AreaId>,
        /// SHA-256 of the changes as they are stored, in hex.
        sha256: String,
    },
    /// The day of a change had come: duties were passed on, and open cases began to follow.
    BeginAreas {
        /// Which.
        change: AreaChangeId,
    },
    /// An arranged change was taken back before its day.
    CancelAreas {
        /// Which.
        change: AreaChangeId,
    },
    /// A new version of one of the city's documents was saved: classes, calendars, responsibility.
    SaveBundle {
        /// Which document.
        kind: String,
        /// Its number.
        version: u32,
        /// From when on it holds.
        from: Timestamp,
        /// SHA-256 of its text, in hex.
        sha256: String,
    },
    /// A department stood for its figures: they count from then on.
    SignIntake {
        /// Which.
        intake: IntakeId,
        /// Code of the city's unit.
        department: String,
        /// The month of the figures.
        month: Month,
        /// SHA-256 of the figures, in hex; see `intake::digest`.
        sha256: String,
    },
    /// Someone who did not draft it found an edition of the index right.
    ReviewEdition {
        /// Which.
        edition: EditionId,
        /// Its month.
        month: Month,
        /// Its revision.
        revision: u32,
        /// SHA-256 of its archive, in hex.
        sha256: String,
    },
    /// An edition of the index was made public, for good.
    PublishEdition {
        /// Which.
        edition: EditionId,
        /// Its month.
        month: Month,
        /// Its revision.
        revision: u32,
        /// SHA-256 of its archive, in hex.
        sha256: String,
    },
    /// An edition of the index was given up before it was public.
    DiscardEdition {
        /// Which.
        edition: EditionId,
        /// Its month.
        month: Month,
        /// Its revision.
        revision: u32,
        /// Why.
        why: String,
    },
}

/// How someone proved that they may set a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// By a one-time link.
    Link,
    /// By the password until then.
    Old,
    /// By running the machine.
    Operator,
}

/// What an account may do depends on this.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Post {
    /// What they sign in with.
    pub account: String,
    /// In which capacity.
    pub role: Role,
    /// The area they answer for.
    pub area: AreaId,
    /// The unit they work in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<UnitId>,
    /// Can no longer sign in.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub disabled: bool,
}

/// A unit as a deed tells of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnitFacts {
    /// Short code, unique in the city.
    pub code: String,
    /// Name in Chinese.
    pub name_zh: String,
    /// Name in English.
    pub name_en: String,
    /// The area it serves.
    pub area: AreaId,
    /// The unit it answers to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<UnitId>,
    /// Takes no new cases.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ended: bool,
}

/// A duty as a deed tells of it; days as `2026-03-02`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DutyFacts {
    /// The grid.
    pub grid: AreaId,
    /// The person.
    pub person: PersonId,
    /// main, substitute or leave.
    pub kind: String,
    /// First day.
    pub from: String,
    /// First day it no longer holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
}

impl Deed {
    /// What it was done to, as lists are asked for it: `person/…`, `unit/12`, `duty/7`, `areas/…`,
    /// `bundle/classes`, `intake/…`, `edition/…`.
    pub fn about(&self) -> String {
        match self {
            Deed::OpenAccount { person, .. }
            | Deed::ChangeAccount { person, .. }
            | Deed::SendLink { person, .. }
            | Deed::SetPassword { person, .. }
            | Deed::EndSessions { person, .. }
            | Deed::MakeToken { person, .. }
            | Deed::CutDevice { person, .. } => format!("person/{person}"),
            Deed::AddUnit { unit, .. } | Deed::ChangeUnit { unit, .. } => format!("unit/{unit}"),
            Deed::GiveDuty { duty, .. } | Deed::EndDuty { duty, .. } | Deed::PassDuty { duty, .. } => {
                format!("duty/{duty}")
            }
            Deed::GrantPurpose { purpose, .. } | Deed::EndPurpose { purpose, .. } => {
                format!("purpose/{purpose}")
            }
            Deed::ArrangeAreas { change, .. }
            | Deed::BeginAreas { change }
            | Deed::CancelAreas { change } => format!("areas/{change}"),
            Deed::SaveBundle { kind, .. } => format!("bundle/{kind}"),
            Deed::SignIntake { intake, .. } => format!("intake/{intake}"),
            Deed::ReviewEdition { edition, .. }
            | Deed::PublishEdition { edition, .. }
            | Deed::DiscardEdition { edition, .. } => format!("edition/{edition}"),
        }
    }
}

/// One deed as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// From 1, without a gap.
    pub number: u64,
    /// The key of what made it; the same twice is one deed.
    pub id: DeedId,
    /// When, to the millisecond.
    pub at: Timestamp,
    /// The area it concerns with all under it; `None` for the whole city. Says who may read of it.
    pub area: Option<AreaId>,
    /// See [`Deed::about`].
    pub about: String,
    /// Who, as canonical JSON of [`By`].
    pub by: String,
    /// What, as canonical JSON of [`Deed`].
    pub deed: String,
    /// Over the hash before and all of the above.
    pub hash: Hash,
}

/// Where the chain stands: the number and hash of the last deed. The empty chain's are zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// Number of the last deed.
    pub number: u64,
    /// Its hash.
    pub hash: Hash,
}

impl Head {
    /// The next deed, on top of this one; moves on to it.
    pub fn add(&mut self, id: DeedId, at: Timestamp, area: Option<AreaId>, by: &By, deed: &Deed) -> Recorded {
        let at = Timestamp::from_millisecond(at.as_millisecond())
            .expect("a timestamp cut to milliseconds is in range");
        let mut recorded = Recorded {
            number: self.number + 1,
            id,
            at,
            area,
            about: deed.about(),
            by: serde_json::to_string(by).expect("By is plain data"),
            deed: serde_json::to_string(deed).expect("Deed is plain data"),
            hash: Hash::default(),
        };
        recorded.hash = recorded.chained(self.hash);
        *self = Head { number: recorded.number, hash: recorded.hash };
        recorded
    }

    /// Whether a deed follows here; moves on to it in any case, so that the walk finds what is wrong behind it, too.
    pub fn walk(&mut self, next: &Recorded) -> Result<(), Broken> {
        let before = std::mem::replace(self, Head { number: next.number, hash: next.hash });
        let broken = |number, how| Err(Broken { number, how });
        if next.number > before.number + 1 {
            return broken(before.number + 1, How::Missing);
        }
        if next.number <= before.number {
            self.number = before.number;
            return broken(next.number, How::Reordered);
        }
        if next.hash != next.chained(before.hash) {
            return broken(next.number, How::Altered);
        }
        match next.parsed() {
            Some((_, deed)) if deed.about() == next.about => Ok(()),
            _ => broken(next.number, How::Unreadable),
        }
    }
}

impl Recorded {
    /// The hash this deed must have after `before`.
    pub fn chained(&self, before: Hash) -> Hash {
        let mut sha = Sha256::new();
        sha.update(before.0);
        sha.update(self.number.to_be_bytes());
        sha.update(self.id.0.as_bytes());
        sha.update(self.at.as_millisecond().to_be_bytes());
        sha.update(self.area.map_or(-1, |area| i64::from(area.0)).to_be_bytes());
        for text in [&self.about, &self.by, &self.deed] {
            sha.update((text.len() as u64).to_be_bytes());
            sha.update(text.as_bytes());
        }
        Hash(sha.finalize().into())
    }

    /// Who and what, read back; `None` when the texts are neither.
    pub fn parsed(&self) -> Option<(By, Deed)> {
        Some((serde_json::from_str(&self.by).ok()?, serde_json::from_str(&self.deed).ok()?))
    }
}

/// A deed that does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, Serialize)]
#[error("deed {number} {how}")]
pub struct Broken {
    /// Which.
    pub number: u64,
    /// What is wrong.
    pub how: How,
}

#[cfg(test)]
mod tests;

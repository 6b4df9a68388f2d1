//! Wire types of cases: what a caller of version 1 sees. Not the domain's types, and not another door's.

use app::case::number;
use domain::area::Ancestors;
use domain::case::{Due, Evidence, EvidenceKind, StepName, Turn};
use domain::clock::Span;
use domain::geo::{Crs, LngLat};
use domain::id::AttachmentId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::case::CaseRow;
use utoipa::ToSchema;
use uuid::Uuid;

use super::crs::given;

/// A clock that runs.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DueWire {
    /// What is counted.
    pub span: SpanWire,
    /// In Chinese words.
    pub zh: String,
    /// In English words.
    pub en: String,
    /// Start.
    #[schema(value_type = String, format = DateTime)]
    pub from: Timestamp,
    /// 50 % used.
    #[schema(value_type = String, format = DateTime)]
    pub half: Timestamp,
    /// 80 % used.
    #[schema(value_type = String, format = DateTime)]
    pub most: Timestamp,
    /// The deadline.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
}

impl From<Due> for DueWire {
    fn from(due: Due) -> DueWire {
        let Due { span, from, half, most, at, .. } = due;
        DueWire { span: span.into(), zh: span.zh(), en: span_en(span), from, half, most, at }
    }
}

/// A span of time: one key that says in which kind of time, and how much of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SpanWire {
    /// Minutes that run round the clock.
    UrgentMinutes(u32),
    /// Hours that run round the clock.
    UrgentHours(u32),
    /// Minutes inside working hours.
    WorkMinutes(u32),
    /// Hours inside working hours.
    WorkHours(u32),
    /// Work days after the day it begins.
    WorkDays(u32),
    /// Days after the day it begins.
    NaturalDays(u32),
}

impl From<Span> for SpanWire {
    fn from(span: Span) -> SpanWire {
        match span {
            Span::UrgentMinutes(n) if n % 60 == 0 => SpanWire::UrgentHours(n / 60),
            Span::UrgentMinutes(n) => SpanWire::UrgentMinutes(n),
            Span::WorkMinutes(n) if n % 60 == 0 => SpanWire::WorkHours(n / 60),
            Span::WorkMinutes(n) => SpanWire::WorkMinutes(n),
            Span::WorkDays(n) => SpanWire::WorkDays(n),
            Span::NaturalDays(n) => SpanWire::NaturalDays(n),
        }
    }
}

/// A span in English words.
pub fn span_en(span: Span) -> String {
    let (n, words) = match span.into() {
        SpanWire::UrgentMinutes(n) => (n, "minute"),
        SpanWire::UrgentHours(n) => (n, "hour"),
        SpanWire::WorkMinutes(n) => (n, "working minute"),
        SpanWire::WorkHours(n) => (n, "working hour"),
        SpanWire::WorkDays(n) => (n, "working day"),
        SpanWire::NaturalDays(n) => (n, "day"),
    };
    format!("{n} {words}{}", if n == 1 { "" } else { "s" })
}

/// The unit that answers for a case.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct LeadWire {
    /// Id of the unit.
    pub unit: u32,
}

/// The five areas of a place, by id.
#[derive(Clone, Copy, Debug, Default, Serialize, ToSchema)]
pub struct AreasWire {
    /// City.
    pub city: Option<u32>,
    /// County, district or zone.
    pub county: Option<u32>,
    /// Township or street.
    pub township: Option<u32>,
    /// Community or village.
    pub community: Option<u32>,
    /// Grid.
    pub grid: Option<u32>,
}

impl From<Ancestors> for AreasWire {
    fn from(areas: Ancestors) -> AreasWire {
        let id = |area: Option<domain::id::AreaId>| area.map(|a| a.0);
        AreasWire {
            city: id(areas.city),
            county: id(areas.county),
            township: id(areas.township),
            community: id(areas.community),
            grid: id(areas.grid),
        }
    }
}

/// Where a case is.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PlaceWire {
    /// In words.
    pub words: String,
    /// Degrees east, in WGS-84 or as `crs` asked.
    pub lng: Option<f64>,
    /// Degrees north, WGS-84.
    pub lat: Option<f64>,
    /// The five areas.
    pub areas: AreasWire,
    /// Metres to the grid when the point lies in none.
    pub off_m: Option<u32>,
}

impl PlaceWire {
    /// The same with its point as another system calls it.
    pub fn give_in(&mut self, system: Crs) {
        if let (Some(lng), Some(lat)) = (self.lng, self.lat) {
            let there = given(LngLat { lng, lat }, system);
            (self.lng, self.lat) = (Some(there.lng), Some(there.lat));
        }
    }
}

/// A case as lists show it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RowWire {
    /// What a list and the whole case share.
    #[serde(flatten)]
    pub facts: FactsWire,
    /// Pieces of evidence.
    pub evidence: u32,
    /// How it left the loop, if it did: refused, merged, split or withdrawn.
    pub ended: Option<String>,
}

/// What a list and the whole case share.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[allow(clippy::struct_excessive_bools)] // each says its own thing to a screen
pub struct FactsWire {
    /// Id.
    pub id: Uuid,
    /// The number people read out.
    pub no: String,
    /// Number of acts so far.
    pub version: u32,
    /// Step: reported, filed, assigned, handled, answered, evaluated, ended.
    pub step: String,
    /// The six steps as people count them.
    pub stage: u8,
    /// Whose turn it is: verify, desk, unit, postpone, check, reporter, nobody.
    pub turn: String,
    /// open, held or closed.
    pub state: String,
    /// Code of the class.
    pub class: Option<String>,
    /// ordinary, urgent or emergency; once filed.
    pub urgency: Option<String>,
    /// In the reporter's words.
    pub text: String,
    /// Where.
    pub place: PlaceWire,
    /// How it came in.
    pub channel: String,
    /// The lead unit.
    pub lead: Option<LeadWire>,
    /// Ids of the co-units.
    pub co: Vec<u32>,
    /// The running clock.
    pub due: Option<DueWire>,
    /// On hold until.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub hold_until: Option<Timestamp>,
    /// When it was reported.
    #[schema(value_type = String, format = DateTime)]
    pub reported_at: Timestamp,
    /// When it was closed.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub closed_at: Option<Timestamp>,
    /// Last act.
    #[schema(value_type = String, format = DateTime)]
    pub last_at: Timestamp,
    /// Returns.
    pub bounces: u32,
    /// Failed checks.
    pub reworks: u32,
    /// Reopenings.
    pub reopens: u32,
    /// Times urged.
    pub urged: u32,
    /// The running clock is over.
    pub overdue: bool,
    /// Seen on site or confirmed by phone.
    pub verified: bool,
    /// The work was found to be done, by someone else than who did it.
    pub checked: bool,
    /// What the reporter said.
    pub confirmed: Option<String>,
    /// Hidden from all who do not work on it.
    pub private: bool,
    /// Id of the area whose desk has it.
    pub desk: u32,
    /// Level of that desk.
    pub level: String,
    /// Number in the system it came from.
    pub outside_no: Option<String>,
}

impl RowWire {
    /// Of a row with its co-units, as it is at `now`.
    pub fn new(row: CaseRow, co: Vec<u32>, now: Timestamp) -> RowWire {
        let overdue = row.state != "closed" && row.due.is_some_and(|due| now > due.at);
        let (evidence, ended) = (row.evidence, row.ended);
        let facts = FactsWire {
            no: number(row.id),
            id: row.id.0,
            version: row.version,
            step: row.step.as_str().to_owned(),
            stage: row.stage,
            turn: row.turn.clone(),
            state: row.state,
            class: row.class.map(|c| c.0),
            urgency: row.urgency.map(|u| u.as_str().to_owned()),
            text: row.text,
            place: PlaceWire {
                words: row.place,
                lng: row.point.map(|p| p.lng),
                lat: row.point.map(|p| p.lat),
                areas: row.areas.into(),
                off_m: row.off_m,
            },
            channel: row.channel.as_str().to_owned(),
            lead: row.lead.map(|unit| LeadWire { unit: unit.0 }),
            co,
            due: row.due.map(DueWire::from),
            hold_until: row.hold_until,
            reported_at: row.reported_at,
            closed_at: row.closed_at,
            last_at: row.last_at,
            bounces: row.bounces,
            reworks: row.reworks,
            reopens: row.reopens,
            urged: row.urged,
            overdue,
            verified: row.verified,
            checked: is_checked(row.step, &row.turn),
            confirmed: row.satisfaction.map(|s| s.as_str().to_owned()),
            private: row.private,
            desk: row.desk.0,
            level: row.level.name().to_owned(),
            outside_no: row.outside_no,
        };
        RowWire { facts, evidence, ended }
    }
}

/// Work that is handled and no longer waits for its check has passed it.
pub fn is_checked(step: StepName, turn: &str) -> bool {
    match step {
        StepName::Answered | StepName::Evaluated => true,
        StepName::Handled => turn != Turn::Check.as_str(),
        _ => false,
    }
}

/// A piece of evidence as a caller names it.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EvidenceIn {
    /// Id of a stored attachment.
    pub attachment: Uuid,
    /// What it shows: before, during, after, document.
    #[serde(default = "before")]
    pub kind: String,
}

fn before() -> String {
    "before".to_owned()
}

impl EvidenceIn {
    /// Its id and kind, if the kind is one.
    pub fn read(&self) -> Option<(AttachmentId, EvidenceKind)> {
        Some((AttachmentId(self.attachment), EvidenceKind::parse(&self.kind)?))
    }
}

/// A piece of evidence of a case.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EvidenceWire {
    /// Id of the attachment.
    pub attachment: Uuid,
    /// What it shows.
    pub kind: String,
    /// SHA-256 of its bytes, hex.
    pub sha256: String,
    /// When it was given.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
}

impl EvidenceWire {
    /// Given at a time.
    pub fn new(evidence: &Evidence, at: Timestamp) -> EvidenceWire {
        let (attachment, sha256) = (evidence.attachment.0, evidence.sha256.clone());
        EvidenceWire { attachment, kind: evidence.kind.as_str().to_owned(), sha256, at }
    }
}

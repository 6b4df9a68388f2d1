//! The case row: its columns, written from a case and read back for lists.

use crate::{Fault, Row, Value};
use domain::area::{Ancestors, Level};
use domain::audit::Hash;
use domain::case::{Case, Channel, Due, EndedHow, Satisfaction, Step, StepName, Urgency};
use domain::geo::LngLat;
use domain::id::{AreaId, CaseId, ClassCode, PersonId, UnitId};
use jiff::Timestamp;

/// Columns of `cases` in the order in which [`values`] gives them. The first is the key.
pub(super) const COLUMNS: &[&str] = &[
    "id",
    "version",
    "head",
    "city_id",
    "county_id",
    "township_id",
    "community_id",
    "grid_id",
    "desk_id",
    "level",
    "step",
    "stage",
    "turn",
    "state",
    "class_code",
    "urgency",
    "private",
    "channel",
    "reporter_id",
    "outside_no",
    "text",
    "place",
    "lng",
    "lat",
    "off_m",
    "lead_unit",
    "evidence",
    "reported_ms",
    "filed_ms",
    "assigned_ms",
    "handled_ms",
    "answered_ms",
    "closed_ms",
    "last_ms",
    "due_from_ms",
    "due_half_ms",
    "due_most_ms",
    "due_ms",
    "due_twice_ms",
    "due_span",
    "first_due_ms",
    "hold_until_ms",
    "wake_ms",
    "bounces",
    "reworks",
    "reopens",
    "urged",
    "postponed",
    "verified",
    "ended",
    "satisfaction",
];

/// The columns of a case, in the order of [`COLUMNS`].
pub(super) fn values(case: &Case, head: Hash) -> Vec<Value> {
    let reported = case.reported();
    let areas = case.ancestors();
    let due = case.due();
    let ms = |at: Timestamp| at.as_millisecond();
    let area = |id: Option<AreaId>| Value::from(id.map(|a| a.0));
    vec![
        case.id.0.into(),
        case.version.into(),
        head.0.into(),
        area(areas.city.or(Some(AreaId(0)))),
        area(areas.county),
        area(areas.township),
        area(areas.community),
        area(areas.grid),
        case.side.desk.0.into(),
        case.side.level.name().into(),
        case.step.name().as_str().into(),
        case.stage().into(),
        case.turn().as_str().into(),
        state(case).into(),
        case.class().map(|c| c.0.as_str()).into(),
        case.filed().map(|f| f.urgency.as_str()).into(),
        case.is_private().into(),
        reported.channel.as_str().into(),
        reported.reporter.map(|p| p.0).into(),
        reported.outside_no.as_deref().into(),
        reported.text.as_str().into(),
        reported.place.words.as_str().into(),
        reported.place.point.map(|p| p.lng).into(),
        reported.place.point.map(|p| p.lat).into(),
        reported.place.off_m.into(),
        case.assigned().and_then(|a| a.shares.first()).map(|s| s.unit.0).into(),
        case.side.evidence.total().into(),
        ms(reported.at).into(),
        case.filed().map(|f| ms(f.at)).into(),
        case.assigned().map(|a| ms(a.at)).into(),
        case.handled().map(|h| ms(h.at)).into(),
        case.answered().map(|a| ms(a.at)).into(),
        closed_at(case).map(ms).into(),
        ms(case.last_at).into(),
        due.map(|d| ms(d.from)).into(),
        due.map(|d| ms(d.half)).into(),
        due.map(|d| ms(d.most)).into(),
        due.map(|d| ms(d.at)).into(),
        due.map(|d| ms(d.twice)).into(),
        due.map(|d| d.span.to_string()).into(),
        case.assigned().map(|a| a.first_due).or(case.filed().and_then(|f| f.first_due)).map(ms).into(),
        case.side.hold.as_ref().map(|h| ms(h.until)).into(),
        case.wake_at().map(ms).into(),
        case.side.bounces.into(),
        case.side.reworks.into(),
        case.side.reopens.into(),
        case.side.urged.into(),
        case.side.postponed.into(),
        reported.verified.is_some().into(),
        ended(case).into(),
        case.answered().and_then(|a| a.confirmed).map(|c| c.satisfaction.as_str()).into(),
    ]
}

fn state(case: &Case) -> &'static str {
    match () {
        () if case.is_closed() => "closed",
        () if case.side.hold.is_some() => "held",
        () => "open",
    }
}

fn closed_at(case: &Case) -> Option<Timestamp> {
    match &case.step {
        Step::Evaluated(evaluated) => Some(evaluated.at),
        Step::Ended(ended) => Some(ended.at),
        _ => None,
    }
}

fn ended(case: &Case) -> Option<&'static str> {
    let Step::Ended(ended) = &case.step else { return None };
    Some(match ended.how {
        EndedHow::Refused(_) => "refused",
        EndedHow::Merged(_) => "merged",
        EndedHow::Split(_) => "split",
        EndedHow::Withdrawn => "withdrawn",
    })
}

/// A case as lists show it.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)] // columns explain themselves, and the schema comments them
pub struct CaseRow {
    pub id: CaseId,
    pub version: u32,
    pub head: Vec<u8>,
    pub areas: Ancestors,
    pub desk: AreaId,
    pub level: Level,
    pub step: StepName,
    pub stage: u8,
    pub turn: String,
    pub state: String,
    pub class: Option<ClassCode>,
    pub urgency: Option<Urgency>,
    pub private: bool,
    pub channel: Channel,
    pub reporter: Option<PersonId>,
    pub outside_no: Option<String>,
    pub text: String,
    pub place: String,
    pub point: Option<LngLat>,
    pub off_m: Option<u32>,
    pub lead: Option<UnitId>,
    pub evidence: u32,
    pub reported_at: Timestamp,
    pub filed_at: Option<Timestamp>,
    pub assigned_at: Option<Timestamp>,
    pub handled_at: Option<Timestamp>,
    pub answered_at: Option<Timestamp>,
    pub closed_at: Option<Timestamp>,
    pub last_at: Timestamp,
    pub due: Option<Due>,
    pub first_due: Option<Timestamp>,
    pub hold_until: Option<Timestamp>,
    pub bounces: u32,
    pub reworks: u32,
    pub reopens: u32,
    pub urged: u32,
    pub postponed: u32,
    pub verified: bool,
    pub ended: Option<String>,
    pub satisfaction: Option<Satisfaction>,
}

impl CaseRow {
    /// Reads a row that has all of `COLUMNS`.
    pub fn read(row: &Row) -> Result<CaseRow, Fault> {
        let area = |column| Ok::<_, Fault>(row.opt_int(column)?.map(|id| AreaId(id as u32)));
        let count = |column| Ok::<_, Fault>(row.int(column)? as u32);
        let point = row.opt_real("lng")?.zip(row.opt_real("lat")?).map(|(lng, lat)| LngLat { lng, lat });
        Ok(CaseRow {
            id: CaseId(row.uuid("id")?),
            version: count("version")?,
            head: row.bytes("head")?,
            areas: Ancestors {
                city: area("city_id")?.filter(|a| a.0 != 0),
                county: area("county_id")?,
                township: area("township_id")?,
                community: area("community_id")?,
                grid: area("grid_id")?,
            },
            desk: AreaId(row.int("desk_id")? as u32),
            level: known(row, "level", |t| t.parse().ok())?,
            step: known(row, "step", StepName::parse)?,
            stage: row.int("stage")? as u8,
            turn: row.text("turn")?,
            state: row.text("state")?,
            class: row.opt_text("class_code")?.map(ClassCode),
            urgency: row.opt_text("urgency")?.and_then(|t| Urgency::parse(&t)),
            private: row.yes("private")?,
            channel: known(row, "channel", Channel::parse)?,
            reporter: row.opt_uuid("reporter_id")?.map(PersonId),
            outside_no: row.opt_text("outside_no")?,
            text: row.text("text")?,
            place: row.text("place")?,
            point,
            off_m: row.opt_int("off_m")?.map(|m| m as u32),
            lead: row.opt_int("lead_unit")?.map(|u| UnitId(u as u32)),
            evidence: count("evidence")?,
            reported_at: time(row, "reported_ms")?,
            filed_at: opt_time(row, "filed_ms")?,
            assigned_at: opt_time(row, "assigned_ms")?,
            handled_at: opt_time(row, "handled_ms")?,
            answered_at: opt_time(row, "answered_ms")?,
            closed_at: opt_time(row, "closed_ms")?,
            last_at: time(row, "last_ms")?,
            due: due(row)?,
            first_due: opt_time(row, "first_due_ms")?,
            hold_until: opt_time(row, "hold_until_ms")?,
            bounces: count("bounces")?,
            reworks: count("reworks")?,
            reopens: count("reopens")?,
            urged: count("urged")?,
            postponed: count("postponed")?,
            verified: row.yes("verified")?,
            ended: row.opt_text("ended")?,
            satisfaction: row.opt_text("satisfaction")?.and_then(|t| Satisfaction::parse(&t)),
        })
    }
}

fn due(row: &Row) -> Result<Option<Due>, Fault> {
    let Some(span) = row.opt_text("due_span")? else { return Ok(None) };
    let span = span.parse().map_err(|_| nonsense("due_span", &span))?;
    Ok(Some(Due {
        span,
        from: time(row, "due_from_ms")?,
        half: time(row, "due_half_ms")?,
        most: time(row, "due_most_ms")?,
        at: time(row, "due_ms")?,
        twice: time(row, "due_twice_ms")?,
    }))
}

/// A column of milliseconds UTC.
pub(crate) fn time(row: &Row, column: &'static str) -> Result<Timestamp, Fault> {
    let ms = row.int(column)?;
    Timestamp::from_millisecond(ms).map_err(|_| nonsense(column, &ms.to_string()))
}

/// A column of milliseconds UTC that may be empty.
pub(crate) fn opt_time(row: &Row, column: &'static str) -> Result<Option<Timestamp>, Fault> {
    row.opt_int(column)?.map(|_| time(row, column)).transpose()
}

fn known<T>(row: &Row, column: &'static str, read: impl Fn(&str) -> Option<T>) -> Result<T, Fault> {
    let text = row.text(column)?;
    read(&text).ok_or_else(|| nonsense(column, &text))
}

fn nonsense(column: &str, text: &str) -> Fault {
    Fault::Nonsense { what: format!("column {column}"), why: format!("{text:?} is not a value it can have") }
}

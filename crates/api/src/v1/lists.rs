//! The city's own lists as everybody reads them: classes and calendars. How they are changed is in `settings`.

use std::collections::BTreeMap;

use axum::extract::State as Shared;
use axum::http::HeaderMap;
use axum::response::Response;
use domain::calendar::{Exception, Shift};
use domain::class::Class;
use domain::clock::Stage;
use jiff::civil::Weekday;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::state::State;
use super::tagged;
use super::who::Who;
use super::wire::{SpanWire, span_en};
use crate::problem::{Answer, Code, Problem};
use crate::read::Named;

/// The paths of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(classes)).routes(routes!(calendar))
}

#[rustfmt::skip] // a table, best read as one
const STAGES: [(&str, Stage); 8] = [
    ("verify", Stage::Verify), ("file", Stage::File), ("dispatch", Stage::Dispatch), ("accept", Stage::Accept),
    ("handle", Stage::Handle), ("check", Stage::Check), ("answer", Stage::Answer), ("wait", Stage::Confirm),
];

/// The dictionary of classes.
#[derive(Serialize, ToSchema)]
struct ClassesWire {
    /// Grows with every change.
    version: u32,
    items: Vec<ClassWire>,
}

/// A class of case.
#[derive(Serialize, ToSchema)]
struct ClassWire {
    /// Never given to another class.
    code: String,
    name_zh: String,
    name_en: String,
    /// Code of the group it belongs to.
    group: String,
    group_zh: String,
    group_en: String,
    /// How soon such a case must move.
    urgency: String,
    /// Such cases are hidden from all who do not work on them.
    private: bool,
    /// No longer given to new cases.
    retired: bool,
    /// Kinds of evidence that must be given: before, after, document.
    evidence: Vec<String>,
    /// When such a case is filed, in Chinese.
    criteria_zh: String,
    /// When such a case is filed.
    criteria_en: String,
    /// Clock of each stage: verify, file, dispatch, accept, handle, check, answer, wait.
    stages: BTreeMap<String, LabelledSpan>,
}

/// A span of time with its words.
#[derive(Serialize, ToSchema)]
struct LabelledSpan {
    span: SpanWire,
    zh: String,
    en: String,
}

impl ClassWire {
    fn of(class: &Class) -> ClassWire {
        let needed = &class.evidence;
        let shows = [
            ("before", needed.before_photos > 0),
            ("after", needed.after_photos > 0),
            ("document", needed.document),
        ];
        let stage = |(name, stage): (&str, Stage)| {
            let span = class.clocks.of(stage);
            (name.to_owned(), LabelledSpan { span: span.into(), zh: span.zh(), en: span_en(span) })
        };
        ClassWire {
            code: class.code.0.clone(),
            name_zh: class.name.zh.clone(),
            name_en: class.name.en.clone(),
            group: class.major.code.clone(),
            group_zh: class.major.name.zh.clone(),
            group_en: class.major.name.en.clone(),
            urgency: class.urgency.as_str().to_owned(),
            private: class.private,
            retired: class.retired,
            evidence: shows.into_iter().filter(|(_, must)| *must).map(|(name, _)| name.to_owned()).collect(),
            criteria_zh: class.filing.zh.clone(),
            criteria_en: class.filing.en.clone(),
            stages: STAGES.into_iter().map(stage).collect(),
        }
    }
}

/// Classes of case
#[utoipa::path(get, path = "/api/v1/classes", tag = "lists", responses(
    (status = 200, description = "The whole dictionary", body = ClassesWire),
    (status = 304, description = "The caller has the same")))]
async fn classes(Shared(state): Shared<State>, _: Who, headers: HeaderMap) -> Response {
    let city = state.app.city();
    let items = city.classes.classes().map(ClassWire::of).collect();
    tagged::json(&headers, &ClassesWire { version: city.classes.version(), items })
}

/// When work is done in a place.
#[derive(Serialize, ToSchema)]
struct CalendarWire {
    /// IANA time zone.
    zone: String,
    /// Working hours of `mon` to `sun`, each a list of `["08:30", "12:00"]`.
    week: BTreeMap<String, Vec<(String, String)>>,
    exceptions: Vec<ExceptionWire>,
    /// First and last exceptional day that is known: beyond, deadlines are reckoned by the week alone.
    covers: Option<(String, String)>,
}

/// A day that is unlike its weekday.
#[derive(Serialize, ToSchema)]
struct ExceptionWire {
    #[schema(format = Date)]
    date: String,
    /// holiday or make_up.
    kind: String,
    /// Working hours of a day that is worked.
    hours: Vec<(String, String)>,
}

/// The calendar of an area
#[utoipa::path(get, path = "/api/v1/calendars/{area}", tag = "lists",
    params(("area" = String, Path, description = "Id or code of the area")), responses(
    (status = 200, description = "Its own, or that of the area above that keeps one", body = CalendarWire),
    (status = 304, description = "The caller has the same"), (status = 404, description = "No such area")))]
async fn calendar(
    Shared(state): Shared<State>,
    _: Who,
    Named(area): Named,
    headers: HeaderMap,
) -> Answer<Response> {
    let city = state.app.city();
    let area = city.area_by_text(&area).ok_or_else(|| Problem::new(Code::NotFound))?;
    let plan = city.calendar(&city.ancestors(area.id)).plan();
    let exceptions = plan.exceptions.iter().map(|(date, exception)| ExceptionWire {
        date: date.to_string(),
        kind: if matches!(exception, Exception::Holiday) { "holiday" } else { "make_up" }.to_owned(),
        hours: hours(plan.hours_on(*date)),
    });
    let (first, last) = (plan.exceptions.keys().next(), plan.exceptions.keys().next_back());
    let wire = CalendarWire {
        zone: plan.zone.clone(),
        week: WEEK.into_iter().map(|(name, day)| (name.to_owned(), hours(plan.week.on(day)))).collect(),
        exceptions: exceptions.collect(),
        covers: first.zip(last).map(|(first, last)| (first.to_string(), last.to_string())),
    };
    Ok(tagged::json(&headers, &wire))
}

#[rustfmt::skip] // a table, best read as one
const WEEK: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday), ("tue", Weekday::Tuesday), ("wed", Weekday::Wednesday), ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday), ("sat", Weekday::Saturday), ("sun", Weekday::Sunday),
];

fn hours(shifts: &[Shift]) -> Vec<(String, String)> {
    let clock = |minutes: u16| format!("{:02}:{:02}", minutes / 60, minutes % 60);
    shifts.iter().map(|shift| (clock(shift.from_min()), clock(shift.to_min()))).collect()
}

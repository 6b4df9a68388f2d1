//! One case as a caller sees it: row, steps with the time they took, shares, route, side facts, and what this
//! person may do next.

use super::places::CaseSourceWire;
use super::wire::{AreasWire, DueWire, EvidenceWire, FactsWire, LeadWire, PlaceWire, is_checked};
use app::case::{CaseView, Duplicate, NextAct, number, would_start};
use app::{App, City};
use domain::audit::Entry;
use domain::case::{Act, ActName, Case, Due, EndedHow, ShareState, Step};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

/// A case whole.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CaseWire {
    /// What lists show too.
    #[serde(flatten)]
    pub facts: FactsWire,
    /// The six steps with their clocks.
    pub steps: Vec<StepWire>,
    /// Units and their shares, the lead first.
    pub shares: Vec<ShareWire>,
    /// Why it went where it went.
    pub route: Option<RouteWire>,
    /// Hold, postponement asked for, pauses, links, merges, appeal.
    #[schema(value_type = Object)]
    pub side: Value,
    /// How it left the loop.
    #[schema(value_type = Option<Object>)]
    pub ended: Option<Value>,
    /// What the reporter was told and said.
    pub answer: Option<AnswerWire>,
    /// What this person may do next.
    pub legal: Vec<LegalWire>,
    /// Pictures and papers.
    pub evidence: Vec<EvidenceWire>,
    /// Whose matter it is, when it can be assigned.
    pub suggestion: Option<SuggestionWire>,
    /// Cases that may be the same matter.
    pub duplicates: Vec<DuplicateWire>,
    /// Clocks that an assignment would start.
    #[schema(value_type = Option<Object>)]
    pub clocks: Option<Value>,
    /// The inspection that found it, of a place that the caller sees.
    pub found: Option<CaseSourceWire>,
    /// The hash chain of its log.
    pub chain: ChainWire,
}

/// What the reporter was told and said.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AnswerWire {
    /// When they were told.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// What they were told.
    pub text: String,
    /// Until when they may confirm or reopen.
    #[schema(value_type = String, format = DateTime)]
    pub wait_until: Timestamp,
    /// satisfied, fair or dissatisfied; `null` as long as they said nothing.
    pub confirmed: Option<String>,
}

/// One of the six steps.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StepWire {
    /// 1 to 6.
    pub stage: u8,
    /// Name.
    pub name: String,
    /// When it began.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub started_at: Option<Timestamp>,
    /// When it ended.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ended_at: Option<Timestamp>,
    /// Its clock.
    pub due: Option<DueWire>,
    /// Seconds of its clock's own time that were used.
    pub used_s: Option<i64>,
    /// Seconds of its clock's own time beyond the deadline.
    pub over_s: Option<i64>,
}

/// A unit's part.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ShareWire {
    /// Id of the unit.
    pub unit: u32,
    /// Whether it leads.
    pub lead: bool,
    /// Its part, in words.
    pub task: String,
    /// given, accepted or done.
    pub state: String,
    /// Until when to accept or return.
    pub accept: DueWire,
    /// Until when to be done.
    pub handle: DueWire,
    /// When it was accepted or done.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub at: Option<Timestamp>,
}

/// Why a case went where it went.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RouteWire {
    /// What the matrix suggested.
    pub suggested: Option<u32>,
    /// Why, in Chinese.
    pub because_zh: String,
    /// Why, in English.
    pub because_en: String,
    /// Why another unit was chosen.
    pub instead: Option<String>,
}

/// An act that law and rights allow now.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LegalWire {
    /// Its name.
    pub act: String,
    /// In Chinese.
    pub zh: String,
    /// What its body needs.
    pub needs: Vec<&'static str>,
    /// Whether it is what most often comes next.
    pub primary: bool,
}

/// Whose matter it is.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SuggestionWire {
    /// The unit; `null` where the matrix has a gap.
    pub lead: Option<u32>,
    /// Why, in Chinese.
    pub because_zh: String,
    /// Why, in English.
    pub because_en: String,
    /// The matrix has a gap.
    pub gap: bool,
    /// Other units of the place.
    pub alternatives: Vec<u32>,
}

/// A case that may be the same matter.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DuplicateWire {
    /// Id.
    pub id: Uuid,
    /// Number.
    pub no: String,
    /// Metres away.
    pub distance_m: f64,
    /// How alike, 0 to 1.
    pub score: f64,
    /// In the reporter's words.
    pub text: String,
    /// When it was reported.
    #[schema(value_type = String, format = DateTime)]
    pub reported_at: Timestamp,
    /// Step.
    pub step: String,
    /// Class.
    pub class: Option<String>,
}

impl From<Duplicate> for DuplicateWire {
    fn from(found: Duplicate) -> DuplicateWire {
        let row = found.row;
        DuplicateWire {
            id: row.id.0,
            no: found.number,
            distance_m: (found.distance_m * 10.0).round() / 10.0,
            score: (found.likeness * 100.0).round() / 100.0,
            text: row.text,
            reported_at: row.reported_at,
            step: row.step.as_str().to_owned(),
            class: row.class.map(|c| c.0),
        }
    }
}

/// The hash chain of a case's log.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ChainWire {
    /// Every entry holds.
    pub ok: bool,
    /// How many there are.
    pub entries: u32,
    /// Hash of the newest, hex.
    pub head: String,
}

/// Puts a case together.
pub fn case(app: &App, city: &City, view: &CaseView, duplicates: Vec<Duplicate>) -> CaseWire {
    let (case, now) = (&view.case, app.clock.now());
    CaseWire {
        facts: facts(case, now),
        steps: steps(city, view, now),
        shares: shares(case),
        route: case.assigned().map(|a| RouteWire {
            suggested: a.route.suggested.map(|u| u.0),
            because_zh: a.route.because.clone(),
            because_en: a.route.because_en.clone(),
            instead: a.route.instead.clone(),
        }),
        side: side(case),
        ended: ended(case),
        answer: case.answered().map(|answered| AnswerWire {
            at: answered.at,
            text: answered.text.clone(),
            wait_until: answered.wait_until,
            confirmed: answered.confirmed.map(|confirmed| confirmed.satisfaction.as_str().to_owned()),
        }),
        legal: view.next.iter().copied().map(legal).collect(),
        evidence: evidence(&view.log),
        suggestion: suggestion(city, view),
        duplicates: duplicates.into_iter().map(DuplicateWire::from).collect(),
        clocks: view.next.iter().any(|n| n.act == ActName::Assign).then(|| {
            let would = would_start(city, case, now);
            json!({ "accept": DueWire::from(would.accept), "handle": DueWire::from(would.handle) })
        }),
        found: None,
        chain: ChainWire {
            ok: app::verify::verify_log(case.id.into(), &view.log).is_ok(),
            entries: case.version,
            head: view.head.to_string(),
        },
    }
}

/// What lists show too, from the case itself.
fn facts(case: &Case, now: Timestamp) -> FactsWire {
    let reported = case.reported();
    let areas: AreasWire = case.ancestors().into();
    FactsWire {
        id: case.id.0,
        no: number(case.id),
        version: case.version,
        step: case.step.name().as_str().to_owned(),
        stage: case.stage(),
        turn: case.turn().as_str().to_owned(),
        state: if case.is_closed() {
            "closed"
        } else if case.side.hold.is_some() {
            "held"
        } else {
            "open"
        }
        .to_owned(),
        class: case.class().map(|c| c.0.clone()),
        urgency: case.filed().map(|f| f.urgency.as_str().to_owned()),
        text: reported.text.clone(),
        place: PlaceWire {
            words: reported.place.words.clone(),
            lng: reported.place.point.map(|p| p.lng),
            lat: reported.place.point.map(|p| p.lat),
            areas,
            off_m: reported.place.off_m,
        },
        channel: reported.channel.as_str().to_owned(),
        lead: case.assigned().and_then(|a| a.shares.first()).map(|s| LeadWire { unit: s.unit.0 }),
        co: case.assigned().map(|a| a.shares.iter().skip(1).map(|s| s.unit.0).collect()).unwrap_or_default(),
        due: case.due().map(DueWire::from),
        hold_until: case.side.hold.as_ref().map(|h| h.until),
        reported_at: reported.at,
        closed_at: match &case.step {
            Step::Evaluated(e) => Some(e.at),
            Step::Ended(e) => Some(e.at),
            _ => None,
        },
        last_at: case.last_at,
        bounces: case.side.bounces.into(),
        reworks: case.side.reworks.into(),
        reopens: case.side.reopens.into(),
        urged: case.side.urged.into(),
        overdue: case.is_overdue(now),
        verified: reported.verified.is_some(),
        checked: is_checked(case.step.name(), case.turn().as_str()),
        confirmed: case.answered().and_then(|a| a.confirmed).map(|c| c.satisfaction.as_str().to_owned()),
        private: case.is_private(),
        desk: case.side.desk.0,
        level: case.side.level.name().to_owned(),
        outside_no: reported.outside_no.clone(),
    }
}

fn shares(case: &Case) -> Vec<ShareWire> {
    let shares = case.assigned().map(|a| a.shares.as_slice()).unwrap_or_default();
    let wire = |(n, share): (usize, &domain::case::Share)| {
        let (state, at) = match share.state {
            ShareState::Given => ("given", None),
            ShareState::Accepted(at) => ("accepted", Some(at)),
            ShareState::Done(at, _) => ("done", Some(at)),
        };
        ShareWire {
            unit: share.unit.0,
            lead: n == 0,
            task: share.task.clone(),
            state: state.to_owned(),
            accept: share.accept.into(),
            handle: share.handle.into(),
            at,
        }
    };
    shares.iter().enumerate().map(wire).collect()
}

fn side(case: &Case) -> Value {
    let side = &case.side;
    json!({
        "hold": side.hold.as_ref().map(|h| json!({ "from": h.from, "until": h.until, "reason": h.reason })),
        "asked": side.asked.as_ref().map(|a| json!({ "unit": a.unit.0, "at": a.at, "until": a.until, "reason": a.reason })),
        "pauses": side.pauses.iter().map(|p| json!({ "from": p.from, "to": p.to, "reason": p.reason })).collect::<Vec<_>>(),
        "links": side.links.iter().map(|c| c.0).collect::<Vec<_>>(),
        "absorbed": side.absorbed.iter().map(|c| c.0).collect::<Vec<_>>(),
        "postponed": side.postponed,
        "warned_pct": side.warned_pct,
        "escalated": side.escalated.map(domain::area::Level::name),
        "superior_decides": case.filed().is_some_and(|f| f.superior_decides),
        "first_due": case.assigned().map(|a| a.first_due),
        "appeal": side.appeal.as_ref().map(|a| json!({ "unit": a.unit.0, "reason": a.reason, "upheld": a.upheld })),
    })
}

fn ended(case: &Case) -> Option<Value> {
    let Step::Ended(ended) = &case.step else { return None };
    Some(match &ended.how {
        EndedHow::Refused(reason) => json!({ "how": "refused", "at": ended.at, "reason": reason.as_str() }),
        EndedHow::Merged(into) => json!({ "how": "merged", "at": ended.at, "into": into.0 }),
        EndedHow::Split(parts) => {
            json!({ "how": "split", "at": ended.at, "parts": parts.iter().map(|p| p.0).collect::<Vec<_>>() })
        }
        EndedHow::Withdrawn => json!({ "how": "withdrawn", "at": ended.at }),
    })
}

fn evidence(log: &[Entry]) -> Vec<EvidenceWire> {
    let given = log.iter().filter_map(|entry| entry.parsed().ok().map(|(_, act)| (act, entry.at)));
    given
        .flat_map(|(act, at)| act.evidence().iter().map(|e| EvidenceWire::new(e, at)).collect::<Vec<_>>())
        .collect()
}

fn suggestion(city: &City, view: &CaseView) -> Option<SuggestionWire> {
    if !view.next.iter().any(|n| n.act == ActName::Assign) {
        return None;
    }
    let (case, areas) = (&view.case, view.case.ancestors());
    let found = city.route(case.class()?, &areas, case.side.desk);
    let here = |area| Some(area) == areas.county || Some(area) == areas.city || Some(area) == areas.township;
    let open = city.units.values().filter(|u| !u.ended);
    let others = open.filter(|u| here(u.area) && Some(u.id) != found.unit).map(|u| u.id.0);
    Some(SuggestionWire {
        lead: found.unit.map(|u| u.0),
        gap: found.unit.is_none(),
        alternatives: others.collect(),
        because_zh: found.because.zh,
        because_en: found.because.en,
    })
}

/// An act with what its body needs.
fn legal(next: NextAct) -> LegalWire {
    use ActName as A;
    let needs: &[&str] = match next.act {
        A::Refuse => &["refuse_reason"],
        A::Merge | A::Link => &["case"],
        A::Split => &["parts"],
        A::File => &["class"],
        A::Assign => &["unit"],
        A::Return | A::HandUp | A::Reopen | A::Appeal => &["reason"],
        A::HandDown => &["area", "reason"],
        A::AskPostpone | A::Suspend => &["until", "reason"],
        A::DecidePostpone => &["granted"],
        A::DecideAppeal => &["upheld", "note"],
        A::Urge | A::Progress => &["note"],
        A::Handle => &["note", "evidence"],
        A::FixOnSpot => &["class", "note", "evidence"],
        A::Check => &["passed"],
        A::Answer | A::Note => &["text"],
        A::Confirm => &["satisfaction"],
        _ => &[],
    };
    let (act, zh) = (next.act.as_str().to_owned(), next.act.zh().to_owned());
    LegalWire { act, zh, needs: needs.to_vec(), primary: next.primary }
}

/// The six steps as the log tells them: when each began and ended and how much of its clock was used.
fn steps(city: &City, view: &CaseView, now: Timestamp) -> Vec<StepWire> {
    let case = &view.case;
    let calendar = city.calendar(&case.ancestors());
    let mut started: [Option<Timestamp>; 6] = [None; 6];
    let mut fold: Option<Case> = None;
    let mut clocks: [Option<Due>; 6] = [None; 6];
    for entry in &view.log {
        let Ok((by, act)) = entry.parsed() else { break };
        let next = match (fold.take(), act) {
            (None, Act::Report(report)) => Case::open(case.id, *report, entry.at),
            (Some(before), act) => match before.advance(&act, &by, entry.at) {
                Ok(after) => after,
                Err(_) => break,
            },
            (None, _) => break,
        };
        let at = usize::from(next.stage()) - 1;
        started[at] = started[at].or(Some(entry.at));
        clocks[at] = next.due().or(clocks[at]);
        fold = Some(next);
    }
    let stage = usize::from(case.stage());
    (0..6)
        .map(|at| {
            let ended_at = if at + 1 < stage { (at + 1..6).find_map(|later| started[later]) } else { None };
            let until = ended_at.unwrap_or(now);
            let counted = |from, to, due: &Due| calendar.counted_s(from, to, due.span.kind());
            let due = clocks[at];
            StepWire {
                stage: at as u8 + 1,
                name: ["reported", "filed", "assigned", "handled", "answered", "evaluated"][at].to_owned(),
                started_at: started[at],
                ended_at,
                used_s: due.zip(started[at]).map(|(due, from)| counted(from, until.max(from), &due)),
                over_s: due.filter(|due| until > due.at).map(|due| counted(due.at, until, &due)),
                due: due.map(DueWire::from),
            }
        })
        .collect()
}

//! What a list of cases may ask for, and in which order. Rights are another condition (`crate::scope`).

use crate::Value;
use domain::area::Level;
use domain::case::{Channel, StepName, Turn, Urgency};
use domain::id::{AreaId, CaseId, PersonId, UnitId};
use jiff::Timestamp;

/// Conditions on cases: all of them hold; within one, any of its values. Empty means no condition.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CaseFilter {
    /// Standing at one of these steps.
    pub steps: Vec<StepName>,
    /// Standing at one of these six stages (1 to 6).
    pub stages: Vec<u8>,
    /// Of one of these classes.
    pub classes: Vec<String>,
    /// With a share of one of these units.
    pub units: Vec<UnitId>,
    /// In one of these areas.
    pub areas: Vec<(Level, AreaId)>,
    /// Of one of these urgencies.
    pub urgencies: Vec<Urgency>,
    /// Come in one of these ways.
    pub channels: Vec<Channel>,
    /// In one of these states.
    pub states: Vec<State>,
    /// Reported by this person.
    pub reporter: Option<PersonId>,
    /// Waiting for one of these.
    pub turns: Vec<Turn>,
    /// Waiting for this person.
    pub turn: Option<TurnOf>,
    /// Whose running clock ends in this time.
    pub due: (Option<Timestamp>, Option<Timestamp>),
    /// Reported in this time.
    pub reported: (Option<Timestamp>, Option<Timestamp>),
    /// With an id between these, for a look-up by number.
    pub ids: Option<(CaseId, CaseId)>,
    /// With this number in the system they came from.
    pub outside_no: Option<String>,
    /// With these words in text or place.
    pub words: Option<String>,
    /// Held by the desk of exactly this area.
    pub desk: Option<AreaId>,
}

/// State of a case as people ask for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Not closed and not on hold.
    Open,
    /// On hold.
    Held,
    /// Closed.
    Closed,
    /// Not closed, whether on hold or not.
    Unclosed,
    /// The running clock is over.
    Late(Timestamp),
    /// The running clock is in its last fifth.
    Soon(Timestamp),
}

/// Whose turn it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TurnOf {
    /// Of a worker in one of these grids.
    Grids(Vec<AreaId>),
    /// Of the desk of this area or of one below it.
    Desk(Level, AreaId),
    /// Of whoever leads this area: what others wait for them to decide.
    Leader(Level, AreaId),
    /// Of this unit: its share is given or accepted.
    Unit(UnitId),
    /// Of this reporter.
    Reporter(PersonId),
}

/// In which order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Nearest deadline first; cases without a running clock last.
    Due,
    /// Newest report first.
    Newest,
}

/// Where a list goes on: the last row's sort key and id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// Milliseconds of the sort key.
    pub key_ms: i64,
    /// The last row.
    pub id: CaseId,
}

/// SQL conditions with their parameters, joined by `and`.
pub(crate) struct Where {
    text: Vec<String>,
    pub params: Vec<Value>,
}

impl Where {
    pub fn new() -> Where {
        Where { text: Vec::new(), params: Vec::new() }
    }

    /// Placeholder of the next parameter.
    pub fn bind(&mut self, value: impl Into<Value>) -> String {
        self.params.push(value.into());
        format!("${}", self.params.len())
    }

    pub fn and(&mut self, condition: impl Into<String>) {
        self.text.push(condition.into());
    }

    /// `column in (..)` unless there are no values.
    pub fn any_of<T: Into<Value>>(&mut self, column: &str, values: impl IntoIterator<Item = T>) {
        let places: Vec<String> = values.into_iter().map(|v| self.bind(v)).collect();
        if !places.is_empty() {
            self.and(format!("{column} in ({})", places.join(", ")));
        }
    }

    /// `$1 <= column < $2`, either side open.
    pub fn within(&mut self, column: &str, (from, to): (Option<Timestamp>, Option<Timestamp>)) {
        for (sign, at) in [(">=", from), ("<", to)] {
            if let Some(at) = at {
                let place = self.bind(at.as_millisecond());
                self.and(format!("{column} {sign} {place}"));
            }
        }
    }

    pub fn sql(&self) -> String {
        if self.text.is_empty() { "1 = 1".to_owned() } else { self.text.join(" and ") }
    }
}

/// The column of `cases` that carries the ancestor of a level.
pub(crate) fn area_column(level: Level) -> &'static str {
    match level {
        Level::City => "c.city_id",
        Level::County => "c.county_id",
        Level::Township => "c.township_id",
        Level::Community => "c.community_id",
        Level::Grid => "c.grid_id",
    }
}

impl CaseFilter {
    /// Adds its conditions over the table alias `c`.
    pub(crate) fn conditions(&self, to: &mut Where) {
        to.any_of("c.step", self.steps.iter().map(|s| s.as_str()));
        to.any_of("c.stage", self.stages.iter().copied());
        to.any_of("c.class_code", self.classes.iter().map(String::as_str));
        to.any_of("c.urgency", self.urgencies.iter().map(|u| u.as_str()));
        to.any_of("c.channel", self.channels.iter().map(|c| c.as_str()));
        to.any_of("c.turn", self.turns.iter().map(|turn| turn.as_str()));
        to.any_of("c.desk_id", self.desk.iter().map(|d| d.0));
        to.any_of("c.outside_no", self.outside_no.iter());
        to.any_of("c.reporter_id", self.reporter.iter().map(|p| p.0));
        to.within("c.due_ms", self.due);
        to.within("c.reported_ms", self.reported);
        self.areas_and_units(to);
        if !self.states.is_empty() {
            let any: Vec<String> = self.states.iter().map(|state| state.condition(to)).collect();
            to.and(format!("({})", any.join(" or ")));
        }
        if let Some(turn) = &self.turn {
            turn.condition(to);
        }
        if let Some((from, until)) = self.ids {
            let (from, until) = (to.bind(from.0), to.bind(until.0));
            to.and(format!("c.id between {from} and {until}"));
        }
        if let Some(words) = &self.words {
            let place = to.bind(format!("%{}%", words.replace(['%', '_'], "")));
            to.and(format!("(c.text like {place} or c.place like {place})"));
        }
    }

    fn areas_and_units(&self, to: &mut Where) {
        if !self.areas.is_empty() {
            let any: Vec<String> = Level::ALL
                .into_iter()
                .filter_map(|level| {
                    let ids: Vec<_> =
                        self.areas.iter().filter(|(l, _)| *l == level).map(|(_, id)| id.0).collect();
                    let places: Vec<String> = ids.into_iter().map(|id| to.bind(id)).collect();
                    (!places.is_empty()).then(|| format!("{} in ({})", area_column(level), places.join(", ")))
                })
                .collect();
            to.and(format!("({})", any.join(" or ")));
        }
        if !self.units.is_empty() {
            let places: Vec<String> = self.units.iter().map(|u| to.bind(u.0)).collect();
            to.and(format!(
                "c.id in (select s.case_id from share s where s.state <> 'over' and s.unit_id in ({}))",
                places.join(", ")
            ));
        }
    }
}

impl State {
    fn condition(self, to: &mut Where) -> String {
        match self {
            State::Open => "c.state = 'open'".to_owned(),
            State::Held => "c.state = 'held'".to_owned(),
            State::Closed => "c.state = 'closed'".to_owned(),
            State::Unclosed => "c.state <> 'closed'".to_owned(),
            State::Late(now) => {
                format!("(c.state <> 'closed' and c.due_ms < {})", to.bind(now.as_millisecond()))
            }
            State::Soon(now) => {
                let now = to.bind(now.as_millisecond());
                format!("(c.state <> 'closed' and c.due_most_ms <= {now} and c.due_ms >= {now})")
            }
        }
    }
}

impl TurnOf {
    fn condition(&self, to: &mut Where) {
        match self {
            TurnOf::Grids(grids) if grids.is_empty() => to.and("1 = 0"),
            TurnOf::Grids(grids) => {
                to.any_of("c.grid_id", grids.iter().map(|g| g.0));
                // What they fixed themselves has no unit, and another must check it.
                to.and("c.state <> 'closed' and (c.turn = 'verify' or c.turn = 'check' and c.lead_unit is not null)");
            }
            TurnOf::Desk(level, area) => {
                let area = to.bind(area.0);
                to.and(format!("{} = {area}", area_column(*level)));
                to.and("c.state <> 'closed' and c.turn in ('verify', 'desk', 'postpone', 'check')");
            }
            TurnOf::Leader(level, area) => {
                let area = to.bind(area.0);
                to.and(format!("{} = {area}", area_column(*level)));
                to.and("c.state <> 'closed' and c.turn = 'postpone'");
            }
            TurnOf::Unit(unit) => {
                let unit = to.bind(unit.0);
                to.and("c.state <> 'closed'");
                to.and(format!(
                    "c.id in (select s.case_id from share s where s.unit_id = {unit} and s.state in ('given', 'accepted'))"
                ));
            }
            TurnOf::Reporter(person) => {
                let person = to.bind(person.0);
                to.and(format!("c.reporter_id = {person} and c.turn = 'reporter'"));
            }
        }
    }
}

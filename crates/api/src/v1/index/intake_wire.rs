//! Figures and intakes as they travel.

use std::collections::HashMap;

use app::City;
use app::index::intake::{self, FileRead, Planned};
use domain::id::{AreaId, PersonId};
use domain::intake::{Change, Figure, Looked, Usual};
use domain::month::Month;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::intake::{Given, Intake};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::problem::{Answer, Problem};
use crate::v1::state::State;

/// A month of a query or a body.
pub fn month(path: &str, text: &str) -> Answer<Month> {
    text.parse().map_err(|bad: domain::month::BadMonth| Problem::field(path, "format", bad.to_string()))
}

/// Code of an area; its id where it has none any more.
pub fn code_of(city: &City, area: AreaId) -> String {
    city.area(area).map_or_else(|| area.to_string(), |area| area.code.as_str().to_owned())
}

/// What a department hands in for one month.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HandInBody {
    /// Which, by its unit's code; one's own when absent.
    pub department: Option<String>,
    /// As `2026-09`.
    pub month: String,
    /// In words.
    pub note: Option<String>,
    pub figures: Vec<FigureIn>,
}

/// One figure. What it must have depends on the indicator: a share `num` and `den`, a rate `num`, others `value`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FigureIn {
    /// Code of the indicator, or of a base figure.
    indicator: String,
    /// Code of the area.
    area: String,
    /// Events, or what is counted of `den`.
    num: Option<f64>,
    /// What `num` is counted of.
    den: Option<f64>,
    /// In the indicator's unit.
    value: Option<f64>,
    /// Standard error of `value`, in its unit.
    se: Option<f64>,
    /// Answers of a survey.
    n: Option<f64>,
    /// Why an unlikely figure is right.
    remark: Option<String>,
}

impl FigureIn {
    /// As use cases take it.
    pub fn read(self) -> intake::FigureIn {
        let FigureIn { indicator, area, num, den, value, se, n, remark } = self;
        intake::FigureIn { indicator, area, num, den, value, se, n, remark }
    }
}

/// What would be saved, and everything that stands against it.
#[derive(Serialize, ToSchema)]
pub struct PreviewWire {
    /// Code of the department's unit.
    department: String,
    month: String,
    /// Whether it can be saved as it is.
    ready: bool,
    /// Figures that are not known yet.
    new: usize,
    /// Figures that say what is known.
    same: usize,
    /// Figures that correct what is known.
    changed: usize,
    /// Figures far from what is usual that have no remark.
    unconfirmed: usize,
    /// Each figure that makes sense by itself.
    figures: Vec<LookedWire>,
    /// What is asked of this department for this month, is not known and not among the figures.
    missing: Vec<MissingWire>,
    /// What stands against saving.
    faults: Vec<FaultWire>,
    /// What was passed over in a file, or read with some thought.
    notes: Vec<String>,
}

/// One figure against the framework and what is known.
#[derive(Serialize, ToSchema)]
struct LookedWire {
    /// Its place in what was sent, from 0.
    at: usize,
    /// Where it stood in a file.
    place: Option<String>,
    indicator: String,
    /// Code of the area.
    area: String,
    /// new, same or changed.
    change: &'static str,
    /// What is known, where it is another.
    before: Option<NumbersWire>,
    /// What it stands for, in the indicator's unit; `null` while its base figure is lacking.
    value: Option<f64>,
    usual: Option<UsualWire>,
    /// Far from what is usual: a remark must say why it is right.
    implausible: bool,
    /// The denominator, or number of answers, where it is below what the scoring standard asks.
    small: Option<f64>,
    /// The base figure that is lacking.
    lacks: Option<String>,
}

/// What is usual there.
#[derive(Serialize, ToSchema)]
struct UsualWire {
    /// In the indicator's unit.
    median: f64,
    /// Robust deviations from it; beyond 3.5 is implausible.
    z: f64,
    /// Whether other areas had to be asked.
    pooled: bool,
    /// Values it was told by.
    n: usize,
}

impl From<Usual> for UsualWire {
    fn from(it: Usual) -> UsualWire {
        UsualWire { median: it.median, z: it.z, pooled: it.pooled, n: it.n }
    }
}

/// The numbers of a figure.
#[derive(Serialize, ToSchema)]
pub struct NumbersWire {
    num: Option<f64>,
    den: Option<f64>,
    value: Option<f64>,
    se: Option<f64>,
    n: Option<f64>,
    remark: Option<String>,
}

impl NumbersWire {
    /// Of a figure.
    pub fn of(it: &Figure) -> NumbersWire {
        let remark = it.remark.clone();
        NumbersWire { num: it.num, den: it.den, value: it.value, se: it.se, n: it.n, remark }
    }
}

/// A figure that is asked and not there.
#[derive(Serialize, ToSchema)]
struct MissingWire {
    indicator: String,
    /// Code of the area.
    area: String,
}

/// Something that stands against saving.
#[derive(Serialize, ToSchema)]
struct FaultWire {
    /// JSON pointer, or sheet, row and column.
    path: String,
    code: &'static str,
    /// What is wrong, and how to mend it.
    detail: String,
}

impl PreviewWire {
    /// Of what was planned; `read` knows where figures stood.
    pub fn of(city: &City, planned: &Planned, read: &FileRead) -> PreviewWire {
        let count =
            |change: fn(&Change) -> bool| planned.look.figures.iter().filter(|it| change(&it.change)).count();
        let faults = read.faults.iter().cloned();
        let faults: Vec<FaultWire> = faults
            .chain(planned.faults.iter().cloned().map(|fault| read.placed(fault)))
            .map(|it| FaultWire { path: it.path, code: it.code, detail: it.detail })
            .collect();
        let unconfirmed = planned.doubts.iter().filter(|doubt| !doubt.confirmed).count();
        let both = planned.figures.iter().zip(&planned.look.figures);
        let missing = planned.look.missing.iter();
        PreviewWire {
            department: planned.department.clone(),
            month: planned.month.to_string(),
            ready: faults.is_empty() && unconfirmed == 0,
            new: count(|it| matches!(it, Change::New)),
            same: count(|it| matches!(it, Change::Same)),
            changed: count(|it| matches!(it, Change::Changed { .. })),
            unconfirmed,
            figures: both.map(|((at, figure), it)| looked(city, *at, figure, it, read)).collect(),
            missing: missing
                .map(|it| MissingWire { indicator: it.indicator.clone(), area: code_of(city, it.area) })
                .collect(),
            faults,
            notes: read.notes.clone(),
        }
    }
}

fn looked(city: &City, at: usize, figure: &Figure, it: &Looked, read: &FileRead) -> LookedWire {
    let (change, before) = match &it.change {
        Change::New => ("new", None),
        Change::Same => ("same", None),
        Change::Changed { before } => ("changed", Some(NumbersWire::of(before))),
    };
    LookedWire {
        at,
        place: read.places.get(at).cloned(),
        indicator: figure.indicator.clone(),
        area: code_of(city, figure.area),
        change,
        before,
        value: it.value,
        usual: it.usual.map(UsualWire::from),
        implausible: it.is_implausible(),
        small: it.small,
        lacks: it.lacks.clone(),
    }
}

/// What a department handed in.
#[derive(Serialize, ToSchema)]
pub struct IntakeWire {
    id: Uuid,
    /// Code of the department's unit.
    department: String,
    month: String,
    /// saved, signed or discarded.
    state: &'static str,
    note: String,
    /// What the file was called, if it came as one.
    file: Option<String>,
    /// How many figures it has.
    n_figures: u32,
    /// Of these, how many corrected what was known when it was saved.
    n_changed: u32,
    /// Of these, how many were far from what is usual.
    n_doubts: u32,
    #[schema(value_type = String, format = DateTime)]
    saved_at: Timestamp,
    /// Who saved it; `null` for the platform.
    saved_by: Option<HandWire>,
    /// From when on its figures count.
    #[schema(value_type = Option<String>, format = DateTime)]
    signed_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    discarded_at: Option<Timestamp>,
    /// Who signed it, or discarded it.
    ended_by: Option<HandWire>,
}

/// Someone, as colleagues know them now.
#[derive(Clone, Serialize, ToSchema)]
struct HandWire {
    person: Uuid,
    name: Option<String>,
}

/// A page of intakes.
#[derive(Serialize, ToSchema)]
pub struct IntakesPage {
    /// Those saved last first.
    pub items: Vec<IntakeWire>,
    /// Where the next page begins; `null` at the end.
    pub next: Option<String>,
}

impl IntakeWire {
    /// With the names of who did what.
    pub async fn all(state: &State, intakes: Vec<Intake>) -> Answer<Vec<IntakeWire>> {
        let people: Vec<PersonId> =
            intakes.iter().flat_map(|it| [it.person, it.ended_by]).flatten().collect();
        let names = state.app.people.names(people).await?;
        Ok(intakes.into_iter().map(|it| IntakeWire::of(it, &names)).collect())
    }

    /// The same of one.
    pub async fn named(state: &State, intake: Intake) -> Answer<IntakeWire> {
        let names = state.app.people.names([intake.person, intake.ended_by].into_iter().flatten()).await?;
        Ok(IntakeWire::of(intake, &names))
    }

    fn of(it: Intake, names: &HashMap<PersonId, String>) -> IntakeWire {
        let doer = |id: PersonId| HandWire { person: id.0, name: names.get(&id).cloned() };
        IntakeWire {
            id: it.id.0,
            department: it.department,
            month: it.month.to_string(),
            state: it.state.as_str(),
            note: it.note,
            file: it.file.map(|file| file.name),
            n_figures: it.n_figures,
            n_changed: it.n_changed,
            n_doubts: it.n_doubts,
            saved_at: it.saved,
            saved_by: it.person.map(doer),
            signed_at: it.signed,
            discarded_at: it.discarded,
            ended_by: it.ended_by.map(doer),
        }
    }

    /// Its `ETag`: figures of an intake never change, its state does.
    pub fn tag(&self) -> String {
        self.state.to_owned()
    }
}

/// An intake with its figures.
#[derive(Serialize, ToSchema)]
pub struct IntakeWithFigures {
    intake: IntakeWire,
    /// In the order in which they were handed in.
    figures: Vec<FigureWire>,
}

/// One figure as it was handed in.
#[derive(Serialize, ToSchema)]
struct FigureWire {
    indicator: String,
    /// Code of the area.
    area: String,
    numbers: NumbersWire,
    /// Robust deviations from what was usual when it was saved.
    z: Option<f64>,
}

impl IntakeWithFigures {
    /// Both.
    pub fn of(city: &City, intake: IntakeWire, figures: &[Given]) -> IntakeWithFigures {
        let figure = |it: &Given| FigureWire {
            indicator: it.figure.indicator.clone(),
            area: code_of(city, it.figure.area),
            numbers: NumbersWire::of(&it.figure),
            z: it.z,
        };
        IntakeWithFigures { intake, figures: figures.iter().map(figure).collect() }
    }
}

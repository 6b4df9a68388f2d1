//! What figures would be if they were saved: resolved, looked at against the framework and what is known. Writes nothing.

use std::collections::{BTreeMap, BTreeSet};

use domain::area::Level;
use domain::framework::{Framework, Measure};
use domain::id::AreaId;
use domain::intake::{self, Figure, Known, LOOKS_BACK, Look, PLATFORM};
use domain::month::Month;
use domain::policy::{Actor, IndexAct, Role};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use store::intake::File;

use crate::city::City;
use crate::index::followed::{self, department, followed, permit};
use crate::{App, AppError, FieldError};

/// Most figures of one intake: every grid of a large city, and some.
const MOST: usize = 20_000;
/// Errors that are told at most.
const TOLD: usize = 500;
/// Most characters of a note or a remark.
const LONGEST: usize = 500;

/// Everything that is signed: a signature may bear a moment that this node's clock has not reached.
pub(super) const SIGNED: Timestamp = Timestamp::MAX;

/// What someone hands in.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HandIn {
    /// Which department: its unit's code; `None` for one's own.
    pub department: Option<String>,
    /// The month of the figures.
    pub month: Month,
    /// In words.
    pub note: String,
    /// The file they came in: name and SHA-256 in hex.
    #[serde(skip)]
    pub file: Option<File>,
    /// The figures.
    pub figures: Vec<FigureIn>,
}

/// One figure as it is handed in.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct FigureIn {
    /// Code of the indicator or base.
    pub indicator: String,
    /// Code or id of the area.
    pub area: String,
    /// Events, or what is counted of `den`.
    pub num: Option<f64>,
    /// What `num` is counted of.
    pub den: Option<f64>,
    /// In the indicator's unit.
    pub value: Option<f64>,
    /// Standard error of `value`.
    pub se: Option<f64>,
    /// Answers of a survey.
    pub n: Option<f64>,
    /// Why an unlikely figure is right: with it, it is confirmed.
    pub remark: Option<String>,
}

/// What would be saved.
#[derive(Clone, Debug)]
pub struct Planned {
    /// Code of the department's unit.
    pub department: String,
    /// The month.
    pub month: Month,
    /// Figures that make sense by themselves, each with its place in what was handed in.
    pub figures: Vec<(usize, Figure)>,
    /// What each of these is, in the same order, and what is missing.
    pub look: Look,
    /// What stands against saving, by field; empty when nothing does.
    pub faults: Vec<FieldError>,
    /// Figures that are implausible and not confirmed.
    pub doubts: Vec<Doubt>,
}

/// A figure that needs a remark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// Its place in what was handed in, from 0.
    pub at: usize,
    /// Whether the remark is there.
    pub confirmed: bool,
}

impl Planned {
    /// How many figures say something else than what is known.
    pub fn n_changed(&self) -> usize {
        self.look.figures.iter().filter(|it| matches!(it.change, intake::Change::Changed { .. })).count()
    }
}

/// What would be saved, and everything that stands against it.
pub async fn preview(app: &App, who: &Actor, asked: &HandIn) -> Result<Planned, AppError> {
    let department = whose(app, who, asked.department.as_deref())?;
    let (_, framework) = followed(app).await?;
    let mut reading = Reading { city: &app.city(), month: asked.month, faults: Vec::new() };
    reading.whole(asked, app.people.today())?;
    let figures = reading.figures(&asked.figures);
    let mut faults = reading.faults;
    let city = app.city();
    let known = known_for(app, &framework, asked.month, &levels(&city, &figures)).await?;
    let plain: Vec<Figure> = figures.iter().map(|(_, figure)| figure.clone()).collect();
    let look = intake::look(&intake::Asked {
        framework: &framework,
        department: &department,
        month: asked.month,
        areas: &counties(&city, asked.month),
        figures: &plain,
        known: &known,
    });
    let place = |fault: &intake::Fault| format!("/figures/{}/{}", figures[fault.at].0, fault.column);
    faults.extend(look.faults.iter().map(|fault| error(&place(fault), "impossible", &fault.why)));
    let looked = figures.iter().zip(&look.figures).filter(|(_, looked)| looked.is_implausible());
    let doubts =
        looked.map(|((at, figure), _)| Doubt { at: *at, confirmed: figure.remark.is_some() }).collect();
    faults.truncate(TOLD);
    Ok(Planned { department, month: asked.month, figures, look, faults, doubts })
}

/// The department that hands in: the one that is named, or one's own.
pub(super) fn whose(app: &App, who: &Actor, named: Option<&str>) -> Result<String, AppError> {
    let city = app.city();
    let own = who.unit.and_then(|id| city.units.get(&id)).map(|unit| unit.code.clone());
    let code = match named {
        Some(PLATFORM) if who.role == Role::System => return Ok(PLATFORM.to_owned()),
        Some(text) => department(&city, text).map(|unit| unit.code.clone()),
        None => own,
    };
    let code = code.ok_or(AppError::NotFound { what: "department" })?;
    permit(app, who, IndexAct::HandIn, Some(&code), "department")?;
    Ok(code)
}

struct Reading<'a> {
    city: &'a City,
    month: Month,
    faults: Vec<FieldError>,
}

impl Reading<'_> {
    fn whole(&mut self, asked: &HandIn, today: Date) -> Result<(), AppError> {
        if asked.month > Month::of(today) {
            let why = format!("{} has not begun", asked.month);
            self.faults.push(error("/month", "range", &why));
        }
        if asked.note.chars().count() > LONGEST {
            self.faults.push(error("/note", "range", &format!("at most {LONGEST} characters")));
        }
        if asked.figures.is_empty() {
            self.faults.push(error("/figures", "missing", "there is no figure"));
        }
        if asked.figures.len() > MOST {
            return Err(AppError::field(
                "/figures",
                "range",
                format!("at most {MOST} at once; hand in the rest apart"),
            ));
        }
        Ok(())
    }

    fn figures(&mut self, asked: &[FigureIn]) -> Vec<(usize, Figure)> {
        let last_day = last_day_of(self.month);
        let mut figures = Vec::with_capacity(asked.len());
        for (at, it) in asked.iter().enumerate() {
            let remark = it.remark.as_deref().map(str::trim).filter(|text| !text.is_empty());
            if remark.is_some_and(|text| text.chars().count() > LONGEST) {
                let why = format!("at most {LONGEST} characters");
                self.faults.push(error(&format!("/figures/{at}/remark"), "range", &why));
            }
            let Some(area) = self.city.area_by_text_on(it.area.trim(), last_day) else {
                let why = format!("no area has the code {:?} at the end of {}", it.area, self.month);
                self.faults.push(error(&format!("/figures/{at}/area"), "unknown", &why));
                continue;
            };
            let plain = |number: Option<f64>| number.map(|it| it + 0.0); // -0 is 0
            let figure = Figure {
                indicator: it.indicator.trim().to_owned(),
                area: area.id,
                month: self.month,
                num: plain(it.num),
                den: plain(it.den),
                value: plain(it.value),
                se: plain(it.se),
                n: plain(it.n),
                remark: remark.map(str::to_owned),
            };
            figures.push((at, figure));
        }
        figures
    }
}

/// Levels of the areas of some figures; that of counties in any case.
fn levels(city: &City, figures: &[(usize, Figure)]) -> BTreeSet<Level> {
    let own = figures.iter().filter_map(|(_, figure)| Some(city.area(figure.area)?.level));
    own.chain([Level::County]).collect()
}

/// What is known of figures of these levels, as far as a look at a month's figures needs it: the months
/// before, and the bases that hold.
async fn known_for(
    app: &App,
    framework: &Framework,
    month: Month,
    levels: &BTreeSet<Level>,
) -> Result<Known, AppError> {
    let mut known = Known::default();
    let first = month.plus(-LOOKS_BACK);
    for level in levels {
        for code in bases(framework) {
            for held in store::intake::held(&app.store, code, *level, first, SIGNED).await? {
                known.add(held.given.figure);
            }
        }
        for figure in store::intake::figures_known(&app.store, *level, first, month, SIGNED).await? {
            known.add(figure.given.figure);
        }
    }
    Ok(known)
}

fn bases(framework: &Framework) -> BTreeSet<&str> {
    let of_rates = framework.indicators.iter().filter_map(|it| match &it.standard.measure {
        Measure::Rate { base, .. } => Some(base.as_str()),
        _ => None,
    });
    of_rates.chain(framework.bases.iter().map(|it| it.code.as_str())).collect()
}

/// The counties at the end of a month, of which each figure is asked.
pub(super) fn counties(city: &City, month: Month) -> BTreeSet<AreaId> {
    followed::counties(city, month).iter().map(|area| area.id).collect()
}

pub(super) fn last_day_of(month: Month) -> Date {
    month.first_day().last_of_month()
}

fn error(path: &str, code: &'static str, why: &str) -> FieldError {
    FieldError { path: path.to_owned(), code, detail: why.to_owned() }
}

/// Names of departments, by code.
pub(super) fn names(city: &City) -> BTreeMap<String, (String, String)> {
    let units = city.units.values();
    units.map(|unit| (unit.code.clone(), (unit.name_zh.clone(), unit.name_en.clone()))).collect()
}

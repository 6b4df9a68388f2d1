//! What forms cost (填表负担): minutes of form-filling per worker and day, by the department that asks, published.
//!
//! Every form that is filled in leaves a row with its cost: the seconds that the device measured, else the form's own
//! estimate. What is told are sums over at least [`FEWEST`] people, of whole months and areas from townships up, and
//! rounded: nothing here says how long one person took, or ranks anyone.

use domain::area::{Ancestors, Level};
use domain::class::Label;
use domain::form::Form;
use domain::id::AreaId;
use domain::month::Month;
use domain::policy::Actor;
use store::burden::{By, Cost as Sum, Filled, costs};
use store::{Fault, Statement};
use uuid::Uuid;

use crate::form::{Listed, forms};
use crate::place::day_number;
use crate::{App, AppError};

/// Fewest people that anything is told of.
pub const FEWEST: u64 = 5;
/// A form that was left open longer than this, in seconds, was not being filled in.
const LONGEST_S: u32 = 4 * 60 * 60;

/// A form that was filled in, to be counted.
pub struct Cost<'a> {
    /// Of what it was filled in for: an inspection, a visit.
    pub id: Uuid,
    /// Code, version and the form itself.
    pub form: (&'a str, u32, &'a Form),
    /// Where.
    pub areas: Ancestors,
    /// Local day, in days since 1970.
    pub day: i32,
    /// As measured on the device.
    pub seconds: Option<u32>,
    /// Questions that asked what is known.
    pub asks_known: usize,
}

impl Cost<'_> {
    /// What counts it; nothing, where no person filled it in.
    pub fn insert(&self, who: &Actor) -> Option<Statement> {
        let (code, version, form) = self.form;
        let measured = self.seconds.filter(|it| (1..=LONGEST_S).contains(it));
        let filled = Filled {
            id: self.id,
            form: code.to_owned(),
            form_version: version,
            owner: form.doc.owner.clone(),
            person: who.person?,
            day: self.day,
            areas: self.areas,
            seconds: measured.unwrap_or(u32::from(form.doc.minutes) * 60).clamp(1, LONGEST_S),
            measured: measured.is_some(),
            asks_known: self.asks_known as u32,
        };
        Some(filled.insert())
    }
}

/// What forms of one department cost.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Code of the department.
    pub owner: String,
    /// Its name.
    pub name: Label,
    /// Code of the form; empty for all of the department.
    pub form: String,
    /// Its title.
    pub title: Label,
    /// Forms filled in, to the nearest ten.
    pub forms: u64,
    /// Minutes per worker and day on which they filled one in, one decimal.
    pub minutes_per_worker_day: f64,
    /// Share of the forms whose time was measured, in percent.
    pub measured_pct: u8,
    /// Questions asked that are known already, to the nearest ten.
    pub asked_although_known: u64,
}

/// The burden of a month in an area.
#[derive(Clone, Debug, PartialEq)]
pub struct Burden {
    /// The month.
    pub month: Month,
    /// The area.
    pub area: AreaId,
    /// Minutes per worker and day, of all departments together; `None` where too few people filled anything in.
    pub minutes_per_worker_day: Option<f64>,
    /// By department, the costliest first.
    pub departments: Vec<Line>,
    /// By form.
    pub forms: Vec<Line>,
    /// Departments that are not told, for they asked fewer than [`FEWEST`] people.
    pub hidden: usize,
    /// Forms that ask what is known, with the questions.
    pub asking: Vec<Listed>,
}

/// The burden of a month, of an area from townships up.
pub async fn of(app: &App, area: AreaId, month: Month) -> Result<Burden, AppError> {
    let city = app.city();
    let place = city.area(area).ok_or(AppError::NotFound { what: "area" })?;
    if place.level > Level::Township {
        return Err(AppError::field(
            "?area",
            "range",
            "it is told of townships and larger: smaller would be few people",
        ));
    }
    let days = (day_number(month.first_day()), day_number(month.first_day().last_of_month()) + 1);
    let here = (place.level, area);
    let above = place.parent.and_then(|it| city.area(it)).map(|it| (it.level, it.id));
    let told = |by| shown(app, here, above, days, by);
    let ((all, _), (departments, hidden), (by_form, _)) =
        (told(By::All).await?, told(By::Owner).await?, told(By::Form).await?);
    let listed = forms(app, true).await?;
    let name = |sum: &Sum| {
        let unit = city.units.values().find(|it| it.code == sum.owner);
        let name = unit
            .map_or_else(|| Label::new(&sum.owner, &sum.owner), |it| Label::new(&it.name_zh, &it.name_en));
        let form = listed.iter().find(|it| it.code == sum.form);
        (name, form.map_or_else(Label::default, |it| it.title.clone()))
    };
    let lines = |sums: Vec<Sum>| {
        let mut lines: Vec<Line> = sums.iter().map(|sum| line(sum, name(sum))).collect();
        lines.sort_by(|a, b| {
            b.minutes_per_worker_day.total_cmp(&a.minutes_per_worker_day).then(a.form.cmp(&b.form))
        });
        lines
    };
    Ok(Burden {
        month,
        area,
        minutes_per_worker_day: all.first().map(per_day),
        departments: lines(departments),
        forms: lines(by_form),
        hidden,
        asking: listed.into_iter().filter(|it| !it.asks_known.is_empty() && !it.retired).collect(),
    })
}

/// Sums of enough people; and how many are not told. What would be left of the area above when this is taken away must be
/// of enough people too, or of none: else the difference of two answers would tell of few.
async fn shown(
    app: &App,
    here: (Level, AreaId),
    above: Option<(Level, AreaId)>,
    days: (i32, i32),
    by: By,
) -> Result<(Vec<Sum>, usize), Fault> {
    let mut sums = costs(&app.store, here, days, by).await?;
    let around = match above {
        Some(above) => costs(&app.store, above, days, by).await?,
        None => Vec::new(),
    };
    let before = sums.len();
    sums.retain(|sum| {
        let same = |it: &&Sum| it.owner == sum.owner && it.form == sum.form;
        let rest = around.iter().find(same).map_or(0, |it| it.workers.saturating_sub(sum.workers));
        sum.workers >= FEWEST && (rest == 0 || rest >= FEWEST)
    });
    let hidden = before - sums.len();
    Ok((sums, hidden))
}

fn per_day(sum: &Sum) -> f64 {
    let minutes = sum.seconds as f64 / 60.0 / (sum.worker_days.max(1) as f64);
    (minutes * 10.0).round() / 10.0
}

fn line(sum: &Sum, (name, title): (Label, Label)) -> Line {
    let tens = |n: u64| (n + 5) / 10 * 10;
    Line {
        owner: sum.owner.clone(),
        name,
        form: sum.form.clone(),
        title,
        forms: tens(sum.forms),
        minutes_per_worker_day: per_day(sum),
        measured_pct: (sum.measured * 100 / sum.forms.max(1)) as u8,
        asked_although_known: tens(sum.asks_known),
    }
}

//! Who sees which figures: a department its own, whoever answers for the whole city all of them.

use std::collections::BTreeSet;

use domain::area::Level;
use domain::id::{AreaId, IntakeId};
use domain::intake::{State, Subject};
use domain::month::Month;
use domain::policy::{Actor, IndexAct};
use jiff::Timestamp;
use store::intake::{Given, Intake, Known, Listed};

use super::plan::SIGNED;
use crate::index::followed::{department, followed, permit};
use crate::{App, AppError};

/// Months that are read at once at most.
const MOST_MONTHS: i32 = 36;

/// Which intakes a list shows; `None` sets no condition.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// Of one department, by its unit's code.
    pub department: Option<String>,
    /// Of one month.
    pub month: Option<Month>,
    /// In one state.
    pub state: Option<State>,
    /// Those before this one.
    pub before: Option<(Timestamp, IntakeId)>,
    /// At most so many.
    pub limit: u32,
}

/// Whose figures someone sees: `None` all, else those of one department. `asked` narrows it down.
pub(super) fn seen(app: &App, who: &Actor, asked: Option<&str>) -> Result<Option<String>, AppError> {
    let city = app.city();
    let none = || AppError::NotFound { what: "department" };
    let asked = match asked {
        Some(domain::intake::PLATFORM) => Some(domain::intake::PLATFORM.to_owned()),
        Some(text) => Some(department(&city, text).ok_or_else(none)?.code.clone()),
        None => None,
    };
    if permit(app, who, IndexAct::SeeIntake, None, "intake").is_ok() {
        return Ok(asked);
    }
    let own = who.unit.and_then(|id| city.units.get(&id)).ok_or(AppError::NotFound { what: "intake" })?;
    permit(app, who, IndexAct::SeeIntake, Some(&own.code), "intake")?;
    if asked.is_some_and(|asked| asked != own.code) {
        return Err(none());
    }
    Ok(Some(own.code.clone()))
}

/// Intakes, those saved last first, and where the next page begins.
pub async fn list(
    app: &App,
    who: &Actor,
    page: &Page,
) -> Result<(Vec<Intake>, Option<(Timestamp, IntakeId)>), AppError> {
    let of = seen(app, who, page.department.as_deref())?;
    let listed =
        Listed { department: of.as_deref(), month: page.month, state: page.state, before: page.before };
    let mut found = store::intake::list(&app.store, listed, page.limit + 1).await?;
    let more = found.len() > page.limit as usize;
    found.truncate(page.limit as usize);
    let next = found.last().filter(|_| more).map(|last| (last.saved, last.id));
    Ok((found, next))
}

/// One intake with its figures.
pub async fn one(app: &App, who: &Actor, id: IntakeId) -> Result<(Intake, Vec<Given>), AppError> {
    let none = AppError::NotFound { what: "intake" };
    let intake = store::intake::one(&app.store, id).await?.ok_or(none)?;
    if seen(app, who, None)?.is_some_and(|own| own != intake.department) {
        return Err(AppError::NotFound { what: "intake" });
    }
    Ok((intake, store::intake::figures(&app.store, id).await?))
}

/// All vintages of one number, the first first; empty when nobody has handed it in.
pub async fn vintages(
    app: &App,
    who: &Actor,
    indicator: &str,
    area: AreaId,
    month: Month,
) -> Result<Vec<Known>, AppError> {
    let own = seen(app, who, None)?;
    let (_, framework) = followed(app).await?;
    let whose = Subject::of(&framework, indicator).map(Subject::department);
    let hidden = own.is_some_and(|own| whose != Some(own.as_str()));
    if hidden || whose.is_none() {
        return Err(AppError::NotFound { what: "indicator" });
    }
    Ok(store::intake::vintages(&app.store, indicator, area, month).await?)
}

/// Which figures are asked for.
#[derive(Clone, Debug)]
pub struct Values {
    /// Only of this indicator or base.
    pub indicator: Option<String>,
    /// Of areas of this level.
    pub level: Level,
    /// From this month on.
    pub first: Month,
    /// Up to this month.
    pub last: Month,
    /// As they were known then; `None` for now.
    pub known: Option<Timestamp>,
}

/// Figures as they were known at a moment, as far as someone sees them: by month, indicator and area.
pub async fn known(app: &App, who: &Actor, asked: &Values) -> Result<Vec<Known>, AppError> {
    let own = seen(app, who, None)?;
    if asked.first > asked.last || asked.last.since(asked.first) >= MOST_MONTHS {
        let why = format!("at most {MOST_MONTHS} months, the first before the last");
        return Err(AppError::field("?first", "range", why));
    }
    let (_, framework) = followed(app).await?;
    let departments = framework.departments();
    let visible: Option<BTreeSet<&str>> =
        own.as_deref().map(|own| departments.get(own).into_iter().flatten().copied().collect());
    let at = asked.known.unwrap_or(SIGNED);
    let mut all = store::intake::figures_known(&app.store, asked.level, asked.first, asked.last, at).await?;
    all.retain(|it| {
        let code = it.given.figure.indicator.as_str();
        asked.indicator.as_deref().is_none_or(|asked| asked == code)
            && visible.as_ref().is_none_or(|visible| visible.contains(code))
    });
    Ok(all)
}

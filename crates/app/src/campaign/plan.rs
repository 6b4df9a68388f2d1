//! What a campaign would cost, and how much of it there is: grids, people, items and minutes, from what is known. A quota
//! beyond what exists in a grid is refused here with the true number.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::area::{Area, Level};
use domain::campaign::{DAYS_MAX, Draft, MINUTES_MAX, Short, Subject, plan};
use domain::class::Label;
use domain::id::{AreaId, PersonId};
use domain::policy::{Actor, PlaceScope, Scope};
use store::campaign;
use store::case::{self, CaseFilter};
use store::duty::{self, DutyKind};
use store::place::{self, Filter, List, Order};
use store::scope::ScopeSql;

use super::{county_of, may_change};
use crate::leave::words;
use crate::people::system;
use crate::{App, AppError, City, FieldError};

/// Grids in which too little exists that are named one by one.
const NAMED: usize = 20;
/// Places read in one go.
const PLACES: u32 = 2_000;
/// Duties of a county that are looked at in one go.
const DUTIES: u32 = 5_000;

/// What a campaign would cost.
#[derive(Clone, Debug)]
pub struct Preview {
    /// By county.
    pub shares: Vec<Share>,
    /// Items of each grid, those without any left out.
    pub grids: Vec<(AreaId, u32)>,
    /// Grids among its areas in which there is nothing of the kind.
    pub n_empty: u32,
    /// Workers who have these grids on its first day.
    pub n_people: u32,
    /// Items altogether.
    pub n_items: u32,
    /// Minutes altogether, without the walk.
    pub minutes: u64,
    /// Minutes of the worker who gets most of it.
    pub most_minutes: u64,
    /// Days it lasts.
    pub n_days: u32,
    /// Minutes that other campaigns ask of the same areas in the same days.
    pub meanwhile_minutes: u64,
}

/// What it would cost in one county.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// Which.
    pub county: AreaId,
    /// Grids with something to do.
    pub n_grids: u32,
    /// Items in them.
    pub n_items: u32,
    /// Minutes they take.
    pub minutes: u64,
}

/// What a campaign would cost, for whoever may propose it.
pub async fn preview(app: &App, who: &Actor, draft: &Draft) -> Result<Preview, AppError> {
    check(app, draft)?;
    may_change(app, who, draft)
        .map_err(|_| AppError::field("/areas", "unknown", "not all of these are yours to ask"))?;
    let exist = exist(app, draft, &draft.areas).await?;
    let grids = plan(draft.quota, &exist).map_err(|short| too_many(&app.city(), draft, &short))?;
    if grids.is_empty() {
        return Err(AppError::field(
            "/subject",
            "quota",
            "there is nothing of the kind in these areas: 0 exist",
        ));
    }
    let people = people(app, draft, &grids).await?;
    let city = app.city();
    let mut shares: BTreeMap<AreaId, Share> = BTreeMap::new();
    for (grid, n) in &grids {
        let county = county_of(&city, *grid).ok_or(AppError::NotFound { what: "area" })?;
        let none = Share { county, n_grids: 0, n_items: 0, minutes: 0 };
        let share = shares.entry(county).or_insert(none);
        share.n_grids += 1;
        share.n_items += n;
        share.minutes += u64::from(*n) * u64::from(draft.minutes);
    }
    let mut meanwhile_minutes = 0;
    for area in topmost(&city, &draft.areas) {
        meanwhile_minutes += campaign::meanwhile(&app.store, &area.path, draft.from, draft.to).await?;
    }
    let n_items: u32 = grids.iter().map(|(_, n)| n).sum();
    let per = |n: u32| u64::from(n) * u64::from(draft.minutes);
    Ok(Preview {
        shares: shares.into_values().collect(),
        n_empty: (exist.len() - grids.len()) as u32,
        n_people: people.len() as u32,
        n_items,
        minutes: per(n_items),
        most_minutes: people.values().copied().max().map_or(0, per),
        n_days: draft.from.until(draft.to).map_or(0, |span| span.get_days().unsigned_abs()),
        meanwhile_minutes,
        grids,
    })
}

/// Those of some areas that lie in none of the others: each grid is in one of them.
fn topmost<'a>(city: &'a City, areas: &[AreaId]) -> Vec<&'a Area> {
    let all: BTreeSet<AreaId> = areas.iter().copied().collect();
    let known = all.iter().filter_map(|id| city.tree.get(*id));
    known.filter(|area| city.ancestors(area.id).upwards().skip(1).all(|up| !all.contains(&up))).collect()
}

/// Items of each grid of a county, as much as exists now.
pub(super) async fn of_county(
    app: &App,
    draft: &Draft,
    county: AreaId,
) -> Result<Vec<(AreaId, u32)>, AppError> {
    let exist = exist(app, draft, &draft.areas).await?;
    let city = app.city();
    let own: Vec<(AreaId, u32)> =
        exist.into_iter().filter(|(grid, _)| county_of(&city, *grid) == Some(county)).collect();
    plan(draft.quota, &own).map_err(|short| too_many(&city, draft, &short))
}

/// A draft without spaces at its edges.
pub(super) fn tidied(draft: &Draft) -> Result<Draft, AppError> {
    let both = |path: &str, it: &Label, most| {
        let zh = words(&format!("{path}/zh"), &it.zh, most)?;
        Ok::<_, AppError>(Label::new(zh, words(&format!("{path}/en"), &it.en, most)?))
    };
    Ok(Draft {
        title: both("/title", &draft.title, 80)?,
        task: both("/task", &draft.task, 500)?,
        basis: words("/basis", &draft.basis, 500)?,
        ..draft.clone()
    })
}

fn check(app: &App, draft: &Draft) -> Result<(), AppError> {
    tidied(draft)?;
    let (city, today) = (app.city(), app.people.today());
    let mut wrong = Vec::new();
    let mut say = |path: &str, code, detail: String| {
        wrong.push(FieldError { path: path.to_owned(), code, detail });
    };
    if draft.areas.is_empty() || draft.areas.len() > 500 {
        say("/areas", "range", "1 to 500 areas; name the area above instead of many below it".to_owned());
    }
    let unknown = draft.areas.iter().find(|area| city.tree.get(**area).is_none());
    if let Some(area) = unknown {
        say("/areas", "unknown", format!("there is no area {area} today"));
    }
    if city.units.get(&draft.unit).is_none_or(|unit| unit.ended) {
        say("/unit", "unknown", format!("there is no unit {}", draft.unit));
    }
    if draft.from < today {
        say("/from", "range", format!("a campaign begins today ({today}) or later"));
    }
    let days = draft.from.until(draft.to).map_or(i32::MAX, |span| span.get_days());
    if !(1..=DAYS_MAX).contains(&days) {
        say(
            "/to",
            "range",
            format!("a campaign lasts 1 to {DAYS_MAX} days; what goes on for ever is a duty"),
        );
    }
    if !(1..=MINUTES_MAX).contains(&draft.minutes) {
        say("/minutes", "range", format!("an item takes 1 to {MINUTES_MAX} minutes"));
    }
    if draft.quota == Some(0) {
        say("/quota", "range", "at least 1 in each grid, or leave it out for every one there is".to_owned());
    }
    if let Subject::Cases { classes } = &draft.subject
        && !city.classes.classes().any(|class| !classes.is_empty() && class.code.0.starts_with(classes))
    {
        say(
            "/subject/classes",
            "unknown",
            format!("no class of case has a code that begins with {classes:?}"),
        );
    }
    if wrong.is_empty() { Ok(()) } else { Err(AppError::Invalid(wrong)) }
}

/// How many there are in each grid of some areas.
async fn exist(app: &App, draft: &Draft, areas: &[AreaId]) -> Result<Vec<(AreaId, u32)>, AppError> {
    let city = app.city();
    let under = areas.iter().flat_map(|area| city.tree.under(*area));
    let grids: BTreeSet<AreaId> =
        under.filter(|area| area.level == Level::Grid).map(|area| area.id).collect();
    let counts: HashMap<AreaId, u32> = match &draft.subject {
        Subject::Grid => return Ok(grids.into_iter().map(|grid| (grid, 1)).collect()),
        Subject::Cases { classes } => cases(app, &city, classes, areas).await?,
        Subject::Places { kind } => places(app, &city, kind, areas).await?,
    };
    Ok(grids.into_iter().map(|grid| (grid, counts.get(&grid).copied().unwrap_or(0))).collect())
}

/// Open cases of classes whose codes begin so, by grid.
async fn cases(
    app: &App,
    city: &City,
    classes: &str,
    areas: &[AreaId],
) -> Result<HashMap<AreaId, u32>, AppError> {
    let codes = city.classes.classes().map(|class| class.code.0.clone());
    let filter = CaseFilter {
        classes: codes.filter(|code| code.starts_with(classes)).collect(),
        areas: areas.iter().filter_map(|id| Some((city.tree.get(*id)?.level, *id))).collect(),
        ..CaseFilter::default()
    };
    let everything = system(AreaId(0));
    let scope = ScopeSql::new(Scope::of(&everything), everything.level);
    let loads = case::area_loads(&app.store, &filter, &scope, Level::Grid, app.clock.now()).await?;
    Ok(loads.into_iter().map(|load| (load.area, load.open)).collect())
}

/// Places and things of a kind that are in use, by grid.
async fn places(
    app: &App,
    city: &City,
    kind: &str,
    areas: &[AreaId],
) -> Result<HashMap<AreaId, u32>, AppError> {
    let mut counts: HashMap<AreaId, u32> = HashMap::new();
    let mut seen = BTreeSet::new();
    for area in areas.iter().filter_map(|id| city.tree.get(*id)) {
        let filter =
            Filter { kinds: vec![kind.to_owned()], area: Some((area.level, area.id)), ..Filter::default() };
        let mut after = None;
        loop {
            let list = List {
                filter: &filter,
                scope: (&PlaceScope::All, Level::City),
                plans: &[],
                order: Order::Added,
                after,
                limit: PLACES,
            };
            let (rows, next) = place::list(&app.store, list).await?;
            for (row, _) in rows {
                if let Some(grid) = row.place.areas.grid.filter(|_| seen.insert(row.place.id)) {
                    *counts.entry(grid).or_default() += 1;
                }
            }
            match next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
    }
    Ok(counts)
}

/// The main worker of each of these grids on the first day, with the items that are theirs.
async fn people(
    app: &App,
    draft: &Draft,
    grids: &[(AreaId, u32)],
) -> Result<HashMap<PersonId, u32>, AppError> {
    let city = app.city();
    let mut left: HashMap<AreaId, u32> = grids.iter().copied().collect();
    let counties: BTreeSet<AreaId> = grids.iter().filter_map(|(grid, _)| county_of(&city, *grid)).collect();
    let mut theirs: HashMap<PersonId, u32> = HashMap::new();
    for county in counties.into_iter().filter_map(|id| city.tree.get(id)) {
        let mut after = 0;
        loop {
            let page = duty::page(&app.store, &county.path, None, draft.from, after, DUTIES).await?;
            for it in page.iter().filter(|it| it.kind == DutyKind::Main && it.holds_on(draft.from)) {
                if let Some(n) = left.remove(&it.grid) {
                    *theirs.entry(it.person).or_default() += n;
                }
            }
            match page.last() {
                Some(last) if page.len() == DUTIES as usize => after = last.id,
                _ => break,
            }
        }
    }
    Ok(theirs)
}

fn too_many(city: &City, draft: &Draft, short: &[Short]) -> AppError {
    let asked = draft.quota.unwrap_or_default();
    let name = |it: &Short| {
        let area = city.area(it.grid);
        let code = area.map_or_else(|| it.grid.to_string(), |area| area.code.to_string());
        format!("{code} has {}", it.exist)
    };
    let named: Vec<String> = short.iter().take(NAMED).map(name).collect();
    let more = short.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(", and {more} more") } else { String::new() };
    let why = format!(
        "{asked} are asked of each grid, and {} have fewer: {}{more}; ask for every one there is, or for fewer",
        short.len(),
        named.join(", ")
    );
    AppError::field("/quota", "quota", why)
}

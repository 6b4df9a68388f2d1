//! What a leave would leave open: grids and days without anybody, what falls due in them, and who could stand in.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::area::{Ancestors, Level};
use domain::case::Turn;
use domain::id::{AreaId, PersonId};
use domain::policy::{Actor, Role, Scope};
use domain::today::Item;
use jiff::civil::Date;
use store::case::{self, CaseFilter};
use store::duty::{self, Duty, DutyKind};
use store::person::{self, Person};
use store::scope::ScopeSql;

use super::{Ask, check, refuse_chain};
use crate::people::system;
use crate::{App, AppError, today};

/// Most items that are told one by one.
const ITEMS: usize = 50;
/// Most people who are offered.
const OFFERED: usize = 12;
/// Duties of a township that are looked at.
const DUTIES: u32 = 5_000;

/// What a leave would leave open.
#[derive(Clone, Debug)]
pub struct Preview {
    /// All grids in which they have duty in these days.
    pub grids: Vec<AreaId>,
    /// Those of them that would have nobody, with the days.
    pub nobody: Vec<Open>,
    /// How much falls due in these grids in these days.
    pub n_items: u32,
    /// The first of it, by deadline.
    pub items: Vec<Item>,
    /// Who could stand in, the least loaded neighbour first.
    pub candidates: Vec<Candidate>,
    /// Why the substitute who was asked for cannot stand in.
    pub against: Option<String>,
}

/// A grid that would have nobody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    /// The grid.
    pub grid: AreaId,
    /// The days, in order; at least one.
    pub days: Vec<Date>,
}

/// Someone who could stand in, and how loaded they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Who.
    pub person: PersonId,
    /// As colleagues know them.
    pub name: String,
    /// Grids they have duty in already on the first day.
    pub n_grids: u32,
    /// Cases in these that wait for a worker now.
    pub n_cases: u32,
    /// Works in the same community.
    pub is_near: bool,
}

/// What leave would leave open, for whoever may ask for it.
pub async fn preview(app: &App, who: &Actor, ask: &Ask) -> Result<Preview, AppError> {
    check(app, who, ask).await?;
    let grids = grids_of(app, ask).await?;
    let nobody = open_grids(app, ask).await?;
    let all = today::in_grids(app, who, &grids, ask.from, ask.to).await?;
    let n_items = all.len() as u32;
    let mut items = all;
    items.sort_by_key(|item| (item.due.is_none(), item.due, item.id));
    items.truncate(ITEMS);
    let candidates = candidates(app, &grids, (ask.from, ask.to), &[ask.person]).await?;
    let against = match refuse_chain(app, ask).await {
        Ok(()) => None,
        Err(AppError::Invalid(fields)) => fields.into_iter().next().map(|it| it.detail),
        Err(error) => return Err(error),
    };
    Ok(Preview { grids, nobody, n_items, items, candidates, against })
}

/// Grids in which someone has duty in some of these days.
async fn grids_of(app: &App, ask: &Ask) -> Result<Vec<AreaId>, AppError> {
    let theirs = duty::of_person(&app.store, ask.person, ask.from).await?;
    let grids: BTreeSet<AreaId> =
        theirs.iter().filter(|it| it.kind != DutyKind::Leave && it.from < ask.to).map(|it| it.grid).collect();
    Ok(grids.into_iter().collect())
}

/// Grids of someone that would have nobody if they were away in these days, with the days.
pub(super) async fn open_grids(app: &App, ask: &Ask) -> Result<Vec<Open>, AppError> {
    let mut open = Vec::new();
    let mut closed: HashMap<PersonId, bool> = HashMap::new();
    for grid in grids_of(app, ask).await? {
        let duties = duty::of_grid(&app.store, grid, ask.from).await?;
        for it in &duties {
            if let std::collections::hash_map::Entry::Vacant(unknown) = closed.entry(it.person) {
                let found = person::by_id(&app.store, it.person).await?;
                unknown.insert(found.is_none_or(|it| it.disabled));
            }
        }
        let theirs = |day: Date| {
            duties.iter().any(|it| it.person == ask.person && it.kind != DutyKind::Leave && it.holds_on(day))
        };
        let someone = |day: Date| {
            ask.substitute.is_some()
                || duties.iter().any(|it| {
                    let counts = it.person != ask.person && it.kind != DutyKind::Leave && it.holds_on(day);
                    counts && !closed[&it.person] && !is_away(&duties, it.person, day)
                })
        };
        let days: Vec<Date> = ask
            .from
            .series(jiff::Span::new().days(1))
            .take_while(|day| *day < ask.to)
            .filter(|day| theirs(*day) && !someone(*day))
            .collect();
        if !days.is_empty() {
            open.push(Open { grid, days });
        }
    }
    Ok(open)
}

fn is_away(duties: &[Duty], person: PersonId, day: Date) -> bool {
    duties.iter().any(|it| it.person == person && it.kind == DutyKind::Leave && it.holds_on(day))
}

/// Workers of the same township who could look after these grids in these days, those of the same community and with
/// the least to do first. Whoever is away on some of the days is left out.
pub async fn candidates(
    app: &App,
    grids: &[AreaId],
    (from, to): (Date, Date),
    except: &[PersonId],
) -> Result<Vec<Candidate>, AppError> {
    let city = app.city();
    let Some(above) = grids.first().map(|grid| city.ancestors(*grid)) else { return Ok(Vec::new()) };
    let Some(township) = above.township.and_then(|id| city.tree.get(id)) else { return Ok(Vec::new()) };
    let duties = duty::page(&app.store, &township.path, None, from, 0, DUTIES).await?;
    let mut theirs: BTreeMap<PersonId, BTreeSet<AreaId>> = BTreeMap::new();
    let mut away = BTreeSet::new();
    for it in &duties {
        match it.kind {
            DutyKind::Leave if it.from < to => {
                away.insert(it.person);
            }
            DutyKind::Main | DutyKind::Substitute if it.holds_on(from) => {
                theirs.entry(it.person).or_default().insert(it.grid);
            }
            _ => {}
        }
    }
    theirs.retain(|person, own| {
        !away.contains(person) && !except.contains(person) && !grids.iter().all(|grid| own.contains(grid))
    });
    let waiting = waiting(app, &above).await?;
    let mut found = Vec::new();
    for (id, own) in theirs {
        let Some(person) = worker(app, id).await? else { continue };
        let n_cases = own.iter().filter_map(|grid| waiting.get(grid)).sum();
        let is_near = own.iter().any(|grid| city.ancestors(*grid).community == above.community);
        found.push(Candidate { person: id, name: person.name, n_grids: own.len() as u32, n_cases, is_near });
    }
    found.sort_by(|a, b| {
        let load = |it: &Candidate| (!it.is_near, it.n_grids, it.n_cases);
        load(a).cmp(&load(b)).then_with(|| a.person.cmp(&b.person))
    });
    found.truncate(OFFERED);
    Ok(found)
}

async fn worker(app: &App, id: PersonId) -> Result<Option<Person>, AppError> {
    let found = person::by_id(&app.store, id).await?;
    Ok(found.filter(|it| !it.disabled && it.role == Role::Worker))
}

/// Cases of a township that wait for a worker, by grid.
async fn waiting(app: &App, above: &Ancestors) -> Result<HashMap<AreaId, u32>, AppError> {
    let Some(township) = above.township else { return Ok(HashMap::new()) };
    let filter = CaseFilter {
        areas: vec![(Level::Township, township)],
        turns: vec![Turn::Verify, Turn::Check],
        ..CaseFilter::default()
    };
    let everything = system(AreaId(0));
    let scope = ScopeSql::new(Scope::of(&everything), everything.level);
    let loads = case::area_loads(&app.store, &filter, &scope, Level::Grid, app.clock.now()).await?;
    Ok(loads.into_iter().map(|load| (load.area, load.open)).collect())
}

//! Looking: one place, lists with due days, how many there are and are due, and inspections. What someone may not see does
//! not exist.

use std::collections::{BTreeMap, HashMap};

use domain::id::{AttachmentId, CaseId, InspectionId, PersonId, PlaceId};
use domain::place::{Act, Kinds, Place, due_day};
use domain::policy::{Actor, PlaceAct, PlaceScope, permit_place};
use store::inspection::{Inspection, Source};
use store::place::{self, Cursor, Filter, List, Order, Planned};

use super::day_number;
use super::keep::{stream_of, visible};
use super::kinds::{kinds, plans};
use crate::settings::Kept;
use crate::stream::{self, Told};
use crate::{App, AppError};

/// The most rows of one page.
const PAGE_MAX: u32 = 500;
/// Inspections that are shown with a place.
const LOOKS: u32 = 20;

/// What a list is asked.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// Conditions.
    pub filter: Filter,
    /// In which order.
    pub order: Order,
    /// Where to go on.
    pub after: Option<Cursor>,
    /// At most so many, up to 500.
    pub limit: u32,
}

/// A place with everything about it.
#[derive(Clone, Debug)]
pub struct PlaceView {
    /// The place.
    pub place: Place,
    /// The kinds that stand, to tell its own by.
    pub kinds: Kept<Kinds>,
    /// The day on which it is due, in days since 1970.
    pub due: Option<i32>,
    /// Its last inspections, the newest first.
    pub inspections: Vec<Inspection>,
    /// Everything that was done to it, oldest first.
    pub acts: Vec<Told<Act>>,
    /// Names of those who did.
    pub names: HashMap<PersonId, String>,
    /// Acts that are this person's: change_place, inspect.
    pub may: Vec<PlaceAct>,
}

/// How many there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overview {
    /// By code of the kind.
    pub kinds: BTreeMap<String, KindCount>,
    /// The day for which is told what is due.
    pub today: i32,
}

/// How many there are of a kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KindCount {
    /// By state.
    pub states: BTreeMap<&'static str, u64>,
    /// In use.
    pub n: u64,
    /// With something that failed when last inspected.
    pub failing: u64,
    /// Due today or before.
    pub due: u64,
    /// Due before today.
    pub overdue: u64,
}

/// The next places of a list, each with its due day, and where to go on.
pub async fn list(app: &App, who: &Actor, asked: &Asked) -> Result<(Vec<Planned>, Option<Cursor>), AppError> {
    let plans = plans(&kinds(app).await?.body);
    let scope = PlaceScope::of(who);
    let list = List {
        filter: &asked.filter,
        scope: (&scope, who.level),
        plans: &plans,
        order: asked.order,
        after: asked.after,
        limit: asked.limit.clamp(1, PAGE_MAX),
    };
    Ok(place::list(&app.store, list).await?)
}

/// How many places there are by kind and state, and how many are due, of those a list would show.
pub async fn overview(app: &App, who: &Actor, filter: &Filter) -> Result<Overview, AppError> {
    let plans = plans(&kinds(app).await?.body);
    let scope = PlaceScope::of(who);
    let today = day_number(app.people.today());
    let list = List {
        filter,
        scope: (&scope, who.level),
        plans: &plans,
        order: Order::Added,
        after: None,
        limit: 1,
    };
    let mut kinds: BTreeMap<String, KindCount> = BTreeMap::new();
    for count in place::count(&app.store, list, today).await? {
        let kind = kinds.entry(count.kind).or_default();
        kind.states.insert(count.state.as_str(), count.n);
        if !count.state.is_over() {
            kind.n += count.n;
            kind.failing += count.failing;
            kind.due += count.due;
            kind.overdue += count.overdue;
        }
    }
    Ok(Overview { kinds, today })
}

/// One place.
pub async fn look(app: &App, who: &Actor, id: PlaceId) -> Result<PlaceView, AppError> {
    let row = visible(app, who, id).await?;
    let kinds = kinds(app).await?;
    let kind = kinds.body.get(row.place.told.sort, &row.place.told.kind);
    let due = kind.and_then(|kind| due_day(kind, &row.place));
    let inspections = store::inspection::of_place(&app.store, id, None, LOOKS).await?;
    let acts = stream::acts::<Act>(app, stream_of(id)).await?;
    let people: Vec<PersonId> = acts
        .iter()
        .filter_map(|it| it.by.person)
        .chain(inspections.iter().filter_map(|it| it.by.0))
        .collect();
    let names = app.people.names(people).await?;
    let may = [PlaceAct::ChangePlace, PlaceAct::Inspect];
    let may = may.into_iter().filter(|act| permit_place(who, *act, &row.place.areas).is_ok()).collect();
    Ok(PlaceView { place: row.place, kinds, due, inspections, acts, names, may })
}

/// Inspections of a place, the newest first, before one that was shown already.
pub async fn inspections(
    app: &App,
    who: &Actor,
    id: PlaceId,
    before: Option<(i64, InspectionId)>,
    limit: u32,
) -> Result<Vec<Inspection>, AppError> {
    visible(app, who, id).await?;
    Ok(store::inspection::of_place(&app.store, id, before, limit.clamp(1, PAGE_MAX)).await?)
}

/// One inspection with the ids of its pictures, of a place that this person sees.
pub async fn inspection(
    app: &App,
    who: &Actor,
    id: InspectionId,
) -> Result<(Inspection, Vec<AttachmentId>), AppError> {
    let none = AppError::NotFound { what: "inspection" };
    let Some(it) = store::inspection::one(&app.store, id).await? else { return Err(none) };
    if visible(app, who, it.place).await.is_err() {
        return Err(none);
    }
    let photos = store::inspection::photos(&app.store, id).await?;
    Ok((it, photos))
}

/// Where a case was found, if in an inspection of a place that this person sees.
pub async fn source_of_case(app: &App, who: &Actor, case: CaseId) -> Result<Option<Source>, AppError> {
    let Some(source) = store::inspection::of_case(&app.store, case).await? else { return Ok(None) };
    let seen = visible(app, who, source.place).await;
    Ok(seen.is_ok().then_some(source))
}

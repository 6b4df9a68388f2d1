//! What a phone should hold: what its person needs in the grids of their duty today. The difference to what it holds is
//! all that is sent, things that must go included, also when only a duty ended.

use std::collections::BTreeMap;

use domain::area::Level;
use domain::id::{AreaId, DeviceId};
use domain::policy::Actor;
use domain::sync::{Held, ItemKey, ItemKind, delta};
use jiff::SignedDuration;
use store::case::{CaseFilter, CaseRow, Order, State};
use store::{Batch, CommitError, sync};
use uuid::Uuid;

use super::device::own;
use crate::case::{self, PAGE_MAX};
use crate::{App, AppError, City};

/// How long a closed case stays on a phone after it was reported.
const CLOSED: SignedDuration = SignedDuration::from_hours(14 * 24);
/// How long one's own report stays there.
const OWN: SignedDuration = SignedDuration::from_hours(30 * 24);

/// What an item is.
#[derive(Clone, Debug)]
pub enum Body {
    /// A grid, by its id in the city.
    Grid(AreaId),
    /// The dictionary of classes.
    Classes,
    /// A case.
    Case(Box<CaseRow>),
}

/// What is sent.
#[derive(Debug)]
pub struct Pulled {
    /// Names what the phone holds once it has taken all of this; given with the next pull.
    pub cursor: u64,
    /// It holds nothing of before: what is not sent must go.
    pub whole: bool,
    /// New or changed.
    pub send: Vec<(ItemKey, Body)>,
    /// Must go.
    pub gone: Vec<ItemKey>,
}

/// The difference for a phone that holds what `cursor` names; everything when it holds nothing, or what is not known.
pub async fn pull(
    app: &App,
    city: &City,
    who: &Actor,
    id: DeviceId,
    cursor: Option<u64>,
) -> Result<Pulled, AppError> {
    let person = who.person.ok_or(AppError::NotFound { what: "device" })?;
    let _mine = app.turns.of(id.0).await;
    own(app, person, id).await?;
    let mut items = should(app, city, who).await?;
    let should = Held(items.iter().map(|(key, (mark, _))| (*key, *mark)).collect());
    let states = sync::held(&app.store, id).await?;
    let held = cursor.and_then(|cursor| states.iter().find(|(number, _)| *number == cursor));
    let held = held.and_then(|(number, bytes)| Some((*number, Held::of_bytes(bytes)?)));
    let whole = held.is_none();
    let (base, held) = held.unwrap_or_default();
    let told = delta(&held, &should);
    let send = told.send.into_iter().filter_map(|key| Some((key, items.remove(&key)?.1))).collect();
    if !whole && held == should {
        return Ok(Pulled { cursor: base, whole, send, gone: told.gone });
    }
    let next = states.last().map_or(0, |(number, _)| *number) + 1;
    let batch = Batch::new("pull").with(sync::let_go(id, base)).with(sync::hold(
        id,
        next,
        &should.to_bytes(),
        app.clock.now(),
    ));
    match app.store.commit(batch).await {
        Ok(()) => Ok(Pulled { cursor: next, whole, send, gone: told.gone }),
        Err(CommitError::Duplicate { .. } | CommitError::Conflict { .. }) => Err(AppError::Contended),
        Err(error) => Err(error.into()),
    }
}

type Items = BTreeMap<ItemKey, (u64, Body)>;

/// Everything that this person's phone should hold now, each with a mark that changes whenever it does.
async fn should(app: &App, city: &City, who: &Actor) -> Result<Items, AppError> {
    let mut items = Items::new();
    let mut add = |kind, id, mark, body| items.insert(ItemKey { kind, id }, (mark, body));
    add(ItemKind::Classes, Uuid::nil(), u64::from(city.classes.version()), Body::Classes);
    for grid in &who.grids {
        add(ItemKind::Grid, number(*grid), city.tree_version(), Body::Grid(*grid));
    }
    for row in cases(app, who).await? {
        add(ItemKind::Case, row.id.0, u64::from(row.version), Body::Case(Box::new(row)));
    }
    Ok(items)
}

/// The id of an area as that of an item.
pub fn number(area: AreaId) -> Uuid {
    Uuid::from_u128(u128::from(area.0))
}

async fn cases(app: &App, who: &Actor) -> Result<Vec<CaseRow>, AppError> {
    let now = app.clock.now();
    let areas: Vec<_> = who.grids.iter().map(|grid| (Level::Grid, *grid)).collect();
    let since = |time| (Some(now - time), None);
    let open = CaseFilter { areas: areas.clone(), states: vec![State::Unclosed], ..CaseFilter::default() };
    let closed =
        CaseFilter { areas, states: vec![State::Closed], reported: since(CLOSED), ..CaseFilter::default() };
    let own = CaseFilter { reporter: who.person, reported: since(OWN), ..CaseFilter::default() };
    let mut rows = Vec::new();
    for (filter, needs_grids, order) in
        [(open, true, Order::Due), (closed, true, Order::Newest), (own, false, Order::Newest)]
    {
        if needs_grids && who.grids.is_empty() {
            continue;
        }
        rows.extend(case::list(app, who, &filter, order, None, PAGE_MAX).await?.rows);
    }
    Ok(rows)
}

//! What a phone should hold: what its person needs in the grids of their duty today. The difference to what it holds is
//! all that is sent, things that must go included, also when only a duty ended.

use std::collections::BTreeMap;

use domain::area::Level;
use domain::audit::sha256;
use domain::form::FormDoc;
use domain::id::{AreaId, DeviceId};
use domain::policy::Actor;
use domain::sync::{Held, ItemKey, ItemKind, delta};
use domain::today::Item;
use jiff::{SignedDuration, ToSpan};
use store::case::{CaseFilter, CaseRow, Order, State};
use store::{Batch, CommitError, sync};
use uuid::Uuid;

use super::device::own;
use crate::case::{self, PAGE_MAX};
use crate::{App, AppError, City, form, today};

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
    /// A form, in the version that stands.
    Form(u32, Box<FormDoc>),
    /// A case.
    Case(Box<CaseRow>),
    /// Something to be done today.
    Task(Box<Item>),
}

/// An item before it is known whether it must be sent.
enum Found {
    /// At hand already.
    Whole(Body),
    /// A form, by its code.
    Form(String),
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
    let mut send = Vec::with_capacity(told.send.len());
    for key in told.send {
        match items.remove(&key) {
            Some((_, Found::Whole(body))) => send.push((key, body)),
            Some((_, Found::Form(code))) => {
                let view = form::form(app, &code).await?;
                send.push((key, Body::Form(view.version, Box::new(view.form.doc))));
            }
            None => {}
        }
    }
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

type Items = BTreeMap<ItemKey, (u64, Found)>;

/// Everything that this person's phone should hold now, each with a mark that changes whenever it does.
async fn should(app: &App, city: &City, who: &Actor) -> Result<Items, AppError> {
    let mut items = Items::new();
    let mut put = |kind, id, mark, found| items.insert(ItemKey { kind, id }, (mark, found));
    for (kind, version) in city.documents(form::KIND) {
        let code = kind[form::KIND.len()..].to_owned();
        put(ItemKind::Form, named(kind), u64::from(version), Found::Form(code));
    }
    let mut add = |kind, id, mark, body| put(kind, id, mark, Found::Whole(body));
    add(ItemKind::Classes, Uuid::nil(), u64::from(city.classes.version()), Body::Classes);
    for grid in &who.grids {
        add(ItemKind::Grid, number(*grid), city.tree_version(), Body::Grid(*grid));
    }
    for row in cases(app, who).await? {
        add(ItemKind::Case, row.id.0, u64::from(row.version), Body::Case(Box::new(row)));
    }
    let grids: Vec<AreaId> = who.grids.iter().copied().collect();
    let today = app.people.today();
    for item in today::in_grids(app, who, &grids, today, today.saturating_add(1.day())).await? {
        // Not by a version: a task changes when any of what it is made of does.
        let mark = mark_of(&format!("{item:?}"));
        add(ItemKind::Task, item.id, mark, Body::Task(Box::new(item)));
    }
    Ok(items)
}

/// The id of an item that has a name.
fn named(name: &str) -> Uuid {
    let hash = sha256(name.as_bytes()).0;
    Uuid::from_slice(&hash[..16]).expect("16 of 32 bytes")
}

fn mark_of(text: &str) -> u64 {
    let hash = sha256(text.as_bytes()).0;
    u64::from_be_bytes(hash[..8].try_into().expect("8 of 32 bytes"))
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

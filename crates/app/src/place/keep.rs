//! The shell of every act on a place: asked whether it was done, load, permit, decide, save; on a conflict read again and
//! decide again. The client makes ids, and the same sent twice is done once.

use std::collections::BTreeMap;

use domain::area::Ancestors;
use domain::audit::Hash;
use domain::geo::LngLat;
use domain::id::{ActId, AreaId, PlaceId, UnitId};
use domain::place::{Act, Change, Kinds, Place, Sort, Spot, State, Told};
use domain::policy::{Actor, PlaceAct, PlaceScope, permit_place};
use domain::stream::{Stream, StreamId};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use store::log::Used;
use store::place::{self, PlaceRow};
use store::{Batch, CommitError, Fault};

use super::day_number;
use super::kinds::{kinds, open_kind};
use crate::stream::{self, TRIES, Trail, request_hash};
use crate::{App, AppError, City, FieldError};

/// Farthest from the city that a point may lie, in metres: beyond it somebody mistyped.
const FAR_M: f64 = 100_000.0;

/// What is told of a place, as it comes in.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlaceIn {
    /// A place or a thing.
    pub sort: Sort,
    /// Code of its kind.
    pub kind: String,
    /// Its own number, up to 60 characters; may be empty.
    pub number: String,
    /// What people call it, 1 to 100 characters.
    pub name: String,
    /// The same in English; may be empty.
    pub name_en: String,
    /// Where it is, in words, up to 200 characters.
    pub address: String,
    /// Where it is, WGS-84.
    pub point: Option<LngLat>,
    /// Its grid, or an area of another level, where there is no point.
    pub area: Option<AreaId>,
    /// The unit that owns it.
    pub owner: Option<UnitId>,
    /// How it is; intact when not said.
    pub state: Option<State>,
    /// What is known of it, by its kind's fields.
    pub facts: BTreeMap<String, Value>,
}

/// What someone does to a place.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum PlaceCommand {
    /// Says anew what is told of it.
    Change {
        /// All of it.
        place: Box<PlaceIn>,
    },
    /// Says where it is now.
    Move {
        /// WGS-84.
        point: Option<LngLat>,
        /// An area, where there is no point.
        area: Option<AreaId>,
        /// In words; as it was when `None`.
        address: Option<String>,
    },
    /// Says how it is.
    SetState {
        /// Which.
        state: State,
        /// Why, in words.
        note: String,
    },
}

/// What came of an act.
#[derive(Clone, Debug, PartialEq)]
pub struct Done {
    /// The place after it.
    pub place: Place,
    /// The same was done before; this is its first answer.
    pub replayed: bool,
}

/// What decides: an act, and what else is saved with it.
pub(super) struct Decided {
    pub act: Act,
    /// Behind the row of the place.
    pub batch: Batch,
}

/// Adds a place. Its id is the key.
pub async fn add(app: &App, who: &Actor, id: PlaceId, new: &PlaceIn) -> Result<Done, AppError> {
    let request = request_hash(&(id, new));
    if let Some(again) = again(app, ActId(id.0), id, request).await? {
        return Ok(again);
    }
    let (city, now) = (app.city(), app.clock.now());
    let kinds = kinds(app).await?.body;
    let row = planned_add(&city, &kinds, id, new, (now, day_number(app.people.today())))?;
    permit_place(who, PlaceAct::ChangePlace, &row.0.areas).map_err(|_| not_theirs(who))?;
    let batch = save_new(who, &row, now, request);
    match app.store.commit(batch).await {
        Ok(()) => Ok(Done { place: row.0, replayed: false }),
        Err(CommitError::Duplicate { .. } | CommitError::Conflict { .. }) => {
            match self::again(app, ActId(id.0), id, request).await? {
                Some(again) => Ok(again),
                None => Err(taken(new)),
            }
        }
        Err(error) => Err(error.into()),
    }
}

/// Does something to a place. `seen` is the version that was decided on, if the caller says so.
pub async fn act(
    app: &App,
    who: &Actor,
    id: PlaceId,
    key: ActId,
    seen: Option<u32>,
    command: &PlaceCommand,
) -> Result<Done, AppError> {
    let request = request_hash(&(id, command));
    let kinds = kinds(app).await?.body;
    let decide = |city: &City, row: &PlaceRow| {
        permit_place(who, PlaceAct::ChangePlace, &row.place.areas).map_err(|_| not_theirs(who))?;
        let act = planned(city, &kinds, row, command)?;
        if let Act::Change(change) = &act {
            // It may be moved within what is theirs, not out of it into what is not.
            permit_place(who, PlaceAct::ChangePlace, &change.areas).map_err(|_| not_theirs(who))?;
        }
        Ok(Decided { act, batch: Batch::new("place") })
    };
    apply(app, who, id, (key, request), seen, decide).await
}

/// Whoever does not see a place is told that there is none; whoever does is told that it is not theirs to change.
fn not_theirs(who: &Actor) -> AppError {
    if PlaceScope::of(who) == PlaceScope::Grids(std::collections::BTreeSet::new()) {
        return AppError::NotFound { what: "place" };
    }
    AppError::NotTheirs {
        who: "the worker on duty, the desk or an administrator there",
        what: "change places",
    }
}

/// Loads, decides, saves; again when another was faster.
pub(super) async fn apply(
    app: &App,
    who: &Actor,
    id: PlaceId,
    (key, request): (ActId, Hash),
    seen: Option<u32>,
    decide: impl Fn(&City, &PlaceRow) -> Result<Decided, AppError>,
) -> Result<Done, AppError> {
    for _ in 0..TRIES {
        if let Some(again) = again(app, key, id, request).await? {
            return Ok(again);
        }
        let (city, now) = (app.city(), app.clock.now());
        let row = visible(app, who, id).await?;
        if seen.is_some_and(|seen| seen != row.place.version) {
            return Err(AppError::Stale { now: row.place.version });
        }
        let Decided { act, batch } = decide(&city, &row)?;
        let place = row.place.after(&act).map_err(|no| AppError::Blocked { why: no.to_string() })?;
        let changed = save(who, &row, &place, &act, (now, key, request));
        match app.store.commit(changed.and(batch)).await {
            Ok(()) => return Ok(Done { place, replayed: false }),
            Err(CommitError::Conflict { .. } | CommitError::Duplicate { .. }) => {
                if is_taken(app, &place).await? {
                    let detail = format!(
                        "number {} is taken by another {}",
                        place.told.number,
                        place.told.sort.as_str()
                    );
                    return Err(AppError::field("/number", "taken", detail));
                }
            }
            Err(error) => return Err(error.into()),
        }
    }
    Err(AppError::Contended)
}

/// The row after an act and its entry; the guard comes first.
pub(super) fn save(
    who: &Actor,
    row: &PlaceRow,
    after: &Place,
    act: &Act,
    at: (Timestamp, ActId, Hash),
) -> Batch {
    saved(who, row, after, act, at).0
}

/// The same, with the row as it is then.
pub(super) fn saved(
    who: &Actor,
    row: &PlaceRow,
    after: &Place,
    act: &Act,
    (now, key, request): (Timestamp, ActId, Hash),
) -> (Batch, PlaceRow) {
    let mut trail = Trail::at(stream_of(row.place.id), row.place.version, row.head);
    let entry = trail.append(who, now.max(row.changed), key, request, act);
    let next = PlaceRow { place: after.clone(), head: trail.head(), changed: now };
    (Batch::new("place").with(place::update(&next, row.place.version)).with(entry), next)
}

/// The row and first entry of a place that is added.
pub(super) fn save_new(who: &Actor, (place, act): &(Place, Act), now: Timestamp, request: Hash) -> Batch {
    let mut trail = Trail::new(stream_of(place.id));
    let entry = trail.append(who, now, ActId(place.id.0), request, act);
    let row = PlaceRow { place: place.clone(), head: trail.head(), changed: now };
    Batch::new("add place").with(place::insert(&row)).with(entry)
}

pub(super) fn stream_of(id: PlaceId) -> StreamId {
    StreamId::new(Stream::Place, id.0)
}

/// A place that this person sees.
pub(super) async fn visible(app: &App, who: &Actor, id: PlaceId) -> Result<PlaceRow, AppError> {
    let row = place::one(&app.store, id).await?.filter(|row| PlaceScope::of(who).covers(&row.place.areas));
    row.ok_or(AppError::NotFound { what: "place" })
}

/// The first answer to a key that was used for the same: what someone did is theirs to hear of again, also when their duty
/// has ended since.
async fn again(app: &App, key: ActId, id: PlaceId, request: Hash) -> Result<Option<Done>, AppError> {
    let Some(used) = stream::used(app, key).await? else { return Ok(None) };
    stream::is_again(&used, stream_of(id), request)?;
    let place = as_of(app, id, &used).await?;
    Ok(Some(Done { place, replayed: true }))
}

async fn as_of(app: &App, id: PlaceId, used: &Used) -> Result<Place, AppError> {
    let acts = stream::acts::<Act>(app, stream_of(id)).await?;
    let until = acts.iter().filter(|it| it.version <= used.version).map(|it| &it.act);
    let nonsense = |why: String| Fault::Nonsense { what: format!("the log of place {id}"), why };
    let place = Place::replay(id, until).map_err(|no| nonsense(no.to_string()))?;
    Ok(place.ok_or_else(|| nonsense("it is empty".to_owned()))?)
}

async fn is_taken(app: &App, place: &Place) -> Result<bool, AppError> {
    let number = &place.told.number;
    if number.is_empty() {
        return Ok(false);
    }
    let holder = place::by_number(&app.store, place.told.sort, number).await?;
    Ok(holder.is_some_and(|it| it.place.id != place.id))
}

fn taken(new: &PlaceIn) -> AppError {
    if new.number.trim().is_empty() {
        return AppError::KeyReused;
    }
    let detail = format!("number {} is taken by another {}", new.number, new.sort.as_str());
    AppError::field("/number", "taken", detail)
}

/// The place that would be added, and the act that adds it. `day` is today.
pub(super) fn planned_add(
    city: &City,
    kinds: &Kinds,
    id: PlaceId,
    new: &PlaceIn,
    (_, day): (Timestamp, i32),
) -> Result<(Place, Act), AppError> {
    open_kind(kinds, new.sort, &new.kind)?;
    let told = told(city, kinds, new)?;
    let Spot { areas, off_m, .. } = spot(city, new.point, new.area)?;
    let state = new.state.unwrap_or(State::Intact);
    let act = Act::Add { told: Box::new(told), areas, off_m, day, state };
    let place = Place::add(id, &act).map_err(|no| AppError::field("/state", "range", no.to_string()))?;
    Ok((place, act))
}

/// The act that a command asks for.
fn planned(city: &City, kinds: &Kinds, row: &PlaceRow, command: &PlaceCommand) -> Result<Act, AppError> {
    let place = &row.place;
    Ok(match command {
        PlaceCommand::Change { place: new } => planned_change(city, kinds, place, new)?,
        PlaceCommand::Move { point, area, address } => {
            let Spot { areas, off_m, .. } = spot(city, *point, *area)?;
            let address = address.clone().unwrap_or_else(|| place.told.address.clone());
            let told = Told { point: *point, address, ..place.told.clone() };
            lengths(&told)?;
            Act::Change(Box::new(Change { told, areas, off_m }))
        }
        PlaceCommand::SetState { state, note } => {
            let note = note.trim();
            if note.chars().count() > 500 {
                return Err(AppError::field("/note", "range", "500 characters are the most"));
            }
            if state.is_over() && note.is_empty() {
                return Err(AppError::field("/note", "missing", "say why it is no longer in use"));
            }
            Act::SetState { state: *state, note: note.to_owned() }
        }
    })
}

/// What is told anew; where neither point nor area is given, it stays where it is.
pub(super) fn planned_change(
    city: &City,
    kinds: &Kinds,
    place: &Place,
    new: &PlaceIn,
) -> Result<Act, AppError> {
    if new.kind != place.told.kind {
        open_kind(kinds, new.sort, &new.kind)?;
    }
    if new.state.is_some_and(|state| state != place.state) {
        return Err(AppError::field("/state", "range", "a state is set by an act of its own: set_state"));
    }
    let told = told(city, kinds, new)?;
    let stays =
        told.point == place.told.point && new.area.is_none_or(|it| place.areas.upwards().next() == Some(it));
    let (areas, off_m) = if stays {
        (place.areas, place.off_m)
    } else {
        let Spot { areas, off_m, .. } = spot(city, new.point, new.area)?;
        (areas, off_m)
    };
    Ok(Act::Change(Box::new(Change { told, areas, off_m })))
}

fn told(city: &City, kinds: &Kinds, new: &PlaceIn) -> Result<Told, AppError> {
    let kind = kinds.get(new.sort, &new.kind);
    let kind =
        kind.ok_or_else(|| AppError::field("/kind", "unknown", format!("there is no kind {:?}", new.kind)))?;
    let mut faults = Vec::new();
    let mut say = |path: String, code, detail: String| faults.push(FieldError { path, code, detail });
    if let Some(owner) = new.owner {
        match city.units.get(&owner) {
            None => say("/owner".into(), "unknown", format!("there is no unit {owner}; see /api/v1/units")),
            Some(it) if it.ended => say("/owner".into(), "unknown", format!("{} has ended", it.name_en)),
            Some(_) => {}
        }
    }
    let facts = kind.facts(&new.facts).unwrap_or_else(|wrong| {
        wrong.into_iter().for_each(|it| say(format!("/facts/{}", it.field), it.code, it.why));
        domain::place::Facts::new()
    });
    let told = Told {
        sort: new.sort,
        kind: new.kind.clone(),
        number: new.number.trim().to_owned(),
        name: new.name.trim().to_owned(),
        name_en: new.name_en.trim().to_owned(),
        address: new.address.trim().to_owned(),
        point: new.point,
        owner: new.owner,
        facts,
    };
    if let Err(AppError::Invalid(more)) = lengths(&told) {
        faults.extend(more);
    }
    if faults.is_empty() { Ok(told) } else { Err(AppError::Invalid(faults)) }
}

fn lengths(told: &Told) -> Result<(), AppError> {
    let mut faults = Vec::new();
    let all = [
        ("name", &told.name, 1, 100),
        ("name_en", &told.name_en, 0, 100),
        ("number", &told.number, 0, 60),
        ("address", &told.address, 0, 200),
    ];
    for (field, text, least, most) in all {
        let n = text.chars().count();
        let path = format!("/{field}");
        if n < least {
            faults.push(FieldError {
                path,
                code: "missing",
                detail: format!("say its {field}, up to {most} characters"),
            });
        } else if n > most {
            faults.push(FieldError {
                path,
                code: "range",
                detail: format!("{n} characters are too many; {most} is the most"),
            });
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(AppError::Invalid(faults)) }
}

/// Where something lies: by its point, else by an area.
fn spot(city: &City, point: Option<LngLat>, area: Option<AreaId>) -> Result<Spot, AppError> {
    if let Some(point) = point {
        let Some((areas, off_m)) = city.locate(point) else {
            return Err(AppError::field(
                "/point",
                "unknown",
                "no grid has an outline yet; give an area instead",
            ));
        };
        if off_m > FAR_M {
            let says =
                format!("that is {:.0} km outside the city; check lng and lat, and crs", off_m / 1000.0);
            return Err(AppError::field("/point", "range", says));
        }
        let off_m = Some(off_m.round() as u32).filter(|off| *off > 0);
        return Ok(Spot { point: Some(point), areas, off_m });
    }
    let Some(area) = area else {
        return Err(AppError::field("/point", "missing", "give a point (lng, lat) or an area"));
    };
    match city.tree.get(area) {
        Some(area) => Ok(Spot { point: None, areas: Ancestors::of(&area.path), off_m: None }),
        None => Err(AppError::field("/area", "unknown", format!("there is no area {area} today"))),
    }
}

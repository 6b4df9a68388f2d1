//! The work of a campaign in one grid: item by item done, or said to be impossible and why. Nobody does more than was asked.

use domain::campaign::{ErrandAct, Impossible, Subject};
use domain::case::Turn;
use domain::class::Label;
use domain::geo::LngLat;
use domain::id::{ActId, AreaId, ErrandId};
use domain::policy::{Actor, PlaceScope, Scope, WorkAct};
use domain::stream::{Stream, StreamId};
use domain::today::{Item, Kind};
use jiff::civil::Date;
use store::campaign::{self, Answer, Campaign, Errand, State};
use store::case::{self, CaseFilter, List, Order};
use store::place;
use store::scope::ScopeSql;
use store::{Batch, CommitError};
use uuid::Uuid;

use super::load;
use crate::leave::Done;
use crate::people::system;
use crate::stream::{self, TRIES, Trail, request_hash};
use crate::today::moment;
use crate::{App, AppError, patrol, work};

/// Longest note of an answer, in characters.
const NOTE_MAX: usize = 500;
/// Things that are offered as items.
const OFFERED: u32 = 200;

/// What a worker says of one item.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Said {
    /// The case or place; `None` where the grid itself is the item.
    pub what: Option<Uuid>,
    /// Why it cannot be done; `None` when it was.
    pub reason: Option<Impossible>,
    /// In words; may be empty, except where the reason is another.
    pub note: String,
}

/// The work of a campaign in one grid.
#[derive(Clone, Debug)]
pub struct View {
    /// The work.
    pub errand: Errand,
    /// The campaign.
    pub campaign: Campaign,
    /// What was said so far.
    pub answers: Vec<Answer>,
    /// The cases or places that can be items and have no answer yet: id, name, words of the place, point.
    pub open: Vec<(Uuid, Label, String, Option<LngLat>)>,
}

fn stream_of(id: ErrandId) -> StreamId {
    StreamId::new(Stream::Errand, id.0)
}

/// The work of a campaign in one grid, as far as it may be seen.
pub async fn view(app: &App, who: &Actor, id: ErrandId) -> Result<View, AppError> {
    let errand = known(app, id).await?;
    work::permit_in(&app.city(), who, WorkAct::SeeCampaign, errand.grid, "errand")?;
    let campaign = load(app, errand.campaign).await?;
    let answers = campaign::answers(&app.store, id).await?;
    let mut open = things(app, &campaign, errand.grid).await?;
    open.retain(|(id, ..)| answers.iter().all(|answer| answer.what != Some(*id)));
    Ok(View { errand, campaign, answers, open })
}

/// Says of one item that it is done, or why it cannot be.
pub async fn say(
    app: &App,
    who: &Actor,
    id: ErrandId,
    key: ActId,
    said: &Said,
) -> Result<Done<Errand>, AppError> {
    let request = request_hash(&(id, said));
    let said = tidied(said)?;
    for _ in 0..TRIES {
        if let Some(used) = stream::used(app, key).await? {
            stream::is_again(&used, stream_of(id), request)?;
            return Ok(Done { now: known(app, id).await?, replayed: true });
        }
        let mut it = known(app, id).await?;
        work::permit_in(&app.city(), who, WorkAct::DoItem, it.grid, "errand")?;
        let of = load(app, it.campaign).await?;
        let today = app.people.today();
        runs(&of, today)?;
        if it.n_left() == 0 {
            let why = format!("all {} items have an answer: nobody does more than was asked", it.n_asked);
            return Err(AppError::Blocked { why });
        }
        let at = item(app, &of, &it, said.what).await?;
        let (before, now) = (it.version, app.clock.now());
        let act = match said.reason {
            None => ErrandAct::Do { what: said.what, note: said.note.clone() },
            Some(reason) => ErrandAct::CannotDo { what: said.what, reason, note: said.note.clone() },
        };
        let mut trail = trail(&it);
        let entry = trail.append(who, now, key, request, &act);
        (it.version, it.head, it.last) = (trail.version(), trail.head(), Some(now));
        *(if said.reason.is_none() { &mut it.n_done } else { &mut it.n_impossible }) += 1;
        let n = it.n_done + it.n_impossible;
        let Said { what, reason, note } = said.clone();
        let answer = Answer { n, what, reason, note, at: now, person: who.person };
        let batch = Batch::new("errand").with(it.save(before)).with(it.answer(&answer)).with(entry);
        let seen = at.and_then(|point| patrol::was_at(&app.city(), it.grid, point, today));
        match app.store.commit(seen.into_iter().fold(batch, Batch::with)).await {
            Ok(()) => return Ok(Done { now: it, replayed: false }),
            Err(CommitError::Duplicate { constraint }) if constraint.contains("what") => {
                return Err(AppError::field("/what", "taken", "this one has an answer already"));
            }
            Err(CommitError::Duplicate { .. } | CommitError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(AppError::Contended)
}

/// Work of campaigns that is left in some grids and has begun before a day.
pub(crate) async fn due_in(app: &App, grids: &[AreaId], before: Date) -> Result<Vec<Item>, AppError> {
    let mut items = Vec::new();
    let (begun_by, today) = (before.yesterday().unwrap_or(before), app.people.today());
    for grid in grids {
        for errand in campaign::left_in(&app.store, *grid, begun_by, today).await? {
            let of = load(app, errand.campaign).await?;
            items.push(item_of(app, &errand, &of));
        }
    }
    Ok(items)
}

fn item_of(app: &App, errand: &Errand, of: &Campaign) -> Item {
    let (asked, done) = (errand.n_asked, errand.n_done + errand.n_impossible);
    let unit = app.city().units.get(&of.draft.unit).cloned();
    let (zh, en) = unit.map(|unit| (unit.name_zh, unit.name_en)).unwrap_or_default();
    Item {
        kind: Kind::Campaign,
        id: errand.id.0,
        grid: errand.grid,
        title: of.draft.title.clone(),
        place: String::new(),
        point: None,
        due: Some(moment(app, of.draft.to)),
        minutes: errand.n_left().saturating_mul(of.draft.minutes),
        reason: Label::new(
            format!("{zh}专项，{asked} 处已办 {done} 处"),
            format!("campaign of {en}, {done} of {asked} done"),
        ),
        urgent: false,
    }
}

async fn known(app: &App, id: ErrandId) -> Result<Errand, AppError> {
    campaign::errand(&app.store, id).await?.ok_or(AppError::NotFound { what: "errand" })
}

fn trail(it: &Errand) -> Trail {
    match it.version {
        0 => Trail::new(stream_of(it.id)),
        version => Trail::at(stream_of(it.id), version, it.head),
    }
}

fn runs(of: &Campaign, today: Date) -> Result<(), AppError> {
    let draft = &of.draft;
    let why = match of.state {
        State::Open if today < draft.from => format!("it begins on {}", draft.from),
        State::Open if today >= draft.to => format!("its last day was before {}", draft.to),
        State::Open => return Ok(()),
        state => format!("the campaign is {}", state.as_str()),
    };
    Err(AppError::Blocked { why })
}

fn tidied(said: &Said) -> Result<Said, AppError> {
    let note = said.note.trim().to_owned();
    if note.chars().count() > NOTE_MAX {
        return Err(AppError::field("/note", "range", format!("at most {NOTE_MAX} characters")));
    }
    if said.reason == Some(Impossible::Other) && note.is_empty() {
        return Err(AppError::field("/note", "missing", "say in words why it cannot be done"));
    }
    Ok(Said { note, ..said.clone() })
}

/// Whether this can be an item here; and where it is.
async fn item(app: &App, of: &Campaign, it: &Errand, what: Option<Uuid>) -> Result<Option<LngLat>, AppError> {
    match (&of.draft.subject, what) {
        (Subject::Grid, None) => Ok(None),
        (Subject::Grid, Some(_)) => {
            Err(AppError::field("/what", "range", "the grid itself is the item: leave it out"))
        }
        (_, None) => Err(AppError::field("/what", "missing", "say which of the things in `open` it was")),
        (_, Some(id)) => {
            let known = things(app, of, it.grid).await?.into_iter().find(|(known, ..)| *known == id);
            let absent = || AppError::field("/what", "unknown", "there is no such thing in this grid");
            known.map(|(.., point)| point).ok_or_else(absent)
        }
    }
}

/// What can be an item of a campaign in a grid.
async fn things(
    app: &App,
    of: &Campaign,
    grid: AreaId,
) -> Result<Vec<(Uuid, Label, String, Option<LngLat>)>, AppError> {
    match &of.draft.subject {
        Subject::Grid => Ok(Vec::new()),
        Subject::Places { kind } => {
            let filter =
                place::Filter { kinds: vec![kind.clone()], grids: vec![grid], ..place::Filter::default() };
            let list = place::List {
                filter: &filter,
                scope: (&PlaceScope::All, domain::area::Level::City),
                plans: &[],
                order: place::Order::Added,
                after: None,
                limit: OFFERED,
            };
            let rows = place::list(&app.store, list).await?.0;
            let thing = |(row, _): (place::PlaceRow, Option<i32>)| {
                let (id, told) = (row.place.id.0, row.place.told);
                let name_en = if told.name_en.is_empty() { told.name.clone() } else { told.name_en };
                (id, Label::new(told.name, name_en), told.address, told.point)
            };
            Ok(rows.into_iter().map(thing).collect())
        }
        Subject::Cases { classes } => {
            let city = app.city();
            let codes = city.classes.classes().map(|class| class.code.0.clone());
            let filter = CaseFilter {
                classes: codes.filter(|code| code.starts_with(classes)).collect(),
                areas: vec![(domain::area::Level::Grid, grid)],
                turns: Turn::ALL.iter().copied().filter(|turn| *turn != Turn::Nobody).collect(),
                ..CaseFilter::default()
            };
            let everything = system(AreaId(0));
            let scope = ScopeSql::new(Scope::of(&everything), everything.level);
            let list =
                List { filter: &filter, scope: &scope, order: Order::Due, after: None, limit: OFFERED };
            let (rows, _) = case::list(&app.store, list).await?;
            let name = |row: &case::CaseRow| {
                let class = row.class.as_ref().and_then(|code| city.class(code));
                class.map_or_else(|| Label::new("", ""), |class| class.name.clone())
            };
            Ok(rows.iter().map(|row| (row.id.0, name(row), row.place.clone(), row.point)).collect())
        }
    }
}

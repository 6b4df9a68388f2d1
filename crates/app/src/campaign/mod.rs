//! Campaigns from above: what one would cost is seen before it is proposed, each county says yes or no for its own grids,
//! and from its yes on the work stands in the days of its workers until it is done, stopped or over.

mod errand;
mod plan;

pub use errand::{Said, View as ErrandView, say, view as errand};
pub use plan::{Preview, Share, preview};

pub(crate) use errand::due_in;

use domain::area::Level;
use domain::audit::Hash;
use domain::campaign::{CampaignAct, Draft};
use domain::case::By;
use domain::id::{ActId, AreaId, CampaignId, ErrandId};
use domain::notice::NoticeKind;
use domain::policy::{Actor, Work, WorkAct};
use domain::stream::{Stream, StreamId};
use jiff::Timestamp;
use store::campaign::{self, Campaign, County, Errand, Progress, State, Word};
use store::lease::Held;
use store::{Batch, CommitError};

use crate::leave::{Done, words};
use crate::people::new_id;
use crate::stream::{self, TRIES, Trail, request_hash};
use crate::{App, AppError, City, notice, work};

/// Most campaigns of a page.
pub const PAGE: u32 = 200;
/// Campaigns that end in one sweep.
const AT_ONCE: u32 = 50;
/// Grids of an area whose work is listed.
const GRIDS: u32 = 1_000;

/// A campaign with what the counties said and how far it has come.
#[derive(Clone, Debug)]
pub struct View {
    /// The campaign.
    pub campaign: Campaign,
    /// The counties.
    pub counties: Vec<County>,
    /// How far the work has come, by county.
    pub progress: Vec<Progress>,
    /// Why items could not be done, with how many of each.
    pub reasons: Vec<(String, u32)>,
}

/// A county's yes or no.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub enum Admission {
    /// Yes, for all its grids.
    Admit,
    /// No.
    Refuse {
        /// Why, 1 to 500 characters.
        why: String,
    },
}

pub(crate) fn stream_of(id: CampaignId) -> StreamId {
    StreamId::new(Stream::Campaign, id.0)
}

/// Proposes a campaign. The id is the key. Each county that it touches is asked.
pub async fn propose(app: &App, who: &Actor, id: CampaignId, draft: &Draft) -> Result<Done<View>, AppError> {
    let (request, key) = (request_hash(draft), ActId(id.0));
    if let Some(used) = stream::used(app, key).await? {
        stream::is_again(&used, stream_of(id), request)?;
        return Ok(Done { now: load_view(app, id).await?, replayed: true });
    }
    let seen = preview(app, who, draft).await?;
    let (draft, now) = (plan::tidied(draft)?, app.clock.now());
    let mut trail = Trail::new(stream_of(id));
    let act = CampaignAct::Propose { draft: Box::new(draft.clone()) };
    let entry = trail.append(who, now, key, request, &act);
    let (version, head) = (trail.version(), trail.head());
    let (state, why) = (State::Proposed, String::new());
    let new = Campaign { id, version, head, draft, state, why, proposed: now, ended: None };
    let counties: Vec<County> = seen
        .shares
        .iter()
        .map(|share| County {
            county: share.county,
            word: Word::Asked,
            n_grids: share.n_grids,
            n_items: share.n_items,
            why: String::new(),
            decided: None,
        })
        .collect();
    let mut batch = new.insert(Batch::new("campaign"), &counties).with(entry);
    for it in &counties {
        let told =
            notice::to_desk(it.county, NoticeKind::CampaignAsked, stream_of(id), it.county, false, now);
        batch = batch.with(told);
    }
    match app.store.commit(batch).await {
        Ok(()) => Ok(Done { now: load_view(app, id).await?, replayed: false }),
        Err(CommitError::Duplicate { .. } | CommitError::Conflict { .. }) => {
            again(app, id, key, request).await?.ok_or(AppError::Contended)
        }
        Err(error) => Err(error.into()),
    }
}

/// A county says yes or no. With its yes the work is given to its grids: as much as exists in them now.
pub async fn admit(
    app: &App,
    who: &Actor,
    id: CampaignId,
    county: AreaId,
    key: ActId,
    admission: &Admission,
) -> Result<Done<View>, AppError> {
    let request = request_hash(&(id, county, admission));
    for _ in 0..TRIES {
        if let Some(done) = again(app, id, key, request).await? {
            return Ok(done);
        }
        let mut it = load(app, id).await?;
        let counties = campaign::counties(&app.store, id).await?;
        let asked = counties.iter().find(|asked| asked.county == county);
        let mut asked = asked.cloned().ok_or(AppError::NotFound { what: "campaign" })?;
        work::permit_in(&app.city(), who, WorkAct::AdmitCampaign, county, "campaign")?;
        goes_on(&it)?;
        if asked.word != Word::Asked {
            let why = format!("this county has {} it already", asked.word.as_str());
            return Err(AppError::Blocked { why });
        }
        let (before, now) = (it.version, app.clock.now());
        asked.decided = Some(now);
        let (act, errands) = match admission {
            Admission::Refuse { why } => {
                asked.word = Word::Refused;
                asked.why = words("/why", why, 500)?;
                let others = counties.iter().filter(|other| other.county != county);
                if others.into_iter().all(|other| other.word == Word::Refused) {
                    (it.state, it.ended) = (State::Refused, Some(now));
                }
                (CampaignAct::Refuse { county, why: asked.why.clone() }, Vec::new())
            }
            Admission::Admit => {
                let given = plan::of_county(app, &it.draft, county).await?;
                asked.word = Word::Admitted;
                it.state = State::Open;
                asked.n_grids = given.len() as u32;
                asked.n_items = given.iter().map(|(_, n)| n).sum();
                let (n_grids, n_items) = (asked.n_grids, asked.n_items);
                let minutes = n_items.saturating_mul(it.draft.minutes);
                (CampaignAct::Admit { county, n_grids, n_items, minutes }, given)
            }
        };
        let mut trail = Trail::at(stream_of(id), it.version, it.head);
        let entry = trail.append(who, now, key, request, &act);
        (it.version, it.head) = (trail.version(), trail.head());
        let batch = Batch::new("admit campaign").with(it.save(before)).with(it.decide(&asked)).with(entry);
        let batch = given(batch, &it, county, &errands, now);
        match app.store.commit(batch).await {
            Ok(()) => return Ok(Done { now: load_view(app, id).await?, replayed: false }),
            Err(CommitError::Duplicate { .. } | CommitError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(AppError::Contended)
}

/// Ends a campaign before its day.
pub async fn stop(
    app: &App,
    who: &Actor,
    id: CampaignId,
    key: ActId,
    why: &str,
) -> Result<Done<View>, AppError> {
    let why = words("/why", why, 500)?;
    let request = request_hash(&(id, &why));
    for _ in 0..TRIES {
        if let Some(done) = again(app, id, key, request).await? {
            return Ok(done);
        }
        let mut it = load(app, id).await?;
        may_change(app, who, &it.draft)?;
        goes_on(&it)?;
        let (before, now) = (it.version, app.clock.now());
        let mut trail = Trail::at(stream_of(id), it.version, it.head);
        let entry = trail.append(who, now, key, request, &CampaignAct::Stop { why: why.clone() });
        (it.version, it.head) = (trail.version(), trail.head());
        (it.state, it.ended, it.why) = (State::Stopped, Some(now), why.clone());
        match app.store.commit(Batch::new("stop campaign").with(it.save(before)).with(entry)).await {
            Ok(()) => return Ok(Done { now: load_view(app, id).await?, replayed: false }),
            Err(CommitError::Duplicate { .. } | CommitError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(AppError::Contended)
}

/// One campaign, as far as it may be seen.
pub async fn one(app: &App, who: &Actor, id: CampaignId) -> Result<View, AppError> {
    let view = load_view(app, id).await?;
    if may_see(&app.city(), who, &view.campaign.draft) {
        Ok(view)
    } else {
        Err(AppError::NotFound { what: "campaign" })
    }
}

/// Campaigns in one state that this person may see, the newest first, before one; and where the next page begins.
pub async fn list(
    app: &App,
    who: &Actor,
    state: State,
    before: Option<(Timestamp, CampaignId)>,
    limit: u32,
) -> Result<(Vec<View>, Option<(Timestamp, CampaignId)>), AppError> {
    let limit = limit.clamp(1, PAGE);
    let (city, mut found, mut at) = (app.city(), Vec::new(), before);
    loop {
        let page = campaign::list(&app.store, state, at, limit).await?;
        let is_last = page.len() < limit as usize;
        for it in page {
            at = Some((it.proposed, it.id));
            if may_see(&city, who, &it.draft) {
                found.push(view_of(app, it).await?);
                if found.len() == limit as usize {
                    return Ok((found, at));
                }
            }
        }
        if is_last {
            return Ok((found, None));
        }
    }
}

/// What a campaign asks of the grids of an area, by grid.
pub async fn grids(
    app: &App,
    who: &Actor,
    id: CampaignId,
    area: Option<AreaId>,
) -> Result<Vec<Errand>, AppError> {
    one(app, who, id).await?;
    let path = work::path_for(&app.city(), who, WorkAct::SeeCampaign, area)?;
    Ok(campaign::errands(&app.store, id, &path, GRIDS).await?)
}

/// Ends campaigns whose last day is over; how many.
pub(crate) async fn end_those_over(app: &App, held: &Held) -> Result<u32, AppError> {
    let now = app.clock.now();
    let over = campaign::over(&app.store, app.people.today(), AT_ONCE).await?;
    let batches = over.into_iter().map(|mut it| {
        let before = it.version;
        let mut trail = Trail::at(stream_of(it.id), it.version, it.head);
        let act = CampaignAct::End;
        let entry = trail.append_by(&By::SYSTEM, now, ActId(new_id(now).0), request_hash(&act), &act);
        (it.version, it.head, it.state, it.ended) = (trail.version(), trail.head(), State::Ended, Some(now));
        Batch::new("end campaign").with(held.guard()).with(it.save(before)).with(entry)
    });
    let mut n_ended = 0;
    for answer in app.store.commit_many(batches.collect()).await {
        match answer {
            Ok(()) => n_ended += 1,
            Err(CommitError::Conflict { .. } | CommitError::Duplicate { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(n_ended)
}

/// The work of the grids of a county, which its workers find in their days.
fn given(batch: Batch, it: &Campaign, county: AreaId, errands: &[(AreaId, u32)], now: Timestamp) -> Batch {
    errands.iter().fold(batch, |batch, (grid, n_asked)| {
        let new = Errand {
            id: ErrandId(new_id(now).0),
            version: 0,
            head: Hash::default(),
            campaign: it.id,
            grid: *grid,
            county,
            n_asked: *n_asked,
            n_done: 0,
            n_impossible: 0,
            last: None,
        };
        batch.with(new.insert())
    })
}

/// Who proposes in all of its areas, or works in its department.
pub(crate) fn may_change(app: &App, who: &Actor, draft: &Draft) -> Result<(), AppError> {
    let city = app.city();
    for area in &draft.areas {
        let on = Work { ground: city.ancestors(*area), whom: None, unit: Some(draft.unit) };
        work::permit(who, WorkAct::ProposeCampaign, &on, "campaign")?;
    }
    Ok(())
}

/// Whoever has to do with one of its areas: from above, from inside, or because they wanted it.
fn may_see(city: &City, who: &Actor, draft: &Draft) -> bool {
    if who.unit == Some(draft.unit) {
        return true;
    }
    let own: Vec<AreaId> =
        if who.grids.is_empty() { vec![who.area] } else { who.grids.iter().copied().collect() };
    let sees = |area: AreaId| {
        let own_side = own.iter().find(|own| city.ancestors(**own).upwards().any(|up| up == area));
        let ground = own_side.copied().unwrap_or(area);
        work::permit_in(city, who, WorkAct::SeeCampaign, ground, "campaign").is_ok()
    };
    draft.areas.iter().any(|area| sees(*area))
}

fn goes_on(it: &Campaign) -> Result<(), AppError> {
    match it.state {
        State::Proposed | State::Open => Ok(()),
        over => Err(AppError::Blocked { why: format!("the campaign is {}", over.as_str()) }),
    }
}

async fn load(app: &App, id: CampaignId) -> Result<Campaign, AppError> {
    campaign::one(&app.store, id).await?.ok_or(AppError::NotFound { what: "campaign" })
}

async fn load_view(app: &App, id: CampaignId) -> Result<View, AppError> {
    view_of(app, load(app, id).await?).await
}

async fn view_of(app: &App, campaign: Campaign) -> Result<View, AppError> {
    let id = campaign.id;
    Ok(View {
        counties: campaign::counties(&app.store, id).await?,
        progress: campaign::progress(&app.store, id).await?,
        reasons: campaign::reasons(&app.store, id).await?,
        campaign,
    })
}

async fn again(app: &App, id: CampaignId, key: ActId, request: Hash) -> Result<Option<Done<View>>, AppError> {
    let Some(used) = stream::used(app, key).await? else { return Ok(None) };
    stream::is_again(&used, stream_of(id), request)?;
    Ok(Some(Done { now: load_view(app, id).await?, replayed: true }))
}

/// The county an area is in; itself when it is one, none when it is the city.
pub(crate) fn county_of(city: &City, area: AreaId) -> Option<AreaId> {
    city.ancestors(area).at(Level::County)
}

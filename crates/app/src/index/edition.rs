//! Editions (期次): drafted from what is known, looked at by a second person, published and frozen. A published edition is
//! never changed: corrections of its figures make the next revision.

use super::archive;
use super::compute::{Computed, compute};
use super::followed::permit;
use super::framework::refused;
use super::gather::materials;
use super::materials::Materials;
use crate::people::new_id;
use crate::{App, AppError};
use domain::audit::{Hash, sha256};
use domain::deed::Deed;
use domain::edition::{Refusal, State, Step, advance};
use domain::id::EditionId;
use domain::month::Month;
use domain::policy::{Actor, IndexAct};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::edition::{self, Edition, Listed, Stamp};
use store::{Batch, CommitError};

/// What is to be drafted.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Made by whoever asks: the same twice is one draft.
    pub id: EditionId,
    /// A month that is over.
    pub month: Month,
    /// Of all that was signed by then; now when `None`.
    pub known: Option<Timestamp>,
    /// Why, for a revision: what was corrected.
    pub note: String,
}

/// What lists show of an edition without opening it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Areas from the best to the worst.
    pub ranking: Vec<Ranked>,
    /// Figures of its month that it lacks.
    pub n_lacking: usize,
    /// Figures beyond a limit.
    pub n_flags: usize,
    /// Figures far from what is usual.
    #[serde(default)]
    pub n_doubts: usize,
    /// Figures it was made of, all months.
    pub n_figures: usize,
}

/// One line of a ranking.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ranked {
    /// Code of the area.
    pub area: String,
    /// Name in Chinese.
    pub name_zh: String,
    /// Name in English.
    pub name_en: String,
    /// Score, 0 to 100.
    pub score: Option<f64>,
    /// Rank by score alone.
    pub rank: Option<usize>,
    /// Rank it shares with those it cannot be told apart from.
    pub shared: Option<usize>,
    /// 90 % interval of the score.
    pub interval: Option<(f64, f64)>,
    /// 90 % interval of the rank.
    pub ranks: Option<(usize, usize)>,
}

/// An edition made and packed, not yet saved.
pub struct Made {
    /// The zip.
    pub archive: Vec<u8>,
    /// Its SHA-256.
    pub sha256: Hash,
    /// SHA-256 of its recipe.
    pub recipe: Hash,
    /// What lists show.
    pub summary: Summary,
}

/// Makes an edition and packs its archive.
pub fn make(it: &Materials) -> Result<Made, AppError> {
    let made = compute(it).map_err(refused)?;
    let archive = pack(&archive::files(it, &made))?;
    Ok(Made {
        sha256: sha256(&archive),
        recipe: sha256(made.recipe.to_toml().as_bytes()),
        summary: summary(it, &made),
        archive,
    })
}

/// An archive's files as one zip: the same files, the same bytes.
pub fn pack(files: &archive::Files) -> Result<Vec<u8>, AppError> {
    sheet::pack(files).map_err(|why| AppError::Blocked { why: why.to_string() })
}

fn summary(it: &Materials, made: &Computed) -> Summary {
    let mut order: Vec<usize> = (0..it.areas.len()).collect();
    order.sort_by_key(|&i| (made.standing[i].rank.unwrap_or(usize::MAX), i));
    let ranked = |i: usize| {
        let (area, at) = (&it.areas[i], &made.standing[i]);
        Ranked {
            area: area.code.clone(),
            name_zh: area.name_zh.clone(),
            name_en: area.name_en.clone(),
            score: at.score,
            rank: at.rank,
            shared: at.shared,
            interval: at.interval,
            ranks: at.ranks,
        }
    };
    Summary {
        ranking: order.into_iter().map(ranked).collect(),
        n_lacking: made.values.told.iter().filter(|told| told.value.is_none()).count(),
        n_flags: made.flags.len(),
        n_doubts: made.doubts.len(),
        n_figures: it.figures.len(),
    }
}

/// Drafts the edition of a month.
pub async fn draft(app: &App, who: &Actor, asked: &Draft) -> Result<Edition, AppError> {
    permit(app, who, IndexAct::DraftEdition, None, "edition")?;
    if let Some(known) = edition::one(&app.store, asked.id).await? {
        let same = known.month == asked.month && known.drafted.by == who.person;
        return if same { Ok(known) } else { Err(AppError::KeyReused) };
    }
    let now = app.clock.now();
    let this_month = Month::of(app.city().zone.to_datetime(now).date());
    if asked.month >= this_month {
        return Err(AppError::field("/month", "range", format!("{} is not over yet", asked.month)));
    }
    if asked.known.is_some_and(|known| known > now) {
        return Err(AppError::field("/known", "range", "nobody knows yet what will be known then"));
    }
    let revision = next_revision(app, asked.month).await?;
    let known = if let Some(known) = asked.known {
        known
    } else {
        // What the cases say is looked up now, unless it was; it is signed after everything else.
        let counted = super::platform::hand_in(app, asked.month).await?;
        counted.map_or(now, |signed| signed.max(now))
    };
    let materials = materials(app, asked.month, revision, known).await?;
    let version = materials.framework_version;
    let made = tokio::task::spawn_blocking(move || make(&materials)).await.expect("making does not panic")?;
    let edition = of(asked, (revision, version, known), &made, Stamp { by: who.person, at: now });
    let batch = Batch::new("edition").with(edition.insert(&made.archive));
    match app.store.commit(batch).await {
        Ok(()) => Ok(edition),
        Err(CommitError::Duplicate { .. }) => Err(AppError::Contended),
        Err(error) => Err(error.into()),
    }
}

/// The row of an edition that was just made.
pub fn of(
    asked: &Draft,
    (revision, version, known): (u32, u32, Timestamp),
    made: &Made,
    drafted: Stamp,
) -> Edition {
    Edition {
        id: asked.id,
        month: asked.month,
        revision,
        state: State::Draft,
        framework_version: version,
        recipe: made.recipe,
        known,
        drafted,
        reviewed: None,
        published: None,
        discarded: None,
        note: asked.note.clone(),
        code_version: archive::made_by(),
        sha256: made.sha256,
        summary: serde_json::to_string(&made.summary).expect("a summary is plain data"),
    }
}

/// 0 for the first; the next one only when the last is public.
async fn next_revision(app: &App, month: Month) -> Result<u32, AppError> {
    let Some(last) = edition::last_revision(&app.store, month).await? else { return Ok(0) };
    match edition::of_revision(&app.store, month, last).await? {
        Some(it) if it.state != State::Published => Err(AppError::Blocked {
            why: format!(
                "revision {last} of {month} is {}: publish or discard it before the next is drafted",
                it.state.as_str()
            ),
        }),
        _ => Ok(last + 1),
    }
}

/// Says that a draft is right.
pub async fn review(app: &App, who: &Actor, id: EditionId) -> Result<Edition, AppError> {
    step(app, who, id, Step::Review, "").await
}

/// Makes an edition public, for good.
pub async fn publish(app: &App, who: &Actor, id: EditionId) -> Result<Edition, AppError> {
    step(app, who, id, Step::Publish, "").await
}

/// Gives an edition up before it is public.
pub async fn discard(app: &App, who: &Actor, id: EditionId, why: &str) -> Result<Edition, AppError> {
    if why.trim().is_empty() {
        return Err(AppError::field("/why", "missing", "say why it is given up"));
    }
    step(app, who, id, Step::Discard, why).await
}

async fn step(app: &App, who: &Actor, id: EditionId, step: Step, why: &str) -> Result<Edition, AppError> {
    let act = match step {
        Step::Review => IndexAct::ReviewEdition,
        Step::Publish => IndexAct::PublishEdition,
        Step::Discard => IndexAct::DiscardEdition,
    };
    permit(app, who, act, None, "edition")?;
    let mut recording = app.people.recording(who);
    loop {
        recording.begin().await?;
        let known = edition::one(&app.store, id).await?.ok_or(AppError::NotFound { what: "edition" })?;
        let by = Stamp { by: who.person, at: app.clock.now() };
        let taken = |stamp: Option<Stamp>| stamp.is_some_and(|it| it.by == who.person);
        // The same again, after a lost answer, is no mistake.
        if (step == Step::Review && known.state == State::Reviewed && taken(known.reviewed))
            || (step == Step::Publish && known.state == State::Published && taken(known.published))
        {
            return Ok(known);
        }
        advance(known.state, known.drafted.by, step, who.person).map_err(law)?;
        let (month, revision, sha256) = (known.month, known.revision, known.sha256.to_string());
        let (statement, deed) = match step {
            Step::Review => {
                (edition::review(id, by), Deed::ReviewEdition { edition: id, month, revision, sha256 })
            }
            Step::Publish => {
                (edition::publish(id, by), Deed::PublishEdition { edition: id, month, revision, sha256 })
            }
            Step::Discard => {
                let why = why.to_owned();
                (edition::discard(id, by, &why), Deed::DiscardEdition { edition: id, month, revision, why })
            }
        };
        let done = recording.commit(Batch::new("edition").with(statement), vec![(None, deed)]).await;
        match done {
            Ok(true) => {
                return edition::one(&app.store, id).await?.ok_or(AppError::NotFound { what: "edition" });
            }
            Ok(false) | Err(CommitError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

fn law(refusal: Refusal) -> AppError {
    AppError::Blocked { why: refusal.to_string() }
}

/// Editions someone may see, the last month first.
pub async fn list(app: &App, who: &Actor, mut asked: Listed, limit: u32) -> Result<Vec<Edition>, AppError> {
    permit(app, who, IndexAct::SeePublished, None, "edition")?;
    if permit(app, who, IndexAct::SeeDraft, None, "edition").is_err() {
        match asked.state {
            None | Some(State::Published) => asked.state = Some(State::Published),
            Some(_) => return Ok(Vec::new()),
        }
    }
    Ok(edition::list(&app.store, asked, limit).await?)
}

/// One edition that someone may see.
pub async fn one(app: &App, who: &Actor, id: EditionId) -> Result<Edition, AppError> {
    let found = edition::one(&app.store, id).await?.ok_or(AppError::NotFound { what: "edition" })?;
    let act = if found.state == State::Published { IndexAct::SeePublished } else { IndexAct::SeeDraft };
    permit(app, who, act, None, "edition")?;
    Ok(found)
}

/// The published edition of a month: its last revision, or the one asked for.
pub async fn of_month(
    app: &App,
    who: &Actor,
    month: Month,
    revision: Option<u32>,
) -> Result<Edition, AppError> {
    let found = match revision {
        Some(revision) => edition::of_revision(&app.store, month, revision).await?,
        None => edition::published(&app.store, month, month).await?.pop(),
    };
    let found = found.ok_or(AppError::NotFound { what: "edition" })?;
    one(app, who, found.id).await
}

/// The last published edition of all.
pub async fn latest(app: &App, who: &Actor) -> Result<Edition, AppError> {
    permit(app, who, IndexAct::SeePublished, None, "edition")?;
    let asked = Listed { state: Some(State::Published), ..Listed::default() };
    let newest = edition::list(&app.store, asked, 1).await?.pop();
    newest.ok_or(AppError::NotFound { what: "edition" })
}

/// What the city said of the month before an edition's: its last published revision.
pub async fn before(app: &App, who: &Actor, month: Month) -> Result<Option<Edition>, AppError> {
    permit(app, who, IndexAct::SeePublished, None, "edition")?;
    let earlier = month.plus(-1);
    Ok(edition::published(&app.store, earlier, earlier).await?.pop())
}

/// The archive of an edition that someone may see.
pub async fn archive_of(app: &App, who: &Actor, id: EditionId) -> Result<(Edition, Vec<u8>), AppError> {
    let found = one(app, who, id).await?;
    let bytes = edition::archive(&app.store, id).await?.ok_or(AppError::NotFound { what: "edition" })?;
    Ok((found, bytes))
}

/// A new id for a draft, for those who have no client to make one.
pub fn new_edition_id(now: Timestamp) -> EditionId {
    EditionId(new_id(now).0)
}

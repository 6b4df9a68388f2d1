//! A day's book, read out of the logs as they stood at its end.
//!
//! Only cases that moved since the day began are replayed, and those whose deadline passed in silence; what stood open and
//! has not moved since is read from its row, which is as it was then. So last night's book costs what one day costs, and an
//! old one costs what has moved since.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::case::{Act, By};
use domain::geo::LngLat;
use domain::id::{AreaId, CaseId};
use domain::score::{Book, Life, Row, Stock};
use jiff::{SignedDuration, Timestamp};
use store::Fault;
use store::assess::{self, Said, Standing};
use uuid::Uuid;

use super::inputs;
use crate::{App, AppError};

/// A problem has come back when its class is filed at the same place within this time after the work passed its check.
pub const BACK_WITHIN: SignedDuration = SignedDuration::from_hours(24 * 30);
/// Cases that were reported longer ago than this are not looked at for it.
const REPORTED_WITHIN: SignedDuration = SignedDuration::from_hours(24 * 90);
/// The same place: not farther than this, where both points are known; else the same grid.
pub const SAME_PLACE_M: f64 = 100.0;
/// Logs that are read and folded at once.
const AT_ONCE: usize = 1_024;

/// Which part of the log a book is read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The midnight at the day's beginning.
    pub begin: Timestamp,
    /// The midnight at its end.
    pub until: Timestamp,
    /// Entries written down after this one are left out.
    pub last_seq: i64,
}

/// The book of a day.
pub async fn book(app: &App, span: Span) -> Result<Book, AppError> {
    let Span { begin, until, last_seq } = span;
    let root = app.city().root().map_or(AreaId(0), |root| root.id);
    let store = &app.store;
    let mut ids = assess::moved(store, begin, until).await?;
    ids.extend(assess::late(store, root, begin, until).await?);
    ids.sort_unstable();
    ids.dedup();
    let lives = lives(app, ids, until, last_seq).await?;
    let within = |row: &&Row| begin <= row.at && row.at < until;
    let mut rows: Vec<Row> = lives.iter().flat_map(|life| life.rows.iter().filter(within).copied()).collect();
    rows.extend(came_back(app, &lives, span).await?);
    rows.extend(inputs::visits_and_referrals(app, span).await?);
    let since: BTreeSet<Uuid> = assess::moved(store, until, until).await?.into_iter().collect();
    let mut stock: BTreeMap<(AreaId, u32), Stock> = BTreeMap::new();
    let stood = assess::open(store, root, until, last_seq).await?;
    stood.iter().for_each(|it| add(&mut stock, it, until));
    for life in lives.iter().filter(|it| since.contains(&it.case.id.0) && !it.case.is_closed()) {
        let case = &life.case;
        let standing = Standing {
            area: case.ancestors().upwards().next().unwrap_or(case.side.desk),
            lead: case.assigned().and_then(|it| it.shares.first()).map(|it| it.unit.0),
            held: case.side.hold.is_some(),
            due: case.due().map(|it| it.at),
        };
        add(&mut stock, &standing, until);
    }
    Ok(Book::of(begin, rows, stock))
}

fn add(stock: &mut BTreeMap<(AreaId, u32), Stock>, it: &Standing, until: Timestamp) {
    let line = stock.entry((it.area, it.lead.unwrap_or(0))).or_default();
    line.open += 1;
    line.held += u32::from(it.held);
    line.overdue += u32::from(!it.held && it.due.is_some_and(|due| due < until));
}

/// Cases as their logs tell them up to a moment.
pub async fn lives(
    app: &App,
    ids: Vec<Uuid>,
    until: Timestamp,
    last_seq: i64,
) -> Result<Vec<Life>, AppError> {
    let mut folding = Vec::new();
    for some in ids.chunks(AT_ONCE) {
        let said = assess::logs(&app.store, some, until, last_seq).await?;
        folding.push(tokio::task::spawn_blocking(move || fold(&said, until)));
    }
    let mut lives = Vec::with_capacity(ids.len());
    for some in folding {
        lives.extend(some.await.expect("folding logs does not panic")?);
    }
    Ok(lives)
}

fn fold(said: &[Said], until: Timestamp) -> Result<Vec<Life>, AppError> {
    let mut lives = Vec::new();
    for log in said.chunk_by(|a, b| a.case == b.case) {
        lives.extend(life(log[0].case, &parsed(log)?, until)?);
    }
    Ok(lives)
}

type Log = Vec<(Timestamp, By, Act)>;

fn parsed(log: &[Said]) -> Result<Log, AppError> {
    let bad = |it: &Said, why: String| {
        AppError::Fault(Fault::Nonsense { what: format!("an entry of case {}", it.case), why })
    };
    let read = |it: &Said| {
        let by = serde_json::from_str(&it.by).map_err(|why| bad(it, why.to_string()))?;
        let act = serde_json::from_str(&it.act).map_err(|why| bad(it, why.to_string()))?;
        Ok((it.at, by, act))
    };
    log.iter().map(read).collect()
}

fn life(case: Uuid, log: &Log, until: Timestamp) -> Result<Option<Life>, AppError> {
    let bad = |why: domain::case::Refusal| {
        let why = format!("its log cannot be replayed ({why}); `gridward verify` names the entry");
        AppError::Fault(Fault::Nonsense { what: format!("case {case}"), why })
    };
    Life::read(CaseId(case), log.iter().cloned(), until).map_err(bad)
}

/// Earlier work whose problem was filed anew in the day.
async fn came_back(app: &App, lives: &[Life], span: Span) -> Result<Vec<Row>, AppError> {
    let new = lives.iter().filter_map(|life| {
        let filed = life.mark.filed.filter(|at| span.begin <= *at && *at < span.until)?;
        Some((life.case.id.0, filed, life.problem()?))
    });
    let mut asked = Vec::new();
    let mut wanted = BTreeSet::new();
    for (id, filed, (class, grid, point)) in new {
        let reported = (filed - REPORTED_WITHIN, filed);
        let like = assess::alike(&app.store, (grid, &class.0), reported, id).await?;
        wanted.extend(like.iter().copied());
        asked.push((filed, point, like));
    }
    let wanted: Vec<Uuid> = wanted.into_iter().collect();
    let said = assess::logs(&app.store, &wanted, span.until, span.last_seq).await?;
    let found = tokio::task::spawn_blocking(move || -> Result<Vec<Row>, AppError> {
        let mut logs: HashMap<Uuid, Log> = HashMap::new();
        for log in said.chunk_by(|a, b| a.case == b.case) {
            logs.insert(log[0].case, parsed(log)?);
        }
        let mut rows = Vec::new();
        for (filed, point, like) in asked {
            let mut last: Option<(Timestamp, Life)> = None;
            for id in like {
                let Some(life) = logs.get(&id).map(|log| life(id, log, filed)).transpose()?.flatten() else {
                    continue;
                };
                let passed = life.mark.passed.filter(|at| filed.duration_since(*at) <= BACK_WITHIN);
                if let Some(passed) = passed
                    && is_same_place(point, life.case.reported().place.point)
                    && last.as_ref().is_none_or(|(at, other)| (passed, id) > (*at, other.case.id.0))
                {
                    last = Some((passed, life));
                }
            }
            rows.extend(last.map(|(_, life)| life.came_back(filed)).unwrap_or_default());
        }
        Ok(rows)
    });
    found.await.expect("looking for what came back does not panic")
}

/// By the plane around them: places within a grid are near each other.
fn is_same_place(one: Option<LngLat>, other: Option<LngLat>) -> bool {
    let (Some(one), Some(other)) = (one, other) else { return true };
    let north = (one.lat - other.lat) * 111_320.0;
    let east = (one.lng - other.lng) * 111_320.0 * one.lat.to_radians().cos();
    north.hypot(east) <= SAME_PLACE_M
}

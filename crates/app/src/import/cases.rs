//! A whole file of foreign cases: read, grouped by number, planned and saved in large commits. A second import of
//! the same file finds every case as it would make it, and changes nothing.

use super::ImportError;
use super::history::{Historian, Told as History, case_id};
use super::mapping::{Mapping, unfit};
use super::row::{Reader, Row};
use crate::case::Moved;
use crate::{App, City};
use domain::audit::Hash;
use domain::id::{AreaId, CaseId, UnitId};
use domain::stream::Stream;
use serde::Serialize;
use std::collections::HashMap;
use std::io::Read;
use std::sync::Arc;
use store::{Batch, CommitError, log};
use uuid::Uuid;

/// Cases planned and saved together.
const CHUNK: usize = 1_000;
/// Stored heads read at once.
const PAGE: u32 = 5_000;

/// What an import did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Imported {
    /// Rows of the file, without its heading.
    pub n_rows: u64,
    /// Rows left out; each is told with its line and the reason.
    pub n_rejected: u64,
    /// Cases the file tells of.
    pub n_cases: u64,
    /// Of these, new here.
    pub n_new: u64,
    /// Of these, known here, and moved on by what the file now tells.
    pub n_moved: u64,
    /// Of these, here already as the file tells them.
    pub n_same: u64,
    /// Of these, acted on here since an earlier import, or imported under other rules: left alone.
    pub n_left_alone: u64,
    /// Cases the file says are open.
    pub n_open: u64,
    /// Cases the file says are closed.
    pub n_closed: u64,
    /// Numbers that come more than once; the rows of a number make one case.
    pub n_numbers_repeated: u64,
    /// Of these, with another closing: reopened once, the last closing counts.
    pub n_reopened: u64,
    /// Of these, with the very same closing again: nothing new is told.
    pub n_told_twice: u64,
    /// Cases without a place: kept, marked in their log, and put to the city as a whole.
    pub n_without_place: u64,
    /// Cases with a place in an area that the city does not have: put to the city as a whole.
    pub n_area_unknown: u64,
}

/// A row left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rejected {
    /// Line of the file, from 1; the heading is line 1.
    pub line: u64,
    /// The number it has in the file, if it has one.
    pub outside_no: String,
    /// Everything that is wrong with it.
    pub why: String,
    /// The row itself.
    pub row: Vec<String>,
}

/// Who hears how it goes.
pub struct Told<'a> {
    /// Each row left out.
    pub rejected: &'a mut (dyn FnMut(Rejected) + Send),
    /// Cases done, of how many.
    pub progress: &'a mut (dyn FnMut(u64, u64) + Send),
}

/// Replays a file of foreign cases. The file is CSV with a heading, UTF-8, already unpacked.
pub async fn import_cases(
    app: &App,
    mapping: &Mapping,
    file: impl Read + Send,
    told: &mut Told<'_>,
) -> Result<Imported, ImportError> {
    let city = app.city();
    let root = city.root().ok_or_else(|| unfit("there is no city yet: import its areas first"))?.id;
    let unit = mapping.unit.as_deref().map(|code| unit_of(&city, code)).transpose()?;
    let mut done = Imported::default();
    let groups = read(app, mapping, &city, file, &mut done, told)?;
    let known = known(app, mapping, &groups).await?;
    let (groups, mapping) = (Arc::new(groups), Arc::new(mapping.clone()));
    let total = groups.len() as u64;
    let mut planned = plan(&city, &mapping, &groups, 0, (root, unit)).await;
    let mut at = 0;
    while at < groups.len() {
        let (batches, next) = sort_out(&groups[at..], planned, &known, &mut done, told);
        at += next;
        let (saved, ahead) =
            tokio::join!(app.store.commit_many(batches), plan(&city, &mapping, &groups, at, (root, unit)));
        for answer in saved {
            match answer {
                Err(CommitError::Conflict { .. } | CommitError::Duplicate { .. }) => {
                    return Err(unfit("another import or a person is at work on these cases: try again"));
                }
                other => other?,
            }
        }
        planned = ahead;
        (told.progress)(at as u64, total);
    }
    Ok(done)
}

fn unit_of(city: &City, code: &str) -> Result<UnitId, ImportError> {
    let unit = city.units.values().find(|unit| unit.code == code);
    unit.map(|unit| unit.id).ok_or_else(|| unfit(format!("unit: there is no unit with the code {code:?}")))
}

/// All rows that make sense, by number, in the order in which each number first came.
fn read(
    app: &App,
    mapping: &Mapping,
    city: &City,
    file: impl Read,
    done: &mut Imported,
    told: &mut Told<'_>,
) -> Result<Vec<Group>, ImportError> {
    let mut csv = csv::ReaderBuilder::new().flexible(true).from_reader(file);
    let heading = csv.headers()?.clone();
    let bound = mapping.bind(&heading)?;
    let reader = Reader::new(mapping, &bound, city, app.clock.now());
    let mut groups: Vec<Group> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut raw = csv::ByteRecord::new();
    while csv.read_byte_record(&mut raw)? {
        done.n_rows += 1;
        let line = raw.position().map_or(0, csv::Position::line);
        let row = match csv::StringRecord::from_byte_record(raw.clone()) {
            Ok(text) => reader.read(&text),
            Err(_) => Err("is not UTF-8 text".to_owned()),
        };
        match row {
            Ok(row) => {
                let place = *places.entry(row.outside_no.clone()).or_insert(groups.len());
                if place == groups.len() {
                    groups.push(Group::default());
                }
                let text = raw.iter().map(|it| String::from_utf8_lossy(it).into_owned()).collect();
                groups[place].rows.push(row);
                if groups[place].line == 0 {
                    (groups[place].line, groups[place].text) = (line, text);
                }
            }
            Err(why) => {
                done.n_rejected += 1;
                let row: Vec<String> =
                    raw.iter().map(|it| String::from_utf8_lossy(it).into_owned()).collect();
                let outside_no = row.get(bound.outside_no).cloned().unwrap_or_default();
                (told.rejected)(Rejected { line, outside_no, why, row });
            }
        }
    }
    Ok(groups)
}

/// The rows of one number.
#[derive(Clone, Debug, Default)]
struct Group {
    rows: Vec<Row>,
    /// Line of the first, and the row as it stands there.
    line: u64,
    text: Vec<String>,
}

type Known = HashMap<CaseId, (u32, Hash)>;

/// Version and head of the cases that are here already.
async fn known(app: &App, mapping: &Mapping, groups: &[Group]) -> Result<Known, ImportError> {
    let id = |group: &Group| case_id(&mapping.source, &History::of(&group.rows).row);
    let wanted: std::collections::BTreeSet<CaseId> = groups.iter().map(id).collect();
    let (Some(first), Some(last)) = (wanted.first(), wanted.last()) else { return Ok(Known::new()) };
    let mut after = Uuid::from_u128(first.0.as_u128().saturating_sub(1));
    let mut known = Known::new();
    loop {
        let heads = log::heads(&app.store, Stream::Case, after, PAGE).await?;
        let ours = heads.iter().map(|it| (CaseId(it.stream.id), (it.version, it.head)));
        known.extend(ours.filter(|(case, _)| wanted.contains(case)));
        match heads.last() {
            Some(newest) if newest.stream.id < last.0 => after = newest.stream.id,
            _ => return Ok(known),
        }
    }
}

type Planned = Vec<(History, Result<Vec<Moved>, crate::AppError>)>;

/// The histories of the next cases, decided on another thread.
async fn plan(
    city: &Arc<City>,
    mapping: &Arc<Mapping>,
    groups: &Arc<Vec<Group>>,
    from: usize,
    (root, unit): (AreaId, Option<UnitId>),
) -> Planned {
    let (city, mapping, groups) = (city.clone(), mapping.clone(), groups.clone());
    tokio::task::spawn_blocking(move || {
        let historian = Historian::new(&city, &mapping, root, unit);
        let next = groups.iter().skip(from).take(CHUNK).map(|group| History::of(&group.rows));
        next.map(|history| {
            let moves = historian.plan(&history);
            (history, moves)
        })
        .collect()
    })
    .await
    .expect("planning does not panic")
}

/// What is to be saved of some planned cases, and how many they were.
fn sort_out(
    groups: &[Group],
    planned: Planned,
    known: &Known,
    done: &mut Imported,
    told: &mut Told<'_>,
) -> (Vec<Batch>, usize) {
    let n = planned.len();
    let mut batches = Vec::new();
    for (group, (history, moves)) in groups.iter().zip(planned) {
        let moves = match moves {
            Ok(moves) => moves,
            Err(error) => {
                done.n_rejected += group.rows.len() as u64;
                let outside_no = history.row.outside_no;
                let (line, row) = (group.line, group.text.clone());
                (told.rejected)(Rejected { line, outside_no, why: error.to_string(), row });
                continue;
            }
        };
        count(done, group, &history);
        match stand(&moves, known) {
            Stand::New => {
                done.n_new += 1;
                batches.extend(merged(moves).map(|moved| moved.batch(Batch::new("import"))));
            }
            Stand::MovedOn(skip) => {
                done.n_moved += 1;
                let rest = moves.into_iter().skip(skip).collect();
                batches.extend(merged(rest).map(|moved| moved.batch(Batch::new("import"))));
            }
            Stand::Same => done.n_same += 1,
            Stand::Other => done.n_left_alone += 1,
        }
    }
    (batches, n)
}

fn count(done: &mut Imported, group: &Group, history: &History) {
    done.n_cases += 1;
    let is_closed = !history.is_open && !history.closings.is_empty();
    if is_closed {
        done.n_closed += 1;
    } else {
        done.n_open += 1;
    }
    if group.rows.len() > 1 {
        done.n_numbers_repeated += 1;
        if history.is_reopened() {
            done.n_reopened += 1;
        } else {
            done.n_told_twice += 1;
        }
    }
    done.n_without_place += u64::from(history.row.is_without_place);
    done.n_area_unknown += u64::from(history.row.is_area_unknown);
}

/// How a planned case stands to what is stored.
enum Stand {
    New,
    Same,
    /// So many of its moves are stored.
    MovedOn(usize),
    Other,
}

fn stand(moves: &[Moved], known: &Known) -> Stand {
    let Some((version, head)) = moves.first().and_then(|first| known.get(&first.after.id)) else {
        return Stand::New;
    };
    match moves.iter().position(|moved| moved.after.version == *version && moved.head == *head) {
        Some(at) if at + 1 == moves.len() => Stand::Same,
        Some(at) => Stand::MovedOn(at + 1),
        None => Stand::Other,
    }
}

/// Moves of one case as one: its row is written once.
fn merged(moves: Vec<Moved>) -> Option<Moved> {
    moves.into_iter().reduce(|mut first, next| {
        first.then(next);
        first
    })
}

//! Areas: identities that never go away, and the dated versions of what is true of them.

use crate::{Batch, Fault, Row, Statement, Store, params};
use domain::area::Area;
use domain::geo::{shape_from_bytes, shape_to_bytes};
use domain::id::AreaId;

const IDENTITY: &str = "insert into area (id, code, level) values ($1, $2, $3) on conflict (id) do nothing";
// No row is touched when the code is another area's: such a batch is a conflict.
const CLAIM: &str = "insert into area_code (code, area_id) values ($1, $2)
    on conflict (code) do update set area_id = excluded.area_id where area_code.area_id = excluded.area_id";
const VERSION: &str = "insert into area_version
    (area_id, valid_from, valid_to, parent_id, name_zh, name_en, pinyin, kind, path, shape, code)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
    on conflict (area_id, valid_from) do update
    set valid_to = excluded.valid_to, parent_id = excluded.parent_id, name_zh = excluded.name_zh,
        name_en = excluded.name_en, pinyin = excluded.pinyin, kind = excluded.kind, path = excluded.path,
        shape = excluded.shape, code = excluded.code";
const SUCCESSOR: &str = "insert into area_successor (area_id, successor_id) values ($1, $2)
    on conflict (area_id, successor_id) do nothing";
const ALL: &str = "select a.id, coalesce(v.code, a.code) as code, a.level, v.valid_from, v.valid_to, v.parent_id, v.name_zh, v.name_en,
    v.pinyin, v.kind, v.path, v.shape
    from area a join area_version v on v.area_id = a.id order by a.id, v.valid_from";
const SUCCESSORS: &str = "select area_id, successor_id from area_successor order by area_id, successor_id";
const NO_TREE: &str =
    "insert into meta (key, value) values ('tree_version', '0') on conflict (key) do nothing";
const MOVE_TREE: &str = "update meta set value = $2 where key = 'tree_version' and value = $1";
const TREE: &str = "select value from meta where key = 'tree_version'";
const LAST_ID: &str = "select coalesce(max(id), 0) as id from area";
const UNMAKE: &str = "delete from area_version where area_id = $1 and valid_from = $2";
const REOPEN: &str = "update area_version set valid_to = null where area_id = $1 and valid_to = $2";
const DISINHERIT: &str = "delete from area_successor where area_id = $1";
const GIVE_UP: &str = "delete from area_code where area_id = $1 and code = $2";
const VOID: &str = "update area set code = 'void.' || cast(id as text) where id = $1";

/// Statements of this file.
pub const SQL: &[&str] = &[
    IDENTITY, CLAIM, VERSION, SUCCESSOR, ALL, SUCCESSORS, NO_TREE, MOVE_TREE, TREE, LAST_ID, UNMAKE, REOPEN,
    DISINHERIT, GIVE_UP, VOID,
];

/// Number of the tree as it stands; every change makes the next. 0 before the first import.
pub async fn tree_version(store: &Store) -> Result<u64, Fault> {
    let row = store.row(TREE, params![]).await?;
    row.map_or(Ok(0), |row| Ok(row.text("value")?.parse().unwrap_or(0)))
}

/// The highest id ever given, also to an area whose change was cancelled before it began.
pub async fn last_id(store: &Store) -> Result<AreaId, Fault> {
    let row = store.row(LAST_ID, params![]).await?;
    row.map_or(Ok(AreaId(0)), |row| Ok(AreaId(row.int("id")? as u32)))
}

fn moved(version: u64) -> Batch {
    let guard = [version.to_string(), (version + 1).to_string()];
    Batch::new("area").run(NO_TREE, params![]).guard(MOVE_TREE, params![&guard[0], &guard[1]])
}

/// Takes versions back that are arranged and not yet true, and moves the tree from `version` to the next; a conflict
/// when someone else moved it meanwhile. `unmade` are the versions to be taken out, `reopened` those that go on.
pub fn take_back(version: u64, unmade: &[&Area], reopened: &[&Area]) -> Batch {
    let batch = unmade.iter().fold(moved(version), |batch, area| {
        batch.guard(UNMAKE, params![area.id.0, area.valid_from.to_string()])
    });
    let reopened_by = |batch: Batch, area: &&Area| {
        let end = area.valid_to.map(|day| day.to_string());
        let batch = batch.guard(REOPEN, params![area.id.0, end]);
        if area.successors.is_empty() { batch } else { batch.run(DISINHERIT, params![area.id.0]) }
    };
    let batch = reopened.iter().fold(batch, reopened_by);
    unmade.iter().fold(batch, |batch, area| match reopened.iter().find(|it| it.id == area.id) {
        Some(before) if before.code == area.code => batch,
        Some(_) => batch.run(GIVE_UP, params![area.id.0, area.code.as_str()]),
        None => batch.run(GIVE_UP, params![area.id.0, area.code.as_str()]).guard(VOID, params![area.id.0]),
    })
}

/// Writes versions of areas (new or closed) and moves the tree from `version` to the next; a conflict when
/// someone else moved it meanwhile, or when a code is, or ever was, another area's.
pub fn change(version: u64, areas: &[Area]) -> Batch {
    let batch = areas.iter().fold(moved(version), |batch, area| {
        batch.run(IDENTITY, params![area.id.0, area.code.as_str(), area.level.name()])
    });
    let batch =
        areas.iter().fold(batch, |batch, area| batch.guard(CLAIM, params![area.code.as_str(), area.id.0]));
    let batch = areas.iter().fold(batch, |batch, area| batch.with(written(area)));
    let successors = areas.iter().flat_map(|a| a.successors.iter().map(|s| (a.id, *s)));
    successors.fold(batch, |batch, (area, next)| batch.run(SUCCESSOR, params![area.0, next.0]))
}

fn written(area: &Area) -> Statement {
    Statement::new(
        VERSION,
        params![
            area.id.0,
            area.valid_from.to_string(),
            area.valid_to.map(|day| day.to_string()),
            area.parent.map(|p| p.0),
            area.name_zh.as_str(),
            area.name_en.as_str(),
            area.pinyin.as_str(),
            area.kind.name(),
            area.path.as_str(),
            area.polygon.as_ref().map(shape_to_bytes),
            area.code.as_str()
        ],
    )
}

/// Every version of every area.
pub async fn all(store: &Store) -> Result<Vec<Area>, Fault> {
    let mut areas = store.rows(ALL, params![]).await?.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    for row in store.rows(SUCCESSORS, params![]).await? {
        let (area, next) = (AreaId(row.int(0)? as u32), AreaId(row.int(1)? as u32));
        if let Some(last) = areas.iter_mut().rfind(|a| a.id == area) {
            last.successors.push(next);
        }
    }
    Ok(areas)
}

fn read(row: &Row) -> Result<Area, Fault> {
    let shape = row.opt_bytes("shape")?;
    Ok(Area {
        id: AreaId(row.int("id")? as u32),
        parent: row.opt_int("parent_id")?.map(|p| AreaId(p as u32)),
        level: parsed(row, "level")?,
        code: parsed(row, "code")?,
        name_zh: row.text("name_zh")?,
        name_en: row.text("name_en")?,
        pinyin: row.text("pinyin")?,
        kind: parsed(row, "kind")?,
        valid_from: parsed(row, "valid_from")?,
        valid_to: match row.opt_text("valid_to")? {
            Some(_) => Some(parsed(row, "valid_to")?),
            None => None,
        },
        successors: Vec::new(),
        path: parsed(row, "path")?,
        polygon: match shape {
            Some(bytes) => Some(shape_from_bytes(&bytes).map_err(|why| nonsense("shape", &why.to_string()))?),
            None => None,
        },
    })
}

fn parsed<T: std::str::FromStr>(row: &Row, column: &'static str) -> Result<T, Fault> {
    let text = row.text(column)?;
    text.parse().map_err(|_| nonsense(column, &text))
}

fn nonsense(column: &str, text: &str) -> Fault {
    let start: String = text.chars().take(60).collect();
    Fault::Nonsense {
        what: format!("area column {column}"),
        why: format!("{start:?} is not a value it can have"),
    }
}

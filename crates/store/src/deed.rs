//! Deeds: appended in the same commit as the state they tell of, and never changed. The number is the key: of two
//! that were decided on the same state, the second is a duplicate and is decided again.

use domain::area::AreaPath;
use domain::audit::Hash;
use domain::deed::{Head, Recorded};
use domain::id::{AreaId, DeedId};
use std::sync::LazyLock;

use crate::{CommitError, Fault, Row, Statement, Store, Value, case::time, params};

const INSERT: &str = "insert into deed (number, deed_id, at_ms, area_id, about, by_whom, deed, hash)
    values ($1, $2, $3, $4, $5, $6, $7, $8)";
const HEAD: &str = "select number, hash from deed order by number desc limit 1";
const PAGE: &str = "select number, deed_id, at_ms, area_id, about, by_whom, deed, hash from deed
    where number > $1 order by number limit $2";
const BY_KEY: &str = "select number, deed_id, at_ms, area_id, about, by_whom, deed, hash from deed
    where deed_id = $1";
// By the partial index that says the same.
const LAST_UNIT: &str = "select coalesce(max(number), 0) as number from deed where about like 'unit/%'";
const COUNT: &str = "select count(*) as n from deed where number > $1 and number <= $2";
const HASH: &str = "select number, hash from deed where number = $1";
// Those of an area that is long gone are found by any of its versions.
const BACK: &str =
    "select d.number, d.deed_id, d.at_ms, d.area_id, d.about, d.by_whom, d.deed, d.hash from deed d
    where d.number < $1 and ((d.area_id is null and $2 = 1) or d.area_id in
        (select v.area_id from area_version v where v.path >= $3 and v.path < $4))
    order by d.number desc limit $5";
const BACK_ABOUT: &str =
    "select d.number, d.deed_id, d.at_ms, d.area_id, d.about, d.by_whom, d.deed, d.hash from deed d
    where d.number < $1 and ((d.area_id is null and $2 = 1) or d.area_id in
        (select v.area_id from area_version v where v.path >= $3 and v.path < $4))
    and d.about = $6 order by d.number desc limit $5";

/// Statements of this file, to be prepared on both databases by a test.
pub const SQL: &[&str] = &[INSERT, HEAD, PAGE, BY_KEY, LAST_UNIT, COUNT, HASH, BACK, BACK_ABOUT];

/// Deeds appended by one statement at most.
const AT_ONCE: usize = 16;
const COLUMNS: usize = 8;

/// Text for sixteen at once: imports write thousands.
static INSERT_MANY: LazyLock<String> = LazyLock::new(|| {
    let head = INSERT.split_once(" values").expect("an insert has values").0;
    let row = |at: usize| {
        let places: Vec<String> = (1..=COLUMNS).map(|n| format!("${}", at * COLUMNS + n)).collect();
        format!("({})", places.join(", "))
    };
    format!("{head} values {}", (0..AT_ONCE).map(row).collect::<Vec<_>>().join(", "))
});

/// Statements of this file that are built.
pub fn built_sql() -> Vec<String> {
    vec![INSERT_MANY.clone()]
}

/// Appends deeds in their order.
pub fn insert_all(deeds: &[Recorded]) -> impl Iterator<Item = Statement> {
    let (many, rest) = deeds.as_chunks::<AT_ONCE>();
    let many = many.iter().map(|some| {
        let values = some.iter().flat_map(columns).collect();
        Statement::new(INSERT_MANY.as_str(), values).expecting(AT_ONCE as u64)
    });
    many.chain(rest.iter().map(|deed| Statement::new(INSERT, columns(deed)).expecting(1)))
}

fn columns(it: &Recorded) -> Vec<Value> {
    params![
        it.number as i64,
        it.id.0,
        it.at.as_millisecond(),
        it.area.map(|area| area.0),
        &it.about,
        &it.by,
        &it.deed,
        it.hash.0
    ]
}

/// Whether a commit failed because another deed has this number by now: read and decide again.
pub fn was_late(error: &CommitError) -> bool {
    matches!(error, CommitError::Duplicate { constraint } if constraint == "deed.number")
}

/// Whether a commit failed because the same key has made a deed already.
pub fn was_done(error: &CommitError) -> bool {
    matches!(error, CommitError::Duplicate { constraint } if constraint == "deed.deed_id")
}

/// Where the chain stands.
pub async fn head(store: &Store) -> Result<Head, Fault> {
    let row = store.row(HEAD, params![]).await?;
    row.as_ref().map_or(Ok(Head::default()), read_head)
}

/// The hash of one deed.
pub async fn hash_of(store: &Store, number: u64) -> Result<Option<Hash>, Fault> {
    let row = store.row(HASH, params![number as i64]).await?;
    row.as_ref().map(|row| Ok(read_head(row)?.hash)).transpose()
}

/// Number of the last deed about a unit; 0 when there is none.
pub async fn last_about_units(store: &Store) -> Result<u64, Fault> {
    let row = store.row(LAST_UNIT, params![]).await?;
    row.map_or(Ok(0), |row| Ok(row.int("number")? as u64))
}

/// How many there are with `after < number <= until`.
pub async fn count(store: &Store, after: u64, until: u64) -> Result<u64, Fault> {
    let row = store.row(COUNT, params![after as i64, until as i64]).await?;
    row.map_or(Ok(0), |row| Ok(row.int("n")? as u64))
}

/// The next deeds after a number, oldest first.
pub async fn page(store: &Store, after: u64, limit: u32) -> Result<Vec<Recorded>, Fault> {
    store.rows(PAGE, params![after as i64, limit]).await?.iter().map(read).collect()
}

/// The deed that a key has made.
pub async fn by_key(store: &Store, id: DeedId) -> Result<Option<Recorded>, Fault> {
    store.row(BY_KEY, params![id.0]).await?.as_ref().map(read).transpose()
}

/// Which deeds a list shows.
#[derive(Clone, Copy, Debug)]
pub struct Listed<'a> {
    /// Those of this area and everything under it.
    pub ground: &'a AreaPath,
    /// Those of the whole city, too.
    pub city: bool,
    /// Only those about this.
    pub about: Option<&'a str>,
    /// Only those before this number; `None` for the newest.
    pub before: Option<u64>,
}

/// Deeds, newest first.
pub async fn list(store: &Store, asked: Listed<'_>, limit: u32) -> Result<Vec<Recorded>, Fault> {
    let (from, to) = asked.ground.range();
    let before = asked.before.map_or(i64::MAX, |number| number as i64);
    let mut values = params![before, asked.city, from, to, limit];
    let sql = match asked.about {
        None => BACK,
        Some(about) => {
            values.push(about.into());
            BACK_ABOUT
        }
    };
    store.rows(sql, values).await?.iter().map(read).collect()
}

fn read_head(row: &Row) -> Result<Head, Fault> {
    Ok(Head { number: row.int("number")? as u64, hash: hash(row)? })
}

fn read(row: &Row) -> Result<Recorded, Fault> {
    Ok(Recorded {
        number: row.int("number")? as u64,
        id: DeedId(row.uuid("deed_id")?),
        at: time(row, "at_ms")?,
        area: row.opt_int("area_id")?.map(|id| AreaId(id as u32)),
        about: row.text("about")?,
        by: row.text("by_whom")?,
        deed: row.text("deed")?,
        hash: hash(row)?,
    })
}

fn hash(row: &Row) -> Result<Hash, Fault> {
    let bytes = row.bytes("hash")?;
    let wrong =
        |_| Fault::Nonsense { what: "the hash of a deed".to_owned(), why: "it is not 32 bytes".to_owned() };
    Ok(Hash(bytes.try_into().map_err(wrong)?))
}

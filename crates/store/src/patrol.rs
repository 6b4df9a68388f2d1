//! Cells in which somebody was, by grid and day; nothing here knows who. What was done to cases is read from cases.

use crate::case::{Where, area_column};
use crate::{Fault, Row, Statement, Store, params};
use domain::area::{AreaPath, Level};
use domain::geo::LngLat;
use domain::id::AreaId;
use domain::patrol::Cell;
use jiff::Timestamp;
use jiff::civil::Date;

const VISIT: &str = "insert into patrol_cell (grid_id, day, cell) values ($1, $2, $3)
    on conflict (grid_id, day, cell) do nothing";
const CELLS: &str = "select distinct p.grid_id, p.cell from patrol_cell p
    where p.day >= $3 and p.day < $4 and p.grid_id in
        (select v.area_id from area_version v where v.path >= $1 and v.path < $2)
    order by p.grid_id, p.cell";

/// Statements of this file, to be prepared on both databases by a test.
pub const SQL: &[&str] = &[VISIT, CELLS];

/// How long before the time in question a case may have been reported whose acts count in it: 92 days.
const BEFORE_MS: i64 = 92 * 86_400_000;

/// Somebody was in this cell on this day; said again, it stays one.
pub fn visit(grid: AreaId, day: Date, cell: Cell) -> Statement {
    Statement::new(VISIT, params![grid.0, day.to_string(), cell.0])
}

/// Cells of the grids of an area in which somebody was from one day to another (not included), by grid.
pub async fn cells(
    store: &Store,
    area: &AreaPath,
    from: Date,
    to: Date,
) -> Result<Vec<(AreaId, Cell)>, Fault> {
    let (low, high) = area.range();
    let rows = store.rows(CELLS, params![low, high, from.to_string(), to.to_string()]).await?;
    rows.iter().map(|row| Ok((AreaId(row.int("grid_id")? as u32), Cell(row.int("cell")?)))).collect()
}

/// Where workers reported cases of an area, or did something to one, in a time.
pub async fn case_points(
    store: &Store,
    (level, area): (Level, AreaId),
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<(AreaId, LngLat)>, Fault> {
    let (from, to) = (from.as_millisecond(), to.as_millisecond());
    let column = area_column(level);
    let point = "c.grid_id is not null and c.lng is not null and c.lat is not null";
    let mut reported = Where::new();
    let (area_at, from_at, to_at) = (reported.bind(area.0), reported.bind(from), reported.bind(to));
    reported.and(format!("{column} = {area_at} and c.reported_ms >= {from_at} and c.reported_ms < {to_at}"));
    reported.and(format!("c.channel = 'worker' and {point}"));
    let sql = format!("select c.grid_id, c.lng, c.lat from cases c where {}", reported.sql());
    let mut found =
        store.rows(&sql, reported.params).await?.iter().map(read).collect::<Result<Vec<_>, _>>()?;

    let mut acted = Where::new();
    let (area_at, since) = (acted.bind(area.0), acted.bind(from.saturating_sub(BEFORE_MS)));
    let (from_at, to_at) = (acted.bind(from), acted.bind(to));
    acted.and(format!("{column} = {area_at} and c.reported_ms >= {since} and c.reported_ms < {to_at}"));
    acted.and(format!("c.last_ms >= {from_at} and {point}"));
    acted.and(format!("e.kind = 'case' and e.at_ms >= {from_at} and e.at_ms < {to_at}"));
    acted.and("e.by_whom like '%\"role\":\"worker\"%'");
    let sql = format!(
        "select distinct c.grid_id, c.lng, c.lat from cases c join entry e on e.case_id = c.id where {}",
        acted.sql()
    );
    for row in store.rows(&sql, acted.params).await? {
        found.push(read(&row)?);
    }
    Ok(found)
}

fn read(row: &Row) -> Result<(AreaId, LngLat), Fault> {
    let point = LngLat { lng: row.real("lng")?, lat: row.real("lat")? };
    Ok((AreaId(row.int("grid_id")? as u32), point))
}

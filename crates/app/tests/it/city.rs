//! A city small enough to know by heart: two counties, three townships, six grids of a hundredth of a degree.
//!
//! Ids tell the level: 1 the city, 2-3 counties, 4-6 townships, 7-9 communities, 10-15 grids, two to a
//! community, side by side from west to east.

use std::collections::BTreeMap;

use app::city::{CalendarBundle, kind};
use app::deeds::save_bundle;
use app::people::system;
use domain::area::{Area, AreaPath, Kind, Level};
use domain::calendar::{CalendarPlan, Shift, Week};
use domain::class::ClassRow;
use domain::geo::{LngLat, MultiPolygon, Polygon};
use domain::id::{AreaId, UnitId};
use domain::routing::MatrixRow;
use jiff::Timestamp;
use store::unit::Unit;
use store::{Batch, Store, area};

pub const CITY: AreaId = AreaId(1);
pub const EAST: AreaId = AreaId(2);
pub const WEST: AreaId = AreaId(3);
/// The two townships of the east and the one of the west.
pub const BRIDGE: AreaId = AreaId(4);
pub const TEMPLE: AreaId = AreaId(5);
pub const HARBOUR: AreaId = AreaId(6);

pub const ROADS: UnitId = UnitId(1);
pub const ROADS_EAST: UnitId = UnitId(2);
pub const ROADS_WEST: UnitId = UnitId(3);
pub const WATER_EAST: UnitId = UnitId(4);

/// The day everything is written for: nothing is older.
const FIRST_DAY: &str = "2020-01-01";

/// The middle of a grid (10 to 15).
pub fn middle_of(grid: AreaId) -> LngLat {
    LngLat { lng: 116.005 + 0.01 * f64::from(grid.0 - 10), lat: 36.005 }
}

/// Writes the whole city.
pub async fn build(store: &Store) {
    build_with(store, &areas(), &units()).await;
}

/// The same with other names.
pub async fn build_with(store: &Store, areas: &[Area], units: &[Unit]) {
    store.commit(area::change(0, areas)).await.unwrap();
    let units = units.iter().fold(Batch::new("units"), |batch, unit| batch.with(unit.insert()));
    store.commit(units).await.unwrap();
    put(store, kind::CLASSES, 1, &classes()).await;
    put(store, kind::MATRIX, 1, &matrix()).await;
    put(store, kind::CALENDARS, 1, &calendars()).await;
}

pub async fn put(store: &Store, kind: &str, version: u32, body: &impl serde::Serialize) {
    let first_day = Timestamp::UNIX_EPOCH;
    let saved = save_bundle(store, &system(CITY), first_day, kind, first_day, body).await.unwrap();
    assert_eq!(saved, version);
}

pub fn areas() -> Vec<Area> {
    let mut all = vec![area(1, None, Kind::City, "3799", "市")];
    let mut add = |id, parent: usize, kind, code: &str, name| {
        let parent = all[parent - 1].clone();
        all.push(area(id, Some(&parent), kind, code, name));
    };
    add(2, 1, Kind::District, "379901", "东区");
    add(3, 1, Kind::County, "379902", "西县");
    add(4, 2, Kind::Street, "379901001", "桥头街道");
    add(5, 2, Kind::Town, "379901100", "庙前镇");
    add(6, 3, Kind::Town, "379902100", "码头镇");
    add(7, 4, Kind::Residents, "379901001001", "桥东社区");
    add(8, 5, Kind::Village, "379901100201", "庙前村");
    add(9, 6, Kind::Village, "379902100201", "码头村");
    for grid in 10..=15_u32 {
        let community = 7 + (grid - 10) as usize / 2;
        let code =
            format!("{}00{}", ["379901001001", "379901100201", "379902100201"][community - 7], 1 + grid % 2);
        add(grid, community, Kind::Basic, &code, "网格");
    }
    for area in &mut all {
        area.polygon = Some(ground(area.id));
    }
    all
}

fn area(id: u32, parent: Option<&Area>, kind: Kind, code: &str, name: &str) -> Area {
    Area {
        id: AreaId(id),
        parent: parent.map(|p| p.id),
        level: kind.level(),
        code: code.parse().unwrap(),
        name_zh: name.to_owned(),
        name_en: format!("area {id}"),
        pinyin: String::new(),
        kind,
        valid_from: FIRST_DAY.parse().unwrap(),
        valid_to: None,
        successors: Vec::new(),
        path: parent.map_or_else(|| AreaPath::root(AreaId(id)), |p| p.path.child(AreaId(id))),
        polygon: None,
    }
}

/// From its first grid to its last, as one box.
fn ground(id: AreaId) -> MultiPolygon<f64> {
    let (first, last) = match id.0 {
        1 => (10, 15),
        2 => (10, 13),
        3 => (14, 15),
        township @ 4..=6 => (2 * township + 2, 2 * township + 3),
        community @ 7..=9 => (2 * community - 4, 2 * community - 3),
        grid => (grid, grid),
    };
    let lng = |grid: u32| 116.0 + 0.01 * f64::from(grid - 10);
    let (west, east, south, north) = (lng(first), lng(last + 1), 36.0, 36.01);
    let ring = vec![(west, south), (east, south), (east, north), (west, north), (west, south)];
    MultiPolygon(vec![Polygon::new(ring.into(), Vec::new())])
}

pub fn unit(id: UnitId, code: &str, area: AreaId, parent: Option<UnitId>) -> Unit {
    let level = if area == CITY { Level::City } else { Level::County };
    Unit {
        id,
        code: code.to_owned(),
        name_zh: code.to_owned(),
        name_en: code.to_owned(),
        level,
        area,
        parent,
        ended: false,
    }
}

pub fn units() -> Vec<Unit> {
    vec![
        unit(ROADS, "roads.3799", CITY, None),
        unit(ROADS_EAST, "roads.379901", EAST, Some(ROADS)),
        unit(ROADS_WEST, "roads.379902", WEST, Some(ROADS)),
        unit(WATER_EAST, "water.379901", EAST, None),
    ]
}

/// Holes in roads, burst pipes (with a picture when done), and quarrels, which are private.
pub fn classes() -> Vec<ClassRow> {
    let row = |code: &str, zh: &str, after_photos, private| ClassRow {
        code: code.to_owned(),
        major: code[..2].to_owned(),
        major_zh: "大类".to_owned(),
        major_en: format!("major {}", &code[..2]),
        zh: zh.to_owned(),
        en: format!("class {code}"),
        service_code: format!("s{code}"),
        urgency: "ordinary".to_owned(),
        private,
        after_photos,
        verify: "30m".to_owned(),
        file: "1h".to_owned(),
        dispatch: "2h".to_owned(),
        accept: "2h".to_owned(),
        handle: "24h".to_owned(),
        check: "8h".to_owned(),
        answer: "8h".to_owned(),
        confirm: "7d".to_owned(),
        filing_zh: "属实".to_owned(),
        filing_en: "it is so".to_owned(),
        closing_zh: "修复".to_owned(),
        closing_en: "it is mended".to_owned(),
        ..ClassRow::default()
    };
    vec![
        row("01001", "路面破损", 0, false),
        row("02001", "水管爆裂", 1, false),
        row("03001", "邻里纠纷", 0, true),
    ]
}

/// Roads and pipes have offices in the counties; quarrels are nobody's.
fn matrix() -> Vec<MatrixRow> {
    let row = |classes: &str, unit: &str| MatrixRow {
        classes: classes.to_owned(),
        area: "3799".to_owned(),
        unit: unit.to_owned(),
        level: "county".to_owned(),
        ..MatrixRow::default()
    };
    vec![row("01", "roads"), row("02", "water")]
}

fn calendars() -> CalendarBundle {
    let shift = |from: u16, to: u16| Shift::new(from * 60, to * 60).unwrap();
    let everybody = CalendarPlan {
        code: "offices".to_owned(),
        name: "机关".to_owned(),
        zone: "Asia/Shanghai".to_owned(),
        week: Week::five_days(&[shift(9, 12), shift(14, 18)]),
        seasons: Vec::new(),
        exceptions: BTreeMap::new(),
    };
    CalendarBundle { everybody, own: Vec::new() }
}

//! A town that is built in a moment: one township of four grids, one office, one class, and people with tokens.
//!
//! It is written by the use cases of `app` before the program starts; from then on only the program touches it.

use app::people::{NewPerson, system};
use app::session::SignIn;
use app::{App, Clock, bulk};
use domain::area::{Area, AreaPath, Kind};
use domain::class::ClassRow;
use domain::geo::{MultiPolygon, Polygon};
use domain::id::{AreaId, UnitId};
use domain::policy::Role;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::future::Future;
use store::unit::Unit;
use store::{Batch, Store};

pub const PASSWORD: &str = "a long enough one";
pub const CLASS: &str = "01001";
pub const TOWNSHIP: AreaId = AreaId(3);

/// The tokens of the desks.
pub struct Town {
    pub desks: Vec<String>,
}

/// Runs what must wait for the database.
pub fn wait<T>(what: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(what)
}

/// Builds the town with so many desks, `desk0`, `desk1` and so on.
pub fn build(url: &str, desks: usize) -> Town {
    wait(async {
        let store = Store::open(url).await.unwrap();
        found(&store).await;
        let app = App::new(store, Clock::machine()).await.unwrap();
        let mut tokens = Vec::new();
        for n in 0..desks {
            tokens.push(desk(&app, &format!("desk{n}")).await);
        }
        app.store.close().await;
        Town { desks: tokens }
    })
}

async fn found(store: &Store) {
    bulk::save_areas(store, &areas()).await.unwrap();
    let unit = Unit {
        id: UnitId(1),
        code: "roads".to_owned(),
        name_zh: "道路".to_owned(),
        name_en: "Roads".to_owned(),
        level: domain::area::Level::City,
        area: AreaId(1),
        parent: None,
        ended: false,
    };
    store.commit(Batch::new("unit").with(unit.insert())).await.unwrap();
    bulk::save_bundle(store, app::city::kind::CLASSES, Timestamp::UNIX_EPOCH, &[class()]).await.unwrap();
}

async fn desk(app: &App, account: &str) -> String {
    let name = account.to_owned();
    let new = NewPerson { account: name.clone(), name, role: Role::Desk, area: TOWNSHIP, unit: None };
    let opened = app.people.open_account(&system(AreaId(1)), new).await.unwrap();
    app.people.use_link(&opened.link, PASSWORD).await.unwrap();
    let attempt = SignIn { account, password: PASSWORD, from: None, name: "test", replaces: None };
    app.people.sign_in(attempt).await.unwrap().0.reveal()
}

/// A report from the middle of a grid (0 to 3).
pub fn report(text: &str, grid: u32) -> Value {
    let lng = 116.005 + 0.01 * f64::from(grid % 4);
    json!({ "text": text, "class": CLASS, "place": { "lng": lng, "lat": 36.005, "words": "桥头" } })
}

fn areas() -> Vec<Area> {
    let mut all: Vec<Area> = Vec::new();
    let mut add = |parent: Option<u32>, kind: Kind, code: &str| {
        let id = AreaId(all.len() as u32 + 1);
        let path = match parent {
            Some(parent) => all[parent as usize - 1].path.child(id),
            None => AreaPath::root(id),
        };
        all.push(Area {
            id,
            parent: parent.map(AreaId),
            level: kind.level(),
            code: code.parse().unwrap(),
            name_zh: format!("地{id}"),
            name_en: format!("Area {id}"),
            pinyin: String::new(),
            kind,
            valid_from: "2020-01-01".parse().unwrap(),
            valid_to: None,
            successors: Vec::new(),
            path,
            polygon: Some(ground(id.0)),
        });
    };
    add(None, Kind::City, "3799");
    add(Some(1), Kind::District, "379901");
    add(Some(2), Kind::Street, "379901001");
    add(Some(3), Kind::Residents, "379901001001");
    for grid in 1..=4 {
        add(Some(4), Kind::Basic, &format!("37990100100100{grid}"));
    }
    all
}

/// Four grids of a hundredth of a degree from west to east; all above them cover them all.
fn ground(id: u32) -> MultiPolygon<f64> {
    let (first, last) = if id < 5 { (0, 3) } else { (id - 5, id - 5) };
    let (west, east) = (116.0 + 0.01 * f64::from(first), 116.0 + 0.01 * f64::from(last + 1));
    let ring = vec![(west, 36.0), (east, 36.0), (east, 36.01), (west, 36.01), (west, 36.0)];
    MultiPolygon(vec![Polygon::new(ring.into(), Vec::new())])
}

fn class() -> ClassRow {
    let text = |it: &str| it.to_owned();
    ClassRow {
        code: text(CLASS),
        major: text("01"),
        major_zh: text("道路"),
        major_en: text("roads"),
        zh: text("路面破损"),
        en: text("hole in the road"),
        service_code: text("hole"),
        urgency: text("ordinary"),
        verify: text("30m"),
        file: text("1h"),
        dispatch: text("2h"),
        accept: text("2h"),
        handle: text("24h"),
        check: text("8h"),
        answer: text("8h"),
        confirm: text("7d"),
        filing_zh: text("属实"),
        filing_en: text("it is so"),
        closing_zh: text("修复"),
        closing_en: text("it is mended"),
        ..ClassRow::default()
    }
}

//! The small city with the names of a real one, its staff, and cases people would look for. Sixty queries know it by heart.

use app::area::names::{english, pinyin};
use app::case::{Command, ReportCommand};
use app::people::{NewPerson, system};
use domain::case::Channel;
use domain::id::{AreaId, CaseId, ClassCode, UnitId};
use domain::policy::Role;
use jiff::SignedDuration;
use store::Store;

use super::city::{self, BRIDGE, CITY, EAST, HARBOUR, ROADS, ROADS_EAST, WATER_EAST};
use super::hall::{Hall, a_report, assign, desk, file, handler, monday, resident, worker};

#[rustfmt::skip] // a table, best read as one
const NAMES: [(u32, &str); 15] = [
    (1, "东安市"), (2, "东昌区"), (3, "西平县"), (4, "柳园街道"), (5, "庙前镇"), (6, "码头镇"),
    (7, "阳光社区居委会"), (8, "庙前村村委会"), (9, "绿城村村委会"),
    (10, "阳光社区第1网格"), (11, "阳光社区第2网格"), (12, "庙前村第1网格"), (13, "庙前村市场专属网格"),
    (14, "绿城村第1网格"), (15, "绿城村第2网格"),
];

#[rustfmt::skip] // a table, best read as one
const UNITS: [(UnitId, &str); 4] = [
    (ROADS,      "东安市住房和城乡建设局"),
    (ROADS_EAST, "东昌区住房和城乡建设局"),
    (city::ROADS_WEST, "西平县住房和城乡建设局"),
    (WATER_EAST, "东昌区水务局"),
];

#[rustfmt::skip] // a table, best read as one
const STAFF: [(&str, &str, Role, AreaId, Option<UnitId>); 7] = [
    ("wangmin",  "王敏",   Role::Worker,  BRIDGE,  None),
    ("w0002",    "杨光",   Role::Worker,  BRIDGE,  None),
    ("zhangli",  "张力",   Role::Desk,    EAST,    None),
    ("zengjg",   "曾建国", Role::Handler, EAST,    Some(ROADS_EAST)),
    ("shanx",    "单雄",   Role::Leader,  CITY,    None),
    ("h-west",   "李西平", Role::Worker,  HARBOUR, None),
    ("closed",   "王离职", Role::Worker,  BRIDGE,  None),
];

/// What was reported.
pub struct Reports {
    /// 阳光社区3号院消防通道…, by the worker of grid 10, late.
    pub lane: CaseId,
    /// 井盖缺失, grid 14, of another system.
    pub cover: CaseId,
}

pub async fn town(store: Store) -> (Hall, Reports) {
    let mut areas = city::areas();
    for area in &mut areas {
        let (_, name) = NAMES[area.id.0 as usize - 1];
        name.clone_into(&mut area.name_zh);
        area.name_en = english(name, area.level);
        area.pinyin = pinyin(name);
    }
    let mut units = city::units();
    for unit in &mut units {
        let (_, name) = UNITS.iter().find(|(id, _)| *id == unit.id).unwrap();
        (*name).clone_into(&mut unit.name_zh);
        let english = if unit.code.starts_with("roads") { "Housing and Construction" } else { "Water" };
        english.clone_into(&mut unit.name_en);
    }
    city::build_with(&store, &areas, &units).await;
    let app = app::App::new(store, app::Clock::standing_at(monday() - SignedDuration::from_hours(24 * 40)))
        .await
        .unwrap();
    let hall = Hall::of(app);
    for (account, name, role, area, unit) in STAFF {
        let new = NewPerson { account: account.into(), name: name.into(), role, area, unit };
        let opened = hall.app.people.open_account(&system(CITY), new).await.unwrap();
        if account == "closed" {
            let change = app::people::PersonChange { disabled: Some(true), ..Default::default() };
            hall.app.people.change_person(&system(CITY), opened.person.id, change).await.unwrap();
        }
    }
    let reports = reports(&hall).await;
    hall.app.finder.catch_up(&hall.app).await.unwrap();
    (hall, reports)
}

async fn reports(hall: &Hall) -> Reports {
    let told = |grid: u32, class: Option<&str>, text: &str, words: &str| ReportCommand {
        text: text.to_owned(),
        class: class.map(|code| ClassCode(code.to_owned())),
        words: words.to_owned(),
        ..a_report(AreaId(grid))
    };
    let at = |hall: &Hall, days: i64| hall.hours_pass(24 * days);
    let lamp = hall.reports(&worker(AreaId(12)), &told(12, None, "路灯不亮，夜间看不清", "庙前村东口")).await;
    hall.does(&worker(AreaId(12)), lamp, Command::Withdraw { reason: "看错".to_owned() }).await;
    at(hall, 20);
    let text = "阳光社区3号院消防通道停两辆厢式货车，消防车无法驶入";
    let lane = hall.reports(&worker(AreaId(10)), &told(10, Some("01001"), text, "3号院北门")).await;
    hall.does(&desk(BRIDGE), lane, file("01001")).await;
    hall.does(&desk(BRIDGE), lane, assign(ROADS_EAST)).await;
    hall.does(&handler(ROADS_EAST), lane, Command::Accept).await;
    let text = "楼顶阳光房漏水，=HYPERLINK(1)";
    let roof = hall.reports(&worker(AreaId(11)), &told(11, Some("02001"), text, "12号楼")).await;
    hall.does(&desk(BRIDGE), roof, file("02001")).await;
    hall.does(&desk(BRIDGE), roof, assign(WATER_EAST)).await;
    at(hall, 10);
    let outside = ReportCommand {
        outside_no: Some("HL-2026-0456".to_owned()),
        channel: Channel::Hotline,
        ..told(14, Some("01001"), "路口井盖缺失", "绿城村路口")
    };
    let cover = hall.reports(&desk(HARBOUR), &outside).await;
    let private = ReportCommand { private: true, ..told(10, Some("03001"), "邻里夜间争吵", "") };
    hall.reports(&worker(AreaId(10)), &private).await;
    at(hall, 9);
    let text = "Broken street lamp near gate 12";
    hall.reports(&resident(1), &told(13, None, text, "market gate")).await;
    at(hall, 1);
    hall.reports(&worker(AreaId(10)), &told(10, Some("01001"), "路灯杆倾斜，积水较深", "阳光路")).await;
    Reports { lane, cover }
}

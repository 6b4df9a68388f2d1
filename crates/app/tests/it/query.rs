//! The one-click query over a town of known names: what sixty questions find first, and that the index follows the store.

use app::query::{Asked, Found, Why, forget, save, saved};
use domain::geo::LngLat;
use domain::id::{AreaId, SavedQueryId};
use domain::place::Sort;
use domain::policy::{Actor, Role};
use domain::query::Kind;
use store::testing::on_both;

use super::city::{BRIDGE, CITY, ROADS_EAST, middle_of};
use super::hall::{Hall, desk, give_back, handler, leader, worker};
use super::town::town;

pub fn asked(text: &str) -> Asked {
    Asked { text: text.to_owned(), kind: None, limit: 10, offset: 0, point: None }
}

pub async fn find(hall: &Hall, who: &Actor, text: &str) -> Found {
    hall.app.finder.find(&hall.app, who, &asked(text)).await.unwrap()
}

/// Brings the index up to what was written last. On PostgreSQL an entry shows once no older transaction runs, and tests
/// beside this one have some.
pub async fn caught_up(hall: &Hall) {
    let end =
        hall.app.store.rows("select count(*) as n from entry", vec![]).await.unwrap()[0].int("n").unwrap();
    let shown = async || {
        let mut after = None;
        let mut n = 0;
        loop {
            let (rows, next) =
                store::feed::after(&hall.app.store, after.as_ref(), &["case_id"], 1_000).await.unwrap();
            if rows.is_empty() {
                return n;
            }
            n += rows.len() as i64;
            after = Some(next);
        }
    };
    while shown().await < end {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    hall.app.finder.catch_up(&hall.app).await.unwrap();
}

/// The cases among what was found.
fn cases(found: &Found) -> &app::query::Group {
    found.groups.iter().find(|it| it.kind == Kind::Case).unwrap()
}

/// Each kind with its count and the first of it, to eight characters.
fn told(found: &Found) -> String {
    let group = |group: &app::query::Group| {
        let first: String =
            group.hits.first().map(|hit| hit.title.zh.chars().take(8).collect()).unwrap_or_default();
        format!("{} {} {first}", group.kind.as_str(), group.n)
    };
    let all: Vec<String> = found.groups.iter().filter(|it| it.n > 0).map(group).collect();
    all.join(" | ")
}

#[rustfmt::skip] // a table, best read as one
const TABLE: &[(&str, &str)] = &[
    ("阳光", "area 3 阳光社区居委会 | case 4 路灯杆倾斜，积水 | person 1 杨光"),
    ("阳光社区", "area 3 阳光社区居委会 | case 4 阳光社区3号院消"),
    ("柳园", "area 1 柳园街道 | case 4 路灯杆倾斜，积水"),
    ("东昌区", "area 1 东昌区 | case 6 Broken s | unit 2 东昌区水务局"),
    ("社区", "area 3 阳光社区居委会 | case 1 阳光社区3号院消"),
    ("网格", "area 6 庙前村第1网格"),
    ("第2网格", "area 2 绿城村第2网格"),
    ("市场", "area 1 庙前村市场专属网"),
    ("庙前村", "area 3 庙前村村委会 | case 2 Broken s"),
    ("绿城", "area 3 绿城村村委会 | case 1 路口井盖缺失"),
    ("井盖", "case 1 路口井盖缺失"),
    ("路灯", "case 2 路灯杆倾斜，积水"),
    ("消防通道", "case 1 阳光社区3号院消"),
    ("积水", "case 1 路灯杆倾斜，积水"),
    ("漏水", "case 1 楼顶阳光房漏水，"),
    ("道路破损", ""),
    ("纠纷", "case 1 邻里夜间争吵"),
    ("看不清", "case 1 路灯不亮，夜间看"),
    ("灯", "case 2 路灯杆倾斜，积水"),
    ("yangguang", "area 3 阳光社区居委会 | case 4 路灯杆倾斜，积水 | person 1 杨光"),
    ("yangg", "area 3 阳光社区居委会 | case 3 路灯杆倾斜，积水 | person 1 杨光"),
    ("ygsq", "area 3 阳光社区居委会"),
    ("liuyuan", "area 1 柳园街道 | case 4 路灯杆倾斜，积水"),
    ("lyjd", "area 1 柳园街道"),
    ("阳guang", "area 3 阳光社区居委会 | case 4 路灯杆倾斜，积水"),
    ("ludeng", "case 2 路灯杆倾斜，积水"),
    ("lud", "case 2 路灯杆倾斜，积水"),
    ("jinggai", "case 1 路口井盖缺失"),
    ("xiaofang", "case 1 阳光社区3号院消"),
    ("lvcheng", "area 3 绿城村村委会 | case 1 路口井盖缺失"),
    ("zeng", "person 1 曾建国"),
    ("cengjianguo", "person 1 曾建国"),
    ("shanxiong", "person 1 单雄"),
    ("wm", "person 1 王敏"),
    ("miaoqian", "area 4 庙前镇 | case 2 Broken s"),
    ("379901001", "area 4 柳园街道 | case 4 路灯杆倾斜，积水"),
    ("379901001001002", "area 1 阳光社区第2网格 | case 1 楼顶阳光房漏水，"),
    ("3799011", "area 4 庙前镇"),
    ("01001", "case 3 路灯杆倾斜，积水"),
    ("roads", "unit 3 东安市住房和城乡"),
    ("roads.379901", "case 1 阳光社区3号院消 | unit 1 东昌区住房和城乡"),
    ("HL-2026-0456", "case 1 路口井盖缺失"),
    ("#HL-2026-0456", "case 1 路口井盖缺失"),
    ("wangmin", "person 1 王敏"),
    ("阳光 路灯", "case 1 路灯杆倾斜，积水"),
    ("柳园 路灯", "case 1 路灯杆倾斜，积水"),
    ("柳园 积水", "case 1 路灯杆倾斜，积水"),
    ("庙前 看不清", "case 1 路灯不亮，夜间看"),
    ("王敏 柳园", "person 1 王敏"),
    ("12号楼", "case 1 楼顶阳光房漏水，"),
    ("3号院", "case 1 阳光社区3号院消"),
    ("street lamp", "case 1 Broken s"),
    ("lam", "case 1 Broken s"),
    ("住建", "case 1 阳光社区3号院消 | unit 3 东安市住房和城乡"),
    ("住房", "case 1 阳光社区3号院消 | unit 3 东安市住房和城乡"),
    ("水务", "case 1 楼顶阳光房漏水， | unit 1 东昌区水务局"),
    ("部门:住建 逾期", "case 1 阳光社区3号院消"),
    ("部门:住建", "case 1 阳光社区3号院消 | unit 3 东安市住房和城乡 | person 1 曾建国"),
    ("部门:水务", "case 1 楼顶阳光房漏水， | unit 1 东昌区水务局"),
    ("unit:water open", "case 1 楼顶阳光房漏水，"),
    ("类别:破损", "case 3 路灯杆倾斜，积水"),
    ("类别:01", "case 3 路灯杆倾斜，积水"),
    ("步骤:交办", "case 2 楼顶阳光房漏水，"),
    ("步骤:1-2", "case 4 Broken s"),
    ("区域:柳园 未结", "case 4 路灯杆倾斜，积水"),
    ("区域:379902 井盖", "case 1 路口井盖缺失"),
    ("来源:热线", "case 1 路口井盖缺失"),
    ("已结", "case 1 路灯不亮，夜间看"),
    ("昨天", "case 1 Broken s"),
    ("近7天", "case 2 Broken s"),
    ("2月", "case 4 邻里夜间争吵"),
    ("2026-02-20", "case 2 邻里夜间争吵"),
    ("附近", "area 2 阳光社区第1网格 | case 3 路灯杆倾斜，积水"),
    ("附近2km 路灯", "case 2 路灯杆倾斜，积水"),
    ("near me", "area 2 阳光社区第1网格 | case 3 路灯杆倾斜，积水"),
    ("@王", "person 1 王敏"),
    ("@杨光", "person 1 杨光"),
    ("类型:人员 王", "person 1 王敏"),
    ("类型:区域 庙前", "area 4 庙前镇"),
    ("逾期", "case 5 Broken s"),
    ("\"逾期\"", ""),
    ("部门:没有这个", ""),
    ("kind:unit 东昌", "unit 2 东昌区水务局"),
    ("阳光 没有的词", ""),
    ("overdue", "case 5 Broken s"),
    ("洋光", "person 1 杨光"),
    ("杨光", "person 1 杨光"),
    ("阳光 逾期", "case 3 楼顶阳光房漏水，"),
];

#[tokio::test]
async fn sixty_questions_find_first_what_people_mean() {
    on_both(async |store| {
        let (hall, _) = town(store).await;
        let mut wrong = String::new();
        for (text, should) in TABLE {
            let here = Asked { point: Some(middle_of(AreaId(10))), ..asked(text) };
            let found = hall.app.finder.find(&hall.app, &desk(CITY), &here).await.unwrap();
            assert_eq!(found.total, found.groups.iter().map(|it| it.n).sum::<u64>());
            if told(&found) != *should {
                wrong += &format!("    ({text:?}, {:?}),\n", told(&found));
            }
        }
        assert!(TABLE.len() >= 60, "{} questions", TABLE.len());
        assert!(wrong.is_empty(), "\n{wrong}");
    })
    .await;
}

#[tokio::test]
async fn what_is_written_is_found_and_what_changed_is_changed() {
    on_both(async |store| {
        let (hall, reports) = town(store).await;
        let city_desk = desk(CITY);
        assert_eq!(find(&hall, &city_desk, "化粪池").await.total, 0);
        let report = app::case::ReportCommand {
            text: "化粪池外溢".to_owned(),
            ..super::hall::a_report(AreaId(11))
        };
        let id = hall.reports(&worker(AreaId(11)), &report).await;
        caught_up(&hall).await;
        let found = find(&hall, &city_desk, "化粪池").await;
        assert_eq!(cases(&found).hits[0].case.as_ref().unwrap().id, id);
        // A unit that gave its share back finds the case no more.
        let unit = handler(ROADS_EAST);
        assert_eq!(find(&hall, &unit, "消防通道").await.total, 1);
        hall.does(&unit, reports.lane, give_back()).await;
        assert_eq!(
            cases(&find(&hall, &unit, "消防通道").await).hits.len(),
            0,
            "its row is read under its rights"
        );
        caught_up(&hall).await;
        assert_eq!(find(&hall, &unit, "消防通道").await.total, 0, "and soon it is not counted");
        hall.holds().await;
    })
    .await;
}

#[tokio::test]
async fn an_index_that_followed_answers_as_one_that_was_built_anew() {
    on_both(async |store| {
        let (hall, reports) = town(store.clone()).await;
        hall.does(&handler(ROADS_EAST), reports.lane, super::hall::handle()).await;
        caught_up(&hall).await;
        let anew = hall.another(store).await;
        assert!(!anew.app.finder.progress().ready);
        assert!(!find(&anew, &desk(CITY), "阳光").await.progress.ready, "whoever asks meanwhile is told");
        anew.app.finder.catch_up(&anew.app).await.unwrap();
        assert_eq!(anew.app.finder.progress().done, hall.app.finder.progress().done);
        for (text, _) in TABLE {
            let both = [find(&hall, &desk(CITY), text).await, find(&anew, &desk(CITY), text).await];
            assert_eq!(told(&both[0]), told(&both[1]), "{text}");
        }
    })
    .await;
}

#[tokio::test]
async fn pages_together_are_all_and_each_once() {
    on_both(async |store| {
        let (hall, _) = town(store).await;
        let mut seen = Vec::new();
        let mut offset = Some(0);
        while let Some(from) = offset {
            let page = Asked { kind: Some(Kind::Area), limit: 2, offset: from, ..asked("社区") };
            let found = hall.app.finder.find(&hall.app, &desk(CITY), &page).await.unwrap();
            let group = found.groups.iter().find(|it| it.kind == Kind::Area).unwrap();
            seen.extend(group.hits.iter().map(|hit| hit.code.clone()));
            offset = group.next;
        }
        assert_eq!(seen.len(), 3);
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 3);
        let whole = hall.app.finder.gather(&hall.app, &desk(CITY), &asked("社区"), 10_000).await.unwrap();
        assert_eq!(whole.groups[0].hits.len(), 3);
    })
    .await;
}

#[tokio::test]
async fn a_hit_says_why_and_what_of_it_was_found() {
    on_both(async |store| {
        let (hall, reports) = town(store).await;
        let first = async |text: &str, kind: Kind| {
            let found = find(&hall, &desk(CITY), text).await;
            found.groups.into_iter().find(|it| it.kind == kind).unwrap().hits.into_iter().next().unwrap()
        };
        let lane = first("消防通道", Kind::Case).await;
        assert_eq!((lane.why, lane.marks.as_slice()), (Why::Text, [(7, 11)].as_slice()));
        assert_eq!(lane.case.unwrap().id, reports.lane);
        let area = first("yangg", Kind::Area).await;
        assert_eq!((area.why, area.marks.as_slice(), area.open), (Why::Sound, [(0, 2)].as_slice(), Some(4)));
        assert_eq!(area.sub.zh, "东昌区 柳园街道");
        assert_eq!(first("HL-2026-0456", Kind::Case).await.why, Why::Code);
        assert_eq!(first("逾期", Kind::Case).await.why, Why::Filter);
        assert_eq!(first("住建", Kind::Unit).await.why, Why::Short);
        let nothing = find(&hall, &desk(CITY), "洋光设区").await;
        assert_eq!((nothing.total, nothing.instead.as_deref()), (0, Some("yangguangshequ")));
    })
    .await;
}

#[tokio::test]
async fn near_needs_a_point_and_takes_what_is_within() {
    on_both(async |store| {
        let (hall, reports) = town(store).await;
        let near = |point: Option<LngLat>| Asked { point, ..asked("附近300米 未结") };
        let none = hall.app.finder.find(&hall.app, &desk(CITY), &near(None)).await.unwrap();
        assert!(none.needs_point);
        let there =
            hall.app.finder.find(&hall.app, &desk(CITY), &near(Some(middle_of(AreaId(14))))).await.unwrap();
        let ids: Vec<_> = cases(&there).hits.iter().filter_map(|hit| Some(hit.case.as_ref()?.id)).collect();
        assert_eq!(ids, [reports.cover]);
    })
    .await;
}

#[tokio::test]
async fn saved_queries_are_ones_own() {
    on_both(async |store| {
        let (hall, _) = town(store).await;
        let people = hall.app.people.people(&desk(CITY), None, "", 500).await.unwrap();
        let actor = |account: &str| {
            let person = people.iter().find(|it| it.account == account).unwrap();
            Actor { person: Some(person.id), ..leader(CITY) }
        };
        let (one, other) = (actor("zhangli"), actor("shanx"));
        let id = SavedQueryId(hall.fresh());
        assert!(save(&hall.app, &one, id, " 我的逾期 ", "部门:住建 逾期").await.unwrap().1);
        assert!(!save(&hall.app, &one, id, "逾期", "逾期").await.unwrap().1, "the same id is changed");
        let mine = saved(&hall.app, &one).await.unwrap();
        assert_eq!((mine.len(), mine[0].name.as_str(), mine[0].query.as_str()), (1, "逾期", "逾期"));
        assert_eq!(saved(&hall.app, &other).await.unwrap(), []);
        assert_eq!(
            save(&hall.app, &other, id, "x", "y").await.unwrap_err().to_string(),
            "there is no such saved query"
        );
        assert!(forget(&hall.app, &other, id).await.is_err());
        forget(&hall.app, &one, id).await.unwrap();
        assert!(forget(&hall.app, &one, id).await.is_err(), "it is gone");
        for (name, query) in
            [("", "x"), ("名", ""), ("长".repeat(41).as_str(), "x"), ("名", "长".repeat(201).as_str())]
        {
            assert!(
                save(&hall.app, &one, SavedQueryId(hall.fresh()), name, query).await.is_err(),
                "{name} {query}"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn a_question_beyond_the_limits_is_told_so() {
    on_both(async |store| {
        let (hall, _) = town(store).await;
        for (bad, field) in [
            (asked(&"长".repeat(201)), "?q"),
            (Asked { limit: 0, ..asked("x") }, "?limit"),
            (Asked { limit: 501, ..asked("x") }, "?limit"),
            (Asked { offset: 100_001, ..asked("x") }, "?limit"),
        ] {
            let no = hall.app.finder.find(&hall.app, &desk(BRIDGE), &bad).await.unwrap_err();
            assert!(matches!(&no, app::AppError::Invalid(fields) if fields[0].path == field), "{no}");
        }
        for odd in ["", "   ", ":::", "\"", "#", "@", "部门:", "时间:..", "%_", "\u{0}\u{7f}", "👍👍"]
        {
            let found = find(&hall, &desk(CITY), odd).await;
            assert_eq!(found.total, 0, "{odd:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn places_and_things_are_found_by_name_kind_and_number_within_their_own_rights() {
    on_both(async |store| {
        let (hall, _) = town(store).await;
        let admin = Actor { role: Role::Admin, ..leader(CITY) };
        let kind = |code: &str, sort, zh: &str| domain::place::Kind {
            code: code.to_owned(),
            sort,
            name: domain::class::Label::new(zh, code),
            form: String::new(),
            every_days: None,
            after_failing_days: None,
            fields: Vec::new(),
            retired: false,
        };
        let kinds = domain::place::Kinds {
            kinds: vec![kind("school", Sort::Place, "学校"), kind("hydrant", Sort::Thing, "消火栓")],
        };
        app::place::kinds::save_kinds(&hall.app, &admin, None, &kinds).await.unwrap();
        let add = async |sort, code: &str, name: &str, number: &str, grid: u32| {
            let new = app::place::PlaceIn {
                sort,
                kind: code.to_owned(),
                number: number.to_owned(),
                name: name.to_owned(),
                name_en: String::new(),
                address: String::new(),
                point: Some(middle_of(AreaId(grid))),
                area: None,
                owner: None,
                state: None,
                facts: std::collections::BTreeMap::default(),
            };
            let id = domain::id::PlaceId(hall.fresh());
            app::place::add(&hall.app, &admin, id, &new).await.unwrap();
        };
        add(Sort::Place, "school", "阳光幼儿园", "", 10).await;
        add(Sort::Thing, "hydrant", "市场北门栓", "HY-0007", 13).await;
        caught_up(&hall).await;
        let first = async |who: &Actor, text: &str, kind: Kind| {
            let found = find(&hall, who, text).await;
            found
                .groups
                .into_iter()
                .find(|it| it.kind == kind)
                .and_then(|it| it.hits.into_iter().next())
                .map(|it| it.title.zh)
        };
        let (city, west) = (desk(CITY), desk(super::city::WEST));
        for (who, text, kind, should) in [
            (&city, "幼儿园", Kind::Place, Some("阳光幼儿园")),
            (&city, "ygyey", Kind::Place, Some("阳光幼儿园")),
            (&city, "学校", Kind::Place, Some("阳光幼儿园")),
            (&city, "柳园 学校", Kind::Place, Some("阳光幼儿园")),
            (&city, "hy-0007", Kind::Thing, Some("市场北门栓")),
            (&city, "消火栓", Kind::Thing, Some("市场北门栓")),
            (&west, "幼儿园", Kind::Place, None),
            (&west, "消火栓", Kind::Thing, None),
            (&worker(AreaId(10)), "幼儿园", Kind::Place, Some("阳光幼儿园")),
            (&worker(AreaId(11)), "幼儿园", Kind::Place, None),
        ] {
            assert_eq!(
                first(who, text, kind).await.as_deref(),
                should,
                "{text} for {:?} of {}",
                who.role,
                who.area
            );
        }
    })
    .await;
}

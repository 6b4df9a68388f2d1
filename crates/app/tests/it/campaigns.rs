//! Campaigns from above: what one costs, quotas against what exists, the county's word, the work in the days of workers,
//! and the end. And the coverage of cells that comes of all work.

use app::campaign::{self, Admission, Said};
use app::patrol::{self, Tap};
use app::{AppError, gap, today, work};
use domain::campaign::{Draft, Impossible, Subject};
use domain::class::Label;
use domain::geo::LngLat;
use domain::id::{ActId, AreaId, CampaignId, ErrandId};
use domain::policy::Actor;
use domain::today::Kind;
use jiff::civil::{Date, date};
use store::campaign::{State, Word};
use store::testing::on_both;

use super::city::{self, BRIDGE, CITY, EAST, ROADS_EAST, WEST};
use super::duties::staffed;
use super::hall::{Hall, desk, hall, handler, leader, worker};

const GRID: AreaId = AreaId(10);
const NEXT: AreaId = AreaId(11);

fn draft(subject: Subject, quota: Option<u32>, area: AreaId) -> Draft {
    Draft {
        title: Label::new("充电棚查隐患", "charging sheds"),
        task: Label::new("看线路", "look at the wires"),
        subject,
        quota,
        areas: vec![area],
        from: date(2026, 3, 2),
        to: date(2026, 3, 7),
        unit: ROADS_EAST,
        basis: "消防法第五十三条".to_owned(),
        minutes: 15,
    }
}

fn roads() -> Subject {
    Subject::Cases { classes: "01".to_owned() }
}

async fn proposed(hall: &Hall, who: &Actor, draft: &Draft) -> Result<CampaignId, AppError> {
    let id = CampaignId(hall.fresh());
    campaign::propose(&hall.app, who, id, draft).await.map(|_| id)
}

async fn admitted(hall: &Hall, id: CampaignId, county: AreaId) -> campaign::View {
    let key = ActId(hall.fresh());
    campaign::admit(&hall.app, &desk(county), id, county, key, &Admission::Admit).await.unwrap().now
}

fn detail(error: AppError) -> (String, String) {
    let AppError::Invalid(fields) = error else { panic!("{error:?}") };
    (fields[0].path.clone(), fields[0].detail.clone())
}

async fn says(hall: &Hall, who: &Actor, id: ErrandId, said: &Said) -> Result<(u32, u32), AppError> {
    let done = campaign::say(&hall.app, who, id, ActId(hall.fresh()), said).await?.now;
    Ok((done.n_done, done.n_impossible))
}

#[tokio::test]
async fn a_preview_says_how_many_grids_people_and_minutes_a_campaign_costs() {
    on_both(async |store| {
        let hall = hall(store).await;
        staffed(&hall).await;
        let seen =
            campaign::preview(&hall.app, &desk(CITY), &draft(Subject::Grid, None, CITY)).await.unwrap();
        assert_eq!((seen.grids.len(), seen.n_items, seen.minutes, seen.n_people), (6, 6, 90, 6));
        assert_eq!(
            seen.shares.iter().map(|it| (it.county, it.n_grids)).collect::<Vec<_>>(),
            [(EAST, 4), (WEST, 2)]
        );
        assert_eq!((seen.most_minutes, seen.n_days, seen.meanwhile_minutes), (15, 5, 0));
        for _ in 0..2 {
            hall.reported_in(GRID).await;
        }
        let cases = campaign::preview(&hall.app, &leader(EAST), &draft(roads(), None, EAST)).await.unwrap();
        assert_eq!((cases.grids.clone(), cases.n_empty), (vec![(GRID, 2)], 3));
        let none = campaign::preview(&hall.app, &leader(WEST), &draft(roads(), None, WEST)).await;
        assert_eq!(detail(none.unwrap_err()).0, "/subject");
    })
    .await;
}

#[tokio::test]
async fn a_quota_beyond_what_exists_is_refused_with_the_true_number() {
    on_both(async |store| {
        let hall = hall(store).await;
        staffed(&hall).await;
        hall.reported_in(GRID).await;
        let (path, why) =
            detail(proposed(&hall, &desk(EAST), &draft(roads(), Some(3), EAST)).await.unwrap_err());
        assert_eq!(path, "/quota");
        for part in
            ["3 are asked of each grid, and 4 have fewer", "379901001001001 has 1", "379901001001002 has 0"]
        {
            assert!(why.contains(part), "{why}");
        }
        let twice =
            detail(proposed(&hall, &desk(EAST), &draft(Subject::Grid, Some(2), EAST)).await.unwrap_err());
        assert!(twice.1.contains("has 1"), "a grid is there once: {}", twice.1);
        let places = Subject::Places { kind: "school".to_owned() };
        assert_eq!(
            detail(proposed(&hall, &desk(EAST), &draft(places, None, EAST)).await.unwrap_err()).0,
            "/subject"
        );
    })
    .await;
}

#[tokio::test]
async fn fields_that_make_no_sense_are_named_and_foreign_areas_are_not_asked() {
    on_both(async |store| {
        let hall = hall(store).await;
        let good = draft(Subject::Grid, None, EAST);
        let wrong: Vec<(Draft, &str)> = vec![
            (Draft { to: good.from, ..good.clone() }, "/to"),
            (Draft { from: date(2026, 3, 1), ..good.clone() }, "/from"),
            (Draft { minutes: 0, ..good.clone() }, "/minutes"),
            (Draft { minutes: 999, ..good.clone() }, "/minutes"),
            (Draft { quota: Some(0), ..good.clone() }, "/quota"),
            (Draft { areas: Vec::new(), ..good.clone() }, "/areas"),
            (Draft { areas: vec![AreaId(99)], ..good.clone() }, "/areas"),
            (Draft { unit: domain::id::UnitId(99), ..good.clone() }, "/unit"),
            (Draft { basis: " ".to_owned(), ..good.clone() }, "/basis"),
            (Draft { title: Label::new("", "x"), ..good.clone() }, "/title/zh"),
            (
                Draft { subject: Subject::Cases { classes: "99".to_owned() }, ..good.clone() },
                "/subject/classes",
            ),
            (Draft { areas: vec![WEST], ..good.clone() }, "/areas"),
        ];
        for (wrong, at) in wrong {
            assert_eq!(detail(proposed(&hall, &desk(EAST), &wrong).await.unwrap_err()).0, at);
        }
        assert_eq!(detail(proposed(&hall, &worker(GRID), &good).await.unwrap_err()).0, "/areas");
        proposed(&hall, &handler(ROADS_EAST), &good).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_county_admits_it_for_its_own_grids_and_workers_find_it_in_their_day() {
    on_both(async |store| {
        let hall = hall(store).await;
        staffed(&hall).await;
        let wanted = draft(Subject::Grid, None, CITY);
        let id = CampaignId(hall.fresh());
        assert!(!campaign::propose(&hall.app, &desk(CITY), id, &wanted).await.unwrap().replayed);
        assert!(campaign::propose(&hall.app, &desk(CITY), id, &wanted).await.unwrap().replayed);
        let other = Draft { minutes: 20, ..wanted.clone() };
        assert!(matches!(
            campaign::propose(&hall.app, &desk(CITY), id, &other).await,
            Err(AppError::KeyReused)
        ));
        assert_eq!(today::of(&hall.app, &worker(GRID)).await.unwrap().items, []);
        let key = ActId(hall.fresh());
        for stranger in [desk(BRIDGE), desk(WEST), leader(EAST), worker(GRID)] {
            let no = campaign::admit(&hall.app, &stranger, id, EAST, key, &Admission::Admit).await;
            assert!(matches!(no, Err(AppError::NotFound { what: "campaign" })), "{:?}", stranger.area);
        }
        let view = admitted(&hall, id, EAST).await;
        assert_eq!(view.campaign.state, State::Open);
        let words: Vec<_> = view.counties.iter().map(|it| (it.county, it.word, it.n_items)).collect();
        assert_eq!(words, [(EAST, Word::Admitted, 4), (WEST, Word::Asked, 2)]);
        let again = campaign::admit(&hall.app, &desk(EAST), id, EAST, key, &Admission::Admit).await;
        assert!(matches!(again, Err(AppError::Blocked { .. })));
        let day = today::of(&hall.app, &worker(GRID)).await.unwrap();
        assert_eq!((day.items.len(), day.items[0].kind, day.items[0].minutes), (1, Kind::Campaign, 15));
        assert_eq!(
            today::of(&hall.app, &worker(AreaId(14))).await.unwrap().items,
            [],
            "its county said nothing yet"
        );
        let errand = ErrandId(day.items[0].id);
        let said = Said { what: None, reason: None, note: "线路老化一处".to_owned() };
        assert!(matches!(says(&hall, &worker(NEXT), errand, &said).await, Err(AppError::NotFound { .. })));
        assert_eq!(says(&hall, &worker(GRID), errand, &said).await.unwrap(), (1, 0));
        let more = says(&hall, &worker(GRID), errand, &said).await.unwrap_err();
        assert!(more.to_string().contains("nobody does more than was asked"), "{more}");
        assert_eq!(today::of(&hall.app, &worker(GRID)).await.unwrap().items, []);
        let closed = today::of(&hall.app, &worker(NEXT)).await.unwrap().items[0].id;
        let cannot = Said { what: None, reason: Some(Impossible::Closed), note: String::new() };
        assert_eq!(says(&hall, &worker(NEXT), ErrandId(closed), &cannot).await.unwrap(), (0, 1));
        let seen = campaign::one(&hall.app, &leader(EAST), id).await.unwrap();
        assert_eq!((seen.progress[0].done, seen.progress[0].impossible), (1, 1));
        assert_eq!(seen.reasons, [("closed".to_owned(), 1)]);
        assert_eq!(campaign::list(&hall.app, &desk(WEST), State::Open, None, 10).await.unwrap().0.len(), 1);
        hall.holds().await;
    })
    .await;
}

#[tokio::test]
async fn work_about_cases_names_each_once() {
    on_both(async |store| {
        let hall = hall(store).await;
        staffed(&hall).await;
        let case = hall.reported_in(GRID).await;
        hall.reported_in(GRID).await;
        let id = proposed(&hall, &desk(EAST), &draft(roads(), None, EAST)).await.unwrap();
        admitted(&hall, id, EAST).await;
        let errand = campaign::grids(&hall.app, &desk(EAST), id, None).await.unwrap()[0].id;
        let view = campaign::errand(&hall.app, &worker(GRID), errand).await.unwrap();
        assert_eq!((view.open.len(), view.errand.n_asked), (2, 2));
        let of = |what| Said { what, reason: None, note: String::new() };
        assert_eq!(detail(says(&hall, &worker(GRID), errand, &of(None)).await.unwrap_err()).0, "/what");
        let foreign = Some(hall.fresh());
        assert_eq!(detail(says(&hall, &worker(GRID), errand, &of(foreign)).await.unwrap_err()).0, "/what");
        says(&hall, &worker(GRID), errand, &of(Some(case.0))).await.unwrap();
        assert_eq!(
            detail(says(&hall, &worker(GRID), errand, &of(Some(case.0))).await.unwrap_err()).1,
            "this one has an answer already"
        );
        let other = Said { what: None, reason: Some(Impossible::Other), note: String::new() };
        assert_eq!(detail(says(&hall, &worker(GRID), errand, &other).await.unwrap_err()).0, "/note");
        let view = campaign::errand(&hall.app, &worker(GRID), errand).await.unwrap();
        assert_eq!((view.open.len(), view.answers.len()), (1, 1));
    })
    .await;
}

#[tokio::test]
async fn a_campaign_ends_by_itself_is_stopped_or_refused_and_then_asks_nothing() {
    on_both(async |store| {
        let hall = hall(store).await;
        staffed(&hall).await;
        let whole = draft(Subject::Grid, None, EAST);
        let id = proposed(&hall, &desk(EAST), &whole).await.unwrap();
        admitted(&hall, id, EAST).await;
        let stopped = proposed(&hall, &desk(EAST), &whole).await.unwrap();
        admitted(&hall, stopped, EAST).await;
        assert_eq!(today::of(&hall.app, &worker(GRID)).await.unwrap().items.len(), 2);
        let seen = campaign::preview(&hall.app, &desk(EAST), &whole).await.unwrap();
        assert_eq!(seen.meanwhile_minutes, 120, "two campaigns of four grids and 15 minutes");
        let no = campaign::stop(&hall.app, &desk(BRIDGE), stopped, ActId(hall.fresh()), "重复").await;
        assert!(matches!(no, Err(AppError::NotFound { .. })));
        let over =
            campaign::stop(&hall.app, &desk(EAST), stopped, ActId(hall.fresh()), "重复").await.unwrap();
        assert_eq!(over.now.campaign.state, State::Stopped);
        assert_eq!(today::of(&hall.app, &worker(GRID)).await.unwrap().items.len(), 1);
        let refused = proposed(&hall, &desk(EAST), &whole).await.unwrap();
        let no = Admission::Refuse { why: "已有同类任务".to_owned() };
        let key = ActId(hall.fresh());
        let view = campaign::admit(&hall.app, &desk(EAST), refused, EAST, key, &no).await.unwrap().now;
        assert_eq!(view.campaign.state, State::Refused);
        let errand = ErrandId(today::of(&hall.app, &worker(GRID)).await.unwrap().items[0].id);
        hall.hours_pass(5 * 24);
        work::sweep(&hall.app, "here").await.unwrap();
        assert_eq!(campaign::one(&hall.app, &desk(EAST), id).await.unwrap().campaign.state, State::Ended);
        assert_eq!(today::of(&hall.app, &worker(GRID)).await.unwrap().items, []);
        let late =
            says(&hall, &worker(GRID), errand, &Said { what: None, reason: None, note: String::new() }).await;
        assert!(matches!(late, Err(AppError::Blocked { .. })));
        hall.holds().await;
    })
    .await;
}

fn week() -> (Date, Date) {
    (date(2026, 3, 2), date(2026, 3, 9))
}

#[tokio::test]
async fn coverage_comes_of_work_and_of_a_tap_and_keeps_no_place() {
    on_both(async |store| {
        let hall = hall(store).await;
        staffed(&hall).await;
        let (from, to) = week();
        let empty = patrol::coverage(&hall.app, &desk(EAST), None, from, to).await.unwrap();
        assert_eq!((empty.all.n_visited, empty.all.n_grids, empty.parts.len()), (0, 4, 2));
        hall.reported_in(GRID).await;
        let one = patrol::coverage(&hall.app, &worker(GRID), Some(GRID), from, to).await.unwrap();
        assert_eq!((one.all.n_visited, one.cells.iter().filter(|(_, seen)| *seen).count()), (1, 1));
        let corner = LngLat { lng: 116.001, lat: 36.001 };
        let tap = Tap { point: corner, day: None };
        let kept = patrol::tap(&hall.app, &worker(GRID), &[tap, tap]).await.unwrap();
        assert_eq!(kept.len(), 1);
        patrol::tap(&hall.app, &worker(GRID), &[tap]).await.unwrap();
        let two = patrol::coverage(&hall.app, &worker(GRID), Some(GRID), from, to).await.unwrap();
        assert_eq!(two.all.n_visited, 2);
        let all = patrol::coverage(&hall.app, &desk(EAST), None, from, to).await.unwrap();
        assert_eq!((all.all.n_visited, all.all.n_grids_visited), (2, 1));
        let foreign = Tap { point: city::middle_of(NEXT), day: None };
        assert_eq!(
            detail(patrol::tap(&hall.app, &worker(GRID), &[foreign]).await.unwrap_err()).0,
            "/items/0"
        );
        for day in [date(2026, 3, 3), date(2026, 2, 1)] {
            let tap = Tap { point: corner, day: Some(day) };
            assert_eq!(
                detail(patrol::tap(&hall.app, &worker(GRID), &[tap]).await.unwrap_err()).0,
                "/items/0/day"
            );
        }
        assert_eq!(detail(patrol::tap(&hall.app, &worker(GRID), &[]).await.unwrap_err()).0, "/items");
        assert!(patrol::coverage(&hall.app, &worker(GRID), Some(NEXT), from, to).await.is_err());
        assert_eq!(
            detail(patrol::coverage(&hall.app, &desk(EAST), None, to, from).await.unwrap_err()).0,
            "?to"
        );
    })
    .await;
}

#[tokio::test]
async fn what_nobody_answers_for_becomes_a_case_for_the_level_above_once() {
    on_both(async |store| {
        let hall = hall(store).await;
        staffed(&hall).await;
        let gaps = gap::list(&hall.app, &desk(EAST), None).await.unwrap();
        let quarrels =
            gaps.iter().find(|it| it.what == gap::What::Class(domain::id::ClassCode("03001".into())));
        assert_eq!(quarrels.map(|it| (it.area, it.n_grids, it.case)), Some((EAST, 4, None)));
        assert!(gaps.iter().any(|it| it.what == gap::What::Unit(ROADS_EAST)), "nobody works there yet");
        let made = gap::raise(&hall.app, &desk(EAST), None).await.unwrap();
        assert_eq!(made.len(), gaps.len());
        let case = hall.case(made[0].case.unwrap()).await;
        assert_eq!(case.side.desk, CITY, "a gap of a county is the city's");
        assert_eq!(gap::raise(&hall.app, &desk(EAST), None).await.unwrap(), []);
        let known = gap::list(&hall.app, &desk(EAST), None).await.unwrap();
        assert!(known.iter().all(|it| it.case.is_some()));
        assert!(gap::list(&hall.app, &worker(GRID), None).await.is_err());
        let table = gap::table(&hall.app, Some(EAST)).await.unwrap();
        assert_eq!(table.areas, [BRIDGE, AreaId(5)]);
        let row = |code: &str| table.rows.iter().find(|(class, _)| class.0 == code).unwrap().1.clone();
        assert_eq!((row("01001"), row("03001")), (vec![Some(ROADS_EAST); 2], vec![None; 2]));
        hall.holds().await;
    })
    .await;
}

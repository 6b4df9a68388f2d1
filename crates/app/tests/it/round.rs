//! The loop as people and the clock drive it, with every way back.

use app::AppError;
use app::case::{Command, Likeness, Part, duplicates, look};
use domain::area::Level;
use domain::case::{ActName, Refusal, Satisfaction, StepName, Turn};
use domain::geo::LngLat;
use domain::id::{AreaId, CaseId};
use jiff::SignedDuration;
use store::testing::on_both;

use super::city::{BRIDGE, EAST, ROADS_EAST, ROADS_WEST, TEMPLE, WATER_EAST, middle_of};
use super::hall::{
    a_report, assign, assign_with, check, desk, file, give_back, hall, handle, handler, leader, monday,
    picture, resident, worker,
};

const GRID: AreaId = AreaId(10);

#[tokio::test]
async fn a_case_goes_round_the_loop_with_a_bounce_a_postponement_a_rework_and_a_reopening() {
    on_both(async |store| {
        let hall = hall(store).await;
        let (desk, roads) = (desk(BRIDGE), handler(ROADS_EAST));
        let id = hall.reported_in(GRID).await;
        let case = hall.case(id).await;
        assert_eq!((case.side.desk, case.ancestors().grid), (BRIDGE, Some(GRID)));
        assert_eq!(case.due().unwrap().at, monday() + SignedDuration::from_mins(30));
        hall.does(&worker(GRID), id, Command::Verify { note: String::new(), evidence: Vec::new() }).await;
        hall.filed(&desk, id).await;

        let case = hall.does(&desk, id, assign_with(ROADS_EAST, &[WATER_EAST])).await;
        let route = &case.assigned().unwrap().route;
        assert_eq!(route.suggested, Some(ROADS_EAST));
        assert!(!route.because.is_empty() && !route.because_en.is_empty());
        hall.does(&handler(WATER_EAST), id, Command::Accept).await;
        let case = hall.does(&roads, id, give_back()).await;
        assert_eq!((case.step.name(), case.side.bounces), (StepName::Filed, 1));

        hall.does(&desk, id, assign_with(ROADS_EAST, &[WATER_EAST])).await;
        hall.does(&roads, id, Command::Accept).await;
        let until = hall.case(id).await.assigned().unwrap().share(ROADS_EAST).unwrap().handle.at
            + SignedDuration::from_hours(48);
        hall.does(&roads, id, Command::AskPostpone { until, reason: "等料".to_owned() }).await;
        assert_eq!(hall.case(id).await.turn(), Turn::Postpone);
        let case = hall.does(&desk, id, Command::DecidePostpone { granted: true, note: String::new() }).await;
        assert_eq!(case.assigned().unwrap().first_due, until);

        hall.hours_pass(30);
        hall.does(&handler(WATER_EAST), id, handle()).await;
        let case = hall.does(&roads, id, handle()).await;
        assert_eq!(case.step.name(), StepName::Handled);
        let case = hall.does(&desk, id, check(false)).await;
        assert_eq!((case.side.reworks, case.assigned().unwrap().first_due), (1, until));
        hall.does(&handler(WATER_EAST), id, handle()).await;
        hall.does(&roads, id, handle()).await;
        hall.does(&desk, id, check(true)).await;
        hall.does(&desk, id, Command::Answer { text: "已修复".to_owned() }).await;

        let case = hall.does(&worker(GRID), id, Command::Reopen { reason: "又坏了".to_owned() }).await;
        assert_eq!((case.step.name(), case.side.reopens), (StepName::Filed, 1));
        hall.does(&desk, id, assign(ROADS_EAST)).await;
        hall.does(&roads, id, Command::Accept).await;
        hall.does(&roads, id, handle()).await;
        hall.does(&desk, id, check(true)).await;
        hall.does(&desk, id, Command::Answer { text: "已修复".to_owned() }).await;
        let word = Command::Confirm { satisfaction: Satisfaction::Satisfied, note: String::new() };
        let case = hall.does(&worker(GRID), id, word).await;
        assert_eq!(case.step.name(), StepName::Evaluated, "the reporter's word closes at once");

        let appeal = Command::Appeal { reason: "非本单位原因".to_owned() };
        hall.does(&roads, id, appeal).await;
        let case = hall
            .does(&leader(EAST), id, Command::DecideAppeal { upheld: true, note: "属实".to_owned() })
            .await;
        assert_eq!(case.side.appeal.unwrap().upheld, Some(true));
        hall.holds().await;
    })
    .await;
}

#[tokio::test]
async fn after_two_returns_the_desk_above_has_the_case_and_decides() {
    on_both(async |store| {
        let hall = hall(store).await;
        let id = hall.reported_in(GRID).await;
        hall.filed(&desk(BRIDGE), id).await;
        for unit in [ROADS_EAST, WATER_EAST] {
            hall.does(&desk(BRIDGE), id, assign(unit)).await;
            hall.does(&handler(unit), id, give_back()).await;
        }
        let case = hall.case(id).await;
        assert_eq!((case.side.desk, case.side.level), (EAST, Level::County));
        let not_theirs = hall.tries(&desk(BRIDGE), id, assign(ROADS_EAST)).await.unwrap_err();
        assert!(matches!(not_theirs, AppError::Denied(_)), "{not_theirs}");
        hall.does(&desk(EAST), id, assign(ROADS_EAST)).await;
        let refusal = hall.tries(&handler(ROADS_EAST), id, give_back()).await.unwrap_err();
        assert!(matches!(refusal, AppError::Refused(Refusal::BouncesSpent)), "{refusal}");
        hall.holds().await;
    })
    .await;
}

#[tokio::test]
async fn the_sweeper_warns_escalates_wakes_and_evaluates_by_the_clock() {
    on_both(async |store| {
        let hall = hall(store).await;
        let id = hall.reported_in(GRID).await;
        assert_eq!(hall.sweep().await, 0, "nothing is due yet");
        let mut told = Vec::new();
        for minutes in [15, 9, 6, 30] {
            hall.app.clock.pass(SignedDuration::from_mins(minutes));
            assert_eq!(hall.sweep().await, 1);
            let side = hall.case(id).await.side;
            told.push((side.warned_pct, side.escalated));
        }
        let expected = [(50, None), (80, None), (100, Some(Level::County)), (200, Some(Level::City))];
        assert_eq!(told, expected, "one level at a time");
        assert_eq!(hall.sweep().await, 0);

        hall.filed(&desk(BRIDGE), id).await;
        let before = hall.case(id).await.due().unwrap().at;
        let until = hall.app.clock.now() + SignedDuration::from_hours(72);
        hall.does(&desk(BRIDGE), id, Command::Suspend { until, reason: "待雨停".to_owned() }).await;
        hall.hours_pass(71);
        assert_eq!(hall.sweep().await, 0);
        hall.hours_pass(1);
        assert_eq!(hall.sweep().await, 1);
        let case = hall.case(id).await;
        assert_eq!(case.side.hold, None);
        assert_eq!(case.due().unwrap().at, before + SignedDuration::from_hours(72));

        hall.does(&desk(BRIDGE), id, assign(ROADS_EAST)).await;
        hall.does(&handler(ROADS_EAST), id, Command::Accept).await;
        hall.does(&handler(ROADS_EAST), id, handle()).await;
        hall.does(&desk(BRIDGE), id, check(true)).await;
        let case = hall.does(&desk(BRIDGE), id, Command::Answer { text: "已修复".to_owned() }).await;
        let wait_until = case.answered().unwrap().wait_until;
        hall.app.clock.set(wait_until - SignedDuration::from_mins(1));
        assert_eq!(hall.sweep().await, 0);
        hall.app.clock.set(wait_until);
        assert_eq!(hall.sweep().await, 1);
        assert_eq!(hall.case(id).await.step.name(), StepName::Evaluated);
        hall.hours_pass(10_000);
        assert_eq!(hall.sweep().await, 0, "a closed case is left alone");
        hall.holds().await;
    })
    .await;
}

#[tokio::test]
async fn work_is_not_done_before_the_evidence_its_class_asks_for_is_there() {
    on_both(async |store| {
        let hall = hall(store).await;
        let id = hall.reported_in(GRID).await;
        hall.does(&desk(BRIDGE), id, file("02001")).await;
        hall.does(&desk(BRIDGE), id, assign(WATER_EAST)).await;
        hall.does(&handler(WATER_EAST), id, Command::Accept).await;
        let without = hall.tries(&handler(WATER_EAST), id, handle()).await.unwrap_err();
        let AppError::Invalid(fields) = without else { panic!("{without}") };
        assert_eq!((fields[0].path.as_str(), fields[0].code), ("/evidence", "missing"));
        let with = Command::Handle { note: "已修复".to_owned(), evidence: vec![picture()] };
        assert_eq!(hall.does(&handler(WATER_EAST), id, with).await.step.name(), StepName::Handled);
    })
    .await;
}

#[tokio::test]
async fn a_merge_a_link_and_a_split_change_all_their_cases_or_none() {
    on_both(async |store| {
        let hall = hall(store).await;
        let desk = desk(BRIDGE);
        let (one, two, three) =
            (hall.reported_in(GRID).await, hall.reported_in(GRID).await, hall.reported_in(GRID).await);
        hall.does(&desk, one, Command::Merge { into: two }).await;
        assert!(hall.case(one).await.is_closed());
        assert_eq!(hall.case(two).await.side.absorbed, [one]);
        hall.does(&desk, two, Command::Link { to: three }).await;
        assert_eq!(
            (hall.case(two).await.side.links, hall.case(three).await.side.links),
            (vec![three], vec![two])
        );

        let unknown = CaseId(hall.fresh());
        assert!(matches!(
            hall.tries(&desk, two, Command::Merge { into: unknown }).await,
            Err(AppError::NotFound { .. })
        ));
        assert!(!hall.case(two).await.is_closed(), "what cannot be absorbed is not merged");
        let into_closed = hall.tries(&desk, two, Command::Merge { into: one }).await;
        assert!(matches!(into_closed, Err(AppError::Refused(_))), "{into_closed:?}");

        let part = |text: &str| Part { id: CaseId(hall.fresh()), text: text.to_owned(), class: None };
        let parts = vec![part("路面有坑"), part("水管漏水")];
        let ids: Vec<CaseId> = parts.iter().map(|p| p.id).collect();
        hall.does(&desk, two, Command::Split { parts: parts.clone() }).await;
        for id in &ids {
            let case = hall.case(*id).await;
            assert_eq!(case.reported().split_from, Some(two));
            assert_eq!((case.side.desk, case.ancestors().grid), (BRIDGE, Some(GRID)));
        }
        let again = hall.tries(&desk, three, Command::Split { parts }).await;
        assert!(matches!(again, Err(AppError::KeyReused)), "parts are new cases: {again:?}");
        let twice = Part { id: CaseId(hall.fresh()), text: "坑".to_owned(), class: None };
        let twice = hall.tries(&desk, three, Command::Split { parts: vec![twice.clone(), twice] }).await;
        assert!(matches!(twice, Err(AppError::Invalid(_))), "{twice:?}");
        hall.holds().await;
    })
    .await;
}

#[tokio::test]
async fn what_may_be_the_same_matter_is_suggested_most_alike_first() {
    on_both(async |store| {
        let hall = hall(store).await;
        let first = hall.reported_in(GRID).await;
        let mut other = a_report(GRID);
        other.text = "有人丢失钱包".to_owned();
        other.class = Some(domain::id::ClassCode("03001".to_owned()));
        other.point = Some(LngLat { lng: middle_of(GRID).lng + 0.002, ..middle_of(GRID) });
        hall.reports(&worker(GRID), &other).await;
        let far = hall.reported_in(AreaId(15)).await;
        let like = Likeness {
            id: None,
            point: middle_of(GRID),
            class: Some(domain::id::ClassCode("01001".to_owned())),
            text: "路面有大坑".to_owned(),
            at: hall.app.clock.now(),
        };
        let found = duplicates(&hall.app, &desk(BRIDGE), &like).await.unwrap();
        assert_eq!(found.iter().map(|d| d.row.id).collect::<Vec<_>>(), [first]);
        assert!(found[0].likeness > 0.7 && found[0].distance_m < 1.0, "{found:?}");
        assert!(!found.iter().any(|d| d.row.id == far));
        let itself = Likeness { id: Some(first), ..like.clone() };
        assert!(duplicates(&hall.app, &desk(BRIDGE), &itself).await.unwrap().is_empty());
        assert!(duplicates(&hall.app, &desk(TEMPLE), &like).await.unwrap().is_empty(), "not theirs to see");
        assert!(duplicates(&hall.app, &resident(1), &like).await.unwrap().is_empty(), "nor a resident's");
    })
    .await;
}

#[tokio::test]
async fn a_report_that_makes_no_sense_says_so_field_by_field() {
    on_both(async |store| {
        let hall = hall(store).await;
        let mut report = a_report(GRID);
        report.text = "  ".to_owned();
        report.class = Some(domain::id::ClassCode("99999".to_owned()));
        report.happened_at = Some(hall.app.clock.now() + SignedDuration::from_hours(1));
        let answer = app::case::report(&hall.app, &worker(GRID), CaseId(hall.fresh()), &report).await;
        let Err(AppError::Invalid(fields)) = answer else { panic!("{answer:?}") };
        let said: Vec<_> = fields.iter().map(|f| (f.path.as_str(), f.code)).collect();
        assert_eq!(said, [("/text", "missing"), ("/class", "unknown"), ("/happened_at", "range")]);
    })
    .await;
}

#[tokio::test]
async fn a_point_in_no_grid_goes_to_the_nearest_and_says_how_far() {
    on_both(async |store| {
        let hall = hall(store).await;
        let mut report = a_report(GRID);
        report.point = Some(LngLat { lng: 115.99, lat: 36.005 });
        let id = hall.reports(&worker(GRID), &report).await;
        let place = hall.case(id).await.reported().place.clone();
        assert_eq!(place.areas.grid, Some(GRID));
        assert!((890..910).contains(&place.off_m.unwrap()), "{:?}", place.off_m);
        hall.holds().await;
    })
    .await;
}

#[tokio::test]
async fn a_point_far_outside_the_city_is_a_slip_of_the_pen() {
    on_both(async |store| {
        let hall = hall(store).await;
        let report =
            app::case::ReportCommand { point: Some(LngLat { lng: 0.0, lat: 0.0 }), ..a_report(GRID) };
        let answer = app::case::report(&hall.app, &worker(GRID), CaseId(hall.fresh()), &report).await;
        assert_eq!(field(answer), ("/place".to_owned(), "range"));
    })
    .await;
}

#[tokio::test]
async fn a_case_is_led_and_handed_down_only_where_it_lies() {
    on_both(async |store| {
        let hall = hall(store).await;
        let id = hall.reported_in(GRID).await;
        hall.filed(&desk(BRIDGE), id).await;
        let elsewhere = hall.tries(&desk(BRIDGE), id, assign(ROADS_WEST)).await;
        assert_eq!(field(elsewhere), ("/unit".to_owned(), "range"));
        hall.does(&desk(BRIDGE), id, Command::HandUp { reason: "跨街道".to_owned() }).await;
        let down = |to| Command::HandDown { to, reason: "请就地办理".to_owned() };
        assert_eq!(field(hall.tries(&desk(EAST), id, down(TEMPLE)).await), ("/to".to_owned(), "range"));
        hall.does(&desk(EAST), id, down(BRIDGE)).await;
    })
    .await;
}

#[tokio::test]
async fn a_refusal_names_what_this_person_may_do_instead() {
    on_both(async |store| {
        let hall = hall(store).await;
        let id = hall.reported_in(GRID).await;
        hall.at_work(&desk(BRIDGE), id, ROADS_EAST).await;
        let refused = hall.tries(&desk(BRIDGE), id, file("01001")).await.unwrap_err();
        let AppError::Refused(Refusal::WrongStep { legal, .. }) = refused else { panic!("{refused}") };
        let own: Vec<ActName> =
            look(&hall.app, &desk(BRIDGE), id).await.unwrap().next.iter().map(|next| next.act).collect();
        assert_eq!(legal, own);
        assert!(!legal.contains(&ActName::Handle) && !legal.contains(&ActName::Warn), "{legal:?}");
    })
    .await;
}

fn field<T: std::fmt::Debug>(answer: Result<T, AppError>) -> (String, &'static str) {
    let Err(AppError::Invalid(mut fields)) = answer else { panic!("{answer:?}") };
    let first = fields.remove(0);
    (first.path, first.code)
}

//! The daily assessment: what a day's book holds, that it can be made again, who stands where, and what an appeal moves.

use app::assess::appeals::{self, Asked as Contest, Decided};
use app::assess::areas::{self, Asked, rates};
use app::assess::count::{books, days_of};
use app::assess::{alarms, day, recipe, trial, workers};
use app::case::{Command, ReportCommand};
use app::{App, AppError};
use domain::area::Level;
use domain::case::{Channel, RefuseReason, Satisfaction};
use domain::id::{ActId, AppealId, AreaId, CaseId, ClassCode, PersonId};
use domain::policy::{Actor, Role};
use domain::score::{AlarmKind, AppealState, Measure, Rate, RecipeDoc, Remedy, Tally};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use store::person::Person;
use store::testing::on_both;
use store::{Batch, Store};

use super::city::{BRIDGE, CITY, EAST, HARBOUR, ROADS_EAST};
use super::hall::{Hall, a_report, assign, check, desk, hall, handle, handler, leader, monday, worker};

const GRID: AreaId = AreaId(10);
const NEXT: AreaId = AreaId(11);

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

/// The hall with accounts for the workers of its grids.
async fn with_workers(store: Store) -> Hall {
    let hall = hall(store).await;
    let mut batch = Batch::new("people");
    for grid in 10..=15 {
        let actor = worker(AreaId(grid));
        let new = Person {
            id: actor.person.unwrap(),
            account: format!("w{grid}"),
            name: format!("网格员{grid}"),
            role: Role::Worker,
            area: AreaId(grid),
            unit: None,
            disabled: false,
            created: monday(),
        };
        batch = batch.with(new.insert());
    }
    hall.app.store.commit(batch).await.unwrap();
    hall
}

/// From a resident, who waits for an answer.
async fn asked_by_a_resident(hall: &Hall, grid: AreaId) -> CaseId {
    let report = ReportCommand { channel: Channel::Hotline, ..a_report(grid) };
    hall.reports(&desk(BRIDGE), &report).await
}

async fn at_work(hall: &Hall, id: CaseId) {
    hall.at_work(&desk(BRIDGE), id, ROADS_EAST).await;
}

/// Everything to its end.
async fn finished(hall: &Hall, id: CaseId, satisfaction: Satisfaction) {
    at_work(hall, id).await;
    hall.does(&handler(ROADS_EAST), id, handle()).await;
    let grid = hall.case(id).await.ancestors().grid.unwrap();
    hall.does(&worker(grid), id, check(true)).await;
    hall.does(&desk(BRIDGE), id, Command::Answer { text: "已修复".to_owned() }).await;
    hall.does(&desk(BRIDGE), id, Command::Confirm { satisfaction, note: String::new() }).await;
}

fn verify() -> Command {
    Command::Verify { note: "到过".to_owned(), evidence: Vec::new() }
}

fn refuse(reason: RefuseReason) -> Command {
    Command::Refuse { reason, note: "没有".to_owned() }
}

async fn made(hall: &Hall) -> Vec<Date> {
    let mut days = Vec::new();
    while let Some(made) = day::sweep(&hall.app, "here").await.unwrap() {
        days.push(made);
    }
    days
}

async fn city_rate(app: &App, to: &str, rate: Rate) -> (u32, u32) {
    let asked = Asked { level: Level::County, below: None, to: date(to), days: Some(1) };
    let found = areas::ranking(app, &leader(CITY), asked).await.unwrap();
    rate.of(&found.whole.1)
}

fn tally(of: &workers::Own, measure: Measure) -> Tally {
    of.worker.as_ref().unwrap().tallies[measure as usize]
}

#[tokio::test]
async fn a_day_is_made_after_midnight_and_made_again_it_is_equal_whatever_happened_since() {
    on_both(async |store| {
        let hall = with_workers(store).await;
        let ids: [CaseId; 3] = [
            hall.reported_in(GRID).await,
            hall.reported_in(GRID).await,
            asked_by_a_resident(&hall, NEXT).await,
        ];
        hall.does(&worker(GRID), ids[0], verify()).await;
        finished(&hall, ids[2], Satisfaction::Satisfied).await;
        hall.does(&desk(BRIDGE), ids[1], refuse(RefuseReason::NotFound)).await;
        at_work(&hall, ids[0]).await;
        assert_eq!(made(&hall).await, [date("2026-03-01")], "the first day kept is the last that is over");
        let early = day::make(&hall.app, date("2026-03-02")).await.unwrap_err();
        assert!(matches!(early, AppError::Blocked { .. }), "{early}");

        hall.hours_pass(16); // Tuesday, one at night
        assert_eq!(made(&hall).await, [date("2026-03-02")]);
        assert_eq!(city_rate(&hall.app, "2026-03-02", Rate::Filed).await, (2, 3));
        assert_eq!(city_rate(&hall.app, "2026-03-02", Rate::ValidReports).await, (1, 2));
        assert_eq!(city_rate(&hall.app, "2026-03-02", Rate::HandledOnTime).await, (1, 1));
        assert_eq!(city_rate(&hall.app, "2026-03-02", Rate::Satisfaction).await, (1, 1));
        assert_eq!(city_rate(&hall.app, "2026-03-02", Rate::Response).await, (1, 1));
        let found = areas::ranking(
            &hall.app,
            &leader(CITY),
            Asked { level: Level::County, below: None, to: date("2026-03-02"), days: Some(1) },
        )
        .await
        .unwrap();
        assert_eq!((found.whole.2.open, found.whole.2.overdue), (1, 0), "one at work");
        let solved = city_rate(&hall.app, "2026-03-02", Rate::Solution).await;
        assert_eq!(solved, (1, 1), "closed with the word of the reporter");

        // Life goes on: it is reopened, handled, fails its check, and more is reported.
        hall.does(&handler(ROADS_EAST), ids[0], handle()).await;
        hall.does(&worker(GRID), ids[0], check(false)).await;
        hall.reported_in(NEXT).await;
        for _ in 0..3 {
            hall.hours_pass(24);
            hall.sweep().await;
        }
        assert_eq!(made(&hall).await.len(), 3);
        for text in ["2026-03-01", "2026-03-02", "2026-03-03", "2026-03-04", "2026-03-05"] {
            let again = day::verify(&hall.app, &leader(CITY), date(text)).await.unwrap();
            assert_eq!(again.difference, None, "{text}");
            assert_eq!(again.again, again.kept.sha256);
        }
        assert_eq!(city_rate(&hall.app, "2026-03-03", Rate::Rework).await, (1, 1));
        hall.holds().await;
    })
    .await;
}

#[tokio::test]
async fn what_is_kept_and_altered_is_told_and_a_stranger_sees_no_day() {
    on_both(async |store| {
        let hall = with_workers(store).await;
        hall.reported_in(GRID).await;
        hall.hours_pass(16);
        made(&hall).await;
        let alter =
            "update assess_day set body = (select o.body from assess_day o where o.day = '2026-03-01')";
        day::make(&hall.app, date("2026-03-01")).await.unwrap();
        hall.app.store.commit(Batch::new("alter").run(alter, Vec::new())).await.unwrap();
        let found = day::verify(&hall.app, &leader(CITY), date("2026-03-02")).await.unwrap();
        assert!(found.difference.unwrap().contains("altered"));
        let resident = super::hall::resident(1);
        let no = day::verify(&hall.app, &resident, date("2026-03-02")).await.unwrap_err();
        let none = day::verify(&hall.app, &leader(CITY), date("2026-02-02")).await.unwrap_err();
        assert_eq!(no.to_string(), none.to_string());
    })
    .await;
}

#[tokio::test]
async fn an_overdue_share_counts_as_due_once_on_the_day_of_its_deadline() {
    on_both(async |store| {
        let hall = with_workers(store).await;
        let id = hall.reported_in(GRID).await;
        at_work(&hall, id).await;
        let due = hall.case(id).await.assigned().unwrap().shares[0].handle.at;
        let days = due.duration_since(hall.app.clock.now()).as_hours() / 24 + 2;
        for _ in 0..days {
            hall.hours_pass(24);
            made(&hall).await;
        }
        hall.does(&handler(ROADS_EAST), id, handle()).await;
        hall.hours_pass(24);
        made(&hall).await;
        let zone = hall.app.city().zone.clone();
        let deadline = zone.to_datetime(due).date();
        let (mut total, mut on) = ((0, 0), Vec::new());
        let mut at = date("2026-03-02");
        while at <= day::last_over(&hall.app) {
            let (num, den) = city_rate(&hall.app, &at.to_string(), Rate::HandledOnTime).await;
            total = (total.0 + num, total.1 + den);
            on.extend((den > 0).then_some(at));
            at = at.tomorrow().unwrap();
        }
        assert_eq!((total, on), ((0, 1), vec![deadline]), "late, once, on the day of its deadline");
    })
    .await;
}

#[tokio::test]
async fn rework_needs_a_failed_check_and_a_new_dispatch() {
    on_both(async |store| {
        let hall = with_workers(store).await;
        // Mended on the spot, fails its check, and is then refused: nothing was dispatched anew.
        let fix = Command::FixOnSpot {
            class: ClassCode("01001".to_owned()),
            note: "填了".to_owned(),
            evidence: vec![super::hall::picture()],
        };
        let (spot, again) = (hall.reported_in(GRID).await, hall.reported_in(GRID).await);
        for id in [spot, again] {
            hall.does(&worker(GRID), id, fix.clone()).await;
            hall.does(&desk(BRIDGE), id, check(false)).await;
        }
        hall.does(&desk(BRIDGE), spot, refuse(RefuseReason::AlreadyDone)).await;
        hall.hours_pass(16);
        made(&hall).await;
        assert_eq!(city_rate(&hall.app, "2026-03-02", Rate::Rework).await, (0, 0));
        hall.does(&desk(BRIDGE), again, assign(ROADS_EAST)).await;
        hall.hours_pass(24);
        made(&hall).await;
        assert_eq!(city_rate(&hall.app, "2026-03-03", Rate::Rework).await, (1, 1));
    })
    .await;
}

#[tokio::test]
async fn a_problem_that_comes_back_within_a_month_takes_the_good_one_back() {
    on_both(async |store| {
        let hall = with_workers(store).await;
        let first = hall.reported_in(GRID).await;
        finished(&hall, first, Satisfaction::Satisfied).await;
        hall.hours_pass(16);
        let again = hall.reported_in(GRID).await;
        hall.filed(&desk(BRIDGE), again).await;
        let elsewhere = hall.reported_in(NEXT).await;
        hall.filed(&desk(BRIDGE), elsewhere).await;
        hall.hours_pass(24);
        made(&hall).await;
        day::make(&hall.app, date("2026-03-02")).await.unwrap();
        let (from, to) = (date("2026-03-02"), date("2026-03-03"));
        let sums = books(&hall.app, from, to).await.unwrap().sums();
        let of = |person: PersonId| sums.people[&person].tallies[Measure::Lasting as usize];
        assert_eq!(of(worker(GRID).person.unwrap()), Tally { n: 1, good: 0 }, "the checker's");
        assert_eq!(
            sums.units[&ROADS_EAST][Measure::Lasting as usize],
            Tally { n: 1, good: 0 },
            "and the unit's"
        );
    })
    .await;
}

/// A month of work in two grids of one township and one of another county.
async fn a_month(hall: &Hall) -> Vec<CaseId> {
    let mut refused = Vec::new();
    for n in 0..30 {
        let grid = if n % 3 == 0 { NEXT } else { GRID };
        let id = hall.reported_in(grid).await;
        hall.does(&worker(grid), id, verify()).await;
        if n % 10 == 9 {
            hall.does(&desk(BRIDGE), id, refuse(RefuseReason::NotFound)).await;
            refused.push(id);
        } else {
            at_work(hall, id).await;
            hall.does(&handler(ROADS_EAST), id, handle()).await;
            hall.does(&worker(grid), id, check(true)).await;
        }
        let far = hall.reported_in(AreaId(14)).await;
        hall.filed(&desk(HARBOUR), far).await;
        hall.hours_pass(20);
        hall.sweep().await;
        made(hall).await;
    }
    while hall.app.clock.now() < "2026-04-01T04:00:00Z".parse::<Timestamp>().unwrap() {
        hall.hours_pass(24);
        made(hall).await;
    }
    refused
}

fn march() -> domain::month::Month {
    "2026-03".parse().unwrap()
}

#[tokio::test]
async fn lines_sum_exactly_for_every_worker_and_a_month_made_again_is_the_same() {
    on_both(async |store| {
        let hall = with_workers(store).await;
        a_month(&hall).await;
        let all = workers::month(&hall.app, march()).await.unwrap();
        assert!(all.workers.iter().filter(|it| it.score.is_some()).count() >= 2);
        for worker in &all.workers {
            let Some(score) = &worker.score else { continue };
            let lines: i64 = score.lines.iter().flatten().map(|line| line.printed).sum();
            assert_eq!(lines + score.printed.1 + score.printed.2, score.printed.0);
        }
        assert_eq!(workers::month(&hall.app, march()).await.unwrap().workers, all.workers);
        let own =
            workers::own(&hall.app, &worker(GRID), worker(GRID).person.unwrap(), march()).await.unwrap();
        assert_eq!(tally(&own, Measure::Valid), Tally { n: 20, good: 18 });
        let other = workers::own(&hall.app, &worker(GRID), worker(NEXT).person.unwrap(), march()).await;
        assert!(matches!(other, Err(AppError::NotFound { .. })), "nobody sees another's score");
        let idle = worker(AreaId(15));
        let few = workers::own(&hall.app, &idle, idle.person.unwrap(), march()).await.unwrap();
        assert!(few.worker.is_none(), "who did nothing is not assessed");
    })
    .await;
}

#[tokio::test]
async fn an_upheld_appeal_moves_the_worker_and_the_areas_above_and_nobody_else() {
    on_both(async |store| {
        let hall = with_workers(store).await;
        let refused = a_month(&hall).await;
        let app = &hall.app;
        let own = worker(GRID);
        let ask = |source| Contest {
            month: march(),
            measure: Measure::Valid,
            source,
            words: "井盖当天被换过，照片在案".to_owned(),
        };
        let id = AppealId(hall.fresh());
        let in_grid =
            workers::outcomes(app, &own, own.person.unwrap(), (march(), Measure::Valid)).await.unwrap();
        let bad = in_grid.iter().find(|it| !it.good).unwrap().source;
        assert!(refused.iter().any(|it| it.0 == bad));
        let good = in_grid.iter().find(|it| it.good).unwrap().source;
        let no = appeals::ask(app, &own, AppealId(hall.fresh()), &ask(Some(good))).await.unwrap_err();
        assert!(no.to_string().contains("good already"), "{no}");
        let unknown =
            appeals::ask(app, &own, AppealId(hall.fresh()), &ask(Some(hall.fresh()))).await.unwrap_err();
        assert!(unknown.to_string().contains("no such case"), "{unknown}");
        let (asked, is_new) = appeals::ask(app, &own, id, &ask(Some(bad))).await.unwrap();
        assert!(is_new && asked.state == AppealState::Asked);
        assert!(!appeals::ask(app, &own, id, &ask(Some(bad))).await.unwrap().1, "the same twice is one");
        assert!(matches!(appeals::ask(app, &own, id, &ask(None)).await, Err(AppError::KeyReused)));

        let decided = Decided { remedy: Some(Remedy::LeaveOut), words: "属实".to_owned() };
        let key = ActId(hall.fresh());
        // The desk of the township refused the report itself; the worker is the worker; the harbour is elsewhere.
        let acted = appeals::decide(app, &desk(BRIDGE), id, ActId(hall.fresh()), &decided).await.unwrap_err();
        assert!(matches!(acted, AppError::NotTheirs { .. }), "{acted}");
        for other in [own.clone(), desk(HARBOUR), leader(HARBOUR)] {
            let no = appeals::decide(app, &other, id, ActId(hall.fresh()), &decided).await.unwrap_err();
            assert!(matches!(no, AppError::NotFound { .. }), "{no}");
        }
        let before = workers::month(app, march()).await.unwrap();
        let upheld = appeals::decide(app, &leader(BRIDGE), id, key, &decided).await.unwrap();
        let after = workers::month(app, march()).await.unwrap();
        assert_eq!(upheld.state, AppealState::Upheld);
        assert_eq!(appeals::decide(app, &leader(BRIDGE), id, key, &decided).await.unwrap(), upheld);
        let over = appeals::decide(app, &leader(EAST), id, ActId(hall.fresh()), &decided).await.unwrap_err();
        assert!(over.to_string().contains("upheld"), "{over}");

        for (was, is) in before.workers.iter().zip(&after.workers) {
            assert_eq!(was == is, was.person != own.person.unwrap(), "{:?}", was.grid);
        }
        let moved: Value = serde_json::from_str(upheld.moved.as_deref().unwrap()).unwrap();
        assert_eq!(moved["others"], 0);
        let total = |side: &str| moved["worker"][side]["total"].as_f64().unwrap();
        assert!(total("after") > total("before"), "{moved}");
        let told = after.of(own.person.unwrap()).unwrap();
        assert_eq!(told.tallies[Measure::Valid as usize], Tally { n: 19, good: 18 });
        assert_eq!((total("after") * 10.0).round() as i64, told.score.as_ref().unwrap().printed.0);
        let areas: Vec<&str> =
            moved["areas"].as_array().unwrap().iter().map(|it| it["area"].as_str().unwrap()).collect();
        let city = app.city();
        let above = city.ancestors(GRID);
        for id in above.upwards().filter(|id| *id != GRID && *id != CITY) {
            assert!(areas.contains(&city.area(id).unwrap().code.as_str()), "{areas:?}");
        }
        assert!(areas.len() == 3, "and no area that it does not lie in: {areas:?}");
        for text in ["2026-03-02", "2026-03-10", "2026-03-31"] {
            let again = day::verify(app, &leader(CITY), date(text)).await.unwrap();
            assert_eq!(again.difference, None, "sealed days stay as they are");
        }
        hall.holds().await;
    })
    .await;
}

#[tokio::test]
async fn an_appeal_is_withdrawn_rejected_or_too_late() {
    on_both(async |store| {
        let hall = with_workers(store).await;
        a_month(&hall).await;
        let (app, own) = (&hall.app, worker(GRID));
        let ask =
            Contest {
                month: march(), measure: Measure::Valid, source: None, words: "整行都不对".to_owned()
            };
        let (one, two) = (AppealId(hall.fresh()), AppealId(hall.fresh()));
        appeals::ask(app, &own, one, &ask).await.unwrap();
        let back = appeals::withdraw(app, &own, one, ActId(hall.fresh())).await.unwrap();
        assert_eq!(back.state, AppealState::Withdrawn);
        appeals::ask(app, &own, two, &ask).await.unwrap();
        let decided = Decided { remedy: None, words: "照片里没有井盖".to_owned() };
        let rejected = appeals::decide(app, &leader(EAST), two, ActId(hall.fresh()), &decided).await.unwrap();
        assert_eq!((rejected.state, rejected.moved), (AppealState::Rejected, None));
        assert_eq!(appeals::list(app, &own, None, None).await.unwrap().len(), 2);
        assert_eq!(
            appeals::list(app, &leader(EAST), None, Some(AppealState::Rejected)).await.unwrap().len(),
            1
        );
        assert_eq!(appeals::list(app, &leader(HARBOUR), None, None).await.unwrap().len(), 0);
        let strange = appeals::list(app, &leader(HARBOUR), Some(BRIDGE), None).await.unwrap_err();
        assert!(matches!(strange, AppError::NotFound { .. }));
        hall.app.clock.pass(SignedDuration::from_hours(24 * 31));
        let late = appeals::ask(app, &own, AppealId(hall.fresh()), &ask).await.unwrap_err();
        assert!(late.to_string().contains("until 2026-04-30"), "{late}");
        hall.holds().await;
    })
    .await;
}

#[tokio::test]
async fn areas_rank_with_those_they_cannot_be_told_apart_from_and_go_down_to_communities() {
    on_both(async |store| {
        let hall = with_workers(store).await;
        a_month(&hall).await;
        let (from, to) = days_of(march());
        let days = Some((from.until(to).unwrap().get_days() + 1) as u16);
        let ask = |level, below| Asked { level, below, to, days };
        let found = areas::ranking(&hall.app, &worker(GRID), ask(Level::County, None)).await.unwrap();
        assert_eq!(found.areas.len(), 2);
        assert_eq!(found.areas[0].area, EAST);
        assert_eq!((found.areas[0].rank, found.areas[1].rank), (Some(1), None), "one has too few due");
        assert!(found.missing.len() < 3, "{:?}", found.missing);
        let sum: u32 = found.areas.iter().map(|it| it.tallies[Measure::Filed as usize].n).sum();
        assert_eq!(sum, found.whole.1[Measure::Filed as usize].n, "the whole is the sum of its parts");
        let down =
            areas::ranking(&hall.app, &leader(EAST), ask(Level::Community, Some(BRIDGE))).await.unwrap();
        assert!(down.areas.iter().all(|it| hall.app.city().ancestors(it.area).township == Some(BRIDGE)));
        assert_eq!(rates(&down.areas[0].tallies)[0].0, Rate::Filed);
        let up =
            areas::ranking(&hall.app, &leader(EAST), ask(Level::County, Some(BRIDGE))).await.unwrap_err();
        assert!(up.to_string().contains("below it"), "{up}");
        let units = areas::units(&hall.app, &leader(CITY), to, 31).await.unwrap();
        assert!(units.iter().any(|it| it.tallies[Measure::Handled as usize].n > 20), "{units:?}");
    })
    .await;
}

#[tokio::test]
async fn a_recipe_is_tried_before_it_is_saved_and_days_keep_the_one_they_had() {
    on_both(async |store| {
        let hall = with_workers(store).await;
        a_month(&hall).await;
        let admin = Actor { role: Role::Admin, ..leader(CITY) };
        let mut doc = RecipeDoc::plain();
        doc.worker.lines.retain(|line| line.measure == "valid" || line.measure == "steps");
        (doc.worker.lines[0].weight, doc.worker.lines[1].weight) = (90.0, 10.0);
        let tried = trial::trial(&hall.app, &admin, &doc, march()).await.unwrap();
        assert!(tried.n >= 2 && tried.up + tried.down >= 1, "{tried:?}");
        let plain = trial::trial(&hall.app, &admin, &RecipeDoc::plain(), march()).await.unwrap();
        assert_eq!((plain.up, plain.down), (0, 0), "the same recipe moves nobody");
        let mut bad = doc.clone();
        bad.worker.lines[0].measure = "login_days".to_owned();
        let no = recipe::save(&hall.app, &admin, None, &bad).await.unwrap_err();
        assert!(no.to_string().contains("log-ins"), "{no}");
        let other = recipe::save(&hall.app, &leader(CITY), None, &doc).await.unwrap_err();
        assert!(matches!(other, AppError::NotFound { .. }));
        assert_eq!(recipe::save(&hall.app, &admin, Some(0), &doc).await.unwrap(), 1);
        assert!(matches!(
            recipe::save(&hall.app, &admin, Some(0), &RecipeDoc::plain()).await,
            Err(AppError::Stale { now: 1 })
        ));
        hall.hours_pass(24);
        made(&hall).await;
        let (held, _) = recipe::followed(&hall.app).await.unwrap();
        assert_eq!(held, 1);
        let march = workers::month(&hall.app, march()).await.unwrap();
        assert_eq!(march.version, 0, "a month keeps the recipe that held at its end");
        hall.holds().await;
    })
    .await;
}

#[tokio::test]
async fn alarms_point_at_samples_by_grid_and_name_nobody_to_strangers() {
    on_both(async |store| {
        let hall = with_workers(store).await;
        let fix = Command::FixOnSpot {
            class: ClassCode("01001".to_owned()),
            note: "填了".to_owned(),
            evidence: vec![super::hall::picture()],
        };
        for _ in 0..6 {
            let id = hall.reported_in(GRID).await;
            hall.does(&worker(GRID), id, fix.clone()).await;
        }
        hall.hours_pass(16);
        made(&hall).await;
        let found = alarms::alarms(&hall.app, &leader(BRIDGE), BRIDGE, march()).await.unwrap();
        let kinds: Vec<AlarmKind> = found.iter().map(|it| it.alarm.kind).collect();
        assert_eq!(kinds, [AlarmKind::QuickOwn], "short equal texts are no copies");
        assert_eq!((found[0].alarm.n, found[0].alarm.of, found[0].alarm.sample.len()), (6, 6, 6));
        assert!(found[0].named && found[0].area == GRID);
        let city = alarms::alarms(&hall.app, &leader(CITY), CITY, march()).await.unwrap();
        assert!(!city[0].named, "the city's own leader looks at grids, not at names");
        let no = alarms::alarms(&hall.app, &leader(HARBOUR), BRIDGE, march()).await.unwrap_err();
        assert!(matches!(no, AppError::NotFound { .. }));
    })
    .await;
}

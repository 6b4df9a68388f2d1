//! Around duties: leave with what it would leave open, chains of substitutes, notes of hand-over, grids that have nobody,
//! duties that pass to another, and the day of a worker.

use app::duty::{DutyKind, Leave, NewDuty, Pass, pass};
use app::leave::{self, Ask, Decision};
use app::people::{NewPerson, system};
use app::{AppError, hand_over, today, vacancy, work};
use domain::area::Level;
use domain::duty::{LeaveAct, VacancyAct};
use domain::id::{ActId, AreaId, DeedId, HandOverId, LeaveId, PersonId};
use domain::policy::{Actor, Role};
use domain::stream::{Stream, StreamId};
use domain::today::Kind;
use jiff::civil::{Date, date};
use store::leave::State;
use store::testing::on_both;

use super::city::{BRIDGE, CITY, EAST, HARBOUR};
use super::hall::{Hall, check, desk, hall, handler, leader, worker};

const GRID: AreaId = AreaId(10);
const NEXT: AreaId = AreaId(11);
const MONDAY: Date = date(2026, 3, 2);

/// A hall whose workers have accounts, and each a grid of their own.
pub async fn staffed(hall: &Hall) {
    let grids = (10..=15).map(AreaId);
    for grid in grids {
        let own = worker(grid);
        opens(hall, &own, &format!("w{grid}")).await;
        let (from, to) = (date(2026, 1, 1), None);
        let duty = NewDuty { grid, person: own.person.unwrap(), kind: DutyKind::Main, from, to };
        hall.app.people.give_duty(&system(CITY), duty).await.unwrap();
    }
    opens(hall, &desk(BRIDGE), "bridge").await;
    opens(hall, &desk(EAST), "east").await;
}

async fn opens(hall: &Hall, who: &Actor, account: &str) {
    let (role, area, unit) = (who.role, who.area, who.unit);
    let area = who.grids.first().copied().unwrap_or(area);
    let new = NewPerson { account: account.into(), name: account.into(), role, area, unit };
    hall.app.people.open_account_as(&system(CITY), who.person.unwrap(), new).await.unwrap();
}

fn person(grid: AreaId) -> PersonId {
    worker(grid).person.unwrap()
}

fn away(grid: AreaId, from: i8, to: i8, by: Option<AreaId>) -> Ask {
    let substitute = by.map(person);
    Ask { person: person(grid), from: date(2026, 3, from), to: date(2026, 3, to), substitute }
}

async fn asks(hall: &Hall, ask: &Ask) -> Result<LeaveId, AppError> {
    let id = LeaveId(hall.fresh());
    let grid = AreaId((10..=15).find(|grid| person(AreaId(*grid)) == ask.person).unwrap());
    leave::ask(&hall.app, &worker(grid), id, ask).await.map(|_| id)
}

async fn decides(hall: &Hall, who: &Actor, id: LeaveId, decision: Decision) -> Result<State, AppError> {
    let decided = leave::decide(&hall.app, who, id, ActId(hall.fresh()), &decision).await?;
    Ok(decided.now.state)
}

fn yes() -> Decision {
    Decision::Grant { substitute: None, knowingly: false }
}

fn detail(error: AppError) -> (String, String) {
    let AppError::Invalid(fields) = error else { panic!("{error:?}") };
    (fields[0].path.clone(), fields[0].detail.clone())
}

#[tokio::test]
async fn a_preview_of_leave_says_which_days_have_nobody_what_falls_due_and_who_could_stand_in() {
    on_both(async |store| {
        let hall = hall(store).await;
        staffed(&hall).await;
        hall.reported_in(GRID).await;
        let ask = away(GRID, 2, 5, None);
        let seen = leave::preview(&hall.app, &worker(GRID), &ask).await.unwrap();
        assert_eq!(seen.grids, [GRID]);
        assert_eq!(seen.nobody.len(), 1);
        assert_eq!(seen.nobody[0].days, [MONDAY, date(2026, 3, 3), date(2026, 3, 4)]);
        assert_eq!((seen.n_items, seen.items[0].kind), (1, Kind::Case));
        assert_eq!(seen.candidates.len(), 1, "of the same township, not on leave: {:?}", seen.candidates);
        assert_eq!((seen.candidates[0].person, seen.candidates[0].is_near), (person(NEXT), true));
        let covered = leave::preview(&hall.app, &desk(BRIDGE), &away(GRID, 2, 5, Some(NEXT))).await.unwrap();
        assert_eq!((covered.nobody, covered.against), (Vec::new(), None));
        let foreign = leave::preview(&hall.app, &desk(HARBOUR), &ask).await;
        assert!(matches!(foreign, Err(AppError::NotFound { what: "person" })));
    })
    .await;
}

#[tokio::test]
async fn leave_is_asked_for_by_the_worker_and_decided_by_the_desk() {
    on_both(async |store| {
        let hall = hall(store).await;
        staffed(&hall).await;
        let id = LeaveId(hall.fresh());
        let ask = away(GRID, 3, 6, Some(NEXT));
        assert!(!leave::ask(&hall.app, &worker(GRID), id, &ask).await.unwrap().replayed);
        assert!(leave::ask(&hall.app, &worker(GRID), id, &ask).await.unwrap().replayed);
        let other = away(GRID, 4, 6, Some(NEXT));
        assert!(matches!(leave::ask(&hall.app, &worker(GRID), id, &other).await, Err(AppError::KeyReused)));
        assert_eq!(
            detail(asks(&hall, &other).await.unwrap_err()).0,
            "/from",
            "one request for the same days"
        );
        for stranger in [worker(GRID), worker(NEXT), leader(EAST), desk(HARBOUR), handler(super::city::ROADS)]
        {
            let no = decides(&hall, &stranger, id, yes()).await;
            assert!(matches!(no, Err(AppError::NotFound { what: "leave" })), "{:?}", stranger.role);
        }
        let key = ActId(hall.fresh());
        let decided = leave::decide(&hall.app, &desk(BRIDGE), id, key, &yes()).await.unwrap();
        assert_eq!((decided.now.state, decided.replayed), (State::Granted, false));
        let again = leave::decide(&hall.app, &desk(BRIDGE), id, key, &yes()).await.unwrap();
        assert_eq!((again.now.version, again.replayed), (2, true));
        let no = decides(&hall, &desk(BRIDGE), id, Decision::Refuse { why: "晚了".into() }).await;
        assert!(matches!(no, Err(AppError::Blocked { .. })));
        let on = hall.app.people.on_duty(GRID, date(2026, 3, 3)).await.unwrap();
        assert_eq!(
            on.iter().map(|it| (it.person, it.kind)).collect::<Vec<_>>(),
            [(person(NEXT), DutyKind::Substitute)]
        );
        let stream = StreamId::new(Stream::Leave, id.0);
        let acts: Vec<LeaveAct> =
            app::stream::acts(&hall.app, stream).await.unwrap().into_iter().map(|it| it.act).collect();
        assert!(matches!(acts[..], [LeaveAct::Ask { .. }, LeaveAct::Grant { .. }]));
        hall.holds().await;
    })
    .await;
}

#[tokio::test]
async fn a_grid_is_left_empty_only_knowingly() {
    on_both(async |store| {
        let hall = hall(store).await;
        staffed(&hall).await;
        let id = asks(&hall, &away(GRID, 3, 6, None)).await.unwrap();
        let no = decides(&hall, &desk(BRIDGE), id, yes()).await.unwrap_err();
        assert!(no.to_string().contains("nobody would be there"), "{no}");
        assert_eq!(
            decides(&hall, &desk(BRIDGE), id, Decision::Refuse { why: "  ".into() })
                .await
                .unwrap_err()
                .to_string(),
            "say it in words"
        );
        let meant = Decision::Grant { substitute: None, knowingly: true };
        assert_eq!(decides(&hall, &desk(BRIDGE), id, meant).await.unwrap(), State::Granted);
        let other = asks(&hall, &away(NEXT, 3, 6, None)).await.unwrap();
        let taken = leave::withdraw(&hall.app, &worker(NEXT), other, ActId(hall.fresh())).await.unwrap();
        assert_eq!(taken.now.state, State::Withdrawn);
        asks(&hall, &away(NEXT, 3, 6, None)).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn substitutes_in_a_circle_are_refused_with_the_chain_named() {
    on_both(async |store| {
        let hall = hall(store).await;
        staffed(&hall).await;
        let id = asks(&hall, &away(GRID, 3, 9, Some(NEXT))).await.unwrap();
        decides(&hall, &desk(BRIDGE), id, yes()).await.unwrap();
        let (path, why) = detail(asks(&hall, &away(NEXT, 5, 12, Some(GRID))).await.unwrap_err());
        assert_eq!(path, "/substitute");
        for part in
            ["w10 is away from 2026-03-05 until 2026-03-09 and w11 stands in", "w11 is away", "w10 stands in"]
        {
            assert!(why.contains(part), "{why}");
        }
        let third = detail(asks(&hall, &away(AreaId(12), 5, 7, Some(GRID))).await.unwrap_err());
        assert!(third.1.contains("w10 is away"), "a substitute who is away: {}", third.1);
        asks(&hall, &away(NEXT, 9, 12, Some(GRID))).await.unwrap();
        let direct = Leave {
            person: person(AreaId(13)),
            from: date(2026, 3, 4),
            to: date(2026, 3, 6),
            substitute: Some(person(GRID)),
        };
        assert_eq!(
            detail(hall.app.people.enter_leave(&desk(EAST), direct).await.unwrap_err()).0,
            "/substitute"
        );
        let duty = NewDuty {
            grid: GRID,
            person: person(AreaId(12)),
            kind: DutyKind::Substitute,
            from: date(2026, 3, 3),
            to: Some(date(2026, 3, 9)),
        };
        hall.app.people.give_duty(&system(CITY), duty).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn days_and_substitutes_that_make_no_sense_are_named() {
    on_both(async |store| {
        let hall = hall(store).await;
        staffed(&hall).await;
        let year = Ask { to: date(2028, 3, 4), ..away(GRID, 3, 4, None) };
        let boss = Ask { substitute: desk(BRIDGE).person, ..away(GRID, 3, 4, None) };
        let nobody = Ask { substitute: Some(PersonId(hall.fresh())), ..away(GRID, 3, 4, None) };
        for (ask, at) in [
            (away(GRID, 4, 4, None), "/to"),
            (away(GRID, 1, 4, None), "/from"),
            (year, "/to"),
            (away(GRID, 3, 4, Some(GRID)), "/substitute"),
            (boss, "/substitute"),
            (nobody, "/substitute"),
        ] {
            assert_eq!(detail(asks(&hall, &ask).await.unwrap_err()).0, at, "{ask:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_note_of_hand_over_is_sealed_read_by_who_comes_and_acknowledged() {
    on_both(async |store| {
        let hall = hall(store.clone()).await;
        staffed(&hall).await;
        let id = HandOverId(hall.fresh());
        let text = "三号楼郑大娘周四要去医院";
        let written = hand_over::write(&hall.app, &worker(GRID), id, GRID, text).await.unwrap();
        assert_eq!(written.now.text.as_deref(), Some(text));
        assert!(hand_over::write(&hall.app, &worker(GRID), id, GRID, text).await.unwrap().replayed);
        let other = hand_over::write(&hall.app, &worker(GRID), id, GRID, "别的").await;
        assert!(matches!(other, Err(AppError::KeyReused)));
        let log = store::log::of(&store, StreamId::new(Stream::HandOver, id.0)).await.unwrap();
        assert!(!log[0].act.contains("郑大娘"), "what names people is sealed");
        let stranger = hand_over::write(&hall.app, &worker(NEXT), HandOverId(hall.fresh()), GRID, text).await;
        assert!(matches!(stranger, Err(AppError::NotFound { what: "grid" })));
        assert!(hand_over::list(&hall.app, &worker(NEXT), GRID).await.is_err());
        let leave = asks(&hall, &away(GRID, 2, 6, Some(NEXT))).await.unwrap();
        decides(&hall, &desk(BRIDGE), leave, yes()).await.unwrap();
        let next = Actor { grids: [GRID, NEXT].into(), ..worker(NEXT) };
        let day = today::of(&hall.app, &next).await.unwrap();
        assert_eq!(day.notes.len(), 1);
        assert_eq!(day.grids[0].others, [person(GRID)], "they stand in for whoever is away");
        let read = hand_over::acknowledge(&hall.app, &next, id, ActId(hall.fresh())).await.unwrap();
        assert_eq!(read.now.readers.len(), 1);
        assert_eq!(today::of(&hall.app, &next).await.unwrap().notes, []);
        let gone = today::of(&hall.app, &worker(GRID)).await.unwrap();
        assert_eq!((gone.grids.len(), gone.away[0].others.clone()), (0, vec![person(NEXT)]));
        hall.hours_pass(181 * 24);
        work::sweep(&hall.app, "here").await.unwrap();
        assert_eq!(hand_over::list(&hall.app, &desk(BRIDGE), GRID).await.unwrap(), []);
        let seen = hand_over::acknowledge(&hall.app, &desk(BRIDGE), id, ActId(hall.fresh())).await.unwrap();
        assert_eq!(seen.now.text, None, "its key is destroyed");
        hall.holds().await;
    })
    .await;
}

#[tokio::test]
async fn a_grid_without_anybody_is_found_told_upwards_and_closed_when_someone_has_it() {
    on_both(async |store| {
        let hall = hall(store).await;
        staffed(&hall).await;
        let leave =
            Leave { person: person(GRID), from: date(2026, 3, 4), to: date(2026, 3, 6), substitute: None };
        hall.app.people.enter_leave(&desk(EAST), leave).await.unwrap();
        assert_eq!(work::sweep(&hall.app, "here").await.unwrap(), 1);
        assert_eq!(work::sweep(&hall.app, "there").await.unwrap(), 0, "once in ten minutes");
        let found = vacancy::list(&hall.app, &desk(BRIDGE), None).await.unwrap();
        assert_eq!(
            (found.len(), found[0].grid, found[0].from, found[0].n_days),
            (1, GRID, date(2026, 3, 4), 2)
        );
        assert_eq!(found[0].told, Level::Township);
        assert_eq!(vacancy::list(&hall.app, &desk(HARBOUR), None).await.unwrap(), []);
        assert!(vacancy::list(&hall.app, &worker(GRID), None).await.is_err());
        hall.hours_pass(25);
        assert_eq!(work::sweep(&hall.app, "here").await.unwrap(), 1);
        let view = vacancy::one(&hall.app, &desk(EAST), found[0].id).await.unwrap();
        assert_eq!(view.vacancy.told, Level::County);
        assert_eq!(view.candidates[0].person, person(NEXT));
        let stands_in = NewDuty {
            grid: GRID,
            person: person(NEXT),
            kind: DutyKind::Substitute,
            from: date(2026, 3, 4),
            to: Some(date(2026, 3, 6)),
        };
        hall.app.people.give_duty(&desk(BRIDGE), stands_in).await.unwrap();
        hall.hours_pass(1);
        assert_eq!(work::sweep(&hall.app, "here").await.unwrap(), 1);
        let over = vacancy::one(&hall.app, &desk(EAST), found[0].id).await.unwrap();
        let acts: Vec<VacancyAct> = over.acts.into_iter().map(|it| it.act).collect();
        assert_eq!(acts[1..], [VacancyAct::Climb { to: Level::County }, VacancyAct::Fill]);
        assert_eq!(vacancy::list(&hall.app, &desk(BRIDGE), None).await.unwrap(), []);
        hall.holds().await;
    })
    .await;
}

#[tokio::test]
async fn a_duty_passes_to_another_with_what_is_open_and_the_record_says_how_much() {
    on_both(async |store| {
        let hall = hall(store.clone()).await;
        staffed(&hall).await;
        hall.reported_in(GRID).await;
        let duty = hall.app.people.duties(&desk(BRIDGE), GRID).await.unwrap().remove(0);
        let to = person(AreaId(12));
        let wanted = Pass { duty: duty.id, to, on: date(2026, 3, 4) };
        let key = DeedId(hall.fresh());
        let passed = pass(&hall.app, &desk(BRIDGE), Some(key), None, &wanted).await.unwrap();
        assert_eq!((passed.items.len(), passed.begun.from, passed.begun.person), (1, wanted.on, to));
        assert_eq!(passed.ended.unwrap().to, Some(wanted.on));
        let again = pass(&hall.app, &desk(BRIDGE), Some(key), None, &wanted).await.unwrap();
        assert_eq!(again.begun.id, passed.begun.id);
        let on = |day| hall.app.people.on_duty(GRID, day);
        assert_eq!(on(MONDAY).await.unwrap()[0].person, person(GRID));
        assert_eq!(on(wanted.on).await.unwrap().iter().map(|it| it.person).collect::<Vec<_>>(), [to]);
        let told = store::deed::by_key(&store, key).await.unwrap().unwrap();
        assert!(told.deed.contains("\"pass_duty\"") && told.deed.contains("\"n_cases\":1"), "{}", told.deed);
        for (to, on, at) in [
            (to, wanted.on, "/to"),
            (person(NEXT), date(2026, 3, 1), "/on"),
            (PersonId(hall.fresh()), wanted.on, "/to"),
        ] {
            let wrong = Pass { duty: passed.begun.id, to, on };
            let no = pass(&hall.app, &desk(BRIDGE), None, None, &wrong).await.unwrap_err();
            assert_eq!(detail(no).0, at);
        }
        let foreign = pass(&hall.app, &desk(HARBOUR), None, None, &wanted).await;
        assert!(matches!(foreign, Err(AppError::NotFound { what: "duty" })));
        hall.holds().await;
    })
    .await;
}

#[tokio::test]
async fn a_day_has_what_is_due_in_ones_own_grids_late_first_and_says_what_was_done() {
    on_both(async |store| {
        let hall = hall(store).await;
        staffed(&hall).await;
        assert!(matches!(today::of(&hall.app, &desk(BRIDGE)).await, Err(AppError::NotFound { .. })));
        let empty = today::of(&hall.app, &worker(GRID)).await.unwrap();
        assert_eq!((empty.items.len(), empty.next.is_none(), empty.grids.len()), (0, true, 1));
        let first = hall.reported_in(GRID).await;
        hall.hours_pass(1);
        let second = hall.reported_in(GRID).await;
        hall.reported_in(NEXT).await;
        let day = today::of(&hall.app, &worker(GRID)).await.unwrap();
        let ids: Vec<_> = day.items.iter().map(|it| it.id).collect();
        assert_eq!(ids, [first.0, second.0], "half an hour to verify: the first is late");
        assert_eq!((day.n_late, day.n_soon, day.counts.clone()), (1, 1, vec![(Kind::Case, 2)]));
        assert_eq!(day.items[0].title.zh, "路面破损");
        assert_eq!(day.done.get("report"), Some(&2));
        let seen = app::case::Command::Verify { note: "属实".into(), evidence: Vec::new() };
        hall.does(&worker(GRID), first, seen).await;
        let day = today::of(&hall.app, &worker(GRID)).await.unwrap();
        assert_eq!((day.items.len(), day.done.get("verify")), (1, Some(&1)));
        hall.at_work(&desk(BRIDGE), first, super::city::ROADS_EAST).await;
        hall.does(&handler(super::city::ROADS_EAST), first, super::hall::handle()).await;
        let day = today::of(&hall.app, &worker(GRID)).await.unwrap();
        let item = day.items.iter().find(|it| it.id == first.0).unwrap();
        assert_eq!(item.reason.en, "done, to be checked");
        hall.does(&worker(GRID), first, check(true)).await;
        assert_eq!(today::of(&hall.app, &worker(GRID)).await.unwrap().items.len(), 1);
        assert_eq!(worker(GRID).role, Role::Worker);
    })
    .await;
}

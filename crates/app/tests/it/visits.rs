//! Visits and what comes of them: the remark that becomes an appointment, the ladder, a worker's days, weather, timers.

use std::collections::BTreeMap;

use app::AppError;
use app::care::{self, Enrolled, Keeping};
use app::referral::{self, Command as ReferralCommand};
use app::safety::{self, Command as TimerCommand, Start};
use app::visit::{self, Command, Done, NewReferral, RoundAsked, weather};
use domain::care::{Ended, ReadReason};
use domain::id::{AreaId, ReferralId, TimerId, VisitId, WarningId};
use domain::policy::Actor;
use domain::referral::{Result as Outcome, Service, State as Referred};
use domain::safety::{Cause, State as Timed};
use domain::today::Kind;
use domain::visit::{
    Found, Grade, Observations, Peril, PlanReason, Pressure, Rung, Sign, State, Warning, WarningLevel,
};
use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use store::testing::on_both;

use super::care::{GRID, PLANTED, account, an_entry};
use super::city::{BRIDGE, CITY, EAST, WATER_EAST, middle_of};
use super::hall::{Hall, desk, hall, handler, leader, worker};

fn saw(sign: Sign, grade: Grade) -> Observations {
    Observations { signs: BTreeMap::from([(sign, grade)]), pressure: None }
}

fn made(observations: Observations, words: &str, referrals: Vec<NewReferral>) -> Command {
    Command::Done { observations, words: words.into(), minutes: 25, referrals }
}

impl Hall {
    async fn visits(&self, who: &Actor, id: VisitId, command: &Command) -> Result<Done, AppError> {
        visit::act(&self.app, who, id, self.key(), None, command).await
    }

    fn need(&self, service: Service) -> NewReferral {
        NewReferral {
            id: ReferralId(self.fresh()),
            service,
            unit: Some(WATER_EAST),
            words: "一站起来就头晕，得扶着墙".into(),
            agreed: true,
            at: None,
        }
    }

    async fn visit(&self, id: VisitId) -> store::visit::VisitRow {
        store::visit::one(&self.app.store, id).await.unwrap().unwrap()
    }

    /// Someone who was not reached; the visit.
    async fn lost(&self) -> (Enrolled, VisitId) {
        let entry = self.enrolled().await;
        self.visits(&worker(GRID), entry.visit, &Command::NotReached).await.unwrap();
        (entry, entry.visit)
    }

    fn rung(row: &store::visit::VisitRow) -> Option<Rung> {
        match row.visit.state {
            State::Searching { rung, .. } => Some(rung),
            _ => None,
        }
    }
}

fn tomorrow_at_half_past_nine() -> Timestamp {
    "2026-03-03T01:30:00Z".parse().unwrap()
}

#[tokio::test]
async fn a_remark_becomes_an_appointment_the_next_day_and_the_pressure_moves_the_next_visit_closer() {
    on_both(|store| async move {
        let hall = hall(store).await;
        let entry = hall.enrolled().await;
        let doctor = handler(WATER_EAST);
        // 1: she is dizzy; the need is referred with the visit.
        let need = hall.need(Service::Doctor);
        let remark = made(saw(Sign::Spirits, Grade::Fair), PLANTED[0], vec![need.clone()]);
        let done = hall.visits(&worker(GRID), entry.visit, &remark).await.unwrap();
        let (next, due, because) = done.next.clone().unwrap();
        assert_eq!((due, because[0]), (date(2026, 3, 5), PlanReason::Worse), "half the interval");
        // 2: the doctor opens it, 3: and says when.
        let opened = referral::look(&hall.app, &doctor, need.id).await.unwrap();
        assert_eq!((opened.passed.name.as_str(), opened.thread.len()), (PLANTED[0], 1));
        let at = tomorrow_at_half_past_nine();
        let accept = ReferralCommand::Accept { at, person: None, words: "带上药盒".into() };
        let key = hall.key();
        let done = referral::act(&hall.app, &doctor, need.id, key, None, &accept).await.unwrap();
        assert_eq!(done.referral.referral.state, Referred::Accepted { at });
        assert_eq!(done.referral.referral.person, doctor.person);
        assert!(referral::act(&hall.app, &doctor, need.id, key, None, &accept).await.unwrap().replayed);

        // The next day: the pressure is measured, and it is one with which one does not wait.
        hall.hours_pass(25);
        let pressure = Some(Pressure { systolic: 184, diastolic: 96 });
        let words = "血压高，已调药".to_owned();
        let conclude =
            ReferralCommand::Conclude { result: Outcome::Helped, words, pressure, follow_up_days: None };
        referral::act(&hall.app, &doctor, need.id, hall.key(), None, &conclude).await.unwrap();
        let row = hall.visit(next).await;
        assert_eq!(
            (row.visit.due, row.because[0]),
            (date(2026, 3, 5), PlanReason::Worse),
            "within two days it was"
        );
        let view = visit::look(&hall.app, &worker(GRID), next).await.unwrap().entry;
        assert_eq!(view.held.seen.as_ref().unwrap().pressure, pressure);
        let thread: Vec<&str> = view.referrals[0].thread.iter().map(|it| it.act).collect();
        assert_eq!(thread, ["refer", "accept", "conclude"]);
        assert!(view.referrals[0].thread[2].words.contains("184/96"));
        assert_eq!(view.visits.iter().find(|it| it.id == entry.visit).unwrap().words, PLANTED[0]);
        let readers = care::readings(&hall.app, &worker(GRID), entry.id).await.unwrap();
        assert!(readers.iter().any(|it| it.reason == ReadReason::Referral));
        hall.holds().await;
    })
    .await;
}

#[tokio::test]
async fn a_result_brings_a_visit_forward_that_was_due_later() {
    on_both(|store| async move {
        let hall = hall(store).await;
        let entry = hall.enrolled().await;
        let need = hall.need(Service::SocialWorker);
        let good = made(saw(Sign::Meals, Grade::Good), "", vec![need.clone()]);
        let next = hall.visits(&worker(GRID), entry.visit, &good).await.unwrap().next.unwrap();
        assert_eq!(next.1, date(2026, 3, 9));
        let unit = handler(WATER_EAST);
        let accept =
            ReferralCommand::Accept { at: tomorrow_at_half_past_nine(), person: None, words: String::new() };
        referral::act(&hall.app, &unit, need.id, hall.key(), None, &accept).await.unwrap();
        let conclude = ReferralCommand::Conclude {
            result: Outcome::Continuing,
            words: String::new(),
            pressure: None,
            follow_up_days: Some(3),
        };
        referral::act(&hall.app, &unit, need.id, hall.key(), None, &conclude).await.unwrap();
        let row = hall.visit(next.0).await;
        assert_eq!((row.visit.due, row.because[0]), (date(2026, 3, 5), PlanReason::FollowUp));
        hall.holds().await;
    })
    .await;
}

#[tokio::test]
async fn a_visit_is_made_once_however_often_it_is_sent() {
    on_both(|store| async move {
        let hall = hall(store).await;
        let entry = hall.enrolled().await;
        let (key, command) =
            (hall.key(), made(saw(Sign::Home, Grade::Good), "", vec![hall.need(Service::Repair)]));
        let sends = (0..6).map(|_| {
            let (app, command) = (hall.app.clone(), command.clone());
            tokio::spawn(
                async move { visit::act(&app, &worker(GRID), entry.visit, key, None, &command).await },
            )
        });
        let mut answers = Vec::new();
        for send in sends.collect::<Vec<_>>() {
            answers.push(send.await.unwrap().unwrap());
        }
        assert_eq!(answers.iter().filter(|it| !it.replayed).count(), 1);
        assert!(
            answers
                .iter()
                .all(|it| it.next.as_ref().map(|it| it.0) == answers[0].next.as_ref().map(|it| it.0))
        );
        let other = made(saw(Sign::Home, Grade::Poor), "", Vec::new());
        let reused = visit::act(&hall.app, &worker(GRID), entry.visit, key, None, &other).await;
        assert!(matches!(reused, Err(AppError::KeyReused)));
        assert_eq!(store::referral::of_care(&hall.app.store, entry.id).await.unwrap().len(), 1);
        assert_eq!(store::visit::of_care(&hall.app.store, entry.id, 9).await.unwrap().len(), 2);
        hall.holds().await;
    })
    .await;
}

#[tokio::test]
async fn what_makes_no_sense_is_named_and_nothing_is_kept() {
    on_both(|store| async move {
        let hall = hall(store).await;
        let entry = hall.enrolled().await;
        let field = |answer: Result<Done, AppError>| match answer.unwrap_err() {
            AppError::Invalid(fields) => fields[0].path.clone(),
            other => other.to_string(),
        };
        let tries = async |command: Command| field(hall.visits(&worker(GRID), entry.visit, &command).await);
        assert_eq!(tries(made(Observations::default(), " ", vec![])).await, "/observations");
        let pressure = Observations {
            pressure: Some(Pressure { systolic: 10, diastolic: 90 }),
            ..Observations::default()
        };
        assert_eq!(tries(made(pressure, "", vec![])).await, "/observations/pressure");
        let good = saw(Sign::Meals, Grade::Good);
        let unasked = NewReferral { agreed: false, ..hall.need(Service::Relief) };
        assert!(tries(made(good.clone(), "", vec![unasked])).await.contains("agreed"));
        let nobody = NewReferral { unit: None, ..hall.need(Service::Relief) };
        assert_eq!(tries(made(good.clone(), "", vec![nobody])).await, "/unit");
        let past = NewReferral { at: Some(hall.app.clock.now()), ..hall.need(Service::Relief) };
        assert_eq!(tries(made(good.clone(), "", vec![past])).await, "/at");
        let twice = hall.need(Service::Relief);
        assert_eq!(tries(made(good.clone(), "", vec![twice.clone(), twice])).await, "/referrals");
        assert_eq!(tries(made(good, &"长".repeat(2_001), vec![])).await, "/words");
        assert_eq!(tries(Command::Replan { due: date(2027, 3, 1) }).await, "/due");
        assert!(
            tries(Command::Find { found: Found::Well, words: String::new() }).await.contains("not_reached")
        );
        assert_eq!(hall.visit(entry.visit).await.version, 1);
        hall.holds().await;
    })
    .await;
}

#[tokio::test]
async fn a_visit_to_an_entry_that_has_ended_or_expired_says_so() {
    on_both(|store| async move {
        let hall = hall(store).await;
        let command = made(saw(Sign::Meals, Grade::Good), PLANTED[0], vec![]);
        let expired = hall.enrolled().await;
        hall.hours_pass(24 * 184);
        let refused = hall.visits(&worker(GRID), expired.visit, &command).await;
        let Err(AppError::Blocked { why }) = refused else { panic!("{refused:?}") };
        assert!(
            why.contains("2026-09-01") && why.contains("enrol again") && !why.contains(PLANTED[0]),
            "{why}"
        );
        while hall.sweeps_care().await > 0 {}
        assert_eq!(hall.visit(expired.visit).await.visit.state, State::Dropped);
        let refused = hall.visits(&worker(GRID), expired.visit, &command).await;
        assert!(matches!(refused, Err(AppError::Blocked { .. })), "{refused:?}");
        for other in [worker(AreaId(11)), desk(EAST)] {
            let absent = hall.visits(&other, expired.visit, &command).await;
            assert!(matches!(absent, Err(AppError::NotFound { what: "visit" })));
        }
        hall.holds().await;
    })
    .await;
}

#[tokio::test]
async fn the_ladder_climbs_by_its_clocks_and_the_desk_knows_who_it_is_when_its_turn_comes() {
    on_both(|store| async move {
        let hall = hall(store).await;
        let bridge = desk(BRIDGE);
        account(&hall.app.store, &bridge).await;
        let (entry, id) = hall.lost().await;
        assert_eq!(Hall::rung(&hall.visit(id).await), Some(Rung::Again));
        assert!(matches!(visit::look(&hall.app, &bridge, id).await, Err(AppError::NotFound { .. })));
        let mut rungs = Vec::new();
        for hours in [5, 1, 3, 4] {
            hall.hours_pass(hours);
            hall.sweeps_care().await;
            rungs.extend(Hall::rung(&hall.visit(id).await));
        }
        assert_eq!(rungs, [Rung::Again, Rung::Neighbour, Rung::Kin, Rung::Desk]);
        let searches = visit::searches(&hall.app, &bridge).await.unwrap();
        assert_eq!((searches.len(), searches[0].visit, searches[0].rung), (1, id, Rung::Desk));
        assert!(visit::searches(&hall.app, &desk(super::city::HARBOUR)).await.unwrap().is_empty());
        let view = visit::look(&hall.app, &bridge, id).await.unwrap();
        assert_eq!(view.entry.held.person.kin[0].name, PLANTED[3]);
        assert!(matches!(visit::look(&hall.app, &leader(CITY), id).await, Err(AppError::NotFound { .. })));

        hall.visits(&bridge, id, &Command::Climb).await.unwrap();
        let last = hall.visits(&bridge, id, &Command::Climb).await;
        assert!(matches!(last, Err(AppError::Blocked { .. })), "there is no rung above a welfare check");
        hall.hours_pass(2);
        assert_eq!(hall.sweeps_care().await, 1, "and when that runs out, the desk above is told");
        let found = Command::Find { found: Found::InNeed, words: "在家摔倒，已送医".into() };
        let done = hall.visits(&bridge, id, &found).await.unwrap();
        assert_eq!(done.visit.visit.state, State::Found(Found::InNeed));
        assert_eq!(done.next.unwrap().1, hall.app.people.today());
        assert!(matches!(visit::look(&hall.app, &bridge, id).await, Err(AppError::NotFound { .. })));
        let notices =
            hall.app.store.rows("select kind, urgent from notice where kind = 'not_reached'", vec![]).await;
        assert!(notices.unwrap().len() >= 2);
        let _ = entry;
        hall.holds().await;
    })
    .await;
}

#[tokio::test]
async fn a_ladder_with_nobody_to_ask_goes_from_the_second_look_to_the_desk() {
    on_both(|store| async move {
        let hall = hall(store).await;
        let mut alone = an_entry();
        (alone.person.kin, alone.person.neighbour) = (Vec::new(), None);
        let entry = hall.enrols(&alone).await;
        hall.visits(&worker(GRID), entry.visit, &Command::NotReached).await.unwrap();
        let done = hall.visits(&worker(GRID), entry.visit, &Command::Climb).await.unwrap();
        assert_eq!(Hall::rung(&done.visit), Some(Rung::Desk));
        let twice = hall.visits(&worker(GRID), entry.visit, &Command::NotReached).await;
        assert!(matches!(twice, Err(AppError::Blocked { .. })));
        // Seen after all: the search is over.
        let good = made(saw(Sign::Meals, Grade::Good), "在女儿家", vec![]);
        let done = hall.visits(&worker(GRID), entry.visit, &good).await.unwrap();
        assert_eq!(done.visit.visit.state, State::Done);
    })
    .await;
}

#[tokio::test]
async fn whoever_refuses_is_left_in_peace_until_the_next_visit() {
    on_both(|store| async move {
        let hall = hall(store).await;
        let entry = hall.enrolled().await;
        let done = hall
            .visits(&worker(GRID), entry.visit, &Command::Refuse { words: "今天不用".into() })
            .await
            .unwrap();
        let (_, due, because) = done.next.unwrap();
        assert_eq!(
            (done.visit.visit.state, due, because[0]),
            (State::Refused, date(2026, 3, 9), PlanReason::Refused)
        );
    })
    .await;
}

#[tokio::test]
async fn an_overdue_visit_is_recalled_once() {
    on_both(|store| async move {
        let hall = hall(store).await;
        let entry = hall.enrolled().await;
        hall.hours_pass(24 * 7);
        assert_eq!(hall.sweeps_care().await, 0, "on its day it is not late");
        hall.hours_pass(24);
        assert_eq!(hall.sweeps_care().await, 1);
        assert_eq!(hall.sweeps_care().await, 0);
        assert!(hall.visit(entry.visit).await.visit.reminded);
    })
    .await;
}

#[tokio::test]
async fn today_shows_names_without_reasons_and_each_is_on_record() {
    on_both(|store| async move {
        let hall = hall(store).await;
        let entry = hall.enrolled().await;
        let due = async |who: Actor, day| visit::due_in(&hall.app, &who, &[GRID], day).await.unwrap();
        assert!(due(worker(GRID), date(2026, 3, 8)).await.is_empty());
        let items = due(worker(GRID), date(2026, 3, 9)).await;
        assert_eq!(items.len(), 1);
        assert_eq!(
            (items[0].kind, items[0].id, items[0].title.zh.as_str()),
            (Kind::Visit, entry.visit.0, PLANTED[0])
        );
        assert!(!items[0].reason.zh.contains("独居"));
        for stranger in [worker(AreaId(11)), desk(EAST), leader(CITY)] {
            assert!(due(stranger, date(2026, 3, 9)).await.is_empty());
        }
        assert_eq!(hall.care_acts(entry.id).await.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_round_fits_the_days_and_is_walked_in_order() {
    on_both(|store| async move {
        let hall = hall(store).await;
        for n in 0..9_u32 {
            let mut entry = an_entry();
            let middle = middle_of(GRID);
            entry.person.point =
                Some(domain::geo::LngLat { lng: middle.lng + f64::from(n * 7 % 9) * 4e-4, lat: middle.lat });
            hall.enrols(&entry).await;
        }
        hall.hours_pass(24 * 7);
        let asked = RoundAsked { days: 3, at_most: 4, start: Some(middle_of(GRID)) };
        let (days, left) = visit::round(&hall.app, &worker(GRID), asked).await.unwrap();
        assert_eq!(days.iter().map(|it| it.stops.len()).collect::<Vec<_>>(), [4, 4, 1]);
        assert_eq!(left, 0);
        assert!(days[0].metres < 500.0, "{}", days[0].metres);
        let again = visit::round(&hall.app, &worker(GRID), asked).await.unwrap();
        assert_eq!(again.0, days);
        assert!(visit::round(&hall.app, &worker(GRID), RoundAsked { days: 0, ..asked }).await.is_err());
        assert!(matches!(visit::round(&hall.app, &desk(EAST), asked).await, Err(AppError::NotTheirs { .. })));
    })
    .await;
}

#[tokio::test]
async fn a_warning_of_cold_brings_visits_before_it() {
    on_both(|store| async move {
        let hall = hall(store).await;
        let entry = hall.enrolled().await;
        let warning = Warning {
            peril: Peril::Cold,
            level: WarningLevel::Orange,
            from: date(2026, 3, 5),
            to: date(2026, 3, 7),
        };
        let new = weather::NewWarning { area: EAST, warning };
        let id = WarningId(hall.fresh());
        for stranger in [worker(GRID), desk(super::city::HARBOUR), leader(CITY)] {
            assert!(weather::warn(&hall.app, &stranger, id, &new).await.is_err());
        }
        assert_eq!(weather::warn(&hall.app, &desk(EAST), id, &new).await.unwrap(), (false, 1));
        assert_eq!(weather::warn(&hall.app, &desk(EAST), id, &new).await.unwrap(), (true, 0));
        let row = hall.visit(entry.visit).await;
        assert_eq!((row.visit.due, row.because[0]), (date(2026, 3, 4), PlanReason::Weather));
        weather::lift(&hall.app, &desk(EAST), id).await.unwrap();
        assert!(weather::current(&hall.app).await.unwrap().is_empty());
        hall.holds().await;
    })
    .await;
}

#[tokio::test]
async fn a_referral_that_nobody_answers_climbs_and_one_given_back_goes_elsewhere() {
    on_both(|store| async move {
        let hall = hall(store).await;
        let entry = hall.enrolled().await;
        let need = hall.need(Service::Repair);
        let new = referral::Referring { entry: entry.id, visit: None, need: need.clone() };
        let made = referral::refer(&hall.app, &worker(GRID), &new).await.unwrap();
        assert!(!made.replayed);
        assert!(referral::refer(&hall.app, &worker(GRID), &new).await.unwrap().replayed);
        hall.hours_pass(48);
        assert!(hall.sweeps_care().await >= 1);
        hall.hours_pass(24);
        hall.sweeps_care().await;
        let row = store::referral::one(&hall.app.store, need.id).await.unwrap().unwrap();
        assert_eq!(row.referral.told, Some(domain::area::Level::Community));

        let unit = handler(WATER_EAST);
        let back = ReferralCommand::Return { words: "不归我们管".into() };
        referral::act(&hall.app, &unit, need.id, hall.key(), None, &back).await.unwrap();
        let other = super::city::ROADS_EAST;
        let redirect = ReferralCommand::Redirect { unit: other };
        let by_unit = referral::act(&hall.app, &unit, need.id, hall.key(), None, &redirect).await;
        assert!(matches!(by_unit, Err(AppError::NotFound { .. })));
        referral::act(&hall.app, &worker(GRID), need.id, hall.key(), None, &redirect).await.unwrap();
        assert!(matches!(referral::look(&hall.app, &unit, need.id).await, Err(AppError::NotFound { .. })));
        referral::look(&hall.app, &handler(other), need.id).await.unwrap();
        let asked = referral::Asked { open_only: true, before: None, limit: 10 };
        assert_eq!(referral::list(&hall.app, &handler(other), &asked).await.unwrap().len(), 1);
        assert!(referral::list(&hall.app, &unit, &asked).await.unwrap().is_empty());

        let end = Keeping::End { why: Ended::Withdrawn };
        care::keep(&hall.app, &worker(GRID), entry.id, hall.key(), None, &end).await.unwrap();
        let row = store::referral::one(&hall.app.store, need.id).await.unwrap().unwrap();
        assert_eq!(row.referral.state, Referred::Dropped);
        assert!(referral::look(&hall.app, &handler(other), need.id).await.is_err());
        hall.holds().await;
    })
    .await;
}

#[tokio::test]
async fn a_timer_that_runs_out_calls_one_desk_after_the_other_and_forgets_where_it_was() {
    on_both(|store| async move {
        let hall = hall(store).await;
        let (own, bridge, east) = (worker(GRID), desk(BRIDGE), desk(EAST));
        for who in [&bridge, &east] {
            account(&hall.app.store, who).await;
        }
        let id = TimerId(hall.fresh());
        let start = Start { grid: None, visit: None, minutes: 30 };
        safety::start(&hall.app, &own, id, &start).await.unwrap();
        assert!(safety::start(&hall.app, &own, id, &start).await.unwrap().replayed);
        let acts = async |who: &Actor, command| safety::act(&hall.app, who, id, hall.key(), &command).await;
        let early = acts(&own, TimerCommand::Position { position: middle_of(GRID) }).await;
        assert!(matches!(early, Err(AppError::Blocked { .. })), "no position before an alarm");
        assert!(matches!(acts(&bridge, TimerCommand::Take).await, Err(AppError::NotFound { .. })));
        assert!(safety::list(&hall.app, &bridge).await.unwrap().is_empty());
        acts(&own, TimerCommand::Extend { minutes: 60 }).await.unwrap();
        hall.app.clock.pass(SignedDuration::from_mins(59));
        assert_eq!(hall.sweeps_care().await, 0);
        hall.app.clock.pass(SignedDuration::from_mins(1));
        assert_eq!(hall.sweeps_care().await, 1);
        assert_eq!(safety::list(&hall.app, &bridge).await.unwrap().len(), 1);
        acts(&own, TimerCommand::Position { position: middle_of(GRID) }).await.unwrap();
        assert!(safety::own(&hall.app, &bridge, id).await.unwrap().position.is_some());
        for _ in 0..2 {
            hall.app.clock.pass(SignedDuration::from_mins(10));
            assert_eq!(hall.sweeps_care().await, 1);
        }
        let desks = "select area_id from notice where kind = 'safety_alarm' order by seq";
        let told: Vec<i64> =
            hall.app.store.rows(desks, vec![]).await.unwrap().iter().map(|row| row.int(0).unwrap()).collect();
        assert_eq!(told, [4, 4, 2], "no desk in the community: the township's, then the county's");
        let done = acts(&east, TimerCommand::Take).await.unwrap();
        assert!(matches!(done.timer.timer.state, Timed::Taken { cause: Cause::RanOut, .. }));
        acts(&east, TimerCommand::Close { safe: true }).await.unwrap();
        let kept = hall
            .app
            .store
            .rows("select alarm_lng from safety_timer where alarm_lng is not null", vec![])
            .await;
        assert!(kept.unwrap().is_empty());
        hall.hours_pass(2);
        assert_eq!(hall.sweeps_care().await, 0);
        hall.holds().await;
    })
    .await;
}

#[tokio::test]
async fn a_quiet_alarm_calls_at_once() {
    on_both(|store| async move {
        let hall = hall(store).await;
        let id = TimerId(hall.fresh());
        let start = Start { grid: Some(GRID), visit: None, minutes: 240 };
        safety::start(&hall.app, &worker(GRID), id, &start).await.unwrap();
        let alarm = TimerCommand::Alarm { position: None };
        let done = safety::act(&hall.app, &worker(GRID), id, hall.key(), &alarm).await.unwrap();
        assert!(matches!(done.timer.timer.state, Timed::Alarm { cause: Cause::Quiet, .. }));
        assert!(done.timer.position.is_none());
        let bad = Start { minutes: 2, ..start.clone() };
        assert!(safety::start(&hall.app, &worker(GRID), TimerId(hall.fresh()), &bad).await.is_err());
        let elsewhere = Start { grid: Some(AreaId(11)), ..start };
        assert!(safety::start(&hall.app, &worker(GRID), TimerId(hall.fresh()), &elsewhere).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn two_nodes_that_sweep_at_once_do_everything_once() {
    on_both(|store| async move {
        let hall = hall(store).await;
        let (_, id) = hall.lost().await;
        hall.hours_pass(6);
        let sweeps = ["one", "two", "three"].map(|node| {
            let app = hall.app.clone();
            tokio::spawn(async move { care::sweep::sweep(&app, node).await.unwrap() })
        });
        let mut n = 0;
        for sweep in sweeps {
            n += sweep.await.unwrap();
        }
        assert_eq!((n, Hall::rung(&hall.visit(id).await)), (1, Some(Rung::Neighbour)));
        hall.holds().await;
    })
    .await;
}

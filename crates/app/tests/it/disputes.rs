//! Disputes mediated: from the record's opening to a kept agreement or to judicial mediation, with everything that was
//! said sealed.

use app::city::kind;
use app::dispute::{self, Doing, Party};
use app::{AppError, today, work};
use domain::class::ClassRow;
use domain::dispute::{Kept, Outcome, State};
use domain::id::{ActId, AreaId, CaseId, ClassCode, DisputeId};
use domain::policy::Actor;
use domain::stream::{Stream, StreamId};
use domain::today::Kind;
use jiff::civil::{Date, date};
use store::testing::on_both;

use super::city::{self, BRIDGE, CITY, EAST, HARBOUR, WATER_EAST};
use super::duties::staffed;
use super::hall::{Hall, a_report, desk, hall, handler, leader, worker};

const GRID: AreaId = AreaId(10);

/// A hall whose dictionary has disputes, one of them with danger.
async fn disputed(hall: &Hall) {
    staffed(hall).await;
    let mut rows = city::classes();
    let like = rows[2].clone();
    let row = |code: &str, urgency: &str| ClassRow {
        code: code.to_owned(),
        major: "S01".to_owned(),
        major_zh: "矛盾纠纷".to_owned(),
        major_en: "Disputes".to_owned(),
        service_code: code.to_lowercase(),
        urgency: urgency.to_owned(),
        ..like.clone()
    };
    rows.extend([row("S0101", "ordinary"), row("S0103", "emergency")]);
    city::put(&hall.app.store, kind::CLASSES, 2, &rows).await;
    assert!(hall.app.refresh().await.unwrap());
}

async fn quarrel(hall: &Hall, class: &str) -> CaseId {
    let report = app::case::ReportCommand { class: Some(ClassCode(class.to_owned())), ..a_report(GRID) };
    hall.reports(&worker(GRID), &report).await
}

fn parties() -> Vec<Party> {
    let party = |name: &str, side| Party { name: name.to_owned(), contact: "13800000000".to_owned(), side };
    vec![party("张三丰", 1), party("李四光", 2)]
}

async fn opened(hall: &Hall, case: CaseId) -> DisputeId {
    let id = DisputeId(hall.fresh());
    dispute::open(&hall.app, &worker(GRID), id, case, &parties()).await.unwrap();
    id
}

async fn does(hall: &Hall, who: &Actor, id: DisputeId, doing: &Doing) -> Result<State, AppError> {
    let done = dispute::act(&hall.app, who, id, ActId(hall.fresh()), doing).await?;
    Ok(done.now.stored.dispute.state)
}

fn session(hall: &Hall) -> Doing {
    let mediators = vec!["王主任".to_owned()];
    Doing::Session { held: hall.app.clock.now(), mediators, summary: "双方说明漏水经过".to_owned() }
}

fn agree(days: &[Date]) -> Doing {
    Doing::Agree { on: date(2026, 3, 2), terms: "一周内修好".to_owned(), follow_ups: days.to_vec() }
}

fn asked(due: Date) -> Doing {
    Doing::FollowUp { due, kept: Kept::Yes, note: "已修好".to_owned() }
}

#[tokio::test]
async fn a_dispute_is_mediated_agreed_followed_up_and_settled() {
    on_both(async |store| {
        let hall = hall(store.clone()).await;
        disputed(&hall).await;
        let case = quarrel(&hall, "S0101").await;
        let id = opened(&hall, case).await;
        let (who, due) = (worker(GRID), date(2026, 3, 9));
        let early = does(&hall, &who, id, &agree(&[due])).await.unwrap_err();
        assert!(early.to_string().contains("session first"), "{early}");
        assert_eq!(does(&hall, &who, id, &session(&hall)).await.unwrap(), State::Open);
        let past = does(&hall, &who, id, &agree(&[date(2026, 2, 1)])).await.unwrap_err();
        assert!(past.to_string().contains("2026-02-01"), "{past}");
        assert_eq!(does(&hall, &who, id, &agree(&[due])).await.unwrap(), State::Agreed);
        assert!(today::of(&hall.app, &who).await.unwrap().items.iter().all(|it| it.kind != Kind::Dispute));
        let settled = Doing::Close { outcome: Outcome::Settled };
        let open = does(&hall, &desk(BRIDGE), id, &settled).await.unwrap_err();
        assert!(open.to_string().contains("2026-03-09"), "{open}");
        hall.hours_pass(7 * 24);
        work::sweep(&hall.app, "here").await.unwrap();
        let day = today::of(&hall.app, &who).await.unwrap();
        let item = day.items.iter().find(|it| it.kind == Kind::Dispute).unwrap();
        assert_eq!((item.id, item.title.zh.as_str()), (id.0, "调解回访"), "nothing of who quarrels");
        does(&hall, &who, id, &asked(due)).await.unwrap();
        let no = does(&hall, &who, id, &settled).await;
        assert!(matches!(no, Err(AppError::NotFound { .. })), "closing is the desk's");
        assert_eq!(does(&hall, &desk(BRIDGE), id, &settled).await.unwrap(), State::Closed);
        let view = dispute::view(&hall.app, &desk(BRIDGE), id).await.unwrap();
        assert_eq!(view.acts[0].spoken.as_ref().unwrap().parties, parties());
        assert_eq!(view.acts[1].spoken.as_ref().unwrap().mediators, ["王主任"]);
        hall.holds().await;
    })
    .await;
}

#[tokio::test]
async fn what_people_said_stands_nowhere_in_the_open_and_is_gone_three_years_later() {
    on_both(async |store| {
        let hall = hall(store.clone()).await;
        disputed(&hall).await;
        let id = opened(&hall, quarrel(&hall, "S0101").await).await;
        does(&hall, &worker(GRID), id, &session(&hall)).await.unwrap();
        let log = store::log::of(&store, StreamId::new(Stream::Dispute, id.0)).await.unwrap();
        for secret in ["张三丰", "13800000000", "王主任", "漏水"] {
            assert!(log.iter().all(|entry| !entry.act.contains(secret)), "{secret}");
        }
        let ended = Doing::Close { outcome: Outcome::NotSettled };
        does(&hall, &desk(BRIDGE), id, &ended).await.unwrap();
        hall.hours_pass(3 * 365 * 24 + 1);
        work::sweep(&hall.app, "here").await.unwrap();
        let view = dispute::view(&hall.app, &desk(BRIDGE), id).await.unwrap();
        assert!(view.acts.iter().all(|it| it.spoken.is_none()));
        assert_eq!(view.stored.dispute.outcome, Some(Outcome::NotSettled), "that there was one stays");
        hall.holds().await;
    })
    .await;
}

#[tokio::test]
async fn only_disputes_without_danger_are_mediated_and_each_has_one_record() {
    on_both(async |store| {
        let hall = hall(store).await;
        disputed(&hall).await;
        let who = worker(GRID);
        let tries = async |case, parties: &[Party]| {
            dispute::open(&hall.app, &who, DisputeId(hall.fresh()), case, parties).await.unwrap_err()
        };
        let hole = hall.reported_in(GRID).await;
        assert!(tries(hole, &parties()).await.to_string().contains("no dispute class"));
        let danger = quarrel(&hall, "S0103").await;
        assert!(tries(danger, &parties()).await.to_string().contains("may be hurt"));
        let case = quarrel(&hall, "S0101").await;
        assert!(matches!(tries(case, &parties()[..1]).await, AppError::Invalid(_)));
        let id = opened(&hall, case).await;
        assert!(tries(case, &parties()).await.to_string().contains(&id.to_string()));
        assert!(dispute::open(&hall.app, &who, id, case, &parties()).await.unwrap().replayed);
        let other = [parties(), parties()].concat();
        assert!(matches!(dispute::open(&hall.app, &who, id, case, &other).await, Err(AppError::KeyReused)));
        for stranger in [worker(AreaId(11)), desk(HARBOUR), leader(EAST), handler(WATER_EAST)] {
            let no = dispute::view(&hall.app, &stranger, id).await;
            assert!(matches!(no, Err(AppError::NotFound { what: "dispute" })), "{:?}", stranger.role);
        }
        let key = ActId(hall.fresh());
        let first = dispute::act(&hall.app, &who, id, key, &session(&hall)).await.unwrap();
        let again = dispute::act(&hall.app, &who, id, key, &session(&hall)).await.unwrap();
        assert_eq!((first.replayed, again.replayed, again.now.stored.version), (false, true, 2));
    })
    .await;
}

#[tokio::test]
async fn a_dispute_goes_on_to_judicial_mediation_and_the_unit_is_told() {
    on_both(async |store| {
        let hall = hall(store).await;
        disputed(&hall).await;
        let id = opened(&hall, quarrel(&hall, "S0101").await).await;
        let given = |unit| Doing::HandOver { unit, why: "涉及房屋产权".to_owned() };
        let nobody = does(&hall, &desk(EAST), id, &given(domain::id::UnitId(99))).await.unwrap_err();
        assert!(matches!(nobody, AppError::Invalid(_)));
        assert_eq!(does(&hall, &desk(EAST), id, &given(WATER_EAST)).await.unwrap(), State::HandedOver);
        let late = does(&hall, &worker(GRID), id, &session(&hall)).await.unwrap_err();
        assert!(late.to_string().contains("handed_over"), "{late}");
        let listed = dispute::list(&hall.app, &desk(CITY), None, State::HandedOver, None, 9).await.unwrap();
        assert_eq!(listed[0].dispute.unit, Some(WATER_EAST));
        let end = Doing::Close { outcome: Outcome::Judicial };
        assert_eq!(does(&hall, &desk(EAST), id, &end).await.unwrap(), State::Closed);
    })
    .await;
}

//! Keys: the same request twice is one act, another request under the same key is refused, for ever.

use app::AppError;
use app::case::{act, report};
use domain::id::{ActId, AreaId, CaseId};
use store::testing::Fresh;

use super::city::{BRIDGE, ROADS_EAST};
use super::hall::{a_report, assign, desk, file, hall, note, worker};

const GRID: AreaId = AreaId(10);

#[tokio::test]
async fn the_same_id_and_report_give_the_same_answer_also_after_acts_and_a_restart() {
    for fresh in Fresh::both().await {
        let hall = hall(fresh.open().await).await;
        let id = CaseId(hall.fresh());
        let first = report(&hall.app, &worker(GRID), id, &a_report(GRID)).await.unwrap();
        assert!(!first.replayed);
        let key = ActId(hall.fresh());
        let filed = act(&hall.app, &desk(BRIDGE), id, key, None, &file("01001")).await.unwrap();
        hall.does(&desk(BRIDGE), id, assign(ROADS_EAST)).await;
        hall.hours_pass(24 * 400);

        let restarted = hall.another(fresh.open().await).await;
        for app in [&hall.app, &restarted.app] {
            let again = report(app, &worker(GRID), id, &a_report(GRID)).await.unwrap();
            assert!(again.replayed);
            assert_eq!((&again.case, again.head), (&first.case, first.head));
            let again = act(app, &desk(BRIDGE), id, key, None, &file("01001")).await.unwrap();
            assert!(again.replayed);
            assert_eq!((&again.case, again.head), (&filed.case, filed.head));
        }
        assert_eq!(hall.case(id).await.version, 3, "nothing was done twice");
        hall.holds().await;
    }
}

#[tokio::test]
async fn another_request_under_a_used_key_is_refused() {
    for fresh in Fresh::both().await {
        let hall = hall(fresh.open().await).await;
        let id = hall.reported_in(GRID).await;
        let mut other = a_report(GRID);
        other.text.push('!');
        let answer = report(&hall.app, &worker(GRID), id, &other).await;
        assert!(matches!(answer, Err(AppError::KeyReused)), "{answer:?}");
        let key = ActId(hall.fresh());
        act(&hall.app, &desk(BRIDGE), id, key, None, &note("a")).await.unwrap();
        let answer = act(&hall.app, &desk(BRIDGE), id, key, None, &note("b")).await;
        assert!(matches!(answer, Err(AppError::KeyReused)), "{answer:?}");
        let elsewhere = hall.reported_in(GRID).await;
        let answer = act(&hall.app, &desk(BRIDGE), elsewhere, key, None, &note("a")).await;
        assert!(matches!(answer, Err(AppError::KeyReused)), "{answer:?}");
        assert_eq!((hall.case(id).await.version, hall.case(elsewhere).await.version), (2, 1));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_phone_that_sends_a_report_sixteen_times_at_once_makes_one_case() {
    for fresh in Fresh::both().await {
        let hall = hall(fresh.open().await).await;
        let id = CaseId(hall.fresh());
        let tasks: Vec<_> = (0..16)
            .map(|_| {
                let app = hall.app.clone();
                tokio::spawn(async move { report(&app, &worker(GRID), id, &a_report(GRID)).await })
            })
            .collect();
        let mut answers = Vec::new();
        for task in tasks {
            answers.push(task.await.unwrap().unwrap());
        }
        assert_eq!(answers.iter().filter(|a| !a.replayed).count(), 1);
        assert!(answers.iter().all(|a| a.head == answers[0].head && a.case == answers[0].case));
        hall.holds().await;
    }
}

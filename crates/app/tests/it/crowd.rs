//! Many at the same case in the same moment: one wins, the others hear why, nothing is lost.

use app::AppError;
use app::case::{Command, act};
use domain::case::Refusal;
use domain::id::{ActId, AreaId};
use store::testing::on_both;

use super::city::{BRIDGE, ROADS_EAST};
use super::hall::{desk, file, hall, handle, handler, note};

const GRID: AreaId = AreaId(10);
const DESKS: u32 = 16;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_sixteen_desks_that_file_a_case_at_once_one_wins_and_the_others_are_told_why() {
    on_both(async |store| {
        let hall = hall(store).await;
        for seen in [None, Some(1)] {
            let id = hall.reported_in(GRID).await;
            let tasks: Vec<_> = (0..DESKS)
                .map(|_| {
                    let (app, key) = (hall.app.clone(), ActId(hall.fresh()));
                    tokio::spawn(async move { act(&app, &desk(BRIDGE), id, key, seen, &file("01001")).await })
                })
                .collect();
            let mut won = 0;
            for task in tasks {
                match task.await.unwrap() {
                    Ok(done) => won += u32::from(done.case.version == 2),
                    Err(AppError::Refused(Refusal::WrongStep { legal, .. })) => assert!(!legal.is_empty()),
                    Err(AppError::Stale { now }) => assert_eq!((seen, now), (Some(1), 2)),
                    Err(other) => panic!("{other:?}"),
                }
            }
            assert_eq!((won, hall.case(id).await.version), (1, 2));
        }
        hall.holds().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn acts_that_do_not_exclude_each_other_are_all_kept() {
    on_both(async |store| {
        let hall = hall(store).await;
        let id = hall.reported_in(GRID).await;
        let tasks: Vec<_> = (0..DESKS)
            .map(|n| {
                let hall = hall.clone();
                tokio::spawn(async move { hall.tries(&desk(BRIDGE), id, note(&format!("n{n}"))).await })
            })
            .collect();
        let (mut kept, mut told) = (0, 0);
        for task in tasks {
            match task.await.unwrap() {
                Ok(_) => kept += 1,
                Err(AppError::Contended) => told += 1,
                Err(other) => panic!("{other:?}"),
            }
        }
        assert_eq!(kept + told, DESKS);
        assert_eq!(hall.case(id).await.version, 1 + kept, "what was acknowledged is there, and nothing else");
        assert!(kept >= DESKS / 2, "a clash is tried again before it is told");
        hall.holds().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_cases_that_are_linked_to_each_other_at_once_do_not_block_each_other() {
    on_both(async |store| {
        let hall = hall(store).await;
        let (one, two) = (hall.reported_in(GRID).await, hall.reported_in(GRID).await);
        for _ in 0..12 {
            let link = |from, to| {
                let hall = hall.clone();
                tokio::spawn(async move { hall.tries(&desk(BRIDGE), from, Command::Link { to }).await })
            };
            let (there, back) = (link(one, two), link(two, one));
            for answer in [there.await.unwrap(), back.await.unwrap()] {
                assert!(matches!(answer, Ok(_) | Err(AppError::Contended)), "{answer:?}");
            }
        }
        assert_eq!(
            (hall.case(one).await.side.links, hall.case(two).await.side.links),
            (vec![two], vec![one])
        );
        hall.holds().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_record_is_verified_while_people_work() {
    on_both(async |store| {
        let hall = hall(store).await;
        let mut ids = Vec::new();
        for _ in 0..8 {
            ids.push(hall.reported_in(GRID).await);
        }
        let tasks: Vec<_> = ids
            .into_iter()
            .map(|id| {
                let hall = hall.clone();
                tokio::spawn(async move {
                    hall.at_work(&desk(BRIDGE), id, ROADS_EAST).await;
                    for n in 0..40 {
                        hall.does(&desk(BRIDGE), id, note(&format!("n{n}"))).await;
                    }
                    hall.does(&handler(ROADS_EAST), id, handle()).await
                })
            })
            .collect();
        while tasks.iter().any(|task| !task.is_finished()) {
            hall.holds().await;
        }
        for task in tasks {
            task.await.unwrap();
        }
        hall.holds().await;
    })
    .await;
}

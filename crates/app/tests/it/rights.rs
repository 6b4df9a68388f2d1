//! Rights through the use cases: what is not theirs to see does not exist, in an act, a look and a list.

use app::AppError;
use app::case::{Command, list, look};
use domain::id::{AreaId, CaseId};
use domain::policy::{Actor, Denied};
use store::case::{CaseFilter, Order};
use store::testing::on_both;

use super::city::{BRIDGE, CITY, EAST, HARBOUR, ROADS, ROADS_EAST, ROADS_WEST, TEMPLE, WATER_EAST, WEST};
use super::hall::{
    Hall, a_report, assign, desk, file, give_back, hall, handler, leader, note, resident, worker,
};

#[tokio::test]
async fn a_case_that_is_not_theirs_to_see_does_not_exist() {
    on_both(async |store| {
        let hall = hall(store).await;
        let id = hall.reported_in(AreaId(10)).await;
        let unknown = CaseId(hall.fresh());
        let strangers =
            [desk(TEMPLE), desk(WEST), worker(AreaId(11)), handler(WATER_EAST), resident(1), leader(WEST)];
        for stranger in &strangers {
            for id in [id, unknown] {
                let acted = hall.tries(stranger, id, note("看看")).await.map(|_| ());
                let looked = look(&hall.app, stranger, id).await.map(|_| ());
                for answer in [acted, looked] {
                    let no = answer.unwrap_err();
                    assert_eq!(no.to_string(), "there is no such case", "{:?}", stranger.role);
                    assert!(matches!(no, AppError::NotFound { .. } | AppError::Denied(Denied::Unseen)));
                }
            }
        }
        for one_of_them in [desk(BRIDGE), desk(EAST), desk(CITY), worker(AreaId(10)), leader(EAST)] {
            assert!(look(&hall.app, &one_of_them, id).await.is_ok(), "{:?}", one_of_them.role);
        }
        hall.does(&desk(BRIDGE), id, file("01001")).await;
        hall.does(&desk(BRIDGE), id, assign(ROADS_EAST)).await;
        assert!(look(&hall.app, &handler(ROADS_EAST), id).await.is_ok(), "a unit sees what it was given");
        assert!(look(&hall.app, &handler(ROADS_WEST), id).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn who_sees_a_case_does_only_what_is_theirs_to_do() {
    on_both(async |store| {
        let hall = hall(store).await;
        let id = hall.reported_in(AreaId(10)).await;
        for (actor, command) in [
            (worker(AreaId(10)), file("01001")),
            (leader(EAST), file("01001")),
            (desk(BRIDGE), Command::Withdraw { reason: String::new() }),
        ] {
            let answer = hall.tries(&actor, id, command).await;
            assert!(matches!(answer, Err(AppError::Denied(Denied::NotYours { .. }))), "{answer:?}");
        }
        assert_eq!(hall.case(id).await.version, 1);
    })
    .await;
}

#[tokio::test]
async fn what_is_offered_next_is_what_is_then_allowed() {
    on_both(async |store| {
        let hall = hall(store).await;
        let id = hall.reported_in(AreaId(10)).await;
        let offered = look(&hall.app, &desk(BRIDGE), id).await.unwrap().next;
        assert!(offered.iter().any(|next| next.act == file("01001").name()));
        for next in &offered {
            let case = hall.case(id).await;
            assert!(case.may(next.act).is_ok());
        }
        assert_eq!(offered.iter().filter(|next| next.primary).count(), 1);
        let roads = look(&hall.app, &leader(EAST), id).await.unwrap().next;
        assert!(!roads.iter().any(|next| next.act == file("01001").name()));
    })
    .await;
}

#[tokio::test]
async fn a_list_shows_exactly_what_each_may_look_at() {
    on_both(async |store| {
        let hall = hall(store).await;
        let ids = many_cases(&hall).await;
        let everyone: Vec<Actor> = (10..=15)
            .map(|grid| worker(AreaId(grid)))
            .chain([CITY, EAST, WEST, BRIDGE, TEMPLE, HARBOUR].map(desk))
            .chain([CITY, EAST, WEST].map(leader))
            .chain([ROADS, ROADS_EAST, ROADS_WEST, WATER_EAST].map(handler))
            .chain([resident(1), resident(2)])
            .collect();
        for actor in &everyone {
            let mut expected = Vec::new();
            for id in &ids {
                if look(&hall.app, actor, *id).await.is_ok() {
                    expected.push(*id);
                }
            }
            // Asked for by everything there is, so that no narrower ground is chosen for them.
            let filter =
                CaseFilter { areas: vec![(domain::area::Level::City, CITY)], ..CaseFilter::default() };
            let mut seen = Vec::new();
            let mut after = None;
            loop {
                let page = list(&hall.app, actor, &filter, Order::Newest, after, 3).await.unwrap();
                seen.extend(page.rows.iter().map(|row| row.id));
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
            seen.sort_unstable();
            assert_eq!(seen, expected, "{:?} of {}", actor.role, actor.area);
        }
    })
    .await;
}

/// In every grid: one plain, one private, one by a resident, one that one unit returned and another has, one handed to the city.
async fn many_cases(hall: &Hall) -> Vec<CaseId> {
    let mut ids = Vec::new();
    for grid in (10..=15).map(AreaId) {
        let township = AreaId(4 + (grid.0 - 10) / 2);
        ids.push(hall.reported_in(grid).await);
        let private = app::case::ReportCommand { private: true, ..a_report(grid) };
        ids.push(hall.reports(&worker(grid), &private).await);
        ids.push(hall.reports(&resident(grid.0 % 2 + 1), &a_report(grid)).await);
        let given = hall.reported_in(grid).await;
        hall.filed(&desk(township), given).await;
        let units = if grid.0 < 14 { [WATER_EAST, ROADS_EAST] } else { [ROADS, ROADS_WEST] };
        hall.does(&desk(township), given, assign(units[0])).await;
        hall.does(&handler(units[0]), given, give_back()).await;
        hall.does(&desk(township), given, assign(units[1])).await;
        ids.push(given);
        let handed = hall.reports(&worker(grid), &private).await;
        for desk in [desk(township), desk(if grid.0 < 14 { EAST } else { WEST })] {
            hall.does(&desk, handed, Command::HandUp { reason: "跨区".to_owned() }).await;
        }
        ids.push(handed);
    }
    ids.sort_unstable();
    ids
}

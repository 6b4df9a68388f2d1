//! Rights over what is found: nobody's hits or counts tell of what they may not know.

use app::case::list;
use domain::area::Level;
use domain::id::AreaId;
use domain::policy::{Actor, Role};
use domain::query::Kind;
use std::collections::BTreeSet;
use store::case::{CaseFilter, Order};
use store::testing::on_both;

use super::city::{BRIDGE, CITY, EAST, HARBOUR, ROADS, ROADS_EAST, ROADS_WEST, TEMPLE, WATER_EAST, WEST};
use super::hall::{Hall, desk, handler, leader, resident, worker};
use super::query::{asked, find};
use super::town::town;

fn everyone() -> Vec<Actor> {
    let role = |role: Role, area: AreaId| Actor { role, ..leader(area) };
    (10..=15)
        .map(|grid| worker(AreaId(grid)))
        .chain([CITY, EAST, WEST, BRIDGE, TEMPLE, HARBOUR].map(desk))
        .chain([CITY, EAST, WEST].map(leader))
        .chain([ROADS, ROADS_EAST, ROADS_WEST, WATER_EAST].map(handler))
        .chain([role(Role::Analyst, CITY), role(Role::Admin, CITY), role(Role::Admin, EAST)])
        .chain([resident(1), resident(2)])
        .collect()
}

/// Cases that a person's lists show.
async fn listed(hall: &Hall, who: &Actor) -> BTreeSet<domain::id::CaseId> {
    let filter = CaseFilter { areas: vec![(Level::City, CITY)], ..CaseFilter::default() };
    let page = list(&hall.app, who, &filter, Order::Newest, None, 500).await.unwrap();
    page.rows.iter().map(|row| row.id).collect()
}

#[tokio::test]
async fn what_is_found_and_counted_is_what_a_person_may_see() {
    on_both(async |store| {
        let (hall, _) = town(store).await;
        let mut seen_by_someone = 0;
        for who in everyone() {
            let theirs = listed(&hall, &who).await;
            let all = hall.app.finder.gather(&hall.app, &who, &asked("时间:>2020-01-01"), 500).await.unwrap();
            let cases = all.groups.iter().find(|it| it.kind == Kind::Case).unwrap();
            let found: BTreeSet<_> =
                cases.hits.iter().filter_map(|hit| Some(hit.case.as_ref()?.id)).collect();
            assert_eq!(found, theirs, "{:?} of {}", who.role, who.area);
            assert_eq!(cases.n as usize, theirs.len(), "the count of {:?} of {}", who.role, who.area);
            seen_by_someone += theirs.len();
            for text in ["争吵", "邻里", "zhengchao", "阳光", "类别:03001", "未结", "柳园"] {
                let found = find(&hall, &who, text).await;
                for group in found.groups.iter().filter(|it| it.kind == Kind::Case) {
                    assert!(group.n as usize <= theirs.len());
                    assert!(
                        group.hits.iter().all(|hit| theirs.contains(&hit.case.as_ref().unwrap().id)),
                        "{text}"
                    );
                }
            }
        }
        assert!(seen_by_someone > 20);
    })
    .await;
}

#[tokio::test]
async fn a_private_case_is_not_even_counted_for_who_may_not_know() {
    on_both(async |store| {
        let (hall, _) = town(store).await;
        for (who, n) in [
            (leader(CITY), 0),
            (desk(CITY), 1),
            (worker(AreaId(10)), 1),
            (worker(AreaId(11)), 0),
            (desk(WEST), 0),
        ] {
            for text in ["争吵", "zhengchao", "夜间争吵", "类别:纠纷 争吵"] {
                assert_eq!(
                    find(&hall, &who, text).await.total,
                    n,
                    "{text} for {:?} of {}",
                    who.role,
                    who.area
                );
            }
        }
    })
    .await;
}

#[tokio::test]
async fn staff_are_found_by_those_who_may_see_their_accounts() {
    on_both(async |store| {
        let (hall, _) = town(store).await;
        let people = hall.app.people.people(&desk(CITY), None, "", 500).await.unwrap();
        let wang = people.iter().find(|it| it.account == "wangmin").unwrap().id;
        let herself = Actor { person: Some(wang), ..worker(AreaId(10)) };
        let n_staff = async |who: &Actor, text: &str| {
            let found = find(&hall, who, text).await;
            found.groups.iter().filter(|it| it.kind == Kind::Person).map(|it| it.n).sum::<u64>()
        };
        for (who, text, n) in [
            (desk(CITY), "王", 1), // who left has no line
            (desk(CITY), "@wm", 1),
            (desk(EAST), "@wangmin", 1),
            (desk(WEST), "王敏", 0),
            (desk(WEST), "李西平", 1),
            (leader(EAST), "杨光", 1),
            (handler(ROADS_EAST), "王敏", 0),
            (herself.clone(), "王敏", 1),
            (herself.clone(), "杨光", 0),
            (resident(1), "王敏", 0),
        ] {
            assert_eq!(n_staff(&who, text).await, n, "{text} for {:?} of {}", who.role, who.area);
        }
        assert_eq!(find(&hall, &resident(1), "住建").await.total, 0, "residents have no business with units");
    })
    .await;
}

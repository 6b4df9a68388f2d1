//! Verifying the record: an untouched one is clean, and whatever is touched in the database is named.

use app::verify::verify;
use domain::audit::{Broken, How};
use domain::id::{AreaId, CaseId};
use store::testing::on_both;
use store::{Batch, params};

use super::city::{BRIDGE, ROADS_EAST};
use super::hall::{Hall, desk, hall, note};

/// A hall with three cases of five entries each; the second is the one that will be touched.
async fn three_cases(store: store::Store) -> (Hall, CaseId) {
    let hall = hall(store).await;
    let mut ids = Vec::new();
    for grid in [10, 11, 12].map(AreaId) {
        let id = hall.reported_in(grid).await;
        let desk = desk(AreaId(4 + (grid.0 - 10) / 2));
        hall.at_work(&desk, id, ROADS_EAST).await;
        hall.does(&desk, id, note("已电话联系")).await;
        ids.push(id);
    }
    hall.holds().await;
    (hall, ids[1])
}

/// Runs statements behind the platform's back; `$1` is the case.
async fn touched(sql: &[&'static str]) -> Vec<Vec<(u32, How)>> {
    let found = std::sync::Mutex::new(Vec::new());
    on_both(async |store| {
        let (hall, id) = three_cases(store).await;
        let batch = sql.iter().fold(Batch::new("touch"), |batch, sql| {
            batch.run(*sql, if sql.contains("$1") { params![id.0] } else { params![] })
        });
        hall.app.store.commit(batch).await.unwrap();
        let broken = verify(&hall.app, |_| ()).await.unwrap().broken;
        assert!(
            broken.iter().all(|Broken { stream, .. }| *stream == id.into()),
            "only the touched case: {broken:?}"
        );
        found.lock().unwrap().push(broken.iter().map(|b| (b.version, b.how)).collect());
    })
    .await;
    found.into_inner().unwrap()
}

/// The same finding on every database.
async fn finds(sql: &[&'static str], version: u32, how: How) {
    for found in touched(sql).await {
        assert_eq!(found, [(version, how)], "{sql:?}");
    }
}

#[tokio::test]
async fn a_changed_word_in_an_act_is_named() {
    let sql =
        "update entry set act = replace(act, '已电话联系', '已电话联糸') where case_id = $1 and version = 5";
    finds(&[sql], 5, How::Altered).await;
}

#[tokio::test]
async fn another_person_in_an_act_is_named() {
    let sql =
        "update entry set by_whom = replace(by_whom, 'desk', 'leader') where case_id = $1 and version = 2";
    finds(&[sql], 2, How::Altered).await;
}

#[tokio::test]
async fn another_time_is_named() {
    finds(&["update entry set at_ms = at_ms + 1 where case_id = $1 and version = 3"], 3, How::Altered).await;
}

#[tokio::test]
async fn an_entry_taken_out_is_named() {
    finds(&["delete from entry where case_id = $1 and version = 3"], 3, How::Missing).await;
}

#[tokio::test]
async fn the_newest_entry_taken_out_is_named() {
    finds(&["delete from entry where case_id = $1 and version = 5"], 5, How::Missing).await;
}

#[tokio::test]
async fn a_log_taken_out_whole_is_named() {
    finds(&["delete from entry where case_id = $1"], 1, How::Missing).await;
}

#[tokio::test]
async fn two_entries_that_changed_places_are_named() {
    let sql = &[
        "update entry set version = 1000 where case_id = $1 and version = 3",
        "update entry set version = 3 where case_id = $1 and version = 4",
        "update entry set version = 4 where case_id = $1 and version = 1000",
    ];
    finds(sql, 3, How::Altered).await;
}

#[tokio::test]
async fn an_entry_moved_to_the_end_is_named() {
    finds(&["update entry set version = 6 where case_id = $1 and version = 3"], 3, How::Missing).await;
}

#[tokio::test]
async fn a_changed_row_is_named_at_its_newest_entry() {
    for sql in [
        &["update cases set text = 'x' where id = $1"],
        &["update cases set due_ms = due_ms + 1 where id = $1"],
        &["update cases set reworks = 1 where id = $1"],
        &["update cases set grid_id = 15 where id = $1"],
        &["update cases set lng = lng + 0.000001 where id = $1"],
        &["update cases set state = 'closed' where id = $1"],
        &["update cases set wake_ms = null where id = $1"],
    ] {
        finds(sql, 5, How::StateDiffers).await;
    }
}

#[tokio::test]
async fn a_share_that_says_otherwise_is_named() {
    for sql in [
        &["update share set state = 'done', due_ms = null where case_id = $1"],
        &["update share set due_ms = due_ms + 1 where case_id = $1"],
        &["delete from share where case_id = $1"],
        &["insert into share (case_id, unit_id, lead, state, due_ms) values ($1, 4, 0, 'given', 1)"],
    ] {
        finds(sql, 5, How::StateDiffers).await;
    }
}

#[tokio::test]
async fn a_row_that_fell_back_with_its_log_is_named_unless_both_agree() {
    let sql = &["update cases set version = 4 where id = $1"];
    finds(sql, 5, How::StateDiffers).await;
}

#[tokio::test]
async fn an_act_that_the_law_refuses_is_named_though_its_chain_holds() {
    use domain::audit::Entry;
    use domain::case::{Act, By};
    on_both(async |store| {
        let hall = hall(store).await;
        let id = hall.reported_in(AreaId(10)).await;
        let (case, head) = app::case::load(&hall.app, id).await.unwrap();
        let key = domain::id::ActId(hall.fresh());
        let forged = Entry::new(id, 2, key, case.last_at, &By::SYSTEM, &Act::Evaluate, head);
        let batch = Batch::new("forge")
            .with(store::log::insert(&forged, forged.hash))
            .run("update cases set version = 2, head = $2 where id = $1", params![id.0, forged.hash.0]);
        hall.app.store.commit(batch).await.unwrap();
        let broken = verify(&hall.app, |_| ()).await.unwrap().broken;
        assert_eq!(broken, [Broken { stream: id.into(), version: 2, how: How::Illegal }]);
    })
    .await;
}

#[tokio::test]
async fn a_desk_s_list_of_verified_cases_counts_them_all() {
    on_both(async |store| {
        let (hall, _) = three_cases(store).await;
        let found = verify(&hall.app, |_| ()).await.unwrap();
        assert_eq!((found.n_cases, found.n_entries), (3, 15));
        assert_eq!(hall.case(hall.reported_in(AreaId(10)).await).await.side.desk, BRIDGE);
    })
    .await;
}

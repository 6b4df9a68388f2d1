//! Deeds over HTTP.

use serde_json::json;
use store::testing::on_both;

use crate::hall::hall;

const DEEDS: &str = "/api/v1/deeds";

#[tokio::test]
async fn an_admin_reads_what_was_done_page_by_page() {
    on_both(async |store| {
        let hall = hall(store).await;
        let page = hall.get("admin", &format!("{DEEDS}?limit=2")).await;
        assert_eq!(page.status, 200, "{}", page.json);
        let newest = &page.json["items"][0];
        assert_eq!(newest["by"]["role"], json!("system"));
        let next = page.json["next"].as_str().unwrap();
        let second = hall.get("admin", &format!("{DEEDS}?limit=2&cursor={next}")).await;
        let numbers = |page: &serde_json::Value| -> Vec<u64> {
            page["items"].as_array().unwrap().iter().map(|it| it["number"].as_u64().unwrap()).collect()
        };
        let (first, second) = (numbers(&page.json), numbers(&second.json));
        assert_eq!([first[0] - 1, first[0] - 2, first[0] - 3], [first[1], second[0], second[1]]);
        let classes = hall.get("admin", &format!("{DEEDS}?about=bundle/classes")).await;
        assert_eq!(classes.json["items"][0]["what"]["deed"], "save_bundle");
    })
    .await;
}

#[tokio::test]
async fn others_find_no_deeds_and_wrong_parameters_are_named() {
    on_both(async |store| {
        let hall = hall(store).await;
        for who in ["leader", "desk", "worker", "roads"] {
            assert_eq!(hall.get(who, DEEDS).await.problem(), (404, "not_found", ""), "{who}");
        }
        for (query, path) in [("limit=0", "?limit"), ("cursor=x", "?cursor"), ("until=3", "?until")] {
            assert_eq!(
                hall.get("admin", &format!("{DEEDS}?{query}")).await.problem(),
                (422, "invalid", path)
            );
        }
        assert_eq!(hall.get("admin", &format!("{DEEDS}?area=9999")).await.status, 404);
    })
    .await;
}

//! Signing in and out, with a browser's cookie and with a program's token.

use axum::body::Body;
use serde_json::json;
use store::testing::on_both;

use crate::hall::{PASSWORD, hall, posting};

const SESSION: &str = "/api/v1/session";

#[tokio::test]
async fn a_browser_signs_in_is_known_by_its_cookie_and_signs_out() {
    on_both(async |store| {
        let hall = hall(store).await;
        let signed = hall.post("", SESSION, &json!({ "account": "worker", "password": PASSWORD })).await;
        assert_eq!(
            (signed.status, &signed.json["role"], &signed.json["grids"]),
            (200, &json!("worker"), &json!([10]))
        );
        assert!(signed.json.get("token").is_none(), "a script of the page never sees it");
        let cookie = signed.header("set-cookie").to_owned();
        assert!(cookie.contains("HttpOnly; SameSite=Strict"), "{cookie}");
        let cookie = cookie.split(';').next().unwrap().to_owned();
        let with = |method: &str| hall.request("", method, SESSION).header("cookie", cookie.as_str());
        let shown = hall.send(with("GET").body(Body::empty()).unwrap()).await;
        assert_eq!(shown.json["person"]["account"], "worker");
        let forged = hall.send(with("DELETE").body(Body::empty()).unwrap()).await;
        assert_eq!(forged.problem().1, "cross_site");
        let out = hall.send(with("DELETE").header("x-gridward", "1").body(Body::empty()).unwrap()).await;
        assert_eq!(out.status, 204);
        assert!(out.header("set-cookie").contains("Max-Age=0"));
        let after = hall.send(with("GET").body(Body::empty()).unwrap()).await;
        assert_eq!(after.problem(), (401, "unauthorized", ""));
    })
    .await;
}

#[tokio::test]
async fn a_program_asks_for_its_token() {
    on_both(async |store| {
        let hall = hall(store).await;
        let body = json!({ "account": "desk", "password": PASSWORD, "bearer": true });
        let token = hall.post("", SESSION, &body).await.json["token"].as_str().unwrap().to_owned();
        let request = hall.request("", "GET", SESSION).header("authorization", format!("Bearer {token}"));
        let shown = hall.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!((shown.status, &shown.json["area"]["level"]), (200, &json!("county")));
    })
    .await;
}

#[tokio::test]
async fn nobody_learns_whether_an_account_exists() {
    on_both(async |store| {
        let hall = hall(store).await;
        let wrong =
            hall.post("", SESSION, &json!({ "account": "worker", "password": "another long one" })).await;
        let nobody =
            hall.post("", SESSION, &json!({ "account": "nobody", "password": "another long one" })).await;
        assert_eq!(wrong.problem(), (401, "unauthorized", ""));
        assert_eq!(wrong.json, nobody.json);
    })
    .await;
}

#[tokio::test]
async fn a_cookie_does_not_stand_in_for_an_authorization_of_another_kind() {
    on_both(async |store| {
        let hall = hall(store).await;
        let cookie = format!("gridward_session={}", hall.token("worker"));
        let request = hall
            .request("", "POST", "/api/v1/cases")
            .header("cookie", cookie)
            .header("authorization", "Basic eDp5");
        assert_eq!(hall.send(posting(request, &json!({ "text": "x" }))).await.status, 401);
    })
    .await;
}

#[tokio::test]
async fn without_a_session_every_path_but_sign_in_is_shut() {
    on_both(async |store| {
        let hall = hall(store).await;
        for path in [
            "cases",
            "cases/counts",
            "areas",
            "deeds",
            "people",
            "duties",
            "matrix",
            "routing/gaps",
            "areas/at?lng=1&lat=1",
            "classes",
            "units",
            "calendars/1",
            "events",
            "feed",
        ] {
            assert_eq!(hall.get("", &format!("/api/v1/{path}")).await.status, 401, "{path}");
        }
    })
    .await;
}

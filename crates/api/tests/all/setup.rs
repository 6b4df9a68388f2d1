//! The first start of a new city, and the first password of everybody, over HTTP.

use std::sync::Arc;

use api::Limits;
use api::server::Ending;
use app::people::{NewPerson, system};
use app::session::FirstStart;
use app::{App, Clock};
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use domain::policy::Role;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use store::testing::on_both;
use tower::ServiceExt;

use crate::city::{self, CITY};
use crate::hall::{PASSWORD, hall, posting, probes};

async fn post(router: &Router, path: &str, body: &Value) -> (u16, String, Value) {
    let request = posting(Request::builder().method("POST").uri(path), body);
    let (parts, body) = router.clone().oneshot(request).await.unwrap().into_parts();
    let cookie =
        parts.headers.get("set-cookie").map(|it| it.to_str().unwrap().to_owned()).unwrap_or_default();
    let bytes = body.collect().await.unwrap().to_bytes();
    (parts.status.as_u16(), cookie, serde_json::from_slice(&bytes).unwrap_or_default())
}

#[tokio::test]
async fn the_link_of_a_new_city_makes_its_first_administrator_once() {
    on_both(async |store| {
        city::build(&store).await;
        let app = App::new(store, Clock::machine()).await.unwrap();
        let FirstStart::Link { account: None, token } = app.people.first_start().await.unwrap() else {
            panic!()
        };
        let router = api::router(app.clone(), Arc::new(Limits::default()), probes(Ending::new().closing()));
        let token = token.reveal();
        let (status, _, link) = post(&router, "/api/v1/setup/link", &json!({ "token": token })).await;
        assert_eq!((status, &link["first"], &link["account"]), (200, &json!(true), &Value::Null));
        let me = json!({ "token": token, "account": "zhao", "name": "赵", "password": PASSWORD });
        for (field, value, path) in [
            ("password", json!("1234567890"), "/password"),
            ("account", json!("!"), "/account"),
            ("name", Value::Null, "/name"),
            ("account", Value::Null, "/account"),
        ] {
            let mut wrong = me.clone();
            wrong[field] = value;
            let (status, cookie, said) = post(&router, "/api/v1/setup", &wrong).await;
            assert_eq!((status, &said["fields"][0]["path"]), (422, &json!(path)), "{said}");
            assert_eq!(cookie, "");
        }
        let (status, cookie, signed) = post(&router, "/api/v1/setup", &me).await;
        assert_eq!((status, &signed["role"]), (201, &json!("admin")), "{signed}");
        assert!(cookie.contains("HttpOnly"), "{cookie}");
        let cookie = cookie.split(';').next().unwrap();
        let request = Request::get("/api/v1/deeds").header("cookie", cookie).body(Body::empty()).unwrap();
        assert_eq!(router.clone().oneshot(request).await.unwrap().status(), 200);
        for path in ["/api/v1/setup/link", "/api/v1/setup"] {
            let body = if path.ends_with("link") { json!({ "token": token }) } else { me.clone() };
            assert_eq!(post(&router, path, &body).await.0, 404, "{path} again");
        }
        assert!(matches!(app.people.first_start().await.unwrap(), FirstStart::Settled));
    })
    .await;
}

#[tokio::test]
async fn everybody_sets_their_first_password_by_a_link() {
    on_both(async |store| {
        let hall = hall(store).await;
        let new = NewPerson {
            account: "sun".into(),
            name: "孙".into(),
            role: Role::Leader,
            area: CITY,
            unit: None,
        };
        let opened = hall.app.people.open_account(&system(CITY), new).await.unwrap();
        let token = opened.link.reveal();
        let link = hall.post("", "/api/v1/setup/link", &json!({ "token": token })).await;
        assert_eq!((&link.json["first"], &link.json["account"]), (&json!(false), &json!("sun")));
        let foreign = json!({ "token": token, "password": PASSWORD, "account": "admin" });
        assert_eq!(hall.post("", "/api/v1/setup", &foreign).await.problem(), (422, "invalid", "/account"));
        let set = hall.post("", "/api/v1/setup", &json!({ "token": token, "password": PASSWORD })).await;
        assert_eq!((set.status, &set.json["person"]["account"]), (201, &json!("sun")));
        for token in [token.as_str(), "gw_", "x"] {
            let again =
                hall.post("", "/api/v1/setup", &json!({ "token": token, "password": PASSWORD })).await;
            assert_eq!(again.problem(), (404, "not_found", ""));
        }
    })
    .await;
}

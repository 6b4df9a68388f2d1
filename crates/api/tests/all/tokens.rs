//! Tokens of programs, sessions of browsers and the password, as their person and as an administrator reach them.

use axum::body::Body;
use serde_json::{Value, json};
use store::testing::on_both;

use crate::hall::{Hall, PASSWORD, Reply, hall, posting};

const TOKENS: &str = "/api/v1/tokens";
const SESSIONS: &str = "/api/v1/sessions";

async fn with_secret(hall: &Hall, secret: &str, method: &str, path: &str, body: &Value) -> Reply {
    let request = hall.request("", method, path).header("authorization", format!("Bearer {secret}"));
    hall.send(posting(request, body)).await
}

async fn made(hall: &Hall, who: &str, scopes: &[&str]) -> (String, String) {
    let asked = json!({ "name": "wall screen", "scopes": scopes, "days": 30 });
    let reply = hall.post(who, TOKENS, &asked).await;
    assert_eq!(reply.status, 201, "{}", reply.json);
    let text = |field: &str| reply.json[field].as_str().unwrap().to_owned();
    (text("id"), text("secret"))
}

#[tokio::test]
async fn a_token_opens_the_doors_of_its_scopes_and_no_others() {
    on_both(async |store| {
        let hall = hall(store).await;
        let (id, secret) = made(&hall, "desk", &["cases.read", "city.read"]).await;
        let none = Value::Null;
        for path in ["cases", "areas", "classes", "units", "calendars/1", "session"] {
            let reply = with_secret(&hall, &secret, "GET", &format!("/api/v1/{path}"), &none).await;
            assert_eq!(reply.status, 200, "{path}: {}", reply.json);
        }
        for (method, path) in [
            ("POST", "cases"),
            ("GET", "deeds"),
            ("GET", "tokens"),
            ("POST", "tokens"),
            ("GET", "sessions"),
            ("DELETE", "sessions"),
            ("PUT", "session/password"),
        ] {
            let reply = with_secret(&hall, &secret, method, &format!("/api/v1/{path}"), &none).await;
            assert_eq!(reply.problem(), (403, "not_yours", ""), "{method} {path}");
        }
        let listed = hall.get("desk", TOKENS).await;
        assert!(listed.json["items"][0]["used_at"].is_string(), "{}", listed.json);
        assert_eq!(listed.json["items"][0]["scopes"], json!(["cases.read", "city.read"]));
        assert!(!listed.json.to_string().contains(&secret), "the secret is shown once");
        let gone = hall.request("desk", "DELETE", &format!("{TOKENS}/{id}")).body(Body::empty()).unwrap();
        assert_eq!(hall.send(gone).await.status, 204);
        assert_eq!(with_secret(&hall, &secret, "GET", "/api/v1/cases", &none).await.status, 401);
    })
    .await;
}

#[tokio::test]
async fn a_token_is_given_only_what_its_persons_role_has_some_right_behind() {
    on_both(async |store| {
        let hall = hall(store).await;
        for (who, scopes, path) in [
            ("worker", json!(["cases.read", "people.write"]), "/scopes/1"),
            ("desk", json!(["deeds.read"]), "/scopes/0"),
            ("admin", json!(["city.write", "deeds.read", "cases.write"]), "/scopes/2"),
            ("admin", json!(["everything"]), "/scopes/0"),
            ("admin", json!([]), "/scopes"),
        ] {
            let asked = json!({ "name": "x", "scopes": scopes, "days": 30 });
            assert_eq!(hall.post(who, TOKENS, &asked).await.problem(), (422, "invalid", path), "{scopes}");
        }
        for (name, days, path) in [("", 30, "/name"), ("x", 0, "/days"), ("x", 400, "/days")] {
            let asked = json!({ "name": name, "scopes": ["cases.read"], "days": days });
            assert_eq!(hall.post("desk", TOKENS, &asked).await.problem(), (422, "invalid", path));
        }
        let (_, secret) = made(&hall, "admin", &["deeds.read"]).await;
        assert_eq!(with_secret(&hall, &secret, "GET", "/api/v1/deeds", &Value::Null).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn a_token_ends_on_its_day() {
    on_both(async |store| {
        let hall = hall(store).await;
        let (_, secret) = made(&hall, "desk", &["cases.read"]).await;
        hall.hours_pass(30 * 24 - 1);
        assert_eq!(with_secret(&hall, &secret, "GET", "/api/v1/cases", &Value::Null).await.status, 200);
        hall.hours_pass(1);
        assert_eq!(with_secret(&hall, &secret, "GET", "/api/v1/cases", &Value::Null).await.status, 401);
    })
    .await;
}

#[tokio::test]
async fn a_new_password_needs_the_old_one_and_ends_every_other_session() {
    on_both(async |store| {
        let hall = hall(store).await;
        let (_, secret) = made(&hall, "desk", &["cases.read"]).await;
        let put = async |old: &str, new: &str| {
            let request = hall.request("desk", "PUT", "/api/v1/session/password");
            hall.send(posting(request, &json!({ "old": old, "new": new }))).await
        };
        assert_eq!(put("not this one at all", "another long one").await.problem().2, "/old");
        assert_eq!(put(PASSWORD, "password12345").await.problem().2, "/password");
        let other = json!({ "account": "desk", "password": PASSWORD, "bearer": true });
        let other = hall.post("", "/api/v1/session", &other).await.json["token"].as_str().unwrap().to_owned();
        assert_eq!(put(PASSWORD, "another long one").await.status, 204);
        for ended in [&secret, &other] {
            assert_eq!(with_secret(&hall, ended, "GET", "/api/v1/cases", &Value::Null).await.status, 401);
        }
        assert_eq!(hall.get("desk", "/api/v1/session").await.status, 200, "this one goes on");
        let enter = async |password: &str| {
            hall.post("", "/api/v1/session", &json!({ "account": "desk", "password": password })).await.status
        };
        assert_eq!((enter(PASSWORD).await, enter("another long one").await), (401, 200));
    })
    .await;
}

#[tokio::test]
async fn sessions_are_ones_own_and_an_administrators_of_the_area() {
    on_both(async |store| {
        let hall = hall(store).await;
        let mine = hall.get("worker", SESSIONS).await;
        assert_eq!(mine.json["items"][0]["current"], true);
        let id = mine.json["items"][0]["id"].as_str().unwrap().to_owned();
        let me =
            hall.get("worker", "/api/v1/session").await.json["person"]["id"].as_str().unwrap().to_owned();
        let delete = async |who: &str, path: &str| {
            hall.send(hall.request(who, "DELETE", path).body(Body::empty()).unwrap()).await
        };
        let (one, theirs) = (format!("{SESSIONS}/{id}"), format!("{SESSIONS}?person={me}"));
        for who in ["desk", "leader", "roads"] {
            assert_eq!(hall.get(who, &theirs).await.status, 404, "{who}");
            assert_eq!(delete(who, &one).await.status, 404, "{who}");
            assert_eq!(delete(who, &theirs).await.status, 404, "{who}");
        }
        assert_eq!(delete("admin", &format!("{TOKENS}/{id}")).await.status, 404, "it is no token");
        assert_eq!(hall.get("admin", &theirs).await.json["items"][0]["id"], json!(id));
        assert_eq!(delete("admin", &one).await.status, 204);
        assert_eq!(hall.get("worker", SESSIONS).await.status, 401);
        let deeds = hall.get("admin", &format!("/api/v1/deeds?about=person/{me}&limit=1")).await;
        assert_eq!(deeds.json["items"][0]["what"]["deed"], "end_sessions");
        assert_eq!(deeds.json["items"][0]["what"]["session"], json!(id));
        assert_eq!(delete("desk", SESSIONS).await.status, 204);
        assert_eq!(hall.get("desk", SESSIONS).await.status, 401, "all means this one, too");
    })
    .await;
}

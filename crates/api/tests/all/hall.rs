//! The town hall over HTTP: a built city, people with accounts, and a caller who checks each answer against the
//! description of the API.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock, Mutex};

use api::Limits;
use api::health::Probes;
use api::server::{Closing, Ending};
use app::attachment::Shelf;
use app::people::{NewPerson, system};
use app::session::SignIn;
use app::{App, Clock, Vault};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Method, Request, header};
use domain::id::{AreaId, UnitId};
use domain::policy::Role;
use http_body_util::BodyExt;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use store::Store;
use tower::ServiceExt;
use uuid::Uuid;

use crate::city::{self, BRIDGE, CITY, EAST, HARBOUR, ROADS, ROADS_EAST, WATER_EAST};

pub const PASSWORD: &str = "a long enough one";
/// The first grid, which has a worker.
pub const GRID: AreaId = AreaId(10);

/// One node, and who is signed in there.
pub struct Hall {
    pub app: App,
    pub ending: Ending,
    router: Router,
    described: Arc<Value>,
    tokens: HashMap<&'static str, String>,
    files: PathBuf,
}

/// What came back.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub bytes: Bytes,
    /// `null` when it is no JSON.
    pub json: Value,
}

#[rustfmt::skip] // a table, best read as one
const STAFF: &[(&str, Role, AreaId, Option<UnitId>)] = &[
    ("worker",  Role::Worker,  BRIDGE,  None),
    ("desk",    Role::Desk,    EAST,    None),
    ("bridge",  Role::Desk,    BRIDGE,  None),
    ("harbour", Role::Desk,    HARBOUR, None),
    ("roads",   Role::Handler, EAST,    Some(ROADS_EAST)),
    ("water",   Role::Handler, EAST,    Some(WATER_EAST)),
    ("leader",  Role::Leader,  CITY,    None),
    ("analyst", Role::Analyst, CITY,    None),
    ("admin",   Role::Admin,   CITY,    None),
    ("paver",   Role::Handler, CITY,    Some(ROADS)),
    ("east",    Role::Admin,   EAST,    None),
];

/// Monday, nine in the morning, local time.
fn monday() -> Timestamp {
    "2026-03-02T01:00:00Z".parse().unwrap()
}

pub fn probes(closing: Closing) -> Probes {
    Probes { parts: Arc::new(|| Box::pin(async { Vec::new() })), figures: Arc::new(Vec::new), closing }
}

pub async fn hall(store: Store) -> Hall {
    hall_under(store, Limits::default()).await
}

pub async fn hall_under(store: Store, limits: Limits) -> Hall {
    city::build(&store).await;
    let files = std::env::temp_dir().join(format!("gridward-files-{}", Uuid::now_v7().simple()));
    let app = App::new(store, Clock::standing_at(monday()))
        .await
        .unwrap()
        .with_shelf(Shelf::Folder(files.clone()))
        .with_vault(Vault::of_chance());
    let mut tokens = HashMap::new();
    for (account, role, area, unit) in STAFF {
        let new = NewPerson {
            account: (*account).into(),
            name: (*account).into(),
            role: *role,
            area: *area,
            unit: *unit,
        };
        let opened = app.people.open_account(&system(CITY), new).await.unwrap();
        app.people.use_link(&opened.link, PASSWORD).await.unwrap();
    }
    let duties = "grid,account,kind,from,to\n379901001001001,worker,main,2026-01-01,\n";
    app.people.import_duties(&system(CITY), duties.as_bytes()).await.unwrap();
    for (account, ..) in STAFF {
        let attempt = SignIn { account, password: PASSWORD, from: None, name: "test", replaces: None };
        let (token, _) = app.people.sign_in(attempt).await.unwrap();
        tokens.insert(*account, token.reveal());
    }
    let ending = Ending::new();
    let limits = Arc::new(limits);
    let (_, described) = api::described(app.clone(), &limits, probes(ending.closing()));
    let router = api::router(app.clone(), limits, probes(ending.closing()));
    Hall { app, ending, router, described: Arc::new(described), tokens, files }
}

impl Drop for Hall {
    fn drop(&mut self) {
        let _nothing_was_kept = std::fs::remove_dir_all(&self.files);
    }
}

impl Hall {
    pub fn hours_pass(&self, hours: i64) {
        self.app.clock.pass(SignedDuration::from_hours(hours));
    }

    /// Days later everybody has to sign in anew.
    pub async fn sign_in_again(&mut self) {
        for (account, ..) in STAFF {
            let attempt = SignIn { account, password: PASSWORD, from: None, name: "test", replaces: None };
            let (token, _) = self.app.people.sign_in(attempt).await.unwrap();
            self.tokens.insert(*account, token.reveal());
        }
    }

    pub fn token(&self, who: &str) -> &str {
        &self.tokens[who]
    }

    /// Asks as someone; every answer must be as the description says.
    pub async fn send(&self, request: Request<Body>) -> Reply {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let reply = Reply {
            status: parts.status.as_u16(),
            headers: parts.headers,
            json: serde_json::from_slice(&bytes).unwrap_or_default(),
            bytes,
        };
        is_as_described(&self.described, &method, &path, &reply);
        reply
    }

    /// The response itself, for streams.
    pub async fn open(&self, request: Request<Body>) -> axum::response::Response {
        self.router.clone().oneshot(request).await.unwrap()
    }

    pub fn request(&self, who: &str, method: &str, path: &str) -> axum::http::request::Builder {
        let builder = Request::builder().method(method).uri(path);
        match self.tokens.get(who) {
            Some(token) => builder.header(header::AUTHORIZATION, format!("Bearer {token}")),
            None => builder,
        }
    }

    pub async fn get(&self, who: &str, path: &str) -> Reply {
        self.send(self.request(who, "GET", path).body(Body::empty()).unwrap()).await
    }

    pub async fn post(&self, who: &str, path: &str, body: &Value) -> Reply {
        self.send(posting(self.request(who, "POST", path), body)).await
    }

    /// Reports a hole in the road in the first grid; its id.
    pub async fn reported(&self) -> String {
        let reply = self.post("worker", "/api/v1/cases", &a_report()).await;
        assert_eq!(reply.status, 201, "{}", reply.json);
        reply.json["id"].as_str().unwrap().to_owned()
    }

    /// Makes an act that must succeed; the case after it.
    pub async fn acts(&self, who: &str, id: &str, act: Value) -> Value {
        let reply = self.post(who, &format!("/api/v1/cases/{id}/acts"), &act).await;
        assert_eq!(reply.status, 200, "{act}: {}", reply.json);
        reply.json
    }
}

pub fn posting(builder: axum::http::request::Builder, body: &Value) -> Request<Body> {
    builder.header(header::CONTENT_TYPE, "application/json").body(Body::from(body.to_string())).unwrap()
}

pub fn a_report() -> Value {
    let point = city::middle_of(GRID);
    json!({ "text": "路面有坑，积水", "class": "01001", "place": { "lng": point.lng, "lat": point.lat, "words": "桥头" } })
}

impl Reply {
    /// The code of a problem and the path of its first field.
    pub fn problem(&self) -> (u16, &str, &str) {
        assert_eq!(self.headers[header::CONTENT_TYPE], "application/problem+json", "{}", self.json);
        let text = |value: &'_ Value| -> &str {
            Box::leak(value.as_str().unwrap_or_default().to_owned().into_boxed_str())
        };
        (self.status, text(&self.json["code"]), text(&self.json["fields"][0]["path"]))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// Compiled once for each place of a document: building a validator takes longer than most tests.
static VALIDATORS: LazyLock<Mutex<HashMap<String, Arc<jsonschema::Validator>>>> =
    LazyLock::new(Mutex::default);

fn is_as_described(described: &Value, method: &Method, path: &str, reply: &Reply) {
    let Some(template) = template_of(described, path) else {
        assert_eq!(reply.status, 404, "{path} is not described");
        return;
    };
    let operation = &described["paths"][&template][method.as_str().to_lowercase()];
    if operation.is_null() {
        assert_eq!(reply.status, 405, "{method} {path} is not described");
        return;
    }
    let response = &operation["responses"][reply.status.to_string()];
    let shared = [401, 403, 408, 413, 415].contains(&reply.status);
    assert!(
        !response.is_null() || shared,
        "{method} {template} answers {} undescribed: {}",
        reply.status,
        reply.json
    );
    let media = reply.header("content-type").split(';').next().unwrap_or_default().to_owned();
    let schema = &response["content"][&media]["schema"];
    let is_json = media == "application/json" || media == "application/problem+json";
    if !is_json || schema.is_null() {
        return;
    }
    let key = format!("{method} {template} {} {media}", reply.status);
    let known = VALIDATORS.lock().unwrap().get(&key).cloned();
    let validator = known.unwrap_or_else(|| {
        let mut schema = schema.clone();
        schema["components"] = described["components"].clone();
        let validator = Arc::new(jsonschema::draft202012::new(&schema).unwrap());
        VALIDATORS.lock().unwrap().insert(key.clone(), validator.clone());
        validator
    });
    let errors: Vec<_> =
        validator.iter_errors(&reply.json).map(|e| format!("{}: {e}", e.instance_path)).collect();
    // A case that one may no longer see is answered with its receipt.
    let receipt = reply.json.as_object().is_some_and(|fields| fields.len() == 3 && fields.contains_key("no"));
    assert!(
        errors.is_empty() || receipt,
        "{key} is not as described:\n{}\n{}",
        errors.join("\n"),
        reply.json
    );
}

/// The described path that a path is one of; plain parts go before parameters.
fn template_of(described: &Value, path: &str) -> Option<String> {
    let parts: Vec<&str> = path.split('/').collect();
    let fits = |template: &&String| {
        let named: Vec<&str> = template.split('/').collect();
        named.len() == parts.len() && named.iter().zip(&parts).all(|(n, p)| n == p || n.starts_with('{'))
    };
    described["paths"].as_object()?.keys().filter(fits).min_by_key(|t| t.matches('{').count()).cloned()
}

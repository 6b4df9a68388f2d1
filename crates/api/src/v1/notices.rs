//! Notices: the inbox, live; how one wants to be told; webhooks and what did not arrive, for administrators.

use std::collections::{BTreeSet, VecDeque};
use std::convert::Infallible;
use std::time::Duration;

use app::telling::{self, Addresses, Choices, Subscription};
use app::token::Token;
use axum::extract::State as Shared;
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use domain::notice::{Notice, NoticeKind, Whom};
use domain::telling::{Hook, Quiet};
use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::notice::Placed;
use store::telling::Delivery;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::state::State;
use super::streams::Stream;
use super::who::{Who, token};
use crate::problem::{Answer, Code, Problem};
use crate::read::{Json, Named, Query};

/// A sign of life when nothing happens, and the moment to see whether the session still holds.
const HEARTBEAT: Duration = Duration::from_secs(20);
/// However many commits there are, an inbox is looked at no more often.
const AT_MOST_EVERY: Duration = Duration::from_millis(300);
/// On PostgreSQL the bell of another node may be missed.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// The paths of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(inbox))
        .routes(routes!(live))
        .routes(routes!(read_all))
        .routes(routes!(read_one))
        .routes(routes!(choices, choose))
        .routes(routes!(push_key))
        .routes(routes!(add_browser, drop_browser))
        .routes(routes!(hooks, save_hooks))
        .routes(routes!(secret))
        .routes(routes!(dead))
        .routes(routes!(resend))
}

/// That someone should look at something.
#[derive(Serialize, ToSchema)]
struct NoticeWire {
    id: Uuid,
    /// Grows with each notice.
    seq: i64,
    /// What happened.
    kind: String,
    /// The same in Chinese.
    zh: String,
    /// The same in English.
    en: String,
    /// What it is about: case, visit, referral and others.
    about: String,
    /// Id of that.
    about_id: Uuid,
    /// Id of the area it happened in.
    area: u32,
    /// Whom it tells: person, desk or unit.
    to: String,
    /// Passes quiet hours, and climbs when nobody reads it.
    urgent: bool,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// When it was read, by oneself or a colleague at the same desk.
    #[schema(value_type = Option<String>, format = DateTime)]
    read_at: Option<Timestamp>,
}

impl NoticeWire {
    fn of(placed: Placed) -> NoticeWire {
        let Placed { seq, notice } = placed;
        let Notice { id, whom, kind, about, place, urgent, at, read } = notice;
        let words = kind.label();
        let to = match whom {
            Whom::Person(_) => "person",
            Whom::Desk(_) => "desk",
            Whom::Unit(_) => "unit",
        };
        NoticeWire {
            id,
            seq,
            kind: kind.as_str().to_owned(),
            zh: words.zh,
            en: words.en,
            about: about.stream.as_str().to_owned(),
            about_id: about.id,
            area: place.0,
            to: to.to_owned(),
            urgent,
            at,
            read_at: read,
        }
    }
}

/// A page of the inbox.
#[derive(Serialize, ToSchema)]
struct InboxWire {
    /// Newest first.
    items: Vec<NoticeWire>,
    /// How many are unread in all.
    unread: u64,
    /// `before` of the next page; `null` at the end.
    next: Option<i64>,
}

/// Which notices.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct InboxQuery {
    /// Only those that nobody has read.
    #[serde(default)]
    unread: bool,
    /// `next` of the page before.
    before: Option<i64>,
    /// 1 to 200; 50 when absent.
    limit: Option<u32>,
}

/// One's inbox
///
/// One's own notices, with those of the desk or unit one works at.
#[utoipa::path(get, path = "/api/v1/notices", tag = "notices", params(InboxQuery), responses(
    (status = 200, description = "Newest first", body = InboxWire), (status = 422, description = "A parameter makes no sense")))]
async fn inbox(
    Shared(state): Shared<State>,
    who: Who,
    Query(query): Query<InboxQuery>,
) -> Answer<Json<InboxWire>> {
    let limit = query.limit.unwrap_or(50);
    if !(1..=200).contains(&limit) {
        return Err(Problem::field("?limit", "range", "1 to 200 is taken here"));
    }
    let page = telling::page(&state.app, &who, query.unread, query.before, limit).await?;
    let items = page.items.into_iter().map(NoticeWire::of).collect();
    Ok(Json(InboxWire { items, unread: page.unread, next: page.next }))
}

/// Read a notice
#[utoipa::path(post, path = "/api/v1/notices/{id}/read", tag = "notices",
    params(("id" = String, Path, description = "Id of the notice")), responses(
    (status = 204, description = "Read, now or before"), (status = 404, description = "No such notice of the caller's")))]
async fn read_one(Shared(state): Shared<State>, who: Who, Named(id): Named) -> Answer<StatusCode> {
    telling::read(&state.app, &who, read_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Up to where one has read.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReadIn {
    /// `seq` of the newest notice that was seen.
    until: i64,
}

/// Read all notices up to one
#[utoipa::path(post, path = "/api/v1/notices/read", tag = "notices", request_body = ReadIn, responses(
    (status = 204, description = "Read"),
    (status = 422, description = "A field makes no sense", body = Problem, content_type = "application/problem+json")))]
async fn read_all(Shared(state): Shared<State>, who: Who, Json(asked): Json<ReadIn>) -> Answer<StatusCode> {
    telling::read_until(&state.app, &who, asked.until).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Notices, as they come
///
/// Server-sent events named `notice`, each with its `seq` as id; resume with `Last-Event-ID`. The first event, `unread`, tells
/// how many are unread; it comes again whenever that changes.
#[utoipa::path(get, path = "/api/v1/notices/live", tag = "notices",
    params(("Last-Event-ID" = Option<String>, Header, description = "Set by the browser when it comes back")), responses(
    (status = 200, description = "Never ends by itself", body = NoticeWire, content_type = "text/event-stream"),
    (status = 429, description = "Too many streams are open for this person")))]
async fn live(Shared(state): Shared<State>, who: Who, headers: HeaderMap) -> Answer<Response> {
    let last = headers.get("last-event-id").and_then(|value| value.to_str().ok()?.parse::<i64>().ok());
    let place = state.streams.open(who.0.person)?;
    let token = token(&headers).ok_or_else(|| Problem::new(Code::Unauthorized))?;
    let bell = state.app.store.watch();
    let after = match last {
        Some(seq) => seq,
        None => telling::page(&state.app, &who, false, None, 1)
            .await?
            .items
            .first()
            .map_or(0, |newest| newest.seq),
    };
    let closing = state.closing.clone();
    let beat = Instant::now() + HEARTBEAT;
    let listener = Listener {
        state,
        who,
        token,
        bell,
        after,
        unread: None,
        beat,
        waiting: VecDeque::new(),
        _place: place,
    };
    let stream = stream::unfold(listener, Listener::next).take_until(closing.ended());
    Ok(Sse::new(stream.boxed()).into_response())
}

/// One open stream.
struct Listener {
    state: State,
    who: Who,
    token: Token,
    bell: watch::Receiver<u64>,
    after: i64,
    unread: Option<u64>,
    beat: Instant,
    waiting: VecDeque<Event>,
    _place: Stream,
}

impl Listener {
    /// The next event, and the listener back; `None` ends the stream.
    async fn next(mut self) -> Option<(Result<Event, Infallible>, Listener)> {
        loop {
            if let Some(event) = self.waiting.pop_front() {
                return Some((Ok(event), self));
            }
            self.bell.borrow_and_update();
            if let Err(error) = self.look().await {
                tracing::warn!(%error, "a stream of notices ends");
                return None;
            }
            if !self.waiting.is_empty() {
                continue;
            }
            if Instant::now() >= self.beat {
                self.beat = Instant::now() + HEARTBEAT;
                // The session may be over, or the rights may be others now.
                self.who = Who(self.state.app.people.signed(&self.token).await.ok()?);
                self.waiting.push_back(Event::default().comment("quiet"));
                continue;
            }
            sleep(AT_MOST_EVERY).await;
            if let Ok(Err(_closed)) = timeout(LOOK_AGAIN, self.bell.changed()).await {
                return None;
            }
        }
    }

    async fn look(&mut self) -> Result<(), app::AppError> {
        for placed in telling::since(&self.state.app, &self.who, self.after).await? {
            self.after = placed.seq;
            let id = placed.seq.to_string();
            let data = serde_json::to_string(&NoticeWire::of(placed)).expect("a wire type is JSON");
            self.waiting.push_back(Event::default().id(id).event("notice").data(data));
        }
        let unread = telling::unread(&self.state.app, &self.who).await?;
        if self.unread != Some(unread) {
            self.unread = Some(unread);
            self.waiting.push_back(Event::default().event("unread").data(unread.to_string()));
        }
        Ok(())
    }
}

/// How one wants to be told, beside the inbox that everybody has.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TellingChoicesWire {
    /// zh or en.
    language: String,
    /// Hours in which only what is urgent is told.
    #[serde(default)]
    quiet: Option<QuietWire>,
    /// By the browsers one has named.
    push: bool,
    /// By mail.
    mail: bool,
    /// By short message.
    sms: bool,
    /// Sealed where it is kept.
    #[serde(default)]
    mail_address: Option<String>,
    /// Sealed where it is kept.
    #[serde(default)]
    phone: Option<String>,
    /// How many browsers take pushes; told, and not looked at in a change.
    #[serde(default)]
    browsers: usize,
}

/// Quiet hours, by the city's clock; they may pass midnight.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct QuietWire {
    /// `22:00`.
    from: String,
    /// `07:00`.
    to: String,
}

impl TellingChoicesWire {
    fn of(choices: Choices) -> TellingChoicesWire {
        let clock = |minutes: u16| format!("{:02}:{:02}", minutes / 60, minutes % 60);
        let quiet = choices.quiet.map(|it| QuietWire { from: clock(it.from_min), to: clock(it.to_min) });
        let Choices { language, push, mail, sms, addresses, n_browsers, .. } = choices;
        let Addresses { mail: mail_address, phone } = addresses;
        TellingChoicesWire { language, quiet, push, mail, sms, mail_address, phone, browsers: n_browsers }
    }

    fn read(self) -> Answer<Choices> {
        let minute = |text: &str, path: &str| {
            let read = || {
                let (hour, minute) = text.split_once(':').filter(|(h, m)| h.len() == 2 && m.len() == 2)?;
                let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
                (hour < 24 && minute < 60).then_some(60 * hour + minute)
            };
            read().ok_or_else(|| Problem::field(path, "format", "a time of day is written 22:00"))
        };
        let quiet = match &self.quiet {
            Some(quiet) => {
                let (from, to) = (minute(&quiet.from, "/quiet/from")?, minute(&quiet.to, "/quiet/to")?);
                let same = || {
                    Problem::field("/quiet/to", "range", "quiet hours end at another time than they begin")
                };
                Some(Quiet::new(from, to).ok_or_else(same)?)
            }
            None => None,
        };
        let TellingChoicesWire { language, push, mail, sms, mail_address, phone, .. } = self;
        let addresses = Addresses {
            mail: mail_address.filter(|it| !it.is_empty()),
            phone: phone.filter(|it| !it.is_empty()),
        };
        Ok(Choices { language, quiet, push, mail, sms, addresses, n_browsers: 0 })
    }
}

/// How one wants to be told
#[utoipa::path(get, path = "/api/v1/notices/choices", tag = "notices", responses(
    (status = 200, description = "One's own", body = TellingChoicesWire)))]
async fn choices(Shared(state): Shared<State>, who: Who) -> Answer<Json<TellingChoicesWire>> {
    Ok(Json(TellingChoicesWire::of(telling::choices(&state.app, &who).await?)))
}

/// Choose how to be told
#[utoipa::path(put, path = "/api/v1/notices/choices", tag = "notices", request_body = TellingChoicesWire, responses(
    (status = 200, description = "As it is now", body = TellingChoicesWire),
    (status = 422, description = "A field makes no sense, or this node has no keys to seal addresses with", body = Problem, content_type = "application/problem+json")))]
async fn choose(
    Shared(state): Shared<State>,
    who: Who,
    Json(new): Json<TellingChoicesWire>,
) -> Answer<Json<TellingChoicesWire>> {
    Ok(Json(TellingChoicesWire::of(telling::choose(&state.app, &who, new.read()?).await?)))
}

/// The city's key for pushes.
#[derive(Serialize, ToSchema)]
struct PushKeyWire {
    /// `applicationServerKey` of the browser's call: base64url.
    key: String,
}

/// The key for pushes
#[utoipa::path(get, path = "/api/v1/notices/push", tag = "notices", responses(
    (status = 200, description = "The public key by which a browser subscribes", body = PushKeyWire),
    (status = 422, description = "This node has no keys to seal with")))]
async fn push_key(Shared(state): Shared<State>, _: Who) -> Answer<Json<PushKeyWire>> {
    Ok(Json(PushKeyWire { key: telling::push_key(&state.app).await? }))
}

/// Where a browser takes pushes: what `PushSubscription.toJSON()` gives.
#[derive(Deserialize, ToSchema)]
struct BrowserIn {
    endpoint: String,
    keys: BrowserKeys,
}

/// Keys of a browser.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct BrowserKeys {
    /// Its public key, base64url.
    p256dh: String,
    /// Its secret, base64url.
    auth: String,
}

/// Take pushes in a browser
#[utoipa::path(put, path = "/api/v1/notices/push/{id}", tag = "notices", request_body = BrowserIn,
    params(("id" = String, Path, description = "UUID made by the browser")), responses(
    (status = 201, description = "It takes pushes from now on"), (status = 200, description = "It does already"),
    (status = 404, description = "Not a UUID, or taken by another"),
    (status = 422, description = "A field makes no sense", body = Problem, content_type = "application/problem+json")))]
async fn add_browser(
    Shared(state): Shared<State>,
    who: Who,
    Named(id): Named,
    Json(new): Json<BrowserIn>,
) -> Answer<StatusCode> {
    let BrowserIn { endpoint, keys } = new;
    let subscription = Subscription { endpoint, p256dh: keys.p256dh, auth: keys.auth };
    let is_new = telling::add_browser(&state.app, &who, read_id(&id)?, subscription).await?;
    Ok(if is_new { StatusCode::CREATED } else { StatusCode::OK })
}

/// Take no pushes in a browser
#[utoipa::path(delete, path = "/api/v1/notices/push/{id}", tag = "notices",
    params(("id" = String, Path, description = "Id of the browser")), responses(
    (status = 204, description = "It takes none any more"), (status = 404, description = "No such browser of the caller's")))]
async fn drop_browser(Shared(state): Shared<State>, who: Who, Named(id): Named) -> Answer<StatusCode> {
    telling::drop_browser(&state.app, &who, read_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Programs that are told of notices.
#[derive(Serialize, ToSchema)]
struct HooksWire {
    /// To be sent as `version` with a change.
    version: u32,
    items: Vec<HookWire>,
}

/// A program that is told of notices.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct HookWire {
    /// UUID made by whoever adds it; another id has another secret.
    id: Uuid,
    name: String,
    /// https, and no private address unless an operator allows it.
    url: String,
    /// Only what is urgent.
    #[serde(default)]
    urgent_only: bool,
    /// Only these kinds; empty is all.
    #[serde(default)]
    kinds: Vec<String>,
}

/// All webhooks, whole.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct HooksIn {
    /// The version that was decided on.
    version: u32,
    items: Vec<HookWire>,
}

impl HookWire {
    fn of(hook: &Hook) -> HookWire {
        let kinds = hook.kinds.iter().map(|kind| kind.as_str().to_owned()).collect();
        let (name, url) = (hook.name.clone(), hook.url.clone());
        HookWire { id: hook.id, name, url, urgent_only: hook.urgent_only, kinds }
    }

    fn read(self, at: usize) -> Answer<Hook> {
        let mut kinds = BTreeSet::new();
        for kind in &self.kinds {
            let path = format!("/items/{at}/kinds");
            let unknown = || Problem::field(path, "unknown", format!("{kind:?} is no kind of notice"));
            kinds.insert(NoticeKind::parse(kind).ok_or_else(unknown)?);
        }
        Ok(Hook {
            id: self.id,
            name: self.name.trim().to_owned(),
            url: self.url,
            urgent_only: self.urgent_only,
            kinds,
        })
    }
}

/// Webhooks
#[utoipa::path(get, path = "/api/v1/hooks", tag = "notices", responses(
    (status = 200, description = "All of them", body = HooksWire), (status = 404, description = "Not an administrator of the whole city")))]
async fn hooks(Shared(state): Shared<State>, who: Who) -> Answer<Json<HooksWire>> {
    let kept = telling::hooks(&state.app, &who).await?;
    Ok(Json(HooksWire { version: kept.version, items: kept.body.iter().map(HookWire::of).collect() }))
}

/// Change webhooks
#[utoipa::path(put, path = "/api/v1/hooks", tag = "notices", request_body = HooksIn, responses(
    (status = 200, description = "As they are now", body = HooksWire), (status = 404, description = "Not an administrator of the whole city"),
    (status = 412, description = "They were changed meanwhile", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "A field makes no sense", body = Problem, content_type = "application/problem+json")))]
async fn save_hooks(
    Shared(state): Shared<State>,
    who: Who,
    Json(new): Json<HooksIn>,
) -> Answer<Json<HooksWire>> {
    let read =
        new.items.into_iter().enumerate().map(|(at, hook)| hook.read(at)).collect::<Answer<Vec<Hook>>>()?;
    telling::save_hooks(&state.app, &who, Some(new.version), read).await?;
    hooks(Shared(state), who).await
}

/// The secret of a webhook.
#[derive(Serialize, ToSchema)]
struct SecretWire {
    /// `whsec_` and base64, as libraries of Standard Webhooks take it.
    secret: String,
}

/// The secret of a webhook
#[utoipa::path(get, path = "/api/v1/hooks/{id}/secret", tag = "notices",
    params(("id" = String, Path, description = "Id of the webhook")), responses(
    (status = 200, description = "By which its receiver checks signatures", body = SecretWire),
    (status = 404, description = "No such webhook, or not an administrator of the whole city"),
    (status = 422, description = "This node has no keys")))]
async fn secret(Shared(state): Shared<State>, who: Who, Named(id): Named) -> Answer<Json<SecretWire>> {
    Ok(Json(SecretWire { secret: telling::secret(&state.app, &who, read_id(&id)?).await? }))
}

/// What was given up.
#[derive(Serialize, ToSchema)]
struct DeadWire {
    /// By id.
    items: Vec<DeliveryWire>,
    /// `after` of the next page; `null` at the end.
    next: Option<Uuid>,
}

/// A notice on one way to someone.
#[derive(Serialize, ToSchema)]
struct DeliveryWire {
    id: Uuid,
    notice: Uuid,
    /// push, mail, sms or hook.
    way: String,
    /// To whom; none for a webhook.
    person: Option<Uuid>,
    /// To which browser or webhook.
    target: Option<Uuid>,
    /// How often it was tried.
    tries: u32,
    /// Why it failed last, without addresses.
    error: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    made_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    ended_at: Option<Timestamp>,
}

impl DeliveryWire {
    fn of(it: Delivery) -> DeliveryWire {
        DeliveryWire {
            id: it.id,
            notice: it.notice,
            way: it.way.as_str().to_owned(),
            person: it.person.map(|person| person.0),
            target: it.target,
            tries: it.n_tries,
            error: it.error,
            made_at: it.made,
            ended_at: it.ended,
        }
    }
}

/// Which of them.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct DeadQuery {
    /// `next` of the page before.
    after: Option<Uuid>,
}

/// Deliveries that were given up
#[utoipa::path(get, path = "/api/v1/deliveries/dead", tag = "notices", params(DeadQuery), responses(
    (status = 200, description = "Oldest first", body = DeadWire), (status = 404, description = "Not an administrator of the whole city"),
    (status = 422, description = "A parameter makes no sense")))]
async fn dead(
    Shared(state): Shared<State>,
    who: Who,
    Query(query): Query<DeadQuery>,
) -> Answer<Json<DeadWire>> {
    let found = telling::dead(&state.app, &who, query.after, 200).await?;
    let next = found.last().filter(|_| found.len() == 200).map(|last| last.id);
    Ok(Json(DeadWire { items: found.into_iter().map(DeliveryWire::of).collect(), next }))
}

/// Send a dead delivery again
#[utoipa::path(post, path = "/api/v1/deliveries/{id}/resend", tag = "notices",
    params(("id" = String, Path, description = "Id of the delivery")), responses(
    (status = 204, description = "It is on its way again"), (status = 404, description = "No such dead delivery, or not an administrator of the whole city")))]
async fn resend(Shared(state): Shared<State>, who: Who, Named(id): Named) -> Answer<StatusCode> {
    telling::resend(&state.app, &who, read_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What cannot be an id is the id of nothing.
fn read_id(text: &str) -> Answer<Uuid> {
    text.parse().map_err(|_| Problem::new(Code::NotFound))
}

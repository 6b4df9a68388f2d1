//! The work of telling: one node at a time, under a lease. It makes the deliveries of new notices, sends what is due, and
//! lets urgent notices climb that nobody reads. A node that paused and was overtaken writes nothing: the guard of the lease
//! stands in front of each commit; what it sent meanwhile is known by its id to whoever is told twice.

use super::webhook::Sent;
use super::{choices, hooks, mail, push, sms, webhook};
use crate::people::new_id;
use crate::{App, AppError, City};
use domain::area::Level;
use domain::class::Label;
use domain::id::{AreaId, PersonId};
use domain::notice::{Notice, Whom};
use domain::telling::{CLIMBS_AFTER, Hook, Way, again};
use futures_util::future::join_all;
use jiff::Timestamp;
use serde_json::json;
use store::lease::{self, Held};
use store::notice::{self, Placed};
use store::telling::{self, Delivery};
use store::{Batch, CommitError};

const LEASE: &str = "telling";
/// Longer than a round of sending may take.
const LEASE_MS: i64 = 90_000;
/// Notices taken up in one round.
const NOTICES: u32 = 100;
/// Deliveries sent at the same time.
const AT_ONCE: u32 = 16;

/// Does a round of what is to be done. Whether there was anything; `false` also while another node has the lease.
pub async fn step(app: &App, node: &str) -> Result<bool, AppError> {
    let now = app.clock.now();
    let is_idle = notice::untold(&app.store, 1).await?.is_empty()
        && telling::due(&app.store, now, 1).await?.is_empty()
        && notice::unheard(&app.store, now - CLIMBS_AFTER, 1).await?.is_empty();
    if is_idle {
        return Ok(false);
    }
    let Some(held) = lease::acquire(&app.store, LEASE, node, now.as_millisecond(), LEASE_MS).await? else {
        return Ok(false);
    };
    let done = round(app, &held).await;
    let released = lease::release(&app.store, &held).await;
    match (done, released) {
        (Err(Ended::LeaseLost), _) => Ok(false),
        (Err(Ended::Failed(error)), _) => Err(error),
        (Ok(()), Err(CommitError::Conflict { .. }) | Ok(())) => Ok(true),
        (Ok(()), Err(error)) => Err(error.into()),
    }
}

enum Ended {
    LeaseLost,
    Failed(AppError),
}

impl<E: Into<AppError>> From<E> for Ended {
    fn from(error: E) -> Ended {
        Ended::Failed(error.into())
    }
}

async fn round(app: &App, held: &Held) -> Result<(), Ended> {
    for notice in notice::untold(&app.store, NOTICES).await? {
        make(app, held, &notice).await?;
    }
    let now = app.clock.now();
    for notice in notice::unheard(&app.store, now - CLIMBS_AFTER, NOTICES).await? {
        climb(app, held, &notice.notice).await?;
    }
    let due = telling::due(&app.store, app.clock.now(), AT_ONCE).await?;
    let known = hooks::all(app).await?.body;
    let tries = join_all(due.iter().map(|delivery| attempt(app, &known, delivery))).await;
    for (delivery, sent) in due.iter().zip(tries) {
        ended(app, held, delivery, sent?).await?;
    }
    Ok(())
}

/// Commits under the lease. `false`: what it stood on had changed; nothing of it is kept.
async fn commit(app: &App, held: &Held, batch: Batch) -> Result<bool, Ended> {
    let label = batch.label;
    match app.store.commit(Batch::new(label).with(held.guard()).and(batch)).await {
        Ok(()) => Ok(true),
        Err(CommitError::Conflict { .. }) => {
            let here = lease::holder(&app.store, LEASE).await?;
            let is_ours = here.is_some_and(|it| it.holder == held.holder && it.epoch == held.epoch);
            if is_ours { Ok(false) } else { Err(Ended::LeaseLost) }
        }
        Err(error) => Err(error.into()),
    }
}

/// Makes the deliveries of a notice, each with the moment from which it may leave.
async fn make(app: &App, held: &Held, placed: &Placed) -> Result<(), Ended> {
    let (it, now, zone) = (&placed.notice, app.clock.now(), app.city().zone.clone());
    let mut batch = Batch::new("make deliveries").with(notice::told(it.id, now));
    let add = |batch: Batch, way, person: Option<PersonId>, target, next: Timestamp| {
        let (id, state) = (new_id(now).0, "waiting".to_owned());
        let made = Delivery {
            id,
            notice: it.id,
            way,
            person,
            target,
            state,
            n_tries: 0,
            next,
            made: now,
            ended: None,
            error: None,
        };
        batch.with(made.insert())
    };
    for person in people(app, it.whom).await? {
        let wants = choices::of(app, person).await?;
        let next = match wants.quiet.filter(|_| !it.urgent) {
            Some(quiet) => quiet.after(now, &zone),
            None => now,
        };
        if wants.push {
            for browser in telling::browsers(&app.store, person).await? {
                batch = add(batch, Way::Push, Some(person), Some(browser.id), next);
            }
        }
        if wants.mail && app.outside.mail.is_some() {
            batch = add(batch, Way::Mail, Some(person), None, next);
        }
        if wants.sms && app.outside.sms.is_some() {
            batch = add(batch, Way::Sms, Some(person), None, next);
        }
    }
    for hook in hooks::all(app).await?.body.iter().filter(|hook| hook.wants(it.kind, it.urgent)) {
        batch = add(batch, Way::Hook, None, Some(hook.id), now);
    }
    commit(app, held, batch).await.map(drop)
}

async fn people(app: &App, whom: Whom) -> Result<Vec<PersonId>, AppError> {
    Ok(match whom {
        Whom::Person(person) => vec![person],
        Whom::Desk(area) => telling::at_desk(&app.store, area).await?,
        Whom::Unit(unit) => telling::in_unit(&app.store, unit).await?,
    })
}

/// Tells the desk above, once, of what nobody has read.
async fn climb(app: &App, held: &Held, it: &Notice) -> Result<(), Ended> {
    let (city, now) = (app.city(), app.clock.now());
    let mut batch = Batch::new("climb").with(notice::climbed(it.id, now));
    if let Some(desk) = above(&city, it) {
        batch = batch.with(crate::notice::to_desk(desk, it.kind, it.about, it.place, true, now));
    }
    commit(app, held, batch).await.map(drop)
}

/// Whose desk is next: of a person the township they work in, of a unit the area it serves, of a desk the area above it.
fn above(city: &City, it: &Notice) -> Option<AreaId> {
    match it.whom {
        Whom::Desk(area) => city.area(area)?.parent,
        Whom::Unit(unit) => city.units.get(&unit).map(|unit| unit.area),
        Whom::Person(_) => {
            let areas = city.ancestors(it.place);
            areas.at(Level::Township).or(areas.county).or(areas.city)
        }
    }
}

/// Tries one delivery; nothing is written.
async fn attempt(app: &App, known: &[Hook], delivery: &Delivery) -> Result<Sent, AppError> {
    let Some(placed) = notice::one(&app.store, delivery.notice).await? else {
        return Ok(Sent::Gone("the notice is gone".to_owned()));
    };
    let (it, now) = (&placed.notice, app.clock.now());
    if let Way::Hook = delivery.way {
        let Some(hook) = known.iter().find(|hook| Some(hook.id) == delivery.target) else {
            return Ok(Sent::Gone("the webhook was taken out".to_owned()));
        };
        let key = hooks::key(app, hook.id)?;
        return Ok(webhook::send(&app.outside, &hook.url, &key, delivery.id, it, now).await);
    }
    let Some(person) = delivery.person else { return Ok(Sent::Gone("it is for nobody".to_owned())) };
    let wants = choices::of(app, person).await?;
    let words = Words::of(app, it, &wants.language);
    Ok(match delivery.way {
        Way::Push => pushed(app, delivery, &words, it, now).await?,
        Way::Mail => match &wants.addresses.mail {
            Some(to) if wants.mail => {
                let letter = mail::Letter { to, subject: &words.what, text: &words.whole(), id: delivery.id };
                mail::send(&app.outside, &letter, now).await
            }
            _ => Sent::Gone("they want no mail any more".to_owned()),
        },
        Way::Sms => match &wants.addresses.phone {
            Some(phone) if wants.sms => sms::send(&app.outside, phone, &words.whole()).await,
            _ => Sent::Gone("they want no messages any more".to_owned()),
        },
        Way::Hook => unreachable!("it was sent above"),
    })
}

async fn pushed(
    app: &App,
    delivery: &Delivery,
    words: &Words,
    it: &Notice,
    now: Timestamp,
) -> Result<Sent, AppError> {
    let browser = match delivery.target {
        Some(id) => telling::browser(&app.store, id).await?,
        None => None,
    };
    let Some(browser) = browser else { return Ok(Sent::Gone("the browser was taken out".to_owned())) };
    let Some(to) = choices::opened(app, "telling/browser", &browser.sealed).await? else {
        return Ok(Sent::Gone("the browser's keys were erased".to_owned()));
    };
    let text = json!({
        "notice": it.id, "title": words.what, "body": words.whereabouts, "about": it.about.stream.as_str(), "id": it.about.id,
        "urgent": it.urgent,
    })
    .to_string();
    let topic = delivery.id.simple().to_string();
    let message = push::Message { text: &text, urgent: it.urgent, topic };
    let sent = push::send(&app.outside, &choices::vapid(app).await?, &to, &message, now).await;
    if let Sent::Gone(_) = sent {
        choices::forget(app, &browser).await?;
    }
    Ok(sent)
}

/// What is said of a notice: what happened, and in which area. Nothing of anybody.
struct Words {
    what: String,
    whereabouts: String,
}

impl Words {
    fn of(app: &App, it: &Notice, language: &str) -> Words {
        let city = app.city();
        // A grid may be a household's: the community above it says enough.
        let areas = city.ancestors(it.place);
        let place = areas.community.or(areas.township).or(areas.county).or(areas.city);
        let area = place.and_then(|id| city.area(id)).map(|area| Label::new(&area.name_zh, &area.name_en));
        let (what, area) = (it.kind.label(), area.unwrap_or_else(|| Label::new("", "")));
        if language == "en" {
            Words { what: what.en, whereabouts: area.en }
        } else {
            Words { what: what.zh, whereabouts: area.zh }
        }
    }

    fn whole(&self) -> String {
        if self.whereabouts.is_empty() {
            self.what.clone()
        } else {
            format!("{} · {}", self.what, self.whereabouts)
        }
    }
}

/// Writes down how a try ended.
async fn ended(app: &App, held: &Held, delivery: &Delivery, sent: Sent) -> Result<(), Ended> {
    let now = app.clock.now();
    let statement = match sent {
        Sent::Yes => delivery.sent(now),
        Sent::Not(why) => delivery.failed(now, again(now, delivery.n_tries + 1), &why),
        Sent::Gone(why) => delivery.failed(now, None, &why),
    };
    commit(app, held, Batch::new("delivery").with(statement)).await.map(drop)
}

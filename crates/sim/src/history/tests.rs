//! The demo city's two years hold everything that can happen, and happen the same way twice.

use super::{Made, Plan, make};
use app::{App, Clock};
use domain::case::{ActName, Evidence, EvidenceKind};
use domain::id::AttachmentId;
use domain::stream::Stream;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use store::log;
use store::testing::Fresh;

async fn live(n_cases: usize) -> (App, Made) {
    let store = Fresh::sqlite().open().await;
    let to: Timestamp = "2026-03-20T04:00:00Z".parse().unwrap();
    let from = to - SignedDuration::from_hours(24 * 120);
    let today = jiff::tz::TimeZone::UTC.to_datetime(to).date();
    let seeded = crate::seed::seed(&store, 42, from, today).await.unwrap();
    let app = App::new(store, Clock::standing_at(to)).await.unwrap();
    let shown = |kind: &EvidenceKind| Evidence {
        attachment: AttachmentId(uuid::Uuid::max()),
        sha256: domain::audit::sha256(kind.as_str().as_bytes()).to_string(),
        kind: *kind,
    };
    let stock: Vec<Evidence> = EvidenceKind::ALL.iter().map(shown).collect();
    let plan = Plan { seed: 42, n_cases, from, to };
    let made = make(&app, &seeded.cast, &seeded.texts, &stock, plan, |_| {}).await.unwrap();
    (app, made)
}

async fn counts(app: &App) -> BTreeMap<ActName, usize> {
    let everything =
        log::between(&app.store, Stream::Case, uuid::Uuid::nil(), uuid::Uuid::max()).await.unwrap();
    let mut counts = BTreeMap::new();
    for entry in everything {
        *counts.entry(entry.parsed().unwrap().1.name()).or_default() += 1;
    }
    counts
}

#[tokio::test]
async fn every_kind_of_act_happens_and_the_record_holds() {
    let (app, made) = live(6_000).await;
    let counts = counts(&app).await;
    // The areas of these two years stay as they are: nothing is relocated.
    let happens = ActName::ALL.iter().filter(|act| **act != ActName::Relocate);
    let missing: Vec<&ActName> = happens.filter(|act| !counts.contains_key(act)).collect();
    assert!(missing.is_empty(), "never happened: {missing:?}");
    assert_eq!(counts.values().sum::<usize>() as u64, made.n_acts);
    assert!(made.n_refused * 50 < made.n_acts, "{made:?}: chance wants too much that the law refuses");
    let verified = app::verify::verify(&app, |_| {}).await.unwrap();
    assert!(verified.broken.is_empty(), "{verified:?}");
}

#[tokio::test]
async fn the_same_seed_gives_the_same_history() {
    let ((first, made), (second, again)) = (live(800).await, live(800).await);
    assert_eq!(made, again);
    assert_eq!(counts(&first).await, counts(&second).await);
}

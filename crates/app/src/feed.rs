//! What happens, as it happens: the log as a stream of events, each with what rights depend on.
//!
//! One reader per node follows the log and keeps its newest part at hand ([`Live`]); whoever listens joins it
//! by cursor, or reads pages until there is something to join. A cursor names a place behind one event, so
//! that a listener who breaks off anywhere misses nothing and hears nothing twice.

mod live;

pub use live::{Follower, Live};
pub use store::feed::{Cursor, FeedError};

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use crate::App;
use domain::case::ActName;
use domain::id::CaseId;
use domain::policy::{Actor, Facts, Scope};
use domain::stream::Stream;
use jiff::Timestamp;
use store::case::{self, CaseRow};
use store::{Fault, Row, feed};

const COLUMNS: &[&str] = &["case_id", "kind", "version", "act", "at_ms"];

/// One act that happened.
#[derive(Clone, Debug)]
pub struct Event {
    /// The place behind it.
    pub cursor: Cursor,
    /// The case as it stood when this was read: not before the act, perhaps after later ones.
    pub case: CaseRow,
    /// The version the act made.
    pub version: u32,
    /// Which act.
    pub act: ActName,
    /// When.
    pub at: Timestamp,
    facts: Facts,
}

impl Event {
    /// Whether this person may know of it.
    pub fn is_for(&self, actor: &Actor) -> bool {
        Scope::of(actor).covers(&self.facts)
    }
}

/// Events after a place, and the place behind everything that was read: acts on cases are events, and what else stands in
/// the log is passed over.
pub async fn read(
    app: &App,
    after: Option<&Cursor>,
    limit: u32,
) -> Result<(Vec<Arc<Event>>, Cursor), FeedError> {
    let (rows, next) = feed::after(&app.store, after, COLUMNS, limit).await?;
    let mut known: HashMap<CaseId, (CaseRow, Facts)> = HashMap::new();
    let mut events = Vec::with_capacity(rows.len());
    for row in &rows {
        if row.text("kind")? != Stream::Case.as_str() {
            continue;
        }
        let id = CaseId(row.uuid("case_id")?);
        if let Entry::Vacant(place) = known.entry(id) {
            // An entry without its case is a broken record: `verify` names it, the stream goes on.
            let Some(case) = case::one(&app.store, id).await? else { continue };
            let units = case::units(&app.store, id).await?;
            let facts = Facts {
                areas: case.areas,
                desk: case.desk,
                desk_areas: app.city().ancestors(case.desk),
                units,
                reporter: case.reporter,
                private: case.private,
            };
            place.insert((case, facts));
        }
        let (case, facts) = known[&id].clone();
        events.push(Arc::new(Event {
            cursor: feed::cursor_of(row)?,
            version: row.int("version")? as u32,
            act: act_of(row)?,
            at: Timestamp::from_millisecond(row.int("at_ms")?).unwrap_or_default(),
            case,
            facts,
        }));
    }
    Ok((events, next))
}

/// The place behind everything that has happened.
pub async fn end(app: &App) -> Result<Cursor, FeedError> {
    feed::end(&app.store).await
}

fn act_of(row: &Row) -> Result<ActName, Fault> {
    #[derive(serde::Deserialize)]
    struct Named {
        act: ActName,
    }
    let text = row.text("act")?;
    let named: Named = serde_json::from_str(&text)
        .map_err(|e| Fault::Nonsense { what: "column act".to_owned(), why: e.to_string() })?;
    Ok(named.act)
}

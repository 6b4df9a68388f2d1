//! Writing a case: its row, its shares and its entry, in one batch guarded by the version that was read.

use super::row::{COLUMNS, values};
use crate::engine::Stack;
use crate::log;
use crate::{Batch, Statement, Value, params};
use domain::audit::{Entry, Hash};
use domain::case::{Assigned, Case, Share, ShareState};
use std::sync::LazyLock;

static INSERT: LazyLock<String> = LazyLock::new(|| {
    let places: Vec<String> = (1..=COLUMNS.len()).map(|n| format!("${n}")).collect();
    format!("insert into cases ({}) values ({})", COLUMNS.join(", "), places.join(", "))
});

static UPDATE: LazyLock<String> = LazyLock::new(|| {
    let sets: Vec<String> =
        COLUMNS.iter().enumerate().skip(1).map(|(n, column)| format!("{column} = ${}", n + 1)).collect();
    format!("update cases set {} where id = $1 and version = ${}", sets.join(", "), COLUMNS.len() + 1)
});

const SHARE: &str = "insert into share (case_id, unit_id, lead, state, due_ms) values ($1, $2, $3, $4, $5)
    on conflict (case_id, unit_id) do update
    set lead = excluded.lead, state = excluded.state, due_ms = excluded.due_ms";
const SHARE_OVER: &str = "update share set state = 'over', due_ms = null where case_id = $1 and unit_id = $2";

pub(super) fn sql() -> Vec<String> {
    vec![INSERT.clone(), UPDATE.clone(), SHARE.to_owned(), SHARE_OVER.to_owned()]
}

/// One case moved by one or more acts.
#[derive(Clone, Debug)]
pub struct Write<'a> {
    /// As it was read; `None` when it is new.
    pub before: Option<&'a Case>,
    /// As it is now.
    pub after: &'a Case,
    /// The acts between, oldest first, each with the SHA-256 of the request that asked for it.
    pub entries: &'a [(Entry, Hash)],
}

/// The statements that make it so. The guard comes first: it fails when the case has moved on.
pub fn change(batch: Batch, write: &Write<'_>) -> Batch {
    let head = write.entries.last().map(|(entry, _)| entry.hash).unwrap_or_default();
    let mut values = values(write.after, head);
    let batch = match write.before {
        None => batch.with(Statement::new(INSERT.as_str(), values).expecting(1).stacked(Stack::First)),
        Some(before) => {
            values.push(Value::from(before.version));
            batch.guard(UPDATE.as_str(), values)
        }
    };
    let batch = log::insert_all(write.entries).fold(batch, Batch::with);
    let was = write.before.and_then(Case::assigned).map(|a| a.shares.as_slice()).unwrap_or_default();
    shares(write.after, was).into_iter().fold(batch, Batch::with)
}

/// Shares that differ from before. A share whose case waits at the desk again, or ended, is over.
fn shares(case: &Case, was: &[Share]) -> Vec<Statement> {
    let now: &[Share] = case.assigned().map(|a: &Assigned| a.shares.as_slice()).unwrap_or_default();
    let gone = was.iter().filter(|old| now.iter().all(|new| new.unit != old.unit));
    let over = gone.map(|old| Statement::new(SHARE_OVER, params![case.id.0, old.unit.0]));
    let changed = now.iter().enumerate().filter(|(at, new)| was.get(*at) != Some(new));
    let written = changed.map(|(at, share)| {
        let [unit, lead, state, due] = share_values(at, share);
        Statement::new(SHARE, vec![case.id.0.into(), unit, lead, state, due])
    });
    over.chain(written).collect()
}

/// Unit, whether it leads, state and deadline of the share that stands at a place.
pub(super) fn share_values(at: usize, share: &Share) -> [Value; 4] {
    let state = match share.state {
        ShareState::Given => "given",
        ShareState::Accepted(_) => "accepted",
        ShareState::Done(..) => "done",
    };
    let due = share.due().map(|due| due.at.as_millisecond());
    [share.unit.0.into(), (at == 0).into(), state.into(), due.into()]
}

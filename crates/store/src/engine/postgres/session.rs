//! One writing connection: its prepared statements, a group of batches as one transaction, and what can go wrong with it.

use std::{
    borrow::Cow, collections::HashMap, future::Future, pin::Pin, sync::Arc, task::Poll, time::Duration,
};

use tokio::time::timeout;
use tokio_postgres::{Client, Error, Statement, error::SqlState};

use super::{
    Answer,
    link::Link,
    stack::{Request, requests},
    wire,
    writer::take_doubt,
};
use crate::engine::{
    batch::{Batch, Expect},
    fault::{CommitError, Fault},
};

/// Longest wait for one answer of the server: beyond its own limits something is wrong.
const ANSWER: Duration = Duration::from_secs(10);
/// Statements kept prepared; beyond it all are let go.
const PREPARED: usize = 1_024;
const XID: &str = "select pg_current_xact_id()::text";

pub(super) struct Session {
    link: Link,
    /// By rows at once and by the text of one.
    prepared: HashMap<usize, HashMap<String, Statement>>,
    timeline: String,
}

/// Why a group as a whole did not go through.
pub(super) enum Trouble {
    /// The connection broke before the commit was asked for: nothing is in the database.
    Broken(Fault),
    /// The commit was asked for, the answer did not come.
    Unknown(Box<Unanswered>),
    /// Committed here, but a standby was not waited for: a failover may still lose it.
    Doubtful(Fault),
    /// The server refused the group.
    Whole(Refused),
}

/// A commit that was asked for and not answered.
pub(super) struct Unanswered {
    pub(super) xid: String,
    pub(super) timeline: String,
    pub(super) fault: Fault,
    /// What each batch will be told if the commit turns out to have happened.
    pub(super) answer: Answer,
}

/// The server's refusal of a whole group.
pub(super) struct Refused(Arc<Error>);

impl Refused {
    pub(super) fn for_batch(&self, batch: &Batch) -> CommitError {
        if self.0.code() == Some(&SqlState::DISK_FULL) {
            return CommitError::Full;
        }
        Fault::Commit { label: batch.label, doing: "commit".into(), source: Arc::clone(&self.0).into() }
            .into()
    }
}

impl Session {
    pub(super) async fn open(link: Link) -> Result<Self, Error> {
        let sql = "select substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)";
        let timeline = link.client.query_one(sql, &[]).await?.get(0);
        Ok(Self { link, prepared: HashMap::new(), timeline })
    }

    pub(super) fn is_closed(&self) -> bool {
        self.link.client.is_closed()
    }

    pub(super) fn timeline(&self) -> &str {
        &self.timeline
    }

    pub(super) async fn status(&self, xid: &str) -> Result<Option<String>, Error> {
        let row = self.link.client.query_one("select pg_xact_status($1::text::xid8)", &[&xid]).await?;
        Ok(row.get(0))
    }

    /// Applies the batches in one transaction. The happy way first; when one is refused, again with savepoints.
    pub(super) async fn group(&mut self, batches: &[&Batch]) -> Result<Answer, Trouble> {
        if let Some(xid) = self.together(&requests(batches)).await? {
            return self.keep(xid, batches.iter().map(|_| Ok(())).collect()).await;
        }
        let (xid, answer) = self.one_by_one(batches).await?;
        self.keep(xid, answer).await
    }

    /// Prepares what is new. A text the server refuses is the fault of its batch.
    async fn prepare(&mut self, request: &Request<'_>) -> Result<Result<Statement, Arc<Error>>, Trouble> {
        let known = self.prepared.entry(request.n_rows).or_default();
        if let Some(known) = known.get(request.sql) {
            return Ok(Ok(known.clone()));
        }
        let client = &self.link.client;
        let prepared = answered(client.prepare(&request.text())).await?;
        match &prepared {
            Ok(new) => {
                if known.len() >= PREPARED {
                    known.clear();
                }
                known.insert(request.sql.to_owned(), new.clone());
            }
            Err(error) => broken(client, error)?,
        }
        Ok(prepared.map_err(Arc::new))
    }

    /// All requests sent without waiting; gives the transaction's number when every one went through.
    async fn together(&mut self, requests: &[Request<'_>]) -> Result<Option<String>, Trouble> {
        let mut ready = Vec::with_capacity(requests.len());
        for request in requests {
            let Ok(prepared) = self.prepare(request).await? else { return Ok(None) };
            ready.push(prepared);
        }
        let client = &self.link.client;
        let mut begun = Pipeline::new();
        begun.send(client.batch_execute("begin")).await;
        let mut running = Pipeline::new();
        for (request, prepared) in requests.iter().zip(&ready) {
            running.send(client.execute_raw(prepared, request.params.iter().copied().map(wire::param))).await;
        }
        let number = client.query_one(XID, &[]);
        let mut number = std::pin::pin!(number);
        let early = poll_once(number.as_mut()).await;
        for outcome in begun.answers().await? {
            outcome.map_err(|error| begin_failed(client, error))?;
        }
        let mut refused = false;
        for (outcome, request) in running.answers().await?.into_iter().zip(requests) {
            match outcome {
                Ok(rows) if request.expect == Expect::Any || request.expect == Expect::Rows(rows) => {}
                Ok(_) => refused = true,
                Err(error) => {
                    broken(client, &error)?;
                    refused = true;
                }
            }
        }
        let number = match early {
            Some(number) => number,
            None => answered(number).await?,
        };
        if !refused && let Ok(row) = number {
            return Ok(Some(row.get(0)));
        }
        answered(client.batch_execute("rollback")).await?.map_err(|error| lost(&error))?;
        Ok(None)
    }

    /// Each batch in a savepoint of its own; gives the transaction's number and what became of each.
    async fn one_by_one(&mut self, batches: &[&Batch]) -> Result<(String, Answer), Trouble> {
        let mut ready = Vec::with_capacity(batches.len());
        for batch in batches {
            ready.push(self.prepare_all(batch).await?);
        }
        let client = &self.link.client;
        let mut answer = Answer::with_capacity(batches.len());
        let mut before = "begin; savepoint batch";
        for (batch, ready) in batches.iter().zip(ready) {
            let ready = match ready {
                Ok(ready) => ready,
                Err(error) => {
                    answer.push(Err(refusal(batch, 0, error)));
                    continue;
                }
            };
            let mut point = Pipeline::new();
            point.send(client.batch_execute(before)).await;
            let mut running = Pipeline::new();
            for (statement, prepared) in batch.statements.iter().zip(&ready) {
                running.send(client.execute_raw(prepared, statement.params.iter().map(wire::param))).await;
            }
            for outcome in point.answers().await? {
                outcome.map_err(|error| begin_failed(client, error))?;
            }
            let mut outcome = Ok(());
            for (at, (rows, statement)) in
                running.answers().await?.into_iter().zip(&batch.statements).enumerate()
            {
                if outcome.is_err() {
                    continue; // what follows a refusal says nothing
                }
                outcome = match (rows, statement.expect) {
                    (Ok(rows), Expect::Rows(wanted)) if rows != wanted => {
                        let detail = format!("statement {} touched {rows} rows, not {wanted}", at + 1);
                        Err(CommitError::Conflict { label: batch.label, detail })
                    }
                    (Ok(_), _) => Ok(()),
                    (Err(error), _) => {
                        broken(client, &error)?;
                        Err(refusal(batch, at, Arc::new(error)))
                    }
                };
            }
            before = match outcome {
                Ok(()) => "release savepoint batch; savepoint batch",
                Err(_) => "rollback to savepoint batch",
            };
            answer.push(outcome);
        }
        if before.starts_with("begin") {
            return Ok((String::new(), answer)); // no batch was worth beginning for
        }
        if before.starts_with("rollback") {
            answered(client.batch_execute(before)).await?.map_err(|error| lost(&error))?;
        }
        let number = answered(client.query_one(XID, &[])).await?.map_err(|error| lost(&error))?;
        Ok((number.get(0), answer))
    }

    async fn prepare_all(&mut self, batch: &Batch) -> Result<Result<Vec<Statement>, Arc<Error>>, Trouble> {
        let mut ready = Vec::with_capacity(batch.statements.len());
        for statement in &batch.statements {
            match self.prepare(&Request::alone(statement)).await? {
                Ok(prepared) => ready.push(prepared),
                Err(error) => return Ok(Err(error)),
            }
        }
        Ok(Ok(ready))
    }

    /// Asks for the commit.
    async fn keep(&self, xid: String, answer: Answer) -> Result<Answer, Trouble> {
        if xid.is_empty() {
            return Ok(answer);
        }
        let unknown = |answer, source| {
            let fault = Fault::Commit { label: "group", doing: "commit, outcome unknown".into(), source };
            Trouble::Unknown(Box::new(Unanswered { xid, timeline: self.timeline.clone(), fault, answer }))
        };
        match timeout(ANSWER, self.link.client.batch_execute("commit")).await {
            Ok(Ok(())) if take_doubt(&self.link.doubt) => Err(Trouble::Doubtful(Fault::Commit {
                label: "group",
                doing: "commit, outcome unknown".into(),
                source: "the wait for a standby was cut short".into(),
            })),
            Ok(Ok(())) => Ok(answer),
            Ok(Err(error)) if error.as_db_error().is_some() && !self.is_closed() => {
                Err(Trouble::Whole(Refused(error.into())))
            }
            Ok(Err(error)) => Err(unknown(answer, error.into())),
            Err(late) => Err(unknown(answer, late.into())),
        }
    }
}

/// A request on its way, and its answer if that came with the first poll.
type Sent<F> = (Pin<Box<F>>, Option<<F as Future>::Output>);

/// Requests sent one behind the other without waiting, and their answers in the same order.
struct Pipeline<F: Future> {
    sent: Vec<Sent<F>>,
}

impl<T, F: Future<Output = Result<T, Error>>> Pipeline<F> {
    const fn new() -> Self {
        Self { sent: Vec::new() }
    }

    /// The first poll of a request is what puts it on the wire.
    async fn send(&mut self, request: F) {
        let mut request = Box::pin(request);
        let early = poll_once(request.as_mut()).await;
        self.sent.push((request, early));
    }

    async fn answers(self) -> Result<Vec<F::Output>, Trouble> {
        let mut answers = Vec::with_capacity(self.sent.len());
        for (mut request, early) in self.sent {
            // Most answers are there when their turn comes: no clock is wound up for those.
            let early = match early {
                None => poll_once(request.as_mut()).await,
                early => early,
            };
            answers.push(match early {
                Some(answer) => answer,
                None => answered(request).await?,
            });
        }
        Ok(answers)
    }
}

async fn poll_once<F: Future + ?Sized>(mut request: Pin<&mut F>) -> Option<F::Output> {
    std::future::poll_fn(|cx| match request.as_mut().poll(cx) {
        Poll::Ready(answer) => Poll::Ready(Some(answer)),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}

async fn answered<T>(request: impl Future<Output = T>) -> Result<T, Trouble> {
    timeout(ANSWER, request).await.map_err(|late| Trouble::Broken(group_fault(late)))
}

fn group_fault(source: impl Into<crate::engine::fault::Source>) -> Fault {
    Fault::Commit { label: "group", doing: "apply".into(), source: source.into() }
}

fn lost(error: &Error) -> Trouble {
    Trouble::Broken(group_fault(error.to_string()))
}

/// Lets an error of the connection end the group; one of a statement is looked at by the caller.
fn broken(client: &Client, error: &Error) -> Result<(), Trouble> {
    let ending =
        [SqlState::ADMIN_SHUTDOWN, SqlState::CRASH_SHUTDOWN, SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT];
    let ends =
        client.is_closed() || error.is_closed() || error.code().is_some_and(|code| ending.contains(code));
    if ends { Err(lost(error)) } else { Ok(()) }
}

fn begin_failed(client: &Client, error: Error) -> Trouble {
    match broken(client, &error) {
        Err(trouble) => trouble,
        Ok(()) => Trouble::Whole(Refused(error.into())),
    }
}

fn refusal(batch: &Batch, at: usize, error: Arc<Error>) -> CommitError {
    let Some(said) = error.as_db_error() else { return fault(batch, at, error) };
    match *said.code() {
        SqlState::UNIQUE_VIOLATION => CommitError::Duplicate { constraint: constraint(said) },
        SqlState::T_R_DEADLOCK_DETECTED | SqlState::T_R_SERIALIZATION_FAILURE => {
            CommitError::Conflict { label: batch.label, detail: said.message().to_owned() }
        }
        SqlState::LOCK_NOT_AVAILABLE => CommitError::Busy,
        SqlState::DISK_FULL => CommitError::Full,
        _ => fault(batch, at, error),
    }
}

fn fault(batch: &Batch, at: usize, error: Arc<Error>) -> CommitError {
    let doing = batch.statements.get(at).map_or(Cow::Borrowed("prepare"), |statement| statement.sql.clone());
    Fault::Commit { label: batch.label, doing, source: error.into() }.into()
}

/// `table.column, table.column` as SQLite says it, read from `Key (column, column)=(…) already exists.`
fn constraint(said: &tokio_postgres::error::DbError) -> String {
    let columns =
        said.detail().and_then(|it| it.strip_prefix("Key (")?.split_once(")=(").map(|(columns, _)| columns));
    match (said.table(), columns) {
        (Some(table), Some(columns)) => columns
            .split(", ")
            .map(|column| format!("{table}.{}", column.trim_matches('"')))
            .collect::<Vec<_>>()
            .join(", "),
        _ => said.constraint().unwrap_or("unknown").to_owned(),
    }
}

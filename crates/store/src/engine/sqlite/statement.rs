//! Running one statement on a SQLite connection: text translated once, parameters bound, values carried over.

use std::{cell::RefCell, collections::HashMap, sync::Arc};

use rusqlite::{
    CachedStatement, Connection, ToSql,
    types::{ToSqlOutput, ValueRef},
};

use crate::engine::{
    dialect::to_sqlite,
    value::{Row, Value},
};

/// Texts remembered per connection; beyond it the memory starts over.
const REMEMBERED: usize = 4_096;

/// A connection that remembers translated texts and column names.
pub(super) struct Session {
    pub(super) db: Connection,
    known: RefCell<HashMap<Box<str>, Arc<Known>>>,
}

struct Known {
    sql: String,
    names: Arc<[String]>,
}

impl Session {
    pub(super) fn new(db: Connection) -> Self {
        Self { db, known: RefCell::default() }
    }

    /// Runs to the end; gives the rows touched, or returned when the statement returns rows.
    pub(super) fn run(&self, sql: &str, params: &[Value]) -> rusqlite::Result<u64> {
        let (known, mut statement) = self.prepare(sql)?;
        bind(&mut statement, params)?;
        if known.names.is_empty() {
            return statement.raw_execute().map(|rows| rows as u64);
        }
        let mut rows = statement.raw_query();
        let mut count = 0;
        while rows.next()?.is_some() {
            count += 1;
        }
        Ok(count)
    }

    pub(super) fn rows(&self, sql: &str, params: &[Value]) -> rusqlite::Result<Vec<Row>> {
        let (known, mut statement) = self.prepare(sql)?;
        bind(&mut statement, params)?;
        let mut found = statement.raw_query();
        let mut rows = Vec::new();
        while let Some(row) = found.next()? {
            let values =
                (0..known.names.len()).map(|at| row.get_ref(at).map(value)).collect::<Result<_, _>>()?;
            rows.push(Row::new(Arc::clone(&known.names), values));
        }
        Ok(rows)
    }

    fn prepare(&self, sql: &str) -> rusqlite::Result<(Arc<Known>, CachedStatement<'_>)> {
        if let Some(known) = self.known.borrow().get(sql) {
            return Ok((Arc::clone(known), self.db.prepare_cached(&known.sql)?));
        }
        let text = to_sqlite(sql).into_owned();
        let statement = self.db.prepare_cached(&text)?;
        let names = statement.column_names().map(str::to_owned).collect();
        let known = Arc::new(Known { sql: text, names });
        let mut all = self.known.borrow_mut();
        if all.len() >= REMEMBERED {
            all.clear();
        }
        all.insert(sql.into(), Arc::clone(&known));
        Ok((known, statement))
    }
}

fn bind(statement: &mut CachedStatement<'_>, params: &[Value]) -> rusqlite::Result<()> {
    if statement.parameter_count() != params.len() {
        return Err(rusqlite::Error::InvalidParameterCount(params.len(), statement.parameter_count()));
    }
    for (at, value) in params.iter().enumerate() {
        statement.raw_bind_parameter(at + 1, value)?;
    }
    Ok(())
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(it) => ValueRef::Integer(*it),
            Self::Real(it) => ValueRef::Real(*it),
            Self::Text(it) => ValueRef::Text(it.as_bytes()),
            Self::Bytes(it) => ValueRef::Blob(it),
            Self::Uuid(it) => ValueRef::Blob(it.as_bytes()),
        }))
    }
}

fn value(it: ValueRef<'_>) -> Value {
    match it {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(it) => Value::Int(it),
        ValueRef::Real(it) => Value::Real(it),
        ValueRef::Text(it) => Value::Text(String::from_utf8_lossy(it).into_owned()),
        ValueRef::Blob(it) => Value::Bytes(it.to_vec()),
    }
}

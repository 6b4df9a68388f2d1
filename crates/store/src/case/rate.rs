//! Shares of cases by area and month, as the index takes them: counted by one statement that anybody can read and
//! run again.

use super::filter::{Where, area_column};
use crate::{Fault, Row, Store, Value};
use domain::area::Level;
use domain::framework::{CaseMeasure, CaseQuery};
use domain::id::AreaId;
use jiff::Timestamp;
use std::fmt::Write;

/// Counts of one area in one period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CaseCount {
    /// Which area.
    pub area: AreaId,
    /// Place of the period, from 0.
    pub period: usize,
    /// Those that are counted.
    pub num: u64,
    /// Those of which they are counted: never fewer.
    pub den: u64,
    /// All that were asked about, whether they answered or not: never fewer than `den`.
    pub whole: u64,
}

/// The statement and its values.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseCounts {
    sql: String,
    params: Vec<Value>,
}

impl CaseCounts {
    /// What `query` counts in the areas of a level; of those below one area where that is given. `bounds` are the
    /// beginnings of the periods in order, and the end of the last; there must be two at least.
    pub fn new(
        query: &CaseQuery,
        level: Level,
        below: Option<(Level, AreaId)>,
        bounds: &[Timestamp],
    ) -> CaseCounts {
        let (at, den, num) = match query.measure {
            CaseMeasure::HandledOnTime => ("first_due_ms", "*", "c.handled_ms <= c.first_due_ms"),
            CaseMeasure::ClosedOnTime => ("closed_ms", "*", "c.handled_ms <= c.first_due_ms"),
            CaseMeasure::Resolved => ("closed_ms", "*", "c.reopens = 0"),
            CaseMeasure::Reopened => ("closed_ms", "*", "c.reopens > 0"),
            CaseMeasure::Satisfied => ("closed_ms", "c.satisfaction", "c.satisfaction = 'satisfied'"),
        };
        let mut to = Where::new();
        let mut period = String::from("case");
        let inner = bounds.len().saturating_sub(1);
        for (place, until) in bounds.iter().enumerate().take(inner).skip(1) {
            let until = to.bind(until.as_millisecond());
            let _infallible = write!(period, " when c.{at} < {until} then {}", place - 1);
        }
        let _infallible = write!(period, " else {} end", inner.saturating_sub(1));
        if inner < 2 {
            "0".clone_into(&mut period);
        }
        to.within(&format!("c.{at}"), (bounds.first().copied(), bounds.last().copied()));
        to.and("c.ended is null");
        let area = area_column(level);
        to.and(format!("{area} is not null"));
        if let Some((level, below)) = below {
            let place = to.bind(below.0);
            to.and(format!("{} = {place}", area_column(level)));
        }
        to.any_of("c.channel", query.channels.iter().map(|it| it.as_str()));
        to.any_of("c.urgency", query.urgencies.iter().map(|it| it.as_str()));
        let classes: Vec<String> = query
            .classes
            .iter()
            .map(|it| format!("c.class_code like {}", to.bind(format!("{it}%"))))
            .collect();
        if !classes.is_empty() {
            to.and(format!("({})", classes.join(" or ")));
        }
        let sql = format!(
            "select {area} as area_id, {period} as period, count(case when {num} then 1 end) as num, \
             count({den}) as den, count(*) as whole from cases c where {} group by 1, 2 order by 1, 2",
            to.sql()
        );
        CaseCounts { sql, params: to.params }
    }

    /// Counts; areas and periods without a case are not among the rows.
    pub async fn run(&self, store: &Store) -> Result<Vec<CaseCount>, Fault> {
        let read = |row: &Row| {
            Ok(CaseCount {
                area: AreaId(row.int("area_id")? as u32),
                period: row.int("period")? as usize,
                num: row.int("num")? as u64,
                den: row.int("den")? as u64,
                whole: row.int("whole")? as u64,
            })
        };
        store.rows(&self.sql, self.params.clone()).await?.iter().map(read).collect()
    }

    /// The statement with its values in it, to be shown and run by anybody. Times are milliseconds UTC.
    pub fn shown(&self) -> String {
        // Backwards, so that $1 is not found in $12.
        self.params.iter().enumerate().rev().fold(self.sql.clone(), |sql, (place, value)| {
            sql.replace(&format!("${}", place + 1), &literal(value))
        })
    }
}

fn literal(value: &Value) -> String {
    match value {
        Value::Int(number) => number.to_string(),
        Value::Text(text) => format!("'{}'", text.replace('\'', "''")),
        other => format!("{other:?}"),
    }
}

/// Every form of the statement, to be prepared.
pub(super) fn sql() -> Vec<String> {
    let query = |measure| CaseQuery {
        measure,
        channels: vec![domain::case::Channel::Hotline],
        classes: vec!["S02".to_owned(), "S0301".to_owned()],
        urgencies: vec![domain::case::Urgency::Urgent],
    };
    let bounds = [0, 1, 2].map(|ms| Timestamp::from_millisecond(ms).expect("1970 is a year"));
    let below = Some((Level::City, AreaId(1)));
    let all =
        CaseMeasure::ALL.map(|measure| CaseCounts::new(&query(measure), Level::Grid, below, &bounds).sql);
    all.to_vec()
}

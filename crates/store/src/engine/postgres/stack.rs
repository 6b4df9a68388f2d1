//! What a group asks of the server: its statements, those that may be done together as one with many rows.

use std::fmt::Write;

use crate::engine::{
    batch::{Batch, Expect, Stack, Statement},
    value::Value,
};

/// Rows of one request. A few sizes make few texts to prepare; what is left over goes one by one.
const SIZES: [usize; 4] = [32, 8, 2, 1];

/// One request: a statement, or `n_rows` inserts of one text made one.
pub(super) struct Request<'a> {
    /// The text of one row.
    pub(super) sql: &'a str,
    pub(super) n_rows: usize,
    pub(super) params: Vec<&'a Value>,
    pub(super) expect: Expect,
}

/// The requests that do what the batches say.
pub(super) fn requests<'a>(batches: &[&'a Batch]) -> Vec<Request<'a>> {
    let (mut first, mut between, mut last) = (Vec::new(), Vec::new(), Vec::new());
    for statement in batches.iter().flat_map(|batch| &batch.statements) {
        match statement.stack {
            Some(Stack::First) => put(&mut first, statement),
            Some(Stack::Last) => put(&mut last, statement),
            None => between.push(vec![statement]),
        }
    }
    let piles = first.into_iter().chain(between).chain(last);
    piles.flat_map(|pile| cut(&pile)).collect()
}

/// On the pile of its text.
fn put<'a>(piles: &mut Vec<Vec<&'a Statement>>, statement: &'a Statement) {
    match piles.iter_mut().find(|pile| pile[0].sql == statement.sql) {
        Some(pile) => pile.push(statement),
        None => piles.push(vec![statement]),
    }
}

fn cut<'a>(pile: &[&'a Statement]) -> Vec<Request<'a>> {
    let (mut rest, mut requests) = (pile, Vec::new());
    while !rest.is_empty() {
        let n_rows = SIZES.into_iter().find(|size| *size <= rest.len()).unwrap_or(1);
        let (rows, others) = rest.split_at(n_rows);
        let expect = match rows[0].expect {
            Expect::Rows(each) => Expect::Rows(each * n_rows as u64),
            Expect::Any => Expect::Any,
        };
        let params = rows.iter().flat_map(|row| &row.params).collect();
        requests.push(Request { sql: &rows[0].sql, n_rows, params, expect });
        rest = others;
    }
    requests
}

impl<'a> Request<'a> {
    /// A statement for itself.
    pub(super) fn alone(statement: &'a Statement) -> Self {
        let params = statement.params.iter().collect();
        Request { sql: &statement.sql, n_rows: 1, params, expect: statement.expect }
    }

    /// The text for all rows.
    pub(super) fn text(&self) -> String {
        let Some((head, _)) = self.sql.rsplit_once(" values ").filter(|_| self.n_rows > 1) else {
            return self.sql.to_owned();
        };
        let width = self.params.len() / self.n_rows;
        let mut text = format!("{head} values ");
        for at in 1..=self.params.len() {
            let before = if at == 1 {
                "("
            } else if at % width == 1 || width == 1 {
                "), ("
            } else {
                ", "
            };
            let _a_string_takes_it_all = write!(text, "{before}${at}");
        }
        text.push(')');
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params;

    fn report(n: i64) -> Batch {
        Batch::new("report")
            .with(
                Statement::new("insert into cases (id) values ($1)", params![n])
                    .expecting(1)
                    .stacked(Stack::First),
            )
            .run("update share set state = $2 where case_id = $1", params![n, "over"])
            .with(
                Statement::new("insert into entry (id, act) values ($1, $2)", params![n, "report"])
                    .stacked(Stack::Last),
            )
    }

    #[test]
    fn rows_of_one_text_go_together_and_all_others_between_in_their_order() {
        let batches: Vec<Batch> = (0..3).map(report).collect();
        let batches: Vec<&Batch> = batches.iter().collect();
        let texts: Vec<String> = requests(&batches).iter().map(Request::text).collect();
        let share = "update share set state = $2 where case_id = $1";
        assert_eq!(
            texts,
            [
                "insert into cases (id) values ($1), ($2)",
                "insert into cases (id) values ($1)",
                share,
                share,
                share,
                "insert into entry (id, act) values ($1, $2), ($3, $4)",
                "insert into entry (id, act) values ($1, $2)",
            ]
        );
    }

    #[test]
    fn nothing_is_lost_or_doubled_and_guards_count_all_rows() {
        for n in [1, 2, 7, 33, 256] {
            let batches: Vec<Batch> = (0..n).map(report).collect();
            let batches: Vec<&Batch> = batches.iter().collect();
            let asked = requests(&batches);
            let of = |table: &str| asked.iter().filter(|it| it.sql.contains(table)).collect::<Vec<_>>();
            assert_eq!(of("cases").iter().map(|it| it.n_rows as i64).sum::<i64>(), n);
            assert!(of("cases").iter().all(|it| it.expect == Expect::Rows(it.n_rows as u64)));
            let ids: Vec<&Value> =
                of("entry").iter().flat_map(|it| it.params.iter().step_by(2).copied()).collect();
            assert_eq!(ids, (0..n).map(Value::from).collect::<Vec<_>>().iter().collect::<Vec<_>>());
        }
    }
}

//! Whatever people do, in whatever order: the rows are what the log gives, and the same on both databases.

use app::AppError;
use app::case::Command;
use domain::case::{ActName, Case, RefuseReason, Satisfaction, ShareState};
use domain::id::{AreaId, CaseId, ClassCode, UnitId};
use domain::policy::Actor;
use jiff::SignedDuration;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use store::case::CaseRow;
use store::params;
use store::testing::Fresh;

use super::city::{ROADS, ROADS_EAST, WATER_EAST};
use super::hall::{
    Hall, assign_with, check, desk, file, give_back, hall, handle, handler, leader, note, worker,
};

const GRID: AreaId = AreaId(10);
const UNITS: [UnitId; 3] = [ROADS_EAST, WATER_EAST, ROADS];

/// Which act, which of its ways, how many minutes later.
type Throw = (u8, u8, u16);

#[test]
fn after_any_acts_the_rows_are_what_the_log_gives_on_both_databases() {
    let rt = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let halls = rt.block_on(async {
        let mut halls = Vec::new();
        for fresh in Fresh::both().await {
            halls.push((hall(fresh.open().await).await, fresh));
        }
        halls
    });
    let throws = prop::collection::vec(any::<Throw>(), 1..30);
    let config = Config { cases: 40, failure_persistence: None, ..Config::default() };
    let answer = TestRunner::new(config).run(&throws, |throws| {
        rt.block_on(async {
            let mut rows = Vec::new();
            for (hall, _) in &halls {
                let id = played(hall, &throws).await;
                rows.push((row(hall, id).await, shares(hall, id).await));
                assert_eq!(rows[rows.len() - 1].1, expected_shares(&hall.case(id).await));
            }
            assert!(rows.windows(2).all(|pair| pair[0] == pair[1]), "{rows:#?}");
        });
        Ok(())
    });
    answer.unwrap_or_else(|fault| panic!("{fault}"));
    rt.block_on(async {
        for (hall, _) in &halls {
            hall.holds().await;
        }
    });
}

async fn played(hall: &Hall, throws: &[Throw]) -> CaseId {
    hall.app.clock.set(super::hall::monday());
    let id = hall.reported_in(GRID).await;
    for (act, way, minutes) in throws {
        hall.app.clock.pass(SignedDuration::from_mins(i64::from(*minutes % 2_000)));
        let case = hall.case(id).await;
        let legal = case.legal();
        let name = legal[usize::from(*act) % legal.len()];
        let Some((actor, command)) = fitted(&case, name, *way, hall) else {
            hall.sweep().await;
            continue;
        };
        match hall.tries(&actor, id, command).await {
            Ok(_)
            | Err(
                AppError::Refused(_) | AppError::Denied(_) | AppError::Invalid(_) | AppError::NotFound { .. },
            ) => {}
            Err(other) => panic!("{other:?}"),
        }
    }
    id
}

/// Someone who might do an act of this name, and how; `None` for what only the clock does.
fn fitted(case: &Case, name: ActName, way: u8, hall: &Hall) -> Option<(Actor, Command)> {
    let unit = UNITS[usize::from(way) % 3];
    let yes = !way.is_multiple_of(3);
    let later = |hours: i64| hall.app.clock.now() + SignedDuration::from_hours(hours);
    let (text, reason) = (format!("n{way}"), format!("r{way}"));
    let at_desk = desk(case.side.desk);
    Some(match name {
        ActName::Verify => (worker(GRID), Command::Verify { note: text, evidence: Vec::new() }),
        ActName::Refuse if way > 200 => {
            (at_desk, Command::Refuse { reason: RefuseReason::NotFound, note: text })
        }
        ActName::Withdraw if way > 200 => (worker(GRID), Command::Withdraw { reason }),
        ActName::File | ActName::Refuse | ActName::Withdraw | ActName::Merge | ActName::Split
            if case.filed().is_none() =>
        {
            (at_desk, file(["01001", "03001"][usize::from(way % 2)]))
        }
        ActName::Assign | ActName::Refuse | ActName::Withdraw | ActName::Merge | ActName::Split => {
            (at_desk, assign_with(unit, if yes { &[] } else { &[WATER_EAST] }))
        }
        ActName::Accept => (handler(unit), Command::Accept),
        ActName::Return => (handler(unit), give_back()),
        ActName::HandUp => (at_desk, Command::HandUp { reason }),
        ActName::HandDown => (at_desk, Command::HandDown { to: AreaId(2 + u32::from(way % 3)), reason }),
        ActName::AskPostpone => {
            (handler(unit), Command::AskPostpone { until: later(i64::from(way)), reason })
        }
        ActName::DecidePostpone => (at_desk, Command::DecidePostpone { granted: yes, note: text }),
        ActName::Suspend => (at_desk, Command::Suspend { until: later(i64::from(way % 90)), reason }),
        ActName::Resume => (at_desk, Command::Resume),
        ActName::Urge => (leader(AreaId(2)), Command::Urge { note: text }),
        ActName::Progress => (handler(unit), Command::Progress { note: text, evidence: Vec::new() }),
        ActName::Handle => (handler(unit), handle()),
        ActName::FixOnSpot => {
            let class = ClassCode("01001".to_owned());
            (worker(GRID), Command::FixOnSpot { class, note: text, evidence: Vec::new() })
        }
        ActName::Check => (at_desk, check(yes)),
        ActName::Answer => (at_desk, Command::Answer { text }),
        ActName::Confirm if way > 128 => {
            (worker(GRID), Command::Confirm { satisfaction: Satisfaction::Fair, note: text })
        }
        ActName::Confirm | ActName::Reopen => (worker(GRID), Command::Reopen { reason }),
        ActName::Appeal => (handler(unit), Command::Appeal { reason }),
        ActName::DecideAppeal => (leader(AreaId(2)), Command::DecideAppeal { upheld: yes, note: text }),
        ActName::Note => (at_desk, note(&text)),
        _ => return None,
    })
}

async fn row(hall: &Hall, id: CaseId) -> CaseRow {
    store::case::one(&hall.app.store, id).await.unwrap().unwrap()
}

/// Unit, whether it leads, state, deadline: of every share that is not over.
type ShareRow = (i64, bool, String, Option<i64>);

async fn shares(hall: &Hall, id: CaseId) -> Vec<ShareRow> {
    let sql = "select unit_id, lead, state, due_ms from share where case_id = $1 and state <> 'over' order by unit_id";
    let rows = hall.app.store.rows(sql, params![id.0]).await.unwrap();
    let read = |row: &store::Row| {
        (row.int(0).unwrap(), row.yes(1).unwrap(), row.text(2).unwrap(), row.opt_int(3).unwrap())
    };
    rows.iter().map(read).collect()
}

fn expected_shares(case: &Case) -> Vec<ShareRow> {
    let shares = case.assigned().map(|a| a.shares.as_slice()).unwrap_or_default();
    let mut rows: Vec<ShareRow> = shares
        .iter()
        .enumerate()
        .map(|(at, share)| {
            let state = match share.state {
                ShareState::Given => "given",
                ShareState::Accepted(_) => "accepted",
                ShareState::Done(..) => "done",
            };
            (i64::from(share.unit.0), at == 0, state.to_owned(), share.due().map(|d| d.at.as_millisecond()))
        })
        .collect();
    rows.sort();
    rows
}

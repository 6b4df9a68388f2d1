//! The timer of someone who works alone (单独走访计时): started by choice, extended, ended safe. When it runs out, or a
//! quiet alarm is given, the desk of the community is told, and then those above until somebody takes it on. It knows no
//! position, unless it has run out and the worker's phone gives one; that is forgotten when the alarm is over.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::area::Level;
use crate::closed::closed;
use crate::id::{AreaId, PersonId, VisitId};

#[cfg(test)]
mod tests;

closed! {
    /// Why a timer raised an alarm.
    Cause {
        RanOut = "ran_out", "超时未报平安", "ran out";
        Quiet = "quiet", "静默求助", "quiet alarm";
    }
}

/// One act on a timer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)] // fields are the words of the act above them
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
pub enum Act {
    /// 开始.
    Start { grid: AreaId, visit: Option<VisitId>, until: Timestamp },
    /// 延长.
    Extend { until: Timestamp },
    /// 平安.
    Safe,
    /// 静默求助: nothing is seen on the phone.
    Alarm,
    /// 超时: the clock does it.
    RunOut,
    /// The phone gave a position after the alarm; the record says only that.
    Position,
    /// 升级: nobody took it on in time; the desk of this level is told.
    Climb { level: Level },
    /// 接警: somebody sees to it.
    Take { person: PersonId },
    /// 结束: how it ended, by who took it on.
    Close { safe: bool },
}

/// Where a timer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Runs until then.
    Running {
        /// When it runs out.
        until: Timestamp,
    },
    /// Ended by the worker.
    Safe,
    /// Nobody has taken it on.
    Alarm {
        /// Why.
        cause: Cause,
        /// The level that was told last.
        level: Level,
        /// When the next is.
        until: Timestamp,
    },
    /// Somebody sees to it.
    Taken {
        /// Why it was raised.
        cause: Cause,
        /// Who.
        by: PersonId,
    },
    /// It was seen to.
    Closed {
        /// The worker was found safe.
        safe: bool,
    },
}

/// A timer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timer {
    /// When it was started.
    pub started: Timestamp,
    /// Where it stands.
    pub state: State,
}

/// Why an act is not legal now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[allow(missing_docs)] // the message is the meaning
pub enum TimerRefusal {
    #[error("the timer is over; start a new one")]
    Over,
    #[error("the timer has run out: say `safe`, or wait for whoever was told")]
    RanOut,
    #[error("a timer runs 5 minutes to 4 hours from now, and 8 hours in all")]
    BadTime,
    #[error("it has not run out: a position is taken only after an alarm")]
    NoAlarm,
    #[error("somebody has taken it on already")]
    Taken,
    #[error("nobody has taken it on; say `take` first")]
    NotTaken,
}

const LEAST: SignedDuration = SignedDuration::from_mins(5);
const MOST: SignedDuration = SignedDuration::from_hours(4);
const MOST_IN_ALL: SignedDuration = SignedDuration::from_hours(8);
/// How long each level has to take it on.
const EACH: SignedDuration = SignedDuration::from_mins(10);

/// The moment some minutes ahead, if a timer may run that long.
pub fn runs_until(started: Timestamp, now: Timestamp, minutes: u32) -> Result<Timestamp, TimerRefusal> {
    let length = SignedDuration::from_mins(i64::from(minutes));
    let until = now.saturating_add(length).map_err(|_| TimerRefusal::BadTime)?;
    let whole = until.duration_since(started);
    if length < LEAST || length > MOST || whole > MOST_IN_ALL {
        return Err(TimerRefusal::BadTime);
    }
    Ok(until)
}

impl State {
    /// As it stands in columns and on the wire.
    pub const fn as_str(&self) -> &'static str {
        match self {
            State::Running { .. } => "running",
            State::Safe => "safe",
            State::Alarm { .. } => "alarm",
            State::Taken { .. } => "taken",
            State::Closed { .. } => "closed",
        }
    }

    /// Whether anything may still come of it.
    pub const fn is_open(&self) -> bool {
        matches!(self, State::Running { .. } | State::Alarm { .. } | State::Taken { .. })
    }
}

impl Timer {
    /// After an act at some moment; or why not.
    pub fn after(&self, act: &Act, now: Timestamp) -> Result<Timer, TimerRefusal> {
        let to = |state| Ok(Timer { state, ..*self });
        let alarm = |cause| State::Alarm { cause, level: Level::Community, until: after(now) };
        match (act, self.state) {
            (_, State::Safe | State::Closed { .. }) | (Act::Start { .. }, _) => Err(TimerRefusal::Over),
            (Act::Extend { until }, State::Running { until: end }) if now < end => {
                to(State::Running { until: *until })
            }
            (Act::Extend { .. }, _) => Err(TimerRefusal::RanOut),
            (Act::Safe, _) => to(State::Safe),
            (Act::Alarm, State::Running { .. }) => to(alarm(Cause::Quiet)),
            (Act::RunOut, State::Running { .. }) => to(alarm(Cause::RanOut)),
            (Act::Alarm | Act::RunOut, _) => Err(TimerRefusal::RanOut),
            (Act::Position, State::Running { .. }) => Err(TimerRefusal::NoAlarm),
            (Act::Position, state) => to(state),
            (Act::Climb { level }, State::Alarm { cause, .. }) => {
                to(State::Alarm { cause, level: *level, until: after(now) })
            }
            (Act::Climb { .. } | Act::Take { .. }, State::Running { .. }) => Err(TimerRefusal::NoAlarm),
            (Act::Take { person }, State::Alarm { cause, .. }) => to(State::Taken { cause, by: *person }),
            (Act::Climb { .. } | Act::Take { .. }, State::Taken { .. }) => Err(TimerRefusal::Taken),
            (Act::Close { safe }, State::Taken { .. }) => to(State::Closed { safe: *safe }),
            (Act::Close { .. }, _) => Err(TimerRefusal::NotTaken),
        }
    }

    /// What the clock does next and when; `None` when nothing more comes by itself. The city is told last, and again
    /// every ten minutes: an alarm is never given up.
    pub fn next(&self) -> Option<(Timestamp, Act)> {
        match self.state {
            State::Running { until } => Some((until, Act::RunOut)),
            State::Alarm { level, until, .. } => {
                Some((until, Act::Climb { level: level.above().unwrap_or(Level::City) }))
            }
            State::Safe | State::Taken { .. } | State::Closed { .. } => None,
        }
    }
}

fn after(now: Timestamp) -> Timestamp {
    now.saturating_add(EACH).unwrap_or(Timestamp::MAX)
}

//! Referrals (转介): a need handed to someone, with an appointment, somebody responsible, reminders and a result. "She was
//! dizzy on Tuesday, the community doctor came on Wednesday" is one thread. What was said stands sealed with the entry's
//! key in the record; a referral lives no longer than its entry.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::area::Level;
use crate::closed::closed;
use crate::id::{AreaId, CareId, PersonId, UnitId, VisitId};

#[cfg(test)]
mod tests;

closed! {
    /// To whom a need is handed.
    Service {
        Doctor = "doctor", "社区医生", "community doctor";
        SocialWorker = "social_worker", "社工", "social worker";
        Relief = "relief", "救助", "relief";
        Repair = "repair", "维修", "repair";
    }
}

closed! {
    /// What a referral came to.
    Result {
        Helped = "helped", "已解决", "helped";
        Continuing = "continuing", "已开展，继续跟进", "under way, goes on";
        NotNeeded = "not_needed", "不需要", "not needed";
        NotMet = "not_met", "没见到人", "nobody met";
        Declined = "declined", "本人不要", "declined by the person";
    }
}

/// One act on a referral.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)] // fields are the words of the act above them; `sealed` is base64 of what was sealed
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
pub enum Act {
    /// 转出: the first act. `agreed`: the person knows what is passed on and to whom, and agreed.
    Refer {
        entry: CareId,
        visit: Option<VisitId>,
        service: Service,
        to: UnitId,
        agreed: bool,
        answer_by: Timestamp,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<Timestamp>,
        sealed: String,
    },
    /// 接下: when somebody comes, and who is responsible until there is a result.
    Accept { at: Timestamp, person: Option<PersonId>, sealed: String },
    /// 改期: another appointment, and why.
    Postpone { at: Timestamp, sealed: String },
    /// 退回: the unit says it is not theirs.
    Return { sealed: String },
    /// 改派: to another unit.
    Redirect { to: UnitId, answer_by: Timestamp },
    /// 结果: what came of it; when the next visit should be at the latest, in days.
    Conclude { result: Result, follow_up_days: Option<u16>, sealed: String },
    /// 撤回: no longer wanted.
    Withdraw,
    /// 提醒: unit and person responsible are told again.
    Remind { of: Reminder },
    /// 升级: nothing came in time; the desk of this level is told.
    Escalate { level: Level },
    /// The entry is no more.
    Drop,
    /// 区划调整: it stands in another grid.
    Move { from: AreaId, to: AreaId },
}

closed! {
    /// What a reminder is of.
    Reminder {
        Answer = "answer", "还没接下", "not answered";
        Tomorrow = "tomorrow", "明天的约", "an appointment tomorrow";
        Outcome = "outcome", "还没有结果", "no result yet";
    }
}

/// Where a referral stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// A unit should answer by then.
    Open {
        /// By when.
        answer_by: Timestamp,
    },
    /// There is an appointment.
    Accepted {
        /// When.
        at: Timestamp,
    },
    /// The unit gave it back.
    Returned,
    /// There is a result.
    Concluded(Result),
    /// No longer wanted.
    Withdrawn,
    /// The entry is no more.
    Dropped,
}

/// A referral.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Referral {
    /// Where it stands.
    pub state: State,
    /// Which unit is responsible.
    pub unit: UnitId,
    /// Who of it.
    pub person: Option<PersonId>,
    /// Reminded of what last, about the present state.
    pub reminded: Option<Reminder>,
    /// The level that was told last, about the present state.
    pub told: Option<Level>,
}

/// Why an act is not legal now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[allow(missing_docs)] // the message is the meaning
pub enum ReferralRefusal {
    #[error("the referral is over ({at}); make a new one")]
    Over { at: &'static str },
    #[error("the unit has not accepted it yet")]
    NotAccepted,
    #[error("it was accepted already; to move the appointment say `postpone`")]
    AlreadyAccepted,
    #[error("the unit gave it back; say `redirect` with another unit, or `withdraw`")]
    GivenBack,
    #[error("an appointment lies ahead, within 60 days")]
    BadTime,
    #[error("only what the person agreed to is passed on; ask them and set `agreed`")]
    NotAgreed,
    #[error("that unit has it already")]
    SameUnit,
}

const LONGEST: SignedDuration = SignedDuration::from_hours(60 * 24);
/// How long before an appointment it is recalled.
const AHEAD: SignedDuration = SignedDuration::from_hours(18);
/// How long after an appointment a result is asked for.
const AFTER: SignedDuration = SignedDuration::from_hours(24);
/// How long after a reminder the level above is told, and the one above that.
const CLIMB: SignedDuration = SignedDuration::from_hours(24);

impl State {
    /// As it stands in columns and on the wire.
    pub const fn as_str(&self) -> &'static str {
        match self {
            State::Open { .. } => "open",
            State::Accepted { .. } => "accepted",
            State::Returned => "returned",
            State::Concluded(_) => "concluded",
            State::Withdrawn => "withdrawn",
            State::Dropped => "dropped",
        }
    }

    /// Whether anything may still come of it.
    pub const fn is_open(&self) -> bool {
        matches!(self, State::Open { .. } | State::Accepted { .. } | State::Returned)
    }
}

fn plus(at: Timestamp, more: SignedDuration) -> Timestamp {
    at.saturating_add(more).unwrap_or(Timestamp::MAX)
}

/// Whether a time can be an appointment.
pub fn is_appointment(at: Timestamp, now: Timestamp) -> bool {
    at > now && at <= plus(now, LONGEST)
}

impl Referral {
    /// The first state.
    pub fn new(to: UnitId, answer_by: Timestamp, at: Option<Timestamp>) -> Referral {
        let state = at.map_or(State::Open { answer_by }, |at| State::Accepted { at });
        Referral { state, unit: to, person: None, reminded: None, told: None }
    }

    /// After an act at some moment; or why not.
    pub fn after(&self, act: &Act, now: Timestamp) -> std::result::Result<Referral, ReferralRefusal> {
        use ReferralRefusal as R;
        if !self.state.is_open() {
            return Err(R::Over { at: self.state.as_str() });
        }
        let fresh = |state| Referral { state, reminded: None, told: None, ..self.clone() };
        match (act, self.state) {
            (Act::Refer { .. }, _) => Err(R::Over { at: "made already" }),
            (Act::Accept { at, person, .. }, State::Open { .. }) => {
                if !is_appointment(*at, now) {
                    return Err(R::BadTime);
                }
                Ok(Referral { person: *person, ..fresh(State::Accepted { at: *at }) })
            }
            (Act::Accept { .. }, State::Returned) => Err(R::GivenBack),
            (Act::Accept { .. }, _) => Err(R::AlreadyAccepted),
            (Act::Postpone { at, .. }, State::Accepted { .. }) => {
                if !is_appointment(*at, now) {
                    return Err(R::BadTime);
                }
                Ok(fresh(State::Accepted { at: *at }))
            }
            (Act::Postpone { .. } | Act::Conclude { .. }, State::Returned) => Err(R::GivenBack),
            (Act::Postpone { .. }, _) | (Act::Conclude { .. }, State::Open { .. }) => Err(R::NotAccepted),
            (Act::Return { .. }, State::Returned) => Err(R::GivenBack),
            (Act::Return { .. }, _) => Ok(Referral { person: None, ..fresh(State::Returned) }),
            (Act::Redirect { to, answer_by }, state) => {
                if *to == self.unit && state != State::Returned {
                    return Err(R::SameUnit);
                }
                let open = fresh(State::Open { answer_by: *answer_by });
                Ok(Referral { unit: *to, person: None, ..open })
            }
            (Act::Conclude { result, .. }, _) => Ok(fresh(State::Concluded(*result))),
            (Act::Withdraw, _) => Ok(fresh(State::Withdrawn)),
            (Act::Drop, _) => Ok(fresh(State::Dropped)),
            (Act::Remind { of }, _) => Ok(Referral { reminded: Some(*of), ..self.clone() }),
            (Act::Escalate { level }, _) => Ok(Referral { told: Some(*level), ..self.clone() }),
            (Act::Move { .. }, _) => Ok(self.clone()),
        }
    }

    /// What the clock does next and when; `None` when nothing more comes by itself.
    ///
    /// A unit that does not answer is reminded when its time is up, a day later the desk of the community is told, then
    /// that of the township and of the county. The day before an appointment its people are reminded; a day after it a
    /// result is asked for, and then the same climb.
    pub fn next(&self) -> Option<(Timestamp, Act)> {
        let climb = |from: Timestamp, of: Reminder| {
            if self.reminded != Some(of) {
                return Some((from, Act::Remind { of }));
            }
            let (level, days) = match self.told {
                None => (Level::Community, 1),
                Some(Level::Community) => (Level::Township, 2),
                Some(Level::Township) => (Level::County, 3),
                Some(_) => return None,
            };
            Some((plus(from, CLIMB * days), Act::Escalate { level }))
        };
        match self.state {
            State::Open { answer_by } => climb(answer_by, Reminder::Answer),
            State::Accepted { at } => match self.reminded {
                None => Some((plus(at, -AHEAD), Act::Remind { of: Reminder::Tomorrow })),
                _ => climb(plus(at, AFTER), Reminder::Outcome),
            },
            State::Returned | State::Concluded(_) | State::Withdrawn | State::Dropped => None,
        }
    }
}

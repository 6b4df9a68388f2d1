//! Disputes (矛盾纠纷) and their mediation: sessions, an agreement with days on which somebody asks whether it is kept,
//! and the way on to judicial mediation. What people say is sealed; here are only days, states and counts.
//!
//! Mediation is by consent. Where somebody may be hurt it is not the way: such a class of case is refused here.

use crate::class::{Class, Urgency};
use crate::id::{AreaChangeId, AreaId, CaseId, UnitId};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Major of the dictionary whose classes are disputes (矛盾纠纷), as the community dictionary has it.
pub const MAJOR: &str = "S01";
/// Follow-ups of an agreement at most.
pub const FOLLOW_UPS_MAX: usize = 12;
/// How far ahead a follow-up may lie, in days.
pub const AHEAD_DAYS: i32 = 730;

/// Why a case of this class is not mediated; `None` when it is.
pub fn not_mediated(class: Option<&Class>) -> Option<&'static str> {
    let Some(class) = class else { return Some("the case has no class yet: file it as a dispute first") };
    if class.major.code != MAJOR {
        return Some("the case is of no dispute class: mediation records belong to disputes");
    }
    (class.urgency == Urgency::Emergency)
        .then_some("somebody may be hurt: this is protected and referred, and not mediated")
}

/// What is done in a mediation. Its canonical JSON is the record: variants and fields are only ever added. `sealed` holds
/// what people are called and what they said, by the key of this dispute, in base64.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
pub enum DisputeAct {
    /// The record was opened, with the parties.
    Open {
        /// The case it belongs to.
        case: CaseId,
        /// Parties.
        sealed: String,
    },
    /// They sat together.
    Session {
        /// When.
        held: Timestamp,
        /// Mediators and summary.
        sealed: String,
    },
    /// They agreed.
    Agree {
        /// On which day.
        on: Date,
        /// Days on which somebody asks whether it is kept, in order.
        follow_ups: Vec<Date>,
        /// Terms.
        sealed: String,
    },
    /// Somebody asked whether it is kept.
    FollowUp {
        /// Which of the days.
        due: Date,
        /// What was found.
        kept: Kept,
        /// In words.
        sealed: String,
    },
    /// It went on to judicial mediation.
    HandOver {
        /// To which unit.
        unit: UnitId,
        /// Why.
        sealed: String,
    },
    /// The areas changed: it lies in this one now.
    Follow {
        /// Which change.
        change: AreaChangeId,
        /// The lowest area that is known.
        area: AreaId,
    },
    /// It is over.
    Close {
        /// How.
        outcome: Outcome,
    },
}

/// Whether an agreement is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kept {
    /// It is.
    Yes,
    /// In part.
    Partly,
    /// It is not.
    No,
}

impl Kept {
    /// As it stands in the column and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Kept::Yes => "yes",
            Kept::Partly => "partly",
            Kept::No => "no",
        }
    }

    /// From the column or the wire.
    pub fn parse(text: &str) -> Option<Kept> {
        [Kept::Yes, Kept::Partly, Kept::No].into_iter().find(|it| it.as_str() == text)
    }
}

/// How a mediation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Agreed, and kept.
    Settled,
    /// No agreement; they were told of other ways.
    NotSettled,
    /// One of them wants no mediation.
    Declined,
    /// Settled by judicial mediation, or before a court.
    Judicial,
}

impl Outcome {
    /// All four.
    pub const ALL: [Outcome; 4] =
        [Outcome::Settled, Outcome::NotSettled, Outcome::Declined, Outcome::Judicial];

    /// As it stands in the column and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Outcome::Settled => "settled",
            Outcome::NotSettled => "not_settled",
            Outcome::Declined => "declined",
            Outcome::Judicial => "judicial",
        }
    }

    /// From the column or the wire.
    pub fn parse(text: &str) -> Option<Outcome> {
        Outcome::ALL.into_iter().find(|it| it.as_str() == text)
    }
}

/// How far a mediation has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// They talk.
    Open,
    /// They agreed; it is followed up.
    Agreed,
    /// Judicial mediation has it.
    HandedOver,
    /// It is over.
    Closed,
}

impl State {
    /// All four.
    pub const ALL: [State; 4] = [State::Open, State::Agreed, State::HandedOver, State::Closed];

    /// As it stands in the column and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            State::Open => "open",
            State::Agreed => "agreed",
            State::HandedOver => "handed_over",
            State::Closed => "closed",
        }
    }

    /// From the column or the wire.
    pub fn parse(text: &str) -> Option<State> {
        State::ALL.into_iter().find(|it| it.as_str() == text)
    }
}

/// A mediation, as far as it is not sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dispute {
    /// How far it has come.
    pub state: State,
    /// How often they sat together.
    pub n_sessions: u32,
    /// When they agreed.
    pub agreed: Option<Date>,
    /// Days on which somebody asks, in order, and what was found.
    pub follow_ups: Vec<(Date, Option<Kept>)>,
    /// Who has it now, when judicial mediation does.
    pub unit: Option<UnitId>,
    /// How it ended.
    pub outcome: Option<Outcome>,
}

impl Dispute {
    /// Just opened.
    pub fn opened() -> Dispute {
        Dispute {
            state: State::Open,
            n_sessions: 0,
            agreed: None,
            follow_ups: Vec::new(),
            unit: None,
            outcome: None,
        }
    }

    /// The next day on which somebody asks; `None` when there is none left.
    pub fn next_due(&self) -> Option<Date> {
        if self.state != State::Agreed {
            return None;
        }
        self.follow_ups.iter().find(|(_, kept)| kept.is_none()).map(|(due, _)| *due)
    }

    /// What an act makes of it, or why the law says no.
    pub fn advance(mut self, act: &DisputeAct, today: Date) -> Result<Dispute, NotNow> {
        use State::{Agreed, Closed, HandedOver, Open};
        match (self.state, act) {
            (_, DisputeAct::Open { .. }) => return Err(NotNow::OpenAlready),
            (_, DisputeAct::Follow { .. }) => {}
            (Closed, _) => return Err(NotNow::Over),
            (Open | Agreed, DisputeAct::Session { .. }) => self.n_sessions += 1,
            (Open | Agreed, DisputeAct::Agree { on, follow_ups, .. }) => {
                if self.n_sessions == 0 {
                    return Err(NotNow::NoSession);
                }
                check_days(*on, follow_ups, today)?;
                self.state = Agreed;
                self.agreed = Some(*on);
                self.follow_ups.retain(|(_, kept)| kept.is_some());
                self.follow_ups.extend(follow_ups.iter().map(|day| (*day, None)));
            }
            (Agreed, DisputeAct::FollowUp { due, kept, .. }) => {
                let open = self.follow_ups.iter_mut().find(|(day, kept)| day == due && kept.is_none());
                open.ok_or(NotNow::NoSuchDay { due: *due })?.1 = Some(*kept);
            }
            (Open | Agreed, DisputeAct::HandOver { unit, .. }) => {
                self.state = HandedOver;
                self.unit = Some(*unit);
            }
            (state, DisputeAct::Close { outcome }) => {
                self.may_close(state, *outcome)?;
                self.state = Closed;
                self.outcome = Some(*outcome);
            }
            (state, _) => return Err(NotNow::AnotherState { state: state.as_str() }),
        }
        Ok(self)
    }

    fn may_close(&self, state: State, outcome: Outcome) -> Result<(), NotNow> {
        match (state, outcome) {
            (State::Agreed, Outcome::Settled) => match self.next_due() {
                Some(due) => Err(NotNow::StillDue { due }),
                None => Ok(()),
            },
            (State::Open, Outcome::NotSettled | Outcome::Declined)
            | (State::Agreed, Outcome::NotSettled)
            | (State::HandedOver, Outcome::Judicial | Outcome::NotSettled) => Ok(()),
            _ => Err(NotNow::NotThisOutcome { state: state.as_str(), outcome: outcome.as_str() }),
        }
    }
}

fn check_days(on: Date, follow_ups: &[Date], today: Date) -> Result<(), NotNow> {
    if on > today {
        return Err(NotNow::InFuture { on });
    }
    if follow_ups.is_empty() || follow_ups.len() > FOLLOW_UPS_MAX {
        return Err(NotNow::HowMany { most: FOLLOW_UPS_MAX });
    }
    let is_far = |day: &Date| today.until(*day).map_or(true, |span| span.get_days() > AHEAD_DAYS);
    for (at, day) in follow_ups.iter().enumerate() {
        let is_late = *day < today || is_far(day);
        if is_late || follow_ups[..at].iter().any(|before| before >= day) {
            return Err(NotNow::BadDay { due: *day });
        }
    }
    Ok(())
}

/// Why the law says no to an act, and what to do instead.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NotNow {
    /// There is a record.
    #[error("the record is open already")]
    OpenAlready,
    /// Nothing more is done.
    #[error("the mediation is over; open a new case if it begins again")]
    Over,
    /// An agreement stands on a session.
    #[error("write down a session first: an agreement is made in one")]
    NoSession,
    /// Agreements are written down when they are made.
    #[error("{on} is in the future: an agreement is written down when it is made")]
    InFuture {
        /// The day.
        on: Date,
    },
    /// None, or too many.
    #[error("an agreement has 1 to {most} days on which somebody asks whether it is kept")]
    HowMany {
        /// At most.
        most: usize,
    },
    /// Past, far, or out of order.
    #[error(
        "{due} cannot be such a day: they lie from today on, within two years, each after the one before"
    )]
    BadDay {
        /// The day.
        due: Date,
    },
    /// Not one of the days, or it was asked.
    #[error("{due} is no open day of the agreement")]
    NoSuchDay {
        /// The day.
        due: Date,
    },
    /// A day is left.
    #[error("ask on {due} first whether the agreement is kept, then close it as settled")]
    StillDue {
        /// The day.
        due: Date,
    },
    /// It does not end so from here.
    #[error("from {state} it does not end as {outcome}")]
    NotThisOutcome {
        /// Where it is.
        state: &'static str,
        /// What was wanted.
        outcome: &'static str,
    },
    /// It is done elsewhere.
    #[error("that is not done while it is {state}")]
    AnotherState {
        /// Where it is.
        state: &'static str,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    const TODAY: Date = date(2026, 3, 2);

    fn session() -> DisputeAct {
        DisputeAct::Session { held: Timestamp::UNIX_EPOCH, sealed: String::new() }
    }

    fn agree(days: &[Date]) -> DisputeAct {
        DisputeAct::Agree { on: TODAY, follow_ups: days.to_vec(), sealed: String::new() }
    }

    fn follow_up(due: Date) -> DisputeAct {
        DisputeAct::FollowUp { due, kept: Kept::Yes, sealed: String::new() }
    }

    fn close(outcome: Outcome) -> DisputeAct {
        DisputeAct::Close { outcome }
    }

    fn after(acts: &[DisputeAct]) -> Result<Dispute, NotNow> {
        acts.iter().try_fold(Dispute::opened(), |it, act| it.advance(act, TODAY))
    }

    #[test]
    fn an_agreement_is_followed_up_before_it_counts_as_settled() {
        let (a, b) = (date(2026, 3, 9), date(2026, 4, 2));
        let agreed = after(&[session(), agree(&[a, b])]).unwrap();
        assert_eq!(agreed.next_due(), Some(a));
        let closed = close(Outcome::Settled);
        assert_eq!(agreed.clone().advance(&closed, TODAY), Err(NotNow::StillDue { due: a }));
        let asked = [follow_up(a), follow_up(b), closed];
        let over = asked.iter().try_fold(agreed, |it, act| it.advance(act, TODAY)).unwrap();
        assert_eq!(
            (over.state, over.outcome, over.next_due()),
            (State::Closed, Some(Outcome::Settled), None)
        );
        assert_eq!(over.advance(&session(), TODAY), Err(NotNow::Over));
    }

    #[test]
    fn days_of_an_agreement_lie_ahead_and_in_order() {
        assert_eq!(after(&[agree(&[date(2026, 3, 9)])]), Err(NotNow::NoSession));
        for bad in [date(2026, 3, 1), date(2029, 1, 1)] {
            assert_eq!(after(&[session(), agree(&[bad])]), Err(NotNow::BadDay { due: bad }));
        }
        let twice = [date(2026, 3, 9), date(2026, 3, 9)];
        assert_eq!(after(&[session(), agree(&twice)]), Err(NotNow::BadDay { due: twice[0] }));
        assert!(matches!(after(&[session(), agree(&[])]), Err(NotNow::HowMany { .. })));
    }

    #[test]
    fn what_was_handed_over_is_not_agreed_here_any_more() {
        let given = DisputeAct::HandOver { unit: UnitId(7), sealed: String::new() };
        let gone = after(&[session(), given]).unwrap();
        let no = gone.clone().advance(&agree(&[date(2026, 3, 9)]), TODAY);
        assert_eq!(no, Err(NotNow::AnotherState { state: "handed_over" }));
        assert!(gone.clone().advance(&close(Outcome::Settled), TODAY).is_err());
        assert!(gone.advance(&close(Outcome::Judicial), TODAY).is_ok());
    }

    #[test]
    fn a_new_agreement_replaces_the_days_that_nobody_asked_on() {
        let (a, b) = (date(2026, 3, 9), date(2026, 5, 2));
        let it = after(&[session(), agree(&[a]), session(), agree(&[b])]).unwrap();
        assert_eq!(it.follow_ups, [(b, None)]);
    }
}

//! The law of the loop as one table: which act is legal at which step. `advance` asks it first.

use super::{ActName, Case, Refusal, Step, StepName};
use ActName as A;
use StepName::{Answered, Assigned, Ended, Evaluated, Filed, Handled, Reported};

/// One line of the law.
pub struct Line {
    /// The act.
    pub act: ActName,
    /// The steps at which it is legal.
    pub at: &'static [StepName],
    /// Whether it is legal while the case is on hold.
    pub on_hold: bool,
    /// A further condition on the case itself.
    pub when: fn(&Case) -> Result<(), Refusal>,
    /// Where the case stands afterwards, in words.
    pub then: &'static str,
}

const OPEN: &[StepName] = &[Reported, Filed, Assigned, Handled, Answered];
const ALWAYS: &[StepName] = &[Reported, Filed, Assigned, Handled, Answered, Evaluated, Ended];
const BEFORE_ANSWER: &[StepName] = &[Reported, Filed, Assigned, Handled];

#[allow(clippy::unnecessary_wraps)] // one of the law's conditions, and has their shape
fn any(_: &Case) -> Result<(), Refusal> {
    Ok(())
}

macro_rules! law {
    ($($act:ident at $steps:expr, $hold:ident, $when:expr => $then:literal;)*) => {
        /// The law of the loop.
        pub const LAW: &[Line] = &[$(Line { act: A::$act, at: $steps, on_hold: law!(@$hold), when: $when, then: $then }),*];
    };
    (@held) => { true };
    (@live) => { false };
}

#[rustfmt::skip] // a table, best read as one
law! {
    // act           at                       hold   when                  then
    Verify         at &[Reported],            live,  unverified         => "reported, filing clock runs";
    Refuse         at &[Reported, Filed],     live,  any                => "ended: refused";
    Merge          at &[Reported, Filed],     live,  any                => "ended: merged, the other goes on for both";
    Absorb         at BEFORE_ANSWER,          held,  any                => "same step, stands for one more report";
    Split          at &[Reported, Filed],     live,  any                => "ended: split, each part is a case";
    Link           at ALWAYS,                 held,  any                => "same step";
    File           at &[Reported],            live,  any                => "filed, dispatch clock runs";
    Assign         at &[Filed, Assigned],     live,  any                => "assigned, each unit's clocks run; units at work go on";
    Accept         at &[Assigned],            live,  any                => "assigned, handling clock runs";
    Return         at &[Assigned],            live,  may_bounce         => "filed, first dispatch deadline kept; after two the superior decides";
    HandUp         at &[Reported, Filed],     live,  any                => "same step, at the desk above";
    HandDown       at &[Reported, Filed],     live,  any                => "same step, at the desk below";
    AskPostpone    at &[Assigned],            live,  nothing_asked      => "assigned, the clock runs on";
    DecidePostpone at &[Assigned],            live,  asked              => "assigned, with a new deadline if granted";
    Suspend        at &[Filed, Assigned],     live,  any                => "same step, on hold until a time";
    Resume         at &[Filed, Assigned],     held,  on_hold            => "same step, deadline moved by the pause";
    Wake           at &[Filed, Assigned],     held,  on_hold            => "same step, deadline moved by the pause";
    Urge           at BEFORE_ANSWER,          live,  any                => "same step";
    Progress       at &[Assigned],            live,  any                => "assigned";
    Handle         at &[Assigned],            live,  any                => "handled once every share is done";
    FixOnSpot      at &[Reported],            live,  any                => "handled, to be checked by another";
    Check          at &[Handled],             live,  check_open         => "handled and checked, or assigned again with the first deadline";
    Answer         at &[Handled],             live,  check_passed       => "answered, the reporter has the last word";
    Confirm        at &[Answered],            live,  unconfirmed        => "answered and confirmed";
    Reopen         at &[Answered],            live,  unconfirmed        => "filed again, first handling deadline kept on record";
    Evaluate       at &[Answered],            live,  any                => "evaluated: closed";
    Appeal         at &[Evaluated],           live,  no_appeal          => "evaluated";
    DecideAppeal   at &[Evaluated],           live,  open_appeal        => "evaluated";
    Withdraw       at &[Reported, Filed],     live,  any                => "ended: withdrawn";
    Note           at ALWAYS,                 held,  any                => "same step";
    Warn           at OPEN,                   live,  any                => "same step, a level told from 100 % on";
    Relocate       at OPEN,                   held,  any                => "same step, in the areas and at the desk that succeed";
}

fn unverified(case: &Case) -> Result<(), Refusal> {
    refuse_if(case.reported().verified.is_some(), Refusal::AlreadyVerified)
}

fn may_bounce(case: &Case) -> Result<(), Refusal> {
    refuse_if(case.filed().is_some_and(|f| f.superior_decides), Refusal::BouncesSpent)
}

fn nothing_asked(case: &Case) -> Result<(), Refusal> {
    refuse_if(case.side.asked.is_some(), Refusal::AskedAlready)
}

fn asked(case: &Case) -> Result<(), Refusal> {
    refuse_if(case.side.asked.is_none(), Refusal::NothingAsked)
}

fn on_hold(case: &Case) -> Result<(), Refusal> {
    refuse_if(case.side.hold.is_none(), Refusal::NotOnHold)
}

fn check_open(case: &Case) -> Result<(), Refusal> {
    refuse_if(case.step.is_checked(), Refusal::CheckPassed)
}

fn check_passed(case: &Case) -> Result<(), Refusal> {
    refuse_if(!case.step.is_checked(), Refusal::CheckOpen)
}

fn unconfirmed(case: &Case) -> Result<(), Refusal> {
    refuse_if(case.answered().is_some_and(|a| a.confirmed.is_some()), Refusal::AlreadyConfirmed)
}

fn no_appeal(case: &Case) -> Result<(), Refusal> {
    refuse_if(case.side.appeal.is_some(), Refusal::AppealedAlready)
}

fn open_appeal(case: &Case) -> Result<(), Refusal> {
    let open = case.side.appeal.as_ref().is_some_and(|a| a.upheld.is_none());
    refuse_if(!open, Refusal::NoAppeal)
}

fn refuse_if(yes: bool, refusal: Refusal) -> Result<(), Refusal> {
    if yes { Err(refusal) } else { Ok(()) }
}

impl Case {
    /// Whether an act of this name can be legal now; what the act itself says is looked at by `advance`.
    pub fn may(&self, act: ActName) -> Result<(), Refusal> {
        let Some(line) = LAW.iter().find(|l| l.act == act) else { return Err(Refusal::Exists) };
        if !line.at.contains(&self.step.name()) {
            return Err(Refusal::WrongStep { at: self.step.name(), act, legal: self.legal() });
        }
        if self.side.hold.is_some() && !line.on_hold {
            return Err(Refusal::OnHold { act, legal: self.legal() });
        }
        (line.when)(self)
    }

    /// Every act that can be legal now, in the order of the loop.
    pub fn legal(&self) -> Vec<ActName> {
        LAW.iter()
            .filter(|l| l.at.contains(&self.step.name()))
            .filter(|l| l.on_hold || self.side.hold.is_none())
            .filter(|l| (l.when)(self).is_ok())
            .map(|l| l.act)
            .collect()
    }
}

impl Step {
    fn is_checked(&self) -> bool {
        matches!(self, Step::Handled(h) if matches!(h.check, super::Check::Passed { .. }))
    }
}

/// The law printed: a line per act, a column per step (`x` legal, `.` not), then what follows.
pub fn law_table() -> String {
    let mut out = String::from("act              R F A H N E -  hold  then\n");
    for line in LAW {
        let steps: Vec<&str> =
            StepName::ALL.iter().map(|s| if line.at.contains(s) { "x" } else { "." }).collect();
        let hold = if line.on_hold { "yes" } else { "no" };
        out += &format!("{:<16} {}  {:<4}  {}\n", line.act.as_str(), steps.join(" "), hold, line.then);
    }
    out
}

//! Starting clocks: the spans of a class in the calendar of a place become moments.

use crate::City;
use crate::city::plain_clocks;
use domain::area::Ancestors;
use domain::calendar::Calendar;
use domain::case::{Case, Due, Moved, MovedShare, Share, ShareState, Step};
use domain::class::Clocks;
use domain::clock::{Span, Stage};
use domain::id::ClassCode;
use jiff::Timestamp;

/// The clocks of one case: its class and its calendar.
pub struct CaseClocks<'a> {
    clocks: Clocks,
    calendar: &'a Calendar,
}

impl<'a> CaseClocks<'a> {
    /// Of a class (or none yet) in a place.
    pub fn of(city: &'a City, class: Option<&ClassCode>, areas: &Ancestors) -> CaseClocks<'a> {
        let clocks = class.and_then(|code| city.class(code)).map_or_else(plain_clocks, |class| class.clocks);
        CaseClocks { clocks, calendar: city.calendar(areas) }
    }

    /// A stage's clock, started now.
    pub fn start(&self, stage: Stage, now: Timestamp) -> Due {
        self.due(self.clocks.of(stage), now, self.calendar.deadline(now, self.clocks.of(stage)))
    }

    /// Until when the reporter may confirm or reopen.
    pub fn wait_until(&self, now: Timestamp) -> Timestamp {
        self.calendar.deadline(now, self.clocks.confirm)
    }

    /// A handling clock whose deadline was decided by a person.
    pub fn postponed(&self, was: Due, until: Timestamp) -> Due {
        self.due(was.span, was.from, until)
    }

    fn due(&self, span: Span, from: Timestamp, at: Timestamp) -> Due {
        let share = |pct| self.calendar.at_share(from, at, span.kind(), pct);
        Due { span, from, half: share(50), most: share(80), at, twice: self.calendar.postpone(at, span) }
    }

    /// Every running clock of a case on hold since `from`, moved as if the hold had not counted.
    pub fn moved(&self, case: &Case, from: Timestamp, now: Timestamp) -> Moved {
        let dispatch = match &case.step {
            Step::Filed(filed) => Some(self.resumed(filed.due, from, now)),
            _ => None,
        };
        let shares = case.open_shares().map(|share| self.moved_share(share, from, now));
        Moved { dispatch, shares: shares.collect() }
    }

    fn moved_share(&self, share: &Share, from: Timestamp, now: Timestamp) -> MovedShare {
        let accept = match share.state {
            ShareState::Given => self.resumed(share.accept, from, now),
            _ => share.accept,
        };
        MovedShare { unit: share.unit, accept, handle: self.resumed(share.handle, from, now) }
    }

    fn resumed(&self, due: Due, from: Timestamp, now: Timestamp) -> Due {
        let kind = due.span.kind();
        let at = self.calendar.resume(due.at, kind, from, now);
        Due { half: self.calendar.resume(due.half, kind, from, now), ..self.due(due.span, due.from, at) }
    }
}

/// The clocks that an assignment would start.
#[derive(Clone, Copy, Debug)]
pub struct WouldStart {
    /// To accept.
    pub accept: Due,
    /// To be done.
    pub handle: Due,
}

/// The clocks that an assignment of this case would start now.
pub fn would_start(city: &City, case: &Case, now: Timestamp) -> WouldStart {
    let clocks = CaseClocks::of(city, case.class(), &case.ancestors());
    WouldStart { accept: clocks.start(Stage::Accept, now), handle: clocks.start(Stage::Handle, now) }
}

//! Telling people (通知): when a notice may be delivered, when it is tried again, when it climbs because nobody reads it.
//!
//! Pure. What a notice is stands in `notice`; how it travels (push, mail, message, webhook) is the shell's affair.

use crate::notice::NoticeKind;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use uuid::Uuid;

/// A way to a person, beside the inbox that everybody has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// 浏览器推送: Web Push.
    Push,
    /// 邮件.
    Mail,
    /// 短信.
    Sms,
    /// A program that listens: a webhook.
    Hook,
}

impl Way {
    /// All.
    pub const ALL: [Way; 4] = [Way::Push, Way::Mail, Way::Sms, Way::Hook];

    /// As it stands in columns and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Way::Push => "push",
            Way::Mail => "mail",
            Way::Sms => "sms",
            Way::Hook => "hook",
        }
    }

    /// From a column or the wire.
    pub fn parse(text: &str) -> Option<Way> {
        Way::ALL.into_iter().find(|it| it.as_str() == text)
    }
}

/// Hours in which someone is told only what is urgent: minutes of the day, the end not included; they may pass midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quiet {
    /// First minute, 0 to 1439.
    pub from_min: u16,
    /// First minute that is no longer quiet, 0 to 1439.
    pub to_min: u16,
}

impl Quiet {
    /// Quiet hours, if the minutes are minutes of a day and not the same.
    pub fn new(from_min: u16, to_min: u16) -> Option<Quiet> {
        let is_minute = |it: u16| it < 1_440;
        (is_minute(from_min) && is_minute(to_min) && from_min != to_min).then_some(Quiet { from_min, to_min })
    }

    fn covers(self, minute: u16) -> bool {
        if self.from_min < self.to_min {
            (self.from_min..self.to_min).contains(&minute)
        } else {
            minute >= self.from_min || minute < self.to_min
        }
    }

    /// When what came at `at` may be delivered: at once, or when the quiet hours are over.
    pub fn after(self, at: Timestamp, zone: &TimeZone) -> Timestamp {
        let local = zone.to_datetime(at);
        let minute = local.hour() as u16 * 60 + local.minute() as u16;
        if !self.covers(minute) {
            return at;
        }
        let day =
            if minute < self.to_min { local.date() } else { local.date().tomorrow().unwrap_or(local.date()) };
        let end = Time::new((self.to_min / 60) as i8, (self.to_min % 60) as i8, 0, 0).unwrap_or_default();
        zone.to_timestamp(day.to_datetime(end)).unwrap_or(at).max(at)
    }
}

/// Seconds after which a failed delivery is tried again, by how often it has been tried: the schedule that Standard Webhooks
/// recommends, some three days in all.
const AGAIN_S: [i64; 9] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];

/// When a delivery that has failed so often is tried again; `None` when it is given up.
pub fn again(at: Timestamp, n_tries: u32) -> Option<Timestamp> {
    let wait = AGAIN_S.get(n_tries.checked_sub(1)? as usize)?;
    Some(at + SignedDuration::from_secs(*wait))
}

/// After this long unread, an urgent notice is told to the desk above.
pub const CLIMBS_AFTER: SignedDuration = SignedDuration::from_mins(30);

/// A program that is told of notices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hook {
    /// Made by whoever adds it; another id has another secret.
    pub id: Uuid,
    /// What people call it.
    pub name: String,
    /// Where it listens.
    pub url: String,
    /// Only what is urgent.
    #[serde(default)]
    pub urgent_only: bool,
    /// Only these kinds; empty is all.
    #[serde(default)]
    pub kinds: BTreeSet<NoticeKind>,
}

impl Hook {
    /// Whether it is told of this.
    pub fn wants(&self, kind: NoticeKind, urgent: bool) -> bool {
        (urgent || !self.urgent_only) && (self.kinds.is_empty() || self.kinds.contains(&kind))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    #[rustfmt::skip] // a table, best read as one
    fn what_comes_in_quiet_hours_waits_for_their_end() {
        let zone = TimeZone::get("Asia/Shanghai").unwrap();
        let (night, noon) = (Quiet::new(22 * 60, 7 * 60).unwrap(), Quiet::new(12 * 60, 14 * 60).unwrap());
        for (quiet, came, may) in [
            (night, "2026-03-02T13:59:00Z", "2026-03-02T13:59:00Z"), // 21:59
            (night, "2026-03-02T14:00:00Z", "2026-03-02T23:00:00Z"), // 22:00 -> 07:00
            (night, "2026-03-02T20:30:00Z", "2026-03-02T23:00:00Z"), // 04:30 -> 07:00 of the same day
            (night, "2026-03-02T23:00:00Z", "2026-03-02T23:00:00Z"), // 07:00
            (noon,  "2026-03-02T05:00:00Z", "2026-03-02T06:00:00Z"), // 13:00 -> 14:00
            (noon,  "2026-03-02T06:00:00Z", "2026-03-02T06:00:00Z"),
        ] {
            assert_eq!(quiet.after(at(came), &zone), at(may), "{came}");
        }
        assert_eq!(Quiet::new(60, 60), None);
        assert_eq!(Quiet::new(0, 1_440), None);
    }

    #[test]
    fn a_delivery_is_tried_for_three_days_and_then_given_up() {
        let begun = at("2026-03-02T00:00:00Z");
        let (mut now, mut n) = (begun, 0);
        while let Some(next) = again(now, n + 1) {
            assert!(next > now);
            (now, n) = (next, n + 1);
        }
        assert_eq!(n, 9);
        let hours = now.duration_since(begun).as_hours();
        assert!((60..96).contains(&hours), "{hours}");
        assert_eq!(again(begun, 0), None);
    }

    #[test]
    fn a_hook_is_told_what_it_asked_for() {
        let all = Hook {
            id: Uuid::nil(),
            name: "x".into(),
            url: "https://x".into(),
            urgent_only: false,
            kinds: BTreeSet::new(),
        };
        assert!(all.wants(NoticeKind::VisitDue, false));
        let urgent = Hook { urgent_only: true, ..all.clone() };
        assert!(urgent.wants(NoticeKind::SafetyAlarm, true) && !urgent.wants(NoticeKind::VisitDue, false));
        let one = Hook { kinds: [NoticeKind::CaseLate].into(), ..all };
        assert!(one.wants(NoticeKind::CaseLate, false) && !one.wants(NoticeKind::VisitDue, true));
    }
}

//! Clocks (时限): how long a stage may take, in which kind of time, and when to warn.
//!
//! What counts as an hour or a day of work is the calendar's (`calendar`); which stage of which class
//! has which span is the dictionary's (`class`). Nothing here ticks: `now` is always an argument.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How long something may take. Written and stored as an amount and a unit, e.g. `"30m"`, `"2h"`,
/// `"4wh"`, `"5wd"`, `"7d"`.
///
/// | written | kind | zh | what runs |
/// |---|---|---|---|
/// | `30m`, `2h` | urgent | 紧急小时 | every second, day and night, holidays too |
/// | `45wm`, `4wh` | work hours | 工作小时 | only seconds inside working hours |
/// | `5wd` | work days | 工作日 | the day it begins is not counted; ends at close of business of the n-th work day after |
/// | `7d` | natural days | 自然日 | the day it begins is not counted; ends at 24:00 of the n-th day after, work day or not |
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Span {
    /// Minutes that run round the clock.
    UrgentMinutes(u32),
    /// Minutes counted inside working hours only.
    WorkMinutes(u32),
    /// Work days after the day it begins.
    WorkDays(u32),
    /// Days after the day it begins.
    NaturalDays(u32),
}

/// In which kind of time a span, a pause or what remains is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpanKind {
    /// 紧急小时.
    Urgent,
    /// 工作小时.
    WorkHours,
    /// 工作日.
    WorkDays,
    /// 自然日.
    NaturalDays,
}

/// A stage of the loop that has a clock of its own (field.md 3 and 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// 核实: the desk looks, on site or by phone.
    Verify,
    /// 立案: class, place and urgency agreed.
    File,
    /// 派遣: given to a lead unit.
    Dispatch,
    /// 受理: the unit takes it or sends it back.
    Accept,
    /// 处置: the work itself.
    Handle,
    /// 核查: someone else looks at the result.
    Check,
    /// 反馈: the reporter is told.
    Answer,
    /// 确认: how long the reporter may answer; silence closes.
    Confirm,
}

/// When a running clock speaks up (预警): at a share of the counted time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Warning {
    /// Half of the time is used.
    Half,
    /// Four fifths are used.
    Late,
    /// All of it is used: the deadline itself; escalation begins.
    Due,
}

/// Why a text is not a span; the message says what would be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpanFault {
    /// The text does not follow amount + unit.
    #[error(
        "`{0}` is not a span of time: write a whole number and one of m, h, wm, wh, wd, d, e.g. 2h or 5wd"
    )]
    Unreadable(String),
    /// Zero, or more than ten years.
    #[error("`{0}` is out of range: a span is at least 1 and at most ten years")]
    OutOfRange(String),
}

const TEN_YEARS_MINUTES: u32 = 10 * 366 * 24 * 60;
const TEN_YEARS_DAYS: u32 = 10 * 366;

impl Span {
    /// The kind of time this span is counted in.
    pub fn kind(self) -> SpanKind {
        match self {
            Span::UrgentMinutes(_) => SpanKind::Urgent,
            Span::WorkMinutes(_) => SpanKind::WorkHours,
            Span::WorkDays(_) => SpanKind::WorkDays,
            Span::NaturalDays(_) => SpanKind::NaturalDays,
        }
    }

    /// The amount in the span's own unit: minutes or days.
    pub fn amount(self) -> u32 {
        match self {
            Span::UrgentMinutes(n) | Span::WorkMinutes(n) | Span::WorkDays(n) | Span::NaturalDays(n) => n,
        }
    }

    /// The same kind with another amount, in the same unit.
    #[must_use]
    pub fn with_amount(self, n: u32) -> Span {
        match self {
            Span::UrgentMinutes(_) => Span::UrgentMinutes(n),
            Span::WorkMinutes(_) => Span::WorkMinutes(n),
            Span::WorkDays(_) => Span::WorkDays(n),
            Span::NaturalDays(_) => Span::NaturalDays(n),
        }
    }

    /// As a Chinese reader would write it, e.g. `2紧急小时`, `5个工作日`.
    pub fn zh(self) -> String {
        match self {
            Span::UrgentMinutes(n) if n % 60 == 0 => format!("{}紧急小时", n / 60),
            Span::UrgentMinutes(n) => format!("{n}分钟"),
            Span::WorkMinutes(n) if n % 60 == 0 => format!("{}工作小时", n / 60),
            Span::WorkMinutes(n) => format!("{n}工作分钟"),
            Span::WorkDays(n) => format!("{n}个工作日"),
            Span::NaturalDays(n) => format!("{n}个自然日"),
        }
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Span::UrgentMinutes(n) if n % 60 == 0 => write!(f, "{}h", n / 60),
            Span::UrgentMinutes(n) => write!(f, "{n}m"),
            Span::WorkMinutes(n) if n % 60 == 0 => write!(f, "{}wh", n / 60),
            Span::WorkMinutes(n) => write!(f, "{n}wm"),
            Span::WorkDays(n) => write!(f, "{n}wd"),
            Span::NaturalDays(n) => write!(f, "{n}d"),
        }
    }
}

impl FromStr for Span {
    type Err = SpanFault;
    fn from_str(text: &str) -> Result<Span, SpanFault> {
        let unreadable = || SpanFault::Unreadable(text.to_owned());
        let out_of_range = || SpanFault::OutOfRange(text.to_owned());
        let cut = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(unreadable)?;
        let (digits, unit) = text.split_at(cut);
        if digits.is_empty() {
            return Err(unreadable());
        }
        let n: u32 = digits.parse().map_err(|_| out_of_range())?;
        let hours = n.checked_mul(60);
        let span = match unit {
            "m" => Some(Span::UrgentMinutes(n)),
            "h" => hours.map(Span::UrgentMinutes),
            "wm" => Some(Span::WorkMinutes(n)),
            "wh" => hours.map(Span::WorkMinutes),
            "wd" => Some(Span::WorkDays(n)),
            "d" => Some(Span::NaturalDays(n)),
            _ => return Err(unreadable()),
        };
        let most = |s: Span| match s {
            Span::UrgentMinutes(_) | Span::WorkMinutes(_) => TEN_YEARS_MINUTES,
            Span::WorkDays(_) | Span::NaturalDays(_) => TEN_YEARS_DAYS,
        };
        span.filter(|s| (1..=most(*s)).contains(&s.amount())).ok_or_else(out_of_range)
    }
}

impl From<Span> for String {
    fn from(span: Span) -> String {
        span.to_string()
    }
}

impl TryFrom<String> for Span {
    type Error = SpanFault;
    fn try_from(text: String) -> Result<Span, SpanFault> {
        text.parse()
    }
}

impl SpanKind {
    /// Whether only seconds inside working hours are counted.
    pub fn counts_work(self) -> bool {
        matches!(self, SpanKind::WorkHours | SpanKind::WorkDays)
    }
}

impl Stage {
    /// All stages, in the order of the loop.
    pub const ALL: [Stage; 8] = [
        Stage::Verify,
        Stage::File,
        Stage::Dispatch,
        Stage::Accept,
        Stage::Handle,
        Stage::Check,
        Stage::Answer,
        Stage::Confirm,
    ];
}

impl Warning {
    /// All warnings, earliest first.
    pub const ALL: [Warning; 3] = [Warning::Half, Warning::Late, Warning::Due];

    /// The share of counted time after which it is given, in percent.
    pub fn share_pct(self) -> u8 {
        match self {
            Warning::Half => 50,
            Warning::Late => 80,
            Warning::Due => 100,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_written_as_amount_and_unit_and_read_back() {
        for (text, span) in [
            ("30m", Span::UrgentMinutes(30)),
            ("2h", Span::UrgentMinutes(120)),
            ("90m", Span::UrgentMinutes(90)),
            ("45wm", Span::WorkMinutes(45)),
            ("4wh", Span::WorkMinutes(240)),
            ("5wd", Span::WorkDays(5)),
            ("7d", Span::NaturalDays(7)),
        ] {
            assert_eq!(text.parse(), Ok(span));
            assert_eq!(span.to_string(), text);
            assert_eq!(serde_json::to_string(&span).unwrap(), format!("\"{text}\""));
            assert_eq!(serde_json::from_str::<Span>(&format!("\"{text}\"")).unwrap(), span);
        }
    }

    #[test]
    fn what_is_no_span_is_refused_with_what_to_write_instead() {
        for text in ["", "5", "h", "5 wd", "-1d", "1.5h", "5w", "5日"] {
            let fault = text.parse::<Span>().unwrap_err();
            assert!(fault.to_string().contains("5wd"), "{text}: {fault}");
        }
        for text in ["0d", "0wh", "3661d", "99999999999h", "4294967295h"] {
            assert_eq!(text.parse::<Span>(), Err(SpanFault::OutOfRange(text.to_owned())));
        }
    }

    #[test]
    fn warnings_come_at_half_four_fifths_and_the_deadline() {
        assert_eq!(Warning::ALL.map(Warning::share_pct), [50, 80, 100]);
    }
}

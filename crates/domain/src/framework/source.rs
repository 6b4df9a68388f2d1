//! The grammar of sources: which figure of the platform's own cases an indicator is.
//!
//! ```text
//! cases:handled-on-time; channel=hotline
//! cases:handled-on-time; classes=S02; urgency=urgent,emergency
//! cases:satisfied; channel=hotline
//! ```
//!
//! An empty source means that a department hands the figure in.

use super::text::{Cursor, Wrong};
use crate::case::{Channel, Urgency};
use crate::class::Label;
use serde::{Deserialize, Serialize};

/// A share of the platform's own cases, by area and month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseQuery {
    /// What is counted, of what.
    pub measure: CaseMeasure,
    /// Only those that came in one of these ways; empty: all.
    pub channels: Vec<Channel>,
    /// Only those of classes whose code is, or begins with, one of these; empty: all.
    pub classes: Vec<String>,
    /// Only those of one of these urgencies; empty: all.
    pub urgencies: Vec<Urgency>,
}

/// What is counted, of what. Cases that ended early (refused, merged, split, withdrawn) are in none of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CaseMeasure {
    /// 按期处置率: of the cases whose deadline for handling lay in the month, those handled by it. What is late and
    /// not handled, or back at work after a failed check or a reopening, counts as due and not as on time.
    HandledOnTime,
    /// 按期结案率: of the cases closed in the month, those that had been handled by their deadline.
    ClosedOnTime,
    /// 解决率: of the cases closed in the month, those whose reporter never said that it was not solved.
    Resolved,
    /// 重开率: of the cases closed in the month, those whose reporter once said that it was not solved.
    Reopened,
    /// 满意率: of the cases closed in the month whose reporter answered, those whose reporter was satisfied.
    Satisfied,
}

impl CaseMeasure {
    /// All.
    pub const ALL: [CaseMeasure; 5] = [
        CaseMeasure::HandledOnTime,
        CaseMeasure::ClosedOnTime,
        CaseMeasure::Resolved,
        CaseMeasure::Reopened,
        CaseMeasure::Satisfied,
    ];

    /// As a source writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            CaseMeasure::HandledOnTime => "handled-on-time",
            CaseMeasure::ClosedOnTime => "closed-on-time",
            CaseMeasure::Resolved => "resolved",
            CaseMeasure::Reopened => "reopened",
            CaseMeasure::Satisfied => "satisfied",
        }
    }

    /// Whether its figure is of a sample of all it could be of.
    pub fn is_sample(self) -> bool {
        self == CaseMeasure::Satisfied
    }

    fn words(self) -> (&'static str, &'static str) {
        match self {
            CaseMeasure::HandledOnTime => (
                "处置期限在本月的案件中，在期限内处置完毕的；逾期未处置、核查未通过或重开后仍在办理的，计入应处置而不计入按期",
                "of the cases whose deadline for handling lay in the month, those handled by it; what is late and not handled, or back at work, counts as due",
            ),
            CaseMeasure::ClosedOnTime => (
                "本月结案的案件中，在期限内处置完毕的",
                "of the cases closed in the month, those that had been handled by their deadline",
            ),
            CaseMeasure::Resolved => (
                "本月结案的案件中，上报人从未表示未解决的",
                "of the cases closed in the month, those whose reporter never said that it was not solved",
            ),
            CaseMeasure::Reopened => (
                "本月结案的案件中，上报人曾表示未解决而重开的",
                "of the cases closed in the month, those whose reporter once said that it was not solved",
            ),
            CaseMeasure::Satisfied => (
                "本月结案且上报人作出评价的案件中，上报人满意的（基本满意不计）",
                "of the cases closed in the month whose reporter answered, those whose reporter was satisfied (fair does not count)",
            ),
        }
    }
}

impl CaseQuery {
    /// Reads a source that is not empty.
    pub fn parse(text: &str) -> Result<CaseQuery, Wrong> {
        let form = "a source is empty (a department hands in) or cases:handled-on-time, with channel=, classes= or urgency=";
        let mut parts = Cursor::parts(text, ';');
        let first = parts.next().ok_or_else(|| Wrong::at(0, form))?;
        let measure = match first.split(':') {
            Some((head, measure)) if head.text == "cases" => measure,
            _ => return Err(first.wrong(form)),
        };
        let measure = measure.one_of(&CaseMeasure::ALL.map(|it| (it.as_str(), it)))?;
        let mut query =
            CaseQuery { measure, channels: Vec::new(), classes: Vec::new(), urgencies: Vec::new() };
        let mut seen: Vec<&str> = Vec::new();
        for part in parts {
            let (key, values) = part.split('=').ok_or_else(|| part.wrong("write it as key=value"))?;
            if seen.contains(&key.text) {
                return Err(key.wrong("it is there twice"));
            }
            seen.push(key.text);
            for value in values.split_all(',') {
                match key.text {
                    "channel" => {
                        query.channels.push(value.one_of(&CHANNELS.map(|(it, ..)| (it.as_str(), it)))?);
                    }
                    "urgency" => {
                        query.urgencies.push(value.one_of(&URGENCIES.map(|(it, ..)| (it.as_str(), it)))?);
                    }
                    "classes" => query.classes.push(class(value)?),
                    _ => {
                        return Err(
                            key.wrong("this is not a key of a source; there are channel, classes, urgency")
                        );
                    }
                }
            }
        }
        Ok(query)
    }

    /// What it counts, in plain words. `name_of` names a class, or the major that a beginning of a code stands for.
    pub fn words(&self, name_of: &dyn Fn(&str) -> Option<Label>) -> Label {
        let (zh, en) = self.measure.words();
        let (mut zh, mut en) = (zh.to_owned(), en.to_owned());
        let mut add = |(key_zh, key_en): (&str, &str), names: Vec<(String, String)>| {
            if !names.is_empty() {
                let (names_zh, names_en): (Vec<String>, Vec<String>) = names.into_iter().unzip();
                zh += &format!("；{key_zh}：{}", names_zh.join("、"));
                en += &format!("; {key_en}: {}", names_en.join(", "));
            }
        };
        let owned = |zh: &str, en: &str| (zh.to_owned(), en.to_owned());
        let of = |it: &Channel| CHANNELS.iter().find(|(c, ..)| c == it).map(|(_, zh, en)| owned(zh, en));
        add(("来源渠道", "channel"), self.channels.iter().filter_map(of).collect());
        let class = |code: &String| match name_of(code) {
            Some(name) => (format!("{}（{code}）", name.zh), format!("{} ({code})", name.en)),
            None => owned(code, code),
        };
        add(("案件类别", "class"), self.classes.iter().map(class).collect());
        let of = |it: &Urgency| URGENCIES.iter().find(|(u, ..)| u == it).map(|(_, zh, en)| owned(zh, en));
        add(("紧急程度", "urgency"), self.urgencies.iter().filter_map(of).collect());
        Label::new(&zh, &en)
    }
}

/// Standard error, in percentage points, of a share found in a sample: so many of so many answers. The reporters of a
/// month stand for those of any month, so there is no correction for having asked many of them; half an answer of
/// each kind is added so that a sample of one mind is not taken for certain (Jeffreys; Brown, Cai and DasGupta 2001). `den` above 0.
pub fn sampling_error(num: f64, den: f64) -> f64 {
    let share = (num + 0.5) / (den + 1.0);
    100.0 * (share * (1.0 - share) / den).sqrt()
}

const CHANNELS: [(Channel, &str, &str); 6] = [
    (Channel::Worker, "网格员", "worker"),
    (Channel::Resident, "居民", "resident"),
    (Channel::Hotline, "热线", "hotline"),
    (Channel::Camera, "视频", "camera"),
    (Channel::Partner, "外部系统", "partner system"),
    (Channel::Desk, "调度台", "desk"),
];

const URGENCIES: [(Urgency, &str, &str); 3] = [
    (Urgency::Ordinary, "一般", "ordinary"),
    (Urgency::Urgent, "紧急", "urgent"),
    (Urgency::Emergency, "特急", "emergency"),
];

/// A class's code, or the beginning of several.
fn class(value: Cursor<'_>) -> Result<String, Wrong> {
    let fits = (1..=16).contains(&value.text.len()) && value.text.bytes().all(|b| b.is_ascii_alphanumeric());
    if fits {
        Ok(value.text.to_owned())
    } else {
        Err(value.wrong("the code of a class, or its beginning, belongs here, as S0204 or S02"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_says_which_cases_are_counted_and_in_which_words() {
        let query =
            CaseQuery::parse("cases:handled-on-time; classes=S02,S0301; urgency=urgent,emergency").unwrap();
        assert_eq!(query.measure, CaseMeasure::HandledOnTime);
        assert_eq!(query.classes, ["S02", "S0301"]);
        assert_eq!(query.urgencies, [Urgency::Urgent, Urgency::Emergency]);
        let words = query.words(&|code| (code == "S02").then(|| Label::new("安全隐患", "Hazards")));
        assert!(
            words.zh.ends_with("；案件类别：安全隐患（S02）、S0301；紧急程度：紧急、特急"),
            "{}",
            words.zh
        );
        assert!(
            words.en.ends_with("; class: Hazards (S02), S0301; urgency: urgent, emergency"),
            "{}",
            words.en
        );
        for measure in CaseMeasure::ALL {
            let query = CaseQuery::parse(&format!("cases:{}", measure.as_str())).unwrap();
            assert_eq!((query.measure, query.channels.len()), (measure, 0));
        }
    }

    #[test]
    fn a_fault_of_a_source_points_at_the_character() {
        let wrong = |text: &str| {
            let wrong = CaseQuery::parse(text).unwrap_err();
            (wrong.at + 1, wrong.why)
        };
        for (text, at, says) in [
            ("", 1, "a source is empty"),
            ("rows:resolved", 1, "a source is empty"),
            ("cases:solved", 7, "one of handled-on-time"),
            ("cases:resolved;hotline", 16, "key=value"),
            ("cases:resolved;channel=phone", 24, "one of worker"),
            ("cases:resolved; channel=hotline, 热线", 34, "one of worker"),
            ("cases:resolved;channel=hotline;channel=worker", 32, "twice"),
            ("cases:resolved;classes=S02*", 24, "the code of a class"),
            ("cases:resolved;classes=", 24, "the code of a class"),
            ("cases:resolved;area=1", 16, "there are channel, classes, urgency"),
        ] {
            let (found, why) = wrong(text);
            assert_eq!(found, at, "{text}: {why}");
            assert!(why.contains(says), "{text}: {why}");
        }
    }

    #[test]
    fn the_error_of_a_sample_falls_with_its_size_and_never_to_nothing() {
        assert!((sampling_error(80.0, 100.0) - 4.022).abs() < 0.001);
        assert!(sampling_error(80.0, 100.0) > 1.9 * sampling_error(320.0, 400.0));
        assert!(sampling_error(30.0, 30.0) > 1.0);
    }
}

//! The recipe of a score: which outcomes count, for how many points, against which target. Versioned data; what is not
//! in the closed list of measures cannot be in it.

use super::measure::Measure;
use crate::class::Label;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use thiserror::Error;

/// A recipe as it is written down.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecipeDoc {
    /// How workers are assessed.
    pub worker: SectionDoc,
    /// How areas are.
    pub area: SectionDoc,
    /// At most so much is added to a share of good outcomes for a heavy load, 0 to 0.2.
    #[serde(default = "usual_cap")]
    pub workload_cap: f64,
    /// Days that are added up for the ranking of areas, 1 to 92.
    #[serde(default = "usual_window")]
    pub window_days: u16,
}

/// The lines for workers, or for areas.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SectionDoc {
    /// With fewer outcomes in all lines together there is no score. For areas: with fewer shares due.
    pub min_cases: u32,
    /// The lines; their weights sum to 100.
    pub lines: Vec<LineDoc>,
}

/// One line as it is written down.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineDoc {
    /// Its code, unique in the section.
    pub code: String,
    /// Name in Chinese.
    pub zh: String,
    /// Name in English.
    pub en: String,
    /// What counts: a word of the closed list.
    pub measure: String,
    /// Points of the line, above 0.
    pub weight: f64,
    /// The share of good outcomes that earns all points, above 0 to 1.
    pub target: f64,
    /// With fewer outcomes the line takes the peers' mean.
    #[serde(default)]
    pub min_count: u32,
    /// So many outcomes of the peers stand beside one's own; absent: as many as the spread of the peers says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strength: Option<f64>,
    /// Whether a heavy load is made up for.
    #[serde(default)]
    pub workload: bool,
}

/// A recipe that holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Recipe {
    /// Lines of workers.
    pub worker: Section,
    /// Lines of areas.
    pub area: Section,
    /// At most so much is added to a share for a heavy load.
    pub workload_cap: f64,
    /// Days that are added up for areas.
    pub window_days: u16,
}

/// Lines that hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Section {
    /// With fewer there is no score.
    pub min_cases: u32,
    /// The lines.
    pub lines: Vec<Line>,
}

/// One line that holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: Label,
    /// What counts.
    pub measure: Measure,
    /// Points.
    pub weight: f64,
    /// The share that earns all of them.
    pub target: f64,
    /// With fewer outcomes the peers' mean is taken.
    pub min_count: u32,
    /// Outcomes of the peers beside one's own, where it is fixed.
    pub strength: Option<f64>,
    /// Whether a heavy load is made up for.
    pub workload: bool,
}

/// Something in a recipe that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{detail}")]
pub struct RecipeFault {
    /// JSON pointer: `/worker/lines/2/measure`.
    pub path: String,
    /// `unknown`, `range`, `refused`, `duplicate`, `missing`.
    pub code: &'static str,
    /// What is wrong and how to mend it.
    pub detail: String,
}

/// What a score must never be made of, by the beginnings of words people would write for it.
const REFUSED: &[&str] = &[
    "login",
    "log_in",
    "logon",
    "signin",
    "sign_in",
    "online",
    "minute",
    "upload",
    "photo_count",
    "picture_count",
    "step_count",
    "mileage",
    "track",
    "check_in",
    "checkin",
    "clock_in",
    "presence",
    "attendance",
    "app_open",
    "登录",
    "在线",
    "上传",
    "打卡",
    "轨迹",
    "签到",
    "步数",
    "里程",
    "活跃",
    "积分",
];

fn usual_cap() -> f64 {
    0.05
}

fn usual_window() -> u16 {
    30
}

impl RecipeDoc {
    /// The recipe that holds before a city has saved its own.
    pub fn plain() -> RecipeDoc {
        use Measure as M;
        let line =
            |measure: Measure, (zh, en): (&str, &str), weight: f64, target: f64, workload: bool| LineDoc {
                code: measure.as_str().to_owned(),
                zh: zh.to_owned(),
                en: en.to_owned(),
                measure: measure.as_str().to_owned(),
                weight,
                target,
                min_count: 3,
                strength: None,
                workload,
            };
        RecipeDoc {
            worker: SectionDoc {
                min_cases: 8,
                lines: vec![
                    line(M::Valid, ("上报属实", "reports found valid"), 20.0, 1.0, false),
                    line(M::Steps, ("按时办完每一步", "steps in time"), 20.0, 1.0, true),
                    line(M::Checked, ("没有返工", "no rework"), 10.0, 1.0, false),
                    line(M::Lasting, ("问题没有重来", "problems that stay away"), 10.0, 1.0, false),
                    line(M::Visits, ("该走访的走访了", "visits due and done"), 15.0, 1.0, true),
                    line(M::Referrals, ("转介有了结果", "referrals with a result"), 10.0, 1.0, false),
                    line(M::Satisfied, ("居民答复", "residents' answers"), 15.0, 1.0, false),
                ],
            },
            area: SectionDoc {
                min_cases: 20,
                lines: vec![
                    line(M::Handled, ("按期处置", "handled on time"), 30.0, 1.0, false),
                    line(M::Checked, ("没有返工", "no rework"), 15.0, 1.0, false),
                    line(M::Closed, ("按期结案", "closed on time"), 15.0, 1.0, false),
                    line(M::Dispatched, ("准确派遣", "dispatched right"), 10.0, 1.0, false),
                    line(M::Valid, ("有效上报", "valid reports"), 10.0, 1.0, false),
                    line(M::Solved, ("解决", "solved"), 10.0, 1.0, false),
                    line(M::Satisfied, ("满意", "satisfied"), 10.0, 1.0, false),
                ],
            },
            workload_cap: usual_cap(),
            window_days: usual_window(),
        }
    }
}

impl Recipe {
    /// Reads a recipe; everything that is wrong with it, each with its place.
    ///
    /// # Errors
    /// Every line that does not hold, and whatever is wrong with the whole.
    pub fn read(doc: &RecipeDoc) -> Result<Recipe, Vec<RecipeFault>> {
        let mut faults = Vec::new();
        let worker = section("/worker", &doc.worker, true, &mut faults);
        let area = section("/area", &doc.area, false, &mut faults);
        if !(0.0..=0.2).contains(&doc.workload_cap) {
            faults.push(fault(
                "/workload_cap".to_owned(),
                "range",
                "a share from 0 to 0.2, as 0.05".to_owned(),
            ));
        }
        if !(1..=92).contains(&doc.window_days) {
            faults.push(fault("/window_days".to_owned(), "range", "1 to 92 days".to_owned()));
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        Ok(Recipe { worker, area, workload_cap: doc.workload_cap, window_days: doc.window_days })
    }
}

fn fault(path: String, code: &'static str, detail: String) -> RecipeFault {
    RecipeFault { path, code, detail }
}

fn section(at: &str, doc: &SectionDoc, of_workers: bool, faults: &mut Vec<RecipeFault>) -> Section {
    let mut codes = BTreeSet::new();
    let mut lines = Vec::new();
    for (number, line) in doc.lines.iter().enumerate() {
        let place = |field: &str| format!("{at}/lines/{number}/{field}");
        if line.code.is_empty() || !codes.insert(line.code.as_str()) {
            faults.push(fault(place("code"), "duplicate", "each line has a code of its own".to_owned()));
        }
        for (field, text) in [("zh", &line.zh), ("en", &line.en)] {
            if text.trim().is_empty() {
                faults.push(fault(
                    place(field),
                    "missing",
                    "people read the line's name in both languages".to_owned(),
                ));
            }
        }
        let said = [&line.code, &line.measure, &line.zh, &line.en];
        let refused = REFUSED.iter().find(|word| said.iter().any(|text| folded(text).contains(*word)));
        match (Measure::parse(&line.measure).filter(|it| it.may_score()), refused) {
            (_, Some(word)) => faults.push(fault(
                place("measure"),
                "refused",
                format!(
                    "{word:?}: scores are made of outcomes; log-ins, minutes online, uploads, check-ins and positions are \
                     not counted here (State Council rules on government apps, 2023-12)"
                ),
            )),
            (None, None) => {
                let known: Vec<&str> =
                    Measure::ALL.into_iter().filter(|it| it.may_score()).map(Measure::as_str).collect();
                let detail = format!("{:?} is no outcome; use one of {}", line.measure, known.join(", "));
                faults.push(fault(place("measure"), "unknown", detail));
            }
            (Some(measure), None) if of_workers && !measure.is_of_workers() => faults.push(fault(
                place("measure"),
                "unknown",
                format!("{} is told of areas and units, not of one worker", measure.as_str()),
            )),
            (Some(measure), None) => lines.push(Line {
                code: line.code.clone(),
                name: Label::new(&line.zh, &line.en),
                measure,
                weight: line.weight,
                target: line.target,
                min_count: line.min_count,
                strength: line.strength,
                workload: line.workload,
            }),
        }
        if !(line.weight > 0.0 && line.weight <= 100.0) {
            faults.push(fault(place("weight"), "range", "points above 0, at most 100".to_owned()));
        }
        if !(line.target > 0.0 && line.target <= 1.0) {
            faults.push(fault(place("target"), "range", "a share above 0, at most 1".to_owned()));
        }
        if line.strength.is_some_and(|it| !(0.0..=10_000.0).contains(&it)) {
            faults.push(fault(place("strength"), "range", "0 to 10000 outcomes, or absent".to_owned()));
        }
    }
    let measures: BTreeSet<Measure> = lines.iter().map(|it| it.measure).collect();
    if measures.len() < lines.len() {
        faults.push(fault(
            format!("{at}/lines"),
            "duplicate",
            "an outcome counts in one line only".to_owned(),
        ));
    }
    let total: f64 = doc.lines.iter().map(|it| it.weight).sum();
    if (total - 100.0).abs() > 1e-6 {
        let detail = format!("weights sum to {total}; they must sum to 100");
        faults.push(fault(format!("{at}/lines"), "range", detail));
    }
    Section { min_cases: doc.min_cases, lines }
}

/// Lower case, with spaces and hyphens as underscores.
fn folded(text: &str) -> String {
    text.trim().to_lowercase().replace([' ', '-'], "_")
}

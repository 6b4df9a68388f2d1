//! What people (and the clock) do to a case. Each act carries every fact it settles, computed deadlines
//! included, so that a log can be replayed without calendars or dictionaries.

use crate::area::{Ancestors, Level};
use crate::class::Urgency;
use crate::clock::Span;
use crate::geo::LngLat;
use crate::id::{AreaChangeId, AreaId, AttachmentId, CaseId, ClassCode, PersonId, UnitId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One act on a case. The record keeps it as it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)] // fields are the words of the act above them
#[serde(tag = "act", rename_all = "snake_case")]
pub enum Act {
    /// 上报: the first act of every case.
    Report(Box<Report>),
    /// 核实: seen on site or asked by phone; starts the filing clock.
    Verify { note: String, evidence: Vec<Evidence>, due: Due },
    /// 不予受理: it is not a matter for the city, or it is not there.
    Refuse { reason: RefuseReason, note: String },
    /// 并案: this is the same as another case, which goes on for both.
    Merge { into: CaseId },
    /// The other side of a merge: this case now also stands for that one.
    Absorb { from: CaseId },
    /// 拆分: this report is really several matters, each now a case of its own.
    Split { parts: Vec<CaseId> },
    /// 关联: two cases have to do with each other, and both go on.
    Link { to: CaseId },
    /// 立案: class, urgency and privacy are agreed; starts the dispatch clock.
    File { class: ClassCode, urgency: Urgency, private: bool, due: Due },
    /// 交办: a lead unit and co-units, each with a clock of its own.
    Assign { lead: ShareOrder, co: Vec<ShareOrder>, route: RouteNote },
    /// 接收: a unit takes its share.
    Accept { unit: UnitId },
    /// 退回: the unit says it is not its matter. `superior` is set when the desk above must now decide.
    Return { unit: UnitId, reason: String, superior: Option<Superior> },
    /// 上交: the desk of the level above takes over; starts its dispatch clock.
    HandUp { to: AreaId, level: Level, reason: String, due: Due },
    /// 下派: the desk of a level below takes over; starts its dispatch clock.
    HandDown { to: AreaId, level: Level, reason: String, due: Due },
    /// 申请延期.
    AskPostpone { unit: UnitId, until: Timestamp, reason: String },
    /// 批复延期: `due` is the new clock when granted.
    DecidePostpone { granted: bool, due: Option<Due>, note: String },
    /// 挂账: nothing can be done before a day; expires by itself.
    Suspend { until: Timestamp, reason: String },
    /// 解挂 by a person; the clocks move by what the pause would have counted.
    Resume { moved: Moved },
    /// 到期解挂 by the clock itself.
    Wake { moved: Moved },
    /// 督办.
    Urge { note: String },
    /// 办理过程: something was done, not everything.
    Progress { unit: UnitId, note: String, evidence: Vec<Evidence> },
    /// 办结: a unit has done its share; `due` is the check clock, used when it was the last share.
    Handle { unit: UnitId, note: String, evidence: Vec<Evidence>, due: Due },
    /// 自行处置: the worker who found it mended it; `due` is the check clock.
    FixOnSpot { class: ClassCode, urgency: Urgency, note: String, evidence: Vec<Evidence>, due: Due },
    /// 核查: passed, or back to the units with the first deadline kept. `due` is the answer clock when passed.
    Check { passed: bool, note: String, evidence: Vec<Evidence>, due: Option<Due> },
    /// 反馈: the reporter is told, and may confirm or reopen until `wait_until`.
    Answer { text: String, wait_until: Timestamp },
    /// 确认: the reporter is content, or says so and is not.
    Confirm { satisfaction: Satisfaction, note: String },
    /// 重开: the reporter says it is not solved; starts the dispatch clock again.
    Reopen { reason: String, due: Due },
    /// 评价: the waiting time ran out or the reporter confirmed; closes the case.
    Evaluate,
    /// 申诉 against the evaluation.
    Appeal { unit: UnitId, reason: String },
    /// 申诉裁定.
    DecideAppeal { upheld: bool, note: String },
    /// 撤回 by the reporter.
    Withdraw { reason: String },
    /// 备注.
    Note { text: String },
    /// 预警: a share of the clock is used (50, 80, 100, 200 percent); from 100 on, `level` is told too.
    Warn { share_pct: u16, level: Level },
    /// 随区划变更: the areas changed, and the case lies in these from now on, at this desk. Its clocks run on.
    Relocate {
        change: AreaChangeId,
        areas: Ancestors,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        off_m: Option<u32>,
        desk: AreaId,
        level: Level,
    },
}

/// What a report says (上报).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// How it came in.
    pub channel: Channel,
    /// The account that reported, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reporter: Option<PersonId>,
    /// In the reporter's own words.
    pub text: String,
    /// Where.
    pub place: Place,
    /// What the reporter thinks it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<ClassCode>,
    /// Pictures and papers given with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Evidence>,
    /// The area whose desk receives it.
    pub desk: AreaId,
    /// That desk's level.
    pub level: Level,
    /// Hidden from all who do not work on it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub private: bool,
    /// Time by the reporter's own clock, if it came later than it was made (offline).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub happened_at: Option<Timestamp>,
    /// Number the case has in the system it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outside_no: Option<String>,
    /// The case this was cut out of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split_from: Option<CaseId>,
    /// The verification clock.
    pub due: Due,
}

/// Where a case is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// The point, WGS-84; `None` when only words are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub point: Option<LngLat>,
    /// In words, as a person would say it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub words: String,
    /// City down to grid, as far as known.
    pub areas: Ancestors,
    /// Set when the point lies in no grid and the nearest was taken: its distance in metres.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub off_m: Option<u32>,
}

/// A clock that was started: its moments, computed once with the calendar of that day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Due {
    /// What was counted.
    pub span: Span,
    /// Start.
    #[serde(with = "ms")]
    pub from: Timestamp,
    /// 50 % used.
    #[serde(with = "ms")]
    pub half: Timestamp,
    /// 80 % used.
    #[serde(with = "ms")]
    pub most: Timestamp,
    /// The deadline.
    #[serde(with = "ms")]
    pub at: Timestamp,
    /// Twice the span: the second escalation.
    #[serde(with = "ms")]
    pub twice: Timestamp,
}

/// The desk that decides after two returns, and its clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Superior {
    /// The area whose desk it is.
    pub desk: AreaId,
    /// Its level.
    pub level: Level,
    /// Until when it must decide.
    pub due: Due,
}

/// Clocks moved by a pause.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// The dispatch clock, for a case that waits at a desk.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dispatch: Option<Due>,
    /// The clocks of each unit that is not done.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shares: Vec<MovedShare>,
}

/// One unit's clocks moved by a pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MovedShare {
    /// The unit.
    pub unit: UnitId,
    /// Its clock to accept.
    pub accept: Due,
    /// Its clock to be done.
    pub handle: Due,
}

/// What one unit is asked to do, and until when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShareOrder {
    /// The unit.
    pub unit: UnitId,
    /// Its part, in words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub task: String,
    /// Until when it must accept or return.
    pub accept: Due,
    /// Until when it must be done.
    pub handle: Due,
}

/// Why a case went where it went.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RouteNote {
    /// What the responsibility matrix suggested; `None` when it had a gap.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suggested: Option<UnitId>,
    /// The reason, in Chinese.
    pub because: String,
    /// The reason, in English.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub because_en: String,
    /// Given when the dispatcher chose another unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instead: Option<String>,
}

/// A stored picture, sound or paper that shows something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// Where it is kept.
    pub attachment: AttachmentId,
    /// SHA-256 of the stored bytes, hex.
    pub sha256: String,
    /// What it shows.
    pub kind: EvidenceKind,
}

/// What a piece of evidence shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceKind {
    /// As found.
    Before,
    /// While at work.
    During,
    /// When done.
    After,
    /// A paper: notice, agreement, record.
    Document,
}

/// How a report came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// 网格员.
    Worker,
    /// 居民.
    Resident,
    /// 12345 热线.
    Hotline,
    /// 视频场景.
    Camera,
    /// Another system.
    Partner,
    /// 调度台 itself.
    Desk,
}

/// Why a report is not taken up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefuseReason {
    /// Looked for and not there.
    NotFound,
    /// Not a matter for the city.
    NotOurs,
    /// Too little is known, and nobody can be asked.
    TooLittleKnown,
    /// Before a court, an arbiter or the police already.
    Elsewhere,
    /// Already done.
    AlreadyDone,
}

/// What the reporter thinks of the outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Satisfaction {
    /// 满意.
    Satisfied,
    /// 基本满意.
    Fair,
    /// 不满意, yet agreed to close.
    Dissatisfied,
}

macro_rules! act_names {
    ($($name:ident $text:literal $zh:literal),* $(,)?) => {
        /// The name of an act, for tables, rights and refusals.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum ActName { $(#[doc = $zh] $name),* }

        impl ActName {
            /// Every act there is, in the order of the loop.
            pub const ALL: &[ActName] = &[$(ActName::$name),*];
            /// As it stands in the record and on the wire.
            pub fn as_str(self) -> &'static str { match self { $(ActName::$name => $text),* } }
            /// As people say it.
            pub fn zh(self) -> &'static str { match self { $(ActName::$name => $zh),* } }
            /// From the wire.
            pub fn parse(text: &str) -> Option<ActName> { match text { $($text => Some(ActName::$name),)* _ => None } }
        }

        impl Act {
            /// Which act this is.
            pub fn name(&self) -> ActName { match self { $(Act::$name { .. } => ActName::$name),* } }
        }
    };
}

act_names! {
    Report "report" "上报", Verify "verify" "核实", Refuse "refuse" "不予受理", Merge "merge" "并案",
    Absorb "absorb" "并入", Split "split" "拆分", Link "link" "关联", File "file" "立案", Assign "assign" "交办",
    Accept "accept" "接收", Return "return" "退回", HandUp "hand_up" "上交", HandDown "hand_down" "下派",
    AskPostpone "ask_postpone" "申请延期", DecidePostpone "decide_postpone" "批复延期", Suspend "suspend" "挂账",
    Resume "resume" "解挂", Wake "wake" "到期解挂", Urge "urge" "督办", Progress "progress" "办理过程",
    Handle "handle" "办结", FixOnSpot "fix_on_spot" "自行处置", Check "check" "核查", Answer "answer" "反馈",
    Confirm "confirm" "确认", Reopen "reopen" "重开", Evaluate "evaluate" "评价", Appeal "appeal" "申诉",
    DecideAppeal "decide_appeal" "申诉裁定", Withdraw "withdraw" "撤回", Note "note" "备注", Warn "warn" "预警",
    Relocate "relocate" "随区划变更",
}

macro_rules! words {
    ($($enum:ident { $($name:ident $text:literal),* $(,)? })*) => {$(
        impl $enum {
            /// Every one there is.
            pub const ALL: &[$enum] = &[$($enum::$name),*];
            /// As it stands in columns and on the wire.
            pub fn as_str(self) -> &'static str { match self { $($enum::$name => $text),* } }
            /// From a column or the wire.
            pub fn parse(text: &str) -> Option<$enum> { match text { $($text => Some($enum::$name),)* _ => None } }
        }
    )*};
}

words! {
    Channel { Worker "worker", Resident "resident", Hotline "hotline", Camera "camera", Partner "partner", Desk "desk" }
    Urgency { Ordinary "ordinary", Urgent "urgent", Emergency "emergency" }
    Satisfaction { Satisfied "satisfied", Fair "fair", Dissatisfied "dissatisfied" }
    EvidenceKind { Before "before", During "during", After "after", Document "document" }
    RefuseReason {
        NotFound "not_found", NotOurs "not_ours", TooLittleKnown "too_little_known", Elsewhere "elsewhere",
        AlreadyDone "already_done",
    }
}

impl Act {
    /// The pictures and papers given with this act.
    pub fn evidence(&self) -> &[Evidence] {
        match self {
            Act::Report(report) => &report.evidence,
            Act::Verify { evidence, .. }
            | Act::Progress { evidence, .. }
            | Act::Handle { evidence, .. }
            | Act::FixOnSpot { evidence, .. }
            | Act::Check { evidence, .. } => evidence,
            _ => &[],
        }
    }
}

/// Timestamps as milliseconds: short in the record, the same on both databases.
mod ms {
    use jiff::Timestamp;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    #[allow(clippy::trivially_copy_pass_by_ref)] // serde's `with` wants a reference
    pub fn serialize<S: Serializer>(at: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_i64(at.as_millisecond())
    }
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
        Timestamp::from_millisecond(i64::deserialize(from)?).map_err(D::Error::custom)
    }
}

//! The words of the box in both languages: keys of filters, standings, steps, ways in, kinds, "near".

use super::{Kind, NEAR_M, Standing};
use crate::case::{Channel, StepName, Urgency};
use crate::class::Label;

/// What a filter is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// 部门.
    Unit,
    /// 类别.
    Class,
    /// 区域.
    Area,
    /// 步骤.
    Step,
    /// 状态.
    State,
    /// 紧急程度.
    Urgency,
    /// 来源.
    Channel,
    /// 类型: which kind of thing.
    Kind,
    /// 时间: when it was reported.
    Reported,
    /// 截止: when its running clock ends.
    Due,
    /// 附近.
    Near,
    /// 编号.
    Number,
    /// 人员.
    Person,
}

impl Key {
    /// As it stands on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Key::Person => "person",
            other => KEYS.iter().find(|(key, ..)| *key == other).expect("every key is in the table").2,
        }
    }
}

#[rustfmt::skip] // a table, best read as one
const KEYS: &[(Key, &str, &str, &[&str])] = &[
    (Key::Unit,     "部门",     "unit",     &["部门", "单位", "承办", "unit", "department", "dept"]),
    (Key::Class,    "类别",     "class",    &["类别", "分类", "事项", "class", "category"]),
    (Key::Area,     "区域",     "area",     &["区域", "地区", "网格", "街道", "社区", "area", "grid", "in"]),
    (Key::Step,     "步骤",     "step",     &["步骤", "环节", "step"]),
    (Key::State,    "状态",     "state",    &["状态", "state", "status"]),
    (Key::Urgency,  "紧急程度", "urgency",  &["紧急程度", "紧急", "urgency"]),
    (Key::Channel,  "来源",     "channel",  &["来源", "渠道", "channel", "from"]),
    (Key::Kind,     "类型",     "kind",     &["类型", "kind", "type"]),
    (Key::Reported, "时间",     "reported", &["时间", "日期", "上报", "reported", "time", "date", "on"]),
    (Key::Due,      "截止",     "due",      &["截止", "到期", "due"]),
    (Key::Near,     "附近",     "near",     &["附近", "near"]),
    (Key::Number,   "编号",     "number",   &["编号", "案号", "number", "no"]),
    (Key::Person,   "工作人员", "staff",    &["人员", "工作人员", "网格员", "staff", "person"]),
];

/// A filter's key and what stands behind its colon.
pub(super) fn keyed(text: &str) -> Option<(Key, &str)> {
    let (key, value) = text.split_once(':')?;
    let found = KEYS.iter().find(|(.., words)| words.contains(&key))?;
    Some((found.0, value.trim()))
}

/// The filter in both languages.
pub(super) fn name(key: Key) -> Label {
    let (_, zh, en, _) = KEYS.iter().find(|(it, ..)| *it == key).expect("every key is in the table");
    Label::new(*zh, *en)
}

/// A filter whose value is still to come.
pub(super) fn awaited(key: Key) -> Label {
    let name = name(key);
    Label::new(format!("{}：…", name.zh), format!("{}: …", name.en))
}

#[rustfmt::skip] // a table, best read as one
const STANDINGS: &[(Standing, &str, &str, &[&str])] = &[
    (Standing::Open,   "未结",   "open",    &["未结", "未办结", "在办", "未完成", "open", "unclosed"]),
    (Standing::Late,   "已逾期", "overdue", &["逾期", "超时", "已逾期", "已超时", "超期", "overdue", "late"]),
    (Standing::Soon,   "将逾期", "due soon", &["将逾期", "将超时", "快到期", "即将到期", "快超时", "soon", "duesoon"]),
    (Standing::Held,   "挂账",   "on hold", &["挂账", "已挂账", "held", "onhold"]),
    (Standing::Closed, "已结",   "closed",  &["已结", "已办结", "结案", "已结案", "已完成", "closed"]),
];

/// How a case must stand.
pub(super) fn standing(text: &str) -> Option<(Standing, Label)> {
    let found = STANDINGS.iter().find(|(.., words)| words.contains(&text))?;
    Some((found.0, Label::new(found.1, found.2)))
}

#[rustfmt::skip] // a table, best read as one
const URGENCIES: &[(Urgency, &str, &str, &[&str])] = &[
    (Urgency::Ordinary,  "一般", "ordinary",  &["一般", "ordinary"]),
    (Urgency::Urgent,    "紧急", "urgent",    &["紧急", "加急", "urgent"]),
    (Urgency::Emergency, "特急", "emergency", &["特急", "emergency"]),
];

/// How pressing a case must be. 一般 by itself is an ordinary word and needs its key.
pub(super) fn urgency(text: &str) -> Option<(Urgency, Label)> {
    let found = URGENCIES.iter().find(|(.., words)| words.contains(&text))?;
    Some((found.0, Label::new(found.1, found.2)))
}

#[rustfmt::skip] // a table, best read as one
const CHANNELS: &[(Channel, &str, &str, &[&str])] = &[
    (Channel::Worker,   "网格员",   "worker",   &["网格员", "巡查", "worker"]),
    (Channel::Resident, "居民",     "resident", &["居民", "群众", "resident"]),
    (Channel::Hotline,  "热线",     "hotline",  &["热线", "12345", "hotline"]),
    (Channel::Camera,   "视频",     "camera",   &["视频", "摄像头", "camera"]),
    (Channel::Partner,  "外部系统", "partner",  &["外部系统", "外部", "partner"]),
    (Channel::Desk,     "调度台",   "desk",     &["调度台", "desk"]),
];

/// How a case must have come in.
pub(super) fn channel(text: &str) -> Option<(Channel, Label)> {
    let found = CHANNELS.iter().find(|(.., words)| words.contains(&text))?;
    Some((found.0, Label::new(found.1, found.2)))
}

#[rustfmt::skip] // a table, best read as one
const STEPS: &[(StepName, &[&str])] = &[
    (StepName::Reported,  &["1", "信息上报", "上报", "待核实", "reported"]),
    (StepName::Filed,     &["2", "核实立案", "立案", "待交办", "filed"]),
    (StepName::Assigned,  &["3", "分流交办", "交办", "assigned"]),
    (StepName::Handled,   &["4", "跟踪处理", "处理", "待核查", "handled"]),
    (StepName::Answered,  &["5", "事件反馈", "反馈", "answered"]),
    (StepName::Evaluated, &["6", "考核评价", "评价", "evaluated"]),
    (StepName::Ended,     &["已终止", "终止", "ended"]),
];

/// The step a case must stand at; `2-4` and `立案..处理` are all from one to the other.
pub(super) fn step(text: &str) -> Option<(Vec<StepName>, Label)> {
    let at = |text: &str| STEPS.iter().position(|(_, words)| words.contains(&text));
    if let Some(one) = at(text) {
        let step = STEPS[one].0;
        return Some((vec![step], Label::new(step.zh(), step.as_str())));
    }
    let (from, to) = ["..", "-", "~", "至", "到"].iter().find_map(|sign| text.split_once(sign))?;
    let (from, to) = (at(from)?, at(to)?);
    let steps: Vec<StepName> = STEPS.get(from..=to)?.iter().map(|(step, _)| *step).collect();
    let (first, last) = (steps.first()?, steps.last()?);
    let says = Label::new(
        format!("{} 至 {}", first.zh(), last.zh()),
        format!("{first} to {last}", first = first.as_str(), last = last.as_str()),
    );
    Some((steps, says))
}

#[rustfmt::skip] // a table, best read as one
const KINDS: &[(Kind, &[&str])] = &[
    (Kind::Area,   &["区域", "网格", "area", "grid"]),
    (Kind::Place,  &["地点", "场所", "重点场所", "place"]),
    (Kind::Thing,  &["部件", "设施", "thing"]),
    (Kind::Case,   &["案件", "事件", "case"]),
    (Kind::Unit,   &["部门", "单位", "unit"]),
    (Kind::Person, &["人员", "工作人员", "网格员", "person", "staff"]),
];

/// Which kind of thing is asked for.
pub(super) fn kind(text: &str) -> Option<(Kind, Label)> {
    let kind = KINDS.iter().find(|(_, words)| words.contains(&text))?.0;
    Some((kind, Label::new(kind.zh(), kind.as_str())))
}

const NEAR: &[&str] = &["附近", "周边", "我附近", "near", "nearme", "nearby"];

/// "Near", with or without a distance: `附近`, `附近300米`.
pub(super) fn near(text: &str) -> Option<(u32, Label)> {
    if NEAR.contains(&text) {
        return metres(&format!("{NEAR_M}"));
    }
    let rest = NEAR.iter().filter_map(|word| text.strip_prefix(word)).min_by_key(|rest| rest.len())?;
    metres(rest)
}

/// A distance: `300`, `300m`, `300米`, `2km`, `2公里`; at most 20 km.
pub(super) fn metres(text: &str) -> Option<(u32, Label)> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let number: u32 = number.parse().ok()?;
    let metres = match unit {
        "" | "m" | "米" => number,
        "km" | "公里" | "千米" => number.checked_mul(1_000)?,
        _ => return None,
    };
    let says = || Label::new(format!("附近 {metres} 米"), format!("within {metres} m"));
    (1..=20_000).contains(&metres).then(|| (metres, says()))
}

/// "Near" in front of other words.
pub(super) fn head(text: &str) -> Option<&str> {
    ["附近", "周边", "逾期", "超时", "未结"].into_iter().find_map(|word| {
        let rest = text.strip_prefix(word)?;
        let is_more = rest.starts_with('的') || !rest.is_empty();
        // `附近300米` is one thing.
        (is_more && near(text).is_none() && standing(text).is_none()).then(|| &text[..word.len()])
    })
}

/// Two English words that are one.
pub(super) fn is_pair(text: &str) -> bool {
    const PAIRS: &[&str] = &[
        "this week",
        "last week",
        "this month",
        "last month",
        "this year",
        "last year",
        "near me",
        "due soon",
        "on hold",
    ];
    PAIRS.contains(&text)
}

/// Whether it is the number of a case: `260930-7K3M9Q`, or its beginning with at least one letter behind the hyphen.
pub(super) fn is_number(text: &str) -> bool {
    let Some((day, letters)) = text.split_once('-') else { return false };
    day.len() == 6
        && day.bytes().all(|c| c.is_ascii_digit())
        && (1..=6).contains(&letters.len())
        && letters.bytes().all(|c| c.is_ascii_alphanumeric())
}

//! The ranking of an edition as it circulates (排名表): ranks with what they are worth, the five dimensions, a sheet
//! for each dimension, weak links, and what is missing. The brief of one page is drawn from the same [`Ranking`].

use super::Lang;
use domain::month::Month;
use sheet::{Align, Column as Head, Format, Look, Table, Value};

/// An edition, ready to be written down. Names are in the language it is written in; lists of scores follow the order
/// of `counties`.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranking {
    /// The city's name.
    pub city: String,
    /// The month.
    pub month: Month,
    /// 0, or which correction of it this is.
    pub revision: u32,
    /// Whether it is published; else every sheet says that it is a draft.
    pub published: bool,
    /// The counties, the best first; those without a score last.
    pub counties: Vec<RankedCounty>,
    /// Level 1 and what hangs below, each node before its children.
    pub nodes: Vec<Node>,
    /// Where points are lost, the heaviest first.
    pub links: Vec<Link>,
    /// What has not come, or is in doubt.
    pub gaps: Vec<Gap>,
    /// Departments that have handed in everything, and how many there are.
    pub delivered: (usize, usize),
    /// What the edition was made from and how, a sentence each.
    pub method: Vec<String>,
}

/// A county and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct RankedCounty {
    /// Its name.
    pub name: String,
    /// Its rank, shared with those it cannot be told apart from; `None` without a score.
    pub rank: Option<usize>,
    /// 90 % interval of its rank.
    pub ranks: Option<(usize, usize)>,
    /// The score, 0 to 100.
    pub score: Option<f64>,
    /// 90 % interval of the score.
    pub interval: Option<(f64, f64)>,
    /// The score of the month before, where there was one.
    pub before: Option<f64>,
    /// Its rank of the month before.
    pub rank_before: Option<usize>,
    /// Dimensions by name and how their own scores changed, what weighs most in the change first.
    pub because: Vec<(String, f64)>,
}

impl RankedCounty {
    /// Points gained since the month before.
    pub fn change(&self) -> Option<f64> {
        Some(self.score? - self.before?)
    }
}

/// A node of the framework with its scores.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// 1 for a dimension.
    pub level: u8,
    /// Share in the node above, 0 to 1.
    pub weight: f64,
    /// Score of each county.
    pub scores: Vec<Option<f64>>,
}

/// Marks scores that are more than this below the median of the counties.
pub const WEAK_BELOW: f64 = 10.0;

/// A score and whether it stands out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scored {
    /// 0 to 100.
    pub score: f64,
    /// Whether it is more than [`WEAK_BELOW`] below the median of the counties.
    pub weak: bool,
}

impl Node {
    /// The median of the counties' scores; `None` without any.
    pub fn median(&self) -> Option<f64> {
        let mut known: Vec<f64> = self.scores.iter().flatten().copied().collect();
        known.sort_unstable_by(f64::total_cmp);
        let middle = known.len() / 2;
        match known.len() {
            0 => None,
            n if n % 2 == 1 => Some(known[middle]),
            _ => Some(f64::midpoint(known[middle - 1], known[middle])),
        }
    }

    /// The score of a county.
    pub fn scored(&self, county: usize) -> Option<Scored> {
        let score = self.scores.get(county).copied().flatten()?;
        let weak = self.median().is_some_and(|median| score < median - WEAK_BELOW);
        Some(Scored { score, weak })
    }
}

/// Where a county loses points.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// The county's name.
    pub county: String,
    /// The indicator's code.
    pub code: String,
    /// Its name.
    pub indicator: String,
    /// Who answers for it.
    pub department: String,
    /// Points of the index lost against the mean of the others.
    pub lost: f64,
    /// Its score, and the mean of the others.
    pub score: (f64, f64),
    /// Its place by this indicator, and of how many.
    pub place: (usize, usize),
    /// Since which month.
    pub since: Month,
    /// The figure now and the one that would lift the county by a rank, in its unit.
    pub change: Option<(f64, f64)>,
    /// The unit.
    pub unit: String,
}

/// What is the matter with a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum GapKind {
    /// It was not handed in, or its base was not.
    Missing,
    /// It lies beyond a limit that is told apart from the score, or far from what is usual.
    Flagged,
    /// It is made of too few to count.
    Small,
}

/// A figure that is missing or in doubt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// What kind of matter.
    pub kind: GapKind,
    /// Who hands it in.
    pub department: String,
    /// The indicator, as code and name.
    pub indicator: String,
    /// The counties, or none where it is all of them.
    pub counties: Vec<String>,
    /// What is the matter, and what was done about it.
    pub what: String,
}

/// The sheets of a ranking: the table, one for each dimension, weak links, notes.
pub fn ranking_workbook(ranking: &Ranking, lang: Lang) -> Vec<Table> {
    let mut tables = vec![main_table(ranking, lang)];
    tables.extend(dimensions(ranking).map(|at| dimension_table(ranking, at, lang)));
    tables.push(links_table(ranking, lang));
    tables.push(notes_table(ranking, lang));
    tables
}

impl Ranking {
    /// Its heading: city, month, revision, and that it is a draft while it is one.
    pub fn title(&self, what: &str, lang: Lang) -> String {
        let month = lang.month(self.month);
        let mut title = match lang {
            Lang::Zh => format!("{}{what}（{month}）", self.city),
            Lang::En => format!("{}: {what}, {month}", self.city),
        };
        if self.revision > 0 {
            title += &match lang {
                Lang::Zh => format!("第{}次修订", self.revision),
                Lang::En => format!(", revision {}", self.revision),
            };
        }
        if !self.published {
            title += lang.pick("【草稿】", " [draft]");
        }
        title
    }

    /// How many counties share each rank.
    pub fn sharing(&self, rank: usize) -> usize {
        self.counties.iter().filter(|it| it.rank == Some(rank)).count()
    }
}

/// Places of the level-1 nodes.
fn dimensions(ranking: &Ranking) -> impl Iterator<Item = usize> + '_ {
    (0..ranking.nodes.len()).filter(|at| ranking.nodes[*at].level == 1)
}

fn main_table(ranking: &Ranking, lang: Lang) -> Table {
    let mut columns = vec![
        Head::new(lang.pick("名次", "Rank"), 8.0).align(Align::Middle),
        Head::new(lang.pick("县市区", "County"), lang_width(lang, 24.0, 34.0)),
        Head::new(lang.pick("总分", "Score"), 9.0).format(Format::Decimals(2)).align(Align::Middle),
        Head::new(lang.pick("得分", "Score"), 15.0)
            .align(Align::Middle)
            .under(lang.pick("90%区间", "90 % interval")),
        Head::new(lang.pick("名次", "Rank"), 9.0)
            .align(Align::Middle)
            .under(lang.pick("90%区间", "90 % interval")),
    ];
    let scores = lang.pick("各维度得分", "Scores by dimension");
    columns.extend(dimensions(ranking).map(|at| {
        let node = &ranking.nodes[at];
        Head::new(node.name.as_str(), 12.0).format(Format::Decimals(2)).align(Align::Middle).under(scores)
    }));
    let change = lang.pick("较上期", "Since last month");
    columns.push(
        Head::new(lang.pick("得分", "Score"), 9.0)
            .format(Format::Signed(2))
            .align(Align::Middle)
            .under(change),
    );
    columns.push(Head::new(lang.pick("名次", "Rank"), 9.0).align(Align::Middle).under(change));
    let foot = vec![
        lang.pick(
            "注：1. 名次相同的县市区，得分差异在数据误差之内，不能区分先后。2. 区间由各指标的测量误差推算。3. 较上期名次：↑为前进，↓为后退。4. 红色：低于各县市区中位数10分以上。",
            "Counties of equal rank cannot be told apart: their scores differ by less than the figures' errors. Intervals come from the errors of the indicators. ↑ up, ↓ down. Red: more than 10 points below the counties' median.",
        )
        .to_owned(),
    ];
    Table {
        name: lang.pick("排名表", "Ranking").to_owned(),
        title: vec![ranking.title(lang.pick("平安指数县市区排名表", "safety index by county"), lang)],
        columns,
        rows: (0..ranking.counties.len()).map(|at| main_row(ranking, at)).collect(),
        foot,
        landscape: true,
        row_height: 26.0,
        frozen_columns: 2,
    }
}

fn lang_width(lang: Lang, zh: f64, en: f64) -> f64 {
    match lang {
        Lang::Zh => zh,
        Lang::En => en,
    }
}

fn main_row(ranking: &Ranking, at: usize) -> Vec<Value> {
    let county = &ranking.counties[at];
    let dash = || Value::text("—").looking(Look::Faint);
    let number = |value: Option<f64>| value.map_or_else(dash, Value::number);
    let mut values = vec![
        county.rank.map_or_else(dash, |rank| Value::number(rank as f64).looking(Look::Strong)),
        Value::text(county.name.as_str()).looking(Look::Strong),
        county.score.map_or_else(dash, |score| Value::number(score).looking(Look::Strong)),
        county.interval.map_or_else(dash, |(low, high)| format!("{low:.1}–{high:.1}").into()),
        county.ranks.map_or_else(dash, |ranks| rank_range(ranks).into()),
    ];
    values.extend(dimensions(ranking).map(|node| scored(ranking.nodes[node].scored(at))));
    values.push(number(county.change()));
    let moved = county.rank.zip(county.rank_before).map(|(now, before)| match before.cmp(&now) {
        std::cmp::Ordering::Greater => format!("↑{}", before - now),
        std::cmp::Ordering::Less => format!("↓{}", now - before),
        std::cmp::Ordering::Equal => "—".to_owned(),
    });
    values.push(moved.map_or_else(dash, Value::from));
    values
}

fn scored(found: Option<Scored>) -> Value {
    match found {
        None => Value::text("—").looking(Look::Faint),
        Some(Scored { score, weak }) => {
            Value::number(score).looking(if weak { Look::Bad } else { Look::Plain })
        }
    }
}

/// `3`, or `3–5`.
pub fn rank_range((first, last): (usize, usize)) -> String {
    if first == last { first.to_string() } else { format!("{first}–{last}") }
}

fn dimension_table(ranking: &Ranking, at: usize, lang: Lang) -> Table {
    let dimension = &ranking.nodes[at];
    let below = ranking.nodes[at + 1..].iter().take_while(|node| node.level > 1);
    let mut columns = vec![
        Head::new(lang.pick("编码", "Code"), 8.0).format(Format::Text),
        Head::new(lang.pick("指标", "Indicator"), 40.0),
        Head::new(lang.pick("权重", "Weight"), 8.0).format(Format::Decimals(2)).align(Align::Middle),
    ];
    columns.extend(ranking.counties.iter().map(|county| {
        Head::new(county.name.as_str(), lang_width(lang, 10.5, 13.0))
            .format(Format::Decimals(1))
            .align(Align::Middle)
    }));
    columns
        .push(Head::new(lang.pick("中位数", "Median"), 9.0).format(Format::Decimals(1)).align(Align::Middle));
    let row = |node: &Node| {
        let head = node.level <= 2;
        let strong = |value: Value| if head { value.looking(Look::Strong) } else { value };
        // Blanks at the beginning show the level; a spreadsheet keeps them.
        let name = format!("{}{}", "　".repeat(usize::from(node.level.saturating_sub(2))), node.name);
        let mut values =
            vec![strong(node.code.as_str().into()), strong(name.into()), strong(Value::number(node.weight))];
        values.extend((0..ranking.counties.len()).map(|county| {
            let found = node.scored(county);
            let is_plain = found.is_some_and(|it| !it.weak);
            if is_plain { strong(scored(found)) } else { scored(found) }
        }));
        values.push(node.median().map_or_else(Value::empty, |it| Value::number(it).looking(Look::Faint)));
        values
    };
    let rows = std::iter::once(dimension).chain(below).map(row).collect();
    let what = match lang {
        Lang::Zh => format!("平安指数：{}", dimension.name),
        Lang::En => format!("safety index: {}", dimension.name),
    };
    let note = lang.pick(
        "得分0–100；红色：低于各县市区中位数10分以上；“—”：没有数据，不参与合成。",
        "Scores from 0 to 100. Red: more than 10 points below the counties' median. —: no figure, left out of the mean.",
    );
    Table {
        name: dimension.name.clone(),
        title: vec![ranking.title(&what, lang)],
        columns,
        rows,
        foot: vec![note.to_owned()],
        landscape: true,
        row_height: 20.0,
        frozen_columns: 2,
    }
}

fn links_table(ranking: &Ranking, lang: Lang) -> Table {
    let middle = |name: &str, width: f64| Head::new(name, width).align(Align::Middle);
    let columns = vec![
        Head::new(lang.pick("县市区", "County"), lang_width(lang, 22.0, 30.0)),
        Head::new(lang.pick("编码", "Code"), 9.0).format(Format::Text),
        Head::new(lang.pick("指标", "Indicator"), 36.0),
        Head::new(lang.pick("责任部门", "Department"), 24.0),
        middle(lang.pick("总分失分", "Points lost"), 10.0).format(Format::Decimals(2)),
        middle(lang.pick("本县", "Own"), 8.0)
            .format(Format::Decimals(1))
            .under(lang.pick("指标得分", "Score")),
        middle(lang.pick("其余均值", "Others"), 10.0)
            .format(Format::Decimals(1))
            .under(lang.pick("指标得分", "Score")),
        middle(lang.pick("位次", "Place"), 9.0),
        middle(lang.pick("始于", "Since"), 10.0),
        middle(lang.pick("现值", "Now"), 11.0).under(lang.pick("提升一个名次需", "To gain a rank")),
        middle(lang.pick("目标值", "Needed"), 11.0).under(lang.pick("提升一个名次需", "To gain a rank")),
        middle(lang.pick("单位", "Unit"), 12.0),
    ];
    let shown = |value: f64| Value::text(three_digits(value));
    let dash = || Value::text("—").looking(Look::Faint);
    let row = |link: &Link| {
        vec![
            Value::text(link.county.as_str()).looking(Look::Strong),
            link.code.as_str().into(),
            link.indicator.as_str().into(),
            link.department.as_str().into(),
            Value::number(link.lost).looking(Look::Bad),
            link.score.0.into(),
            link.score.1.into(),
            format!("{}/{}", link.place.0, link.place.1).into(),
            link.since.to_string().into(),
            link.change.map_or_else(dash, |it| shown(it.0)),
            link.change.map_or_else(dash, |it| shown(it.1)),
            link.unit.as_str().into(),
        ]
    };
    let foot = lang.pick(
        "失分＝权重×（其余县市区均分－本县得分）。“提升一个名次需”：其他指标不变，仅此一项改善即可前进一位的数值；“—”为仅此一项不足以前进。",
        "Points lost = weight × (mean score of the others − own score). To gain a rank: the figure of this indicator alone that would do it, all else unchanged; — where it alone cannot.",
    );
    Table {
        name: lang.pick("短板", "Weak links").to_owned(),
        title: vec![ranking.title(lang.pick("平安指数短板清单", "weak links of the safety index"), lang)],
        columns,
        rows: ranking.links.iter().map(row).collect(),
        foot: vec![foot.to_owned()],
        landscape: true,
        row_height: 20.0,
        frozen_columns: 1,
    }
}

/// About three digits: `0.00234`, `6.05`, `90.2`, `1234`.
pub fn three_digits(value: f64) -> String {
    let decimals = match value.abs() {
        size if size >= 1000.0 => 0,
        size if size >= 10.0 => 1,
        size if size >= 1.0 || size == 0.0 => 2,
        size => (2.0 - size.log10().floor()).clamp(3.0, 9.0) as usize,
    };
    format!("{value:.decimals$}")
}

fn notes_table(ranking: &Ranking, lang: Lang) -> Table {
    let columns = vec![
        Head::new(lang.pick("部门", "Department"), 28.0),
        Head::new(lang.pick("指标", "Indicator"), 40.0),
        Head::new(lang.pick("县市区", "Counties"), 34.0),
        Head::new(lang.pick("情况与处理", "What is the matter, and what was done"), 50.0),
    ];
    let all = lang.pick("全部", "all");
    let row = |gap: &Gap| {
        let counties =
            if gap.counties.is_empty() { all.to_owned() } else { gap.counties.join(lang.pick("、", ", ")) };
        vec![
            gap.department.as_str().into(),
            gap.indicator.as_str().into(),
            counties.into(),
            gap.what.as_str().into(),
        ]
    };
    let (given, expected) = ranking.delivered;
    let delivered = match lang {
        Lang::Zh => format!("{expected}个部门中{given}个已报齐。下表为缺报、迟报和存疑的数据。"),
        Lang::En => format!(
            "{given} of {expected} departments have handed in everything. Below: what is missing, late or in doubt."
        ),
    };
    let mut foot = vec![lang.pick("数据与方法", "Data and method").to_owned()];
    foot.extend(ranking.method.iter().enumerate().map(|(at, line)| format!("{}. {line}", at + 1)));
    Table {
        name: lang.pick("说明", "Notes").to_owned(),
        title: vec![
            ranking.title(lang.pick("平安指数数据与方法说明", "data and method of the safety index"), lang),
            delivered,
        ],
        columns,
        rows: ranking.gaps.iter().map(row).collect(),
        foot,
        landscape: true,
        row_height: 20.0,
        frozen_columns: 0,
    }
}

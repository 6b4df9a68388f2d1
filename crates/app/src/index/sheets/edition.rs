//! An edition as it comes out of the engine, put into the words and the order in which it is written down.

use super::Lang;
use super::ranking::{Gap, GapKind, Link, Node, RankedCounty, Ranking, three_digits};
use crate::index::compute::Computed;
use crate::index::materials::{EditionFault, Materials, RankedArea};
use crate::index::values::Lacking;
use domain::framework::FrameworkRow;
use jiff::tz::TimeZone;
use std::collections::{BTreeMap, BTreeSet};

/// What the engine does not know of an edition.
#[derive(Clone, Copy)]
pub struct About<'a> {
    /// The city's name.
    pub city: &'a str,
    /// The name of a unit by its code.
    pub unit: &'a dyn Fn(&str) -> String,
    /// Whether it is published.
    pub published: bool,
    /// Where the areas stood the month before; empty where there was no edition.
    pub before: &'a [Stood],
    /// The city's time zone.
    pub zone: &'a TimeZone,
    /// SHA-256 of the archive, where it is kept.
    pub archive: Option<&'a str>,
}

/// Where an area stood in an edition.
#[derive(Clone, Debug, PartialEq)]
pub struct Stood {
    /// Its code.
    pub area: String,
    /// Its score.
    pub score: f64,
    /// Its rank, shared.
    pub rank: usize,
    /// Scores of level 1, by code.
    pub dimensions: BTreeMap<String, f64>,
}

/// Where the areas of an edition stand, for the next one to compare with.
pub fn stood(it: &Materials, made: &Computed) -> Result<Vec<Stood>, EditionFault> {
    let mut all = Vec::new();
    for (at, area) in it.areas.iter().enumerate() {
        let standing = &made.standing[at];
        if let Some((score, rank)) = standing.score.zip(standing.shared) {
            let mut dimensions = BTreeMap::new();
            for row in it.framework.rows.iter().filter(|row| row.level == 1) {
                dimensions.extend(score_of(made, &row.code, at)?.map(|score| (row.code.clone(), score)));
            }
            all.push(Stood { area: area.code.clone(), score, rank, dimensions });
        }
    }
    Ok(all)
}

fn score_of(made: &Computed, code: &str, area: usize) -> Result<Option<f64>, EditionFault> {
    let column = made.now.scores.column(made.now.tree().position(code)?);
    Ok(column.get(area).copied().filter(|score| score.is_finite()))
}

/// The edition, ready to be written down.
pub fn ranking_of(
    it: &Materials,
    made: &Computed,
    about: &About<'_>,
    lang: Lang,
) -> Result<Ranking, EditionFault> {
    let mut order: Vec<usize> = (0..it.areas.len()).collect();
    order.sort_by_key(|at| (made.standing[*at].rank.unwrap_or(usize::MAX), *at));
    let mut counties = Vec::new();
    for at in &order {
        counties.push(county(it, made, about, (*at, lang))?);
    }
    let mut nodes = Vec::new();
    for row in in_order(&it.framework.rows) {
        // What nobody ever handed in takes no part and has no place in the tree of scores.
        if made.now.tree().position(&row.code).is_err() {
            continue;
        }
        let scores = order.iter().map(|at| score_of(made, &row.code, *at)).collect::<Result<_, _>>()?;
        let name = lang.pick(&row.name_zh, &row.name_en).to_owned();
        nodes.push(Node { code: row.code.clone(), name, level: row.level, weight: row.weight, scores });
    }
    Ok(Ranking {
        city: about.city.to_owned(),
        month: it.month,
        revision: it.revision,
        published: about.published,
        counties,
        nodes,
        links: links(it, made, about, lang),
        gaps: gaps(it, made, about, lang),
        delivered: delivered(it, made),
        method: method(it, about, lang),
    })
}

/// The rows, each before those below it.
fn in_order(rows: &[FrameworkRow]) -> Vec<&FrameworkRow> {
    fn below<'a>(rows: &'a [FrameworkRow], parent: &str, found: &mut Vec<&'a FrameworkRow>) {
        for row in rows.iter().filter(|row| row.parent == parent) {
            found.push(row);
            below(rows, &row.code, found);
        }
    }
    let mut found = Vec::new();
    for row in rows.iter().filter(|row| row.level == 1) {
        found.push(row);
        below(rows, &row.code, &mut found);
    }
    found
}

fn name(area: &RankedArea, lang: Lang) -> String {
    lang.pick(&area.name_zh, &area.name_en).to_owned()
}

fn county(
    it: &Materials,
    made: &Computed,
    about: &About<'_>,
    (at, lang): (usize, Lang),
) -> Result<RankedCounty, EditionFault> {
    let standing = &made.standing[at];
    let before = about.before.iter().find(|stood| stood.area == it.areas[at].code);
    let mut because = Vec::new();
    for row in it.framework.rows.iter().filter(|row| row.level == 1) {
        let was = before.and_then(|stood| stood.dimensions.get(&row.code));
        if let Some((now, was)) = score_of(made, &row.code, at)?.zip(was) {
            because.push((lang.pick(&row.name_zh, &row.name_en).to_owned(), row.weight, now - was));
        }
    }
    because.sort_by(|a, b| (b.1 * b.2).abs().total_cmp(&(a.1 * a.2).abs()));
    Ok(RankedCounty {
        name: name(&it.areas[at], lang),
        rank: standing.shared,
        ranks: standing.ranks,
        score: standing.score,
        interval: standing.interval,
        before: before.map(|stood| stood.score),
        rank_before: before.map(|stood| stood.rank),
        because: because.into_iter().map(|(name, _, points)| (name, points)).collect(),
    })
}

fn links(it: &Materials, made: &Computed, about: &About<'_>, lang: Lang) -> Vec<Link> {
    let mut all: Vec<&crate::index::weak::WeakLink> = made.weak.iter().collect();
    all.sort_by(|a, b| {
        b.weight().total_cmp(&a.weight()).then_with(|| (a.area, &a.indicator).cmp(&(b.area, &b.indicator)))
    });
    let link = |weak: &&crate::index::weak::WeakLink| {
        let row = &made.framework.indicator(&weak.indicator)?.row;
        Some(Link {
            county: name(&it.areas[weak.area], lang),
            code: row.code.clone(),
            indicator: lang.pick(&row.name_zh, &row.name_en).to_owned(),
            department: (about.unit)(&row.department),
            lost: weak.lost,
            score: weak.score,
            place: weak.place,
            since: weak.since,
            change: weak.change,
            unit: row.unit.clone(),
        })
    };
    all.iter().filter_map(link).collect()
}

/// Doubts on paper: those that are farthest from what is usual.
const DOUBTS: usize = 3;

fn gaps(it: &Materials, made: &Computed, about: &About<'_>, lang: Lang) -> Vec<Gap> {
    let mut missing: BTreeMap<(GapKind, &str, &str), Vec<usize>> = BTreeMap::new();
    for told in &made.values.told {
        if let Some(why) = told.lacking {
            missing.entry((kind(why), &told.indicator, lacking(why, lang))).or_default().push(told.area);
        }
    }
    let gap = |kind: GapKind, code: &str, areas: &[usize], what: String| {
        let row = &made.framework.indicator(code)?.row;
        let all = areas.len() == it.areas.len();
        let counties =
            if all { Vec::new() } else { areas.iter().map(|at| name(&it.areas[*at], lang)).collect() };
        let department = if row.source.is_empty() {
            (about.unit)(&row.department)
        } else {
            lang.pick("平台自动计算", "computed by the platform").to_owned()
        };
        let indicator = format!("{} {}", row.code, lang.pick(&row.name_zh, &row.name_en));
        Some(Gap { kind, department, indicator, counties, what })
    };
    let mut gaps: Vec<Gap> = missing
        .iter()
        .filter_map(|((kind, code, what), areas)| gap(*kind, code, areas, (*what).to_owned()))
        .collect();
    gaps.extend(made.flags.iter().filter_map(|flag| {
        let (value, limit) = (three_digits(flag.value), flag.limit);
        let what = match (lang, flag.value > flag.limit) {
            (Lang::Zh, true) => format!("单独提示：{value}，高于{limit}（不改变得分）"),
            (Lang::Zh, false) => format!("单独提示：{value}，低于{limit}（不改变得分）"),
            (Lang::En, true) => format!("flagged: {value} is above {limit} (the score stays)"),
            (Lang::En, false) => format!("flagged: {value} is below {limit} (the score stays)"),
        };
        gap(GapKind::Flagged, &flag.indicator, &[flag.area], what)
    }));
    // The farthest first: a slip of a finger is among them.
    gaps.extend(made.doubts.iter().take(DOUBTS).filter_map(|doubted| {
        let (value, usual) = (three_digits(doubted.value), three_digits(doubted.usual));
        let what = match lang {
            Lang::Zh => format!("存疑：{value}，通常约{usual}（照样计入）"),
            Lang::En => format!("in doubt: {value}, where about {usual} is usual (it counts)"),
        };
        gap(GapKind::Flagged, &doubted.indicator, &[doubted.area], what)
    }));
    gaps.sort_by_key(|gap| gap.kind);
    gaps
}

fn kind(why: Lacking) -> GapKind {
    match why {
        Lacking::Figure | Lacking::Base => GapKind::Missing,
        Lacking::Small | Lacking::Answers => GapKind::Small,
    }
}

fn lacking(why: Lacking, lang: Lang) -> &'static str {
    match why {
        Lacking::Figure => lang.pick("未报，不参与合成", "not handed in; left out of the mean"),
        Lacking::Base => lang.pick("缺基数，不参与合成", "no base figure; left out of the mean"),
        Lacking::Small => lang.pick("分母过小，不参与合成", "denominator too small; left out of the mean"),
        Lacking::Answers => lang.pick("样本量不足，不参与合成", "too few answers; left out of the mean"),
    }
}

/// Departments whose indicators all have a figure of the month for every area, and how many departments there are.
fn delivered(it: &Materials, made: &Computed) -> (usize, usize) {
    let given: BTreeSet<(&str, &str)> = it
        .figures
        .iter()
        .filter(|figure| figure.month == it.month)
        .map(|figure| (figure.indicator.as_str(), figure.area.as_str()))
        .collect();
    let mut asked: BTreeMap<&str, bool> = BTreeMap::new();
    for indicator in made.framework.indicators.iter().filter(|it| it.row.source.is_empty()) {
        let whole =
            it.areas.iter().all(|area| given.contains(&(indicator.row.code.as_str(), area.code.as_str())));
        *asked.entry(&indicator.row.department).or_insert(true) &= whole;
    }
    (asked.values().filter(|whole| **whole).count(), asked.len())
}

fn method(it: &Materials, about: &About<'_>, lang: Lang) -> Vec<String> {
    let leaves =
        it.framework.rows.iter().filter(|row| it.framework.rows.iter().all(|other| other.parent != row.code));
    let (indicators, version, known) =
        (leaves.count(), it.framework_version, about.zone.to_datetime(it.known).strftime("%Y-%m-%d %H:%M"));
    let sure = it.choices.sure * 100.0;
    let figures = it.figures.iter().filter(|figure| figure.month == it.month).count();
    let corrected = it.figures.iter().filter(|figure| figure.month == it.month && figure.vintage > 1).count();
    let mut told = match lang {
        Lang::Zh => vec![
            format!("指标体系第{version}版，{indicators}项指标，数据截至{known}签报。"),
            format!("本月数据{figures}个，其中更正{corrected}个；更正的旧值仍可查。"),
            "各指标按计分标准换算为0–100分，逐级加权合成；上下限取自窗口期内各县市区月度数据并随本期冻结，专家定限的从其规定。".to_owned(),
            format!("区间按各指标的测量误差抽样{}次得出；前者领先的概率不足{sure}%的，名次相同。", it.choices.draws),
            "数量少的比率向全市平均收缩；缺报的不补，不参与合成。".to_owned(),
        ],
        Lang::En => vec![
            format!("Framework version {version}, {indicators} indicators; figures signed by {known}."),
            format!("{figures} figures of the month, {corrected} of them corrected; the old ones can still be asked for."),
            "Each indicator is scored from 0 to 100 by its standard and averaged by weight, level by level; bounds come from the counties' months in the window and are frozen with the edition, or are set by experts.".to_owned(),
            format!("Intervals: {} draws from the errors of the figures. Ranks are shared where the better one is ahead with less than {sure} %.", it.choices.draws),
            "Rates of few events are drawn to the city's mean; what is missing is not made up, it is left out.".to_owned(),
        ],
    };
    if let Some(sha256) = about.archive {
        told.push(match lang {
            Lang::Zh => format!("全部数据、方法与结果存于档案，可在任何机器上重算核对。SHA-256：{sha256}"),
            Lang::En => format!("Figures, method and results are in the archive and can be computed again on any machine. SHA-256: {sha256}"),
        });
    }
    told
}

//! The day's table as it circulates (日考核通报): areas as rows under a head of two lines, rates with what they are made
//! of; a second sheet says how it was made.

use domain::score::Rate;
use sheet::{Align, Column, Format, Look, Table, Value, to_xlsx};

use super::areas::Ranking;
use super::small::hidden;
use crate::index::sheets::Lang;
use crate::{AppError, City};

/// The tables of a workbook: the ranking, and how it was made.
pub fn tables(city: &City, ranking: &Ranking, lang: Lang) -> Vec<Table> {
    vec![table(city, ranking, lang), notes(city, ranking, lang)]
}

/// The workbook.
pub fn workbook(city: &City, ranking: &Ranking, lang: Lang) -> Result<Vec<u8>, AppError> {
    to_xlsx(&tables(city, ranking, lang)).map_err(|why| AppError::Blocked { why: why.to_string() })
}

/// The days that are told of, in words.
pub fn span(ranking: &Ranking, lang: Lang) -> String {
    if ranking.from == ranking.to {
        return ranking.to.to_string();
    }
    match lang {
        Lang::Zh => format!("{}至{}", ranking.from, ranking.to),
        Lang::En => format!("{} to {}", ranking.from, ranking.to),
    }
}

fn column(heading: &str, width: f64, format: Format, group: Option<&str>) -> Column {
    Column {
        heading: heading.to_owned(),
        width,
        format,
        align: Align::Middle,
        group: group.map(str::to_owned),
        ..Column::default()
    }
}

/// The ranking itself.
pub fn table(city: &City, ranking: &Ranking, lang: Lang) -> Table {
    let tree = city.history.as_of(ranking.to);
    let hidden = hidden(&tree, ranking);
    let name =
        |id| city.area(id).map_or_else(String::new, |it| lang.pick(&it.name_zh, &it.name_en).to_owned());
    let mut columns = vec![
        column(lang.pick("名次", "Rank"), 7.0, Format::Whole, None),
        column(lang.pick("区域", "Area"), 20.0, Format::Text, None),
        column(lang.pick("得分", "Score"), 9.0, Format::Decimals(1), None),
        column(lang.pick("95%区间", "95 % interval"), 14.0, Format::Text, None),
    ];
    for rate in Rate::ALL {
        let label = rate.label();
        let group = lang.pick(&label.zh, &label.en).to_owned();
        columns.push(column("%", 8.0, Format::Decimals(1), Some(&group)));
        columns.push(column(lang.pick("件/应计", "of"), 11.0, Format::Text, Some(&group)));
    }
    for (zh, en) in [("在办", "Open"), ("超期", "Overdue"), ("挂账", "On hold")] {
        let group = lang.pick("零点结存", "At midnight");
        columns.push(column(lang.pick(zh, en), 8.0, Format::Whole, Some(group)));
    }
    let mut rows = Vec::with_capacity(ranking.areas.len() + 1);
    for it in &ranking.areas {
        let mut row = vec![
            it.rank.map_or_else(|| Value::text("—"), Value::number),
            Value::text(name(it.area)),
            Value::maybe(it.score.as_ref().map(|score| (score.total * 10.0).round() / 10.0)),
            it.score.as_ref().map_or_else(
                || Value::text("—"),
                |score| {
                    let (low, high) = score.interval();
                    Value::text(format!("{low:.1}–{high:.1}"))
                },
            ),
        ];
        for (rate, hidden) in Rate::ALL.into_iter().zip(&hidden) {
            row.extend(rate_cells(rate.of(&it.tallies), hidden.contains(&it.area)));
        }
        row.extend([it.stock.open, it.stock.overdue, it.stock.held].map(|n| {
            // What stands open below the counties is a count of few as any other.
            if ranking.level > domain::area::Level::County && (1..5).contains(&n) {
                Value::text("＊").looking(Look::Faint)
            } else {
                Value::number(n)
            }
        }));
        rows.push(row);
    }
    let (whole, tallies, stock) = &ranking.whole;
    let mut last = vec![
        Value::empty(),
        Value::text(lang.pick("合计", "Total")).looking(Look::Strong),
        Value::empty(),
        Value::empty(),
    ];
    Rate::ALL.into_iter().for_each(|rate| last.extend(rate_cells(rate.of(tallies), false)));
    last.extend([stock.open, stock.overdue, stock.held].map(Value::number));
    rows.push(last);
    let title = match lang {
        Lang::Zh => format!("{}{}日考核通报（{}）", name(*whole), ranking.level.zh(), span(ranking, lang)),
        Lang::En => {
            format!("{}: daily assessment by {} ({})", name(*whole), ranking.level, span(ranking, lang))
        }
    };
    Table {
        name: lang.pick("日考核", "Assessment").to_owned(),
        title: vec![title],
        columns,
        rows,
        foot: foot(ranking, lang),
        frozen_columns: 2,
        landscape: true,
        ..Table::default()
    }
}

fn rate_cells((num, den): (u32, u32), is_hidden: bool) -> [Value; 2] {
    if is_hidden {
        return [Value::text("＊").looking(Look::Faint), Value::text("＊").looking(Look::Faint)];
    }
    if den == 0 {
        return [Value::text("—").looking(Look::Faint), Value::text("0").looking(Look::Faint)];
    }
    let percent = (1_000.0 * f64::from(num) / f64::from(den)).round() / 10.0;
    [Value::number(percent), Value::text(format!("{num}/{den}")).looking(Look::Faint)]
}

fn foot(ranking: &Ranking, lang: Lang) -> Vec<String> {
    let least = ranking.recipe.area.min_cases;
    let mut foot = vec![match lang {
        Lang::Zh => format!(
            "得分区间重叠到分不开的并列；应处置不足{least}件的不排名。超期未办计入应处置。＊少于5件，或会泄露少于5件的数，不公布。"
        ),
        Lang::En => format!(
            "Areas that cannot be told apart share a rank; with fewer than {least} shares due there is none. What is overdue \
             counts as due. ＊ fewer than 5, or would give such a count away."
        ),
    }];
    if !ranking.missing.is_empty() {
        foot.push(match lang {
            Lang::Zh => format!("其中{}天没有日账。", ranking.missing.len()),
            Lang::En => format!("{} of the days have no book.", ranking.missing.len()),
        });
    }
    foot
}

fn notes(city: &City, ranking: &Ranking, lang: Lang) -> Table {
    let version = ranking.version;
    let mut rows: Vec<Vec<Value>> = ranking
        .recipe
        .area
        .lines
        .iter()
        .map(|line| {
            vec![
                Value::text(lang.pick(&line.name.zh, &line.name.en)),
                Value::number(line.weight),
                Value::number(100.0 * line.target),
                Value::text(lang.pick("结果", "outcome")),
            ]
        })
        .collect();
    let method = match lang {
        Lang::Zh => {
            "得分＝Σ权重×min(1，收缩后的比率÷目标)。收缩：β-二项矩估计（Kleinman 1973），与同类区域相比。区间为正态近似。"
        }
        Lang::En => {
            "Score = Σ weight × min(1, shrunk rate ÷ target). Shrinkage: beta-binomial by moments (Kleinman 1973) towards areas \
             of the same kind. Intervals are normal."
        }
    };
    rows.push(vec![Value::text(method)]);
    let zone = city.zone.iana_name().unwrap_or("UTC").to_owned();
    Table {
        name: lang.pick("说明", "Notes").to_owned(),
        title: vec![match lang {
            Lang::Zh => format!("计分配方第{version}版；每日零点（{zone}）取数"),
            Lang::En => format!("Recipe {version}; taken at midnight, {zone}"),
        }],
        columns: vec![
            column(lang.pick("计分行", "Line"), 60.0, Format::Text, None),
            column(lang.pick("权重", "Weight"), 10.0, Format::Decimals(0), None),
            column(lang.pick("目标%", "Target %"), 10.0, Format::Decimals(0), None),
            column(lang.pick("依据", "Made of"), 12.0, Format::Text, None),
        ],
        rows,
        ..Table::default()
    }
}

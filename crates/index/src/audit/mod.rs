//! The audit report, in the order of the JRC's statistical audits: conceptual coherence, data, statistical coherence,
//! robustness, results; what each part found stands at the top. Statistics that the number of units cannot carry are
//! refused in words, not printed. How it looks is in `page` and `markdown`.

mod markdown;
mod page;

use crate::{
    coherence::{self, Correlation},
    error::Result,
    model::Tree,
    run::Run,
    sensitivity::StudyResult,
    stage::aggregate::Rule,
};

/// A report made of sections.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Title.
    pub title: String,
    /// In order.
    pub sections: Vec<Section>,
}

/// One section.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Section {
    /// Heading.
    pub heading: String,
    /// What it found, in one sentence for the top of the report.
    pub finding: String,
    /// Paragraphs.
    pub text: Vec<String>,
    /// Header and rows.
    pub table: Option<(Vec<String>, Vec<Vec<String>>)>,
    /// A plot above the table.
    pub plot: Option<Plot>,
}

/// Lines on one scale that begins at zero.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Plot {
    /// What the scale is.
    pub axis: String,
    /// What bar, dot and tick are.
    pub legend: String,
    /// From top to bottom.
    pub lines: Vec<Line>,
}

/// One line of a plot.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Its name.
    pub label: String,
    /// Where the bar begins and ends.
    pub bar: (f64, f64),
    /// Where the dot is.
    pub dot: f64,
    /// Where a tick is, if any.
    pub tick: Option<f64>,
}

/// Writes the report of a run, with a sensitivity study when there is one.
pub fn audit(run: &Run, study: Option<&StudyResult>) -> Result<Report> {
    let mut sections = vec![
        framework(run),
        data(run),
        treatment(run),
        correlations(run)?,
        reliability(run),
        importance(run),
    ];
    if let Some(s) = study {
        sections.push(robustness(s));
        sections.push(inputs(s));
    }
    sections.push(results(run));
    sections.push(remarks(run));
    let name = if run.recipe.name.is_empty() { "composite indicator" } else { &run.recipe.name };
    Ok(Report { title: format!("Statistical audit: {name}"), sections })
}

/// Lines of a plot and rows of the results at most.
const PLOTTED: usize = 100;
const LISTED: usize = 200;

fn words(list: &[&str]) -> Vec<String> {
    list.iter().map(|s| (*s).to_owned()).collect()
}
fn show(x: f64) -> String {
    if x.is_nan() { "-".into() } else { format!("{x:.3}") }
}
fn maybe(x: Option<f64>) -> String {
    x.map_or("-".into(), show)
}
fn aggregates(tree: &Tree) -> Vec<usize> {
    tree.aggregates().rev().collect()
}

/// The name of a code where it says more than the code.
fn name_of(run: &Run, code: &str) -> String {
    let name = run.prepared.meta.get(code).map(|e| e.name.as_str()).filter(|n| *n != code);
    name.unwrap_or_default().to_owned()
}

/// A rule as the recipe writes it.
fn rule_text(rule: &Rule) -> String {
    let text = toml::to_string(rule).unwrap_or_else(|_| format!("{rule:?}"));
    let parts: Vec<&str> = text.lines().collect();
    parts.join(", ").replacen("by = ", "", 1).replace('"', "")
}

fn several(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

fn framework(run: &Run) -> Section {
    let tree = run.tree();
    let share = tree.effective_weights(&run.weights);
    let rows = aggregates(tree)
        .into_iter()
        .map(|k| {
            let n = &tree.nodes[k];
            let rule = rule_text(run.recipe.aggregate.rule_of(tree, k));
            vec![
                n.code.clone(),
                name_of(run, &n.code),
                n.level.to_string(),
                n.children.len().to_string(),
                tree.leaves_under(k).len().to_string(),
                show(run.weights[k]),
                show(share[k]),
                rule,
            ]
        })
        .collect();
    Section {
        heading: "Framework".into(),
        finding: format!(
            "{} indicators in {} aggregates on {} levels; {} rows.",
            tree.leaves,
            tree.nodes.len() - tree.leaves,
            tree.top_level(),
            run.scores.rows()
        ),
        table: Some((
            words(&[
                "aggregate",
                "name",
                "level",
                "children",
                "indicators",
                "weight",
                "share of the index",
                "rule",
            ]),
            rows,
        )),
        ..Section::default()
    }
}

fn data(run: &Run) -> Section {
    let n = run.prepared.raw.rows();
    let rows = coherence::describe(&run.prepared.raw)
        .into_iter()
        .map(|d| {
            let mut flags = Vec::new();
            if (d.n as f64) < 0.66 * n as f64 {
                flags.push("few values");
            }
            if (d.nonzero as f64) < 0.05 * d.n as f64 {
                flags.push("mostly zero");
            }
            if d.same as f64 > 0.5 * d.n as f64 {
                flags.push("one value in half the units");
            }
            if d.skew.is_some_and(|s| s.abs() > 2.0) && d.kurt.is_some_and(|k| k > 3.5) {
                flags.push("outliers or skew");
            }
            vec![
                d.code.clone(),
                name_of(run, &d.code),
                d.n.to_string(),
                show(d.min),
                show(d.median),
                show(d.max),
                maybe(d.skew),
                maybe(d.kurt),
                flags.join(", "),
            ]
        })
        .collect::<Vec<Vec<String>>>();
    let missing = run.prepared.raw.values().iter().filter(|x| x.is_nan()).count();
    let all = run.prepared.raw.values().len().max(1);
    Section {
        heading: "Data".into(),
        finding: format!(
            "{missing} of {all} values are missing ({:.1} %); {} of {} are flagged.",
            100.0 * missing as f64 / all as f64,
            rows.iter().filter(|r| r.last().is_some_and(|f| !f.is_empty())).count(),
            several(rows.len(), "indicator", "indicators"),
        ),
        text: vec![
            "Before anything is done to them. Flagged: values for less than two thirds of the units, more than 95 % zeros, one value in half of the units, or |skewness| above 2 with kurtosis above 3.5.".into(),
        ],
        table: Some((
            words(&["indicator", "name", "n", "min", "median", "max", "skewness", "kurtosis", "flags"]),
            rows,
        )),
        ..Section::default()
    }
}

fn treatment(run: &Run) -> Section {
    let rows: Vec<Vec<String>> = run
        .prepared
        .treatments
        .iter()
        .filter(|t| !t.steps.is_empty())
        .map(|t| {
            let (first, last) = (t.looks.first(), t.looks.last());
            let skew = |l: Option<&crate::stage::treat::Look>| maybe(l.and_then(|l| l.skew));
            vec![
                t.code.clone(),
                skew(first),
                skew(last),
                t.winsorised.to_string(),
                if last.is_some_and(|l| l.passes) { "yes" } else { "no" }.into(),
            ]
        })
        .collect();
    let fail: Vec<&str> = rows.iter().filter(|r| r[4] == "no").map(|r| r[0].as_str()).collect();
    let finding = match (rows.len(), fail.len()) {
        (0, _) => "No indicator was treated.".to_owned(),
        (n, 0) => format!(
            "{} treated; all pass the gate afterwards.",
            several(n, "indicator was", "indicators were")
        ),
        (n, _) => format!(
            "{} treated; still outside the gate: {}.",
            several(n, "indicator was", "indicators were"),
            fail.join(", ")
        ),
    };
    Section {
        heading: "Treatment".into(),
        finding,
        text: Vec::new(),
        table: Some((words(&["indicator", "skewness before", "after", "points moved", "passes"]), rows)),
        ..Section::default()
    }
}

fn correlations(run: &Run) -> Result<Section> {
    let tree = run.tree();
    let codes = |k: usize| tree.nodes[k].code.as_str();
    let mut pairs = Vec::new();
    for k in aggregates(tree) {
        let c = &tree.nodes[k].children;
        pairs.extend(c.iter().map(|&a| (codes(a), codes(k))));
        for (i, &a) in c.iter().enumerate() {
            pairs.extend(c[i + 1..].iter().map(|&b| (codes(a), codes(b))));
        }
    }
    let found = coherence::correlate(&run.scores, &pairs, Correlation::Pearson)?;
    let flagged: Vec<Vec<String>> = found
        .iter()
        .filter(|p| p.flag.is_some())
        .map(|p| vec![p.a.clone(), p.b.clone(), maybe(p.r), maybe(p.q), p.flag.unwrap_or("").into()])
        .collect();
    let negative = found.iter().filter(|p| p.flag == Some("negative")).count();
    Ok(Section {
        heading: "Correlations".into(),
        finding: format!(
            "Of {} pairs, {negative} are negative and {} above 0.92.",
            found.len(),
            flagged.len() - negative
        ),
        text: vec!["Pairs of siblings and of children with their parent (Pearson); those listed are flagged. r is the correlation, q its false discovery rate.".into()],
        table: Some((words(&["a", "b", "r", "q", "flag"]), flagged)),
        ..Section::default()
    })
}

fn reliability(run: &Run) -> Section {
    let tree = run.tree();
    let mut refused = 0;
    let mut rows = Vec::new();
    for k in aggregates(tree).into_iter().filter(|&k| tree.nodes[k].children.len() > 1) {
        let columns: Vec<&[f64]> = tree.nodes[k].children.iter().map(|&c| run.scores.column(c)).collect();
        if run.scores.rows() < 3 * columns.len() {
            refused += 1;
            continue;
        }
        let alpha = coherence::cronbach(&columns).map(|a| a.alpha);
        let parts = coherence::components(&columns).ok();
        let kmo = coherence::kmo(&columns).ok().flatten();
        rows.push(vec![
            tree.nodes[k].code.clone(),
            columns.len().to_string(),
            maybe(alpha),
            maybe(kmo),
            parts.as_ref().map_or("-".into(), |p| p.above_one.to_string()),
            maybe(parts.as_ref().map(|p| p.share[0])),
        ]);
    }
    let low: Vec<String> = rows
        .iter()
        .filter(|r| r[2].parse::<f64>().is_ok_and(|a| a < 0.7))
        .map(|r| format!("{} ({})", r[0], r[2]))
        .collect();
    let finding = match (rows.len(), low.len()) {
        (0, _) => "Too few units for alpha and components.".to_owned(),
        (n, 0) => format!("Alpha is 0.7 or more in all {n} aggregates where it can be given."),
        (n, l) => format!("Alpha is below 0.7 in {l} of {n} aggregates: {}.", low.join(", ")),
    };
    let mut text = vec![
        "Cronbach's alpha, Kaiser-Meyer-Olkin, and principal components of the children of each aggregate."
            .to_owned(),
    ];
    if refused > 0 {
        text.push(format!("{refused} aggregates have fewer than three units per child: these statistics would mean nothing and are not given. Pool periods to have more rows."));
    }
    Section {
        heading: "Reliability".into(),
        finding,
        text,
        table: Some((
            words(&["aggregate", "children", "alpha", "KMO", "components above one", "share of the first"]),
            rows,
        )),
        ..Section::default()
    }
}

fn importance(run: &Run) -> Section {
    let tree = run.tree();
    let mut rows = Vec::new();
    let mut lines = Vec::new();
    let mut widest: Option<(f64, String)> = None;
    for k in aggregates(tree).into_iter().filter(|&k| tree.nodes[k].children.len() > 1) {
        let (list, _) = coherence::importance(&run.scores, tree, &run.weights, k);
        for i in &list {
            let Some(share) = i.share else { continue };
            if widest.as_ref().is_none_or(|w| (share - i.declared).abs() > w.0) {
                let says = format!(
                    "{} in {}: declared {}, accounts for {}",
                    i.code,
                    tree.nodes[k].code,
                    show(i.declared),
                    show(share)
                );
                widest = Some(((share - i.declared).abs(), says));
            }
            lines.push(Line {
                label: format!("{} in {}", i.code, tree.nodes[k].code),
                bar: (i.declared.min(share), i.declared.max(share)),
                dot: share,
                tick: Some(i.declared),
            });
        }
        rows.extend(list.into_iter().map(|i| {
            vec![
                tree.nodes[k].code.clone(),
                i.code,
                show(i.declared),
                maybe(i.main_effect),
                maybe(i.share),
                maybe(i.share.map(|s| s - i.declared)),
            ]
        }));
    }
    lines.truncate(PLOTTED);
    Section {
        heading: "Weights and importance".into(),
        finding: widest.map_or_else(
            || "Importance cannot be told from these units.".into(),
            |(_, says)| format!("Largest gap between declared weight and importance: {says}."),
        ),
        text: vec!["Declared weight among its siblings, against the share of the parent's variance that each child accounts for alone (its main effect over the sum of main effects).".into()],
        plot: Some(Plot {
            axis: "share among siblings".into(),
            legend: "tick: declared weight; dot: importance; bar: the gap".into(),
            lines,
        }),
        table: Some((words(&["parent", "child", "declared", "main effect", "share", "gap"]), rows)),
    }
}

fn robustness(s: &StudyResult) -> Section {
    let mut units: Vec<_> = s.stats.units.iter().collect();
    units.sort_by(|a, b| a.nominal.total_cmp(&b.nominal).then_with(|| a.unit.cmp(&b.unit)));
    let mut widths: Vec<f64> = units.iter().map(|u| u.q95 - u.q05).filter(|w| w.is_finite()).collect();
    widths.sort_by(f64::total_cmp);
    let widest = units
        .iter()
        .filter(|u| (u.q95 - u.q05).is_finite())
        .max_by(|a, b| (a.q95 - a.q05).total_cmp(&(b.q95 - b.q05)).then_with(|| b.unit.cmp(&a.unit)));
    let finding = widest.map_or_else(
        || "No replicate gave ranks.".into(),
        |u| {
            format!(
                "Half of the units move by {} ranks or less in 90 % of the replicates; the widest interval is that of {}, from {} to {}.",
                widths[(widths.len() - 1) / 2],
                u.unit,
                u.q05,
                u.q95
            )
        },
    );
    units.truncate(PLOTTED);
    let rows = units
        .iter()
        .map(|u| {
            vec![u.unit.clone(), show(u.nominal), show(u.median), show(u.q05), show(u.q95), show(u.in_top)]
        })
        .collect();
    let mut text = vec![format!(
        "{} replicates, {} failed and left out{}.",
        s.shift.len(),
        s.failures.len(),
        if s.is_exact { "; every combination was run" } else { "" }
    )];
    text.extend(s.failures.iter().take(3).map(|f| format!("Replicate {}: {}.", f.replicate + 1, f.reason)));
    Section {
        heading: "Ranks under other choices".into(),
        finding,
        text,
        table: Some((
            vec![
                "unit".into(),
                "rank".into(),
                "median".into(),
                "5 %".into(),
                "95 %".into(),
                format!("among the best {}", s.stats.k),
            ],
            rows,
        )),
        plot: Some(Plot {
            axis: "rank".into(),
            legend: "bar: 5 % to 95 % of the replicates; dot: rank by this recipe; tick: median".into(),
            lines: units
                .iter()
                .map(|u| Line {
                    label: u.unit.clone(),
                    bar: (u.q05, u.q95),
                    dot: u.nominal,
                    tick: Some(u.median),
                })
                .collect(),
        }),
    }
}

fn inputs(s: &StudyResult) -> Section {
    let rows = s
        .inputs
        .iter()
        .enumerate()
        .map(|(i, name)| match (s.total.exact.get(i), s.total.indices.get(i)) {
            (Some(e), _) => vec![name.clone(), show(e.first), show(e.total), show(e.shapley)],
            (_, Some(x)) => {
                let se = s.total.se.get(i).copied().unwrap_or((f64::NAN, f64::NAN));
                vec![
                    name.clone(),
                    format!("{} ({})", show(x.first), show(se.0)),
                    format!("{} ({})", show(x.total), show(se.1)),
                    "-".into(),
                ]
            }
            _ => vec![name.clone(), "-".into(), "-".into(), "-".into()],
        })
        .collect();
    let pair = |i: usize| match (s.total.exact.get(i), s.total.indices.get(i)) {
        (Some(e), _) => (e.first, e.total),
        (_, Some(x)) => (x.first, x.total),
        _ => (f64::NAN, f64::NAN),
    };
    let most = (0..s.inputs.len())
        .filter(|&i| pair(i).1.is_finite())
        .max_by(|&a, &b| pair(a).1.total_cmp(&pair(b).1));
    Section {
        heading: "What moves the ranks".into(),
        finding: most.map_or_else(
            || "Nothing moved the ranks.".into(),
            |i| format!("Of what was varied, {} moves the ranks most (ST {}).", s.inputs[i], show(pair(i).1)),
        ),
        text: vec!["Share of the variance of the mean absolute rank shift by input: alone (S), with all interactions (ST), Shapley; standard errors in brackets.".into()],
        plot: Some(Plot {
            axis: "share of variance".into(),
            legend: "dot: alone (S); bar: to the share with all interactions (ST)".into(),
            lines: (0..s.inputs.len())
                .map(|i| Line {
                    label: s.inputs[i].clone(),
                    bar: (pair(i).0.max(0.0), pair(i).1.max(0.0)),
                    dot: pair(i).0.max(0.0),
                    tick: None,
                })
                .collect(),
        }),
        table: Some((words(&["input", "S", "ST", "Shapley"]), rows)),
    }
}

fn results(run: &Run) -> Section {
    let tree = run.tree();
    let top: Vec<usize> = tree.nodes[tree.root].children.clone();
    let mut header = words(&["unit", "rank", "score"]);
    header.extend(top.iter().map(|&k| tree.nodes[k].code.clone()));
    let rows = run
        .order()
        .into_iter()
        .take(LISTED)
        .map(|i| {
            let mut row = vec![
                run.scores.units().label(i),
                crate::io::number(run.index_rank()[i]),
                show(run.index()[i]),
            ];
            row.extend(top.iter().map(|&k| show(run.scores.at(i, k))));
            row
        })
        .collect();
    let order = run.order();
    let best: Vec<String> = order
        .iter()
        .take(3)
        .map(|&i| format!("{} ({})", run.scores.units().label(i), show(run.index()[i])))
        .collect();
    let left = order.len().saturating_sub(LISTED);
    Section {
        heading: "Results".into(),
        finding: format!("First: {}.", best.join(", ")),
        text: if left > 0 {
            vec![format!("The first {LISTED}; {left} more have a rank.")]
        } else {
            Vec::new()
        },
        table: Some((header, rows)),
        ..Section::default()
    }
}

fn remarks(run: &Run) -> Section {
    let rows =
        run.notes.iter().map(|n| vec![format!("{:?}", n.stage), n.subject.clone(), n.text.clone()]).collect();
    let text = "Everything the stages noted, and the recipe that was used.".into();
    Section {
        heading: "Notes".into(),
        finding: format!("The stages noted {}.", several(run.notes.len(), "thing", "things")),
        text: vec![text, format!("```\n{}```", run.recipe.to_toml())],
        table: Some((words(&["stage", "about", "note"]), rows)),
        ..Section::default()
    }
}

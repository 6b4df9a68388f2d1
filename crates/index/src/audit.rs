//! The audit report, in the order of the JRC's statistical audits: conceptual coherence, data, statistical coherence,
//! robustness, results. As Markdown for reading and as one HTML page with plots. Statistics that the number of units
//! cannot carry are refused in words, not printed.

use crate::{
    coherence::{self, Correlation},
    error::Result,
    model::Tree,
    run::Run,
    sensitivity::StudyResult,
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
    /// Paragraphs.
    pub text: Vec<String>,
    /// Header and rows.
    pub table: Option<(Vec<String>, Vec<Vec<String>>)>,
    /// A plot: label, low, middle, high of each line.
    pub plot: Vec<(String, f64, f64, f64)>,
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

fn framework(run: &Run) -> Section {
    let tree = run.tree();
    let share = tree.effective_weights(&run.weights);
    let rows = aggregates(tree)
        .into_iter()
        .map(|k| {
            let n = &tree.nodes[k];
            let rule = format!("{:?}", run.recipe.aggregate.rule_of(tree, k));
            vec![
                n.code.clone(),
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
        text: vec![format!(
            "{} indicators in {} aggregates on {} levels; {} rows.",
            tree.leaves,
            tree.nodes.len() - tree.leaves,
            tree.top_level(),
            run.scores.rows()
        )],
        table: Some((
            words(&["aggregate", "level", "children", "indicators", "weight", "share of the index", "rule"]),
            rows,
        )),
        plot: Vec::new(),
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
                d.code,
                d.n.to_string(),
                show(d.min),
                show(d.median),
                show(d.max),
                maybe(d.skew),
                maybe(d.kurt),
                flags.join(", "),
            ]
        })
        .collect();
    let missing = run.prepared.raw.values().iter().filter(|x| x.is_nan()).count();
    let all = run.prepared.raw.values().len().max(1);
    Section {
        heading: "Data".into(),
        text: vec![format!(
            "{missing} of {all} values are missing ({:.1} %).",
            100.0 * missing as f64 / all as f64
        )],
        table: Some((
            words(&["indicator", "n", "min", "median", "max", "skewness", "kurtosis", "flags"]),
            rows,
        )),
        plot: Vec::new(),
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
                last.is_some_and(|l| l.passes).to_string(),
            ]
        })
        .collect();
    let text =
        if rows.is_empty() { "No indicator was treated." } else { "Indicators that did not pass the gate:" };
    Section {
        heading: "Treatment".into(),
        text: vec![text.into()],
        table: Some((words(&["indicator", "skewness before", "after", "points moved", "passes"]), rows)),
        plot: Vec::new(),
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
    let text = format!(
        "{} pairs of siblings and of children with their parent; {} are negative or above 0.92. q is the false discovery rate.",
        found.len(),
        flagged.len()
    );
    Ok(Section {
        heading: "Correlations".into(),
        text: vec![text],
        table: Some((words(&["a", "b", "r", "q", "flag"]), flagged)),
        plot: Vec::new(),
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
    let mut text = vec![
        "Cronbach's alpha, Kaiser-Meyer-Olkin, and principal components of the children of each aggregate."
            .to_owned(),
    ];
    if refused > 0 {
        text.push(format!("{refused} aggregates have fewer than three units per child: these statistics would mean nothing and are not given. Pool periods to have more rows."));
    }
    Section {
        heading: "Reliability".into(),
        text,
        table: Some((
            words(&["aggregate", "children", "alpha", "KMO", "components above one", "share of the first"]),
            rows,
        )),
        plot: Vec::new(),
    }
}

fn importance(run: &Run) -> Section {
    let tree = run.tree();
    let mut rows = Vec::new();
    for k in aggregates(tree).into_iter().filter(|&k| tree.nodes[k].children.len() > 1) {
        let (list, _) = coherence::importance(&run.scores, tree, &run.weights, k);
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
    let text =
        "Declared weight against the share of the parent's variance that each child accounts for alone.";
    Section {
        heading: "Weights and importance".into(),
        text: vec![text.into()],
        table: Some((words(&["parent", "child", "declared", "main effect", "share", "gap"]), rows)),
        plot: Vec::new(),
    }
}

fn robustness(s: &StudyResult) -> Section {
    let mut units: Vec<_> = s.stats.units.iter().collect();
    units.sort_by(|a, b| a.nominal.total_cmp(&b.nominal).then_with(|| a.unit.cmp(&b.unit)));
    units.truncate(100);
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
        plot: units.iter().map(|u| (u.unit.clone(), u.q05, u.nominal, u.q95)).collect(),
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
    let text = "Share of the variance of the mean absolute rank shift by input: alone (S), with all interactions (ST), Shapley; standard errors in brackets.";
    Section {
        heading: "What moves the ranks".into(),
        text: vec![text.into()],
        table: Some((words(&["input", "S", "ST", "Shapley"]), rows)),
        plot: Vec::new(),
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
        .take(200)
        .map(|i| {
            let mut row =
                vec![run.scores.units().label(i), run.index_rank()[i].to_string(), show(run.index()[i])];
            row.extend(top.iter().map(|&k| show(run.scores.at(i, k))));
            row
        })
        .collect();
    Section { heading: "Results".into(), text: Vec::new(), table: Some((header, rows)), plot: Vec::new() }
}

fn remarks(run: &Run) -> Section {
    let rows =
        run.notes.iter().map(|n| vec![format!("{:?}", n.stage), n.subject.clone(), n.text.clone()]).collect();
    let text = "Everything the stages noted, and the recipe that was used.".into();
    Section {
        heading: "Notes".into(),
        text: vec![text, format!("```\n{}```", run.recipe.to_toml())],
        table: Some((words(&["stage", "about", "note"]), rows)),
        plot: Vec::new(),
    }
}

impl Report {
    /// As Markdown.
    pub fn to_markdown(&self) -> String {
        let mut out = format!("# {}\n", self.title);
        let cell = |c: &String| c.replace('|', "\\|").replace('\n', " ");
        for s in &self.sections {
            out.push_str(&format!("\n## {}\n", s.heading));
            for t in &s.text {
                out.push_str(&format!("\n{t}\n"));
            }
            if let Some((header, rows)) = s.table.as_ref().filter(|t| !t.1.is_empty()) {
                out.push_str(&format!("\n| {} |\n|{}\n", header.join(" | "), "---|".repeat(header.len())));
                for r in rows {
                    out.push_str(&format!("| {} |\n", r.iter().map(cell).collect::<Vec<_>>().join(" | ")));
                }
            }
        }
        out
    }
    /// As one HTML page that needs nothing else.
    pub fn to_html(&self) -> String {
        let mut out = format!(
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{0}</title><style>body{{font:15px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem;color:#222}}table{{border-collapse:collapse;font-size:13px}}td,th{{padding:.2rem .6rem;border-bottom:1px solid #ddd;text-align:left}}pre{{background:#f6f6f6;padding:1rem;overflow:auto}}</style><h1>{0}</h1>",
            escape(&self.title)
        );
        for s in &self.sections {
            out.push_str(&format!("<h2>{}</h2>", escape(&s.heading)));
            for t in &s.text {
                match t.strip_prefix("```\n") {
                    Some(code) => {
                        out.push_str(&format!("<pre>{}</pre>", escape(code.trim_end_matches("```"))));
                    }
                    None => out.push_str(&format!("<p>{}</p>", escape(t))),
                }
            }
            out.push_str(&plot(&s.plot, &s.heading));
            if let Some((header, rows)) = s.table.as_ref().filter(|t| !t.1.is_empty()) {
                let line = |cells: &[String], tag: &str| {
                    cells.iter().map(|c| format!("<{tag}>{}</{tag}>", escape(c))).collect::<String>()
                };
                out.push_str(&format!("<table><tr>{}</tr>", line(header, "th")));
                for r in rows {
                    out.push_str(&format!("<tr>{}</tr>", line(r, "td")));
                }
                out.push_str("</table>");
            }
        }
        out.push_str("</html>");
        out
    }
}

/// Intervals as lines with a dot, best at the top.
fn plot(lines: &[(String, f64, f64, f64)], title: &str) -> String {
    let lines: Vec<_> = lines.iter().filter(|l| l.1.is_finite() && l.3.is_finite()).collect();
    let Some(max) = lines.iter().map(|l| l.3.max(l.2)).reduce(f64::max).filter(|m| *m > 0.0) else {
        return String::new();
    };
    let x = |v: f64| 130.0 + 560.0 * v / max;
    let mut out = format!(
        "<svg role=\"img\" aria-label=\"{}\" width=\"720\" height=\"{}\">",
        escape(title),
        16 * lines.len() + 10
    );
    for (k, (label, low, middle, high)) in lines.iter().enumerate() {
        let y = 16 * k + 12;
        out.push_str(&format!(
            "<text x=\"0\" y=\"{}\" font-size=\"11\">{}</text><line x1=\"{:.1}\" x2=\"{:.1}\" y1=\"{y}\" y2=\"{y}\" stroke=\"#9ab\" stroke-width=\"3\"/><circle cx=\"{:.1}\" cy=\"{y}\" r=\"3.5\" fill=\"#246\"/>",
            y + 4,
            escape(label),
            x(*low),
            x(*high),
            x(*middle)
        ));
    }
    out.push_str("</svg>");
    out
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

//! The report as one HTML page that needs nothing else: no script, no font, no picture from elsewhere.

use super::{Line, Plot, Report, Section};

const STYLE: &str = "\
:root{color-scheme:light}\
body{font:16px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem;color:#1d2733}\
h1{font-size:1.7rem;line-height:1.2}\
h2{font-size:1.25rem;margin:2.5rem 0 .5rem;padding-top:1rem;border-top:1px solid #ccd5de}\
.found{padding:0;list-style:none}\
.found li{padding:.4rem 0;border-bottom:1px solid #e3e8ed;display:grid;grid-template-columns:minmax(8rem,15rem) 1fr;gap:1rem}\
.found a{font-weight:600;color:#14508c}\
.wide{overflow-x:auto}\
table{border-collapse:collapse;font-size:14px}\
td,th{padding:.25rem .7rem;border-bottom:1px solid #e3e8ed;text-align:left;vertical-align:top}\
th{background:#f2f5f8;border-bottom:2px solid #ccd5de}\
.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}\
pre{background:#f2f5f8;padding:1rem;overflow:auto;font-size:13px}\
figure{margin:1rem 0}figcaption{font-size:14px;color:#4a5866}\
svg{max-width:100%;height:auto}\
@media print{h2{break-after:avoid}tr{break-inside:avoid}}";

impl Report {
    /// As one HTML page that needs nothing else.
    pub fn to_html(&self) -> String {
        let title = escape(&self.title);
        let mut out = format!(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title><style>{STYLE}</style></head><body><h1>{title}</h1><ul class=\"found\">"
        );
        for (k, s) in self.sections.iter().enumerate() {
            let (heading, finding) = (escape(&s.heading), escape(&s.finding));
            out.push_str(&format!("<li><a href=\"#s{k}\">{heading}</a><span>{finding}</span></li>"));
        }
        out.push_str("</ul>");
        for (k, s) in self.sections.iter().enumerate() {
            out.push_str(&format!("<section id=\"s{k}\"><h2>{}</h2>", escape(&s.heading)));
            out.push_str(&body(s));
            out.push_str("</section>");
        }
        out.push_str("</body></html>");
        out
    }
}

fn body(s: &Section) -> String {
    let mut out = String::new();
    for t in &s.text {
        match t.strip_prefix("```\n") {
            Some(code) => out.push_str(&format!("<pre>{}</pre>", escape(code.trim_end_matches("```")))),
            None => out.push_str(&format!("<p>{}</p>", escape(t))),
        }
    }
    out.push_str(&s.plot.as_ref().map_or(String::new(), |p| figure(p, &s.heading)));
    if let Some((header, rows)) = s.table.as_ref().filter(|t| !t.1.is_empty()) {
        out.push_str(&table(header, rows));
    }
    out
}

/// Columns of numbers are set right, under each other.
fn table(header: &[String], rows: &[Vec<String>]) -> String {
    let numeric: Vec<bool> = (0..header.len()).map(|j| rows.iter().all(|r| is_number(&r[j]))).collect();
    let line = |cells: &[String], tag: &str| {
        let cell = |(c, n): (&String, &bool)| {
            format!("<{tag}{}>{}</{tag}>", if *n { " class=\"n\"" } else { "" }, escape(c))
        };
        format!("<tr>{}</tr>", cells.iter().zip(&numeric).map(cell).collect::<String>())
    };
    let body: String = rows.iter().map(|r| line(r, "td")).collect();
    format!(
        "<div class=\"wide\"><table><thead>{}</thead><tbody>{body}</tbody></table></div>",
        line(header, "th")
    )
}

/// Whether a cell is a number, one with its error in brackets, or says that there is none.
fn is_number(cell: &str) -> bool {
    let first = cell.split(" (").next().unwrap_or_default();
    first == "-" || first.parse::<f64>().is_ok()
}

/// Where the scale begins and ends, in the units of the picture.
const LEFT: f64 = 170.0;
const RIGHT: f64 = 740.0;
const STEP: usize = 18;

fn figure(plot: &Plot, title: &str) -> String {
    let there = |l: &&Line| l.bar.0.is_finite() && l.bar.1.is_finite() && l.dot.is_finite();
    let lines: Vec<&Line> = plot.lines.iter().filter(there).collect();
    let furthest = lines.iter().map(|l| l.bar.1.max(l.dot)).reduce(f64::max).filter(|m| *m > 0.0);
    let Some(furthest) = furthest else { return String::new() };
    let step = round_step(furthest);
    let end = (furthest / step).ceil() * step;
    let x = |v: f64| LEFT + (RIGHT - LEFT) * v / end;
    let height = STEP * lines.len() + 40;
    let mut out = format!(
        "<figure><svg role=\"img\" aria-label=\"{}\" viewBox=\"0 0 760 {height}\" width=\"760\" height=\"{height}\" font-size=\"12\" fill=\"#1d2733\">",
        escape(title)
    );
    for k in 0..=(end / step).round() as usize {
        let v = k as f64 * step;
        out.push_str(&format!(
            "<line x1=\"{0:.1}\" x2=\"{0:.1}\" y1=\"24\" y2=\"{height}\" stroke=\"#e3e8ed\"/><text x=\"{0:.1}\" y=\"16\" text-anchor=\"middle\" fill=\"#4a5866\">{1}</text>",
            x(v),
            (v * 1e6).round() / 1e6
        ));
    }
    for (k, line) in lines.iter().enumerate() {
        out.push_str(&row(line, STEP * k + 38, &x));
    }
    let caption = format!("Across: {}. {}.", plot.axis, capital(&plot.legend));
    out.push_str(&format!("</svg><figcaption>{}</figcaption></figure>", escape(&caption)));
    out
}

fn row(line: &Line, y: usize, x: &dyn Fn(f64) -> f64) -> String {
    let tick = line.tick.filter(|t| t.is_finite()).map_or(String::new(), |t| {
        format!(
            "<line x1=\"{0:.1}\" x2=\"{0:.1}\" y1=\"{1}\" y2=\"{2}\" stroke=\"#b3541e\" stroke-width=\"2\"/>",
            x(t),
            y - 6,
            y + 6
        )
    });
    format!(
        "<text x=\"{:.1}\" y=\"{}\" text-anchor=\"end\">{}</text><line x1=\"{:.1}\" x2=\"{:.1}\" y1=\"{y}\" y2=\"{y}\" stroke=\"#9db4c8\" stroke-width=\"6\"/><circle cx=\"{:.1}\" cy=\"{y}\" r=\"4\" fill=\"#14508c\"/>{tick}",
        LEFT - 10.0,
        y + 4,
        escape(&shortened(&line.label)),
        x(line.bar.0),
        x(line.bar.1),
        x(line.dot),
    )
}

/// Labels longer than their place lose their end.
fn shortened(label: &str) -> String {
    const PLACE: usize = 24;
    if label.chars().count() <= PLACE {
        return label.to_owned();
    }
    label.chars().take(PLACE - 1).chain(['…']).collect()
}

/// 1, 2 or 5 times a power of ten, so that there are four to ten steps up to `end`.
fn round_step(end: f64) -> f64 {
    let rough = end / 8.0;
    let power = 10f64.powf(rough.log10().floor());
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|m| m * power).find(|s| *s >= rough).unwrap_or(10.0 * power)
}

fn capital(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map_or(String::new(), |c| c.to_uppercase().chain(rest).collect())
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

//! What comes out of an edition as tables. `idata.csv`, `imeta.csv` and `recipe.toml` are the engine's own: with them
//! `gridward index run`, or COINr, makes the same scores.

use super::archive::Files;
use super::compute::Computed;
use super::materials::Materials;
use super::standing::Standing;
use super::values::Told;
use ::index::io::{number, write_frame};
use ::index::stage::bound::{Bound, Bounds};
use ::index::{Direction, Kind};

/// Rows of text under a heading.
pub(super) struct Rows {
    writer: csv::Writer<Vec<u8>>,
}

impl Rows {
    pub fn new(head: &[&str]) -> Rows {
        let mut rows = Rows { writer: csv::Writer::from_writer(Vec::new()) };
        rows.add(head.iter().map(ToString::to_string));
        rows
    }

    pub fn add(&mut self, cells: impl IntoIterator<Item = String>) {
        self.writer.write_record(cells).expect("a list of bytes takes rows of equal length");
    }

    pub fn bytes(self) -> Vec<u8> {
        self.writer.into_inner().expect("a list of bytes takes all that is written")
    }
}

/// Every table of the outcome, by name.
pub(super) fn outcome(it: &Materials, made: &Computed) -> Files {
    let table = |name: &str, bytes: Vec<u8>| (name.to_owned(), bytes);
    Files::from([
        table("recipe.toml", made.recipe.to_toml().into_bytes()),
        table("imeta.csv", imeta(made)),
        table("idata.csv", write_frame(&made.values.panel).into_bytes()),
        table("smoothing.csv", smoothing(it, made)),
        table("bounds.csv", bounds(made)),
        table("scores.csv", write_frame(&made.panel.scores).into_bytes()),
        table("ranking.csv", ranking(it, made)),
        table("weak_links.csv", weak_links(it, made)),
        table("flags.csv", flags(it, made)),
        table("doubts.csv", doubts(it, made)),
        table("missing.csv", missing(it, made)),
        table("notes.csv", notes(made)),
    ])
}

fn maybe(x: Option<f64>) -> String {
    x.map_or_else(String::new, number)
}

fn imeta(made: &Computed) -> Vec<u8> {
    let mut rows = Rows::new(&["iCode", "iName", "Type", "Parent", "Direction", "Weight", "Unit"]);
    for entry in &super::recipe::meta(&made.framework).entries {
        let kind = if entry.kind == Kind::Indicator { "Indicator" } else { "Aggregate" };
        let direction = if entry.direction == Direction::Up { "1" } else { "-1" };
        rows.add([
            entry.code.clone(),
            entry.name.clone(),
            kind.to_owned(),
            entry.parent.clone().unwrap_or_default(),
            direction.to_owned(),
            number(entry.weight),
            entry.unit.clone().unwrap_or_default(),
        ]);
    }
    rows.bytes()
}

fn smoothing(it: &Materials, made: &Computed) -> Vec<u8> {
    let mut rows = Rows::new(&["indicator", "area", "raw", "value", "reliability", "low", "high", "lacking"]);
    for told in &made.values.told {
        rows.add([
            told.indicator.clone(),
            it.areas[told.area].code.clone(),
            maybe(told.raw),
            maybe(told.value),
            maybe(told.reliability),
            maybe(told.interval.map(|it| it.0)),
            maybe(told.interval.map(|it| it.1)),
            told.lacking.map_or("", |why| why.as_str()).to_owned(),
        ]);
    }
    rows.bytes()
}

/// Bounds twice: on the engine's scale, and in the indicator's own unit.
fn bounds(made: &Computed) -> Vec<u8> {
    let mut rows = Rows::new(&[
        "indicator",
        "lower",
        "upper",
        "lower_se",
        "upper_se",
        "lower_in_unit",
        "upper_in_unit",
        "n",
        "left_out",
        "window",
        "method",
        "digest",
    ]);
    for bound in &made.panel.prepared.bounds.list {
        rows.add([
            bound.code.clone(),
            number(bound.lower),
            number(bound.upper),
            maybe(bound.lower_se),
            maybe(bound.upper_se),
            number(made.in_its_unit(&bound.code, bound.lower)),
            number(made.in_its_unit(&bound.code, bound.upper)),
            bound.n.to_string(),
            bound.left_out.to_string(),
            bound.window.clone(),
            bound.method.clone(),
            format!("{:016x}", bound.digest),
        ]);
    }
    rows.bytes()
}

fn ranking(it: &Materials, made: &Computed) -> Vec<u8> {
    let whole = |x: Option<usize>| x.map_or_else(String::new, |x| x.to_string());
    let chances: Vec<String> = (1..=it.areas.len()).map(|k| format!("p_rank_{k}")).collect();
    let mut head = vec!["area", "score", "rank", "shared_rank", "low", "high", "rank_low", "rank_high"];
    head.extend(chances.iter().map(String::as_str));
    let mut rows = Rows::new(&head);
    let mut order: Vec<usize> = (0..it.areas.len()).collect();
    order.sort_by_key(|&i| (made.standing[i].rank.unwrap_or(usize::MAX), i));
    for i in order {
        let at = &made.standing[i];
        let mut cells = vec![
            it.areas[i].code.clone(),
            maybe(at.score),
            whole(at.rank),
            whole(at.shared),
            maybe(at.interval.map(|it| it.0)),
            maybe(at.interval.map(|it| it.1)),
            whole(at.ranks.map(|it| it.0)),
            whole(at.ranks.map(|it| it.1)),
        ];
        cells.extend(at.chances.iter().map(|p| number(*p)));
        rows.add(cells);
    }
    rows.bytes()
}

/// Bounds as `bounds.csv` has them; `None` when it cannot be read.
pub(super) fn bounds_of(table: &[u8]) -> Option<Bounds> {
    let mut reader = csv::Reader::from_reader(table);
    let list = reader.records().map(|row| {
        let row = row.ok()?;
        let number = |at: usize| row.get(at).and_then(|text| text.parse::<f64>().ok());
        Some(Bound {
            code: row.get(0)?.to_owned(),
            period: None,
            lower: number(1)?,
            upper: number(2)?,
            lower_se: number(3),
            upper_se: number(4),
            n: row.get(7)?.parse().ok()?,
            left_out: row.get(8)?.parse().ok()?,
            window: row.get(9)?.to_owned(),
            method: row.get(10)?.to_owned(),
            digest: u64::from_str_radix(row.get(11)?, 16).ok()?,
        })
    });
    list.collect::<Option<Vec<_>>>().map(|list| Bounds { list })
}

/// Standings as `ranking.csv` has them, in the order of the materials' areas; without who is ahead of whom. `None` when
/// the table is not one of these areas.
pub(super) fn standings(it: &Materials, ranking: &[u8]) -> Option<Vec<Standing>> {
    let mut reader = csv::Reader::from_reader(ranking);
    let mut all: Vec<Option<Standing>> = vec![None; it.areas.len()];
    for row in reader.records() {
        let row = row.ok()?;
        let number = |at: usize| row.get(at).and_then(|text| text.parse::<f64>().ok());
        let whole = |at: usize| row.get(at).and_then(|text| text.parse::<usize>().ok());
        let area = it.areas.iter().position(|area| Some(area.code.as_str()) == row.get(0))?;
        all[area] = Some(Standing {
            score: number(1),
            rank: whole(2),
            shared: whole(3),
            interval: number(4).zip(number(5)),
            ranks: whole(6).zip(whole(7)),
            chances: (8..row.len()).map(number).collect::<Option<_>>()?,
            ahead: Vec::new(),
        });
    }
    all.into_iter().collect()
}

fn weak_links(it: &Materials, made: &Computed) -> Vec<u8> {
    let mut rows = Rows::new(&[
        "area",
        "indicator",
        "points_lost",
        "score",
        "score_of_others",
        "reliability",
        "place",
        "of",
        "since",
        "value",
        "value_for_one_rank",
    ]);
    for weak in &made.weak {
        rows.add([
            it.areas[weak.area].code.clone(),
            weak.indicator.clone(),
            number(weak.lost),
            number(weak.score.0),
            number(weak.score.1),
            maybe(weak.reliability),
            weak.place.0.to_string(),
            weak.place.1.to_string(),
            weak.since.to_string(),
            maybe(weak.value),
            maybe(weak.change.map(|it| it.1)),
        ]);
    }
    rows.bytes()
}

fn flags(it: &Materials, made: &Computed) -> Vec<u8> {
    let mut rows = Rows::new(&["area", "indicator", "value", "limit"]);
    for flag in &made.flags {
        rows.add([
            it.areas[flag.area].code.clone(),
            flag.indicator.clone(),
            number(flag.value),
            number(flag.limit),
        ]);
    }
    rows.bytes()
}

fn doubts(it: &Materials, made: &Computed) -> Vec<u8> {
    let mut rows = Rows::new(&["area", "indicator", "value", "usual", "robust_z", "n", "remark"]);
    for doubted in &made.doubts {
        rows.add([
            it.areas[doubted.area].code.clone(),
            doubted.indicator.clone(),
            number(doubted.value),
            number(doubted.usual),
            number(doubted.z),
            doubted.n.to_string(),
            doubted.remark.clone().unwrap_or_default(),
        ]);
    }
    rows.bytes()
}

fn missing(it: &Materials, made: &Computed) -> Vec<u8> {
    let mut rows = Rows::new(&["indicator", "department", "area", "why"]);
    let lacking = |told: &&Told| told.value.is_none();
    for told in made.values.told.iter().filter(lacking) {
        let department =
            made.framework.indicator(&told.indicator).map_or("", |it| it.row.department.as_str());
        rows.add([
            told.indicator.clone(),
            department.to_owned(),
            it.areas[told.area].code.clone(),
            told.lacking.map_or("", |why| why.as_str()).to_owned(),
        ]);
    }
    rows.bytes()
}

fn notes(made: &Computed) -> Vec<u8> {
    let mut rows = Rows::new(&["stage", "subject", "note"]);
    for note in &made.panel.notes {
        rows.add([format!("{:?}", note.stage).to_lowercase(), note.subject.clone(), note.text.clone()]);
    }
    rows.bytes()
}

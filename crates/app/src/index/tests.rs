//! Editions as they come out of their materials.

use super::archive::{files, materials, rebuild};
use super::compute::{Computed, compute};
use super::materials::{Choices, EditionFault, KnownFigure, Materials, RankedArea};
use super::values::Lacking;
use ::index::stats::Rng;
use domain::framework::{BaseRow, FrameworkDoc, FrameworkRow};
use domain::month::Month;
use uuid::Uuid;

fn row(
    code: &str,
    level: u8,
    parent: &str,
    unit: &str,
    direction: i8,
    standard: &str,
    weight: f64,
) -> FrameworkRow {
    FrameworkRow {
        code: code.to_owned(),
        level,
        parent: parent.to_owned(),
        name_zh: code.to_owned(),
        name_en: code.to_owned(),
        unit: unit.to_owned(),
        direction,
        dimension: "d".to_owned(),
        aspect: "a".to_owned(),
        department: "police".to_owned(),
        scoring_standard: standard.to_owned(),
        weight,
        source: String::new(),
    }
}

const FIRES: &str =
    "linear;bounds=data:q05..q95;window=36m;transform=log1p;den=population;eb=gamma-poisson;min_den=1000";
const SITES: &str = "linear;bounds=fixed:60..100;num/den=sites;eb=beta-binomial;min_den=20;veto=below:50";
const WAY: &str = "linear;bounds=fixed:5..15";
const FELT: &str = "linear;bounds=fixed:70..100;design-se=required;min_n=100";

fn framework() -> FrameworkDoc {
    let mean = |level: u8| format!("weighted arithmetic mean of level-{level}");
    FrameworkDoc {
        due_day: 10,
        rows: vec![
            row("A", 1, "INDEX", "score", 1, &mean(2), 0.6),
            row("A1", 2, "A", "score", 1, &mean(3), 1.0),
            row("A11", 3, "A1", "per 10k", -1, FIRES, 0.5),
            row("A12", 3, "A1", "%", 1, SITES, 0.5),
            row("B", 1, "INDEX", "score", 1, &mean(2), 0.4),
            row("B1", 2, "B", "score", 1, &mean(3), 1.0),
            row("B11", 3, "B1", "min", -1, WAY, 0.7),
            row("B12", 3, "B1", "score", 1, FELT, 0.3),
        ],
        bases: vec![BaseRow {
            code: "population".to_owned(),
            name_zh: "人口".to_owned(),
            name_en: "Residents".to_owned(),
            unit: "number".to_owned(),
            department: "statistics".to_owned(),
        }],
    }
}

/// Six areas and twelve months; area 2 has been slow since the seventh month.
pub(super) fn made_up() -> Materials {
    let first: Month = "2026-01".parse().unwrap();
    let mut rng = Rng::new(7, 0);
    let areas: Vec<RankedArea> = (1..=6)
        .map(|k| RankedArea {
            code: format!("37{k}"),
            name_zh: format!("{k}县"),
            name_en: format!("County {k}"),
        })
        .collect();
    let mut figures = Vec::new();
    for (months, month) in Month::range(first, first.plus(11)).enumerate() {
        for (k, area) in areas.iter().enumerate() {
            let blank = |indicator: &str| KnownFigure {
                indicator: indicator.to_owned(),
                area: area.code.clone(),
                month,
                num: None,
                den: None,
                value: None,
                se: None,
                n: None,
                remark: None,
                vintage: 1,
                intake: Uuid::from_u128(months as u128),
                signed: "2027-01-05T00:00:00Z".parse().unwrap(),
            };
            let people = 100_000.0 + 50_000.0 * k as f64;
            if months == 0 {
                figures.push(KnownFigure { value: Some(people), ..blank("population") });
            }
            figures.push(KnownFigure {
                num: Some(rng.poisson(people / 1e4 * (1.0 + k as f64 / 4.0))),
                ..blank("A11")
            });
            figures.push(KnownFigure { num: Some(rng.binomial(200, 0.9)), den: Some(200.0), ..blank("A12") });
            let slow = if k == 2 && months >= 6 { 4.0 } else { 0.0 };
            figures.push(KnownFigure { value: Some(8.0 + slow + 0.1 * rng.normal()), ..blank("B11") });
            let felt = 85.0 + rng.normal();
            figures.push(KnownFigure { value: Some(felt), se: Some(1.0), n: Some(400.0), ..blank("B12") });
        }
    }
    Materials {
        month: first.plus(11),
        revision: 0,
        known: "2027-01-11T00:00:00Z".parse().unwrap(),
        framework_version: 1,
        framework: framework(),
        choices: Choices { bootstrap: 20, draws: 400, ..Choices::default() },
        areas,
        figures,
    }
}

fn score(made: &Computed, area: usize, code: &str) -> f64 {
    made.now.scores.at(area, made.now.tree().position(code).unwrap())
}

#[test]
fn an_edition_ranks_all_areas_and_its_parts_sum() {
    let it = made_up();
    let made = compute(&it).unwrap();
    assert_eq!(made.standing.len(), 6);
    for (area, at) in made.standing.iter().enumerate() {
        let (low, high) = at.interval.unwrap();
        assert!(low < high && low > 0.0 && high < 100.0);
        assert!((at.chances.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        assert!(at.shared.unwrap() <= at.rank.unwrap());
        let whole = 0.6 * score(&made, area, "A") + 0.4 * score(&made, area, "B");
        assert!((at.score.unwrap() - whole).abs() < 1e-9);
    }
    // The month alone, on the bounds of all months, is what the months together have in their last rows.
    let rows = made.panel.scores.rows();
    for area in 0..6 {
        let last = made.panel.index()[rows - 6 + area];
        assert_eq!(last.to_bits(), made.now.index()[area].to_bits());
    }
}

#[test]
fn the_planted_weak_link_is_found_with_its_beginning_and_its_way_out() {
    let made = compute(&made_up()).unwrap();
    let weak = made.weak.iter().find(|it| it.area == 2).unwrap();
    assert_eq!((weak.indicator.as_str(), weak.place), ("B11", (6, 6)));
    assert_eq!(weak.since, "2026-07".parse().unwrap());
    assert!(weak.lost > 0.4 * 0.7 * 30.0, "{weak:?}");
    if let Some((now, then)) = weak.change {
        assert!(then < now && (now - 12.0).abs() < 1.0, "{weak:?}");
    }
}

#[test]
fn small_numbers_are_smoothed_and_say_how_reliable_they_are() {
    let made = compute(&made_up()).unwrap();
    let told = |code: &str, area: usize| {
        made.values.told.iter().find(|it| it.indicator == code && it.area == area).unwrap().clone()
    };
    let fires = told("A11", 0);
    let (raw, value) = (fires.raw.unwrap(), fires.value.unwrap());
    assert!(fires.reliability.unwrap() > 0.0 && fires.reliability.unwrap() < 1.0);
    assert!(raw.to_bits() != value.to_bits() && fires.interval.unwrap().0 < value);
    assert_eq!(told("B11", 0).reliability, None);
    assert!(told("B12", 0).interval.is_some());
}

#[test]
fn what_is_missing_is_left_out_and_said() {
    let mut it = made_up();
    let month = it.month;
    it.figures.retain(|f| !(f.indicator == "B12" && f.month == month));
    for f in it.figures.iter_mut().filter(|f| f.indicator == "A12" && f.month == month && f.area == "371") {
        (f.num, f.den) = (Some(9.0), Some(10.0));
    }
    let made = compute(&it).unwrap();
    let why = |code: &str, area: usize| {
        made.values.told.iter().find(|it| it.indicator == code && it.area == area).unwrap().lacking
    };
    assert_eq!(why("B12", 0), Some(Lacking::Figure));
    assert_eq!(why("A12", 0), Some(Lacking::Small));
    assert_eq!(score(&made, 0, "B").to_bits(), score(&made, 0, "B11").to_bits());
    it.figures.retain(|f| f.indicator != "B12");
    let made = compute(&it).unwrap();
    assert!(made.panel.tree().position("B12").is_err(), "what was never handed in takes no part");
    assert_eq!(rebuild(&files(&it, &made)).unwrap().1, []);
    it.figures.retain(|f| f.month != month);
    assert!(matches!(compute(&it), Err(EditionFault::NoFigures(_))));
}

#[test]
fn a_limit_is_a_flag_and_moves_no_score() {
    let mut it = made_up();
    let month = it.month;
    for f in it.figures.iter_mut().filter(|f| f.indicator == "A12" && f.month == month && f.area == "373") {
        f.num = Some(80.0);
    }
    let made = compute(&it).unwrap();
    assert_eq!(made.flags.len(), 1);
    assert_eq!((made.flags[0].area, made.flags[0].value.to_bits()), (2, 40f64.to_bits()));
    for row in &mut it.framework.rows {
        row.scoring_standard = row.scoring_standard.replace(";veto=below:50", "");
    }
    let plain = compute(&it).unwrap();
    assert!(plain.flags.is_empty() && plain.now.index() == made.now.index());
}

#[test]
fn an_archive_is_made_again_to_the_last_byte_and_a_changed_one_is_told() {
    let it = made_up();
    let made = compute(&it).unwrap();
    let mut kept = files(&it, &made);
    assert_eq!(materials(&kept).unwrap().choices, it.choices);
    assert_eq!(rebuild(&kept).unwrap().1, []);
    let text = String::from_utf8(kept["figures.csv"].clone()).unwrap();
    kept.insert("figures.csv".to_owned(), text.replacen(",200,", ",201,", 1).into_bytes());
    let told: Vec<String> = rebuild(&kept).unwrap().1.into_iter().map(|it| it.file).collect();
    assert!(told.contains(&"idata.csv".to_owned()) && told.contains(&"manifest.json".to_owned()), "{told:?}");
}

#[test]
fn an_opened_edition_stands_as_it_was_made() {
    let it = made_up();
    let made = compute(&it).unwrap();
    let bytes = super::edition::pack(&files(&it, &made)).unwrap();
    let opened = super::opened::Opened::from_archive(&bytes).unwrap();
    for (kept, own) in opened.made.standing.iter().zip(&made.standing) {
        let own = super::standing::Standing { ahead: Vec::new(), ..own.clone() };
        assert_eq!(*kept, own);
    }
    assert_eq!(opened.made.weak, made.weak);
    assert_eq!(opened.made.panel.prepared.bounds, made.panel.prepared.bounds);
    assert_eq!(opened.made.panel.index(), made.panel.index());
}

#[test]
fn order_of_figures_and_number_of_threads_change_no_byte() {
    let it = made_up();
    let kept = files(&it, &compute(&it).unwrap());
    let mut turned = it.clone();
    turned.figures.reverse();
    assert!(kept == files(&turned, &compute(&turned).unwrap()));
    for threads in [1, 2, 4] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        assert!(kept == pool.install(|| files(&it, &compute(&it).unwrap())));
    }
}

#[test]
fn the_engine_alone_makes_the_same_scores_from_the_tables_of_an_archive() {
    let it = made_up();
    let made = compute(&it).unwrap();
    let kept = files(&it, &made);
    let (inputs, _) = ::index::Inputs::from_csv(&kept["idata.csv"], &kept["imeta.csv"]).unwrap();
    let recipe = ::index::Recipe::from_toml(std::str::from_utf8(&kept["recipe.toml"]).unwrap()).unwrap();
    let run = ::index::run(&inputs, &recipe).unwrap();
    assert_eq!(run.index(), made.panel.index());
}

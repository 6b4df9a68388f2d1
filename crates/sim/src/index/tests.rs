//! The demo city's figures are plausible, the same twice, and hold what the file of planted things says.

use super::*;
use crate::bundle;
use domain::framework::{FrameworkDoc, Measure};
use std::collections::BTreeMap;

const COUNTIES: [(&str, usize); 11] = [
    ("371502", 1700),
    ("371503", 900),
    ("371521", 1150),
    ("371522", 1400),
    ("371524", 600),
    ("371525", 1100),
    ("371526", 700),
    ("371581", 1000),
    ("371591", 150),
    ("371592", 120),
    ("371593", 110),
];

fn framework() -> Framework {
    let doc: FrameworkDoc = bundle::framework().unwrap();
    Framework::read(&doc, &|code| Some(code.to_owned())).unwrap_or_else(|faults| panic!("{faults:?}"))
}

struct World {
    framework: Framework,
    counties: Vec<County>,
    newest: Month,
    all: Vec<HandedIn>,
}

fn world(seed: u64) -> World {
    let framework = framework();
    let numbered = COUNTIES.iter().zip(2..);
    let counties: Vec<County> = numbered
        .map(|((code, n_grids), id)| County { area: AreaId(id), code: (*code).to_owned(), n_grids: *n_grids })
        .collect();
    let (newest, zone) = ("2026-10".parse().unwrap(), TimeZone::UTC);
    let now = "2026-11-30T00:00:00Z".parse().unwrap();
    let asked = Asked { seed, framework: &framework, counties: &counties, newest, zone: &zone, now };
    let all = handed_in(&asked).unwrap();
    World { framework, counties, newest, all }
}

impl World {
    fn area(&self, code: &str) -> AreaId {
        self.counties.iter().find(|it| it.code == code).unwrap().area
    }

    /// The last figure of an indicator by month and county, as it stands after all corrections.
    fn figures(&self, code: &str) -> BTreeMap<(Month, AreaId), Given> {
        let all = self.all.iter().flat_map(|it| it.figures.iter().map(move |figure| (it.month, figure)));
        all.filter(|(_, it)| it.indicator == code).map(|(month, it)| ((month, it.area), it.clone())).collect()
    }

    fn base(&self, code: &str, month: Month, area: AreaId) -> f64 {
        let all = self.figures(code);
        let mut held = all.iter().filter(|((m, a), _)| *m <= month && *a == area);
        held.next_back().unwrap().1.value.unwrap()
    }

    fn value(&self, code: &str, month: Month, area: AreaId, given: &Given) -> f64 {
        match &self.framework.indicator(code).unwrap().standard.measure {
            Measure::Share { .. } => 100.0 * given.num.unwrap() / given.den.unwrap(),
            Measure::Rate { base, scale } => scale * given.num.unwrap() / self.base(base, month, area),
            Measure::Plain => given.value.unwrap(),
        }
    }

    /// Values by month and county.
    fn values(&self, code: &str) -> BTreeMap<(Month, AreaId), f64> {
        let all = self.figures(code);
        all.iter().map(|((m, a), it)| ((*m, *a), self.value(code, *m, *a, it))).collect()
    }

    /// Mean over the months of each county, better upwards.
    fn levels(&self, code: &str) -> Vec<f64> {
        let (values, better) =
            (self.values(code), f64::from(self.framework.indicator(code).unwrap().row.direction));
        let of = |area: AreaId| {
            let own: Vec<f64> = values.iter().filter(|((_, a), _)| *a == area).map(|(_, v)| *v).collect();
            better * own.iter().sum::<f64>() / own.len() as f64
        };
        self.counties.iter().map(|it| of(it.area)).collect()
    }
}

fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
    let (ma, mb) = (mean(a), mean(b));
    let dot = |f: &dyn Fn((&f64, &f64)) -> f64| a.iter().zip(b).map(f).sum::<f64>();
    dot(&|(x, y)| (x - ma) * (y - mb))
        / (dot(&|(x, _)| (x - ma).powi(2)) * dot(&|(_, y)| (y - mb).powi(2))).sqrt()
}

#[test]
fn every_figure_has_what_its_measure_asks_for() {
    let world = world(42);
    let mut seen = std::collections::BTreeSet::new();
    for figure in world.all.iter().flat_map(|it| &it.figures) {
        seen.insert(figure.indicator.as_str());
        let Some(indicator) = world.framework.indicator(&figure.indicator) else {
            assert!(
                world.framework.base(&figure.indicator).is_some() && figure.value > Some(0.0),
                "{figure:?}"
            );
            continue;
        };
        match indicator.standard.measure {
            Measure::Share { .. } => {
                assert!(figure.num >= Some(0.0) && figure.num <= figure.den && figure.den > Some(0.0));
            }
            Measure::Rate { .. } => assert!(figure.num >= Some(0.0), "{figure:?}"),
            Measure::Plain => assert!(figure.value.is_some(), "{figure:?}"),
        }
        assert!(!indicator.standard.needs_se || figure.se > Some(0.0), "{figure:?}");
        assert!(
            indicator.standard.min_n == 0 || figure.n >= Some(f64::from(indicator.standard.min_n)),
            "{figure:?}"
        );
    }
    let asked: Vec<&str> = world.framework.departments().into_values().flatten().collect();
    assert_eq!(seen.len(), asked.len(), "every row that is asked for is handed in");
}

#[test]
fn departments_are_units_and_all_but_the_planted_ones_are_on_time() {
    let world = world(42);
    let planted = Planted::read().unwrap();
    let departments = world.framework.departments();
    assert!(departments.len() >= 27, "{departments:?}");
    for department in departments.keys() {
        for back in 1 - N_MONTHS..=0 {
            let month = world.newest.plus(back);
            let first = world.all.iter().find(|it| it.department == *department && it.month == month);
            let Some(first) = first else {
                assert!(planted.is_missing(department, back), "{department} {month} is missing");
                continue;
            };
            let due = month.plus(1).first_day().saturating_add(9.days());
            let late = TimeZone::UTC.to_datetime(first.signed).date() > due;
            assert_eq!(late, planted.days_late(department, back).is_some(), "{department} {month}");
            assert!(first.saved < first.signed);
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_figures_and_another_gives_others() {
    assert_eq!(world(42).all, world(42).all);
    assert_ne!(world(42).all[0].figures, world(43).all[0].figures);
}

#[test]
fn indicators_of_one_dimension_go_together_more_than_those_of_two() {
    // Over several seeds: eleven counties are few.
    let (mut within, mut across) = (Vec::new(), Vec::new());
    for seed in 0..12 {
        let world = world(seed);
        // Police figures that have many events, so that chance hides little, and counties that go by chance.
        let planted = Planted::read().unwrap();
        let kept = |code: &str| {
            let all = world.levels(code).into_iter().zip(&world.counties);
            let free = all.filter(|(_, county)| planted.quality(&county.code, 0).is_none());
            free.map(|(level, _)| level).collect::<Vec<f64>>()
        };
        let (crime, order, fraud) = (kept("C0101"), kept("C0301"), kept("D0101"));
        within.push(correlation(&crime, &order));
        across.push(f64::midpoint(correlation(&crime, &fraud), correlation(&order, &fraud)));
    }
    let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
    assert!(mean(&within) > mean(&across) + 0.2, "{within:?} {across:?}");
}

#[test]
fn fires_are_of_winter_and_drowning_is_of_summer() {
    let world = world(42);
    let total = |code: &str, months: [i8; 3]| {
        let all = world.figures(code);
        let of =
            all.iter().filter(|((month, _), _)| months.contains(&month.number()) && *month <= world.newest);
        of.map(|(_, it)| it.num.unwrap()).sum::<f64>()
    };
    assert!(total("E0101", [12, 1, 2]) > 1.3 * total("E0101", [6, 7, 8]));
    assert!(total("E1002", [6, 7, 8]) > 3.0 * total("E1002", [12, 1, 2]));
}

#[test]
fn small_numbers_scatter_as_small_numbers_do() {
    // Road deaths of the smallest zone: the variance of Poisson counts is at least their mean.
    let world = world(42);
    let small = world.area("371593");
    let counts: Vec<f64> = world
        .figures("E0201")
        .iter()
        .filter(|((_, a), _)| *a == small)
        .map(|(_, it)| it.num.unwrap())
        .collect();
    let mean = counts.iter().sum::<f64>() / counts.len() as f64;
    let variance = counts.iter().map(|n| (n - mean).powi(2)).sum::<f64>() / (counts.len() - 1) as f64;
    assert!(mean < 2.0 && counts.contains(&0.0) && variance > 0.5 * mean, "{counts:?}");
    // Deaths by residents and by vehicles are the same deaths.
    let (by_residents, by_vehicles) = (world.figures("E0201"), world.figures("E0202"));
    assert!(by_residents.iter().all(|(at, it)| by_vehicles[at].num == it.num));
}

#[test]
fn the_planted_weak_link_is_far_worse_than_all_others_and_stays() {
    let world = world(42);
    for it in Planted::read().unwrap().weak_link {
        let (values, weak) = (world.values(&it.indicator), world.area(&it.county));
        let full = world.newest.plus(it.since + it.months as i32 - 1);
        for month in Month::range(full, world.newest) {
            let others = values.iter().filter(|((m, a), _)| *m == month && *a != weak).map(|(_, v)| *v);
            let worst = others.fold(f64::MIN, f64::max);
            assert!(values[&(month, weak)] > 1.25 * worst, "{month}: {} {worst}", values[&(month, weak)]);
        }
        let before = values[&(world.newest.plus(it.since - 1), weak)];
        assert!(values[&(world.newest, weak)] > 1.6 * before);
    }
}

#[test]
fn the_planted_county_gets_better_in_most_indicators() {
    let world = world(42);
    for it in Planted::read().unwrap().improving {
        let area = world.area(&it.county);
        let mut better = Vec::new();
        for indicator in world.framework.indicators.iter().filter(|it| it.row.source.is_empty()) {
            let (values, code) = (world.values(&indicator.row.code), &indicator.row.code);
            // Against the mean of all counties, over the first and the last half year.
            let gap = |first: Month| {
                let months = || Month::range(first, first.plus(5));
                let mean = |own: bool| {
                    let of = values
                        .iter()
                        .filter(|((m, a), _)| months().any(|it| it == *m) && (*a == area) == own);
                    let of: Vec<f64> = of.map(|(_, v)| *v).collect();
                    of.iter().sum::<f64>() / of.len() as f64
                };
                f64::from(indicator.row.direction) * (mean(true) - mean(false))
            };
            better.push((gap(world.newest.plus(-5)) > gap(world.newest.plus(1 - N_MONTHS)), code));
        }
        let n = better.iter().filter(|(is, _)| *is).count();
        assert!(n * 10 > better.len() * 8, "{n} of {}: {better:?}", better.len());
    }
}

#[test]
fn corrections_are_later_intakes_with_other_figures() {
    let world = world(42);
    for it in Planted::read().unwrap().correction {
        let month = world.newest.plus(it.month);
        let both: Vec<&HandedIn> =
            world.all.iter().filter(|in_| in_.department == it.department && in_.month == month).collect();
        assert_eq!(both.len(), 2, "{it:?}");
        assert!(both[0].signed < both[1].signed && both[1].note.as_ref() == Some(&it.note));
        assert_eq!(both[1].figures.len(), it.indicators.len());
        for right in &both[1].figures {
            let first =
                both[0].figures.iter().find(|g| (&g.indicator, g.area) == (&right.indicator, right.area));
            let (first, right) = (first.unwrap().num.unwrap(), right.num.unwrap());
            assert!(
                (first - right * it.times).abs() <= 0.5 && (first - right).abs() >= 1.0,
                "{first} {right}"
            );
        }
    }
}

#[test]
fn the_typing_error_and_the_real_outlier_are_where_the_file_says() {
    let (world, planted) = (world(42), Planted::read().unwrap());
    for it in planted.slip {
        let (all, area) = (world.figures(&it.indicator), world.area(&it.county));
        let (wrong, before) =
            (&all[&(world.newest.plus(it.month), area)], &all[&(world.newest.plus(it.month - 1), area)]);
        assert!(
            wrong.num.unwrap() * 5.0 < before.num.unwrap() && wrong.den.unwrap() * 2.0 > before.den.unwrap()
        );
        assert_eq!(wrong.remark.as_ref(), Some(&it.remark));
    }
    for it in planted.real {
        let all = world.figures(&it.indicator);
        let real = &all[&(world.newest.plus(it.month), world.area(&it.county))];
        assert_eq!((real.num, real.remark.as_ref()), (Some(it.num), Some(&it.remark)));
        assert!(all.values().filter(|other| other.num >= real.num).count() == 1);
    }
}

#[test]
fn the_newest_month_is_one_whose_edition_can_be_out() {
    let newest = |day: &str| newest_month(day.parse().unwrap()).to_string();
    assert_eq!(newest("2026-11-30"), "2026-10");
    assert_eq!(newest("2026-11-16"), "2026-10");
    assert_eq!(newest("2026-11-15"), "2026-09");
    assert_eq!(newest("2026-01-01"), "2025-11");
}

#[test]
fn the_edition_of_the_newest_month_finds_what_is_planted() {
    let it = world(7);
    let doc = bundle::framework().unwrap();
    let known = "2026-11-15T00:00:00Z".parse().unwrap();
    let materials = materials(&doc, &it.counties, &it.all, (it.newest, known));
    let made = app::index::compute::compute(&materials).unwrap();
    let planted = Planted::read().unwrap();
    let weak = &planted.weak_link[0];
    let area = it.counties.iter().position(|c| c.code == weak.county).unwrap();
    let first = made.weak.iter().find(|w| w.area == area).unwrap();
    assert_eq!(first.indicator, weak.indicator);
    assert!(
        made.weak.iter().all(|w| w.weight() <= first.weight()),
        "no other county loses as much by one indicator"
    );
    assert!((first.since.since(it.newest) - weak.since).abs() <= weak.months as i32, "since {}", first.since);
    let slip = &planted.slip[0];
    let doubted = made.doubts.iter().find(|it| it.indicator == slip.indicator).expect("the slip is doubted");
    assert_eq!(it.counties[doubted.area].code, slip.county);
    assert!(doubted.z.abs() > 10.0 && doubted == &made.doubts[0], "{doubted:?}");
    assert!(made.doubts.len() < 12, "of a thousand figures few are doubted: {:?}", made.doubts);
    let best = made.standing.iter().position(|at| at.rank == Some(1)).unwrap();
    assert_eq!(it.counties[best].code, planted.improving[0].county);
}

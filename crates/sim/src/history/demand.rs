//! How many reports there are, where, when and of what: daily, weekly, seasonal and area differences.

use crate::chance::{Chance, cumulative};
use app::City;
use domain::area::Level;
use domain::class::Class;
use domain::id::{AreaId, ClassCode};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

/// Weight of the classes whose codes begin so, and how much of it each month has (1 is the average).
#[rustfmt::skip] // a table
const GROUPS: &[(&str, f64, [f64; 12])] = &[
    ("01",  6.0, [1.0, 0.9, 1.0, 1.0, 1.0, 1.0, 1.2, 1.2, 1.0, 1.0, 1.0, 1.0]),
    ("02",  3.0, [1.0; 12]),
    ("03",  4.0, [0.9, 0.9, 1.0, 1.0, 1.1, 1.2, 1.2, 1.1, 1.0, 1.0, 0.9, 0.9]),
    ("04",  3.0, [0.6, 0.7, 1.1, 1.2, 1.2, 1.2, 1.2, 1.2, 1.1, 1.0, 0.8, 0.6]),
    ("05",  2.0, [1.0; 12]),
    ("06", 30.0, [0.8, 0.8, 1.0, 1.1, 1.1, 1.2, 1.2, 1.1, 1.0, 1.0, 0.9, 0.8]),
    ("07",  6.0, [0.9, 0.8, 1.1, 1.1, 1.0, 1.0, 1.0, 1.1, 1.1, 1.0, 1.0, 0.9]),
    ("08",  6.0, [0.6, 0.6, 1.2, 1.3, 1.2, 1.0, 0.9, 1.0, 1.1, 1.2, 1.1, 0.8]),
    ("09", 12.0, [0.9, 0.9, 1.0, 1.0, 1.1, 1.1, 1.1, 1.1, 1.0, 1.0, 1.0, 0.9]),
    ("10",  3.0, [1.0; 12]),
    ("S01", 6.0, [1.3, 1.2, 1.0, 0.9, 0.9, 1.0, 1.0, 0.9, 0.9, 0.9, 1.0, 1.3]),
    ("S02", 9.0, [1.1, 1.1, 1.0, 0.9, 0.9, 1.1, 1.3, 1.2, 0.9, 0.8, 1.0, 1.1]),
    ("S03", 6.0, [1.1, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.1]),
    ("S04", 3.0, [1.3, 1.2, 1.0, 0.9, 0.9, 0.9, 1.1, 1.0, 0.9, 0.9, 1.0, 1.2]),
    ("S05", 1.2, [0.8, 0.6, 0.6, 0.7, 0.9, 1.5, 2.4, 2.0, 0.9, 0.5, 0.6, 0.7]),
    ("S",   4.0, [1.0; 12]),
];

/// Share of a day's reports in each hour.
#[rustfmt::skip] // a table
const HOURS: [f64; 24] = [
    0.2, 0.1, 0.1, 0.1, 0.2, 0.5, 1.5, 4.0, 8.5, 10.0, 9.5, 6.5, 3.0, 4.5, 8.5, 9.5, 8.5, 6.5, 4.5, 3.5, 2.8, 1.8, 1.0, 0.5,
];

/// Where and of what reports are.
pub struct Demand {
    grids: Vec<AreaId>,
    grid_sums: Vec<f64>,
    classes: Vec<ClassCode>,
    class_sums: Vec<Vec<f64>>,
    hour_sums: Vec<f64>,
    /// Shared by all months.
    days: Vec<(Date, f64)>,
}

impl Demand {
    /// Of a city between two days.
    pub fn new(city: &City, chance: &Chance, from: Date, to: Date) -> Demand {
        let grids: Vec<AreaId> = city.tree.at_level(Level::Grid).map(|a| a.id).collect();
        let mut places = chance.branch("places");
        let mut counties = std::collections::BTreeMap::new();
        let weights: Vec<f64> = grids
            .iter()
            .map(|grid| {
                let county = city.ancestors(*grid).county;
                let factor = *counties.entry(county).or_insert_with(|| places.between(0.6, 1.5));
                factor * places.around_one(0.7)
            })
            .collect();
        let open: Vec<&Class> = city.classes.open_classes().collect();
        let mut kinds = chance.branch("classes");
        let base: Vec<f64> = open.iter().map(|_| kinds.waiting() + 0.05).collect();
        let class_sums = (0..12).map(|month| cumulative(weights_of(&open, &base, month))).collect();
        let mut weather = chance.branch("days");
        let days =
            days(city, from, to).map(|day| (day, weight_of(city, day) * weather.around_one(0.12))).collect();
        Demand {
            grid_sums: cumulative(weights),
            grids,
            classes: open.iter().map(|c| c.code.clone()).collect(),
            class_sums,
            hour_sums: cumulative(HOURS),
            days,
        }
    }

    /// Moments of about `n` reports, in order.
    pub fn moments(&self, city: &City, chance: &Chance, n: usize) -> Vec<Timestamp> {
        let total: f64 = self.days.iter().map(|(_, weight)| weight).sum();
        let mut chance = chance.branch("moments");
        let mut moments = Vec::with_capacity(n);
        let mut owed = 0.0;
        for (day, weight) in &self.days {
            owed += n as f64 * weight / total;
            let midnight = city.zone.to_timestamp(day.at(0, 0, 0, 0)).expect("a day of a known year");
            while owed >= 1.0 {
                owed -= 1.0;
                let hour = chance.weighted(&self.hour_sums);
                let ms = (hour as f64 + chance.between(0.0, 1.0)) * 3_600_000.0;
                moments.push(midnight + SignedDuration::from_millis(ms as i64));
            }
        }
        moments.sort_unstable();
        moments
    }

    /// A grid.
    pub fn grid(&self, chance: &mut Chance) -> AreaId {
        self.grids[chance.weighted(&self.grid_sums)]
    }

    /// A class, as the month has it (1 to 12).
    pub fn class(&self, chance: &mut Chance, month: i8) -> &ClassCode {
        &self.classes[chance.weighted(&self.class_sums[usize::from(month.unsigned_abs()) - 1])]
    }
}

fn weights_of<'a>(open: &'a [&Class], base: &'a [f64], month: usize) -> impl Iterator<Item = f64> + 'a {
    open.iter().zip(base).map(move |(class, own)| {
        let group = GROUPS
            .iter()
            .filter(|(prefix, ..)| class.code.0.starts_with(prefix))
            .max_by_key(|(p, ..)| p.len());
        let n_same =
            |prefix: &str| open.iter().filter(|c| c.code.0.starts_with(prefix)).count().max(1) as f64;
        group.map_or(0.0, |(prefix, weight, months)| own * weight * months[month] / n_same(prefix))
    })
}

fn days(_: &City, from: Date, to: Date) -> impl Iterator<Item = Date> {
    from.series(jiff::Span::new().days(1)).take_while(move |day| *day < to)
}

/// A day of rest has fewer reports; more are found every year.
fn weight_of(city: &City, day: Date) -> f64 {
    let root = city.root().map(|root| city.ancestors(root.id)).unwrap_or_default();
    let rest = if city.calendar(&root).is_work_day(day) { 1.0 } else { 0.62 };
    let growth = 1.0 + 0.08 * f64::from(day.year() - 2024) + 0.08 * f64::from(day.day_of_year()) / 365.0;
    rest * growth
}

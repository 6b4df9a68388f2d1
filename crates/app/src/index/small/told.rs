//! What a year's counts say of areas, pure. Everything that is told is computed from what may be shown: counts that are
//! not hidden, and of hidden ones only sums over several areas that follow from shown ones anyway. So no smoothed value,
//! rank or chance gives a hidden count away, whatever is computed back from it.

use super::hide::{Cell, Rules, Year, hidden};
use ::index::IndexError;
use ::index::small_area::{
    Area, Belief, End, RELIABILITY_FLOOR, Shrunk, beta_binomial, gamma_poisson, posterior_ranks,
};
use domain::area::{Level, Tree};
use domain::framework::Shrink;
use domain::id::AreaId;
use std::collections::{BTreeMap, BTreeSet};

/// Draws of all areas together: a chance of 10 % is known to 1.5 points.
const DRAWS: usize = 400;
/// The same question gives the same answer.
const SEED: u64 = 1;
/// A chance says something beyond this multiple of what all areas have, or below one part in as many.
const TELLING: f64 = 2.0;

/// How counts become values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// What counts as few.
    pub rules: Rules,
    /// The model.
    pub model: Shrink,
    /// Value of one event for each unit of exposure: 100 of a share, 10,000 of a rate per 10k.
    pub scale: f64,
    /// Which end is the worse one.
    pub worst: End,
}

/// What is told of all areas of a level.
#[derive(Clone, Debug, PartialEq)]
pub struct Small {
    /// Each area, those to look at first before others.
    pub areas: Vec<SmallArea>,
    /// The mean of all, in the indicator's unit; `None` without events.
    pub mean: Option<f64>,
    /// How many areas are compared.
    pub n: usize,
    /// The chance to be among the worst tenth of an area of which nothing is known.
    pub chance: f64,
}

/// What is told of one area.
#[derive(Clone, Debug, PartialEq)]
pub struct SmallArea {
    /// Which.
    pub area: AreaId,
    /// Events and exposure; `None` when hidden.
    pub counts: Option<(f64, f64)>,
    /// The smoothed value, in the indicator's unit.
    pub value: Option<f64>,
    /// 90 % interval of the value.
    pub interval: Option<(f64, f64)>,
    /// Share of its difference from the mean that is no noise, 0 to 1.
    pub reliability: Option<f64>,
    /// Its chance to be among the worst tenth, where that says something or a rank is told.
    pub chance: Option<f64>,
    /// How much can be told.
    pub told: Told,
}

/// How much can be told of an area.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// Its rank among all areas of the level, 1 the worst.
    Rank(usize),
    /// Its chance to be among the worst tenth.
    Chance,
    /// Neither: what it differs from the others by is noise for the most part.
    Noise,
    /// Nothing: its counts are of few, or would give those of another away.
    Few,
    /// Nothing: a figure of some month is missing, or there was nothing to count.
    NoFigure,
}

impl Told {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Told::Rank(_) => "rank",
            Told::Chance => "chance",
            Told::Noise => "cannot be told: noise",
            Told::Few => "cannot be told: few",
            Told::NoFigure => "cannot be told: no figure",
        }
    }
}

/// An area with what is known of it.
struct Known {
    area: AreaId,
    cell: Option<Cell>,
    is_hidden: bool,
}

/// What can be told of the areas of a level from the counts of one or more years.
pub fn told(tree: &Tree, years: &[Year], level: Level, reading: Reading) -> Result<Small, IndexError> {
    // Of several years an area is shown when it is in each: so their sum tells nothing that each did not.
    let hidden: BTreeSet<AreaId> =
        years.iter().flat_map(|year| hidden(tree, year, level, reading.rules)).collect();
    let known: Vec<Known> = tree
        .at_level(level)
        .map(|area| Known {
            area: area.id,
            cell: over(years, level, area.id),
            is_hidden: hidden.contains(&area.id),
        })
        .collect();
    let fit = Fit::of(tree, &known, &hidden, reading)?;
    let n = known.iter().filter(|it| it.cell.is_some_and(|cell| it.is_hidden || cell.exposure > 0.0)).count();
    let chance = if n == 0 { 0.0 } else { n.div_ceil(10) as f64 / n as f64 };
    let mut told: Vec<(f64, SmallArea)> =
        known.iter().map(|it| one(it, fit.as_ref(), chance, reading)).collect();
    told.sort_by(|(a, one), (b, other)| {
        let later = |it: &SmallArea| !matches!(it.told, Told::Rank(_) | Told::Chance);
        let chance = |it: &SmallArea| it.chance.unwrap_or(0.0);
        (later(one).cmp(&later(other)))
            .then(chance(other).total_cmp(&chance(one)))
            .then(a.total_cmp(b))
            .then(one.area.cmp(&other.area))
    });
    let mean = fit.map(|fit| fit.mean * reading.scale);
    Ok(Small { areas: told.into_iter().map(|(_, it)| it).collect(), mean, n, chance })
}

/// Counts of all years together; not whole when a year is missing, `None` when all are.
fn over(years: &[Year], level: Level, area: AreaId) -> Option<Cell> {
    let own = || years.iter().map(|year| year.get(&level).and_then(|cells| cells.get(&area)).copied());
    let whole = own().all(|cell| cell.is_some());
    own().flatten().reduce(Cell::plus).map(|cell| Cell { whole: whole && cell.whole, ..cell })
}

/// An area's expected rank, to sort by, and what is told of it.
fn one(it: &Known, fit: Option<&Fit>, usual: f64, reading: Reading) -> (f64, SmallArea) {
    let nothing = SmallArea {
        area: it.area,
        counts: None,
        value: None,
        interval: None,
        reliability: None,
        chance: None,
        told: Told::NoFigure,
    };
    let Some(cell) = it.cell.filter(|cell| cell.whole) else { return (f64::MAX, nothing) };
    if it.is_hidden {
        return (f64::MAX, SmallArea { told: Told::Few, ..nothing });
    }
    let counts = Some((cell.events, cell.exposure));
    if cell.exposure <= 0.0 {
        return (f64::MAX, SmallArea { counts, ..nothing });
    }
    let Some(fitted) = fit.and_then(|fit| fit.areas.get(&it.area)) else {
        let value = Some(cell.events / cell.exposure * reading.scale);
        return (f64::MAX, SmallArea { counts, value, told: Told::Noise, ..nothing });
    };
    let (area, chance) = (fitted.area, fitted.chance);
    let says = chance > usual * TELLING || chance < usual / TELLING;
    let told = match fitted.rank {
        Some(rank) => Told::Rank(rank),
        None if says => Told::Chance,
        None => Told::Noise,
    };
    let scaled = |x: f64| x * reading.scale;
    let shown = SmallArea {
        area: it.area,
        counts,
        value: Some(scaled(area.shrunk)),
        interval: Some((scaled(area.interval.0), scaled(area.interval.1))),
        reliability: Some(area.reliability),
        chance: (told != Told::Noise).then_some(chance),
        told,
    };
    (fitted.expected, shown)
}

/// The smoothed areas that are shown.
struct Fit {
    mean: f64,
    areas: BTreeMap<AreaId, Fitted>,
}

struct Fitted {
    area: Area,
    expected: f64,
    chance: f64,
    rank: Option<usize>,
}

impl Fit {
    /// `None` when there are no two units to compare, or no events at all.
    ///
    /// Hidden areas take part as one unit for all below the same shown area. Within such a unit they do not differ,
    /// so the spread between areas is rather found too small than too large, and less is told rather than more.
    fn of(
        tree: &Tree,
        known: &[Known],
        hidden: &BTreeSet<AreaId>,
        reading: Reading,
    ) -> Result<Option<Fit>, IndexError> {
        let shown: Vec<(AreaId, Cell)> = known
            .iter()
            .filter(|it| !it.is_hidden)
            .filter_map(|it| Some((it.area, it.cell.filter(|cell| cell.exposure > 0.0)?)))
            .collect();
        let sums = groups(tree, known, hidden, reading.rules);
        let open = sums.iter().filter(|(sum, _)| sum.exposure > 0.0).map(|(sum, _)| *sum);
        let units: Vec<Cell> = shown.iter().map(|(_, cell)| *cell).chain(open).collect();
        let events: Vec<f64> = units.iter().map(|cell| cell.events).collect();
        let exposure: Vec<f64> = units.iter().map(|cell| cell.exposure).collect();
        if units.len() < 2 || events.iter().all(|count| *count == 0.0) {
            return Ok(None);
        }
        let fit = match reading.model {
            Shrink::GammaPoisson => gamma_poisson(&events, &exposure)?,
            Shrink::BetaBinomial => beta_binomial(&events, &exposure)?,
        };
        // Ranked are all areas, the hidden ones each as the mean of its unit.
        let mut areas = fit.areas[..shown.len()].to_vec();
        for (sum, n) in sums {
            let each = Cell { events: sum.events / n as f64, exposure: sum.exposure / n as f64, whole: true };
            let belief = belief(&fit, each, reading.model);
            let hidden =
                Area { raw: fit.mean, shrunk: fit.mean, reliability: 0.0, interval: (0.0, 0.0), belief };
            areas.extend(std::iter::repeat_n(hidden, n));
        }
        let all = Shrunk { areas, ..fit };
        let ranks = posterior_ranks(&all, reading.worst, DRAWS, SEED);
        let found = shown.iter().zip(all.areas.iter().zip(ranks)).map(|((id, _), (area, rank))| {
            let shown = rank.shown.filter(|_| area.reliability >= RELIABILITY_FLOOR);
            (*id, Fitted { area: *area, expected: rank.expected, chance: rank.top_tenth, rank: shown })
        });
        Ok(Some(Fit { mean: all.mean, areas: found.collect() }))
    }
}

/// Sums of hidden areas below the same shown one, and of how many. A sum from which one of them would follow is left
/// out, and they take part as areas of which nothing is known.
fn groups(tree: &Tree, known: &[Known], hidden: &BTreeSet<AreaId>, rules: Rules) -> Vec<(Cell, usize)> {
    let mut groups: BTreeMap<Option<AreaId>, Vec<Cell>> = BTreeMap::new();
    for it in known.iter().filter(|it| it.is_hidden) {
        let Some(cell) = it.cell else { continue };
        let above = tree.ancestors(it.area).unwrap_or_default();
        let shown = above.upwards().find(|id| *id != it.area && !hidden.contains(id));
        groups.entry(shown).or_default().push(cell);
    }
    let sum = |cells: Vec<Cell>| {
        let n = cells.len();
        let safe = rules.is_safe(&cells);
        (cells.into_iter().reduce(Cell::plus).filter(|_| safe).unwrap_or_default(), n)
    };
    groups.into_values().map(sum).collect()
}

/// What is believed of an area with these counts, by the spread that was found.
fn belief(fit: &Shrunk, cell: Cell, model: Shrink) -> Belief {
    let (m, between) = (fit.mean, fit.between);
    if between <= 0.0 {
        return Belief::Point { at: m };
    }
    match model {
        Shrink::GammaPoisson => {
            Belief::Gamma { shape: m * m / between + cell.events, rate: m / between + cell.exposure }
        }
        Shrink::BetaBinomial => {
            let strength = m * (1.0 - m) / between - 1.0;
            let without = cell.exposure - cell.events;
            Belief::Beta { a: m * strength + cell.events, b: (1.0 - m) * strength + without }
        }
    }
}

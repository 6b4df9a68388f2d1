//! The small areas as a city of three counties: what is hidden stays hidden, and what is told can be told.

use super::hide::{Cell, Counts, Rules, Year};
use super::told::{Reading, Small, Told, told};
use ::index::small_area::{End, Equation, recoverable};
use domain::area::{Area, AreaPath, Kind, Level, Tree};
use domain::framework::Shrink;
use domain::id::AreaId;
use std::collections::BTreeMap;

const BELOW: [Level; 3] = [Level::Township, Level::Community, Level::Grid];
const SHARE: Reading = Reading {
    rules: Rules { counts: Counts::BothSides, min_den: 20.0 },
    model: Shrink::BetaBinomial,
    scale: 100.0,
    worst: End::Lowest,
};
const RATE: Reading = Reading {
    rules: Rules { counts: Counts::Events, min_den: 0.0 },
    model: Shrink::GammaPoisson,
    scale: 10_000.0,
    worst: End::Highest,
};

fn area(id: u32, parent: Option<&Area>, kind: Kind, code: &str) -> Area {
    Area {
        id: AreaId(id),
        parent: parent.map(|it| it.id),
        level: kind.level(),
        code: code.parse().unwrap(),
        name_zh: "区域".to_owned(),
        name_en: "area".to_owned(),
        pinyin: String::new(),
        kind,
        valid_from: "2020-01-01".parse().unwrap(),
        valid_to: None,
        successors: Vec::new(),
        path: parent.map_or_else(|| AreaPath::root(AreaId(id)), |it| it.path.child(AreaId(id))),
        polygon: None,
    }
}

/// Three counties of so many townships, each of four communities of so many grids.
fn city(n_townships: u32, n_grids: u32) -> Tree {
    let mut all = vec![area(1, None, Kind::City, "3799")];
    let mut add = |parent: &Area, kind, code: String| {
        all.push(area(all.len() as u32 + 1, Some(parent), kind, &code));
        all[all.len() - 1].clone()
    };
    let city = area(1, None, Kind::City, "3799");
    for county in 1..=3 {
        let county = add(&city, Kind::District, format!("37990{county}"));
        for t in 1..=n_townships {
            let township = add(&county, Kind::Town, format!("{}1{t:02}", county.code));
            for c in 1..=4 {
                let community = add(&township, Kind::Village, format!("{}20{c}", township.code));
                for g in 1..=n_grids {
                    add(&community, Kind::Basic, format!("{}{g:03}", community.code));
                }
            }
        }
    }
    Tree::new(all).unwrap()
}

/// Numbers from 0 to below `n`, the same ones every time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % n) as f64
    }
}

/// A year of the city by its grids; every level above is their sum.
fn summed(tree: &Tree, grids: &BTreeMap<AreaId, Cell>) -> Year {
    let mut year = Year::new();
    for (id, cell) in grids {
        let above = tree.ancestors(*id).unwrap();
        for level in BELOW {
            let cells = year.entry(level).or_default();
            let none = Cell { whole: true, ..Cell::default() };
            let sum: &mut Cell = cells.entry(above.at(level).unwrap()).or_insert(none);
            *sum = sum.plus(*cell);
        }
    }
    year
}

fn grids(tree: &Tree, mut cell: impl FnMut(AreaId) -> (f64, f64)) -> BTreeMap<AreaId, Cell> {
    let cell = |it: &Area| {
        let (events, exposure) = cell(it.id);
        (it.id, Cell { events, exposure, whole: true })
    };
    tree.at_level(Level::Grid).map(cell).collect()
}

fn answers(tree: &Tree, years: &[Year], reading: Reading) -> Vec<Small> {
    BELOW.iter().map(|level| told(tree, years, *level, reading).unwrap()).collect()
}

fn is_shown(answers: &[Small], area: AreaId) -> bool {
    let mut all = answers.iter().flat_map(|it| &it.areas);
    all.find(|it| it.area == area).is_none_or(|it| it.counts.is_some())
}

#[test]
fn a_differencing_attack_recovers_nothing() {
    let tree = city(4, 6);
    let ids: Vec<AreaId> = tree.iter().map(|it| it.id).collect();
    let (mut n_hidden, mut n_shown) = (0, 0);
    for (reading, most) in [(RATE, 3), (RATE, 9), (RATE, 40), (SHARE, 60), (SHARE, 200)] {
        let mut dice = Dice(most);
        let mut year = || {
            summed(
                &tree,
                &grids(&tree, |_| {
                    let events = dice.below(most);
                    (events, events + dice.below(most) + 40.0)
                }),
            )
        };
        let years = [year(), year()];
        // Everything there is to ask: townships, communities and grids, of the first year, the second and both.
        let windows = [&years[..1], &years[1..], &years[..]].map(|window| answers(&tree, window, reading));
        // What the attacker knows: each area is the sum of those below it, each two years the sum of the years, and
        // the counties, and what is shown.
        let place =
            |window: usize, id: AreaId| window * ids.len() + ids.iter().position(|it| *it == id).unwrap();
        let mut sums = Vec::new();
        for id in &ids {
            sums.push(Equation { total: Some(place(2, *id)), parts: vec![place(0, *id), place(1, *id)] });
            let below: Vec<AreaId> = tree.children(*id).map(|it| it.id).collect();
            for window in (0..3).filter(|_| !below.is_empty()) {
                let parts = below.iter().map(|it| place(window, *it)).collect();
                sums.push(Equation { total: Some(place(window, *id)), parts });
            }
        }
        let all = (0..3).flat_map(|window| ids.iter().map(move |id| (window, *id)));
        let secret: Vec<usize> = all
            .filter(|(window, id)| !is_shown(&windows[*window], *id))
            .map(|(window, id)| place(window, id))
            .collect();
        assert_eq!(recoverable(3 * ids.len(), &sums, &secret), Vec::<usize>::new(), "most {most}");
        // And no count of few is shown as it is.
        for (year, window) in years.iter().zip(&windows) {
            for (level, small) in BELOW.iter().zip(window) {
                for it in &small.areas {
                    let cell = year[level][&it.area];
                    let sides = [cell.events, cell.exposure - cell.events];
                    let few = |n: &f64| (1.0..5.0).contains(n);
                    assert!(it.counts.is_none() || !few(&sides[0]), "{it:?}");
                    assert!(it.counts.is_none() || reading == RATE || !few(&sides[1]), "{it:?}");
                    n_shown += usize::from(it.counts.is_some());
                }
            }
        }
        n_hidden += secret.len();
    }
    assert!(n_hidden > 500 && n_shown > 500, "{n_hidden} {n_shown}");
}

#[test]
fn nothing_that_is_told_depends_on_what_is_hidden() {
    let tree = city(4, 6);
    for (reading, rest) in [(RATE, 400.0), (SHARE, 40.0)] {
        let mut dice = Dice(5);
        let one = grids(&tree, |_| (dice.below(12), 0.0));
        let one: BTreeMap<AreaId, Cell> =
            one.into_iter().map(|(id, cell)| (id, Cell { exposure: cell.events + rest, ..cell })).collect();
        let before = answers(&tree, &[summed(&tree, &one)], reading);
        // From hidden grids to hidden ones beside them: one event (and one case) more here and one less there.
        let mut other = one.clone();
        let mut n_moved = 0;
        for community in tree.at_level(Level::Community) {
            let few = |id: &AreaId, from: f64, to: f64| (from..=to).contains(&one[id].events);
            let own: Vec<AreaId> = tree.children(community.id).map(|it| it.id).collect();
            let giver = own.iter().find(|id| few(id, 2.0, 4.0));
            let taker = own.iter().find(|id| few(id, 1.0, 3.0) && Some(*id) != giver);
            let Some((giver, taker)) = giver.zip(taker) else { continue };
            for (id, sign) in [(giver, -1.0), (taker, 1.0)] {
                let cell = other.get_mut(id).unwrap();
                cell.events += sign;
                // The base figure of a rate is known and stays.
                cell.exposure += if reading == SHARE { sign } else { 0.0 };
            }
            n_moved += 1;
        }
        assert!(n_moved > 10, "{n_moved}");
        assert_eq!(before, answers(&tree, &[summed(&tree, &other)], reading));
    }
}

#[test]
fn a_rank_is_told_where_it_is_reliable_and_else_a_chance_or_nothing() {
    let tree = city(4, 6);
    let bad = |id: AreaId| id.0.is_multiple_of(11);
    // Many events: ranks. Those planted are the worst of all.
    let mut dice = Dice(3);
    let many = grids(&tree, |id| (60.0 + dice.below(20) + if bad(id) { 120.0 } else { 0.0 }, 12_000.0));
    let small = told(&tree, &[summed(&tree, &many)], Level::Grid, RATE).unwrap();
    assert!(small.areas.iter().all(|it| matches!(it.told, Told::Rank(_))));
    assert!(bad(small.areas[0].area) && small.areas[0].chance.unwrap() > 0.5);
    let (first, value) = (&small.areas[0], small.areas[0].value.unwrap());
    let (low, high) = first.interval.unwrap();
    assert!(low < value && value < high && value > small.mean.unwrap(), "{first:?}");

    // A share of which more is better: the worst are those with least.
    let share = grids(&tree, |id| (if bad(id) { 300.0 } else { 400.0 + dice.below(40) }, 500.0));
    let small = told(&tree, &[summed(&tree, &share)], Level::Grid, SHARE).unwrap();
    assert!(bad(small.areas[0].area) && small.areas[0].value.unwrap() < small.mean.unwrap());

    // A few events each: no rank, and a chance only where it says something.
    let some = grids(&tree, |id| (5.0 + dice.below(5) + if bad(id) { 9.0 } else { 0.0 }, 12_000.0));
    let small = told(&tree, &[summed(&tree, &some)], Level::Grid, RATE).unwrap();
    let count = |told: Told| small.areas.iter().filter(|it| it.told == told).count();
    assert!(bad(small.areas[0].area) && small.areas[0].told == Told::Chance, "{:?}", small.areas[0]);
    assert!(count(Told::Chance) > 20 && count(Told::Noise) > 20);
    for it in small.areas.iter().filter(|it| it.told != Told::Few) {
        let says = it.chance.is_some_and(|chance| chance > 2.0 * small.chance || chance < small.chance / 2.0);
        assert_eq!(it.told == Told::Chance, says, "{it:?}");
        assert!(it.reliability.unwrap() < 0.6);
    }

    // No event anywhere, or one area alone: nothing to tell, and no error.
    let none = grids(&tree, |_| (0.0, 12_000.0));
    let small = told(&tree, &[summed(&tree, &none)], Level::Grid, RATE).unwrap();
    assert!(small.mean.is_none() && small.areas.iter().all(|it| it.told == Told::Noise));
    let small = told(&tree, &[Year::new()], Level::Grid, RATE).unwrap();
    assert!(small.n == 0 && small.areas.iter().all(|it| it.told == Told::NoFigure));
}

#[test]
fn an_area_with_a_missing_month_is_no_hole_to_look_through() {
    let tree = city(4, 6);
    let mut dice = Dice(9);
    let all = grids(&tree, |_| (20.0 + dice.below(9), 12_000.0));
    let mut year = summed(&tree, &all);
    let lost = tree.at_level(Level::Grid).next().unwrap();
    let beside: Vec<AreaId> = tree.children(lost.parent.unwrap()).map(|it| it.id).collect();
    let cell = all[&lost.id];
    for cells in [None, Some(Cell { events: 3.0, whole: false, ..cell })] {
        let grids = year.get_mut(&Level::Grid).unwrap();
        match cells {
            None => grids.remove(&lost.id),
            Some(cell) => grids.insert(lost.id, cell),
        };
        let small = told(&tree, &[year.clone()], Level::Grid, RATE).unwrap();
        let told = |id: AreaId| small.areas.iter().find(|it| it.area == id).unwrap().told;
        assert_eq!(told(lost.id), Told::NoFigure);
        // Its count would be what its community has more than the others.
        assert!(beside.iter().any(|id| told(*id) == Told::Few));
    }
}

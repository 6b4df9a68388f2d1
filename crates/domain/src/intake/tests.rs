//! Figures are signed as they stand, and any change of one shows; what is looked at is told and not dropped.

use super::{Asked, Change, Figure, Known, Look, State, digest, look};
use crate::framework::{BaseRow, Framework, FrameworkDoc, FrameworkRow};
use crate::id::AreaId;
use crate::month::Month;
use std::collections::BTreeSet;

fn a_figure() -> Figure {
    Figure {
        indicator: "A0101".to_owned(),
        area: AreaId(3),
        month: "2026-09".parse().unwrap(),
        num: Some(41.0),
        den: Some(42.5),
        value: None,
        se: None,
        n: None,
        remark: None,
    }
}

/// What is signed and hashed keeps its form for ever: a changed line here breaks every signature there is.
#[test]
fn figures_are_hashed_in_this_form() {
    let text = r#"{"indicator":"A0101","area":3,"month":"2026-09","num":41.0,"den":42.5}"#;
    assert_eq!(serde_json::to_string(&a_figure()).unwrap(), text);
    assert_eq!(digest([&a_figure()]), crate::audit::sha256(format!("{text}\n").as_bytes()));
    let remarked = Figure { remark: Some("a flood".to_owned()), ..a_figure() };
    assert_ne!(digest([&remarked]), digest([&a_figure()]));
    assert_eq!(serde_json::from_str::<Figure>(text).unwrap(), a_figure());
}

#[test]
fn states_are_read_as_they_are_written() {
    for state in State::ALL {
        assert_eq!(State::parse(state.as_str()), Some(state));
    }
    assert_eq!(State::parse("gone"), None);
}

const HERE: AreaId = AreaId(3);

fn september() -> Month {
    "2026-09".parse().unwrap()
}

/// A share, a rate on the log scale, a survey and a base of the police; a share of the fire brigade; a computed one.
fn a_framework() -> Framework {
    let row = |code: &str, unit: &str, department: &str, standard: &str, source: &str| FrameworkRow {
        code: code.to_owned(),
        level: 1,
        parent: "INDEX".to_owned(),
        name_zh: code.to_owned(),
        name_en: code.to_owned(),
        unit: unit.to_owned(),
        direction: 1,
        dimension: "d".to_owned(),
        aspect: "a".to_owned(),
        department: department.to_owned(),
        scoring_standard: standard.to_owned(),
        weight: 0.2,
        source: source.to_owned(),
    };
    let rows = vec![
        row("share", "%", "police", "linear;bounds=fixed:80..100;num/den=sites;min_den=20", ""),
        row(
            "rate",
            "per 10k",
            "police",
            "linear;bounds=data:q05..q95;transform=log1p;den=people;min_den=1000",
            "",
        ),
        row("survey", "score", "police", "linear;bounds=fixed:0..100;design-se=required;min_n=300", ""),
        row("other", "%", "fire", "linear;bounds=fixed:80..100;num/den=sites", ""),
        row("ours", "%", "police", "linear;bounds=fixed:80..100;num/den=cases", "cases:handled-on-time"),
    ];
    let people = BaseRow {
        code: "people".to_owned(),
        name_zh: "人口".to_owned(),
        name_en: "people".to_owned(),
        unit: "persons".to_owned(),
        department: "police".to_owned(),
    };
    let doc = FrameworkDoc { due_day: 10, rows, bases: vec![people] };
    Framework::read(&doc, &|name| Some(name.to_owned())).unwrap()
}

fn of(indicator: &str, area: AreaId, month: Month) -> Figure {
    Figure { indicator: indicator.to_owned(), area, month, num: None, den: None, ..a_figure() }
}

fn share(num: f64, den: f64) -> Figure {
    Figure { num: Some(num), den: Some(den), ..of("share", HERE, september()) }
}

fn looked_at(figures: &[Figure], known: &Known) -> Look {
    let (framework, areas) = (a_framework(), BTreeSet::from([HERE]));
    look(&Asked {
        framework: &framework,
        department: "police",
        month: september(),
        areas: &areas,
        figures,
        known,
    })
}

fn faults(figure: Figure) -> Vec<(&'static str, String)> {
    let look = looked_at(&[figure], &Known::default());
    look.faults.into_iter().map(|fault| (fault.column, fault.why)).collect()
}

#[test]
fn what_cannot_be_is_named_with_its_column_and_the_fix() {
    let told = |figure, column: &str, part: &str| {
        let faults = faults(figure);
        assert!(faults.iter().any(|(at, why)| *at == column && why.contains(part)), "{part}: {faults:?}");
    };
    told(share(21.0, 20.0), "num", "21 of 20 is more than all");
    told(share(-1.0, 20.0), "num", "must be 0 or more");
    told(share(0.0, 0.0), "den", "the number of sites is 0 and must be above 0");
    told(share(f64::NAN, 20.0), "num", "it is no number");
    told(Figure { den: None, ..share(1.0, 1.0) }, "den", "the number of sites is missing");
    told(Figure { value: Some(95.1), ..share(19.0, 20.0) }, "value", "95.00 % and not 95.1");
    let rate = Figure { num: Some(3.0), ..of("rate", HERE, september()) };
    told(Figure { den: Some(9.0), ..rate.clone() }, "den", "people is a figure of its own");
    told(Figure { num: None, ..rate }, "num", "the number of events is missing");
    let survey =
        Figure { value: Some(71.0), se: Some(1.0), n: Some(400.0), ..of("survey", HERE, september()) };
    assert_eq!(faults(survey.clone()), []);
    told(Figure { se: None, ..survey.clone() }, "se", "the standard error is missing");
    told(Figure { n: None, ..survey.clone() }, "n", "the number of answers is missing");
    told(Figure { num: Some(1.0), ..survey }, "num", "leave it empty");
    told(of("people", HERE, september()), "value", "a base figure is missing");
    told(of("nothing", HERE, september()), "indicator", "no indicator and no base");
    told(Figure { indicator: "other".to_owned(), ..share(1.0, 1.0) }, "indicator", "handed in by fire");
    told(
        Figure { indicator: "ours".to_owned(), ..share(1.0, 1.0) },
        "indicator",
        "computed from the city's own",
    );
    told(Figure { month: september().plus(1), ..share(1.0, 1.0) }, "month", "it is of 2026-10");
    let twice = looked_at(&[share(19.0, 20.0), share(19.0, 20.0)], &Known::default());
    assert!(
        twice.faults[0].to_string().starts_with("figure 2, indicator: share of this area is there twice")
    );
    assert_eq!(faults(Figure { value: Some(95.04), ..share(19.0, 20.0) }), [], "rounded");
}

#[test]
fn a_figure_is_new_the_same_or_a_correction_and_the_rest_is_missing() {
    let known = Known::of([share(19.0, 20.0)]);
    let look = looked_at(&[share(19.0, 20.0)], &known);
    assert_eq!(look.figures[0].change, Change::Same);
    assert_eq!(look.figures[0].value, Some(95.0));
    let look = looked_at(&[share(18.0, 20.0)], &known);
    assert_eq!(look.figures[0].change, Change::Changed { before: Box::new(share(19.0, 20.0)) });
    let look = looked_at(&[], &known);
    let missing: Vec<&str> = look.missing.iter().map(|it| it.indicator.as_str()).collect();
    assert_eq!(
        missing,
        ["rate", "survey", "people"],
        "what others or the platform hand in is not asked of them"
    );
    let people = Figure { value: Some(5e5), ..of("people", HERE, september().plus(-7)) };
    let known = Known::of([people]);
    assert!(!looked_at(&[], &known).missing.iter().any(|it| it.indicator == "people"), "a base holds");
}

#[test]
fn a_rate_waits_for_its_base_and_small_denominators_are_told() {
    let rate = Figure { num: Some(3.0), ..of("rate", HERE, september()) };
    let look = looked_at(std::slice::from_ref(&rate), &Known::default());
    assert_eq!((look.figures[0].value, look.figures[0].lacks.as_deref()), (None, Some("people")));
    let people = |value| Figure { value: Some(value), ..of("people", HERE, september()) };
    let look = looked_at(&[rate.clone(), people(6e3)], &Known::default());
    assert_eq!((look.figures[0].value, look.figures[0].lacks.as_deref()), (Some(5.0), None));
    let look = looked_at(&[rate, people(999.0)], &Known::default());
    assert_eq!(look.figures[0].small, Some(999.0));
    assert_eq!(looked_at(&[share(9.0, 19.0)], &Known::default()).figures[0].small, Some(19.0));
    let survey =
        Figure { value: Some(71.0), se: Some(1.0), n: Some(299.0), ..of("survey", HERE, september()) };
    assert_eq!(looked_at(&[survey], &Known::default()).figures[0].small, Some(299.0));
}

/// `n` earlier months of a share, of 1,000 sites each.
fn earlier(area: AreaId, shares: &[f64]) -> impl Iterator<Item = Figure> {
    let months = (1..).map(|back| september().plus(-back));
    shares.iter().zip(months).map(move |(pct, month)| Figure {
        num: Some(pct * 10.0),
        den: Some(1_000.0),
        ..of("share", area, month)
    })
}

#[test]
fn far_from_its_own_months_is_implausible_by_the_robust_z() {
    let known = Known::of(earlier(HERE, &[90.0, 91.0, 92.0, 93.0, 94.0, 95.0, 96.0, 97.0]));
    let usual = looked_at(&[share(989.5, 1_000.0)], &known).figures[0].usual.unwrap();
    // Median 93.5, MAD 2: z = .6745 (98.95 - 93.5) / 2.
    assert!((usual.z - 0.6745 * 5.45 / 2.0).abs() < 1e-9, "{usual:?}");
    assert_eq!((usual.n, usual.pooled), (8, false));
    assert!(!usual.is_implausible());
    let far = &looked_at(&[share(83.0, 1_000.0)], &known).figures[0];
    assert!(far.is_implausible() && far.usual.unwrap().z < -28.0, "{far:?}");
}

#[test]
fn with_few_months_the_spread_is_that_of_all_areas() {
    let own = [90.0, 92.0];
    let known = |n_others: usize| {
        let others = earlier(AreaId(4), &[70.0, 71.0, 74.0, 70.0, 73.0, 72.0, 71.0, 72.0][..n_others]);
        Known::of(earlier(HERE, &own).chain(others))
    };
    let usual = looked_at(&[share(930.0, 1_000.0)], &known(6)).figures[0].usual.unwrap();
    // Own median 91; deviations 1, 1 and, from 71.5, 1.5, .5, 2.5, 1.5, 1.5, .5: their median is 1.25.
    assert!((usual.z - 0.6745 * 2.0 / 1.25).abs() < 1e-9, "{usual:?}");
    assert_eq!((usual.n, usual.pooled), (8, true));
    assert_eq!(looked_at(&[share(10.0, 1_000.0)], &known(5)).figures[0].usual, None, "too little is known");
    let elsewhere = Known::of(earlier(AreaId(4), &[70.0, 71.0, 74.0, 70.0, 73.0, 72.0, 71.0, 72.0]));
    assert!(looked_at(&[share(10.0, 1_000.0)], &elsewhere).figures[0].is_implausible());
}

#[test]
fn where_months_are_all_the_same_chance_sets_the_spread() {
    let always = Known::of(earlier(HERE, &[100.0; 12]));
    assert!(!looked_at(&[share(39.0, 40.0)], &always).figures[0].is_implausible(), "one of forty is chance");
    assert!(looked_at(&[share(30.0, 40.0)], &always).figures[0].is_implausible());
    let events = |month: Month, num: f64| Figure { num: Some(num), ..of("rate", HERE, month) };
    let people = Figure { value: Some(5e5), ..of("people", HERE, september().plus(-20)) };
    let never = (1..13).map(|back| events(september().plus(-back), 0.0)).chain([people.clone()]);
    let never = Known::of(never);
    assert!(!looked_at(&[events(september(), 1.0)], &never).figures[0].is_implausible());
    assert!(looked_at(&[events(september(), 10.0)], &never).figures[0].is_implausible());
    let held = (1..13).map(|back| Figure { month: september().plus(-back), ..people.clone() });
    let held = Known::of(held);
    let now = |value| Figure { value: Some(value), month: september(), ..people.clone() };
    assert!(!looked_at(&[now(5.1e5)], &held).figures[0].is_implausible());
    assert!(looked_at(&[now(5e4)], &held).figures[0].is_implausible(), "a digit is lost");
}

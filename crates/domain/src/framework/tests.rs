//! Frameworks that hold together, and what is told of those that do not.

use super::*;

fn demo() -> FrameworkDoc {
    let text = include_str!("../../../../demo/index_framework.csv");
    let rows = csv::Reader::from_reader(text.as_bytes()).deserialize().collect::<Result<_, _>>().unwrap();
    let base = |code: &str| BaseRow {
        code: code.to_owned(),
        name_zh: code.to_owned(),
        name_en: code.to_owned(),
        unit: "number".to_owned(),
        department: "市统计局".to_owned(),
    };
    let codes = ["population", "minors", "vehicles", "gdp", "floor_area", "systems", "lifts"];
    FrameworkDoc { due_day: 10, rows, bases: codes.map(base).to_vec() }
}

fn read(doc: &FrameworkDoc) -> Result<Framework, Vec<FrameworkFault>> {
    Framework::read(doc, &|name| name.starts_with('市').then(|| format!("unit of {name}")))
}

fn fault(change: impl FnOnce(&mut FrameworkDoc)) -> FrameworkFault {
    let mut doc = demo();
    change(&mut doc);
    let mut faults = read(&doc).unwrap_err();
    assert_eq!(faults.len(), 1, "{faults:?}");
    faults.remove(0)
}

#[test]
fn the_framework_of_the_demo_city_has_5_45_and_88_nodes_of_28_departments() {
    let framework = read(&demo()).unwrap();
    let at = |level| framework.nodes.iter().filter(|node| node.row.level == level).count();
    assert_eq!((at(1), at(2), framework.indicators.len()), (5, 45, 88));
    assert_eq!(framework.departments().len(), 28);
    assert_eq!(framework.root, "INDEX");
    assert_eq!(framework.longest_window(), Some(60));
    let node = &framework.nodes[0];
    assert_eq!((node.mean, node.alternative), (Mean::Arithmetic, Some(Mean::Geometric)));
}

#[test]
fn a_standard_says_what_is_measured_and_how_it_is_scaled() {
    let framework = read(&demo()).unwrap();
    let fires = &framework.indicator("E0101").unwrap().standard;
    assert_eq!(fires.measure, Measure::Rate { base: "population".to_owned(), scale: 1e4 });
    assert_eq!(fires.bounds, BoundsBy::Data { lower: 0.05, upper: 0.95 });
    assert_eq!((fires.window_months, fires.transform), (Some(36), Transform::Log1p));
    let sites = &framework.indicator("A0101").unwrap().standard;
    assert_eq!(sites.measure, Measure::Share { of: "sites".to_owned() });
    assert_eq!((sites.min_den, sites.shrink), (20.0, Some(Shrink::BetaBinomial)));
    let felt = &framework.indicator("A0801").unwrap().standard;
    assert_eq!((felt.needs_se, felt.min_n, felt.measure.clone()), (true, 100, Measure::Plain));
    let drills = &framework.indicator("E1101").unwrap().standard;
    assert_eq!(drills.outlier, Some(Outlier { iqr: 3.0, mad: 3.5 }));
    let scale = |code: &str| match framework.indicator(code).unwrap().standard.measure {
        Measure::Rate { scale, .. } => scale,
        _ => 0.0,
    };
    let scales = ["E0301", "E0902", "D0102", "E0802", "C0102"].map(scale).map(|it| it as u64);
    assert_eq!(scales, [100_000_000, 1_000_000, 1, 1_000, 100_000]);
}

#[test]
fn steps_and_vetoes_are_standards_too() {
    let it = Standard::parse("points: 0>100, 5>60, 20>0; veto=above:30", "days").unwrap();
    assert_eq!(it.curve, Curve::Points(vec![(0.0, 100.0), (5.0, 60.0), (20.0, 0.0)]));
    assert_eq!(it.veto_above, Some(30.0));
}

#[test]
fn a_fault_of_the_grammar_points_at_the_character() {
    let wrong = |text: &str| {
        let wrong = Standard::parse(text, "%").unwrap_err();
        (wrong.at + 1, wrong.why)
    };
    for (text, at, says) in [
        ("", 1, "begins with linear"),
        ("lineal;bounds=fixed:0..1", 1, "begins with linear"),
        ("linear", 1, "needs bounds"),
        ("linear;bounds=fixed:80..x", 25, "a number belongs here"),
        ("linear;bounds=fixed:100..80", 21, "must be below"),
        ("linear;bounds=data:q95..q05", 20, "must be below"),
        ("linear;bounds=data:5..95", 20, "q05"),
        ("linear;bounds=fixed:0..1;cap=up", 30, "one of both, none"),
        ("linear;bounds=fixed:0..1;capp=both", 26, "not a key"),
        ("linear;bounds=fixed:0..1;bounds=fixed:0..2", 26, "twice"),
        ("linear;bounds=fixed:0..1;window=36m", 1, "belong to bounds=data"),
        ("linear;bounds=data:q05..q95;window=36", 36, "in months"),
        ("linear;bounds=fixed:0..1;den=population", 1, "per how many"),
        ("linear;bounds=fixed:0..1;num/den=a;eb=gamma-poisson", 1, "beta-binomial"),
        ("linear;bounds=fixed:0..1;min_den=0", 34, "above zero"),
        ("points:0>1", 8, "at least two"),
        ("points:5>1,0>2", 12, "ascend"),
        ("linear;bounds=fixed:0..1;veto=3", 31, "veto=above:3"),
        ("linear；bounds=fixed:0..1", 1, "begins with linear"),
        ("linear;指标=1", 8, "not a key"),
    ] {
        let (found, why) = wrong(text);
        assert!(found == at && why.contains(says), "{text:?}: character {found}: {why}");
    }
}

#[test]
fn a_fault_of_the_tree_names_row_and_column() {
    let it = fault(|doc| doc.rows[2].weight = 0.4);
    assert_eq!((it.row, it.column), (3, "weight"));
    assert!(it.why.contains("below A01 sum to 0.9"), "{}", it.why);
    let it = fault(|doc| doc.rows[5].code = "A0101".to_owned());
    assert_eq!((it.row, it.column), (6, "code"));
    let it = fault(|doc| doc.rows[2].level = 2);
    assert_eq!((it.row, it.column), (3, "level"));
    let it = fault(|doc| doc.rows[2].department = "某局".to_owned());
    assert_eq!((it.row, it.column), (3, "department"));
    let it = fault(|doc| doc.rows[2].direction = 0);
    assert_eq!((it.row, it.column), (3, "direction"));
    let it = fault(|doc| doc.rows[1].scoring_standard = "weighted harmonic mean of level-3".to_owned());
    assert_eq!((it.row, it.character), (2, Some(10)));
    let it = fault(|doc| doc.due_day = 31);
    assert_eq!((it.row, it.column), (0, "due_day"));
    let it = fault(|doc| doc.bases[1].code = "children".to_owned());
    assert_eq!((it.row, it.character), (70, Some(100)));
    assert!(it.why.contains("minors"), "{}", it.why);
}

#[test]
fn a_source_is_read_with_the_framework_and_must_fit_its_standard() {
    let change = |code: &'static str, source: &'static str| {
        move |doc: &mut FrameworkDoc| {
            doc.rows.iter_mut().find(|row| row.code == code).unwrap().source = source.to_owned();
        }
    };
    let found = fault(change("A0301", "cases:solved"));
    assert_eq!((found.column, found.character), ("source", Some(7)));
    let found = fault(change("E0101", "cases:resolved"));
    assert!(found.why.contains("num/den="), "{found}");
    let found = fault(change("C0402", "cases:resolved"));
    assert!(found.why.contains("leave out design-se"), "{found}");
    let mut doc = demo();
    change("C0402", "cases:satisfied")(&mut doc);
    let framework = read(&doc).unwrap();
    let own = framework.indicator("C0402").unwrap();
    assert_eq!(own.source.as_ref().map(|it| it.measure), Some(CaseMeasure::Satisfied));
    assert!(
        framework.departments().values().all(|codes| !codes.contains(&"C0402")),
        "nobody is asked for it"
    );
}

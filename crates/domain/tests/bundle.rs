//! The demo bundle keeps the promises of the types it is read into: classes, units, texts.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use domain::area::Kind;
use domain::class::{ClassRow, Dictionary, Label};
use domain::clock::{SpanKind, Stage};
use domain::id::{AreaId, UnitId};
use domain::routing::{Known, Matrix, MatrixRow, OfficeRow, Offices, Place, gaps, plan_offices};
use serde::Deserialize;

#[test]
fn the_bundled_dictionaries_are_valid_together() {
    let dictionary = demo_dictionary();
    let of_major = |major: &str| dictionary.classes().filter(|c| c.major.code == major).count();
    assert_eq!(["06", "07", "08", "09", "10"].map(of_major).iter().sum::<usize>(), 97);
    assert_eq!(dictionary.majors().len(), 19);
    assert!((60..=95).contains(&dictionary.classes().filter(|c| c.major.code.starts_with('S')).count()));
}

#[test]
fn what_comes_from_the_standard_keeps_its_code_and_what_does_not_stays_out_of_its_numbers() {
    for class in demo_dictionary().classes() {
        if class.standard.is_empty() {
            let is_local = class.code.0.starts_with('S') || class.code.0[2..].parse::<u32>().unwrap() >= 80;
            assert!(is_local, "{} stands among the standard's numbers", class.code);
        } else {
            assert_eq!(class.standard_code, class.code.0);
        }
    }
}

#[test]
fn whoever_may_be_in_danger_is_not_made_to_wait_for_office_hours() {
    use domain::class::Urgency::Emergency;
    for class in demo_dictionary().classes().filter(|c| c.urgency == Emergency) {
        let kinds: BTreeSet<SpanKind> = Stage::ALL.map(|s| class.clocks.of(s).kind()).into();
        let waits = kinds.into_iter().any(SpanKind::counts_work);
        assert!(!waits, "{} {}: a stage counts work time only", class.code, class.name.en);
    }
}

#[test]
fn what_is_said_in_a_home_is_private() {
    let dictionary = demo_dictionary();
    let mut visits = dictionary.classes().filter(|c| c.major.name.en == "Visit follow-ups").peekable();
    assert!(visits.peek().is_some() && visits.all(|c| c.private));
}

#[test]
fn twenty_eight_departments_answer_for_the_city() {
    let offices: Vec<OfficeRow> = rows("demo/units.csv");
    assert_eq!(offices.iter().filter(|o| o.kinds == "city").count(), 28);
}

#[test]
fn the_matrix_leaves_exactly_the_gaps_it_means_to_leave() {
    let (matrix, places) = demo_matrix();
    let dictionary = demo_dictionary();
    let found = gaps(dictionary.open_classes().map(|c| &c.code), &places, &matrix);
    let whole_city = places.len() as u32;
    let mut everywhere =
        found.iter().filter(|g| g.n_places == whole_city).map(|g| g.class.0.as_str()).collect::<Vec<_>>();
    everywhere.sort_unstable();
    assert_eq!(everywhere, ["05083", "05089", "S0709"]);
    let in_part: BTreeSet<_> =
        found.iter().filter(|g| g.n_places < whole_city).map(|g| g.class.0.as_str()).collect();
    assert_eq!(in_part, ["05088"].into());
}

#[test]
fn every_class_has_texts_and_every_slot_is_known() {
    let slots = [
        "road", "cross", "estate", "village", "spot", "shop", "build", "thing", "class", "n", "m", "time",
        "days", "who",
    ];
    let reports: Reports = toml::from_str(&text("demo/texts/reports.toml")).unwrap();
    let acts: Acts = toml::from_str(&text("demo/texts/acts.toml")).unwrap();
    for class in demo_dictionary().classes() {
        for groups in [&reports.group, &acts.handling] {
            let serves = |g: &Group| g.classes.iter().any(|beginning| class.code.0.starts_with(beginning));
            assert!(groups.iter().any(serves), "{} {} has no texts", class.code, class.name.zh);
        }
    }
    let patterns: BTreeSet<&String> = reports.group.iter().flat_map(|g| &g.texts).collect();
    assert!(patterns.len() >= 250, "{}", patterns.len());
    let of_acts = acts.lists.values().chain(&acts.handling).flat_map(|g| &g.texts);
    for pattern in patterns.into_iter().chain(of_acts) {
        let unknown: Vec<&str> =
            slots_of(pattern).filter(|slot| *slot != "unit" && !slots.contains(slot)).collect();
        assert!(unknown.is_empty(), "{pattern}: {unknown:?}");
    }
}

#[derive(Deserialize)]
struct Reports {
    group: Vec<Group>,
}

#[derive(Deserialize)]
struct Acts {
    handling: Vec<Group>,
    #[serde(flatten)]
    lists: BTreeMap<String, Group>,
}

#[derive(Deserialize)]
struct Group {
    #[serde(default)]
    classes: Vec<String>,
    texts: Vec<String>,
}

fn slots_of(pattern: &str) -> impl Iterator<Item = &str> {
    pattern.split('{').skip(1).map(|rest| rest.split('}').next().unwrap())
}

/// The matrix over the city, its counties and townships, and one community of each township.
fn demo_matrix() -> (Matrix, Vec<Place>) {
    #[derive(Deserialize)]
    struct High {
        code: String,
        kind: String,
    }
    #[derive(Deserialize)]
    struct Township {
        township_code: String,
        county_code: String,
    }
    let mut kinds: BTreeMap<String, (AreaId, Kind)> = BTreeMap::new();
    let mut add = |code: &str, kind| {
        *kinds.entry(code.to_owned()).or_insert((AreaId(code.parse::<u64>().unwrap() as u32), kind))
    };
    let high: Vec<High> = rows("demo/areas/city_and_counties.csv");
    for area in &high {
        add(&area.code, area.kind.parse().unwrap());
    }
    let city = add("3715", Kind::City);
    let mut places = Vec::new();
    for t in rows::<Township>("demo/areas/townships_to_11_counties.csv") {
        let kind = if t.township_code[6..] < *"100" { Kind::Street } else { Kind::Town };
        let (county, township) = (add(&t.county_code, Kind::District), add(&t.township_code, kind));
        let community = add(&format!("{}001", t.township_code), Kind::Village);
        places.push(Place::new(vec![city, county, township, community], township.0).unwrap());
    }
    let name = Label::new("某地", "somewhere");
    let planned = plan_offices(
        &rows::<OfficeRow>("demo/units.csv"),
        kinds.values().map(|(id, kind)| (*id, *kind, &name)),
    )
    .unwrap();
    let offices =
        Offices::new((1..).zip(planned).map(|(id, office)| (office.department, office.area, UnitId(id))));
    let dictionary = demo_dictionary();
    let known = Known { area: &|code| kinds.get(code).map(|(id, _)| *id), dictionary: &dictionary };
    let lines: Vec<MatrixRow> = rows("demo/responsibility.csv");
    (Matrix::read(&lines, offices, known).unwrap_or_else(|faults| panic!("{faults}")), places)
}

fn demo_dictionary() -> Dictionary {
    let files = ["demo/classes/city-management.csv", "demo/classes/community.csv"];
    let rows: Vec<ClassRow> = files.into_iter().flat_map(rows).collect();
    Dictionary::new(1, &rows).unwrap_or_else(|faults| panic!("{faults}"))
}

fn rows<T: for<'a> Deserialize<'a>>(path: &str) -> Vec<T> {
    csv::Reader::from_reader(text(path).as_bytes()).deserialize().collect::<Result<_, _>>().unwrap()
}

#[allow(clippy::disallowed_methods, reason = "tests of the bundle read the bundle")]
fn text(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

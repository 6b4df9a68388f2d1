//! What the index says of areas below the counties, over HTTP: counts of few are for nobody, and nothing gives them away.

use ::index::small_area::{Equation, recoverable};
use domain::area::Level;
use domain::id::{AreaId, IntakeId};
use domain::intake::{Figure, State, digest};
use domain::month::Month;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use store::Batch;
use store::intake::{Given, Intake, sign};
use store::testing::on_both;
use uuid::Uuid;

use crate::editions::published;
use crate::hall::{Hall, hall};

/// Grids of the city and their events of a year.
const GRIDS: [(u32, f64); 6] = [(10, 3.0), (11, 27.0), (12, 36.0), (13, 90.0), (14, 0.0), (15, 15.0)];

/// Which areas lie in which: a community has two grids and is the only one of its township.
fn above(grid: u32) -> [(Level, u32); 3] {
    let township = 4 + (grid - 10) / 2;
    [(Level::Township, township), (Level::Community, township + 3), (Level::Grid, grid)]
}

/// Figures of twelve months to January 2026 of every level, each the sum of those below it.
async fn figures(hall: &Hall) {
    let at = "2026-02-01T00:00:00Z".parse().unwrap();
    let mut totals: BTreeMap<(Level, u32), (f64, f64)> = BTreeMap::new();
    for (grid, events) in GRIDS {
        for key in above(grid) {
            let sum = totals.entry(key).or_default();
            *sum = (sum.0 + events, sum.1 + 1_000.0);
        }
    }
    for (n, month) in Month::range("2025-02".parse().unwrap(), "2026-01".parse().unwrap()).enumerate() {
        let mut given = Vec::new();
        for ((level, area), (events, people)) in &totals {
            let empty = Figure {
                indicator: "A1".to_owned(),
                area: AreaId(*area),
                month,
                num: None,
                den: None,
                value: None,
                se: None,
                n: None,
                remark: None,
            };
            // A twelfth each, and what is left over in the last month.
            let each = (events / 12.0).floor();
            let num = if n == 11 { events - 11.0 * each } else { each };
            given.push((*level, Figure { num: Some(num), ..empty.clone() }));
            let base = Figure { indicator: "population".to_owned(), value: Some(*people), ..empty };
            given.push((*level, base));
        }
        let all: Vec<Figure> = given.iter().map(|(_, figure)| figure.clone()).collect();
        let id = IntakeId(Uuid::from_u128(1_000 + n as u128));
        let intake = Intake {
            id,
            key: digest(&all),
            department: "roads.3799".to_owned(),
            month,
            state: State::Saved,
            person: None,
            note: String::new(),
            file: None,
            saved: at,
            ended_by: None,
            signed: None,
            discarded: None,
            n_figures: all.len() as u32,
            n_changed: 0,
            n_doubts: 0,
        };
        let given: Vec<Given> =
            given.into_iter().map(|(level, figure)| Given { figure, level, z: None }).collect();
        let batch = intake.insert(Batch::new("intake"), &given).with(sign(id, None, at));
        hall.app.store.commit(batch).await.unwrap();
    }
}

fn path(level: &str) -> String {
    format!("/api/v1/index/small?indicator=A1&level={level}&month=2026-01")
}

#[tokio::test]
async fn the_answers_of_all_levels_together_give_no_hidden_count_away() {
    on_both(async |store| {
        let hall = hall(store).await;
        published(&hall).await;
        figures(&hall).await;
        let mut shown: BTreeMap<String, Value> = BTreeMap::new();
        // Whoever asks is told the same.
        for level in ["township", "community", "grid"] {
            let own = hall.get("worker", &path(level)).await;
            assert_eq!(own.status, 200, "{}", own.json);
            assert_eq!(own.json, hall.get("leader", &path(level)).await.json);
            for item in own.json["items"].as_array().unwrap() {
                shown.insert(item["area"].as_str().unwrap().to_owned(), item.clone());
            }
        }
        let city = hall.app.city();
        let cells: Vec<AreaId> = city.tree.iter().map(|it| it.id).collect();
        let place = |id: AreaId| cells.iter().position(|it| *it == id).unwrap();
        let sums = cells.iter().map(|id| Equation {
            total: Some(place(*id)),
            parts: city.tree.children(*id).map(|it| place(it.id)).collect(),
        });
        let sums: Vec<Equation> = sums.filter(|it| !it.parts.is_empty()).collect();
        let hidden: Vec<&str> =
            shown.iter().filter(|(_, it)| it["events"].is_null()).map(|(code, _)| code.as_str()).collect();
        let secret: Vec<usize> =
            hidden.iter().map(|code| place(city.area_by_text(code).unwrap().id)).collect();
        assert_eq!(recoverable(cells.len(), &sums, &secret), Vec::<usize>::new());
        // The three of the first grid, and those beside them that would tell.
        let grids: Vec<String> =
            [10, 11].map(|id| city.tree.get(AreaId(id)).unwrap().code.to_string()).to_vec();
        assert_eq!(hidden, grids);
        for code in hidden {
            let it = &shown[code];
            assert_eq!(it["told"], "cannot be told: few");
            for name in ["exposure", "value", "interval", "reliability", "rank", "chance_worst_tenth"] {
                assert!(it[name].is_null(), "{name} of {it}");
            }
        }
        assert_eq!(shown["379901100201002"]["events"], 90.0);
        assert_eq!(shown["379901100201002"]["exposure"], 12_000.0);
    })
    .await;
}

#[tokio::test]
async fn small_areas_come_page_by_page_with_the_worst_first() {
    on_both(async |store| {
        let hall = hall(store).await;
        let none = hall.get("worker", &path("grid")).await;
        assert_eq!(none.status, 404, "nothing is published yet");
        published(&hall).await;
        figures(&hall).await;
        let page = hall.get("worker", &format!("{}&limit=1", path("grid"))).await;
        let first = &page.json["items"][0];
        assert_eq!((first["told"].clone(), first["rank"].clone()), (json!("rank"), json!(1)), "{first}");
        // Of this indicator more is better: the worst is where nothing was.
        assert_eq!((first["area"].clone(), first["events"].clone()), (json!("379902100201001"), json!(0.0)));
        assert_eq!((page.json["first"].clone(), page.json["next"].clone()), (json!("2025-02"), json!("1")));
        let rest = hall.get("worker", &format!("{}&cursor=1", path("grid"))).await;
        assert_eq!((rest.json["items"].as_array().unwrap().len(), &rest.json["next"]), (5, &Value::Null));
        let within = hall.get("worker", &format!("{}&within=379902", path("grid"))).await;
        assert_eq!((within.json["items"].as_array().unwrap().len(), &within.json["of"]), (2, &json!(6)));
        // Two years are not there: the figures of the first are missing.
        let long = hall.get("worker", &format!("{}&months=24", path("grid"))).await;
        let told = |it: &Value| it["told"] == "cannot be told: no figure" && it["events"].is_null();
        assert!(long.json["items"].as_array().unwrap().iter().all(told), "{}", long.json);
        for (more, field) in [("&months=13", "/months"), ("&limit=0", "?limit"), ("&level=county", "")] {
            let wrong = hall.get("worker", &format!("{}{more}", path("grid"))).await;
            assert_eq!(wrong.status, 422, "{field} {}", wrong.json);
        }
        let later = path("grid").replace("2026-01", "2026-02");
        assert_eq!(hall.get("worker", &later).await.problem(), (422, "invalid", "/month"));
        let plain = path("grid").replace("A1", "A2");
        assert_eq!(hall.get("worker", &plain).await.problem(), (422, "invalid", "/indicator"));
        assert_eq!(hall.get("worker", &path("grid").replace("A1", "Z")).await.status, 404);
    })
    .await;
}

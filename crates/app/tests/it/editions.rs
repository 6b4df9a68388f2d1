//! Editions of the index: made of what was known, by two people, frozen; a correction makes the next revision.

use app::AppError;
use app::index::edition::{Draft, archive_of, discard, draft, list, of_month, publish, review};
use app::index::framework::{FRAMEWORK, framework, preview, save};
use app::index::opened::{open, unpack};
use app::index::{archive, backcast};
use domain::area::Level;
use domain::edition::State;
use domain::framework::{BaseRow, FrameworkDoc, FrameworkRow};
use domain::id::{AreaId, EditionId, IntakeId};
use domain::intake::{Figure, State as IntakeState, digest};
use domain::month::Month;
use domain::policy::{Actor, Role};
use jiff::Timestamp;
use store::Batch;
use store::edition::Listed;
use store::intake::{Given, Intake, sign};
use store::testing::on_both;

use super::city::{CITY, EAST, WEST};
use super::hall::{Hall, hall, handler, leader, person, resident};

fn analyst(n: u128) -> Actor {
    Actor { person: Some(person(7000 + n)), role: Role::Analyst, ..leader(CITY) }
}

fn row(code: &str, level: u8, parent: &str, standard: &str, weight: f64) -> FrameworkRow {
    FrameworkRow {
        code: code.to_owned(),
        level,
        parent: parent.to_owned(),
        name_zh: format!("指标{code}"),
        name_en: format!("Indicator {code}"),
        unit: if level == 3 { "per 10k" } else { "score" }.to_owned(),
        direction: if code == "A11" { -1 } else { 1 },
        dimension: "d".to_owned(),
        aspect: "a".to_owned(),
        department: "roads.3799".to_owned(),
        scoring_standard: standard.to_owned(),
        weight,
        source: String::new(),
    }
}

fn rules() -> FrameworkDoc {
    let mean = |level: u8| format!("weighted arithmetic mean of level-{level}");
    let fires = "linear;bounds=data:q05..q95;window=36m;transform=log1p;den=population;eb=gamma-poisson";
    FrameworkDoc {
        due_day: 10,
        rows: vec![
            row("A", 1, "INDEX", &mean(2), 1.0),
            row("A1", 2, "A", &mean(3), 1.0),
            row("A11", 3, "A1", fires, 0.5),
            row("A12", 3, "A1", "linear;bounds=fixed:0..10", 0.5),
        ],
        bases: vec![BaseRow {
            code: "population".to_owned(),
            name_zh: "人口".to_owned(),
            name_en: "Residents".to_owned(),
            unit: "number".to_owned(),
            department: "roads.3799".to_owned(),
        }],
    }
}

fn figure(indicator: &str, area: AreaId, month: Month) -> Figure {
    Figure {
        indicator: indicator.to_owned(),
        area,
        month,
        num: None,
        den: None,
        value: None,
        se: None,
        n: None,
        remark: None,
    }
}

/// What a department stands for at that moment.
async fn hand_in(hall: &Hall, month: Month, at: Timestamp, figures: Vec<Figure>) {
    let id = IntakeId(hall.fresh());
    let intake = Intake {
        id,
        key: digest(&figures),
        department: "roads.3799".to_owned(),
        month,
        state: IntakeState::Saved,
        person: None,
        note: String::new(),
        file: None,
        saved: at,
        ended_by: None,
        signed: None,
        discarded: None,
        n_figures: figures.len() as u32,
        n_changed: 0,
        n_doubts: 0,
    };
    let given: Vec<Given> =
        figures.into_iter().map(|figure| Given { figure, level: Level::County, z: None }).collect();
    let batch = intake.insert(Batch::new("intake"), &given).with(sign(id, None, at));
    hall.app.store.commit(batch).await.unwrap();
}

fn month(n: i32) -> Month {
    "2025-02".parse::<Month>().unwrap().plus(n)
}

/// Twelve months to January 2026, all signed on the first of February.
async fn a_year(hall: &Hall) {
    let at = "2026-02-01T00:00:00Z".parse().unwrap();
    for n in 0..12 {
        let mut figures = Vec::new();
        for (area, people) in [(EAST, 300_000.0), (WEST, 200_000.0)] {
            if n == 0 {
                figures.push(Figure { value: Some(people), ..figure("population", area, month(n)) });
            }
            let fires = 30.0 + f64::from((n * 7 + area.0 as i32 * 5) % 9);
            figures.push(Figure { num: Some(fires), ..figure("A11", area, month(n)) });
            figures.push(Figure { value: Some(f64::from(area.0) + 1.0), ..figure("A12", area, month(n)) });
        }
        hand_in(hall, month(n), at, figures).await;
    }
}

async fn ready(store: store::Store) -> Hall {
    let hall = hall(store).await;
    assert_eq!(save(&hall.app, &analyst(1), Some(0), &rules()).await.unwrap(), 1);
    a_year(&hall).await;
    hall
}

impl Hall {
    fn wants(&self, n: i32, note: &str) -> Draft {
        Draft { id: EditionId(self.fresh()), month: month(n), known: None, note: note.to_owned() }
    }
}

#[tokio::test]
async fn a_framework_is_tried_before_it_is_kept_and_every_fault_named() {
    on_both(async |store| {
        let hall = hall(store).await;
        let (app, who) = (&hall.app, analyst(1));
        let told = preview(app, &who, &rules()).await.unwrap();
        assert_eq!((told.rows.added.len(), told.bases.added.len()), (4, 1));
        assert_eq!(save(app, &who, Some(0), &rules()).await.unwrap(), 1);
        let kept = framework(app).await.unwrap();
        assert_eq!((kept.version, kept.body.rows[2].department.as_str()), (1, "roads.3799"));
        let mut other = rules();
        other.rows[2].weight = 0.6;
        other.rows[3].weight = 0.4;
        let told = preview(app, &who, &other).await.unwrap();
        assert_eq!(told.rows.changed.len(), 2);
        other.rows[3].scoring_standard = "linear;bounds=fixed:0..x".to_owned();
        let Err(AppError::Invalid(fields)) = save(app, &who, Some(1), &other).await else { panic!() };
        assert_eq!(fields[0].path, "/rows/3/scoring_standard");
        assert!(fields[0].detail.contains("row 4, character 24"), "{}", fields[0].detail);
        let foreign = save(app, &leader(CITY), Some(1), &rules()).await;
        assert!(matches!(foreign, Err(AppError::NotFound { .. })));
        assert!(matches!(save(app, &who, Some(0), &rules()).await, Err(AppError::Stale { now: 1 })));
        assert_eq!(FRAMEWORK, "framework");
    })
    .await;
}

#[tokio::test]
async fn an_edition_needs_two_people_and_stays_as_it_was_published() {
    on_both(async |store| {
        let hall = ready(store).await;
        let (app, maker, boss) = (&hall.app, analyst(1), leader(CITY));
        let asked = hall.wants(11, "");
        let made = draft(app, &maker, &asked).await.unwrap();
        assert_eq!((made.revision, made.state), (0, State::Draft));
        assert_eq!(draft(app, &maker, &asked).await.unwrap(), made, "the same twice is one");
        let other = Draft { month: month(10), ..asked.clone() };
        assert!(matches!(draft(app, &maker, &other).await, Err(AppError::KeyReused)));
        let second = draft(app, &maker, &hall.wants(11, "")).await;
        assert!(
            matches!(&second, Err(AppError::Blocked { why }) if why.contains("revision 0")),
            "{second:?}"
        );
        assert!(matches!(draft(app, &boss, &hall.wants(10, "")).await, Err(AppError::NotFound { .. })));
        let own = review(app, &maker, made.id).await;
        assert!(
            matches!(&own, Err(AppError::Blocked { why }) if why.contains("ask someone else")),
            "{own:?}"
        );
        assert!(
            matches!(publish(app, &boss, made.id).await, Err(AppError::Blocked { .. })),
            "not reviewed yet"
        );
        let unseen = list(app, &resident(1), Listed::default(), 9).await.unwrap();
        assert_eq!(unseen.len(), 0, "a draft is not everybody's");
        review(app, &analyst(2), made.id).await.unwrap();
        let public = publish(app, &boss, made.id).await.unwrap();
        assert_eq!(publish(app, &boss, made.id).await.unwrap(), public, "the same again is no mistake");
        assert_eq!((public.state, public.sha256), (State::Published, made.sha256));
        assert_eq!(list(app, &resident(1), Listed::default(), 9).await.unwrap().len(), 1);
        let late = discard(app, &boss, made.id, "regret").await;
        assert!(matches!(late, Err(AppError::Blocked { .. })));
        let (_, bytes) = archive_of(app, &resident(1), made.id).await.unwrap();
        assert_eq!(domain::audit::sha256(&bytes), made.sha256);
        let (_, differing) = archive::rebuild(&unpack(&bytes).unwrap()).unwrap();
        assert_eq!(differing, []);
    })
    .await;
}

#[tokio::test]
async fn a_correction_makes_the_next_revision_and_both_can_be_asked_for() {
    on_both(async |store| {
        let hall = ready(store).await;
        let (app, maker, boss) = (&hall.app, analyst(1), leader(CITY));
        let first = draft(app, &maker, &hall.wants(11, "")).await.unwrap();
        review(app, &boss, first.id).await.unwrap();
        publish(app, &boss, first.id).await.unwrap();
        hall.hours_pass(24);
        let better = Figure { num: Some(5.0), ..figure("A11", WEST, month(11)) };
        hand_in(&hall, month(11), app.clock.now(), vec![better]).await;
        hall.hours_pass(1);
        let second = draft(app, &maker, &hall.wants(11, "更正")).await.unwrap();
        assert_eq!(second.revision, 1);
        review(app, &boss, second.id).await.unwrap();
        publish(app, &boss, second.id).await.unwrap();
        let ranking = async |revision| {
            let it = of_month(app, &resident(1), month(11), revision).await.unwrap();
            let summary: app::index::edition::Summary = serde_json::from_str(&it.summary).unwrap();
            summary.ranking[0].area.clone()
        };
        assert_eq!(ranking(Some(0)).await, "379901");
        assert_eq!(ranking(Some(1)).await, "379902");
        assert_eq!(ranking(None).await, "379902", "the last published one is what the city says");
        // As known before the correction it would still be the first.
        let (_, before) = open(app, &maker, first.id).await.unwrap();
        let (_, after) = open(app, &maker, second.id).await.unwrap();
        let vintage = |opened: &app::index::opened::Opened| {
            let own = opened.materials.figures.iter();
            own.filter(|f| f.indicator == "A11" && f.area == "379902").map(|f| f.vintage).max().unwrap()
        };
        assert_eq!((vintage(&before), vintage(&after)), (1, 2));
        let change = after.change_since(&before).unwrap();
        let west = change.iter().find(|it| it.unit == "379902").unwrap();
        assert!(west.data > 10.0 && west.weights.abs() + west.method.abs() < 1e-9, "{west:?}");
        assert!((west.from + west.data + west.bounds - west.to).abs() < 1e-9, "{west:?}");
    })
    .await;
}

#[tokio::test]
async fn a_number_tells_where_it_comes_from_and_what_another_would_do() {
    on_both(async |store| {
        let hall = ready(store).await;
        let (app, maker) = (&hall.app, analyst(1));
        let made = draft(app, &maker, &hall.wants(11, "")).await.unwrap();
        let (_, opened) = open(app, &maker, made.id).await.unwrap();
        let east = opened.area("379901").unwrap();
        let fires = opened.origin(east, "A11").unwrap();
        assert_eq!(
            fires.sources.iter().map(|f| f.indicator.as_str()).collect::<Vec<_>>(),
            ["A11", "population"]
        );
        assert_eq!((fires.bound.unwrap().n, fires.history.len()), (24, 12));
        assert!((fires.weight - 0.5).abs() < 1e-12 && fires.told.reliability.is_some());
        let (low, high) = fires.bounds_in_unit.unwrap();
        assert!(low > 0.9 && high < 2.1 && low < high, "fires per 10,000: {low} to {high}");
        let parts = opened.parts(east).unwrap();
        let sum: f64 = parts.parts.iter().map(|it| it.points).sum();
        assert!((sum - parts.points).abs() < 1e-12);
        let better = opened.what_if(east, "A12", 10.0).unwrap();
        assert_eq!(better.rank.1, Some(1));
        assert!(better.score.1 > better.score.0);
        assert!(matches!(opened.origin(east, "Z99"), Err(AppError::NotFound { .. })));
    })
    .await;
}

#[tokio::test]
async fn another_framework_can_be_tried_over_the_past() {
    on_both(async |store| {
        let hall = ready(store).await;
        let made = draft(&hall.app, &analyst(1), &hall.wants(11, "")).await.unwrap();
        let (_, opened) = open(&hall.app, &analyst(1), made.id).await.unwrap();
        let mut other = opened.materials.framework.clone();
        other.rows[2].weight = 0.001;
        other.rows[3].weight = 0.999;
        let past = backcast::backcast(&opened.materials, other, 2, month(0)).unwrap();
        assert_eq!(past.len(), 12);
        assert!(past.iter().all(|it| it.ranking[0].area == "379902"), "A12 alone decides");
        let (_, bytes) = archive_of(&hall.app, &analyst(1), made.id).await.unwrap();
        let scores = backcast::scores_of(&unpack(&bytes).unwrap()["scores.csv"], "INDEX", "379901").unwrap();
        assert_eq!(scores.len(), 12);
    })
    .await;
}

#[tokio::test]
async fn a_draft_needs_a_month_that_is_over_a_framework_and_figures() {
    on_both(async |store| {
        let hall = hall(store).await;
        let (app, maker) = (&hall.app, analyst(1));
        let none = draft(app, &maker, &hall.wants(11, "")).await;
        assert!(matches!(&none, Err(AppError::Blocked { why }) if why.contains("framework")), "{none:?}");
        save(app, &maker, Some(0), &rules()).await.unwrap();
        let none = draft(app, &maker, &hall.wants(11, "")).await;
        assert!(
            matches!(&none, Err(AppError::Blocked { why }) if why.contains("no figure of 2026-01")),
            "{none:?}"
        );
        let early = draft(app, &maker, &hall.wants(13, "")).await;
        assert!(matches!(early, Err(AppError::Invalid(_))), "March is not over");
        assert!(matches!(
            draft(app, &handler(super::city::ROADS), &hall.wants(11, "")).await,
            Err(AppError::NotFound { .. })
        ));
    })
    .await;
}

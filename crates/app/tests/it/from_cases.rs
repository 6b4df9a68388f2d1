//! Indicators of the platform's own cases: what counts, where, and how anybody can check it.

use app::AppError;
use app::case::Command;
use app::index::framework::save;
use app::index::from_cases::{Asked, from_cases, of_counties, query_shown};
use app::index::small::told::Told;
use app::index::small::{self, small};
use domain::area::Level;
use domain::case::Satisfaction;
use domain::framework::{Framework, FrameworkDoc, FrameworkRow};
use domain::id::{AreaId, CaseId};
use domain::intake::Figure;
use domain::policy::{Actor, Role};
use store::testing::on_both;

use super::city::{BRIDGE, CITY, EAST, HARBOUR, ROADS_EAST, ROADS_WEST, WEST};
use super::hall::{Hall, assign, check, desk, hall, handle, handler, leader, person, worker};

fn rules(sources: &[&str]) -> FrameworkDoc {
    let row = |code: &str, level, parent: &str, standard: &str, weight, source: &str| FrameworkRow {
        code: code.to_owned(),
        level,
        parent: parent.to_owned(),
        name_zh: "指标".to_owned(),
        name_en: "indicator".to_owned(),
        unit: "%".to_owned(),
        direction: 1,
        dimension: "A".to_owned(),
        aspect: String::new(),
        department: "roads.3799".to_owned(),
        scoring_standard: standard.to_owned(),
        weight,
        source: source.to_owned(),
    };
    let mut rows = vec![row("A", 1, "INDEX", "weighted arithmetic mean of level-2", 1.0, "")];
    let standard = "linear;bounds=fixed:60..100;num/den=cases;min_den=2";
    let each = 1.0 / sources.len() as f64;
    let own = sources.iter().enumerate().map(|(n, it)| row(&format!("A{n}"), 2, "A", standard, each, it));
    rows.extend(own);
    FrameworkDoc { due_day: 10, rows, bases: Vec::new() }
}

fn framework(sources: &[&str]) -> Framework {
    Framework::read(&rules(sources), &|name| Some(name.to_owned())).unwrap()
}

/// Handled within hours.
async fn done(hall: &Hall, grid: AreaId, (dispatcher, by): (&Actor, &Actor)) -> CaseId {
    let id = begun(hall, grid, dispatcher, by).await;
    hall.does(by, id, handle()).await;
    id
}

async fn begun(hall: &Hall, grid: AreaId, dispatcher: &Actor, by: &Actor) -> CaseId {
    let id = hall.reported_in(grid).await;
    hall.filed(dispatcher, id).await;
    hall.does(dispatcher, id, assign(by.unit.unwrap())).await;
    hall.does(by, id, Command::Accept).await;
    id
}

async fn closed(hall: &Hall, id: CaseId, dispatcher: &Actor, satisfaction: Option<Satisfaction>) {
    hall.does(dispatcher, id, check(true)).await;
    hall.does(dispatcher, id, Command::Answer { text: "已修复".to_owned() }).await;
    if let Some(satisfaction) = satisfaction {
        let grid = hall.case(id).await.ancestors().grid.unwrap();
        hall.does(&worker(grid), id, Command::Confirm { satisfaction, note: String::new() }).await;
    }
}

#[tokio::test]
async fn the_platform_counts_its_cases_by_area_and_month_and_shows_how() {
    on_both(async |store| {
        let hall = hall(store).await;
        let east = (&desk(BRIDGE), &handler(ROADS_EAST));
        let west = handler(ROADS_WEST);
        let west = (&desk(HARBOUR), &Actor { area: WEST, ..west });
        // In the east six in time, two of them closed to satisfaction and one to none; one never handled.
        let mut ids = Vec::new();
        for n in 0..6 {
            ids.push(done(&hall, AreaId(10 + n % 2), east).await);
        }
        begun(&hall, AreaId(10), east.0, east.1).await;
        closed(&hall, ids[0], east.0, Some(Satisfaction::Satisfied)).await;
        closed(&hall, ids[1], east.0, Some(Satisfaction::Satisfied)).await;
        closed(&hall, ids[2], east.0, Some(Satisfaction::Dissatisfied)).await;
        // In the west one in time.
        done(&hall, AreaId(14), west).await;
        hall.hours_pass(24 * 35);
        hall.sweep().await;

        let sources = [
            "cases:handled-on-time",
            "cases:satisfied",
            "cases:resolved;classes=01",
            "cases:reopened;channel=hotline",
        ];
        let framework = framework(&sources);
        let month = "2026-03".parse().unwrap();
        let found = of_counties(&hall.app, &framework, (month, month)).await.unwrap();
        let count = |it: &Figure| (it.indicator.clone(), it.area, it.num.unwrap(), it.den.unwrap());
        let counts: Vec<_> = found.iter().map(count).collect();
        let expected =
            [("A0", EAST, 6.0, 7.0), ("A0", WEST, 1.0, 1.0), ("A1", EAST, 2.0, 3.0), ("A2", EAST, 3.0, 3.0)];
        assert_eq!(counts, expected.map(|(code, area, num, den)| (code.to_owned(), area, num, den)));
        assert!(found.iter().all(|it| it.month == month && it.se.is_some() == (it.indicator == "A1")));

        // Two grids of one community: three and four cases are few, and nothing of them is shown.
        let asked = Asked { level: Level::Grid, below: Some(EAST), first: month, last: month };
        let indicator = framework.indicator("A0").unwrap();
        let grids = from_cases(&hall.app, indicator, asked).await.unwrap();
        let counts: Vec<(AreaId, u64, bool)> =
            grids.figures.iter().map(|it| (it.area, it.den, it.shown)).collect();
        assert_eq!(counts, [(AreaId(10), 4, false), (AreaId(11), 3, false)]);

        // Anybody may run what is shown.
        assert!(grids.words.zh.starts_with("处置期限在本月的案件中"), "{:?}", grids.words);
        let again = hall.app.store.rows(&grids.sql, vec![]).await.unwrap();
        let again: Vec<i64> = again.iter().map(|row| row.int("den").unwrap()).collect();
        assert_eq!(again, [4, 3], "{}", grids.sql);
        let (words, sql) = query_shown(&hall.app, indicator, asked.first).unwrap().unwrap();
        assert_eq!(words, grids.words, "the words are the same beside a number of an edition");
        hall.app.store.rows(&sql, vec![]).await.unwrap();

        // Of a sample the error is told; of a count of all there is none.
        let asked = Asked { level: Level::County, below: None, ..asked };
        let satisfied = framework.indicator("A1").unwrap();
        let answers = from_cases(&hall.app, satisfied, asked).await.unwrap().figures[0];
        let error = answers.error(satisfied.source.as_ref().unwrap()).unwrap();
        assert!((answers.value() - 66.667).abs() < 0.001 && (20.0..35.0).contains(&error), "{error}");
        assert_eq!(answers.error(indicator.source.as_ref().unwrap()), None);
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_counted_is_told_with_what_can() {
    on_both(async |store| {
        let hall = hall(store).await;
        let framework = framework(&["cases:resolved;classes=Z9", "cases:resolved", ""]);
        let (month, this) = ("2026-02".parse().unwrap(), "2026-03".parse().unwrap());
        let asked = Asked { level: Level::County, below: None, first: month, last: month };
        let told = async |code: &str, asked: Asked| {
            from_cases(&hall.app, framework.indicator(code).unwrap(), asked).await.unwrap_err()
        };
        let why = told("A0", asked).await.to_string();
        assert!(why.contains("class Z9, and no class's code begins so"), "{why}");
        let why = told("A2", asked).await.to_string();
        assert!(why.contains("handed in by a department"), "{why}");
        let why = told("A1", Asked { last: this, ..asked }).await.to_string();
        assert!(why.contains("2026-03 is not over; its cases can be counted from 2026-04-01 on"), "{why}");
        let why = told("A1", Asked { first: this, ..asked }).await.to_string();
        assert!(why.contains("ask for 1 to 120"), "{why}");
        let unknown = told("A1", Asked { below: Some(AreaId(99)), ..asked }).await;
        assert!(matches!(unknown, AppError::NotFound { what: "area" }), "{unknown}");
        assert!(
            from_cases(&hall.app, framework.indicator("A1").unwrap(), asked)
                .await
                .unwrap()
                .figures
                .is_empty()
        );
    })
    .await;
}

#[tokio::test]
async fn a_year_of_cases_tells_of_small_areas_what_it_can() {
    on_both(async |store| {
        let hall = hall(store).await;
        let east = (&desk(BRIDGE), &handler(ROADS_EAST));
        let west = handler(ROADS_WEST);
        let west = (&desk(HARBOUR), &Actor { area: WEST, ..west });
        // Two grids of the east with six and eight cases in time; in the west seven, and in the grid beside it two.
        for (grid, n, who) in [(10, 6, east), (11, 8, east), (14, 7, west), (15, 2, west)] {
            for _ in 0..n {
                done(&hall, AreaId(grid), who).await;
            }
        }
        hall.hours_pass(24 * 400);
        hall.sweep().await;
        let analyst = Actor { person: Some(person(7100)), role: Role::Analyst, ..leader(CITY) };
        save(&hall.app, &analyst, Some(0), &rules(&["cases:handled-on-time"])).await.unwrap();
        let asked = small::Asked {
            indicator: "A0".to_owned(),
            level: Level::Grid,
            month: "2027-02".parse().unwrap(),
            months: 12,
            within: None,
        };
        let answer = small(&hall.app, &analyst, &asked).await.unwrap();
        let mut told: Vec<_> = answer.small.areas.iter().map(|it| (it.area.0, it.counts, it.told)).collect();
        told.sort_by_key(|it| it.0);
        let shown = |n: f64| Some((n, n));
        let expected = [
            (10, shown(6.0), Told::Noise),
            (11, shown(8.0), Told::Noise),
            (12, shown(0.0), Told::NoFigure),
            (13, shown(0.0), Told::NoFigure),
            (14, None, Told::Few),
            (15, None, Told::Few),
        ];
        assert_eq!(told, expected);
        // Within the west the same is told, of the same city.
        let within = small::Asked { within: Some(WEST), ..asked.clone() };
        let west = small(&hall.app, &analyst, &within).await.unwrap().small;
        assert_eq!((west.areas.len(), west.n, west.mean), (2, 4, answer.small.mean));

        let refused =
            async |asked: small::Asked| small(&hall.app, &analyst, &asked).await.unwrap_err().to_string();
        let why = refused(small::Asked { months: 11, ..asked.clone() }).await;
        assert!(why.contains("12, 24 or 36"), "{why}");
        let why = refused(small::Asked { level: Level::County, ..asked.clone() }).await;
        assert!(why.contains("counties have their rank"), "{why}");
        let why = refused(small::Asked { month: "2027-01".parse().unwrap(), ..asked.clone() }).await;
        assert!(why.contains("no case to count up to 2026-02"), "{why}");
        // Who sees published editions only is told of nothing before the first.
        let worker = worker(AreaId(10));
        assert!(matches!(
            small(&hall.app, &worker, &asked).await,
            Err(AppError::NotFound { what: "edition" })
        ));
    })
    .await;
}

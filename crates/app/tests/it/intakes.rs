//! Departments hand in figures for the index: looked at, saved, signed, corrected; seen by whom it concerns.

use app::bulk::{PastIntake, save_intakes};
use app::index::followed::followed;
use app::index::framework::FRAMEWORK;
use app::index::intake::{
    self, BoardCell, Delivery, FigureIn, HandIn, Page, Saved, Values, board, discard, known, list, one,
    preview, save, sign, vintages,
};
use app::verify::verify;
use app::{App, AppError};
use domain::area::Level;
use domain::audit::How;
use domain::deed::Deed;
use domain::framework::{BaseRow, FrameworkDoc, FrameworkRow};
use domain::id::{EditionId, IntakeId, UnitId};
use domain::intake::{Change, Figure, State};
use domain::month::Month;
use domain::policy::{Actor, Role};
use jiff::ToSpan;
use store::edition::{Edition, Stamp};
use store::testing::on_both;
use store::{Batch, Store, params};

use super::city::{self, CITY, EAST, ROADS, ROADS_EAST, WEST};
use super::hall::{self, Hall, handler, leader};

const FIRE: UnitId = UnitId(9);

fn february() -> Month {
    "2026-02".parse().unwrap()
}

fn analyst() -> Actor {
    Actor { role: Role::Analyst, ..leader(CITY) }
}

/// A share of the roads department, a rate and its base of the fire brigade, and a share computed from cases.
fn framework() -> FrameworkDoc {
    let row = |code: &str, unit: &str, department: &str, standard: &str, source: &str| FrameworkRow {
        code: code.to_owned(),
        level: 1,
        parent: "INDEX".to_owned(),
        name_zh: format!("{code}率"),
        name_en: code.to_owned(),
        unit: unit.to_owned(),
        direction: 1,
        dimension: "公共安全".to_owned(),
        aspect: "社情".to_owned(),
        department: department.to_owned(),
        scoring_standard: standard.to_owned(),
        weight: 0.25,
        source: source.to_owned(),
    };
    let rows = vec![
        row("R1", "%", "roads", "linear;bounds=fixed:80..100;num/den=holes;min_den=20", ""),
        row("R2", "%", "roads", "linear;bounds=fixed:80..100;num/den=bridges", ""),
        row("F1", "per 10k", "fire", "linear;bounds=data:q05..q95;transform=log1p;den=people", ""),
        row("C1", "%", "roads", "linear;bounds=fixed:80..100;num/den=cases", "cases:handled-on-time"),
    ];
    let people = BaseRow {
        code: "people".to_owned(),
        name_zh: "人口".to_owned(),
        name_en: "residents".to_owned(),
        unit: "persons".to_owned(),
        department: "fire".to_owned(),
    };
    FrameworkDoc { due_day: 10, rows, bases: vec![people] }
}

async fn a_hall(store: Store) -> Hall {
    let hall = hall::hall(store).await;
    let fire = city::unit(FIRE, "fire", CITY, None);
    hall.app.store.commit(Batch::new("fire").with(fire.insert())).await.unwrap();
    city::put(&hall.app.store, FRAMEWORK, 1, &framework()).await;
    hall.app.refresh().await.unwrap();
    hall
}

fn share(indicator: &str, area: &str, num: f64, den: f64) -> FigureIn {
    FigureIn {
        indicator: indicator.to_owned(),
        area: area.to_owned(),
        num: Some(num),
        den: Some(den),
        ..FigureIn::default()
    }
}

fn handed(figures: Vec<FigureIn>) -> HandIn {
    HandIn { department: None, month: february(), note: String::new(), file: None, figures }
}

async fn saves(hall: &Hall, figures: Vec<FigureIn>) -> IntakeId {
    let id = IntakeId(hall.fresh());
    save(&hall.app, &handler(ROADS), id, &handed(figures)).await.unwrap();
    id
}

/// A year of steady months, signed by the roads department on the fifth of the following month.
async fn a_year(app: &App) {
    let (_, framework) = followed(app).await.unwrap();
    let months = Month::range(february().plus(-12), february().plus(-1));
    let past = months.zip(1..).map(|(month, n)| {
        let figure = |area, num| Figure {
            indicator: "R1".to_owned(),
            area,
            month,
            num: Some(num),
            den: Some(100.0),
            value: None,
            se: None,
            n: None,
            remark: None,
        };
        let signed = app.clock.now() - ((12 - n) * 30 * 24 + 500).hours();
        PastIntake {
            id: IntakeId(uuid::Uuid::from_u128(n as u128)),
            department: "roads.3799".to_owned(),
            month,
            note: String::new(),
            figures: vec![figure(EAST, 90.0 + f64::from(n % 3)), figure(WEST, 85.0 + f64::from(n % 4))],
            who: handler(ROADS),
            saved: signed - 1.hour(),
            signed,
        }
    });
    save_intakes(app, &framework, past.collect()).await.unwrap();
}

fn fields(error: AppError) -> Vec<(String, &'static str)> {
    match error {
        AppError::Invalid(fields) => fields.into_iter().map(|it| (it.path, it.code)).collect(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_preview_tells_everything_and_writes_nothing() {
    on_both(async |store| {
        let hall = a_hall(store).await;
        let who = handler(ROADS);
        let asked = handed(vec![
            share("R1", "379901", 19.0, 20.0),
            share("R1", "379999", 19.0, 20.0),
            share("R1", "379902", 21.0, 20.0),
            share("C1", "379901", 1.0, 2.0),
        ]);
        let planned = preview(&hall.app, &who, &asked).await.unwrap();
        let faults: Vec<(&str, &str)> = planned.faults.iter().map(|it| (it.path.as_str(), it.code)).collect();
        assert_eq!(
            faults,
            [
                ("/figures/1/area", "unknown"),
                ("/figures/2/num", "impossible"),
                ("/figures/3/indicator", "impossible")
            ]
        );
        assert_eq!(
            (&planned.look.figures[0].change, planned.look.figures[0].value),
            (&Change::New, Some(95.0))
        );
        let missing: Vec<_> =
            planned.look.missing.iter().map(|it| (it.indicator.as_str(), it.area)).collect();
        assert_eq!(missing, [("R2", EAST), ("R2", WEST)], "what others hand in is not asked of them");
        let refused = save(&hall.app, &who, IntakeId(hall.fresh()), &asked).await.unwrap_err();
        assert_eq!(fields(refused).len(), 3);
        let (all, _) = list(&hall.app, &who, &Page { limit: 9, ..Page::default() }).await.unwrap();
        assert_eq!(all, []);
        let early = HandIn { month: february().plus(2), ..handed(vec![share("R1", "379901", 19.0, 20.0)]) };
        let refused = save(&hall.app, &who, IntakeId(hall.fresh()), &early).await.unwrap_err();
        assert_eq!(fields(refused), [("/month".to_owned(), "range")]);
    })
    .await;
}

#[tokio::test]
async fn the_same_intake_twice_is_one_and_another_under_its_id_is_refused() {
    on_both(async |store| {
        let hall = a_hall(store).await;
        let (id, who) = (IntakeId(hall.fresh()), handler(ROADS));
        let asked = handed(vec![share("R1", "379901", 19.0, 20.0)]);
        let first = save(&hall.app, &who, id, &asked).await.unwrap();
        let Saved { intake, replayed } = save(&hall.app, &who, id, &asked).await.unwrap();
        assert!(!first.replayed && replayed && intake == first.intake);
        let other = handed(vec![share("R1", "379901", 18.0, 20.0)]);
        let refused = save(&hall.app, &who, id, &other).await;
        assert!(matches!(refused, Err(AppError::KeyReused)), "{refused:?}");
    })
    .await;
}

#[tokio::test]
async fn an_unlikely_figure_is_kept_with_a_remark_and_not_without() {
    on_both(async |store| {
        let hall = a_hall(store).await;
        a_year(&hall.app).await;
        let who = handler(ROADS);
        let slip = handed(vec![share("R1", "379901", 9.1, 100.0)]);
        let planned = preview(&hall.app, &who, &slip).await.unwrap();
        assert_eq!(planned.doubts, [intake::Doubt { at: 0, confirmed: false }]);
        let id = IntakeId(hall.fresh());
        let refused = save(&hall.app, &who, id, &slip).await.unwrap_err();
        assert!(refused.to_string().contains("say in a remark why it is right"), "{refused}");
        assert_eq!(fields(refused), [("/figures/0/remark".to_owned(), "unlikely")]);
        let mut meant = slip;
        meant.figures[0].remark = Some("a flood".to_owned());
        let saved = save(&hall.app, &who, id, &meant).await.unwrap().intake;
        assert_eq!((saved.n_figures, saved.n_doubts), (1, 1));
        let (_, figures) = one(&hall.app, &who, id).await.unwrap();
        assert!(figures[0].z.unwrap() < -3.5 && figures[0].figure.remark.as_deref() == Some("a flood"));
        let usual = handed(vec![share("R1", "379901", 91.0, 100.0)]);
        let saved = save(&hall.app, &who, IntakeId(hall.fresh()), &usual).await.unwrap().intake;
        assert_eq!(saved.n_doubts, 0);
    })
    .await;
}

#[tokio::test]
async fn figures_count_once_their_department_has_signed_and_a_correction_is_the_next_vintage() {
    on_both(async |store| {
        let hall = a_hall(store).await;
        let (app, who) = (&hall.app, handler(ROADS));
        let first = saves(&hall, vec![share("R1", "379901", 19.0, 20.0)]).await;
        let values = |known| Values {
            indicator: Some("R1".to_owned()),
            level: Level::County,
            first: february(),
            last: february(),
            known,
        };
        assert_eq!(known(app, &who, &values(None)).await.unwrap(), []);
        let signed = sign(app, &who, first).await.unwrap();
        assert_eq!(sign(app, &who, first).await.unwrap(), signed, "again is the same");
        hall.hours_pass(1);
        let planned = preview(app, &who, &handed(vec![share("R1", "379901", 18.0, 20.0)])).await.unwrap();
        let Change::Changed { before } = &planned.look.figures[0].change else { panic!("{planned:?}") };
        assert_eq!(before.num, Some(19.0));
        let second = saves(&hall, vec![share("R1", "379901", 18.0, 20.0)]).await;
        let corrected = sign(app, &who, second).await.unwrap();
        assert_eq!(corrected.n_changed, 1);
        let told = vintages(app, &who, "R1", EAST, february()).await.unwrap();
        let told: Vec<_> = told.iter().map(|it| (it.vintage, it.given.figure.num, it.intake)).collect();
        assert_eq!(told, [(1, Some(19.0), first), (2, Some(18.0), second)]);
        let then = known(app, &who, &values(signed.signed)).await.unwrap();
        let now = known(app, &who, &values(None)).await.unwrap();
        assert_eq!((then[0].given.figure.num, now[0].given.figure.num), (Some(19.0), Some(18.0)));
        let refused = discard(app, &who, second).await.unwrap_err();
        assert!(refused.to_string().contains("hand in a correction"), "{refused}");
        let third = saves(&hall, vec![share("R1", "379901", 17.0, 20.0)]).await;
        assert_eq!(discard(app, &who, third).await.unwrap().state, State::Discarded);
        let refused = sign(app, &who, third).await.unwrap_err();
        assert!(refused.to_string().contains("discarded"), "{refused}");
        let deeds = store::deed::page(&app.store, 0, 500).await.unwrap();
        let signs = deeds.iter().filter(|it| matches!(it.parsed(), Some((_, Deed::SignIntake { .. }))));
        assert_eq!(signs.count(), 2);
    })
    .await;
}

/// Of two who sign in the same millisecond, or by a clock that is behind, one comes after the other.
#[tokio::test]
async fn no_two_intakes_are_signed_at_the_same_moment_nor_before_what_an_edition_knew() {
    on_both(async |store| {
        let hall = a_hall(store).await;
        let (app, who) = (&hall.app, handler(ROADS));
        let mut moments = Vec::new();
        for num in [17.0, 18.0, 19.0] {
            let id = saves(&hall, vec![share("R1", "379901", num, 20.0)]).await;
            moments.push(sign(app, &who, id).await.unwrap().signed.unwrap());
        }
        assert!(moments.is_sorted() && moments[0] < moments[1] && moments[1] < moments[2], "{moments:?}");
        let ahead = app.clock.now() + 3.hours();
        let edition = an_edition(&hall, b"zip", ahead);
        app.store.commit(Batch::new("draft").with(edition.insert(b"zip"))).await.unwrap();
        let id = saves(&hall, vec![share("R1", "379901", 16.0, 20.0)]).await;
        assert!(sign(app, &who, id).await.unwrap().signed.unwrap() > ahead);
    })
    .await;
}

#[tokio::test]
async fn a_department_sees_and_signs_its_own_and_those_who_answer_for_the_city_see_all() {
    on_both(async |store| {
        let hall = a_hall(store).await;
        let app = &hall.app;
        let id = saves(&hall, vec![share("R1", "379901", 19.0, 20.0)]).await;
        let ids = async |who: &Actor| {
            let found = list(app, who, &Page { limit: 9, ..Page::default() }).await;
            found.map(|(all, _)| all.iter().map(|it| it.id).collect::<Vec<_>>())
        };
        for who in [handler(ROADS), analyst(), leader(CITY)] {
            assert_eq!(ids(&who).await.unwrap(), [id], "{who:?}");
            assert!(one(app, &who, id).await.is_ok());
        }
        assert_eq!(ids(&handler(FIRE)).await.unwrap(), []);
        for who in [handler(FIRE), handler(ROADS_EAST), leader(EAST), super::hall::desk(CITY)] {
            let hidden = one(app, &who, id).await;
            assert!(matches!(hidden, Err(AppError::NotFound { what: "intake" })), "{who:?}: {hidden:?}");
        }
        for who in [handler(FIRE), analyst(), leader(CITY), handler(ROADS_EAST)] {
            let refused = sign(app, &who, id).await;
            assert!(matches!(refused, Err(AppError::NotFound { what: "intake" })), "{who:?}: {refused:?}");
            let named = HandIn { department: Some("roads".to_owned()), ..handed(Vec::new()) };
            let refused = preview(app, &who, &named).await.unwrap_err();
            assert!(matches!(refused, AppError::NotFound { what: "department" }), "{who:?}: {refused:?}");
        }
        let numbers = vintages(app, &handler(FIRE), "R1", EAST, february()).await;
        assert!(matches!(numbers, Err(AppError::NotFound { what: "indicator" })), "{numbers:?}");
    })
    .await;
}

#[tokio::test]
async fn the_board_tells_who_was_on_time_late_and_missing() {
    on_both(async |store| {
        let hall = a_hall(store).await;
        let app = &hall.app;
        let both =
            |indicator: &str| ["379901", "379902"].map(|area| share(indicator, area, 19.0, 20.0)).to_vec();
        let roads = async |who: &Actor| -> BoardCell {
            let rows = board(app, who, february(), february()).await.unwrap();
            rows.into_iter().find(|row| row.department == "roads.3799").unwrap().cells.remove(0)
        };
        let cell = roads(&analyst()).await;
        assert_eq!((cell.expected, cell.given, cell.delivery), (4, 0, Delivery::Awaited));
        assert_eq!(cell.due.to_string(), "2026-03-10T15:59:59.999Z", "the end of the tenth, in the city");
        let first = saves(&hall, both("R1")).await;
        assert_eq!(roads(&analyst()).await.waiting, 1);
        sign(app, &handler(ROADS), first).await.unwrap();
        hall.hours_pass(9 * 24);
        let cell = roads(&handler(ROADS)).await;
        assert_eq!((cell.given, cell.on_time, cell.waiting, cell.delivery), (2, 2, 0, Delivery::Missing));
        let second = saves(&hall, both("R2")).await;
        sign(app, &handler(ROADS), second).await.unwrap();
        let correction = saves(&hall, vec![share("R1", "379901", 18.0, 20.0)]).await;
        sign(app, &handler(ROADS), correction).await.unwrap();
        let cell = roads(&leader(CITY)).await;
        assert_eq!((cell.given, cell.on_time, cell.corrected, cell.delivery), (4, 2, 1, Delivery::Late));
        let codes = async |who: &Actor| {
            let rows = board(app, who, february(), february()).await.unwrap();
            rows.into_iter().map(|row| row.department).collect::<Vec<_>>()
        };
        assert_eq!(codes(&analyst()).await, ["fire", "roads.3799"]);
        assert_eq!(codes(&handler(FIRE)).await, ["fire"]);
        assert!(board(app, &super::hall::desk(CITY), february(), february()).await.is_err());
    })
    .await;
}

fn an_edition(hall: &Hall, archive: &[u8], known: jiff::Timestamp) -> Edition {
    let hash = domain::audit::sha256(archive);
    Edition {
        id: EditionId(hall.fresh()),
        month: february(),
        revision: 0,
        state: domain::edition::State::Draft,
        framework_version: 1,
        recipe: hash,
        known,
        drafted: Stamp { by: analyst().person, at: known },
        reviewed: None,
        published: None,
        discarded: None,
        note: String::new(),
        code_version: "0".to_owned(),
        sha256: hash,
        summary: "{}".to_owned(),
    }
}

#[tokio::test]
async fn a_figure_or_an_archive_changed_behind_the_platforms_back_is_found_by_verify() {
    on_both(async |store| {
        let hall = a_hall(store).await;
        let app = &hall.app;
        a_year(app).await;
        let id =
            saves(&hall, vec![share("R1", "379901", 91.0, 100.0), share("R2", "379902", 1.0, 3.0)]).await;
        sign(app, &handler(ROADS), id).await.unwrap();
        let edition = an_edition(&hall, b"zip", app.clock.now());
        let stamp = Stamp { by: leader(CITY).person, at: app.clock.now() };
        let batch = Batch::new("publish")
            .with(edition.insert(b"zip"))
            .with(store::edition::review(edition.id, stamp))
            .with(store::edition::publish(edition.id, stamp));
        let mut head = store::deed::head(&app.store).await.unwrap();
        let sha256 = edition.sha256.to_string();
        let deed = Deed::PublishEdition { edition: edition.id, month: february(), revision: 0, sha256 };
        let by = app::deeds::by(&leader(CITY));
        let told = [head.add(domain::id::DeedId(hall.fresh()), app.clock.now(), None, &by, &deed)];
        let batch = store::deed::insert_all(&told).fold(batch, Batch::with);
        app.store.commit(batch).await.unwrap();
        assert_eq!(verify(app, |_| ()).await.unwrap().broken_deeds, []);

        let spoil = async |sql: &'static str, values| {
            app.store.commit(Batch::new("spoil").run(sql, values)).await.unwrap();
            let broken = verify(app, |_| ()).await.unwrap().broken_deeds;
            broken.iter().map(|it| (it.number, it.how)).collect::<Vec<_>>()
        };
        let last = head.number;
        let archive = "update index_edition set archive = $1";
        assert_eq!(spoil(archive, params![b"zap".to_vec()]).await, [(last, How::StateDiffers)]);
        assert_eq!(spoil(archive, params![b"zip".to_vec()]).await, []);
        let figure = "update index_value set num = num + $1 where intake_id = $2 and seq = 2";
        assert_eq!(spoil(figure, params![1e-9, id.0]).await, [(last - 1, How::StateDiffers)]);
        assert_eq!(spoil(figure, params![-1e-9, id.0]).await, []);
        let forged = saves(&hall, vec![share("R1", "379902", 86.0, 100.0)]).await;
        let signed = "update index_intake set state = 'signed', signed_ms = 0 where id = $1";
        assert_eq!(spoil(signed, params![forged.0]).await, [(last + 1, How::Missing)], "signed by nobody");
    })
    .await;
}

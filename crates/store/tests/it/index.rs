//! What the tables of the index promise, on both databases: vintages, what was known when, steps that are taken once.

use domain::{
    area::Level,
    audit::Hash,
    edition,
    id::{AreaId, EditionId, IntakeId, JobId, PersonId},
    intake::{Figure, State},
    month::Month,
};
use jiff::{Timestamp, ToSpan};
use store::{
    Batch, CommitError, Statement, Store,
    edition::{Edition, Stamp},
    intake::{self, File, Given, Intake, Listed},
    job::{self, Hold, Job},
    params,
    testing::on_both,
};
use uuid::Uuid;

const COUNTIES: [AreaId; 2] = [AreaId(2), AreaId(3)];
const GRID: AreaId = AreaId(9);

async fn areas(store: &Store) {
    let all = [(AreaId(1), "city"), (COUNTIES[0], "county"), (COUNTIES[1], "county"), (GRID, "grid")];
    let insert = "insert into area (id, code, level) values ($1, $2, $3)";
    let batch = all.iter().fold(Batch::new("areas"), |batch, (id, level)| {
        batch.run(insert, params![id.0, format!("code-{id}"), *level])
    });
    store.commit(batch).await.unwrap();
}

fn at(hours: i64) -> Timestamp {
    "2026-10-02T01:00:00Z".parse::<Timestamp>().unwrap() + hours.hours()
}

fn month(text: &str) -> Month {
    text.parse().unwrap()
}

fn someone(n: u128) -> PersonId {
    PersonId(Uuid::from_u128(n))
}

fn an_intake(n: u128, month: Month) -> Intake {
    Intake {
        id: IntakeId(Uuid::from_u128(n)),
        key: Hash([n as u8; 32]),
        department: "police".to_owned(),
        month,
        state: State::Saved,
        person: Some(someone(7)),
        note: "first".to_owned(),
        file: None,
        saved: at(0),
        ended_by: None,
        signed: None,
        discarded: None,
        n_figures: 0,
        n_changed: 0,
        n_doubts: 0,
    }
}

fn a_figure(indicator: &str, area: AreaId, month: Month, num: f64) -> Given {
    let figure = Figure {
        indicator: indicator.to_owned(),
        area,
        month,
        num: Some(num),
        den: Some(100.0),
        value: None,
        se: None,
        n: None,
        remark: None,
    };
    Given { figure, level: if area == GRID { Level::Grid } else { Level::County }, z: None }
}

async fn save(store: &Store, intake: &Intake, figures: &[Given]) {
    let intake = Intake { n_figures: figures.len() as u32, ..intake.clone() };
    store.commit(intake.insert(Batch::new("save"), figures)).await.unwrap();
}

async fn run(store: &Store, statement: Statement) -> Result<(), CommitError> {
    store.commit(Batch::new("step").with(statement)).await
}

#[tokio::test]
async fn an_intake_comes_back_as_it_was_saved_and_is_signed_once() {
    on_both(async |store| {
        areas(&store).await;
        let september = month("2026-09");
        let file = Some(File { name: "九月.xlsx".to_owned(), sha256: Hash([3; 32]) });
        let saved = Intake { file, n_figures: 71, ..an_intake(1, september) };
        // More than one statement's worth, each with its own numbers.
        let mut figures: Vec<Given> = (0..71)
            .map(|n| a_figure(&format!("A{n:04}"), COUNTIES[0], september, f64::from(n) / 7.0))
            .collect();
        figures[5].figure.remark = Some("a flood".to_owned());
        figures[5].figure.se = Some(0.1 + 0.2);
        figures[5].z = Some(4.25);
        save(&store, &saved, &figures).await;
        assert_eq!(intake::one(&store, saved.id).await.unwrap().as_ref(), Some(&saved));
        assert_eq!(intake::figures(&store, saved.id).await.unwrap(), figures);
        let again = store.commit(saved.insert(Batch::new("again"), &figures)).await;
        assert!(matches!(again, Err(CommitError::Duplicate { .. })), "{again:?}");

        run(&store, intake::sign(saved.id, Some(someone(8)), at(1))).await.unwrap();
        for late in [intake::sign(saved.id, None, at(2)), intake::discard(saved.id, None, at(2))] {
            assert!(matches!(run(&store, late).await, Err(CommitError::Conflict { .. })));
        }
        let signed = intake::one(&store, saved.id).await.unwrap().unwrap();
        assert_eq!(
            (signed.state, signed.signed, signed.ended_by),
            (State::Signed, Some(at(1)), Some(someone(8)))
        );
        assert_eq!(intake::last_signed(&store).await.unwrap(), Some(at(1)));
    })
    .await;
}

#[tokio::test]
async fn what_was_known_at_a_moment_stays_what_was_known_then() {
    on_both(async |store| {
        areas(&store).await;
        let (august, september) = (month("2026-08"), month("2026-09"));
        let one = |n, of, num| (an_intake(n, of), a_figure("A0101", COUNTIES[0], of, num));
        let saved =
            [one(1, august, 1.0), one(2, september, 2.0), one(3, september, 3.0), one(4, september, 4.0)];
        for (intake, figure) in &saved {
            save(&store, intake, std::slice::from_ref(figure)).await;
        }
        let known = async |at| {
            let known = intake::figures_known(&store, Level::County, august, september, at).await.unwrap();
            let short = |k: &intake::Known| (k.given.figure.month, k.given.figure.num.unwrap(), k.vintage);
            known.iter().map(short).collect::<Vec<_>>()
        };
        assert_eq!(known(at(9)).await, [], "what is not signed does not count");
        // Signed in another order than saved; one is given up.
        run(&store, intake::sign(saved[0].0.id, None, at(1))).await.unwrap();
        run(&store, intake::sign(saved[2].0.id, None, at(2))).await.unwrap();
        run(&store, intake::sign(saved[1].0.id, None, at(3))).await.unwrap();
        run(&store, intake::discard(saved[3].0.id, None, at(4))).await.unwrap();
        assert_eq!(known(at(1)).await, [(august, 1.0, 1)]);
        assert_eq!(known(at(2)).await, [(august, 1.0, 1), (september, 3.0, 1)]);
        assert_eq!(known(at(9)).await, [(august, 1.0, 1), (september, 2.0, 2)]);
        // Added up, each month counts once, as it was known then.
        for (hours, months, num) in [(1, 1, 1.0), (2, 2, 4.0), (9, 2, 3.0)] {
            let sums = intake::sums(&store, "A0101", Level::County, (august, september), at(hours)).await;
            let sum = sums.unwrap()[0];
            assert_eq!((sum.area, sum.months.0, sum.num), (COUNTIES[0], months, num));
        }
        let all = intake::vintages(&store, "A0101", COUNTIES[0], september).await.unwrap();
        let told: Vec<_> = all.iter().map(|k| (k.vintage, k.intake, k.signed)).collect();
        assert_eq!(told, [(1, saved[2].0.id, at(2)), (2, saved[1].0.id, at(3))]);
        assert_eq!(all[0].department, "police");
    })
    .await;
}

#[tokio::test]
async fn a_base_holds_until_the_next_and_grids_are_not_mixed_with_counties() {
    on_both(async |store| {
        areas(&store).await;
        let (spring, august) = (month("2026-04"), month("2026-08"));
        let population = |area, of, num| a_figure("population", area, of, num);
        let first = [
            population(COUNTIES[0], spring, 10.0),
            population(COUNTIES[1], spring, 20.0),
            population(GRID, spring, 1.0),
        ];
        save(&store, &an_intake(1, spring), &first).await;
        save(&store, &an_intake(2, august), &[population(COUNTIES[0], august, 11.0)]).await;
        for (n, hours) in [(1, 1), (2, 2)] {
            run(&store, intake::sign(IntakeId(Uuid::from_u128(n)), None, at(hours))).await.unwrap();
        }
        let held = async |of, at| {
            let held = intake::held(&store, "population", Level::County, of, at).await.unwrap();
            held.iter()
                .map(|k| (k.given.figure.area, k.given.figure.num.unwrap(), k.vintage))
                .collect::<Vec<_>>()
        };
        assert_eq!(held(august.plus(-1), at(9)).await, [(COUNTIES[0], 10.0, 1), (COUNTIES[1], 20.0, 1)]);
        assert_eq!(held(august.plus(1), at(9)).await, [(COUNTIES[0], 11.0, 1), (COUNTIES[1], 20.0, 1)]);
        assert_eq!(held(august, at(1)).await, [(COUNTIES[0], 10.0, 1), (COUNTIES[1], 20.0, 1)]);
        assert_eq!(held(spring.plus(-1), at(9)).await, []);
    })
    .await;
}

#[tokio::test]
async fn the_board_tells_what_was_in_time_and_what_was_corrected() {
    on_both(async |store| {
        areas(&store).await;
        let of = month("2026-09");
        let saved = [
            (1, vec![a_figure("A0101", COUNTIES[0], of, 1.0), a_figure("A0102", COUNTIES[0], of, 1.0)]),
            (2, vec![a_figure("A0101", COUNTIES[1], of, 1.0)]),
            // Once more the same, and one that differs.
            (3, vec![a_figure("A0101", COUNTIES[0], of, 1.0), a_figure("A0102", COUNTIES[0], of, 2.0)]),
        ];
        for (n, figures) in &saved {
            save(&store, &an_intake(*n, of), figures).await;
        }
        assert_eq!(intake::waiting(&store, of).await.unwrap(), [("police".to_owned(), 3)]);
        for (n, hours) in [(1, 1), (2, 5), (3, 6)] {
            run(&store, intake::sign(IntakeId(Uuid::from_u128(n)), None, at(hours))).await.unwrap();
        }
        let lines = intake::board(&store, Level::County, of, at(4), at(9)).await.unwrap();
        let line = |indicator: &str, given, on_time, corrected, first, last| intake::BoardLine {
            indicator: indicator.to_owned(),
            given,
            on_time,
            corrected,
            first: at(first),
            last: at(last),
        };
        assert_eq!(lines, [line("A0101", 2, 1, 0, 5, 6), line("A0102", 1, 1, 1, 1, 6)]);
        assert_eq!(intake::board(&store, Level::County, of, at(4), at(0)).await.unwrap(), []);
        assert_eq!(intake::waiting(&store, of).await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn intakes_are_listed_from_the_newest_by_department_month_and_state() {
    on_both(async |store| {
        areas(&store).await;
        let of = month("2026-09");
        let mut all: Vec<Intake> =
            (1..=5).map(|n| Intake { saved: at(n as i64), ..an_intake(n, of) }).collect();
        all[1].department = "fire".to_owned();
        all[2].month = of.plus(-1);
        for intake in &all {
            save(&store, intake, &[]).await;
        }
        run(&store, intake::discard(all[3].id, Some(someone(7)), at(9))).await.unwrap();
        let listed = async |asked: Listed<'static>, limit| {
            let found = intake::list(&store, asked, limit).await.unwrap();
            found.iter().map(|it| it.id.0.as_u128()).collect::<Vec<_>>()
        };
        assert_eq!(listed(Listed::default(), 2).await, [5, 4]);
        let before = Some((all[3].saved, all[3].id));
        assert_eq!(listed(Listed { before, ..Listed::default() }, 9).await, [3, 2, 1]);
        assert_eq!(listed(Listed { department: Some("fire"), ..Listed::default() }, 9).await, [2]);
        assert_eq!(listed(Listed { month: Some(of), ..Listed::default() }, 9).await, [5, 4, 2, 1]);
        let gone = Listed { state: Some(State::Discarded), ..Listed::default() };
        assert_eq!(listed(gone, 9).await, [4]);
    })
    .await;
}

fn an_edition(n: u128, of: Month, revision: u32) -> Edition {
    Edition {
        id: EditionId(Uuid::from_u128(n)),
        month: of,
        revision,
        state: edition::State::Draft,
        framework_version: 1,
        recipe: Hash([1; 32]),
        known: at(n as i64),
        drafted: Stamp { by: Some(someone(1)), at: at(n as i64) },
        reviewed: None,
        published: None,
        discarded: None,
        note: String::new(),
        code_version: "0.1.0".to_owned(),
        sha256: Hash([2; 32]),
        summary: "{}".to_owned(),
    }
}

#[tokio::test]
async fn an_edition_is_reviewed_then_published_and_then_stays() {
    on_both(async |store| {
        let of = month("2026-09");
        let first = an_edition(1, of, 0);
        run(&store, first.insert(b"zip")).await.unwrap();
        let stamp = |n, hours| Stamp { by: Some(someone(n)), at: at(hours) };
        let conflict =
            async |statement| matches!(run(&store, statement).await, Err(CommitError::Conflict { .. }));
        assert!(conflict(store::edition::publish(first.id, stamp(3, 3))).await, "nobody has reviewed it");
        run(&store, store::edition::review(first.id, stamp(2, 2))).await.unwrap();
        run(&store, store::edition::publish(first.id, stamp(3, 3))).await.unwrap();
        assert!(conflict(store::edition::publish(first.id, stamp(4, 4))).await);
        assert!(conflict(store::edition::discard(first.id, stamp(4, 4), "wrong")).await);
        let published = Edition {
            state: edition::State::Published,
            reviewed: Some(stamp(2, 2)),
            published: Some(stamp(3, 3)),
            ..first.clone()
        };
        assert_eq!(store::edition::one(&store, first.id).await.unwrap().as_ref(), Some(&published));
        assert_eq!(store::edition::archive(&store, first.id).await.unwrap().as_deref(), Some(&b"zip"[..]));
        assert_eq!(store::edition::last_revision(&store, of).await.unwrap(), Some(0));
        assert_eq!(store::edition::last_revision(&store, of.plus(1)).await.unwrap(), None);
        assert_eq!(store::edition::last_known(&store).await.unwrap(), Some(at(1)));
    })
    .await;
}

#[tokio::test]
async fn of_a_revision_there_is_one_and_a_discarded_one_makes_room() {
    on_both(async |store| {
        let of = month("2026-09");
        let (first, second) = (an_edition(1, of, 0), an_edition(2, of, 0));
        run(&store, first.insert(b"a")).await.unwrap();
        let twin = run(&store, second.insert(b"b")).await;
        assert!(matches!(twin, Err(CommitError::Duplicate { .. })), "{twin:?}");
        let stamp = Stamp { by: None, at: at(5) };
        run(&store, store::edition::discard(first.id, stamp, "a typing error")).await.unwrap();
        run(&store, second.insert(b"b")).await.unwrap();
        assert_eq!(store::edition::of_revision(&store, of, 0).await.unwrap(), Some(second.clone()));
        let third = an_edition(3, of, 1);
        run(&store, third.insert(b"c")).await.unwrap();
        run(&store, an_edition(4, of.plus(-1), 0).insert(b"d")).await.unwrap();
        let ids = |found: Vec<Edition>| found.iter().map(|it| it.id.0.as_u128()).collect::<Vec<_>>();
        let list = async |asked, limit| ids(store::edition::list(&store, asked, limit).await.unwrap());
        let all = store::edition::Listed::default();
        assert_eq!(list(all, 9).await, [3, 2, 1, 4]);
        assert_eq!(
            list(store::edition::Listed { before: Some((of, at(2), second.id)), ..all }, 9).await,
            [1, 4]
        );
        let drafts = store::edition::Listed { state: Some(edition::State::Draft), month: Some(of), ..all };
        assert_eq!(list(drafts, 9).await, [3, 2]);
        for id in [second.id, third.id] {
            run(&store, store::edition::review(id, stamp)).await.unwrap();
            run(&store, store::edition::publish(id, stamp)).await.unwrap();
        }
        assert_eq!(ids(store::edition::published(&store, of.plus(-9), of).await.unwrap()), [3]);
    })
    .await;
}

#[tokio::test]
async fn a_node_that_was_overtaken_has_no_say_in_its_job() {
    on_both(async |store| {
        let id = JobId(Uuid::from_u128(1));
        let asked = Job {
            id,
            kind: "sensitivity".to_owned(),
            subject: "2026-09".to_owned(),
            person: Some(someone(1)),
            state: job::State::Waiting,
            taken: 0,
            done: 0,
            total: 0,
            asked: "{}".to_owned(),
            error: None,
            made: at(0),
            beat: None,
            ended: None,
            result_type: None,
        };
        run(&store, asked.insert()).await.unwrap();
        assert_eq!(job::to_do(&store, at(0), 9).await.unwrap(), std::slice::from_ref(&asked));
        run(&store, asked.take(at(1))).await.unwrap();
        assert!(run(&store, asked.take(at(1))).await.is_err(), "it is taken");
        let slow = Hold { id, taken: 1 };
        run(&store, slow.beat(at(2), 3, 10)).await.unwrap();
        assert_eq!(job::to_do(&store, at(2), 9).await.unwrap(), [], "it gives signs of life");
        let silent = job::to_do(&store, at(3), 9).await.unwrap();
        assert_eq!((silent[0].done, silent[0].total), (3, 10));
        run(&store, silent[0].take(at(4))).await.unwrap();
        let quick = Hold { id, taken: 2 };
        for late in [slow.beat(at(5), 4, 10), slow.finish(at(5), "text/csv", b"old"), slow.fail(at(5), "no")]
        {
            assert!(matches!(run(&store, late).await, Err(CommitError::Conflict { .. })));
        }
        run(&store, quick.beat(at(5), 9, 10)).await.unwrap();
        run(&store, quick.finish(at(6), "application/json", b"{}")).await.unwrap();
        let over = job::one(&store, id).await.unwrap().unwrap();
        assert_eq!((over.state, over.done, over.ended), (job::State::Done, 10, Some(at(6))));
        let result = job::result(&store, id).await.unwrap();
        assert_eq!(result, Some(("application/json".to_owned(), b"{}".to_vec())));
        assert!(run(&store, job::cancel(id, at(7))).await.is_err(), "it is over");
        let other = Job { id: JobId(Uuid::from_u128(2)), made: at(1), ..asked };
        run(&store, other.insert()).await.unwrap();
        run(&store, job::cancel(other.id, at(2))).await.unwrap();
        let listed = job::list(&store, Some("2026-09"), None, 9).await.unwrap();
        assert_eq!(
            listed.iter().map(|it| it.state).collect::<Vec<_>>(),
            [job::State::Cancelled, job::State::Done]
        );
        assert_eq!(job::list(&store, Some("2026-08"), None, 9).await.unwrap(), []);
    })
    .await;
}

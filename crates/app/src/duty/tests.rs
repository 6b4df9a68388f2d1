//! Duties, leave, and files of units, people and duties.

use domain::policy::Role;
use jiff::civil::date;
use store::testing::on_both;

use super::*;
use crate::people::import::Imported;
use crate::people::{NewUnit, system};
use crate::session::tests::{a_node, sign_in_as};

const CITY: AreaId = AreaId(1);
const GRID: AreaId = AreaId(10);
const UNITS: &str = "code,zh,en,area,parent
fire.c2,县消防,County Fire,c2,fire
fire,消防,Fire,c1,
";
const PEOPLE: &str = "account,name,role,area,unit
one,One,worker,c10,
Two,Two,worker,c11,
clerk,Clerk,handler,c2,fire.c2
";
const DUTIES: &str = "grid,account,kind,from,to
c10,one,main,2026-01-01,
c11,two,main,2026-01-01,2026-12-01
";

async fn imported(people: &People) -> [Imported; 3] {
    let who = system(CITY);
    [
        people.import_units(&who, UNITS.as_bytes()).await.unwrap(),
        people.import_people(&who, PEOPLE.as_bytes()).await.unwrap(),
        people.import_duties(&who, DUTIES.as_bytes()).await.unwrap(),
    ]
}

fn lines(answer: Result<Imported, AppError>) -> Vec<String> {
    match answer {
        Err(AppError::Invalid(fields)) => fields.into_iter().map(|it| it.path).collect(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_second_import_changes_nothing_and_a_corrected_one_only_what_differs() {
    on_both(async |store| {
        let people = a_node(&store).await;
        let added = |added| Imported { added, ..Imported::default() };
        assert_eq!(imported(&people).await, [added(2), added(3), added(2)]);
        let same = |same| Imported { same, ..Imported::default() };
        assert_eq!(imported(&people).await, [same(2), same(3), same(2)]);
        let who = system(CITY);
        let units = people.units(&who, None).await.unwrap();
        assert_eq!(units[0].parent, Some(units[1].id), "a parent may stand anywhere in the file");
        let renamed = people.import_people(&who, PEOPLE.replace("Clerk", "Clark").as_bytes()).await.unwrap();
        assert_eq!(renamed, Imported { added: 0, changed: 1, same: 2 });
        let ended = people.import_duties(&who, DUTIES.replace("-12-", "-11-").as_bytes()).await.unwrap();
        assert_eq!(ended, Imported { added: 0, changed: 1, same: 1 });
    })
    .await;
}

#[tokio::test]
async fn a_file_with_a_bad_row_is_not_taken_and_every_bad_row_is_told() {
    on_both(async |store| {
        let people = a_node(&store).await;
        let who = system(CITY);
        let bad = "code,zh,en,area,parent\nok,好,Ok,c1,\nb d,好,Bad,c1,\nx,好,X,c99,\ny,好,Y,c1,none\n";
        assert_eq!(lines(people.import_units(&who, bad.as_bytes()).await), ["/rows/3/code", "/rows/4/area", "/rows/5/parent"]);
        let circle = "code,zh,en,area,parent\na,好,A,c1,b\nb,好,B,c1,a\n";
        assert_eq!(lines(people.import_units(&who, circle.as_bytes()).await), ["/rows/2/parent", "/rows/3/parent"]);
        assert_eq!(people.units(&who, None).await.unwrap(), []);
        let bad = "account,name,role,area,unit\none,One,worker,c10,\none,One,worker,c10,\nx y,X,boss,c10,\nz,,desk,c1,nix\n";
        assert_eq!(lines(people.import_people(&who, bad.as_bytes()).await), ["/rows/3/account", "/rows/4/role", "/rows/5/unit"]);
        let bad = "grid,account,kind,from,to\nc10,worker,main,2026-02-30,\nc2,worker,main,2026-03-01,\nc10,who,main,2026-03-01,\nc10,worker,main,2026-03-01,2026-03-01\n";
        assert_eq!(
            lines(people.import_duties(&who, bad.as_bytes()).await),
            ["/rows/2/from", "/rows/3/grid", "/rows/4/account", "/rows/5/to"]
        );
        assert_eq!(lines(people.import_duties(&who, b"grid,account\n").await), ["/rows/1"]);
        assert_eq!(lines(people.import_people(&who, b"account,name,role,area,unit\n\xff,x,desk,c1,\n").await), ["/rows/2"]);
    })
    .await;
}

#[tokio::test]
async fn an_admin_of_a_county_imports_only_into_it() {
    on_both(async |store| {
        let people = a_node(&store).await;
        let county = sign_in_as(&people, "county", Role::Admin, AreaId(2)).await;
        let file = "account,name,role,area,unit\na1,A,worker,c10,\nb1,B,worker,c3,\n";
        assert_eq!(lines(people.import_people(&county.actor, file.as_bytes()).await), ["/rows/3/area"]);
        sign_in_as(&people, "chief", Role::Admin, CITY).await;
        let theft = "account,name,role,area,unit\nchief,Mine,worker,c2,\n";
        assert_eq!(lines(people.import_people(&county.actor, theft.as_bytes()).await), ["/rows/2/account"]);
    })
    .await;
}

#[tokio::test]
async fn who_goes_on_leave_has_no_duty_and_the_grids_without_substitute_are_told() {
    on_both(async |store| {
        let people = a_node(&store).await;
        imported(&people).await;
        let who = system(CITY);
        let id = |account: &'static str| {
            let store = store.clone();
            async move { store::person::by_account(&store, account).await.unwrap().unwrap().id }
        };
        let (one, two) = (id("one").await, id("two").await);
        let monday = date(2026, 3, 2);
        let leave = Leave { person: one, from: monday, to: date(2026, 3, 9), substitute: None };
        assert_eq!(people.enter_leave(&who, leave.clone()).await.unwrap(), [GRID]);
        assert_eq!(people.grids_with_nobody(&who, CITY, monday).await.unwrap(), [GRID]);
        let two_stands_in = NewDuty {
            grid: GRID,
            person: two,
            kind: DutyKind::Substitute,
            from: monday,
            to: Some(date(2026, 3, 9)),
        };
        let given = people.give_duty(&who, two_stands_in).await.unwrap();
        assert_eq!(
            people.on_duty(GRID, monday).await.unwrap(),
            [OnDuty { person: two, kind: DutyKind::Substitute }]
        );
        assert_eq!(people.grids_of(&who, two, monday).await.unwrap(), [GRID, AreaId(11)]);
        people.end_duty(&who, given.id, date(2026, 3, 4)).await.unwrap();
        assert_eq!(people.grids_with_nobody(&who, CITY, date(2026, 3, 4)).await.unwrap(), [GRID]);
        let both =
            Leave { person: two, from: date(2026, 3, 16), to: date(2026, 3, 17), substitute: Some(one) };
        assert_eq!(people.enter_leave(&who, both).await.unwrap(), []);
        assert_eq!(people.grids_of(&who, one, date(2026, 3, 16)).await.unwrap(), [GRID, AreaId(11)]);
        let selfish = Leave { substitute: Some(one), ..leave };
        assert!(matches!(people.enter_leave(&who, selfish).await, Err(AppError::Invalid(_))));
    })
    .await;
}

#[tokio::test]
async fn a_worker_who_signs_in_has_the_grids_of_the_day() {
    on_both(async |store| {
        let people = a_node(&store).await;
        let worker = sign_in_as(&people, "walker", Role::Worker, AreaId(2)).await;
        assert!(worker.actor.grids.is_empty());
        let duty = NewDuty {
            grid: GRID,
            person: worker.person,
            kind: DutyKind::Main,
            from: people.today(),
            to: None,
        };
        people.give_duty(&system(CITY), duty.clone()).await.unwrap();
        let again = crate::session::tests::again(&people, "walker").await;
        assert_eq!(again.actor.grids.into_iter().collect::<Vec<_>>(), [GRID]);
        let foreign = people.give_duty(&worker.actor, duty).await;
        assert!(matches!(foreign, Err(AppError::NotFound { what: "grid" })));
    })
    .await;
}

#[tokio::test]
async fn a_unit_is_added_and_changed_by_who_may_and_never_answers_to_itself() {
    on_both(async |store| {
        let people = a_node(&store).await;
        let who = system(CITY);
        let fire = NewUnit {
            code: "fire".into(),
            name_zh: "消防".into(),
            name_en: "Fire".into(),
            area: CITY,
            parent: None,
        };
        let top = people.add_unit(&who, fire.clone()).await.unwrap();
        let below = NewUnit { code: "fire.2".into(), area: AreaId(2), parent: Some(top.id), ..fire.clone() };
        let below_unit = people.add_unit(&who, below.clone()).await.unwrap();
        assert_eq!(below_unit.level, Level::County);
        assert!(matches!(people.add_unit(&who, fire.clone()).await, Err(AppError::Invalid(_))));
        let circle = NewUnit { parent: Some(below_unit.id), ..fire.clone() };
        assert!(matches!(people.change_unit(&who, top.id, circle).await, Err(AppError::Invalid(_))));
        let county = sign_in_as(&people, "county", Role::Admin, AreaId(2)).await;
        let renamed = NewUnit { name_en: "County Fire".into(), ..below };
        assert_eq!(
            people.change_unit(&county.actor, below_unit.id, renamed).await.unwrap().name_en,
            "County Fire"
        );
        let answer = people.change_unit(&county.actor, top.id, fire).await;
        assert!(matches!(answer, Err(AppError::NotFound { what: "unit" })));
    })
    .await;
}

#[tokio::test]
async fn nine_thousand_workers_and_their_duties_are_written_in_seconds() {
    on_both(async |store| {
        let people = a_node(&store).await;
        let n = 9_145;
        let rows: Vec<String> = (0..n).map(|n| format!("w{n:05},Worker {n},worker,c2,\n")).collect();
        let duties: Vec<String> =
            (0..n).map(|n| format!("c{},w{n:05},main,2026-01-01,\n", 10 + n % 2)).collect();
        let who = system(CITY);
        let begun = std::time::Instant::now();
        let file = format!("account,name,role,area,unit\n{}", rows.concat());
        assert_eq!(people.import_people(&who, file.as_bytes()).await.unwrap().added, n);
        let file = format!("grid,account,kind,from,to\n{}", duties.concat());
        assert_eq!(people.import_duties(&who, file.as_bytes()).await.unwrap().added, n);
        println!("{n} people and duties in {:?}", begun.elapsed());
        assert_eq!(people.on_duty(GRID, date(2026, 3, 2)).await.unwrap().len(), n.div_ceil(2));
    })
    .await;
}

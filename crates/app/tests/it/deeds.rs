//! Deeds: what is done to settings stands in one chain, written with the state, read by whom it concerns.

use app::deeds::{Asked, list};
use app::duty::{DutyKind, NewDuty};
use app::people::{NewPerson, NewUnit, PersonChange, system};
use app::seal::set;
use app::verify::verify;
use app::{App, AppError};
use domain::audit::How;
use domain::deed::{Broken, Deed, Proof};
use domain::id::{AreaId, PersonId};
use domain::policy::{Actor, Role};
use store::testing::on_both;
use store::{Batch, params};

use super::city::{CITY, EAST, WEST};
use super::hall::{hall, leader};

fn account(name: &str, role: Role, area: AreaId) -> NewPerson {
    NewPerson { account: name.to_owned(), name: format!("{name} 某"), role, area, unit: None }
}

fn admin(id: PersonId, area: AreaId) -> Actor {
    Actor { person: Some(id), role: Role::Admin, ..leader(area) }
}

/// An administrator of the city, opened by whoever runs the machine.
async fn first_admin(app: &App) -> Actor {
    let opened = app.people.open_account(&system(CITY), account("first", Role::Admin, CITY)).await.unwrap();
    admin(opened.person.id, CITY)
}

async fn all(app: &App, who: &Actor) -> Vec<Deed> {
    let asked = Asked { limit: 500, ..Asked::default() };
    let (deeds, next) = list(app, who, &asked).await.unwrap();
    assert_eq!(next, None);
    deeds.iter().map(|it| it.parsed().unwrap().1).collect()
}

#[tokio::test]
async fn opening_changing_and_entering_an_account_are_three_deeds_with_their_doers() {
    on_both(async |store| {
        let hall = hall(store).await;
        let (app, first) = (&hall.app, first_admin(&hall.app).await);
        let opened = app.people.open_account(&first, account("li", Role::Desk, EAST)).await.unwrap();
        let li = opened.person.id;
        app.people.use_link(&opened.link, "a long enough one").await.unwrap();
        let change = PersonChange { role: Some(Role::Leader), ..PersonChange::default() };
        app.people.change_person(&first, li, change.clone()).await.unwrap();
        app.people.change_person(&first, li, change).await.unwrap(); // nothing is done twice
        let asked = Asked { about: Some(format!("person/{li}")), limit: 9, ..Asked::default() };
        let (deeds, _) = list(app, &first, &asked).await.unwrap();
        let told: Vec<_> = deeds.iter().rev().map(|it| it.parsed().unwrap()).collect();
        let [(opener, open), (setter, set), (changer, changed)] = &told[..] else { panic!("{told:?}") };
        assert_eq!((opener.person, opener.role), (first.person, Role::Admin));
        assert!(
            matches!(open, Deed::OpenAccount { post, .. } if post.role == Role::Desk && post.area == EAST)
        );
        assert_eq!((setter.person, set), (Some(li), &Deed::SetPassword { person: li, by: Proof::Link }));
        assert_eq!(changer.person, first.person);
        let Deed::ChangeAccount { before, after, renamed: false, .. } = changed else {
            panic!("{changed:?}")
        };
        assert_eq!((before.role, after.role), (Role::Desk, Role::Leader));
        assert!(deeds.iter().all(|it| !it.deed.contains('某')), "no name of a person stays for ever");
    })
    .await;
}

#[tokio::test]
async fn an_admin_of_a_county_reads_of_the_county_and_nobody_else_reads_deeds_at_all() {
    on_both(async |store| {
        let hall = hall(store).await;
        let (app, first) = (&hall.app, first_admin(&hall.app).await);
        let east = app.people.open_account(&first, account("east", Role::Admin, EAST)).await.unwrap();
        let west = app.people.open_account(&first, account("west", Role::Admin, WEST)).await.unwrap();
        let of_west = all(app, &admin(west.person.id, WEST)).await;
        assert!(
            matches!(&of_west[..], [Deed::OpenAccount { person, .. }] if *person == west.person.id),
            "not the city's own settings, not the neighbour's: {of_west:?}"
        );
        assert!(all(app, &first).await.iter().any(|it| matches!(it, Deed::SaveBundle { .. })));
        let asked = Asked { area: Some(EAST), limit: 9, ..Asked::default() };
        let foreign = list(app, &admin(west.person.id, WEST), &asked).await;
        assert!(matches!(foreign, Err(AppError::NotFound { what: "area" })), "{foreign:?}");
        assert_eq!(list(app, &first, &asked).await.unwrap().0.len(), 1, "{:?}", east.person.id);
        let other = list(app, &leader(CITY), &Asked { limit: 9, ..Asked::default() }).await;
        assert!(matches!(other, Err(AppError::NotFound { .. })), "{other:?}");
    })
    .await;
}

#[tokio::test]
async fn pages_of_deeds_follow_each_other_without_a_gap() {
    on_both(async |store| {
        let hall = hall(store).await;
        let (app, first) = (&hall.app, first_admin(&hall.app).await);
        for n in 0..7 {
            app.people.open_account(&first, account(&format!("w{n}"), Role::Worker, EAST)).await.unwrap();
        }
        let whole = all(app, &first).await.len();
        let (mut seen, mut before) = (Vec::new(), None);
        loop {
            let (deeds, next) =
                list(app, &first, &Asked { limit: 3, before, ..Asked::default() }).await.unwrap();
            seen.extend(deeds.iter().map(|it| it.number));
            before = next;
            if next.is_none() {
                break;
            }
        }
        assert_eq!(seen, (1..=whole as u64).rev().collect::<Vec<_>>());
    })
    .await;
}

/// Many who change settings in the same moment: every one of them is in the chain, once, behind what it was decided on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn those_who_decide_at_once_are_recorded_one_after_the_other() {
    on_both(async |store| {
        let hall = hall(store).await;
        let first = first_admin(&hall.app).await;
        let before = all(&hall.app, &first).await.len();
        let tasks = (0..8).map(|n| {
            let (app, first) = (hall.app.clone(), first.clone());
            tokio::spawn(async move {
                let new = NewUnit {
                    code: format!("u{n}"),
                    name_zh: "新".to_owned(),
                    name_en: "New".to_owned(),
                    area: EAST,
                    parent: None,
                };
                app.people.add_unit(&first, new).await.map(|it| it.id)
            })
        });
        let mut ids = Vec::new();
        for task in tasks.collect::<Vec<_>>() {
            ids.push(task.await.unwrap().unwrap());
        }
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 8, "no number is given twice");
        assert_eq!(all(&hall.app, &first).await.len(), before + 8);
        let found = verify(&hall.app, |_| ()).await.unwrap();
        assert_eq!(found.broken_deeds, []);
        assert_eq!(found.n_deeds as usize, before + 8);
    })
    .await;
}

#[tokio::test]
async fn a_deed_that_was_touched_behind_the_platforms_back_is_named() {
    for (sql, how) in [
        ("update deed set deed = replace(deed, 'worker', 'admin') where number = $1", How::Altered),
        ("update deed set by_whom = replace(by_whom, 'admin', 'system') where number = $1", How::Altered),
        ("update deed set at_ms = at_ms + 1 where number = $1", How::Altered),
        ("update deed set area_id = null where number = $1", How::Altered),
        ("delete from deed where number = $1", How::Missing),
    ] {
        on_both(async |store| {
            let hall = hall(store).await;
            let (app, first) = (&hall.app, first_admin(&hall.app).await);
            app.people.open_account(&first, account("wu", Role::Worker, EAST)).await.unwrap();
            let number = verify(app, |_| ()).await.unwrap().n_deeds;
            app.people.open_account(&first, account("zhu", Role::Worker, EAST)).await.unwrap();
            app.store.commit(Batch::new("touch").run(sql, params![number as i64])).await.unwrap();
            let found = verify(app, |_| ()).await.unwrap();
            assert!(!found.holds());
            assert_eq!(found.broken_deeds, [Broken { number, how }], "{sql}");
        })
        .await;
    }
}

/// The end of a chain can be cut off without a trace in the chain: the seals miss it.
#[tokio::test]
async fn deeds_cut_off_at_the_end_are_missed_by_their_seal() {
    on_both(async |store| {
        let hall = hall(store).await;
        let (app, first) = (&hall.app, first_admin(&hall.app).await);
        let seal = set(app, "node").await.unwrap().expect("deeds alone are sealed, too");
        let whole = verify(app, |_| ()).await.unwrap();
        assert!(whole.holds(), "{whole:?}");
        assert_eq!((seal.n_entries, seal.n_deeds), (0, whole.n_deeds));
        hall.hours_pass(1);
        assert!(set(app, "node").await.unwrap().is_none(), "nothing new");
        app.people.open_account(&first, account("wu", Role::Worker, EAST)).await.unwrap();
        hall.hours_pass(1);
        set(app, "node").await.unwrap().expect("a new deed");
        let cut = Batch::new("touch").run("delete from deed where number > $1", params![seal.n_deeds as i64]);
        app.store.commit(cut).await.unwrap();
        let found = verify(app, |_| ()).await.unwrap();
        assert_eq!(found.broken_deeds, [], "the chain cannot tell");
        let broken = &found.seals.broken;
        assert_eq!(broken.len(), 1);
        assert_eq!((broken[0].number, broken[0].deeds, broken[0].deeds_there), (2, 1, 0));
    })
    .await;
}

/// Whoever can write to the database can make themselves an administrator; that no deed says so, verifying tells.
#[tokio::test]
async fn settings_changed_behind_the_platforms_back_differ_from_their_deeds() {
    for sql in [
        "update person set role = 'admin' where account = 'wu'",
        "update person set disabled = 1 where account = 'wu'",
        "update unit set name_en = 'Cash' where code = 'parks'",
        "update duty set to_day = '2026-03-05' where id = 1",
        "delete from duty where id = 1",
        "insert into duty (id, grid_id, person_id, kind, from_day) select 2, 11, id, 'main', '2026-03-01'
            from person where account = 'wu'",
        "update bundle set body = body || ' ' where kind = 'matrix'",
    ] {
        on_both(async |store| {
            let hall = hall(store).await;
            let (app, first) = (&hall.app, first_admin(&hall.app).await);
            let opened = app.people.open_account(&first, account("wu", Role::Worker, EAST)).await.unwrap();
            let new = NewUnit {
                code: "parks".to_owned(),
                name_zh: "园林".to_owned(),
                name_en: "Parks".to_owned(),
                area: EAST,
                parent: None,
            };
            app.people.add_unit(&first, new).await.unwrap();
            let day = |day: i8| jiff::civil::date(2026, 3, day);
            for grid in [AreaId(10), AreaId(11)] {
                let (person, kind) = (opened.person.id, DutyKind::Main);
                let duty = NewDuty { grid, person, kind, from: day(1), to: None };
                app.people.give_duty(&first, duty).await.unwrap();
            }
            app.people.end_duty(&first, 1, day(20)).await.unwrap();
            app.people.end_duty(&first, 2, day(1)).await.unwrap(); // taken out
            let before = verify(app, |_| ()).await.unwrap();
            assert!(before.holds(), "{before:?}");
            app.store.commit(Batch::new("touch").run(sql, params![])).await.unwrap();
            let found = verify(app, |_| ()).await.unwrap();
            let how: Vec<How> = found.broken_deeds.iter().map(|it| it.how).collect();
            assert_eq!(how, [How::StateDiffers], "{sql}");
        })
        .await;
    }
}

//! The care register: no reading without a record, no list without a purpose, and nothing left when an entry ends.

use std::collections::BTreeSet;

use app::AppError;
use app::care::{self, Asked, Correction, Enrolled, Keeping, NewEntry, count, purpose};
use app::stream;
use domain::area::Level;
use domain::care::{
    Act, Basis, Category, ConsentForm, Consenter, Contact, Ended, Need, Particulars, ReadReason, Terms,
};
use domain::id::{ActId, AreaId, CareId, PurposeId};
use domain::policy::{Actor, Role};
use domain::stream::{Stream, StreamId};
use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use store::testing::on_both;
use store::{Batch, Store};

use super::city::{BRIDGE, CITY, EAST, HARBOUR, middle_of};
use super::hall::{Hall, desk, hall, handler, leader, person, worker};

pub const GRID: AreaId = AreaId(10);
/// What must be nowhere but under its key.
pub const PLANTED: [&str; 5] = ["郑大娘", "13812344321", "铁塔小区3号楼", "郑小妹", "钥匙在隔壁"];

pub fn an_entry() -> NewEntry {
    NewEntry {
        grid: None,
        person: Particulars {
            name: PLANTED[0].into(),
            born: Some(1945),
            phone: PLANTED[1].into(),
            address: PLANTED[2].into(),
            point: Some(middle_of(GRID)),
            guardian: None,
            kin: vec![Contact {
                name: PLANTED[3].into(),
                relation: "女儿".into(),
                phone: "13900001111".into(),
            }],
            neighbour: Some(Contact {
                name: "老李".into(), relation: "邻居".into(), phone: String::new()
            }),
            remarks: PLANTED[4].into(),
        },
        terms: Terms {
            category: Category::OlderAlone,
            basis: Basis::Consent { by: Consenter::Person, form: ConsentForm::Written, on: date(2026, 3, 1) },
            purpose: "每周上门看望".into(),
            needs: BTreeSet::from([Need::Company, Need::Medicine]),
            every_days: 7,
            review: date(2026, 6, 1),
            expiry: date(2026, 9, 1),
        },
    }
}

impl Hall {
    pub async fn enrolled(&self) -> Enrolled {
        self.enrols(&an_entry()).await
    }

    pub async fn enrols(&self, entry: &NewEntry) -> Enrolled {
        let grid = entry.person.point.and_then(|it| self.app.city().locate(it)).unwrap().0.grid.unwrap();
        care::enrol(&self.app, &worker(grid), CareId(self.fresh()), entry).await.unwrap()
    }

    pub async fn care_acts(&self, id: CareId) -> Vec<stream::Told<Act>> {
        stream::acts(&self.app, StreamId::new(Stream::Care, id.0)).await.unwrap()
    }

    pub fn key(&self) -> ActId {
        ActId(self.fresh())
    }

    pub async fn sweeps_care(&self) -> u32 {
        care::sweep::sweep(&self.app, "here").await.unwrap()
    }

    async fn purpose(
        &self,
        who: &Actor,
        area: AreaId,
        categories: &[Category],
    ) -> Result<PurposeId, AppError> {
        let new = purpose::NewPurpose {
            person: who.person.unwrap(),
            area,
            categories: categories.to_vec(),
            reason: "高温期间核对独居老人联系方式".into(),
            until: self.app.clock.now() + SignedDuration::from_hours(24 * 10),
        };
        let id = PurposeId(self.fresh());
        purpose::grant(&self.app, &admin(CITY), id, &new).await.map(|(it, _)| it.id)
    }
}

pub fn admin(area: AreaId) -> Actor {
    let level = if area == CITY { Level::City } else { Level::County };
    Actor { person: Some(person(9_000)), role: Role::Admin, area, level, unit: None, grids: BTreeSet::new() }
}

/// Gives an actor an account, as whoever holds a purpose or sits at a desk must have one.
pub async fn account(store: &Store, who: &Actor) {
    let row = store::person::Person {
        id: who.person.unwrap(),
        account: format!("a{}", who.person.unwrap().0.simple()),
        name: "值班员".to_owned(),
        role: who.role,
        area: who.area,
        unit: who.unit,
        disabled: false,
        created: Timestamp::UNIX_EPOCH,
    };
    store.commit(Batch::new("account").with(row.insert())).await.unwrap();
}

fn for_reason(reason: ReadReason) -> Asked {
    Asked { reason, area: None, category: None, after: None, limit: 50 }
}

fn is_absent<T: std::fmt::Debug>(answer: &Result<T, AppError>) -> bool {
    matches!(answer, Err(AppError::NotFound { what: "care entry" })) || panic!("{answer:?}")
}

#[tokio::test]
async fn an_entry_is_made_once_and_never_without_what_makes_it_lawful() {
    on_both(|store| async move {
        let hall = hall(store).await;
        let (id, new) = (CareId(hall.fresh()), an_entry());
        let first = care::enrol(&hall.app, &worker(GRID), id, &new).await.unwrap();
        assert_eq!((first.due, first.replayed), (date(2026, 3, 9), false));
        let again = care::enrol(&hall.app, &worker(GRID), id, &new).await.unwrap();
        assert_eq!(again, Enrolled { replayed: true, ..first });
        let mut other = new.clone();
        other.person.name = "别人".into();
        let reused = care::enrol(&hall.app, &worker(GRID), id, &other).await;
        assert!(matches!(reused, Err(AppError::KeyReused)));

        let mut bare = new.clone();
        bare.terms.basis = Basis::StatutoryService { rule: String::new() };
        bare.terms.category = Category::ChildAtRisk;
        let refused = care::enrol(&hall.app, &worker(GRID), CareId(hall.fresh()), &bare).await;
        let Err(AppError::Invalid(fields)) = refused else { panic!("{refused:?}") };
        let paths: Vec<&str> = fields.iter().map(|it| it.path.as_str()).collect();
        assert_eq!(paths, ["/person/guardian", "/terms/basis/rule"]);
        for elsewhere in [worker(AreaId(11)), desk(EAST), leader(CITY), admin(CITY)] {
            let refused = care::enrol(&hall.app, &elsewhere, CareId(hall.fresh()), &new).await;
            assert!(matches!(refused, Err(AppError::NotFound { what: "grid" })), "{:?}", elsewhere.role);
        }
        hall.holds().await;
    })
    .await;
}

#[tokio::test]
async fn nothing_that_is_stored_says_who_it_is() {
    on_both(|store| async move {
        let hall = hall(store).await;
        let entry = hall.enrolled().await;
        care::read(&hall.app, &worker(GRID), entry.id, ReadReason::Visit).await.unwrap();
        hall.app.people.names([person(1)]).await.unwrap();
        for table in ["care_entry", "visit", "entry", "care_listed", "notice", "deed", "secret_key"] {
            let rows = hall.app.store.rows(&format!("select * from {table}"), vec![]).await.unwrap();
            let text = format!("{rows:?}");
            let bytes: Vec<String> = PLANTED.iter().map(|it| format!("{:?}", it.as_bytes())).collect();
            for planted in PLANTED.iter().map(|it| (*it).to_owned()).chain(bytes) {
                let bare = planted.trim_matches(['[', ']']);
                assert!(!text.contains(bare), "{table} holds {planted}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn every_reading_is_on_record_with_its_reason_before_it_is_told() {
    on_both(|store| async move {
        let hall = hall(store).await;
        let entry = hall.enrolled().await;
        let view = care::read(&hall.app, &worker(GRID), entry.id, ReadReason::Review).await.unwrap();
        assert_eq!((view.held.person.name.as_str(), view.readers), (PLANTED[0], 1));
        let acts = hall.care_acts(entry.id).await;
        assert_eq!(acts.len(), 2);
        let read = Act::Read { reason: ReadReason::Review, purpose: None, referral: None };
        assert_eq!((&acts[1].act, acts[1].by.person), (&read, worker(GRID).person));
        let readings = care::readings(&hall.app, &worker(GRID), entry.id).await.unwrap();
        let reasons: Vec<ReadReason> = readings.iter().map(|it| it.reason).collect();
        assert_eq!(reasons, [ReadReason::PersonAsked, ReadReason::Review], "asking who read is reading");
        hall.holds().await;
    })
    .await;
}

#[tokio::test]
async fn whoever_has_no_duty_and_no_purpose_finds_nothing_and_leaves_no_trace() {
    on_both(|store| async move {
        let hall = hall(store).await;
        let entry = hall.enrolled().await;
        let nobody = CareId(hall.fresh());
        let others = [
            worker(AreaId(11)),
            desk(BRIDGE),
            desk(EAST),
            leader(CITY),
            handler(super::city::ROADS),
            admin(CITY),
        ];
        for who in &others {
            for id in [entry.id, nobody] {
                assert!(is_absent(&care::read(&hall.app, who, id, ReadReason::Visit).await));
                let end = Keeping::End { why: Ended::Erased };
                assert!(is_absent(&care::keep(&hall.app, who, id, hall.key(), None, &end).await));
                assert!(is_absent(&care::export(&hall.app, who, id).await));
                assert!(is_absent(&care::readings(&hall.app, who, id).await));
            }
            if who.role == Role::Worker {
                let (names, _) = care::list(&hall.app, who, &for_reason(ReadReason::Round)).await.unwrap();
                assert!(names.is_empty());
            } else {
                let listed = care::list(&hall.app, who, &for_reason(ReadReason::Purpose)).await;
                assert!(matches!(listed, Err(AppError::NotTheirs { .. })), "{listed:?}");
            }
            assert!(care::find(&hall.app, who, "4321", ReadReason::Round).await.unwrap().is_empty());
        }
        assert_eq!(hall.care_acts(entry.id).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_purpose_opens_what_it_covers_as_long_as_it_holds() {
    on_both(|store| async move {
        let hall = hall(store).await;
        let entry = hall.enrolled().await;
        let (bridge, harbour) = (desk(BRIDGE), desk(HARBOUR));
        account(&hall.app.store, &bridge).await;
        let wrong = hall.purpose(&bridge, BRIDGE, &[Category::Pregnancy]).await.unwrap();
        assert!(is_absent(&care::read(&hall.app, &bridge, entry.id, ReadReason::Purpose).await));
        let listed = care::list(&hall.app, &bridge, &for_reason(ReadReason::Purpose)).await.unwrap();
        assert!(listed.0.is_empty());

        let right = hall.purpose(&bridge, BRIDGE, &[Category::OlderAlone]).await.unwrap();
        care::read(&hall.app, &bridge, entry.id, ReadReason::Purpose).await.unwrap();
        assert!(is_absent(&care::read(&hall.app, &harbour, entry.id, ReadReason::Purpose).await));
        let (names, _) = care::list(&hall.app, &bridge, &for_reason(ReadReason::Purpose)).await.unwrap();
        assert_eq!(names.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), [PLANTED[0]]);
        let acts = hall.care_acts(entry.id).await;
        assert!(acts.iter().any(|it| matches!(it.act, Act::Read { purpose, .. } if purpose == Some(right))));
        assert!(
            acts.iter().any(|it| matches!(it.act, Act::Listed { purpose, .. } if purpose == Some(right)))
        );

        purpose::end(&hall.app, &admin(CITY), right).await.unwrap();
        purpose::end(&hall.app, &admin(CITY), right).await.unwrap();
        assert!(is_absent(&care::read(&hall.app, &bridge, entry.id, ReadReason::Purpose).await));
        assert!(purpose::own(&hall.app, &bridge).await.unwrap().iter().all(|it| it.id == wrong));
        hall.hours_pass(24 * 11);
        assert!(purpose::own(&hall.app, &bridge).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn purposes_are_granted_by_administrators_to_others_within_bounds() {
    on_both(|store| async move {
        let hall = hall(store).await;
        let bridge = desk(BRIDGE);
        account(&hall.app.store, &bridge).await;
        let new = |f: fn(&mut purpose::NewPurpose)| {
            let mut new = purpose::NewPurpose {
                person: bridge.person.unwrap(),
                area: BRIDGE,
                categories: vec![Category::OlderAlone],
                reason: "高温期间核对".into(),
                until: hall.app.clock.now() + SignedDuration::from_hours(24),
            };
            f(&mut new);
            new
        };
        let grants = |who: Actor, new: purpose::NewPurpose| {
            let (app, id) = (hall.app.clone(), PurposeId(hall.fresh()));
            async move { purpose::grant(&app, &who, id, &new).await.map(|_| ()) }
        };
        let refused = |answer: Result<(), AppError>| match answer.unwrap_err() {
            AppError::Invalid(fields) => fields[0].path.clone(),
            other => format!("{other}"),
        };
        let admin = admin(CITY);
        assert_eq!(refused(grants(admin.clone(), new(|it| it.reason.clear())).await), "/reason");
        assert_eq!(refused(grants(admin.clone(), new(|it| it.categories.clear())).await), "/categories");
        let far = new(|it| it.until += SignedDuration::from_hours(24 * 400));
        assert_eq!(refused(grants(admin.clone(), far).await), "/until");
        assert_eq!(refused(grants(admin.clone(), new(|it| it.area = HARBOUR)).await), "/area");
        let own = new(|it| it.person = person(9_000));
        assert_eq!(refused(grants(admin.clone(), own).await), "nobody grants a purpose to themselves");
        for who in [desk(EAST), leader(CITY), worker(GRID)] {
            assert_eq!(refused(grants(who, new(|_| ())).await), "there is no such area");
        }
        let mut west = admin.clone();
        (west.area, west.level) = (super::city::WEST, Level::County);
        assert_eq!(refused(grants(west, new(|_| ())).await), "there is no such area");
        grants(admin, new(|_| ())).await.unwrap();
        hall.holds().await;
    })
    .await;
}

#[tokio::test]
async fn a_name_in_a_list_is_on_record_once_a_day() {
    on_both(|store| async move {
        let hall = hall(store).await;
        let entry = hall.enrolled().await;
        let asked = for_reason(ReadReason::Round);
        let listed = |acts: &[stream::Told<Act>]| {
            acts.iter().filter(|it| matches!(it.act, Act::Listed { .. })).count()
        };
        for _ in 0..3 {
            let (names, next) = care::list(&hall.app, &worker(GRID), &asked).await.unwrap();
            assert_eq!((names.len(), next), (1, None));
        }
        assert_eq!(listed(&hall.care_acts(entry.id).await), 1);
        care::list(&hall.app, &worker(GRID), &for_reason(ReadReason::Review)).await.unwrap();
        assert_eq!(listed(&hall.care_acts(entry.id).await), 2, "another reason is another reading");
        hall.hours_pass(24);
        care::list(&hall.app, &worker(GRID), &asked).await.unwrap();
        assert_eq!(listed(&hall.care_acts(entry.id).await), 3, "another day, too");
        let found = care::find(&hall.app, &worker(GRID), "4321", ReadReason::Round).await.unwrap();
        assert_eq!(found.len(), 1);
        assert!(care::find(&hall.app, &worker(GRID), "1234", ReadReason::Round).await.unwrap().is_empty());
        assert!(care::find(&hall.app, &worker(GRID), "43", ReadReason::Round).await.is_err());
        hall.holds().await;
    })
    .await;
}

#[tokio::test]
async fn many_who_read_at_once_are_all_on_record() {
    on_both(|store| async move {
        let hall = hall(store).await;
        let entry = hall.enrolled().await;
        let reads = (0..8).map(|_| {
            let app = hall.app.clone();
            tokio::spawn(async move { care::read(&app, &worker(GRID), entry.id, ReadReason::Visit).await })
        });
        for read in reads.collect::<Vec<_>>() {
            read.await.unwrap().unwrap();
        }
        assert_eq!(hall.care_acts(entry.id).await.len(), 9);
        hall.holds().await;
    })
    .await;
}

#[tokio::test]
async fn corrections_are_decided_on_what_stands_and_readers_do_not_get_in_the_way() {
    on_both(|store| async move {
        let hall = hall(store).await;
        let entry = hall.enrolled().await;
        let view = care::read(&hall.app, &worker(GRID), entry.id, ReadReason::Correction).await.unwrap();
        care::read(&hall.app, &worker(GRID), entry.id, ReadReason::Visit).await.unwrap();
        let mut person = view.held.person.clone();
        person.phone = "13700008888".into();
        let correct = Keeping::Correct(Box::new(Correction {
            person: Some(person),
            every_days: Some(5),
            ..Correction::default()
        }));
        let key = hall.key();
        let kept =
            care::keep(&hall.app, &worker(GRID), entry.id, key, Some(view.revision), &correct).await.unwrap();
        assert_eq!(kept.revision, 2);
        let again = care::keep(&hall.app, &worker(GRID), entry.id, key, Some(1), &correct).await.unwrap();
        assert!(again.replayed);
        let late = care::keep(&hall.app, &worker(GRID), entry.id, hall.key(), Some(1), &correct).await;
        assert!(matches!(late, Err(AppError::Stale { now: 2 })));
        let nothing = care::keep(&hall.app, &worker(GRID), entry.id, hall.key(), None, &correct).await;
        assert!(matches!(nothing, Err(AppError::Invalid(_))), "nothing would change");
        let acts = hall.care_acts(entry.id).await;
        let told = acts.iter().find_map(|it| match &it.act {
            Act::Correct { fields, .. } => Some(fields.clone()),
            _ => None,
        });
        assert_eq!(told.unwrap(), ["phone", "every_days"]);
        assert!(care::find(&hall.app, &worker(GRID), "4321", ReadReason::Round).await.unwrap().is_empty());
        assert_eq!(care::find(&hall.app, &worker(GRID), "8888", ReadReason::Round).await.unwrap().len(), 1);
        hall.holds().await;
    })
    .await;
}

/// Whatever still says something of an entry that has ended.
async fn left_of(hall: &Hall, id: CareId) -> Vec<String> {
    let store = &hall.app.store;
    let row = store::care::one(store, id).await.unwrap().unwrap();
    let mut left = Vec::new();
    if row.open.is_some() {
        left.push("the row".to_owned());
    }
    if hall.app.vault.key(store, id.0).await.unwrap().is_some() {
        left.push("the key".to_owned());
    }
    let columns =
        "select category, lng, lat, tail, sealed, code, review_day, expiry_day from care_entry where id = $1";
    let told = store.row(columns, store::params![id.0]).await.unwrap().unwrap();
    left.extend(
        (0..8).filter(|at| *told.value(*at).unwrap() != store::Value::Null).map(|at| format!("column {at}")),
    );
    let listed = "select 1 as n from care_listed where care_id = $1";
    left.extend(store.rows(listed, store::params![id.0]).await.unwrap().iter().map(|_| "a list".to_owned()));
    let open = "select 1 as n from visit where care_id = $1 and (state in ('planned', 'searching') or lng is not null)";
    left.extend(store.rows(open, store::params![id.0]).await.unwrap().iter().map(|_| "a visit".to_owned()));
    let open = "select 1 as n from referral where care_id = $1 and state in ('open', 'accepted', 'returned')";
    left.extend(
        store.rows(open, store::params![id.0]).await.unwrap().iter().map(|_| "a referral".to_owned()),
    );
    left
}

#[tokio::test]
async fn an_entry_that_ends_leaves_nothing_and_the_record_still_holds() {
    on_both(|store| async move {
        let hall = hall(store).await;
        for why in [Ended::Erased, Ended::Withdrawn, Ended::NoNeed] {
            let entry = hall.enrolled().await;
            care::list(&hall.app, &worker(GRID), &for_reason(ReadReason::Round)).await.unwrap();
            care::give_code(&hall.app, &worker(GRID), entry.id, hall.key(), 0).await.unwrap();
            assert!(!left_of(&hall, entry.id).await.is_empty());
            let (key, end) = (hall.key(), Keeping::End { why });
            care::keep(&hall.app, &worker(GRID), entry.id, key, None, &end).await.unwrap();
            assert!(care::keep(&hall.app, &worker(GRID), entry.id, key, None, &end).await.unwrap().replayed);
            assert_eq!(left_of(&hall, entry.id).await, Vec::<String>::new());
            // Their worker is told so; for all others there was never anything.
            let read = care::read(&hall.app, &worker(GRID), entry.id, ReadReason::Visit).await;
            let Err(AppError::Blocked { why: told }) = read else { panic!("{read:?}") };
            assert!(told.contains("enrol again"), "{told}");
            assert!(is_absent(
                &care::read(&hall.app, &worker(AreaId(11)), entry.id, ReadReason::Visit).await
            ));
            assert!(
                care::find(&hall.app, &worker(GRID), "4321", ReadReason::Round).await.unwrap().is_empty()
            );
        }
        hall.holds().await;
    })
    .await;
}

#[tokio::test]
async fn expiry_removes_an_entry_and_before_the_sweep_it_is_closed_already() {
    on_both(|store| async move {
        let hall = hall(store).await;
        let entry = hall.enrolled().await;
        hall.hours_pass(24 * 91); // the first of June: the review is due, and told once
        assert!(hall.sweeps_care().await > 0);
        let row = store::care::one(&hall.app.store, entry.id).await.unwrap().unwrap();
        assert!(row.open.as_ref().unwrap().review_told);
        hall.hours_pass(24 * 92); // the first of September
        let read = care::read(&hall.app, &worker(GRID), entry.id, ReadReason::Visit).await;
        assert!(matches!(read, Err(AppError::Blocked { .. })), "{read:?}");
        assert!(matches!(
            care::export(&hall.app, &worker(GRID), entry.id).await,
            Err(AppError::Blocked { .. })
        ));
        let (names, _) = care::list(&hall.app, &worker(GRID), &for_reason(ReadReason::Round)).await.unwrap();
        assert!(names.is_empty());
        while hall.sweeps_care().await > 0 {}
        assert_eq!(left_of(&hall, entry.id).await, Vec::<String>::new());
        let last = hall.care_acts(entry.id).await.pop().unwrap();
        assert_eq!((last.act, last.by.role), (Act::End { why: Ended::Expired }, Role::System));
        hall.holds().await;
    })
    .await;
}

#[tokio::test]
async fn an_entry_lives_on_when_it_is_reviewed_and_extended_on_a_basis_asked_anew() {
    on_both(|store| async move {
        let hall = hall(store).await;
        let entry = hall.enrolled().await;
        hall.hours_pass(24 * 100);
        let basis =
            Basis::Consent { by: Consenter::Person, form: ConsentForm::Spoken, on: hall.app.people.today() };
        let bad = Keeping::Extend { basis: basis.clone(), expiry: date(2028, 1, 1), review: None };
        let refused = care::keep(&hall.app, &worker(GRID), entry.id, hall.key(), None, &bad).await;
        assert!(matches!(refused, Err(AppError::Invalid(_))));
        let extend = Keeping::Extend { basis, expiry: date(2027, 6, 1), review: None };
        let kept = care::keep(&hall.app, &worker(GRID), entry.id, hall.key(), None, &extend).await.unwrap();
        assert_eq!(kept.expiry, Some(date(2027, 6, 1)));
        hall.hours_pass(24 * 92);
        while hall.sweeps_care().await > 0 {}
        care::read(&hall.app, &worker(GRID), entry.id, ReadReason::Visit).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn the_person_sees_by_a_code_who_read_and_a_delay_is_kept() {
    on_both(|store| async move {
        let hall = hall(store).await;
        let entry = hall.enrolled().await;
        let key = hall.key();
        let code = care::give_code(&hall.app, &worker(GRID), entry.id, key, 0).await.unwrap().unwrap();
        assert_eq!(code.0.len(), 12);
        assert!(care::give_code(&hall.app, &worker(GRID), entry.id, key, 0).await.unwrap().is_none());
        care::read(&hall.app, &worker(GRID), entry.id, ReadReason::Visit).await.unwrap();
        let spelled = format!("{}-{}", &code.0[..6].to_lowercase(), &code.0[6..]);
        let shown = care::shown(&hall.app, &spelled, None).await.unwrap();
        assert_eq!((shown.basis, shown.readings.len()), ("consent", 1));
        let mut wrong = 0;
        let from = Some("203.0.113.9".parse().unwrap());
        while let Err(AppError::NotFound { what: "code" }) =
            care::shown(&hall.app, "ABCDEF234567", from).await
        {
            wrong += 1;
        }
        assert_eq!(wrong, 30, "then one must wait");
        assert!(matches!(care::shown(&hall.app, &code.0, from).await, Err(AppError::Locked { .. })));

        let later =
            care::give_code(&hall.app, &worker(GRID), entry.id, hall.key(), 7).await.unwrap().unwrap();
        assert!(care::shown(&hall.app, &code.0, None).await.is_err(), "the old one opens nothing");
        assert_eq!(care::shown(&hall.app, &later.0, None).await.unwrap().readings.len(), 0);
        hall.hours_pass(24 * 7);
        assert_eq!(care::shown(&hall.app, &later.0, None).await.unwrap().readings.len(), 1);
        let end = Keeping::End { why: Ended::Erased };
        care::keep(&hall.app, &worker(GRID), entry.id, hall.key(), None, &end).await.unwrap();
        assert!(care::shown(&hall.app, &later.0, None).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn counts_hide_the_few_and_are_the_areas_own() {
    on_both(|store| async move {
        let hall = hall(store).await;
        for (grid, n) in [(10, 6), (11, 3), (12, 7), (13, 8)] {
            for _ in 0..n {
                let mut entry = an_entry();
                entry.person.point = Some(middle_of(AreaId(grid)));
                hall.enrols(&entry).await;
            }
        }
        let counts = |who: Actor, area: u32| {
            let app = hall.app.clone();
            async move { count::counts(&app, &who, Some(AreaId(area))).await }
        };
        let told = counts(desk(EAST), 2).await.unwrap();
        let of = |told: &[count::AreaCounts], area: u32| {
            told.iter().find(|it| it.area == AreaId(area)).unwrap().counts.get(&Category::OlderAlone).copied()
        };
        assert_eq!(
            (of(&told, 2), of(&told, 4), of(&told, 5)),
            (Some(Some(24)), Some(Some(9)), Some(Some(15)))
        );
        let told = counts(desk(BRIDGE), 7).await.unwrap();
        assert_eq!((of(&told, 7), of(&told, 10), of(&told, 11)), (Some(Some(9)), Some(None), Some(None)));
        for (who, area) in [(desk(BRIDGE), 5), (worker(GRID), 7), (admin(CITY), 1), (desk(EAST), 3)] {
            assert!(matches!(counts(who, area).await, Err(AppError::NotFound { what: "area" })));
        }
    })
    .await;
}

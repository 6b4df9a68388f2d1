//! Those whom the demo city looks after: some thousands of entries with invented names, two months of visits, referrals
//! with appointments and results, made through the same doors as anyone's on a virtual clock. Chance decides who and how
//! they are; keys and ids are the machine's own, as in earnest.

use std::collections::{BTreeMap, BTreeSet};

use app::care::purpose::{self, NewPurpose};
use app::care::{self, NewEntry};
use app::referral::{self, Command as ReferralCommand};
use app::visit::{self, Command, NewReferral};
use app::{App, AppError, City};
use domain::area::Level;
use domain::care::{Basis, Category, ConsentForm, Consenter, Contact, Need, Particulars, Terms};
use domain::id::{ActId, AreaId, CareId, PersonId, PurposeId, ReferralId, UnitId, VisitId};
use domain::policy::{Actor, Role};
use domain::referral::{Result as Outcome, Service};
use domain::visit::{Found, Grade, Observations, Pressure, Sign};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::chance::Chance;
use crate::history::{Cast, Texts, id_at, point_in};

/// What to make.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// The same seed gives the same people.
    pub seed: u64,
    /// How many entries.
    pub n_entries: usize,
    /// Days of visits until now.
    pub days: i64,
    /// The moment of the demo; the clock stands there afterwards.
    pub now: Timestamp,
}

/// What was made.
#[derive(Clone, Copy, Debug, Default)]
pub struct Made {
    /// Entries.
    pub n_entries: usize,
    /// Visits, made, refused or sought.
    pub n_visits: usize,
    /// Referrals.
    pub n_referrals: usize,
}

/// Acts that are under way at once: they share their flushes to the disk.
const AT_ONCE: usize = 64;

/// Someone in the register, as the simulation follows them.
#[derive(Clone)]
struct Followed {
    worker: Actor,
    visit: VisitId,
    due: Date,
    frail: f64,
    chance: Chance,
    unit: Option<UnitId>,
}

/// A referral on its way.
#[derive(Clone)]
struct Way {
    id: ReferralId,
    handler: Actor,
    made: Date,
    chance: Chance,
}

/// What came of one visit.
struct Came {
    who: Followed,
    way: Option<Way>,
}

/// Makes them.
pub async fn make(app: &App, cast: &Cast, texts: &Texts, plan: Plan) -> Result<Made, AppError> {
    let city = app.city();
    let chance = Chance::new(plan.seed).branch("care");
    let today = city.zone.to_datetime(plan.now).date();
    let first = today.saturating_sub(plan.days.days());
    let mut made = Made::default();
    app.clock.set(at(&city, first, 9));
    let mut followed = enrol(app, &city, cast, texts, &chance, plan, first).await?;
    made.n_entries = followed.len();
    let mut ways: Vec<Way> = Vec::new();
    let mut day = first;
    while day < today {
        app.clock.set(at(&city, day, 10));
        let (due, rest): (Vec<Followed>, Vec<Followed>) = followed.into_iter().partition(|it| it.due <= day);
        followed = rest;
        made.n_visits += due.len();
        for came in all(due, |who| go(app.clone(), cast_handler(cast, &city, who.unit), who)).await? {
            followed.push(came.who);
            made.n_referrals += usize::from(came.way.is_some());
            ways.extend(came.way);
        }
        let (waiting, fresh): (Vec<Way>, Vec<Way>) = ways.into_iter().partition(|it| it.made < day);
        ways = fresh;
        all(waiting, |way| come(app.clone(), way)).await?;
        day = day.saturating_add(1.days());
    }
    app.clock.set(plan.now);
    grant(app, &city, cast, &chance, plan.now).await?;
    Ok(made)
}

/// Runs many at once, a bounded number at a time; the answers in their order.
async fn all<T, F, R>(things: Vec<T>, run: impl Fn(T) -> F) -> Result<Vec<R>, AppError>
where
    F: Future<Output = Result<R, AppError>> + Send + 'static,
    R: Send + 'static,
{
    let mut answers = Vec::with_capacity(things.len());
    let mut left = things.into_iter().enumerate();
    let mut running = JoinSet::new();
    loop {
        while running.len() < AT_ONCE
            && let Some((n, thing)) = left.next()
        {
            let one = run(thing);
            running.spawn(async move { (n, one.await) });
        }
        let Some(done) = running.join_next().await else { break };
        let (n, answer) = done.expect("a visit does not panic");
        answers.push((n, answer?));
    }
    answers.sort_by_key(|(n, _)| *n);
    Ok(answers.into_iter().map(|(_, answer)| answer).collect())
}

fn at(city: &City, day: Date, hour: i8) -> Timestamp {
    city.zone.to_timestamp(day.at(hour, 0, 0, 0)).unwrap_or(Timestamp::UNIX_EPOCH)
}

async fn enrol(
    app: &App,
    city: &City,
    cast: &Cast,
    texts: &Texts,
    chance: &Chance,
    plan: Plan,
    first: Date,
) -> Result<Vec<Followed>, AppError> {
    let grids: Vec<AreaId> = city.tree.at_level(Level::Grid).map(|area| area.id).collect();
    if grids.is_empty() {
        return Ok(Vec::new());
    }
    // A grid in every few, each with two; the first grids, where the demo's own worker walks, have some more.
    let per_grid = 2;
    let step = (grids.len() * per_grid / plan.n_entries.max(1)).max(1);
    let mut places: Vec<AreaId> = grids.iter().step_by(step).flat_map(|grid| [*grid; 2]).collect();
    let busy = grids.iter().take(3).flat_map(|grid| [*grid; 4]);
    places.truncate(plan.n_entries.saturating_sub(12));
    places.extend(busy);
    let mut new = Vec::with_capacity(places.len());
    for (n, grid) in places.into_iter().enumerate() {
        let mut own = chance.branch(&format!("person {n}"));
        let Some(worker) = cast.worker(grid) else { continue };
        let id = CareId(id_at(&mut own, app.clock.now()));
        let unit = city.ancestors(grid).county.and_then(|county| unit_of(city, county, "health"));
        new.push((id, worker, someone(city, texts, &mut own, grid, first), own, unit));
    }
    all(new, |(id, worker, entry, mut own, unit)| {
        let app = app.clone();
        async move {
            let done = care::enrol(&app, &worker, id, &entry).await?;
            let frail = own.between(0.005, 0.05);
            // Who was visited all along is not visited for the first time on one day.
            let due = done.due.saturating_sub(i64::from(own.below(7) as u32).days());
            Ok(Followed { worker, visit: done.visit, due, frail, chance: own, unit })
        }
    })
    .await
}

/// An office of a department in a county.
fn unit_of(city: &City, county: AreaId, department: &str) -> Option<UnitId> {
    let own = |unit: &&store::unit::Unit| {
        unit.area == county && !unit.ended && app::city::department_of(&unit.code) == department
    };
    city.units.values().find(own).map(|unit| unit.id)
}

fn someone(city: &City, texts: &Texts, chance: &mut Chance, grid: AreaId, first: Date) -> NewEntry {
    let category = *chance.one_of(&[
        Category::OlderAlone,
        Category::OlderAlone,
        Category::OlderAlone,
        Category::OlderAlone,
        Category::LongIllness,
        Category::Disability,
        Category::Disability,
        Category::LeftBehindChild,
        Category::ChildAtRisk,
        Category::Pregnancy,
        Category::Carer,
        Category::Hardship,
    ]);
    let child = category.is_child();
    let age = match category {
        Category::OlderAlone => 68 + chance.below(25),
        Category::LeftBehindChild | Category::ChildAtRisk => 5 + chance.below(11),
        Category::Pregnancy => 22 + chance.below(18),
        _ => 30 + chance.below(50),
    };
    let phone = |chance: &mut Chance| format!("199{:08}", chance.below(100_000_000));
    let contact = |chance: &mut Chance, relation: &str| Contact {
        name: texts.person(chance),
        relation: relation.to_owned(),
        phone: phone(chance),
    };
    let guardian = child.then(|| contact(chance, "奶奶"));
    let kin = if chance.happens(0.8) { vec![contact(chance, "子女")] } else { Vec::new() };
    let neighbour = chance.happens(0.5).then(|| contact(chance, "邻居"));
    let person = Particulars {
        name: texts.person(chance),
        born: Some(first.year() - age as i16),
        phone: if child { String::new() } else { phone(chance) },
        address: texts.place(chance),
        // On a border the nearest grid may be the neighbour's, where this worker has no duty.
        point: point_in(city, grid, chance)
            .filter(|it| city.locate(*it).is_some_and(|(areas, _)| areas.grid == Some(grid))),
        guardian,
        kin: if child { Vec::new() } else { kin },
        neighbour,
        remarks: String::new(),
    };
    let by = if child { Consenter::Guardian } else { Consenter::Person };
    let basis = if category == Category::Hardship {
        Basis::StatutoryService { rule: "《社会救助暂行办法》".to_owned() }
    } else {
        Basis::Consent { by, form: ConsentForm::Written, on: first }
    };
    let needs: BTreeSet<Need> = (0..2)
        .map(|_| *chance.one_of(&[Need::Company, Need::Meals, Need::Medicine, Need::Safety, Need::Mobility]))
        .collect();
    let days = *chance.one_of(&[7_u16, 10, 14, 30]);
    let terms = Terms {
        category,
        basis,
        purpose: "定期上门看望，及时转介需要".to_owned(),
        needs,
        every_days: days.min(category.longest_interval()),
        review: first.saturating_add(i64::from(62 + chance.below(100) as u32).days()),
        expiry: first.saturating_add(i64::from(200 + chance.below(150) as u32).days()),
    };
    NewEntry { grid: Some(grid), person, terms }
}

fn cast_handler(cast: &Cast, city: &City, unit: Option<UnitId>) -> Option<Actor> {
    let unit = unit?;
    let person = *cast.handlers.get(&unit)?;
    let area = city.units.get(&unit)?.area;
    let level = city.area(area)?.level;
    Some(Actor {
        person: Some(person),
        role: Role::Handler,
        area,
        level,
        unit: Some(unit),
        grids: BTreeSet::new(),
    })
}

/// One visit on its day.
async fn go(app: App, handler: Option<Actor>, mut who: Followed) -> Result<Came, AppError> {
    let now = app.clock.now();
    let chance = &mut who.chance;
    let key = ActId(id_at(chance, now));
    if chance.happens(0.03) {
        visit::act(&app, &who.worker, who.visit, key, None, &Command::NotReached).await?;
        let found = Command::Find { found: Found::Away, words: "在子女家小住".to_owned() };
        let key = ActId(id_at(chance, now));
        let done = visit::act(&app, &who.worker, who.visit, key, None, &found).await?;
        return Ok(Came { who: went(who, &done), way: None });
    }
    if chance.happens(0.02) {
        let refuse = Command::Refuse { words: "今天不方便".to_owned() };
        let done = visit::act(&app, &who.worker, who.visit, key, None, &refuse).await?;
        return Ok(Came { who: went(who, &done), way: None });
    }
    let frail = who.frail;
    let grade = |chance: &mut Chance| match chance.between(0.0, 1.0) {
        x if x < frail * 0.1 => Grade::Poor,
        x if x < frail => Grade::Fair,
        _ => Grade::Good,
    };
    let signs: BTreeMap<Sign, Grade> = Sign::ALL.iter().map(|sign| (*sign, grade(chance))).collect();
    let seen = Observations { signs, pressure: None };
    let in_need = !seen.is_good() && chance.happens(0.3);
    let unit = who.unit.filter(|_| in_need && handler.is_some());
    let referrals: Vec<NewReferral> = unit
        .into_iter()
        .map(|unit| NewReferral {
            id: ReferralId(id_at(chance, now)),
            service: Service::Doctor,
            unit: Some(unit),
            words: "近两天头晕，想请医生上门看看".to_owned(),
            agreed: true,
            at: None,
        })
        .collect();
    let way = referrals.first().zip(handler).map(|(new, handler)| Way {
        id: new.id,
        handler,
        made: app.people.today(),
        chance: chance.branch("way"),
    });
    let words = if seen.is_good() { "都好，谢谢来看我" } else { "这几天精神差些" }.to_owned();
    let minutes = 10 + chance.below(30) as u16;
    let done = Command::Done { observations: seen, words, minutes, referrals };
    let done = visit::act(&app, &who.worker, who.visit, key, None, &done).await?;
    Ok(Came { who: went(who, &done), way })
}

fn went(mut who: Followed, done: &visit::Done) -> Followed {
    if let Some((next, due, _)) = &done.next {
        (who.visit, who.due) = (*next, *due);
    }
    who
}

/// The unit comes the day after: it takes the referral on, and says what came of it.
async fn come(app: App, mut way: Way) -> Result<(), AppError> {
    let now = app.clock.now();
    let accept = ReferralCommand::Accept {
        at: now + SignedDuration::from_hours(2),
        person: way.handler.person,
        words: String::new(),
    };
    let key = ActId(id_at(&mut way.chance, now));
    referral::act(&app, &way.handler, way.id, key, None, &accept).await?;
    let pressure = Some(Pressure {
        systolic: 118 + way.chance.below(50) as u16,
        diastolic: 70 + way.chance.below(25) as u16,
    });
    let conclude = ReferralCommand::Conclude {
        result: Outcome::Helped,
        words: "已上门，量了血压，看了用药".to_owned(),
        pressure,
        follow_up_days: Some(5),
    };
    let key = ActId(id_at(&mut way.chance, now));
    referral::act(&app, &way.handler, way.id, key, None, &conclude).await?;
    Ok(())
}

/// The demo's desk may read entries of older people for the cold season.
async fn grant(app: &App, city: &City, cast: &Cast, chance: &Chance, now: Timestamp) -> Result<(), AppError> {
    let county = city.tree.at_level(Level::County).next().map(|area| area.id);
    let Some((area, person)) = county.and_then(|area| Some((area, *cast.desks.get(&area)?))) else {
        return Ok(());
    };
    let Some(root) = city.root() else { return Ok(()) };
    let admin = Actor {
        person: Some(PersonId(Uuid::nil())),
        role: Role::Admin,
        area: root.id,
        level: Level::City,
        unit: None,
        grids: BTreeSet::new(),
    };
    let new = NewPurpose {
        person,
        area,
        categories: vec![Category::OlderAlone],
        reason: "寒潮期间核对独居老人取暖情况".to_owned(),
        until: now + SignedDuration::from_hours(24 * 60),
    };
    let id = PurposeId(id_at(&mut chance.branch("purpose"), now));
    purpose::grant(app, &admin, id, &new).await.map(|_| ())
}

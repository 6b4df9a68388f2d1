//! The demo city's index through the doors that anybody uses: intakes with their times, what the platform computes
//! from its own cases, and the editions as they came out, with their revisions after corrections.

use super::{Asked, County, HandedIn, N_MONTHS, PUBLISHED_ON, handed_in, newest_month};
use crate::bundle::{self, BadBundle};
use crate::chance::Chance;
use crate::history::{Cast, id_at};
use crate::seed::SeedError;
use app::bulk::{self, PastIntake};
use app::index::edition::{self, Draft};
use app::index::framework;
use app::index::from_cases::of_counties;
use app::{App, AppError, people};
use domain::area::Level;
use domain::id::{EditionId, IntakeId};
use domain::intake::{Figure, PLATFORM};
use domain::month::Month;
use domain::policy::Actor;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use std::collections::BTreeMap;

/// What index to make.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// The same seed gives the same figures.
    pub seed: u64,
    /// Last moment: what would happen later has not happened.
    pub now: Timestamp,
    /// So many of the newest months get an edition, at most [`N_MONTHS`].
    pub n_editions: usize,
}

/// What was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Made {
    /// Intakes.
    pub n_intakes: usize,
    /// Editions, revisions included.
    pub n_editions: usize,
}

/// Day of the following month until whose evening figures are in an edition.
const KNOWN_ON: i8 = PUBLISHED_ON - 1;

/// Makes the index of a city whose framework, people and cases are there. The app's clock must be one that can be set.
pub async fn make(app: &App, cast: &Cast, plan: Plan) -> Result<Made, SeedError> {
    let city = app.city();
    let doc = bundle::framework()?;
    let framework = framework::read(&city, &doc)?;
    let counties: Vec<County> = city
        .tree
        .at_level(Level::County)
        .map(|it| {
            let n_grids = city.tree.under(it.id).iter().filter(|it| it.level == Level::Grid).count();
            County { area: it.id, code: it.code.to_string(), n_grids }
        })
        .collect();
    let newest = newest_month(city.zone.to_datetime(plan.now).date());
    let asked = Asked {
        seed: plan.seed,
        framework: &framework,
        counties: &counties,
        newest,
        zone: &city.zone,
        now: plan.now,
    };
    let handed = handed_in(&asked)?;
    let corrections: Vec<(Month, Timestamp, String)> =
        handed.iter().filter_map(|it| Some((it.month, it.signed, it.note.clone()?))).collect();
    let mut intakes: Vec<PastIntake> =
        handed.into_iter().map(|it| past(app, cast, it)).collect::<Result<_, _>>()?;
    intakes.extend(of_the_platform(app, &asked).await?);
    let n_intakes = intakes.len();
    bulk::save_intakes(app, &framework, intakes).await?;
    let first = newest.plus(1 - plan.n_editions.min(N_MONTHS as usize) as i32);
    let steps = steps(&city.zone, (first, newest), &corrections);
    let n_editions = publish(app, cast, plan, steps).await?;
    Ok(Made { n_intakes, n_editions })
}

/// By a handler of the department.
fn past(app: &App, cast: &Cast, it: HandedIn) -> Result<PastIntake, BadBundle> {
    let city = app.city();
    let unit = city.units.values().find(|unit| unit.code == it.department && unit.level == Level::City);
    let why = || format!("{} is no department of the city", it.department);
    let unit = unit.ok_or_else(|| BadBundle { file: "index framework", why: why() })?;
    let month = it.month;
    let figure = |given: super::Given| Figure {
        indicator: given.indicator,
        area: given.area,
        month,
        num: given.num,
        den: given.den,
        value: given.value,
        se: given.se,
        n: given.n,
        remark: given.remark,
    };
    Ok(PastIntake {
        id: IntakeId(it.id),
        department: it.department,
        month,
        note: it.note.unwrap_or_default(),
        figures: it.figures.into_iter().map(figure).collect(),
        who: cast.handler(&city, unit.id),
        saved: it.saved,
        signed: it.signed,
    })
}

/// What the platform computed from its own cases in the night to the third day after each month.
async fn of_the_platform(app: &App, asked: &Asked<'_>) -> Result<Vec<PastIntake>, AppError> {
    let months = (asked.newest.plus(1 - N_MONTHS), last_over(asked));
    let mut by_month: BTreeMap<Month, Vec<Figure>> = BTreeMap::new();
    for figure in of_counties(app, asked.framework, months).await? {
        by_month.entry(figure.month).or_default().push(figure);
    }
    let chance = Chance::new(asked.seed).branch("platform");
    let intake = |(month, figures): (Month, Vec<Figure>)| {
        let at = moment(asked.zone, month.plus(1).first_day().saturating_add(2.days()), 2);
        let id = IntakeId(id_at(&mut chance.branch(&month.to_string()), at));
        let who = people::system(app.city().root().map_or(domain::id::AreaId(0), |root| root.id));
        let (department, note) = (PLATFORM.to_owned(), String::new());
        PastIntake { id, department, month, note, figures, who, saved: at, signed: at }
    };
    Ok(by_month.into_iter().map(intake).filter(|it| it.signed <= asked.now).collect())
}

/// The last month that is over.
fn last_over(asked: &Asked<'_>) -> Month {
    Month::of(asked.zone.to_datetime(asked.now).date()).plus(-1)
}

/// What happens to an edition.
#[derive(Clone, Debug)]
enum Step {
    Draft { month: Month, note: String },
    Review,
    Publish,
}

/// What happens to which edition, in order.
fn steps(
    zone: &TimeZone,
    (first, last): (Month, Month),
    corrections: &[(Month, Timestamp, String)],
) -> Vec<(Timestamp, usize, Step)> {
    let mut all = Vec::new();
    let mut editions = 0;
    let mut edition = |month, note: &str, (drafted, looked_at): (Date, Date), hour| {
        let draft = Step::Draft { month, note: note.to_owned() };
        all.push((moment(zone, drafted, hour), editions, draft));
        all.push((moment(zone, looked_at, 9), editions, Step::Review));
        all.push((moment(zone, looked_at, 15), editions, Step::Publish));
        editions += 1;
    };
    for month in Month::range(first, last) {
        let day = |day: i8| month.plus(1).first_day().saturating_add((i64::from(day) - 1).days());
        edition(month, "", (day(KNOWN_ON), day(PUBLISHED_ON)), 18);
    }
    for (month, signed, note) in corrections.iter().filter(|(month, ..)| (first..=last).contains(month)) {
        let drafted = next_working_day(zone.to_datetime(*signed).date());
        edition(*month, note, (drafted, next_working_day(drafted)), 10);
    }
    all.sort_by_key(|(at, edition, _)| (*at, *edition));
    all
}

fn next_working_day(day: Date) -> Date {
    let mut next = day.saturating_add(1.day());
    while matches!(next.weekday(), Weekday::Saturday | Weekday::Sunday) {
        next = next.saturating_add(1.day());
    }
    next
}

/// The analyst drafts, the leader of the city looks at it and makes it public.
async fn publish(
    app: &App,
    cast: &Cast,
    plan: Plan,
    steps: Vec<(Timestamp, usize, Step)>,
) -> Result<usize, AppError> {
    let city = app.city();
    let root = city.root().ok_or(AppError::NotFound { what: "area" })?;
    let (analyst, leader): (Actor, Actor) = (cast.analyst(&city), cast.leader(&city, root.id));
    let chance = Chance::new(plan.seed).branch("editions");
    let mut ids: BTreeMap<usize, EditionId> = BTreeMap::new();
    for (at, place, step) in steps.into_iter().filter(|(at, ..)| *at <= plan.now) {
        app.clock.set(at);
        match step {
            Step::Draft { month, note } => {
                let id = EditionId(id_at(&mut chance.branch(&format!("{month} {place}")), at));
                ids.insert(place, id);
                edition::draft(app, &analyst, &Draft { id, month, known: None, note }).await?;
            }
            Step::Review => drop(edition::review(app, &leader, ids[&place]).await?),
            Step::Publish => drop(edition::publish(app, &leader, ids[&place]).await?),
        }
    }
    app.clock.set(plan.now);
    Ok(ids.len())
}

/// A full hour of a day.
fn moment(zone: &TimeZone, day: Date, hour: i8) -> Timestamp {
    zone.to_timestamp(day.at(hour, 0, 0, 0)).expect("every full hour of these years exists")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history;
    use crate::index::Planted;
    use app::Clock;
    use app::index::edition::Summary;
    use domain::edition::State;
    use store::edition::{Edition, Listed, list};
    use store::intake;
    use store::testing::Fresh;

    /// With few cases, which are enough for what is asked here.
    async fn city(n_editions: usize) -> (App, Month) {
        let store = Fresh::sqlite().open().await;
        let now: Timestamp = "2026-03-20T04:00:00Z".parse().unwrap();
        let from = now - jiff::SignedDuration::from_hours(24 * 120);
        let today = TimeZone::UTC.to_datetime(now).date();
        let seeded = crate::seed::seed(&store, 42, from.min("2024-02-28T00:00:00Z".parse().unwrap()), today)
            .await
            .unwrap();
        let app = App::new(store, Clock::standing_at(now)).await.unwrap();
        let shown = |kind: &domain::case::EvidenceKind| domain::case::Evidence {
            attachment: domain::id::AttachmentId(uuid::Uuid::max()),
            sha256: domain::audit::sha256(kind.as_str().as_bytes()).to_string(),
            kind: *kind,
        };
        let stock: Vec<domain::case::Evidence> = domain::case::EvidenceKind::ALL.iter().map(shown).collect();
        let plan = history::Plan { seed: 42, n_cases: 2_500, from, to: now };
        history::make(&app, &seeded.cast, &seeded.texts, &stock, plan, |_| {}).await.unwrap();
        let made = make(&app, &seeded.cast, Plan { seed: 42, now, n_editions }).await.unwrap();
        assert!(made.n_intakes > 27 * N_MONTHS as usize, "{made:?}");
        (app, newest_month(today))
    }

    fn ranking(edition: &Edition) -> Vec<String> {
        let summary: Summary = serde_json::from_str(&edition.summary).unwrap();
        summary.ranking.into_iter().map(|it| it.area).collect()
    }

    #[tokio::test]
    async fn the_demo_city_has_its_intakes_editions_and_revisions_and_the_record_holds() {
        let (app, newest) = city(4).await;
        let planted = Planted::read().unwrap();
        let all = list(&app.store, Listed { month: None, state: None, before: None }, 100).await.unwrap();
        assert!(all.iter().all(|it| it.state == State::Published), "{all:?}");
        assert!(all.iter().all(|it| it.published.unwrap().by != it.drafted.by));
        let months: Vec<(i32, u32)> = all.iter().map(|it| (it.month.since(newest), it.revision)).collect();
        let late = planted.correction.iter().find(|it| it.month >= -3).unwrap();
        assert_eq!(months.len(), 5, "{months:?}");

        // The correction is a revision of its own, and moves a rank.
        let [first, second]: [&Edition; 2] = [0, 1].map(|revision| {
            all.iter().find(|it| it.month == newest.plus(late.month) && it.revision == revision).unwrap()
        });
        assert_eq!(second.note, late.note);
        assert!(first.known < second.known);
        assert_ne!(ranking(first), ranking(second));

        // The typing error is marked, and so is the outlier that is true.
        let slip = &planted.slip[0];
        let county =
            app.city().tree.at_level(Level::County).find(|it| it.code.to_string() == slip.county).unwrap().id;
        let known =
            intake::vintages(&app.store, &slip.indicator, county, newest.plus(slip.month)).await.unwrap();
        assert!(known[0].given.z.unwrap().abs() > domain::intake::FAR, "{known:?}");

        // What the platform counts itself is handed in by nobody.
        let own = intake::vintages(&app.store, "B0301", county, newest).await.unwrap();
        let own = intake::one(&app.store, own[0].intake).await.unwrap().unwrap();
        assert_eq!((own.department.as_str(), own.person), (PLATFORM, None));

        let verified = app::verify::verify(&app, |_| {}).await.unwrap();
        assert!(verified.broken.is_empty(), "{verified:?}");
    }
}

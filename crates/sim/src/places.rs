//! The demo city's places and things, their kinds and forms, and the inspections of the last months: through the doors that
//! anybody uses. Names are made of the areas' own; nothing stands behind them.

use std::collections::{BTreeMap, HashMap};

use app::form;
use app::place::file::{Draft, How, ReadFile, Spot, bring};
use app::place::{self, InspectCommand, PlaceIn, kinds};
use app::{App, AppError, City};
use domain::area::{Area, Level};
use domain::form::{Form, FormDoc, ItemKind};
use domain::geo::LngLat;
use domain::id::{AreaId, InspectionId, PlaceId};
use domain::place::{Field, FieldKind, Kind, Kinds, Sort, State};
use domain::policy::{Actor, Role};
use geo::BoundingRect;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::bundle;
use crate::chance::Chance;
use crate::history::{Cast, id_at};
use crate::seed::SeedError;

/// Days that inspections are made for.
const DAYS: i64 = 45;
/// Days until which what fails is still at the desk: older cases would all be late.
const FRESH_DAYS: i64 = 2;
/// How many days ago places came that nobody has inspected yet.
const LATELY: i64 = 7;
/// Inspections asked for at once.
const AT_ONCE: usize = 32;

/// What was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Made {
    /// Places and things.
    pub n_places: usize,
    /// Inspections.
    pub n_inspections: usize,
}

/// One line of the stock: how many places of a kind there are, and what they are called.
#[derive(Debug, Deserialize)]
pub(crate) struct StockRow {
    kind: String,
    per: String,
    mean: f64,
    zh: String,
    en: String,
    owner: String,
}

/// A place that is inspected.
struct Visited {
    id: PlaceId,
    grid: AreaId,
    form: String,
    /// Days between its inspections, as far as the demo goes back.
    every: i64,
}

/// Makes them in a city whose areas, units and people are there. The app's clock must be one that can be set, and is left
/// at `now`.
pub async fn make(app: &App, cast: &Cast, seed: u64, now: Timestamp) -> Result<Made, SeedError> {
    let chance = Chance::new(seed).branch("places");
    let city = app.city();
    let admin = admin(&city);
    app.clock.set(now - SignedDuration::from_hours(24 * (DAYS + 20)));
    let forms = forms(app, &admin).await?;
    let all: Kinds = bundle::json("places/kinds.json", bundle::PLACE_KINDS)?;
    kinds::save_kinds(app, &admin, None, &all).await?;
    form::save_elements(app, &admin, None, &bundle::json("places/elements.json", bundle::ELEMENTS)?).await?;
    let stock = bundle::stock()?;
    let mut inspected: Vec<Visited> = Vec::new();
    let mut chosen = chance.branch("chosen");
    let mut new: Vec<(Sort, ReadFile)> = Vec::new();
    let mut n_places = 0;
    // Those that were inspected since have stood longer; the others came lately and are due one by one.
    for sort in Sort::ALL {
        let mut drafts = drafts(&city, &all, &stock, sort, &chance);
        n_places += drafts.len();
        let has_form = |draft: &Draft| all.get(sort, &draft.place.kind).is_some_and(|it| !it.form.is_empty());
        let share = if sort == Sort::Place { 0.3 } else { 0.2 };
        let old: Vec<Draft> = drafts.extract_if(.., |it| has_form(it) && chosen.happens(share)).collect();
        new.push((sort, ReadFile { drafts, findings: Vec::new() }));
        let file = ReadFile { drafts: old, findings: Vec::new() };
        let brought = bring(app, &admin, sort, file.clone(), How::WithoutBad).await?;
        for (row, draft) in brought.rows.iter().zip(&file.drafts) {
            let grid = draft.place.point.and_then(|it| city.locate(it)).and_then(|(areas, _)| areas.grid);
            if let (Some(id), Some(grid), Some(kind)) = (row.id, grid, all.get(sort, &draft.place.kind)) {
                let every = i64::from(kind.every_days.unwrap_or(30)).min(DAYS);
                inspected.push(Visited { id, grid, form: kind.form.clone(), every });
            }
        }
    }
    app.clock.set(now - SignedDuration::from_hours(24 * LATELY));
    for (sort, file) in new {
        bring(app, &admin, sort, file, How::WithoutBad).await?;
    }
    let n_inspections = inspect(app, cast, &forms, inspected, chance.branch("inspections"), now).await?;
    app.clock.set(now);
    Ok(Made { n_places, n_inspections })
}

fn admin(city: &City) -> Actor {
    let area = city.root().map_or(AreaId(0), |root| root.id);
    Actor { role: Role::Admin, level: Level::City, ..app::people::system(area) }
}

async fn forms(app: &App, admin: &Actor) -> Result<HashMap<String, Form>, SeedError> {
    let mut forms = HashMap::new();
    for (file, text) in bundle::FORMS {
        let doc: FormDoc = bundle::json(file, text)?;
        form::save(app, admin, None, &doc).await?;
        let read = Form::read(&doc).map_err(|why| bundle::BadBundle { file, why: why.to_string() })?;
        forms.insert(doc.code, read);
    }
    Ok(forms)
}

/// Everything of a sort, area by area.
fn drafts(city: &City, kinds: &Kinds, stock: &[StockRow], sort: Sort, chance: &Chance) -> Vec<Draft> {
    let mut drafts = Vec::new();
    for (nth, row) in stock.iter().enumerate() {
        let Some(kind) = kinds.get(sort, &row.kind) else { continue };
        let Ok(level) = row.per.parse::<Level>() else { continue };
        let mut chance = chance.branch(&format!("{}{nth}", row.kind));
        for area in city.tree.at_level(level) {
            let n = row.mean.floor() as usize + usize::from(chance.happens(row.mean.fract()));
            for n in 0..n {
                let place = one(city, (kind, row), area, n, &mut chance);
                drafts.extend(place.map(|place| Draft { at: Spot::Row(0), place }));
            }
        }
    }
    // The first grid is that of the demo's worker: something of each kind of a street stands there.
    let county = city.tree.at_level(Level::County).next();
    let is_first = |grid: &&Area| county.is_some_and(|it| it.path.contains(&grid.path));
    if let Some(grid) = city.tree.at_level(Level::Grid).find(is_first) {
        let mut chance = chance.branch("first");
        for row in stock
            .iter()
            .filter(|it| ["kindergarten", "clinic", "shop", "hydrant"].contains(&it.kind.as_str()))
        {
            let Some(kind) = kinds.get(sort, &row.kind) else { continue };
            drafts.extend(
                one(city, (kind, row), grid, 1, &mut chance).map(|place| Draft { at: Spot::Row(0), place }),
            );
        }
    }
    for (at, draft) in drafts.iter_mut().enumerate() {
        draft.at = Spot::Row(at + 2);
    }
    drafts
}

fn one(
    city: &City,
    (kind, row): (&Kind, &StockRow),
    area: &Area,
    nth: usize,
    chance: &mut Chance,
) -> Option<PlaceIn> {
    let (point, grid) = spot(city, area, chance)?;
    let county = city.ancestors(area.id).county.and_then(|it| city.area(it));
    let local = county.map(|it| format!("{}.{}", row.owner, it.code));
    let by_code = |code: &str| city.units.values().find(|it| it.code == code && !it.ended).map(|it| it.id);
    let owner = local.as_deref().and_then(by_code).or_else(|| by_code(&row.owner));
    let short = |name: &str| app::area::names::short(name).replace("街道", "").replace('镇', "");
    let (zh, en) = if area.level == Level::Grid {
        (area.name_zh.clone(), area.name_en.clone())
    } else {
        (short(&area.name_zh), area.name_en.clone())
    };
    let suffix = if nth == 0 { String::new() } else { format!("（{}）", nth + 1) };
    let is_thing = kind.sort == Sort::Thing;
    let state = if is_thing && chance.happens(0.03) { State::Damaged } else { State::Intact };
    let facts = kind.fields.iter().filter_map(|field| Some((field.name.clone(), fact(field, chance)?)));
    Some(PlaceIn {
        sort: kind.sort,
        kind: kind.code.clone(),
        number: if is_thing {
            format!("{}-{}-{}", kind.code.to_uppercase(), area.code, nth + 1)
        } else {
            String::new()
        },
        name: row.zh.replace("{area}", &zh) + &suffix,
        name_en: row.en.replace("{area}", &en),
        address: grid,
        point: Some(point),
        area: None,
        owner,
        state: Some(state),
        facts: facts.collect(),
    })
}

/// A point in an area's ground, and the name of its grid.
fn spot(city: &City, area: &Area, chance: &mut Chance) -> Option<(LngLat, String)> {
    let ground = area.polygon.as_ref()?.bounding_rect()?;
    let mut found = None;
    // An area that fills little of its box is tried for longer; what is near is near enough.
    for _ in 0..24 {
        let point = LngLat {
            lng: (chance.between(ground.min().x, ground.max().x) * 1e7).round() / 1e7,
            lat: (chance.between(ground.min().y, ground.max().y) * 1e7).round() / 1e7,
        };
        let Some((areas, off_m)) = city.locate(point) else { continue };
        if off_m == 0.0 && areas.at(area.level) == Some(area.id) {
            found = Some((point, areas.grid));
            break;
        }
    }
    let (point, grid) = found?;
    Some((point, grid.and_then(|it| city.area(it)).map_or_else(String::new, |it| it.name_zh.clone())))
}

fn fact(field: &Field, chance: &mut Chance) -> Option<Value> {
    let around = |usual: f64, chance: &mut Chance| usual * chance.around_one(0.5);
    Some(match (field.name.as_str(), field.kind) {
        ("phone", _) => json!(format!("0000-{:07}", 8_000_000 + chance.below(999_999))),
        ("pupils" | "capacity", _) => json!(around(600.0, chance).round() as i64),
        ("children" | "stalls" | "beds", _) => json!(around(90.0, chance).round() as i64),
        ("floor_area", _) => json!((around(400.0, chance)).round()),
        ("kv", _) => json!(*chance.one_of(&[35, 110, 220])),
        ("tanks", _) => json!(3 + chance.below(4)),
        ("bore_mm", _) => json!(*chance.one_of(&[100, 150])),
        ("height_m", _) => json!(*chance.one_of(&[6.0, 8.0, 10.0])),
        (_, FieldKind::Truth) => json!(chance.happens(0.3)),
        (_, FieldKind::Choice) => json!(chance.one_of(&field.choices).name),
        _ => return None,
    })
}

/// Inspections of the last weeks, each by the worker of its grid on its day.
async fn inspect(
    app: &App,
    cast: &Cast,
    forms: &HashMap<String, Form>,
    places: Vec<Visited>,
    mut chance: Chance,
    now: Timestamp,
) -> Result<usize, SeedError> {
    let mut by_day: BTreeMap<i64, Vec<Visited>> = BTreeMap::new();
    for place in places {
        let ago = chance.below(place.every as usize + 2) as i64;
        by_day.entry(-ago).or_default().push(place);
    }
    let mut n = 0;
    for (day, places) in by_day {
        let at = now + SignedDuration::from_hours(24 * day) - SignedDuration::from_mins(20);
        app.clock.set(at + SignedDuration::from_mins(15));
        let mut running = tokio::task::JoinSet::new();
        for Visited { id, grid, form: code, .. } in places {
            let (Some(worker), Some(form)) = (cast.worker(grid), forms.get(&code)) else { continue };
            let made_at = at - SignedDuration::from_mins(chance.below(300) as i64);
            let usual = f64::from(form.doc.minutes) * 60.0 * 0.7;
            let command = InspectCommand {
                form: None,
                form_version: 1,
                answers: answers(form, &mut chance, -day <= FRESH_DAYS),
                note: String::new(),
                made_at: Some(made_at),
                seconds: chance.happens(0.9).then(|| (usual * chance.around_one(0.3)).round() as u32),
            };
            let key = InspectionId(id_at(&mut chance, made_at));
            let app = app.clone();
            running.spawn(async move { place::inspect(&app, &worker, id, key, &command).await });
            n += 1;
            if running.len() >= AT_ONCE {
                joined(running.join_next().await)?;
            }
        }
        while let Some(done) = running.join_next().await {
            joined(Some(done))?;
        }
    }
    Ok(n)
}

fn joined<T>(done: Option<Result<Result<T, AppError>, tokio::task::JoinError>>) -> Result<(), SeedError> {
    if let Some(done) = done {
        done.expect("an inspection does not panic")?;
    }
    Ok(())
}

/// Answers as somebody would give them: mostly fine; where `may_fail`, now and then not.
fn answers(form: &Form, chance: &mut Chance, may_fail: bool) -> BTreeMap<String, Value> {
    let fails = |chance: &mut Chance| may_fail && chance.happens(0.02);
    let mut found = BTreeMap::new();
    for item in &form.items {
        let doc = &item.doc;
        let value = match doc.kind {
            ItemKind::SelectOne if doc.fails.is_empty() => json!(chance.one_of(&doc.choices).name),
            ItemKind::SelectOne => {
                let bad = fails(chance);
                let is_bad = |name: &str| doc.fails.contains(&format!("'{name}'"));
                let choice = doc.choices.iter().find(|it| is_bad(&it.name) == bad);
                json!(choice.map(|it| &it.name))
            }
            ItemKind::Integer => match doc.name.as_str() {
                "residents" => json!(20 + chance.below(60)),
                "night_staff" => json!(2 + chance.below(3)),
                "crowd_pct" => json!(10 + chance.below(60)),
                _ => json!(1 + chance.below(5)),
            },
            ItemKind::Decimal => json!((chance.between(0.2, 0.5) * 100.0).round() / 100.0),
            _ => continue,
        };
        found.insert(doc.name.clone(), value);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bundles_forms_kinds_and_stock_fit_together_and_the_city() {
        let classes: Vec<String> = bundle::classes().unwrap().into_iter().map(|it| it.code).collect();
        let offices = bundle::offices().unwrap();
        let mut forms = HashMap::new();
        for (file, text) in bundle::FORMS {
            let doc: FormDoc = bundle::json(file, text).unwrap();
            let form = Form::read(&doc).unwrap_or_else(|why| panic!("{file}: {:?}", why.0));
            assert!(form.classes().iter().all(|it| classes.contains(&it.0)), "{file}: {:?}", form.classes());
            assert!(offices.iter().any(|it| it.code == doc.owner), "{file}: {}", doc.owner);
            for chance in (0..20).filter(|_| doc.used == domain::form::FormUse::Inspection) {
                let filled = form
                    .fill(&answers(&form, &mut Chance::new(chance), false), jiff::civil::date(2026, 3, 2));
                assert_eq!(filled.unwrap().failed, [], "{file}");
            }
            forms.insert(doc.code, form);
        }
        let kinds: Kinds = bundle::json("kinds", bundle::PLACE_KINDS).unwrap();
        assert_eq!(kinds.faults(&|code| forms.contains_key(code)), []);
        for row in bundle::stock().unwrap() {
            assert!(kinds.kinds.iter().any(|it| it.code == row.kind), "{}", row.kind);
            assert!(offices.iter().any(|it| it.code == row.owner), "{}", row.owner);
            row.per.parse::<Level>().unwrap();
        }
        let known: domain::form::Elements = bundle::json("elements", bundle::ELEMENTS).unwrap();
        let asking: Vec<&String> = forms
            .iter()
            .filter(|(_, form)| !domain::form::asks_known(form, &known.elements).is_empty())
            .map(|(code, _)| code)
            .collect();
        assert_eq!(asking, ["market"], "one form of the demo asks what is known, to be found");
    }
}

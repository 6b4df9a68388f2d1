//! Bringing a file in: what each row would do, and doing it. Nothing is kept as long as a row stands in the way, unless the
//! caller says to leave such rows out.

use std::collections::HashMap;

use domain::audit::{Hash, sha256};
use domain::id::{ActId, PlaceId};
use domain::place::{Act, Kinds, Place, Sort};
use domain::policy::{Actor, PlaceAct, permit_place};
use jiff::Timestamp;
use store::place::{self, PlaceRow};
use store::{Batch, CommitError};

use super::super::day_number;
use super::super::keep::{PlaceIn, planned_add, planned_change, save_new, saved};
use super::super::kinds::kinds;
use super::read::{Draft, Finding, ReadFile, Spot};
use crate::stream::request_hash;
use crate::{App, AppError, City};

/// Places saved in one go.
const AT_ONCE: usize = 200;

/// What a row does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Adds one.
    New,
    /// Changes one.
    Changed,
    /// Says what is known.
    Same,
    /// Cannot be; the finding says why.
    LeftOut,
}

impl Fate {
    /// As it stands on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Fate::New => "new",
            Fate::Changed => "changed",
            Fate::Same => "same",
            Fate::LeftOut => "left_out",
        }
    }
}

/// A row and what it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowFate {
    /// Where it stands.
    pub at: Spot,
    /// What it does.
    pub fate: Fate,
    /// To which place.
    pub id: Option<PlaceId>,
    /// Its name.
    pub name: String,
}

/// What a file did, or would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Brought {
    /// Every row, in the order of the file.
    pub rows: Vec<RowFate>,
    /// What a person should look at.
    pub findings: Vec<Finding>,
    /// Whether it was done.
    pub done: bool,
}

impl Brought {
    /// How many rows have a fate.
    pub fn count(&self, fate: Fate) -> usize {
        self.rows.iter().filter(|it| it.fate == fate).count()
    }
}

/// How a file is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// Only say what would be done.
    Preview,
    /// Do it, if no row stands in the way.
    Whole,
    /// Do it without the rows that stand in the way.
    WithoutBad,
}

/// Brings in a file that was read.
pub async fn bring(
    app: &App,
    who: &Actor,
    sort: Sort,
    file: ReadFile,
    how: How,
) -> Result<Brought, AppError> {
    let city = app.city();
    permit_place(who, PlaceAct::ImportPlaces, &city.ancestors(who.area))
        .map_err(|_| AppError::NotFound { what: "import" })?;
    let kinds = kinds(app).await?.body;
    let numbers: Vec<String> =
        file.drafts.iter().map(|it| it.place.number.trim().to_owned()).filter(|it| !it.is_empty()).collect();
    let mut known = place::numbers(&app.store, sort, &numbers).await?;
    let mut brought = Brought { findings: file.findings, ..Brought::default() };
    let mut seen: HashMap<PlaceId, Spot> = HashMap::new();
    let mut plans = Vec::new();
    let at = (app.clock.now(), day_number(app.people.today()));
    for Draft { at: spot, place: new } in file.drafts {
        let id = id_of(&new);
        let held = match known.remove(new.number.trim()).filter(|_| !new.number.trim().is_empty()) {
            Some(row) => Some(row),
            None => place::one(&app.store, id).await?,
        };
        let id = held.as_ref().map_or(id, |row| row.place.id);
        let first = *seen.entry(id).or_insert(spot);
        let (fate, id) = if first == spot {
            match planned(&city, &kinds, who, id, held, &new, at) {
                Ok(Some(plan)) => {
                    let fate = if plan.before.is_none() { Fate::New } else { Fate::Changed };
                    plans.push(plan);
                    (fate, Some(id))
                }
                Ok(None) => (Fate::Same, Some(id)),
                Err(faults) => {
                    let finding = |(column, says)| Finding { at: spot, column, says, left_out: true };
                    brought.findings.extend(faults.into_iter().map(finding));
                    (Fate::LeftOut, None)
                }
            }
        } else {
            let says = format!("it stands in {first} already; keep one of the two");
            brought.findings.push(Finding { at: spot, column: "name".into(), says, left_out: true });
            (Fate::LeftOut, None)
        };
        brought.rows.push(RowFate { at: spot, fate, id, name: new.name });
    }
    brought.findings.sort_by_key(|it| it.at);
    let is_clean = brought.findings.iter().all(|it| !it.left_out);
    if how == How::WithoutBad || (how == How::Whole && is_clean) {
        save_all(app, who, plans, at.0).await?;
        brought.done = true;
    }
    Ok(brought)
}

struct Plan {
    before: Option<PlaceRow>,
    /// Each act with the place after it.
    steps: Vec<(Place, Act)>,
}

/// What a row does; `None` where it says what is known.
fn planned(
    city: &City,
    kinds: &Kinds,
    who: &Actor,
    id: PlaceId,
    held: Option<PlaceRow>,
    new: &PlaceIn,
    at: (Timestamp, i32),
) -> Result<Option<Plan>, Vec<(String, String)>> {
    let told = |error: AppError| match error {
        AppError::Invalid(fields) => fields
            .into_iter()
            .map(|it| (it.path.rsplit('/').next().unwrap_or_default().to_owned(), it.detail))
            .collect(),
        other => vec![(String::new(), other.to_string())],
    };
    let steps = match &held {
        None => vec![planned_add(city, kinds, id, new, at).map_err(told)?],
        Some(row) => steps(city, kinds, &row.place, new).map_err(told)?,
    };
    let Some((after, _)) = steps.last() else { return Ok(None) };
    let grounds = held.iter().map(|it| it.place.areas).chain([after.areas]);
    for ground in grounds {
        if permit_place(who, PlaceAct::ImportPlaces, &ground).is_err() {
            return Err(vec![("lng".to_owned(), "it lies outside of your area".to_owned())]);
        }
    }
    Ok(Some(Plan { before: held, steps }))
}

/// What makes a place what a row says: first what brings it back into use, last what ends its use.
fn steps(city: &City, kinds: &Kinds, held: &Place, new: &PlaceIn) -> Result<Vec<(Place, Act)>, AppError> {
    let mut steps: Vec<(Place, Act)> = Vec::new();
    let mut place = held.clone();
    let set = new.state.filter(|it| *it != held.state);
    let mut step = |place: &mut Place, act: Act| {
        *place = place.after(&act).map_err(|no| AppError::field("/state", "range", no.to_string()))?;
        steps.push((place.clone(), act));
        Ok::<_, AppError>(())
    };
    let state = |state| Act::SetState { state, note: "导入".to_owned() };
    if let Some(to) = set.filter(|_| held.state.is_over()) {
        step(&mut place, state(to))?;
    }
    let told = PlaceIn { state: None, ..new.clone() };
    let act = planned_change(city, kinds, &place, &told)?;
    if let Act::Change(change) = &act
        && (&change.told, change.areas, change.off_m) != (&place.told, place.areas, place.off_m)
    {
        step(&mut place, act)?;
    }
    if let Some(to) = set.filter(|_| !held.state.is_over()) {
        step(&mut place, state(to))?;
    }
    Ok(steps)
}

async fn save_all(app: &App, who: &Actor, plans: Vec<Plan>, now: Timestamp) -> Result<(), AppError> {
    for some in plans.chunks(AT_ONCE) {
        let batches: Vec<Batch> = some.iter().map(|plan| batch_of(who, plan, now)).collect();
        for answer in app.store.commit_many(batches).await {
            match answer {
                // Somebody else was faster with this one, or it came in with a retry of the same file.
                Ok(()) | Err(CommitError::Conflict { .. } | CommitError::Duplicate { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(())
}

fn batch_of(who: &Actor, plan: &Plan, now: Timestamp) -> Batch {
    let Some(before) = &plan.before else {
        return plan.steps.iter().fold(Batch::new("add place"), |batch, step| {
            batch.and(save_new(who, step, now, Hash::default()))
        });
    };
    let mut row = before.clone();
    let mut batch = Batch::new("bring places");
    for (after, act) in &plan.steps {
        let request = request_hash(&(after.id, act));
        let key = sha256(&[after.id.0.as_bytes().as_slice(), &row.head.0, &request.0].concat());
        let (one, next) = saved(who, &row, after, act, (now, ActId(made_of(key)), request));
        (batch, row) = (batch.and(one), next);
    }
    batch
}

/// The id of what a row tells of: by its number, else by its name and spot.
fn id_of(new: &PlaceIn) -> PlaceId {
    let number = new.number.trim();
    let of = if number.is_empty() {
        let spot = match (new.point, new.area) {
            (Some(point), _) => format!("{:.6},{:.6}", point.lng, point.lat),
            (None, Some(area)) => area.to_string(),
            (None, None) => String::new(),
        };
        format!("{}\n{}\n{}\n{}\n{spot}", new.sort.as_str(), new.kind, new.name.trim(), new.address.trim())
    } else {
        format!("{}\nnumber\n{number}", new.sort.as_str())
    };
    PlaceId(made_of(sha256(of.as_bytes())))
}

fn made_of(hash: Hash) -> uuid::Uuid {
    let bytes: [u8; 16] = hash.0[..16].try_into().expect("a hash has more than 16 bytes");
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_row_without_a_number_is_known_by_its_name_and_spot() {
        let school = PlaceIn {
            sort: Sort::Place,
            kind: "school".into(),
            number: String::new(),
            name: "育才小学".into(),
            name_en: String::new(),
            address: String::new(),
            point: Some(domain::geo::LngLat { lng: 116.0, lat: 36.5 }),
            area: None,
            owner: None,
            state: None,
            facts: std::collections::BTreeMap::new(),
        };
        let ids: HashSet<PlaceId> = [
            school.clone(),
            PlaceIn { name_en: "Yucai".into(), ..school.clone() },
            PlaceIn { name: "实验小学".into(), ..school.clone() },
            PlaceIn { number: "S-1".into(), ..school.clone() },
            PlaceIn { number: "S-1".into(), name: "育才小学分校".into(), ..school },
        ]
        .iter()
        .map(id_of)
        .collect();
        assert_eq!(ids.len(), 3);
    }
}

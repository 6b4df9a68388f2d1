//! Purposes: an administrator of an area lets somebody read entries of some categories there, for a reason and a time.
//! Each is a deed; nobody grants one to themselves.

use domain::care::Category;
use domain::deed::Deed;
use domain::id::{AreaId, DeedId, PersonId, PurposeId};
use domain::policy::{Actor, CareAct, CareFacts, CareReach, care_reach, permit_care};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use store::care::{self, Purpose};
use store::{Batch, ground, person};

use crate::deeds::{self, Recording};
use crate::{App, AppError};

/// Longest time a purpose holds.
const LONGEST: SignedDuration = SignedDuration::from_hours(24 * 183);

/// A purpose to be granted.
#[derive(Clone, Debug, Serialize)]
pub struct NewPurpose {
    /// To whom.
    pub person: PersonId,
    /// In this area.
    pub area: AreaId,
    /// Entries of these categories.
    pub categories: Vec<Category>,
    /// Why, in 4 to 200 characters.
    pub reason: String,
    /// Until when; half a year at most.
    pub until: Timestamp,
}

const NO_AREA: AppError = AppError::NotFound { what: "area" };

/// Grants a purpose. Its id is its key; whether it was granted before.
pub async fn grant(
    app: &App,
    who: &Actor,
    id: PurposeId,
    new: &NewPurpose,
) -> Result<(Purpose, bool), AppError> {
    let now = app.clock.now();
    let mut recording = Recording::new(&app.store, now, deeds::by(who)).keyed(Some(DeedId(id.0)));
    loop {
        recording.begin().await?;
        permit(app, who, new.area).await?;
        if let Some(known) = care::purpose(&app.store, id).await? {
            return if is_same(&known, new) { Ok((known, true)) } else { Err(AppError::KeyReused) };
        }
        check(app, who, new, now).await?;
        let purpose = Purpose {
            id,
            person: new.person,
            area: new.area,
            categories: new.categories.clone(),
            reason: new.reason.trim().to_owned(),
            given_by: who.person,
            given: now,
            until: new.until,
            ended: None,
        };
        let deed = Deed::GrantPurpose {
            purpose: id,
            person: new.person,
            categories: new.categories.iter().map(|it| it.as_str().to_owned()).collect(),
            reason: purpose.reason.clone(),
            until: new.until,
        };
        let batch = Batch::new("grant purpose").with(purpose.insert());
        if recording.commit(batch, vec![(Some(new.area), deed)]).await? {
            return Ok((purpose, false));
        }
    }
}

fn is_same(known: &Purpose, new: &NewPurpose) -> bool {
    known.person == new.person
        && known.area == new.area
        && known.categories == new.categories
        && known.reason == new.reason.trim()
        && known.until == new.until
}

async fn check(app: &App, who: &Actor, new: &NewPurpose, now: Timestamp) -> Result<(), AppError> {
    let n = new.reason.trim().chars().count();
    if !(4..=200).contains(&n) {
        return Err(AppError::field("/reason", "range", "say why in 4 to 200 characters"));
    }
    if new.categories.is_empty() {
        return Err(AppError::field("/categories", "missing", "name the categories it is for"));
    }
    if new.until <= now || new.until > now + LONGEST {
        return Err(AppError::field("/until", "range", "a purpose ends after now, within half a year"));
    }
    if who.person == Some(new.person) {
        return Err(AppError::Blocked { why: "nobody grants a purpose to themselves".to_owned() });
    }
    let known = person::by_id(&app.store, new.person).await?.filter(|it| !it.disabled);
    let known = known.ok_or(AppError::NotFound { what: "person" })?;
    if care_reach(known.role, CareAct::Read) != CareReach::Purpose {
        let detail = "purposes are for desks, leaders and analysts; workers read by their duty";
        return Err(AppError::field("/person", "range", detail));
    }
    let reaches = app.city().ancestors(new.area).upwards().any(|area| area == known.area);
    if !reaches {
        return Err(AppError::field("/area", "range", "it lies beyond the area of whoever would hold it"));
    }
    Ok(())
}

async fn permit(app: &App, who: &Actor, area: AreaId) -> Result<(), AppError> {
    let ground = ground::of(&app.store, area, app.people.today()).await?.ok_or(NO_AREA)?;
    let facts = CareFacts { areas: ground.areas(), ..CareFacts::default() };
    permit_care(who, CareAct::Grant, &facts).map_err(|_| NO_AREA)
}

/// Takes a purpose back.
pub async fn end(app: &App, who: &Actor, id: PurposeId) -> Result<(), AppError> {
    let now = app.clock.now();
    let mut recording = Recording::new(&app.store, now, deeds::by(who));
    loop {
        recording.begin().await?;
        let gone = AppError::NotFound { what: "purpose" };
        let Some(purpose) = care::purpose(&app.store, id).await? else { return Err(gone) };
        permit(app, who, purpose.area).await.map_err(|_| gone)?;
        if purpose.ended.is_some() {
            return Ok(());
        }
        let batch = Batch::new("end purpose").with(purpose.end(now));
        let deed = Deed::EndPurpose { purpose: id, person: purpose.person };
        if recording.commit(batch, vec![(Some(purpose.area), deed)]).await? {
            return Ok(());
        }
    }
}

/// Purposes in an area and under it, for its administrators: those that are over, too.
pub async fn in_area(app: &App, who: &Actor, area: Option<AreaId>) -> Result<Vec<Purpose>, AppError> {
    let area = area.unwrap_or(who.area);
    permit(app, who, area).await?;
    let ground = ground::of(&app.store, area, app.people.today()).await?.ok_or(NO_AREA)?;
    Ok(care::purposes_in(&app.store, &ground.path).await?)
}

/// Purposes that someone holds now.
pub async fn own(app: &App, who: &Actor) -> Result<Vec<Purpose>, AppError> {
    let Some(person) = who.person else { return Ok(Vec::new()) };
    Ok(care::purposes_of(&app.store, person, app.clock.now()).await?)
}

//! Units: the departments of the city and their counterparts. Everybody who signs in sees them; an administrator of
//! an area that covers a unit, before and after the change, writes it.

use domain::area::Level;
use domain::id::{AreaId, UnitId};
use domain::policy::{Actor, StaffAct};
use store::unit::{self, Unit};
use store::{Batch, ground};

use super::{People, permit};
use crate::{AppError, deeds};

/// Deepest chain of units that answer to each other.
const DEEPEST: usize = 8;

/// A unit to be added; also what a unit is changed into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewUnit {
    /// Short code, unique: department, then a full stop and the place of a counterpart.
    pub code: String,
    /// Name in Chinese.
    pub name_zh: String,
    /// Name in English.
    pub name_en: String,
    /// The area it serves.
    pub area: AreaId,
    /// The unit it answers to.
    pub parent: Option<UnitId>,
}

/// What a unit is changed into.
pub type UnitChange = NewUnit;

impl People {
    /// Units of an area (else of the whole city) and of everything under it.
    pub async fn units(&self, who: &Actor, area: Option<AreaId>) -> Result<Vec<Unit>, AppError> {
        permit(who, StaffAct::SeeUnit, &domain::area::Ancestors::default(), None, "unit")?;
        let Some(area) = area else { return Ok(unit::all(&self.store).await?) };
        let ground = ground::of(&self.store, area, self.today()).await?;
        let ground = ground.ok_or(AppError::NotFound { what: "area" })?;
        Ok(unit::under(&self.store, &ground.path).await?)
    }

    /// Adds a unit.
    pub async fn add_unit(&self, who: &Actor, new: NewUnit) -> Result<Unit, AppError> {
        let mut recording = self.recording(who);
        loop {
            recording.begin().await?;
            let ground = self.ground(who, StaffAct::ChangeUnit, new.area, None, "area").await?;
            let id = UnitId(unit::last_id(&self.store).await?.0 + 1);
            self.check_unit_row(id, &new).await?;
            let unit = row(id, &new, ground.level);
            let batch = Batch::new("add unit").with(unit.insert());
            if recording.commit(batch, vec![deeds::unit(None, &unit)]).await? {
                return Ok(unit);
            }
        }
    }

    /// Changes a unit; its id stays.
    pub async fn change_unit(&self, who: &Actor, id: UnitId, new: UnitChange) -> Result<Unit, AppError> {
        let mut recording = self.recording(who);
        loop {
            recording.begin().await?;
            let old = unit::by_id(&self.store, id).await?.ok_or(AppError::NotFound { what: "unit" })?;
            self.ground(who, StaffAct::ChangeUnit, old.area, None, "unit").await?;
            let ground = self.ground(who, StaffAct::ChangeUnit, new.area, None, "area").await?;
            self.check_unit_row(id, &new).await?;
            let unit = row(id, &new, ground.level);
            let batch = Batch::new("change unit").with(unit.update());
            if old == unit || recording.commit(batch, vec![deeds::unit(Some(&old), &unit)]).await? {
                return Ok(unit);
            }
        }
    }

    async fn check_unit_row(&self, id: UnitId, new: &NewUnit) -> Result<(), AppError> {
        check(&new.code, &new.name_zh, &new.name_en)?;
        if unit::by_code(&self.store, new.code.trim()).await?.is_some_and(|it| it.id != id) {
            return Err(AppError::field("/code", "taken", "another unit has this code"));
        }
        let mut above = new.parent;
        for _ in 0..DEEPEST {
            let Some(parent) = above else { return Ok(()) };
            if parent == id {
                return Err(AppError::field("/parent", "range", "a unit cannot answer to itself"));
            }
            let known = unit::by_id(&self.store, parent).await?;
            above =
                known.ok_or_else(|| AppError::field("/parent", "unknown", "there is no such unit"))?.parent;
        }
        Err(AppError::field("/parent", "range", "units answer to each other over at most eight steps"))
    }
}

fn row(id: UnitId, new: &NewUnit, level: Level) -> Unit {
    Unit {
        id,
        code: new.code.trim().to_owned(),
        name_zh: new.name_zh.trim().to_owned(),
        name_en: new.name_en.trim().to_owned(),
        level,
        area: new.area,
        parent: new.parent,
    }
}

/// What makes a unit valid in itself.
pub(super) fn check(code: &str, name_zh: &str, name_en: &str) -> Result<(), AppError> {
    let code = code.trim();
    if code.is_empty()
        || code.len() > 40
        || !code.chars().all(|c| c.is_ascii_alphanumeric() || ".-_".contains(c))
    {
        let how = "a code has 1 to 40 ASCII letters, digits, dots, hyphens or underscores";
        return Err(AppError::field("/code", "format", how));
    }
    for (path, name) in [("/zh", name_zh), ("/en", name_en)] {
        if name.trim().is_empty() || name.chars().count() > 120 || name.chars().any(char::is_control) {
            return Err(AppError::field(path, "range", "a name has 1 to 120 characters"));
        }
    }
    Ok(())
}

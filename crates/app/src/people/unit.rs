//! Units: the departments of the city and their counterparts. Everybody who signs in sees them; an administrator of
//! an area that covers a unit, before and after the change, writes it.

use domain::area::Level;
use domain::deed::Deed;
use domain::id::{AreaId, DeedId, UnitId};
use domain::policy::{Actor, StaffAct};
use domain::routing::MatrixRow;
use store::unit::{self, Unit};
use store::{Batch, bundle, ground};

use super::{People, permit, tag};
use crate::city::{department_of, kind};
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
        Ok(self.add_unit_as(who, None, new).await?.0)
    }

    /// The same under a key of the caller's; sent again it adds nothing. Whether it was sent before.
    pub async fn add_unit_as(
        &self,
        who: &Actor,
        key: Option<DeedId>,
        new: NewUnit,
    ) -> Result<(Unit, bool), AppError> {
        let mut recording = self.recording(who).keyed(key);
        loop {
            recording.begin().await?;
            if let Some(known) = recording.known().await? {
                return self.added_before(known, &new).await.map(|unit| (unit, true));
            }
            let ground = self.ground(who, StaffAct::ChangeUnit, new.area, None, "area").await?;
            let id = UnitId(unit::last_id(&self.store).await?.0 + 1);
            self.check_unit_row(id, &new).await?;
            let unit = row(id, &new, ground.level);
            let batch = Batch::new("add unit").with(unit.insert());
            if recording.commit(batch, vec![deeds::unit(None, &unit)]).await? {
                return Ok((unit, false));
            }
        }
    }

    /// The unit that a key has added, as it stands now.
    async fn added_before(&self, known: Deed, new: &NewUnit) -> Result<Unit, AppError> {
        let Deed::AddUnit { unit, facts } = known else { return Err(AppError::KeyReused) };
        if deeds::unit_facts(&row(unit, new, Level::City)) != facts {
            return Err(AppError::KeyReused);
        }
        unit::by_id(&self.store, unit).await?.ok_or(AppError::KeyReused)
    }

    /// Changes a unit; its id stays.
    pub async fn change_unit(&self, who: &Actor, id: UnitId, new: UnitChange) -> Result<Unit, AppError> {
        self.change_unit_held(who, id, new, None).await
    }

    /// The same by someone who saw the unit as it had this tag (see `tag`). A unit that was ended is opened again.
    pub async fn change_unit_held(
        &self,
        who: &Actor,
        id: UnitId,
        new: UnitChange,
        held: Option<&str>,
    ) -> Result<Unit, AppError> {
        let mut recording = self.recording(who);
        loop {
            recording.begin().await?;
            let old = self.unit_for(who, id).await?;
            tag::check(held, &tag::of_unit(&old))?;
            let ground = self.ground(who, StaffAct::ChangeUnit, new.area, None, "area").await?;
            self.check_unit_row(id, &new).await?;
            let unit = row(id, &new, ground.level);
            let batch = Batch::new("change unit").with(unit.update());
            if old == unit || recording.commit(batch, vec![deeds::unit(Some(&old), &unit)]).await? {
                return Ok(unit);
            }
        }
    }

    /// Ends a unit: it takes no new cases and no new people. Nothing may wait for it any more.
    pub async fn end_unit(&self, who: &Actor, id: UnitId, held: Option<&str>) -> Result<Unit, AppError> {
        let mut recording = self.recording(who);
        loop {
            recording.begin().await?;
            let old = self.unit_for(who, id).await?;
            tag::check(held, &tag::of_unit(&old))?;
            if old.ended {
                return Ok(old);
            }
            self.nothing_waits_for(&old).await?;
            let unit = Unit { ended: true, ..old.clone() };
            let batch = Batch::new("end unit").with(unit.update());
            if recording.commit(batch, vec![deeds::unit(Some(&old), &unit)]).await? {
                return Ok(unit);
            }
        }
    }

    async fn nothing_waits_for(&self, unit: &Unit) -> Result<(), AppError> {
        let waits = unit::waits(&self.store, unit.id).await?;
        for (n, what) in [
            (waits.cases, "open cases are with this unit: let it finish or return them first"),
            (waits.people, "people work in this unit: move them first"),
            (waits.units, "units answer to this one: let them answer to another first"),
        ] {
            if n > 0 {
                return Err(AppError::field("/ended", "in_use", format!("{n} {what}")));
            }
        }
        let offices = unit::all(&self.store).await?;
        let department = department_of(&unit.code);
        let is_last =
            !offices.iter().any(|it| it.id != unit.id && !it.ended && department_of(&it.code) == department);
        if is_last && self.matrix_names(department).await? {
            let detail = format!("the responsibility matrix names {department}, which has no other unit");
            return Err(AppError::field("/ended", "in_use", detail));
        }
        Ok(())
    }

    async fn matrix_names(&self, department: &str) -> Result<bool, AppError> {
        let matrix = bundle::newest(&self.store, kind::MATRIX, self.clock.now()).await?;
        let rows: Vec<MatrixRow> = matrix
            .map_or(Ok(Vec::new()), |(_, body)| serde_json::from_str(&body))
            .map_err(|error| store::Fault::Nonsense {
                what: "the responsibility matrix".to_owned(),
                why: error.to_string(),
            })?;
        Ok(rows.iter().any(|row| row.unit == department))
    }

    async fn unit_for(&self, who: &Actor, id: UnitId) -> Result<Unit, AppError> {
        let unit = unit::by_id(&self.store, id).await?.ok_or(AppError::NotFound { what: "unit" })?;
        self.ground(who, StaffAct::ChangeUnit, unit.area, None, "unit").await?;
        Ok(unit)
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
        ended: false,
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

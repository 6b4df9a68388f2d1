//! Duties: who answers for a grid today, who stands in, and where nobody does. A grid never has nobody: whoever
//! enters leave without a substitute is told which grids are left.

use domain::area::Level;
use domain::deed::Deed;
use domain::duty::Days;
use domain::id::{AreaId, DeedId, PersonId};
use domain::policy::{Actor, Reach, StaffAct, staff_reach};
use jiff::civil::Date;
use store::duty::{self, Duty};
use store::{Batch, CommitError, ground};

pub use store::duty::DutyKind;

use crate::AppError;
use crate::deeds::{self, Recording};
use crate::people::{People, permit, tag};

/// Someone who has duty in a grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OnDuty {
    /// Who.
    pub person: PersonId,
    /// Whether it is their grid or they stand in.
    pub kind: DutyKind,
}

/// A duty to be given.
#[derive(Clone, Debug)]
pub struct NewDuty {
    /// The grid.
    pub grid: AreaId,
    /// The person.
    pub person: PersonId,
    /// In which way.
    pub kind: DutyKind,
    /// First day.
    pub from: Date,
    /// First day it no longer holds; `None` while it is open.
    pub to: Option<Date>,
}

/// Which duties a list shows.
#[derive(Clone, Debug, Default)]
pub struct AskedDuties {
    /// Of this area and everything under it; one's own when absent.
    pub area: Option<AreaId>,
    /// Only of this person.
    pub person: Option<PersonId>,
    /// Those that are not over on this day; today when absent.
    pub day: Option<Date>,
    /// Only those after this number.
    pub after: i64,
    /// At most so many.
    pub limit: u32,
}

/// Someone goes on leave from all their grids.
#[derive(Clone, Debug)]
pub struct Leave {
    /// Who.
    pub person: PersonId,
    /// First day away.
    pub from: Date,
    /// First day back.
    pub to: Date,
    /// Who stands in, in all of these grids; `None` where others are there already.
    pub substitute: Option<PersonId>,
}

impl People {
    /// Who has duty in a grid on a day, mains first: to whom verification goes. Asks for no right: routing does.
    pub async fn on_duty(&self, grid: AreaId, day: Date) -> Result<Vec<OnDuty>, AppError> {
        let all = duty::in_grid(&self.store, grid, day).await?;
        Ok(all.into_iter().map(|(person, kind)| OnDuty { person, kind }).collect())
    }

    /// Grids in which a person has duty on a day.
    pub async fn grids_of(&self, who: &Actor, person: PersonId, day: Date) -> Result<Vec<AreaId>, AppError> {
        self.person_for(who, StaffAct::SeeDuty, person).await?;
        Ok(duty::grids(&self.store, person, day).await?)
    }

    /// Duties and leaves of a grid that are not over, arranged ones too.
    pub async fn duties(&self, who: &Actor, grid: AreaId) -> Result<Vec<Duty>, AppError> {
        self.ground(who, StaffAct::SeeDuty, grid, None, "grid").await?;
        Ok(duty::of_grid(&self.store, grid, self.today()).await?)
    }

    /// Grids of an area that have nobody on a day.
    pub async fn grids_with_nobody(
        &self,
        who: &Actor,
        area: AreaId,
        day: Date,
    ) -> Result<Vec<AreaId>, AppError> {
        let ground = self.ground(who, StaffAct::SeeDuty, area, None, "area").await?;
        Ok(duty::grids_with_nobody(&self.store, &ground.path, day).await?)
    }

    /// Gives a duty.
    pub async fn give_duty(&self, who: &Actor, new: NewDuty) -> Result<Duty, AppError> {
        Ok(self.give_duty_as(who, None, new).await?.0)
    }

    /// The same under a key of the caller's; sent again it gives nothing. Whether it was sent before.
    pub async fn give_duty_as(
        &self,
        who: &Actor,
        key: Option<DeedId>,
        new: NewDuty,
    ) -> Result<(Duty, bool), AppError> {
        let mut recording = self.recording(who).keyed(key);
        loop {
            recording.begin().await?;
            if let Some(known) = recording.known().await? {
                return self.given_before(known, &new).await.map(|duty| (duty, true));
            }
            let ground = self.ground(who, StaffAct::ChangeDuty, new.grid, None, "grid").await?;
            if ground.level != Level::Grid {
                return Err(AppError::field("/grid", "unknown", "duties are given in grids"));
            }
            span(new.from, new.to)?;
            self.known_person(new.person, "/person").await?;
            let NewDuty { grid, person, kind, from, to } = new;
            if kind == DutyKind::Substitute {
                self.refuse_standing_in(grid, person, Days { from, to }).await?;
            }
            let duty = Duty { id: 0, grid, person, kind, from, to };
            if let Some(mut added) = self.add_duties(&mut recording, vec![duty]).await? {
                return Ok((added.remove(0), false));
            }
        }
    }

    /// The duty that a key has given, as it stands now.
    async fn given_before(&self, known: Deed, new: &NewDuty) -> Result<Duty, AppError> {
        let Deed::GiveDuty { duty: id, facts } = known else { return Err(AppError::KeyReused) };
        let NewDuty { grid, person, kind, from, to } = *new;
        if deeds::duty_facts(&Duty { id, grid, person, kind, from, to }) != facts {
            return Err(AppError::KeyReused);
        }
        duty::by_id(&self.store, id).await?.ok_or(AppError::NotFound { what: "duty" })
    }

    /// A duty, as far as it may be seen.
    pub async fn one_duty(&self, who: &Actor, id: i64) -> Result<Duty, AppError> {
        let known = duty::by_id(&self.store, id).await?.ok_or(AppError::NotFound { what: "duty" })?;
        self.ground(who, StaffAct::SeeDuty, known.grid, Some(known.person), "duty").await?;
        Ok(known)
    }

    /// Duties and leaves of an area that are not over, by number: those that may be seen, at most `limit` after one.
    pub async fn list_duties(&self, who: &Actor, asked: &AskedDuties) -> Result<Vec<Duty>, AppError> {
        let own = staff_reach(who.role, StaffAct::SeeDuty) == Reach::Own;
        let person = if own { who.person } else { asked.person };
        if own && (asked.person.is_some_and(|it| Some(it) != who.person) || person.is_none()) {
            return Err(AppError::NotFound { what: "person" });
        }
        let area = asked.area.unwrap_or(who.area);
        let ground = ground::of(&self.store, area, self.today()).await?;
        let ground = ground.ok_or(AppError::NotFound { what: "area" })?;
        permit(who, StaffAct::SeeDuty, &ground.areas(), person, "area")?;
        let day = asked.day.unwrap_or_else(|| self.today());
        Ok(duty::page(&self.store, &ground.path, person, day, asked.after, asked.limit).await?)
    }

    /// Ends a duty: `to` is the first day it no longer holds. One that has not begun by then is taken out.
    pub async fn end_duty(&self, who: &Actor, id: i64, to: Date) -> Result<(), AppError> {
        self.end_duty_held(who, id, Some(to), None).await.map(|_| ())
    }

    /// The same by someone who saw the duty as it had this tag (see `tag`); `None` opens its end again. Gives the duty
    /// as it stands, or `None` when it was taken out.
    pub async fn end_duty_held(
        &self,
        who: &Actor,
        id: i64,
        to: Option<Date>,
        held: Option<&str>,
    ) -> Result<Option<Duty>, AppError> {
        let mut recording = self.recording(who);
        loop {
            recording.begin().await?;
            let known = duty::by_id(&self.store, id).await?.ok_or(AppError::NotFound { what: "duty" })?;
            self.ground(who, StaffAct::ChangeDuty, known.grid, None, "duty").await?;
            tag::check(held, &tag::of_duty(&known))?;
            let gone = to.is_some_and(|to| to <= known.from);
            let statement = if gone { duty::remove(id) } else { duty::end(id, to) };
            let ended = Duty { to, ..known.clone() };
            let batch = Batch::new("end duty").with(statement);
            if recording.commit(batch, vec![deeds::duty(Some(&known), &ended)]).await? {
                self.node.cache.end_all(known.person); // their grids are others now
                return Ok((!gone).then_some(ended));
            }
        }
    }

    /// Enters leave from every grid in which someone has duty in these days, with their substitute. Gives the grids
    /// that have nobody on the first day of it.
    pub async fn enter_leave(&self, who: &Actor, leave: Leave) -> Result<Vec<AreaId>, AppError> {
        self.enter_leave_as(who, None, leave).await
    }

    /// The same under a key of the caller's; sent again it enters nothing.
    pub async fn enter_leave_as(
        &self,
        who: &Actor,
        key: Option<DeedId>,
        leave: Leave,
    ) -> Result<Vec<AreaId>, AppError> {
        let mut recording = self.recording(who).keyed(key);
        loop {
            recording.begin().await?;
            if let Some(known) = recording.known().await? {
                return self.left_before(who, &known, &leave).await;
            }
            let (grids, rows) = self.leave(who, &leave).await?;
            if rows.is_empty() || self.add_duties(&mut recording, rows).await?.is_some() {
                return self.left(grids, leave.from).await;
            }
        }
    }

    /// The grids that someone leaves, and what is entered for it.
    pub(crate) async fn leave(
        &self,
        who: &Actor,
        leave: &Leave,
    ) -> Result<(Vec<AreaId>, Vec<Duty>), AppError> {
        span(leave.from, Some(leave.to))?;
        let person = self.person_for(who, StaffAct::ChangeDuty, leave.person).await?;
        if leave.substitute == Some(leave.person) {
            return Err(AppError::field("/substitute", "range", "nobody stands in for themselves"));
        }
        if let Some(substitute) = leave.substitute {
            self.known_person(substitute, "/substitute").await?;
            let days = Days { from: leave.from, to: Some(leave.to) };
            self.refuse_chain(leave.person, substitute, days).await?;
        }
        let theirs = duty::of_person(&self.store, person.id, leave.from).await?;
        let mut grids: Vec<AreaId> = theirs
            .iter()
            .filter(|it| it.kind != DutyKind::Leave && it.from < leave.to)
            .map(|it| it.grid)
            .collect();
        grids.sort_unstable();
        grids.dedup();
        let row =
            |grid, person, kind| Duty { id: 0, grid, person, kind, from: leave.from, to: Some(leave.to) };
        let mut rows = Vec::new();
        for &grid in &grids {
            self.ground(who, StaffAct::ChangeDuty, grid, None, "person").await?;
            rows.push(row(grid, person.id, DutyKind::Leave));
            rows.extend(leave.substitute.map(|it| row(grid, it, DutyKind::Substitute)));
        }
        Ok((grids, rows))
    }

    /// What was answered to a leave that was entered before.
    async fn left_before(&self, who: &Actor, known: &Deed, leave: &Leave) -> Result<Vec<AreaId>, AppError> {
        let same = matches!(known, Deed::GiveDuty { facts, .. } if facts.kind == DutyKind::Leave.as_str()
            && facts.person == leave.person && facts.from == leave.from.to_string()
            && facts.to.as_deref() == Some(leave.to.to_string().as_str()));
        if !same {
            return Err(AppError::KeyReused);
        }
        let (grids, _) = self.leave(who, leave).await?;
        self.left(grids, leave.from).await
    }

    /// Those of these grids that have nobody on a day.
    async fn left(&self, grids: Vec<AreaId>, day: Date) -> Result<Vec<AreaId>, AppError> {
        let mut left = Vec::new();
        for grid in grids {
            if duty::in_grid(&self.store, grid, day).await?.is_empty() {
                left.push(grid);
            }
        }
        Ok(left)
    }

    /// Refuses a substitute in a grid who is away themselves, or who relies on someone there who is.
    async fn refuse_standing_in(&self, grid: AreaId, person: PersonId, days: Days) -> Result<(), AppError> {
        for gone in duty::of_grid(&self.store, grid, days.from).await? {
            let theirs = Days { from: gone.from, to: gone.to };
            let both = theirs.both(days).filter(|_| gone.kind == DutyKind::Leave && gone.person != person);
            if let Some(both) = both {
                self.refuse_chain(gone.person, person, both).await.map_err(at_person)?;
            }
        }
        Ok(())
    }

    /// Numbers and adds them; `None` when another was faster.
    async fn add_duties(
        &self,
        recording: &mut Recording<'_>,
        mut duties: Vec<Duty>,
    ) -> Result<Option<Vec<Duty>>, AppError> {
        let committed = self.commit_duties(recording, &mut duties, Batch::new("duties")).await?;
        Ok(committed.then_some(duties))
    }

    /// Numbers and adds them, together with what else belongs to it; `false` when another was faster.
    pub(crate) async fn commit_duties(
        &self,
        recording: &mut Recording<'_>,
        duties: &mut [Duty],
        batch: Batch,
    ) -> Result<bool, CommitError> {
        let first = duty::last_id(&self.store).await? + 1;
        for (id, duty) in (first..).zip(duties.iter_mut()) {
            duty.id = id;
        }
        let batch = duties.iter().map(Duty::insert).fold(batch, Batch::with);
        let told = duties.iter().map(|duty| deeds::duty(None, duty)).collect();
        if !recording.commit(batch, told).await? {
            return Ok(false);
        }
        for duty in duties.iter() {
            self.node.cache.end_all(duty.person); // their grids are others now
        }
        Ok(true)
    }

    async fn known_person(&self, id: PersonId, path: &str) -> Result<(), AppError> {
        match store::person::by_id(&self.store, id).await? {
            Some(person) if !person.disabled => Ok(()),
            _ => Err(AppError::field(path, "unknown", "there is no such person")),
        }
    }
}

/// What stands against the substitute stands at the person here.
fn at_person(error: AppError) -> AppError {
    let AppError::Invalid(mut fields) = error else { return error };
    fields.iter_mut().for_each(|field| "/person".clone_into(&mut field.path));
    AppError::Invalid(fields)
}

fn span(from: Date, to: Option<Date>) -> Result<(), AppError> {
    if to.is_some_and(|to| to <= from) {
        return Err(AppError::field("/to", "range", "a duty ends after it begins"));
    }
    Ok(())
}

mod pass;

pub use pass::{Pass, Passed, pass};

#[cfg(test)]
mod tests;

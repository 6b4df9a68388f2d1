//! Whether a substitute can stand in: everything known of whoever has to do with the grids in question is laid before
//! `domain::duty::chain`, and what it finds is told with names.

use std::collections::{BTreeSet, HashMap};

use domain::duty::{Days, Link, Stint, Way, chain};
use domain::id::{AreaId, PersonId};
use store::duty::{self, Duty, DutyKind};

use super::Ask;
use crate::{App, AppError, People};

/// People looked at: more than any chain is long.
const LOOKED_AT: usize = 64;

/// Refuses a substitute who would make a chain, with the whole chain named.
pub(crate) async fn refuse_chain(app: &App, ask: &Ask) -> Result<(), AppError> {
    let Some(substitute) = ask.substitute else { return Ok(()) };
    let days = Days { from: ask.from, to: Some(ask.to) };
    app.people.refuse_chain(ask.person, substitute, days).await
}

impl People {
    /// The same for whoever holds no more than people and duties.
    pub(crate) async fn refuse_chain(
        &self,
        person: PersonId,
        substitute: PersonId,
        days: Days,
    ) -> Result<(), AppError> {
        let known = self.stints(person, substitute, days).await?;
        let Some(links) = chain(&known, person, substitute, days) else { return Ok(()) };
        let people: Vec<PersonId> =
            links.iter().flat_map(|link| [Some(link.away), link.by]).flatten().collect();
        let names = self.names(people).await?;
        let told: Vec<String> = links.iter().map(|link| tell(link, &names)).collect();
        let why = format!("they cannot stand in: {}; choose another substitute", told.join(", and "));
        Err(AppError::field("/substitute", "chain", why))
    }

    /// Days of these two, of everybody in their grids, and so on.
    async fn stints(
        &self,
        person: PersonId,
        substitute: PersonId,
        days: Days,
    ) -> Result<Vec<Stint>, AppError> {
        let (mut people, mut grids) = (BTreeSet::new(), BTreeSet::<AreaId>::new());
        let (mut waiting, mut found) = (vec![person, substitute], Vec::new());
        while let Some(next) = waiting.pop() {
            if people.len() >= LOOKED_AT || !people.insert(next) {
                continue;
            }
            for own in duty::of_person(&self.store, next, days.from).await? {
                if !grids.insert(own.grid) {
                    continue;
                }
                let all = duty::of_grid(&self.store, own.grid, days.from).await?;
                waiting.extend(all.iter().map(|it| it.person));
                found.extend(all.iter().map(stint));
            }
        }
        Ok(found)
    }
}

fn stint(duty: &Duty) -> Stint {
    let way = match duty.kind {
        DutyKind::Main => Way::Main,
        DutyKind::Substitute => Way::StandsIn,
        DutyKind::Leave => Way::Away,
    };
    Stint { grid: duty.grid, person: duty.person, way, days: Days { from: duty.from, to: duty.to } }
}

fn tell(link: &Link, names: &HashMap<PersonId, String>) -> String {
    let name = |id: PersonId| names.get(&id).cloned().unwrap_or_else(|| id.to_string());
    let until = link.days.to.map_or_else(|| "on".to_owned(), |to| format!("until {to}"));
    let who = link.by.map_or_else(|| "nobody stands in".to_owned(), |by| format!("{} stands in", name(by)));
    format!("{} is away from {} {until} and {who}", name(link.away), link.days.from)
}

//! Tags of what people, units and duties say: what someone decided on is known by it. Two versions of a thing have
//! the same tag only when they say the same.

use domain::audit::sha256;
use serde::Serialize;
use store::duty::Duty;
use store::person::Person;
use store::unit::Unit;

use crate::{AppError, deeds};

/// How much of a SHA-256 is enough to tell versions apart.
const DIGITS: usize = 20;

/// The tag of an account.
pub fn of_person(person: &Person) -> String {
    of(&(person.id, deeds::post(person), &person.name))
}

/// The tag of a unit.
pub fn of_unit(unit: &Unit) -> String {
    of(&(unit.id, deeds::unit_facts(unit)))
}

/// The tag of a duty.
pub fn of_duty(duty: &Duty) -> String {
    of(&(duty.id, deeds::duty_facts(duty)))
}

/// Refuses when someone decided on something else than what stands.
pub(crate) fn check(held: Option<&str>, stands: &str) -> Result<(), AppError> {
    if held.is_none_or(|held| held == stands) { Ok(()) } else { Err(AppError::Moved) }
}

fn of(facts: &impl Serialize) -> String {
    let text = serde_json::to_vec(facts).expect("facts are plain data");
    sha256(&text).to_string()[..DIGITS].to_owned()
}

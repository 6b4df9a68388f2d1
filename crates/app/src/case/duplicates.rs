//! Is it the same matter? Neighbours of a report, scored by distance, class, words and time.
//!
//! Each part gives 0 to 1; the likeness is their weighted mean. Words are compared by their pairs of
//! neighbouring characters (Dice's coefficient, 1945), which needs no dictionary and suits Chinese.

use super::number::number;
use crate::{App, AppError};
use domain::geo::{LngLat, distance_m};
use domain::id::{CaseId, ClassCode};
use domain::policy::{Actor, Facts, Scope};
use jiff::{SignedDuration, Timestamp};
use std::collections::HashSet;
use store::case::{CaseRow, Near, near};

/// Beyond this distance two reports are not the same matter.
const RADIUS_M: f64 = 200.0;
/// Beyond this age two reports are not the same matter.
const AGE: SignedDuration = SignedDuration::from_hours(30 * 24);
/// Below this likeness nothing is suggested.
const LEAST: f64 = 0.45;
/// Two reports of different classes must share at least this much of their words.
const LEAST_WORDS: f64 = 0.15;
/// Candidates looked at in each grid.
const CANDIDATES: u32 = 100;

/// What is compared.
#[derive(Clone, Debug)]
pub struct Likeness {
    /// Not suggested to itself.
    pub id: Option<CaseId>,
    /// Where.
    pub point: LngLat,
    /// What it is thought to be.
    pub class: Option<ClassCode>,
    /// In words.
    pub text: String,
    /// When.
    pub at: Timestamp,
}

/// A case that may be the same matter.
#[derive(Clone, Debug)]
pub struct Duplicate {
    /// Its row.
    pub row: CaseRow,
    /// Its number.
    pub number: String,
    /// How far away.
    pub distance_m: f64,
    /// How alike, 0 to 1.
    pub likeness: f64,
}

/// At most five cases that may be the same matter and that this person may see, most alike first.
pub async fn duplicates(app: &App, actor: &Actor, like: &Likeness) -> Result<Vec<Duplicate>, AppError> {
    let city = app.city();
    let near_by =
        Near { grids: city.grids_near(like.point, RADIUS_M), since: like.at - AGE, limit: CANDIDATES };
    let scope = Scope::of(actor);
    let pairs = pairs(&like.text);
    let mut found: Vec<Duplicate> = near(&app.store, &near_by)
        .await?
        .into_iter()
        .filter(|row| Some(row.id) != like.id && row.ended.is_none())
        .filter(|row| scope.covers(&facts(row, &city)))
        .filter_map(|row| score(like, &pairs, row))
        .filter(|duplicate| duplicate.likeness >= LEAST)
        .collect();
    found.sort_by(|a, b| b.likeness.total_cmp(&a.likeness));
    found.truncate(5);
    Ok(found)
}

fn facts(row: &CaseRow, city: &crate::City) -> Facts {
    Facts {
        areas: row.areas,
        desk: row.desk,
        desk_areas: city.ancestors(row.desk),
        units: row.lead.into_iter().collect(),
        reporter: row.reporter,
        private: row.private,
    }
}

fn score(like: &Likeness, pairs_of: &HashSet<(char, char)>, row: CaseRow) -> Option<Duplicate> {
    let far = distance_m(like.point, row.point?);
    if far > RADIUS_M {
        return None;
    }
    let near = 1.0 - far / RADIUS_M;
    let same_class = match (&like.class, &row.class) {
        (Some(one), Some(other)) if one == other => 1.0,
        (Some(one), Some(other)) if one.0.get(..2) == other.0.get(..2) => 0.4,
        (Some(_), Some(_)) => 0.0,
        _ => 0.5,
    };
    let words = dice(pairs_of, &pairs(&row.text));
    if same_class < 1.0 && words < LEAST_WORDS {
        return None;
    }
    let age = like.at.duration_since(row.reported_at).abs();
    let recent = 1.0 - (age.as_secs_f64() / AGE.as_secs_f64()).min(1.0);
    let likeness = 0.35 * near + 0.25 * same_class + 0.25 * words + 0.15 * recent;
    Some(Duplicate { number: number(row.id), distance_m: far, likeness, row })
}

fn pairs(text: &str) -> HashSet<(char, char)> {
    let letters: Vec<char> =
        text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    letters.windows(2).map(|pair| (pair[0], pair[1])).collect()
}

fn dice(one: &HashSet<(char, char)>, other: &HashSet<(char, char)>) -> f64 {
    let both = one.len() + other.len();
    if both == 0 { 0.0 } else { 2.0 * one.intersection(other).count() as f64 / both as f64 }
}

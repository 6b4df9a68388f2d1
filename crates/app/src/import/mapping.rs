//! What a foreign file's columns mean. Read from a TOML file; bound to a heading before the first row.

use super::ImportError;
use domain::case::{Channel, Satisfaction};
use jiff::tz::TimeZone;
use serde::Deserialize;
use std::collections::BTreeMap;

/// What the columns of a file of cases mean. `{Column}` in a text stands for that column's value.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// Name of the system the file comes from; with the outside number it makes a case's id, for ever.
    pub source: String,
    /// Column with the number a case has there.
    pub outside_no: String,
    /// Text of the report; at least one character must come of it.
    pub text: String,
    /// How reports came in.
    pub channel: Channel,
    /// IANA time zone of the dates. A date without a time means the beginning of that day there.
    pub zone: String,
    /// Formats of dates, tried in order, as `strptime` writes them: `%Y-%m-%d`.
    pub dates: Vec<String>,
    /// Column with the day or time of the report.
    pub reported: String,
    /// Column with the day or time of the closing; empty while a case is open.
    pub closed: String,
    /// What the status says.
    pub status: StatusWords,
    /// What a case is.
    pub class: ClassWords,
    /// Where it is.
    #[serde(default)]
    pub place: PlaceWords,
    /// Code of the unit that handles everything; without it the responsibility matrix says.
    pub unit: Option<String>,
    /// What the record says where the file says nothing.
    #[serde(default)]
    pub say: Say,
    /// Columns that may only have these values; a row with another is rejected.
    #[serde(default)]
    pub known: BTreeMap<String, Vec<String>>,
}

/// Words of the status column.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatusWords {
    /// The column.
    pub column: String,
    /// Words that mean open.
    pub open: Vec<String>,
    /// Words that mean closed.
    pub closed: Vec<String>,
}

/// What a case is: always the same class, or one by the value of a column.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassWords {
    /// Code of the class of every row.
    pub fixed: Option<String>,
    /// The column that tells.
    pub column: Option<String>,
    /// Code of our class by the value of that column; without any, the values are our codes.
    #[serde(default)]
    pub codes: BTreeMap<String, String>,
}

/// Where a case is.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlaceWords {
    /// Column with the latitude, WGS-84.
    pub lat: Option<String>,
    /// Column with the longitude, WGS-84.
    pub lng: Option<String>,
    /// The place in words, at most 200 characters are kept.
    #[serde(default)]
    pub words: String,
    /// Name or code of the area: `Ward {Ward}`.
    #[serde(default)]
    pub area: String,
}

/// What the record says where the file says nothing.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Say {
    /// Of the work.
    pub handled: String,
    /// Of the check.
    pub checked: String,
    /// To the reporter.
    pub answered: String,
    /// Of the reporter's word, which a file seldom has.
    pub confirmed: String,
    /// The reporter's word itself.
    pub satisfaction: Satisfaction,
    /// Of a reopening.
    pub reopened: String,
    /// Of a closing between the first and the last.
    pub also_closed: String,
    /// Of a row without a place.
    pub without_place: String,
}

impl Default for Say {
    fn default() -> Say {
        Say {
            handled: "closed in the system it came from".to_owned(),
            checked: String::new(),
            answered: "closed in the system it came from".to_owned(),
            confirmed: "taken over as closed; nobody was asked".to_owned(),
            satisfaction: Satisfaction::Fair,
            reopened: "closed again later under the same number".to_owned(),
            also_closed: "also closed in the system it came from on".to_owned(),
            without_place: "the system it came from gives no place".to_owned(),
        }
    }
}

/// A mapping whose columns were found in a heading.
#[derive(Clone, Debug)]
pub(super) struct Bound {
    pub(super) outside_no: usize,
    pub(super) reported: usize,
    pub(super) closed: usize,
    pub(super) status: usize,
    pub(super) class: Option<usize>,
    pub(super) point: Option<(usize, usize)>,
    pub(super) text: Template,
    pub(super) words: Template,
    pub(super) area: Template,
    pub(super) known: Vec<(usize, Vec<String>)>,
    pub(super) zone: TimeZone,
    pub(super) heading: csv::StringRecord,
}

impl Mapping {
    pub(super) fn bind(&self, heading: &csv::StringRecord) -> Result<Bound, ImportError> {
        let column = |name: &str| find(heading, name);
        if self.class.fixed.is_some() == self.class.column.is_some() {
            return Err(unfit("class: give either `fixed` or `column`"));
        }
        if self.dates.is_empty() {
            return Err(unfit("dates: give at least one format, for instance \"%Y-%m-%d\""));
        }
        let point = match (&self.place.lat, &self.place.lng) {
            (Some(lat), Some(lng)) => Some((column(lng)?, column(lat)?)),
            (None, None) => None,
            _ => return Err(unfit("place: give both `lat` and `lng`, or neither")),
        };
        let known = self.known.iter().map(|(name, values)| Ok((column(name)?, values.clone())));
        let zone = TimeZone::get(&self.zone).map_err(|_| {
            unfit(format!(
                "zone: {:?} is no time zone; write one like \"UTC\" or \"Asia/Shanghai\"",
                self.zone
            ))
        })?;
        Ok(Bound {
            outside_no: column(&self.outside_no)?,
            reported: column(&self.reported)?,
            closed: column(&self.closed)?,
            status: column(&self.status.column)?,
            class: self.class.column.as_deref().map(column).transpose()?,
            point,
            text: Template::read(&self.text, heading)?,
            words: Template::read(&self.place.words, heading)?,
            area: Template::read(&self.place.area, heading)?,
            known: known.collect::<Result<_, ImportError>>()?,
            zone,
            heading: heading.clone(),
        })
    }
}

/// Text with columns in it.
#[derive(Clone, Debug)]
pub(super) struct Template(Vec<Piece>);

#[derive(Clone, Debug)]
enum Piece {
    Text(String),
    Column(usize),
}

impl Template {
    fn read(text: &str, heading: &csv::StringRecord) -> Result<Template, ImportError> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let (name, later) = after
                .split_once('}')
                .ok_or_else(|| unfit(format!("{text:?}: a column begins with {{ and never ends")))?;
            pieces.push(Piece::Text(before.to_owned()));
            pieces.push(Piece::Column(find(heading, name)?));
            rest = later;
        }
        pieces.push(Piece::Text(rest.to_owned()));
        Ok(Template(pieces))
    }

    /// The text for one row, without blanks at its ends; empty when all of its columns are.
    pub(super) fn fill(&self, row: &csv::StringRecord) -> String {
        let value = |at: &usize| row.get(*at).unwrap_or_default().trim();
        let columns = self.0.iter().filter_map(|piece| match piece {
            Piece::Column(at) => Some(value(at)),
            Piece::Text(_) => None,
        });
        let (mut n, mut n_empty) = (0, 0);
        columns.for_each(|column| {
            n += 1;
            n_empty += usize::from(column.is_empty());
        });
        if n > 0 && n == n_empty {
            return String::new();
        }
        let filled: String = self
            .0
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => text.as_str(),
                Piece::Column(at) => value(at),
            })
            .collect();
        filled.trim().to_owned()
    }
}

fn find(heading: &csv::StringRecord, name: &str) -> Result<usize, ImportError> {
    let found = heading.iter().position(|column| column.trim_start_matches('\u{feff}').trim() == name);
    found.ok_or_else(|| {
        let has: Vec<&str> = heading.iter().collect();
        unfit(format!("the file has no column {name:?}; it has {}", has.join(", ")))
    })
}

pub(super) fn unfit(why: impl Into<String>) -> ImportError {
    ImportError::Unfit(why.into())
}

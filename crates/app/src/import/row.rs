//! One row of a foreign file, read by a mapping, or why it makes no sense.

use super::mapping::{Bound, Mapping};
use crate::City;
use domain::geo::LngLat;
use domain::id::{AreaId, ClassCode};
use jiff::civil::{Date, DateTime};
use jiff::fmt::strtime;
use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;

/// A row that makes sense.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) outside_no: String,
    pub(super) reported: Timestamp,
    pub(super) closed: Option<Timestamp>,
    pub(super) class: ClassCode,
    pub(super) text: String,
    pub(super) words: String,
    pub(super) point: Option<LngLat>,
    pub(super) area: Option<AreaId>,
    /// The row names an area that the city does not have.
    pub(super) is_area_unknown: bool,
    /// The row says nothing of where it was that could be put on a map.
    pub(super) is_without_place: bool,
}

/// Reads rows; knows the city's areas by every name.
pub(super) struct Reader<'a> {
    mapping: &'a Mapping,
    bound: &'a Bound,
    city: &'a City,
    areas: HashMap<String, AreaId>,
    now: Timestamp,
}

impl<'a> Reader<'a> {
    pub(super) fn new(mapping: &'a Mapping, bound: &'a Bound, city: &'a City, now: Timestamp) -> Reader<'a> {
        let mut areas = HashMap::new();
        for area in city.tree.iter() {
            for name in [area.code.as_str(), &area.name_zh, &area.name_en] {
                areas.entry(name.to_owned()).or_insert(area.id);
            }
        }
        Reader { mapping, bound, city, areas, now }
    }

    /// The row, or everything that is wrong with it.
    pub(super) fn read(&self, row: &csv::StringRecord) -> Result<Row, String> {
        let wide = self.bound.heading.len();
        if row.len() != wide {
            return Err(format!("has {} fields where the heading has {wide}", row.len()));
        }
        let mut wrong = Vec::new();
        let mut keep = |read: Result<(), String>| wrong.extend(read.err());
        let value = |at: usize| row.get(at).unwrap_or_default().trim();
        let outside_no = value(self.bound.outside_no).to_owned();
        if outside_no.is_empty() {
            keep(Err(format!("{} is empty: a case needs its number", self.mapping.outside_no)));
        }
        let reported = self.time(&self.mapping.reported, value(self.bound.reported));
        keep(reported.as_ref().map(drop).map_err(Clone::clone));
        let closed = match value(self.bound.closed) {
            "" => Ok(None),
            text => self.time(&self.mapping.closed, text).map(Some),
        };
        keep(closed.as_ref().map(drop).map_err(Clone::clone));
        keep(self.status(value(self.bound.status), closed.as_ref().is_ok_and(Option::is_none)));
        if let (Ok(reported), Ok(Some(closed))) = (&reported, &closed)
            && closed < reported
        {
            keep(Err(format!(
                "closed before opened: {} {} lies before {} {}",
                self.mapping.closed,
                value(self.bound.closed),
                self.mapping.reported,
                value(self.bound.reported)
            )));
        }
        let class = self.class(self.bound.class.map(value));
        keep(class.as_ref().map(drop).map_err(Clone::clone));
        for (at, known) in &self.bound.known {
            if !known.iter().any(|one| one == value(*at)) {
                let name = self.bound.heading.get(*at).unwrap_or_default();
                keep(Err(format!("{name}: {:?} is none of the values it may have", value(*at))));
            }
        }
        let point = self.point(row);
        keep(point.as_ref().map(drop).map_err(Clone::clone));
        let text = self.bound.text.fill(row);
        if text.is_empty() {
            keep(Err("no text of the report comes of this row".to_owned()));
        }
        let (Ok(reported), Ok(closed), Ok(class), Ok(point), true) =
            (reported, closed, class, point, wrong.is_empty())
        else {
            return Err(wrong.join("; "));
        };
        let named = self.bound.area.fill(row);
        let area = self.areas.get(&named).copied();
        let is_without_place = match self.bound.point {
            Some(_) => point.is_none(),
            None => area.is_none(),
        };
        Ok(Row {
            outside_no,
            reported,
            closed,
            class,
            text,
            words: self.bound.words.fill(row).chars().take(200).collect(),
            point,
            area: if is_without_place { None } else { area },
            is_area_unknown: !is_without_place && !named.is_empty() && area.is_none(),
            is_without_place,
        })
    }

    fn status(&self, word: &str, is_open: bool) -> Result<(), String> {
        let words = &self.mapping.status;
        let among = |list: &[String]| list.iter().any(|one| one == word);
        match (among(&words.open), among(&words.closed)) {
            (true, _) if is_open => Ok(()),
            (true, _) => {
                Err(format!("{} says {word:?}, yet {} has a date", words.column, self.mapping.closed))
            }
            (_, true) if !is_open => Ok(()),
            (_, true) => {
                Err(format!("{} says {word:?}, yet {} has no date", words.column, self.mapping.closed))
            }
            _ => Err(format!("{}: the mapping does not know the word {word:?}", words.column)),
        }
    }

    fn class(&self, value: Option<&str>) -> Result<ClassCode, String> {
        let words = &self.mapping.class;
        let code = match (value, &words.fixed) {
            (None, fixed) => fixed.clone().unwrap_or_default(),
            (Some(value), _) if words.codes.is_empty() => value.to_owned(),
            (Some(value), _) => words
                .codes
                .get(value)
                .cloned()
                .ok_or_else(|| format!("unknown class: the mapping has no class for {value:?}"))?,
        };
        let code = ClassCode(code);
        match self.city.class(&code) {
            Some(_) => Ok(code),
            None => Err(format!("unknown class: the city has no class {code:?}", code = code.0)),
        }
    }

    fn point(&self, row: &csv::StringRecord) -> Result<Option<LngLat>, String> {
        let Some((lng, lat)) = self.bound.point else { return Ok(None) };
        let value = |at: usize| row.get(at).unwrap_or_default().trim();
        let number = |at: usize| {
            let name = self.bound.heading.get(at).unwrap_or_default();
            value(at).parse::<f64>().map_err(|_| format!("{name}: {:?} is not a number", value(at)))
        };
        match (value(lng).is_empty(), value(lat).is_empty()) {
            (true, true) => Ok(None),
            (false, false) => {
                LngLat::new(number(lng)?, number(lat)?).map(Some).map_err(|bad| bad.to_string())
            }
            _ => Err("a point needs both longitude and latitude".to_owned()),
        }
    }

    fn time(&self, column: &str, text: &str) -> Result<Timestamp, String> {
        if text.is_empty() {
            return Err(format!("{column} is empty: a date is needed"));
        }
        let read = self.mapping.dates.iter().find_map(|format| {
            let parsed = strtime::parse(format, text).ok()?;
            if let Ok(at) = parsed.to_timestamp() {
                return Some(at);
            }
            let civil =
                parsed.to_datetime().or_else(|_| parsed.to_date().map(|day: Date| day.at(0, 0, 0, 0)));
            let civil: DateTime = civil.ok()?;
            self.bound.zone.to_timestamp(civil).ok()
        });
        let at = read.ok_or_else(|| {
            format!("{column}: {text:?} is not a date of the form {}", self.mapping.dates.join(" or "))
        })?;
        if at > self.now + SignedDuration::from_hours(24) {
            return Err(format!("{column}: {text:?} lies in the future"));
        }
        Ok(at)
    }
}

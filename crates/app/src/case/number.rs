//! The number people read out: day of the report and six letters, both read off the id, so that a phone
//! without a network can already show it and no counter has to be shared.
//!
//! `260930-7K3M9Q`: two digits each of year, month and day (UTC), then the last 30 bits of the id in
//! Crockford's base 32 (no I, L, O, U). Two cases of one day share a number once in about 250 days at
//! 3,000 reports a day; a look-up then finds both.

use domain::id::CaseId;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use uuid::Uuid;

const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The number of a case.
pub fn number(id: CaseId) -> String {
    let bits = id.0.as_u128();
    let at = Timestamp::from_millisecond((bits >> 80) as i64).unwrap_or(Timestamp::UNIX_EPOCH);
    let day = TimeZone::UTC.to_datetime(at).date();
    let letters: String =
        (0..6).rev().map(|place| char::from(LETTERS[(bits >> (5 * place)) as usize & 31])).collect();
    format!("{:02}{:02}{:02}-{letters}", day.year().rem_euclid(100), day.month(), day.day())
}

/// The ids between which a case of this number lies; its other letters must still be compared. `None` when it
/// is not a number. Small letters, and O, I, L for 0 and 1, are understood.
pub fn ids_of_number(text: &str) -> Option<(CaseId, CaseId)> {
    let (day, letters) = text.trim().split_once('-')?;
    if day.len() != 6 || letters.len() != 6 || !letters.chars().all(|c| c.is_ascii_alphanumeric()) {
        return None;
    }
    let two = |at: usize| day.get(at..at + 2)?.parse::<i8>().ok();
    let date = Date::new(2000 + i16::from(two(0)?), two(2)?, two(4)?).ok()?;
    let from = TimeZone::UTC.to_timestamp(date.at(0, 0, 0, 0)).ok()?;
    let until = TimeZone::UTC.to_timestamp(date.checked_add(1.day()).ok()?.at(0, 0, 0, 0)).ok()?;
    let edge = |at: Timestamp| Uuid::from_u128((at.as_millisecond() as u128) << 80);
    Some((CaseId(edge(from)), CaseId(edge(until))))
}

/// What the beginning of a number tells of an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beginning {
    /// Between which ids cases of its day lie; `None` without a day.
    pub day: Option<(CaseId, CaseId)>,
    /// The value of its letters, the first bits of thirty.
    pub letters: u32,
    /// How many letters, 0 to 6.
    pub n_letters: u32,
}

/// The beginning of a number, or its six letters alone; a day alone is all its cases.
pub fn beginning(text: &str) -> Option<Beginning> {
    let (day, letters) = match text.trim().split_once('-') {
        Some((day, letters)) => (Some(day), letters),
        None if text.trim().len() == 6 => (None, text.trim()),
        None => return None,
    };
    let plain = letters.to_ascii_uppercase().replace('O', "0").replace(['I', 'L'], "1");
    if plain.len() > 6 || (day.is_none() && plain.len() != 6) {
        return None;
    }
    let place = |letter| LETTERS.iter().position(|it| *it == letter);
    let letters = plain.bytes().try_fold(0_u32, |bits, letter| Some(bits << 5 | place(letter)? as u32))?;
    let day = match day {
        Some(day) => Some(ids_of_number(&format!("{day}-000000"))?),
        None => None,
    };
    Some(Beginning { day, letters, n_letters: plain.len() as u32 })
}

/// The last four bytes that an id with these six letters can have: two of their bits are not in the letters. `None` when
/// it is not the end of a number.
pub fn tails_of_letters(text: &str) -> Option<[[u8; 4]; 4]> {
    let text = text.trim().to_ascii_uppercase().replace('O', "0").replace(['I', 'L'], "1");
    if text.len() != 6 {
        return None;
    }
    let place = |letter| LETTERS.iter().position(|it| *it == letter);
    let bits = text.bytes().try_fold(0_u32, |bits, letter| Some(bits << 5 | place(letter)? as u32))?;
    Some([0, 1, 2, 3].map(|high| (high << 30 | bits).to_be_bytes()))
}

/// Whether the number of this id leads back to it: only a UUIDv7 has a day.
pub fn has_number(id: CaseId) -> bool {
    id.0.get_version_num() == 7
        && ids_of_number(&number(id)).is_some_and(|(from, until)| from <= id && id < until)
}

/// Whether two numbers are the same to a reader.
pub fn same_number(one: &str, other: &str) -> bool {
    let plain = |text: &str| text.trim().to_ascii_uppercase().replace('O', "0").replace(['I', 'L'], "1");
    plain(one) == plain(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_leads_back_to_the_ids_of_its_day() {
        let id = CaseId(Uuid::parse_str("0199f3a1-2b4c-7def-8123-456789abcdef").unwrap());
        let text = number(id);
        let (from, until) = ids_of_number(&text).unwrap();
        assert!(from <= id && id < until, "{text}");
        assert!(same_number(&text.to_lowercase(), &text));
        assert_eq!(ids_of_number("260230-7K3M9Q"), None, "there is no 30 February");
        assert_eq!(ids_of_number("hello"), None);
    }

    #[test]
    fn the_letters_alone_leave_four_ends_of_an_id() {
        let id = CaseId(Uuid::parse_str("0199f3a1-2b4c-7def-8123-456789abcdef").unwrap());
        let text = number(id);
        let tails = tails_of_letters(&text[7..].to_lowercase()).unwrap();
        assert!(tails.contains(&id.0.as_bytes()[12..].try_into().unwrap()));
        assert_eq!(tails_of_letters("7K3M9U"), None, "U is no letter of a number");
        assert_eq!(tails_of_letters("260930"), tails_of_letters("26093O"));
    }

    #[test]
    fn an_id_without_a_day_of_this_century_has_no_number() {
        for (id, has) in [
            ("0199f3a1-2b4c-7def-8123-456789abcdef", true),
            ("9f0c3a1e-2b4c-4def-8123-456789abcdef", false), // random, UUIDv4
            ("ffff9f0c-2b4c-7def-8123-456789abcdef", false), // in the year 10889
        ] {
            assert_eq!(has_number(CaseId(Uuid::parse_str(id).unwrap())), has, "{id}");
        }
    }
}

//! Months as they stand in titles: last month's file with this month's name on it is the commonest slip of all.

use domain::month::Month;

/// What a title says of its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Period {
    /// One month.
    Month(Month),
    /// Several months in one figure, as `2026年1-9月`.
    Span(String),
}

const NAMES: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// The months that a text names: `2026年9月`, `2026-09`, `2026/9`, `September 2026`. Days (`2026-09-30`) are none.
pub fn periods(text: &str) -> Vec<Period> {
    let chars: Vec<char> = text.chars().map(half).collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let Some((year, behind)) = year(&chars, at) else {
            at += 1;
            continue;
        };
        found.extend(month_before(&chars[..at]).and_then(|month| Month::new(year, month)).map(Period::Month));
        found.extend(behind_year(&chars, at, behind, year));
        at = behind;
    }
    found
}

/// A month in a cell of its own: also `202609` and `2026-09-01`, as spreadsheets keep it.
pub fn month_of_cell(text: &str) -> Option<Month> {
    let text = text.trim();
    if let Ok(month) = text.parse() {
        return Some(month);
    }
    let is_digits = text.bytes().all(|b| b.is_ascii_digit());
    if is_digits && text.len() == 6 {
        return Month::new(text[..4].parse().ok()?, text[4..].parse().ok()?);
    }
    if let Some(day) = text.get(..10).and_then(|day| day.parse::<jiff::civil::Date>().ok()) {
        return Some(Month::of(day));
    }
    match periods(text).as_slice() {
        [Period::Month(month)] => Some(*month),
        _ => None,
    }
}

fn half(c: char) -> char {
    match c {
        '０'..='９' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        '－' | '—' | '–' | '~' | '～' | '至' | '到' => '-',
        c if c.is_whitespace() => ' ',
        c => c,
    }
}

/// Four digits of their own that are a year of ours, and where they end.
fn year(chars: &[char], at: usize) -> Option<(i16, usize)> {
    let before = at.checked_sub(1).map(|at| chars[at]);
    let (number, behind) = digits(chars, at)?;
    let own = !before.is_some_and(|c| c.is_ascii_digit() || c == '.') && behind - at == 4;
    (own && (2000..2100).contains(&number)).then_some((number as i16, behind))
}

fn digits(chars: &[char], at: usize) -> Option<(u32, usize)> {
    let length = chars[at.min(chars.len())..].iter().take_while(|c| c.is_ascii_digit()).take(6).count();
    let text: String = chars[at..at + length].iter().collect();
    Some((text.parse().ok()?, at + length))
}

fn behind_year(chars: &[char], start: usize, behind: usize, year: i16) -> Option<Period> {
    let skip = |at: usize| at + chars[at.min(chars.len())..].iter().take_while(|c| **c == ' ').count();
    let get = |at: usize| chars.get(at).copied();
    let mark = skip(behind);
    match get(mark)? {
        '年' => {
            let (month, end) = digits(chars, skip(mark + 1))?;
            let end = skip(end);
            if get(end) == Some('-') {
                let (_, last) = digits(chars, skip(end + 1))?;
                let last = skip(last);
                return (get(last) == Some('月')).then(|| Period::Span(chars[start..=last].iter().collect()));
            }
            let is_day = digits(chars, skip(end + 1)).is_some();
            if get(end) != Some('月') || is_day {
                return None;
            }
            Month::new(year, i8::try_from(month).ok()?).map(Period::Month)
        }
        separator @ ('-' | '/' | '.') => {
            let (month, end) = digits(chars, mark + 1)?;
            let goes_on = get(end) == Some(separator) && get(end + 1).is_some_and(|c| c.is_ascii_digit());
            if goes_on || end - mark > 3 {
                return None;
            }
            Month::new(year, i8::try_from(month).ok()?).map(Period::Month)
        }
        _ => None,
    }
}

/// The month whose English name ends before the year.
fn month_before(chars: &[char]) -> Option<i8> {
    let word: String = chars
        .iter()
        .rev()
        .skip_while(|c| matches!(c, ' ' | ',' | '.'))
        .take_while(|c| c.is_ascii_alphabetic())
        .collect();
    let word: String = word.chars().rev().collect::<String>().to_lowercase();
    if word.len() < 3 {
        return None;
    }
    NAMES.iter().position(|name| word.starts_with(name)).map(|at| at as i8 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn month(text: &str) -> Period {
        Period::Month(text.parse().unwrap())
    }

    #[test]
    fn months_are_found_in_titles_and_days_are_not() {
        for (text, found) in [
            ("某局平安指数数据报送表（2026年9月）", vec![month("2026-09")]),
            ("２０２６ 年 09 月", vec![month("2026-09")]),
            ("Figures: police, September 2026", vec![month("2026-09")]),
            ("2026-09 / 2026.8", vec![month("2026-09"), month("2026-08")]),
            ("请于2026年10月10日前报送", vec![]),
            ("due by 2026-10-10", vec![]),
            ("2026年1-9月", vec![Period::Span("2026年1-9月".to_owned())]),
            ("2026年1—9月累计", vec![Period::Span("2026年1-9月".to_owned())]),
            ("鲁政发〔2026〕12号", vec![]),
            ("371502202609", vec![]),
            ("2026年13月", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(periods(text), found, "{text}");
        }
    }

    #[test]
    fn a_month_in_a_cell_may_be_kept_as_a_day_or_a_number() {
        for text in
            ["2026-09", "202609", "2026-09-01", "2026-09-30 00:00:00", "2026年9月", "Sept 2026", "2026/9"]
        {
            assert_eq!(month_of_cell(text), "2026-09".parse().ok(), "{text}");
        }
        for text in ["9月", "2026", "2026-13", "202613", "x"] {
            assert_eq!(month_of_cell(text), None, "{text}");
        }
    }
}

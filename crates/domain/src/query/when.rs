//! Days as people write them: 昨天, 本周, 9月, 9月12日, 近7天, `2026-09-12`, `2026-09`, `2026-09-01..2026-09-12`.
//!
//! A month or day without a year is the latest one that is not to come. Weeks begin on Monday.

use super::Days;
use crate::class::Label;
use jiff::ToSpan;
use jiff::civil::{Date, date};

/// Words for days that may stand in front of other words.
#[rustfmt::skip] // a table, best read as one
const NAMED: &[(&str, &str)] = &[
    ("今天", "today"), ("今日", "today"), ("昨天", "yesterday"), ("昨日", "yesterday"), ("前天", "day before yesterday"),
    ("明天", "tomorrow"), ("后天", "day after tomorrow"),
    ("本周", "this week"), ("这周", "this week"), ("上周", "last week"), ("下周", "next week"),
    ("本月", "this month"), ("这个月", "this month"), ("上个月", "last month"), ("上月", "last month"),
    ("今年", "this year"), ("去年", "last year"),
];

/// What says by itself that it is days. A bare year or a code of digits does not.
pub(super) fn plain(text: &str, today: Date) -> Option<(Days, Label)> {
    let is_digits = text.chars().all(|c| c.is_ascii_digit());
    if is_digits { None } else { read(text, today) }
}

/// Days in front of other words, without 的.
pub(super) fn head(text: &str) -> Option<&str> {
    let named = NAMED.iter().map(|(zh, _)| *zh).filter(|zh| text.starts_with(zh)).max_by_key(|zh| zh.len());
    if let Some(zh) = named {
        return Some(&text[..zh.len()]);
    }
    // 9月的路灯, 9月12日的路灯: only with 的, since 3月 may begin a name.
    let (head, _) = text.split_once('的')?;
    chinese(head, date(2000, 12, 31)).map(|_| head)
}

/// Days, or a range of them.
pub(super) fn read(text: &str, today: Date) -> Option<(Days, Label)> {
    let days = one(text, today).or_else(|| range(text, today))?;
    let named = NAMED.iter().find(|(zh, en)| *zh == text || en.replace(' ', "") == text);
    let span = match days {
        Days { from, to } if from == to => from.to_string(),
        Days { from, to } => format!("{from}..{to}"),
    };
    Some((
        days,
        match named {
            Some((zh, en)) => Label::new(format!("{zh} {span}"), format!("{en} {span}")),
            None => Label::new(span.clone(), span),
        },
    ))
}

fn range(text: &str, today: Date) -> Option<Days> {
    if let Some(rest) = text.strip_prefix(['>', '≥']) {
        return Some(Days { from: one(rest.trim_start_matches('='), today)?.from, to: date(9999, 12, 31) });
    }
    if let Some(rest) = text.strip_prefix(['<', '≤']) {
        return Some(Days { from: date(1970, 1, 1), to: one(rest.trim_start_matches('='), today)?.to });
    }
    let (from, to) = ["..", "~", "至", "到"].iter().find_map(|sign| text.split_once(sign))?;
    let days = Days { from: one(from, today)?.from, to: one(to, today)?.to };
    (days.from <= days.to).then_some(days)
}

fn one(text: &str, today: Date) -> Option<Days> {
    named(text, today).or_else(|| lately(text, today)).or_else(|| iso(text)).or_else(|| chinese(text, today))
}

fn named(text: &str, today: Date) -> Option<Days> {
    let zh = NAMED.iter().find(|(zh, en)| *zh == text || en.replace(' ', "") == text);
    let days_on = |n: i32| today.checked_add(n.days()).ok();
    let monday = days_on(-i32::from(today.weekday().to_monday_zero_offset()))?;
    let week = |n: i32| {
        let from = monday.checked_add((7 * n).days()).ok()?;
        Some(Days { from, to: from.checked_add(6.days()).ok()? })
    };
    let month = |day: Date| Days { from: day.first_of_month(), to: day.last_of_month() };
    let year =
        |year: i16| Some(Days { from: Date::new(year, 1, 1).ok()?, to: Date::new(year, 12, 31).ok()? });
    let day = |n| days_on(n).map(|it| Days { from: it, to: it });
    match zh?.1 {
        "today" => day(0),
        "yesterday" => day(-1),
        "day before yesterday" => day(-2),
        "tomorrow" => day(1),
        "day after tomorrow" => day(2),
        "this week" => week(0),
        "last week" => week(-1),
        "next week" => week(1),
        "this month" => Some(month(today)),
        "last month" => Some(month(today.first_of_month().yesterday().ok()?)),
        "this year" => year(today.year()),
        _ => year(today.year().checked_sub(1)?),
    }
}

/// 近7天, 最近30天, 7天内, last7days, 7d: so many days that end today.
fn lately(text: &str, today: Date) -> Option<Days> {
    let middle = ["最近", "近", "last"].iter().find_map(|head| text.strip_prefix(head));
    let tail = |text: &str| -> Option<i32> {
        let ends = ["天内", "日内", "天", "日", "days", "day", "d"];
        ends.iter().find_map(|end| text.strip_suffix(end))?.parse().ok()
    };
    let n = match middle {
        Some(rest) => tail(rest)?,
        None => ["天内", "日内"].iter().find_map(|end| text.strip_suffix(end))?.parse().ok()?,
    };
    let is_few = (1..=3_660).contains(&n);
    is_few.then(|| today.checked_sub((n - 1).days()).ok()).flatten().map(|from| Days { from, to: today })
}

/// `2026-09-12`, `2026-09`, with slashes too.
fn iso(text: &str) -> Option<Days> {
    let parts: Vec<&str> = text.split(['-', '/']).collect();
    let year: i16 = parts.first().filter(|year| year.len() == 4)?.parse().ok()?;
    let of = |at: usize| parts.get(at)?.parse::<i8>().ok();
    match parts.len() {
        2 => month_of(year, of(1)?),
        3 => Date::new(year, of(1)?, of(2)?).ok().map(|day| Days { from: day, to: day }),
        _ => None,
    }
}

/// 2026年9月12日 and any part of it that has a month, or a year with 年.
fn chinese(text: &str, today: Date) -> Option<Days> {
    let (year, rest) = match text.split_once('年') {
        Some((year, rest)) if year.len() == 4 => (Some(year.parse::<i16>().ok()?), rest),
        Some(_) => return None,
        None => (None, text),
    };
    if let (Some(year), "") = (year, rest) {
        return Some(Days { from: Date::new(year, 1, 1).ok()?, to: Date::new(year, 12, 31).ok()? });
    }
    let (month, rest) = rest.split_once('月')?;
    let month = small(month).filter(|month| (1..=12).contains(month))?;
    if matches!(rest, "" | "份") {
        let this = year.unwrap_or_else(|| today.year() - i16::from(month > today.month()));
        return month_of(this, month);
    }
    let day = small(rest.strip_suffix(['日', '号']).unwrap_or(rest))?;
    let on = |year| Date::new(year, month, day).ok();
    let found = match year {
        Some(year) => on(year)?,
        None => on(today.year()).filter(|it| *it <= today).or_else(|| on(today.year() - 1))?,
    };
    Some(Days { from: found, to: found })
}

fn month_of(year: i16, month: i8) -> Option<Days> {
    let first = Date::new(year, month, 1).ok()?;
    Some(Days { from: first, to: first.last_of_month() })
}

/// 1 to 31 in digits, or 一 to 三十一.
fn small(text: &str) -> Option<i8> {
    if let Ok(number) = text.parse::<i8>() {
        return (1..=31).contains(&number).then_some(number);
    }
    let digit = |c: char| "一二三四五六七八九".chars().position(|it| it == c).map(|at| at as i8 + 1);
    let (tens, ones) = match text.split_once('十') {
        Some((tens, ones)) => (if tens.is_empty() { 1 } else { digit(tens.chars().next()?)? }, ones),
        None => (0, text),
    };
    let ones = match ones.chars().count() {
        0 if tens > 0 => 0,
        1 => digit(ones.chars().next()?)?,
        _ => return None,
    };
    Some(10 * tens + ones).filter(|number| (1..=31).contains(number))
}

//! What was found as a table, for a file. The file's format, and what keeps a spreadsheet from running a text, is `sheet`'s.

use super::answer::{Found, Hit};
use super::names::Key;
use crate::City;
use domain::query::Kind;
use sheet::{Column, Table, Value};

/// In which language a file has its headings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exported {
    /// Chinese.
    Zh,
    /// English.
    En,
}

#[rustfmt::skip] // a table, best read as one
const HEADINGS: [(&str, &str); 11] = [
    ("类型", "kind"), ("名称或内容", "name or text"), ("编号", "code"), ("位置", "where"), ("步骤", "step"), ("状态", "state"),
    ("单位", "unit"), ("上报时间", "reported"), ("截止时间", "due"), ("经度", "lng"), ("纬度", "lat"),
];

/// One row a hit.
pub fn table(found: &Found, city: &City, language: Exported) -> Table {
    let heading = |(zh, en): &(&str, &str)| match language {
        Exported::Zh => (*zh).to_owned(),
        Exported::En => (*en).to_owned(),
    };
    let rows = found
        .groups
        .iter()
        .flat_map(|group| group.hits.iter().map(|hit| row(group.kind, hit, city, language)));
    Table {
        columns: HEADINGS.iter().map(|both| Column::new(heading(both), 0.0)).collect(),
        rows: rows.collect(),
        ..Table::default()
    }
}

fn row(kind: Kind, hit: &Hit, city: &City, language: Exported) -> Vec<Value> {
    let zh = language == Exported::Zh;
    let text = |text: &str| Value::text(text);
    let time = |at: Option<jiff::Timestamp>| {
        at.map_or_else(Value::empty, |at| {
            Value::text(city.zone.to_datetime(at).strftime("%Y-%m-%d %H:%M").to_string())
        })
    };
    let case = hit.case.as_deref();
    let unit = match (case, hit.key) {
        (Some(case), _) => case.lead,
        (None, Some(Key::Unit(id))) => Some(id),
        _ => None,
    };
    let unit = unit
        .and_then(|id| city.units.get(&id))
        .map(|unit| if zh { unit.name_zh.as_str() } else { unit.name_en.as_str() });
    let degrees = |of: fn(domain::geo::LngLat) -> f64| {
        hit.point.map_or_else(Value::empty, |point| Value::number(of(point)))
    };
    vec![
        text(if zh { kind.zh() } else { kind.as_str() }),
        text(if zh { &hit.title.zh } else { &hit.title.en }),
        text(&hit.code),
        text(if zh { &hit.sub.zh } else { &hit.sub.en }),
        text(case.map_or("", |case| if zh { case.step.zh() } else { case.step.as_str() })),
        text(case.map_or("", |case| case.state.as_str())),
        text(unit.unwrap_or_default()),
        time(case.map(|case| case.reported_at)),
        time(case.and_then(|case| case.due.map(|due| due.at))),
        degrees(|point| point.lng),
        degrees(|point| point.lat),
    ]
}

//! Giving places out: CSV that any spreadsheet opens and [`super::read_table`] reads back, and GeoJSON.

use domain::geo::{Crs, LngLat};
use domain::place::{Kinds, Sort};
use domain::policy::{Actor, PlaceScope};
use serde_json::{Value as Json, json};
use sheet::{Column, CsvStart, Table, Value, to_csv};
use store::place::{self, Filter, List, Order, Planned};

use super::super::day_of;
use super::super::kinds::{kinds, plans};
use crate::{App, AppError};

/// The most rows of one file.
const MOST: usize = 100_000;
const PAGE: u32 = 500;

/// Places as CSV, with the fields of their kinds behind the columns that all have.
pub async fn export_csv(
    app: &App,
    who: &Actor,
    sort: Sort,
    filter: &Filter,
    crs: Crs,
) -> Result<Vec<u8>, AppError> {
    let (kinds, rows) = rows(app, who, sort, filter).await?;
    let city = app.city();
    let fields = fields(&kinds, sort, &rows);
    let mut columns: Vec<Column> = [
        "id",
        "sort",
        "kind",
        "number",
        "name",
        "name_en",
        "address",
        "lng",
        "lat",
        "grid",
        "owner",
        "state",
        "due",
        "looked_on",
    ]
    .into_iter()
    .map(|name| Column::new(name, 14.0))
    .collect();
    columns.extend(fields.iter().map(|name| Column::new(name, 14.0)));
    let row = |(row, due): &Planned| {
        let (place, told) = (&row.place, &row.place.told);
        let point = told.point.map(|it| shifted(it, crs));
        let area = place.areas.upwards().next().and_then(|it| city.area(it));
        let owner = told.owner.and_then(|it| city.units.get(&it));
        let day = |day: Option<i32>| day.map_or_else(Value::empty, |it| Value::text(day_of(it).to_string()));
        let mut cells = vec![
            Value::text(place.id.to_string()),
            Value::text(told.sort.as_str()),
            Value::text(&told.kind),
            Value::text(&told.number),
            Value::text(&told.name),
            Value::text(&told.name_en),
            Value::text(&told.address),
            Value::maybe(point.map(|it| it.lng)),
            Value::maybe(point.map(|it| it.lat)),
            Value::text(area.map_or_else(String::new, |it| it.code.to_string())),
            Value::text(owner.map_or("", |it| it.code.as_str())),
            Value::text(place.state.as_str()),
            day(*due),
            day(place.look.map(|it| it.day)),
        ];
        cells.extend(fields.iter().map(|name| {
            Value::text(told.facts.get(name).map_or_else(String::new, domain::place::Fact::text))
        }));
        cells
    };
    let table = Table { columns, rows: rows.iter().map(row).collect(), ..Table::default() };
    Ok(to_csv(&table, CsvStart::Bom))
}

/// Places as a FeatureCollection of Points; those without a point have no geometry.
pub async fn export_geojson(
    app: &App,
    who: &Actor,
    sort: Sort,
    filter: &Filter,
    crs: Crs,
) -> Result<Vec<u8>, AppError> {
    let (_, rows) = rows(app, who, sort, filter).await?;
    let city = app.city();
    let feature = |(row, due): &Planned| {
        let (place, told) = (&row.place, &row.place.told);
        let point = told.point.map(|it| shifted(it, crs));
        let area = place.areas.upwards().next().and_then(|it| city.area(it));
        let mut properties = json!({
            "sort": told.sort.as_str(), "kind": told.kind, "number": told.number, "name": told.name,
            "name_en": told.name_en, "address": told.address, "grid": area.map(|it| it.code.to_string()),
            "owner": told.owner.and_then(|it| city.units.get(&it)).map(|it| it.code.clone()),
            "state": place.state.as_str(), "due": due.map(|it| day_of(it).to_string()),
            "looked_on": place.look.map(|it| day_of(it.day).to_string())
        });
        if let Some(properties) = properties.as_object_mut() {
            let facts = told.facts.iter().map(|(name, fact)| (name.clone(), json!(fact)));
            properties.extend(facts);
        }
        let geometry = point.map(|it| json!({ "type": "Point", "coordinates": [it.lng, it.lat] }));
        json!({ "type": "Feature", "id": place.id.0, "geometry": geometry, "properties": properties })
    };
    let features: Vec<Json> = rows.iter().map(feature).collect();
    let whole = json!({ "type": "FeatureCollection", "features": features });
    Ok(serde_json::to_vec(&whole).expect("a value is JSON"))
}

fn shifted(point: LngLat, crs: Crs) -> LngLat {
    let round = |degrees: f64| (degrees * 1e7).round() / 1e7;
    let there = crs.from_wgs84(point);
    LngLat { lng: round(there.lng), lat: round(there.lat) }
}

/// Names of the fields that any of these places has, in the order of the kinds.
fn fields(kinds: &Kinds, sort: Sort, rows: &[Planned]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let of_kinds = kinds
        .kinds
        .iter()
        .filter(|kind| kind.sort == sort && rows.iter().any(|(row, _)| row.place.told.kind == kind.code));
    for field in of_kinds.flat_map(|kind| &kind.fields) {
        if !found.contains(&field.name) {
            found.push(field.name.clone());
        }
    }
    found
}

async fn rows(
    app: &App,
    who: &Actor,
    sort: Sort,
    filter: &Filter,
) -> Result<(Kinds, Vec<Planned>), AppError> {
    let kinds = kinds(app).await?.body;
    let (plans, scope) = (plans(&kinds), PlaceScope::of(who));
    let filter = Filter { sort: Some(sort), ..filter.clone() };
    let mut all = Vec::new();
    let mut after = None;
    loop {
        let list = List {
            filter: &filter,
            scope: (&scope, who.level),
            plans: &plans,
            order: Order::Added,
            after,
            limit: PAGE,
        };
        let (rows, next) = place::list(&app.store, list).await?;
        all.extend(rows);
        if all.len() > MOST {
            return Err(AppError::field(
                "?area",
                "range",
                format!("more than {MOST} rows; narrow it by area or kind"),
            ));
        }
        match next {
            Some(next) => after = Some(next),
            None => return Ok((kinds, all)),
        }
    }
}

//! Places on the wire: as a list shows them, as they are told, and where a case was found.

use app::City;
use app::place::day_of;
use domain::geo::Crs;
use domain::place::{Facts, Kinds, Place};
use serde::Serialize;
use serde_json::Value;
use store::inspection::Source;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::v1::crs::given;
use crate::v1::wire::AreasWire;

/// A place or thing as a list shows it.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlaceRowWire {
    pub id: Uuid,
    /// Grows with every act.
    pub version: u32,
    /// place or thing.
    pub sort: String,
    /// Code of its kind.
    pub kind: String,
    pub kind_zh: String,
    pub kind_en: String,
    /// Its own number; may be empty.
    pub number: String,
    pub name: String,
    /// May be empty.
    pub name_en: String,
    /// In words; may be empty.
    pub address: String,
    /// Degrees east.
    pub lng: Option<f64>,
    /// Degrees north.
    pub lat: Option<f64>,
    /// How far its point is outside of its grid, metres; absent inside.
    pub off_m: Option<u32>,
    pub areas: AreasWire,
    /// Id of the unit that owns it.
    pub owner: Option<u32>,
    /// intact, damaged, missing, retired or removed.
    pub state: String,
    /// The day on which it is due to be inspected; absent without a plan.
    #[schema(format = Date)]
    pub due: Option<String>,
    /// The day of the last inspection.
    #[schema(format = Date)]
    pub looked_on: Option<String>,
    /// How many answers failed in it.
    pub failed: Option<u16>,
}

impl PlaceRowWire {
    /// Of a place and its due day.
    pub fn of(place: &Place, due: Option<i32>, kinds: &Kinds, crs: Crs) -> PlaceRowWire {
        let told = &place.told;
        let name = kinds.get(told.sort, &told.kind).map(|it| it.name.clone());
        let point = told.point.map(|it| given(it, crs));
        PlaceRowWire {
            id: place.id.0,
            version: place.version,
            sort: told.sort.as_str().to_owned(),
            kind: told.kind.clone(),
            kind_zh: name.as_ref().map_or_else(|| told.kind.clone(), |it| it.zh.clone()),
            kind_en: name.as_ref().map_or_else(|| told.kind.clone(), |it| it.en.clone()),
            number: told.number.clone(),
            name: told.name.clone(),
            name_en: told.name_en.clone(),
            address: told.address.clone(),
            lng: point.map(|it| it.lng),
            lat: point.map(|it| it.lat),
            off_m: place.off_m,
            areas: place.areas.into(),
            owner: told.owner.map(|it| it.0),
            state: place.state.as_str().to_owned(),
            due: due.map(|it| day_of(it).to_string()),
            looked_on: place.look.map(|it| day_of(it.day).to_string()),
            failed: place.look.map(|it| it.failed),
        }
    }
}

/// A fact that is known, with its words.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlaceFactWire {
    /// Name of the field.
    pub name: String,
    pub label_zh: String,
    pub label_en: String,
    /// A text, a number, or yes or no; absent when it is not known.
    #[schema(value_type = Option<Value>)]
    pub value: Option<Value>,
}

/// What is known of a place, by the fields of its kind; what is of no field any more stands behind.
pub fn facts(place: &Place, kinds: &Kinds) -> Vec<PlaceFactWire> {
    let known: &Facts = &place.told.facts;
    let value =
        |name: &str| known.get(name).map(|it| serde_json::to_value(it).expect("facts are plain data"));
    let fields = kinds.get(place.told.sort, &place.told.kind).map_or(&[][..], |it| it.fields.as_slice());
    let of_fields = fields.iter().map(|field| PlaceFactWire {
        name: field.name.clone(),
        label_zh: field.label.zh.clone(),
        label_en: field.label.en.clone(),
        value: value(&field.name),
    });
    let others =
        known.keys().filter(|name| fields.iter().all(|it| it.name != **name)).map(|name| PlaceFactWire {
            name: name.clone(),
            label_zh: name.clone(),
            label_en: name.clone(),
            value: value(name),
        });
    of_fields.chain(others).collect()
}

/// Where a case was found.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CaseSourceWire {
    /// Id of the inspection.
    pub inspection: Uuid,
    /// Id of the place.
    pub place: Uuid,
    /// place or thing.
    pub sort: String,
    /// Code of its kind.
    pub kind: String,
    pub name: String,
    /// May be empty.
    pub name_en: String,
}

impl From<Source> for CaseSourceWire {
    fn from(it: Source) -> CaseSourceWire {
        CaseSourceWire {
            inspection: it.inspection.0,
            place: it.place.0,
            sort: it.sort,
            kind: it.kind,
            name: it.name,
            name_en: it.name_en,
        }
    }
}

/// Name of a unit in both languages, as far as it is known.
pub fn unit_name(city: &City, unit: Option<u32>) -> Option<(String, String)> {
    let unit = city.units.get(&domain::id::UnitId(unit?))?;
    Some((unit.name_zh.clone(), unit.name_en.clone()))
}

//! Two changes of one thing, made without knowing of each other: fields that only one touched are taken, fields that both
//! set to different values are given back to the person.

use serde::Serialize;
use serde_json::{Map, Value};

/// A field that both changed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FieldConflict {
    /// Its name.
    pub field: String,
    /// As it was when the phone saw it.
    pub base: Value,
    /// What the person wants.
    pub mine: Value,
    /// As it stands.
    pub theirs: Value,
}

/// What comes of two changes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Merged {
    /// Fields to be set now.
    pub set: Map<String, Value>,
    /// Fields for the person to decide.
    pub conflicts: Vec<FieldConflict>,
}

/// Brings `mine` and `theirs`, both made from `base`, together field by field; an absent field is `null`.
pub fn merge(base: &Map<String, Value>, mine: &Map<String, Value>, theirs: &Map<String, Value>) -> Merged {
    let of = |map: &Map<String, Value>, field: &str| map.get(field).cloned().unwrap_or(Value::Null);
    let mut merged = Merged::default();
    for field in mine.keys() {
        let (was, want, stands) = (of(base, field), of(mine, field), of(theirs, field));
        if want == stands || want == was {
            continue;
        }
        if stands == was {
            merged.set.insert(field.clone(), want);
        } else {
            let conflict = FieldConflict { field: field.clone(), base: was, mine: want, theirs: stands };
            merged.conflicts.push(conflict);
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn map(value: Value) -> Map<String, Value> {
        let Value::Object(map) = value else { panic!("a map is written in braces") };
        map
    }

    #[test]
    fn what_one_alone_changed_is_taken_and_what_both_changed_is_given_back() {
        let base = map(json!({ "phone": "1", "owner": "a", "beds": 3, "note": "x" }));
        let mine = map(json!({ "phone": "2", "owner": "b", "beds": 4, "note": "x" }));
        let theirs = map(json!({ "phone": "1", "owner": "c", "beds": 4, "note": "y" }));
        let merged = merge(&base, &mine, &theirs);
        assert_eq!(merged.set, map(json!({ "phone": "2" })));
        let told: Vec<_> = merged.conflicts.iter().map(|it| (it.field.as_str(), &it.theirs)).collect();
        assert_eq!(told, [("owner", &json!("c"))]);
    }

    #[test]
    fn a_field_that_is_absent_is_null() {
        let merged = merge(&map(json!({})), &map(json!({ "phone": "2" })), &map(json!({ "phone": "3" })));
        assert_eq!(merged.conflicts[0].base, Value::Null);
        let gone = merge(&map(json!({ "a": 1 })), &map(json!({ "a": null })), &map(json!({ "a": 1 })));
        assert_eq!(gone.set, map(json!({ "a": null })));
    }
}

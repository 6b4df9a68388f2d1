//! The description of the API against the schema of OpenAPI 3.1 itself and against what the schema cannot say.
//!
//! `tests/openapi/schema-3.1.json` is the official one (OpenAPI Initiative, Apache-2.0).

use std::collections::BTreeSet;

use api::Limits;
use api::server::Ending;
use app::{App, Clock};
use serde_json::Value;
use store::testing::Fresh;

use crate::city;
use crate::hall::probes;

async fn description() -> Value {
    let store = Fresh::sqlite().open().await;
    city::build(&store).await;
    let app = App::new(store, Clock::machine()).await.unwrap();
    api::described(app, &Limits::default(), probes(Ending::new().closing())).1
}

#[tokio::test]
async fn the_description_is_the_one_we_published() {
    let text = serde_json::to_string_pretty(&description().await).unwrap() + "\n";
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");
    if std::env::var_os("GRIDWARD_UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(file, &text).unwrap();
    }
    let held = std::fs::read_to_string(file).unwrap_or_default();
    let differs = text.lines().zip(held.lines()).position(|(now, before)| now != before);
    let says = "openapi.json: if the change is meant, run this test with GRIDWARD_UPDATE_SNAPSHOTS=1";
    assert_eq!((differs, text.len()), (None, held.len()), "{says}");
}

#[tokio::test]
async fn the_description_is_valid_by_the_schema_of_openapi() {
    let schema: Value = serde_json::from_str(include_str!("../openapi/schema-3.1.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let description = description().await;
    let errors: Vec<_> =
        validator.iter_errors(&description).map(|e| format!("{}: {e}", e.instance_path)).collect();
    assert!(errors.is_empty(), "{}", errors.join("\n"));
}

#[tokio::test]
async fn the_validator_sees_a_planted_error() {
    let schema: Value = serde_json::from_str(include_str!("../openapi/schema-3.1.json")).unwrap();
    let mut broken = description().await;
    broken["paths"]["/health/live"]["get"]["responses"] = Value::Null;
    assert!(!jsonschema::is_valid(&schema, &broken));
}

#[tokio::test]
async fn every_reference_leads_somewhere() {
    let description = description().await;
    let mut references = BTreeSet::new();
    collect(&description, &mut references);
    for reference in references {
        let pointer = reference.strip_prefix('#').expect("nothing from outside");
        assert!(description.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
}

#[tokio::test]
async fn every_operation_has_its_own_id_a_summary_and_its_parameters_of_the_path() {
    let description = description().await;
    let mut ids = BTreeSet::new();
    for (path, item) in description["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let at = format!("{method} {path}");
            assert!(ids.insert(operation["operationId"].as_str().unwrap().to_owned()), "{at}: id used twice");
            assert!(operation["summary"].is_string(), "{at}: no summary");
            for part in path.split('/').filter_map(|p| p.strip_prefix('{')?.strip_suffix('}')) {
                let named = |p: &Value| p["in"] == "path" && p["name"] == part && p["required"] == true;
                let declared = operation["parameters"].as_array().is_some_and(|all| all.iter().any(named));
                assert!(declared, "{at}: {part} is not declared");
            }
        }
    }
}

fn collect(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, into)),
        Value::Object(object) => {
            if let Some(reference) = object.get("$ref").and_then(Value::as_str) {
                into.insert(reference.to_owned());
            }
            object.values().for_each(|value| collect(value, into));
        }
        _ => {}
    }
}

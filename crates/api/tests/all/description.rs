//! The description of the API against the schema of OpenAPI 3.1 itself and against what the schema cannot say.
//!
//! `tests/openapi/schema-3.1.json` is the official one (OpenAPI Initiative, Apache-2.0).

use std::collections::BTreeSet;

use api::{
    health::{self, Probes},
    openapi::{About, describe},
    server::Ending,
};
use serde_json::Value;
use std::sync::Arc;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

fn description() -> Value {
    let probes = Probes {
        parts: Arc::new(|| Box::pin(async { Vec::new() })),
        figures: Arc::new(Vec::new),
        closing: Ending::new().closing(),
    };
    let (_, generated) =
        OpenApiRouter::with_openapi(About::openapi()).merge(health::routes(probes)).split_for_parts();
    describe(&generated)
}

#[test]
fn the_description_is_valid_by_the_schema_of_openapi() {
    let schema: Value = serde_json::from_str(include_str!("../openapi/schema-3.1.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let description = description();
    let errors: Vec<_> =
        validator.iter_errors(&description).map(|e| format!("{}: {e}", e.instance_path)).collect();
    assert!(errors.is_empty(), "{}", errors.join("\n"));
}

#[test]
fn the_validator_sees_a_planted_error() {
    let schema: Value = serde_json::from_str(include_str!("../openapi/schema-3.1.json")).unwrap();
    let mut broken = description();
    broken["paths"]["/health/live"]["get"]["responses"] = Value::Null;
    assert!(!jsonschema::is_valid(&schema, &broken));
}

#[test]
fn every_reference_leads_somewhere() {
    let description = description();
    let mut references = BTreeSet::new();
    collect(&description, &mut references);
    for reference in references {
        let pointer = reference.strip_prefix('#').expect("nothing from outside");
        assert!(description.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
}

#[test]
fn every_operation_has_its_own_id_a_summary_and_its_parameters_of_the_path() {
    let description = description();
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

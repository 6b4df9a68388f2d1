//! Where the generator's document is not what OpenAPI 3.1 (JSON Schema 2020-12) allows, or leaves out what every
//! operation shares. Each rule says what it mends; the validator in the tests says when one is missing.

use serde_json::{Map, Value, json};

/// Every operation may end so.
const SHARED: [(&str, &str); 4] = [
    ("400", "The request cannot be read"),
    ("429", "Too many requests; `Retry-After` says when"),
    ("500", "The machine failed"),
    ("503", "Too much work at this moment; `Retry-After` says when"),
];
const METHODS: [&str; 5] = ["get", "put", "post", "delete", "patch"];

/// Mends the whole document.
pub fn mend(document: &mut Value) {
    walk(document);
    let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) else { return };
    for (path, item) in paths.iter_mut() {
        let operations = item.as_object_mut().into_iter().flatten();
        for (method, operation) in operations.filter(|(method, _)| METHODS.contains(&method.as_str())) {
            operation["operationId"] = json!(name(method, path));
            shared(path, operation);
        }
    }
}

/// The name of an operation is what it is asked for: `get_cases_by_id_log`. Names of handlers are ours to change.
fn name(method: &str, path: &str) -> String {
    let parts = path.trim_start_matches("/api/v1").split('/').filter(|part| !part.is_empty());
    let words = parts.map(|part| match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
        Some(parameter) => format!("_by_{parameter}"),
        None => format!("_{part}"),
    });
    std::iter::once(method.to_owned()).chain(words).collect()
}

/// Rules for any schema, wherever it stands.
fn walk(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(walk),
        Value::Object(object) => {
            schema(object);
            object.values_mut().for_each(walk);
        }
        _ => {}
    }
}

fn schema(object: &mut Map<String, Value>) {
    // `nullable` is of 3.0; a type list says it in 3.1.
    if object.get("nullable").is_some_and(Value::is_boolean) {
        let yes = object.remove("nullable") == Some(Value::Bool(true));
        if let (true, Some(Value::String(kind))) = (yes, object.get("type")) {
            object.insert("type".into(), json!([kind, "null"]));
        }
    }
    // A single `example` in a schema is deprecated: `examples` is the list of JSON Schema.
    let is_schema =
        object.contains_key("type") || object.contains_key("$ref") || object.contains_key("oneOf");
    if is_schema
        && !object.contains_key("in")
        && let Some(example) = object.remove("example")
    {
        object.insert("examples".into(), json!([example]));
    }
    // An empty list of examples, enum or required says nothing and is not allowed for some.
    for list in ["examples", "enum", "required", "prefixItems"] {
        if object.get(list).and_then(Value::as_array).is_some_and(Vec::is_empty) {
            object.remove(list);
        }
    }
    // `propertyNames`/`items: false` of tuples stays; a bound of the wrong kind goes.
    for bound in ["minimum", "maximum"] {
        if object.get(bound).is_some_and(|value| !value.is_number() && !value.is_object()) {
            object.remove(bound);
        }
    }
}

/// Problems that any operation may answer with, and openness of the paths that need nobody signed in.
fn shared(path: &str, operation: &mut Value) {
    let Some(operation) = operation.as_object_mut() else { return };
    if !path.starts_with("/api/") {
        operation.insert("security".into(), json!([]));
        return;
    }
    let responses = operation.entry("responses").or_insert_with(|| json!({}));
    let Some(responses) = responses.as_object_mut() else { return };
    for (status, says) in SHARED {
        responses.entry(status).or_insert_with(|| json!({ "description": says }));
    }
    for (status, response) in responses.iter_mut() {
        let failed = status.starts_with('4') || status.starts_with('5');
        if failed && response.get("content").is_none() {
            response["content"] = json!({ "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } });
        }
    }
}

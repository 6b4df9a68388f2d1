//! The description as a page to read: every operation, parameter and schema. No script, nothing from outside.

use maud::{DOCTYPE, Markup, html};
use serde_json::Value;

use crate::problem::Code;

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];
/// The only style sheet this page has; it is served beside it, as the policy wants.
pub const STYLE: &str = include_str!("page.css");

/// Draws the page.
pub fn draw(api: &Value) -> Markup {
    let title = text(&api["info"]["title"]);
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                link rel="stylesheet" href="/api/docs.css";
            }
            body {
                h1 { (title) " v" (text(&api["info"]["version"])) }
                p { (text(&api["info"]["description"])) }
                p { a href="/api/openapi.json" { "OpenAPI " (text(&api["openapi"])) " as JSON" } }
                nav {
                    ul {
                        @for (path, method, operation) in operations(api) {
                            li { a href={ "#" (id(operation)) } { code { (method.to_uppercase()) " " (path) } } }
                        }
                    }
                }
                @for (path, method, operation) in operations(api) { (draw_operation(path, method, operation)) }
                h2 { "Problem codes" }
                table {
                    thead { tr { th { "code" } th { "status" } th { "meaning" } th { "what to do" } } }
                    @for code in Code::ALL {
                        tr {
                            td { code { (code.as_str()) } }
                            td { (code.status().as_u16()) }
                            td { (code.title()) }
                            td { (code.mend()) }
                        }
                    }
                }
                h2 { "Schemas" }
                @for (name, schema) in entries(&api["components"]["schemas"]) {
                    section id={ "schema-" (name) } { h3 { (name) } (draw_schema(schema)) }
                }
            }
        }
    }
}

fn draw_operation(path: &str, method: &str, operation: &Value) -> Markup {
    html! {
        section id=(id(operation)) {
            h2 { code { (method.to_uppercase()) " " (path) } }
            p { (text(&operation["summary"])) }
            @if operation["description"].is_string() { p { (text(&operation["description"])) } }
            @if let Some(parameters) = operation["parameters"].as_array() {
                table {
                    thead { tr { th { "parameter" } th { "in" } th { "type" } th { "meaning" } } }
                    @for parameter in parameters {
                        tr {
                            td {
                                code { (text(&parameter["name"])) }
                                @if parameter["required"] == true { " (required)" }
                            }
                            td { (text(&parameter["in"])) }
                            td { (kind(&parameter["schema"])) }
                            td { (text(&parameter["description"])) }
                        }
                    }
                }
            }
            @for (media, content) in entries(&operation["requestBody"]["content"]) {
                p { "Body: " code { (media) } " " (kind(&content["schema"])) }
            }
            table {
                thead { tr { th { "status" } th { "meaning" } th { "body" } } }
                @for (status, response) in entries(&operation["responses"]) {
                    tr {
                        td { code { (status) } }
                        td { (text(&response["description"])) }
                        td {
                            @for (media, content) in entries(&response["content"]) {
                                code { (media) } " " (kind(&content["schema"])) " "
                            }
                        }
                    }
                }
            }
        }
    }
}

fn draw_schema(schema: &Value) -> Markup {
    html! {
        @if schema["description"].is_string() { p { (text(&schema["description"])) } }
        @if let Some(words) = schema["enum"].as_array() {
            p { @for word in words { code { (text(word)) } " " } }
        }
        @if let Some(properties) = schema["properties"].as_object() {
            table {
                thead { tr { th { "field" } th { "type" } th { "meaning" } } }
                @for (name, property) in properties {
                    tr {
                        td { code { (name) } @if is_required(schema, name) { " *" } }
                        td { (kind(property)) }
                        td { (text(&property["description"])) }
                    }
                }
            }
        }
        @for key in ["oneOf", "anyOf", "allOf"] {
            @if let Some(parts) = schema[key].as_array() {
                p { (key) ":" }
                ul { @for part in parts { li { (kind(part)) (draw_schema(part)) } } }
            }
        }
    }
}

/// The type of a schema in a few words, with a link where it has a name.
fn kind(schema: &Value) -> Markup {
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        return html! { a href={ "#schema-" (name) } { (name) } };
    }
    if let Some(parts) = schema["oneOf"].as_array() {
        return html! { @for (nth, part) in parts.iter().enumerate() { @if nth > 0 { " or " } (kind(part)) } };
    }
    let types = match &schema["type"] {
        Value::String(one) => one.clone(),
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or "),
        _ => String::new(),
    };
    html! {
        (types)
        @if schema["format"].is_string() { " (" (text(&schema["format"])) ")" }
        @if schema["items"].is_object() { " of " (kind(&schema["items"])) }
    }
}

fn operations(api: &Value) -> impl Iterator<Item = (&str, &str, &Value)> {
    entries(&api["paths"]).flat_map(|(path, item)| {
        METHODS
            .into_iter()
            .filter_map(move |method| item.get(method).map(|operation| (path, method, operation)))
    })
}

fn entries(of: &Value) -> impl Iterator<Item = (&str, &Value)> {
    of.as_object().into_iter().flatten().map(|(name, value)| (name.as_str(), value))
}

fn is_required(schema: &Value, name: &str) -> bool {
    schema["required"].as_array().is_some_and(|names| names.iter().any(|one| one == name))
}

fn id(operation: &Value) -> &str {
    text(&operation["operationId"])
}

fn text(of: &Value) -> &str {
    of.as_str().unwrap_or_default()
}

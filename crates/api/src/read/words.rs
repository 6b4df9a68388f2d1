//! Turns what the JSON reader complains of into a field problem: a pointer, a stable code, and words.

use std::fmt::Display;

use serde_path_to_error::{Error, Path, Segment};

use crate::problem::Problem;

/// The field problem for an error of the reader.
pub fn field_problem<E: Display>(error: &Error<E>) -> Problem {
    let says = error.inner().to_string();
    let says = says.split(" at line ").next().unwrap_or(&says);
    let mut path = pointer(error.path());
    let code = if says.starts_with("missing field") {
        add_name(&mut path, says);
        "missing"
    } else if says.starts_with("unknown field") {
        add_name(&mut path, says);
        "unknown_field"
    } else if says.starts_with("unknown variant") {
        "unknown"
    } else if says.starts_with("invalid type") {
        "type"
    } else if says.starts_with("duplicate field") {
        add_name(&mut path, says);
        "duplicate"
    } else {
        "format"
    };
    Problem::field(path, code, says)
}

/// RFC 6901.
fn pointer(path: &Path) -> String {
    let mut pointer = String::new();
    for segment in path {
        pointer.push('/');
        match segment {
            Segment::Seq { index } => pointer.push_str(&index.to_string()),
            Segment::Map { key } => pointer.push_str(&key.replace('~', "~0").replace('/', "~1")),
            Segment::Enum { variant } => pointer.push_str(variant),
            Segment::Unknown => pointer.push('?'),
        }
    }
    pointer
}

/// The reader stands at the object; the complaint names the field in backticks.
fn add_name(path: &mut String, says: &str) {
    if let Some(name) = says.split('`').nth(1)
        && path.rsplit('/').next() != Some(name)
    {
        path.push('/');
        path.push_str(&name.replace('~', "~0").replace('/', "~1"));
    }
}

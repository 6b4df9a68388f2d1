//! Reads what callers send, and says exactly where it cannot: bodies of JSON, query strings, parts of paths.

mod json;
mod path;
mod query;
#[cfg(test)]
mod tests;
mod words;

pub use json::{Json, bytes_of, from_value};
pub use path::Path;
pub use query::Query;

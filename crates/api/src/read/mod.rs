//! Reads what callers send, and says exactly where it cannot: bodies of JSON, query strings, parts of paths.

mod json;
mod named;
mod private;
mod query;
#[cfg(test)]
mod tests;
mod words;

pub use json::{Json, body_problem, bytes_of, from_value, json_of};
pub use named::{Named, Names};
pub use private::{Private, discreet};
pub use query::Query;

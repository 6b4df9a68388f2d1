//! The suite of the store, on both databases. Without `GRIDWARD_TEST_PG` the PostgreSQL half prints that it is skipped.

mod broken;
mod engine;
mod feed;
mod index;
mod lease;
mod people;
mod rate;
mod schema;
mod scope;
mod tls;

//! The binary as a stranger meets it: each test runs the real program on files and databases of its own.

mod areas;
mod check;
mod first_start;
mod full;
mod hostile;
mod http;
mod import;
mod index;
mod index_editions;
mod index_refused;
mod index_tutorial;
mod killed;
mod nodes;
mod offline;
mod record;
mod run;
mod server;
mod stopped;
mod town;
mod traces;

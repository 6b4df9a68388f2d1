//! The binary as a stranger meets it: each test runs the real program on files and databases of its own.

mod check;
mod import;
mod record;
mod run;

//! Use cases over real databases: each test runs on SQLite, and on PostgreSQL where a server is named
//! (`scripts/pg.sh with cargo test -p app`).

mod area_changes;
mod assess;
mod bucket;
mod campaigns;
mod care;
mod city;
mod crowd;
mod deeds;
mod disputes;
mod duties;
mod editions;
mod forms;
mod from_cases;
mod hall;
mod intakes;
mod keys;
mod nodes;
mod places;
mod query;
mod query_rights;
mod record;
mod rights;
mod round;
mod seals;
mod sequences;
mod streams;
mod telling;
mod town;
mod vault;
mod visits;

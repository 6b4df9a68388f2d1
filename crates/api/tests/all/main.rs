//! The edge from outside: real sockets, hostile and slow; each resource on both databases; and the description of
//! the API, against its own rules and against every answer that the other tests are given.

mod area_changes;
mod area_files;
mod areas;
mod assess;
mod attachments;
mod campaigns;
mod care;
mod cases;
#[path = "../../../app/tests/it/city.rs"]
#[allow(dead_code)] // shared with the tests of `app`, which need more of it
mod city;
mod deeds;
mod description;
mod editions;
mod events;
mod hall;
mod intakes;
mod node;
mod notices;
mod paper;
mod people;
mod places;
mod round;
mod search;
mod sessions;
mod settings;
mod setup;
mod small_areas;
mod sockets;
mod sync;
mod tokens;
mod work;

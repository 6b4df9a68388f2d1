//! The simulated city: its ground and areas (`city`), its people and files (`seed`, `bundle`), its two years of
//! cases (`history`) and of department figures (`index`), and how it goes on (`live`). Uses the same doors as anyone; nobody imports it but `gridward`.

pub mod assess;
pub mod bundle;
pub mod care;
pub mod chance;
pub mod city;
pub mod history;
pub mod index;
pub mod live;
pub mod picture;
pub mod places;
pub mod seed;
pub mod work;

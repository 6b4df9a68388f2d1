//! The simulated city: its ground and areas (`city`). Uses the same doors as anyone; nobody imports it but `gridward`.

pub mod city;

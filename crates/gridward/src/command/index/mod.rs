//! `index`: the composite-indicator engine on files, without a server or a database; and the city's editions (`city`). The words of its command line
//! are in `words`; reading and writing of tables in `files`. What a stage does is written in the crate `index`.

mod city;
mod explain;
mod files;
mod recipe;
mod report;
mod run;
mod study;
mod words;

pub use words::Index;

use super::Here;
use crate::out::{End, Failed};

/// Does it.
pub async fn index(here: &Here, index: Index) -> Result<End, Failed> {
    match index {
        Index::Run(it) => run::run(&it),
        Index::Sensitivity(it) => study::study(&it),
        Index::Audit(it) => report::audit(&it),
        Index::Explain(it) => explain::explain(&it),
        Index::Recipe(it) => recipe::recipe(&it),
        Index::Publish(it) => city::publish(here, it).await,
        Index::Rebuild(it) => city::rebuild(&it),
        Index::Backcast(it) => city::backcast(&it),
    }
}

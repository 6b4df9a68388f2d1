//! `index`: the composite-indicator engine on files, without a server or a database. The words of its command line
//! are in `words`; reading and writing of tables in `files`. What a stage does is written in the crate `index`.

mod explain;
mod files;
mod recipe;
mod report;
mod run;
mod study;
mod words;

pub use words::Index;

use crate::out::{End, Failed};

/// Does it.
pub fn index(index: Index) -> Result<End, Failed> {
    match index {
        Index::Run(it) => run::run(&it),
        Index::Sensitivity(it) => study::study(&it),
        Index::Audit(it) => report::audit(&it),
        Index::Explain(it) => explain::explain(&it),
        Index::Recipe(it) => recipe::recipe(&it),
    }
}

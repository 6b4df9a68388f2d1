//! What the result would have been under other choices: uncertainty of scores and ranks, and which choice moves them.
//!
//! A [`Study`] varies named inputs of a recipe, runs it many times, and reports rank intervals and variance-based
//! indices. Small discrete designs are enumerated exactly. A failed replicate is counted, named and left out.

mod design;
mod estimate;
mod exact;
mod input;
mod ranks;
mod replicate;
mod study;

pub use design::{Design, Sampling};
pub use estimate::{
    Indices, bootstrap_se, first_and_total, second_order, shapley_effects, shapley_from_subsets,
    uncentred_first,
};
pub use exact::{ExactIndices, exact_indices};
pub use input::{Input, Noise, Vary};
pub use ranks::{RankStats, UnitRanks, beats, rank_stats};
pub use study::{Failure, Output, Progress, Study, StudyResult};

//! What small areas can and cannot say: shrunken rates with intervals and reliability, posterior ranks, and
//! suppression of small counts that survives differencing.

mod fay_herriot;
mod posterior;
mod shrink;
mod suppress;

pub use fay_herriot::{FayHerriot, fay_herriot};
pub use posterior::{End, PosteriorRank, posterior_ranks};
pub use shrink::{
    Area, Belief, Shrunk, beta_binomial, beta_binomial_at, design_effect_se, gamma_poisson, gamma_poisson_at,
};
pub use suppress::{Equation, Reason, Suppressed, recoverable, suppress};

/// Below this reliability no rank is given, only P(among the best or worst tenth).
pub const RELIABILITY_FLOOR: f64 = 0.6;

//! Plain statistics on slices: no units, no framework. Missing values are left out by the caller through
//! [`present`], unless a function says otherwise.

mod correlation;
mod factor;
mod linear;
mod moments;
mod quantile;
mod rank;
mod rng;
mod robust;
mod special;

pub use correlation::{kendall, kendall_p, pearson, spearman};
pub use factor::one_factor;
pub use linear::{Eigen, cholesky_solve, eigen_symmetric, perron};
pub use moments::{Moments, kurtosis, mean, population_sd, sample_sd, skewness};
pub use quantile::{QuantileType, median, quantile, quantile_sorted};
pub(crate) use rank::order_descending;
pub use rank::{Ties, rank_ascending, rank_descending};
pub use rng::Rng;
pub use robust::{mad, medcouple};
pub use special::{
    chi_square_upper, ln_gamma, normal_cdf, normal_quantile, regularized_beta, regularized_gamma,
    student_t_two_sided,
};

/// The values that are there.
pub fn present(x: &[f64]) -> Vec<f64> {
    x.iter().copied().filter(|v| !v.is_nan()).collect()
}

/// Smallest and largest; `None` when nothing is there.
pub fn range(x: &[f64]) -> Option<(f64, f64)> {
    let mut it = x.iter().copied().filter(|v| !v.is_nan());
    let first = it.next()?;
    Some(it.fold((first, first), |(lo, hi), v| (lo.min(v), hi.max(v))))
}

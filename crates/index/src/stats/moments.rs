//! Means, spreads and shapes.

use crate::sum::{LANES, Lanes};

/// Count, mean and central power sums of the values that are there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moments {
    /// How many.
    pub n: usize,
    /// Arithmetic mean.
    pub mean: f64,
    /// Sum of squared deviations.
    pub s2: f64,
    /// Sum of cubed deviations.
    pub s3: f64,
    /// Sum of fourth powers of deviations.
    pub s4: f64,
}

impl Moments {
    /// `None` when no value is there.
    pub fn of(x: &[f64]) -> Option<Self> {
        let some;
        let v: &[f64] = if x.iter().any(|v| v.is_nan()) {
            some = super::present(x);
            &some
        } else {
            x
        };
        let n = v.len();
        if n == 0 {
            return None;
        }
        let mut all = Lanes::default();
        let (strips, rest) = v.as_chunks::<LANES>();
        strips.iter().for_each(|x| all.add(x));
        let mean = all.joined(rest.iter().copied()) / n as f64;
        let mut powers = [Lanes::default(); 3];
        for x in strips {
            let d = x.map(|x| x - mean);
            let d2 = d.map(|d| d * d);
            powers[0].add(&d2);
            powers[1].add(&std::array::from_fn(|k| d2[k] * d[k]));
            powers[2].add(&d2.map(|d2| d2 * d2));
        }
        let end = |power: i32| rest.iter().map(move |x| (x - mean).powi(power));
        let [s2, s3, s4] = [2, 3, 4].map(|k| powers[k as usize - 2].joined(end(k)));
        Some(Self { n, mean, s2, s3, s4 })
    }
    /// Adjusted Fisher-Pearson skewness G1 = sqrt(n(n-1))/(n-2) * m3/m2^1.5 (Joanes and Gill 1998).
    /// `None` below three values or without spread.
    pub fn skewness(&self) -> Option<f64> {
        let n = self.n as f64;
        (self.n >= 3 && self.s2 > 0.0)
            .then(|| n.sqrt() * self.s3 / self.s2.powf(1.5) * (n * (n - 1.0)).sqrt() / (n - 2.0))
    }
    /// Adjusted excess kurtosis G2 = (n-1)/((n-2)(n-3)) * ((n+1)(m4/m2^2-3)+6) (Joanes and Gill 1998).
    /// `None` below four values or without spread.
    pub fn kurtosis(&self) -> Option<f64> {
        let n = self.n as f64;
        (self.n >= 4 && self.s2 > 0.0).then(|| {
            let r = n * self.s4 / (self.s2 * self.s2);
            ((n + 1.0) * (r - 3.0) + 6.0) * (n - 1.0) / ((n - 2.0) * (n - 3.0))
        })
    }
    /// Standard deviation with n-1; `None` below two values.
    pub fn sample_sd(&self) -> Option<f64> {
        (self.n >= 2).then(|| (self.s2 / (self.n - 1) as f64).sqrt())
    }
    /// Standard deviation with n.
    pub fn population_sd(&self) -> f64 {
        (self.s2 / self.n as f64).sqrt()
    }
}

/// Arithmetic mean of the values that are there; `None` when there are none.
pub fn mean(x: &[f64]) -> Option<f64> {
    Moments::of(x).map(|m| m.mean)
}
/// See [`Moments::sample_sd`].
pub fn sample_sd(x: &[f64]) -> Option<f64> {
    Moments::of(x)?.sample_sd()
}
/// See [`Moments::population_sd`].
pub fn population_sd(x: &[f64]) -> Option<f64> {
    Moments::of(x).map(|m| m.population_sd())
}
/// See [`Moments::skewness`].
pub fn skewness(x: &[f64]) -> Option<f64> {
    Moments::of(x)?.skewness()
}
/// See [`Moments::kurtosis`].
pub fn kurtosis(x: &[f64]) -> Option<f64> {
    Moments::of(x)?.kurtosis()
}

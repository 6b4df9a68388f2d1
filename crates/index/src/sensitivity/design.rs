//! Points of the design: A, B, and A with one column from B, from an Owen-scrambled Sobol sequence or at random.

use serde::{Deserialize, Serialize};

use crate::{
    error::{IndexError, Result},
    stats::Rng,
};

/// How points are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sampling {
    /// Owen-scrambled Sobol points (Owen 1998; Burley 2020): about four times fewer runs for the same error.
    #[default]
    Sobol,
    /// Independent random points.
    Random,
}

/// Two sets of N points in [0,1)^d, from which all others are mixed.
#[derive(Debug, Clone, PartialEq)]
pub struct Design {
    /// A, by point.
    pub a: Vec<Vec<f64>>,
    /// B, by point.
    pub b: Vec<Vec<f64>>,
}

/// Sobol dimensions in the tables of the sequence, and points its index can count.
const MAX_DIMENSIONS: usize = 128;
const MAX_POINTS: usize = 1 << 16;

impl Design {
    /// N points in d dimensions.
    pub fn new(n: usize, d: usize, sampling: Sampling, seed: u64) -> Result<Self> {
        if n == 0 || n > MAX_POINTS {
            return Err(IndexError::parameter("sensitivity.n", n, "it must be from 1 to 65536"));
        }
        if d == 0 || d > MAX_DIMENSIONS {
            return Err(IndexError::parameter("number of inputs", d, "it must be from 1 to 128"));
        }
        let mut rng = Rng::new(seed, 0);
        let word = rng.bits() as u32;
        let mut point = |i: usize, j: usize| match sampling {
            Sampling::Sobol => {
                // 128 dimensions a set; another set is an independent scrambling.
                let seed = word.wrapping_add((j / 128) as u32 * 0x9e37_79b9);
                f64::from(sobol_burley::sample(i as u32, (j % 128) as u32, seed))
            }
            Sampling::Random => rng.uniform(),
        };
        let mut a = Vec::with_capacity(n);
        let mut b = Vec::with_capacity(n);
        for i in 0..n {
            a.push((0..d).map(|j| point(i, j)).collect());
            b.push((d..2 * d).map(|j| point(i, j)).collect());
        }
        Ok(Self { a, b })
    }
    /// N.
    pub fn n(&self) -> usize {
        self.a.len()
    }
    /// d.
    pub fn d(&self) -> usize {
        self.a[0].len()
    }
    /// All points in order: A, B, AB_1.. AB_d (A with column i from B), then BA_1.. BA_d when `second`.
    pub fn points(&self, second: bool) -> Vec<Vec<f64>> {
        let mix = |base: &[Vec<f64>], other: &[Vec<f64>], i: usize| -> Vec<Vec<f64>> {
            base.iter()
                .zip(other)
                .map(|(x, y)| {
                    let mut x = x.clone();
                    x[i] = y[i];
                    x
                })
                .collect()
        };
        let mut all = self.a.clone();
        all.extend(self.b.iter().cloned());
        for i in 0..self.d() {
            all.extend(mix(&self.a, &self.b, i));
        }
        if second {
            for i in 0..self.d() {
                all.extend(mix(&self.b, &self.a, i));
            }
        }
        all
    }
    /// Those points, then the mixes of A and B that are still missing for Shapley effects: 2^d N points in all, more
    /// when `second`.
    pub fn points_with_all_mixes(&self, second: bool) -> Vec<Vec<f64>> {
        let d = self.d();
        let mut all = self.points(second);
        let blocks = all.len() / self.n();
        let mut missing: Vec<(usize, usize)> = mixes(d, second)
            .into_iter()
            .enumerate()
            .map(|(u, at)| (at, u))
            .filter(|m| m.0 >= blocks)
            .collect();
        missing.sort_unstable();
        for (_, u) in missing {
            all.extend(self.a.iter().zip(&self.b).map(|(a, b)| {
                (0..d).map(|i| if u >> i & 1 == 1 { a[i] } else { b[i] }).collect::<Vec<f64>>()
            }));
        }
        all
    }
}

/// Which block of the design holds the mix with A on the inputs of each set (bit i: input i) and B elsewhere.
pub(super) fn mixes(d: usize, second: bool) -> Vec<usize> {
    let full = (1usize << d) - 1;
    let mut next = if second { 2 * d + 2 } else { d + 2 };
    let mut at = vec![usize::MAX; full + 1];
    at[full] = 0;
    at[0] = 1;
    for i in 0..d {
        at[full & !(1 << i)] = 2 + i;
        if second {
            at[1 << i] = 2 + d + i;
        }
    }
    // With one input A with its column from B is B itself.
    if d == 1 {
        (at[1], at[0]) = (0, 1);
    }
    for slot in &mut at {
        if *slot == usize::MAX {
            *slot = next;
            next += 1;
        }
    }
    at
}

//! Seeded chance (SplitMix64, Steele et al. 2014): small, fast, the same on every machine. Not for secrets.

/// A stream of random numbers.
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// A stream from a seed.
    pub fn new(seed: u64) -> Chance {
        Chance(seed)
    }

    /// A stream of its own for the thing called `name`: what happens to one does not shift the others.
    #[must_use]
    pub fn branch(&self, name: &str) -> Chance {
        let mix = |h: u64, b: u8| (h ^ u64::from(b)).wrapping_mul(0x0000_0100_0000_01b3); // FNV-1a
        let mut branch = Chance(name.bytes().fold(self.0 ^ 0xcbf2_9ce4_8422_2325, mix));
        branch.bits();
        branch
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Evenly from `low` up to, not including, `high`.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * ((self.bits() >> 11) as f64 / (1_u64 << 53) as f64)
    }

    /// Evenly from 0 to `n` - 1; `n` must be positive.
    pub fn below(&mut self, n: usize) -> usize {
        (self.between(0.0, 1.0) * n as f64) as usize
    }

    /// True with this probability.
    pub fn happens(&mut self, probability: f64) -> bool {
        self.between(0.0, 1.0) < probability
    }

    /// One of them; there must be one.
    pub fn one_of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }

    /// Index by weight; the weights are summed up beforehand (`cumulative`, rising, last is the sum).
    pub fn weighted(&mut self, cumulative: &[f64]) -> usize {
        let at = self.between(0.0, cumulative.last().copied().unwrap_or(0.0));
        cumulative.partition_point(|sum| *sum <= at).min(cumulative.len().saturating_sub(1))
    }

    /// Exponentially distributed with mean 1.
    pub fn waiting(&mut self) -> f64 {
        -(1.0 - self.between(0.0, 1.0)).ln()
    }

    /// Standard normal (Box and Muller 1958, one of the pair).
    pub fn normal(&mut self) -> f64 {
        let radius = (2.0 * self.waiting()).sqrt();
        radius * (std::f64::consts::TAU * self.between(0.0, 1.0)).cos()
    }

    /// How many events happen where `mean` are expected (Poisson). Exact below 60; above, the rounded normal.
    pub fn events(&mut self, mean: f64) -> u64 {
        if mean >= 60.0 {
            return (mean + mean.sqrt() * self.normal()).round().max(0.0) as u64;
        }
        let mut time = self.waiting();
        let mut n = 0;
        while time < mean {
            n += 1;
            time += self.waiting();
        }
        n
    }

    /// How many of `n` have what each has with this probability (binomial). Exact while few have it or few have it
    /// not; else the rounded normal.
    pub fn of(&mut self, n: u64, probability: f64) -> u64 {
        if probability > 0.5 {
            return n - self.of(n, 1.0 - probability);
        }
        let mean = n as f64 * probability.max(0.0);
        if mean >= 60.0 {
            let drawn = mean + (mean * (1.0 - probability)).sqrt() * self.normal();
            return (drawn.round().max(0.0) as u64).min(n);
        }
        if probability <= 0.0 {
            return 0;
        }
        // How many fail before the next that does not is geometric.
        let scale = -(1.0 - probability).ln();
        let (mut seen, mut found) = (0.0, 0);
        loop {
            seen += 1.0 + (self.waiting() / scale).floor();
            if seen > n as f64 {
                return found;
            }
            found += 1;
        }
    }

    /// Log-normal with median 1 and this spread of the logarithm.
    pub fn around_one(&mut self, spread: f64) -> f64 {
        (spread * self.normal()).exp()
    }
}

/// Weights summed up, for `weighted`.
pub fn cumulative(weights: impl IntoIterator<Item = f64>) -> Vec<f64> {
    weights
        .into_iter()
        .scan(0.0, |sum, weight| {
            *sum += weight;
            Some(*sum)
        })
        .collect()
}

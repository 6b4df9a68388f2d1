//! A small seeded generator (SplitMix64 seeding xoshiro256**; Blackman and Vigna 2018). Not for secrets.

/// Seeded random numbers; the same seed gives the same numbers everywhere.
#[derive(Debug, Clone)]
pub struct Rng([u64; 4]);

impl Rng {
    /// From a seed and a stream number, so that replicate k never depends on replicate k-1.
    pub fn new(seed: u64, stream: u64) -> Self {
        let mut state = seed ^ stream.wrapping_mul(0xd1b5_4a32_d192_ed03);
        Self(std::array::from_fn(|_| split_mix(&mut state)))
    }
    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        let s = &mut self.0;
        let out = s[1].wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        let t = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = s[3].rotate_left(45);
        out
    }
    /// Uniform in [0, 1).
    pub fn uniform(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }
    /// Uniform integer below `n` (n > 0).
    pub fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.bits()) * n as u128) >> 64) as usize
    }
    /// Standard normal.
    pub fn normal(&mut self) -> f64 {
        super::normal_quantile((self.uniform() + 0.5 / (1u64 << 53) as f64).min(1.0 - 1e-16))
    }
    /// Standard exponential.
    pub fn exponential(&mut self) -> f64 {
        -(1.0 - self.uniform()).ln()
    }
    /// Gamma with this shape (> 0) and scale 1 (Marsaglia and Tsang 2000).
    pub fn gamma(&mut self, shape: f64) -> f64 {
        if shape < 1.0 {
            let u = 1.0 - self.uniform();
            return self.gamma(shape + 1.0) * u.powf(1.0 / shape);
        }
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let x = self.normal();
            let v = (1.0 + c * x).powi(3);
            if v > 0.0 {
                let u = 1.0 - self.uniform();
                if u.ln() < 0.5 * x * x + d - d * v + d * v.ln() {
                    return d * v;
                }
            }
        }
    }
    /// Poisson with this mean (>= 0).
    pub fn poisson(&mut self, mean: f64) -> f64 {
        if mean > 30.0 {
            // Split: a Poisson is a sum of Poissons. Keeps the product method exact without long loops.
            let half = self.poisson_gamma(mean);
            return half;
        }
        let limit = (-mean).exp();
        let mut k = 0.0;
        let mut p = self.uniform();
        while p > limit {
            k += 1.0;
            p *= self.uniform();
        }
        k
    }
    /// Poisson by the waiting time of the m-th event (Ahrens and Dieter 1974).
    fn poisson_gamma(&mut self, mean: f64) -> f64 {
        let m = (mean * 0.875).floor();
        let x = self.gamma(m);
        if x < mean { m + self.poisson(mean - x) } else { self.binomial(m as u64 - 1, mean / x) }
    }
    /// Binomial with `n` trials of probability `p`.
    pub fn binomial(&mut self, n: u64, p: f64) -> f64 {
        if p <= 0.0 || n == 0 {
            return 0.0;
        }
        if p >= 1.0 {
            return n as f64;
        }
        if n < 64 {
            return (0..n).filter(|_| self.uniform() < p).count() as f64;
        }
        // The k-th order statistic of n uniforms is Beta(k, n+1-k): halve until small (Devroye 1986).
        let k = n / 2 + 1;
        let (a, b) = (self.gamma(k as f64), self.gamma((n + 1 - k) as f64));
        let x = a / (a + b);
        if x <= p {
            k as f64 + self.binomial(n - k, (p - x) / (1.0 - x))
        } else {
            self.binomial(k - 1, p / x)
        }
    }
    /// Symmetric or not: a Dirichlet vector with these concentrations.
    pub fn dirichlet(&mut self, alpha: &[f64]) -> Vec<f64> {
        let g: Vec<f64> = alpha.iter().map(|&a| self.gamma(a)).collect();
        let total: f64 = g.iter().sum();
        g.into_iter().map(|x| x / total).collect()
    }
}

fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

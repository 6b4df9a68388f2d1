//! Sums that do not care about order.
//!
//! Two-term (double-double) accumulation after Knuth and Dekker: about 106 bits are kept, so that permuting units or
//! indicators gives the same rounded result in all but contrived cases. Not for the inner loops of replicates.

/// A running sum with about 106 bits.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sum {
    high: f64,
    low: f64,
}

impl Sum {
    /// Adds one term.
    #[inline]
    pub fn add(&mut self, x: f64) {
        let s = self.high + x;
        let b = s - self.high;
        let e = (self.high - (s - b)) + (x - b) + self.low;
        self.high = s + e;
        self.low = e - (self.high - s);
    }
    /// Adds another running sum, with all its bits.
    #[inline]
    pub fn join(&mut self, other: Self) {
        self.add(other.high);
        self.add(other.low);
    }
    /// The rounded total.
    #[inline]
    pub fn value(self) -> f64 {
        self.high + self.low
    }
}

/// Running sums side by side: the additions of one must wait for each other, those of several need not.
#[derive(Debug, Clone, Copy, Default)]
pub struct Lanes {
    high: [f64; LANES],
    low: [f64; LANES],
}

/// How many sums run side by side.
pub const LANES: usize = 8;

impl Lanes {
    /// Adds one term to each, as [`Sum::add`] does.
    #[inline]
    #[allow(clippy::needless_range_loop)] // three lists walked together, as the compiler turns into vectors
    pub fn add(&mut self, x: &[f64; LANES]) {
        for k in 0..LANES {
            let s = self.high[k] + x[k];
            let b = s - self.high[k];
            let e = (self.high[k] - (s - b)) + (x[k] - b) + self.low[k];
            self.high[k] = s + e;
            self.low[k] = e - (self.high[k] - s);
        }
    }
    /// One total of all, with all their bits, and of further terms.
    pub fn joined(&self, rest: impl Iterator<Item = f64>) -> f64 {
        let mut all: Sum = rest.collect();
        for (&high, &low) in self.high.iter().zip(&self.low) {
            all.join(Sum { high, low });
        }
        all.value()
    }
}

impl FromIterator<f64> for Sum {
    fn from_iter<I: IntoIterator<Item = f64>>(iter: I) -> Self {
        let mut sum = Self::default();
        for x in iter {
            sum.add(x);
        }
        sum
    }
}

/// Sum of the terms; 0 when there are none.
pub fn sum(iter: impl IntoIterator<Item = f64>) -> f64 {
    iter.into_iter().collect::<Sum>().value()
}

#[cfg(test)]
mod tests {
    use super::{LANES, Lanes, sum};

    #[test]
    fn lanes_keep_what_one_sum_keeps() {
        let mut lanes = Lanes::default();
        lanes.add(&[1e30; LANES]);
        lanes.add(&[1.0; LANES]);
        lanes.add(&[-1e30; LANES]);
        assert_eq!(lanes.joined([0.5].into_iter()), LANES as f64 + 0.5);
    }

    #[test]
    fn small_terms_survive_between_large_ones() {
        assert_eq!(sum([1e30, 1.0, -1e30]), 1.0);
        assert_eq!(sum([]), 0.0);
        assert_eq!(sum([1e16, 1.0, 1.0, -1e16]), 2.0);
        assert_eq!(sum((0..10).map(|_| 0.1)), 1.0);
    }
}

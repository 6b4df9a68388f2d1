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
    use super::sum;

    #[test]
    fn small_terms_survive_between_large_ones() {
        assert_eq!(sum([1e30, 1.0, -1e30]), 1.0);
        assert_eq!(sum([]), 0.0);
        assert_eq!(sum([1e16, 1.0, 1.0, -1e16]), 2.0);
        assert_eq!(sum((0..10).map(|_| 0.1)), 1.0);
    }
}

//! A set of cases by their place in the index, one bit each, and a list of places packed by their differences.

/// A set of places.
#[derive(Clone, Debug, Default)]
pub(super) struct Bits {
    words: Vec<u64>,
}

impl Bits {
    /// The empty set of places below `n`.
    pub fn new(n: usize) -> Bits {
        Bits { words: vec![0; n.div_ceil(64)] }
    }

    pub fn set(&mut self, at: u32) {
        let word = at as usize / 64;
        if word >= self.words.len() {
            self.words.resize(word + 1, 0);
        }
        self.words[word] |= 1 << (at % 64);
    }

    pub fn clear(&mut self, at: u32) {
        if let Some(word) = self.words.get_mut(at as usize / 64) {
            *word &= !(1 << (at % 64));
        }
    }

    pub fn has(&self, at: u32) -> bool {
        self.words.get(at as usize / 64).is_some_and(|word| word >> (at % 64) & 1 == 1)
    }

    /// Keeps what the other has too.
    pub fn and(&mut self, other: &Bits) {
        for (at, word) in self.words.iter_mut().enumerate() {
            *word &= other.words.get(at).copied().unwrap_or(0);
        }
    }

    /// Adds what the other has.
    pub fn or(&mut self, other: &Bits) {
        if other.words.len() > self.words.len() {
            self.words.resize(other.words.len(), 0);
        }
        for (word, more) in self.words.iter_mut().zip(&other.words) {
            *word |= more;
        }
    }

    /// The places, ascending.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.words.iter().enumerate().flat_map(|(at, word)| {
            let mut rest = *word;
            std::iter::from_fn(move || {
                (rest != 0).then(|| {
                    let bit = rest.trailing_zeros();
                    rest &= rest - 1;
                    at as u32 * 64 + bit
                })
            })
        })
    }

    pub fn bytes(&self) -> usize {
        8 * self.words.capacity()
    }
}

/// Ascending places, each as its difference to the one before, in 7-bit groups: one byte where neighbours are close.
#[derive(Clone, Debug, Default)]
pub(super) struct Places {
    bytes: Vec<u8>,
    last: u32,
    n: u32,
}

impl Places {
    /// Adds a place behind the last; the last again is nothing new.
    pub fn push(&mut self, at: u32) {
        let mut step = if self.n == 0 { at } else { at - self.last };
        if self.n > 0 && step == 0 {
            return;
        }
        while step >= 0x80 {
            self.bytes.push(step as u8 | 0x80);
            step >>= 7;
        }
        self.bytes.push(step as u8);
        (self.last, self.n) = (at, self.n + 1);
    }

    /// Adds them all to a set.
    pub fn mark(&self, set: &mut Bits) {
        let (mut at, mut step, mut shift, mut first) = (0_u32, 0_u32, 0, true);
        for byte in &self.bytes {
            step |= u32::from(byte & 0x7f) << shift;
            if byte & 0x80 != 0 {
                shift += 7;
                continue;
            }
            at = if first { step } else { at + step };
            (step, shift, first) = (0, 0, false);
            set.set(at);
        }
    }

    pub fn bytes(&self) -> usize {
        self.bytes.capacity() + size_of::<Places>()
    }

    /// Gives back what growing left over.
    pub fn shrink(&mut self) {
        self.bytes.shrink_to_fit();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn packed_places_are_the_set_that_was_put_in(mut places in proptest::collection::vec(0_u32..5_000_000, 0..200)) {
            places.sort_unstable();
            let mut packed = Places::default();
            places.iter().for_each(|at| packed.push(*at));
            places.dedup();
            let mut set = Bits::default();
            packed.mark(&mut set);
            prop_assert_eq!(set.iter().collect::<Vec<_>>(), places.clone());
            prop_assert_eq!(packed.n as usize, places.len());
            let mut none = set.clone();
            none.and(&Bits::new(10));
            prop_assert_eq!(none.iter().count(), 0);
            if let Some(first) = places.first() {
                set.clear(*first);
                prop_assert!(!set.has(*first));
            }
        }
    }
}

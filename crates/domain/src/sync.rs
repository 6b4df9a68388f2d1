//! What a phone did while it was alone, and what it should hold: in which order its acts are done, what its clock is
//! worth, how two changes of one thing come together. Pure; sending and keeping are `app::sync`'s affair.
//!
//! A phone numbers its acts from 1. They are done in that order whatever order they arrive in: one that comes too early
//! waits for those before it, unless the phone says that nothing before a number will come any more. One that was refused
//! is settled like one that was done; it never holds up those behind it.

mod items;
mod merge;

pub use items::{Delta, Held, ItemKey, ItemKind, delta};
pub use merge::{FieldConflict, Merged, merge};

use jiff::{SignedDuration, Timestamp};

/// A clock is told to be off from so much on.
pub const OFF: SignedDuration = SignedDuration::from_secs(120);

/// Where an act stands in its phone's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// It was settled before.
    Again,
    /// It is next.
    Now,
    /// Those from this number on have not come yet.
    Waits {
        /// The first that is missing.
        missing: u64,
    },
}

/// Whose turn it is: `settled` is the highest number up to which everything was settled, `from` the lowest number that
/// the phone may still send.
pub fn turn(seq: u64, settled: u64, from: u64) -> Turn {
    let missing = from.max(settled + 1);
    if seq <= settled {
        Turn::Again
    } else if seq <= missing {
        Turn::Now
    } else {
        Turn::Waits { missing }
    }
}

/// How far a phone's clock is behind ours (negative: ahead), by what it says when it sends. The way of the message is in
/// it, which is why a few seconds mean nothing.
pub fn skew(sent: Timestamp, received: Timestamp) -> SignedDuration {
    received.duration_since(sent)
}

/// When an act was made by our clock, as far as the phone's can tell: never after it was received.
pub fn by_our_clock(at: Timestamp, skew: SignedDuration, received: Timestamp) -> Timestamp {
    at.checked_add(skew).unwrap_or(received).min(received)
}

/// Whether a clock is so far off that its person should be told.
pub fn is_off(skew: SignedDuration) -> bool {
    skew.abs() > OFF
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millisecond(ms).unwrap()
    }

    #[test]
    fn an_act_is_done_once_those_before_it_are_settled_or_given_up() {
        assert_eq!(turn(3, 2, 1), Turn::Now);
        assert_eq!(turn(2, 2, 1), Turn::Again);
        assert_eq!(turn(5, 2, 1), Turn::Waits { missing: 3 });
        assert_eq!(turn(5, 2, 5), Turn::Now, "nothing before 5 will come");
        assert_eq!(turn(7, 2, 5), Turn::Waits { missing: 5 });
    }

    #[test]
    fn a_phone_a_year_off_still_says_when_it_was() {
        let (received, year) = (at(1_800_000_000_000), SignedDuration::from_hours(24 * 365));
        let sent = received - year;
        let made = sent - SignedDuration::from_hours(3);
        let off = skew(sent, received);
        assert!(is_off(off));
        assert_eq!(by_our_clock(made, off, received), received - SignedDuration::from_hours(3));
    }

    proptest! {
        /// Whatever order acts arrive in, they are settled in their own.
        #[test]
        fn whatever_the_order_of_arrival_the_order_of_settling_is_the_phones(
            order in Just((1_u64..=30).collect::<Vec<_>>()).prop_shuffle(),
        ) {
            let (mut settled, mut waiting, mut done) = (0, std::collections::BTreeSet::new(), Vec::new());
            for seq in order {
                waiting.insert(seq);
                while let Some(&first) = waiting.first() {
                    match turn(first, settled, 1) {
                        Turn::Now => { settled = first; done.push(first); waiting.remove(&first); }
                        Turn::Again => { waiting.remove(&first); }
                        Turn::Waits { .. } => break,
                    }
                }
            }
            prop_assert_eq!(done, (1..=30).collect::<Vec<_>>());
        }

        #[test]
        fn nothing_was_made_after_it_was_received(made in 0_i64..4e12 as i64, sent in 0_i64..4e12 as i64, received in 0_i64..4e12 as i64) {
            let off = skew(at(sent), at(received));
            prop_assert!(by_our_clock(at(made), off, at(received)) <= at(received));
        }
    }
}

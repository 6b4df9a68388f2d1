//! How often someone may guess. Pure: what was tried and when goes in, until when nothing is tried comes out.
//!
//! An account is shut after five wrong passwords in a row, for one minute, then two, doubling up to an hour. An
//! address is shared by a whole office, so it is not shut but slowed: thirty wrong ones at once, then one in 20 s.
//! Accounts that do not exist are shut like those that do: nobody learns which names are taken.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

/// Wrong passwords in a row that shut an account.
pub const WRONG_IN_A_ROW: u32 = 5;
const FIRST_LOCK: SignedDuration = SignedDuration::from_mins(1);
const LONGEST_LOCK: SignedDuration = SignedDuration::from_hours(1);

/// Wrong passwords from one address at once.
pub const FROM_ONE_ADDRESS: i32 = 30;
const ONE_MORE_AFTER: SignedDuration = SignedDuration::from_secs(20);

/// What is remembered at most of each kind; beyond it the oldest is forgotten.
const REMEMBERED: usize = 20_000;

/// Until when an account is shut after `failures` wrong passwords in a row, the one just now included.
pub fn locked_until(failures: u32, now: Timestamp) -> Option<Timestamp> {
    let beyond = failures.checked_sub(WRONG_IN_A_ROW)?;
    let lock = FIRST_LOCK.saturating_mul(1 << beyond.min(10)).min(LONGEST_LOCK);
    now.checked_add(lock).ok()
}

/// Whole seconds from now until then, at least one.
pub fn wait_s(now: Timestamp, until: Timestamp) -> u32 {
    let wait = until.duration_since(now);
    let started = i64::from(wait.subsec_nanos() > 0);
    u32::try_from(wait.as_secs() + started).unwrap_or(1).max(1)
}

/// What this node remembers of addresses, and of accounts that do not exist.
#[derive(Default)]
pub struct Strikes {
    addresses: Mutex<HashMap<IpAddr, Timestamp>>,
    nobody: Mutex<HashMap<String, (u32, Timestamp)>>,
}

impl Strikes {
    /// Charges one attempt to an address, or says when it may try again. Give it back with [`Strikes::refund`].
    pub fn charge(&self, address: IpAddr, now: Timestamp) -> Result<(), Timestamp> {
        let mut all = self.addresses.lock().unwrap_or_else(PoisonError::into_inner);
        let burst = ONE_MORE_AFTER.saturating_mul(FROM_ONE_ADDRESS);
        let key = network(address);
        let next = all.get(&key).copied().unwrap_or(now).max(now) + ONE_MORE_AFTER;
        if next > now + burst {
            return Err(next - burst);
        }
        make_room(&mut all, |spent_until| *spent_until);
        all.insert(key, next);
        Ok(())
    }

    /// Gives an attempt back: the password was right.
    pub fn refund(&self, address: IpAddr) {
        let mut all = self.addresses.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(spent_until) = all.get_mut(&network(address)) {
            *spent_until -= ONE_MORE_AFTER;
        }
    }

    /// Until when an account that does not exist is shut.
    pub fn shut(&self, account: &str, now: Timestamp) -> Option<Timestamp> {
        let all = self.nobody.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(account).map(|(_, until)| *until).filter(|until| *until > now)
    }

    /// Counts a wrong password for an account that does not exist.
    pub fn count(&self, account: &str, now: Timestamp) {
        let mut all = self.nobody.lock().unwrap_or_else(PoisonError::into_inner);
        make_room(&mut all, |(_, until)| *until);
        let entry = all.entry(account.to_owned()).or_insert((0, now));
        entry.0 += 1;
        entry.1 = locked_until(entry.0, now).unwrap_or(now);
    }
}

/// An IPv6 customer has a whole /64.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(it) => IpAddr::V6((u128::from(it) & (u128::MAX << 64)).into()),
        four @ IpAddr::V4(_) => four,
    }
}

/// Forgets the older half when full.
fn make_room<K: Hash + Eq + Clone, V>(all: &mut HashMap<K, V>, age: impl Fn(&V) -> Timestamp) {
    if all.len() < REMEMBERED {
        return;
    }
    let mut ages: Vec<Timestamp> = all.values().map(&age).collect();
    let middle = ages.len() / 2;
    let (_, median, _) = ages.select_nth_unstable(middle);
    let median = *median;
    let mut spare = REMEMBERED / 2;
    all.retain(|_, it| {
        let keep = age(it) > median || (age(it) == median && spare > 0);
        spare = spare.saturating_sub(usize::from(keep));
        keep
    });
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;

    use super::*;

    fn now() -> Timestamp {
        "2026-03-02T01:00:00Z".parse().unwrap()
    }

    #[test]
    fn the_fifth_wrong_password_shuts_for_a_minute_and_each_further_one_twice_as_long_up_to_an_hour() {
        let minutes = |failures| locked_until(failures, now()).map(|it| it.duration_since(now()).as_mins());
        let table: Vec<_> = [1, 4, 5, 6, 7, 8, 9, 10, 11, 12, u32::MAX].map(minutes).to_vec();
        let whole = [1, 2, 4, 8, 16, 32, 60, 60, 60].map(Some);
        assert_eq!(table, [vec![None, None], whole.to_vec()].concat());
    }

    #[test]
    fn an_address_may_be_wrong_thirty_times_and_then_once_in_twenty_seconds() {
        let (strikes, office) = (Strikes::default(), "192.0.2.7".parse().unwrap());
        for _ in 0..30 {
            assert_eq!(strikes.charge(office, now()), Ok(()));
        }
        assert_eq!(strikes.charge(office, now()), Err(now() + 20.seconds()));
        assert_eq!(strikes.charge("192.0.2.8".parse().unwrap(), now()), Ok(()));
        let later = now() + 20.seconds();
        assert_eq!(strikes.charge(office, later), Ok(()));
        assert_eq!(strikes.charge(office, later), Err(later + 20.seconds()));
    }

    #[test]
    fn right_passwords_cost_an_address_nothing() {
        let (strikes, office) = (Strikes::default(), "2001:db8::1".parse().unwrap());
        for _ in 0..1_000 {
            assert_eq!(strikes.charge(office, now()), Ok(()));
            strikes.refund(office);
        }
    }

    #[test]
    fn all_addresses_of_one_customer_count_as_one() {
        assert_eq!(network("2001:db8::1".parse().unwrap()), network("2001:db8::ffff:1".parse().unwrap()));
        assert_ne!(network("2001:db8::1".parse().unwrap()), network("2001:db8:0:1::1".parse().unwrap()));
        assert_eq!(network("::ffff:192.0.2.7".parse().unwrap()), "192.0.2.7".parse::<IpAddr>().unwrap());
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let strikes = Strikes::default();
        for n in 0..REMEMBERED as u32 * 3 {
            strikes.charge(IpAddr::V4(n.into()), now() + i64::from(n).seconds()).unwrap();
            strikes.count(&n.to_string(), now());
        }
        assert!(strikes.addresses.lock().unwrap().len() <= REMEMBERED);
        assert!(strikes.nobody.lock().unwrap().len() <= REMEMBERED);
    }
}

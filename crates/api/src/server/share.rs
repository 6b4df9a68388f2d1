//! How many connections each address has open. This machine itself (a proxy, a benchmark) is not counted.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

/// Counts of open connections by address.
#[derive(Clone)]
pub struct Shares {
    most: usize,
    open: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// One counted connection; given back when dropped.
pub struct Share {
    address: IpAddr,
    of: Option<Shares>,
}

impl Shares {
    /// At most so many for each address.
    pub fn new(most: usize) -> Self {
        Shares { most, open: Arc::default() }
    }

    /// One connection more from there; `None` when it has its share already.
    pub fn take(&self, address: IpAddr) -> Option<Share> {
        if address.is_loopback() {
            return Some(Share { address, of: None });
        }
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(address).or_default();
        if *count >= self.most {
            return None;
        }
        *count += 1;
        Some(Share { address, of: Some(self.clone()) })
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let Some(shares) = &self.of else { return };
        let mut open = shares.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_gets_its_share_and_no_more_until_one_is_given_back() {
        let shares = Shares::new(2);
        let (here, there) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        let first = shares.take(here).unwrap();
        let _second = shares.take(here).unwrap();
        assert!(shares.take(here).is_none());
        let other = shares.take(there).unwrap();
        drop(first);
        assert!(shares.take(here).is_some());
        drop(other);
        assert!(
            !shares.open.lock().unwrap().contains_key(&there),
            "an address without connections is forgotten"
        );
    }

    #[test]
    fn this_machine_is_not_counted() {
        let shares = Shares::new(1);
        let here = IpAddr::from([127, 0, 0, 1]);
        let held: Vec<_> = (0..5).map(|_| shares.take(here)).collect();
        assert!(held.iter().all(Option::is_some));
    }
}

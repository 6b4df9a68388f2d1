//! How many event streams are open, here and for each person. One too many is refused; nobody queues.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use domain::id::PersonId;

use crate::observe::{Metrics, Open};
use crate::problem::{Answer, Code, Problem};

/// The streams of a node.
#[derive(Clone)]
pub struct Streams {
    most: usize,
    most_each: usize,
    open: Arc<Mutex<HashMap<PersonId, usize>>>,
}

/// One open stream; given back when dropped.
pub struct Stream {
    of: Streams,
    person: PersonId,
    _counted: Open,
}

impl Streams {
    /// At most so many here, and so many for each person.
    pub fn new(most: usize, most_each: usize) -> Streams {
        Streams { most, most_each, open: Arc::default() }
    }

    /// One more for this person.
    pub fn open(&self, person: PersonId) -> Answer<Stream> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.values().sum::<usize>() >= self.most {
            return Err(Problem::new(Code::Busy).retry_after(10));
        }
        let theirs = open.entry(person).or_default();
        if *theirs >= self.most_each {
            let says = format!("{} event streams are open for you already", self.most_each);
            return Err(Problem::new(Code::RateLimited).detail(says).retry_after(10));
        }
        *theirs += 1;
        Ok(Stream { of: self.clone(), person, _counted: Metrics::of_node().stream() })
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        let mut open = self.of.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(theirs) = open.get_mut(&self.person) {
            *theirs -= 1;
            if *theirs == 0 {
                open.remove(&self.person);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_person_has_their_share_of_streams_and_the_node_an_end() {
        let streams = Streams::new(3, 2);
        let [one, other] = [1, 2].map(|n| PersonId(Uuid::from_u128(n)));
        let first = streams.open(one).ok().unwrap();
        let _second = streams.open(one).ok().unwrap();
        assert_eq!(streams.open(one).err().unwrap().code(), Code::RateLimited);
        let _third = streams.open(other).ok().unwrap();
        assert_eq!(streams.open(other).err().unwrap().code(), Code::Busy);
        drop(first);
        assert!(streams.open(one).is_ok());
    }
}

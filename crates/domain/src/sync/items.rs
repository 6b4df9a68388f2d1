//! What a phone holds, and what it should hold: the difference is all that is sent.
//!
//! An item is a thing of a kind with a mark that changes whenever it does. The server keeps for each phone which items
//! with which marks it sent; so it can say exactly what is new, what changed and what must go, also when a duty ended and
//! nothing of the things themselves changed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What an item is. The numbers stand in what is kept of each phone: they stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum ItemKind {
    /// A grid with its outline.
    Grid = 1,
    /// The dictionary of classes.
    Classes = 2,
    /// A form.
    Form = 3,
    /// A case.
    Case = 4,
    /// A place or thing.
    Place = 5,
    /// An entry of the care register.
    Care = 6,
    /// A visit.
    Visit = 7,
    /// An item of today's work that is none of these.
    Task = 8,
}

impl ItemKind {
    /// All of them.
    pub const ALL: [ItemKind; 8] = [
        ItemKind::Grid,
        ItemKind::Classes,
        ItemKind::Form,
        ItemKind::Case,
        ItemKind::Place,
        ItemKind::Care,
        ItemKind::Visit,
        ItemKind::Task,
    ];

    fn of(number: u8) -> Option<ItemKind> {
        ItemKind::ALL.into_iter().find(|it| *it as u8 == number)
    }
}

/// Which item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ItemKey {
    /// Of what kind.
    pub kind: ItemKind,
    /// Which of them.
    pub id: Uuid,
}

/// What a phone holds: items with their marks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Held(pub BTreeMap<ItemKey, u64>);

/// Bytes of one item as it is kept: kind, id, mark.
const WIDTH: usize = 1 + 16 + 8;

impl Held {
    /// As it is kept of each phone: 25 bytes an item, in their order.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.0.len() * WIDTH);
        for (key, mark) in &self.0 {
            bytes.push(key.kind as u8);
            bytes.extend_from_slice(key.id.as_bytes());
            bytes.extend_from_slice(&mark.to_be_bytes());
        }
        bytes
    }

    /// Reads that back; `None` when it is something else.
    pub fn of_bytes(bytes: &[u8]) -> Option<Held> {
        let (items, rest) = bytes.as_chunks::<WIDTH>();
        if !rest.is_empty() {
            return None;
        }
        let item = |it: &[u8; WIDTH]| {
            let id = Uuid::from_slice(&it[1..17]).ok()?;
            let mark = u64::from_be_bytes(it[17..].try_into().ok()?);
            Some((ItemKey { kind: ItemKind::of(it[0])?, id }, mark))
        };
        items.iter().map(item).collect::<Option<BTreeMap<_, _>>>().map(Held)
    }
}

/// What must be sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Delta {
    /// New or changed.
    pub send: Vec<ItemKey>,
    /// No longer theirs, or no longer there.
    pub gone: Vec<ItemKey>,
}

/// The difference between what a phone holds and what it should hold.
pub fn delta(held: &Held, should: &Held) -> Delta {
    let send = should.0.iter().filter(|(key, mark)| held.0.get(key) != Some(mark)).map(|(key, _)| *key);
    let gone = held.0.keys().filter(|key| !should.0.contains_key(key)).copied();
    Delta { send: send.collect(), gone: gone.collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn held() -> impl Strategy<Value = Held> {
        let item = (0..ItemKind::ALL.len(), 0_u128..12, any::<u64>());
        prop::collection::vec(item, 0..20).prop_map(|items| {
            let keyed = items.into_iter().map(|(kind, id, mark)| {
                (ItemKey { kind: ItemKind::ALL[kind], id: Uuid::from_u128(id) }, mark % 3)
            });
            Held(keyed.collect())
        })
    }

    proptest! {
        #[test]
        fn what_is_kept_of_a_phone_is_read_back(it in held()) {
            prop_assert_eq!(Held::of_bytes(&it.to_bytes()), Some(it));
        }

        #[test]
        fn a_phone_that_takes_a_delta_holds_what_it_should(before in held(), should in held()) {
            let told = delta(&before, &should);
            let mut phone = before;
            for key in told.gone { phone.0.remove(&key); }
            for key in told.send { phone.0.insert(key, should.0[&key]); }
            prop_assert_eq!(phone, should);
        }
    }

    #[test]
    fn nothing_changed_is_nothing_sent() {
        let held = Held([(ItemKey { kind: ItemKind::Case, id: Uuid::nil() }, 4)].into());
        assert_eq!(delta(&held, &held), Delta::default());
        assert_eq!(Held::of_bytes(b"no multiple of 25"), None);
    }
}

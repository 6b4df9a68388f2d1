//! What a worker's day is made of: items of all rooms in one shape, and the order they are shown in.
//!
//! A list may be read over a shoulder: an item of care names a person and never why they are visited.

use crate::class::Label;
use crate::geo::LngLat;
use crate::id::AreaId;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What kind of thing is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A case to be verified, checked or followed up.
    Case,
    /// A visit that is due.
    Visit,
    /// A place or thing whose inspection is due.
    Inspection,
    /// One item of a campaign.
    Campaign,
    /// A referral to be reminded of or brought to its end.
    Referral,
    /// A follow-up of a mediation.
    Dispute,
    /// Something to be looked at now.
    Alert,
    /// A question or request that waits for an answer.
    Ask,
}

impl Kind {
    /// All, in the order in which counts are told.
    pub const ALL: [Kind; 8] = [
        Kind::Alert,
        Kind::Case,
        Kind::Visit,
        Kind::Inspection,
        Kind::Campaign,
        Kind::Referral,
        Kind::Dispute,
        Kind::Ask,
    ];

    /// As it stands on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Kind::Case => "case",
            Kind::Visit => "visit",
            Kind::Inspection => "inspection",
            Kind::Campaign => "campaign",
            Kind::Referral => "referral",
            Kind::Dispute => "dispute",
            Kind::Alert => "alert",
            Kind::Ask => "ask",
        }
    }
}

/// One thing to do today.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// Of which room.
    pub kind: Kind,
    /// The thing itself: the case, the visit, the item of a campaign.
    pub id: Uuid,
    /// The grid it is in.
    pub grid: AreaId,
    /// What it is, as a list may show it; of care a name and no reason.
    pub title: Label,
    /// Where, in words; may be empty.
    pub place: String,
    /// Where, WGS-84, when known.
    pub point: Option<LngLat>,
    /// Until when; `None` when any moment of the day will do.
    pub due: Option<Timestamp>,
    /// How long it takes there, in minutes, without the walk; 0 when not known.
    pub minutes: u32,
    /// Why it stands here today, in words.
    pub reason: Label,
    /// To be done before anything else, whatever its deadline.
    pub urgent: bool,
}

/// How pressing an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Press {
    /// Its deadline is past.
    Late,
    /// It is urgent, or its deadline is within [`SOON`].
    Soon,
    /// It has its place in the walk.
    Walk,
}

impl Press {
    /// As it stands on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Press::Late => "late",
            Press::Soon => "soon",
            Press::Walk => "walk",
        }
    }
}

/// How near a deadline is when it counts as soon.
pub const SOON: SignedDuration = SignedDuration::from_hours(2);

impl Item {
    /// How pressing it is at a moment.
    pub fn press(&self, now: Timestamp) -> Press {
        match self.due {
            Some(due) if due < now => Press::Late,
            Some(due) if due.duration_since(now) <= SOON => Press::Soon,
            _ if self.urgent => Press::Soon,
            _ => Press::Walk,
        }
    }
}

/// Puts a day in its order: late and soon first by deadline, the rest as one walk that always goes on to the nearest.
/// The walk begins at the last pressing item that has a point, else at the item with the nearest deadline; what has
/// no point comes at its end, by deadline. The same items give the same order, however they come in.
pub fn put_in_order(items: &mut Vec<Item>, now: Timestamp) {
    items.sort_by_key(|item| (item.press(now), item.due.unwrap_or(Timestamp::MAX), item.id));
    let n_pressing = items.iter().take_while(|item| item.press(now) != Press::Walk).count();
    let mut rest = items.split_off(n_pressing);
    let mut at = items.iter().rev().find_map(|item| item.point);
    while let Some(next) = nearest(&rest, at) {
        let item = rest.remove(next);
        at = item.point;
        items.push(item);
    }
    items.extend(rest);
}

/// The place in `rest` of the item with a point that is nearest; of the first with a point when one stands nowhere.
fn nearest(rest: &[Item], at: Option<LngLat>) -> Option<usize> {
    let with_point = rest.iter().enumerate().filter_map(|(n, item)| Some((n, item.point?)));
    match at {
        None => with_point.map(|(n, _)| n).next(),
        Some(at) => with_point.min_by(|a, b| off(at, a.1).total_cmp(&off(at, b.1))).map(|(n, _)| n),
    }
}

/// A measure of distance that is good enough to tell the nearest in a grid: degrees of latitude, squared.
fn off(a: LngLat, b: LngLat) -> f64 {
    let east = (b.lng - a.lng) * a.lat.to_radians().cos();
    let north = b.lat - a.lat;
    east * east + north * north
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn now() -> Timestamp {
        "2026-03-02T01:00:00Z".parse().unwrap()
    }

    fn item(n: u128, due_h: Option<i64>, point: Option<(f64, f64)>) -> Item {
        Item {
            kind: Kind::Case,
            id: Uuid::from_u128(n),
            grid: AreaId(10),
            title: Label::new("井盖", "cover"),
            place: String::new(),
            point: point.map(|(lng, lat)| LngLat { lng, lat }),
            due: due_h.map(|h| now() + SignedDuration::from_hours(h)),
            minutes: 5,
            reason: Label::new("待核实", "to be verified"),
            urgent: false,
        }
    }

    fn ids(items: &[Item]) -> Vec<u128> {
        items.iter().map(|it| it.id.as_u128()).collect()
    }

    #[test]
    fn late_comes_before_soon_and_both_before_the_walk() {
        let mut day = vec![item(1, Some(30), None), item(2, Some(1), None), item(3, Some(-1), None)];
        day.push(Item { urgent: true, ..item(4, None, None) });
        put_in_order(&mut day, now());
        assert_eq!(ids(&day), [3, 2, 4, 1]);
    }

    #[test]
    fn the_walk_goes_on_to_the_nearest_and_ends_with_what_has_no_point() {
        let mut day = vec![
            item(1, Some(-1), Some((116.0, 36.0))),
            item(2, None, Some((116.02, 36.0))),
            item(3, None, None),
            item(4, None, Some((116.01, 36.0))),
        ];
        put_in_order(&mut day, now());
        assert_eq!(ids(&day), [1, 4, 2, 3]);
    }

    proptest! {
        #[test]
        fn the_order_does_not_depend_on_how_items_come_in(
            day in prop::collection::vec((prop::option::of(-5_i64..48), prop::option::of((116.0..116.1, 36.0..36.1))), 0..20),
            turn in 0_usize..20,
        ) {
            let mut a: Vec<Item> = day.iter().zip(1..).map(|((due, point), n)| item(n, *due, *point)).collect();
            let mut b = a.clone();
            if !b.is_empty() {
                let by = turn % b.len();
                b.rotate_left(by);
            }
            let n = a.len();
            put_in_order(&mut a, now());
            put_in_order(&mut b, now());
            prop_assert_eq!(ids(&a), ids(&b));
            let mut all = ids(&a);
            all.sort_unstable();
            prop_assert_eq!(all, (1..=n as u128).collect::<Vec<_>>());
            let pressing: Vec<_> = a.iter().map(|it| it.press(now())).collect();
            prop_assert!(pressing.is_sorted());
        }
    }
}

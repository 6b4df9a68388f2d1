//! Which acts are legal on an entry, and when it wakes by itself.

use jiff::civil::Date;
use thiserror::Error;

use super::{Act, Basis, Ended, Held, add};

/// Why an act is not legal now. Names no person.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[allow(missing_docs)] // the message is the meaning
pub enum CareRefusal {
    #[error("the entry ended on {on} ({}); if care goes on, enrol again with a legal basis", why.as_str())]
    Over { on: Date, why: Ended },
    #[error("the entry expired on {on}; if care goes on, enrol again with a legal basis")]
    Expired { on: Date },
    #[error("there is an entry of this id already; read it instead")]
    Exists,
    #[error("this entry does not rest on consent; end it as `erased` or `no_need`, or let its service end")]
    NoConsent,
    #[error("the entry has not expired yet; it does on {on}")]
    NotExpired { on: Date },
    #[error("the entry stands in that grid already")]
    SamePlace,
}

/// Whether an act is legal on a living entry, on a day by the city's calendar. An entry past its expiry is no longer
/// read, changed or visited, whether or not the clock has come to remove it.
pub fn may(held: &Held, act: &Act, today: Date) -> Result<(), CareRefusal> {
    let on = held.terms.expiry;
    let expired = on <= today;
    match act {
        Act::Enrol { .. } => Err(CareRefusal::Exists),
        Act::End { why: Ended::Expired } if !expired => Err(CareRefusal::NotExpired { on }),
        // Whoever wants to be out is let out, late or not; and the tree may move at any time.
        Act::End { why: Ended::Withdrawn } if !matches!(held.terms.basis, Basis::Consent { .. }) => {
            Err(CareRefusal::NoConsent)
        }
        Act::End { .. } => Ok(()),
        Act::Move { from, to } if from == to => Err(CareRefusal::SamePlace),
        Act::Move { .. } => Ok(()),
        _ if expired => Err(CareRefusal::Expired { on }),
        _ => Ok(()),
    }
}

/// The day something happens to the entry by itself: its review is due (unless that was told already) or it expires.
pub fn wake(held: &Held, review_told: bool) -> Date {
    let review = if review_told { held.terms.expiry } else { held.terms.review };
    review.min(held.terms.expiry)
}

/// The day a review is next due where nothing else is said: three months on, or the expiry.
pub fn next_review(held: &Held, today: Date) -> Date {
    add(today, 91).min(held.terms.expiry)
}

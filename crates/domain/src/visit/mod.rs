//! Visits (走访): what is seen, what comes of it, and when the next is due. An entry of the care register has one open
//! visit at a time: it is planned, becomes done or refused, or nobody is reached and the ladder is climbed. What was
//! seen stands sealed in the record with the entry's key; here are the laws, pure.

mod act;
mod ladder;
mod law;
mod plan;
mod round;
mod route;
mod see;
#[cfg(test)]
mod tests;

pub use self::act::{Act, Found};
pub use self::ladder::{Rung, Ways};
pub use self::law::{State, Visit, VisitRefusal};
pub use self::plan::PlanReason;
pub use self::plan::{Conditions, Peril, Planned, Warning, WarningLevel, interval, next_visit};
pub use self::round::{DayPlan, Round, Stop, plan_round};
pub use self::route::walk;
pub use self::see::{Grade, Observations, Pressure, Sign, Steady};

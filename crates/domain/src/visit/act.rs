//! What is done about a visit, as its record keeps it. What was seen and said stands sealed with the entry's key.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::ladder::Rung;
use super::plan::PlanReason;
use crate::area::Level;
use crate::closed::closed;
use crate::id::{AreaId, CareId, ReferralId, VisitId};

closed! {
    /// What a search came to.
    Found {
        Well = "well", "平安", "safe and well";
        InNeed = "in_need", "需要帮助", "in need of help";
        Away = "away", "外出（已核实）", "away, as somebody confirmed";
        Moved = "moved", "已搬走", "moved away";
        Died = "died", "已去世", "has died";
    }
}

/// One act about a visit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)] // fields are the words of the act above them; `sealed` is base64 of what was sealed
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
pub enum Act {
    /// 排期: the first act of every visit.
    Plan { entry: CareId, grid: AreaId, due: Date, because: Vec<PlanReason> },
    /// 调整: due on another day.
    Replan { due: Date, because: Vec<PlanReason> },
    /// 见到: what was seen; the referrals that came of it; the visit that is next.
    Done { sealed: String, minutes: u16, referrals: Vec<ReferralId>, next: VisitId },
    /// 没见到: the ladder begins.
    NotReached { rung: Rung, until: Timestamp },
    /// 婉拒: no visit today; the next comes as agreed.
    Refuse { sealed: String, next: VisitId },
    /// 递进: this rung was tried in vain (or ran out, when the clock does it).
    Climb { to: Rung, until: Timestamp },
    /// The last rung ran out: the desk of a level above is told.
    Alert { level: Level, until: Timestamp },
    /// 找到: the search is over.
    Find { found: Found, sealed: String, next: Option<VisitId> },
    /// 逾期提醒: nobody came in time; who answers for the grid is told.
    Remind { day: Date },
    /// 取消: the entry is no more.
    Drop,
    /// 区划调整: it stands in another grid.
    Move { from: AreaId, to: AreaId },
}

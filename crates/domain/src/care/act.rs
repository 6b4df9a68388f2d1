//! What is done with an entry, as its record keeps it. Whatever tells of a person stands sealed with the entry's own
//! key (base64): when the key is destroyed, the record still holds and says nothing of anybody.

use crate::closed::closed;
use crate::id::{AreaId, PurposeId, ReferralId, VisitId};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

closed! {
    /// Why someone reads an entry. Told to the person as it stands here.
    ReadReason {
        Visit = "visit", "走访", "to visit";
        Round = "round", "安排当日走访", "to plan the day's visits";
        Ladder = "ladder", "没见到人，联系核实", "not reached, being looked for";
        Referral = "referral", "办理转介", "to handle a referral";
        Review = "review", "定期复核", "regular review";
        Correction = "correction", "更正", "correction";
        PersonAsked = "person_asked", "本人要求", "the person asked";
        Purpose = "purpose", "凭授权目的", "for a purpose granted";
    }
}

closed! {
    /// Why an entry is no more.
    Ended {
        Erased = "erased", "应本人要求删除", "erased at the person's wish";
        Withdrawn = "withdrawn", "撤回同意", "consent withdrawn";
        Expired = "expired", "到期", "expired";
        NoNeed = "no_need", "不再需要", "no longer needed";
    }
}

/// One act on an entry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)] // fields are the words of the act above them; `sealed` is base64 of what was sealed
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
pub enum Act {
    /// 建档: the first act of every entry.
    Enrol { grid: AreaId, sealed: String },
    /// 更正: which fields, by name; the values are sealed.
    Correct { fields: Vec<String>, sealed: String },
    /// 复核: all is still so; the next look.
    Review { next: Date },
    /// 续期: a new expiry with a basis that was asked anew (sealed).
    Extend { expiry: Date, sealed: String },
    /// 查阅: someone opened it.
    Read {
        reason: ReadReason,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        purpose: Option<PurposeId>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        referral: Option<ReferralId>,
    },
    /// 列表查阅: its name stood in a list; once a day for a reader and a reason.
    Listed {
        reason: ReadReason,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        purpose: Option<PurposeId>,
        day: Date,
    },
    /// 导出: all of it was given to the person.
    Export,
    /// 查阅码: the person got a code by which they see who read; readings are told after so many days.
    GiveCode { delay_days: u8 },
    /// A visit, or what a referral came to, changed what is known of how they are (sealed).
    Seen {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        visit: Option<VisitId>,
        sealed: String,
    },
    /// 结束: the key is destroyed, what was kept is gone.
    End { why: Ended },
    /// 区划调整: it stands in another grid.
    Move { from: AreaId, to: AreaId },
}

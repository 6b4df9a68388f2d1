//! Notices (提醒): that someone should look at something. A notice says of what kind and about which thing; its words are
//! made from these when it is delivered, so that none can hold anything personal.

use crate::class::Label;
use crate::id::{AreaId, PersonId, UnitId};
use crate::stream::StreamId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// For whom it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Whom {
    /// This person.
    Person(PersonId),
    /// Whoever is at the desk of this area.
    Desk(AreaId),
    /// Whoever works in this unit.
    Unit(UnitId),
}

/// A notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Its own id.
    pub id: Uuid,
    /// For whom.
    pub whom: Whom,
    /// What happened.
    pub kind: NoticeKind,
    /// To what.
    pub about: StreamId,
    /// In which area.
    pub place: AreaId,
    /// Passes quiet hours, and climbs when nobody reads it.
    pub urgent: bool,
    /// When.
    pub at: Timestamp,
    /// When it was read.
    pub read: Option<Timestamp>,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident $word:literal $zh:literal $en:literal;)*) => {
        /// What happened.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum NoticeKind { $($(#[$doc])* $name,)* }

        impl NoticeKind {
            /// Every kind.
            pub const ALL: &[NoticeKind] = &[$(NoticeKind::$name,)*];

            /// As it stands in the column and on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(NoticeKind::$name => $word,)* }
            }

            /// In words, without names.
            pub fn label(self) -> Label {
                match self { $(NoticeKind::$name => Label::new($zh, $en),)* }
            }
        }
    };
}

kinds! {
    /// A case waits for whoever it is told.
    CaseTurn "case_turn" "有一件案件等您办理" "A case waits for you";
    /// A case is late.
    CaseLate "case_late" "有一件案件已超时" "A case is late";
    /// A visit is due.
    VisitDue "visit_due" "有一次走访到期" "A visit is due";
    /// A visit is overdue.
    VisitOverdue "visit_overdue" "有一次走访已逾期" "A visit is overdue";
    /// Someone was not reached, and the next step of the ladder is theirs.
    NotReached "not_reached" "走访未见到本人，请接手下一步" "Someone was not reached: the next step is yours";
    /// A need was passed on to them.
    ReferralGiven "referral_given" "有一件转介交给您" "A referral was given to you";
    /// An appointment is near, or a result is missing.
    ReferralDue "referral_due" "有一件转介将到约定时间" "A referral's appointment is near";
    /// A unit took a referral on, or moved its appointment.
    ReferralAccepted "referral_accepted" "您转出的需求已有预约" "A referral of yours has an appointment";
    /// A unit gave a referral back.
    ReferralReturned "referral_returned" "您转出的需求被退回，请另行安排" "A referral of yours was given back";
    /// What came of a referral.
    ReferralEnded "referral_ended" "您转出的需求有了结果" "There is a result of a referral of yours";
    /// An entry of the care register should be looked at again.
    ReviewDue "review_due" "有一份关爱登记该复核了" "An entry of the care register is due for review";
    /// A lone worker's time ran out, or they called.
    SafetyAlarm "safety_alarm" "有网格员的安全计时到时未报平安" "A lone worker's timer ran out";
    /// Someone asks for leave.
    LeaveAsked "leave_asked" "有请假申请等您批复" "A request for leave waits for you";
    /// Leave was granted or refused.
    LeaveDecided "leave_decided" "您的请假申请已批复" "Your request for leave was decided";
    /// A grid has, or will have, nobody.
    Vacancy "vacancy" "有网格无人值守" "A grid has nobody";
    /// A note of hand-over waits to be read.
    HandOver "hand_over" "有一份交接说明待阅" "A hand-over note waits to be read";
    /// A campaign asks something of them.
    CampaignGiven "campaign_given" "有一项专项任务" "There is a campaign task";
    /// A campaign waits for admission.
    CampaignAsked "campaign_asked" "有一项专项任务等您准入" "A campaign waits to be admitted";
    /// A follow-up of a mediation is due.
    DisputeDue "dispute_due" "有一次调解回访到期" "A follow-up of a mediation is due";
    /// A dispute was handed over to them.
    DisputeGiven "dispute_given" "有一件纠纷移交给您" "A dispute was handed over to you";
    /// An inspection is due.
    InspectionDue "inspection_due" "有一次检查到期" "An inspection is due";
    /// Someone appeals against a score.
    AppealAsked "appeal_asked" "有一件考核申诉等您裁定" "An appeal waits for your decision";
    /// An appeal was decided.
    AppealDecided "appeal_decided" "您的考核申诉已裁定" "Your appeal was decided";
    /// Figures of the assessment ask for a look.
    AlarmRaised "alarm_raised" "考核数据有异常，请人工抽查" "Something in the assessment asks for a look";
}

impl NoticeKind {
    /// From the column or the wire.
    pub fn parse(text: &str) -> Option<NoticeKind> {
        NoticeKind::ALL.iter().copied().find(|it| it.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_read_back_and_has_words_in_both_languages() {
        for kind in NoticeKind::ALL {
            assert_eq!(NoticeKind::parse(kind.as_str()), Some(*kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
            let label = kind.label();
            assert!(!label.zh.is_empty() && !label.en.is_empty() && !label.zh.contains('！'), "{kind:?}");
        }
    }
}

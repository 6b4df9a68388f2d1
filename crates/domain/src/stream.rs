//! Streams: what a chain of entries is the record of. A case has one, and so has everything else that people act on day
//! by day: an entry of the care register, a visit, a dispute. What the acts of each are is said where its law stands.

use crate::id::CaseId;
use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::Uuid;

/// What kind of thing a stream is the record of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stream {
    /// 案件.
    #[default]
    Case,
    /// An entry of the care register (关爱登记).
    Care,
    /// A visit (走访).
    Visit,
    /// A referral (转介).
    Referral,
    /// A lone worker's timer (安全计时).
    Safety,
    /// A place or thing (重点场所、部件).
    Place,
    /// An inspection (检查).
    Inspection,
    /// A mediated dispute (矛盾纠纷调解).
    Dispute,
    /// A campaign from above (专项任务).
    Campaign,
    /// What a campaign asks of one grid (网格任务).
    Errand,
    /// A request for leave (请假).
    Leave,
    /// A note of hand-over (交接).
    HandOver,
    /// A grid without anybody (空岗).
    Vacancy,
    /// An appeal against a score (考核申诉).
    Appeal,
}

impl Stream {
    /// Every kind, in the order of exports.
    pub const ALL: [Stream; 14] = [
        Stream::Case,
        Stream::Care,
        Stream::Visit,
        Stream::Referral,
        Stream::Safety,
        Stream::Place,
        Stream::Inspection,
        Stream::Dispute,
        Stream::Campaign,
        Stream::Errand,
        Stream::Leave,
        Stream::HandOver,
        Stream::Vacancy,
        Stream::Appeal,
    ];

    /// As it stands in the column, in exports and in what verification names.
    pub const fn as_str(self) -> &'static str {
        match self {
            Stream::Case => "case",
            Stream::Care => "care",
            Stream::Visit => "visit",
            Stream::Referral => "referral",
            Stream::Safety => "safety",
            Stream::Place => "place",
            Stream::Inspection => "inspection",
            Stream::Dispute => "dispute",
            Stream::Campaign => "campaign",
            Stream::Errand => "errand",
            Stream::Leave => "leave",
            Stream::HandOver => "hand_over",
            Stream::Vacancy => "vacancy",
            Stream::Appeal => "appeal",
        }
    }

    /// From the column or an export.
    pub fn parse(text: &str) -> Option<Stream> {
        Stream::ALL.into_iter().find(|it| it.as_str() == text)
    }
}

/// One stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct StreamId {
    /// Of what kind.
    pub stream: Stream,
    /// Of which thing.
    pub id: Uuid,
}

impl StreamId {
    /// The stream of a thing.
    pub const fn new(stream: Stream, id: Uuid) -> StreamId {
        StreamId { stream, id }
    }
}

impl From<CaseId> for StreamId {
    fn from(case: CaseId) -> StreamId {
        StreamId::new(Stream::Case, case.0)
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.stream.as_str(), self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_read_back_from_its_word_and_no_two_share_one() {
        for kind in Stream::ALL {
            assert_eq!(Stream::parse(kind.as_str()), Some(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
    }
}

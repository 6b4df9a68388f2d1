//! The care register (关爱台账): what an entry says of someone who asked for care or by law receives it, and what makes
//! an entry lawful. The list of categories is closed in code. What may be done with an entry is `law`; visits are
//! `crate::visit`; nothing here is kept in clear (`Held` is what the store is given sealed).

mod act;
mod law;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::{SpanRound, ToSpan, Unit};
use serde::{Deserialize, Serialize};

use crate::closed::closed;
use crate::geo::LngLat;
use crate::visit::{Observations, Steady};

pub use self::act::{Act, Ended, ReadReason};
pub use self::law::{CareRefusal, may, next_review, wake};

closed! {
    /// Why someone is in the register. Closed: another category is another law, and so another version of the program.
    Category {
        OlderAlone = "older_alone", "独居老人", "older person living alone";
        LeftBehindChild = "left_behind_child", "留守儿童", "left-behind child";
        ChildAtRisk = "child_at_risk", "困境儿童", "child at risk";
        Disability = "disability", "残疾人", "person with a disability";
        LongIllness = "long_illness", "长期患病", "long-term illness";
        Pregnancy = "pregnancy", "孕产妇", "pregnancy";
        Carer = "carer", "照护者", "carer";
        Hardship = "hardship", "困难家庭", "family in hardship";
    }
}

closed! {
    /// What someone needs, as agreed with them.
    Need {
        Company = "company", "陪伴", "company";
        Meals = "meals", "助餐", "meals";
        Medicine = "medicine", "用药提醒", "medicine";
        Nursing = "nursing", "护理", "nursing";
        Mobility = "mobility", "出行", "getting about";
        Schooling = "schooling", "学业", "schooling";
        Income = "income", "经济救助", "income";
        Housing = "housing", "住房修缮", "housing";
        Safety = "safety", "居家安全", "safety at home";
        Respite = "respite", "喘息服务", "respite";
    }
}

closed! {
    /// Who consented.
    Consenter {
        Person = "person", "本人", "the person";
        Guardian = "guardian", "监护人", "the guardian";
    }
}

closed! {
    /// How someone consented.
    ConsentForm {
        Written = "written", "书面", "in writing";
        Spoken = "spoken", "口头（当面）", "by word of mouth, face to face";
        Recorded = "recorded", "电话录音", "by recorded telephone";
    }
}

impl Category {
    /// Whether it is about a minor, who needs a guardian (PIPL art. 31, GB/T 35273).
    pub const fn is_child(self) -> bool {
        matches!(self, Category::LeftBehindChild | Category::ChildAtRisk)
    }

    /// Longest time between two visits, in days.
    pub const fn longest_interval(self) -> u16 {
        match self {
            Category::ChildAtRisk => 7,
            Category::OlderAlone | Category::LongIllness => 14,
            Category::LeftBehindChild | Category::Disability | Category::Pregnancy => 30,
            Category::Carer | Category::Hardship => 90,
        }
    }
}

/// Why the entry is lawful. There is no entry without one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Basis {
    /// 同意: who, how, on which day.
    Consent {
        /// Who consented.
        by: Consenter,
        /// How.
        form: ConsentForm,
        /// When.
        on: Date,
    },
    /// 法定职责: a service that the law gives; the rule is named.
    StatutoryService {
        /// The rule, as it is cited.
        rule: String,
    },
    /// 紧急情况: to protect life or health of someone who cannot consent now. Holds for a month at most.
    VitalInterest {
        /// What threatens.
        why: String,
    },
}

impl Basis {
    /// Days after which an entry on this basis must be renewed or ends.
    pub const fn longest_days(&self) -> i32 {
        match self {
            Basis::VitalInterest { .. } => 30,
            Basis::Consent { .. } => 366,
            Basis::StatutoryService { .. } => 731,
        }
    }

    /// The word of columns and wire.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Basis::Consent { .. } => "consent",
            Basis::StatutoryService { .. } => "statutory_service",
            Basis::VitalInterest { .. } => "vital_interest",
        }
    }
}

/// Someone who may be asked: guardian, kin, neighbour.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    /// Their name.
    pub name: String,
    /// What they are to the person: `daughter`, `邻居`.
    pub relation: String,
    /// Their number; empty where there is none.
    #[serde(default)]
    pub phone: String,
}

/// Who it is. Never outside a seal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Particulars {
    /// Their name.
    pub name: String,
    /// Year of birth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub born: Option<i16>,
    /// Their number; empty where there is none.
    #[serde(default)]
    pub phone: String,
    /// Where they live, in words.
    pub address: String,
    /// Where that is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub point: Option<LngLat>,
    /// Who has custody; children need one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guardian: Option<Contact>,
    /// Kin, nearest first; at most five.
    #[serde(default)]
    pub kin: Vec<Contact>,
    /// A neighbour who agreed to be asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub neighbour: Option<Contact>,
    /// What else one must know at the door.
    #[serde(default)]
    pub remarks: String,
}

/// What care was agreed. Kept with the particulars in one seal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// Why they are in the register.
    pub category: Category,
    /// Why the entry is lawful.
    pub basis: Basis,
    /// What the entry is for, in words they were told.
    pub purpose: String,
    /// What they need.
    pub needs: BTreeSet<Need>,
    /// A visit every so many days, as agreed; 1 to 90, and no more than the category allows.
    pub every_days: u16,
    /// When somebody looks whether all this is still so.
    pub review: Date,
    /// From this day on the entry is no more.
    pub expiry: Date,
}

/// All that an entry holds: what the store keeps sealed under the entry's own key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Held {
    /// Who it is.
    pub person: Particulars,
    /// What was agreed.
    pub terms: Terms,
    /// What the last visit saw.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Observations>,
    /// How visits have gone of late.
    #[serde(default)]
    pub steady: Steady,
}

/// A field that cannot be so; the words say how to mend it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CareFault {
    /// JSON pointer: `/terms/expiry`.
    pub path: &'static str,
    /// `missing`, `range` or `format`.
    pub code: &'static str,
    /// What is wrong and how to mend it. Never the value itself.
    pub detail: String,
}

/// Most days until the first look whether all is still so.
pub const LONGEST_REVIEW_DAYS: i32 = 183;
const MOST_KIN: usize = 5;

impl Held {
    /// Everything that cannot be so on a day; empty when the entry is lawful. The faults name fields, never values.
    pub fn faults(&self, today: Date) -> Vec<CareFault> {
        let mut faults = Vec::new();
        let mut bad = |path, code, detail: String| faults.push(CareFault { path, code, detail });
        let person = &self.person;
        text("/person/name", &person.name, 1, 60, &mut bad);
        text("/person/address", &person.address, 1, 200, &mut bad);
        text("/person/remarks", &person.remarks, 0, 1_000, &mut bad);
        phone("/person/phone", &person.phone, &mut bad);
        if person.born.is_some_and(|year| !(1900..=today.year()).contains(&year)) {
            bad("/person/born", "range", format!("a year of birth lies between 1900 and {}", today.year()));
        }
        if person.kin.len() > MOST_KIN {
            bad("/person/kin", "range", format!("at most {MOST_KIN} people; name those who would come"));
        }
        person.kin.iter().for_each(|it| contact("/person/kin", it, &mut bad));
        person.guardian.iter().for_each(|it| contact("/person/guardian", it, &mut bad));
        person.neighbour.iter().for_each(|it| contact("/person/neighbour", it, &mut bad));
        self.lawful(today, &mut bad);
        faults
    }

    fn lawful(&self, today: Date, bad: &mut dyn FnMut(&'static str, &'static str, String)) {
        let (person, terms) = (&self.person, &self.terms);
        let is_child = terms.category.is_child();
        if is_child && person.guardian.is_none() {
            bad("/person/guardian", "missing", "a child's entry names the guardian".to_owned());
        }
        match &terms.basis {
            Basis::Consent { by, on, .. } => {
                if is_child && *by == Consenter::Person {
                    bad("/terms/basis/by", "range", "for a child the guardian consents".to_owned());
                }
                if *by == Consenter::Guardian && person.guardian.is_none() {
                    bad("/person/guardian", "missing", "name the guardian who consented".to_owned());
                }
                if *on > today {
                    bad("/terms/basis/on", "range", "consent was given today or before".to_owned());
                }
            }
            Basis::StatutoryService { rule } => text("/terms/basis/rule", rule, 4, 200, bad),
            Basis::VitalInterest { why } => text("/terms/basis/why", why, 4, 200, bad),
        }
        text("/terms/purpose", &terms.purpose, 2, 200, bad);
        let longest = terms.category.longest_interval();
        if !(1..=longest).contains(&terms.every_days) {
            let detail = format!("a visit at least every {longest} days for {}", terms.category.as_str());
            bad("/terms/every_days", "range", detail);
        }
        let (last_review, last_expiry) =
            (add(today, LONGEST_REVIEW_DAYS), add(today, terms.basis.longest_days()));
        if terms.expiry <= today || terms.expiry > last_expiry {
            let detail = format!("an entry on this basis ends after today and by {last_expiry}");
            bad("/terms/expiry", "range", detail);
        }
        if terms.review <= today || terms.review > last_review || terms.review > terms.expiry {
            let detail =
                format!("the review comes after today, by {last_review}, and no later than the expiry");
            bad("/terms/review", "range", detail);
        }
    }

    /// Digits at the end of the person's number that a search may use; `None` where there are too few.
    pub fn phone_tail(&self) -> Option<String> {
        tail(&self.person.phone)
    }

    /// Their age in years, as far as the year of birth tells.
    pub fn age(&self, today: Date) -> Option<i16> {
        self.person.born.map(|born| today.year() - born)
    }

    /// Which fields differ, by name: what a correction puts on record in place of the values.
    pub fn differences(&self, other: &Held) -> Vec<String> {
        let (a, b) = (&self.person, &other.person);
        let (s, t) = (&self.terms, &other.terms);
        let pairs = [
            ("name", a.name != b.name),
            ("born", a.born != b.born),
            ("phone", a.phone != b.phone),
            ("address", a.address != b.address || a.point != b.point),
            ("guardian", a.guardian != b.guardian),
            ("kin", a.kin != b.kin),
            ("neighbour", a.neighbour != b.neighbour),
            ("remarks", a.remarks != b.remarks),
            ("category", s.category != t.category),
            ("basis", s.basis != t.basis),
            ("purpose", s.purpose != t.purpose),
            ("needs", s.needs != t.needs),
            ("every_days", s.every_days != t.every_days),
            ("review", s.review != t.review),
            ("expiry", s.expiry != t.expiry),
        ];
        pairs.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name.to_owned()).collect()
    }
}

/// How many digits of a number a search by its tail uses.
pub const TAIL: usize = 4;

/// The last digits of a number, where it has at least that many.
pub fn tail(phone: &str) -> Option<String> {
    let digits: Vec<char> = phone.chars().filter(char::is_ascii_digit).collect();
    digits.len().checked_sub(TAIL).map(|from| digits[from..].iter().collect())
}

/// A place rounded to about 100 m: enough to order a walk, too little to find a door. What rows keep in clear.
pub fn blurred(point: LngLat) -> LngLat {
    let round = |degrees: f64| (degrees * 1_000.0).round() / 1_000.0;
    LngLat { lng: round(point.lng), lat: round(point.lat) }
}

/// A day some days on.
pub(crate) fn add(day: Date, days: i32) -> Date {
    day.saturating_add(days.days())
}

/// Days from one day to another; negative when it lies before.
pub(crate) fn days_between(from: Date, to: Date) -> i32 {
    let span = from.until(to).and_then(|span| span.round(SpanRound::new().largest(Unit::Day).relative(from)));
    span.map_or(0, |span| span.get_days())
}

fn text(
    path: &'static str,
    text: &str,
    least: usize,
    most: usize,
    bad: &mut dyn FnMut(&'static str, &'static str, String),
) {
    let n = text.trim().chars().count();
    if n < least {
        let code = if n == 0 { "missing" } else { "range" };
        bad(path, code, format!("at least {least} characters"));
    } else if n > most {
        bad(path, "range", format!("at most {most} characters"));
    }
}

fn phone(path: &'static str, text: &str, bad: &mut dyn FnMut(&'static str, &'static str, String)) {
    let plain = text.chars().all(|c| c.is_ascii_digit() || " +-()".contains(c));
    let n = text.chars().filter(char::is_ascii_digit).count();
    if !text.is_empty() && (!plain || !(3..=20).contains(&n)) {
        bad(path, "format", "3 to 20 digits, or nothing".to_owned());
    }
}

fn contact(path: &'static str, it: &Contact, bad: &mut dyn FnMut(&'static str, &'static str, String)) {
    text(path, &it.name, 1, 60, bad);
    text(path, &it.relation, 1, 40, bad);
    phone(path, &it.phone, bad);
}

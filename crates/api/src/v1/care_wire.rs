//! An entry of the care register on the wire, both ways.

use std::collections::{BTreeMap, BTreeSet};

use app::care::{EntryView, Reading, ReferralBrief, VisitBrief};
use app::referral::Bead;
use domain::care::{Basis, Category, ConsentForm, Consenter, Contact, Need, Particulars, Terms};
use domain::geo::LngLat;
use domain::visit::{Grade, Observations, Pressure, Sign};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::acts::word;
use super::edited::day;
use super::wire::AreasWire;
use crate::problem::{Answer, Problem};

/// Someone who may be asked.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ContactWire {
    name: String,
    /// What they are to the person: daughter, neighbour.
    relation: String,
    /// Empty where there is none.
    #[serde(default)]
    phone: String,
}

/// A point, WGS-84.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PointWire {
    /// Degrees east.
    pub lng: f64,
    /// Degrees north.
    pub lat: f64,
}

impl PointWire {
    /// A point of the globe, or which field is none.
    pub(super) fn read(self, path: &str) -> Answer<LngLat> {
        LngLat::new(self.lng, self.lat).map_err(|_| {
            Problem::field(path, "range", "longitude within ±180 and latitude within ±90, in this order")
        })
    }

    pub(super) fn of(point: LngLat) -> PointWire {
        PointWire { lng: point.lng, lat: point.lat }
    }
}

/// Who it is. Kept sealed under a key of the entry's own.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ParticularsWire {
    name: String,
    /// Year of birth.
    born: Option<i16>,
    #[serde(default)]
    phone: String,
    /// Where they live, in words.
    address: String,
    point: Option<PointWire>,
    /// Who has custody; a child's entry needs one.
    guardian: Option<ContactWire>,
    /// Nearest first, at most five.
    #[serde(default)]
    kin: Vec<ContactWire>,
    /// A neighbour who agreed to be asked.
    neighbour: Option<ContactWire>,
    /// What else one must know at the door.
    #[serde(default)]
    remarks: String,
}

/// Why the entry is lawful; there is no entry without one. `consent`: `by` (person, guardian), `form` (written, spoken,
/// recorded) and the day `on`. `statutory_service`: the `rule`. `vital_interest`: `why`; 30 days at most.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct BasisWire {
    /// consent, statutory_service or vital_interest.
    kind: String,
    by: Option<String>,
    form: Option<String>,
    #[schema(format = Date)]
    on: Option<String>,
    rule: Option<String>,
    why: Option<String>,
}

/// What care was agreed.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TermsWire {
    /// older_alone, left_behind_child, child_at_risk, disability, long_illness, pregnancy, carer or hardship.
    category: String,
    basis: BasisWire,
    /// What the entry is for, in words they were told.
    purpose: String,
    /// company, meals, medicine, nursing, mobility, schooling, income, housing, safety, respite.
    #[serde(default)]
    needs: BTreeSet<String>,
    /// A visit every so many days.
    every_days: u16,
    /// When somebody looks whether all is still so.
    #[schema(format = Date)]
    review: String,
    /// From this day on the entry is no more.
    #[schema(format = Date)]
    expiry: String,
}

/// What was seen: a grade (good, fair, poor) for each sign (spirits, meals, medicine, home) that was looked at.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SeenWire {
    #[serde(default)]
    signs: BTreeMap<String, String>,
    pressure: Option<PressureWire>,
}

/// A blood pressure, mmHg.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PressureWire {
    systolic: u16,
    diastolic: u16,
}

/// An entry opened: everything one must know at the door.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CareEntryWire {
    id: Uuid,
    /// What a correction is decided on: `If-Match: "v3"`.
    revision: u32,
    areas: AreasWire,
    #[schema(value_type = String, format = DateTime)]
    enrolled_at: Timestamp,
    person: ParticularsWire,
    terms: TermsWire,
    /// What was last seen.
    seen: Option<SeenWire>,
    /// Days between visits as things stand.
    interval_days: u16,
    /// The newest first; the open one among them.
    visits: Vec<VisitBriefWire>,
    /// The newest first.
    referrals: Vec<ReferralBriefWire>,
    /// How many people opened it in the last thirty days.
    readers: usize,
}

/// A visit with what it saw.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct VisitBriefWire {
    id: Uuid,
    /// planned, searching, done, refused, found or dropped.
    state: String,
    #[schema(value_type = String, format = Date)]
    due: Date,
    /// Why it is due then, the decisive reason first.
    because: Vec<String>,
    person: Option<Uuid>,
    #[schema(value_type = Option<String>, format = DateTime)]
    ended_at: Option<Timestamp>,
    seen: Option<SeenWire>,
    /// In the person's own words.
    words: String,
}

/// A referral with its thread.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReferralBriefWire {
    id: Uuid,
    /// doctor, social_worker, relief or repair.
    service: String,
    /// open, accepted, returned, concluded, withdrawn or dropped.
    state: String,
    /// The responsible unit.
    unit: u32,
    /// Who of it.
    person: Option<Uuid>,
    /// The appointment.
    #[schema(value_type = Option<String>, format = DateTime)]
    at: Option<Timestamp>,
    /// The oldest first.
    thread: Vec<BeadWire>,
}

/// One thing that was done.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BeadWire {
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    person: Option<Uuid>,
    /// refer, accept, postpone, return, redirect, conclude, withdraw, remind or escalate.
    act: String,
    words: String,
}

/// Someone who read an entry.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReadingWire {
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    name: String,
    role: String,
    /// visit, round, ladder, referral, review, correction, person_asked or purpose.
    reason: String,
    reason_zh: String,
    reason_en: String,
    /// Only as a name in a list.
    listed: bool,
}

impl ReadingWire {
    pub(super) fn of(it: &Reading) -> ReadingWire {
        let label = it.reason.label();
        ReadingWire {
            at: it.at,
            name: it.name.clone(),
            role: it.role.as_str().to_owned(),
            reason: it.reason.as_str().to_owned(),
            reason_zh: label.zh,
            reason_en: label.en,
            listed: it.listed,
        }
    }
}

impl ContactWire {
    fn read(self) -> Contact {
        Contact { name: self.name, relation: self.relation, phone: self.phone }
    }

    fn of(it: &Contact) -> ContactWire {
        ContactWire { name: it.name.clone(), relation: it.relation.clone(), phone: it.phone.clone() }
    }
}

impl ParticularsWire {
    pub(super) fn read(self) -> Answer<Particulars> {
        Ok(Particulars {
            name: self.name,
            born: self.born,
            phone: self.phone,
            address: self.address,
            point: self.point.map(|it| it.read("/person/point")).transpose()?,
            guardian: self.guardian.map(ContactWire::read),
            kin: self.kin.into_iter().map(ContactWire::read).collect(),
            neighbour: self.neighbour.map(ContactWire::read),
            remarks: self.remarks,
        })
    }

    fn of(it: &Particulars) -> ParticularsWire {
        ParticularsWire {
            name: it.name.clone(),
            born: it.born,
            phone: it.phone.clone(),
            address: it.address.clone(),
            point: it.point.map(PointWire::of),
            guardian: it.guardian.as_ref().map(ContactWire::of),
            kin: it.kin.iter().map(ContactWire::of).collect(),
            neighbour: it.neighbour.as_ref().map(ContactWire::of),
            remarks: it.remarks.clone(),
        }
    }
}

impl BasisWire {
    pub(super) fn read(self, path: &str) -> Answer<Basis> {
        let need = |field: &str| Problem::field(format!("{path}/{field}"), "missing", "this basis needs it");
        match self.kind.as_str() {
            "consent" => {
                let by = self.by.ok_or_else(|| need("by"))?;
                let form = self.form.ok_or_else(|| need("form"))?;
                let on = self.on.ok_or_else(|| need("on"))?;
                Ok(Basis::Consent {
                    by: word(&format!("{path}/by"), &by, Consenter::ALL, Consenter::as_str)?,
                    form: word(&format!("{path}/form"), &form, ConsentForm::ALL, ConsentForm::as_str)?,
                    on: day(&format!("{path}/on"), &on)?,
                })
            }
            "statutory_service" => {
                Ok(Basis::StatutoryService { rule: self.rule.ok_or_else(|| need("rule"))? })
            }
            "vital_interest" => Ok(Basis::VitalInterest { why: self.why.ok_or_else(|| need("why"))? }),
            _ => {
                let detail = "one of these is taken here: consent, statutory_service, vital_interest";
                Err(Problem::field(format!("{path}/kind"), "unknown", detail))
            }
        }
    }

    fn of(it: &Basis) -> BasisWire {
        let kind = it.as_str().to_owned();
        let blank = BasisWire { kind, by: None, form: None, on: None, rule: None, why: None };
        match it {
            Basis::Consent { by, form, on } => BasisWire {
                by: Some(by.as_str().to_owned()),
                form: Some(form.as_str().to_owned()),
                on: Some(on.to_string()),
                ..blank
            },
            Basis::StatutoryService { rule } => BasisWire { rule: Some(rule.clone()), ..blank },
            Basis::VitalInterest { why } => BasisWire { why: Some(why.clone()), ..blank },
        }
    }
}

/// Needs by their words.
pub(super) fn needs(path: &str, words: &BTreeSet<String>) -> Answer<BTreeSet<Need>> {
    words.iter().map(|it| word(path, it, Need::ALL, Need::as_str)).collect()
}

/// A category by its word.
pub(super) fn category(path: &str, text: &str) -> Answer<Category> {
    word(path, text, Category::ALL, Category::as_str)
}

impl TermsWire {
    pub(super) fn read(self) -> Answer<Terms> {
        Ok(Terms {
            category: category("/terms/category", &self.category)?,
            basis: self.basis.read("/terms/basis")?,
            purpose: self.purpose,
            needs: needs("/terms/needs", &self.needs)?,
            every_days: self.every_days,
            review: day("/terms/review", &self.review)?,
            expiry: day("/terms/expiry", &self.expiry)?,
        })
    }

    fn of(it: &Terms) -> TermsWire {
        TermsWire {
            category: it.category.as_str().to_owned(),
            basis: BasisWire::of(&it.basis),
            purpose: it.purpose.clone(),
            needs: it.needs.iter().map(|need| need.as_str().to_owned()).collect(),
            every_days: it.every_days,
            review: it.review.to_string(),
            expiry: it.expiry.to_string(),
        }
    }
}

impl PressureWire {
    pub(super) fn read(self) -> Pressure {
        Pressure { systolic: self.systolic, diastolic: self.diastolic }
    }
}

impl SeenWire {
    pub(super) fn read(self) -> Answer<Observations> {
        let mut signs = BTreeMap::new();
        for (sign, grade) in &self.signs {
            let sign = word("/observations/signs", sign, Sign::ALL, Sign::as_str)?;
            signs.insert(sign, word("/observations/signs", grade, Grade::ALL, Grade::as_str)?);
        }
        Ok(Observations { signs, pressure: self.pressure.map(PressureWire::read) })
    }

    fn of(it: &Observations) -> SeenWire {
        let pressure = it.pressure.map(|it| PressureWire { systolic: it.systolic, diastolic: it.diastolic });
        let signs =
            it.signs.iter().map(|(sign, grade)| (sign.as_str().to_owned(), grade.as_str().to_owned()));
        SeenWire { signs: signs.collect(), pressure }
    }
}

impl VisitBriefWire {
    fn of(it: &VisitBrief) -> VisitBriefWire {
        VisitBriefWire {
            id: it.id.0,
            state: it.state.as_str().to_owned(),
            due: it.due,
            because: it.because.iter().map(|why| why.as_str().to_owned()).collect(),
            person: it.person.map(|it| it.0),
            ended_at: it.ended,
            seen: it.seen.as_ref().map(SeenWire::of),
            words: it.words.clone(),
        }
    }
}

impl BeadWire {
    pub(super) fn all(thread: &[Bead]) -> Vec<BeadWire> {
        let bead = |it: &Bead| BeadWire {
            at: it.at,
            person: it.person.map(|it| it.0),
            act: it.act.to_owned(),
            words: it.words.clone(),
        };
        thread.iter().map(bead).collect()
    }
}

impl ReferralBriefWire {
    fn of(it: &ReferralBrief) -> ReferralBriefWire {
        ReferralBriefWire {
            id: it.id.0,
            service: it.service.as_str().to_owned(),
            state: it.state.as_str().to_owned(),
            unit: it.unit.0,
            person: it.person.map(|it| it.0),
            at: it.at,
            thread: BeadWire::all(&it.thread),
        }
    }
}

impl CareEntryWire {
    pub(super) fn of(it: &EntryView) -> CareEntryWire {
        let steady = it.held.steady.days;
        CareEntryWire {
            id: it.id.0,
            revision: it.revision,
            areas: it.areas.into(),
            enrolled_at: it.enrolled,
            person: ParticularsWire::of(&it.held.person),
            terms: TermsWire::of(&it.held.terms),
            seen: it.held.seen.as_ref().map(SeenWire::of),
            interval_days: if steady == 0 { it.held.terms.every_days } else { steady },
            visits: it.visits.iter().map(VisitBriefWire::of).collect(),
            referrals: it.referrals.iter().map(ReferralBriefWire::of).collect(),
            readers: it.readers,
        }
    }
}

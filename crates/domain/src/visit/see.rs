//! What a visit sees: four signs in three grades, a blood pressure where one was taken. Observations, no diagnosis.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::closed::closed;

closed! {
    /// What is looked at.
    Sign {
        Spirits = "spirits", "精神", "spirits";
        Meals = "meals", "吃饭", "meals";
        Medicine = "medicine", "吃药", "medicine";
        Home = "home", "屋里", "the home";
    }
}

closed! {
    /// How it looks. What the screens write depends on the sign: as usual, less, none.
    Grade {
        Good = "good", "好", "good";
        Fair = "fair", "一般", "fair";
        Poor = "poor", "差", "poor";
    }
}

/// A blood pressure, mmHg.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pressure {
    /// Upper value, 50 to 300.
    pub systolic: u16,
    /// Lower value, 30 to 200, below the upper.
    pub diastolic: u16,
}

impl Pressure {
    /// What is wrong with the two numbers.
    pub fn fault(self) -> Option<&'static str> {
        let plain = (50..=300).contains(&self.systolic) && (30..=200).contains(&self.diastolic);
        (!plain || self.diastolic >= self.systolic)
            .then_some("systolic 50 to 300 and diastolic 30 to 200 mmHg, the first the greater")
    }
}

/// What was seen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Observations {
    /// A grade for each sign that was looked at.
    #[serde(default)]
    pub signs: BTreeMap<Sign, Grade>,
    /// The blood pressure, where it was taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pressure: Option<Pressure>,
}

impl Observations {
    /// Whether anything was seen.
    pub fn is_empty(&self) -> bool {
        self.signs.is_empty() && self.pressure.is_none()
    }

    /// Whether any sign is poor, or the pressure is one with which one does not wait (180 or 110 and above, as the
    /// Chinese guideline on hypertension has its third grade).
    pub fn is_poor(&self) -> bool {
        let high = self.pressure.is_some_and(|it| it.systolic >= 180 || it.diastolic >= 110);
        high || self.signs.values().any(|grade| *grade == Grade::Poor)
    }

    /// Signs that look worse than before; of a sign not looked at before, those that are not good.
    pub fn worse_than(&self, before: Option<&Observations>) -> usize {
        let was = |sign: &Sign| before.and_then(|it| it.signs.get(sign)).copied().unwrap_or(Grade::Good);
        self.signs.iter().filter(|(sign, grade)| **grade > was(sign)).count()
    }

    /// Whether nothing is amiss.
    pub fn is_good(&self) -> bool {
        !self.is_poor() && self.signs.values().all(|grade| *grade == Grade::Good)
    }
}

/// How visits have gone of late.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Steady {
    /// Days between visits as it stands now; 0 before the first: then as agreed.
    pub days: u16,
    /// Visits in a row with nothing amiss.
    pub good: u8,
}

//! When the next visit is due: by what was agreed, the needs, what the last visits saw, warnings of weather, and
//! holidays. A worse observation moves the next visit closer; calm only brings it back to what was agreed, never beyond.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::see::{Observations, Steady};
use crate::care::{Category, Need, Terms, add, days_between};
use crate::closed::closed;

closed! {
    /// What a warning of the weather service is of.
    Peril {
        Heat = "heat", "高温", "heat";
        Cold = "cold", "寒潮", "cold wave";
        Snow = "snow", "暴雪道路结冰", "snow and ice";
        Rain = "rain", "暴雨", "heavy rain";
        Wind = "wind", "大风", "gale";
        Smog = "smog", "霾", "smog";
    }
}

closed! {
    /// How grave a warning is.
    WarningLevel {
        Blue = "blue", "蓝色", "blue";
        Yellow = "yellow", "黄色", "yellow";
        Orange = "orange", "橙色", "orange";
        Red = "red", "红色", "red";
    }
}

closed! {
    /// Why a visit is due when it is; the last that moved it is told first.
    PlanReason {
        Agreed = "agreed", "按约定", "as agreed";
        Poor = "poor", "上次情况差", "poor at the last visit";
        Worse = "worse", "上次情况变差", "worse at the last visit";
        Calmer = "calmer", "近来平稳", "steady of late";
        Refused = "refused", "上次婉拒", "refused the last visit";
        FollowUp = "follow_up", "转介后回访", "to follow up a referral";
        Weather = "weather", "天气预警", "weather warning";
        Holiday = "holiday", "节假日前", "before the holiday";
        LookAgain = "look_again", "没见到人，再去看看", "not reached, look again";
    }
}

/// A warning of the weather service, for the days it holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Warning {
    /// Of what.
    pub peril: Peril,
    /// How grave.
    pub level: WarningLevel,
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
}

/// What is known of the days ahead.
#[derive(Clone, Debug, Default)]
pub struct Conditions<'a> {
    /// Warnings in force or announced.
    pub warnings: &'a [Warning],
    /// Days on which nobody works, in any order.
    pub days_off: &'a [Date],
}

/// The next visit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planned {
    /// The day it is due.
    pub due: Date,
    /// Why, the decisive reason first.
    pub because: Vec<PlanReason>,
}

/// Days until the next visit after one that saw this, and how steady things are then. `before` is what the visit before
/// it saw.
///
/// A poor sign: tomorrow, or the day after where a visit every three days or more seldom was the rule. A worse one: half
/// the interval. Three visits with nothing amiss: half as much again, up to what was agreed.
pub fn interval(
    terms: &Terms,
    steady: Steady,
    seen: &Observations,
    before: Option<&Observations>,
) -> (Steady, PlanReason) {
    let agreed = agreed(terms);
    let now = if steady.days == 0 { agreed } else { steady.days.min(agreed) };
    if seen.is_poor() {
        return (Steady { days: if now < 3 { 1 } else { 2 }, good: 0 }, PlanReason::Poor);
    }
    if seen.worse_than(before) > 0 {
        return (Steady { days: (now / 2).max(1), good: 0 }, PlanReason::Worse);
    }
    if !seen.is_good() {
        return (Steady { days: now, good: 0 }, PlanReason::Agreed);
    }
    let good = steady.good.saturating_add(1);
    if now < agreed && good >= 3 {
        let more = (now + now.div_ceil(2)).min(agreed);
        return (Steady { days: more, good: 0 }, PlanReason::Calmer);
    }
    (Steady { days: now, good }, PlanReason::Agreed)
}

/// What was agreed, within what category and needs allow.
fn agreed(terms: &Terms) -> u16 {
    let by_need = |need: &Need| match need {
        Need::Medicine | Need::Nursing => 7,
        Need::Meals | Need::Safety => 14,
        _ => u16::MAX,
    };
    let needs = terms.needs.iter().map(by_need).min().unwrap_or(u16::MAX);
    terms.every_days.min(terms.category.longest_interval()).min(needs).max(1)
}

/// The next visit after one on `last`, no earlier than `today`.
///
/// A warning that touches the person moves it to the first day of the warning (the day before for orange and red, so that
/// somebody has looked when it comes); a visit that would fall into three or more days off in a row comes before them.
pub fn next_visit(
    terms: &Terms,
    steady: Steady,
    why: PlanReason,
    last: Date,
    today: Date,
    conditions: &Conditions<'_>,
) -> Planned {
    let days = if steady.days == 0 { agreed(terms) } else { steady.days };
    let mut planned = Planned { due: add(last, i32::from(days)).max(today), because: vec![why] };
    for warning in conditions.warnings.iter().filter(|it| touches(it, terms)) {
        let early = i32::from(warning.level >= WarningLevel::Orange);
        let day = add(warning.from, -early).max(today);
        // Whoever was seen a day or two before the warning has been looked at.
        let fresh = days_between(last, day) <= 1;
        if day < planned.due && warning.to >= today && !fresh {
            planned.due = day;
            planned.because.insert(0, PlanReason::Weather);
        }
    }
    if let Some(eve) = eve_of_holiday(planned.due, today, conditions.days_off)
        && days > 2
        && eve > last
    {
        planned.due = eve;
        planned.because.insert(0, PlanReason::Holiday);
    }
    planned
}

/// Whether a warning of this kind asks for a look at someone with these terms. Blue is told, and moves nobody.
fn touches(warning: &Warning, terms: &Terms) -> bool {
    use Category as C;
    let frail = matches!(terms.category, C::OlderAlone | C::LongIllness | C::Disability | C::Pregnancy);
    let alone = matches!(terms.category, C::OlderAlone | C::LeftBehindChild | C::ChildAtRisk);
    let home = terms.needs.contains(&Need::Housing) || terms.needs.contains(&Need::Safety);
    let touched = match warning.peril {
        Peril::Heat | Peril::Cold => frail || home,
        Peril::Snow => frail || alone,
        Peril::Rain | Peril::Wind => home || alone,
        Peril::Smog => terms.category == C::LongIllness || terms.category == C::Pregnancy,
    };
    touched && warning.level > WarningLevel::Blue
}

/// The last working day before the days off that `due` falls into, where they are three or more in a row and that day
/// has not passed.
fn eve_of_holiday(due: Date, today: Date, days_off: &[Date]) -> Option<Date> {
    let is_off = |day: Date| days_off.contains(&day);
    if !is_off(due) {
        return None;
    }
    let (mut first, mut last) = (due, due);
    while is_off(add(first, -1)) {
        first = add(first, -1);
    }
    while is_off(add(last, 1)) {
        last = add(last, 1);
    }
    let eve = add(first, -1);
    (days_between(first, last) >= 2 && eve >= today).then_some(eve)
}

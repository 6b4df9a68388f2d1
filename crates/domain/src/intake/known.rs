//! What is known of figures when new ones are looked at, and the values they stand for.

use super::Figure;
use crate::framework::{BaseRow, Framework, Indicator, Measure, Transform};
use crate::id::AreaId;
use crate::month::Month;
use std::collections::BTreeMap;

/// Who hands in what the platform computes from its own cases.
pub const PLATFORM: &str = "platform";

/// What a code of the framework stands for.
#[derive(Clone, Copy, Debug)]
pub enum Subject<'a> {
    /// An indicator.
    Indicator(&'a Indicator),
    /// A base, that rates are divided by.
    Base(&'a BaseRow),
}

impl<'a> Subject<'a> {
    /// By its code.
    pub fn of(framework: &'a Framework, code: &str) -> Option<Subject<'a>> {
        let indicator = framework.indicator(code).map(Subject::Indicator);
        indicator.or_else(|| framework.base(code).map(Subject::Base))
    }

    /// Who hands it in: a unit's code, or [`PLATFORM`].
    pub fn department(self) -> &'a str {
        match self {
            Subject::Indicator(it) if it.row.source.is_empty() => &it.row.department,
            Subject::Indicator(_) => PLATFORM,
            Subject::Base(it) => &it.department,
        }
    }

    /// The scale on which what is usual is told: that of the standard; of bases the logarithm.
    pub(super) fn scaled(self, value: f64) -> f64 {
        match self {
            Subject::Indicator(it) if it.standard.transform == Transform::Log1p => value.max(0.0).ln_1p(),
            Subject::Indicator(_) => value,
            Subject::Base(_) => value.max(f64::MIN_POSITIVE).ln(),
        }
    }
}

/// The newest figure of each indicator, area and month.
#[derive(Clone, Debug, Default)]
pub struct Known {
    by_place: BTreeMap<(String, AreaId), BTreeMap<Month, Figure>>,
}

impl Known {
    /// Of these; of two of the same place and month the later in the order counts.
    pub fn of(figures: impl IntoIterator<Item = Figure>) -> Known {
        let mut known = Known::default();
        for figure in figures {
            known.add(figure);
        }
        known
    }

    /// One more.
    pub fn add(&mut self, figure: Figure) {
        let place = (figure.indicator.clone(), figure.area);
        self.by_place.entry(place).or_default().insert(figure.month, figure);
    }

    /// The figure of one month.
    pub fn at(&self, indicator: &str, area: AreaId, month: Month) -> Option<&Figure> {
        self.months(indicator, area)?.get(&month)
    }

    /// The figure that holds in a month: the last up to it.
    pub fn held(&self, indicator: &str, area: AreaId, month: Month) -> Option<&Figure> {
        self.months(indicator, area)?.range(..=month).next_back().map(|(_, figure)| figure)
    }

    /// What a rate's events are divided by, in a month.
    pub fn base(&self, code: &str, area: AreaId, month: Month) -> Option<f64> {
        self.held(code, area, month)?.value.filter(|it| *it > 0.0)
    }

    /// The value a figure stands for, in its unit; `None` where a number or its base is lacking.
    pub fn value(&self, subject: Subject<'_>, figure: &Figure) -> Option<f64> {
        let Subject::Indicator(indicator) = subject else { return figure.value };
        match &indicator.standard.measure {
            Measure::Share { .. } => Some(100.0 * figure.num? / figure.den.filter(|den| *den > 0.0)?),
            Measure::Rate { base, scale } => {
                Some(scale * figure.num? / self.base(base, figure.area, figure.month)?)
            }
            Measure::Plain => figure.value,
        }
    }

    /// Areas with figures of this code and their values of the months from `first` to before `until`, on the scale on
    /// which what is usual is told.
    pub(super) fn values(
        &self,
        subject: Subject<'_>,
        code: &str,
        first: Month,
        until: Month,
    ) -> BTreeMap<AreaId, Vec<f64>> {
        let lowest = (code.to_owned(), AreaId(0));
        let of_code = self.by_place.range(lowest..).take_while(|((indicator, _), _)| indicator == code);
        let values = of_code.map(|((_, area), months)| {
            let earlier = months.range(first..until).filter_map(|(_, figure)| self.value(subject, figure));
            (*area, earlier.map(|value| subject.scaled(value)).collect())
        });
        values.collect()
    }

    fn months(&self, indicator: &str, area: AreaId) -> Option<&BTreeMap<Month, Figure>> {
        self.by_place.get(&(indicator.to_owned(), area))
    }
}

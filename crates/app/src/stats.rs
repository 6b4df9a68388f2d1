//! Figures about cases that others compare: how many were closed, how fast, by class and by month.

use crate::{App, AppError};
use domain::id::CaseId;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use std::collections::BTreeMap;
use store::stats::{Life, lives};
use uuid::Uuid;

const PAGE: u32 = 20_000;
const DAY_MS: f64 = 86_400_000.0;

/// Figures of the cases reported in a window.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figures {
    /// Cases reported in the window.
    pub n: u64,
    /// Of these, closed by now.
    pub n_closed: u64,
    /// Share (0 to 1) of all cases that were closed within 7 days; open ones count as not. `None` without cases.
    pub within_7d: Option<f64>,
    /// The same within 21 days.
    pub within_21d: Option<f64>,
    /// Days from report to closing of the closed cases: half took no longer. `None` when none is closed.
    pub median: Option<f64>,
    /// 90 of 100 took no longer.
    pub p90: Option<f64>,
    /// 95 of 100 took no longer.
    pub p95: Option<f64>,
}

/// Figures of a window, whole and in parts.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CaseStats {
    /// All together.
    #[serde(flatten)]
    pub all: Figures,
    /// By class; `""` stands for cases whose class is not agreed.
    pub by_class: BTreeMap<String, Figures>,
    /// By month of the report (`2026-11`) in the city's zone.
    pub by_month: BTreeMap<String, Figures>,
}

/// The figures of the cases reported from the beginning of `from` to the end of `to`, both days of the city's zone.
pub async fn case_stats(app: &App, from: Option<Date>, to: Option<Date>) -> Result<CaseStats, AppError> {
    let zone = app.city().zone.clone();
    let midnight = |day: Date| zone.to_timestamp(day.at(0, 0, 0, 0)).ok();
    let start = from.and_then(midnight).unwrap_or(Timestamp::MIN);
    let end = to.and_then(|day| day.tomorrow().ok()).and_then(midnight).unwrap_or(Timestamp::MAX);
    let mut all = Tally::default();
    let mut by_class: BTreeMap<String, Tally> = BTreeMap::new();
    let mut by_month: BTreeMap<String, Tally> = BTreeMap::new();
    let mut after = CaseId(Uuid::nil());
    loop {
        let page = lives(&app.store, after, start, end, PAGE).await?;
        for life in &page {
            let days = days_of(life);
            let month = zone.to_datetime(life.reported).strftime("%Y-%m").to_string();
            let class = life.class.as_ref().map(|class| class.0.clone()).unwrap_or_default();
            all.add(days);
            by_class.entry(class).or_default().add(days);
            by_month.entry(month).or_default().add(days);
        }
        match page.last() {
            Some(last) if page.len() == PAGE as usize => after = last.case,
            _ => break,
        }
    }
    let done =
        |parts: BTreeMap<String, Tally>| parts.into_iter().map(|(key, it)| (key, it.figures())).collect();
    Ok(CaseStats { all: all.figures(), by_class: done(by_class), by_month: done(by_month) })
}

fn days_of(life: &Life) -> Option<f64> {
    let took: SignedDuration = life.closed?.duration_since(life.reported);
    Some(took.as_millis() as f64 / DAY_MS)
}

#[derive(Default)]
struct Tally {
    n: u64,
    days: Vec<f64>,
}

impl Tally {
    fn add(&mut self, days: Option<f64>) {
        self.n += 1;
        self.days.extend(days);
    }

    fn figures(mut self) -> Figures {
        self.days.sort_by(f64::total_cmp);
        let within = |most: f64| {
            let fast = self.days.iter().filter(|days| **days <= most).count();
            (self.n > 0).then(|| fast as f64 / self.n as f64)
        };
        Figures {
            n: self.n,
            n_closed: self.days.len() as u64,
            within_7d: within(7.0),
            within_21d: within(21.0),
            median: quantile(&self.days, 0.5),
            p90: quantile(&self.days, 0.9),
            p95: quantile(&self.days, 0.95),
        }
    }
}

/// A quantile of sorted numbers with linear interpolation between neighbours (Hyndman and Fan 1996, type 7).
fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let place = share * last as f64;
    let (low, high) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    Some(low + (high - low) * place.fract())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_cases_count_as_not_closed_in_time_and_only_closed_ones_have_days() {
        let mut tally = Tally::default();
        [Some(1.0), Some(7.0), Some(20.0), None].into_iter().for_each(|days| tally.add(days));
        let figures = tally.figures();
        assert_eq!((figures.n, figures.n_closed), (4, 3));
        assert_eq!((figures.within_7d, figures.within_21d), (Some(0.5), Some(0.75)));
        assert_eq!((figures.median, figures.p90), (Some(7.0), Some(17.4)));
    }

    #[test]
    fn nothing_has_no_figures() {
        let figures = Tally::default().figures();
        assert_eq!((figures.within_7d, figures.median, figures.p95), (None, None, None));
    }
}

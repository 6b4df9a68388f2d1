//! Indicators that the platform computes from its own cases: counts of areas of any level by month, with the query in
//! plain words and as SQL beside them. Never about persons; counts of few are not shown.

use crate::{App, AppError};
use ::index::small_area::{Equation, suppress};
use domain::area::{Level, Tree};
use domain::class::{Dictionary, Label};
use domain::framework::{CaseQuery, Framework, Indicator, sampling_error};
use domain::id::{AreaId, ClassCode};
use domain::intake::Figure;
use domain::month::Month;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::collections::{BTreeMap, BTreeSet};
use store::case::{CaseCount, CaseCounts};

/// Counts below this are not shown below the counties, whatever the standard's own minimum is.
pub const FEWEST: u64 = 5;
/// Months that can be asked for at once.
pub const MOST_MONTHS: i32 = 120;

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Areas of which level.
    pub level: Level,
    /// Only those below this one.
    pub below: Option<AreaId>,
    /// First month.
    pub first: Month,
    /// Last month; it must be over.
    pub last: Month,
}

/// One area in one month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CaseFigure {
    /// Which area.
    pub area: AreaId,
    /// Which month.
    pub month: Month,
    /// Cases that are counted.
    pub num: u64,
    /// Cases of which they are counted, above 0.
    pub den: u64,
    /// Cases that were asked about, whether their reporter answered or not.
    pub whole: u64,
    /// Whether it may be shown: it is no count of few, and gives none away by a difference from the area above.
    pub shown: bool,
}

/// Figures and what they are made of.
#[derive(Clone, Debug, PartialEq)]
pub struct FromCases {
    /// By month, then area; without areas that had no case to count.
    pub figures: Vec<CaseFigure>,
    /// The query in plain words.
    pub words: Label,
    /// The query as it was run: one statement, times in milliseconds UTC.
    pub sql: String,
    /// Below this denominator nothing is shown (see [`CaseFigure::shown`]).
    pub min_den: u64,
}

impl CaseFigure {
    /// Percent.
    pub fn value(&self) -> f64 {
        100.0 * self.num as f64 / self.den as f64
    }

    /// As it is handed in.
    pub fn figure(&self, indicator: &Indicator) -> Figure {
        let error = indicator.source.as_ref().and_then(|query| self.error(query));
        Figure {
            indicator: indicator.row.code.clone(),
            area: self.area,
            month: self.month,
            num: Some(self.num as f64),
            den: Some(self.den as f64),
            value: None,
            se: error,
            n: error.map(|_| self.den as f64),
            remark: None,
        }
    }

    /// Sampling error in percentage points, of figures that are of a sample.
    pub fn error(&self, query: &CaseQuery) -> Option<f64> {
        query.measure.is_sample().then(|| sampling_error(self.num as f64, self.den as f64))
    }
}

/// Computes an indicator from the cases as they stand now.
///
/// Whoever may see the figures is the caller's to know; those that are not `shown` are for sums and smoothing only.
pub async fn from_cases(app: &App, indicator: &Indicator, asked: Asked) -> Result<FromCases, AppError> {
    let city = app.city();
    let query = query_of(app, indicator)?;
    let name_of = names(&city.classes);
    let bounds = bounds(&city.zone, asked, app.clock.now())?;
    let below = match asked.below {
        Some(id) => {
            let area = city.tree.get(id).ok_or(AppError::NotFound { what: "area" })?;
            Some((area.level, id))
        }
        None => None,
    };
    let counts = CaseCounts::new(query, asked.level, below, &bounds);
    let mut rows = counts.run(&app.store).await?;
    rows.retain(|row| row.den > 0);
    rows.sort_by_key(|row| (row.period, row.area));
    let min_den = FEWEST.max(indicator.standard.min_den.ceil() as u64);
    let hidden = hidden(&city.tree, asked.level, &rows, min_den);
    let figure = |row: &CaseCount| CaseFigure {
        area: row.area,
        month: asked.first.plus(row.period as i32),
        num: row.num,
        den: row.den,
        whole: row.whole,
        shown: !hidden.contains(&(row.period, row.area)),
    };
    let figures = rows.iter().map(figure).collect();
    Ok(FromCases { figures, words: query.words(&name_of), sql: counts.shown(), min_den })
}

/// The query behind an indicator that the platform computes: in plain words, and as it is run for the counties of a month.
/// `None` for an indicator that a department hands in.
pub fn query_shown(
    app: &App,
    indicator: &Indicator,
    month: Month,
) -> Result<Option<(Label, String)>, AppError> {
    if indicator.source.is_none() {
        return Ok(None);
    }
    let city = app.city();
    let query = query_of(app, indicator)?;
    let asked = Asked { level: Level::County, below: None, first: month, last: month };
    let bounds = bounds(&city.zone, asked, app.clock.now())?;
    let counts = CaseCounts::new(query, asked.level, None, &bounds);
    Ok(Some((query.words(&names(&city.classes)), counts.shown())))
}

/// Counts of one level for each year of twelve months from `first` on, as the cases stand now; areas without a case to
/// count are not among them. Not to be shown as they are: see [`super::small`].
pub(super) async fn by_year(
    app: &App,
    indicator: &Indicator,
    level: Level,
    (first, years): (Month, i32),
) -> Result<Vec<CaseCount>, AppError> {
    let query = query_of(app, indicator)?;
    let asked = Asked { level, below: None, first, last: first.plus(12 * years - 1) };
    let months = bounds(&app.city().zone, asked, app.clock.now())?;
    let bounds: Vec<Timestamp> = months.into_iter().step_by(12).collect();
    let mut rows = CaseCounts::new(query, level, None, &bounds).run(&app.store).await?;
    rows.retain(|row| row.den > 0);
    Ok(rows)
}

/// Whether the city has a case to count from `month` or before it.
pub(super) async fn begun_by(app: &App, indicator: &Indicator, month: Month) -> Result<bool, AppError> {
    let query = query_of(app, indicator)?;
    let asked = Asked { level: Level::City, below: None, first: month, last: month };
    let bounds = bounds(&app.city().zone, asked, app.clock.now())?;
    let bounds = [Timestamp::MIN, bounds[1]];
    let rows = CaseCounts::new(query, Level::City, None, &bounds).run(&app.store).await?;
    Ok(rows.iter().any(|row| row.den > 0))
}

/// The query of an indicator that is computed from cases, if it counts what there is.
fn query_of<'a>(app: &App, indicator: &'a Indicator) -> Result<&'a CaseQuery, AppError> {
    let code = &indicator.row.code;
    let Some(query) = &indicator.source else {
        let why = format!("{code} is handed in by a department; it is not computed from cases");
        return Err(AppError::field("/indicator", "unknown", why));
    };
    let city = app.city();
    let name_of = names(&city.classes);
    if let Some(class) = query.classes.iter().find(|class| name_of(class).is_none()) {
        let why = format!("the source of {code} counts class {class}, and no class's code begins so");
        return Err(AppError::Blocked { why });
    }
    Ok(query)
}

/// What the platform hands in for some months: of every indicator with a source the counts of all counties, by
/// indicator, month and county. A county without a case to count has none.
pub async fn of_counties(
    app: &App,
    framework: &Framework,
    (first, last): (Month, Month),
) -> Result<Vec<Figure>, AppError> {
    let asked = Asked { level: Level::County, below: None, first, last };
    let mut all = Vec::new();
    for indicator in framework.indicators.iter().filter(|it| it.source.is_some()) {
        let found = from_cases(app, indicator, asked).await?;
        all.extend(found.figures.iter().map(|figure| figure.figure(indicator)));
    }
    Ok(all)
}

/// Name of a class, or of the major of all classes whose codes begin so.
fn names(classes: &Dictionary) -> impl Fn(&str) -> Option<Label> {
    move |code| {
        let exact = classes.get(&ClassCode(code.to_owned())).map(|class| class.name.clone());
        let major = || classes.majors().iter().find(|it| it.code == code).map(|it| it.name.clone());
        let any = || {
            let first = classes.classes().find(|class| class.code.0.starts_with(code))?;
            let (zh, en) = (format!("{}等", first.name.zh), format!("{} and the like", first.name.en));
            Some(Label::new(zh, en))
        };
        exact.or_else(major).or_else(any)
    }
}

/// Beginnings of the months in the city's zone, and the end of the last.
fn bounds(zone: &TimeZone, asked: Asked, now: Timestamp) -> Result<Vec<Timestamp>, AppError> {
    let n_months = asked.last.since(asked.first) + 1;
    if !(1..=MOST_MONTHS).contains(&n_months) {
        let why = format!(
            "from {} to {} are {n_months} months; ask for 1 to {MOST_MONTHS}",
            asked.first, asked.last
        );
        return Err(AppError::field("/first", "range", why));
    }
    let begin = |month: Month| zone.to_timestamp(month.first_day().at(0, 0, 0, 0)).unwrap_or(Timestamp::MAX);
    let bounds: Vec<Timestamp> = Month::range(asked.first, asked.last.plus(1)).map(begin).collect();
    if bounds.last().is_some_and(|end| *end > now) {
        let after = asked.last.plus(1).first_day();
        let why = format!("{} is not over; its cases can be counted from {after} on", asked.last);
        return Err(AppError::field("/last", "range", why));
    }
    Ok(bounds)
}

/// Areas and periods that are not shown: those of few, those that would give one away, and all below such a one.
/// Counties are always shown: they are what the index tells of.
pub(crate) fn hidden(
    tree: &Tree,
    level: Level,
    rows: &[CaseCount],
    fewest: u64,
) -> BTreeSet<(usize, AreaId)> {
    let mut hidden = BTreeSet::new();
    let periods: BTreeSet<usize> = rows.iter().map(|row| row.period).collect();
    for period in periods {
        let own = || rows.iter().filter(|row| row.period == period);
        // Counts of every area from the counties down, and which of them are parts of the same one.
        let mut counts: BTreeMap<AreaId, u64> = BTreeMap::new();
        for row in own() {
            let ancestors = tree.ancestors(row.area).unwrap_or_default();
            let above = Level::ALL.into_iter().filter(|it| *it < level).filter_map(|it| ancestors.at(it));
            for area in above.chain([row.area]) {
                *counts.entry(area).or_default() += row.den;
            }
        }
        for at in Level::ALL.into_iter().filter(|it| *it > Level::County && *it <= level) {
            let mut parts: BTreeMap<Option<AreaId>, Vec<AreaId>> = BTreeMap::new();
            for area in counts.keys() {
                let known = tree.get(*area);
                if known.map_or(level, |it| it.level) == at {
                    parts.entry(known.and_then(|it| it.parent)).or_default().push(*area);
                }
            }
            for (parent, parts) in parts {
                let is_hidden = parent.is_none_or(|it| hidden.contains(&(period, it)));
                let sizes: Vec<u64> = parts.iter().map(|part| counts[part]).collect();
                let whole = Equation { total: None, parts: (0..parts.len()).collect() };
                match suppress(&sizes, &[whole], fewest) {
                    Ok(cells) if !is_hidden => {
                        hidden.extend(cells.keys().map(|cell| (period, parts[*cell])));
                    }
                    _ => hidden.extend(parts.iter().map(|part| (period, *part))),
                }
            }
        }
    }
    hidden
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use ::index::small_area::recoverable;
    use domain::area::{Area, AreaPath, Kind};

    fn area(id: u32, parent: Option<&Area>, kind: Kind, code: &str) -> Area {
        Area {
            id: AreaId(id),
            parent: parent.map(|it| it.id),
            level: kind.level(),
            code: code.parse().unwrap(),
            name_zh: "区域".to_owned(),
            name_en: "area".to_owned(),
            pinyin: String::new(),
            kind,
            valid_from: "2020-01-01".parse().unwrap(),
            valid_to: None,
            successors: Vec::new(),
            path: parent.map_or_else(|| AreaPath::root(AreaId(id)), |it| it.path.child(AreaId(id))),
            polygon: None,
        }
    }

    /// A county of 3 townships, each of 4 communities of 5 grids.
    pub(crate) fn tree() -> Tree {
        let city = area(1, None, Kind::City, "3799");
        let mut all = vec![area(2, Some(&city), Kind::District, "379901"), city];
        let mut next = 3;
        let mut add = |all: &mut Vec<Area>, parent: &Area, kind, code: String| {
            all.push(area(next, Some(parent), kind, &code));
            next += 1;
            all[all.len() - 1].clone()
        };
        let county = all[0].clone();
        for t in 1..=3 {
            let township = add(&mut all, &county, Kind::Town, format!("37990110{t}"));
            for c in 1..=4 {
                let community = add(&mut all, &township, Kind::Village, format!("37990110{t}20{c}"));
                for g in 1..=5 {
                    add(&mut all, &community, Kind::Basic, format!("37990110{t}20{c}00{g}"));
                }
            }
        }
        Tree::new(all).unwrap()
    }

    #[test]
    fn what_is_shown_gives_no_count_of_few_away() {
        let tree = tree();
        let grids: Vec<AreaId> = tree.at_level(Level::Grid).map(|it| it.id).collect();
        let mut seed = 7_u64;
        let (mut n_hidden, mut n_shown) = (0, 0);
        for most in [6, 15, 40, 200] {
            let rows: Vec<CaseCount> = grids
                .iter()
                .map(|area| {
                    seed =
                        seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    let den = 1 + (seed >> 33) % most;
                    CaseCount { area: *area, period: 0, num: 0, den, whole: den }
                })
                .collect();
            let hidden = hidden(&tree, Level::Grid, &rows, 5);
            let is_hidden = |area: AreaId| hidden.contains(&(0, area));
            assert!(rows.iter().filter(|row| row.den < 5).all(|row| is_hidden(row.area)));
            // Everything that is known of one another: each area is the sum of those below it, and the county is shown.
            let cells: Vec<AreaId> = tree.iter().map(|it| it.id).collect();
            let place = |id: AreaId| cells.iter().position(|it| *it == id).unwrap();
            let sums = cells.iter().map(|id| Equation {
                total: Some(place(*id)),
                parts: tree.children(*id).map(|it| place(it.id)).collect(),
            });
            let sums: Vec<Equation> = sums.filter(|it| !it.parts.is_empty()).collect();
            let secret: Vec<usize> = cells.iter().filter(|id| is_hidden(**id)).map(|id| place(*id)).collect();
            assert_eq!(recoverable(cells.len(), &sums, &secret), Vec::<usize>::new(), "most {most}");
            n_hidden += secret.len();
            n_shown += rows.iter().filter(|row| !is_hidden(row.area)).count();
        }
        assert!(n_hidden > 60 && n_shown > 60, "{n_hidden} {n_shown}");
    }
}

//! From tallies to points: each share is pulled towards the peers' by as much as it is noise, a heavy load is made up for,
//! and the points are their weighted sum. Every term is kept, so that each line can be explained.
//!
//! Shrinkage is beta-binomial with moments after Kleinman (1973, JASA 68:46-54, weights n): with m the peers' share, s2
//! the weighted spread of shares and n̄ the mean count, A = (s2 − m(1−m)/n̄) / (1 − 1/n̄) is the spread that is real, k =
//! m(1−m)/A − 1 the outcomes of the peers that stand beside one's own, and (y + k·m) / (n + k) the shrunk share; its
//! variance is that of the beta distribution. Scores have the normal interval of a sum of independent terms.

use super::measure::{N_MEASURES, Tally};
use super::print::tenths;
use super::recipe::{Line, Section};
use std::collections::BTreeMap;

/// Half the width of an interval in standard errors: 95 %.
pub const WIDTH: f64 = 1.96;
/// Least and most outcomes of the peers that stand beside one's own.
const STRENGTH: (f64, f64) = (1.0, 500.0);
/// With fewer peers of the same kind than these, everybody is a peer.
const FEWEST_PEERS: usize = 8;

/// Someone or somewhere that is assessed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Those of the same group are peers.
    pub group: u32,
    /// What was counted.
    pub tallies: [Tally; N_MEASURES],
    /// How much there was to do; 0 where it does not matter.
    pub load: u32,
    /// What must reach the least count, in place of the sum of the lines; `None` for that sum.
    pub gate: Option<u32>,
}

/// One line of a score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LineScore {
    /// Outcomes.
    pub n: u32,
    /// Good ones.
    pub good: u32,
    /// Good ones that as many outcomes of the peers would have had.
    pub expected: f64,
    /// Own share, 0 to 1; `None` with too few of them to be told.
    pub own: Option<f64>,
    /// The peers' share.
    pub peers: f64,
    /// Own share with the load made up for.
    pub eased: f64,
    /// The share that counts.
    pub shrunk: f64,
    /// Outcomes of the peers beside one's own.
    pub strength: f64,
    /// Points that can be had.
    pub weight: f64,
    /// Points of the own share.
    pub raw: f64,
    /// Points that making up for the load adds.
    pub load: f64,
    /// Points that count: of the shrunk share.
    pub points: f64,
    /// Square of the standard error of the points.
    pub variance: f64,
    /// Printed points of the own share, in tenths.
    pub printed: i64,
}

/// A score with all it is made of.
#[derive(Clone, Debug, PartialEq)]
pub struct Score {
    /// 0 to 100.
    pub total: f64,
    /// Its standard error.
    pub error: f64,
    /// In the order of the recipe; `None` for a line without any outcome in the whole city.
    pub lines: Vec<Option<LineScore>>,
    /// Points for a heavy load.
    pub load: f64,
    /// Points gained or lost by being pulled towards the peers.
    pub pull: f64,
    /// Printed, in tenths: the total, the load, the pull. Lines, load and pull sum to the total exactly.
    pub printed: (i64, i64, i64),
}

impl Score {
    /// 95 % interval within 0 to 100.
    pub fn interval(&self) -> (f64, f64) {
        ((self.total - WIDTH * self.error).max(0.0), (self.total + WIDTH * self.error).min(100.0))
    }
}

/// Peers of one group in one line.
#[derive(Clone, Copy, Debug)]
struct Peers {
    mean: f64,
    strength: f64,
    /// Slope of the share on the logarithm of the load, and the mean of that logarithm.
    ease: (f64, f64),
}

/// Scores of all, in their order; `None` for those of whom too little is known. `cap` is the most that a share gains by a
/// heavy load. The order of subjects is the order of sums: give them in a fixed one.
///
/// Peers are told from `sealed`, the same subjects as the books have them, so that mending one person's outcomes moves
/// nobody else's score.
pub fn reckon(section: &Section, cap: f64, sealed: &[Subject], subjects: &[Subject]) -> Vec<Option<Score>> {
    let mut groups: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (at, subject) in sealed.iter().enumerate() {
        groups.entry(subject.group).or_default().push(at);
    }
    let everybody: Vec<usize> = (0..sealed.len()).collect();
    let mut of_line: Vec<Option<BTreeMap<u32, Peers>>> = Vec::new();
    for line in &section.lines {
        let Some(all) = peers(line, sealed, &everybody) else {
            of_line.push(None);
            continue;
        };
        let of = |members: &Vec<usize>| {
            let told = members.iter().filter(|at| sealed[**at].tallies[line.measure as usize].n > 0).count();
            if told < FEWEST_PEERS { all } else { peers(line, sealed, members).unwrap_or(all) }
        };
        of_line.push(Some(groups.iter().map(|(group, members)| (*group, of(members))).collect()));
    }
    let present: f64 =
        section.lines.iter().zip(&of_line).filter(|(_, it)| it.is_some()).map(|(line, _)| line.weight).sum();
    let scale = if present > 0.0 { 100.0 / present } else { 0.0 };
    let score = |subject: &Subject| {
        let sum = || section.lines.iter().map(|line| subject.tallies[line.measure as usize].n).sum::<u32>();
        if subject.gate.unwrap_or_else(sum) < section.min_cases.max(1) || present <= 0.0 {
            return None;
        }
        let lines = section.lines.iter().zip(&of_line).map(|(line, peers)| {
            let peers = peers.as_ref()?.get(&subject.group)?;
            Some(told(line, *peers, subject, scale, cap))
        });
        Some(whole(lines.collect()))
    };
    subjects.iter().map(score).collect()
}

/// Points of a share.
fn points(line: &Line, share: f64) -> f64 {
    (share / line.target).min(1.0)
}

fn told(line: &Line, peers: Peers, subject: &Subject, scale: f64, cap: f64) -> LineScore {
    let tally = subject.tallies[line.measure as usize];
    let enough = tally.n >= line.min_count.max(1);
    let n = if enough { f64::from(tally.n) } else { 0.0 };
    let own = tally.share().filter(|_| enough);
    let held = own.unwrap_or(peers.mean);
    let (slope, middle) = peers.ease;
    let ease = if line.workload && subject.load > 0 && own.is_some() {
        (-slope * (f64::from(subject.load).ln() - middle)).clamp(0.0, cap)
    } else {
        0.0
    };
    let eased = (held + ease).min(1.0_f64.max(held));
    let shrunk = (n * eased + peers.strength * peers.mean) / (n + peers.strength);
    let weight = line.weight * scale;
    let slope = weight / line.target;
    LineScore {
        n: tally.n,
        good: tally.own(),
        expected: f64::from(tally.n) * peers.mean,
        own,
        peers: peers.mean,
        eased,
        shrunk,
        strength: peers.strength,
        weight,
        raw: weight * points(line, held),
        load: weight * (points(line, eased) - points(line, held)),
        points: weight * points(line, shrunk),
        variance: slope * slope * shrunk * (1.0 - shrunk) / (n + peers.strength + 1.0),
        printed: 0,
    }
}

fn whole(mut lines: Vec<Option<LineScore>>) -> Score {
    let told = || lines.iter().flatten();
    let total: f64 = told().map(|it| it.points).sum();
    let raw: f64 = told().map(|it| it.raw).sum();
    let load: f64 = told().map(|it| it.load).sum();
    let pull = total - raw - load;
    let variance: f64 = told().map(|it| it.variance).sum();
    let values: Vec<f64> = told().map(|it| it.raw).chain([load, pull]).collect();
    let printed = tenths(&values);
    for (line, tenths) in lines.iter_mut().flatten().zip(&printed) {
        line.printed = *tenths;
    }
    let (load_printed, pull_printed) = (printed[printed.len() - 2], printed[printed.len() - 1]);
    let sum = printed.iter().sum();
    Score { total, error: variance.sqrt(), lines, load, pull, printed: (sum, load_printed, pull_printed) }
}

/// What is known of some peers in a line; `None` without any outcome.
fn peers(line: &Line, subjects: &[Subject], members: &[usize]) -> Option<Peers> {
    let of = |at: &usize| {
        let tally = subjects[*at].tallies[line.measure as usize];
        (tally.n > 0).then(|| (f64::from(tally.n), f64::from(tally.own()), subjects[*at].load))
    };
    let (mut total, mut good, mut count) = (0.0, 0.0, 0.0);
    for (n, y, _) in members.iter().filter_map(of) {
        (total, good, count) = (total + n, good + y, count + 1.0);
    }
    if total <= 0.0 {
        return None;
    }
    let mean: f64 = good / total;
    let spread: f64 =
        members.iter().filter_map(of).map(|(n, y, _)| n * (y / n - mean).powi(2)).sum::<f64>() / total;
    let usual = total / count;
    let noise = mean * (1.0 - mean);
    let real = if usual > 1.0 { (spread - noise / usual) / (1.0 - 1.0 / usual) } else { 0.0 };
    let by_spread = if real > 0.0 { noise / real - 1.0 } else { STRENGTH.1 };
    let strength = line.strength.unwrap_or(by_spread.clamp(STRENGTH.0, STRENGTH.1)).max(1e-9);
    let ease = if line.workload { ease(members.iter().filter_map(of), total, mean) } else { (0.0, 0.0) };
    Some(Peers { mean, strength, ease })
}

/// Weighted least squares of the share on ln(load): the slope where more work goes with worse shares, else 0.
fn ease(all: impl Iterator<Item = (f64, f64, u32)> + Clone, total: f64, mean: f64) -> (f64, f64) {
    let log = |load: u32| f64::from(load.max(1)).ln();
    let middle: f64 = all.clone().map(|(n, _, load)| n * log(load)).sum::<f64>() / total;
    let (mut both, mut square) = (0.0, 0.0);
    for (n, y, load) in all {
        let off = log(load) - middle;
        both += n * off * (y / n - mean);
        square += n * off * off;
    }
    let slope = if square > 0.0 { both / square } else { 0.0 };
    (slope.min(0.0), middle)
}

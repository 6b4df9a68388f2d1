//! Where each area stands and how sure that is: the edition is drawn again from the errors of its figures, on the same
//! bounds, and areas that cannot be told apart share a rank.

use super::materials::{Choices, EditionFault};
use super::values::{Doubt, Told, Values};
use ::index::stage::aggregate::aggregate;
use ::index::stats::{QuantileType, Rng, quantile_sorted};
use ::index::{Frame, Inputs, Run, Units, prepare};
use std::sync::Arc;

/// Where an area stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// Its score; `None` when too much is missing.
    pub score: Option<f64>,
    /// Its rank by score alone, 1 the best.
    pub rank: Option<usize>,
    /// The rank it shares with those it cannot be told apart from.
    pub shared: Option<usize>,
    /// 90 % interval of the score.
    pub interval: Option<(f64, f64)>,
    /// 90 % interval of the rank.
    pub ranks: Option<(usize, usize)>,
    /// Probability of each rank, from the first.
    pub chances: Vec<f64>,
    /// Probability of being ahead of each area, in their order; of oneself 0.
    pub ahead: Vec<f64>,
}

/// Where all stand. `inputs` makes the engine's tables from a frame.
pub fn standing(
    now: &Run,
    values: &Values,
    choices: &Choices,
    inputs: &impl Fn(Frame) -> Inputs,
) -> Result<Vec<Standing>, EditionFault> {
    let score = now.index();
    let n = score.len();
    let drawn = draws(now, values, choices, inputs)?;
    let places: Vec<Vec<usize>> = drawn.iter().map(|draw| ranks(draw)).collect();
    let draws = drawn.len() as f64;
    let share = |hits: usize| hits as f64 / draws;
    let ahead = |a: usize, b: usize| share(drawn.iter().filter(|draw| draw[a] > draw[b]).count());
    let own = ranks(score);
    // Ranks are whole: a quantile of theirs is one of them.
    let step = QuantileType::try_from(1).expect("1 is one of the nine types");
    let mut all: Vec<Standing> = (0..n)
        .map(|i| {
            let there = !score[i].is_nan();
            let mut scores: Vec<f64> = drawn.iter().map(|draw| draw[i]).collect();
            scores.sort_unstable_by(f64::total_cmp);
            let mut at: Vec<f64> = places.iter().map(|draw| draw[i] as f64).collect();
            at.sort_unstable_by(f64::total_cmp);
            let ends = |sorted: &[f64], kind| {
                let q = |p| quantile_sorted(sorted, p, kind).unwrap_or(f64::NAN);
                (q(0.05), q(0.95))
            };
            let (low, high) = ends(&at, step);
            Standing {
                score: there.then_some(score[i]),
                rank: there.then_some(own[i]),
                shared: None,
                interval: there.then(|| ends(&scores, QuantileType::default())),
                ranks: there.then_some((low as usize, high as usize)),
                chances: (1..=n).map(|k| share(places.iter().filter(|draw| draw[i] == k).count())).collect(),
                ahead: (0..n).map(|j| if i == j { 0.0 } else { ahead(i, j) }).collect(),
            }
        })
        .collect();
    share_ranks(&mut all, choices.sure);
    Ok(all)
}

/// From the best down: who is behind the first of the tier for sure begins the next.
fn share_ranks(all: &mut [Standing], sure: f64) {
    let mut order: Vec<usize> = (0..all.len()).filter(|&i| all[i].rank.is_some()).collect();
    order.sort_by_key(|&i| (all[i].rank, i));
    let mut head: Option<(usize, usize)> = None;
    for (place, &i) in order.iter().enumerate() {
        let tier = match head {
            Some((first, rank)) if all[first].ahead[i] < sure => (first, rank),
            _ => (i, place + 1),
        };
        head = Some(tier);
        all[i].shared = Some(tier.1);
    }
}

/// Ranks of scores, 1 the highest; a missing score comes last.
fn ranks(score: &[f64]) -> Vec<usize> {
    let ahead = |a: f64, b: f64| a > b || (!a.is_nan() && b.is_nan());
    score.iter().map(|own| 1 + score.iter().filter(|other| ahead(**other, *own)).count()).collect()
}

/// Draws that go through the engine together: enough to be quick, few enough to be small.
const AT_ONCE: usize = 128;

/// Scores of all areas, draw by draw.
fn draws(
    now: &Run,
    values: &Values,
    choices: &Choices,
    inputs: &impl Fn(Frame) -> Inputs,
) -> Result<Vec<Vec<f64>>, EditionFault> {
    let codes = &now.scores.units().codes;
    let n = codes.len();
    let columns: Vec<&[Told]> = values.told.chunks(n).collect();
    let mut chances: Vec<Rng> = (0..columns.len()).map(|at| Rng::new(choices.seed, at as u64)).collect();
    let mut scores = Vec::with_capacity(choices.draws);
    while scores.len() < choices.draws {
        let some = AT_ONCE.min(choices.draws - scores.len());
        let mut frame = Frame::empty(Arc::new(Units::of((0..some).flat_map(|_| codes.clone()))));
        for (told, rng) in columns.iter().zip(&mut chances) {
            let drawn: Vec<f64> = (0..some).flat_map(|_| 0..n).map(|area| draw(&told[area], rng)).collect();
            frame.push(&told[0].indicator, &drawn)?;
        }
        let recipe = &now.recipe;
        let prepared = prepare(&inputs(frame), recipe, Some(&now.prepared.bounds))?;
        let all = aggregate(&prepared.normalised, &prepared.tree, &recipe.weigh, &recipe.aggregate)?;
        scores.extend(all.frame.column(prepared.tree.root).chunks(n).map(<[f64]>::to_vec));
    }
    Ok(scores)
}

fn draw(it: &Told, rng: &mut Rng) -> f64 {
    match (it.value, it.doubt) {
        (None, _) => f64::NAN,
        (Some(x), Doubt::None) => x,
        (Some(_), Doubt::Smoothed(belief, scale)) => belief.draw(rng) * scale,
        (Some(x), Doubt::Survey(se)) => x + se * rng.normal(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(rank: usize, ahead: &[f64]) -> Standing {
        Standing {
            score: Some(0.0),
            rank: Some(rank),
            shared: None,
            interval: None,
            ranks: None,
            chances: Vec::new(),
            ahead: ahead.to_vec(),
        }
    }

    #[test]
    fn areas_that_cannot_be_told_apart_share_the_rank_of_the_first_of_them() {
        let mut all = vec![
            of(2, &[0.0, 0.3, 0.8, 1.0]),
            of(1, &[0.7, 0.0, 0.97, 1.0]),
            of(3, &[0.2, 0.03, 0.0, 1.0]),
            of(4, &[0.0, 0.0, 0.0, 0.0]),
        ];
        share_ranks(&mut all, 0.95);
        assert_eq!(all.iter().map(|it| it.shared).collect::<Vec<_>>(), [Some(1), Some(1), Some(3), Some(4)]);
    }

    #[test]
    fn a_missing_score_comes_last() {
        assert_eq!(ranks(&[1.0, f64::NAN, 3.0, 1.0]), [2, 4, 1, 2]);
    }
}

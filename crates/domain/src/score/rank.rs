//! Ranks that are shared where scores cannot be told apart: the rule of the index's editions, with normal errors.

/// From this many standard errors of the difference on, one is ahead for sure: one-sided 95 %.
pub const SURE: f64 = 1.645;

/// Whether the first is ahead of the second for sure; `(score, standard error)`.
pub fn is_ahead(one: (f64, f64), other: (f64, f64)) -> bool {
    let error = (one.1 * one.1 + other.1 * other.1).sqrt();
    one.0 > other.0 && one.0 - other.0 >= SURE * error
}

/// Ranks of `(score, standard error)`, 1 the best, shared by all of a tier; `None` stays without a rank.
///
/// From the best down: whoever is behind the first of the tier for sure begins the next tier. Those with equal scores
/// stay together, and begin a new tier only when each of them is behind for sure.
pub fn shared(scores: &[Option<(f64, f64)>]) -> Vec<Option<u32>> {
    let mut order: Vec<usize> = (0..scores.len()).filter(|at| scores[*at].is_some()).collect();
    let of = |at: usize| scores[at].expect("only those with a score are in order");
    order.sort_by(|&a, &b| of(b).0.total_cmp(&of(a).0).then(a.cmp(&b)));
    let mut ranks = vec![None; scores.len()];
    let mut tier: Option<(Vec<usize>, u32)> = None;
    let mut place = 0;
    while place < order.len() {
        let score = of(order[place]).0;
        let equals: Vec<usize> =
            order[place..].iter().copied().take_while(|at| of(*at).0.total_cmp(&score).is_eq()).collect();
        let begins = match &tier {
            None => true,
            Some((heads, _)) => equals.iter().all(|it| heads.iter().all(|head| is_ahead(of(*head), of(*it)))),
        };
        if begins {
            tier = Some((equals.clone(), place as u32 + 1));
        }
        let rank = tier.as_ref().map(|(_, rank)| *rank);
        equals.iter().for_each(|at| ranks[*at] = rank);
        place += equals.len();
    }
    ranks
}

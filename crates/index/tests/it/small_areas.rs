//! What small areas can say: the simulation of the design paper, coverage of intervals, and attacks on suppression.

use index::{
    small_area::{
        End, Equation, beta_binomial, fay_herriot, gamma_poisson, posterior_ranks, recoverable, suppress,
    },
    stats::Rng,
};
use proptest::prelude::*;

struct Seen {
    raw: f64,
    shrunk: f64,
    /// The posterior mean under the true prior: no estimator has a smaller expected error.
    best: f64,
    reliability: f64,
    coverage: f64,
    hit: f64,
}

/// 8,930 cells of 1,000 residents, gamma true rates with a coefficient of variation of one half.
fn simulate(events_per_cell: f64, seed: u64) -> Seen {
    let n = 8_930;
    let mut rng = Rng::new(seed, 0);
    let m = events_per_cell / 1_000.0;
    let truth: Vec<f64> = (0..n).map(|_| m * rng.gamma(4.0) / 4.0).collect();
    let exposure = vec![1_000.0; n];
    let events: Vec<f64> = truth.iter().map(|t| rng.poisson(t * 1_000.0)).collect();
    let eb = gamma_poisson(&events, &exposure).unwrap();
    let rmse = |f: &dyn Fn(usize) -> f64| {
        ((0..n).map(|i| (f(i) - truth[i]).powi(2)).sum::<f64>() / n as f64).sqrt() / m
    };
    let covered =
        (0..n).filter(|&i| eb.areas[i].interval.0 <= truth[i] && truth[i] <= eb.areas[i].interval.1).count();
    let top = |x: &dyn Fn(usize) -> f64| {
        let mut o: Vec<usize> = (0..n).collect();
        o.sort_by(|&a, &b| x(b).total_cmp(&x(a)));
        o.truncate(n / 10);
        o.sort_unstable();
        o
    };
    let (real, guessed) = (top(&|i| truth[i]), top(&|i| eb.areas[i].shrunk));
    let hit = guessed.iter().filter(|i| real.binary_search(i).is_ok()).count() as f64 / real.len() as f64;
    Seen {
        raw: rmse(&|i| eb.areas[i].raw),
        shrunk: rmse(&|i| eb.areas[i].shrunk),
        best: rmse(&|i| (4.0 + events[i]) / (4.0 / m + 1_000.0)),
        reliability: eb.areas.iter().map(|a| a.reliability).sum::<f64>() / n as f64,
        coverage: covered as f64 / n as f64,
        hit,
    }
}

#[test]
fn shrinking_small_counts_does_what_the_simulation_promises() {
    println!("events/cell reliability raw shrunk best coverage top-decile");
    for (events, limit, hit) in
        [(0.2, 0.492, 0.15), (0.14, 0.496, 0.13), (4.1, 0.355, 0.42), (50.0, 0.138, 0.75)]
    {
        let seeds = 8;
        let seen: Vec<Seen> = (0..seeds).map(|k| simulate(events, 20_261_125 + k)).collect();
        let average = |f: &dyn Fn(&Seen) -> f64| seen.iter().map(f).sum::<f64>() / seeds as f64;
        let s = Seen {
            raw: average(&|s| s.raw),
            shrunk: average(&|s| s.shrunk),
            best: average(&|s| s.best),
            reliability: average(&|s| s.reliability),
            coverage: average(&|s| s.coverage),
            hit: average(&|s| s.hit),
        };
        println!(
            "{events:>6} {:.3} {:.2} {:.4} {:.4} {:.3} {:.2}",
            s.reliability, s.raw, s.shrunk, s.best, s.coverage, s.hit
        );
        assert!(s.shrunk <= limit && s.shrunk <= s.raw);
        // With 0.2 events a cell even who knows the spread of the rates errs by sqrt(A(1-B))/m = 0.488 of their mean.
        assert!(s.shrunk <= 1.01 * s.best, "{} {}", s.shrunk, s.best);
        assert!((s.best - (0.25 / (1.0 + 0.25 * events)).sqrt()).abs() < 0.01, "{}", s.best);
        assert!((0.88..=0.92).contains(&s.coverage), "coverage {}", s.coverage);
        assert!(s.hit > hit);
        let theory = 0.25 / (0.25 + 1.0 / events);
        assert!((s.reliability - theory).abs() < 0.02, "{} {theory}", s.reliability);
    }
}

#[test]
fn shares_are_pulled_to_the_mean_by_their_noise_and_intervals_cover() {
    let mut rng = Rng::new(3, 3);
    let n = 4_000;
    let trials: Vec<f64> = (0..n).map(|_| 10.0 + rng.below(60) as f64).collect();
    let truth: Vec<f64> = (0..n)
        .map(|_| {
            let (a, b) = (rng.gamma(8.0), rng.gamma(2.0));
            a / (a + b)
        })
        .collect();
    let y: Vec<f64> = (0..n).map(|i| rng.binomial(trials[i] as u64, truth[i])).collect();
    let eb = beta_binomial(&y, &trials).unwrap();
    assert!((eb.mean - 0.8).abs() < 0.01);
    assert!((eb.between - 0.16 / 11.0).abs() < 0.002, "{}", eb.between);
    let covered =
        (0..n).filter(|&i| eb.areas[i].interval.0 <= truth[i] && truth[i] <= eb.areas[i].interval.1).count();
    assert!((0.88..=0.92).contains(&(covered as f64 / n as f64)));
}

#[test]
fn no_rank_is_shown_below_the_reliability_floor() {
    let events = [0.0, 1.0, 0.0, 2.0, 900.0, 400.0, 100.0, 60.0];
    let exposure = [100.0, 100.0, 100.0, 100.0, 10_000.0, 10_000.0, 10_000.0, 10_000.0];
    let eb = gamma_poisson(&events, &exposure).unwrap();
    let ranks = posterior_ranks(&eb, End::Highest, 2_000, 1);
    for (r, a) in ranks.iter().zip(&eb.areas) {
        assert_eq!(r.shown.is_some(), a.reliability >= 0.6);
    }
    assert!(ranks[4].top_tenth > 0.9 && ranks[4].shown == Some(1));
    assert!((ranks.iter().map(|r| r.top_tenth).sum::<f64>() - 1.0).abs() < 1e-9);
    assert_eq!(ranks, posterior_ranks(&eb, End::Highest, 2_000, 1));
    // From the other end the order is the other way round.
    let lowest = posterior_ranks(&eb, End::Lowest, 2_000, 1);
    let n = ranks.len() as f64;
    assert!(ranks.iter().zip(&lowest).all(|(a, b)| (a.expected + b.expected - n - 1.0).abs() < 0.05));
}

#[test]
fn the_area_model_finds_its_own_parameters() {
    let mut rng = Rng::new(8, 8);
    let n = 2_000;
    let x: Vec<Vec<f64>> = (0..n).map(|_| vec![1.0, rng.normal()]).collect();
    let d: Vec<f64> = (0..n).map(|_| 0.5 + rng.uniform()).collect();
    let truth: Vec<f64> = (0..n).map(|i| 3.0 + 2.0 * x[i][1] + rng.normal()).collect();
    let y: Vec<f64> = (0..n).map(|i| truth[i] + d[i].sqrt() * rng.normal()).collect();
    let fit = fay_herriot(&y, &x, &d).unwrap();
    assert!(
        (fit.between - 1.0).abs() < 0.12
            && (fit.beta[0] - 3.0).abs() < 0.1
            && (fit.beta[1] - 2.0).abs() < 0.1
    );
    let mse = (0..n).map(|i| (fit.estimates[i] - truth[i]).powi(2)).sum::<f64>() / n as f64;
    let said = fit.mse.iter().sum::<f64>() / n as f64;
    assert!((mse / said - 1.0).abs() < 0.1, "{mse} {said}");
}

/// Days by cells with totals of both, published: the table a differencing attack works on.
fn table(rng: &mut Rng, days: usize, cells: usize, mean: f64) -> (Vec<u64>, Vec<Equation>) {
    let mut counts: Vec<u64> = (0..days * cells)
        .map(|_| {
            let rate = mean * rng.gamma(1.0);
            rng.poisson(rate) as u64
        })
        .collect();
    let mut equations = Vec::new();
    let mut add = |counts: &mut Vec<u64>, parts: Vec<usize>| {
        counts.push(parts.iter().map(|&p| counts[p]).sum());
        equations.push(Equation { total: Some(counts.len() - 1), parts });
        counts.len() - 1
    };
    let mut by_day = Vec::new();
    for d in 0..days {
        by_day.push(add(&mut counts, (0..cells).map(|c| d * cells + c).collect()));
    }
    for c in 0..cells {
        add(&mut counts, (0..days).map(|d| d * cells + c).collect());
    }
    add(&mut counts, by_day);
    (counts, equations)
}

/// An attacker who also knows that counts are not below zero: repeated interval arithmetic over all equations.
fn interval_attack(counts: &[u64], equations: &[Equation], hidden: &[usize]) -> usize {
    let mut low: Vec<f64> = counts.iter().map(|&c| c as f64).collect();
    let mut high = low.clone();
    for &h in hidden {
        (low[h], high[h]) = (0.0, 1e12);
    }
    for _ in 0..30 {
        for e in equations {
            let t = e.total.unwrap();
            let (l, h): (f64, f64) =
                (e.parts.iter().map(|&p| low[p]).sum(), e.parts.iter().map(|&p| high[p]).sum());
            low[t] = low[t].max(l);
            high[t] = high[t].min(h);
            for &p in &e.parts {
                high[p] = high[p].min(high[t] - (l - low[p]));
                low[p] = low[p].max(low[t] - (h - high[p]));
            }
        }
    }
    hidden.iter().filter(|&&h| high[h] - low[h] < 0.5).count()
}

#[test]
fn a_differencing_attack_recovers_no_suppressed_cell() {
    let mut rng = Rng::new(99, 0);
    for round in 0..12 {
        let (counts, equations) = table(&mut rng, 5, 9, 6.0);
        let hidden = suppress(&counts, &equations, 5).unwrap();
        let list: Vec<usize> = hidden.keys().copied().collect();
        assert!(counts.iter().enumerate().all(|(i, &c)| !(1..5).contains(&c) || hidden.contains_key(&i)));
        assert_eq!(recoverable(counts.len(), &equations, &list), Vec::<usize>::new(), "round {round}");
        assert_eq!(interval_attack(&counts, &equations, &list), 0, "round {round}");
        // the same table with only the small cells hidden does give some away
        let small: Vec<usize> = (0..counts.len()).filter(|&i| (1..5).contains(&counts[i])).collect();
        if round == 0 {
            println!(
                "{} small cells, {} hidden in all, {} would be given away",
                small.len(),
                list.len(),
                recoverable(counts.len(), &equations, &small).len()
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]
    #[test]
    fn binomial_and_poisson_draws_have_their_means(mean in 0.1f64..200.0, p in 0.01f64..0.99) {
        let mut rng = Rng::new(mean.to_bits(), p.to_bits());
        let n = 3_000;
        let poisson = (0..n).map(|_| rng.poisson(mean)).sum::<f64>() / f64::from(n);
        prop_assert!((poisson - mean).abs() < 5.0 * (mean / f64::from(n)).sqrt());
        let binomial = (0..n).map(|_| rng.binomial(500, p)).sum::<f64>() / f64::from(n);
        prop_assert!((binomial - 500.0 * p).abs() < 5.0 * (500.0 * p * (1.0 - p) / f64::from(n)).sqrt());
    }
}

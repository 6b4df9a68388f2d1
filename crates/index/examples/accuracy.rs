//! How close estimates are where the truth is known: `cargo run --release -p index --example accuracy`.
//!
//! Sensitivity indices: all 2,000 combinations of `tests/golden/coinr/71_*` give the exact S and ST; the root mean
//! squared error over 100 seeds and four inputs stands beside that of COINr's estimator (uncentred, random points).
//! Small areas: 8,930 cells of 1,000 residents, beside the best that any estimator could do who knows the spread.

use std::path::PathBuf;

use index::{
    sensitivity::{Design, Sampling, first_and_total, uncentred_first},
    small_area::gamma_poisson,
    stats::Rng,
};

/// Numbers of one column.
fn column(file: &str, name: &str) -> Vec<f64> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/coinr").join(file);
    let mut table = csv::Reader::from_path(path).expect("kept with the code");
    let at = table.headers().expect("a header").iter().position(|h| h == name).expect("the column is there");
    table.records().map(|r| r.expect("a row")[at].parse().expect("a number")).collect()
}

fn main() {
    sensitivity();
    small_areas();
}

fn sensitivity() {
    let y = column("71_sa_full_factorial_y.csv", "y");
    let (s, st) = (
        column("71_sa_exact_full_factorial.csv", "Si_exact"),
        column("71_sa_exact_full_factorial.csv", "STi_exact"),
    );
    let levels = [5usize, 2, 100, 2];
    let output = |p: &[f64]| y[p.iter().zip(levels).fold(0, |k, (u, l)| k * l + (u * l as f64) as usize)];
    println!("root mean squared error of sensitivity indices, 100 seeds");
    println!(
        "{:>6} {:>8}  {:>16} {:>16} {:>16}",
        "N", "runs", "COINr S / ST", "random S / ST", "ours S / ST"
    );
    for n in [128, 512, 1_024, 8_192] {
        let of = |sampling: Sampling| {
            let mut e = [0.0; 3];
            for seed in 0..100 {
                let points = Design::new(n, 4, sampling, seed).expect("a design").points(false);
                let y: Vec<f64> = points.iter().map(|p| output(p)).collect();
                let (ours, old) = (first_and_total(&y, n, 4), uncentred_first(&y, n, 4));
                for k in 0..4 {
                    e[0] += (ours[k].first - s[k]).powi(2);
                    e[1] += (ours[k].total - st[k]).powi(2);
                    e[2] += (old[k] - s[k]).powi(2);
                }
            }
            e.map(|e| (e / 400.0).sqrt())
        };
        let (sobol, random) = (of(Sampling::Sobol), of(Sampling::Random));
        println!(
            "{n:>6} {:>8}  {:>8.4} {:.4}  {:>8.4} {:.4}  {:>8.4} {:.4}",
            n * 6,
            random[2],
            random[1],
            random[0],
            random[1],
            sobol[0],
            sobol[1]
        );
    }
}

fn small_areas() {
    println!("small areas: error as a share of the mean rate, 40 cities; coverage of 90 % intervals");
    println!("{:>8} {:>8} {:>8} {:>10} {:>9}", "events", "raw", "ours", "best known", "coverage");
    for events in [0.2, 0.14, 4.1, 50.0] {
        let cities = 40;
        let mut sum = [0.0; 4];
        for seed in 0..cities {
            let mut rng = Rng::new(seed, 1);
            let n = 8_930;
            let m = events / 1_000.0;
            let truth: Vec<f64> = (0..n).map(|_| m * rng.gamma(4.0) / 4.0).collect();
            let y: Vec<f64> = truth.iter().map(|t| rng.poisson(t * 1_000.0)).collect();
            let eb = gamma_poisson(&y, &vec![1_000.0; n]).expect("fits");
            let error = |f: &dyn Fn(usize) -> f64| {
                ((0..n).map(|i| (f(i) - truth[i]).powi(2)).sum::<f64>() / n as f64).sqrt() / m
            };
            let inside = |i: &usize| (eb.areas[*i].interval.0..=eb.areas[*i].interval.1).contains(&truth[*i]);
            sum[0] += error(&|i| eb.areas[i].raw);
            sum[1] += error(&|i| eb.areas[i].shrunk);
            // The posterior mean under the true prior, Gamma(4, 4/m): no estimator has a smaller expected error.
            sum[2] += error(&|i| (4.0 + y[i]) / (4.0 / m + 1_000.0));
            sum[3] += (0..n).filter(inside).count() as f64 / n as f64;
        }
        let [raw, ours, known, covered] = sum.map(|s| s / cities as f64);
        println!("{events:>8} {raw:>8.3} {ours:>8.4} {known:>10.4} {covered:>9.3}");
    }
}

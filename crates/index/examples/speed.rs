//! How fast the engine is, with the plain loop beside it in the same run:
//! `cargo run --release -p index --example speed [PART]`.
//!
//! Wall time says what a person waits, CPU time what was done: on a machine that others use too, compare CPU times
//! and their ratio. The plain loops check nothing, know no missing values and use one core.

use std::{fmt::Write as _, hint::black_box, time::Instant};

use index::{
    Inputs, Live, Recipe, bod, outrank, run, run_frozen, sensitivity::Study, small_area, stats::Rng,
};

fn made(units: usize, seed: u64) -> Inputs {
    let mut rng = Rng::new(seed, 0);
    let mut meta = String::from("iCode,Type,Parent,Direction,Weight\nROOT,Aggregate,,1,1\n");
    let mut codes = Vec::new();
    for p in 0..5 {
        let _ = writeln!(meta, "P{p},Aggregate,ROOT,1,1");
        for s in 0..9 {
            let _ = writeln!(meta, "S{p}{s},Aggregate,P{p},1,1");
            for k in 0..if (p * 9 + s) < 43 { 2 } else { 1 } {
                let _ = writeln!(
                    meta,
                    "I{p}{s}{k},Indicator,S{p}{s},{},1",
                    if rng.uniform() < 0.3 { -1 } else { 1 }
                );
                codes.push(format!("I{p}{s}{k}"));
            }
        }
    }
    let mut data = format!("uCode,{}\n", codes.join(","));
    let skewed: Vec<bool> = codes.iter().map(|_| rng.uniform() < 0.3).collect();
    for u in 0..units {
        let _ = write!(data, "U{u:05}");
        let t = rng.normal();
        for s in &skewed {
            let z = 0.5 * t + 0.9 * rng.normal();
            let _ = write!(data, ",{}", if *s { (1.5 * z).exp() } else { 50.0 + 10.0 * z });
        }
        data.push('\n');
    }
    Inputs::from_csv(data.as_bytes(), meta.as_bytes()).expect("made to be read").0
}

/// Wall and CPU time of something, in ms.
#[derive(Clone, Copy)]
struct Took {
    wall: f64,
    cpu: f64,
}

/// CPU time of all threads so far, in ms; zero where the system does not tell.
fn cpu_ms() -> f64 {
    let threads = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    threads
        .filter_map(|t| std::fs::read_to_string(t.path().join("schedstat")).ok())
        .filter_map(|s| s.split_whitespace().next()?.parse::<f64>().ok())
        .sum::<f64>()
        / 1e6
}

/// The most memory used so far, in MiB.
fn peak_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    line.and_then(|l| l.trim().trim_end_matches(" kB").parse::<f64>().ok()).unwrap_or(0.0) / 1_024.0
}

fn once<T>(f: impl FnOnce() -> T) -> (T, Took) {
    let (wall, cpu) = (Instant::now(), cpu_ms());
    let out = f();
    (out, Took { wall: wall.elapsed().as_secs_f64() * 1e3, cpu: cpu_ms() - cpu })
}

/// Of several: the quickest by the clock, the mean of CPU time (told in steps of some ms, so short things are repeated).
fn best<T>(times: usize, mut f: impl FnMut() -> T) -> Took {
    black_box(f());
    let first = once(|| black_box(f())).1;
    let times = times.max((400.0 / first.wall).ceil().clamp(1.0, 20_000.0) as usize);
    let mut wall = first.wall;
    let all = once(|| {
        for _ in 0..times {
            let start = Instant::now();
            black_box(f());
            wall = wall.min(start.elapsed().as_secs_f64() * 1e3);
        }
    });
    Took { wall, cpu: all.1.cpu / times as f64 }
}

fn tell(what: &str, ours: Took, goal: &str, plain: Option<Took>) {
    let beside = plain.map_or(String::new(), |p| format!("{:>10.2} {:>6.2}", p.cpu, ours.cpu / p.cpu));
    println!("{what:<58} {:>9.2} {:>9.2} {goal:>8} {beside}", ours.wall, ours.cpu);
}

const FULL: &str = "[treat]\nsteps = [{ do = \"winsorise\", max-points = 5 }, { do = \"log-ct\" }]\n[normalise]\nto = { method = \"min-max\", from = 1, to = 100 }";

fn main() {
    let only = std::env::args().nth(1);
    let want = |name: &str| only.as_ref().is_none_or(|o| name.contains(o.as_str()));
    let inputs = made(8_930, 1);
    println!(
        "{} units, {} indicators, {} threads; wall time (best) and CPU time (mean) in ms",
        inputs.indicators.rows(),
        inputs.indicators.columns(),
        rayon::current_num_threads()
    );
    println!("{:<58} {:>9} {:>9} {:>8} {:>10} {:>6}", "what", "wall", "CPU", "goal", "plain CPU", "ratio");
    let full = Recipe::from_toml(FULL).expect("a good recipe");
    let none = Recipe::default();
    if want("stages") {
        let plain = best(7, || plain_stages(&inputs));
        tell(
            "all stages with treatment, cold",
            best(15, || run(&inputs, &full).expect("runs")),
            "50",
            Some(plain),
        );
        let plain = best(7, || plain_sum(&inputs));
        tell("all stages, no treatment", best(15, || run(&inputs, &none).expect("runs")), "", Some(plain));
    }
    if want("live") {
        live(&inputs, &full);
    }
    if want("study") {
        studies(&inputs, &full, &none);
    }
    let r = run(&inputs, &full).expect("runs");
    let x: Vec<Vec<f64>> = (0..8_930)
        .map(|i| (0..5).map(|p| r.scores.named(&format!("P{p}")).expect("a pillar")[i]).collect())
        .collect();
    if want("copeland") {
        let plain = best(2, || plain_copeland(&x));
        tell("Copeland 8,930 x 5", best(3, || outrank::copeland(&x, &[0.2; 5])), "1,000", Some(plain));
    }
    if want("kemeny") {
        let o = outrank::matrix(&x[..11], &[0.2; 5]);
        let ours = best(9, || outrank::kemeny(&o, 100).expect("small"));
        tell("Kemeny 11 units, exact, all optima counted", ours, "10", None);
    }
    if want("bod") {
        let ours = best(2, || bod::scores(&x, 0.0, 1.0).expect("solves"));
        tell("benefit of the doubt 8,930 x 5", ours, "30,000", None);
    }
    if want("small") {
        let mut rng = Rng::new(5, 5);
        let exposure: Vec<f64> = (0..8_930).map(|_| 500.0 + 1_000.0 * rng.uniform()).collect();
        let events: Vec<f64> = exposure.iter().map(|e| rng.poisson(e * 0.004)).collect();
        let (eb, took) = once(|| small_area::gamma_poisson(&events, &exposure).expect("fits"));
        tell("empirical Bayes with intervals, 8,930 cells", took, "", None);
        tell(
            "posterior ranks, 1,000 draws",
            once(|| small_area::posterior_ranks(&eb, small_area::End::Highest, 1_000, 1)).1,
            "",
            None,
        );
    }
    if want("backcast") {
        backcast(&full, &inputs);
    }
}

fn live(inputs: &Inputs, full: &Recipe) {
    let again = best(3, || run(inputs, full).expect("runs"));
    let mut live = Live::new(inputs.clone(), full, None).expect("runs");
    let code = inputs.indicators.codes()[7].clone();
    let mut x = inputs.indicators.at(100, 7);
    let ours = best(40, || {
        x *= 1.000_1;
        live.set("U00100", None, &code, x).expect("updates")
    });
    tell("one changed value, treated column (plain: all again)", ours, "1", Some(again));
    let none = Recipe::default();
    let again = best(3, || run(inputs, &none).expect("runs"));
    let bounds = run(inputs, &none).expect("runs").prepared.bounds;
    let mut frozen = Live::new(inputs.clone(), &none, Some(bounds)).expect("runs");
    let ours = best(40, || {
        x *= 1.000_1;
        frozen.set("U00100", None, &code, x).expect("updates")
    });
    tell("one changed value, frozen bounds (plain: all again)", ours, "1", Some(again));
}

fn studies(inputs: &Inputs, full: &Recipe, none: &Recipe) {
    let weights = "[[input]]\nname = \"weights\"\nkind = \"weight-noise\"\nshare = 0.25\n";
    let scale = "[[input]]\nname = \"scale\"\nkind = \"choice\"\npath = \"normalise.to\"\nvalues = [{ method = \"min-max\", from = 1, to = 100 }, { method = \"z-score\", mean = 50, sd = 10 }]\n";
    let rule = "[[input]]\nname = \"rule\"\nkind = \"choice\"\npath = \"aggregate.rule\"\nvalues = [{ by = \"arithmetic\" }, { by = \"geometric\" }]\n";
    let treat = "[[input]]\nname = \"points\"\nkind = \"choice\"\npath = \"treat.steps.0.max-points\"\nvalues = [1, 2, 3, 4, 5, 6, 8, 10]\n";
    let study = |inputs: &str, n: usize| {
        Study::from_toml(&format!("n = {n}\nper-unit = true\nbootstrap = 0\n{inputs}")).expect("a good study")
    };
    let normalised = run(inputs, none).expect("runs").prepared.normalised;
    let columns: Vec<&[f64]> = (0..normalised.columns()).map(|j| normalised.column(j)).collect();
    let (_, part) = once(|| black_box(plain_replicates(&columns, 512)));
    let plain = Took { wall: part.wall * 20.0, cpu: part.cpu * 20.0 };
    let two = study(&format!("{weights}{scale}"), 2_560);
    let (s, took) = once(|| two.run(inputs, none, None).expect("runs"));
    tell("10,240 replicates, q05/q50/q95 and S/ST of every unit", took, "10,000", Some(plain));
    let round = |x: f64| (x * 1e3).round() / 1e3;
    println!(
        "  S {:?}; peak {:.0} MiB; the plain loop ran 512 replicates, times 20, without S and ST",
        s.total.indices.iter().map(|i| round(i.first)).collect::<Vec<_>>(),
        peak_mib()
    );
    drop(s);
    let four = study(&format!("{weights}{treat}{rule}"), 2_048);
    let (s, took) = once(|| four.run(inputs, full, None).expect("runs"));
    tell("10,240 replicates, treatment and rule varied too", took, "60,000", Some(plain));
    println!(
        "  ST {:?}, {} failed; peak {:.0} MiB",
        s.total.indices.iter().map(|i| round(i.total)).collect::<Vec<_>>(),
        s.failures.len(),
        peak_mib()
    );
}

fn backcast(full: &Recipe, inputs: &Inputs) {
    let months: Vec<Inputs> = (0..12).map(|k| made(893, k)).collect();
    let ours = once(|| {
        for year in 0..10 {
            months.iter().for_each(|month| drop(black_box((year, run(month, full).expect("runs")))));
        }
    });
    let plain = once(|| (0..10).for_each(|_| months.iter().for_each(|m| drop(black_box(plain_stages(m))))));
    tell("ten years: 120 editions of 893 units, treated anew", ours.1, "5,000", Some(plain.1));
    let frozen = run(inputs, full).expect("runs").prepared.bounds;
    let ours =
        once(|| (0..120).for_each(|_| drop(black_box(run_frozen(inputs, full, &frozen).expect("runs")))));
    tell("ten years: 120 editions of 8,930 units, treated anew", ours.1, "", None);
}

/// What the stages cannot beat: min-max and one dot product by unit.
fn plain_sum(inputs: &Inputs) -> Vec<f64> {
    let f = &inputs.indicators;
    let mut out = vec![0.0; f.rows()];
    (0..f.columns()).for_each(|j| add_scaled(&mut out, f.column(j), f.columns() as f64));
    out
}

fn add_scaled(out: &mut [f64], c: &[f64], columns: f64) {
    let (lo, hi) = c.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), x| (l.min(*x), h.max(*x)));
    let k = 100.0 / (hi - lo) / columns;
    for (o, x) in out.iter_mut().zip(c) {
        *o += (x - lo) * k;
    }
}

/// The same stages as one would write them down: judge, move up to five extremes and judge again, logarithm where
/// that does not help, min-max, one dot product by unit, a sort for the ranks.
fn plain_stages(inputs: &Inputs) -> Vec<usize> {
    let f = &inputs.indicators;
    let mut out = vec![0.0; f.rows()];
    let passes = |x: &[f64]| {
        let n = x.len() as f64;
        let mean = x.iter().sum::<f64>() / n;
        let power = |k: i32| x.iter().map(|v| (v - mean).powi(k)).sum::<f64>() / n;
        let m2 = power(2);
        power(3) / m2.powf(1.5) < 2.0 || power(4) / (m2 * m2) - 3.0 < 3.5
    };
    for j in 0..f.columns() {
        let mut c = f.column(j).to_vec();
        let mut order: Vec<usize> = (0..c.len()).collect();
        order.sort_unstable_by(|&a, &b| c[b].total_cmp(&c[a]));
        for moved in 1..=5 {
            if passes(&c) {
                break;
            }
            let value = c[order[moved]];
            order[..moved].iter().for_each(|&i| c[i] = value);
        }
        if !passes(&c) {
            let raw = f.column(j);
            let (lo, hi) = (raw[order[order.len() - 1]], raw[order[0]]);
            c.iter_mut().zip(raw).for_each(|(c, x)| *c = (x - lo + 0.01 * (hi - lo)).ln());
        }
        add_scaled(&mut out, &c, f.columns() as f64);
    }
    let mut order: Vec<usize> = (0..out.len()).collect();
    order.sort_unstable_by(|&a, &b| out[b].total_cmp(&out[a]));
    order
}

/// Random weights, a dot product by unit and a rank by replicate; then three quantiles of the ranks by unit.
fn plain_replicates(columns: &[&[f64]], replicates: usize) -> f64 {
    let mut rng = Rng::new(1, 1);
    let units = columns[0].len();
    let mut ranks = vec![0u16; units * replicates];
    let mut score = vec![0.0; units];
    let mut order: Vec<usize> = (0..units).collect();
    for k in 0..replicates {
        score.fill(0.0);
        for c in columns {
            let w = 0.75 + 0.5 * rng.uniform();
            score.iter_mut().zip(*c).for_each(|(s, x)| *s += w * x);
        }
        order.sort_unstable_by(|&a, &b| score[b].total_cmp(&score[a]));
        order.iter().enumerate().for_each(|(r, &i)| ranks[i * replicates + k] = r as u16);
    }
    let mut sum = 0.0;
    for unit in ranks.chunks_mut(replicates) {
        unit.sort_unstable();
        sum += [0.05, 0.5, 0.95]
            .map(|p| f64::from(unit[(p * (replicates - 1) as f64) as usize]))
            .iter()
            .sum::<f64>();
    }
    sum
}

/// Every pair, every column.
fn plain_copeland(x: &[Vec<f64>]) -> Vec<i32> {
    let mut wins = vec![0; x.len()];
    for i in 0..x.len() {
        for j in i + 1..x.len() {
            let weigh = |a: &f64, b: &f64| match a.partial_cmp(b) {
                Some(std::cmp::Ordering::Greater) => 0.2,
                Some(std::cmp::Ordering::Equal) => 0.1,
                _ => 0.0,
            };
            let o: f64 = x[i].iter().zip(&x[j]).map(|(a, b)| weigh(a, b)).sum();
            let won = i32::from(o > 0.5) - i32::from(o < 0.5);
            wins[i] += won;
            wins[j] -= won;
        }
    }
    wins
}

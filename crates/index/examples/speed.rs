//! How fast the engine is, with the plain loop beside it in the same run:
//! `cargo run --release -p index --example speed`. Times are wall time on this machine; run it twice.

use std::{fmt::Write as _, hint::black_box, time::Instant};

use index::{Inputs, Live, Recipe, bod, outrank, run, sensitivity::Study, small_area, stats::Rng};

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

fn timed<T>(what: &str, goal: &str, f: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let out = f();
    println!("{what:<64} {:>10.2} ms   goal {goal}", start.elapsed().as_secs_f64() * 1e3);
    out
}

fn best_of<T>(what: &str, goal: &str, times: usize, mut f: impl FnMut() -> T) {
    let best = (0..times)
        .map(|_| {
            let start = Instant::now();
            black_box(f());
            start.elapsed().as_secs_f64() * 1e3
        })
        .fold(f64::INFINITY, f64::min);
    println!("{what:<64} {best:>10.2} ms   goal {goal}");
}

fn main() {
    let only = std::env::args().nth(1);
    let want = |name: &str| only.as_ref().is_none_or(|o| name.contains(o.as_str()));
    let inputs = made(8_930, 1);
    println!(
        "{} units, {} indicators, {} threads",
        inputs.indicators.rows(),
        inputs.indicators.columns(),
        rayon::current_num_threads()
    );
    let full = Recipe::from_toml("[treat]\nsteps = [{ do = \"winsorise\", max-points = 5 }, { do = \"log-ct\" }]\n[normalise]\nto = { method = \"min-max\", from = 1, to = 100 }").expect("a good recipe");
    let plain = Recipe::default();
    if want("stages") {
        best_of("all stages, treatment with log, cold", "50 ms", 5, || run(&inputs, &full).expect("runs"));
        best_of("all stages, no treatment", "", 5, || run(&inputs, &plain).expect("runs"));
        best_of("  plain loop beside it: min-max and one weighted sum", "", 5, || plain_loop(&inputs));
    }
    if want("live") {
        let mut live = Live::new(inputs.clone(), &full, None).expect("runs");
        let code = inputs.indicators.codes()[7].clone();
        let mut x = inputs.indicators.at(100, 7);
        best_of("one changed value (treated column)", "1 ms", 20, || {
            x *= 1.000_1;
            live.set("U00100", None, &code, x).expect("updates")
        });
        let bounds = live.run().prepared.bounds.clone();
        let mut frozen = Live::new(inputs.clone(), &plain, Some(bounds)).expect("runs");
        best_of("one changed value (frozen bounds)", "1 ms", 20, || {
            x *= 1.000_1;
            frozen.set("U00100", None, &code, x).expect("updates")
        });
    }
    if want("study") {
        let weights = "[[input]]\nname = \"weights\"\nkind = \"weight-noise\"\nshare = 0.25\n";
        let scale = "[[input]]\nname = \"scale\"\nkind = \"choice\"\npath = \"normalise.to\"\nvalues = [{ method = \"min-max\", from = 1, to = 100 }, { method = \"z-score\", mean = 50, sd = 10 }]\n";
        let rule = "[[input]]\nname = \"rule\"\nkind = \"choice\"\npath = \"aggregate.rule\"\nvalues = [{ by = \"arithmetic\" }, { by = \"geometric\" }]\n";
        let treat = "[[input]]\nname = \"points\"\nkind = \"choice\"\npath = \"treat.steps.0.max-points\"\nvalues = [1, 2, 3, 4, 5, 6, 8, 10]\n";
        let study = |inputs: &str, n: usize| {
            Study::from_toml(&format!("n = {n}\nper-unit = true\nbootstrap = 0\n{inputs}"))
                .expect("a good study")
        };
        let two = study(&format!("{weights}{scale}"), 2_560);
        let s = timed("10,240 replicates, intervals and indices of every unit", "10 s", || {
            two.run(&inputs, &plain, None).expect("runs")
        });
        println!(
            "  S {:?}",
            s.total.indices.iter().map(|i| (i.first * 1e3).round() / 1e3).collect::<Vec<_>>()
        );
        let four = study(&format!("{weights}{treat}{rule}"), 2_048);
        let s = timed("10,240 replicates, treatment and rule varied too", "60 s", || {
            four.run(&inputs, &full, None).expect("runs")
        });
        println!(
            "  ST {:?}, {} failed",
            s.total.indices.iter().map(|i| (i.total * 1e3).round() / 1e3).collect::<Vec<_>>(),
            s.failures.len()
        );
    }
    let r = run(&inputs, &full).expect("runs");
    let x: Vec<Vec<f64>> = (0..8_930)
        .map(|i| (0..5).map(|p| r.scores.named(&format!("P{p}")).expect("a pillar")[i]).collect())
        .collect();
    if want("copeland") {
        best_of("Copeland 8,930 x 5", "1 s", 2, || outrank::copeland(&x, &[0.2; 5]));
    }
    if want("kemeny") {
        let o = outrank::matrix(&x[..11], &[0.2; 5]);
        best_of("Kemeny 11 units, exact, all optima counted", "10 ms", 5, || {
            outrank::kemeny(&o, 100).expect("small")
        });
    }
    if want("bod") {
        timed("benefit of the doubt 8,930 x 5", "30 s", || bod::scores(&x, 0.0, 1.0).expect("solves"));
    }
    if want("small") {
        let mut rng = Rng::new(5, 5);
        let exposure: Vec<f64> = (0..8_930).map(|_| 500.0 + 1_000.0 * rng.uniform()).collect();
        let events: Vec<f64> = exposure.iter().map(|e| rng.poisson(e * 0.004)).collect();
        let eb = timed("empirical Bayes with intervals, 8,930 cells", "", || {
            small_area::gamma_poisson(&events, &exposure).expect("fits")
        });
        timed("posterior ranks, 1,000 draws", "", || small_area::posterior_ranks(&eb, 1_000, 1));
    }
    if want("backcast") {
        let ten_years: Vec<Inputs> = (0..12).map(|k| made(893, k)).collect();
        timed("backcast of 120 editions of 893 units", "5 s (ten years)", || {
            for _ in 0..10 {
                for year in &ten_years {
                    black_box(run(year, &full).expect("runs"));
                }
            }
        });
    }
}

/// What the stages cannot beat: min-max and one dot product by unit, nothing checked.
fn plain_loop(inputs: &Inputs) -> Vec<f64> {
    let f = &inputs.indicators;
    let mut out = vec![0.0; f.rows()];
    for j in 0..f.columns() {
        let c = f.column(j);
        let (lo, hi) = c.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), x| (l.min(*x), h.max(*x)));
        let k = 100.0 / (hi - lo) / f.columns() as f64;
        for (o, x) in out.iter_mut().zip(c) {
            *o += (x - lo) * k;
        }
    }
    out
}

//! Every formula variant once, on twelve units and four columns, against numbers worked by another route: numpy 2,
//! scipy 1.16 (optimize.linprog with HiGHS, stats, cluster.hierarchy) and statsmodels 0.14. The recipe of each number
//! stands beside it.

#![allow(clippy::unreadable_literal, clippy::format_collect)] // numbers as numpy prints them

use index::{
    Frame, Inputs, Meta, Recipe, Units, bod,
    coherence::{self, Correlation},
    mean,
    model::Entry,
    outrank, run,
    stage::{bound::bounds, normalise::normalise, treat::treat},
    stats::{kendall, kendall_p, medcouple, one_factor},
    structure, topsis, weights,
};

const X: [[f64; 4]; 12] = [
    [3.1, 20.0, 0.5, 7.2],
    [4.7, 31.0, 0.9, 6.1],
    [5.2, 28.0, 1.4, 9.9],
    [6.9, 45.0, 1.1, 8.4],
    [2.2, 17.0, 0.4, 5.0],
    [8.8, 52.0, 2.6, 12.3],
    [7.4, 39.0, 1.9, 9.1],
    [1.6, 25.0, 0.7, 4.4],
    [9.5, 61.0, 2.2, 14.8],
    [5.9, 33.0, 1.6, 7.7],
    [4.1, 22.0, 3.8, 6.6],
    [6.3, 48.0, 1.3, 10.5],
];

fn column(j: usize) -> Vec<f64> {
    X.iter().map(|r| r[j]).collect()
}
fn columns() -> Vec<Vec<f64>> {
    (0..4).map(column).collect()
}
fn refs(c: &[Vec<f64>]) -> Vec<&[f64]> {
    c.iter().map(Vec::as_slice).collect()
}
/// Units divided by the best of each column.
fn shares_of_best() -> Vec<Vec<f64>> {
    let top: Vec<f64> = columns().iter().map(|c| c.iter().copied().fold(0.0, f64::max)).collect();
    X.iter().map(|r| r.iter().zip(&top).map(|(x, t)| x / t).collect()).collect()
}
fn near(got: &[f64], want: &[f64], limit: f64) {
    assert!(got.len() >= want.len(), "{got:?} for {want:?}");
    for (g, w) in got.iter().zip(want) {
        assert!((g - w).abs() <= limit * w.abs().max(1.0), "{got:?} for {want:?}");
    }
}

/// The third column alone, as an indicator of that direction.
fn one(down: bool) -> (Frame, Meta) {
    let units = std::sync::Arc::new(Units::of((0..12).map(|i| format!("U{i}"))));
    let leaf = Entry::indicator("x", "R");
    let leaf = if down { leaf.less_is_better() } else { leaf };
    let meta = Meta { entries: vec![Entry::aggregate("R", None), leaf] };
    (Frame::from_columns(units, vec![("x".into(), column(2))]).unwrap(), meta)
}
fn bounded(by: &str) -> [f64; 2] {
    let (frame, meta) = one(false);
    let rule = Recipe::from_toml(&format!("[bound]\nby = {{ {by} }}")).unwrap().bound;
    let b = bounds(&frame, &meta, &rule).unwrap();
    [b.list[0].lower, b.list[0].upper]
}
fn scaled(to: &str, down: bool) -> Vec<f64> {
    let (frame, meta) = one(down);
    let recipe = Recipe::from_toml(&format!("[normalise]\nto = {{ method = {to} }}")).unwrap();
    let b = bounds(&frame, &meta, &recipe.bound).unwrap();
    normalise(&frame, &b, &meta, &recipe.normalise).unwrap().0.column(0).to_vec()
}
fn transformed(step: &str, less: f64) -> Vec<f64> {
    let (mut frame, _) = one(false);
    frame.column_mut(0).iter_mut().for_each(|x| *x -= less);
    let rule = Recipe::from_toml(&format!("[treat.transform]\nx = {{ do = {step} }}")).unwrap().treat;
    treat(&frame, &rule).unwrap().0.column(0).to_vec()
}

#[test]
fn bounds_from_data_are_their_formulas() {
    // q1, q3 = numpy.quantile(x, [.25, .75]); statsmodels medcouple(x) = .1348...; m -+ 3 * 1.4826 * median|x - m|
    near(&bounded("method = \"tukey\", k = 1.5"), &[-0.8375, 3.6625], 1e-13);
    near(&bounded("method = \"tukey\", k = 1.5, cut = true"), &[0.4, 3.6625], 1e-13);
    near(&[medcouple(&column(2)).unwrap()], &[0.1348484848484848], 1e-13);
    let bent = bounded("method = \"adjusted-tukey\", k = 1.5");
    near(&bent, &[-0.13398384905223315, 4.503923197009714], 1e-12);
    near(&bounded("method = \"mad\", k = 3"), &[-1.3186799999999996, 4.01868], 1e-13);
    // the two values farthest from the medoid 1.3 are 3.8 and 2.6
    near(&bounded("method = \"trimmed\", share = 0.17"), &[0.4, 2.2], 0.0);
}

#[test]
fn transforms_are_their_formulas() {
    // (x**.3 - 1)/.3; scipy.stats.yeojohnson(x - 1.2, lmbda); arcsinh(x/2); log(x - min + .01 (max - min))
    let plain = transformed("\"box-cox\", lambda = 0.3, shift = false", 0.0);
    near(&plain, &[-0.6258253454792151, -0.1037127960091222, 0.3540403853999741], 1e-13);
    let shifted = transformed("\"box-cox\", lambda = 0.3", 0.0);
    near(&shifted, &[0.0966858647369836, 0.4311564515228516, 0.7704813778163877], 1e-13);
    let half = transformed("\"yeo-johnson\", lambda = 0.5", 1.2);
    near(&half, &[-0.8110192118459337, -0.3214853684192528, 0.1908902300206644], 1e-13);
    let more = transformed("\"yeo-johnson\", lambda = 1.7", 1.2);
    near(&more, &[-0.5751964142418066, -0.2729658288150926, 0.2137366897874508], 1e-13);
    let sinh = transformed("\"asinh\", scale = 2", 0.0);
    near(&sinh, &[0.2474664615472635, 0.4360496688517405, 0.6526665660823557], 1e-13);
    let log = transformed("\"log-ct\"", 0.0);
    near(&log, &[-2.0099154790312257, -0.6273594400219421, 0.0334347760862372], 1e-13);
    // The Innovation Index's log takes the smallest to 0 and the largest to ln max, and is not the identity.
    let gii = transformed("\"log-gii\"", 0.0);
    near(&[gii[4], gii[10]], &[0.0, 3.8f64.ln()], 1e-13);
    near(&gii[..1], &[(2.8 * 0.1 / 3.4 + 1.0f64).ln()], 1e-13);
}

#[test]
fn scales_are_their_formulas_in_both_directions() {
    near(&scaled("\"min-max\", from = 1, to = 100", true), &[97.08823529411765, 85.44117647058823], 1e-13);
    near(&scaled("\"z-score\", mean = 0, sd = 1", false), &[-1.0543086700862976, -0.6461891848916017], 1e-13);
    near(&scaled("\"z-score\", mean = 0, sd = 1, population = true", false), &[-1.1011894916543512], 1e-13);
    near(&scaled("\"z-score\", mean = 0, sd = 1", true), &[1.0543086700862976], 1e-13);
    near(
        &scaled("\"robust-z\", mean = 0, sd = 1", false),
        &[-0.9555285759251767, -0.5058680696074465],
        1e-13,
    );
    near(&scaled("\"mpi\"", false), &[100.0 - 11.011894916543512], 1e-13);
    near(&scaled("\"mpi\"", true), &[100.0 + 11.011894916543512], 1e-13);
    near(&scaled("\"ampi\"", false), &[81.76470588235294, 88.82352941176471], 1e-13);
    near(&scaled("\"ampi\"", true), &[118.23529411764706, 111.17647058823529], 1e-13);
    near(&scaled("\"fraction-of-max\"", false), &[0.131578947368421, 0.2368421052631579], 1e-13);
    near(&scaled("\"fraction-of-max\"", true), &[0.8, 0.4444444444444445, 0.2857142857142858], 1e-13);
    near(&scaled("\"percentile-rank\"", false), &[1.0 / 11.0, 3.0 / 11.0, 6.0 / 11.0], 1e-13);
    near(&scaled("\"borda\"", false), &[1.0, 3.0, 6.0], 0.0);
    near(&scaled("\"rank\"", true), &[11.0, 9.0, 6.0], 0.0);
    let signs = [-1.0, -1.0, 0.0, -1.0, -1.0, 1.0, 1.0, -1.0, 1.0, 0.0, 1.0, 0.0];
    near(&scaled("\"above-below-mean\", share = 0.2", false), &signs, 0.0);
    near(&scaled("\"above-below-mean\", share = 0.2", true), &signs.map(|s| -s), 0.0);
    // 1 - (ref - x)/(ref - min); x/ref; and for less-is-better the same on -x, and ref/x
    near(
        &scaled("\"dist-to-reference\", unit = \"U3\"", false),
        &[0.1428571428571428, 0.7142857142857142],
        1e-13,
    );
    near(&scaled("\"dist-to-reference\", unit = \"U3\"", true), &[1.0 - (-1.1 + 0.5) / (-1.1 + 3.8)], 1e-13);
    near(&scaled("\"ratio-to-reference\", unit = \"U3\"", false), &[0.5 / 1.1], 1e-13);
    near(&scaled("\"ratio-to-reference\", unit = \"U3\"", true), &[1.1 / 0.5], 1e-13);
    // -23 ln(1 - R (1 - exp(-100/23))) with R = rank/n
    near(&scaled("\"exponential\"", false), &[4.13397209076366, 9.177425077599056, 19.72300342091316], 1e-13);
    near(&scaled("\"efficacy\", floor = 60, ceiling = 100, power = 1.5", false), &[60.20176304134413], 1e-13);
    near(
        &scaled("\"efficacy\", floor = 60, ceiling = 100, exponential = true", false),
        &[60.908262897497075],
        1e-13,
    );
    // bands: of the place 1/34, 5/34, 10/34; of the share worse 1/11, 3/11, 6/11; of the value
    let bands = |of: &str, cuts: &str| {
        scaled(&format!("\"bands\", cuts = {cuts}, scores = [0, 50, 100], of = \"{of}\""), false)
    };
    near(&bands("place", "[0.1, 0.25]"), &[0.0, 50.0, 100.0], 0.0);
    near(&bands("percentile", "[0.25, 0.75]"), &[0.0, 50.0, 50.0, 50.0, 0.0, 100.0], 0.0);
    near(&bands("value", "[0.9, 1.4]"), &[0.0, 50.0, 100.0, 50.0], 0.0);
    near(
        &scaled("\"piecewise\", points = [[0.5, 100], [1.5, 60], [3.0, 0]]", false)[..4],
        &[100.0, 84.0, 64.0, 76.0],
        1e-12,
    );
}

#[test]
fn weights_from_data_are_their_formulas() {
    let c = columns();
    let x = refs(&c);
    near(
        &weights::entropy(&x).unwrap(),
        &[0.2489964333091605, 0.1758642640979724, 0.4352948352082568],
        1e-12,
    );
    near(&weights::critic(&x).unwrap(), &[0.1749007535035772, 0.226696582927421, 0.4104885720779613], 1e-13);
    near(&weights::by_sd(&x).unwrap(), &[0.1214980981045603, 0.6820880158584027], 1e-13);
    near(&weights::by_cv(&x).unwrap(), &[0.2455376380912557, 0.2151157886674084], 1e-13);
    // squared entries of the first vector of numpy.linalg.eigh(corrcoef)
    near(&weights::first_component(&x).unwrap(), &[0.3120719977402598, 0.2854876952416461], 1e-11);
    // one factor by maximum likelihood: scipy.optimize over the uniquenesses, loadings from the scaled eigenvector
    let l = one_factor(&weights::correlations(&x).unwrap()).unwrap();
    near(&l, &[0.9831252464808402, 0.9333122988224503, 0.462554455971859, 0.9216596787918419], 1e-7);
    // l^2/(1 - l^2), scaled to one; (sum l)^2/((sum l)^2 + sum (1 - l^2))
    let ucm = weights::unobserved(&x).unwrap();
    near(&ucm, &[0.6950646336602051, 0.1625927932435462, 0.0065504977419609, 0.1357920753542876], 1e-6);
    near(&[coherence::omega(&x).unwrap()], &[0.9083670520598837], 1e-7);
}

#[test]
fn weights_from_people_are_their_formulas() {
    // numpy.linalg.eig; (lambda - 3)/2/.58
    let a = weights::ahp(&[vec![1.0, 3.0, 5.0], vec![1.0 / 3.0, 1.0, 2.0], vec![0.2, 0.5, 1.0]]).unwrap();
    near(&a.weights, &[0.6483290138222365, 0.2296507940626372, 0.1220201921151262], 1e-12);
    near(&[a.lambda_max, a.consistency_ratio.unwrap()], &[3.003694598063639, 0.003184998330723208], 1e-12);
    // scipy linprog of Rezaei's linear model
    let b = weights::best_worst(0, 3, &[1.0, 2.0, 5.0, 8.0], &[8.0, 5.0, 2.0, 1.0]).unwrap();
    near(
        &b.weights,
        &[0.5379746835443039, 0.2848101265822784, 0.1139240506329114, 0.0632911392405063],
        1e-10,
    );
    near(&[b.inconsistency], &[0.0316455696202532], 1e-10);
    // numpy.linalg.lstsq with an intercept; slope times range of the column
    let profiles = [[0, 0, 0], [100, 0, 50], [0, 100, 50], [0, 50, 100], [100, 100, 0], [50, 50, 50]]
        .map(|p| p.map(f64::from).to_vec());
    let c = weights::conjoint(&profiles, &[10.0, 52.0, 38.0, 30.0, 74.0, 45.0]).unwrap();
    near(&c, &[0.546702249332825, 0.352649637819291, 0.1006481128478841], 1e-11);
    // mean of 60:30:10 and 100:50:50 as shares
    near(
        &weights::budget(&[vec![60.0, 30.0, 10.0], vec![100.0, 50.0, 50.0]]).unwrap(),
        &[0.55, 0.275],
        1e-13,
    );
    near(&weights::swing(&[vec![100.0, 50.0, 50.0]]).unwrap(), &[0.5, 0.25, 0.25], 1e-13);
}

#[test]
fn judgements_stand_in_the_recipe_by_name_whatever_the_order_of_the_table() {
    let data = "uCode,a,b,c\nX,1,2,3\nY,3,1,9\nZ,2,5,4\n";
    let meta = |order: [&str; 3]| {
        let rows: String = order.iter().map(|c| format!("{c},Indicator,R,1,1\n")).collect();
        format!("iCode,Type,Parent,Direction,Weight\nR,Aggregate,,1,1\n{rows}")
    };
    for judged in [
        "from = \"ahp\", of = [\"a\", \"b\", \"c\"], judges = [[[1, 3, 5], [0.3333333333333333, 1, 2], [0.2, 0.5, 1]]]",
        "from = \"budget\", of = [\"a\", \"b\", \"c\"], judges = [[60, 30, 10], [50, 25, 25]]",
        "from = \"swing\", of = [\"a\", \"b\", \"c\"], judges = [[100, 60, 20]]",
        "from = \"best-worst\", of = [\"a\", \"b\", \"c\"], best = \"a\", worst = \"c\", over = [1, 2, 5], under = [5, 3, 1]",
        "from = \"conjoint\", of = [\"a\", \"b\", \"c\"], profiles = [[0,0,0],[1,0,0],[0,1,0],[0,0,1],[1,1,1]], ratings = [0, 5, 3, 1, 9]",
    ] {
        let recipe = Recipe::from_toml(&format!("[weigh.below]\nR = {{ {judged} }}")).unwrap();
        let weights = |order| {
            let (inputs, _) = Inputs::from_csv(data.as_bytes(), meta(order).as_bytes()).unwrap();
            let r = run(&inputs, &recipe).unwrap();
            ["a", "b", "c"].map(|c| r.weights[r.tree().position(c).unwrap()])
        };
        let w = weights(["a", "b", "c"]);
        assert!(w[0] > w[1] && w[1] > w[2] && (w.iter().sum::<f64>() - 1.0).abs() < 1e-12, "{judged}: {w:?}");
        near(&weights(["c", "a", "b"]), &w, 1e-14);
        assert_eq!(Recipe::from_toml(&recipe.to_toml()).unwrap(), recipe);
    }
    let (inputs, _) = Inputs::from_csv(data.as_bytes(), meta(["a", "b", "c"]).as_bytes()).unwrap();
    let wrong = |text: &str| run(&inputs, &Recipe::from_toml(text).unwrap()).unwrap_err().to_string();
    let short = wrong("[weigh.below]\nR = { from = \"budget\", of = [\"a\", \"b\"], judges = [[1, 2]] }");
    assert_eq!(short, "judgement of \"c below R\" is not known");
    let everywhere = wrong("[weigh]\nby = { from = \"budget\", of = [\"a\"], judges = [[1]] }");
    assert!(everywhere.contains("[weigh.below.PARENT]"), "{everywhere}");
}

#[test]
fn the_benefit_of_the_doubt_in_its_variants_is_its_linear_programme() {
    let x = shares_of_best();
    // linprog(-mean, A_ub = x, b_ub = 1)
    let common = bod::common_weights(&x).unwrap();
    near(&common, &[0.0, 0.3858724301528734, 0.7912493410648394, 0.156035846072746], 1e-9);
    // linprog: max b, x_ij + b <= sum l_k x_kj, sum l <= 1; then 1/(1 + b)
    let even = bod::directional(&x, &[1.0; 4]).unwrap();
    let want = [
        0.6775389177168273,
        0.7120291616038882,
        0.7920277296360486,
        0.7922077922077922,
        0.6430581613508443,
        1.0,
    ];
    near(&even, &want, 1e-9);
    // in its own direction a unit gets its plain score
    let plain = bod::scores(&x, 0.0, 1.0).unwrap();
    for (i, own) in x.iter().enumerate() {
        near(&bod::directional(&x, own).unwrap()[i..=i], &plain[i..=i], 1e-9);
    }
}

#[test]
fn means_are_their_formulas() {
    let (x, w) = ([30.0, 60.0, 80.0, 45.0], [0.1, 0.2, 0.3, 0.4]);
    near(&[mean::power(&x, &w, -1.5)], &[50.539580095840385], 1e-13);
    near(&[mean::mpi(&x, mean::Penalty::Minus)], &[47.383720930232556], 1e-13);
    near(&[mean::mpi(&x, mean::Penalty::Plus)], &[60.116279069767444], 1e-13);
    near(&[mean::owa(&x, &w)], &[45.5], 1e-13);
    near(&[mean::owa(&x, &mean::owa_quantifier(4, 0.7 / 0.3))], &[41.42980512963526], 1e-13);
    // scipy brentq on t in v_k ~ exp(t (n-k)/(n-1)) for orness .3
    let v = mean::owa_weights(4, 0.3);
    near(&v, &[0.0983603275795237, 0.1646506735943224, 0.2756176700727839, 0.4613713287533699], 1e-12);
    near(&[mean::orness(&v), mean::owa(&x, &v)], &[0.3, 43.991801637897616], 1e-12);
    near(&mean::owa_weights(5, 0.5), &[0.2; 5], 1e-12);
    near(&[mean::mean_min(&x, &w, 0.5, 5.0)], &[45.77046978225402], 1e-13);
    let by = |rule: &str| {
        let data = "uCode,a,b,c,d\nX,30,60,80,45\nY,31,59,1,2\n";
        let meta = "iCode,Type,Parent,Direction,Weight\nR,Aggregate,,1,1\na,Indicator,R,1,1\nb,Indicator,R,1,2\nc,Indicator,R,1,3\nd,Indicator,R,1,4\n";
        let (inputs, _) = Inputs::from_csv(data.as_bytes(), meta.as_bytes()).unwrap();
        let text = format!("[normalise]\nto = {{ method = \"raw\" }}\n[aggregate]\nrule = {{ by = {rule} }}");
        run(&inputs, &Recipe::from_toml(&text).unwrap()).unwrap().index()[0]
    };
    near(&[by("\"ces\", elasticity = 0.5")], &[51.79856115107914], 1e-13);
    near(&[by("\"ces\", elasticity = 2")], &[55.703519410188576], 1e-13);
    near(&[by("\"bottleneck\", scale = 100")], &[52.55939673798433], 1e-13);
    let capacity = "capacity = { a = 0.2, b = 0.3, c = 0.1, d = 0.4, \"c+b\" = 0.7 }";
    near(&[by(&format!("\"choquet\", {capacity}"))], &[54.5], 1e-13);
    near(&[by("\"minimum\""), by("\"maximum\""), by("\"median\"")], &[30.0, 80.0, 52.5], 1e-13);
    near(&[by("\"harmonic\"")], &[1.0 / (0.1 / 30.0 + 0.2 / 60.0 + 0.3 / 80.0 + 0.4 / 45.0)], 1e-13);
}

#[test]
fn comparisons_of_units_are_their_formulas() {
    let x: Vec<Vec<f64>> = X.iter().map(|r| r.to_vec()).collect();
    let copeland = outrank::copeland(&x, &[1.0; 4]);
    near(&copeland, &[-8.0, -4.0, 0.0, 2.0, -10.0, 9.0, 6.0, -9.0, 11.0, 1.0, -4.0, 6.0], 0.0);
    let o = outrank::matrix(&x, &[1.0; 4]);
    near(&[o[0][1], o[0][7]], &[0.25, 0.5], 1e-15);
    let top = topsis::closeness(&shares_of_best(), &[1.0; 4]).unwrap();
    near(&top, &[0.1398041872905686, 0.247495955652502, 0.3670594364785089, 0.4237248919494583], 1e-13);
    let q = topsis::vikor(&x, &[1.0; 4], 0.5).unwrap();
    near(&q, &[0.9149810991801401, 0.7556914257631534, 0.6014128846818065, 0.5811586177656589], 1e-13);
}

#[test]
fn coherence_statistics_are_their_formulas() {
    let c = columns();
    let x = refs(&c);
    // scipy.stats.kendalltau of values with ties: its p-value is the normal one with ties
    let (a, b): (Vec<f64>, Vec<f64>) = (
        c[0].iter().map(|v| v.round_ties_even()).collect(),
        c[3].iter().map(|v| (v / 3.0).round_ties_even()).collect(),
    );
    near(&[kendall(&a, &b).unwrap()], &[0.8024612170498595], 1e-12);
    near(&[kendall_p(&a, &b).unwrap()], &[0.0008766436488870921], 1e-9);
    let (frame, _) = all_four();
    for (kind, r, p) in [
        (Correlation::Pearson, 0.4841870214753747, 0.11069202039890981),
        (Correlation::Spearman, 0.6573426573426573, 0.020185498509854093),
    ] {
        let pair = &coherence::correlate(&frame, &[("c0", "c2")], kind).unwrap()[0];
        near(&[pair.r.unwrap(), pair.p.unwrap()], &[r, p], 1e-9);
    }
    near(&[coherence::kmo(&x).unwrap().unwrap()], &[0.7355545279964614], 1e-11);
    let (chi, df, p) = coherence::bartlett(&x).unwrap();
    near(&[chi, df, p * 1e6], &[35.46444861076271, 6.0, 3.502494383682051], 1e-8);
    // scipy.cluster.hierarchy.linkage(zscore, "ward"), fcluster(.., 3, "maxclust") = 2 3 3 3 2 1 3 2 1 3 3 3
    let joins = structure::ward(&x).unwrap();
    let heights: Vec<f64> = joins.iter().map(|j| j.height).collect();
    near(&heights, &[0.7215712809137226, 0.7909657700335835, 0.8808002444044819, 1.105616514465867], 1e-11);
    near(&heights[9..], &[4.740644758226972, 6.237516496876462], 1e-11);
    assert_eq!(structure::cut(&joins, 3), [0, 1, 1, 1, 0, 2, 1, 0, 2, 1, 1, 1]);
}

fn all_four() -> (Frame, Vec<Vec<f64>>) {
    let units = std::sync::Arc::new(Units::of((0..12).map(|i| format!("U{i}"))));
    let list = (0..4).map(|j| (format!("c{j}"), column(j))).collect();
    (Frame::from_columns(units, list).unwrap(), columns())
}

//! Published indices rebuilt: Human Development Report 2023-24 (UNDP) and English Indices of Deprivation 2019.

use std::fmt::Write as _;

use index::{
    Inputs, Recipe,
    methods::{Gender, gdi, gii, imd_2019, round_half_up},
    run,
    stats::{Ties, rank_descending},
};

use crate::support::Csv;

/// The Human Development Index as a framework and a recipe.
const HDI_META: &str = "iCode,Type,Parent,Direction,Weight\nHDI,Aggregate,,1,1\nHealth,Aggregate,HDI,1,1\nEducation,Aggregate,HDI,1,1\nIncome,Aggregate,HDI,1,1\nle,Indicator,Health,1,1\neys,Indicator,Education,1,1\nmys,Indicator,Education,1,1\ngnipc,Indicator,Income,1,1\n";
const HDI_RECIPE: &str = r#"
name = "Human Development Index"
[treat.transform]
gnipc = { do = "log" }
[bound.only]
le = { method = "fixed", lower = 20, upper = 85 }
eys = { method = "fixed", lower = 0, upper = 18 }
mys = { method = "fixed", lower = 0, upper = 15 }
gnipc = { method = "fixed", lower = 4.605170185988092, upper = 11.225243392518447 }
[normalise]
to = { method = "min-max", from = 0, to = 1, cap = true }
[aggregate.only]
HDI = { by = "geometric" }
"#;

#[test]
fn every_published_human_development_index_is_rebuilt() {
    let (inputs, published) =
        (Csv::whole("hdi/hdi_inputs_1990_2022.csv"), Csv::whole("hdi/hdi_published_1990_2022.csv"));
    let mut data = String::from("uCode,Time,le,eys,mys,gnipc\n");
    for row in 0..inputs.rows.len() {
        let cell = |c| inputs.text(row, c);
        let _ = writeln!(
            data,
            "{},{},{},{},{},{}",
            cell("iso3"),
            cell("year"),
            cell("le"),
            cell("eys"),
            cell("mys"),
            cell("gnipc")
        );
    }
    let (tables, _) = Inputs::from_csv(data.as_bytes(), HDI_META.as_bytes()).unwrap();
    let r = run(&tables, &Recipe::from_toml(HDI_RECIPE).unwrap()).unwrap();
    let mut equal = 0;
    let at: std::collections::HashMap<(&str, &str), usize> =
        (0..inputs.rows.len()).map(|i| ((inputs.text(i, "iso3"), inputs.text(i, "year")), i)).collect();
    for row in 0..published.rows.len() {
        let i = at[&(published.text(row, "iso3"), published.text(row, "year"))];
        let ours = round_half_up(r.index()[i], 3);
        let theirs = published.num(row, "hdi");
        assert!(
            (ours - theirs).abs() < 1e-9,
            "{} {}: {ours} {theirs} ({})",
            published.text(row, "iso3"),
            published.text(row, "year"),
            r.index()[i]
        );
        equal += 1;
    }
    println!("HDI: {equal} of {} equal", published.rows.len());
    assert!(equal >= 894, "five years are kept with the code");
}

#[test]
fn every_published_gender_index_is_rebuilt() {
    let (inputs, published) =
        (Csv::load("hdi/gii_inputs_2022.csv"), Csv::load("hdi/gii_gdi_ihdi_published_2022.csv"));
    let at = inputs.by("iso3");
    let (mut giis, mut gdis) = (0, 0);
    for row in 0..published.rows.len() {
        let Some(&i) = at.get(published.text(row, "iso3")) else { continue };
        let x = |c| inputs.num(i, c);
        if !published.num(row, "gii_2022").is_nan() {
            let g = Gender {
                maternal_mortality: x("mmr_2022"),
                adolescent_births: x("abr_2022"),
                seats: (x("pr_f_2022"), x("pr_m_2022")),
                secondary: (x("se_f_2022"), x("se_m_2022")),
                labour: (x("lfpr_f_2022"), x("lfpr_m_2022")),
            };
            let (ours, theirs) = (round_half_up(gii(&g), 3), published.num(row, "gii_2022"));
            assert!((ours - theirs).abs() < 1e-9, "GII {}: {ours} {theirs}", published.text(row, "iso3"));
            giis += 1;
        }
        if !published.num(row, "gdi_2022").is_nan() && !x("hdi_f_2022").is_nan() {
            let (ours, theirs) =
                (round_half_up(gdi(x("hdi_f_2022"), x("hdi_m_2022")), 3), published.num(row, "gdi_2022"));
            assert!((ours - theirs).abs() < 1e-9, "GDI {}: {ours} {theirs}", published.text(row, "iso3"));
            gdis += 1;
        }
    }
    println!("GII: {giis} equal, GDI: {gdis} equal");
    assert_eq!((giis, gdis), (166, 166));
}

#[test]
fn the_english_index_of_deprivation_ranks_as_published() {
    let csv = Csv::whole("imd/imd2019_england_lsoa11.csv");
    let domains =
        ["Income", "Employment", "Education", "Health", "Crime", "Housing_and_Access", "Environment"]
            .map(|d| csv.numbers(&format!("{d}_rank")));
    let n = csv.rows.len();
    let published = csv.numbers("IMD_rank");
    if n < 32_844 {
        // The extract kept with the code: scores must fall as published ranks rise, but for near-ties.
        let score = |i: usize| imd_2019(&std::array::from_fn(|d| domains[d][i]), 32_844);
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by(|&a, &b| published[a].total_cmp(&published[b]));
        let wrong = order.windows(2).filter(|w| score(w[0]) + 1e-9 < score(w[1])).count();
        assert_eq!(wrong, 0, "pairs of {n} areas out of order");
        return;
    }
    let scores: Vec<f64> = (0..n).map(|i| imd_2019(&std::array::from_fn(|d| domains[d][i]), n)).collect();
    let ranks = rank_descending(&scores, Ties::Min);
    let equal = ranks.iter().zip(&published).filter(|(a, b)| a == b).count();
    let worst = ranks.iter().zip(&published).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    println!("IMD 2019: {equal} of {n} ranks equal, worst {worst}");
    assert!(equal >= 32_736 && worst <= 2.0, "{equal} equal, worst {worst}");
}

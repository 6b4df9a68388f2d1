//! Published indices as worked methods: what cannot be said by a recipe alone, or is worth a name.

/// Score of the English Index of Multiple Deprivation 2019 from ranks in the seven domains (1 the most deprived of
/// `n`), each put through the exponential transform and weighted 22.5, 22.5, 13.5, 13.5, 9.3, 9.3 and 9.3 %:
/// income, employment, education, health, crime, housing and access, environment.
///
/// Source: Ministry of Housing, Communities and Local Government, English Indices of Deprivation 2019, technical report.
pub fn imd_2019(ranks: &[f64; 7], n: usize) -> f64 {
    const W: [f64; 7] = [0.225, 0.225, 0.135, 0.135, 0.093, 0.093, 0.093];
    let n = n as f64;
    crate::sum::sum(
        ranks.iter().zip(W).map(|(r, w)| w * crate::stage::normalise::exponential((n + 1.0 - r) / n)),
    )
}

/// Rounds half up at `places` decimals, as published tables do. What is written as exactly half (within 1e-9 of the
/// last place) goes up.
pub fn round_half_up(x: f64, places: i32) -> f64 {
    let scale = 10f64.powi(places);
    (x * scale + 0.5 + 1e-9).floor() / scale
}

/// Inputs of the Gender Inequality Index of one country.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gender {
    /// Maternal deaths per 100,000 live births; cut to 10..1,000.
    pub maternal_mortality: f64,
    /// Births per 1,000 women of 15 to 19.
    pub adolescent_births: f64,
    /// Seats in parliament of women and men in percent; 0 counts as 0.1.
    pub seats: (f64, f64),
    /// Share with secondary education, women and men, in percent.
    pub secondary: (f64, f64),
    /// Labour force participation, women and men, in percent.
    pub labour: (f64, f64),
}

/// Gender Inequality Index, 0 (equal) to 1: one minus the harmonic mean of women's and men's geometric means over the
/// geometric mean of equally shared dimensions (UNDP, HDR 2023-24, technical note 4; after Seth 2009).
pub fn gii(g: &Gender) -> f64 {
    let mmr = g.maternal_mortality.clamp(10.0, 1_000.0);
    let share = |(a, b): (f64, f64)| (a.max(0.1) / 100.0, b.max(0.1) / 100.0);
    let ((pf, pm), (sf, sm), (lf, lm)) = (share(g.seats), share(g.secondary), share(g.labour));
    let health = (10.0 / mmr * (1.0 / g.adolescent_births)).sqrt();
    let women = (health * (pf * sf).sqrt() * lf).cbrt();
    let men = ((pm * sm).sqrt() * lm).cbrt();
    let harmonic = 2.0 / (1.0 / women + 1.0 / men);
    let equal = (f64::midpoint(health, 1.0)
        * f64::midpoint((pf * sf).sqrt(), (pm * sm).sqrt())
        * f64::midpoint(lf, lm))
    .cbrt();
    1.0 - harmonic / equal
}

/// Gender Development Index: women's Human Development Index over men's (technical note 3).
pub fn gdi(women: f64, men: f64) -> f64 {
    women / men
}

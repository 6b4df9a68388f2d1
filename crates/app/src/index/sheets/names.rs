//! Which indicator and which county a cell means: by code, by name in either language, by both together; a county
//! also by an abbreviation that fits one county only.

use super::County;
use domain::framework::Framework;
use sheet::fold;
use std::collections::BTreeMap;

/// Rows and columns that sum up the others; they are passed over.
const TOTALS: [&str; 14] = [
    "合计",
    "总计",
    "小计",
    "全市",
    "全市合计",
    "全市平均",
    "平均",
    "均值",
    "市本级合计",
    "total",
    "sum",
    "average",
    "mean",
    "city",
];

/// Whether a cell says that its row or column sums up others.
pub fn is_total(text: &str) -> bool {
    let folded = fold(text);
    TOTALS.contains(&folded.as_str())
}

/// Names of indicators and base figures.
pub struct Codes<'a> {
    by_name: BTreeMap<String, Vec<&'a str>>,
    units: BTreeMap<&'a str, &'a str>,
}

impl<'a> Codes<'a> {
    /// Of all indicators that are handed in, and of all base figures.
    pub fn new(framework: &'a Framework) -> Codes<'a> {
        let indicators = framework.indicators.iter().filter(|it| it.row.source.is_empty());
        let rows = indicators.map(|it| (&it.row.code, &it.row.name_zh, &it.row.name_en, &it.row.unit));
        let bases = framework.bases.iter().map(|it| (&it.code, &it.name_zh, &it.name_en, &it.unit));
        let mut by_name: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        let mut units = BTreeMap::new();
        for (code, zh, en, unit) in rows.chain(bases) {
            for name in [code.clone(), zh.clone(), en.clone(), format!("{code}{zh}"), format!("{code}{en}")] {
                let codes = by_name.entry(fold(&name)).or_default();
                if !codes.contains(&code.as_str()) {
                    codes.push(code);
                }
            }
            units.insert(code.as_str(), unit.as_str());
        }
        Codes { by_name, units }
    }

    /// The code that a text means, or why none.
    pub fn find(&self, text: &str) -> Result<&'a str, String> {
        match self.by_name.get(&fold(text)).map(Vec::as_slice) {
            Some([code]) => Ok(code),
            Some(codes) => Err(format!("{text:?} is the name of {}: write the code", codes.join(" and "))),
            None => Err(format!("{text:?} is no indicator of the framework that is handed in")),
        }
    }

    /// Its unit.
    pub fn unit(&self, code: &str) -> &'a str {
        self.units.get(code).copied().unwrap_or_default()
    }

    /// Every code with its names, to look for among column names.
    pub fn all(&self) -> BTreeMap<&'a str, Vec<String>> {
        let mut all: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for (name, codes) in &self.by_name {
            if let [code] = codes.as_slice() {
                all.entry(code).or_default().push(name.clone());
            }
        }
        all
    }
}

/// A county that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found<'a> {
    /// Which.
    pub county: &'a County,
    /// Whether it stood there abbreviated.
    pub abbreviated: bool,
}

/// The county that a text means, or why none.
pub fn find_county<'a>(counties: &'a [County], text: &str) -> Result<Found<'a>, String> {
    let wanted = fold(text);
    let exact = counties.iter().find(|it| {
        [&it.code, &it.name_zh, &it.name_en].into_iter().any(|name| fold(name) == wanted)
            || wanted == fold(&format!("{}{}", it.code, it.name_zh))
    });
    if let Some(county) = exact {
        return Ok(Found { county, abbreviated: false });
    }
    let fits: Vec<&County> = counties.iter().filter(|it| is_short_for(&wanted, &fold(&it.name_zh))).collect();
    match fits.as_slice() {
        [county] => Ok(Found { county, abbreviated: true }),
        [] => Err(format!("{text:?} is none of the {} counties: write its code or its name", counties.len())),
        _ => {
            let names: Vec<_> = fits.iter().map(|it| it.name_zh.as_str()).collect();
            Err(format!("{text:?} may mean {}: write its code or its whole name", names.join(" or ")))
        }
    }
}

/// Two characters or more that stand in the name in their order (高新区 for 高新技术产业开发区), or the name with
/// the city's before it.
fn is_short_for(short: &str, name: &str) -> bool {
    if short.chars().count() < 2 || name.is_empty() {
        return false;
    }
    if short.ends_with(name) {
        return true;
    }
    let mut rest = name.chars();
    short.chars().all(|c| rest.any(|other| other == c))
}

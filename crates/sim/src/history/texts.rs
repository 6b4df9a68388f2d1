//! Texts that read like real reports: patterns by class with slots, filled by chance.

use crate::chance::Chance;
use domain::class::Class;
use serde::Deserialize;
use std::collections::BTreeMap;
use thiserror::Error;

/// The texts of a bundle cannot be read.
#[derive(Debug, Error)]
#[error("{file}: {source}")]
pub struct BadTexts {
    file: &'static str,
    source: Box<toml::de::Error>,
}

/// Everything people write in the simulated city.
pub struct Texts {
    reports: Vec<(String, Vec<String>)>,
    handling: Vec<(String, Vec<String>)>,
    acts: BTreeMap<String, Vec<String>>,
    slots: Slots,
}

#[derive(Deserialize)]
struct Group {
    classes: Vec<String>,
    texts: Vec<String>,
}

#[derive(Deserialize)]
struct Reports {
    group: Vec<Group>,
}

#[derive(Deserialize)]
struct Acts {
    handling: Vec<Group>,
    #[serde(flatten)]
    lists: BTreeMap<String, Lines>,
}

#[derive(Deserialize)]
struct Lines {
    texts: Vec<String>,
}

/// The lists that fill slots, by table of the file of names.
struct Slots(BTreeMap<String, toml::Table>);

/// What a text is about.
pub struct About<'a> {
    /// The class.
    pub class: &'a Class,
    /// Name of the community.
    pub village: &'a str,
    /// Name of the handling unit; may be empty.
    pub unit: &'a str,
}

impl Texts {
    /// Reads `reports.toml`, `acts.toml` and `names.toml`.
    pub fn read(reports: &str, acts: &str, names: &str) -> Result<Texts, BadTexts> {
        let bad = |file| move |source| BadTexts { file, source: Box::new(source) };
        let reports: Reports = toml::from_str(reports).map_err(bad("reports.toml"))?;
        let acts: Acts = toml::from_str(acts).map_err(bad("acts.toml"))?;
        let names: BTreeMap<String, toml::Table> = toml::from_str(names).map_err(bad("names.toml"))?;
        let flat = |groups: Vec<Group>| {
            let each = |group: Group| {
                let texts = group.texts;
                group.classes.into_iter().map(move |prefix| (prefix, texts.clone()))
            };
            groups.into_iter().flat_map(each).collect()
        };
        Ok(Texts {
            reports: flat(reports.group),
            handling: flat(acts.handling),
            acts: acts.lists.into_iter().map(|(name, lines)| (name, lines.texts)).collect(),
            slots: Slots(names),
        })
    }

    /// What a reporter says.
    pub fn report(&self, chance: &mut Chance, about: &About<'_>) -> String {
        self.fill(chance, best(&self.reports, &about.class.code.0), about)
    }

    /// What a handler says when it is done.
    pub fn handling(&self, chance: &mut Chance, about: &About<'_>) -> String {
        self.fill(chance, best(&self.handling, &about.class.code.0), about)
    }

    /// A line of one of the other lists: `verify`, `return_reason`, `answer` and the like.
    pub fn act(&self, chance: &mut Chance, list: &str, about: &About<'_>) -> String {
        self.fill(chance, self.acts.get(list).map(Vec::as_slice), about)
    }

    /// Two road names make a place in words.
    pub fn place(&self, chance: &mut Chance) -> String {
        let spot = self.slots.word(chance, "spot");
        format!("{}{spot}", self.slots.word(chance, "road"))
    }

    /// A made-up name.
    pub fn person(&self, chance: &mut Chance) -> String {
        format!("{}{}", self.slots.of(chance, "people", "surnames"), self.slots.of(chance, "people", "given"))
    }

    fn fill(&self, chance: &mut Chance, patterns: Option<&[String]>, about: &About<'_>) -> String {
        let Some(pattern) = patterns.filter(|p| !p.is_empty()).map(|p| chance.one_of(p)) else {
            return about.class.name.zh.clone();
        };
        let mut out = String::with_capacity(pattern.len() + 32);
        let mut rest = pattern.as_str();
        while let Some((before, after)) = rest.split_once('{') {
            out.push_str(before);
            let Some((slot, tail)) = after.split_once('}') else { break };
            match slot {
                "class" => out.push_str(&about.class.name.zh),
                "village" => out.push_str(about.village),
                "unit" => out.push_str(about.unit),
                "thing" => out.push_str(about.class.name.zh.trim_end_matches("异常")),
                slot => out.push_str(&self.slots.word(chance, slot)),
            }
            rest = tail;
        }
        out.push_str(rest);
        out
    }
}

/// The texts whose beginning of codes fits and is longest.
fn best<'a>(groups: &'a [(String, Vec<String>)], code: &str) -> Option<&'a [String]> {
    let fitting = groups.iter().filter(|(prefix, _)| code.starts_with(prefix.as_str()));
    fitting.max_by_key(|(prefix, _)| prefix.len()).map(|(_, texts)| texts.as_slice())
}

impl Slots {
    fn of(&self, chance: &mut Chance, table: &str, list: &str) -> String {
        let words = self.0.get(table).and_then(|t| t.get(list)).and_then(toml::Value::as_array);
        let word = words.filter(|w| !w.is_empty()).map(|w| chance.one_of(w));
        word.and_then(toml::Value::as_str).unwrap_or_default().to_owned()
    }

    fn word(&self, chance: &mut Chance, slot: &str) -> String {
        match slot {
            "road" => self.of(chance, "roads", "heads") + &self.of(chance, "roads", "tails"),
            "cross" => format!("{}与{}路口", self.word(chance, "road"), self.word(chance, "road")),
            "estate" => self.of(chance, "estates", "heads") + &self.of(chance, "estates", "tails"),
            "build" => self
                .of(chance, "buildings", "patterns")
                .replace("{b}", &(1 + chance.below(24)).to_string())
                .replace("{u}", &(1 + chance.below(4)).to_string())
                .replace("{f}", &(1 + chance.below(18)).to_string()),
            "n" => (2 + chance.below(8)).to_string(),
            "m" => (3 + chance.below(58)).to_string(),
            "days" => self.of(chance, "times", "durations"),
            "who" => self.of(chance, "who", "list"),
            other => self.of(chance, &format!("{other}s"), "list"),
        }
    }
}

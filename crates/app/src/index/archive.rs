//! The archive of an edition: its materials and everything that came out of them, as tables that people and other
//! programs can read. Whoever has it can make the edition again and compare every byte.

use super::compute::{Computed, compute};
use super::materials::{Choices, EditionFault, KnownFigure, Materials, RankedArea};
use super::tables;
use crate::index::tables::Rows;
use domain::audit::sha256;
use domain::framework::FrameworkDoc;
use domain::month::Month;
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use thiserror::Error;

/// Files by name.
pub type Files = BTreeMap<String, Vec<u8>>;

/// The form of archives that this version writes and reads.
const FORM: u32 = 1;
const MANIFEST: &str = "manifest.json";
const FRAMEWORK: &str = "framework.json";
const CHOICES: &str = "choices.toml";
const AREAS: &str = "areas.csv";
const FIGURES: &str = "figures.csv";

/// What an archive says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Form of the archive.
    pub form: u32,
    /// The month it tells of.
    pub month: Month,
    /// 0 for the first edition of the month.
    pub revision: u32,
    /// Figures count that were signed until then.
    pub known: Timestamp,
    /// Version of the framework's document.
    pub framework_version: u32,
    /// Version of the program that made it.
    pub made_by: String,
    /// SHA-256 of each other file, in hex.
    pub files: BTreeMap<String, String>,
}

/// Why an archive cannot be read or made again.
#[derive(Debug, Error)]
pub enum ArchiveFault {
    /// A file is not there.
    #[error("the archive has no {0}: it is not one of an edition, or is cut off")]
    Missing(&'static str),
    /// A file cannot be read.
    #[error("{file} of the archive cannot be read: {why}")]
    Unreadable {
        /// Which.
        file: &'static str,
        /// Why.
        why: String,
    },
    /// Another form.
    #[error("the archive is of form {0}, and this version reads form {FORM}: take the version that made it")]
    Form(u32),
    /// It cannot be made.
    #[error(transparent)]
    Edition(#[from] EditionFault),
}

/// A file that is not what comes out of the materials.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Differing {
    /// Its name.
    pub file: String,
    /// In words: `missing`, `not of the edition`, or the first line that differs.
    pub how: String,
}

/// Everything of an edition as files.
pub fn files(it: &Materials, made: &Computed) -> Files {
    files_by(it, made, made_by())
}

fn files_by(it: &Materials, made: &Computed, made_by: String) -> Files {
    let mut files = tables::outcome(it, made);
    let json = serde_json::to_vec_pretty(&it.framework).expect("a framework is plain data");
    files.insert(FRAMEWORK.to_owned(), json);
    let choices = toml::to_string(&it.choices).expect("choices are plain numbers");
    files.insert(CHOICES.to_owned(), choices.into_bytes());
    let mut areas = Rows::new(&["code", "name_zh", "name_en"]);
    for area in &it.areas {
        areas.add([area.code.clone(), area.name_zh.clone(), area.name_en.clone()]);
    }
    files.insert(AREAS.to_owned(), areas.bytes());
    files.insert(FIGURES.to_owned(), figures(&it.figures));
    let hashes = files.iter().map(|(name, bytes)| (name.clone(), sha256(bytes).to_string())).collect();
    let manifest = Manifest {
        form: FORM,
        month: it.month,
        revision: it.revision,
        known: it.known,
        framework_version: it.framework_version,
        made_by,
        files: hashes,
    };
    let json = serde_json::to_vec_pretty(&manifest).expect("a manifest is plain data");
    files.insert(MANIFEST.to_owned(), json);
    files
}

/// The version that makes archives now.
pub fn made_by() -> String {
    format!("gridward {}", env!("CARGO_PKG_VERSION"))
}

fn figures(list: &[KnownFigure]) -> Vec<u8> {
    let mut rows = Rows::new(&[
        "indicator",
        "area",
        "month",
        "num",
        "den",
        "value",
        "se",
        "n",
        "remark",
        "vintage",
        "intake",
        "signed",
    ]);
    let mut sorted: Vec<&KnownFigure> = list.iter().collect();
    sorted.sort_by(|a, b| (&a.indicator, &a.area, a.month).cmp(&(&b.indicator, &b.area, b.month)));
    for it in sorted {
        let number = |x: Option<f64>| x.map_or_else(String::new, ::index::io::number);
        rows.add([
            it.indicator.clone(),
            it.area.clone(),
            it.month.to_string(),
            number(it.num),
            number(it.den),
            number(it.value),
            number(it.se),
            number(it.n),
            it.remark.clone().unwrap_or_default(),
            it.vintage.to_string(),
            it.intake.to_string(),
            it.signed.to_string(),
        ]);
    }
    rows.bytes()
}

/// What an archive says of itself.
pub fn manifest(files: &Files) -> Result<Manifest, ArchiveFault> {
    let manifest: Manifest = json(files, MANIFEST)?;
    if manifest.form == FORM { Ok(manifest) } else { Err(ArchiveFault::Form(manifest.form)) }
}

/// Name of the whole, above the first level of an archive's framework.
pub fn root(files: &Files) -> Result<String, ArchiveFault> {
    let framework: FrameworkDoc = json(files, FRAMEWORK)?;
    let top = framework.rows.into_iter().find(|row| row.level == 1);
    top.map(|row| row.parent).ok_or_else(|| unreadable(FRAMEWORK, &"it has no level 1"))
}

/// What the edition of an archive was made of.
pub fn materials(files: &Files) -> Result<Materials, ArchiveFault> {
    let manifest = manifest(files)?;
    let framework: FrameworkDoc = json(files, FRAMEWORK)?;
    let choices = std::str::from_utf8(bytes(files, CHOICES)?).map_err(|why| unreadable(CHOICES, &why))?;
    let choices: Choices = toml::from_str(choices).map_err(|why| unreadable(CHOICES, &why))?;
    let areas: Vec<RankedArea> = rows(files, AREAS)?;
    let figures: Vec<KnownFigure> = rows(files, FIGURES)?;
    Ok(Materials {
        month: manifest.month,
        revision: manifest.revision,
        known: manifest.known,
        framework_version: manifest.framework_version,
        framework,
        choices,
        areas,
        figures,
    })
}

/// Makes the edition of an archive again, and tells every file that is not the same. None: equal in every byte; the name
/// of the version that made it is taken over, so that a later one can say that it makes the same.
pub fn rebuild(kept: &Files) -> Result<(Computed, Vec<Differing>), ArchiveFault> {
    let materials = materials(kept)?;
    let made = compute(&materials)?;
    let again = files_by(&materials, &made, manifest(kept)?.made_by);
    let mut found = Vec::new();
    let differing = |file: &String, how: String| Differing { file: file.clone(), how };
    for (name, bytes) in &again {
        match kept.get(name) {
            None => found.push(differing(name, "missing".to_owned())),
            Some(old) if old == bytes => {}
            Some(old) => found.push(differing(name, first_difference(old, bytes))),
        }
    }
    let strange = kept.keys().filter(|name| !again.contains_key(*name));
    found.extend(strange.map(|name| differing(name, "not of the edition".to_owned())));
    Ok((made, found))
}

fn first_difference(kept: &[u8], again: &[u8]) -> String {
    let (kept, again) = (String::from_utf8_lossy(kept), String::from_utf8_lossy(again));
    let (mut old, mut new) = (kept.lines(), again.lines());
    for line in 1.. {
        let short =
            |text: Option<&str>| text.map_or("the end".to_owned(), |it| it.chars().take(80).collect());
        match (old.next(), new.next()) {
            (None, None) => break,
            (a, b) if a == b => {}
            (a, b) => return format!("line {line} is {:?}, and comes out as {:?}", short(a), short(b)),
        }
    }
    "line ends differ".to_owned()
}

fn bytes<'a>(files: &'a Files, name: &'static str) -> Result<&'a [u8], ArchiveFault> {
    files.get(name).map(Vec::as_slice).ok_or(ArchiveFault::Missing(name))
}

fn json<T: DeserializeOwned>(files: &Files, name: &'static str) -> Result<T, ArchiveFault> {
    serde_json::from_slice(bytes(files, name)?).map_err(|why| unreadable(name, &why))
}

fn rows<T: DeserializeOwned>(files: &Files, name: &'static str) -> Result<Vec<T>, ArchiveFault> {
    let mut reader = csv::Reader::from_reader(bytes(files, name)?);
    reader.deserialize().collect::<Result<_, _>>().map_err(|why| unreadable(name, &why))
}

fn unreadable(file: &'static str, why: &dyn ToString) -> ArchiveFault {
    ArchiveFault::Unreadable { file, why: why.to_string() }
}

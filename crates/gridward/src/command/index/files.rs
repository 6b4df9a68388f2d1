//! Tables and recipes from files, results into a folder.

use super::words::Tables;
use crate::out::{Failed, because, plain};
use index::sensitivity::Study;
use index::{IndexError, Inputs, Note, Recipe};
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// What was read.
pub struct Read {
    pub recipe: Recipe,
    pub inputs: Inputs,
    /// Remarks of the reading.
    pub notes: Vec<Note>,
}

pub fn read(tables: &Tables) -> Result<Read, Failed> {
    let recipe = match &tables.recipe {
        Some(path) => recipe(path)?,
        None => Recipe::default(),
    };
    let (data, meta) = (bytes(&tables.idata)?, bytes(&tables.imeta)?);
    let (inputs, notes) = Inputs::from_csv(&data, &meta).map_err(|wrong| at(tables, wrong))?;
    Ok(Read { recipe, inputs, notes })
}

/// Which files an error is about.
pub fn at(tables: &Tables, wrong: IndexError) -> Failed {
    let (data, meta) = (tables.idata.display(), tables.imeta.display());
    because(format!("iData {data}, iMeta {meta}"), wrong)
}

pub fn recipe(path: &Path) -> Result<Recipe, Failed> {
    Recipe::from_toml(&text(path)?).map_err(|wrong| because(path.display().to_string(), wrong))
}

pub fn study(path: &Path) -> Result<Study, Failed> {
    Study::from_toml(&text(path)?).map_err(|wrong| because(path.display().to_string(), wrong))
}

/// The largest table that is read, in bytes: a hundred times a city of 8,930 grids by 88 indicators.
const LARGEST: u64 = 1 << 30;

fn bytes(path: &Path) -> Result<Vec<u8>, Failed> {
    let cannot = |error| because(format!("cannot read {}", path.display()), error);
    let file = File::open(path).map_err(cannot)?;
    let too_large =
        || plain(format!("{}: more than {LARGEST} bytes, which no table of indicators has", path.display()));
    if file.metadata().map_err(cannot)?.len() > LARGEST {
        return Err(too_large());
    }
    // What is no plain file does not say its length.
    let mut bytes = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(cannot)?;
    if bytes.len() as u64 > LARGEST { Err(too_large()) } else { Ok(bytes) }
}

fn text(path: &Path) -> Result<String, Failed> {
    fs::read_to_string(path).map_err(|error| because(format!("cannot read {}", path.display()), error))
}

/// A folder that is written to, and what was written.
pub struct Folder {
    path: PathBuf,
    pub written: Vec<String>,
}

impl Folder {
    pub fn make(path: &Path) -> Result<Self, Failed> {
        fs::create_dir_all(path)
            .map_err(|error| because(format!("cannot make {}", path.display()), error))?;
        Ok(Self { path: path.to_owned(), written: Vec::new() })
    }

    pub fn write(&mut self, name: &str, text: &str) -> Result<(), Failed> {
        let path = self.path.join(name);
        fs::write(&path, text).map_err(|error| because(format!("cannot write {}", path.display()), error))?;
        self.written.push(name.to_owned());
        Ok(())
    }

    /// A table that is not keyed by unit.
    pub fn table(&mut self, name: &str, head: &[&str], rows: &[Vec<String>]) -> Result<(), Failed> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let all = std::iter::once(head.iter().map(|&it| it.to_owned()).collect()).chain(rows.iter().cloned());
        for row in all {
            let row: Vec<String> = row;
            writer.write_record(&row).map_err(|error| because(format!("cannot write {name}"), error))?;
        }
        let bytes = writer.into_inner().expect("a list of bytes takes all that is written");
        self.write(name, &String::from_utf8(bytes).expect("made of texts"))
    }
}

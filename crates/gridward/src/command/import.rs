//! `import`: opens and unpacks files, writes the rejected rows, tells what was done.

use super::Here;
use crate::cli::{Import, ImportAreas, ImportCases, Plain};
use crate::out::{End, Failed, bar, because, give, give_json, plain, say};
use app::area::import::{read_csv, read_geojson};
use app::import::{
    ImportError, Imported, Mapping, Rejected, Told, import_areas, import_cases, import_classes,
};
use app::people;
use flate2::read::MultiGzDecoder;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

pub async fn import(here: &Here, import: Import) -> Result<End, Failed> {
    match import {
        Import::Areas(plain) => areas(here, plain).await,
        Import::Units(plain) => units(here, plain).await,
        Import::Classes(plain) => classes(here, plain).await,
        Import::Cases(cases) => self::cases(here, cases).await,
    }
}

async fn areas(here: &Here, args: ImportAreas) -> Result<End, Failed> {
    let file = &args.plain.file;
    let mut read = read_csv(&whole(file)?);
    if let Some(outlines) = &args.outlines {
        let crs = args.crs.parse().map_err(|why| plain(format!("--crs {:?}: {why}", args.crs)))?;
        read.with_outlines(read_geojson(&whole(outlines)?, crs));
    }
    let app = here.app(&args.plain.db).await?;
    let root = app.city().root().map_or(domain::id::AreaId(1), |root| root.id);
    let done = import_areas(&app, &people::system(root), &read, args.on, args.preview).await;
    app.store.close().await;
    let done = done.and_then(|done| done.or_unfit(args.preview)).map_err(cannot(file))?;
    done.findings.iter().for_each(|finding| say(&finding.to_string()));
    told(args.plain.json, &serde_json::to_value(&done).expect("a report is plain data"))?;
    Ok(End::Done)
}

async fn units(here: &Here, args: Plain) -> Result<End, Failed> {
    let app = here.app(&args.db).await?;
    let root = app.city().root().map(|root| root.id);
    let root = root.ok_or_else(|| plain("there is no city yet: import its areas first"))?;
    let done = app.people.import_units(&people::system(root), &whole(&args.file)?).await;
    let done = done.map_err(ImportError::App).map_err(cannot(&args.file))?;
    let result = serde_json::json!({ "added": done.added, "changed": done.changed, "same": done.same });
    told(args.json, &result)?;
    app.store.close().await;
    Ok(End::Done)
}

async fn classes(here: &Here, args: Plain) -> Result<End, Failed> {
    let app = here.app(&args.db).await?;
    let (n, changed) = import_classes(&app, &whole(&args.file)?).await.map_err(cannot(&args.file))?;
    told(args.json, &serde_json::json!({ "classes": n, "changed": changed }))?;
    app.store.close().await;
    Ok(End::Done)
}

async fn cases(here: &Here, args: ImportCases) -> Result<End, Failed> {
    let file = &args.plain.file;
    let mapping = mapping(&args.mapping)?;
    let unpacked = open(file)?;
    let app = here.app(&args.plain.db).await?;
    let mut rejects = Rejects::new(args.rejected.unwrap_or_else(|| beside(file)));
    let bar = bar("cases");
    let done = import_cases(
        &app,
        &mapping,
        unpacked,
        &mut Told {
            rejected: &mut |rejected| rejects.write(&rejected),
            progress: &mut |done, of| {
                bar.set_length(of);
                bar.set_position(done);
            },
        },
    )
    .await
    .map_err(cannot(file))?;
    bar.finish_and_clear();
    let path = rejects.end()?;
    app.store.close().await;
    if args.plain.json {
        let mut result = serde_json::to_value(&done).expect("a report is plain data");
        result["rejected_rows"] = serde_json::json!(path);
        give_json(&result)?;
    } else {
        report(&done, path.as_deref())?;
    }
    Ok(if args.strict && done.n_rejected > 0 { End::Found } else { End::Done })
}

fn report(done: &Imported, rejected: Option<&Path>) -> Result<(), Failed> {
    give(&format!(
        "{} rows tell of {} cases: {} closed, {} open",
        done.n_rows, done.n_cases, done.n_closed, done.n_open
    ))?;
    give(&format!(
        "{} new, {} moved on, {} here already, {} left alone because they were acted on here",
        done.n_new, done.n_moved, done.n_same, done.n_left_alone
    ))?;
    give(&format!(
        "{} numbers come more than once: {} with another closing became one case reopened once (the last closing \
         counts), {} told nothing new",
        done.n_numbers_repeated, done.n_reopened, done.n_told_twice
    ))?;
    give(&format!(
        "{} cases without a place are kept, marked, and put to the city as a whole",
        done.n_without_place
    ))?;
    if done.n_area_unknown > 0 {
        give(&format!(
            "{} cases name an area the city does not have: put to the city as a whole",
            done.n_area_unknown
        ))?;
    }
    match rejected {
        Some(path) => {
            give(&format!("{} rows rejected, each with its reason: {}", done.n_rejected, path.display()))
        }
        None => give("no row rejected"),
    }
}

fn told(json: bool, result: &serde_json::Value) -> Result<(), Failed> {
    if json {
        return give_json(result);
    }
    // Figures; what was found has been told line by line.
    let pairs = result.as_object().into_iter().flatten().filter(|(_, value)| !value.is_array());
    say(&pairs
        .map(|(key, value)| format!("{}: {value}", key.replace('_', " ")))
        .collect::<Vec<_>>()
        .join(", "));
    Ok(())
}

/// The rows left out, with line and reason before them; the file is made with the first.
struct Rejects {
    path: PathBuf,
    to: Option<csv::Writer<File>>,
    failed: Option<Failed>,
}

impl Rejects {
    fn new(path: PathBuf) -> Rejects {
        Rejects { path, to: None, failed: None }
    }

    fn write(&mut self, rejected: &Rejected) {
        if self.failed.is_none() {
            self.failed = self.try_write(rejected).err();
        }
    }

    fn try_write(&mut self, rejected: &Rejected) -> Result<(), Failed> {
        let doing = format!("cannot write {}", self.path.display());
        let to = if let Some(to) = &mut self.to {
            to
        } else {
            let file = File::create(&self.path).map_err(|error| because(doing.clone(), error))?;
            let mut to = csv::WriterBuilder::new().flexible(true).from_writer(file);
            to.write_record(["line", "number", "reason", "row"]).map_err(|e| because(doing.clone(), e))?;
            self.to.insert(to)
        };
        let line = rejected.line.to_string();
        let told = [line.as_str(), &rejected.outside_no, &rejected.why];
        to.write_record(told.into_iter().chain(rejected.row.iter().map(String::as_str)))
            .map_err(|error| because(doing, error))
    }

    /// The file, if a row was left out.
    fn end(self) -> Result<Option<PathBuf>, Failed> {
        if let Some(failed) = self.failed {
            return Err(failed);
        }
        let Some(mut to) = self.to else { return Ok(None) };
        let doing = format!("cannot write {}", self.path.display());
        to.flush().map_err(|error| because(doing, error))?;
        Ok(Some(self.path))
    }
}

fn mapping(path: &Path) -> Result<Mapping, Failed> {
    let text = std::fs::read_to_string(path).map_err(|error| because(cannot_read(path), error))?;
    toml::from_str(&text).map_err(|error| because(format!("{} is no mapping", path.display()), error))
}

/// The file, unpacked as it is read when its name ends in `.gz`.
fn open(path: &Path) -> Result<Box<dyn Read + Send>, Failed> {
    let file = File::open(path).map_err(|error| because(cannot_read(path), error))?;
    let is_packed = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("gz"));
    Ok(if is_packed { Box::new(MultiGzDecoder::new(BufReader::new(file))) } else { Box::new(file) })
}

/// The whole of a small file: areas, units, classes.
pub(super) fn whole(path: &Path) -> Result<Vec<u8>, Failed> {
    let mut bytes = Vec::new();
    open(path)?.read_to_end(&mut bytes).map_err(|error| because(cannot_read(path), error))?;
    Ok(bytes)
}

fn beside(file: &Path) -> PathBuf {
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    PathBuf::from(format!("{}.rejected.csv", name.trim_end_matches(".gz").trim_end_matches(".csv")))
}

fn cannot_read(path: &Path) -> String {
    format!("cannot read {}", path.display())
}

fn cannot(path: &Path) -> impl Fn(ImportError) -> Failed {
    let doing = format!("cannot import {}", path.display());
    move |error| because(doing.clone(), error)
}

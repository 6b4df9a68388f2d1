//! A city's open data replayed as cases, by the program itself; beside as many bare rows into the same database.

use super::machine::Machine;
use super::{Figures, Measured};
use crate::cli::Bench;
use crate::out::{Failed, because, plain, say};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use store::{Store, engine};

/// Submitters of the bare rows: as many as an import has rows in one commit.
const SUBMITTERS: usize = 512;

/// Measures it; `None`, with a line why, when the file is not there.
pub async fn run(args: &Bench) -> Result<Option<Measured>, Failed> {
    let machine = Machine::here();
    let (example, file) = (Path::new("examples/chicago"), args.file.clone());
    if !example.is_dir() || !file.exists() {
        say(&format!(
            "import left out: it wants to be run where {} and {} are (--file names another)",
            example.display(),
            file.display()
        ));
        return Ok(None);
    }
    let folder = std::env::temp_dir().join(format!("gridward-bench-{}", uuid::Uuid::now_v7().simple()));
    std::fs::create_dir_all(&folder).map_err(|error| because("cannot make a temporary folder", error))?;
    let url = args.db.db.clone();
    let url = url.unwrap_or_else(|| format!("sqlite:{}", folder.join("city.db").display()));
    let measured = measure(example, &file, &url, &folder).await;
    let _nothing_there = std::fs::remove_dir_all(&folder);
    let (took, n_rows, database, raw) = measured?;
    Ok(Some(Measured {
        what: "import",
        database,
        goal: "74,401 rows within 60 s".to_owned(),
        met: took <= Duration::from_mins(1),
        figures: Figures::from([("seconds", took.as_secs_f64()), ("rows", n_rows)]),
        raw: Figures::from([("one_small_row_per_s", raw), ("as_small_rows_seconds", n_rows / raw)]),
        of_raw_pct: None,
        machine,
    }))
}

async fn measure(
    example: &Path,
    file: &Path,
    url: &str,
    folder: &Path,
) -> Result<(Duration, f64, &'static str, f64), Failed> {
    let store = Store::open(url).await.map_err(|fault| because("cannot open the database", fault))?;
    if store::area::tree_version(&store).await? != 0 {
        return Err(plain("import is measured on an empty database; --db names one with a city"));
    }
    let raw = engine::baseline(&store, SUBMITTERS, Duration::from_secs(3)).await?.per_second();
    let database = store.dialect().pick("sqlite", "postgres");
    store.close().await;
    let areas = folder.join("areas.csv");
    let wards = (1..=50).map(|ward| format!("1701{ward:02},1701,第{ward}区,Ward {ward},district\n"));
    let text =
        format!("code,parent,name_zh,name_en,kind\n1701,,CITY,City,city\n{}", wards.collect::<String>());
    std::fs::write(&areas, text).map_err(|error| because("cannot write the areas", error))?;
    itself(&["import", "areas"], &[areas], url)?;
    itself(&["import", "units"], &[example.join("units.csv")], url)?;
    itself(&["import", "classes"], &[example.join("classes.csv")], url)?;
    let begun = Instant::now();
    let rejected = folder.join("rejected.csv");
    let cases = [example.join("mapping.toml"), file.to_owned(), "--rejected".into(), rejected];
    let said = itself(&["import", "cases", "--mapping"], &cases, url)?;
    let took = begun.elapsed();
    let done: serde_json::Value =
        serde_json::from_str(&said).map_err(|error| because("the import said something else", error))?;
    Ok((took, done["n_rows"].as_f64().unwrap_or(0.0), database, raw))
}

/// Runs this program to its end; what it said.
fn itself(words: &[&str], paths: &[PathBuf], url: &str) -> Result<String, Failed> {
    let program = std::env::current_exe().map_err(|error| because("cannot find this program", error))?;
    let done = Command::new(program).args(words).args(paths).args(["--json", "--db", url]).output();
    let done = done.map_err(|error| because("cannot run this program", error))?;
    if !done.status.success() {
        return Err(plain(format!("{} failed: {}", words.join(" "), String::from_utf8_lossy(&done.stderr))));
    }
    Ok(String::from_utf8_lossy(&done.stdout).trim().to_owned())
}

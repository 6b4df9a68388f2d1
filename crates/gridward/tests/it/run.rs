//! Running the program, and a city to run it on.

use serde_json::Value;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use store::testing::Fresh;

/// A folder of its own, gone afterwards.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Folder {
        let path = std::env::temp_dir().join(format!("gridward-cli-{}", uuid::Uuid::now_v7().simple()));
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    pub fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _gone = std::fs::remove_dir_all(&self.0);
    }
}

pub fn gridward(args: &[&str]) -> Output {
    with(args, &[])
}

pub fn with(args: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gridward"));
    for name in ["DATABASE_URL", "DATA", "LISTEN", "PORT", "CONFIG", "KEYS"] {
        command.env_remove(format!("GRIDWARD_{name}"));
    }
    command.args(args).envs(variables.iter().copied()).env("RUST_LOG", "warn").output().unwrap()
}

/// Standard output of a run that must end with this code.
pub fn text(output: &Output, code: i32) -> String {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{errors}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub fn json(output: &Output, code: i32) -> Value {
    serde_json::from_str(text(output, code).trim()).unwrap()
}

pub fn example(name: &str) -> String {
    format!("{}/../../examples/chicago/{name}", env!("CARGO_MANIFEST_DIR"))
}

pub fn extract() -> String {
    std::fs::read_to_string(format!("{}/tests/data/complaints.csv", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// Areas, unit and class of the example.
pub fn a_city(folder: &Folder, url: &str) {
    let mut areas = b"code,parent,name_zh,name_en,kind\n1701,,CITY,City,city\n".to_vec();
    for ward in 1..=50 {
        writeln!(areas, "1701{ward:02},1701,第{ward}区,Ward {ward},district").unwrap();
    }
    let areas = folder.file("areas.csv", areas);
    let (units, classes) = (example("units.csv"), example("classes.csv"));
    for (what, file) in [("areas", areas.to_str().unwrap()), ("units", &units), ("classes", &classes)] {
        text(&gridward(&["import", what, file, "--db", url]), 0);
    }
}

/// Imports a file; its report.
pub fn import(folder: &Folder, url: &str, file: &Path) -> Value {
    let rejected = folder.path("rejected.csv");
    let mapping = example("mapping.toml");
    let file = file.to_str().unwrap();
    let args = ["import", "cases", "--mapping", &mapping, file, "--db", url, "--json", "--rejected"];
    json(&gridward(&[args.as_slice(), &[rejected.to_str().unwrap()]].concat()), 0)
}

/// Runs on a fresh database of each kind.
pub fn on_both(test: impl Fn(&str)) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let all = runtime.block_on(Fresh::both());
    for fresh in &all {
        test(&fresh.url);
    }
}

/// Says on standard error why a part was left out.
pub fn skipped(why: &str) {
    let _nobody_listens = writeln!(std::io::stderr(), "skipped: {why}");
}

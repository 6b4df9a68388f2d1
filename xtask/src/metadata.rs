//! What `cargo metadata` tells about crates, reduced to what the rules and the notices ask.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// A crate and what its manifest asks for.
#[derive(Debug, Clone, Default)]
pub struct Package {
    /// Name in the manifest.
    pub name: String,
    /// Version as written.
    pub version: String,
    /// SPDX expression, where the manifest has one.
    pub license: Option<String>,
    /// Where its source lives, where the manifest says so.
    pub repository: Option<String>,
    /// Path of the manifest from the workspace root; the full path for a crate from elsewhere.
    pub manifest: String,
    /// Direct dependencies.
    pub dependencies: Vec<Dependency>,
    /// Cargo's own name for this package, as the resolve graph uses it.
    pub id: String,
}

/// One line under `[dependencies]`, `[dev-dependencies]` or `[build-dependencies]`.
#[derive(Debug, Clone)]
pub struct Dependency {
    /// Name of the package asked for.
    pub name: String,
    /// Only for tests, benches and examples?
    pub dev: bool,
}

/// The crates of the workspace at `root`. Reads no registry.
pub fn workspace(root: &Path) -> Result<Vec<Package>, String> {
    Ok(packages(&run(root, &["--no-deps"])?, root))
}

/// Every crate that the lock file holds, and the resolve graph as Cargo prints it.
pub fn locked(root: &Path) -> Result<(Vec<Package>, Value), String> {
    let answer = run(root, &["--locked"])?;
    let resolve = answer["resolve"].clone();
    Ok((packages(&answer, root), resolve))
}

fn run(root: &Path, more: &[&str]) -> Result<Value, String> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let answer = Command::new(cargo)
        .args(["metadata", "--format-version", "1"])
        .args(more)
        .current_dir(root)
        .output()
        .map_err(|error| format!("cannot run cargo metadata: {error}"))?;
    if !answer.status.success() {
        return Err(format!("cargo metadata: {}", String::from_utf8_lossy(&answer.stderr).trim()));
    }
    serde_json::from_slice(&answer.stdout).map_err(|error| format!("cargo metadata printed no JSON: {error}"))
}

fn packages(answer: &Value, root: &Path) -> Vec<Package> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    list(&answer["packages"])
        .iter()
        .map(|package| {
            let manifest = text(&package["manifest_path"]).unwrap_or_default();
            let near = Path::new(&manifest).strip_prefix(root).map(|path| path.display().to_string());
            Package {
                name: text(&package["name"]).unwrap_or_default(),
                version: text(&package["version"]).unwrap_or_default(),
                license: text(&package["license"]),
                repository: text(&package["repository"]),
                manifest: near.unwrap_or(manifest),
                id: text(&package["id"]).unwrap_or_default(),
                dependencies: list(&package["dependencies"])
                    .iter()
                    .map(|dependency| Dependency {
                        name: text(&dependency["name"]).unwrap_or_default(),
                        dev: dependency["kind"] == "dev",
                    })
                    .collect(),
            }
        })
        .collect()
}

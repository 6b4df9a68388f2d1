//! The files a rule may read: what git tracks, and what it would track if added. Nothing generated.
//!
//! Rules never touch the disk themselves, so that a test can plant a violation in a tree of two lines.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use crate::metadata::{self, Package};

/// Files larger than this are data; their text is not read.
const LARGEST_TEXT: u64 = 2 * 1024 * 1024;

/// The repository as the rules see it.
#[derive(Debug, Default)]
pub struct Tree {
    /// Path from the root, with `/`, to the text; `None` for a binary or a file over two MiB.
    pub files: BTreeMap<String, Option<String>>,
    /// The crates of this workspace.
    pub packages: Vec<Package>,
}

impl Tree {
    /// Reads the working tree at `root`.
    pub fn read(root: &Path) -> Result<Self, String> {
        let mut files = BTreeMap::new();
        for path in listed_by_git(root)? {
            let full = root.join(&path);
            let Ok(meta) = std::fs::metadata(&full) else { continue }; // deleted, not yet committed
            let text =
                (meta.is_file() && meta.len() <= LARGEST_TEXT).then(|| std::fs::read(&full).ok()).flatten();
            files.insert(path, text.and_then(|bytes| String::from_utf8(bytes).ok()));
        }
        Ok(Self { files, packages: metadata::workspace(root)? })
    }

    /// Every readable file as `(path, text)`, in the order of paths.
    pub fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().filter_map(|(path, text)| Some((path.as_str(), text.as_deref()?)))
    }

    /// The text of one file, if it is there and readable.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path)?.as_deref()
    }

    /// Is there a file at `path`, or a folder with files under it?
    pub fn has(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        self.files.contains_key(path) || {
            let folder = format!("{path}/");
            self.files.range(folder.clone()..).next().is_some_and(|(found, _)| found.starts_with(&folder))
        }
    }
}

#[cfg(test)]
impl Tree {
    /// A tree of the given files, for planting violations.
    pub fn of(files: &[(&str, &str)]) -> Self {
        let files = files.iter().map(|(path, text)| ((*path).to_owned(), Some((*text).to_owned()))).collect();
        Self { files, packages: Vec::new() }
    }
}

fn listed_by_git(root: &Path) -> Result<Vec<String>, String> {
    let answer = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .output()
        .map_err(|error| format!("cannot run git: {error}"))?;
    if !answer.status.success() {
        return Err(format!(
            "git cannot list the files of {}: {}",
            root.display(),
            String::from_utf8_lossy(&answer.stderr).trim()
        ));
    }
    let text = String::from_utf8_lossy(&answer.stdout);
    Ok(text.split('\0').filter(|path| !path.is_empty()).map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_there_when_a_file_is_under_it() {
        let tree = Tree::of(&[("docs/design/001-a.md", "")]);
        assert!(tree.has("docs") && tree.has("docs/design/") && tree.has("docs/design/001-a.md"));
        assert!(!tree.has("doc") && !tree.has("docs/des") && !tree.has("docs/design/002-b.md"));
    }

    #[test]
    fn this_repository_can_be_read() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let tree = Tree::read(root).unwrap();
        assert!(tree.text("xtask/src/tree.rs").unwrap().contains("this_repository_can_be_read"));
        assert!(tree.packages.iter().any(|package| package.name == "domain"));
    }
}

//! `docs/index/tutorial.md` as its reader follows it: every command is run, every printed line is looked for.

use super::run::Folder;
use std::path::Path;
use std::process::Command;

const TUTORIAL: &str = include_str!("../../../../docs/index/tutorial.md");

struct Block {
    /// What stands behind the opening fence.
    kind: &'static str,
    text: String,
}

fn blocks() -> Vec<Block> {
    let mut found = Vec::new();
    let mut lines = TUTORIAL.lines();
    while let Some(line) = lines.next() {
        if let Some(kind) = line.strip_prefix("```") {
            let text = lines.by_ref().take_while(|it| !it.starts_with("```")).map(|it| format!("{it}\n"));
            found.push(Block { kind, text: text.collect() });
        }
    }
    found
}

/// Output and errors of some lines of shell, with the program found first.
fn shell(lines: &str, folder: &Path, code: i32) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_gridward")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    let mut command = Command::new("sh");
    command.args(["-e", "-c", lines]).current_dir(folder).env("PATH", path).env("RUST_LOG", "warn");
    let output = command.output().unwrap();
    let told = [output.stdout, output.stderr].map(|it| String::from_utf8(it).unwrap()).concat();
    assert_eq!(output.status.code(), Some(code), "{lines}\n{told}");
    told
}

#[test]
fn the_tutorial_can_be_followed_and_prints_what_it_says() {
    let folder = Folder::new();
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    std::os::unix::fs::symlink(examples, folder.path("examples")).unwrap();
    let (mut told, mut ran, mut compared) = (String::new(), 0, 0);
    for block in blocks() {
        match block.kind {
            "sh" => told = shell(&block.text, &folder.path(""), 0),
            "sh exit=1" => told = shell(&block.text, &folder.path(""), 1),
            "text" => {
                for line in block.text.lines() {
                    assert!(told.lines().any(|it| it.trim_end() == line), "not printed: {line}\n{told}");
                    compared += 1;
                }
            }
            other => panic!("a block of {other:?} would not be tested"),
        }
        ran += usize::from(block.kind != "text");
    }
    assert!(ran >= 10 && compared >= 30, "{ran} blocks, {compared} lines");
    assert!(folder.path("audit/audit.html").exists() && folder.path("study/indices.csv").exists());
}

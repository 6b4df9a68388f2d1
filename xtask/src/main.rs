//! `cargo xtask`: chores of the repository that are not part of the product.
//!
//! Here is only the choice between them. The rules that `tidy` holds the tree to live in `rules`, one file
//! each; what a rule reads lives in `tree`; how it answers, in `finding`.

mod finding;
mod metadata;
mod notices;
mod rules;
mod tree;
mod words;

use std::path::Path;
use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask COMMAND

  tidy              check the rules of the house; prints each finding as path:line: [rule] what is wrong
  tidy --list       name the rules
  notices           write THIRD_PARTY.md from the locked dependencies
  notices --check   say whether THIRD_PARTY.md is up to date
";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    // Cargo says where this crate stands now; a binary run by hand looks where it was built.
    let manifest =
        std::env::var("CARGO_MANIFEST_DIR").unwrap_or_else(|_| env!("CARGO_MANIFEST_DIR").to_owned());
    let root = Path::new(&manifest).parent().expect("xtask stands in the root of the workspace");
    let outcome = match args[..] {
        ["tidy"] => tidy(root),
        ["tidy", "--list"] => {
            for rule in rules::ALL {
                println!("{:<12} {}", rule.name, rule.says);
            }
            Ok(true)
        }
        ["notices"] => notices::write(root).map(|()| true),
        ["notices", "--check"] => notices::is_current(root),
        _ => Err(USAGE.to_owned()),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::from(2)
        }
    }
}

/// Prints every finding; `true` when there is none.
fn tidy(root: &Path) -> Result<bool, String> {
    let tree = tree::Tree::read(root)?;
    let mut findings: Vec<_> = rules::ALL.iter().flat_map(|rule| (rule.check)(&tree)).collect();
    findings.sort();
    for finding in &findings {
        println!("{finding}");
    }
    println!("tidy: {} files, {} rules, {} findings", tree.files.len(), rules::ALL.len(), findings.len());
    Ok(findings.is_empty())
}

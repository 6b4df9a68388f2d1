//! What `gridward index` refuses to compute from: each by file, row and column, with nothing written.

use super::run::{Folder, gridward, json, text};
use std::fmt::Write as _;
use std::fs::File;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

const META: &str = "iCode,Type,Parent,Direction,Weight,Denominator\nR,Aggregate,,1,1,\na,Indicator,R,1,1,\nb,Indicator,R,-1,1,\n";
const DATA: &str = "uCode,a,b\nX,1,2\nY,3,4\n";

struct Tables {
    folder: Folder,
    words: Vec<String>,
}

/// Two tables, and the words that name them.
fn tables(data: impl AsRef<[u8]>, meta: impl AsRef<[u8]>) -> Tables {
    let folder = Folder::new();
    let (data, meta) = (folder.file("values.csv", data), folder.file("framework.csv", meta));
    let words = ["--idata", data.to_str().unwrap(), "--imeta", meta.to_str().unwrap()];
    Tables { words: words.map(str::to_owned).to_vec(), folder }
}

impl Tables {
    fn run(&self, what: &[&str]) -> Output {
        let tables: Vec<&str> = self.words.iter().map(String::as_str).collect();
        gridward(&[&["index"], what, &tables].concat())
    }
}

/// What is said when a run over these tables is refused.
fn refused(data: impl AsRef<[u8]>, meta: impl AsRef<[u8]>) -> String {
    let tables = tables(data, meta);
    let out = tables.folder.path("out");
    let output = tables.run(&["run", "--out", out.to_str().unwrap()]);
    text(&output, 1);
    assert!(!out.exists(), "nothing is written");
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("values.csv") && told.contains("framework.csv"), "{told}");
    assert_eq!(told.trim_end().lines().count(), 1, "{told}");
    told
}

fn framework(rows: &str) -> String {
    format!("iCode,Type,Parent,Direction,Weight,Denominator\n{rows}")
}

#[test]
fn a_table_that_cannot_be_right_is_refused_by_row_and_column() {
    let below = framework(
        "R,Aggregate,,1,1,\na,Indicator,R,1,1,people\nb,Indicator,R,1,1,\npeople,Denominator,,,,\n",
    );
    let cycle = framework("R,Aggregate,S,1,1,\nS,Aggregate,R,1,1,\na,Indicator,S,1,1,\nb,Indicator,S,1,1,\n");
    let own = framework("R,Aggregate,,1,1,\nS,Aggregate,S,1,1,\na,Indicator,S,1,1,\nb,Indicator,R,1,1,\n");
    let weight =
        |w: &str| framework(&format!("R,Aggregate,,1,1,\na,Indicator,R,1,{w},\nb,Indicator,R,1,1,\n"));
    let cases: [(&str, String, &str); 15] = [
        ("uCode,a,b\nX,1,2\nX,3,4\n", META.into(), "iData: row 3: unit \"X\" is already in row 2"),
        (
            "uCode,Time,a,b\nX,2024,1,2\nX,2025,3,4\nX,2024,5,6\n",
            META.into(),
            "iData: row 4: unit \"X 2024\" is already in row 2",
        ),
        (DATA, cycle, "iMeta: row 2, column Parent: the framework has a cycle: R -> S -> R"),
        (DATA, own, "iMeta: row 3, column Parent: the framework has a cycle: S -> S"),
        (
            DATA,
            weight("0"),
            "iMeta: row 3, column Weight: indicator \"a\" has weight 0; weights must be finite and above zero",
        ),
        (DATA, weight("-0.5"), "iMeta: row 3, column Weight: indicator \"a\" has weight -0.5"),
        (DATA, weight("heavy"), "iMeta: row 3, column Weight: \"heavy\" is not a number"),
        (DATA, weight("inf"), "iMeta: row 3, column Weight: the value is infinite"),
        ("uCode,a,b\nX,1,2\nY,many,4\n", META.into(), "iData: row 3, column a: \"many\" is not a number"),
        ("uCode,a,b\nX,1,2\nY,\"3,5\",4\n", META.into(), "iData: row 3, column a: \"3,5\" is not a number"),
        (
            "uCode,a,b,people\nX,1,2,10\nY,3,4,0\n",
            below,
            "iData: row 3, column people: unit \"Y\", indicator \"a\": denominator \"people\" is 0; it must be above zero",
        ),
        ("uCode,a,b\nX,1,2\n", META.into(), "iData: row 2, column uCode: there is only one unit, \"X\""),
        (
            "uCode,a,b\nX,1,\nY,3,NA\n",
            META.into(),
            "iData: rows 2 to 3, column b: indicator \"b\" has no value for any unit",
        ),
        ("uCode,a,b\n", META.into(), "iData: no rows below the header"),
        ("uCode,a,b\nX,1,2\n\nY,3,4\n", META.into(), "iData: row 3: the row is empty"),
    ];
    for (data, meta, want) in cases {
        let told = refused(data, &meta);
        assert!(told.contains(want), "{told}\nwanted: {want}");
    }
}

#[test]
fn gbk_taken_for_utf8_is_named_and_placed_in_either_table() {
    let ward = [0xcf, 0xd8]; // a name in GBK
    let data = [b"uCode,uName,a,b\nX,Xi,1,2\nY,".as_slice(), &ward, b",3,4\n"].concat();
    let told = refused(&data, META);
    assert!(told.contains("iData: row 3, column 2: byte 27 is not UTF-8; it looks like GBK"), "{told}");
    let meta =
        [b"iCode,Type,Parent,Direction,Weight,iName\nR,Aggregate,,1,1,".as_slice(), &ward, b"\n"].concat();
    let told = refused(DATA, &meta);
    assert!(told.contains("iMeta: row 2, column 6: byte 58 is not UTF-8; it looks like GBK"), "{told}");
}

#[test]
fn every_command_refuses_alike() {
    let tables = tables("uCode,a,b\nX,1,2\nX,3,4\n", META);
    let recipe = tables.folder.file("R.toml", "version = 1\n");
    let study = tables
        .folder
        .file("S.toml", "n = 2\n[[input]]\nname = \"weights\"\nkind = \"weight-noise\"\nshare = 0.25\n");
    let (recipe, study) = (recipe.to_str().unwrap(), study.to_str().unwrap());
    let out = tables.folder.path("out");
    let out = out.to_str().unwrap();
    for what in [
        ["sensitivity", "--study", study, "--out", out].as_slice(),
        &["audit", "--study", study, "--out", out],
        &["explain", "--unit", "X"],
    ] {
        let output = tables.run(what);
        text(&output, 1);
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(told.contains("iData: row 3: unit \"X\" is already in row 2"), "{what:?}: {told}");
    }
    let found = json(&tables.run(&["recipe", "check", "--recipe", recipe, "--json"]), 3);
    assert!(found["wrong"].as_str().unwrap().contains("row 3: unit \"X\" is already in row 2"), "{found}");
}

/// Runs with this much address space, in KiB; what it says and how long it took.
fn in_little_memory(tables: &Tables, kib: u32) -> (String, Duration) {
    let start = Instant::now();
    let words = tables.words.join("' '");
    let binary = env!("CARGO_BIN_EXE_gridward");
    let line = format!("ulimit -v {kib}; exec '{binary}' index run --out nowhere '{words}'");
    // Threads share one heap: each would otherwise reserve addresses for one of its own, needed or not.
    let mut shell = Command::new("sh");
    shell.args(["-c", &line]).env("MALLOC_ARENA_MAX", "1").current_dir(tables.folder.path(""));
    let output = shell.output().unwrap();
    text(&output, 1);
    (String::from_utf8(output.stderr).unwrap(), start.elapsed())
}

#[test]
fn a_million_columns_are_refused_within_a_quarter_of_a_gibibyte() {
    let mut data = String::from("uCode");
    (0..1_000_000).for_each(|k| write!(data, ",c{k}").unwrap());
    for row in ["X", "Y", "Z"] {
        write!(data, "\n{row}{}", ",1".repeat(1_000_000)).unwrap();
    }
    let (told, took) = in_little_memory(&tables(data, META), 256 * 1_024);
    assert!(
        told.contains("iData: row 1, column 20000: 1000001 columns, more than the limit of 20000"),
        "{told}"
    );
    assert!(took < Duration::from_mins(1), "it goes on reading: {took:?}");
}

#[test]
fn a_file_that_no_memory_holds_is_refused_before_it_is_read() {
    let tables = tables(DATA, META);
    File::options().write(true).open(tables.folder.path("values.csv")).unwrap().set_len(1 << 40).unwrap();
    let (told, took) = in_little_memory(&tables, 256 * 1_024);
    assert!(told.contains("values.csv: more than 1073741824 bytes"), "{told}");
    assert!(took < Duration::from_mins(1), "it goes on reading: {took:?}");
}

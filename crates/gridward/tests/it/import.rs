//! Foreign cases become our own: once, with their history, and with every row that makes no sense told.

use super::run::{Folder, a_city, extract, gridward, import, json, on_both, skipped};
use serde_json::{Value, json};
use std::path::Path;

fn stats(url: &str, more: &[&str]) -> Value {
    json(&gridward(&[&["stats", "cases", "--db", url, "--json"], more].concat()), 0)
}

fn near(found: &Value, expected: f64) {
    assert!((found.as_f64().unwrap() - expected).abs() < 1e-9, "{found} is not {expected}");
}

// The figures expected here were made apart from this program, by a few lines of Python over the same rows.
#[test]
fn imported_cases_give_the_figures_of_the_file_on_both_databases_and_a_second_import_changes_nothing() {
    on_both(|url| {
        let folder = Folder::new();
        a_city(&folder, url);
        let file = folder.file("complaints.csv", extract());
        let done = import(&folder, url, &file);
        assert_eq!(
            (&done["n_rows"], &done["n_cases"], &done["n_new"]),
            (&json!(183), &json!(168), &json!(168))
        );
        assert_eq!((&done["n_open"], &done["n_closed"]), (&json!(6), &json!(162)));
        assert_eq!((&done["n_numbers_repeated"], &done["n_reopened"]), (&json!(12), &json!(11)));
        assert_eq!((&done["n_without_place"], &done["n_rejected"]), (&json!(4), &json!(0)));
        let figures = stats(url, &[]);
        assert_eq!((&figures["n"], &figures["n_closed"]), (&json!(168), &json!(162)));
        near(&figures["within_7d"], 0.744_047_619_047_619_1);
        near(&figures["within_21d"], 0.916_666_666_666_666_6);
        near(&figures["median"], 4.0);
        near(&figures["p90"], 14.9);
        near(&figures["p95"], 20.95);
        let again = import(&folder, url, &file);
        assert_eq!(
            (&again["n_same"], &again["n_new"], &again["n_moved"]),
            (&json!(168), &json!(0), &json!(0))
        );
        assert_eq!(stats(url, &[]), figures);
        let verified = json(&gridward(&["verify", "--db", url, "--json"]), 0);
        assert_eq!((&verified["ok"], &verified["n_cases"]), (&json!(true), &json!(168)));
    });
}

#[test]
fn exactly_the_rows_that_make_no_sense_are_rejected_with_their_lines_and_reasons() {
    on_both(|url| {
        let folder = Folder::new();
        a_city(&folder, url);
        let clean = extract();
        let mut lines: Vec<String> = clean.lines().map(str::to_owned).collect();
        let first = lines[1].clone();
        let fields: Vec<&str> = first.splitn(6, ',').collect();
        let row = |opened: &str, status: &str, closed: &str, number: &str, class: &str| {
            [opened, status, closed, number, class, fields[5]].join(",")
        };
        let class = "Sanitation Code Violation";
        lines.push(row("2012-05-02", "Completed", "2012-05-01", "X1", class));
        lines.push(row("2012-05-02", "Completed", "2012-05-03", "X2", "Loud Music"));
        lines.push(row("soon", "Completed", "2012-05-03", "X3", class));
        lines.push(row("2012-05-02", "Completed", "never", "X4", class));
        lines.push(row("2112-05-02", "Open", "", "X5", class));
        lines.push(row("2012-05-02", "Lost", "2012-05-03", "X6", class));
        lines.push(row("2012-05-02", "Completed", "", "X7", class));
        lines.push("2012-05-02,Open,,X8".to_owned());
        let mut bytes = lines.join("\n").into_bytes();
        bytes.extend(b"\n2012-05-02,Open,,X9,\xff\xfe,,,,,,,,,,,\n");
        let file = folder.file("planted.csv", bytes);
        let done = import(&folder, url, &file);
        assert_eq!((&done["n_rejected"], &done["n_new"]), (&json!(9), &json!(168)));
        let rejected = std::fs::read_to_string(folder.path("rejected.csv")).unwrap();
        let reasons = [
            ("185,X1,", "closed before opened"),
            ("186,X2,", "unknown class"),
            ("187,X3,", "is not a date"),
            ("188,X4,", "is not a date"),
            ("189,X5,", "lies in the future"),
            ("190,X6,", "does not know the word"),
            ("191,X7,", "has no date"),
            ("192,X8,", "fields where the heading has"),
            ("193,X9,", "is not UTF-8 text"),
        ];
        let told: Vec<&str> = rejected.lines().skip(1).collect();
        assert_eq!(told.len(), reasons.len(), "{rejected}");
        for (line, (begin, reason)) in told.iter().zip(reasons) {
            assert!(line.starts_with(begin) && line.contains(reason), "{line} should say {reason}");
        }
    });
}

#[test]
fn a_later_file_moves_a_case_on_from_where_it_stood() {
    on_both(|url| {
        let folder = Folder::new();
        a_city(&folder, url);
        let rest = ",Sanitation Code Violation,Other,1 MAIN ST,,,,20,,,41.8,-87.6,";
        let heading = extract().lines().next().unwrap().to_owned();
        let file = |status: &str, closed: &str| {
            folder.file("one.csv", format!("{heading}\n2013-03-01,{status},{closed},N1{rest}\n"))
        };
        assert_eq!(import(&folder, url, &file("Open", ""))["n_new"], 1);
        assert_eq!(stats(url, &[])["n_closed"], 0);
        assert_eq!(import(&folder, url, &file("Completed", "2013-03-05"))["n_moved"], 1);
        near(&stats(url, &[])["median"], 4.0);
        let outside = stats(url, &["--from", "2013-03-02"]);
        assert_eq!((&outside["n"], &outside["within_7d"]), (&json!(0), &Value::Null));
        assert_eq!(stats(url, &["--from", "2013-03-01", "--to", "2013-03-01"])["n"], 1);
    });
}

#[test]
fn the_whole_file_gives_equal_figures_on_both_databases() {
    let whole = "../../../shared/data/cases/chicago_sanitation_code_complaints_2010-2014.csv.gz";
    let whole = Path::new(env!("CARGO_MANIFEST_DIR")).join(whole);
    let Some(whole) = Some(whole).filter(|it| it.exists()) else {
        return skipped("the whole file of complaints is not beside the repository");
    };
    on_both(|url| {
        let folder = Folder::new();
        a_city(&folder, url);
        let done = import(&folder, url, &whole);
        assert_eq!(
            (&done["n_rows"], &done["n_cases"], &done["n_rejected"]),
            (&json!(74_401), &json!(74_026), &json!(0))
        );
        assert_eq!((&done["n_numbers_repeated"], &done["n_reopened"]), (&json!(371), &json!(370)));
        assert_eq!((&done["n_without_place"], &done["n_open"]), (&json!(24), &json!(325)));
        let figures = stats(url, &[]);
        assert_eq!((&figures["n"], &figures["n_closed"]), (&json!(74_026), &json!(73_701)));
        near(&figures["within_7d"], 0.766_784_643_233_458_5);
        near(&figures["within_21d"], 0.922_702_834_139_356_4);
        near(&figures["median"], 3.0);
        near(&figures["p90"], 17.0);
        near(&figures["p95"], 27.0);
    });
}

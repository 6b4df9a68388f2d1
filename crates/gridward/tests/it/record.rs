//! An exported record proves itself without a database.

use super::run::{Folder, a_city, extract, gridward, import, json, on_both, text};
use serde_json::{Value, json};

fn verify(folder: &Folder, lines: &[String], code: i32) -> Value {
    let file = folder.file("log.jsonl", lines.join("\n") + "\n");
    json(&gridward(&["verify", "--file", file.to_str().unwrap(), "--json"]), code)
}

#[test]
fn an_exported_log_holds_by_itself_and_names_the_entry_that_was_touched() {
    on_both(|url| {
        let folder = Folder::new();
        a_city(&folder, url);
        import(&folder, url, &folder.file("complaints.csv", extract()));
        let log = text(&gridward(&["export", "log", "--db", url]), 0);
        let lines: Vec<String> = log.lines().map(str::to_owned).collect();
        let holds = verify(&folder, &lines, 0);
        assert_eq!((&holds["ok"], &holds["n_cases"]), (&json!(true), &json!(168)));

        let at = lines.len() / 2;
        let entry: Value = serde_json::from_str(&lines[at]).unwrap();
        let version = entry["version"].as_u64().unwrap();
        let named = |found: &Value, version: u64, how: &str| {
            assert_eq!(
                found["broken"],
                json!([{ "stream": "case", "id": entry["id"], "version": version, "how": how }])
            );
        };

        let mut altered = lines.clone();
        let hash = entry["hash"].as_str().unwrap();
        let other = if hash.starts_with('0') { "1" } else { "0" };
        altered[at] = altered[at].replace(hash, &format!("{other}{}", &hash[1..]));
        named(&verify(&folder, &altered, 3), version, "altered");

        let mut moved = lines.clone();
        let (ms, then) = (entry["at_ms"].to_string(), (entry["at_ms"].as_i64().unwrap() + 1).to_string());
        moved[at] = moved[at].replace(&format!("\"at_ms\":{ms}"), &format!("\"at_ms\":{then}"));
        named(&verify(&folder, &moved, 3), version, "altered");

        let is_same_case = |line: &String| line.contains(entry["id"].as_str().unwrap());
        let second = lines.iter().position(is_same_case).unwrap() + 1;
        let mut removed = lines.clone();
        removed.remove(second);
        named(&verify(&folder, &removed, 3), 2, "missing");

        let deed = lines.iter().position(|line| line.contains("\"deed_id\"")).expect("a city has deeds");
        assert!(holds["n_deeds"].as_u64().unwrap() > 1, "{holds}");
        let mut touched = lines.clone();
        touched[deed] = touched[deed].replace("\\\"role\\\":\\\"system", "\\\"role\\\":\\\"admin");
        assert_eq!(verify(&folder, &touched, 3)["broken_deeds"], json!([{ "number": 1, "how": "altered" }]));
        let mut without = lines.clone();
        without.remove(deed);
        assert_eq!(verify(&folder, &without, 3)["broken_deeds"], json!([{ "number": 1, "how": "missing" }]));

        let cut = verify(&folder, &lines[..lines.len() - 1], 3);
        assert!(cut["file"][0].as_str().unwrap().contains("cut short"));
    });
}

#[test]
fn a_name_with_a_slip_in_it_is_no_empty_city_in_which_everything_holds() {
    let folder = Folder::new();
    let there = folder.path("typo.db");
    let url = format!("sqlite:{}", there.display());
    for command in [vec!["verify"], vec!["stats", "cases"], vec!["export", "log"]] {
        let told = gridward(&[command, vec!["--db", &url]].concat());
        text(&told, 1);
        assert!(String::from_utf8_lossy(&told.stderr).contains("typo.db"));
        assert!(!there.exists(), "reading makes nothing");
    }
}

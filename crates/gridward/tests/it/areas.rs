//! `gridward areas`: a change is planned, saved, listed, cancelled; a file that is none is told with its place.

use super::run::{Folder, gridward, json, on_both, text};
use super::town;
use serde_json::{Value, json};

/// The first grid of the town becomes two.
pub fn split(on: Option<&str>) -> Value {
    let half = |code: &str, west: f64, east: f64| {
        let ring = json!([[west, 36.0], [east, 36.0], [east, 36.01], [west, 36.01], [west, 36.0]]);
        let polygon = json!({ "type": "Polygon", "coordinates": [ring] });
        json!({ "area": { "code": code, "name_zh": "新网格", "polygon": polygon } })
    };
    let into = [half("379901001001011", 116.0, 116.006), half("379901001001012", 116.006, 116.01)];
    json!({ "on": on, "note": "一分为二", "changes": [{ "change": "split", "area": "379901001001001", "into": into }] })
}

fn on(url: &str, args: &[&str], code: i32) -> Value {
    json(&gridward(&[&["areas"], args, &["--db", url, "--json"]].concat()), code)
}

#[test]
fn a_change_is_planned_saved_listed_and_cancelled() {
    on_both(|url| {
        let folder = Folder::new();
        town::build(url, 0);
        let file = folder.file("split.json", split(Some("2099-01-01")).to_string());
        let file = file.to_str().unwrap();
        let plan = on(url, &["plan", file], 0);
        assert_eq!((&plan["ok"], plan["parts"].as_array().unwrap().len()), (&json!(true), 3));
        assert_eq!(on(url, &["list"], 0), json!([]), "a plan keeps nothing");
        let id = "01990000-0000-7000-8000-000000000001";
        let saved = on(url, &["save", file, "--id", id], 0);
        assert_eq!((&saved["state"], &saved["on"]), (&json!("arranged"), &json!("2099-01-01")));
        assert_eq!(on(url, &["save", file, "--id", id], 0)["version"], 1, "the same once more is the same");
        let again = gridward(&["areas", "save", file, "--db", url]);
        let why = String::from_utf8_lossy(&again.stderr).into_owned();
        assert!(again.status.code() == Some(1) && why.contains("no such area on 2099-01-01"), "{why}");
        assert_eq!(on(url, &["plan", file], 3)["ok"], false);
        assert_eq!(on(url, &["list"], 0)[0]["id"], id);
        assert_eq!(on(url, &["cancel", id], 0)["state"], "cancelled");
        assert_eq!(on(url, &["plan", file], 0)["ok"], true);
        assert_eq!(on(url, &["topology"], 0)["total"], 0);
        let told = text(&gridward(&["areas", "list", "--db", url]), 0);
        assert!(told.contains("2099-01-01  cancelled") && told.contains("一分为二"), "{told}");
        assert_eq!(json(&gridward(&["verify", "--db", url, "--json"]), 0)["ok"], true);
    });
}

#[test]
fn a_file_that_is_no_change_is_told_with_its_place() {
    on_both(|url| {
        let folder = Folder::new();
        town::build(url, 0);
        let half = json!({ "changes": [{ "change": "retire", "area": "37" }, { "change": "explode" }] });
        let past = split(Some("2020-02-01"));
        let hole = json!({ "changes": [{ "change": "retire", "area": "379901001001001" }] });
        for (name, bytes, says) in [
            ("broken.json", b"{".to_vec(), "it is not JSON"),
            ("gbk.json", b"{\"note\": \"\xb9\xc5\"}".to_vec(), "it is not UTF-8 from byte 10 on"),
            ("list.json", b"[1]".to_vec(), "invalid type"),
            ("empty.json", b"{}".to_vec(), "/changes: missing field"),
            ("half.json", half.to_string().into_bytes(), "/changes/0/area"),
            ("half2.json", half.to_string().into_bytes(), "/changes/1/change"),
            ("past.json", past.to_string().into_bytes(), "history is not rewritten"),
            ("hole.json", hole.to_string().into_bytes(), "gap of"),
        ] {
            let file = folder.file(name, bytes);
            let done = gridward(&["areas", "save", file.to_str().unwrap(), "--db", url]);
            let why = String::from_utf8_lossy(&done.stderr).into_owned();
            assert_eq!(done.status.code(), Some(1), "{name}: {why}");
            assert!(why.contains(says) && why.contains(name), "{name} should say {says}: {why}");
        }
        let file = folder.file("split.json", split(None).to_string());
        let file = file.to_str().unwrap();
        for (args, says) in [
            (vec!["areas", "plan", file, "--crs", "moon"], "unknown coordinate system"),
            (vec!["areas", "plan", "nowhere.json"], "cannot read nowhere.json"),
            (vec!["areas", "topology", "--under", "9"], "there is no such area"),
            (vec!["areas", "topology", "--tolerance-m2=-1"], "0 to 1e12"),
            (
                vec!["areas", "cancel", "01990000-0000-7000-8000-00000000000f"],
                "there is no such change of areas",
            ),
        ] {
            let done = gridward(&[args.as_slice(), &["--db", url]].concat());
            let why = String::from_utf8_lossy(&done.stderr).into_owned();
            assert!(done.status.code() == Some(1) && why.contains(says), "{args:?} should say {says}: {why}");
        }
        assert_eq!(on(url, &["list"], 0), json!([]), "nothing was kept");
    });
}

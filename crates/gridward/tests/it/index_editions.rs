//! What can be done with the archive of an edition on a machine without a database.

use super::run::{Folder, gridward, json, text};
use app::index::edition::make;
use sim::index::{Asked, County, handed_in, materials, newest_month};
use std::process::Output;

fn complaint(told: &Output) -> String {
    String::from_utf8_lossy(&told.stderr).into_owned()
}

/// The newest edition of the demo city's figures, as its archive.
fn archive(folder: &Folder) -> String {
    let doc = sim::bundle::framework().unwrap();
    let units = sim::bundle::offices().unwrap();
    let unit_of =
        |name: &str| units.iter().find(|it| it.code == name || it.zh == name).map(|it| it.code.clone());
    let framework = domain::framework::Framework::read(&doc, &unit_of).unwrap();
    let planted = sim::index::Planted::read().unwrap();
    let codes = [
        "371502", "371503", "371521", "371522", "371524", "371525", "371526", "371581", "371591", "371592",
        "371593",
    ];
    assert!(codes.contains(&planted.weak_link[0].county.as_str()));
    let county = |(code, id): (&&str, u32)| County {
        area: domain::id::AreaId(id),
        code: (*code).to_owned(),
        n_grids: 900,
    };
    let counties: Vec<County> = codes.iter().zip(2..).map(county).collect();
    let newest = newest_month("2026-11-20".parse().unwrap());
    let now = "2026-11-20T00:00:00Z".parse().unwrap();
    let zone = jiff::tz::TimeZone::UTC;
    let asked = Asked { seed: 3, framework: &framework, counties: &counties, newest, zone: &zone, now };
    let all = handed_in(&asked).unwrap();
    let made = make(&materials(&doc, &counties, &all, (newest, now))).unwrap();
    let path = folder.path("index.zip");
    std::fs::write(&path, made.archive).unwrap();
    path.display().to_string()
}

#[test]
fn an_archive_is_made_again_and_a_changed_one_is_found() {
    let folder = Folder::new();
    let archive = archive(&folder);
    let named = |name: &str| folder.path(name).display().to_string();
    let (out, files) = (named("files"), named("changed.zip"));
    let again = gridward(&["index", "rebuild", &archive, "--out", &out]);
    assert!(text(&again, 0).contains("equal in every byte"));
    // The engine alone, from the tables of the archive.
    let at = |name: &str| format!("{out}/{name}");
    let run = gridward(&[
        "index",
        "run",
        "--recipe",
        &at("recipe.toml"),
        "--idata",
        &at("idata.csv"),
        "--imeta",
        &at("imeta.csv"),
        "--out",
        &named("run"),
    ]);
    text(&run, 0);
    let scores = std::fs::read_to_string(at("scores.csv")).unwrap();
    assert_eq!(std::fs::read_to_string(folder.path("run/aggregated.csv")).unwrap(), scores);
    // One figure more in one place.
    let bytes = std::fs::read(&archive).unwrap();
    let mut kept = app::index::opened::unpack(&bytes).unwrap();
    let ranking = String::from_utf8(kept["ranking.csv"].clone()).unwrap();
    kept.insert("ranking.csv".to_owned(), ranking.replacen(",1,", ",2,", 1).into_bytes());
    std::fs::write(&files, app::index::edition::pack(&kept).unwrap()).unwrap();
    let told = gridward(&["index", "rebuild", &files, "--json"]);
    assert_eq!(json(&told, 3)["differing"][0]["file"], "ranking.csv");
    std::fs::write(&files, b"PK nonsense").unwrap();
    let told = gridward(&["index", "rebuild", &files]);
    text(&told, 1);
    assert!(complaint(&told).contains("changed.zip"), "{}", complaint(&told));
}

#[test]
fn past_months_are_scored_by_another_framework() {
    let folder = Folder::new();
    let archive = archive(&folder);
    let framework =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../demo/index_framework.csv"))
            .unwrap();
    let other = folder.path("other.csv").display().to_string();
    std::fs::write(&other, &framework).unwrap();
    let same = gridward(&["index", "backcast", "--archive", &archive, "--framework", &other]);
    assert_eq!(text(&same, 0).lines().count(), 25);
    std::fs::write(&other, framework.replacen("fixed:80..100", "fixed:80..x", 1)).unwrap();
    let told = gridward(&["index", "backcast", "--archive", &archive, "--framework", &other]);
    text(&told, 1);
    assert!(complaint(&told).contains("scoring_standard"), "{}", complaint(&told));
}

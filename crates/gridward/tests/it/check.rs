//! `gridward check` explains every wrong setting.

use super::run::{Folder, gridward, json, text, with};

#[test]
fn settings_that_make_sense_are_said_to() {
    let folder = Folder::new();
    let data = folder.path("data");
    let checked = with(&["check", "--json"], &[("GRIDWARD_DATA", data.to_str().unwrap())]);
    assert_eq!(json(&checked, 0)["ok"], true);
}

#[test]
fn each_wrong_setting_is_named_with_value_and_fix_and_the_exit_code_is_three() {
    let folder = Folder::new();
    let file = folder.file("gridward.toml", "prot = 80\nlisten = \"everywhere\"\nport = 0\n");
    let found = json(&gridward(&["check", "--json", "--config", file.to_str().unwrap()]), 3);
    let wrong = found["wrong"].as_array().unwrap();
    let keys: Vec<&str> = wrong.iter().map(|it| it["key"].as_str().unwrap()).collect();
    assert_eq!(keys, ["listen", "port", "prot"]);
    assert_eq!(wrong[0]["value"], "everywhere");
    assert!(wrong[0]["fix"].as_str().unwrap().contains("127.0.0.1"));
}

#[test]
fn a_settings_file_that_is_not_there_is_told() {
    let told = gridward(&["check", "--config", "/nowhere/gridward.toml"]);
    text(&told, 3);
    assert!(String::from_utf8_lossy(&told.stderr).contains("/nowhere/gridward.toml"));
}

#[test]
fn a_bucket_that_does_not_answer_is_told_with_what_to_look_at() {
    let folder = Folder::new();
    let settings = [
        ("GRIDWARD_DATA", folder.path("data").to_str().unwrap().to_owned()),
        ("GRIDWARD_FILES", "s3://papers".to_owned()),
        ("AWS_ENDPOINT", "http://127.0.0.1:9".to_owned()), // the port of discard: nobody is there
        ("AWS_ACCESS_KEY_ID", "city".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "quiet".to_owned()),
    ];
    let settings: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let found = json(&with(&["check", "--json"], &settings), 3);
    let wrong = found["wrong"].as_array().unwrap();
    assert_eq!((wrong.len(), &wrong[0]["key"]), (1, &serde_json::json!("files")));
    assert!(wrong[0]["fix"].as_str().unwrap().contains("AWS_"), "{}", wrong[0]["fix"]);
}

#[test]
fn places_where_nothing_can_be_written_are_told() {
    let told = |settings: &[(&str, &str)]| {
        let found = json(&with(&["check", "--json"], settings), 3);
        (found["wrong"][0]["key"].clone(), found["wrong"][0]["fix"].as_str().unwrap().to_owned())
    };
    let (key, fix) = told(&[("GRIDWARD_DATA", "/proc/nope")]);
    assert_eq!(key, "data");
    assert!(fix.contains("/proc"), "{fix}");
    let (key, _) = told(&[("GRIDWARD_DATABASE_URL", "sqlite:/proc/nope/city.db")]);
    assert_eq!(key, "database_url");
}

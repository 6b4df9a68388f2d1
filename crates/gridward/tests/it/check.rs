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

//! Tables that reviewers read, compared with the file that holds them. Tests only.

use std::{env, fs, path::Path};

/// Set to anything, writes the files anew instead of comparing.
const UPDATE: &str = "GRIDWARD_UPDATE_SNAPSHOTS";

/// Fails where `text` differs from the file of this crate at `path`.
pub fn matches(path: &str, text: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if env::var_os(UPDATE).is_some() {
        fs::write(&file, text).unwrap();
        return;
    }
    let held = fs::read_to_string(&file).unwrap_or_default();
    if let Some((number, (now, before))) =
        text.lines().zip(held.lines().chain(std::iter::repeat(""))).enumerate().find(|(_, (a, b))| a != b)
    {
        panic!(
            "{path}:{}: was\n  {before}\nis now\n  {now}\nIf meant, run the test with {UPDATE}=1",
            number + 1
        );
    }
    assert_eq!(
        text.len(),
        held.len(),
        "{path} holds more than there is; if meant, run the test with {UPDATE}=1"
    );
}

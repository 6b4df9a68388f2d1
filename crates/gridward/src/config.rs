//! Settings: one TOML file, then the environment, which wins. Every wrong setting is told with its key, its value
//! and how to mend it; nothing is guessed.

use serde::Serialize;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use store::without_secrets;

/// What this node runs with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Config {
    /// Where the database is.
    pub database_url: String,
    /// Folder for the database file and attachments.
    pub data: PathBuf,
    /// Where attachments lie: another folder, or `s3://BUCKET/PREFIX`. Not said, the folder `files` of `data`.
    pub files: Option<String>,
    /// The file of keys for what is personal. Not said, `keys.toml` of `data` where the database is a file.
    pub keys: Option<PathBuf>,
    /// The file that says how people are told beside the inbox: mail, messages, what may be asked.
    pub telling: Option<PathBuf>,
    /// Address to listen on.
    pub listen: IpAddr,
    /// Port to listen on.
    pub port: u16,
}

/// A setting that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Wrong {
    /// Its key in the file, or the variable.
    pub key: String,
    /// What it is set to.
    pub value: String,
    /// What is wrong and how to mend it.
    pub fix: String,
}

/// Keys of the file, each with its variable.
const KEYS: &[(&str, &str)] = &[
    ("database_url", "GRIDWARD_DATABASE_URL"),
    ("data", "GRIDWARD_DATA"),
    ("files", "GRIDWARD_FILES"),
    ("keys", "GRIDWARD_KEYS"),
    ("telling", "GRIDWARD_TELLING"),
    ("listen", "GRIDWARD_LISTEN"),
    ("port", "GRIDWARD_PORT"),
];

impl Config {
    /// Reads the file, if one is named, and the environment.
    pub fn read(file: Option<&Path>) -> Result<Config, Vec<Wrong>> {
        let text =
            file.map(|path| std::fs::read_to_string(path).map_err(|error| vec![unreadable(path, &error)]));
        let environment =
            KEYS.iter().filter_map(|(_, name)| Some(((*name).to_owned(), std::env::var(name).ok()?)));
        Config::of(text.transpose()?.as_deref().unwrap_or_default(), &environment.collect())
    }

    /// The settings of a file's text and of some variables.
    pub fn of(text: &str, environment: &BTreeMap<String, String>) -> Result<Config, Vec<Wrong>> {
        let mut wrong = Vec::new();
        let file: toml::Table = text.parse().unwrap_or_else(|error: toml::de::Error| {
            let line = error.span().map_or(1, |span| text[..span.start].lines().count().max(1));
            wrong.push(Wrong {
                key: format!("line {line}"),
                value: text.lines().nth(line - 1).unwrap_or_default().to_owned(),
                fix: format!("the file is not TOML: {}", error.message()),
            });
            toml::Table::new()
        });
        for (key, value) in &file {
            if KEYS.iter().all(|(known, _)| known != key) {
                let known: Vec<&str> = KEYS.iter().map(|(key, _)| *key).collect();
                let fix =
                    format!("there is no such setting: remove it, or write one of {}", known.join(", "));
                wrong.push(Wrong { key: key.clone(), value: text_of(value), fix });
            } else if !(value.is_str() || key == "port" && value.is_integer()) {
                let fix = format!("write it in quotes: {key} = \"…\"");
                wrong.push(Wrong { key: key.clone(), value: text_of(value), fix });
            }
        }
        let mut settings = Settings { file, environment, wrong };
        let data = PathBuf::from(settings.text("data", "data"));
        let database = format!("sqlite:{}", data.join("gridward.db").display());
        let database_url = settings.text("database_url", &database);
        if !["sqlite:", "postgres://", "postgresql://"].iter().any(|start| database_url.starts_with(start)) {
            let shown = without_secrets(&database_url);
            settings.wrong(
                "database_url",
                shown,
                "write sqlite:/path/file.db or postgres://user@host/database",
            );
        }
        if data.is_file() {
            settings.wrong("data", data.display().to_string(), "this is a file: name a folder");
        }
        let files = Some(settings.text("files", "")).filter(|files| !files.is_empty());
        if let Some(url) = files.as_deref().filter(|files| files.contains(':'))
            && !url.starts_with("s3://")
        {
            settings.wrong("files", url.to_owned(), "name a folder, or write s3://BUCKET/PREFIX");
        }
        let keys = Some(settings.text("keys", "")).filter(|keys| !keys.is_empty()).map(PathBuf::from);
        if let Some(folder) = keys.as_ref().filter(|keys| keys.is_dir()) {
            settings.wrong("keys", folder.display().to_string(), "this is a folder: name a file");
        }
        let telling = Some(settings.text("telling", "")).filter(|it| !it.is_empty()).map(PathBuf::from);
        if let Some(path) = telling.as_ref()
            && let Err(error) = app::telling::Outside::read(path)
        {
            let fix = format!("{error}: see docs/operate.md");
            settings.wrong("telling", path.display().to_string(), &fix);
        }
        let listen = settings.text("listen", "127.0.0.1");
        let listen = listen.parse().unwrap_or_else(|_| {
            settings.wrong(
                "listen",
                listen,
                "write an address of this machine: 127.0.0.1, or 0.0.0.0 for all",
            );
            IpAddr::from([127, 0, 0, 1])
        });
        let port = settings.text("port", "8080");
        let port = port.parse().ok().filter(|port| *port > 0).unwrap_or_else(|| {
            settings.wrong("port", port, "write a number from 1 to 65535");
            8080
        });
        if settings.wrong.is_empty() {
            Ok(Config { database_url, data, files, keys, telling, listen, port })
        } else {
            Err(settings.wrong)
        }
    }
}

struct Settings<'a> {
    file: toml::Table,
    environment: &'a BTreeMap<String, String>,
    wrong: Vec<Wrong>,
}

impl Settings<'_> {
    fn variable(&self, key: &str) -> Option<(&'static str, &String)> {
        let (_, name) = KEYS.iter().find(|(known, _)| *known == key)?;
        Some((name, self.environment.get(*name)?))
    }

    fn text(&self, key: &str, or: &str) -> String {
        let file = self.file.get(key).map(text_of);
        self.variable(key).map(|(_, value)| value.clone()).or(file).unwrap_or_else(|| or.to_owned())
    }

    fn wrong(&mut self, key: &str, value: String, fix: &str) {
        let key = self.variable(key).map_or(key, |(name, _)| name).to_owned();
        self.wrong.push(Wrong { key, value, fix: fix.to_owned() });
    }
}

/// A value as it is read, without its quotes.
fn text_of(value: &toml::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn unreadable(path: &Path, error: &std::io::Error) -> Wrong {
    let fix = format!("cannot read the settings file ({error}): name one that is there");
    Wrong { key: "--config".to_owned(), value: path.display().to_string(), fix }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, environment: &[(&str, &str)]) -> Result<Config, Vec<Wrong>> {
        let owned = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Config::of(text, &owned.collect())
    }

    #[test]
    fn nothing_set_is_a_city_on_this_machine_alone() {
        let config = of("", &[]).unwrap();
        assert_eq!((config.listen, config.port), (IpAddr::from([127, 0, 0, 1]), 8080));
        assert_eq!(config.database_url, "sqlite:data/gridward.db");
    }

    #[test]
    fn the_environment_wins_over_the_file() {
        assert_eq!(of("port = 9000", &[("GRIDWARD_PORT", "9001")]).unwrap().port, 9001);
    }

    #[test]
    fn every_wrong_setting_is_named_with_its_value_and_a_fix() {
        let text = "port = 70000\nlisten = \"everywhere\"\ndatabase_url = \"mysql://x\"\ncolour = \"red\"";
        let wrong = of(text, &[]).unwrap_err();
        let keys: Vec<&str> = wrong.iter().map(|it| it.key.as_str()).collect();
        assert_eq!(keys, ["colour", "database_url", "listen", "port"]);
        assert_eq!(wrong[3].value, "70000");
        assert!(wrong.iter().all(|it| !it.fix.is_empty()));
    }

    #[test]
    fn a_wrong_variable_is_named_as_the_variable() {
        assert_eq!(of("", &[("GRIDWARD_PORT", "many")]).unwrap_err()[0].key, "GRIDWARD_PORT");
    }

    #[test]
    fn attachments_lie_in_a_folder_or_a_bucket_and_nowhere_else() {
        for files in ["/srv/files", "s3://attachments/city"] {
            assert_eq!(of("", &[("GRIDWARD_FILES", files)]).unwrap().files.unwrap(), files);
        }
        for files in ["ftp://host/files", "s3:/attachments"] {
            assert_eq!(of(&format!("files = \"{files}\""), &[]).unwrap_err()[0].key, "files");
        }
    }

    #[test]
    fn a_number_where_words_are_meant_is_told() {
        let wrong = of("data = 5", &[]).unwrap_err();
        assert_eq!((wrong[0].key.as_str(), wrong[0].value.as_str()), ("data", "5"));
        assert_eq!(of("port = \"9000\"", &[]).unwrap().port, 9000);
    }

    #[test]
    fn a_file_that_is_no_toml_is_told_with_its_line() {
        assert_eq!(of("port = 8080\nlisten = = 3", &[]).unwrap_err()[0].key, "line 2");
    }

    #[test]
    fn a_password_in_an_address_is_not_shown() {
        let wrong = of("", &[("GRIDWARD_DATABASE_URL", "mysql://me:secret@host/db")]).unwrap_err();
        assert!(!wrong[0].value.contains("secret"));
    }
}

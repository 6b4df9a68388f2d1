//! The file of master keys: the newest, those before it as long as anything is wrapped by them, and the key of blind
//! indexes, which stays. Losing it loses everything that was sealed.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use store::Fault;
use thiserror::Error;

const HEAD: &str = "# The master keys of this city's personal data. Whoever has this file and the database reads all of it;\n\
    # without this file nobody does. Keep a copy where neither the database nor its backups are.\n";

/// The keys themselves.
#[derive(Clone)]
pub struct Keys {
    current: String,
    masters: BTreeMap<String, [u8; 32]>,
    blind: [u8; 32],
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keys({})", self.current)
    }
}

/// The keys cannot be used.
#[derive(Debug, Error)]
#[allow(missing_docs)] // the words say it
pub enum BadKeys {
    #[error("cannot read the file of keys {}: {source}", path.display())]
    Read { path: PathBuf, source: std::io::Error },
    #[error("cannot write the file of keys {}: {source}", path.display())]
    Write { path: PathBuf, source: std::io::Error },
    #[error("the file of keys {} is not as one is written: {why}", path.display())]
    Form { path: PathBuf, why: String },
    #[error("the database holds what was sealed, but the file of keys {} is not there: bring back the copy you keep", path.display())]
    Lost { path: PathBuf },
    #[error("{n_keys} keys of the database are wrapped by the master key {master}, which {} does not have: bring back the file that does", path.display())]
    Other { path: PathBuf, master: String, n_keys: u64 },
    #[error("cannot look for what is sealed")]
    Store(#[source] Fault),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    current: String,
    blind: String,
    keys: BTreeMap<String, String>,
}

impl Keys {
    /// New ones; the master key gets this name.
    pub fn of_chance(name: &str) -> Keys {
        let masters = BTreeMap::from([(name.to_owned(), super::chance())]);
        Keys { current: name.to_owned(), masters, blind: super::chance() }
    }

    /// The same with a new master key in front; those before it stay.
    #[must_use]
    pub fn renewed(mut self, name: &str) -> Keys {
        name.clone_into(&mut self.current);
        self.masters.insert(name.to_owned(), super::chance());
        self
    }

    /// Without the master keys before the newest: once nothing is wrapped by them.
    #[must_use]
    pub fn alone(mut self) -> Keys {
        let Keys { current, masters, .. } = &mut self;
        masters.retain(|name, _| name == current);
        self
    }

    /// Reads a file.
    pub fn read(path: &Path) -> Result<Keys, BadKeys> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| BadKeys::Read { path: path.to_owned(), source })?;
        Keys::parse(&text).map_err(|why| BadKeys::Form { path: path.to_owned(), why })
    }

    fn parse(text: &str) -> Result<Keys, String> {
        // Not the error's own words: they quote the line, which is a key.
        let written: Written =
            toml::from_str(text).map_err(|_| "it needs `current`, `blind` and `[keys]`".to_owned())?;
        let masters = written.keys.iter().map(|(name, hex)| {
            let key = of_hex(hex).ok_or(format!("the key {name} is not 64 digits of hexadecimal"))?;
            Ok((name.clone(), key))
        });
        let masters: BTreeMap<String, [u8; 32]> = masters.collect::<Result<_, String>>()?;
        if !masters.contains_key(&written.current) {
            return Err(format!("`current` names {:?}, which is not under [keys]", written.current));
        }
        let blind = of_hex(&written.blind).ok_or("`blind` is not 64 digits of hexadecimal")?;
        Ok(Keys { current: written.current, masters, blind })
    }

    /// Writes the file anew, readable by its owner alone: aside, made durable, then renamed.
    pub fn write(&self, path: &Path) -> Result<(), BadKeys> {
        let keys = self.masters.iter().map(|(name, key)| (name.clone(), hex(key))).collect();
        let written = Written { current: self.current.clone(), blind: hex(&self.blind), keys };
        let text = HEAD.to_owned() + &toml::to_string(&written).expect("keys are plain data");
        put(path, &text).map_err(|source| BadKeys::Write { path: path.to_owned(), source })
    }

    /// Name of the newest master key.
    pub fn name(&self) -> &str {
        &self.current
    }

    pub(super) fn current(&self) -> &[u8; 32] {
        &self.masters[&self.current]
    }

    pub(super) fn master(&self, name: &str) -> Option<&[u8; 32]> {
        self.masters.get(name)
    }

    pub(super) fn blind(&self) -> &[u8; 32] {
        &self.blind
    }
}

fn put(path: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write;
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let aside = path.with_extension("part");
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&aside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&aside, path)
}

fn hex(key: &[u8; 32]) -> String {
    use std::fmt::Write;
    key.iter().fold(String::with_capacity(64), |mut text, byte| {
        let _infallible = write!(text, "{byte:02x}");
        text
    })
}

fn of_hex(text: &str) -> Option<[u8; 32]> {
    let digits = text.as_bytes();
    let byte = |at: usize| {
        let digit = |at: usize| char::from(digits[at]).to_digit(16);
        Some((digit(2 * at)? * 16 + digit(2 * at + 1)?) as u8)
    };
    let bytes: Vec<u8> = (digits.len() == 64).then(|| (0..32).map(byte).collect::<Option<_>>())??;
    bytes.try_into().ok()
}

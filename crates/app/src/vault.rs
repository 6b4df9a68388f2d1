//! What is personal is sealed before it is stored: each record has a key of its own, wrapped by a master key that lies in
//! a file and not in the database. Taking a record's key out erases what it sealed, wherever a copy of it lies.
//!
//! XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03) with a random nonce in front; lookups go by HMAC-SHA-256 (RFC 2104)
//! under a key of its own, so that an index of phone tails tells nothing to whoever reads the database alone.

mod file;

use std::collections::HashMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{Key, KeyInit as _, XChaCha20Poly1305, XNonce};
use hmac::{Hmac, KeyInit as _, Mac};
use jiff::Timestamp;
use sha2::Sha256;
use store::secret::{self, Wrapped};
use store::{Batch, Fault, Statement, Store};
use uuid::Uuid;

pub use file::{BadKeys, Keys};

use crate::AppError;

const NONCE: usize = 24;
/// Keys wrapped anew in one commit.
const AT_ONCE: u32 = 200;

/// The master keys of this node. Cheap to clone.
#[derive(Clone)]
pub struct Vault {
    keys: Option<Arc<Keys>>,
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.keys.is_some() { "Vault(open)" } else { "Vault(closed)" })
    }
}

/// The key of one record.
#[derive(Clone)]
pub struct DataKey(XChaCha20Poly1305);

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DataKey(…)")
    }
}

impl Vault {
    /// Without keys: whatever is personal is refused.
    pub fn closed() -> Vault {
        Vault { keys: None }
    }

    /// With these.
    pub fn with(keys: Keys) -> Vault {
        Vault { keys: Some(Arc::new(keys)) }
    }

    /// With keys that nobody keeps: for tests and trials.
    pub fn of_chance() -> Vault {
        Vault::with(Keys::of_chance("chance"))
    }

    /// With the keys of a file. It is made when it is not there and the database holds nothing that was sealed; a
    /// database that was sealed with other keys than these is refused, since nobody could read it.
    pub async fn open(path: &Path, store: &Store, now: Timestamp) -> Result<Vault, BadKeys> {
        let masters = secret::masters(store).await.map_err(BadKeys::Store)?;
        let keys = if path.exists() {
            Keys::read(path)?
        } else if masters.is_empty() {
            let name = format!("k{}", now.strftime("%Y%m%d%H%M%S"));
            let keys = Keys::of_chance(&name);
            keys.write(path)?;
            keys
        } else {
            return Err(BadKeys::Lost { path: path.to_owned() });
        };
        match masters.iter().find(|(master, _)| keys.master(master).is_none()) {
            Some((master, n)) => {
                Err(BadKeys::Other { path: path.to_owned(), master: master.clone(), n_keys: *n })
            }
            None => Ok(Vault::with(keys)),
        }
    }

    /// Whether there are keys.
    pub fn is_open(&self) -> bool {
        self.keys.is_some()
    }

    fn keys(&self) -> Result<&Keys, AppError> {
        self.keys.as_deref().ok_or_else(|| AppError::Blocked {
            why: "this node has no keys to seal what is personal: give it the file of keys (setting `keys`)"
                .to_owned(),
        })
    }

    /// A new key for a record, and what keeps it.
    pub fn new_key(&self, id: Uuid, now: Timestamp) -> Result<(Statement, DataKey), AppError> {
        let keys = self.keys()?;
        let plain = chance::<32>();
        let wrapped = wrap(keys.current(), id, &plain);
        let row = Wrapped { id, master: keys.name().to_owned(), bytes: wrapped };
        Ok((row.insert(now), DataKey(cipher(&plain))))
    }

    /// The key of a record; `None` when it was erased.
    pub async fn key(&self, store: &Store, id: Uuid) -> Result<Option<DataKey>, AppError> {
        let keys = self.keys()?;
        secret::one(store, id).await?.map(|row| unwrap(keys, &row)).transpose()
    }

    /// The keys of many records; erased ones are left out.
    pub async fn many(&self, store: &Store, ids: &[Uuid]) -> Result<HashMap<Uuid, DataKey>, AppError> {
        let keys = self.keys()?;
        let rows = secret::many(store, ids).await?;
        rows.into_iter().map(|(id, row)| Ok((id, unwrap(keys, &row)?))).collect()
    }

    /// What a lookup goes by: says of two texts whether they are the same, and of one nothing. `kind` keeps the phone
    /// tails of one table from being compared with those of another.
    pub fn blind(&self, kind: &str, text: &str) -> Result<[u8; 16], AppError> {
        let keys = self.keys()?;
        let mut mac = Hmac::<Sha256>::new_from_slice(keys.blind()).expect("HMAC takes a key of any length");
        mac.update(&(kind.len() as u64).to_be_bytes());
        mac.update(kind.as_bytes());
        mac.update(text.as_bytes());
        let whole: [u8; 32] = mac.finalize().into_bytes().into();
        Ok(whole[..16].try_into().expect("16 of 32 bytes"))
    }

    /// Wraps every record's key by the newest master key; how many there were. What was sealed stays as it is.
    pub async fn rewrap(&self, store: &Store) -> Result<u64, AppError> {
        let keys = self.keys()?;
        let mut n = 0;
        loop {
            let some = secret::of_others(store, keys.name(), AT_ONCE).await?;
            if some.is_empty() {
                return Ok(n);
            }
            let mut batch = Batch::new("wrap keys");
            for row in &some {
                let plain = unwrapped(keys, row)?;
                let bytes = wrap(keys.current(), row.id, &plain);
                let new = Wrapped { id: row.id, master: keys.name().to_owned(), bytes };
                batch = batch.with(new.replace(&row.master));
            }
            store.commit(batch).await?;
            n += some.len() as u64;
        }
    }
}

/// What erases everything that a record's key has sealed.
pub fn erase(id: Uuid) -> Statement {
    secret::erase(id)
}

impl DataKey {
    /// Seals some bytes. `about` says what they are (`care/phone`): they can be opened only as that.
    pub fn seal(&self, about: &str, plain: &[u8]) -> Vec<u8> {
        let nonce = chance::<NONCE>();
        let payload = Payload { msg: plain, aad: about.as_bytes() };
        let sealed =
            self.0.encrypt(XNonce::from_slice(&nonce), payload).expect("a text in memory can be sealed");
        [nonce.as_slice(), &sealed].concat()
    }

    /// Opens what was sealed.
    pub fn open(&self, about: &str, sealed: &[u8]) -> Result<Vec<u8>, AppError> {
        let (nonce, rest) = sealed.split_at_checked(NONCE).ok_or_else(|| closed(about))?;
        let payload = Payload { msg: rest, aad: about.as_bytes() };
        self.0.decrypt(XNonce::from_slice(nonce), payload).map_err(|_| closed(about))
    }

    /// Seals a value as JSON; as text that stands in the acts of a stream.
    pub fn seal_text(&self, about: &str, value: &impl serde::Serialize) -> String {
        let plain = serde_json::to_vec(value).expect("what is sealed is plain data");
        URL_SAFE_NO_PAD.encode(self.seal(about, &plain))
    }

    /// Opens such a text.
    pub fn open_text<T: serde::de::DeserializeOwned>(&self, about: &str, text: &str) -> Result<T, AppError> {
        let sealed = URL_SAFE_NO_PAD.decode(text).map_err(|_| closed(about))?;
        serde_json::from_slice(&self.open(about, &sealed)?).map_err(|_| closed(about))
    }
}

/// Bytes of ordinary base64 (RFC 4648 §4); `None` when it is none.
pub fn of_base64(text: &str) -> Option<Vec<u8>> {
    base64::engine::general_purpose::STANDARD.decode(text).ok()
}

/// Without the bytes: they may be somebody's.
fn closed(about: &str) -> AppError {
    let why = "it was sealed with another key, as something else, or altered".to_owned();
    AppError::Fault(Fault::Nonsense { what: format!("what is sealed as {about}"), why })
}

fn wrap(master: &[u8; 32], id: Uuid, plain: &[u8; 32]) -> Vec<u8> {
    DataKey(cipher(master)).seal(&format!("key/{id}"), plain)
}

fn unwrapped(keys: &Keys, row: &Wrapped) -> Result<[u8; 32], AppError> {
    let about = format!("key/{}", row.id);
    let master = keys.master(&row.master).ok_or_else(|| closed(&about))?;
    let plain = DataKey(cipher(master)).open(&about, &row.bytes)?;
    plain.try_into().map_err(|_| closed(&about))
}

fn unwrap(keys: &Keys, row: &Wrapped) -> Result<DataKey, AppError> {
    Ok(DataKey(cipher(&unwrapped(keys, row)?)))
}

fn cipher(key: &[u8; 32]) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(Key::from_slice(key))
}

/// Bytes by chance, of the system's.
pub(crate) fn chance<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the machine has a source of randomness");
    bytes
}

//! The record of everything that is not a case: where a stream stands, its next entry, and the keys of acts, so that the
//! same sent twice is done once. What acts there are, and what they change, is each room's own affair.
//!
//! ```ignore
//! if let Some(used) = stream::used(app, key).await? { return used.again(&request, …) }
//! let row = …; // read, permit, decide
//! let mut trail = Trail::at(id, row.version, row.head);
//! let entry = trail.append(who, now, key, request, &act);
//! let batch = Batch::new("…").with(row.save(trail.version(), trail.head())).with(entry);
//! ```

use domain::audit::{Entry, Hash, sha256};
use domain::case::By;
use domain::id::ActId;
use domain::policy::Actor;
use domain::stream::StreamId;
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use store::log::{self, Used};
use store::{Fault, Statement};

use crate::{App, AppError, deeds};

/// How often a use case decides again because another was faster.
pub const TRIES: u32 = 12;

/// Where a stream stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trail {
    id: StreamId,
    version: u32,
    head: Hash,
}

impl Trail {
    /// A stream that nothing was written to yet.
    pub fn new(id: StreamId) -> Trail {
        Trail { id, version: 0, head: Hash::default() }
    }

    /// As a row has it.
    pub fn at(id: StreamId, version: u32, head: Hash) -> Trail {
        Trail { id, version, head }
    }

    /// The next entry; moves on to it. `request` is the hash of what was asked, for those who send it again.
    pub fn append(
        &mut self,
        who: &Actor,
        now: Timestamp,
        key: ActId,
        request: Hash,
        act: &impl Serialize,
    ) -> Statement {
        self.append_by(&deeds::by(who), now, key, request, act)
    }

    /// The same in the name of someone else than an actor: the clock, a person without an account.
    pub fn append_by(
        &mut self,
        by: &By,
        now: Timestamp,
        key: ActId,
        request: Hash,
        act: &impl Serialize,
    ) -> Statement {
        let entry = Entry::new(self.id, self.version + 1, key, now, by, act, self.head);
        (self.version, self.head) = (entry.version, entry.hash);
        log::insert(&entry, request).expecting(1)
    }

    /// Number of the newest entry; 0 when there is none.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// Hash of the newest entry.
    pub fn head(&self) -> Hash {
        self.head
    }
}

/// What an act's key was used for; asked before anything else.
pub async fn used(app: &App, key: ActId) -> Result<Option<Used>, AppError> {
    Ok(log::used(&app.store, key).await?)
}

/// Whether a used key was used for this request on this stream; else the key is taken.
pub fn is_again(used: &Used, id: StreamId, request: Hash) -> Result<(), AppError> {
    if used.stream == id && used.key == request { Ok(()) } else { Err(AppError::KeyReused) }
}

/// The key of an act of the platform itself: the same on every node, so that two nodes cannot both make it.
pub fn system_key(id: StreamId, version: u32) -> ActId {
    let hash = sha256(&[id.id.as_bytes().as_slice(), b"system", &version.to_be_bytes()].concat());
    let bytes: [u8; 16] = hash.0[..16].try_into().expect("a hash has more than 16 bytes");
    ActId(uuid::Builder::from_custom_bytes(bytes).into_uuid())
}

/// The hash of what was asked: SHA-256 of its canonical JSON.
pub fn request_hash(request: &impl Serialize) -> Hash {
    sha256(&serde_json::to_vec(request).expect("requests are plain data"))
}

/// One act as the record tells of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Told<A> {
    /// Its number in the stream.
    pub version: u32,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: By,
    /// What.
    pub act: A,
    /// Hash of its entry.
    pub hash: Hash,
}

/// Everything that was done, oldest first.
pub async fn acts<A: DeserializeOwned>(app: &App, id: StreamId) -> Result<Vec<Told<A>>, AppError> {
    let log = log::of(&app.store, id).await?;
    let told = log.into_iter().map(|entry| {
        let (by, act) = entry.read().map_err(|broken| {
            AppError::Fault(Fault::Nonsense { what: format!("the log of {id}"), why: broken.to_string() })
        })?;
        Ok(Told { version: entry.version, at: entry.at, by, act, hash: entry.hash })
    });
    told.collect()
}

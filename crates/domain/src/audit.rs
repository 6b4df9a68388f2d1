//! The record: one append-only, hash-chained entry for every act. Pure sums; storing and reading it live
//! outside.
//!
//! An entry's hash is SHA-256 over the hash before it and the entry's own bytes as they are stored, each
//! field with its length in front, so that no two entries can share their bytes and nothing needs to be
//! re-serialised to be checked (in the manner of RFC 6962's hashed lists).

use crate::case::{Act, By};
use crate::id::ActId;
use crate::stream::{Stream, StreamId};
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use std::fmt;
use thiserror::Error;

/// A SHA-256 hash; the empty chain's is all zeros.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Hash(pub [u8; 32]);

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}

impl Serialize for Hash {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

/// SHA-256 of some bytes.
pub fn sha256(bytes: &[u8]) -> Hash {
    Hash(Sha256::digest(bytes).into())
}

/// A seal over the record being made: SHA-256 over the seal before it and the hashes of the entries since, in the
/// order of commits. A chain of one case shows what is missing within; that a whole case is gone, only a seal shows.
#[derive(Clone, Debug)]
pub struct Sealing(Sha256);

impl Sealing {
    /// On top of the seal before; the first is on all zeros.
    pub fn on(before: Hash) -> Sealing {
        Sealing(Sha256::new_with_prefix(before.0))
    }

    /// One entry more.
    pub fn add(&mut self, entry: Hash) {
        self.0.update(entry.0);
    }

    /// All deeds up to a number, by the hash of the last: its chain stands for those before. Added when there are
    /// new ones, behind the entries; its length differs from theirs, so that neither can be taken for the other.
    pub fn add_deeds(&mut self, number: u64, last: Hash) {
        self.0.update(b"deeds");
        self.0.update(number.to_be_bytes());
        self.0.update(last.0);
    }

    /// The seal.
    pub fn finish(self) -> Hash {
        Hash(self.0.finalize().into())
    }
}

/// One entry of a log, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Whose log.
    pub stream: StreamId,
    /// 1 for the first act, then one more for each.
    pub version: u32,
    /// Identity of the act; also its idempotency key.
    pub act_id: ActId,
    /// When it was made, milliseconds UTC.
    pub at: Timestamp,
    /// Who, as canonical JSON of [`By`].
    pub by: String,
    /// What, as canonical JSON: of [`Act`] where it is a case's.
    pub act: String,
    /// Over the hash before and all of the above.
    pub hash: Hash,
}

impl Entry {
    /// The entry of an act, chained to the one before (`Hash::default()` for the first).
    pub fn new(
        stream: impl Into<StreamId>,
        version: u32,
        act_id: ActId,
        at: Timestamp,
        by: &By,
        act: &impl Serialize,
        before: Hash,
    ) -> Entry {
        let by = serde_json::to_string(by).expect("By is plain data");
        let act = serde_json::to_string(act).expect("acts are plain data");
        let at = Timestamp::from_millisecond(at.as_millisecond())
            .expect("a timestamp cut to milliseconds is in range");
        let mut entry = Entry { stream: stream.into(), version, act_id, at, by, act, hash: Hash::default() };
        entry.hash = entry.chained(before);
        entry
    }

    /// The hash this entry must have after `before`.
    pub fn chained(&self, before: Hash) -> Hash {
        let mut sha = Sha256::new();
        sha.update(before.0);
        if self.stream.stream != Stream::Case {
            sha.update(self.stream.stream.as_str()); // a case's are as they were when there was nothing else
        }
        sha.update(self.stream.id.as_bytes());
        sha.update(self.version.to_be_bytes());
        sha.update(self.act_id.0.as_bytes());
        sha.update(self.at.as_millisecond().to_be_bytes());
        for text in [&self.by, &self.act] {
            sha.update((text.len() as u64).to_be_bytes());
            sha.update(text.as_bytes());
        }
        Hash(sha.finalize().into())
    }

    /// Who and what, read back as the act of a case.
    pub fn parsed(&self) -> Result<(By, Act), Broken> {
        self.read()
    }

    /// Who and what, read back as an act of the kind that this stream has.
    pub fn read<A: DeserializeOwned>(&self) -> Result<(By, A), Broken> {
        let unreadable = || Broken { stream: self.stream, version: self.version, how: How::Unreadable };
        let by = serde_json::from_str(&self.by).map_err(|_| unreadable())?;
        let act = serde_json::from_str(&self.act).map_err(|_| unreadable())?;
        Ok((by, act))
    }
}

/// The first entry that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Error, Serialize)]
#[error("entry {version} of {stream} {how}")]
pub struct Broken {
    /// Whose log.
    #[serde(flatten)]
    pub stream: StreamId,
    /// Which entry.
    pub version: u32,
    /// What is wrong.
    pub how: How,
}

/// What is wrong with an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// Its bytes do not give its hash.
    Altered,
    /// It is not there, though a later one or the case itself says it was.
    Missing,
    /// It stands where another should.
    Reordered,
    /// Its bytes are no act.
    Unreadable,
    /// The law would have refused it.
    Illegal,
    /// The stored state is not what the log gives.
    StateDiffers,
}

impl fmt::Display for How {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            How::Altered => "was altered",
            How::Missing => "is missing",
            How::Reordered => "stands in the wrong place",
            How::Unreadable => "cannot be read",
            How::Illegal => "would have been refused",
            How::StateDiffers => "does not give the stored state",
        })
    }
}

/// Walks one log, oldest first, and names the first entry that does not hold; gives the chain's head.
pub fn verify_chain(log: &[Entry]) -> Result<Hash, Broken> {
    let mut head = Hash::default();
    for (index, entry) in log.iter().enumerate() {
        let expected = index as u32 + 1;
        let broken = |version, how| Broken { stream: entry.stream, version, how };
        if entry.version > expected {
            let stands_later = log[index..].iter().any(|other| other.version == expected);
            return Err(if stands_later {
                broken(entry.version, How::Reordered)
            } else {
                broken(expected, How::Missing)
            });
        }
        if entry.version < expected {
            return Err(broken(entry.version, How::Reordered));
        }
        if entry.hash != entry.chained(head) {
            return Err(broken(entry.version, How::Altered));
        }
        head = entry.hash;
    }
    Ok(head)
}

#[cfg(test)]
mod tests;

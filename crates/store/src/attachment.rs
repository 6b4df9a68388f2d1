//! Attachments: what is known of stored pictures and papers; their bytes lie elsewhere.

use crate::{Batch, CommitError, Fault, Store, params};
use domain::id::{AttachmentId, PersonId};
use jiff::Timestamp;

const INSERT: &str = "insert into attachment (id, sha256, mime, bytes, person_id, created_ms)
    values ($1, $2, $3, $4, $5, $6)";
const ONE: &str = "select sha256, mime, bytes from attachment where id = $1";

/// Statements of this file.
pub const SQL: &[&str] = &[INSERT, ONE];

/// A stored picture or paper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// Its id.
    pub id: AttachmentId,
    /// SHA-256 of its bytes, hex: where the bytes lie.
    pub sha256: String,
    /// Media type.
    pub mime: String,
    /// How many bytes.
    pub n_bytes: u64,
}

/// Adds it.
pub async fn add(
    store: &Store,
    it: &Attachment,
    person: Option<PersonId>,
    now: Timestamp,
) -> Result<(), CommitError> {
    let values = params![
        it.id.0,
        it.sha256.as_str(),
        it.mime.as_str(),
        it.n_bytes as i64,
        person.map(|p| p.0),
        now.as_millisecond()
    ];
    store.commit(Batch::new("attachment").guard(INSERT, values)).await
}

/// One of them.
pub async fn one(store: &Store, id: AttachmentId) -> Result<Option<Attachment>, Fault> {
    let row = store.row(ONE, params![id.0]).await?;
    row.map(|row| {
        let (sha256, mime) = (row.text("sha256")?, row.text("mime")?);
        Ok(Attachment { id, sha256, mime, n_bytes: row.int("bytes")? as u64 })
    })
    .transpose()
}

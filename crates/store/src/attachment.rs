//! Attachments: what is known of stored pictures, sounds and papers. Their bytes lie in a folder, by hash.

use domain::geo::LngLat;
use domain::id::{AttachmentId, PersonId};
use jiff::Timestamp;

use crate::case::opt_time;
use crate::{Batch, CommitError, Fault, Store, params};

const INSERT: &str = "insert into attachment
    (id, sha256, mime, bytes, width, height, taken_ms, lng, lat, person_id, created_ms)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
const ONE: &str =
    "select sha256, mime, bytes, width, height, taken_ms, lng, lat from attachment where id = $1";

/// Statements of this file.
pub const SQL: &[&str] = &[INSERT, ONE];

/// A stored picture, sound or paper.
#[derive(Clone, Debug, PartialEq)]
pub struct Attachment {
    /// Its id.
    pub id: AttachmentId,
    /// SHA-256 of the stored bytes, hex: where they lie.
    pub sha256: String,
    /// Media type, told by the bytes.
    pub mime: String,
    /// How many bytes.
    pub n_bytes: u64,
    /// Width and height of a picture as it is shown, in pixels.
    pub pixels: Option<(u32, u32)>,
    /// When the camera says it was taken.
    pub taken: Option<Timestamp>,
    /// Where the camera says it was taken, WGS-84.
    pub point: Option<LngLat>,
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
        it.pixels.map(|(width, _)| width),
        it.pixels.map(|(_, height)| height),
        it.taken.map(Timestamp::as_millisecond),
        it.point.map(|p| p.lng),
        it.point.map(|p| p.lat),
        person.map(|p| p.0),
        now.as_millisecond()
    ];
    store.commit(Batch::new("attachment").guard(INSERT, values)).await
}

/// One of them.
pub async fn one(store: &Store, id: AttachmentId) -> Result<Option<Attachment>, Fault> {
    let row = store.row(ONE, params![id.0]).await?;
    row.map(|row| {
        let pixels = row.opt_int("width")?.zip(row.opt_int("height")?);
        let point = row.opt_real("lng")?.zip(row.opt_real("lat")?);
        Ok(Attachment {
            id,
            sha256: row.text("sha256")?,
            mime: row.text("mime")?,
            n_bytes: row.int("bytes")? as u64,
            pixels: pixels.map(|(width, height)| (width as u32, height as u32)),
            taken: opt_time(&row, "taken_ms")?,
            point: point.map(|(lng, lat)| LngLat { lng, lat }),
        })
    })
    .transpose()
}

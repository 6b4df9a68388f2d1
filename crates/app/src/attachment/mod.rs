//! Pictures, sounds and papers: taken in as a stream, cleaned of what a device wrote into them, kept by the
//! hash of their bytes. What one shows and whose case it belongs to is the case's affair.
//!
//! An attachment is known by an id that nobody can guess, and shown only with the case it belongs to.

mod bucket;
mod kind;
mod picture;
mod shelf;
#[cfg(test)]
mod tests;

pub use bucket::Bucket;
pub use shelf::{Content, Shelf};
pub use store::attachment::Attachment;

use std::sync::LazyLock;

use domain::audit::sha256;
use domain::id::{AttachmentId, PersonId};
use jiff::tz::TimeZone;
use store::attachment;
use tokio::fs::File;
use tokio::io::AsyncWriteExt;
use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::{App, AppError};
use kind::Kind;
use shelf::Aside;
pub(crate) use shelf::fault;

/// The most bytes of one attachment.
pub const MOST_BYTES: u64 = 20 * 1024 * 1024;

/// Pictures decoded at once on one node: each may take 100 MB for a moment.
static DECODING: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(2));

/// An attachment that is coming in. Dropped before its end, it leaves nothing behind.
pub struct Upload {
    file: File,
    aside: Aside,
    n_bytes: u64,
}

impl App {
    /// Begins to take one in.
    pub async fn upload(&self) -> Result<Upload, AppError> {
        let folder = self.shelf.coming();
        tokio::fs::create_dir_all(&folder).await.map_err(fault)?;
        let path = folder.join(Uuid::now_v7().simple().to_string());
        let file = File::create(&path).await.map_err(fault)?;
        Ok(Upload { file, aside: Aside(path), n_bytes: 0 })
    }

    /// Keeps one that has come in whole. Its kind is told by its bytes, never by its name.
    pub async fn keep(&self, upload: Upload, person: Option<PersonId>) -> Result<Attachment, AppError> {
        self.keep_as(None, upload, person).await
    }

    /// The same under an id that was made elsewhere.
    async fn keep_as(
        &self,
        id: Option<AttachmentId>,
        upload: Upload,
        person: Option<PersonId>,
    ) -> Result<Attachment, AppError> {
        let Upload { mut file, aside, .. } = upload;
        file.flush().await.map_err(fault)?;
        drop(file);
        let Cleaned { mut it, bytes, thumb } = self.clean(aside).await?;
        it.id = id.unwrap_or(it.id);
        // The thumbnail first: whoever finds the picture finds it too.
        if let Some(thumb) = thumb {
            self.shelf.put(&thumb_of(&it.sha256), thumb).await?;
        }
        self.shelf.put(&it.sha256, bytes).await?;
        attachment::add(&self.store, &it, person, self.clock.now()).await?;
        Ok(it)
    }

    /// Takes one in that is at hand whole.
    pub async fn attach(&self, person: Option<PersonId>, bytes: &[u8]) -> Result<Attachment, AppError> {
        self.attach_as(None, person, bytes).await
    }

    /// The same under an id that was made elsewhere.
    pub(crate) async fn attach_as(
        &self,
        id: Option<AttachmentId>,
        person: Option<PersonId>,
        bytes: &[u8],
    ) -> Result<Attachment, AppError> {
        let mut upload = self.upload().await?;
        upload.write(bytes).await?;
        self.keep_as(id, upload, person).await
    }

    /// Hash of the bytes of one, if there is such a one.
    pub async fn sha256_of(&self, id: AttachmentId) -> Result<Option<String>, AppError> {
        Ok(attachment::one(&self.store, id).await?.map(|it| it.sha256))
    }

    /// What is known of one.
    pub async fn attachment(&self, id: AttachmentId) -> Result<Attachment, AppError> {
        attachment::one(&self.store, id).await?.ok_or(AppError::NotFound { what: "attachment" })
    }

    /// Its bytes, or those of its thumbnail (JPEG), which only pictures have.
    pub async fn bytes_of(&self, it: &Attachment, thumb: bool) -> Result<Content, AppError> {
        let name = if thumb { thumb_of(&it.sha256) } else { it.sha256.clone() };
        self.shelf.get(&name).await
    }

    async fn clean(&self, aside: Aside) -> Result<Cleaned, AppError> {
        let _slot = DECODING.acquire().await.expect("the semaphore is never closed");
        let zone = self.city().zone.clone();
        let cleaning = tokio::task::spawn_blocking(move || {
            let bytes = std::fs::read(&aside.0).map_err(fault)?;
            clean(bytes, &zone)
        });
        cleaning.await.expect("cleaning a file does not panic")
    }
}

impl Upload {
    /// Takes in some bytes more.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), AppError> {
        self.n_bytes += bytes.len() as u64;
        if self.n_bytes > MOST_BYTES {
            let says = format!("an attachment may have at most {MOST_BYTES} bytes");
            return Err(AppError::field("", "range", says));
        }
        self.file.write_all(bytes).await.map_err(fault)
    }
}

/// Whether there is one of this id.
pub(crate) async fn is_known(app: &App, id: AttachmentId) -> Result<bool, AppError> {
    Ok(attachment::one(&app.store, id).await?.is_some())
}

/// What is kept of one, and what is known of it.
struct Cleaned {
    it: Attachment,
    bytes: Vec<u8>,
    thumb: Option<Vec<u8>>,
}

fn clean(bytes: Vec<u8>, zone: &TimeZone) -> Result<Cleaned, AppError> {
    let kind = Kind::of(&bytes).ok_or_else(|| {
        let taken: Vec<&str> = Kind::ALL.iter().map(|kind| kind.mime()).collect();
        AppError::field("", "format", format!("the bytes are of no kind taken here: {}", taken.join(", ")))
    })?;
    let picture = kind.format().map(|format| picture::look(&bytes, format, zone)).transpose()?;
    let (bytes, pixels, taken, point, thumb) = match picture {
        Some(it) => (it.clean, Some(it.pixels), it.taken, it.point, Some(it.thumb)),
        None => (bytes, None, None, None, None),
    };
    let (id, sha256) = (AttachmentId(Uuid::now_v7()), sha256(&bytes).to_string());
    let n_bytes = bytes.len() as u64;
    let it = Attachment { id, sha256, mime: kind.mime().to_owned(), n_bytes, pixels, taken, point };
    Ok(Cleaned { it, bytes, thumb })
}

fn thumb_of(hash: &str) -> String {
    format!("{hash}.thumb")
}

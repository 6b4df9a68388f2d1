//! Pictures, sounds and papers: taken in as a stream, cleaned of what a device wrote into them, kept by the
//! hash of their bytes. What one shows and whose case it belongs to is the case's affair.
//!
//! An attachment is known by an id that nobody can guess, and shown only with the case it belongs to.

mod kind;
mod picture;
#[cfg(test)]
mod tests;

pub use store::attachment::Attachment;

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use domain::audit::sha256;
use domain::id::{AttachmentId, PersonId};
use jiff::tz::TimeZone;
use store::{Fault, attachment};
use tokio::fs::File;
use tokio::io::AsyncWriteExt;
use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::{App, AppError};
use kind::Kind;

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

/// A file that is removed unless it was moved away.
struct Aside(PathBuf);

impl Drop for Aside {
    fn drop(&mut self) {
        let _gone_already = std::fs::remove_file(&self.0);
    }
}

impl App {
    /// Begins to take one in.
    pub async fn upload(&self) -> Result<Upload, AppError> {
        let folder = self.files.join("coming");
        tokio::fs::create_dir_all(&folder).await.map_err(fault)?;
        let path = folder.join(Uuid::now_v7().simple().to_string());
        let file = File::create(&path).await.map_err(fault)?;
        Ok(Upload { file, aside: Aside(path), n_bytes: 0 })
    }

    /// Keeps one that has come in whole. Its kind is told by its bytes, never by its name.
    pub async fn keep(&self, upload: Upload, person: Option<PersonId>) -> Result<Attachment, AppError> {
        let Upload { mut file, aside, .. } = upload;
        file.flush().await.map_err(fault)?;
        drop(file);
        let _slot = DECODING.acquire().await.expect("the semaphore is never closed");
        let (files, zone) = (self.files.clone(), self.city().zone.clone());
        let kept = tokio::task::spawn_blocking(move || clean_and_keep(&files, &aside, &zone));
        let it = kept.await.expect("cleaning a file does not panic")?;
        attachment::add(&self.store, &it, person, self.clock.now()).await?;
        Ok(it)
    }

    /// Takes one in that is at hand whole.
    pub async fn attach(&self, person: Option<PersonId>, bytes: &[u8]) -> Result<Attachment, AppError> {
        let mut upload = self.upload().await?;
        upload.write(bytes).await?;
        self.keep(upload, person).await
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
    pub async fn bytes_of(&self, it: &Attachment, thumb: bool) -> Result<File, AppError> {
        let path = place(&self.files, &it.sha256);
        let path = if thumb { thumb_of(&path) } else { path };
        File::open(path).await.map_err(|error| match error.kind() {
            ErrorKind::NotFound => AppError::NotFound { what: "attachment" },
            _ => fault(error),
        })
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

fn clean_and_keep(files: &Path, aside: &Aside, zone: &TimeZone) -> Result<Attachment, AppError> {
    let bytes = std::fs::read(&aside.0).map_err(fault)?;
    let kind = Kind::of(&bytes).ok_or_else(|| {
        let taken: Vec<&str> = Kind::ALL.iter().map(|kind| kind.mime()).collect();
        AppError::field("", "format", format!("the bytes are of no kind taken here: {}", taken.join(", ")))
    })?;
    let picture = kind.format().map(|format| picture::look(&bytes, format, zone)).transpose()?;
    let (bytes, pixels, taken, point, thumb) = match picture {
        Some(it) => (it.clean, Some(it.pixels), it.taken, it.point, Some(it.thumb)),
        None => (bytes, None, None, None, None),
    };
    let hash = sha256(&bytes).to_string();
    let path = place(files, &hash);
    if let Some(thumb) = thumb {
        write_whole(&thumb_of(&path), &thumb).map_err(fault)?;
    }
    write_whole(&path, &bytes).map_err(fault)?;
    let id = AttachmentId(Uuid::now_v7());
    let n_bytes = bytes.len() as u64;
    Ok(Attachment { id, sha256: hash, mime: kind.mime().to_owned(), n_bytes, pixels, taken, point })
}

fn place(files: &Path, hash: &str) -> PathBuf {
    files.join(&hash[..2]).join(hash)
}

fn thumb_of(path: &Path) -> PathBuf {
    path.with_extension("thumb")
}

/// Written aside, synced and renamed: a file that is there is whole. The same bytes are kept once.
fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    use std::io::Write;
    if path.exists() {
        return Ok(());
    }
    let folder = path.parent().expect("an attachment lies in a folder");
    std::fs::create_dir_all(folder)?;
    let aside = Aside(folder.join(format!("{}.part", Uuid::now_v7().simple())));
    let mut file = std::fs::File::create(&aside.0)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&aside.0, path)?;
    std::fs::File::open(folder)?.sync_all()
}

#[allow(clippy::needless_pass_by_value)] // reads better in `map_err`
fn fault(error: io::Error) -> AppError {
    match error.kind() {
        ErrorKind::StorageFull => AppError::Full,
        _ => Fault::Nonsense { what: "the folder of attachments".to_owned(), why: error.to_string() }.into(),
    }
}

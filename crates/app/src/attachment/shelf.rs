//! Where the bytes lie: a folder, or a bucket of S3-compatible storage that all nodes share. Both know a thing by
//! the hash of its bytes, so the same bytes are kept once, and what is there is whole.

use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use futures_util::stream::{self, BoxStream};
use futures_util::{StreamExt, TryStreamExt};
use store::Fault;
use tokio::fs::File;
use tokio::io::AsyncReadExt;
use uuid::Uuid;

use super::bucket::Bucket;
use crate::AppError;

/// Bytes as they come, in pieces.
pub type Content = BoxStream<'static, io::Result<Vec<u8>>>;

/// Bytes of a piece.
const PIECE: usize = 64 * 1024;

/// A shelf for attachments. Cheap to clone.
#[derive(Clone, Debug)]
pub enum Shelf {
    /// A folder of this machine, in which what is coming in lies too.
    Folder(PathBuf),
    /// A bucket, and the folder of this machine in which what is coming in lies.
    Bucket(Bucket, PathBuf),
}

/// A file that is removed unless it was moved away.
pub(super) struct Aside(pub(super) PathBuf);

impl Drop for Aside {
    fn drop(&mut self) {
        let _gone_already = std::fs::remove_file(&self.0);
    }
}

impl Shelf {
    /// The folder of this machine for what is coming in.
    pub fn coming(&self) -> PathBuf {
        match self {
            Shelf::Folder(folder) | Shelf::Bucket(_, folder) => folder.join("coming"),
        }
    }

    /// Asks whether it can be read and written; for `gridward check` and the start.
    pub async fn probe(&self) -> Result<(), AppError> {
        match self {
            Shelf::Folder(folder) => tokio::fs::create_dir_all(folder).await.map_err(fault),
            Shelf::Bucket(bucket, _) => bucket.probe().await,
        }
    }

    pub(super) async fn put(&self, name: &str, bytes: Vec<u8>) -> Result<(), AppError> {
        match self {
            Shelf::Folder(folder) => {
                let path = place(folder, name);
                let writing = tokio::task::spawn_blocking(move || write_whole(&path, &bytes));
                writing.await.expect("writing a file does not panic").map_err(fault)
            }
            Shelf::Bucket(bucket, _) => bucket.put(name, bytes).await,
        }
    }

    pub(super) async fn get(&self, name: &str) -> Result<Content, AppError> {
        match self {
            Shelf::Folder(folder) => {
                let file = File::open(place(folder, name)).await.map_err(|error| match error.kind() {
                    ErrorKind::NotFound => AppError::NotFound { what: "attachment" },
                    _ => fault(error),
                })?;
                Ok(pieces(file))
            }
            Shelf::Bucket(bucket, _) => {
                Ok(bucket.get(name).await?.map_ok(|piece| piece.to_vec()).map_err(io::Error::other).boxed())
            }
        }
    }
}

fn place(folder: &Path, name: &str) -> PathBuf {
    folder.join(&name[..2]).join(name)
}

/// Written aside, synced and renamed: a file that is there is whole. The same bytes are kept once.
fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
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

fn pieces(file: File) -> Content {
    stream::try_unfold(file, async |mut file| {
        let mut piece = vec![0; PIECE];
        let count = file.read(&mut piece).await?;
        piece.truncate(count);
        Ok((count > 0).then_some((piece, file)))
    })
    .boxed()
}

#[allow(clippy::needless_pass_by_value)] // reads better in `map_err`
pub(crate) fn fault(error: io::Error) -> AppError {
    match error.kind() {
        ErrorKind::StorageFull => AppError::Full,
        _ => Fault::Nonsense { what: "the folder of attachments".to_owned(), why: error.to_string() }.into(),
    }
}

//! Pictures and papers that come in pieces over slow lines: begun once, gone on with from where they broke off, whole when
//! their bytes give the hash that the phone said. The pieces lie on this node; on another the upload begins anew.

use std::io::SeekFrom;
use std::path::PathBuf;

use domain::audit::sha256;
use domain::id::AttachmentId;
use jiff::SignedDuration;
use store::sync::{self, Upload};
use store::{Batch, CommitError};
use tokio::fs::File;
use tokio::io::{AsyncSeekExt, AsyncWriteExt};
use uuid::Uuid;

use crate::attachment::{MOST_BYTES, fault};
use crate::session::Signed;
use crate::{App, AppError};

/// An upload that nobody went on with for so long is given up.
const PATIENCE: SignedDuration = SignedDuration::from_hours(7 * 24);

/// How far an upload has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Bytes that are here.
    pub offset: u64,
    /// Bytes in all.
    pub bytes: u64,
    /// It is whole, and kept as the attachment of the same id.
    pub done: bool,
}

/// Bytes that are here, which is not where the caller wanted to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Elsewhere(pub u64);

/// An upload that takes in a piece.
pub struct Piece {
    upload: Upload,
    file: File,
    offset: u64,
    _mine: tokio::sync::OwnedMutexGuard<()>,
}

/// Begins an upload under the phone's id; the same again goes on. Whether it is new.
pub async fn begin(
    app: &App,
    who: &Signed,
    id: Uuid,
    bytes: u64,
    sha256: Option<String>,
) -> Result<(Progress, bool), AppError> {
    if bytes == 0 || bytes > MOST_BYTES {
        let says = format!("an attachment has 1 to {MOST_BYTES} bytes");
        return Err(AppError::field("/bytes", "range", says));
    }
    let is_hash = |text: &String| text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit());
    if sha256.as_ref().is_some_and(|text| !is_hash(text)) {
        return Err(AppError::field("/sha256", "format", "a SHA-256 is 64 digits of hexadecimal"));
    }
    if crate::attachment::is_known(app, AttachmentId(id)).await? {
        let known = sync::upload(&app.store, id).await?.filter(|it| it.person == who.person);
        known.ok_or(AppError::KeyReused)?;
    }
    let sha256 = sha256.map(|text| text.to_ascii_lowercase());
    let upload = Upload { id, person: who.person, bytes, sha256, made: app.clock.now(), done: None };
    match app.store.commit(Batch::new("upload").with(upload.begin())).await {
        Ok(()) => Ok((Progress { offset: 0, bytes, done: false }, true)),
        Err(CommitError::Duplicate { .. }) => {
            let known = theirs(app, who, id).await?;
            if (known.bytes, &known.sha256) != (bytes, &upload.sha256) {
                return Err(AppError::KeyReused);
            }
            Ok((progress(app, &known).await, false))
        }
        Err(error) => Err(error.into()),
    }
}

/// How far it has come.
pub async fn look(app: &App, who: &Signed, id: Uuid) -> Result<Progress, AppError> {
    let known = theirs(app, who, id).await?;
    Ok(progress(app, &known).await)
}

/// Goes on at a place, which must be where it broke off; else says where that is.
pub async fn go_on(
    app: &App,
    who: &Signed,
    id: Uuid,
    offset: u64,
) -> Result<Result<Piece, Elsewhere>, AppError> {
    let mine = app.turns.of(id).await;
    let upload = theirs(app, who, id).await?;
    let here = progress(app, &upload).await;
    if here.done || here.offset != offset {
        return Ok(Err(Elsewhere(here.offset)));
    }
    let folder = app.shelf.coming();
    tokio::fs::create_dir_all(&folder).await.map_err(fault)?;
    let mut options = File::options();
    let mut file =
        options.create(true).write(true).truncate(false).open(path(app, id)).await.map_err(fault)?;
    file.seek(SeekFrom::Start(offset)).await.map_err(fault)?;
    Ok(Ok(Piece { upload, file, offset, _mine: mine }))
}

impl Piece {
    /// Takes in some bytes more; never more than were announced.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), AppError> {
        self.offset += bytes.len() as u64;
        if self.offset > self.upload.bytes {
            let says = format!("{} bytes were announced, and more came", self.upload.bytes);
            return Err(AppError::field("", "range", says));
        }
        self.file.write_all(bytes).await.map_err(fault)
    }

    /// What came is safe from now on. When it was the last piece, the whole is looked at and kept.
    pub async fn end(self, app: &App) -> Result<Progress, AppError> {
        let Piece { upload, mut file, offset, _mine } = self;
        file.flush().await.map_err(fault)?;
        file.sync_data().await.map_err(fault)?;
        drop(file);
        let done = offset == upload.bytes;
        if done {
            finish(app, &upload).await?;
        }
        Ok(Progress { offset, bytes: upload.bytes, done })
    }
}

/// Looks at the whole and keeps it as an attachment of the same id. Bytes that are not those announced are thrown away,
/// and the upload begins anew.
async fn finish(app: &App, upload: &Upload) -> Result<(), AppError> {
    let id = AttachmentId(upload.id);
    if !crate::attachment::is_known(app, id).await? {
        let path = path(app, upload.id);
        let bytes = tokio::fs::read(&path).await.map_err(fault)?;
        let hash = sha256(&bytes).to_string();
        if upload.sha256.as_ref().is_some_and(|said| *said != hash) {
            let _thrown_away = tokio::fs::remove_file(&path).await;
            let says = format!("the bytes give {hash}, which is not what was announced; send them again");
            return Err(AppError::field("/sha256", "conflict", says));
        }
        if let Err(error) = app.attach_as(Some(id), Some(upload.person), &bytes).await {
            if matches!(error, AppError::Invalid(_)) {
                let _thrown_away = tokio::fs::remove_file(&path).await;
            }
            return Err(error);
        }
    }
    app.store.commit(Batch::new("uploaded").with(sync::uploaded(upload.id, app.clock.now()))).await?;
    let _kept_elsewhere = tokio::fs::remove_file(path(app, upload.id)).await;
    Ok(())
}

/// Gives up what nobody went on with for a week; how many there were.
pub async fn sweep(app: &App) -> Result<usize, AppError> {
    let stale = sync::stale_uploads(&app.store, app.clock.now() - PATIENCE, 100).await?;
    for upload in &stale {
        let _mine = app.turns.of(upload.id).await;
        app.store.commit(Batch::new("drop upload").with(sync::drop_upload(upload.id))).await?;
        let _was_on_another_node = tokio::fs::remove_file(path(app, upload.id)).await;
    }
    Ok(stale.len())
}

async fn theirs(app: &App, who: &Signed, id: Uuid) -> Result<Upload, AppError> {
    let known = sync::upload(&app.store, id).await?.filter(|it| it.person == who.person);
    known.ok_or(AppError::NotFound { what: "upload" })
}

async fn progress(app: &App, upload: &Upload) -> Progress {
    let bytes = upload.bytes;
    if upload.done.is_some() {
        return Progress { offset: bytes, bytes, done: true };
    }
    let here = tokio::fs::metadata(path(app, upload.id)).await.map_or(0, |it| it.len());
    // All bytes are here and were not looked at: whoever sent the last piece heard nothing. It is sent again.
    let offset = if here >= bytes { bytes - 1 } else { here };
    Progress { offset, bytes, done: false }
}

fn path(app: &App, id: Uuid) -> PathBuf {
    app.shelf.coming().join(format!("upload-{}", id.simple()))
}

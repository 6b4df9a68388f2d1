//! Pictures and papers: taken in without what a camera wrote into them, kept by the hash of their bytes.

use crate::{App, AppError};
use domain::audit::sha256;
use domain::id::{AttachmentId, PersonId};
use img_parts::jpeg::Jpeg;
use img_parts::png::Png;
use img_parts::webp::WebP;
use img_parts::{Bytes, ImageEXIF, ImageICC};
use std::path::PathBuf;
use store::attachment::{self, Attachment};
use uuid::Uuid;

/// The most bytes of one attachment.
pub const MOST_BYTES: usize = 20 * 1024 * 1024;

impl App {
    /// Takes one in; its kind is told by its first bytes, not by its name.
    pub async fn attach(&self, person: Option<PersonId>, bytes: Vec<u8>) -> Result<Attachment, AppError> {
        let n_given = bytes.len();
        if n_given > MOST_BYTES {
            return Err(AppError::field(
                "/",
                "range",
                format!("{n_given} bytes are too many; {MOST_BYTES} is the most"),
            ));
        }
        let (mime, bytes) = cleaned(bytes)?;
        let hash = sha256(&bytes).to_string();
        let path = self.path_of(&hash);
        let it = Attachment {
            id: AttachmentId(Uuid::now_v7()),
            sha256: hash,
            mime: mime.to_owned(),
            n_bytes: bytes.len() as u64,
        };
        tokio::task::spawn_blocking(move || keep(&path, &bytes))
            .await
            .expect("keeping a file does not panic")
            .map_err(full)?;
        attachment::add(&self.store, &it, person, self.clock.now()).await?;
        Ok(it)
    }

    /// One of them with its bytes.
    pub async fn attachment(&self, id: AttachmentId) -> Result<(Attachment, Vec<u8>), AppError> {
        let missing = AppError::NotFound { what: "attachment" };
        let Some(it) = attachment::one(&self.store, id).await? else { return Err(missing) };
        let bytes = tokio::fs::read(self.path_of(&it.sha256)).await.map_err(|_| missing)?;
        Ok((it, bytes))
    }

    /// Hash of an attachment, if there is such a one.
    pub async fn sha256_of(&self, id: AttachmentId) -> Result<Option<String>, AppError> {
        Ok(attachment::one(&self.store, id).await?.map(|it| it.sha256))
    }

    fn path_of(&self, hash: &str) -> PathBuf {
        self.files.join(&hash[..2]).join(hash)
    }
}

/// Written aside, synced and renamed: a file that is there is whole.
fn keep(path: &std::path::Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write;
    if path.exists() {
        return Ok(());
    }
    let folder = path.parent().expect("an attachment lies in a folder");
    std::fs::create_dir_all(folder)?;
    let aside = folder.join(format!("{}.part", Uuid::now_v7().simple()));
    let mut file = std::fs::File::create(&aside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&aside, path)?;
    std::fs::File::open(folder)?.sync_all()
}

fn full(error: std::io::Error) -> AppError {
    match error.kind() {
        std::io::ErrorKind::StorageFull => AppError::Full,
        _ => store::Fault::Nonsense { what: "the folder of attachments".to_owned(), why: error.to_string() }
            .into(),
    }
}

/// The media type, and the bytes without EXIF (place, time and device of the camera).
fn cleaned(bytes: Vec<u8>) -> Result<(&'static str, Vec<u8>), AppError> {
    let broken = |what: &str| {
        AppError::field("/", "format", format!("this {what} cannot be read; take the picture again"))
    };
    let bytes = Bytes::from(bytes);
    match bytes.get(..12).unwrap_or_default() {
        [0xff, 0xd8, 0xff, ..] => {
            let mut image = Jpeg::from_bytes(bytes).map_err(|_| broken("JPEG"))?;
            image.set_exif(None);
            image.set_icc_profile(None);
            image.segments_mut().retain(|s| !matches!(s.marker(), 0xe1 | 0xed | 0xfe));
            Ok(("image/jpeg", image.encoder().bytes().to_vec()))
        }
        [0x89, b'P', b'N', b'G', ..] => {
            let mut image = Png::from_bytes(bytes).map_err(|_| broken("PNG"))?;
            image.set_exif(None);
            image
                .chunks_mut()
                .retain(|c| !matches!(&c.kind(), b"tEXt" | b"iTXt" | b"zTXt" | b"tIME" | b"eXIf"));
            Ok(("image/png", image.encoder().bytes().to_vec()))
        }
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P'] => {
            let mut image = WebP::from_bytes(bytes).map_err(|_| broken("WebP"))?;
            image.set_exif(None);
            image.chunks_mut().retain(|c| &c.id() != b"XMP ");
            Ok(("image/webp", image.encoder().bytes().to_vec()))
        }
        [b'%', b'P', b'D', b'F', ..] => Ok(("application/pdf", bytes.to_vec())),
        _ => Err(AppError::field("/", "format", "only JPEG, PNG, WebP and PDF are taken here")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_camera_wrote_into_a_picture_is_gone() {
        let mut jpeg = vec![0xff, 0xd8, 0xff, 0xe1, 0x00, 0x0e];
        jpeg.extend_from_slice(b"Exif\0\0secret");
        jpeg.extend_from_slice(&[0xff, 0xda, 0x00, 0x02, 1, 2, 3, 0xff, 0xd9]);
        let (mime, clean) = cleaned(jpeg).unwrap();
        assert_eq!(mime, "image/jpeg");
        assert!(!clean.windows(6).any(|w| w == b"secret"));
    }

    #[test]
    fn a_program_named_like_a_picture_is_refused() {
        assert!(cleaned(b"MZ\x90\0 this program cannot be run".to_vec()).is_err());
    }
}

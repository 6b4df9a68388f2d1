//! Where a SQLite database lies: the address taken apart, temporary places, and file systems that are refused.

use std::path::{Path, PathBuf};

use crate::engine::fault::{Fault, without_secrets};

/// 16 MiB: seldom enough to cost little, often enough to keep the log short.
const CHECKPOINT_PAGES: i64 = 4_096;

/// A database file; a temporary one goes when the last thread lets go of it.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) file: PathBuf,
    pub(crate) vfs: Option<String>,
    /// Length of the write-ahead log at which it is copied into the database, in pages of 4 KiB.
    pub(crate) checkpoint_pages: i64,
    temporary: Option<PathBuf>,
}

impl Place {
    /// Takes `sqlite:/path/file.db`, `sqlite:file.db` and `sqlite::memory:`; behind a `?` may follow `vfs=NAME` and
    /// `checkpoint_pages=N`, joined by `&`.
    ///
    /// The third is a private temporary file: several connections must see it, with the same journal as a real one.
    pub(crate) fn parse(url: &str) -> Result<Self, Fault> {
        let unknown = || Fault::Address { url: without_secrets(url) };
        let rest = url.strip_prefix("sqlite:").ok_or_else(unknown)?;
        let (path, query) = rest.split_once('?').map_or((rest, None), |(path, query)| (path, Some(query)));
        let (mut vfs, mut checkpoint_pages) = (None, CHECKPOINT_PAGES);
        for setting in query.into_iter().flat_map(|query| query.split('&')) {
            match setting.split_once('=') {
                Some(("vfs", name)) => vfs = Some(name.to_owned()),
                Some(("checkpoint_pages", pages)) => {
                    checkpoint_pages = pages.parse().map_err(|_| unknown())?;
                }
                _ => return Err(unknown()),
            }
        }
        if path == ":memory:" {
            let folder = std::env::temp_dir().join(format!("gridward-{}", uuid::Uuid::now_v7().simple()));
            create_folder(&folder)?;
            return Ok(Self {
                file: folder.join("store.db"),
                vfs,
                checkpoint_pages,
                temporary: Some(folder),
            });
        }
        let file = PathBuf::from(path.strip_prefix("//").unwrap_or(path));
        if file.file_name().is_none() {
            return Err(unknown());
        }
        if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            create_folder(folder)?;
            refuse_far_disks(folder)?;
        }
        Ok(Self { file, vfs, checkpoint_pages, temporary: None })
    }

    /// Remembers, as long as the page cache lives, that the disk did not keep what it had taken.
    ///
    /// Needs no sync: a power cut that loses the mark loses the deceiving page cache with it.
    pub(super) fn mark_lost(&self) {
        if let Err(error) = std::fs::write(self.beside("-lost"), b"") {
            tracing::error!(%error, "cannot leave a mark: before the next start, start the machine anew");
        }
    }

    /// After a failed fsync the page cache shows a write-ahead log that the disk does not have, and the next fsync
    /// succeeds without writing it. Copied into a new file it is what it seems, before anything is built on it.
    pub(super) fn mend(&self) -> std::io::Result<()> {
        let (log, copy) = (self.beside("-wal"), self.beside("-wal-mended"));
        if !self.beside("-lost").exists() || !log.exists() {
            return Ok(());
        }
        tracing::warn!(file = %self.file.display(), "the last process lost its disk: the write-ahead log is written anew");
        std::fs::copy(&log, &copy)?;
        std::fs::File::open(&copy)?.sync_all()?;
        std::fs::rename(&copy, &log)?;
        match self.file.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => std::fs::File::open(folder)?.sync_all(),
            _ => std::fs::File::open(".")?.sync_all(),
        }
    }

    /// Everything is durable again.
    pub(super) fn unmark(&self) -> std::io::Result<()> {
        match std::fs::remove_file(self.beside("-lost")) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn beside(&self, ending: &str) -> PathBuf {
        let mut path = self.file.clone().into_os_string();
        path.push(ending);
        path.into()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(folder) = &self.temporary
            && let Err(error) = std::fs::remove_dir_all(folder)
        {
            tracing::warn!(%error, folder = %folder.display(), "cannot remove a temporary database");
        }
    }
}

fn create_folder(folder: &Path) -> Result<(), Fault> {
    std::fs::create_dir_all(folder)
        .map_err(|source| Fault::Open { url: folder.display().to_string(), source: source.into() })
}

/// Write-ahead logging shares memory between processes through the file: no network file system keeps that promise.
fn refuse_far_disks(folder: &Path) -> Result<(), Fault> {
    let (Ok(mounts), Ok(folder)) = (std::fs::read_to_string("/proc/self/mountinfo"), folder.canonicalize())
    else {
        return Ok(()); // not Linux: nothing to ask
    };
    match file_system(&mounts, &folder) {
        Some(kind) if is_far(kind) => Err(Fault::Place { path: folder, kind: kind.to_owned() }),
        Some("overlay") => {
            tracing::warn!(folder = %folder.display(), "the database lies in a container's own layer and goes with it: use a volume");
            Ok(())
        }
        _ => Ok(()),
    }
}

/// The type of the file system a folder lies on: that of the longest mount point above it.
fn file_system<'a>(mountinfo: &'a str, folder: &Path) -> Option<&'a str> {
    mountinfo
        .lines()
        .filter_map(|line| {
            let (left, right) = line.split_once(" - ")?;
            Some((left.split(' ').nth(4)?, right.split(' ').next()?))
        })
        .filter(|(point, _)| folder.starts_with(point.replace("\\040", " ")))
        .max_by_key(|(point, _)| point.len()) // of equals the last: later mounts cover earlier ones
        .map(|(_, kind)| kind)
}

fn is_far(kind: &str) -> bool {
    const FAR: [&str; 12] = [
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "smbfs",
        "9p",
        "afs",
        "ceph",
        "glusterfs",
        "fuse.sshfs",
        "fuse.glusterfs",
        "lustre",
    ];
    FAR.contains(&kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &str = "22 1 254:0 / / rw - ext4 /dev/vda rw
30 22 0:40 / /srv rw,relatime shared:5 - nfs4 host:/x rw
31 30 254:1 / /srv/local\\040disk rw - xfs /dev/vdb rw";

    #[test]
    fn the_nearest_mount_point_decides() {
        let at = |folder: &str| file_system(MOUNTS, Path::new(folder)).map(is_far);
        assert_eq!(at("/var/lib/gridward"), Some(false));
        assert_eq!(at("/srv/gridward"), Some(true));
        assert_eq!(at("/srv/local disk/gridward"), Some(false));
        assert_eq!(at("/srvnot"), Some(false));
    }

    #[test]
    fn an_address_names_a_file_and_perhaps_a_vfs() {
        let place = Place::parse("sqlite:a.db?vfs=torn").unwrap();
        assert_eq!((&*place.file, place.vfs.as_deref()), (Path::new("a.db"), Some("torn")));
    }
}

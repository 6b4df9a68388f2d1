//! What a disk remembers of writes that were not made durable, when it fails, and what is left after the power cut.

use std::{
    collections::HashMap,
    ffi::c_int,
    fs::OpenOptions,
    io::{Seek, SeekFrom, Write},
    ops::Range,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::{Arc, LazyLock, Mutex, MutexGuard},
};

use rusqlite::ffi;

use crate::Chance;

/// A disk writes sectors whole; between sectors anything may be lost.
const SECTOR: usize = 512;

/// When to fail; operations (writes, truncations, syncs) are counted from 1.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The power goes during this operation.
    pub cut_at: Option<u64>,
    /// From this operation on the first sync fails, and what it should have kept is never kept.
    pub failing_sync_at: Option<u64>,
    /// The first write from this operation on fails.
    pub failing_write_at: Option<u64>,
    /// During these operations no file can grow.
    pub full: Option<Range<u64>>,
    /// Syncs are answered and not done.
    pub lying: bool,
}

/// The disk below one folder.
#[derive(Debug)]
pub struct Disk {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    plan: Plan,
    operations: u64,
    dead: bool,
    sync_failed: bool,
    /// Which file lies under a name.
    inodes: HashMap<PathBuf, u64>,
    /// Oldest first.
    unsynced: Vec<Old>,
}

/// What stood where an unsynced write went.
#[derive(Debug)]
struct Old {
    file: PathBuf,
    offset: u64,
    bytes: Vec<u8>,
    /// Bytes from here on (relative) lay behind the end of the file.
    beyond: usize,
    /// The file was cut off at `offset`. File systems log that as one step: it happened or it did not, and if it did
    /// not, nothing written to the file afterwards arrived either.
    cut_off: bool,
    /// A failed sync has given this write up: no later sync keeps it.
    given_up: bool,
    /// Parts written and synced anew since it was given up.
    renewed: Vec<Range<u64>>,
}

impl Old {
    fn is_renewed(&self, place: u64) -> bool {
        self.renewed.iter().any(|range| range.contains(&place))
    }

    const fn range(&self) -> Range<u64> {
        self.offset..self.offset + self.bytes.len() as u64
    }
}

static DISKS: LazyLock<Mutex<HashMap<PathBuf, Arc<Disk>>>> = LazyLock::new(Mutex::default);

impl Disk {
    /// Puts a disk under a folder; files opened there through the fault layer lie on it.
    pub fn under(folder: &Path, plan: Plan) -> Arc<Self> {
        let state = State {
            plan,
            operations: 0,
            dead: false,
            sync_failed: false,
            inodes: HashMap::new(),
            unsynced: Vec::new(),
        };
        let disk = Arc::new(Self { state: state.into() });
        DISKS.lock().unwrap().insert(folder.to_owned(), Arc::clone(&disk));
        disk
    }

    /// Takes the disk from under a folder.
    pub fn remove(folder: &Path) {
        DISKS.lock().unwrap().remove(folder);
    }

    pub(crate) fn of(file: &Path) -> Option<Arc<Self>> {
        DISKS.lock().unwrap().get(file.parent()?).cloned()
    }

    /// Another plan from now on, operations counted from 1 again. The power is back; what was not durable still is not.
    pub fn replan(&self, plan: Plan) {
        let mut state = self.state();
        (state.plan, state.operations, state.dead, state.sync_failed) = (plan, 0, false, false);
    }

    /// Whether the power is gone.
    pub fn is_dead(&self) -> bool {
        self.state().dead
    }

    /// Whether a sync has failed.
    pub fn sync_has_failed(&self) -> bool {
        self.state().sync_failed
    }

    /// Cuts the power now, if it is not cut yet.
    pub fn cut(&self) {
        self.state().dead = true;
    }

    /// After the cut, and after everyone has let go of the files: of each unsynced write some sectors are kept, some
    /// are as before. What lived in memory (`-shm`) is gone.
    pub fn settle(&self, folder: &Path, chance: &mut Chance) -> std::io::Result<()> {
        let mut state = self.state();
        state.dead = true;
        let lose = [0, 20, 50, 90, 100][chance.below(5) as usize];
        // For each file the first cut-off that did not happen: nothing behind it did.
        let mut undone: HashMap<PathBuf, usize> = HashMap::new();
        for (at, old) in state.unsynced.iter().enumerate() {
            if old.cut_off && !undone.contains_key(&old.file) && chance.percent(lose) {
                undone.insert(old.file.clone(), at);
            }
        }
        for (number, old) in state.unsynced.drain(..).enumerate().rev() {
            let lose = match undone.get(&old.file) {
                Some(first) if number >= *first => 100,
                _ if old.cut_off => 0,
                _ => lose,
            };
            let mut file =
                OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&old.file)?;
            let mut kept_end = old.offset;
            // Sectors count from the start of the file, wherever the write began.
            let mut at = 0;
            while at < old.bytes.len() {
                let place = old.offset + at as u64;
                let len = (SECTOR - (place % SECTOR as u64) as usize).min(old.bytes.len() - at);
                if chance.percent(lose) {
                    if old.renewed.is_empty() {
                        file.seek(SeekFrom::Start(place))?;
                        file.write_all(&old.bytes[at..at + len])?;
                        at += len;
                        continue;
                    }
                    for byte in (0..len).filter(|it| !old.is_renewed(place + *it as u64)) {
                        file.seek(SeekFrom::Start(place + byte as u64))?;
                        file.write_all(&old.bytes[at + byte..=at + byte])?;
                    }
                } else {
                    kept_end = place + len as u64;
                }
                at += len;
            }
            let old_end = old.offset + old.beyond as u64;
            if old.beyond < old.bytes.len()
                && old.renewed.is_empty()
                && kept_end <= old_end
                && file.metadata()?.len() == old.offset + old.bytes.len() as u64
            {
                file.set_len(old_end)?; // nothing of the growth arrived
            }
        }
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if path.to_string_lossy().ends_with("-shm") {
                std::fs::remove_file(path)?;
            }
        }
        Ok(())
    }

    /// Whether reading, locking, looking still works.
    pub(crate) fn alive(&self, or: c_int) -> Result<(), c_int> {
        if self.state().dead { Err(or) } else { Ok(()) }
    }

    /// Before a write of `len` bytes at `offset` of `file` (now `size` long), or, without `len`, before it is cut off
    /// there; `read` gives what stands there. `Ok(true)` means: do it, then fail, for the power went meanwhile.
    pub(crate) fn before_change(
        &self,
        file: &Path,
        offset: u64,
        len: Option<usize>,
        size: u64,
        read: impl FnOnce(&mut [u8]),
    ) -> Result<bool, c_int> {
        let cut_off = len.is_none();
        let len = len.unwrap_or_else(|| size.saturating_sub(offset) as usize);
        let mut state = self.state();
        let now = state.step(ffi::SQLITE_IOERR_WRITE)?;
        if state.plan.failing_write_at.is_some_and(|at| now >= at) {
            state.plan.failing_write_at = None;
            return Err(ffi::SQLITE_IOERR_WRITE);
        }
        if offset + len as u64 > size && state.plan.full.as_ref().is_some_and(|full| full.contains(&now)) {
            return Err(ffi::SQLITE_FULL);
        }
        let mut bytes = vec![0; len];
        let beyond = size.saturating_sub(offset).min(len as u64) as usize;
        read(&mut bytes[..beyond]);
        state.unsynced.push(Old {
            file: file.to_owned(),
            offset,
            bytes,
            beyond,
            cut_off,
            given_up: false,
            renewed: Vec::new(),
        });
        let cut = state.plan.cut_at.is_some_and(|at| now >= at);
        state.dead |= cut;
        Ok(cut)
    }

    /// A sync of `file`.
    pub(crate) fn sync(&self, file: &Path) -> Result<(), c_int> {
        let mut state = self.state();
        let now = state.step(ffi::SQLITE_IOERR_FSYNC)?;
        if state.plan.failing_sync_at.is_some_and(|at| now >= at) {
            state.plan.failing_sync_at = None;
            state.sync_failed = true;
            state.unsynced.iter_mut().filter(|old| old.file == file).for_each(|old| old.given_up = true);
            return Err(ffi::SQLITE_IOERR_FSYNC);
        }
        if state.plan.cut_at.is_some_and(|at| now >= at) {
            state.dead = true;
            return Err(ffi::SQLITE_IOERR_FSYNC);
        }
        if !state.plan.lying {
            let (kept, mut open): (Vec<_>, Vec<_>) =
                state.unsynced.drain(..).partition(|old| old.file == file && !old.given_up);
            for old in open.iter_mut().filter(|old| old.file == file) {
                old.renewed.extend(kept.iter().map(Old::range));
            }
            state.unsynced = open;
        }
        Ok(())
    }

    /// A file was opened. When another lies under its name now, the store has put it there, synced, past this layer.
    pub(crate) fn opened(&self, file: &Path) {
        let Ok(inode) = std::fs::metadata(file).map(|it| it.ino()) else { return };
        let mut state = self.state();
        if state.inodes.insert(file.to_owned(), inode).is_some_and(|before| before != inode) {
            state.unsynced.retain(|old| old.file != file);
        }
    }

    /// A file is removed: what it would have kept does not matter any more.
    pub(crate) fn forget(&self, file: &Path) {
        self.state().unsynced.retain(|old| old.file != file);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

impl State {
    const fn step(&mut self, or: c_int) -> Result<u64, c_int> {
        if self.dead {
            return Err(or);
        }
        self.operations += 1;
        Ok(self.operations)
    }
}

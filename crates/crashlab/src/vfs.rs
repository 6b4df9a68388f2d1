//! The file layer: passes everything to SQLite's own, asking the [`Disk`] first. Syncs are not passed on: what is
//! durable here is what the disk says, and the machine's own disk need not wait.

use std::{
    ffi::{CStr, OsStr, c_char, c_int, c_void},
    mem::size_of,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
    ptr,
    sync::{Arc, Once},
};

use rusqlite::ffi::{self, sqlite3_file, sqlite3_int64, sqlite3_io_methods, sqlite3_vfs};

use crate::Disk;

/// The name to open a database with.
pub const NAME: &str = "crashlab";

/// Makes the layer known to SQLite; again does nothing.
pub fn register() {
    static ONCE: Once = Once::new();
    // SAFETY: the default layer lives as long as the process, and so does ours, which is leaked.
    ONCE.call_once(|| unsafe {
        assert_eq!(ffi::sqlite3_initialize(), ffi::SQLITE_OK);
        let real = ffi::sqlite3_vfs_find(ptr::null());
        assert!(!real.is_null());
        let mut ours = *real;
        ours.zName = c"crashlab".as_ptr();
        ours.pNext = ptr::null_mut();
        ours.szOsFile += HEAD as c_int;
        ours.xOpen = Some(open);
        ours.xDelete = Some(delete);
        assert_eq!(ffi::sqlite3_vfs_register(Box::leak(Box::new(ours)), 0), ffi::SQLITE_OK);
    });
}

/// Our file; SQLite's own lies behind it in the same memory.
#[repr(C)]
struct File {
    base: sqlite3_file,
    at: *mut At,
}

struct At {
    path: PathBuf,
    disk: Arc<Disk>,
}

const HEAD: usize = size_of::<File>();

static METHODS: sqlite3_io_methods = sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

unsafe fn real_vfs() -> *mut sqlite3_vfs {
    // SAFETY: the default layer never changes in this process: ours is registered without becoming the default.
    unsafe { ffi::sqlite3_vfs_find(ptr::null()) }
}

/// SQLite's own file and its methods.
unsafe fn real(file: *mut sqlite3_file) -> (*mut sqlite3_file, &'static sqlite3_io_methods) {
    // SAFETY: `open` asked for HEAD bytes more and let the default layer fill what follows them.
    unsafe {
        let real = file.cast::<u8>().add(HEAD).cast::<sqlite3_file>();
        (real, &*(*real).pMethods)
    }
}

unsafe fn at<'a>(file: *mut sqlite3_file) -> &'a At {
    // SAFETY: `open` put it there, `close` takes it away, and SQLite uses no file outside of the two.
    unsafe { &*(*file.cast::<File>()).at }
}

unsafe fn path_of(name: *const c_char) -> PathBuf {
    // SAFETY: SQLite gives a terminated string.
    unsafe { Path::new(OsStr::from_bytes(CStr::from_ptr(name).to_bytes())).to_owned() }
}

fn code(outcome: Result<c_int, c_int>) -> c_int {
    outcome.unwrap_or_else(|code| code)
}

unsafe extern "C" fn open(
    _: *mut sqlite3_vfs,
    name: *const c_char,
    file: *mut sqlite3_file,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    // SAFETY: called by SQLite with szOsFile bytes at `file`.
    unsafe {
        (*file).pMethods = ptr::null();
        assert!(!name.is_null(), "a temporary file on disk: temp_store should keep it in memory");
        let path = path_of(name);
        let disk = Disk::of(&path).expect("no disk was put under this folder");
        if disk.is_dead() {
            return ffi::SQLITE_CANTOPEN;
        }
        let vfs = real_vfs();
        let behind = file.cast::<u8>().add(HEAD).cast::<sqlite3_file>();
        let opened = ((*vfs).xOpen.unwrap())(vfs, name, behind, flags, out);
        if opened == ffi::SQLITE_OK {
            disk.opened(&path);
            (*file.cast::<File>()).at = Box::into_raw(Box::new(At { path, disk }));
            (*file).pMethods = &raw const METHODS;
        }
        opened
    }
}

unsafe extern "C" fn delete(_: *mut sqlite3_vfs, name: *const c_char, folder: c_int) -> c_int {
    // SAFETY: called by SQLite with a terminated string.
    unsafe {
        let path = path_of(name);
        let disk = Disk::of(&path);
        if let Some(disk) = &disk
            && disk.is_dead()
        {
            return ffi::SQLITE_IOERR_DELETE;
        }
        let _ = folder; // the folder needs no sync of its own here
        let vfs = real_vfs();
        let deleted = ((*vfs).xDelete.unwrap())(vfs, name, 0);
        if let Some(disk) = disk {
            disk.forget(&path);
        }
        deleted
    }
}

unsafe extern "C" fn close(file: *mut sqlite3_file) -> c_int {
    // SAFETY: the last call on this file.
    unsafe {
        let (behind, methods) = real(file);
        let closed = (methods.xClose.unwrap())(behind);
        drop(Box::from_raw((*file.cast::<File>()).at));
        closed
    }
}

unsafe extern "C" fn read(
    file: *mut sqlite3_file,
    to: *mut c_void,
    len: c_int,
    offset: sqlite3_int64,
) -> c_int {
    // SAFETY: passed on as it came.
    unsafe {
        let (behind, methods) = real(file);
        code(
            at(file)
                .disk
                .alive(ffi::SQLITE_IOERR_READ)
                .map(|()| (methods.xRead.unwrap())(behind, to, len, offset)),
        )
    }
}

/// Asks the disk, does the change, fails afterwards when the power went meanwhile.
unsafe fn change(
    file: *mut sqlite3_file,
    offset: sqlite3_int64,
    len: Option<usize>,
    make: impl FnOnce(*mut sqlite3_file) -> c_int,
) -> c_int {
    // SAFETY: an open file; the buffer is as long as said.
    unsafe {
        let (behind, methods) = real(file);
        let mut size = 0;
        let sized = (methods.xFileSize.unwrap())(behind, &raw mut size);
        if sized != ffi::SQLITE_OK {
            return sized;
        }
        let old = |into: &mut [u8]| {
            if !into.is_empty() {
                (methods.xRead.unwrap())(behind, into.as_mut_ptr().cast(), into.len() as c_int, offset);
            }
        };
        match at(file).disk.before_change(&at(file).path, offset as u64, len, size as u64, old) {
            Err(code) => code,
            Ok(cut) => {
                let outcome = make(behind);
                if cut { ffi::SQLITE_IOERR_WRITE } else { outcome }
            }
        }
    }
}

unsafe extern "C" fn write(
    file: *mut sqlite3_file,
    from: *const c_void,
    len: c_int,
    offset: sqlite3_int64,
) -> c_int {
    // SAFETY: passed on as it came.
    unsafe {
        let methods = real(file).1;
        change(file, offset, Some(len as usize), |behind| {
            (methods.xWrite.unwrap())(behind, from, len, offset)
        })
    }
}

unsafe extern "C" fn truncate(file: *mut sqlite3_file, size: sqlite3_int64) -> c_int {
    // SAFETY: passed on as it came.
    unsafe {
        let methods = real(file).1;
        change(file, size, None, |behind| (methods.xTruncate.unwrap())(behind, size))
    }
}

unsafe extern "C" fn sync(file: *mut sqlite3_file, _: c_int) -> c_int {
    // SAFETY: an open file.
    unsafe { code(at(file).disk.sync(&at(file).path).map(|()| ffi::SQLITE_OK)) }
}

/// Calls that are passed on while the power is there.
macro_rules! passed_on {
    ($($name:ident => $method:ident($($arg:ident: $ty:ty),*) -> $dead:expr;)*) => { $(
        unsafe extern "C" fn $name(file: *mut sqlite3_file, $($arg: $ty),*) -> c_int {
            // SAFETY: passed on as it came.
            unsafe {
                let (behind, methods) = real(file);
                code(at(file).disk.alive($dead).map(|()| (methods.$method.unwrap())(behind, $($arg),*)))
            }
        }
    )* };
}

passed_on! {
    file_size => xFileSize(size: *mut sqlite3_int64) -> ffi::SQLITE_IOERR_FSTAT;
    lock => xLock(level: c_int) -> ffi::SQLITE_IOERR_LOCK;
    check_reserved_lock => xCheckReservedLock(out: *mut c_int) -> ffi::SQLITE_IOERR_CHECKRESERVEDLOCK;
    file_control => xFileControl(op: c_int, arg: *mut c_void) -> ffi::SQLITE_NOTFOUND;
    shm_map => xShmMap(page: c_int, size: c_int, grow: c_int, out: *mut *mut c_void) -> ffi::SQLITE_IOERR_SHMMAP;
}

/// Calls that are passed on always: letting go must not fail.
macro_rules! let_go {
    ($($name:ident => $method:ident($($arg:ident: $ty:ty),*) -> $out:ty;)*) => { $(
        unsafe extern "C" fn $name(file: *mut sqlite3_file, $($arg: $ty),*) -> $out {
            // SAFETY: passed on as it came.
            unsafe {
                let (behind, methods) = real(file);
                (methods.$method.unwrap())(behind, $($arg),*)
            }
        }
    )* };
}

let_go! {
    unlock => xUnlock(level: c_int) -> c_int;
    sector_size => xSectorSize() -> c_int;
    device_characteristics => xDeviceCharacteristics() -> c_int;
    shm_lock => xShmLock(at: c_int, count: c_int, flags: c_int) -> c_int;
    shm_barrier => xShmBarrier() -> ();
    shm_unmap => xShmUnmap(delete: c_int) -> c_int;
}

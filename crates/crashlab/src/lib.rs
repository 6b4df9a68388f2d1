//! A disk that fails on purpose, below SQLite: power cuts with torn and reordered writes, failing fsync, failing
//! writes, no space. Test only. What must hold on such a disk is said in `tests/crash.rs`.

mod chance;
mod disk;
mod vfs;

pub use chance::Chance;
pub use disk::{Disk, Plan};
pub use vfs::{NAME, register};

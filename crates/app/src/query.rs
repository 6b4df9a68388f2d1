//! One-click query (一键查询): one box over areas, places and things, cases, units and staff; no residents.
//!
//! Each node keeps an index in memory (`cases`, `grams`, `names`), made from the store at start and kept current by the
//! feed (`keep`). It is never stored and may be thrown away. Rights hold before anything is counted (`sight`), and the
//! rows of a page are read from the store under the same rights again. Why so: docs/design/004-one-click-query.md.

mod answer;
mod bits;
mod cases;
mod find;
mod grams;
mod keep;
mod names;
mod page;
mod plan;
mod saved;
mod sight;
mod sound;

pub use answer::{Asked, Found, Group, Hit, PAGE_MAX, Why};
pub use keep::{Finder, Progress, follow};
pub use names::Key;
pub use page::{Exported, table};
pub use saved::{forget, save, saved};

//! Areas at the door: reading files of areas and outlines (`import`), names in pinyin and English (`names`), outlines for
//! the web map (`map`). The law of the tree is `domain::area`; the rows are `store::area`.

pub mod import;
pub mod map;
pub mod names;

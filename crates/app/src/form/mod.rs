//! Forms as the city keeps them: each a document with versions (bundle `form/<code>`), tried, compared, saved and read.
//!
//! `xlsform` reads workbooks as ODK and KoBo have them. What a form is and what answers are is `domain::form`.

mod keep;
mod known;
mod xlsform;

pub use keep::{
    FormDifference, FormView, KIND, Listed, filled, form, forms, of_version, preview, save, versions,
};
pub use known::{ELEMENTS, elements, known, save_elements};
pub use xlsform::{Defaults, XlsForm, read_xlsform};

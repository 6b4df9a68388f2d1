//! What is written is read back, and what strangers send is refused without harm.

mod hostile;
mod support;
mod workbooks;

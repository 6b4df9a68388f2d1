//! Telling people (通知): the inbox that everybody has, and the ways beyond it: pushes to browsers, mail, short messages,
//! webhooks. What is to be told is written by `crate::notice` in the commit of what it tells of; here it travels.
//!
//! Words are made from the kind of notice when it leaves: no name, address or text of anybody goes out. Each delivery is
//! tried until it arrives or is given up, at least once, under one id by which a receiver knows a second try.

mod choices;
mod hooks;
mod inbox;
mod mail;
mod outside;
mod push;
mod sms;
mod webhook;
mod work;

pub use choices::{Addresses, Choices, add_browser, choices, choose, drop_browser, push_key};
pub use hooks::{Kept, dead, hooks, resend, save_hooks, secret};
pub use inbox::{Page, mine, page, read, read_until, since, unread};
pub use outside::{BadOutside, Encryption, MailServer, Outside, SmsGate, is_public};
pub use push::Subscription;
pub use work::step;

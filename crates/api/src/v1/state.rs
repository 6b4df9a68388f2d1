//! What every handler of version 1 works with.

use std::sync::Arc;

use app::App;
use app::feed::Live;

use super::shapes::Outlines;
use super::streams::Streams;
use super::sync::Doors;
use crate::limits::Limits;
use crate::server::Closing;

/// What every handler of version 1 works with. Cheap to clone.
#[derive(Clone)]
pub struct State {
    /// The use cases.
    pub app: App,
    /// Cookies only over HTTPS.
    pub https: bool,
    /// What happens, for those who listen.
    pub(super) live: Arc<Live>,
    /// Who listens.
    pub(super) streams: Streams,
    /// The order to stop, which ends streams.
    pub(super) closing: Closing,
    /// Outlines of areas as they are sent.
    pub(super) outlines: Outlines,
    /// Where acts made offline are taken to.
    pub(super) doors: Doors,
}

impl State {
    /// The same without doors behind it.
    pub(super) fn without_doors(&self) -> State {
        State { doors: Doors::default(), ..self.clone() }
    }

    /// Of one node. Call within a runtime.
    pub fn new(app: App, limits: &Limits, closing: Closing) -> State {
        State {
            live: Live::start(app.clone()),
            streams: Streams::new(limits.streams, limits.streams_per_person),
            https: limits.https,
            outlines: Outlines::default(),
            doors: Doors::default(),
            closing,
            app,
        }
    }
}

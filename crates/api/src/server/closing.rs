//! The order to stop, as event streams and connections hear it.

use tokio::sync::watch;

/// Gives the order to stop. One per node.
#[derive(Clone, Debug)]
pub struct Ending(watch::Sender<bool>);

/// Hears the order to stop.
#[derive(Clone, Debug)]
pub struct Closing(watch::Receiver<bool>);

impl Ending {
    /// Not yet given.
    #[allow(clippy::new_without_default)] // an ending is made on purpose
    pub fn new() -> Self {
        Ending(watch::Sender::new(false))
    }

    /// Someone who hears it.
    pub fn closing(&self) -> Closing {
        Closing(self.0.subscribe())
    }

    /// Gives the order.
    pub fn end(&self) {
        self.0.send_replace(true);
    }
}

impl Closing {
    /// Whether the order was given.
    pub fn is_given(&self) -> bool {
        *self.0.borrow()
    }

    /// Completes once the order was given, at once when it was given before.
    pub async fn ended(mut self) {
        let _given_or_nobody_left_to_give_it = self.0.wait_for(|ended| *ended).await;
    }
}

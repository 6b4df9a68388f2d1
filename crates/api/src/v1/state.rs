//! What every handler of version 1 works with.

use crate::problem::Answer;
use app::{App, AppError};
use domain::id::PersonId;
use std::collections::HashMap;

/// What every handler of version 1 works with.
#[derive(Clone)]
pub struct State {
    /// The use cases.
    pub app: App,
    /// Cookies only over HTTPS.
    pub https: bool,
}

impl State {
    /// Names of some people, for logs.
    pub async fn names(&self, people: impl Iterator<Item = PersonId>) -> Answer<HashMap<PersonId, String>> {
        let mut names = HashMap::new();
        for id in people {
            if !names.contains_key(&id)
                && let Some(person) =
                    store::person::by_id(&self.app.store, id).await.map_err(AppError::from)?
            {
                names.insert(id, person.name);
            }
        }
        Ok(names)
    }
}

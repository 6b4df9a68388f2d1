//! Use cases: load, permit, decide, save, record. Decides *when*; `domain` decides *what*, `store` remembers.

pub mod area;
pub mod assess;
pub mod attachment;
pub mod bulk;
pub mod burden;
pub mod campaign;
pub mod care;
pub mod case;
pub mod city;
pub mod clock;
pub mod deeds;
pub mod dispute;
pub mod duty;
pub mod fault;
pub mod feed;
pub mod form;
pub mod gap;
pub mod hand_over;
pub mod import;
pub mod index;
pub mod leave;
pub mod notice;
pub mod patrol;
pub mod people;
pub mod place;
pub mod query;
pub mod referral;
pub mod safety;
pub mod seal;
pub mod session;
pub mod settings;
pub mod stats;
pub mod stream;
pub mod sync;
pub mod telling;
pub mod timers;
pub mod today;
pub mod token;
pub mod vacancy;
pub mod vault;
pub mod verify;
pub mod visit;
pub mod work;

pub use city::City;
pub use clock::Clock;
pub use fault::{AppError, FieldError};
pub use people::People;
pub use vault::Vault;

use attachment::Shelf;
use std::sync::{Arc, RwLock};
use std::time::Duration;
use store::Store;

/// Everything a use case works with. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// The memory.
    pub store: Store,
    /// The one clock.
    pub clock: Clock,
    /// Who signs in, and their duties.
    pub people: People,
    /// Where pictures and papers lie.
    pub shelf: Shelf,
    /// Keys of what is personal.
    pub vault: Vault,
    /// Whose turn it is to be synchronised on this node.
    pub turns: sync::Turns,
    /// Editions of the index that were opened lately.
    pub editions: index::opened::Shelf,
    /// What the one-click query looks in.
    pub finder: query::Finder,
    /// What may be used of the world outside to tell people.
    pub outside: Arc<telling::Outside>,
    city: Arc<RwLock<Arc<City>>>,
    loading: Arc<tokio::sync::Mutex<()>>,
}

/// However many commits there are, the city is looked at no more often.
const AT_MOST_EVERY: Duration = Duration::from_millis(100);

impl App {
    /// Loads the city and is ready.
    pub async fn new(store: Store, clock: Clock) -> Result<App, AppError> {
        let city = City::load(&store, clock.now()).await?;
        let people = People::new(store.clone(), clock.clone(), city.zone.clone());
        Ok(App {
            store,
            clock,
            people,
            shelf: Shelf::Folder(std::env::temp_dir().join("gridward-files")),
            vault: Vault::closed(),
            turns: sync::Turns::default(),
            editions: index::opened::Shelf::default(),
            finder: query::Finder::default(),
            outside: Arc::default(),
            city: Arc::new(RwLock::new(Arc::new(city))),
            loading: Arc::default(),
        })
    }

    /// Keeps pictures and papers on this shelf.
    #[must_use]
    pub fn with_shelf(self, shelf: Shelf) -> App {
        App { shelf, ..self }
    }

    /// Tells people by these ways beside the inbox.
    #[must_use]
    pub fn with_outside(self, outside: telling::Outside) -> App {
        App { outside: Arc::new(outside), ..self }
    }

    /// Seals what is personal with these keys; without any, nothing personal is taken in.
    #[must_use]
    pub fn with_vault(self, vault: Vault) -> App {
        App { vault, ..self }
    }

    /// The city as it is now known here.
    pub fn city(&self) -> Arc<City> {
        self.city.read().expect("the city's lock is never held across a panic").clone()
    }

    /// Loads the city again if it has changed in the store or another day has begun. Whether it did.
    pub async fn refresh(&self) -> Result<bool, AppError> {
        if !self.city().is_stale(&self.store, self.clock.now()).await? {
            return Ok(false);
        }
        // One at a time: a slow load of an older state must not come after a newer one.
        let _loading = self.loading.lock().await;
        let now = self.clock.now();
        if !self.city().is_stale(&self.store, now).await? {
            return Ok(true);
        }
        let city = Arc::new(City::load(&self.store, now).await?);
        self.people.move_to(&city.zone);
        *self.city.write().expect("the city's lock is never held across a panic") = city;
        Ok(true)
    }

    /// Keeps the city as it is in the store, within moments of a change on any node, as long as it is polled. It hears
    /// of commits by the store's bell, which is a hint: whoever must be sure calls [`App::refresh`] now and then, too.
    pub async fn keep_current(&self) {
        let mut bell = self.store.watch();
        while bell.changed().await.is_ok() {
            if let Err(error) = self.refresh().await {
                tracing::warn!(%error, "cannot look for changes of the city");
            }
            tokio::time::sleep(AT_MOST_EVERY).await;
        }
    }
}

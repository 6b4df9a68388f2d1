//! Passwords: what makes a good one, and the slow hashing of them. Never in a log, an error, or the database:
//! there stands only the argon2id hash in PHC form.

use std::sync::{Arc, LazyLock, OnceLock};
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use tokio::sync::Semaphore;

use crate::AppError;

/// Fewest characters of a password.
pub const SHORTEST: usize = 10;
/// Most bytes of a password: longer ones only cost us.
pub const LONGEST: usize = 512;

/// Among all passwords of ten characters and more that are known from leaks, the commonest; a list, one a line.
static COMMON: LazyLock<std::collections::HashSet<&'static str>> =
    LazyLock::new(|| include_str!("../../data/common_passwords.txt").lines().collect());

/// Whether someone may take this password for this account; says how to mend it.
pub fn check(account: &str, password: &str) -> Result<(), AppError> {
    let low = password.to_lowercase();
    let wrong = |code, detail: &str| Err(AppError::field("/password", code, detail));
    let distinct = low.chars().collect::<std::collections::BTreeSet<_>>().len();
    if password.chars().count() < SHORTEST {
        return wrong("too_short", "a password has at least 10 characters");
    }
    if password.len() > LONGEST {
        return wrong("too_long", "a password has at most 512 bytes");
    }
    if COMMON.contains(low.as_str()) || distinct < 4 || low.contains(&account.to_lowercase()) {
        return wrong("too_common", "this password is among the first that anyone would try; choose another");
    }
    Ok(())
}

/// Hashes passwords, as many at a time as there are cores: each takes 19 MiB and some 26 ms of a core.
#[derive(Clone)]
pub struct Hasher {
    places: Arc<Semaphore>,
    patience: Duration,
    nobody: Arc<OnceLock<String>>,
}

impl Hasher {
    /// `places` at a time; who has waited for `patience` is told to come again.
    pub fn new(places: usize, patience: Duration) -> Hasher {
        Hasher { places: Arc::new(Semaphore::new(places)), patience, nobody: Arc::default() }
    }

    /// The hash of a password, with a salt of its own.
    pub async fn hash(&self, password: &str) -> Result<String, AppError> {
        let password = password.to_owned();
        self.run(move || hash(&password)).await
    }

    /// Whether the password belongs to the hash. Without a hash it takes as long, and is wrong.
    pub async fn is_right(&self, password: &str, hash: Option<&str>) -> Result<bool, AppError> {
        let (password, hash, nobody) = (password.to_owned(), hash.map(str::to_owned), self.nobody.clone());
        self.run(move || {
            if let Some(hash) = hash {
                return is_right(&password, &hash);
            }
            let _wrong_anyway = is_right(&password, nobody.get_or_init(|| self::hash("nobody has this one")));
            false
        })
        .await
    }

    /// The place is held by the work, not by whoever waits for it: a caller who goes away frees nothing.
    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, AppError> {
        let busy = AppError::Busy { retry_s: 2 };
        let Ok(place) = tokio::time::timeout(self.patience, self.places.clone().acquire_owned()).await else {
            return Err(busy);
        };
        let place = place.expect("the semaphore is never closed");
        let done = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(place);
            done
        });
        done.await.map_err(|_| busy) // the runtime is shutting down
    }
}

/// argon2id with 19 MiB, two passes, one lane (OWASP's second choice of equal strength).
fn argon2id() -> Argon2<'static> {
    let params = Params::new(19 * 1024, 2, 1, None).expect("within argon2's limits");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn hash(password: &str) -> String {
    argon2id()
        .hash_password(password.as_bytes())
        .expect("a salt and a password within argon2's limits")
        .to_string()
}

fn is_right(password: &str, hash: &str) -> bool {
    let known = PasswordHash::new(hash);
    known.is_ok_and(|known| argon2id().verify_password(password.as_bytes(), &known).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_kept_as_argon2id_with_a_salt_of_its_own() {
        let hasher = Hasher::new(2, Duration::from_mins(1));
        let (one, two) =
            (hasher.hash("a long walk home").await.unwrap(), hasher.hash("a long walk home").await.unwrap());
        assert!(one.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{one}");
        assert_ne!(one, two);
        assert!(hasher.is_right("a long walk home", Some(&one)).await.unwrap());
        assert!(!hasher.is_right("a long walk Home", Some(&one)).await.unwrap());
        assert!(!hasher.is_right("nobody has this one", None).await.unwrap());
        assert!(!hasher.is_right("", Some("not a hash")).await.unwrap());
    }

    #[tokio::test]
    async fn who_finds_no_free_place_in_time_is_told_to_come_again() {
        let hasher = Hasher::new(0, Duration::ZERO);
        assert!(matches!(hasher.hash("a long walk home").await, Err(AppError::Busy { retry_s: 2 })));
    }

    #[test]
    fn short_long_common_and_telling_passwords_are_refused() {
        let code = |password: &str| match check("jiang.an", password) {
            Ok(()) => "",
            Err(AppError::Invalid(fields)) => fields[0].code,
            Err(_) => "?",
        };
        assert_eq!(code("一二三四五六七八九"), "too_short");
        assert_eq!(code(&"long".repeat(200)), "too_long");
        for common in ["1234567890", "Password123", "aaaabbbbaaaabbbb", "Jiang.An.2026"] {
            assert_eq!(code(common), "too_common", "{common}");
        }
        assert_eq!(code("a long walk home"), "");
        assert_eq!(code("春天在哪里呀春天在山林"), "");
    }

    #[test]
    fn the_list_of_common_passwords_holds_what_the_rule_of_length_lets_through() {
        assert!(COMMON.len() >= 200);
        for it in COMMON.iter() {
            assert!(it.chars().count() >= SHORTEST && *it == it.to_lowercase(), "{it}");
        }
    }
}

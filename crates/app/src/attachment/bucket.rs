//! A bucket of S3-compatible storage, spoken to by its own protocol (AWS Signature Version 4).

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::path::Path as Key;
use object_store::{ClientOptions, Error, ObjectStore, ObjectStoreExt, RetryConfig};
use store::Fault;

use crate::AppError;

/// What it is called in words.
const STORAGE: &str = "the storage of attachments";
/// Seconds after which asking again makes sense.
const RETRY_S: u32 = 5;

/// Variables that say where the key is.
const KEYS: [&str; 4] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
];

/// A bucket, or a part of one. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Bucket {
    objects: Arc<dyn ObjectStore>,
    below: Key,
}

impl Bucket {
    /// The bucket of an address `s3://BUCKET/PREFIX`; the prefix may be left out. `settings` are the variables that
    /// every tool of S3 knows: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`, `AWS_ENDPOINT`, … The error
    /// names what is wrong and the fix.
    pub fn open(url: &str, settings: impl Iterator<Item = (String, String)>) -> Result<Bucket, String> {
        let rest = url.strip_prefix("s3://").unwrap_or_default();
        let (name, below) = rest.split_once('/').unwrap_or((rest, ""));
        if name.is_empty() {
            return Err("write s3://BUCKET or s3://BUCKET/PREFIX".to_owned());
        }
        let below = Key::parse(below).map_err(|error| format!("the prefix cannot be used: {error}"))?;
        // Many libraries can do cryptography; the first to ask chooses for the process. It is this one.
        let _chosen_before = rustls::crypto::ring::default_provider().install_default();
        let (mut plain, mut has_key) = (false, false);
        let mut builder = AmazonS3Builder::new().with_bucket_name(name);
        for (variable, value) in settings {
            has_key |= KEYS.contains(&variable.as_str());
            plain |= variable == "AWS_ENDPOINT" && value.starts_with("http://");
            if let Ok(key) = variable.to_ascii_lowercase().parse::<AmazonS3ConfigKey>() {
                builder = builder.with_config(key, value);
            }
        }
        // Without one the client would ask the cloud it runs in, at an address of its own choice.
        if !has_key {
            return Err(
                "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to the key of the storage".to_owned()
            );
        }
        let patience = ClientOptions::new()
            .with_allow_http(plain)
            .with_connect_timeout(Duration::from_secs(3))
            .with_timeout(Duration::from_secs(30));
        let retry =
            RetryConfig { max_retries: 2, retry_timeout: Duration::from_secs(10), ..RetryConfig::default() };
        let built = builder.with_client_options(patience).with_retry(retry).build();
        let objects = built.map_err(|error| format!("{error}; set the variables AWS_…"))?;
        Ok(Bucket { objects: Arc::new(objects), below })
    }

    pub(super) async fn put(&self, name: &str, bytes: Vec<u8>) -> Result<(), AppError> {
        self.objects.put(&self.key(name), bytes.into()).await.map_err(|error| told(&error))?;
        Ok(())
    }

    pub(super) async fn get(&self, name: &str) -> Result<BoxStream<'static, Result<Bytes, Error>>, AppError> {
        let found = self.objects.get(&self.key(name)).await.map_err(|error| told(&error))?;
        Ok(found.into_stream().boxed())
    }

    /// Writes something, reads it back and removes it.
    pub(super) async fn probe(&self) -> Result<(), AppError> {
        let (key, word) = (self.below.clone().join("probe"), Bytes::from_static(b"gridward"));
        let asked = async {
            self.objects.put(&key, word.clone().into()).await?;
            let back = self.objects.get(&key).await?.bytes().await?;
            self.objects.delete(&key).await?;
            Ok(back)
        };
        let back = asked.await.map_err(|error: Error| fault(&error))?;
        if back == word {
            Ok(())
        } else {
            Err(nonsense("it gives back other bytes than were put".to_owned()))
        }
    }

    fn key(&self, name: &str) -> Key {
        self.below.clone().join(&name[..2]).join(name)
    }
}

fn told(error: &Error) -> AppError {
    match error {
        Error::NotFound { .. } => AppError::NotFound { what: "attachment" },
        // Asked again and again, it was not there, or did not answer in time.
        Error::Generic { .. } => {
            tracing::error!(error = error as &dyn std::error::Error, "{STORAGE} does not answer");
            AppError::Away { what: STORAGE, retry_s: RETRY_S }
        }
        _ => fault(error),
    }
}

fn fault(error: &Error) -> AppError {
    let mut why = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        if !why.contains(&inner.to_string()) {
            why = format!("{why}: {inner}");
        }
        source = inner.source();
    }
    nonsense(why)
}

fn nonsense(why: String) -> AppError {
    Fault::Nonsense { what: STORAGE.to_owned(), why }.into()
}

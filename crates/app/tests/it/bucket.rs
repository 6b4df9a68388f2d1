//! Attachments in a bucket: a server of S3 that others wrote, which asks for signatures, on a free port.

use std::path::{Path, PathBuf};

use app::AppError;
use app::attachment::{Bucket, Shelf};
use futures_util::TryStreamExt;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use store::testing::on_both;
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};
use uuid::Uuid;

use super::hall::hall;

/// One red pixel (W3C PNG).
const PIXEL: &[u8] = include_bytes!("pixel.png");

/// Somebody's storage.
struct Storage {
    folder: PathBuf,
    url: String,
    server: JoinHandle<()>,
}

impl Drop for Storage {
    fn drop(&mut self) {
        self.server.abort();
        let _gone_already = std::fs::remove_dir_all(&self.folder);
    }
}

/// With one bucket, `papers`, and one key, `city` with the secret `quiet`.
async fn storage() -> Storage {
    let folder = std::env::temp_dir().join(format!("gridward-bucket-{}", Uuid::now_v7().simple()));
    std::fs::create_dir_all(folder.join("papers")).unwrap();
    let mut service = S3ServiceBuilder::new(s3s_fs::FileSystem::new(&folder).unwrap());
    service.set_auth(SimpleAuth::from_single("city", "quiet"));
    let service = service.build();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        let mut talks = JoinSet::new(); // which ends with the server
        while let Ok((line, _)) = listener.accept().await {
            let service = service.clone();
            talks.spawn(async move {
                let talk = auto::Builder::new(TokioExecutor::new());
                let _hung_up = talk.serve_connection(TokioIo::new(line), service).await;
            });
        }
    });
    Storage { folder, url, server }
}

fn shelf(storage: &Storage, bucket: &str, secret: &str) -> Shelf {
    let settings = [
        ("AWS_ENDPOINT", storage.url.as_str()),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "city"),
        ("AWS_SECRET_ACCESS_KEY", secret),
    ];
    let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
    Shelf::Bucket(Bucket::open(bucket, settings.into_iter()).unwrap(), storage.folder.join("here"))
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut found: Vec<PathBuf> =
        paths.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect();
    found.sort();
    found
}

#[tokio::test]
async fn a_picture_put_by_one_node_is_shown_by_another() {
    on_both(async |store| {
        let storage = storage().await;
        let one = hall(store.clone()).await;
        let (near, far) = (one.app.clone(), one.another(store).await.app);
        let near = near.with_shelf(shelf(&storage, "s3://papers/town/files", "quiet"));
        let far = far.with_shelf(shelf(&storage, "s3://papers/town/files", "quiet"));
        near.shelf.probe().await.unwrap();
        let kept = near.attach(None, PIXEL).await.unwrap();
        assert_eq!(near.attach(None, PIXEL).await.unwrap().sha256, kept.sha256);

        let found = far.attachment(kept.id).await.unwrap();
        let bytes: Vec<Vec<u8>> = far.bytes_of(&found, false).await.unwrap().try_collect().await.unwrap();
        assert_eq!(domain::audit::sha256(&bytes.concat()).to_string(), kept.sha256);
        let thumb: Vec<Vec<u8>> = far.bytes_of(&found, true).await.unwrap().try_collect().await.unwrap();
        assert_eq!(thumb.concat()[..2], [0xff, 0xd8]);

        let place = format!("papers/town/files/{}/{}", &kept.sha256[..2], kept.sha256);
        let place = storage.folder.join(place);
        let thumb = place.with_extension("thumb");
        let papers = files_below(&storage.folder.join("papers"));
        assert_eq!(papers, [place, thumb], "the same bytes lie there once, and nothing else does");
        assert_eq!(files_below(&near.shelf.coming()), Vec::<PathBuf>::new());
    })
    .await;
}

#[tokio::test]
async fn a_wrong_secret_is_told_before_the_first_picture_is_lost() {
    let storage = storage().await;
    let said = shelf(&storage, "s3://papers", "loud").probe().await.unwrap_err().to_string();
    assert!(said.contains("the storage of attachments"), "{said}");
    assert!(said.contains("SignatureDoesNotMatch") || said.contains("403"), "{said}");
}

#[tokio::test]
async fn storage_that_does_not_answer_loses_nothing_and_says_when_to_try_again() {
    on_both(async |store| {
        let storage = storage().await;
        let app = hall(store).await.app.with_shelf(shelf(&storage, "s3://papers", "quiet"));
        let kept = app.attach(None, PIXEL).await.unwrap();
        storage.server.abort();
        let refused = app.attach(None, b"%PDF-1.7\nnew").await.unwrap_err();
        assert!(matches!(refused, AppError::Away { retry_s: 1.., .. }), "{refused}");
        let refused = app.bytes_of(&kept, false).await.err().unwrap();
        assert!(matches!(refused, AppError::Away { .. }), "{refused}");
        assert_eq!(files_below(&app.shelf.coming()), Vec::<PathBuf>::new());
    })
    .await;
}

#[test]
fn an_address_that_names_no_bucket_is_refused_with_the_way_to_write_it() {
    for address in ["s3://", "s3:///files"] {
        let said = Bucket::open(address, std::iter::empty()).unwrap_err();
        assert!(said.contains("s3://BUCKET"), "{said}");
    }
}

#[test]
fn a_bucket_without_a_key_is_refused_before_anybody_is_asked() {
    let said = Bucket::open("s3://papers", std::iter::empty()).unwrap_err();
    assert!(said.contains("AWS_ACCESS_KEY_ID"), "{said}");
}

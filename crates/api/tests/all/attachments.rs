//! Pictures and papers over HTTP.

use axum::body::Body;
use serde_json::json;
use store::testing::on_both;

use crate::hall::{Hall, Reply, a_report, hall};

const ATTACHMENTS: &str = "/api/v1/attachments";
/// One red pixel (W3C PNG).
const PIXEL: &[u8] = include_bytes!("pixel.png");

async fn add(hall: &Hall, bytes: impl Into<Body>) -> Reply {
    let request = hall.request("worker", "POST", &format!("{ATTACHMENTS}?name=IMG_1.png"));
    hall.send(request.header("content-type", "application/octet-stream").body(bytes.into()).unwrap()).await
}

#[tokio::test]
async fn a_picture_is_kept_shown_small_and_given_as_evidence() {
    on_both(async |store| {
        let hall = hall(store).await;
        let added = add(&hall, PIXEL).await;
        assert_eq!(
            (added.status, &added.json["mime"], &added.json["width"]),
            (201, &json!("image/png"), &json!(1))
        );
        let id = added.json["id"].as_str().unwrap();
        let shown = hall.get("desk", &format!("{ATTACHMENTS}/{id}")).await;
        assert_eq!((shown.status, shown.header("content-type")), (200, "image/png"));
        assert_eq!(domain::audit::sha256(&shown.bytes).to_string(), added.json["sha256"].as_str().unwrap());
        let thumb = hall.get("desk", &format!("{ATTACHMENTS}/{id}?thumb=1")).await;
        assert_eq!((thumb.header("content-type"), &thumb.bytes[..2]), ("image/jpeg", &[0xff, 0xd8][..]));
        let known = hall
            .request("desk", "GET", &format!("{ATTACHMENTS}/{id}"))
            .header("if-none-match", shown.header("etag"));
        assert_eq!(hall.send(known.body(Body::empty()).unwrap()).await.status, 304);
        let mut report = a_report();
        report["evidence"] = json!([{ "attachment": id, "kind": "before" }]);
        let case = hall.post("worker", "/api/v1/cases", &report).await.json;
        assert_eq!(
            (&case["evidence"][0]["attachment"], &case["evidence"][0]["sha256"]),
            (&json!(id), &added.json["sha256"])
        );
    })
    .await;
}

#[tokio::test]
async fn a_paper_is_kept_and_never_shown_in_the_page() {
    on_both(async |store| {
        let hall = hall(store).await;
        let added = add(&hall, "%PDF-1.7\n1 0 obj").await.json;
        let path = format!("{ATTACHMENTS}/{}", added["id"].as_str().unwrap());
        let paper = hall.get("desk", &path).await;
        assert_eq!(
            (paper.header("content-type"), paper.header("content-disposition")),
            ("application/pdf", "attachment")
        );
        assert_eq!(hall.get("desk", &format!("{path}?thumb=1")).await.status, 404);
    })
    .await;
}

#[tokio::test]
async fn what_is_no_picture_sound_or_paper_is_refused_and_leaves_nothing() {
    on_both(async |store| {
        let hall = hall(store).await;
        for bytes in [&b"MZ\x90\0this program"[..], b"<html><script>", b"", &PIXEL[..30]] {
            assert_eq!(add(&hall, bytes.to_vec()).await.problem().0, 422);
        }
        let large = add(&hall, vec![b'x'; 21 * 1024 * 1024]).await;
        assert_eq!(large.problem(), (413, "too_large", ""));
        let coming = hall.app.shelf.coming();
        assert_eq!(std::fs::read_dir(coming).map_or(0, Iterator::count), 0);
        assert_eq!(hall.get("desk", &format!("{ATTACHMENTS}/nonsense")).await.status, 404);
    })
    .await;
}

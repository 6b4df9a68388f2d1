//! A webhook's message, signed as Standard Webhooks 1.0 has it: `v1,` and HMAC-SHA-256 over `id.timestamp.body`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::notice::Notice;
use hmac::{Hmac, KeyInit as _, Mac};
use jiff::Timestamp;
use serde_json::json;
use sha2::Sha256;
use uuid::Uuid;

use super::outside::Outside;

/// The value of `webhook-signature`.
pub(super) fn signature(key: &[u8], id: &str, at_s: i64, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(format!("{id}.{at_s}.").as_bytes());
    mac.update(body.as_bytes());
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

/// What a program is told of a notice: ids to ask by, no names.
pub(super) fn body(notice: &Notice) -> String {
    json!({
        "type": format!("notice.{}", notice.kind.as_str()),
        "timestamp": notice.at.to_string(),
        "data": {
            "notice": notice.id, "about": notice.about.stream.as_str(), "id": notice.about.id,
            "area": notice.place.0, "urgent": notice.urgent,
        },
    })
    .to_string()
}

/// How a try ended.
pub(super) enum Sent {
    /// It arrived.
    Yes,
    /// It did not; why, without addresses.
    Not(String),
    /// Nobody is there any more: it is given up at once.
    Gone(String),
}

/// Sends it; the id of the delivery is the id of the message in every try.
pub(super) async fn send(
    outside: &Outside,
    url: &str,
    key: &[u8],
    delivery: Uuid,
    notice: &Notice,
    now: Timestamp,
) -> Sent {
    let (client, url) = match outside.client(url).await {
        Ok(both) => both,
        Err(why) => return Sent::Not(why),
    };
    let (id, body) = (format!("msg_{}", delivery.simple()), body(notice));
    let request = client
        .post(url)
        .header("content-type", "application/json")
        .header("webhook-id", &id)
        .header("webhook-timestamp", now.as_second().to_string())
        .header("webhook-signature", signature(key, &id, now.as_second(), &body))
        .body(body);
    told(request.send().await)
}

/// What an answer means: anything of 2xx is taken, 410 ends it.
pub(super) fn told(answer: Result<reqwest::Response, reqwest::Error>) -> Sent {
    match answer {
        Ok(response) if response.status().is_success() => Sent::Yes,
        Ok(response) if response.status().as_u16() == 410 => {
            Sent::Gone("answered 410: nobody listens there any more".to_owned())
        }
        Ok(response) => Sent::Not(format!("answered {}", response.status().as_u16())),
        Err(error) if error.is_timeout() => Sent::Not("no answer in time".to_owned()),
        Err(error) if error.is_connect() => Sent::Not("no connection".to_owned()),
        Err(_) => Sent::Not("the answer broke off".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_that_of_the_standard() {
        // The example of the specification's reference libraries.
        let key = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let body = r#"{"test": 2432232314}"#;
        let signed = signature(&key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}

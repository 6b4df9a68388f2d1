//! Web Push: a message only the browser can open (RFC 8291 over RFC 8188, aes128gcm), and a proof of who sends it (RFC 8292,
//! ES256). By `ring`, which speaks TLS here anyway.

use super::outside::Outside;
use super::webhook::{Sent, told};
use crate::AppError;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac};
use jiff::Timestamp;
use ring::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::agreement::{ECDH_P256, EphemeralPrivateKey, UnparsedPublicKey, agree_ephemeral};
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::Sha256;
use store::Fault;

/// The one record of a message is this long at most.
const RECORD: u32 = 4_096;
/// How long a push service keeps a message for a browser that is away.
const KEPT_S: u32 = 86_400;
/// How long a proof holds; the standard allows a day.
const PROOF_S: i64 = 12 * 3_600;

/// Where a browser takes pushes, as it gives it itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// Of its push service.
    pub endpoint: String,
    /// Its public key: 65 bytes, base64url.
    pub p256dh: String,
    /// Its secret: 16 bytes, base64url.
    pub auth: String,
}

impl Subscription {
    /// Whether it can be used at all.
    pub(super) fn check(&self, outside: &Outside) -> Result<(), AppError> {
        outside.address(&self.endpoint).map_err(|why| AppError::field("/endpoint", "format", why))?;
        if decoded(&self.p256dh).is_none_or(|key| key.len() != 65 || key[0] != 4) {
            return Err(AppError::field(
                "/p256dh",
                "format",
                "a key has 65 bytes in base64url, as the browser gives it",
            ));
        }
        if decoded(&self.auth).is_none_or(|secret| secret.len() != 16) {
            return Err(AppError::field(
                "/auth",
                "format",
                "the secret has 16 bytes in base64url, as the browser gives it",
            ));
        }
        Ok(())
    }
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok()
}

/// The city's own key for pushes.
pub(super) struct Vapid(EcdsaKeyPair);

impl Vapid {
    /// A new one, PKCS#8.
    pub fn make() -> Vec<u8> {
        let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
        made.expect("the machine has a source of randomness").as_ref().to_vec()
    }

    /// Of PKCS#8.
    pub fn read(pkcs8: &[u8]) -> Result<Vapid, AppError> {
        let read = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8, &SystemRandom::new());
        let nonsense = |_| Fault::Nonsense {
            what: "the key for pushes".to_owned(),
            why: "it is no key of P-256".to_owned(),
        };
        Ok(Vapid(read.map_err(nonsense)?))
    }

    /// The public half, 65 bytes.
    pub fn public(&self) -> &[u8] {
        self.0.public_key().as_ref()
    }

    /// The value of `Authorization` for one push service.
    fn proof(&self, origin: &str, contact: &str, now: Timestamp) -> String {
        let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let head = part(json!({ "typ": "JWT", "alg": "ES256" }));
        let claims = part(json!({ "aud": origin, "exp": now.as_second() + PROOF_S, "sub": contact }));
        let signed = format!("{head}.{claims}");
        let signature = self.0.sign(&SystemRandom::new(), signed.as_bytes());
        let signature = URL_SAFE_NO_PAD.encode(signature.expect("a text in memory can be signed"));
        format!("vapid t={signed}.{signature}, k={}", URL_SAFE_NO_PAD.encode(self.public()))
    }
}

/// Key and nonce of a message (RFC 8291, 3.4): by what both sides agreed on, the browser's secret, both public keys, the salt.
fn keys(agreed: &[u8], auth: &[u8], browser: &[u8], sender: &[u8], salt: &[u8]) -> ([u8; 16], [u8; 12]) {
    let first = mac(auth, &[agreed]);
    let input = mac(&first, &[b"WebPush: info\0", browser, sender, &[1]]);
    let second = mac(salt, &[&input]);
    let key = mac(&second, &[b"Content-Encoding: aes128gcm\0", &[1]]);
    let nonce = mac(&second, &[b"Content-Encoding: nonce\0", &[1]]);
    let mut short = ([0; 16], [0; 12]);
    short.0.copy_from_slice(&key[..16]);
    short.1.copy_from_slice(&nonce[..12]);
    short
}

/// HMAC-SHA-256 over the parts: extracting, and expanding to one block, of HKDF (RFC 5869).
fn mac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}

/// A message sealed for one browser, ready to be sent. `None` when its key is no point of the curve.
fn sealed(to: &Subscription, text: &[u8]) -> Option<Vec<u8>> {
    let (browser, auth) = (decoded(&to.p256dh)?, decoded(&to.auth)?);
    let random = SystemRandom::new();
    let own = EphemeralPrivateKey::generate(&ECDH_P256, &random).ok()?;
    let sender = own.compute_public_key().ok()?;
    let mut salt = [0; 16];
    random.fill(&mut salt).ok()?;
    let theirs = UnparsedPublicKey::new(&ECDH_P256, &browser);
    let (key, nonce) =
        agree_ephemeral(own, &theirs, |agreed| keys(agreed, &auth, &browser, sender.as_ref(), &salt)).ok()?;
    let mut record = [text, &[2]].concat(); // 2: the last record
    let cipher = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &key).ok()?);
    cipher.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut record).ok()?;
    let length = u8::try_from(sender.as_ref().len()).ok()?;
    Some([salt.as_slice(), &RECORD.to_be_bytes(), &[length], sender.as_ref(), &record].concat())
}

/// What is pushed, and how.
pub(super) struct Message<'a> {
    /// What the browser's worker is given.
    pub text: &'a str,
    /// Wakes a phone that sleeps.
    pub urgent: bool,
    /// Of the delivery: a later try replaces an earlier one.
    pub topic: String,
}

/// Pushes to one browser.
pub(super) async fn send(
    outside: &Outside,
    vapid: &Vapid,
    to: &Subscription,
    message: &Message<'_>,
    now: Timestamp,
) -> Sent {
    let (client, url) = match outside.client(&to.endpoint).await {
        Ok(both) => both,
        Err(why) => return Sent::Not(why),
    };
    let Some(body) = sealed(to, message.text.as_bytes()) else {
        return Sent::Gone("the browser's key cannot be used".to_owned());
    };
    let contact = outside.contact.as_deref().unwrap_or("mailto:nobody@invalid");
    let proof = vapid.proof(&url.origin().ascii_serialization(), contact, now);
    let request = client
        .post(url)
        .header("authorization", proof)
        .header("content-encoding", "aes128gcm")
        .header("content-type", "application/octet-stream")
        .header("ttl", KEPT_S.to_string())
        .header("urgency", if message.urgent { "high" } else { "normal" })
        .header("topic", &message.topic)
        .body(body);
    match request.send().await {
        Ok(response) if [404, 410].contains(&response.status().as_u16()) => Sent::Gone(format!(
            "answered {}: the browser takes no pushes any more",
            response.status().as_u16()
        )),
        answer => told(answer),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(text: &str) -> Vec<u8> {
        URL_SAFE_NO_PAD.decode(text).unwrap()
    }

    #[test]
    fn keys_are_those_of_the_example_in_the_standard() {
        // RFC 8291, appendix A.
        let (key, nonce) = keys(
            &bytes("kyrL1jIIOHEzg3sM2ZWRHDRB62YACZhhSlknJ672kSs"),
            &bytes("BTBZMqHH6r4Tts7J_aSIgg"),
            &bytes("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"),
            &bytes("BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8"),
            &bytes("DGv6ra1nlYgDCS1FRnbzlw"),
        );
        assert_eq!(key.as_slice(), bytes("oIhVW04MRdy2XN9CiKLxTg"));
        assert_eq!(nonce.as_slice(), bytes("4h_95klXJ5E_qnoN"));
    }

    #[test]
    fn a_sealed_message_is_opened_by_the_browser_alone() {
        let random = SystemRandom::new();
        let own = EphemeralPrivateKey::generate(&ECDH_P256, &random).unwrap();
        let public = own.compute_public_key().unwrap();
        let auth = [7_u8; 16];
        let to = Subscription {
            endpoint: "https://push.example/x".into(),
            p256dh: URL_SAFE_NO_PAD.encode(public.as_ref()),
            auth: URL_SAFE_NO_PAD.encode(auth),
        };
        to.check(&Outside::default()).unwrap();
        let message = sealed(&to, "有一次走访到期".as_bytes()).unwrap();
        let (salt, rest) = message.split_at(16);
        assert_eq!(&rest[..5], [0, 0, 16, 0, 65]);
        let (sender, record) = rest[5..].split_at(65);
        let theirs = UnparsedPublicKey::new(&ECDH_P256, sender);
        let (key, nonce) =
            agree_ephemeral(own, &theirs, |agreed| keys(agreed, &auth, public.as_ref(), sender, salt))
                .unwrap();
        let cipher = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &key).unwrap());
        let mut record = record.to_vec();
        let plain =
            cipher.open_in_place(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut record).unwrap();
        assert_eq!(plain, ["有一次走访到期".as_bytes(), &[2]].concat());
        let bad = Subscription { auth: "AAAA".into(), ..to };
        assert!(bad.check(&Outside::default()).is_err());
    }

    #[test]
    fn a_proof_is_signed_by_the_citys_key() {
        let vapid = Vapid::read(&Vapid::make()).unwrap();
        let now: Timestamp = "2026-03-02T01:00:00Z".parse().unwrap();
        let proof = vapid.proof("https://push.example", "mailto:x@example.org", now);
        let token = proof.strip_prefix("vapid t=").unwrap().split_once(", k=").unwrap().0;
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let key = ring::signature::UnparsedPublicKey::new(
            &ring::signature::ECDSA_P256_SHA256_FIXED,
            vapid.public(),
        );
        key.verify(signed.as_bytes(), &bytes(signature)).unwrap();
        let claims: serde_json::Value =
            serde_json::from_slice(&bytes(signed.split_once('.').unwrap().1)).unwrap();
        assert_eq!(
            claims,
            json!({ "aud": "https://push.example", "exp": now.as_second() + 43_200, "sub": "mailto:x@example.org" })
        );
    }
}

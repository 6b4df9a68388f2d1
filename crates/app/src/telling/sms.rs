//! A short message through a gate that takes HTTP: the operator's template, with number and text put in as its type
//! escapes them.

use super::outside::{Outside, SmsGate};
use super::webhook::{Sent, told};

/// The body with its two places filled.
pub(super) fn filled(gate: &SmsGate, phone: &str, text: &str) -> String {
    let escaped = |value: &str| {
        if gate.content_type == "application/json" {
            let quoted = serde_json::to_string(value).expect("a text is JSON");
            quoted[1..quoted.len() - 1].to_owned()
        } else {
            let url = reqwest::Url::parse_with_params("http://x/", [("v", value)]).expect("a plain address");
            url.query().unwrap_or_default()[2..].to_owned()
        }
    };
    // One pass: what is put in is not looked at again.
    let mut out = String::new();
    let mut rest = gate.body.as_str();
    while let Some(at) = rest.find('{') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let put = [("{phone}", phone), ("{text}", text)].into_iter().find(|(name, _)| rest.starts_with(name));
        if let Some((name, value)) = put {
            out.push_str(&escaped(value));
            rest = &rest[name.len()..];
        } else {
            out.push('{');
            rest = &rest[1..];
        }
    }
    out + rest
}

/// Sends one.
pub(super) async fn send(outside: &Outside, phone: &str, text: &str) -> Sent {
    let Some(gate) = &outside.sms else { return Sent::Gone("no gate for messages is set up".to_owned()) };
    let (client, url) = match outside.client(&gate.url).await {
        Ok(both) => both,
        Err(why) => return Sent::Not(why),
    };
    let mut request =
        client.post(url).header("content-type", &gate.content_type).body(filled(gate, phone, text));
    if let Some(authorization) = &gate.authorization {
        request = request.header("authorization", authorization);
    }
    told(request.send().await)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_filled_once_and_escaped() {
        let json = SmsGate {
            url: "https://x".into(),
            content_type: "application/json".into(),
            body: r#"{"to":"{phone}","msg":"{text}"}"#.into(),
            authorization: None,
        };
        assert_eq!(
            filled(&json, "+86138", "a \"{phone}\"\n"),
            "{\"to\":\"+86138\",\"msg\":\"a \\\"{phone}\\\"\\n\"}"
        );
        let form = SmsGate {
            content_type: "application/x-www-form-urlencoded".into(),
            body: "to={phone}&m={text}".into(),
            ..json
        };
        assert_eq!(filled(&form, "+86", "走访 & x"), "to=%2B86&m=%E8%B5%B0%E8%AE%BF+%26+x");
    }
}

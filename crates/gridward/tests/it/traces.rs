//! Spans by OTLP: what a collector hears of a request, read by the protocol's own definitions.

use super::http::Client;
use super::run::{Folder, on_both};
use super::server::Server;
use super::town;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// A collector: keeps every span that is sent to it.
struct Collector {
    address: SocketAddr,
    spans: Arc<Mutex<Vec<Span>>>,
}

impl Collector {
    fn start() -> Collector {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, spans) = (listener.local_addr().unwrap(), Arc::<Mutex<Vec<Span>>>::default());
        let kept = spans.clone();
        std::thread::spawn(move || {
            for line in listener.incoming().flatten() {
                let kept = kept.clone();
                std::thread::spawn(move || hear(line, &kept));
            }
        });
        Collector { address, spans }
    }
}

/// Takes in what is posted on one connection until it is closed.
fn hear(line: TcpStream, kept: &Mutex<Vec<Span>>) {
    let mut line = BufReader::new(line);
    loop {
        let (mut n_bytes, mut first) = (0, String::new());
        if line.read_line(&mut first).is_ok_and(|n| n == 0) {
            return;
        }
        assert_eq!(first.trim(), "POST /v1/traces HTTP/1.1");
        loop {
            let mut header = String::new();
            line.read_line(&mut header).unwrap();
            match header.trim().split_once(": ") {
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                    n_bytes = value.parse().unwrap();
                }
                Some(_) => {}
                None => break,
            }
        }
        let mut body = vec![0; n_bytes];
        line.read_exact(&mut body).unwrap();
        let sent = ExportTraceServiceRequest::decode(&body[..]).unwrap();
        let spans = sent.resource_spans.into_iter().flat_map(|it| it.scope_spans).flat_map(|it| it.spans);
        kept.lock().unwrap().extend(spans);
        line.get_mut().write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").unwrap();
    }
}

/// What a span says of itself, in words.
fn words(span: &Span) -> HashMap<&str, String> {
    let said = |value: &Value| match value {
        Value::StringValue(text) => text.clone(),
        Value::IntValue(number) => number.to_string(),
        other => format!("{other:?}"),
    };
    let words = span
        .attributes
        .iter()
        .filter_map(|it| Some((it.key.as_str(), said(it.value.as_ref()?.value.as_ref()?))));
    words.collect()
}

#[test]
fn a_collector_hears_of_each_request_and_what_it_asked_of_the_database_and_of_no_person() {
    on_both(|url| {
        let (folder, collector) = (Folder::new(), Collector::start());
        let desk = town::build(url, 1).desks.remove(0);
        let endpoint = format!("http://{}", collector.address);
        let variables = [("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str())];
        let server = Server::start_with(url, &folder.path("data"), &variables);
        let caller = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let report = town::report("井盖缺失，王某某摔倒", 0);
        let mut client = Client::new(server.address, &desk);
        let reply = client.post("/api/v1/cases", &[("traceparent", caller)], &report).unwrap();
        assert_eq!(reply.status, 201, "{}", reply.json());
        server.ask_to_stop();
        server.ended();

        let spans = collector.spans.lock().unwrap();
        let request =
            spans.iter().find(|span| span.name == "POST /api/v1/cases").expect("the request is told");
        assert_eq!(request.trace_id, 0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c_u128.to_be_bytes());
        assert_eq!(request.parent_span_id, 0xb7ad_6b71_6920_3331_u64.to_be_bytes());
        assert_eq!(words(request)["http.response.status_code"], "201");
        let below = spans.iter().filter(|span| span.parent_span_id == request.span_id);
        let commits: Vec<String> = below
            .filter(|span| span.name == "commit")
            .map(|it| words(it)["db.operation.name"].clone())
            .collect();
        assert!(commits.iter().any(|label| label == "report"), "{commits:?}");
        let all = format!("{spans:?}");
        assert!(!all.contains("王某某") && !all.contains(&desk), "only what the machine did is told");
    });
}

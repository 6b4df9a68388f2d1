//! Keeps other sites from acting with the cookie of someone who is signed in here.
//!
//! A browser sends `Origin` with every unsafe request and lets no other site set `X-Gridward` without asking;
//! we never allow it. Programs with a bearer token carry no cookie and pass.

use axum::http::{HeaderMap, Method, header};

use crate::{
    problem::{Answer, Code, Problem},
    session_cookie,
};

/// Header that only a page of our own can send.
pub const HEADER: &str = "x-gridward";

/// Refuses what another site may have made a browser send.
pub fn refuse(method: &Method, headers: &HeaderMap) -> Answer<()> {
    if method.is_safe() {
        return Ok(());
    }
    let elsewhere = headers.get("sec-fetch-site").is_some_and(|site| site != "same-origin" && site != "none");
    if elsewhere || !same_origin(headers) {
        return Err(Problem::new(Code::CrossSite).detail("the page that sent this is of another host"));
    }
    let by_cookie = !headers.contains_key(header::AUTHORIZATION) && session_cookie::find(headers).is_some();
    if by_cookie && headers.get(HEADER).is_none_or(|value| value != "1") {
        return Err(Problem::new(Code::CrossSite).detail("send the header X-Gridward: 1 with the cookie"));
    }
    Ok(())
}

/// Whether `Origin`, if there is one, names the host that was asked. The scheme is left to the proxy.
fn same_origin(headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let (Ok(origin), Some(host)) = (origin.to_str(), headers.get(header::HOST)) else { return false };
    let of_origin = origin.split_once("://").map(|(_, authority)| authority);
    of_origin.is_some_and(|authority| authority.as_bytes().eq_ignore_ascii_case(host.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(method: &Method, headers: &[(&'static str, &'static str)]) -> bool {
        let headers =
            headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        refuse(method, &headers).is_err()
    }

    const COOKIE: (&str, &str) = ("cookie", "gridward_session=abc");
    const OURS: (&str, &str) = ("x-gridward", "1");
    const HOST: (&str, &str) = ("host", "city.example:8080");

    #[test]
    fn a_cookie_alone_does_not_act() {
        assert!(refused(&Method::POST, &[COOKIE]));
        assert!(refused(&Method::DELETE, &[COOKIE, ("x-gridward", "2")]));
        assert!(!refused(&Method::POST, &[COOKIE, OURS]));
        assert!(!refused(&Method::GET, &[COOKIE]));
    }

    #[test]
    fn a_page_of_another_host_does_not_act() {
        let there = ("origin", "https://evil.example");
        assert!(refused(&Method::POST, &[COOKIE, OURS, HOST, there]));
        assert!(refused(&Method::POST, &[HOST, there]));
        assert!(refused(&Method::POST, &[HOST, ("origin", "null")]));
        assert!(refused(&Method::POST, &[COOKIE, OURS, ("sec-fetch-site", "same-site")]));
        assert!(!refused(&Method::POST, &[COOKIE, OURS, HOST, ("origin", "http://city.example:8080")]));
    }

    #[test]
    fn a_program_with_a_token_needs_no_header() {
        assert!(!refused(&Method::POST, &[("authorization", "Bearer x"), COOKIE]));
    }
}

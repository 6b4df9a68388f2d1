//! The cookie that holds a browser's session: its name, how it is found, how it is set and taken away.

use axum::http::{HeaderMap, HeaderValue, header};

const NAME: &str = "gridward_session";

/// The value of the cookie, if there is one.
pub fn find(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    cookies.flat_map(|line| line.split(';')).find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        (name == NAME && !value.is_empty()).then_some(value)
    })
}

/// `Set-Cookie` that keeps `token` in the browser for so many seconds, out of reach of scripts.
#[allow(dead_code)] // sign-in lands next
pub fn keep(token: &str, seconds: i64, https: bool) -> Option<HeaderValue> {
    let secure = if https { "; Secure" } else { "" };
    let line = format!("{NAME}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}");
    let mut value = HeaderValue::from_str(&line).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// `Set-Cookie` that takes it away.
#[allow(dead_code)] // sign-in lands next
pub fn forget(https: bool) -> HeaderValue {
    let taken = "gridward_session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0";
    HeaderValue::from_static(if https {
        "gridward_session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0; Secure"
    } else {
        taken
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_is_found_among_others_and_never_by_half_its_name() {
        let headers =
            |line: &'static str| HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_static(line))]);
        assert_eq!(find(&headers("a=b; gridward_session=tok-1; c=d")), Some("tok-1"));
        assert_eq!(find(&headers("x_gridward_session=1; gridward_session2=2")), None);
        assert_eq!(find(&headers("gridward_session=")), None);
    }

    #[test]
    fn the_cookie_is_out_of_reach_of_scripts_and_other_sites() {
        let line = keep("tok", 3_600, true).unwrap();
        let line = line.to_str().unwrap();
        assert_eq!(line, "gridward_session=tok; Path=/; HttpOnly; SameSite=Strict; Max-Age=3600; Secure");
        assert!(keep("a\nb", 1, false).is_none());
    }
}

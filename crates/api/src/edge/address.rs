//! Who sends a request, for counting: a session or token by its hash, else an address.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    net::IpAddr,
};

use axum::{
    extract::Request,
    http::{HeaderMap, header},
};

use crate::{server::Peer, session_cookie};

/// What requests are counted under. Of a token only a hash is held, and not for long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Caller {
    /// A session cookie or bearer token together with the address it came from.
    Session(u64),
    /// An address that shows neither.
    Address(IpAddr),
}

/// Where a request really comes from, for those who count attempts. Absent for this machine itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct From(pub IpAddr);

/// Where a request really comes from.
pub fn from(request: &Request, proxies: &[IpAddr]) -> Option<From> {
    let Peer(peer) = request.extensions().get::<Peer>()?;
    behind(peer.ip().to_canonical(), request.headers(), proxies).map(From)
}

/// Who to count; `None` for this machine itself when it speaks for nobody else, and in tests without a socket.
pub fn caller(request: &Request, proxies: &[IpAddr]) -> Option<Caller> {
    let From(address) = from(request, proxies)?;
    Some(match secret(request.headers()) {
        None => Caller::Address(address),
        Some(secret) => {
            let mut hasher = DefaultHasher::new();
            (secret, address).hash(&mut hasher);
            Caller::Session(hasher.finish())
        }
    })
}

/// The nearest address that is no proxy of ours; a header from anyone else is not believed.
fn behind(peer: IpAddr, headers: &HeaderMap, proxies: &[IpAddr]) -> Option<IpAddr> {
    let ours = |address: &IpAddr| address.is_loopback() || proxies.contains(address);
    if !ours(&peer) {
        return Some(peer);
    }
    let forwarded = headers.get_all("x-forwarded-for").into_iter().filter_map(|value| value.to_str().ok());
    let mut hops: Vec<IpAddr> =
        forwarded.flat_map(|v| v.split(',')).filter_map(|hop| hop.trim().parse().ok()).collect();
    hops.reverse();
    let outside = hops.into_iter().find(|hop| !ours(hop));
    if peer.is_loopback() { outside } else { outside.or(Some(peer)) }
}

fn secret(headers: &HeaderMap) -> Option<&str> {
    let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    bearer.or_else(|| session_cookie::find(headers))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn said(hops: &str) -> HeaderMap {
        HeaderMap::from_iter([("x-forwarded-for".parse().unwrap(), hops.parse().unwrap())])
    }

    #[test]
    fn a_stranger_cannot_claim_another_address() {
        assert_eq!(behind(ip("192.0.2.9"), &said("10.1.1.1"), &[]), Some(ip("192.0.2.9")));
    }

    #[test]
    fn behind_our_proxies_the_nearest_outside_address_counts() {
        let proxies = [ip("10.0.0.1"), ip("10.0.0.2")];
        let hops = said("203.0.113.7, 198.51.100.4, 10.0.0.2");
        assert_eq!(behind(ip("10.0.0.1"), &hops, &proxies), Some(ip("198.51.100.4")));
        assert_eq!(behind(ip("127.0.0.1"), &said("198.51.100.4"), &[]), Some(ip("198.51.100.4")));
    }

    #[test]
    fn this_machine_by_itself_is_not_counted() {
        assert_eq!(behind(ip("127.0.0.1"), &HeaderMap::new(), &[]), None);
    }
}

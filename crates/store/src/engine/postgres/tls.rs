//! TLS to PostgreSQL, by the words that libpq has for it in an address: `sslmode` and `sslrootcert`.
//!
//! | `sslmode` | the line is | the server is |
//! |---|---|---|
//! | `disable` | plain | whoever answers |
//! | `prefer` (default) | encrypted where the server can | whoever answers |
//! | `require` | encrypted | whoever answers |
//! | `verify-full` | encrypted | the one named in the address, by a certificate of an authority that is trusted |
//!
//! `sslrootcert` names a file (PEM) with the authorities to trust instead of those of the system; it makes
//! `verify-full` of any mode, since whoever names an authority wants it asked.

use std::{borrow::Cow, path::Path, sync::Arc};

use rustls::{
    ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject},
};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::engine::fault::Source;

/// An address without the words that the client does not know, and how to speak TLS to it.
pub(super) fn of(url: &str) -> Result<(String, MakeRustlsConnect), Source> {
    let (place, query) = url.split_once('?').unwrap_or((url, ""));
    let mut kept = form_urlencoded::Serializer::new(String::new());
    let (mut verify, mut authorities) = (false, None);
    for (key, value) in form_urlencoded::parse(literal_plus(query).as_bytes()) {
        match (&*key, &*value) {
            ("sslrootcert", "system") => verify = true,
            ("sslrootcert", file) => authorities = Some(file.to_owned()),
            ("sslmode", "verify-full") => verify = true,
            ("sslmode", "verify-ca") => {
                return Err(
                    "sslmode=verify-ca is not offered: write sslmode=verify-full, which also asks for the \
                    name of the server"
                        .into(),
                );
            }
            _ => {
                kept.append_pair(&key, &value);
            }
        }
    }
    verify |= authorities.is_some();
    if verify {
        kept.append_pair("sslmode", "require"); // the last one counts
    }
    // A space is `%20` here, not `+`.
    let query = kept.finish().replace('+', "%20");
    let url = if query.is_empty() { place.to_owned() } else { format!("{place}?{query}") };
    Ok((url, MakeRustlsConnect::new(config(verify, authorities.as_deref().map(Path::new))?)))
}

/// In an address a plus is a plus.
fn literal_plus(query: &str) -> Cow<'_, str> {
    if query.contains('+') { query.replace('+', "%2B").into() } else { query.into() }
}

fn config(verify: bool, authorities: Option<&Path>) -> Result<ClientConfig, Source> {
    let provider = Arc::new(ring::default_provider());
    let config =
        ClientConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions()?;
    Ok(if verify {
        config.with_root_certificates(roots(authorities)?).with_no_client_auth()
    } else {
        let anyone = Arc::new(Anyone(provider));
        config.dangerous().with_custom_certificate_verifier(anyone).with_no_client_auth()
    })
}

fn roots(authorities: Option<&Path>) -> Result<RootCertStore, Source> {
    let mut roots = RootCertStore::empty();
    let Some(file) = authorities else {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        return if roots.is_empty() {
            Err("this system has no list of authorities: install ca-certificates, or name a file with sslrootcert=".into())
        } else {
            Ok(roots)
        };
    };
    let unreadable = |error: String| format!("sslrootcert={} cannot be read as PEM: {error}", file.display());
    for certificate in CertificateDer::pem_file_iter(file).map_err(|error| unreadable(error.to_string()))? {
        roots.add(certificate.map_err(|error| unreadable(error.to_string()))?)?;
    }
    if roots.is_empty() {
        return Err(unreadable("there is no certificate in it".to_owned()).into());
    }
    Ok(roots)
}

/// Takes any certificate: the line is encrypted, and the one at its other end may be anyone. What `prefer` and
/// `require` have always meant to PostgreSQL, whose servers make their own certificates.
#[derive(Debug)]
struct Anyone(Arc<CryptoProvider>);

impl ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_the_client_does_not_know_are_taken_out_of_the_address() {
        let (url, _) = of("postgres://a@b/c?sslmode=require&options=-c%20search_path%3Dx").unwrap();
        assert_eq!(url, "postgres://a@b/c?sslmode=require&options=-c%20search_path%3Dx");
        let (url, _) = of("postgres://a@b/c?application_name=a+b&sslmode=verify-full").unwrap();
        assert_eq!(url, "postgres://a@b/c?application_name=a%2Bb&sslmode=require");
    }

    #[test]
    fn what_is_not_offered_or_cannot_be_read_is_said_with_its_name() {
        let says = |url: &str| of(url).map(|_| ()).unwrap_err().to_string();
        assert!(says("postgres://b/c?sslmode=verify-ca").contains("sslmode=verify-full"));
        assert!(says("postgres://b/c?sslrootcert=/no/such.pem").contains("sslrootcert=/no/such.pem"));
    }
}

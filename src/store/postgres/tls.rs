//! Verification of certificates, as libpq does it for `sslmode` and `sslrootcert`.

use std::path::Path;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

use crate::config::{Encryption, Roots};

/// The TLS configuration of a connection; `None` if it is never encrypted.
pub(super) fn client_config(encryption: &Encryption) -> Result<Option<ClientConfig>, String> {
    let provider = Arc::new(ring::default_provider());
    let verifier = match encryption {
        Encryption::Never => return Ok(None),
        Encryption::WherePossible | Encryption::Always => {
            Verifier { provider: provider.clone(), checks: Checks::Nothing }
        }
        Encryption::ByIssuer(file) => Verifier::of_file(&provider, file, Name::Any)?,
        Encryption::ByName(Roots::File(file)) => Verifier::of_file(&provider, file, Name::Hosts)?,
        Encryption::ByName(Roots::System) => {
            let mut roots = RootCertStore::empty();
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            Verifier::of(&provider, roots, Vec::new(), Name::Hosts)
                .map_err(|_| "the system trusts no issuers of certificates; set sslrootcert".to_owned())?
        }
    };
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|fault| fault.to_string())?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok(Some(config))
}

/// The name that a certificate has to contain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Name {
    /// Any name.
    Any,
    /// The name of the host.
    Hosts,
}

#[derive(Debug)]
enum Checks {
    /// Only encryption: any peer is accepted.
    Nothing,
    /// The issuer, and perhaps the name.
    Issuer {
        by: Arc<WebPkiServerVerifier>,
        /// The certificates of `sslrootcert`. A server that shows one of them is trusted, such as one with a self-signed certificate.
        known: Vec<CertificateDer<'static>>,
        name: Name,
    },
}

#[derive(Debug)]
struct Verifier {
    provider: Arc<CryptoProvider>,
    checks: Checks,
}

impl Verifier {
    fn of_file(provider: &Arc<CryptoProvider>, file: &Path, name: Name) -> Result<Self, String> {
        let bad = |cause: String| format!("sslrootcert {} can't be used: {cause}", file.display());
        let known = CertificateDer::pem_file_iter(file)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|fault| bad(fault.to_string()))?;
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(known.iter().cloned());
        Self::of(provider, roots, known, name).map_err(bad)
    }

    fn of(
        provider: &Arc<CryptoProvider>,
        roots: RootCertStore,
        known: Vec<CertificateDer<'static>>,
        name: Name,
    ) -> Result<Self, String> {
        let by = WebPkiServerVerifier::builder_with_provider(roots.into(), provider.clone())
            .build()
            .map_err(|fault| fault.to_string())?;
        Ok(Self { provider: provider.clone(), checks: Checks::Issuer { by, known, name } })
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Checks::Issuer { by, known, name } = &self.checks else {
            return Ok(ServerCertVerified::assertion());
        };
        if known.iter().any(|known| known == end_entity) {
            if *name == Name::Hosts {
                let parsed = ParsedCertificate::try_from(end_entity)?;
                rustls::client::verify_server_name(&parsed, server_name)?;
            }
            return Ok(ServerCertVerified::assertion());
        }
        match by.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
            // The name is checked last: everything else was valid.
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if *name == Name::Any => Ok(ServerCertVerified::assertion()),
            other => other,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

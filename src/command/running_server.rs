//! Requests over HTTP to the running server of a configuration, from its own machine.

use std::sync::Arc;
use std::time::Duration;

use cordboard_actors::outside_access::{BoundedBody, OutsideAccess};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};

use super::reachable;
use crate::config::{Config, Secret};

/// How long an answer may take.
const ANSWER_WAIT: Duration = Duration::from_secs(3);

/// The most that is read of an answer, in bytes. Another program may use the port.
const ANSWER_BYTES_MAX: usize = 16 << 20;

/// The server's address, and the token for requests to it.
pub(super) struct RunningServer {
    client: reqwest::Client,
    base_url: String,
    token: Option<Secret>,
}

/// An answer of the server.
pub(super) struct Answer {
    /// The status.
    pub(super) status: u16,
    /// The body.
    pub(super) text: String,
}

impl RunningServer {
    /// Returns the server of this configuration, whether it runs or not; none if its port is not known, or TLS can't be set up.
    pub(super) fn of(config: &Config, token: Option<Secret>) -> Option<Self> {
        let listen = config.http.listen;
        let way = OutsideAccess { tls: Arc::new(tls_with_any_certificate().ok()?), guard: None };
        let client = way.client().timeout(ANSWER_WAIT).build().ok()?;
        let base_url = format!("{}://{}", config.http.scheme(), reachable(listen));
        (listen.port() != 0).then_some(Self { client, base_url, token })
    }

    /// Sends a GET request. Returns the answer, or the reason why there is none.
    pub(super) async fn get(&self, path: &str) -> Result<Answer, String> {
        let request = self.client.get(format!("{}{path}", self.base_url));
        let request = match &self.token {
            Some(token) => request.bearer_auth(token.expose()),
            None => request,
        };
        let no_answer = |error: reqwest::Error| {
            let cause = if error.is_timeout() { "does not answer in time" } else { "does not answer" };
            format!("{} {cause}", self.base_url)
        };
        let answer = request.send().await.map_err(no_answer)?;
        let status = answer.status().as_u16();
        let body = BoundedBody::read(answer, ANSWER_BYTES_MAX).await.map_err(no_answer)?;
        if body.is_cut {
            return Err(format!("{} answers with more than a Cordboard server would", self.base_url));
        }
        Ok(Answer { status, text: String::from_utf8_lossy(&body.bytes).into_owned() })
    }
}

/// TLS that accepts any certificate, for the own server.
///
/// # Errors
/// The library's error.
pub(super) fn tls_with_any_certificate() -> Result<ClientConfig, Error> {
    let provider = Arc::new(ring::default_provider());
    let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(AnyCertificate(provider)))
        .with_no_client_auth();
    Ok(config)
}

/// Accepts every certificate. The server is asked on its own machine, by an address that its certificate does not name, and also when that
/// certificate has expired: `doctor` and `health` are for such cases. Without TLS the requests would be just as open.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// Returns the kind of a reason for not being ready, of an answer of `/readyz`: the text after it may be the database's, which may repeat a row.
pub(super) fn kind_of_reason(reason: &str) -> &str {
    reason.split_once(": ").map_or(reason, |(kind, _)| kind)
}

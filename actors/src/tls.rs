//! TLS towards others: whom we trust, and by which library.

use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore};

/// TLS with the system's certificates, or with Mozilla's where the system has none. Reads them, which may take some 10 ms.
///
/// # Errors
/// What is wrong with it, in words.
pub fn client_config() -> Result<Arc<ClientConfig>, String> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

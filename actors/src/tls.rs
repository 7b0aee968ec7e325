//! TLS towards others: the trusted certificates, and the library.

use std::sync::{Arc, LazyLock};

use rustls::{ClientConfig, RootCertStore};

/// Trusted certificates of a process: the system's, or Mozilla's if the system has none. Every provider of a server trusts the same
/// ones, so they are read once: a hundred and fifty files, parsed.
static ROOTS: LazyLock<Arc<RootCertStore>> = LazyLock::new(|| {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    Arc::new(roots)
});

/// TLS with the system's certificates, or with Mozilla's where the system has none. The first one reads them, which may take some 10 ms.
///
/// # Errors
/// The fault, in words.
pub fn client_config() -> Result<Arc<ClientConfig>, String> {
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(Arc::clone(&ROOTS))
        .with_no_client_auth();
    Ok(Arc::new(config))
}

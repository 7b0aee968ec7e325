//! TLS for outgoing connections: the trusted certificates, and the library.

use std::sync::{Arc, LazyLock};

use rustls::{ClientConfig, RootCertStore};

/// The trusted certificates of a process: the system's, or Mozilla's if the system has none. All providers of a
/// server trust the same ones, so they are read only once: a hundred and fifty files, parsed.
static ROOTS: LazyLock<Arc<RootCertStore>> = LazyLock::new(|| {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    Arc::new(roots)
});

/// TLS with the system's certificates, or with Mozilla's if the system has none. The first call reads them, which may
/// take some 10 ms.
///
/// # Errors
/// TLS can't be set up; the text says why.
pub fn client_config() -> Result<Arc<ClientConfig>, String> {
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(Arc::clone(&ROOTS))
        .with_no_client_auth();
    Ok(Arc::new(config))
}

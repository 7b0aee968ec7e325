//! Certificates for a server that a test starts.

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};

use super::PostgresError;

/// An issuer, and a server's certificate by it, as PEM.
#[derive(Debug, Clone)]
pub struct Certificates {
    /// The issuer's certificate.
    pub root: String,
    /// The server's certificate.
    pub server: String,
    /// The server's key.
    pub key: String,
}

impl Certificates {
    /// An issuer of its own, and a certificate for these names or addresses.
    ///
    /// # Errors
    /// A name is none.
    pub fn issue(names: &[&str]) -> Result<Self, PostgresError> {
        issue(names, None).map_err(|fault| failed(&fault))
    }

    /// The same, whose certificate has lasted for the year 2020 alone.
    ///
    /// # Errors
    /// As [`Certificates::issue`].
    pub fn expired(names: &[&str]) -> Result<Self, PostgresError> {
        issue(names, Some(2020)).map_err(|fault| failed(&fault))
    }
}

fn failed(fault: &rcgen::Error) -> PostgresError {
    PostgresError::Failed { step: "making certificates", reason: fault.to_string() }
}

/// The server's certificate lasts for this year, or for centuries.
fn issue(names: &[&str], year: Option<i32>) -> Result<Certificates, rcgen::Error> {
    let mut root = CertificateParams::new(Vec::new())?;
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root_key = KeyPair::generate()?;
    let root_certificate = root.self_signed(&root_key)?;
    let key = KeyPair::generate()?;
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut server = CertificateParams::new(names)?;
    if let Some(year) = year {
        server.not_before = date_time_ymd(year, 1, 1);
        server.not_after = date_time_ymd(year + 1, 1, 1);
    }
    let server = server.signed_by(&key, &Issuer::new(root, root_key))?;
    Ok(Certificates { root: root_certificate.pem(), server: server.pem(), key: key.serialize_pem() })
}

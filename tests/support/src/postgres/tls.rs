//! Certificates for a server that a test starts.

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};

use super::PostgresError;

/// An issuer, and a server's certificate from it, as PEM.
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
    /// A name is not valid.
    pub fn issue(names: &[&str]) -> Result<Self, PostgresError> {
        Self::lasting(names, 4096)
    }

    /// The same; the server's certificate expires when this year begins.
    ///
    /// # Errors
    /// A name is not valid.
    pub fn lasting(names: &[&str], until_year: i32) -> Result<Self, PostgresError> {
        issue(names, until_year)
            .map_err(|fault| PostgresError::Failed { step: "making certificates", reason: fault.to_string() })
    }

    /// The same, with a server's certificate that expired long ago.
    ///
    /// # Errors
    /// As [`Certificates::issue`].
    pub fn expired(names: &[&str]) -> Result<Self, PostgresError> {
        Self::lasting(names, 2021)
    }
}

fn issue(names: &[&str], until_year: i32) -> Result<Certificates, rcgen::Error> {
    let mut root = CertificateParams::new(Vec::new())?;
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root_key = KeyPair::generate()?;
    let root_certificate = root.self_signed(&root_key)?;
    let key = KeyPair::generate()?;
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut server = CertificateParams::new(names)?;
    server.not_after = date_time_ymd(until_year, 1, 1);
    let server = server.signed_by(&key, &Issuer::new(root, root_key))?;
    Ok(Certificates { root: root_certificate.pem(), server: server.pem(), key: key.serialize_pem() })
}

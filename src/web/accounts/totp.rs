//! Second factors: 30 s codes as in RFC 6238, which authenticator apps show, and recovery codes for a lost phone.

use chrono::{DateTime, Utc};
use cordboard_schema::account::EmailAddress;
use cordboard_schema::ids::UserId;
use rand::Rng;
use totp_rs::{Builder, Secret, Totp};
use url::form_urlencoded;

use crate::mac::same;
use crate::secret_box::{SecretBox, UnsealError};

/// Bytes of a secret (RFC 4226, 4).
const SECRET_BYTES: usize = 20;
/// Seconds for which a code is valid; the previous and the next one are accepted too.
const STEP_S: u64 = 30;

/// Makes a new secret.
pub(crate) fn new_secret() -> [u8; SECRET_BYTES] {
    rand::rng().random()
}

/// Context to which a user's sealed secret is bound.
fn context(user_id: UserId) -> String {
    format!("user:{user_id}:totp")
}

/// Seals a secret for the database.
pub(crate) fn seal(secrets: &SecretBox, user_id: UserId, secret: &[u8]) -> String {
    secrets.seal(&context(user_id), secret)
}

/// Opens a secret from the database.
pub(crate) fn unseal(secrets: &SecretBox, user_id: UserId, sealed: &str) -> Result<Vec<u8>, UnsealError> {
    secrets.unseal(&context(user_id), sealed)
}

/// A secret for an app: base32 without padding, and the URL that a QR code shows.
pub(crate) fn shown(secret: &[u8], email: &EmailAddress) -> (String, String) {
    let base32 = Secret::from(secret.to_vec()).to_base32();
    let label: String = form_urlencoded::byte_serialize(email.as_str().as_bytes()).collect();
    let url = format!("otpauth://totp/Cordboard:{label}?secret={base32}&issuer=Cordboard");
    (base32, url)
}

/// Returns the step of a code that is right at this moment, or `None`. Apps show a code in two groups, and users type it so.
pub(crate) fn step_of(secret: &[u8], typed: &str, now: DateTime<Utc>) -> Option<i64> {
    let code: String = typed.chars().filter(|letter| !letter.is_whitespace()).collect();
    let is_code = code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit());
    if !is_code {
        return None;
    }
    let totp: Totp =
        Builder::new().with_secret(Secret::from(secret.to_vec())).with_step_duration(STEP_S).build().ok()?;
    let now = u64::try_from(now.timestamp()).ok()?;
    let step = now / STEP_S;
    // The library's own skew does not say at which step a code is right.
    [step, step.saturating_sub(1), step + 1]
        .into_iter()
        .find(|step| same(&totp.generate(step * STEP_S).to_string(), &code))
        .and_then(|step| i64::try_from(step).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_follow_the_rfc_and_neighbouring_ones_are_accepted() {
        // RFC 6238, appendix B: SHA-1, the last six of the eight digits.
        let secret = b"12345678901234567890";
        let at = |second| DateTime::from_timestamp(second, 0).unwrap();
        for (second, code) in [(59, "287082"), (1_111_111_109, "081804"), (20_000_000_000, "353130")] {
            assert_eq!(step_of(secret, code, at(second)), Some(second / 30), "{code}");
            assert_eq!(step_of(secret, code, at(second + 30)), Some(second / 30), "a slow thumb");
            assert_eq!(step_of(secret, code, at(second + 90)), None, "too late");
        }
        assert_eq!(step_of(secret, " 287 082 ", at(59)), Some(1), "as an app shows it");
        for bad in ["", "28708", "2870821", "28708a", "\u{661}\u{662}\u{663}"] {
            assert_eq!(step_of(secret, bad, at(59)), None, "{bad:?}");
        }
    }

    #[test]
    fn an_app_reads_the_secret() {
        let email = EmailAddress::parse("ada+desk@example.com").unwrap();
        let (base32, url) = shown(b"12345678901234567890", &email);
        assert_eq!(base32, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert!(url.starts_with("otpauth://totp/Cordboard:ada%2Bdesk%40example.com?secret=GEZD"), "{url}");
    }
}

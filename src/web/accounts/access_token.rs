//! Access tokens: JSON Web Tokens (RFC 7519) with one algorithm, HS256, and a key derived from the server's secret key.
//!
//! A token names a user and a sign-in. Their permissions are in the database and are read at each request, so a token never outlives the sign-in, the
//! user or their role.

use chrono::{DateTime, Utc};
use cordboard_schema::ids::UserId;
use cordboard_schema::limits::ACCESS_TOKEN_MS;
use hmac::{Hmac, KeyInit, Mac};
use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{Error, ErrorKind};
use jsonwebtoken::signature::{self, Signer, Verifier};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use uuid::Uuid;

use crate::secret_box::SecretBox;

/// Issuer of the tokens; tokens of other issuers are rejected.
const ISSUER: &str = "cordboard";

/// The only algorithm, for the library that encodes and decodes tokens. The library brings none of its own, so a token can't ask for another.
static HS256: CryptoProvider = CryptoProvider {
    signer_factory: |algorithm, key| match algorithm {
        Algorithm::HS256 => Ok(Box::new(Mac256::new(key.as_bytes())?)),
        _ => Err(ErrorKind::InvalidAlgorithm.into()),
    },
    verifier_factory: |algorithm, key| match algorithm {
        Algorithm::HS256 => Ok(Box::new(Mac256::new(key.try_get_as_bytes()?)?)),
        _ => Err(ErrorKind::InvalidAlgorithm.into()),
    },
    key_utils: KeyUtils::new_unimplemented(),
};

struct Mac256(Hmac<Sha256>);

impl Mac256 {
    fn new(key: &[u8]) -> Result<Self, Error> {
        Hmac::new_from_slice(key).map(Self).map_err(|_| ErrorKind::InvalidKeyFormat.into())
    }
}

impl Signer<Vec<u8>> for Mac256 {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, signature::Error> {
        let mut mac = self.0.clone();
        mac.update(message);
        Ok(mac.finalize().into_bytes().to_vec())
    }
}

impl JwtSigner for Mac256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

impl Verifier<Vec<u8>> for Mac256 {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), signature::Error> {
        let mut mac = self.0.clone();
        mac.update(message);
        mac.verify_slice(signature).map_err(|_| signature::Error::new())
    }
}

impl JwtVerifier for Mac256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

/// Claims of a token.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Claims {
    iss: String,
    /// The user.
    sub: UserId,
    /// The sign-in.
    sid: Uuid,
    /// When it was issued, in seconds.
    iat: i64,
    /// When it expires, in seconds.
    exp: i64,
}

/// Makes and reads access tokens.
pub(super) struct AccessTokens {
    signing: EncodingKey,
    checking: DecodingKey,
}

impl AccessTokens {
    pub(super) fn new(secrets: &SecretBox) -> Self {
        // Installing fails only if a provider is installed already, and nothing else here installs another.
        let _ = HS256.install_default();
        let key = secrets.key_for("access tokens");
        Self { signing: EncodingKey::from_secret(&key), checking: DecodingKey::from_secret(&key) }
    }

    /// Makes a token for a user's sign-in. Returns `None` if it can't be written, which would be a bug.
    pub(super) fn make(&self, user_id: UserId, session: Uuid, now: DateTime<Utc>) -> Option<String> {
        let iat = now.timestamp();
        let exp = iat + i64::try_from(ACCESS_TOKEN_MS / 1_000).unwrap_or(0);
        let claims = Claims { iss: ISSUER.to_owned(), sub: user_id, sid: session, iat, exp };
        encode(&Header::new(Algorithm::HS256), &claims, &self.signing).ok()
    }

    /// Returns the user and the sign-in of a token that is ours and has not expired.
    pub(super) fn read(&self, token: &str, now: DateTime<Utc>) -> Option<(UserId, Uuid)> {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&[ISSUER]);
        validation.set_required_spec_claims(&["exp", "iss", "sub"]);
        // Checked with our clock, to the second, not with the library's leeway of a minute.
        validation.validate_exp = false;
        let claims = decode::<Claims>(token, &self.checking, &validation).ok()?.claims;
        (claims.exp > now.timestamp()).then_some((claims.sub, claims.sid))
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
    use chrono::TimeDelta;
    use serde_json::{Value, json};

    use super::*;
    use crate::config::{Config, Secret};

    fn tokens(key: &str) -> AccessTokens {
        let secret_key = Some(Secret::new(format!("{key:0>40}")));
        AccessTokens::new(&SecretBox::open(&Config { secret_key, ..Config::default() }).unwrap())
    }

    fn part(value: &Value) -> String {
        BASE64.encode(value.to_string())
    }

    #[test]
    fn a_token_is_valid_with_its_key_until_it_expires() {
        let (ours, now) = (tokens("1"), Utc::now());
        let (user, session) = (UserId(Uuid::now_v7()), Uuid::now_v7());
        let token = ours.make(user, session, now).unwrap();
        assert_eq!(ours.read(&token, now), Some((user, session)));
        let lifetime = TimeDelta::milliseconds(i64::try_from(ACCESS_TOKEN_MS).unwrap());
        assert_eq!(ours.read(&token, now + lifetime), None, "its time is over");
        assert_eq!(tokens("2").read(&token, now), None, "another installation's");
    }

    #[test]
    fn tampered_tokens_are_refused() {
        let (ours, now) = (tokens("1"), Utc::now());
        let token = ours.make(UserId(Uuid::now_v7()), Uuid::now_v7(), now).unwrap();
        let parts: Vec<&str> = token.split('.').collect();
        let claims: Value = serde_json::from_slice(&BASE64.decode(parts[1]).unwrap()).unwrap();
        let with = |name: &str, value: Value| {
            let mut claims = claims.clone();
            claims[name] = value;
            part(&claims)
        };
        let exp = with("exp", json!(now.timestamp() + 1_000_000));
        let key = ours.signing.as_bytes();
        let signed = |head: &Value, body: &str| {
            let message = format!("{}.{body}", part(head));
            let signature = Mac256::new(key).unwrap().try_sign(message.as_bytes()).unwrap();
            format!("{message}.{}", BASE64.encode(signature))
        };
        let hs256 = json!({ "alg": "HS256", "typ": "JWT" });
        let sound = signed(&hs256, parts[1]);
        assert!(ours.read(&sound, now).is_some(), "signed by hand as by the library");
        let none = part(&json!({ "alg": "none" }));
        for (what, bad) in [
            ("a longer life", format!("{}.{exp}.{}", parts[0], parts[2])),
            ("no algorithm", format!("{none}.{}.", parts[1])),
            ("no algorithm with the signature", format!("{none}.{}.{}", parts[1], parts[2])),
            ("no signature", format!("{}.{}.", parts[0], parts[1])),
            ("another algorithm", signed(&json!({ "alg": "HS512" }), parts[1])),
            ("an asymmetric algorithm", signed(&json!({ "alg": "RS256" }), parts[1])),
            ("an algorithm in other letters", signed(&json!({ "alg": "nOnE" }), parts[1])),
            ("another issuer", signed(&hs256, &with("iss", json!("elsewhere")))),
            ("no issuer", signed(&hs256, &with("iss", Value::Null))),
            ("an end in the past", signed(&hs256, &with("exp", json!(now.timestamp() - 1)))),
            ("an end that is no number", signed(&hs256, &with("exp", json!("never")))),
            ("a user that is none", signed(&hs256, &with("sub", json!("' OR 1=1 --")))),
            ("nothing", String::new()),
            ("dots", "..".to_owned()),
            ("no JSON", "e30.e30.e30".to_owned()),
        ] {
            assert_eq!(ours.read(&bad, now), None, "{what}: {bad}");
        }
    }
}

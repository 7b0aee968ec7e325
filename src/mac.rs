//! Message authentication codes: proof that this server has made a text (HMAC-SHA-256).

use cordboard_schema::hex::hex;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// Returns the code of a text by one of the server's keys, as hex.
pub(crate) fn mac(key: &[u8; 32], text: &str) -> String {
    // HMAC accepts a key of any length.
    let mac = Hmac::<Sha256>::new_from_slice(key).map(|mac| mac.chain_update(text));
    let bytes = mac.map(|mac| mac.finalize().into_bytes().to_vec()).unwrap_or_default();
    hex(bytes)
}

/// Compares in constant time.
pub(crate) fn same(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}

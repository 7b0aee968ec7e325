//! A browser's token for reconnecting after its connection broke: a text that only we can make.
//!
//! It holds the owner of the audio and its number, and is signed. So nothing has to be stored for it, and it stays valid after a
//! restart of the server.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::digest::KeyInit as _;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use uuid::Uuid;

use crate::ids::{CallId, SignInId, UserId};
use crate::page_origin::PageTag;

/// Bytes of the signed part.
const BODY_BYTES: usize = 16 + 16 + 16 + 16 + 8 + 8;
/// Bytes of the signature that are kept.
const TAG_BYTES: usize = 16;

/// The party whose audio a `resume` restores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resume {
    /// Our name for the party, as in its outside id.
    pub name: Uuid,
    /// The call.
    pub call: CallId,
    /// The agent whose audio it is; none for a caller's.
    pub agent: Option<UserId>,
    /// The sign-in or API token with which the audio was opened; none for a visitor's.
    pub sign_in: Option<SignInId>,
    /// The other site whose pages alone may use it; none for a page of ours.
    pub page: Option<PageTag>,
    /// Number of earlier tokens for this party.
    pub number: u64,
}

impl Resume {
    /// Returns its text, signed with this key.
    pub fn seal(&self, key: &[u8; 32]) -> String {
        let body = self.body();
        let tag: Vec<u8> =
            signature(key, &body).map(|mac| mac.finalize().into_bytes().to_vec()).unwrap_or_default();
        let kept = &tag[..TAG_BYTES.min(tag.len())];
        URL_SAFE_NO_PAD.encode([&body[..], kept].concat())
    }

    /// Reads a text; none if it wasn't signed with this key.
    pub fn open(text: &str, key: &[u8; 32]) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (body, tag) = bytes.split_first_chunk::<BODY_BYTES>()?;
        if tag.len() != TAG_BYTES {
            return None;
        }
        signature(key, body)?.verify_truncated_left(tag).ok()?;
        let (name, rest) = body.split_first_chunk::<16>()?;
        let (call, rest) = rest.split_first_chunk::<16>()?;
        let (agent, rest) = rest.split_first_chunk::<16>()?;
        let (sign_in, rest) = rest.split_first_chunk::<16>()?;
        let (page, number) = rest.split_first_chunk::<8>()?;
        let [agent, sign_in] = [agent, sign_in].map(|id| Uuid::from_bytes(*id));
        Some(Self {
            name: Uuid::from_bytes(*name),
            call: CallId(Uuid::from_bytes(*call)),
            agent: (!agent.is_nil()).then_some(UserId(agent)),
            sign_in: (!sign_in.is_nil()).then_some(SignInId(sign_in)),
            page: (*page != PageTag::default()).then_some(*page),
            number: u64::from_be_bytes(*number.first_chunk::<8>()?),
        })
    }

    fn body(&self) -> Vec<u8> {
        // No user and no sign-in has the id of all zeros.
        let agent = self.agent.map_or(Uuid::nil(), |user| user.0);
        let sign_in = self.sign_in.map_or(Uuid::nil(), |id| id.0);
        let ids = [self.name, self.call.0, agent, sign_in].map(Uuid::into_bytes);
        [ids.as_flattened(), &self.page.unwrap_or_default(), &self.number.to_be_bytes()].concat()
    }
}

fn signature(key: &[u8; 32], body: &[u8]) -> Option<Hmac<Sha256>> {
    Some(Hmac::<Sha256>::new_from_slice(key).ok()?.chain_update(b"web audio resume 4").chain_update(body))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::WEB_AUDIO_TOKEN_CHARS_MAX;

    const KEY: [u8; 32] = [7; 32];

    fn resume() -> Resume {
        Resume {
            name: Uuid::from_u128(1),
            call: CallId(Uuid::from_u128(2)),
            agent: None,
            sign_in: None,
            page: None,
            number: 3,
        }
    }

    #[test]
    fn a_resume_is_read_as_it_was_sealed() {
        let text = resume().seal(&KEY);
        assert_eq!(Resume::open(&text, &KEY), Some(resume()));
        assert!(text.len() <= WEB_AUDIO_TOKEN_CHARS_MAX, "{}", text.len());
        let agent = Some(UserId(Uuid::from_u128(9)));
        let of_agent = Resume { agent, sign_in: Some(SignInId(Uuid::from_u128(10))), ..resume() };
        assert_eq!(Resume::open(&of_agent.seal(&KEY), &KEY), Some(of_agent));
        let elsewhere = Resume { page: Some([9; 8]), ..resume() };
        assert_eq!(Resume::open(&elsewhere.seal(&KEY), &KEY), Some(elsewhere));
    }

    #[test]
    fn a_forged_or_changed_resume_is_refused() {
        let text = resume().seal(&KEY);
        assert_eq!(Resume::open(&text, &[8; 32]), None, "another server's");
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).unwrap();
            // The last character may have unused bits; such a text is refused, or has the same meaning.
            assert!(Resume::open(&changed, &KEY).is_none_or(|opened| opened == resume()), "{at}");
            assert_eq!(Resume::open(&text[..at], &KEY), None, "cut at {at}");
        }
        assert_eq!(Resume::open(&format!("{text}AAAA"), &KEY), None);
        assert_eq!(Resume::open("", &KEY), None);
        assert_eq!(Resume::open("äöü", &KEY), None);
    }
}

//! The fields of an offer that are used, read before the offer is processed. A refused offer is answered with the needed corrections.

use str0m::change::SdpOffer;

/// Maximum bytes of an offer. Those of browsers have some 2,000.
pub const OFFER_BYTES_MAX: usize = 64 * 1_024;

/// Maximum tracks and channels (`m=` lines) of an offer.
pub const TRACKS_MAX: usize = 4;

/// Reason of an offer's refusal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OfferFault {
    /// It is larger than any offer needs to be.
    #[error("the offer has {bytes} bytes: send one of at most {OFFER_BYTES_MAX} bytes, with one audio track")]
    TooLarge {
        /// Its bytes.
        bytes: usize,
    },
    /// It has more lines than any offer needs.
    #[error("the offer has {lines} lines: send one of at most {most} lines, with one audio track")]
    TooManyLines {
        /// Its lines.
        lines: usize,
        /// The allowed maximum.
        most: usize,
    },
    /// It has too many tracks.
    #[error("the offer has {tracks} tracks: send at most {TRACKS_MAX}, of which one is audio")]
    TooManyTracks {
        /// Its `m=` lines.
        tracks: usize,
    },
    /// It has no audio.
    #[error("the offer has no audio: add an audio track to the connection before the offer is made")]
    NoAudio,
    /// It has more than one audio track.
    #[error("the offer has several audio tracks: send one")]
    SeveralAudio,
    /// Its audio has no supported codec.
    #[error("the offer's audio has no opus/48000/2: offer Opus (RFC 7587)")]
    NoOpus,
    /// It does not name its certificate.
    #[error("the offer has no a=fingerprint: offer DTLS-SRTP (RFC 8827)")]
    NoFingerprint,
    /// Its certificate's fingerprint can't be used.
    #[error(
        "the offer's a=fingerprint is not sha-256 with 32 bytes in hex and colons: make the fingerprint with SHA-256"
    )]
    BadFingerprint,
    /// It has no credentials of ICE.
    #[error("the offer has no a=ice-ufrag and a=ice-pwd, or too short ones: offer ICE (RFC 8839)")]
    NoIce,
    /// It can't be read.
    #[error("the offer can't be read as SDP (RFC 8866): {0}")]
    Malformed(String),
}

/// An offer that can be answered.
#[derive(Debug)]
pub(crate) struct Offer {
    pub(crate) text: String,
    pub(crate) sdp: SdpOffer,
    /// The peer's credentials.
    pub(crate) ufrag: String,
    pub(crate) password: String,
}

impl Offer {
    /// Parses an offer of at most `lines_max` lines: the library tries each of them as every kind of line.
    pub(crate) fn read(text: &str, lines_max: usize) -> Result<Self, OfferFault> {
        if text.len() > OFFER_BYTES_MAX {
            return Err(OfferFault::TooLarge { bytes: text.len() });
        }
        let lines = || text.lines().map(str::trim_end);
        let count = lines().count();
        if count > lines_max {
            return Err(OfferFault::TooManyLines { lines: count, most: lines_max });
        }
        let tracks = lines().filter(|line| line.starts_with("m=")).count();
        if tracks > TRACKS_MAX {
            return Err(OfferFault::TooManyTracks { tracks });
        }
        match lines().filter(|line| line.starts_with("m=audio ")).count() {
            0 if text.trim_start().starts_with("v=0") => return Err(OfferFault::NoAudio),
            0 => return Err(OfferFault::Malformed("it does not begin with v=0".to_owned())),
            1 => {}
            _ => return Err(OfferFault::SeveralAudio),
        }
        let has_opus = lines()
            .filter_map(|line| line.strip_prefix("a=rtpmap:")?.split_once(' '))
            .any(|(_, codec)| codec.trim().eq_ignore_ascii_case("opus/48000/2"));
        if !has_opus {
            return Err(OfferFault::NoOpus);
        }
        let fingerprints = || lines().filter_map(|line| line.strip_prefix("a=fingerprint:"));
        fingerprints().next().ok_or(OfferFault::NoFingerprint)?;
        // One certificate may have several fingerprints, also by other hashes (RFC 8122), which are left out.
        let mut of_sha256 = fingerprints().filter(|value| is_of_sha256(value)).peekable();
        if of_sha256.peek().is_none() || !of_sha256.all(is_whole) {
            return Err(OfferFault::BadFingerprint);
        }
        let (ufrag, password) = credentials(text).ok_or(OfferFault::NoIce)?;
        // A side that only answers does not need the peer's addresses. Besides, browsers hide them behind names (`.local`).
        let text: String = lines()
            .filter(|line| !line.starts_with("a=candidate:"))
            .filter(|line| line.strip_prefix("a=fingerprint:").is_none_or(is_of_sha256))
            .flat_map(|line| [line, "\r\n"])
            .collect();
        let sdp =
            SdpOffer::from_sdp_string(&text).map_err(|error| OfferFault::Malformed(error.to_string()))?;
        Ok(Self { text, sdp, ufrag, password })
    }
}

/// Returns the ICE credentials in an SDP or a piece of one, if they have the lengths of RFC 8839.
pub(crate) fn credentials(text: &str) -> Option<(String, String)> {
    let value = |name: &str, least: usize| {
        let value = text.lines().find_map(|line| line.trim_end().strip_prefix(name))?;
        let is_ice =
            |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '+' | '/' | '-' | '_' | '=');
        ((least..=256).contains(&value.len()) && value.chars().all(is_ice)).then(|| value.to_owned())
    };
    Some((value("a=ice-ufrag:", 4)?, value("a=ice-pwd:", 22)?))
}

fn is_of_sha256(fingerprint: &str) -> bool {
    let hash = fingerprint.trim().split(' ').next();
    hash.is_some_and(|hash| hash.eq_ignore_ascii_case("sha-256"))
}

/// Whether a SHA-256 fingerprint has its 32 bytes.
fn is_whole(fingerprint: &str) -> bool {
    let Some((_, bytes)) = fingerprint.trim().split_once(' ') else { return false };
    let is_byte = |byte: &str| byte.len() == 2 && byte.bytes().all(|digit| digit.is_ascii_hexdigit());
    bytes.split(':').count() == 32 && bytes.split(':').all(is_byte)
}

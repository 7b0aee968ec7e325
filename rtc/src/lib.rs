//! Calls of browsers by WebRTC, as a state machine: datagrams and times go in, datagrams and events come out.
//!
//! There is no runtime, clock or socket here. The owner of the UDP port passes its datagrams to [`Hub::receive`], calls [`Hub::tick`] every 20 ms,
//! and sends the datagrams of [`Hub::next_datagram`]. All calls share that one port.
//!
//! | file | subject |
//! | --- | --- |
//! | `hub.rs` | all connections of the port: their number, their timeouts, the owner of each datagram |
//! | `connection.rs` | one connection: ICE, DTLS-SRTP, sound both ways, keys, the channel of texts, figures |
//! | `offer.rs` | the fields of an offer that are used, and how to correct a refused one |
//! | `restart.rs` | an ICE restart in WHIP's form (RFC 9725, section 4.3.2) |
//! | `peer.rs` | the other side, for measurements and tests: a peer like a browser |
//! | `remote.rs` | the address of a peer, by UDP or TCP, and ours |
//! | `consent.rs` | checks of a peer's addresses: before an address answers, it is not heard and gets no more bytes than came from it, and it must
//! keep answering |
//! | `pace.rs` | rate limit for the datagrams of one peer; pure |
//! | `source.rs` | the single RTP source of a peer; pure |
//! | `association.rs` | the packets of a data channel that are passed to the library |
//! | `stun.rs` | the check that such an address answers (RFC 8489) |
//! | `jitter.rs` | playout time of each packet; pure |
//! | `voice.rs` | Opus, both ways |
//! | `silence.rs` | which frames of exact silence are encoded; pure |
//! | `width.rs` | the bandwidth at which the sound for a party is encoded; pure |
//! | `toc.rs` | duration of a packet of Opus (RFC 6716, section 3.1) |
//! | `keys.rs` | keys that arrive as telephone events (RFC 4733) |
//! | `crypto.rs` | AES, HMAC and DTLS for `str0m`, and a certificate |
#![cfg_attr(not(test), warn(clippy::disallowed_methods))]

mod association;
mod connection;
mod consent;
mod crypto;
mod hub;
mod jitter;
mod keys;
mod offer;
mod pace;
mod peer;
mod remote;
mod restart;
mod silence;
mod source;
mod stun;
#[cfg(test)]
mod tests;
mod toc;
mod voice;
mod width;

pub use connection::{Ended, Happening, Quality};
pub use crypto::{Certificate, CertificateFault};
pub use hub::{ConnectionId, Datagram, Hub, HubSettings, NoConnection};
pub use jitter::{Jitter, JitterFigures, Playing};
pub use offer::{OFFER_BYTES_MAX, OfferFault, TRACKS_MAX};
pub use peer::{Peer, PeerFault, encoded};
pub use remote::{OurAddress, Remote, Transport};
pub use restart::RestartFault;
pub use voice::{FRAME_SAMPLES, RATE_HZ};

/// The length of a frame, in ms.
pub const FRAME_MS: u64 = 20;

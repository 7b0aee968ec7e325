//! Whole calls in virtual time: a peer of `str0m` on the other side of a path with losses and delays by seed.

mod calls;
#[cfg(feature = "figures")]
mod figures;
mod freshness;
mod handshake;
mod hostile;
mod offers;
mod path;
mod peer;
mod speech;
mod takeover;
mod voice;

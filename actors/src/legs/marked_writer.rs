//! The writing side of a leg whose peer has its own queue and echoes marks. It sends the audio of the leg's ear, at most
//! [`MarkedWire::AHEAD_MS_MAX`] ahead of what is heard. In silence nothing is sent.

use std::convert::Infallible;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::timeout;

use super::{Leg, LegClock, MarkedPlayback, MarkedWire};
use crate::media::PipedMessage;

/// Why no more audio can be sent.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MarkedWriteFault {
    #[error("the socket is closed")]
    Closed,
    #[error("{peer} has read nothing for {stall_ms} ms")]
    Stalled { peer: &'static str, stall_ms: u64 },
}

/// Sends the audio of the leg's ear until the socket ends. It can be called again after a panic.
pub(crate) async fn write_marked<W: MarkedWire>(
    leg: &Leg,
    playback: &MarkedPlayback<W>,
    outgoing: &mpsc::Sender<PipedMessage>,
) -> Result<Infallible, MarkedWriteFault> {
    let stalled = MarkedWriteFault::Stalled { peer: W::PEER, stall_ms: W::STALL_MS_MAX };
    let port = leg.join(playback.rate());
    let mut clock = LegClock::at_random_phase();
    loop {
        tokio::select! {
            biased;
            due = clock.tick(leg) => {
                playback.pass_over(clock.missed());
                playback.take_from(&port.ear, due);
                for _ in 0..due {
                    leg.recording.played(playback.heard_now().as_ref());
                }
            }
            () = playback.urgent() => {}
        }
        while let Some(message) = playback.next_message() {
            let sending = timeout(Duration::from_millis(W::STALL_MS_MAX), outgoing.send(message));
            match sending.await {
                Ok(Ok(())) => {}
                Ok(Err(_)) => return Err(MarkedWriteFault::Closed),
                Err(_) => return Err(stalled),
            }
        }
    }
}

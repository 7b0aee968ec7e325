//! The writing side of a browser's leg: sound as the leg's ear has it, 120 ms ahead of what is heard at most. In silence nothing
//! is sent.

use std::convert::Infallible;
use std::time::Duration;

use cordboard_schema::limits::WEB_AUDIO_STALL_MS_MAX;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::web_playback::WebPlayback;
use crate::legs::{Leg, LegClock};
use crate::media::PipedMessage;

const STALL_LIMIT: Duration = Duration::from_millis(WEB_AUDIO_STALL_MS_MAX);

/// Why no more sound can be sent.
#[derive(Debug, thiserror::Error)]
pub(super) enum WriteFault {
    #[error("the socket has ended")]
    Closed,
    #[error("the browser has taken nothing for {WEB_AUDIO_STALL_MS_MAX} ms")]
    Stalled,
}

/// Sends what the leg's ear hears, until the socket ends. Where it panicked it can be called again.
pub(super) async fn write_audio(
    leg: &Leg,
    playback: &WebPlayback,
    outgoing: &mpsc::Sender<PipedMessage>,
) -> Result<Infallible, WriteFault> {
    let port = leg.join(playback.rate());
    let mut clock = LegClock::at_random_phase();
    loop {
        tokio::select! {
            due = clock.tick(leg) => {
                playback.take_from(&port.ear);
                for _ in 0..due {
                    leg.recording.played(playback.heard_now().as_ref());
                }
            }
            () = playback.urgent() => {}
        }
        while let Some(message) = playback.next_message() {
            let sending = timeout(STALL_LIMIT, outgoing.send(message));
            sending.await.map_err(|_| WriteFault::Stalled)?.map_err(|_| WriteFault::Closed)?;
        }
    }
}

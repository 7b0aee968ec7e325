//! The writing side of an audio WebSocket: chunks, paced by the audio in the leg's ear and by what the caller has heard. In silence
//! nothing is sent.

use std::convert::Infallible;
use std::time::Duration;

use cordboard_schema::audio::SampleRate;
use cordboard_schema::limits::STREAM_STALL_MS_MAX;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::stream_playback::StreamPlayback;
use super::stream_socket::StreamSocket;
use crate::legs::{Leg, LegClock};

/// How long a leg waits for the caller's first audio to learn its rate. FreeSWITCH sends it within 60 ms, but sends none while the
/// phone holds.
const FIRST_AUDIO_WAIT: Duration = Duration::from_millis(200);

const STALL_LIMIT: Duration = Duration::from_millis(STREAM_STALL_MS_MAX);

/// Why no more audio can be sent.
#[derive(Debug, thiserror::Error)]
pub(super) enum WriteFault {
    #[error("the connection broke")]
    Broken(#[from] Error),
    #[error("the peer has read no audio for {STREAM_STALL_MS_MAX} ms")]
    Stalled,
}

/// Sends what the leg's ear hears, until the connection fails. After a panic it can be called again.
pub(super) async fn write_stream(
    leg: &Leg,
    playback: &StreamPlayback,
    socket: &StreamSocket,
    rate_asked_for: SampleRate,
) -> Result<Infallible, WriteFault> {
    // The first audio joins the leg. If that is late this does it, so the outcome does not matter.
    let _ = tokio::time::timeout(FIRST_AUDIO_WAIT, leg.joined()).await;
    let port = leg.join(rate_asked_for);
    playback.set_rate(port.ear.rate());
    let mut clock = LegClock::at_random_phase();
    loop {
        let due = clock.tick(leg).await;
        playback.pass_over(clock.missed());
        for message in playback.take_from(&port.ear) {
            let sending = socket.send(Message::text(message));
            tokio::time::timeout(STALL_LIMIT, sending).await.map_err(|_| WriteFault::Stalled)??;
        }
        for _ in 0..due {
            leg.recording.played(playback.heard_now().as_ref());
        }
    }
}

//! The stay of a media stream's leg in its call, from `start` to the end of its socket.

use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use cordboard_schema::call::LegEnd;
use futures_util::FutureExt;
use tracing::Instrument;

use super::media_actor::MediaStream;
use super::stream_playback::{StreamPlayback, StreamWire};
use super::stream_reader::{Hearing, ReadEnd, read_stream};
use crate::legs::{Buffered, Leaving, Leg, keep_actor, unharmed, write_marked};
use crate::live_count::Live;
use crate::media::MessagePipe;

/// After a failed write: how long the reader may take to tell a stream that was stopped from one that broke.
const LAST_READ: Duration = Duration::from_millis(100);

/// A leg that has its stream. Dropping it before or while it runs closes the socket and tells the call.
#[derive(Debug)]
pub(super) struct StreamLegTask {
    leg: Rc<Leg>,
    stream: MediaStream,
    leaving: Leaving,
    /// The last to be dropped: the leg counts until its pipe is closed.
    live: Live,
}

impl StreamLegTask {
    pub(super) fn new(leg: Rc<Leg>, stream: MediaStream, live: Live) -> Self {
        let leaving = Leaving::new(Rc::clone(&leg));
        Self { leg, stream, leaving, live }
    }

    /// Reads and writes until the leg ends, and ends it.
    pub(super) async fn run(self) {
        let MediaStream { call, stream, peer, .. } = &self.stream;
        let span = tracing::error_span!("leg", leg = %self.leg.id, %call, %stream, %peer);
        self.run_in_span().instrument(span).await;
    }

    async fn run_in_span(self) {
        let Self { leg, stream, leaving, live } = self;
        let MediaStream { stream, mut pipe, .. } = stream;
        let playback = Rc::new(StreamPlayback::new(Rc::clone(&leg), StreamWire::new(stream)));
        let how = stay(&leg, &playback, &mut pipe).await;
        // The socket is closed behind what was sent; so Twilio goes on with the next verb.
        drop(pipe);
        playback.end();
        leg.recording.finish();
        leg.count_ear();
        leaving.tell(how);
        drop(live);
    }
}

async fn stay(leg: &Rc<Leg>, playback: &Rc<StreamPlayback>, pipe: &mut MessagePipe) -> LegEnd {
    let MessagePipe { incoming, outgoing, .. } = pipe;
    let mut hearing = Hearing::new(leg, playback);
    let reading = unharmed(leg, "reader", async || read_stream(&mut hearing, incoming).await);
    let mut reading = pin!(reading.map(|end| end.map_or(LegEnd::Broken, ReadEnd::leg_end)));
    let writing = unharmed(leg, "writer", async || write_marked(leg, playback, outgoing).await);
    let buffered: Rc<dyn Buffered> = Rc::<StreamPlayback>::clone(playback);
    tokio::select! {
        biased;
        end = &mut reading => end,
        () = leg.released() => LegEnd::Released,
        fault = writing => {
            if let Some(Err(fault)) = fault {
                tracing::debug!(%fault, "the leg's sound can't be sent");
            }
            tokio::time::timeout(LAST_READ, reading).await.unwrap_or(LegEnd::Broken)
        }
        never = keep_actor(leg, Some(buffered)) => match never {},
    }
}

//! One AudioSocket leg's stay in its call, from its first byte to its last.

use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use cordboard_schema::audio::SampleRate;
use cordboard_schema::call::LegEnd;
use futures_util::FutureExt;
use tokio::net::TcpStream;
use tracing::Instrument;

use super::audiosocket_actor::AudioConnection;
use super::leg_end::{close_in_order, say_goodbye};
use super::leg_reader::{Hearing, read_leg};
use super::leg_writer::write_frames;
use crate::legs::{Leaving, Leg, keep_actor, unharmed};
use crate::live_count::Live;
use crate::socket::Writings;

/// After a failed write: how long the reader may take to tell a connection that was closed in order (and then refused
/// our audio) from one that broke.
const LAST_READ: Duration = Duration::from_millis(100);

/// The rate of a leg whose caller has sent no audio. Every Asterisk takes it, whatever its channel has.
pub(super) const RATE_WITHOUT_AUDIO: SampleRate = SampleRate::HZ_8000;

/// A leg that has its connection. Dropping it before or while it runs breaks the connection and tells the call.
#[derive(Debug)]
pub(super) struct ConnectionTask {
    leg: Rc<Leg>,
    connection: AudioConnection,
    leaving: Leaving,
    /// The last to be dropped: the leg counts until its socket is closed.
    live: Live,
}

impl ConnectionTask {
    pub(super) fn new(leg: Rc<Leg>, connection: AudioConnection, live: Live) -> Self {
        let leaving = Leaving::new(Rc::clone(&leg));
        Self { leg, connection, leaving, live }
    }

    /// Reads and writes until the leg ends, and ends it.
    pub(super) async fn run(self) {
        let AudioConnection { uuid, peer, .. } = self.connection;
        let span = tracing::error_span!("leg", leg = %self.leg.id, %uuid, %peer);
        self.run_in_span().instrument(span).await;
    }

    async fn run_in_span(self) {
        let Self { leg, connection, leaving, live } = self;
        let AudioConnection { uuid, stream, early, .. } = connection;
        let stream = match TcpStream::from_std(stream) {
            Ok(stream) => stream,
            Err(error) => {
                tracing::error!(%error, "the connection can't be registered with the runtime");
                return leaving.tell(LegEnd::Broken);
            }
        };
        let writings = Writings::new(&stream);
        let how = {
            let mut hearing = Hearing::new(&leg, uuid, early);
            let reading = unharmed(&leg, "reader", async || read_leg(&mut hearing, &writings).await);
            let mut reading = pin!(reading.map(|how| how.unwrap_or(LegEnd::Broken)));
            let writing = unharmed(&leg, "writer", async || write_frames(&leg, &writings).await);
            tokio::select! {
                biased;
                how = &mut reading => how,
                () = leg.released() => LegEnd::Released,
                fault = writing => {
                    if let Some(Err(fault)) = fault {
                        tracing::debug!(%fault, "the leg's audio can't be written");
                    }
                    tokio::time::timeout(LAST_READ, reading).await.unwrap_or(LegEnd::Broken)
                }
                never = keep_actor(&leg, None) => match never {},
            }
        };
        leg.recording.finish();
        leg.count_ear();
        let how = leg.has_left(how);
        match how {
            LegEnd::Broken | LegEnd::Away => leaving.tell(how),
            LegEnd::Closed => {
                leaving.tell(how);
                close_in_order(&stream).await;
            }
            LegEnd::Released => {
                say_goodbye(&stream, &writings).await;
                leaving.tell(how);
            }
        }
        drop(stream);
        drop(live);
    }
}

//! One leg's stay in its call, from its first byte to its last.

use std::cell::{OnceCell, RefCell};
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use cordboard_schema::audio::{Frame, SampleRate};
use cordboard_schema::call::{LegEnd, LegKind};
use cordboard_schema::digit::Digit;
use cordboard_schema::ids::LegId;
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tracing::Instrument;

use super::leg_end::{Leaving, close_in_order, say_goodbye};
use super::leg_reader::read_leg;
use super::leg_recording::LegRecording;
use super::leg_socket::Writings;
use super::leg_writer::write_frames;
use crate::live_count::Live;
use crate::media::Tones;
use crate::media::port::{Pace, Port};
use crate::messages::{AudioConnection, CallLine, ToCall};

/// After a failed write: how long the reader may take to tell a connection that was closed in order (and then refused
/// our audio) from one that broke.
const LAST_READ: Duration = Duration::from_millis(100);

/// The rate of a leg whose caller has sent no audio. Every Asterisk takes it, whatever its channel has.
pub(super) const RATE_WITHOUT_AUDIO: SampleRate = SampleRate::HZ_8000;

/// What a leg's reader, writer and actor share. All of them run on one thread.
#[derive(Debug)]
pub(super) struct Leg {
    pub(super) id: LegId,
    pub(super) call: CallLine,
    pub(super) recording: LegRecording,
    /// Digits on their way to the party.
    tones: RefCell<Tones>,
    port: OnceCell<Port>,
    joined: Notify,
    released: Notify,
}

impl Leg {
    pub(super) fn new(id: LegId, call: CallLine) -> Self {
        Self {
            id,
            call,
            recording: LegRecording::default(),
            tones: RefCell::default(),
            port: OnceCell::new(),
            joined: Notify::new(),
            released: Notify::new(),
        }
    }

    /// The leg's port. The first to ask decides the rate at which the leg is answered, and joins it to its call.
    pub(super) fn join(&self, rate: SampleRate) -> &Port {
        self.port.get_or_init(|| {
            let port = Port::new(self.id, rate, Pace::Paced);
            let (leg, leg_kind) = (self.id, LegKind::Audiosocket);
            self.call.tell(ToCall::LegJoined { leg, leg_kind, rate, port: port.clone() });
            self.joined.notify_one();
            port
        })
    }

    /// Waits until the leg has joined.
    pub(super) async fn joined(&self) {
        if self.port.get().is_none() {
            self.joined.notified().await;
        }
    }

    /// Plays digits to the leg's party as tones, over what it hears.
    pub(super) fn play(&self, digits: &[Digit]) {
        let without_room = self.tones.borrow_mut().push(digits);
        if without_room > 0 {
            tracing::warn!(leg = %self.id, without_room, "digits are not played: too many wait already");
        }
    }

    /// What the party is to hear now, with the tones over it.
    pub(super) fn with_tones(&self, frame: Option<Frame>, rate: SampleRate) -> Option<Frame> {
        self.tones.borrow_mut().over(frame, rate)
    }

    /// Ends the leg in order.
    pub(super) fn release(&self) {
        self.released.notify_one();
    }
}

/// A leg that has its connection. Dropping it before or while it runs breaks the connection and tells the call.
#[derive(Debug)]
pub(super) struct Stay {
    leg: Rc<Leg>,
    connection: AudioConnection,
    leaving: Leaving,
    /// The last to be dropped: the leg counts until its socket is closed.
    live: Live,
}

impl Stay {
    pub(super) fn new(leg: Rc<Leg>, connection: AudioConnection, live: Live) -> Self {
        let leaving = Leaving::new(leg.id, leg.call.clone());
        Self { leg, connection, leaving, live }
    }

    /// Reads and writes until the leg ends, and ends it.
    pub(super) async fn run(self) {
        let AudioConnection { uuid, peer, .. } = self.connection;
        let span = tracing::info_span!("leg", leg = %self.leg.id, %uuid, %peer);
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
            let mut reading = pin!(read_leg(&leg, &stream, uuid, &early));
            tokio::select! {
                biased;
                how = &mut reading => how,
                () = leg.released.notified() => LegEnd::Released,
                Err(fault) = write_frames(&leg, &writings) => {
                    tracing::debug!(%fault, "the leg's audio can't be written");
                    tokio::time::timeout(LAST_READ, reading).await.unwrap_or(LegEnd::Broken)
                }
            }
        };
        leg.recording.finish();
        match how {
            LegEnd::Broken => leaving.tell(how),
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

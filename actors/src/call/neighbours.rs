//! Whom a call talks to, and where its files go: the same for every call of a node.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use actix::Recipient;
use cordboard_schema::audio::SampleRate;
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::ids::{CallId, ItemId, LegId};
use cordboard_schema::profile::AgentProfile;
use cordboard_schema::provider::AssistantRole;
use cordboard_schema::said::Said;
use cordboard_schema::switch::ControlId;
use uuid::Uuid;

use crate::clock::Clock;
use crate::media::Music;
use crate::media::port::Port;
use crate::media::recorder::RecorderHandle;
use crate::messages::{
    AssistantOrder, AudioConnection, CallLine, Commit, ControlConnection, ControlLine, Journal, LegLine,
    RegistryLine, SwitchLine,
};
use crate::meters::{AssistantMeter, Meters};
use crate::tools::ToolDefinition;

/// Everyone and everything that a call needs beside its own state.
#[derive(Clone)]
pub struct Neighbours {
    /// The time.
    pub clock: Clock,
    /// Takes journal entries.
    pub journal: Recipient<Journal>,
    /// Says when they are on disk.
    pub commit: Recipient<Commit>,
    /// Gets what is left of a call whose actor is no more.
    pub registry: RegistryLine,
    /// Writes recordings.
    pub recorder: RecorderHandle,
    /// Where recordings go.
    pub recordings_dir: PathBuf,
    /// Makes legs and assistants.
    pub starts: Arc<dyn Starts>,
    /// The node's figures.
    pub meters: Meters,
}

/// Starts the actors that a call owns, on the arbiter that it is called on. A test gives a call other ones.
pub trait Starts: Send + Sync {
    /// A leg over an audio connection. It tells `call` when it has joined and when it has left, exactly once, and ends in
    /// order when the call lets go of its line.
    fn leg(&self, leg: LegId, connection: AudioConnection, call: CallLine) -> LegLine;

    /// Ends an audio connection that no call wants, in order.
    fn refuse(&self, connection: AudioConnection);

    /// A control connection of a call. It tells the call what happens on the channel, and `control_lost` exactly once, and
    /// leaves in order when the call lets go of its line.
    fn control(&self, control: NewControl) -> ControlLine;

    /// Ends a control connection that no call wants; its channel goes where `next` says.
    fn refuse_control(&self, connection: ControlConnection, next: NextStep);

    /// Where a channel is to open its audio WebSocket, with a token that opens it once; and the rate that is wanted.
    fn stream(&self, channel: Uuid) -> (String, SampleRate);

    /// A leg over a UDP socket of our own, which is bound when this returns: its address as the switch reaches it.
    ///
    /// # Errors
    /// No socket could be bound.
    fn unicast(&self, unicast: NewUnicast) -> io::Result<(LegLine, SocketAddr)>;

    /// The way to the switch of this name, or to the only one where none is named; none where no such switch is configured.
    fn switch(&self, server: Option<&str>) -> Option<SwitchLine>;

    /// Plays hold music into this mouth until the returned guard is dropped.
    fn music(&self, port: Port) -> Music;

    /// An assistant that hears and speaks over `port`.
    fn assistant(&self, assistant: NewAssistant) -> Recipient<AssistantOrder>;
}

/// What a control link is started with.
#[derive(Debug)]
pub struct NewControl {
    /// The number that the call gave it.
    pub control: ControlId,
    /// The connection.
    pub connection: ControlConnection,
    /// The call's id, which the channel is told, so that it is known again.
    pub call_id: CallId,
    /// Where it reports to.
    pub call: CallLine,
}

/// What a unicast leg is started with.
#[derive(Debug)]
pub struct NewUnicast {
    /// Its leg.
    pub leg: LegId,
    /// Rate of the channel's samples in Hz, where it is known.
    pub read_rate: Option<u32>,
    /// Where it reports to.
    pub call: CallLine,
}

/// What an assistant is started with.
#[derive(Debug)]
pub struct NewAssistant {
    /// Its leg.
    pub leg: LegId,
    /// Which of the call's assistants it is.
    pub role: AssistantRole,
    /// The call's profile.
    pub profile: Arc<AgentProfile>,
    /// The tools that it may ask for.
    pub tools: Vec<ToolDefinition>,
    /// What was said on the call before it came, oldest first.
    pub history: Vec<Said>,
    /// Its mouth and ear.
    pub port: Port,
    /// Rate of the caller's audio, the best for it to speak.
    pub rate: SampleRate,
    /// The number of its first utterance; a call never uses one twice.
    pub first_item: ItemId,
    /// Where it reports to.
    pub call: CallLine,
    /// Where it is measured.
    pub meter: AssistantMeter,
}

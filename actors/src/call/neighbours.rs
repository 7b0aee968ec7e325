//! Whom a call talks to, and where its files go: the same for every call of a node.

use std::path::PathBuf;
use std::sync::Arc;

use actix::Recipient;
use cordboard_schema::audio::SampleRate;
use cordboard_schema::ids::{ItemId, LegId};
use cordboard_schema::profile::AgentProfile;
use cordboard_schema::provider::AssistantRole;
use cordboard_schema::said::Said;

use crate::clock::Clock;
use crate::media::port::Port;
use crate::media::recorder::RecorderHandle;
use crate::messages::{AssistantOrder, AudioConnection, CallLine, Commit, Journal, LegLine, RegistryLine};
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

    /// An assistant that hears and speaks over `port`.
    fn assistant(&self, assistant: NewAssistant) -> Recipient<AssistantOrder>;
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

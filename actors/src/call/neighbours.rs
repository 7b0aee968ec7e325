//! Actors that a call uses, and the directory of its files: the same for every call of a node.

use std::path::PathBuf;
use std::sync::Arc;

use actix::Recipient;
use cordboard_schema::audio::SampleRate;
use cordboard_schema::call::CallPolicy;
use cordboard_schema::grant::Granted;
use cordboard_schema::ids::{ItemId, LegId, OrganizationId};
use cordboard_schema::profile::AgentProfile;
use cordboard_schema::provider::AssistantRole;
use cordboard_schema::said::SpokenLine;
use cordboard_schema::switch::SwitchKind;
use cordboard_schema::wire::twilio::AccountSid;

use super::shared_tools::SharedTools;
use crate::clock::Clock;
use crate::ledger::Ledger;
use crate::media::EndlessSound;
use crate::media::port::Port;
use crate::media::recorder::RecorderHandle;
use crate::messages::{
    CacheProfile, CallLine, Commit, Entrance, Journal, NoSwitch, OrderAssistant, RegistryLine, RouterLine,
    RunCustomTool, SwitchLine, WriteForCall,
};
use crate::meters::{AssistantMeter, Meters};
use crate::switches::{ChannelAudio, Holders};
use crate::tools::ToolDefinition;

/// Everything that a call needs in addition to its own state.
pub struct Neighbours {
    /// The time.
    pub clock: Clock,
    /// Takes journal entries.
    pub journal: Recipient<Journal>,
    /// Confirms that they are on disk.
    pub commit: Recipient<Commit>,
    /// Makes the requests of custom tools.
    pub custom_tools: Recipient<RunCustomTool>,
    /// Builds and caches profiles of callers.
    pub profiles: Recipient<CacheProfile>,
    /// Writes leads, appointments, events and to-dos for tools.
    pub writes: Recipient<WriteForCall>,
    /// Gets the rest of a call whose actor is gone.
    pub registry: RegistryLine,
    /// Offers calls to agents at their desks.
    pub router: RouterLine,
    /// Writes recordings.
    pub recorder: RecorderHandle,
    /// Directory of recordings.
    pub recordings_dir: PathBuf,
    /// Starts control links and assistants.
    pub starts: Arc<dyn Starts>,
    /// The node's figures.
    pub meters: Meters,
    /// Counts everything that is opened for a call.
    pub ledger: Ledger,
    /// Tools that assistants of several calls share.
    pub shared_tools: SharedTools,
}

/// Starts the actors that a call owns, on the current arbiter. Tests supply their own.
pub trait Starts: Send + Sync {
    /// Audio that channels of such a switch send when it is ordered; none if their audio comes without an order.
    fn channel_audio(&self, kind: SwitchKind) -> Option<&dyn ChannelAudio>;

    /// The line to the switch of this name in the configuration; none if there is no such switch.
    fn switch(&self, name: &str) -> Option<SwitchLine>;

    /// The lines to all switches that have a name in the configuration.
    fn switches(&self) -> Vec<SwitchLine>;

    /// The switches that may have the channel of an organization's caller who is known by a name of this kind of switch.
    fn holders(&self, organization_id: OrganizationId, held: Held<'_>) -> Holders;

    /// The switch of this name that makes calls for an organization, of any kind; or the only one, if none is named.
    /// Of the server's own switches only those that the organization was granted. Every kind of switch that can make
    /// calls is listed here, and nowhere else.
    ///
    /// # Errors
    /// There is none, or it is not clear which.
    fn dialler(
        &self,
        organization_id: OrganizationId,
        granted: &Granted,
        name: Option<&str>,
    ) -> Result<Dialler, NoSwitch>;

    /// Whether the assistant of calls with this profile can say any text, not only its recordings.
    fn speaks_text(&self, profile: &AgentProfile) -> bool;

    /// The policy for a new call of an organization, including what follows from the organization's own accounts.
    /// `account` is the one of them that has the channel, if one has.
    fn policy(
        &self,
        organization_id: OrganizationId,
        account: Option<&AccountSid>,
        policy: Arc<CallPolicy>,
    ) -> Arc<CallPolicy>;

    /// Plays hold music into this mouth until the returned guard is dropped.
    fn music(&self, port: Port) -> EndlessSound;

    /// Starts an assistant that hears and speaks over `port`, with the account that the profile's organization has now.
    fn assistant(&self, assistant: NewAssistant) -> Recipient<OrderAssistant>;
}

/// Knowledge about the switch that has a caller's channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held<'a> {
    /// Its kind: the caller is known by a name that such a switch gives.
    pub kind: SwitchKind,
    /// Its name in the configuration, if it is known.
    pub server: Option<&'a str>,
    /// The organization's own account, if the switch is one; none if it is one of the configuration.
    pub account: Option<&'a AccountSid>,
}

/// A switch that makes calls.
#[derive(Clone, Debug)]
pub struct Dialler {
    /// Its name in the configuration.
    pub name: String,
    /// Its kind.
    pub kind: SwitchKind,
    /// The line to its actor, which accepts [`ToSwitch::Dial`](crate::messages::ToSwitch::Dial).
    pub line: SwitchLine,
    /// Whether we are connected to it.
    pub is_connected: bool,
    /// The setting for a line to the outside that is missing, if numbers can't be dialled over the switch.
    pub missing_trunk_setting: Option<String>,
    /// Whether the organization may dial numbers over its line to the outside.
    pub is_trunk_granted: bool,
    /// Rate of the audio of calls that it makes.
    pub rate: SampleRate,
    /// The organization's own account, if the switch is one.
    pub account: Option<AccountSid>,
}

/// Place of an assistant among those of a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChainPlace {
    /// A voice of the profile's chain, or the built-in assistant that replaces voices that failed.
    pub role: AssistantRole,
    /// The voice's place in the chain, counted from 0; 0 for a profile without a chain.
    pub place: u8,
    /// Whether another voice goes on if this one can't: then this one gives up soon.
    pub has_next: bool,
}

/// Settings of an assistant.
#[derive(Debug)]
pub struct NewAssistant {
    /// Its leg.
    pub leg: LegId,
    /// Its place among the call's assistants.
    pub at: ChainPlace,
    /// When it begins to serve.
    pub entrance: Entrance,
    /// How long the caller has been waiting for the first sound of the call, in ms; 0 if something has sounded.
    pub waited_ms: u64,
    /// The call's profile.
    pub profile: Arc<AgentProfile>,
    /// The tools that it may request.
    pub tools: Arc<[ToolDefinition]>,
    /// The conversation before it started, oldest first.
    pub history: Vec<SpokenLine>,
    /// Its mouth and ear.
    pub port: Port,
    /// Rate of the caller's audio, the best rate for it to speak.
    pub rate: SampleRate,
    /// The number of its first utterance; a call never uses a number twice.
    pub first_item: ItemId,
    /// The call that it reports to.
    pub call: CallLine,
    /// Its meter.
    pub meter: AssistantMeter,
    /// Facts of the call that the assistant may get.
    pub facts: CallFacts,
}

/// Facts of the call that an assistant may get.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallFacts {
    /// The call's id.
    pub call_id: String,
    /// The caller, if known.
    pub from: Option<String>,
    /// The number dialled.
    pub to: Option<String>,
}

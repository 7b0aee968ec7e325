//! Effects that the machine orders. The call's actor carries them out in order and decides nothing. Pure.

use std::sync::Arc;

use cordboard_schema::agent::{AgentAudio, AgentCallState, AgentDialling, Consult, ConsultEnd};
use cordboard_schema::dial::DialTarget;
use cordboard_schema::dialplan::{DialplanTarget, NextStep};
use cordboard_schema::digit::Digit;
use cordboard_schema::document::DocumentStep;
use cordboard_schema::event::Decision;
use cordboard_schema::ids::{CordId, CustomToolId, EffectId, LegId, UserId};
use cordboard_schema::outbound::Dialled;
use cordboard_schema::provider::AssistantRole;
use cordboard_schema::supervision::Supervising;
use cordboard_schema::switch::{ControlId, ControlLink, HandoffFailure};
use cordboard_schema::time::UnixMs;
use serde_json::{Map, Value};

use crate::tools::ToolWrite;
use crate::{Accepts, AssistantOrder, ChannelAction, DeskPlace, Listening, Phone};

/// The state of an agent in a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentStatus {
    /// The state in one word.
    pub state: AgentCallState,
    /// Since when they have talked with the caller.
    pub talks_since: Option<UnixMs>,
    /// Since when the caller has been on hold.
    pub held_since: Option<UnixMs>,
    /// Whether the agent is muted: nobody hears them.
    pub is_muted: bool,
    /// The device that they talk on.
    pub audio: AgentAudio,
    /// The other agents who talk with the caller.
    pub others: Vec<UserId>,
    /// People on any other phone who talk with the caller.
    pub outsiders: Vec<String>,
    /// The colleague whom they consult.
    pub consult: Option<Consult>,
    /// The result of the last consultation.
    pub last_consult: Option<ConsultEnd>,
    /// The person whom they are calling, until that person answers.
    pub dialling: Option<AgentDialling>,
    /// The other agent, in a call between two agents.
    pub colleague: Option<UserId>,
    /// Supervisors who listen to the call.
    pub supervisors: Vec<Supervising>,
}

/// One thing for the actor to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Journal a decision, after the fact that caused it and before any other effect runs.
    Note(Decision),
    /// Make the arrived connection a leg.
    StartLeg(LegId),
    /// Close the arrived connection in order.
    RefuseLeg(LegId),
    /// Record the caller's leg.
    StartRecording(LegId),
    /// Start an assistant.
    StartAssistant {
        /// The leg that it becomes.
        leg: LegId,
        /// The assistant's role.
        role: AssistantRole,
        /// Its place in the chain of voices, from 0.
        place: u8,
        /// Whether another voice of the chain can take over. If so, this one should give up soon.
        has_next: bool,
    },
    /// Start a configured assistant alongside the one that serves. It connects and says nothing.
    TryAssistant {
        /// The leg that it becomes.
        leg: LegId,
        /// Its place in the chain of voices, from 0.
        place: u8,
    },
    /// Have that assistant serve from now on, after the current one was stopped. It receives the conversation.
    TakeOver(LegId),
    /// Stop the assistant that was started alongside.
    DismissCandidate,
    /// Give the assistant an order.
    Assistant(AssistantOrder),
    /// Plug in a cord.
    Plug(CordId),
    /// Unplug a cord. Sound still waiting on it is dropped.
    Unplug(CordId),
    /// Empty a cord. How much was heard is reported as `played_until`.
    Clear(CordId),
    /// Play digits to the party of a leg.
    SendDtmf {
        /// The leg.
        leg: LegId,
        /// The digits, in order.
        digits: Vec<Digit>,
    },
    /// End a leg in order.
    ReleaseLeg(LegId),
    /// Let the arrived control connection carry the call.
    TakeControl(ControlId),
    /// Close the arrived control connection. Its channel goes where `next` says.
    RefuseControl {
        /// The control link.
        control: ControlId,
        /// The next step of the caller's channel.
        next: NextStep,
    },
    /// Ask a control connection to repeat the channel's state. If the connection is gone, report that.
    ResyncControl(ControlId),
    /// Leave a control connection.
    ReleaseControl(ControlId),
    /// Choose which link reports the channel's events.
    Listen(Listening),
    /// Change which link, if any, has the switch play in chunks what the caller's leg sends.
    SoundPlayedBy(Option<ControlLink>),
    /// Ask the caller's channel for an action, over this link.
    Channel {
        /// The link.
        link: ControlLink,
        /// The number of this request.
        effect: EffectId,
        /// The action.
        action: ChannelAction,
    },
    /// Have the channel open an audio WebSocket to us, over this link.
    StartStream {
        /// The link.
        link: ControlLink,
        /// The number of this request.
        effect: EffectId,
    },
    /// Open a UDP socket as this leg, and have the channel send its samples there, over this link.
    StartUnicast {
        /// The leg.
        leg: LegId,
        /// The link.
        link: ControlLink,
        /// The number of this request.
        effect: EffectId,
        /// The channel's sample rate in Hz, if known.
        read_rate: Option<u32>,
    },
    /// Start hold music as this leg.
    StartMusic(LegId),
    /// Stop that music.
    StopMusic(LegId),
    /// Check whether an extension can be reached.
    CheckExtension {
        /// The number of this request.
        effect: EffectId,
        /// The phone.
        phone: Phone,
    },
    /// Check whether the caller can be sent to a place of the dialplan.
    CheckPlace {
        /// The transfer.
        effect: EffectId,
        /// The place.
        place: DialplanTarget,
        /// The phone at that place's extension.
        phone: Phone,
    },
    /// Cache the caller's profile under all of these names of the person who takes the caller, once the journalled events are on disk. The
    /// result is reported as `profile_cached`. A transfer of the caller waits a short time for it.
    CacheProfile {
        /// The hand-off, if the profile is cached for one.
        handoff: Option<EffectId>,
        /// Numbers and names.
        extensions: Vec<String>,
    },
    /// Ring a phone.
    Ring {
        /// The hand-off.
        handoff: EffectId,
        /// The phone.
        phone: Phone,
        /// How long it rings, in ms.
        timeout_ms: u64,
    },
    /// Offer the call to agents at their desks.
    Offer {
        /// The hand-off.
        handoff: EffectId,
        /// The place at the desks.
        place: DeskPlace,
        /// The reason, in the words of whoever asked for the hand-off.
        reason: String,
        /// How long the call is offered to each agent, in ms, unless a queue sets that time.
        ring_ms: u64,
        /// Whether an agent accepts the offer, or it is accepted automatically.
        accepts: Accepts,
        /// Since when the caller has waited for them. An earlier process may already have offered the call.
        since: Option<UnixMs>,
        /// When desks let the caller in whom an agent passes on.
        let_in: Option<UnixMs>,
    },
    /// Withdraw the offer.
    WithdrawOffer {
        /// The hand-off.
        handoff: EffectId,
        /// Whether another person has taken the caller in the meantime.
        is_taken: bool,
    },
    /// Ring a phone that is to join the call here. Reported as `phone_told`. Never done twice.
    RingPhone {
        /// The ringing.
        ringing: EffectId,
        /// The phone to ring.
        target: DialTarget,
        /// How long it rings, in ms.
        timeout_ms: u64,
    },
    /// Have the switch end that ringing and its call, and accept no audio of it.
    StopPhone {
        /// The ringing.
        ringing: EffectId,
    },
    /// Accept the offer of this hand-off for this agent, who has lifted their handset.
    TakeOffer {
        /// The hand-off.
        handoff: EffectId,
        /// The agent.
        user_id: UserId,
    },
    /// Pass over this agent: their phone could not be reached, or they declined there.
    PassOffer {
        /// The hand-off.
        handoff: EffectId,
        /// The agent.
        user_id: UserId,
        /// The reason.
        failure: HandoffFailure,
    },
    /// Have an agent's desk show their state in the call.
    AgentIs {
        /// The agent.
        user_id: UserId,
        /// The agent's state.
        status: AgentStatus,
    },
    /// Announce that an agent is no longer in the call.
    AgentLeft {
        /// The agent.
        user_id: UserId,
        /// Whether they had talked with the caller.
        has_talked: bool,
    },
    /// Offer the call to a colleague whom an agent is calling.
    CallColleague {
        /// The number of this offer.
        handoff: EffectId,
        /// The place at the desks.
        place: DeskPlace,
        /// The agent who calls.
        by: UserId,
        /// How long it is offered, in ms.
        ring_ms: u64,
    },
    /// Have an agent's desk show that the party they called was not reached.
    NotReached {
        /// The agent.
        user_id: UserId,
        /// The party that they called.
        to: String,
        /// The reason.
        failure: HandoffFailure,
    },
    /// Start a ring-back tone as this leg, for another leg to hear.
    StartRingBack {
        /// The tone.
        leg: LegId,
        /// The leg that hears it.
        to: LegId,
    },
    /// Stop that tone.
    StopRingBack(LegId),
    /// End the leg of the person who was rung.
    StopRinging {
        /// The hand-off.
        handoff: EffectId,
    },
    /// Join the caller's channel with the channel of the person who answered.
    BridgeCallee {
        /// The link.
        link: ControlLink,
        /// The number of this request.
        effect: EffectId,
        /// The hand-off.
        handoff: EffectId,
    },
    /// Report `attempt_recorded` once the attempt to call a person is on disk, or `dial_failed` if it can't be written.
    RecordAttempt,
    /// Have the switch call this party. Never done twice.
    Dial(Arc<Dialled>),
    /// Have the switch end that call, at any stage.
    StopDialling(Arc<Dialled>),
    /// For a caller whom the switch serves by documents: have the switch end the call, if it hasn't already done so when it asked what
    /// comes next.
    EndBySwitch,
    /// Listen, as this leg, for who has answered (reported once as `answered_by`) and for the tone after which a mailbox records (reported
    /// as `voicemail_tone`). `StopToneWatch` ends this, too.
    StartDetection(LegId),
    /// Listen, as this leg, for the tone after which a mailbox records. Reported as `voicemail_tone`.
    StartToneWatch(LegId),
    /// Stop listening.
    StopToneWatch(LegId),
    /// Ask a leg or the assistant to repeat its state. If it is gone, report that.
    Resync(LegId),
    /// Report `tool_done` for this run once the message noted before is on disk.
    SaveMessage(EffectId),
    /// Send the request of a custom tool, once that is on disk. Never done twice.
    RunCustomTool {
        /// The run.
        effect: EffectId,
        /// The tool.
        tool: CustomToolId,
        /// Its arguments.
        arguments: Map<String, Value>,
    },
    /// Have the store write this for a run of a tool, once that is on disk. Reported as `tool_done` of this run.
    Write {
        /// The run.
        effect: EffectId,
        /// The record.
        write: Box<ToolWrite>,
    },
    /// Answer every dialplan that asked for the next step, once that step is stored.
    AnswerNext(NextStep),
    /// Answer the switch that serves the caller by documents, once the answer is stored.
    AnswerDocument(DocumentStep),
}

impl Effect {
    /// Returns the effect's name in the journal and the log.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Note(_) => "note",
            Self::StartLeg(_) => "start_leg",
            Self::RefuseLeg(_) => "refuse_leg",
            Self::StartRecording(_) => "start_recording",
            Self::StartAssistant { .. } => "start_assistant",
            Self::TryAssistant { .. } => "try_assistant",
            Self::TakeOver(_) => "take_over",
            Self::DismissCandidate => "dismiss_candidate",
            Self::Assistant(_) => "assistant",
            Self::Plug(_) => "plug",
            Self::Unplug(_) => "unplug",
            Self::Clear(_) => "clear",
            Self::SendDtmf { .. } => "send_dtmf",
            Self::ReleaseLeg(_) => "release_leg",
            Self::TakeControl(_) => "take_control",
            Self::RefuseControl { .. } => "refuse_control",
            Self::ResyncControl(_) => "resync_control",
            Self::ReleaseControl(_) => "release_control",
            Self::Listen(_) => "listen",
            Self::SoundPlayedBy(_) => "sound_played_by",
            Self::Channel { .. } => "channel",
            Self::StartStream { .. } => "start_stream",
            Self::StartUnicast { .. } => "start_unicast",
            Self::StartMusic(_) => "start_music",
            Self::StopMusic(_) => "stop_music",
            Self::CheckExtension { .. } => "check_extension",
            Self::CheckPlace { .. } => "check_place",
            Self::CacheProfile { .. } => "cache_profile",
            Self::Ring { .. } => "ring",
            Self::Offer { .. } => "offer",
            Self::WithdrawOffer { .. } => "withdraw_offer",
            Self::RingPhone { .. } => "ring_phone",
            Self::StopPhone { .. } => "stop_phone",
            Self::TakeOffer { .. } => "take_offer",
            Self::PassOffer { .. } => "pass_offer",
            Self::AgentIs { .. } => "agent_is",
            Self::AgentLeft { .. } => "agent_left",
            Self::CallColleague { .. } => "call_colleague",
            Self::NotReached { .. } => "not_reached",
            Self::StartRingBack { .. } => "start_ring_back",
            Self::StopRingBack(_) => "stop_ring_back",
            Self::StopRinging { .. } => "stop_ringing",
            Self::BridgeCallee { .. } => "bridge_callee",
            Self::RecordAttempt => "record_attempt",
            Self::Dial(_) => "dial",
            Self::StopDialling(_) => "stop_dialling",
            Self::EndBySwitch => "end_by_switch",
            Self::StartDetection(_) => "start_detection",
            Self::StartToneWatch(_) => "start_tone_watch",
            Self::StopToneWatch(_) => "stop_tone_watch",
            Self::Resync(_) => "resync",
            Self::SaveMessage(_) => "save_message",
            Self::RunCustomTool { .. } => "run_custom_tool",
            Self::Write { .. } => "write",
            Self::AnswerNext(_) => "answer_next",
            Self::AnswerDocument(_) => "answer_document",
        }
    }
}

//! Effects that the machine orders. The actor carries them out, in order, and decides nothing. Pure.

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

/// State of an agent in a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentStatus {
    /// In short.
    pub state: AgentCallState,
    /// Since when they talk with the caller.
    pub talks_since: Option<UnixMs>,
    /// Since when the caller is on hold.
    pub held_since: Option<UnixMs>,
    /// Nobody hears them.
    pub is_muted: bool,
    /// Device on which they talk.
    pub audio: AgentAudio,
    /// The other agents who talk with the caller.
    pub others: Vec<UserId>,
    /// Others who talk with the caller, on a phone.
    pub outsiders: Vec<String>,
    /// A colleague who is asked.
    pub consult: Option<Consult>,
    /// Result of the last consultation.
    pub last_consult: Option<ConsultEnd>,
    /// The person whom they call, until that person answers.
    pub dialling: Option<AgentDialling>,
    /// The other agent of a call between two of them.
    pub colleague: Option<UserId>,
    /// The supervisors who hear the call.
    pub supervisors: Vec<Supervising>,
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Journal a decision, behind the fact that caused it and before any other effect runs.
    Note(Decision),
    /// Let the connection that arrived become a leg.
    StartLeg(LegId),
    /// End the connection that arrived, in order.
    RefuseLeg(LegId),
    /// Record the caller's leg.
    StartRecording(LegId),
    /// Start an assistant.
    StartAssistant {
        /// As this leg.
        leg: LegId,
        /// The assistant's role.
        role: AssistantRole,
        /// Its place in the chain of voices, counted from 0.
        place: u8,
        /// Another voice of the chain goes on where it can't: it is to give up soon.
        has_next: bool,
    },
    /// Start a configured assistant, beside the one that serves: it connects, and says nothing.
    TryAssistant {
        /// As this leg.
        leg: LegId,
        /// Its place in the chain of voices, counted from 0.
        place: u8,
    },
    /// Let that one serve from now on, after the other one was stopped; it gets the conversation.
    TakeOver(LegId),
    /// End the one that is beside.
    DismissCandidate,
    /// Order something of the assistant.
    Assistant(AssistantOrder),
    /// Put a cord in.
    Plug(CordId),
    /// Take a cord out; sound that waits on it is not played.
    Unplug(CordId),
    /// Empty a cord; the heard part comes back as `played_until`.
    Clear(CordId),
    /// Play digits to a leg's party.
    SendDtmf {
        /// The leg.
        leg: LegId,
        /// The digits, in order.
        digits: Vec<Digit>,
    },
    /// End a leg in order.
    ReleaseLeg(LegId),
    /// Let the control connection that arrived carry the call.
    TakeControl(ControlId),
    /// End the control connection that arrived; its channel goes where this says.
    RefuseControl {
        /// The control link.
        control: ControlId,
        /// The caller's next step.
        next: NextStep,
    },
    /// Ask a control connection to repeat the channel's state; if the connection is gone, report that.
    ResyncControl(ControlId),
    /// Leave a control connection.
    ReleaseControl(ControlId),
    /// Have the inbound link report the channel's events, or not.
    Listen(Listening),
    /// This link, or none, is to have the switch play what the caller's leg sends in chunks; before it was another.
    SoundPlayedBy(Option<ControlLink>),
    /// Have the caller's channel do something, over this link.
    Channel {
        /// The link.
        link: ControlLink,
        /// The request.
        effect: EffectId,
        /// The action.
        action: ChannelAction,
    },
    /// Have the channel open an audio WebSocket to us, over this link.
    StartStream {
        /// The link.
        link: ControlLink,
        /// The request.
        effect: EffectId,
    },
    /// Open a UDP socket as this leg, and have the channel send its samples there, over this link.
    StartUnicast {
        /// The leg.
        leg: LegId,
        /// The link.
        link: ControlLink,
        /// The request.
        effect: EffectId,
        /// Rate of the channel's samples in Hz, if it is known.
        read_rate: Option<u32>,
    },
    /// Start hold music as this leg.
    StartMusic(LegId),
    /// End it.
    StopMusic(LegId),
    /// Find out whether an extension can be reached.
    CheckExtension {
        /// The request.
        effect: EffectId,
        /// The phone.
        phone: Phone,
    },
    /// Find out whether the caller can be sent to a place of the dialplan.
    CheckPlace {
        /// The transfer.
        effect: EffectId,
        /// The place.
        place: DialplanTarget,
        /// The phone at its extension.
        phone: Phone,
    },
    /// Cache the caller's profile under all of these names of the person they are led to, once the journalled events are on disk.
    /// The result comes as `profile_cached`. The transfer of the caller waits for it for a short time.
    CacheProfile {
        /// The hand-off, if it is for one.
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
        /// Duration, in ms.
        timeout_ms: u64,
    },
    /// Offer the call to the agents who are there.
    Offer {
        /// The hand-off.
        handoff: EffectId,
        /// The place at the desks.
        place: DeskPlace,
        /// Why, in the words of who asked.
        reason: String,
        /// Time that each agent is offered it, in ms, if no queue sets one.
        ring_ms: u64,
        /// Whether somebody takes it, or it is accepted for them.
        accepts: Accepts,
        /// Since when the caller waits for them: a process that died may have offered it before.
        since: Option<UnixMs>,
    },
    /// Offer it to nobody any more.
    WithdrawOffer {
        /// The hand-off.
        handoff: EffectId,
        /// Somebody has the caller by another way.
        is_taken: bool,
    },
    /// Ring a phone that is to join the call here; said as `phone_told`. Never done twice.
    RingPhone {
        /// The ringing.
        ringing: EffectId,
        /// The phone to ring.
        target: DialTarget,
        /// Duration, in ms.
        timeout_ms: u64,
    },
    /// End whatever a switch has of that, and take no audio of it.
    StopPhone {
        /// The ringing.
        ringing: EffectId,
    },
    /// This agent takes what is offered to them by this hand-off: they have lifted their handset.
    TakeOffer {
        /// The hand-off.
        handoff: EffectId,
        /// The agent.
        user_id: UserId,
    },
    /// They don't: their phone could not be reached, or they have declined there.
    PassOffer {
        /// The hand-off.
        handoff: EffectId,
        /// The agent.
        user_id: UserId,
        /// The reason.
        failure: HandoffFailure,
    },
    /// Have an agent's desks show how they stand in the call.
    AgentIs {
        /// The agent.
        user_id: UserId,
        /// The agent's state.
        stands: AgentStatus,
    },
    /// Have everybody know that an agent is in the call no more.
    AgentLeft {
        /// The agent.
        user_id: UserId,
        /// Whether they have talked with the caller.
        has_talked: bool,
    },
    /// Offer the call to a colleague whom an agent calls.
    CallColleague {
        /// The number of that offer.
        handoff: EffectId,
        /// The place at the desks.
        place: DeskPlace,
        /// The agent who calls.
        by: UserId,
        /// Time that it is offered, in ms.
        ring_ms: u64,
    },
    /// Have an agent's desks say that whom they called was not reached.
    NotReached {
        /// The agent.
        user_id: UserId,
        /// The party that they called.
        to: String,
        /// The reason.
        failure: HandoffFailure,
    },
    /// Start ring-back tone as this leg, for whom this one is the ear.
    StartRingBack {
        /// The tone.
        leg: LegId,
        /// The leg that hears it.
        to: LegId,
    },
    /// End it.
    StopRingBack(LegId),
    /// End the leg of the person who was rung.
    StopRinging {
        /// The hand-off.
        handoff: EffectId,
    },
    /// Join the caller's channel with that of the person who answered.
    BridgeCallee {
        /// The link.
        link: ControlLink,
        /// The request.
        effect: EffectId,
        /// The hand-off.
        handoff: EffectId,
    },
    /// Say as `attempt_recorded` when it is on disk that somebody is called, or as `dial_failed` that it can't be.
    RecordAttempt,
    /// Have the switch call somebody. Never done twice.
    Dial(Arc<Dialled>),
    /// End whatever the switch has of that.
    StopDialling(Arc<Dialled>),
    /// Have the switch end the call of a caller whom it serves by documents, if it has not done so when it asked what comes next.
    EndBySwitch,
    /// Listen as this leg for who has answered, said once as `answered_by`, and for the tone after which a mailbox records, said as
    /// `voicemail_tone`. It ends as the listening for a tone does.
    StartDetection(LegId),
    /// Listen as this leg for the tone after which a mailbox records; said as `voicemail_tone`.
    StartToneWatch(LegId),
    /// End that.
    StopToneWatch(LegId),
    /// Ask a leg, or the assistant, to repeat its state; if it is gone, report that.
    Resync(LegId),
    /// Say as `tool_done` of this run when the message that was noted before is on disk.
    SaveMessage(EffectId),
    /// Have the request of a custom tool made, once that is on disk. Never done twice.
    RunCustomTool {
        /// The run.
        effect: EffectId,
        /// The tool.
        tool: CustomToolId,
        /// Its arguments.
        arguments: Map<String, Value>,
    },
    /// Have the store write this for a run of a tool, once that is on disk; said as `tool_done` of this run.
    Write {
        /// The run.
        effect: EffectId,
        /// The record.
        write: Box<ToolWrite>,
    },
    /// Tell every dialplan that asked, once that is stored.
    AnswerNext(NextStep),
    /// Tell the switch that serves the caller by documents, once that is stored.
    AnswerDocument(DocumentStep),
}

impl Effect {
    /// Its name in the journal and the log.
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

//! Facts that reach a call's machine.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Announcement, PlayedEnd};
use crate::agent::{AgentRequest, BegunAtDesk, PhoneNow};
use crate::call::{CallPolicy, Direction, HangupBy, HangupCause, LegEnd, LegKind};
use crate::ids::{EffectId, ItemId, LegId, OutsideId, QueueId, UserId};
use crate::line_quality::LineQuality;
use crate::outbound::{AnsweredBy, DetectedBy, DialProgress, Dialled};
use crate::profile::{AgentHost, AgentProfile};
use crate::supervision::SupervisorRequest;
use crate::switch::{ActionOutcome, ChannelSeen, ControlLink, ExtensionChecked, HandoffFailure};
use crate::wire::{elevenlabs::report::ConversationReport, twilio::RecordingSid};
use crate::{
    audio::SampleRate, customer_profile::ProfileOutcome, digit::Digit, document::DocumentQuestion,
    line::Line, provider::ProviderFailure, queue::Overflow, tool::ToolOutcome, usage::TokenUsage,
    written::Written,
};

events! {
    /// A fact that reached a call's machine: its only input.
    Fact {
        /// The first entry of every call.
        CallStarted = "call_started" {
            /// The call's copy of the profile.
            profile: Arc<AgentProfile>,
            /// The call's copy of the settings that its machine decides by.
            policy: Arc<CallPolicy>,
            /// Direction of the call.
            direction: Direction,
            /// Ids that other systems have given the call so far.
            outside_ids: Vec<OutsideId>,
            /// The announcement, if the dialplan's came first; for a call that we make, what is known about it.
            announced: Option<Announcement>,
            /// The party that we call, for an outgoing call.
            #[serde(default, skip_serializing_if = "Option::is_none")] dialled: Option<Arc<Dialled>>,
            /// The agent who begins the call, if an agent does.
            #[serde(default, skip_serializing_if = "Option::is_none")] begun: Option<BegunAtDesk>,
        },
        /// The outgoing call is on disk, so it may be placed. This fact comes once, and the call is placed once.
        AttemptRecorded = "attempt_recorded",
        /// The switch has accepted the order to call, and has a name of its own for the call. It may keep the call in a queue.
        DialAccepted = "dial_accepted" {
            /// The name.
            outside_id: OutsideId,
        },
        /// The switch reports the state of the phone that we call.
        DialProgress = "dial_progress" {
            /// The progress.
            progress: DialProgress,
        },
        /// The party that we call has answered.
        DialAnswered = "dial_answered",
        /// The party that we call could not be reached.
        DialFailed = "dial_failed" {
            /// The reason.
            failure: HandoffFailure,
            /// Why, in the switch's own words.
            #[serde(default, skip_serializing_if = "Option::is_none")] cause: Option<HangupCause>,
        },
        /// A detector reports what has answered.
        AnsweredBy = "answered_by" {
            /// The party that answered.
            who: AnsweredBy,
            /// The detector.
            #[serde(default, skip_serializing_if = "DetectedBy::is_line")] by: DetectedBy,
        },
        /// The tone after which a mailbox records is over.
        VoicemailTone = "voicemail_tone",
        /// The dialplan sent what it knows about a call (`/calls/expect`).
        Announced = "announced" {
            /** The announcement. */ announcement: Announcement,
        },
        /// The call got another outside id.
        OutsideIdAdded = "outside_id_added" {
            /** The id. */ outside_id: OutsideId,
        },
        /// An audio connection arrived for this call; the machine accepts it or not.
        LegArrived = "leg_arrived" {
            /// The id of the new leg.
            leg: LegId,
            /// Its kind.
            leg_kind: LegKind,
            /// The id that another system gave the call.
            outside_id: OutsideId,
            /// It has proved that it belongs to the channel, with the token of a start that we requested.
            #[serde(default)]
            confirmed: bool,
            /// The agent whose audio it is.
            #[serde(default, skip_serializing_if = "Option::is_none")] agent: Option<UserId>,
        },
        /// A party's audio connection is up and its rate is known.
        LegJoined = "leg_joined" {
            /// The leg.
            leg: LegId,
            /// Its kind.
            leg_kind: LegKind,
            /// Rate of its audio in both directions.
            rate: SampleRate,
        },
        /// A party's audio connection ended.
        LegLeft = "leg_left" {
            /// The leg.
            leg: LegId,
            /// How it ended.
            how: LegEnd,
        },
        /// A leg was set up wrongly, as by a dialplan without `c(slin)`.
        LegMisconfigured = "leg_misconfigured" {
            /// The leg.
            leg: LegId,
            /// The finding and its fix.
            finding: String,
        },
        /// A key was pressed.
        Dtmf = "dtmf" {
            /// The leg of the party who pressed it; none if the switch's control link reported it for the caller's channel.
            leg: Option<LegId>,
            /// The key.
            digit: Digit,
            /// How long it was held, in ms, if known.
            #[serde(default, skip_serializing_if = "Option::is_none")] duration_ms: Option<u32>,
        },
        /// The caller has written something instead of saying it.
        Typed = "typed" {
            /// Their leg.
            leg: LegId,
            /// The words, 1 to 2,000 characters.
            text: String,
        },
        /// The caller has pressed the button for a person.
        PersonAsked = "person_asked" {
            /// Their leg.
            leg: LegId,
        },
        /// There is a way to control the caller's channel: a connection that arrived, which the machine accepts or not, or the
        /// switch's own.
        ControlAttached = "control_attached" {
            /// The control link.
            link: ControlLink,
            /// State of the channel.
            channel: ChannelSeen,
        },
        /// A way to control the caller's channel is gone; the channel itself may still be there.
        ControlLost = "control_lost" {
            /// The control link.
            link: ControlLink,
            /// Why, in words.
            reason: String,
        },
        /// The caller's channel is answered: its media is up.
        ChannelAnswered = "channel_answered",
        /// The switch has joined the caller's channel with another one.
        Bridged = "bridged" {
            /// The other channel's id.
            other: String,
        },
        /// The switch has separated the caller's channel from the other one.
        Unbridged = "unbridged",
        /// The caller's phone holds the call, or the switch does.
        Held = "held",
        /// The call is no longer held.
        Unheld = "unheld",
        /// The switch has no such channel and hasn't reported how it ended. It may have done so already, or another link may
        /// still report it.
        ChannelGone = "channel_gone",
        /// Something that was requested of the channel has been done, or has failed.
        ActionDone = "action_done" {
            /// The request.
            effect: EffectId,
            /// The outcome.
            #[serde(flatten)] outcome: ActionOutcome,
        },
        /// The place that the caller is to be sent to was checked.
        PlaceChecked = "place_checked" {
            /// The transfer.
            effect: EffectId,
            /// Whether the dialplan has the place; none if the switch can't tell.
            exists: Option<bool>,
            /// State of the phone there; none if the switch can't tell.
            extension: Option<ExtensionChecked>,
        },
        /// An extension was checked.
        ExtensionChecked = "extension_checked" {
            /// The request.
            effect: EffectId,
            /// The result; none if the switch can't be asked.
            checked: Option<ExtensionChecked>,
        },
        /// The caller's profile was cached for the person who is asked, or could not be.
        ProfileCached = "profile_cached" {
            /// The hand-off, if it is for one.
            #[serde(default, skip_serializing_if = "Option::is_none")] handoff: Option<EffectId>,
            /// The outcome.
            #[serde(flatten)] outcome: ProfileOutcome,
            /// Two sentences about the caller.
            #[serde(default, skip_serializing_if = "Option::is_none")] brief: Option<String>,
        },
        /// A person's phone rings.
        HandoffRinging = "handoff_ringing" {
            /// The hand-off.
            handoff: EffectId,
        },
        /// A person has answered and waits to be joined with the caller.
        HandoffAccepted = "handoff_accepted" {
            /// The hand-off.
            handoff: EffectId,
        },
        /// A person couldn't be reached, or left before they were joined.
        HandoffFailed = "handoff_failed" {
            /// The hand-off.
            handoff: EffectId,
            /// The reason.
            failure: HandoffFailure,
        },
        /// The call is offered at a desk.
        DeskRinging = "desk_ringing" {
            /// The hand-off.
            handoff: EffectId,
        },
        /// An agent was offered the call and hasn't taken it.
        OfferPassed = "offer_passed" {
            /// The hand-off.
            handoff: EffectId,
            /// The agent.
            user_id: UserId,
            /// They declined it, or didn't answer.
            failure: HandoffFailure,
        },
        /// An agent has accepted the call at their desk.
        DeskAccepted = "desk_accepted" {
            /// The hand-off.
            handoff: EffectId,
            /// The agent.
            user_id: UserId,
            /// The name of their extension, if they have one.
            #[serde(default, skip_serializing_if = "Option::is_none")] extension: Option<String>,
            /// The queue in which the caller waited.
            #[serde(default, skip_serializing_if = "Option::is_none")] queue_id: Option<QueueId>,
        },
        /// No agent takes the call at a desk.
        DeskFailed = "desk_failed" {
            /// The hand-off.
            handoff: EffectId,
            /// The reason.
            failure: HandoffFailure,
            /// What their queue does with callers whom nobody takes.
            #[serde(default, skip_serializing_if = "Option::is_none")] overflow: Option<Overflow>,
            /// The queue that has given the caller up.
            #[serde(default, skip_serializing_if = "Option::is_none")] queue_id: Option<QueueId>,
        },
        /// The call is offered to an agent who talks on the phone at their extension.
        PhoneOffered = "phone_offered" {
            /// The hand-off.
            handoff: EffectId,
            /// The agent.
            user_id: UserId,
            /// Their extension.
            extension: String,
            /// How long it is offered to them, in ms.
            ring_ms: u64,
        },
        /// The offer is gone.
        PhoneOfferGone = "phone_offer_gone" {
            /// The hand-off.
            handoff: EffectId,
            /// The agent.
            user_id: UserId,
        },
        /// The switch reports the state of a phone that is rung to join the call here.
        PhoneTold = "phone_told" {
            /// The number of the ringing.
            ringing: EffectId,
            /// The progress.
            #[serde(flatten)] now: PhoneNow,
        },
        /// The audio of such a phone arrived; the machine accepts it or not.
        PhoneLegArrived = "phone_leg_arrived" {
            /// The id of the new leg.
            leg: LegId,
            /// The number of the ringing.
            ringing: EffectId,
        },
        /// The caller has entered a queue: they wait there, or are turned away at once, for example if it is closed or full. The
        /// wait ends with the next queue that they enter, an answer from the desks, or the end of the hand-off.
        QueueEntered = "queue_entered" {
            /// The hand-off.
            handoff: EffectId,
            /// The queue.
            queue_id: QueueId,
            /// Why the previous queue has passed them on; none if they come straight to this one.
            #[serde(default, skip_serializing_if = "Option::is_none")] overflowed: Option<HandoffFailure>,
        },
        /// The caller waits in a queue that announces positions to its callers.
        QueuePlaced = "queue_placed" {
            /// The hand-off.
            handoff: EffectId,
            /// Their place, from 1.
            position: u32,
            /// Expected wait, in s, if it can be estimated.
            wait_s: u32,
        },
        /// An agent of the call makes a request.
        AgentAsked = "agent_asked" {
            /// The agent.
            user_id: UserId,
            /// The request.
            #[serde(flatten)] wish: AgentRequest,
        },
        /// A supervisor makes a request for the call.
        SupervisorAsked = "supervisor_asked" {
            /// The supervisor.
            user_id: UserId,
            /// The request.
            #[serde(flatten)] wish: SupervisorRequest,
        },
        /// A program or a user requests that the caller be put on hold.
        HoldAsked = "hold_asked",
        /// A program or a user requests that the caller be taken off hold.
        UnholdAsked = "unhold_asked",
        /// A program or a user requests that the caller be sent to a named extension.
        TransferAsked = "transfer_asked" {
            /// A name from the list.
            target: String,
        },
        /// A program or a user requests that the caller be parked.
        ParkAsked = "park_asked",
        /// The caller is in the switch's car park: a person who dials the space fetches them.
        Parked = "parked" {
            /// The space, as `701`.
            space: String,
        },
        /// A program requests that variables of the caller's channel be set.
        VariablesAsked = "variables_asked" {
            /// The values, by name.
            variables: BTreeMap<String, String>,
        },
        /// A program or a user requests that somebody be rung and joined with the caller.
        HandoffAsked = "handoff_asked" {
            /// A name from the list.
            target: String,
        },
        /// The assistant hears the caller begin to speak.
        SpeechStarted = "speech_started",
        /// The assistant hears the caller stop speaking.
        SpeechStopped = "speech_stopped" {
            /// Length of the speech.
            speech_ms: u64,
        },
        /// The caller's words, or "(speech, 2.1 s)" if nothing recognizes words.
        Transcript = "transcript" {
            /// The words.
            text: String,
        },
        /// The assistant is connected and may be asked to speak.
        AssistantReady = "assistant_ready" {
            /// Its leg.
            leg: LegId,
            /// The provider that answers, as `builtin`.
            provider: String,
            /// Whether it can say any text, and not just prepared lines.
            #[serde(default)]
            speaks_text: bool,
        },
        /// The assistant can't go on.
        AssistantFailed = "assistant_failed" {
            /// Its leg.
            leg: LegId,
            /// Why, as one of the failures that are counted.
            #[serde(default)]
            failure: ProviderFailure,
            /// Why, in words.
            reason: String,
        },
        /// The assistant lost its provider and reconnects; the conversation is kept.
        AssistantInterrupted = "assistant_interrupted" {
            /// Its leg.
            leg: LegId,
            /// The reason.
            failure: ProviderFailure,
            /// Why, in words.
            reason: String,
        },
        /// The assistant has reconnected, with the conversation restored.
        AssistantRestored = "assistant_restored" {
            /// Its leg.
            leg: LegId,
            /// Number of attempts.
            attempts: u32,
            /// Milliseconds that it was away.
            away_ms: u64,
        },
        /// Usage of the provider for an answer or a transcription.
        Usage = "usage" {
            /// Its leg.
            leg: LegId,
            /// The model, by the provider's or the configuration's name.
            model: String,
            /// The provider's id of the answer, or of the item that was transcribed. An id that repeats counts once.
            source: String,
            /// The tokens used.
            #[serde(flatten)] usage: TokenUsage,
        },
        /// A program or a user requests that the assistant say something.
        SayAsked = "say_asked" {
            /// The words.
            text: String,
        },
        /// A program or a user requests that digits be played to the caller's side.
        DtmfAsked = "dtmf_asked" {
            /// The digits, in order.
            digits: Vec<Digit>,
        },
        /// The call's actor died and was started again, with the state of its last step.
        Reborn = "reborn" {
            /// Kind of the fact that it was handling when it died, if any.
            during: Option<String>,
        },
        /// The assistant began an utterance.
        ItemStarted = "item_started" {
            /// Its leg.
            leg: LegId,
            /// The utterance.
            item: ItemId,
            /// The line that it says, if the machine asked for one.
            line: Option<Line>,
        },
        /// All audio and text of an utterance is known; it may still be playing.
        ItemComplete = "item_complete" {
            /// The utterance.
            item: ItemId,
            /// Its whole text.
            text: String,
            /// Its whole length.
            audio_ms: u64,
        },
        /// How much of an utterance the caller's connection was given, at its end or when it was cleared.
        PlayedUntil = "played_until" {
            /// The utterance.
            item: ItemId,
            /// Milliseconds handed to the connection.
            heard_ms: u64,
            /// Whether it was played to its end.
            end: PlayedEnd,
        },
        /// The assistant asks for a tool.
        ToolCall = "tool_call" {
            /// The provider's id of the request.
            tool_call: String,
            /// The tool's name as the model wrote it.
            name: String,
            /// The arguments as the model wrote them.
            arguments: serde_json::Value,
        },
        /// A tool's work outside the machine has ended.
        ToolDone = "tool_done" {
            /// The request.
            effect: EffectId,
            /// Outcome of the tool.
            outcome: ToolOutcome,
            /// The record that was written for it.
            #[serde(default, skip_serializing_if = "Option::is_none")] written: Option<Written>,
        },
        /// The recording is being written.
        RecordingStarted = "recording_started" {
            /// Milliseconds that the file already has (for a call that resumes), including silence for the time in between.
            offset_ms: u64,
        },
        /// The recording can't be written at the moment.
        RecordingFailed = "recording_failed" {
            /// The reason.
            reason: String,
        },
        /// Sound of the recording was lost: the disk refused it, or the server was too busy to write it. Reported when the
        /// recording goes on, with silence in place of the sound, and at its end.
        RecordingLost = "recording_lost" {
            /// Milliseconds lost, beyond those already reported.
            lost_ms: u64,
        },
        /// The recording's file is closed.
        RecordingFinished = "recording_finished" {
            /// Its length.
            duration_ms: u64,
        },
        /// A party's audio transport ends and reports the quality of its connection.
        LineMeasured = "line_measured" {
            /// The party's leg.
            leg: LegId,
            /// The quality.
            quality: LineQuality,
        },
        /// A request to end the call, by a program, the switch or the operator.
        Hangup = "hangup" {
            /// The party.
            by: HangupBy,
            /// The cause.
            cause: HangupCause,
        },
        /// The server is shutting down: it takes no new calls, and this call may finish.
        ServerDraining = "server_draining",
        /// The server is shutting down and this call's time to finish is over.
        DrainExpired = "drain_expired",
        /// The server stops now.
        ServerStopping = "server_stopping",
        /// The process of the call died; another one found the call open.
        ServerRestarted = "server_restarted" {
            /// Length of the call's recording so far, in ms; none if there is no recording.
            recorded_ms: Option<u64>,
            /// Time since the newest event before this one, in ms: for most of it no process had the call. Journals of earlier versions
            /// do not have it.
            #[serde(default, skip_serializing_if = "Option::is_none")] away_ms: Option<u64>,
        },
        /// The dialplan asked what to do next.
        NextAsked = "next_asked" {
            /// Whether it doesn't have the place that it was told to go to.
            #[serde(default, skip_serializing_if = "std::ops::Not::not")] lacks: bool,
        },
        /// A switch that serves the caller by documents asks what to do.
        DocumentAsked = "document_asked" {
            /** The switch's question. */ question: DocumentQuestion,
        },
        /// The caller has left a message with their switch. Written after the call, so the call's machine doesn't see it.
        VoicemailLeft = "voicemail_left" {
            /// The switch's name of the recording.
            #[cfg_attr(feature = "openapi", schema(value_type = String))]
            recording: RecordingSid,
            /** Its length in ms. */ duration_ms: u64,
        },
        /// A provider's report of its conversation with the caller. It comes after the call, so the call's machine doesn't see
        /// it.
        ConversationReported = "conversation_reported" {
            /** The provider. */ provider: AgentHost,
            /** The report. */ report: ConversationReport,
        },
        /// A deadline of the machine passed.
        DeadlinePassed = "deadline_passed",
        /// More facts came than the call could handle, and something that happened to it is lost. Facts that end something are
        /// never lost.
        FactsMissed = "facts_missed" {
            /** Number of missed facts. */ missed: u64,
            /** Kind of the first one. */ first: String,
        },
        /// The machine failed at a fact; its state is the one before the fact.
        StepPanicked = "step_panicked" {
            /** Kind of the fact. */ fact: String,
            /** The panic's text. */ message: String,
        },
        /// An effect couldn't be carried out.
        EffectFailed = "effect_failed" {
            /** Kind of the effect. */ effect: String,
            /** Why. */ reason: String,
        },
    }
}

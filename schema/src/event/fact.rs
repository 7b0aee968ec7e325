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
            /// The announcement, where the dialplan's came first; of a call that we make, what is known of it.
            announced: Option<Announcement>,
            /// The party that we call, for an outgoing call.
            #[serde(default, skip_serializing_if = "Option::is_none")] dialled: Option<Arc<Dialled>>,
            /// The agent who begins it, if it is one.
            #[serde(default, skip_serializing_if = "Option::is_none")] begun: Option<BegunAtDesk>,
        },
        /// The outgoing call is on disk, so it may be placed. This fact comes once, and the call is placed once.
        AttemptRecorded = "attempt_recorded",
        /// The switch says how far the phone is that we call.
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
            /// Why, in the switch's own word.
            #[serde(default, skip_serializing_if = "Option::is_none")] cause: Option<HangupCause>,
        },
        /// A detector says what has answered.
        AnsweredBy = "answered_by" {
            /// The party that answered.
            who: AnsweredBy,
            /// The detector.
            #[serde(default, skip_serializing_if = "DetectedBy::is_line")] by: DetectedBy,
        },
        /// The tone is over after which a mailbox records.
        VoicemailTone = "voicemail_tone",
        /// The dialplan said what it knows of a call (`/calls/expect`).
        Announced = "announced" {
            /** The dialplan's words. */ announcement: Announcement,
        },
        /// The call got one more name outside.
        OutsideIdAdded = "outside_id_added" {
            /** The name. */ outside_id: OutsideId,
        },
        /// An audio connection came for this call; the machine takes it or not.
        LegArrived = "leg_arrived" {
            /// The number that the leg gets.
            leg: LegId,
            /// Its kind.
            leg_kind: LegKind,
            /// The id that another system gave the call.
            outside_id: OutsideId,
            /// It has shown that it belongs to the channel: it brought the token of a start that we asked for.
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
            /// Rate of its audio both ways.
            rate: SampleRate,
        },
        /// A party's audio connection ended.
        LegLeft = "leg_left" {
            /// The leg.
            leg: LegId,
            /// The way in which it ended.
            how: LegEnd,
        },
        /// Something is wrong with how a leg was set up, as a dialplan without `c(slin)`.
        LegMisconfigured = "leg_misconfigured" {
            /// The leg.
            leg: LegId,
            /// The finding and its fix.
            finding: String,
        },
        /// A key was pressed.
        Dtmf = "dtmf" {
            /// The leg of the party who pressed it; none if the switch's control link said it of the caller's channel.
            leg: Option<LegId>,
            /// The key.
            digit: Digit,
            /// Duration of the hold, in ms, if known.
            #[serde(default, skip_serializing_if = "Option::is_none")] duration_ms: Option<u32>,
        },
        /// The caller has written something in place of saying it.
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
        /// A way to the caller's channel is there: a connection that came, which the machine takes or not, or the switch's own.
        ControlAttached = "control_attached" {
            /// The control link.
            link: ControlLink,
            /// State of the channel.
            channel: ChannelSeen,
        },
        /// A way to the caller's channel is gone; the channel may live.
        ControlLost = "control_lost" {
            /// The control link.
            link: ControlLink,
            /// Why, in words.
            reason: String,
        },
        /// The caller's channel is answered: its media is up.
        ChannelAnswered = "channel_answered",
        /// The switch has joined the caller's channel with another.
        Bridged = "bridged" {
            /// The other channel's id.
            other: String,
        },
        /// The switch has parted the caller's channel from the other.
        Unbridged = "unbridged",
        /// The caller's phone holds the call, or the switch does.
        Held = "held",
        /// It holds it no more.
        Unheld = "unheld",
        /// The switch has no such channel, and has not said how it ended: it has, or another link still brings the word.
        ChannelGone = "channel_gone",
        /// Something that was asked of the channel has been done, or not.
        ActionDone = "action_done" {
            /// The request.
            effect: EffectId,
            /// The outcome.
            #[serde(flatten)] outcome: ActionOutcome,
        },
        /// The place was looked at that the caller is to be sent to.
        PlaceChecked = "place_checked" {
            /// The transfer.
            effect: EffectId,
            /// Whether the dialplan has the place; none if the switch can't tell.
            exists: Option<bool>,
            /// State of the phone there; none if the switch can't tell.
            extension: Option<ExtensionChecked>,
        },
        /// An extension was looked at.
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
            /// The caller in two sentences.
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
        /// A person could not be reached, or is gone again before they were joined.
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
        /// An agent was offered the call and has not taken it.
        OfferPassed = "offer_passed" {
            /// The hand-off.
            handoff: EffectId,
            /// The agent.
            user_id: UserId,
            /// They have declined it, or not answered.
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
            /// Action of their queue for callers whom nobody takes.
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
            /// Time that it is offered to them, in ms.
            ring_ms: u64,
        },
        /// It is gone.
        PhoneOfferGone = "phone_offer_gone" {
            /// The hand-off.
            handoff: EffectId,
            /// The agent.
            user_id: UserId,
        },
        /// The switch reports the progress of a phone that is rung to join the call here.
        PhoneTold = "phone_told" {
            /// Its ringing.
            ringing: EffectId,
            /// The progress.
            #[serde(flatten)] now: PhoneNow,
        },
        /// The audio of such a phone came; the machine takes it or not.
        PhoneLegArrived = "phone_leg_arrived" {
            /// The number that the leg gets.
            leg: LegId,
            /// Its ringing.
            ringing: EffectId,
        },
        /// The caller has come into a queue: they wait there, or are turned away at once, as where it is closed or full. The wait ends with
        /// the next of these, an answer of the desks, or the end of the hand-off.
        QueueEntered = "queue_entered" {
            /// The hand-off.
            handoff: EffectId,
            /// The queue.
            queue_id: QueueId,
            /// Why the queue before has passed them on; none if they come straight to this one.
            #[serde(default, skip_serializing_if = "Option::is_none")] overflowed: Option<HandoffFailure>,
        },
        /// The caller waits in a queue that announces positions to its callers.
        QueuePlaced = "queue_placed" {
            /// The hand-off.
            handoff: EffectId,
            /// Their place, from 1.
            position: u32,
            /// Expected wait, in s, as far as it can be estimated.
            wait_s: u32,
        },
        /// An agent of the call wants something.
        AgentAsked = "agent_asked" {
            /// The agent.
            user_id: UserId,
            /// The request.
            #[serde(flatten)] wish: AgentRequest,
        },
        /// A supervisor wants something of the call.
        SupervisorAsked = "supervisor_asked" {
            /// The supervisor.
            user_id: UserId,
            /// The request.
            #[serde(flatten)] wish: SupervisorRequest,
        },
        /// A program or a person asks for the caller to be put on hold.
        HoldAsked = "hold_asked",
        /// A program or a person asks for the caller to be taken off hold.
        UnholdAsked = "unhold_asked",
        /// A program or a person asks for the caller to be sent to a named extension.
        TransferAsked = "transfer_asked" {
            /// A name from the list.
            target: String,
        },
        /// A program or a person asks for the caller to be parked.
        ParkAsked = "park_asked",
        /// The caller is in the switch's car park: a person who dials the space fetches them.
        Parked = "parked" {
            /// The space, as `701`.
            space: String,
        },
        /// A program asks for variables of the caller's channel.
        VariablesAsked = "variables_asked" {
            /// The values, by name.
            variables: BTreeMap<String, String>,
        },
        /// A program or a person asks for somebody to be rung and joined with the caller.
        HandoffAsked = "handoff_asked" {
            /// A name from the list.
            target: String,
        },
        /// The assistant hears the caller begin to speak.
        SpeechStarted = "speech_started",
        /// The assistant hears that the caller ceased to speak.
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
            /// Whether it can say any text, not only the lines.
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
        /// The assistant lost its provider and connects anew; the conversation stands.
        AssistantInterrupted = "assistant_interrupted" {
            /// Its leg.
            leg: LegId,
            /// The reason.
            failure: ProviderFailure,
            /// Why, in words.
            reason: String,
        },
        /// The assistant is connected anew, with the conversation restored.
        AssistantRestored = "assistant_restored" {
            /// Its leg.
            leg: LegId,
            /// Attempts that it took.
            attempts: u32,
            /// Milliseconds that it was away.
            away_ms: u64,
        },
        /// Usage of the provider for an answer or a transcription.
        Usage = "usage" {
            /// Its leg.
            leg: LegId,
            /// The model, as the provider or the configuration names it.
            model: String,
            /// The provider's id of the answer, or of the item that was transcribed. A repeated one counts once.
            source: String,
            /// The tokens used.
            #[serde(flatten)] usage: TokenUsage,
        },
        /// A program or a person asks the assistant to say something.
        SayAsked = "say_asked" {
            /// The words.
            text: String,
        },
        /// A program or a person asks for digits to be played to the caller's side.
        DtmfAsked = "dtmf_asked" {
            /// The digits, in order.
            digits: Vec<Digit>,
        },
        /// The call's actor died and lives again, with the state of its last step.
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
            /// The line that it says, where the machine asked for one.
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
        /// Part of an utterance that the caller's connection was given, at its end or when it was cleared.
        PlayedUntil = "played_until" {
            /// The utterance.
            item: ItemId,
            /// Milliseconds handed to the connection.
            heard_ms: u64,
            /// Whether it was played out.
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
        /// A tool's work outside the machine ended.
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
            /// Milliseconds that the file held already (a call that resumes), with silence for the time since.
            offset_ms: u64,
        },
        /// The recording can't be written at the moment.
        RecordingFailed = "recording_failed" {
            /// The reason.
            reason: String,
        },
        /// Sound of the recording was lost: the disk refused it, or the server was too busy to write it. Told once the recording goes on, with
        /// silence in its place, and at its end.
        RecordingLost = "recording_lost" {
            /// Milliseconds of it, beside those that were told before.
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
        /// Somebody asked for the end: a program, the switch, the operator.
        Hangup = "hangup" {
            /// The party.
            by: HangupBy,
            /// The cause.
            cause: HangupCause,
        },
        /// The server is going down: nobody new gets in, and this call may finish.
        ServerDraining = "server_draining",
        /// The server is going down and this call's time to finish is over.
        DrainExpired = "drain_expired",
        /// The server ends now.
        ServerStopping = "server_stopping",
        /// The process that carried the call died; another one found it open.
        ServerRestarted = "server_restarted" {
            /// Length of the call's recording so far, in ms; none if there is no recording.
            recorded_ms: Option<u64>,
        },
        /// The dialplan asked what to do next.
        NextAsked = "next_asked" {
            /// It was sent to a place before, and has no such place.
            #[serde(default, skip_serializing_if = "std::ops::Not::not")] lacks: bool,
        },
        /// A switch that serves the caller by documents asks what to do.
        DocumentAsked = "document_asked" {
            /** The switch's question. */ question: DocumentQuestion,
        },
        /// The caller has left a message with their switch. Told after the call, so that its machine does not see it.
        VoicemailLeft = "voicemail_left" {
            /// The switch's name of the recording.
            #[cfg_attr(feature = "openapi", schema(value_type = String))]
            recording: RecordingSid,
            /** Its length in ms. */ duration_ms: u64,
        },
        /// A provider's report of its conversation with the caller. It comes after the call, so its machine does not see it.
        ConversationReported = "conversation_reported" {
            /** The provider that has told. */ provider: AgentHost,
            /** The report. */ report: ConversationReport,
        },
        /// A deadline of the machine passed.
        DeadlinePassed = "deadline_passed",
        /// More facts came than the call could take in: something that happened to it is lost. Facts that end something
        /// are never lost.
        FactsMissed = "facts_missed" {
            /** How much. */ missed: u64,
            /** The kind of the first. */ first: String,
        },
        /// The machine failed at a fact; its state is the one before it.
        StepPanicked = "step_panicked" {
            /** Kind of the fact. */ fact: String,
            /** The panic's text. */ message: String,
        },
        /// An effect could not be carried out.
        EffectFailed = "effect_failed" {
            /** Kind of the effect. */ effect: String,
            /** Why. */ reason: String,
        },
    }
}

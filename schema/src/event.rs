//! What the journal of a call holds: *facts* that reached its machine, and *decisions* that the machine took.
//!
//! Applying the facts again, in order and at their times, gives the machine's state back: so a call survives the
//! death of its process. The decisions are what people and programs read; the call's row and its transcript are
//! folded from them (`fold.rs`).

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::audio::SampleRate;
use crate::call::{CallPolicy, Direction, Ending, HangupBy, HangupCause, LegEnd, LegKind};
use crate::dialplan::NextStep;
use crate::digit::{Digit, Digits};
use crate::ids::{CallId, EffectId, ItemId, LegId, OrganizationId, OutsideId};
use crate::line::Line;
use crate::profile::{AgentProfile, KeyAction};
use crate::provider::{AssistantRole, ProviderFailure};
use crate::switch::{
    ActionOutcome, Capability, ChannelSeen, ControlLink, ExtensionChecked, FreeswitchMode, HandoffFailure,
};
use crate::time::{UnixMs, rfc3339};
use crate::tool::{ToolName, ToolOrigin, ToolOutcome};
use crate::usage::TokenUsage;

/// One row of a call's journal. Never changed, never taken back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JournalEntry {
    /// Whose call it is.
    pub organization_id: OrganizationId,
    /// The call.
    pub call_id: CallId,
    /// Place in the call's journal, from 1, without gaps.
    pub seq: u64,
    /// When the machine was told.
    pub at: UnixMs,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

/// A fact or a decision; both are JSON objects with a `kind`, and no kind is used twice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(untagged)]
pub enum Event {
    /// What reached the machine.
    Fact(Fact),
    /// What the machine decided.
    Decision(Decision),
}

impl Event {
    /// The event's kind in the journal, as `leg_joined`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Fact(fact) => fact.kind(),
            Self::Decision(decision) => decision.kind(),
        }
    }
}

impl From<Fact> for Event {
    fn from(fact: Fact) -> Self {
        Self::Fact(fact)
    }
}

impl From<Decision> for Event {
    fn from(decision: Decision) -> Self {
        Self::Decision(decision)
    }
}

/// Declares an event enum together with `kind()`, so that the name in the journal and the one in the code can't part.
macro_rules! events {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $kind:tt $({ $($(#[$fdoc:meta])* $field:ident: $ty:ty,)* })?,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(tag = "kind")]
        pub enum $name {
            $($(#[$vdoc])* #[serde(rename = $kind)] $variant $({ $($(#[$fdoc])* $field: $ty,)* })?,)*
        }

        impl $name {
            /// Every kind.
            pub const KINDS: &'static [&'static str] = &[$($kind),*];

            /// The event's kind in the journal.
            pub fn kind(&self) -> &'static str {
                match self {
                    $(Self::$variant { .. } => $kind,)*
                }
            }
        }
    };
}

events! {
    /// What reached a call's machine: its only input.
    Fact {
        /// The first entry of every call.
        CallStarted = "call_started" {
            /// The call's copy of the profile.
            profile: Arc<AgentProfile>,
            /// The call's copy of the settings that its machine decides by.
            policy: Arc<CallPolicy>,
            /// Who called whom.
            direction: Direction,
            /// What the outside calls it so far.
            outside_ids: Vec<OutsideId>,
            /// The announcement, where the dialplan's came first.
            announced: Option<Announcement>,
        },
        /// The dialplan said what it knows of a call (`/calls/expect`).
        Announced = "announced" {
            /// What it said.
            announcement: Announcement,
        },
        /// The call got one more name outside.
        OutsideIdAdded = "outside_id_added" {
            /// The name.
            outside_id: OutsideId,
        },
        /// An audio connection came for this call; the machine takes it or not.
        LegArrived = "leg_arrived" {
            /// The number that the leg gets.
            leg: LegId,
            /// Its kind.
            leg_kind: LegKind,
            /// What the outside calls it.
            outside_id: OutsideId,
            /// It has shown that it belongs to the channel: it brought the token of a start that we asked for.
            #[serde(default)]
            confirmed: bool,
        },
        /// A party's audio connection stands and its rate is known.
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
            /// How.
            how: LegEnd,
        },
        /// Something is wrong with how a leg was set up, as a dialplan without `c(slin)`.
        LegMisconfigured = "leg_misconfigured" {
            /// The leg.
            leg: LegId,
            /// What is wrong, and the fix.
            finding: String,
        },
        /// A key was pressed.
        Dtmf = "dtmf" {
            /// Whose; none where the switch's control link said it of the caller's channel.
            leg: Option<LegId>,
            /// The key.
            digit: Digit,
            /// How long it was held, in ms, where that is known.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            duration_ms: Option<u32>,
        },
        /// A way to the caller's channel is there. A connection that came is number `next_control` of the machine, which
        /// takes it or not; the inbound one is there once the switch has said that it holds the channel.
        ControlAttached = "control_attached" {
            /// Which.
            link: ControlLink,
            /// How the channel stands.
            channel: ChannelSeen,
        },
        /// A way to the caller's channel is gone; the channel may live.
        ControlLost = "control_lost" {
            /// Which.
            link: ControlLink,
            /// Why, in words.
            reason: String,
        },
        /// The caller's channel is answered: its media stands.
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
        /// Something that was asked of the channel has been done, or not.
        ActionDone = "action_done" {
            /// The request.
            effect: EffectId,
            /// What became of it.
            #[serde(flatten)]
            outcome: ActionOutcome,
        },
        /// An extension was looked at.
        ExtensionChecked = "extension_checked" {
            /// The request.
            effect: EffectId,
            /// What was found out; none where the switch can't be asked.
            checked: Option<ExtensionChecked>,
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
            /// Why.
            failure: HandoffFailure,
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
        /// What the caller said, in words, or "(speech, 2.1 s)" where nothing recognizes words.
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
            /// Why.
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
        /// What the provider used for an answer or a transcription.
        Usage = "usage" {
            /// Its leg.
            leg: LegId,
            /// The model, as the provider or the configuration names it.
            model: String,
            /// The provider's id of the answer, or of the item that was transcribed. One that is told twice counts once.
            source: String,
            /// How much.
            #[serde(flatten)]
            usage: TokenUsage,
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
            /// What it died at, as the kind of a fact, where it was at one.
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
        /// How much of an utterance the caller's connection was given, at its end or when it was cleared.
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
            /// How it ended.
            outcome: ToolOutcome,
        },
        /// The recording is being written.
        RecordingStarted = "recording_started" {
            /// Milliseconds that the file held already (a call that resumes), with silence for the time since.
            offset_ms: u64,
        },
        /// The recording can't be written at the moment.
        RecordingFailed = "recording_failed" {
            /// Why.
            reason: String,
        },
        /// The recording's file is closed.
        RecordingFinished = "recording_finished" {
            /// Its length.
            duration_ms: u64,
        },
        /// Somebody asked for the end: a program, the switch, the operator.
        Hangup = "hangup" {
            /// Who.
            by: HangupBy,
            /// Why.
            cause: HangupCause,
        },
        /// The server is going down and this call's time to finish is over.
        DrainExpired = "drain_expired",
        /// The server ends now.
        ServerStopping = "server_stopping",
        /// The process that carried the call died; another one found it open.
        ServerRestarted = "server_restarted" {
            /// How much of the call it had recorded, in ms; none where there is no recording.
            recorded_ms: Option<u64>,
        },
        /// The dialplan asked what to do next.
        NextAsked = "next_asked",
        /// A deadline of the machine passed.
        DeadlinePassed = "deadline_passed",
        /// The machine failed at a fact; its state is the one before it. Not applied again.
        StepPanicked = "step_panicked" {
            /// Kind of the fact.
            fact: String,
            /// The panic's text.
            message: String,
        },
        /// An effect could not be carried out.
        EffectFailed = "effect_failed" {
            /// Which.
            effect: String,
            /// Why.
            reason: String,
        },
    }
}

events! {
    /// What a call's machine decided.
    Decision {
        /// The caller is connected; the call's clock starts.
        Answered = "answered",
        /// A key does something.
        KeyPressed = "key_pressed" {
            /// The key, or the keys in order.
            #[serde(alias = "digit")]
            digits: Digits,
            /// What it does.
            action: KeyAction,
        },
        /// The caller spoke or pressed a key while the assistant was speaking: its audio stopped.
        BargeIn = "barge_in" {
            /// The utterance that was cut.
            item: ItemId,
            /// Milliseconds of it that were heard.
            heard_ms: u64,
        },
        /// A line of the assistant in the transcript: what was heard, no more.
        AssistantSaid = "assistant_said" {
            /// The utterance.
            item: ItemId,
            /// The text as far as it was heard.
            text: String,
            /// Milliseconds of it that were heard.
            heard_ms: u64,
            /// Whether it was heard to its end.
            end: PlayedEnd,
        },
        /// A line of the caller in the transcript.
        CallerSaid = "caller_said" {
            /// The words.
            text: String,
        },
        /// A tool began.
        ToolStarted = "tool_started" {
            /// The run.
            effect: EffectId,
            /// The tool.
            tool: ToolName,
            /// Who asked.
            origin: ToolOrigin,
        },
        /// A tool ended; the assistant was told where it had asked.
        ToolFinished = "tool_finished" {
            /// The run.
            effect: EffectId,
            /// The tool's name as it was asked for.
            tool: String,
            /// How it ended.
            #[serde(flatten)]
            outcome: ToolOutcome,
            /// Milliseconds from asking to ending.
            took_ms: u64,
        },
        /// A message was taken; its audio is this part of the recording's left channel.
        MessageTaken = "message_taken" {
            /// The run of the tool that took it; the activity's id is made from it.
            effect: EffectId,
            /// Start in the recording.
            from_ms: u64,
            /// End in the recording.
            to_ms: u64,
            /// Milliseconds of speech in it.
            speech_ms: u64,
        },
        /// The caller was asked whether they are still there.
        SilencePrompted = "silence_prompted",
        /// A leg was lost that may come back.
        Interrupted = "interrupted" {
            /// When waiting for it ends.
            #[serde(with = "rfc3339")]
            #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
            until: UnixMs,
        },
        /// The caller is back on the same call.
        Resumed = "resumed" {
            /// How long the call waited for them; where its process died, from the moment that another one ran.
            away_ms: u64,
        },
        /// The dialplan was told what to do next.
        NextAnswered = "next_answered" {
            /// What.
            next: NextStep,
        },
        /// Another assistant takes the place of one that failed.
        AssistantReplaced = "assistant_replaced" {
            /// The leg of the new one.
            leg: LegId,
            /// Which one it is.
            role: AssistantRole,
            /// Why the other one failed.
            failure: ProviderFailure,
        },
        /// What an answer or a transcription cost.
        Charged = "charged" {
            /// The model.
            model: String,
            /// Its cost in millionths of the currency.
            cost_micros: u64,
        },
        /// The channel's control link carries the call on without audio, or with it again.
        ModeChanged = "mode_changed" {
            /// What it has now.
            mode: FreeswitchMode,
        },
        /// What the call can do has changed.
        CapabilitiesChanged = "capabilities_changed" {
            /// All that it can do now.
            capabilities: Vec<Capability>,
        },
        /// The caller is on hold: the assistant hears nothing.
        HoldBegan = "hold_began",
        /// The caller is off hold.
        HoldEnded = "hold_ended" {
            /// How long it lasted.
            held_ms: u64,
        },
        /// A person is asked to take over.
        HandoffRequested = "handoff_requested" {
            /// The hand-off.
            handoff: EffectId,
            /// The name from the list.
            target: String,
            /// Why, in the words of who asked.
            reason: String,
        },
        /// A person and the caller are joined.
        HandoffBridged = "handoff_bridged" {
            /// The hand-off.
            handoff: EffectId,
        },
        /// A hand-off ended without a person.
        HandoffAbandoned = "handoff_abandoned" {
            /// The hand-off.
            handoff: EffectId,
            /// Why.
            failure: HandoffFailure,
        },
        /// The person has left, and the caller is back with the assistant.
        CallerReturned = "caller_returned" {
            /// The hand-off.
            handoff: EffectId,
        },
        /// The last decision of every call.
        Ended = "ended" {
            /// How and why.
            #[serde(flatten)]
            ending: Ending,
            /// What the dialplan will be told.
            next: NextStep,
        },
    }
}

/// How an utterance left the caller's ear.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum PlayedEnd {
    /// Played to its end.
    Finished,
    /// Cut short.
    Cleared,
}

/// What a dialplan says of a call before or after its audio comes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Announcement {
    /// The caller's number or name.
    pub from: Option<String>,
    /// The number dialled (DID).
    pub to: Option<String>,
    /// What else the switch says of the call: the SIP domain as `domain`, and the dialplan's own variables by their names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub variables: BTreeMap<String, String>,
}

impl Announcement {
    /// Takes in what a later announcement says; what it leaves out stays.
    pub fn add(&mut self, later: &Self) {
        self.from = later.from.clone().or(self.from.take());
        self.to = later.to.clone().or(self.to.take());
        self.variables.extend(later.variables.clone());
    }
}

//! Decisions of a call's machine.

use serde::{Deserialize, Serialize};

use super::PlayedEnd;
use crate::agent::{AgentEnd, ConsultEnd};
use crate::call::Ending;
use crate::dialplan::NextStep;
use crate::digit::{Digit, Digits};
use crate::document::DocumentStep;
use crate::ids::{ActivityId, AppointmentId, EffectId, ItemId, LeadId, LegId, MessageId, QueueId, UserId};
use crate::phone::E164;
use crate::profile::KeyAction;
use crate::provider::{AssistantRole, ProviderFailure};
use crate::supervision::{SupervisionEnd, SupervisionMode};
use crate::switch::{Capability, FreeswitchMode, HandoffFailure};
use crate::time::{UnixMs, rfc3339};
use crate::tool::{ToolName, ToolOrigin, ToolOutcome};

events! {
    /// A decision of a call's machine.
    Decision {
        /// The caller is connected; the call's clock starts.
        Answered = "answered",
        /// The caller has heard the profile's notice to its end.
        NoticeGiven = "notice_given" {
            /// Its words.
            text: String,
            /// The profile's version with that notice.
            version: u32,
        },
        /// A deadline has passed and its consequence hasn't moved it, which is a bug of the machine. It is tried again at growing
        /// intervals, and logged once.
        DeadlineStuck = "deadline_stuck" {
            /// Purpose of the deadline.
            deadline: String,
        },
        /// Another transport has already reported the key of the preceding `dtmf`: it has no further effect.
        KeyToldAgain = "key_told_again" {
            /// The key.
            digit: Digit,
        },
        /// A key triggers an action.
        KeyPressed = "key_pressed" {
            /// The key, or the keys in order.
            #[serde(alias = "digit")]
            digits: Digits,
            /// The action.
            action: KeyAction,
        },
        /// The caller spoke or pressed a key while the assistant was speaking: the assistant's audio stopped.
        BargeIn = "barge_in" {
            /// The utterance that was cut off.
            item: ItemId,
            /// Milliseconds of it that were heard.
            heard_ms: u64,
        },
        /// A line of the assistant in the transcript: only the part that was heard.
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
        /// The words with which the assistant briefed the person who takes over. The caller didn't hear them.
        Whispered = "whispered" {
            /// The agent; none if the person was on a phone.
            user_id: Option<UserId>,
            /// The utterance.
            item: ItemId,
            /// The text as far as it was heard.
            text: String,
            /// Milliseconds of it that were heard.
            heard_ms: u64,
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
            /// The party that asked.
            origin: ToolOrigin,
        },
        /// A custom tool of the profile began.
        CustomToolStarted = "custom_tool_started" {
            /// The run.
            effect: EffectId,
            /// The tool's name.
            tool: String,
            /// The party that asked.
            origin: ToolOrigin,
        },
        /// A tool ended; if the assistant had requested it, the assistant got the outcome.
        ToolFinished = "tool_finished" {
            /// The run.
            effect: EffectId,
            /// The tool's name as it was requested.
            tool: String,
            /// Outcome of the tool.
            #[serde(flatten)]
            outcome: ToolOutcome,
            /// Milliseconds from the request to the end.
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
        /// The assistant has written down what the caller wants.
        LeadCreated = "lead_created" {
            /// The run of the tool.
            effect: EffectId,
            /// The lead.
            lead_id: LeadId,
        },
        /// The assistant has written down more about the lead.
        LeadUpdated = "lead_updated" {
            /// The run of the tool.
            effect: EffectId,
            /// The lead.
            lead_id: LeadId,
        },
        /// A slot is kept for the caller.
        AppointmentHeld = "appointment_held" {
            /// The run of the tool.
            effect: EffectId,
            /// The appointment.
            appointment_id: AppointmentId,
        },
        /// An appointment is agreed.
        AppointmentBooked = "appointment_booked" {
            /// The run of the tool.
            effect: EffectId,
            /// The appointment.
            appointment_id: AppointmentId,
        },
        /// An appointment is moved to another time.
        AppointmentMoved = "appointment_moved" {
            /// The run of the tool.
            effect: EffectId,
            /// The appointment.
            appointment_id: AppointmentId,
        },
        /// An appointment was cancelled.
        AppointmentCancelled = "appointment_cancelled" {
            /// The run of the tool.
            effect: EffectId,
            /// The appointment.
            appointment_id: AppointmentId,
        },
        /// A text message is to be sent.
        TextQueued = "text_queued" {
            /// The run of the tool.
            effect: EffectId,
            /// The message.
            message_id: MessageId,
        },
        /// The number of the party on the call is on the organization's do-not-call list.
        NumberSuppressed = "number_suppressed" {
            /// The run of the tool.
            effect: EffectId,
        },
        /// The assistant has written down an event or a to-do.
        ActivityCreated = "activity_created" {
            /// The run of the tool.
            effect: EffectId,
            /// The event or to-do.
            activity_id: ActivityId,
        },
        /// The assistant has changed an event or a to-do.
        ActivityUpdated = "activity_updated" {
            /// The run of the tool.
            effect: EffectId,
            /// The event or to-do.
            activity_id: ActivityId,
        },
        /// A to-do is done.
        ActivityCompleted = "activity_completed" {
            /// The run of the tool.
            effect: EffectId,
            /// The event or to-do.
            activity_id: ActivityId,
        },
        /// The caller was asked whether they are still there.
        SilencePrompted = "silence_prompted",
        /// A leg was lost that may come back.
        Interrupted = "interrupted" {
            /// When the wait for it ends.
            #[serde(with = "rfc3339")]
            #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
            until: UnixMs,
        },
        /// The caller is on their way back from a person, from the car park or from where they were sent: the call waits for
        /// their new leg.
        Returning = "returning" {
            /// When the wait for it ends.
            #[serde(with = "rfc3339")]
            #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
            until: UnixMs,
        },
        /// The caller is back on the same call.
        Resumed = "resumed" {
            /// Time that the call waited for them, in ms. If its process died, the time counts from the start of the next
            /// process.
            away_ms: u64,
        },
        /// The dialplan got the next step.
        NextAnswered = "next_answered" {
            /// The next step.
            next: NextStep,
        },
        /// Another assistant replaces one that failed.
        AssistantReplaced = "assistant_replaced" {
            /// The leg of the new one.
            leg: LegId,
            /// The assistant's role.
            role: AssistantRole,
            /// Its place in the chain of voices, counted from 0; 0 for the built-in assistant.
            #[serde(default)]
            place: u8,
            /// Why the previous assistant failed.
            failure: ProviderFailure,
        },
        /// The configured assistant is tried again: it connects alongside the built-in one, and nobody hears it yet.
        AssistantTried = "assistant_tried" {
            /// Its leg.
            leg: LegId,
            /// Number of attempts since it was lost, including this one.
            attempt: u32,
            /// Its place in the chain of voices, counted from 0.
            #[serde(default)]
            place: u8,
        },
        /// The configured assistant is back: it replaces the built-in one at a pause in the conversation.
        AssistantReturned = "assistant_returned" {
            /// Its leg.
            leg: LegId,
            /// Number of attempts.
            attempts: u32,
            /// Milliseconds that the caller was without it, from the moment that it was given up.
            away_ms: u64,
            /// Its place in the chain of voices, counted from 0.
            #[serde(default)]
            place: u8,
        },
        /// The configured assistant isn't tried again on this call.
        AssistantGivenUp = "assistant_given_up" {
            /// Its last failure.
            failure: ProviderFailure,
        },
        /// The call's cost has reached the cap of a voice in the chain: that voice is skipped from now on. If it is the one in
        /// use, the next one replaces it at the next pause in the conversation.
        CostCapReached = "cost_cap_reached" {
            /// The voice's place in the chain, counted from 0.
            place: u8,
            /// Its cap, in millionths of the currency.
            cap_micros: u64,
            /// Cost of the call, in the same unit.
            spent_micros: u64,
        },
        /// Cost of an answer or a transcription.
        Charged = "charged" {
            /// The model.
            model: String,
            /// Its cost in millionths of the currency.
            cost_micros: u64,
        },
        /// The channel's control link continues the call without audio, or with audio again.
        ModeChanged = "mode_changed" {
            /// The new mode.
            mode: FreeswitchMode,
        },
        /// The capabilities of the call have changed.
        CapabilitiesChanged = "capabilities_changed" {
            /// All of its present capabilities.
            capabilities: Vec<Capability>,
        },
        /// The caller is on hold: the assistant hears nothing.
        HoldBegan = "hold_began",
        /// The caller is off hold.
        HoldEnded = "hold_ended" {
            /// Duration of the hold, in ms.
            held_ms: u64,
        },
        /// The caller will be sent to an extension of the list, without asking there first.
        TransferRequested = "transfer_requested" {
            /// The name from the list.
            target: String,
        },
        /// The caller couldn't be sent on, or nobody there answered.
        TransferFailed = "transfer_failed" {
            /// The transfer's number in the call.
            transfer: EffectId,
            /// The name from the list, or the number.
            target: String,
            /// The reason.
            failure: HandoffFailure,
        },
        /// The party that the number forwards callers to may no longer be dialled.
        ForwardRefused = "forward_refused" {
            /// The party.
            target: String,
            /// The reason.
            reason: String,
        },
        /// The switch got instructions for a caller whom it serves by documents.
        DocumentAnswered = "document_answered" {
            /// The instructions.
            step: DocumentStep,
        },
        /// The caller has asked for a person in words, and the assistant hasn't requested one.
        PersonWished = "person_wished" {
            /// The phrase that they used, from the profile or its language.
            phrase: String,
        },
        /// A person is asked to take over.
        HandoffRequested = "handoff_requested" {
            /// The hand-off.
            handoff: EffectId,
            /// The name from the list.
            target: String,
            /// Why, in the words of the requester.
            reason: String,
        },
        /// An agent is asked to take over at their desk only: nobody is dialled.
        AgentRequested = "agent_requested" {
            /// The hand-off.
            handoff: EffectId,
            /// The name of the extension, or of the queue.
            target: String,
            /// Why, in the words of the requester.
            reason: String,
        },
        /// The wait for the caller's profile is over: the person is asked without it.
        ProfileNotAwaited = "profile_not_awaited" {
            /// The hand-off.
            handoff: EffectId,
        },
        /// A person and the caller are joined.
        HandoffBridged = "handoff_bridged" {
            /// The hand-off.
            handoff: EffectId,
        },
        /// An agent and the caller are joined here, by cords.
        AgentJoined = "agent_joined" {
            /// The hand-off.
            handoff: EffectId,
            /// The agent.
            user_id: UserId,
            /// Their leg.
            leg: LegId,
        },
        /// An agent is no longer in the call.
        AgentLeft = "agent_left" {
            /// The agent.
            user_id: UserId,
            /// Duration of their conversation with the caller, in ms. None if they never talked.
            talked_ms: Option<u64>,
            /// How the agent's part ended.
            how: AgentEnd,
        },
        /// A supervisor listens to the call from now on.
        SupervisorJoined = "supervisor_joined" {
            /// The supervisor.
            user_id: UserId,
            /// Their leg.
            leg: LegId,
            /// Mode of their participation.
            mode: SupervisionMode,
        },
        /// A supervisor who listens to the call changes their mode.
        SupervisionChanged = "supervision_changed" {
            /// The supervisor.
            user_id: UserId,
            /// Mode of their participation from now on.
            mode: SupervisionMode,
        },
        /// A supervisor no longer takes part.
        SupervisorLeft = "supervisor_left" {
            /// The supervisor.
            user_id: UserId,
            /// Time that they listened to the call, in ms. None if they never did.
            heard_ms: Option<u64>,
            /// How the supervision ended.
            how: SupervisionEnd,
        },
        /// An agent gives the caller back to the assistant.
        HandedBack = "handed_back" {
            /// The agent.
            user_id: UserId,
            /// Note for the assistant.
            note: String,
        },
        /// An agent passes the caller on to somebody else, and leaves.
        PassedOn = "passed_on" {
            /// The agent.
            user_id: UserId,
            /// The name of the extension, or of the queue.
            target: String,
            /// Note for the person who takes over.
            note: String,
        },
        /// An agent asks a colleague about the caller.
        ConsultBegan = "consult_began" {
            /// The consultation's number, with which desks are asked.
            consult: EffectId,
            /// The agent.
            user_id: UserId,
            /// The name of the colleague's extension, or of a queue.
            target: String,
        },
        /// A colleague and the agent hear each other. The caller hears neither.
        ColleagueJoined = "colleague_joined" {
            /// The consultation.
            consult: EffectId,
            /// The colleague.
            user_id: UserId,
            /// Their leg.
            leg: LegId,
        },
        /// A phone is rung for an agent who is offered the call, so that they talk on it.
        PhoneRung = "phone_rung" {
            /// The number of the ringing.
            ringing: EffectId,
            /// The agent.
            user_id: UserId,
            /// The name of their extension.
            target: String,
        },
        /// A person on a phone (not an agent at a desk) and the agent who asked for them hear each other. The caller hears
        /// neither.
        OutsiderAnswered = "outsider_answered" {
            /// The consultation.
            consult: EffectId,
            /// The party's name in the list, or their number.
            target: String,
            /// Their leg.
            leg: LegId,
        },
        /// A person on a phone and the caller hear each other.
        OutsiderJoined = "outsider_joined" {
            /// The consultation.
            consult: EffectId,
            /// The party.
            target: String,
        },
        /// A person on a phone is no longer in the call.
        OutsiderLeft = "outsider_left" {
            /// The consultation.
            consult: EffectId,
            /// The party.
            target: String,
            /// Duration of their conversation with the caller, in ms. None if they never talked.
            talked_ms: Option<u64>,
        },
        /// A colleague is no longer consulted.
        ConsultEnded = "consult_ended" {
            /// The consultation.
            consult: EffectId,
            /// How the consultation ended.
            end: ConsultEnd,
        },
        /// A queue has found no agent for the caller, who is to be called back.
        CallbackNoted = "callback_noted" {
            /// The run that writes it down.
            effect: EffectId,
            /// The queue.
            queue_id: QueueId,
            /// The number to call.
            phone: E164,
        },
        /// A hand-off ended without a person.
        HandoffAbandoned = "handoff_abandoned" {
            /// The hand-off.
            handoff: EffectId,
            /// The reason.
            failure: HandoffFailure,
        },
        /// The person has left, and the caller is back with the assistant.
        CallerReturned = "caller_returned" {
            /// The hand-off.
            handoff: EffectId,
        },
        /// A parked caller whom nobody has fetched is taken back.
        ParkEnded = "park_ended" {
            /// Time that they were parked, in ms.
            parked_ms: u64,
        },
        /// The switch records the conversation of the caller and a person, in `cordboard-CALL-RECORDING.wav` in its own folder.
        PersonRecordingBegan = "person_recording_began" {
            /// The recording's number in the call.
            recording: EffectId,
        },
        /// The switch no longer records them.
        PersonRecordingEnded = "person_recording_ended" {
            /// The recording's number in the call.
            recording: EffectId,
        },
        /// A party is called to whom the dial policy applies.
        DialRequested = "dial_requested" {
            /// The name from the list, or the number.
            target: String,
        },
        /// An outgoing call hasn't reached its party.
        OutboundFailed = "outbound_failed" {
            /// The reason.
            failure: HandoffFailure,
        },
        /// The last decision of every call.
        Ended = "ended" {
            /// Cause of the end, and the party that ended the call.
            #[serde(flatten)]
            ending: Ending,
            /// The answer that the dialplan will get.
            next: NextStep,
        },
    }
}

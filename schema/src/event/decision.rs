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
            /// The profile's version that has them.
            version: u32,
        },
        /// A deadline has passed and its consequence has not moved it, which is a mistake of the machine: it is tried again later
        /// and later. Told once.
        DeadlineStuck = "deadline_stuck" {
            /// Purpose of the deadline.
            deadline: String,
        },
        /// Another transport has already reported the key of the `dtmf` before: it does nothing a second time.
        KeyToldAgain = "key_told_again" {
            /// The key.
            digit: Digit,
        },
        /// A key does something.
        KeyPressed = "key_pressed" {
            /// The key, or the keys in order.
            #[serde(alias = "digit")]
            digits: Digits,
            /// The action.
            action: KeyAction,
        },
        /// The caller spoke or pressed a key while the assistant was speaking: its audio stopped.
        BargeIn = "barge_in" {
            /// The utterance that was cut.
            item: ItemId,
            /// Milliseconds of it that were heard.
            heard_ms: u64,
        },
        /// A line of the assistant in the transcript: the part that was heard, no more.
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
        /// The words by which the assistant briefed the person who takes over. The caller did not hear them.
        Whispered = "whispered" {
            /// The agent; none if it was somebody on a phone.
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
        /// A tool ended; the assistant got the outcome if it had asked.
        ToolFinished = "tool_finished" {
            /// The run.
            effect: EffectId,
            /// The tool's name as it was asked for.
            tool: String,
            /// Outcome of the tool.
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
        /// The assistant has written down what the caller wants.
        LeadCreated = "lead_created" {
            /// The run of the tool.
            effect: EffectId,
            /// The lead.
            lead_id: LeadId,
        },
        /// It has written more of it down.
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
        /// It is agreed for another time.
        AppointmentMoved = "appointment_moved" {
            /// The run of the tool.
            effect: EffectId,
            /// The appointment.
            appointment_id: AppointmentId,
        },
        /// It was called off.
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
        /// The assistant has written an event or a to-do down.
        ActivityCreated = "activity_created" {
            /// The run of the tool.
            effect: EffectId,
            /// The event or to-do.
            activity_id: ActivityId,
        },
        /// It has changed one.
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
            /// When waiting for it ends.
            #[serde(with = "rfc3339")]
            #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
            until: UnixMs,
        },
        /// The caller is on their way back from a person, from the car park or from where they were sent: their new leg is
        /// waited for.
        Returning = "returning" {
            /// When waiting for it ends.
            #[serde(with = "rfc3339")]
            #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
            until: UnixMs,
        },
        /// The caller is back on the same call.
        Resumed = "resumed" {
            /// Time that the call waited for them, in ms. If its process died, it counts from the start of the next one.
            away_ms: u64,
        },
        /// The dialplan got the next step.
        NextAnswered = "next_answered" {
            /// The next step.
            next: NextStep,
        },
        /// Another assistant takes the place of one that failed.
        AssistantReplaced = "assistant_replaced" {
            /// The leg of the new one.
            leg: LegId,
            /// The assistant's role.
            role: AssistantRole,
            /// Its place in the chain of voices, counted from 0; 0 of the built-in one.
            #[serde(default)]
            place: u8,
            /// Why the other one failed.
            failure: ProviderFailure,
        },
        /// The configured assistant is tried again: it connects beside the built-in one, and nobody hears it yet.
        AssistantTried = "assistant_tried" {
            /// Its leg.
            leg: LegId,
            /// Number of attempts since it was lost, this one included.
            attempt: u32,
            /// Its place in the chain of voices, counted from 0.
            #[serde(default)]
            place: u8,
        },
        /// The configured assistant is back, at a pause of the talk: it takes the place of the built-in one.
        AssistantReturned = "assistant_returned" {
            /// Its leg.
            leg: LegId,
            /// Attempts that it took.
            attempts: u32,
            /// Milliseconds that the caller was without it, from the moment that it was given up.
            away_ms: u64,
            /// Its place in the chain of voices, counted from 0.
            #[serde(default)]
            place: u8,
        },
        /// The configured assistant is not tried again on this call.
        AssistantGivenUp = "assistant_given_up" {
            /// Its last failure.
            failure: ProviderFailure,
        },
        /// The call's cost has reached the cap of a voice of the chain: that voice is passed over from now on. If it serves, the next
        /// one takes its place at the next pause of the conversation.
        CostCapReached = "cost_cap_reached" {
            /// The voice's place in the chain, counted from 0.
            place: u8,
            /// Its cap, in millionths of the currency.
            cap_micros: u64,
            /// Cost of the call, in the same.
            spent_micros: u64,
        },
        /// Cost of an answer or a transcription.
        Charged = "charged" {
            /// The model.
            model: String,
            /// Its cost in millionths of the currency.
            cost_micros: u64,
        },
        /// The channel's control link carries the call on without audio, or with it again.
        ModeChanged = "mode_changed" {
            /// Its present mode.
            mode: FreeswitchMode,
        },
        /// The capabilities of the call have changed.
        CapabilitiesChanged = "capabilities_changed" {
            /// All that it can do now.
            capabilities: Vec<Capability>,
        },
        /// The caller is on hold: the assistant hears nothing.
        HoldBegan = "hold_began",
        /// The caller is off hold.
        HoldEnded = "hold_ended" {
            /// Duration of the hold, in ms.
            held_ms: u64,
        },
        /// The caller will be sent to somebody of the list, without asking there first.
        TransferRequested = "transfer_requested" {
            /// The name from the list.
            target: String,
        },
        /// The caller could not be sent to somebody, or nobody there has taken them.
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
        /// The caller has asked for a person in words, and the assistant has asked for nobody.
        PersonWished = "person_wished" {
            /// The phrase of the profile or of its language that they used.
            phrase: String,
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
        /// An agent is asked to take over, at their desk alone: nobody is dialled.
        AgentRequested = "agent_requested" {
            /// The hand-off.
            handoff: EffectId,
            /// The name of the extension, or of the queue.
            target: String,
            /// Why, in the words of who asked.
            reason: String,
        },
        /// The caller's profile is waited for no longer: the person is asked without it.
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
        /// An agent is in the call no more.
        AgentLeft = "agent_left" {
            /// The agent.
            user_id: UserId,
            /// Time of their conversation with the caller, in ms. None if they never talked.
            talked_ms: Option<u64>,
            /// How the agent's part ended.
            how: AgentEnd,
        },
        /// A supervisor hears the call from now on.
        SupervisorJoined = "supervisor_joined" {
            /// The supervisor.
            user_id: UserId,
            /// Their leg.
            leg: LegId,
            /// Mode of their participation.
            mode: SupervisionMode,
        },
        /// A supervisor who hears the call takes part in another way.
        SupervisionChanged = "supervision_changed" {
            /// The supervisor.
            user_id: UserId,
            /// Mode of their participation from now on.
            mode: SupervisionMode,
        },
        /// A supervisor takes part no more.
        SupervisorLeft = "supervisor_left" {
            /// The supervisor.
            user_id: UserId,
            /// Time that they heard the call, in ms. None if they never heard it.
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
            /// Its number, by which desks are asked.
            consult: EffectId,
            /// The agent.
            user_id: UserId,
            /// The name of the colleague's extension, or of a queue.
            target: String,
        },
        /// A colleague and the agent hear each other, and not the caller.
        ColleagueJoined = "colleague_joined" {
            /// The consultation.
            consult: EffectId,
            /// The colleague.
            user_id: UserId,
            /// Their leg.
            leg: LegId,
        },
        /// The phone of an agent is rung to whom the call is offered, so that they talk on it.
        PhoneRung = "phone_rung" {
            /// Its ringing.
            ringing: EffectId,
            /// The agent.
            user_id: UserId,
            /// The name of their extension.
            target: String,
        },
        /// Somebody on a phone, who is no agent at a desk, and the agent who asked for them hear each other, and not the caller.
        OutsiderAnswered = "outsider_answered" {
            /// The consultation.
            consult: EffectId,
            /// The party's name in the list, or their number.
            target: String,
            /// Their leg.
            leg: LegId,
        },
        /// Somebody on a phone and the caller hear each other.
        OutsiderJoined = "outsider_joined" {
            /// The consultation.
            consult: EffectId,
            /// The party.
            target: String,
        },
        /// Somebody on a phone is in the call no more.
        OutsiderLeft = "outsider_left" {
            /// The consultation.
            consult: EffectId,
            /// The party.
            target: String,
            /// Time of their conversation with the caller, in ms. None if they never talked.
            talked_ms: Option<u64>,
        },
        /// A colleague is asked no more.
        ConsultEnded = "consult_ended" {
            /// The consultation.
            consult: EffectId,
            /// How the consultation ended.
            end: ConsultEnd,
        },
        /// A queue has found nobody for the caller, who is to be called back.
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
        /// The switch records what the caller and a person say, in `cordboard-CALL-RECORDING.wav` of its own folder.
        PersonRecordingBegan = "person_recording_began" {
            /// The recording's number in the call.
            recording: EffectId,
        },
        /// It records them no more.
        PersonRecordingEnded = "person_recording_ended" {
            /// The recording's number in the call.
            recording: EffectId,
        },
        /// Somebody is called, of whom the dial policy counts.
        DialRequested = "dial_requested" {
            /// The name from the list, or the number.
            target: String,
        },
        /// A call that we made has not reached whom it was for.
        OutboundFailed = "outbound_failed" {
            /// The reason.
            failure: HandoffFailure,
        },
        /// The last decision of every call.
        Ended = "ended" {
            /// Cause and party of the end.
            #[serde(flatten)]
            ending: Ending,
            /// Answer that the dialplan will get.
            next: NextStep,
        },
    }
}

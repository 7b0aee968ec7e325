//! Every kind of fact and decision, with any values.

use std::sync::Arc;

use cordboard_schema::audio::SampleRate;
use cordboard_schema::call::{Direction, Ending, HangupBy, HangupCause, LegEnd, LegKind};
use cordboard_schema::customer_profile::ProfileOutcome;
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::digit::Digit;
use cordboard_schema::event::{Announcement, Decision, Event, Fact, PlayedEnd};
use cordboard_schema::ids::{
    ActivityId, AppointmentId, EffectId, ItemId, LeadId, LegId, MessageId, OutsideId,
};
use cordboard_schema::line::Line;
use cordboard_schema::line_quality::LineQuality;
use cordboard_schema::profile::{AgentHost, KeyAction};
use cordboard_schema::provider::{AssistantRole, ProviderFailure};
use cordboard_schema::signed_identity::SignedIdentity;
use cordboard_schema::switch::{
    ActionOutcome, AnswerState, Capability, ChannelSeen, ControlId, ControlLink, ExtensionChecked,
    ExtensionState, FreeswitchMode, HandoffFailure, SwitchKind,
};
use cordboard_schema::time::UnixMs;
use cordboard_schema::tool::{ToolName, ToolOrigin, ToolOutcome};
use cordboard_schema::usage::TokenUsage;
use cordboard_schema::wire::elevenlabs::report::ConversationReport;
use cordboard_schema::written::Written;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::rehearsal::Setting;

/// Small numbers, so that facts often refer to the same things.
fn small() -> impl Strategy<Value = u64> {
    0..8_u64
}

pub(super) fn ms() -> impl Strategy<Value = u64> {
    prop_oneof![0..200_000_u64, Just(u64::from(u32::MAX))]
}

pub(super) fn text() -> impl Strategy<Value = String> {
    prop_oneof![".{0,12}", Just(String::new()), Just("{\"kind\":\"ended\"}\r\n".to_owned())]
}

pub(crate) fn lines() -> impl Strategy<Value = Line> {
    select(vec![
        Line::Notice,
        Line::Greeting,
        Line::WelcomeBack,
        Line::Repeat,
        Line::StillThere,
        Line::UnknownKey,
        Line::MessageIntro,
        Line::MessageSaved,
        Line::MessageEmpty,
        Line::MessageFailed,
        Line::Transferring,
        Line::TransferRefused,
        Line::Goodbye,
        Line::GoodbyeSilence,
        Line::GoodbyeMaxDuration,
        Line::GoodbyeShutdown,
        Line::Apology,
        Line::OneMoment,
        Line::AssistantAway,
        Line::NextInQueue,
        Line::OneBefore,
        Line::TwoBefore,
        Line::ThreeBefore,
        Line::FourBefore,
        Line::ManyBefore,
        Line::WaitMinute,
        Line::WaitTwoMinutes,
        Line::WaitFiveMinutes,
        Line::WaitTenMinutes,
        Line::WaitLonger,
        Line::Overheard,
    ])
}

pub(crate) fn leg_ends() -> impl Strategy<Value = LegEnd> {
    select(vec![LegEnd::Closed, LegEnd::Broken, LegEnd::Released, LegEnd::Away, LegEnd::SignedOut])
}

pub(crate) fn played_ends() -> impl Strategy<Value = PlayedEnd> {
    select(vec![PlayedEnd::Finished, PlayedEnd::Cleared])
}

pub(crate) fn outcomes() -> impl Strategy<Value = ToolOutcome> {
    prop_oneof![
        text().prop_map(|note| ToolOutcome::Done { note, extension: None }),
        (text(), checked()).prop_map(|(note, checked)| ToolOutcome::Done { note, extension: Some(checked) }),
        (text(), handoff_failure())
            .prop_map(|(reason, failure)| ToolOutcome::Failed { reason, failure: Some(failure) }),
        text().prop_map(|reason| ToolOutcome::Refused { reason }),
        text().prop_map(ToolOutcome::failed),
        Just(ToolOutcome::TimedOut),
    ]
}

pub(super) fn leg() -> impl Strategy<Value = LegId> {
    small().prop_map(LegId)
}

fn item() -> impl Strategy<Value = ItemId> {
    small().prop_map(ItemId)
}

pub(super) fn effect() -> impl Strategy<Value = EffectId> {
    small().prop_map(EffectId)
}

fn digit() -> impl Strategy<Value = Digit> {
    select(Digit::ALL.to_vec())
}

fn outside_id() -> impl Strategy<Value = OutsideId> {
    any::<u128>().prop_map(|uuid| OutsideId::audiosocket(Uuid::from_u128(uuid)))
}

fn announcement() -> impl Strategy<Value = Announcement> {
    let some = || prop::option::of(text());
    (some(), some(), some()).prop_map(|(from, to, signed)| {
        let identity = signed.map(|name| {
            let (email, by) = (format!("{name}@example.com"), "Our website".to_owned());
            Box::new(SignedIdentity { id: Some(name.clone()), name, email, by })
        });
        Announcement { from, to, identity, ..Announcement::default() }
    })
}

pub(crate) fn failure() -> impl Strategy<Value = ProviderFailure> {
    select(ProviderFailure::ALL.to_vec())
}

fn usage() -> impl Strategy<Value = TokenUsage> {
    (ms(), ms(), any::<u64>()).prop_map(|(text_input, audio_output, audio_ms)| TokenUsage {
        text_input,
        audio_output,
        audio_ms,
        ..TokenUsage::default()
    })
}

fn hangup_by() -> impl Strategy<Value = HangupBy> {
    select(vec![HangupBy::Caller, HangupBy::Assistant, HangupBy::Api, HangupBy::Switch, HangupBy::Server])
}

fn next() -> impl Strategy<Value = NextStep> {
    select(vec![NextStep::Hangup, NextStep::Again, NextStep::Goto("a,b,1".parse().unwrap())])
}

fn tool_name() -> impl Strategy<Value = ToolName> {
    select(ToolName::ALL.to_vec())
}

fn origin() -> impl Strategy<Value = ToolOrigin> {
    prop_oneof![
        text().prop_map(|tool_call| ToolOrigin::Assistant { tool_call }),
        Just(ToolOrigin::Key),
        Just(ToolOrigin::Words)
    ]
}

fn key_action() -> impl Strategy<Value = KeyAction> {
    prop_oneof![
        text().prop_map(|target| KeyAction::TransferCall { target }),
        text().prop_map(|target| KeyAction::RequestHandoff { target }),
        text().prop_map(|text| KeyAction::Say { text }),
        select(vec![KeyAction::TakeMessage, KeyAction::Repeat, KeyAction::DoNotCall, KeyAction::EndCall]),
    ]
}

fn arguments() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1.0e9..1.0e9_f64).prop_map(|number| Value::from(number.trunc() + 0.5)),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 8, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            ("[a-z]{1,8}", inner).prop_map(|(key, value)| json!({ key: value })),
        ]
    })
}

fn call_started() -> impl Strategy<Value = Fact> {
    (prop::option::of(announcement()), prop::collection::vec(outside_id(), 0..3)).prop_map(
        |(announced, outside_ids)| {
            let Setting { profile, policy, .. } = Setting::default();
            let (profile, policy) = (Arc::new(profile), Arc::new(policy));
            let direction = Direction::Inbound;
            Fact::CallStarted {
                profile,
                policy,
                direction,
                outside_ids,
                announced,
                dialled: None,
                begun: None,
            }
        },
    )
}

fn leg_facts() -> impl Strategy<Value = Fact> {
    let rates = [SampleRate::HZ_8000, SampleRate::HZ_16000, SampleRate::HZ_48000];
    prop_oneof![
        (leg(), outside_id()).prop_map(|(leg, outside_id)| Fact::LegArrived {
            leg,
            leg_kind: LegKind::Audiosocket,
            outside_id,
            confirmed: true,
            agent: None,
        }),
        (leg(), select(rates.to_vec())).prop_map(|(leg, rate)| Fact::LegJoined {
            leg,
            leg_kind: LegKind::Audiosocket,
            rate
        }),
        (leg(), leg_ends()).prop_map(|(leg, how)| Fact::LegLeft { leg, how }),
        (leg(), text()).prop_map(|(leg, finding)| Fact::LegMisconfigured { leg, finding }),
        (leg(), digit()).prop_map(|(leg, digit)| Fact::Dtmf { leg: Some(leg), digit, duration_ms: None }),
        (leg(), text()).prop_map(|(leg, provider)| Fact::AssistantReady {
            leg,
            provider,
            speaks_text: false
        }),
        (leg(), failure(), text()).prop_map(|(leg, failure, reason)| Fact::AssistantFailed {
            leg,
            failure,
            reason
        }),
        (leg(), failure(), text()).prop_map(|(leg, failure, reason)| Fact::AssistantInterrupted {
            leg,
            failure,
            reason
        }),
        (leg(), any::<u32>(), ms()).prop_map(|(leg, attempts, away_ms)| Fact::AssistantRestored {
            leg,
            attempts,
            away_ms
        }),
    ]
}

fn speech_facts() -> impl Strategy<Value = Fact> {
    prop_oneof![
        Just(Fact::SpeechStarted),
        ms().prop_map(|speech_ms| Fact::SpeechStopped { speech_ms }),
        text().prop_map(|text| Fact::Transcript { text }),
        (leg(), item(), prop::option::of(lines())).prop_map(|(leg, item, line)| Fact::ItemStarted {
            leg,
            item,
            line
        }),
        (item(), text(), ms()).prop_map(|(item, text, audio_ms)| Fact::ItemComplete { item, text, audio_ms }),
        (item(), ms(), played_ends()).prop_map(|(item, heard_ms, end)| Fact::PlayedUntil {
            item,
            heard_ms,
            end
        }),
    ]
}

fn control_link() -> impl Strategy<Value = ControlLink> {
    prop_oneof![
        small().prop_map(|control| ControlLink::Outbound { control: ControlId(control) }),
        Just(ControlLink::Inbound),
    ]
}

fn channel_seen() -> impl Strategy<Value = ChannelSeen> {
    let answer = select(vec![AnswerState::Ringing, AnswerState::Early, AnswerState::Answered]);
    let word = || prop::option::of(text());
    let switch = select(vec![SwitchKind::Freeswitch, SwitchKind::Asterisk]);
    let back = (word(), prop::option::of(handoff_failure()));
    let joined = (word(), prop::option::of(any::<bool>()));
    (switch, answer, joined, word(), prop::option::of(any::<u32>()), word(), (word(), back)).prop_map(
        |(switch, answer_state, joined, domain, read_rate, from, (to, (unrouted, unrouted_for)))| {
            let (bridged_with, is_held) = joined;
            ChannelSeen {
                switch,
                answer_state,
                bridged_with,
                is_held,
                domain,
                read_rate,
                from,
                to,
                unrouted,
                unrouted_for,
            }
        },
    )
}

pub(crate) fn action_outcomes() -> impl Strategy<Value = ActionOutcome> {
    prop_oneof![
        Just(ActionOutcome::Done),
        text().prop_map(|reason| ActionOutcome::Failed { reason }),
        Just(ActionOutcome::Unknown),
    ]
}

fn checked() -> impl Strategy<Value = ExtensionChecked> {
    let states = [
        ExtensionState::Registered,
        ExtensionState::InCall,
        ExtensionState::Unregistered,
        ExtensionState::Unknown,
    ];
    (select(states.to_vec()), text()).prop_map(|(state, found_by)| ExtensionChecked { state, found_by })
}

pub(crate) fn profile_outcomes() -> impl Strategy<Value = ProfileOutcome> {
    prop_oneof![
        Just(ProfileOutcome::Cached),
        text().prop_map(|reason| ProfileOutcome::CachedHere { reason }),
        text().prop_map(|reason| ProfileOutcome::Failed { reason }),
    ]
}

pub(super) fn handoff_failure() -> impl Strategy<Value = HandoffFailure> {
    select(HandoffFailure::ALL.to_vec())
}

fn channel_facts() -> impl Strategy<Value = Fact> {
    prop_oneof![
        (control_link(), channel_seen()).prop_map(|(link, channel)| Fact::ControlAttached { link, channel }),
        (control_link(), text()).prop_map(|(link, reason)| Fact::ControlLost { link, reason }),
        text().prop_map(|other| Fact::Bridged { other }),
        select(vec![
            Fact::ChannelAnswered,
            Fact::Unbridged,
            Fact::ChannelGone,
            Fact::Held,
            Fact::Unheld,
            Fact::HoldAsked,
            Fact::UnholdAsked,
            Fact::ParkAsked,
        ]),
        text().prop_map(|space| Fact::Parked { space }),
        prop::collection::btree_map(text(), text(), 0..3)
            .prop_map(|variables| Fact::VariablesAsked { variables }),
        (effect(), action_outcomes()).prop_map(|(effect, outcome)| Fact::ActionDone { effect, outcome }),
        (effect(), prop::option::of(checked()))
            .prop_map(|(effect, checked)| Fact::ExtensionChecked { effect, checked }),
        (effect(), prop::option::of(any::<bool>()), prop::option::of(checked()))
            .prop_map(|(effect, exists, extension)| Fact::PlaceChecked { effect, exists, extension }),
        (prop::option::of(effect()), profile_outcomes(), prop::option::of(text()))
            .prop_map(|(handoff, outcome, brief)| Fact::ProfileCached { handoff, outcome, brief }),
        super::people_events::facts(),
        (effect(), handoff_failure()).prop_map(|(handoff, failure)| Fact::HandoffFailed { handoff, failure }),
        text().prop_map(|target| Fact::TransferAsked { target }),
        text().prop_map(|target| Fact::HandoffAsked { target }),
        (prop::option::of(leg()), digit(), prop::option::of(any::<u32>()))
            .prop_map(|(leg, digit, duration_ms)| Fact::Dtmf { leg, digit, duration_ms }),
    ]
}

fn other_facts() -> impl Strategy<Value = Fact> {
    prop_oneof![
        announcement().prop_map(|announcement| Fact::Announced { announcement }),
        outside_id().prop_map(|outside_id| Fact::OutsideIdAdded { outside_id }),
        outside_id().prop_map(|outside_id| Fact::DialAccepted { outside_id }),
        (text(), text(), arguments()).prop_map(|(tool_call, name, arguments)| Fact::ToolCall {
            tool_call,
            name,
            arguments
        }),
        (effect(), outcomes(), prop::option::of(written()))
            .prop_map(|(effect, outcome, written)| Fact::ToolDone { effect, outcome, written }),
        ms().prop_map(|offset_ms| Fact::RecordingStarted { offset_ms }),
        text().prop_map(|reason| Fact::RecordingFailed { reason }),
        ms().prop_map(|lost_ms| Fact::RecordingLost { lost_ms }),
        ms().prop_map(|duration_ms| Fact::RecordingFinished { duration_ms }),
        (leg(), ms(), prop::option::of(any::<u32>())).prop_map(|(leg, measured_ms, round_trip_ms)| {
            let quality = LineQuality { measured_ms, round_trip_ms, ..LineQuality::default() };
            Fact::LineMeasured { leg, quality }
        }),
        (hangup_by(), text()).prop_map(|(by, cause)| Fact::Hangup { by, cause: HangupCause(cause) }),
        select(vec![
            Fact::ServerDraining,
            Fact::DrainExpired,
            Fact::ServerStopping,
            Fact::NextAsked { lacks: false },
            Fact::NextAsked { lacks: true },
            Fact::DeadlinePassed
        ]),
        super::document_events::questions().prop_map(|question| Fact::DocumentAsked { question }),
        ms().prop_map(|duration_ms| {
            let recording = format!("RE{duration_ms:032x}").parse().unwrap();
            Fact::VoicemailLeft { recording, duration_ms }
        }),
        (text(), prop::option::of(text()), prop::option::of(ms())).prop_map(
            |(conversation_id, summary, cost_credits)| {
                let report =
                    ConversationReport { conversation_id, summary, cost_credits, ..Default::default() };
                Fact::ConversationReported { provider: AgentHost::ElevenLabs, report }
            }
        ),
        (prop::option::of(ms()), prop::option::of(ms()))
            .prop_map(|(recorded_ms, away_ms)| Fact::ServerRestarted { recorded_ms, away_ms }),
        (leg(), select(vec!["voice", "other"]), text(), usage()).prop_map(|(leg, model, source, usage)| {
            Fact::Usage { leg, model: model.to_owned(), source, usage }
        }),
        (leg(), text()).prop_map(|(leg, text)| Fact::Typed { leg, text }),
        leg().prop_map(|leg| Fact::PersonAsked { leg }),
        text().prop_map(|text| Fact::SayAsked { text }),
        prop::collection::vec(digit(), 0..4).prop_map(|digits| Fact::DtmfAsked { digits }),
        (text(), text()).prop_map(|(fact, message)| Fact::StepPanicked { fact, message }),
        (1..9_u64, text()).prop_map(|(missed, first)| Fact::FactsMissed { missed, first }),
        (text(), text()).prop_map(|(effect, reason)| Fact::EffectFailed { effect, reason }),
    ]
}

/// Any fact.
pub(crate) fn facts() -> impl Strategy<Value = Fact> {
    prop_oneof![1 => call_started(), 8 => leg_facts(), 6 => speech_facts(), 10 => other_facts(), 8 => channel_facts()]
}

/// The record of a tool.
fn written() -> impl Strategy<Value = Written> {
    any::<u128>().prop_flat_map(|id| {
        let id = Uuid::from_u128(id);
        select(vec![
            Written::LeadCreated(LeadId(id)),
            Written::LeadUpdated(LeadId(id)),
            Written::AppointmentHeld(AppointmentId(id)),
            Written::AppointmentBooked(AppointmentId(id)),
            Written::AppointmentMoved(AppointmentId(id)),
            Written::AppointmentCancelled(AppointmentId(id)),
            Written::TextQueued(MessageId(id)),
            Written::NumberSuppressed,
            Written::ActivityCreated(ActivityId(id)),
            Written::ActivityUpdated(ActivityId(id)),
            Written::ActivityCompleted(ActivityId(id)),
        ])
    })
}

fn decisions() -> impl Strategy<Value = Decision> {
    prop_oneof![
        select(vec![Decision::Answered, Decision::SilencePrompted]),
        digit().prop_map(|digit| Decision::KeyToldAgain { digit }),
        text().prop_map(|deadline| Decision::DeadlineStuck { deadline }),
        (digit(), key_action())
            .prop_map(|(digit, action)| Decision::KeyPressed { digits: digit.into(), action }),
        (item(), ms()).prop_map(|(item, heard_ms)| Decision::BargeIn { item, heard_ms }),
        (item(), text(), ms(), played_ends())
            .prop_map(|(item, text, heard_ms, end)| Decision::AssistantSaid { item, text, heard_ms, end }),
        text().prop_map(|text| Decision::CallerSaid { text }),
        (text(), any::<u32>()).prop_map(|(text, version)| Decision::NoticeGiven { text, version }),
        (effect(), tool_name(), origin()).prop_map(|(effect, tool, origin)| Decision::ToolStarted {
            effect,
            tool,
            origin
        }),
        (effect(), text(), origin()).prop_map(|(effect, tool, origin)| Decision::CustomToolStarted {
            effect,
            tool,
            origin
        }),
        (effect(), text(), outcomes(), ms()).prop_map(|(effect, tool, outcome, took_ms)| {
            Decision::ToolFinished { effect, tool, outcome, took_ms }
        }),
        (effect(), ms(), ms(), ms()).prop_map(|(effect, from_ms, to_ms, speech_ms)| {
            Decision::MessageTaken { effect, from_ms, to_ms, speech_ms }
        }),
        (effect(), written()).prop_map(|(effect, written)| written.decision(effect)),
        (0..4_000_000_000_000_i64).prop_map(|until| Decision::Interrupted { until: UnixMs(until) }),
        (0..4_000_000_000_000_i64).prop_map(|until| Decision::Returning { until: UnixMs(until) }),
        ms().prop_map(|away_ms| Decision::Resumed { away_ms }),
        next().prop_map(|next| Decision::NextAnswered { next }),
        (leg(), failure(), any::<bool>(), 0_u8..4).prop_map(|(leg, failure, standby, place)| {
            let role = if standby { AssistantRole::Standby } else { AssistantRole::Configured };
            Decision::AssistantReplaced { leg, role, place, failure }
        }),
        (leg(), any::<u32>(), 0_u8..4).prop_map(|(leg, attempt, place)| Decision::AssistantTried {
            leg,
            attempt,
            place
        }),
        (leg(), any::<u32>(), ms(), 0_u8..4).prop_map(|(leg, attempts, away_ms, place)| {
            Decision::AssistantReturned { leg, place, attempts, away_ms }
        }),
        failure().prop_map(|failure| Decision::AssistantGivenUp { failure }),
        (text(), any::<u64>()).prop_map(|(model, cost_micros)| Decision::Charged { model, cost_micros }),
        (0_u8..4, any::<u64>(), any::<u64>()).prop_map(|(place, cap_micros, spent_micros)| {
            Decision::CostCapReached { place, cap_micros, spent_micros }
        }),
        select(vec![FreeswitchMode::Dual, FreeswitchMode::Audio, FreeswitchMode::Esl])
            .prop_map(|mode| Decision::ModeChanged { mode }),
        prop::collection::vec(select(vec![Capability::Hold, Capability::Converse, Capability::Play]), 0..3)
            .prop_map(|capabilities| Decision::CapabilitiesChanged { capabilities }),
        Just(Decision::HoldBegan),
        ms().prop_map(|held_ms| Decision::HoldEnded { held_ms }),
        text().prop_map(|target| Decision::TransferRequested { target }),
        (effect(), text(), handoff_failure())
            .prop_map(|(transfer, target, failure)| Decision::TransferFailed { transfer, target, failure }),
        (text(), text()).prop_map(|(target, reason)| Decision::ForwardRefused { target, reason }),
        super::document_events::steps().prop_map(|step| Decision::DocumentAnswered { step }),
        text().prop_map(|phrase| Decision::PersonWished { phrase }),
        super::people_events::decisions(),
        ms().prop_map(|parked_ms| Decision::ParkEnded { parked_ms }),
        effect().prop_map(|recording| Decision::PersonRecordingBegan { recording }),
        effect().prop_map(|recording| Decision::PersonRecordingEnded { recording }),
        (text(), hangup_by(), next()).prop_map(|(cause, by, next)| {
            Decision::Ended { ending: Ending { cause: HangupCause(cause), by }, next }
        }),
    ]
}

/// Any event.
pub(crate) fn events() -> impl Strategy<Value = Event> {
    prop_oneof![3 => facts().prop_map(Event::Fact), 2 => decisions().prop_map(Event::Decision)]
}

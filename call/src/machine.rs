//! The machine of a call: it makes every decision and does nothing else. Pure.
//!
//! `apply(fact, now)` changes the state and returns what is to be done. There is no clock, no chance and no I/O, so a call can be tested as
//! a sequence of facts, explored by seed, and rebuilt from its journal.
//!
//! | file | subject |
//! | --- | --- |
//! | `machine.rs` | the state, and `apply`, which turns a fact into effects |
//! | `machine/facts.rs` | which file handles which fact |
//! | `machine/lifecycle.rs` | the phase of a call, and the steps between phases |
//! | `machine/legs.rs` | the caller's leg: arrived, joined, lost, back |
//! | `machine/assistants.rs` | assistants: started, failed, replaced, and the speech that the caller has still to hear |
//! | `machine/chain.rs` | which voice serves: at the start, and after a failure or a cost cap |
//! | `machine/returning.rs` | the return to the configured assistant |
//! | `machine/speech.rs` | what the caller says, and their silence |
//! | `machine/typing.rs` | what the caller types instead, and their button that asks for a person |
//! | `machine/conversation.rs` | assistant and caller, and what they say; each part has a file below `conversation/` |
//! | `machine/utterances.rs` | what the assistant says; barge-in |
//! | `machine/numbering.rs` | the numbers of legs, control links and effects |
//! | `machine/notice.rs` | what every caller hears first |
//! | `machine/after_notice.rs` | people and transfers that wait until it was heard |
//! | `machine/transcript.rs` | what both have said, in order |
//! | `machine/line.rs` | how the caller is reached, and what can therefore be done with them |
//! | `machine/channel.rs` | a caller whose channel a switch has: the links to it, and the requests sent over them |
//! | `machine/audio_half.rs` | the audio of such a channel: started, lost, or missing |
//! | `machine/menu.rs` | such a call without audio: prompts and keys |
//! | `machine/holding.rs` | whether the caller is on hold, since when, and by whom |
//! | `machine/hold.rs` | putting the caller on hold and taking them back |
//! | `machine/outgoing.rs` | whom the call has called, and which agent began it |
//! | `machine/dialling.rs` | a call that we make, until it is answered |
//! | `machine/voicemail.rs` | a call that we make and a mailbox answers |
//! | `machine/live_answers.rs` | a call that we make for agents and a person answers |
//! | `machine/handoffs.rs` | all hand-offs of the call: the newest, and who is asked next; a single one is in `handoff.rs` of the crate |
//! | `machine/people.rs` | hand-offs to people, and the way back to the assistant |
//! | `machine/rooms.rs` | hand-offs in which caller and person meet in a room |
//! | `machine/parked.rs` | parked callers, until someone fetches them |
//! | `machine/person_recording.rs` | recordings that the switch makes of caller and person |
//! | `machine/participants.rs` | everyone else in the call: joined, lost, back, gone |
//! | `machine/agents.rs` | agents at their desks, whose audio is joined with the caller here |
//! | `machine/whisper.rs` | the assistant briefs an agent before they are joined with the caller |
//! | `machine/agent_phones.rs` | agents who talk on the phone at their extension |
//! | `machine/external_parties.rs` | people on any other phone, joined with the caller here |
//! | `machine/consults.rs` | an agent consults a colleague, or passes the caller on |
//! | `machine/agent_calls.rs` | calls that agents begin: a number, or a colleague |
//! | `machine/desks.rs` | whom the call can ask, by phone and at desks |
//! | `machine/callbacks.rs` | callers whom a queue could not serve, and who will be called back |
//! | `machine/profile.rs` | what a person sees of the caller before they answer |
//! | `machine/documents.rs` | a caller whose switch asks us for documents |
//! | `machine/escalating.rs` | the people whom the business has named, asked one after the other |
//! | `machine/teardown.rs` | ending the channel once the call is over |
//! | `machine/capabilities.rs` | what the call can do at the moment |
//! | `machine/keys.rs` | what a key does |
//! | `machine/person_requests.rs` | a caller who asks for a person in spoken words |
//! | `machine/opting_out.rs` | a called person who asks not to be called again |
//! | `machine/tools.rs` | the running tools, and what the store writes for them |
//! | `machine/tooling.rs` | starting and ending tools |
//! | `machine/reaching.rs` | tools that hold the caller, look for people, and send the caller to them |
//! | `machine/message.rs` | taking a message |
//! | `machine/writing.rs` | tools that write leads, appointments, events and to-dos |
//! | `machine/custom_tools.rs` | tools that the organization has defined |
//! | `machine/commands.rs` | commands of programs and people |
//! | `machine/cost.rs` | what the assistant costs |
//! | `machine/transfers.rs` | a caller who is sent elsewhere: the check before, and the time until somebody has them |
//! | `machine/ending.rs` | goodbyes, the end, and the answer to the dialplan |
//! | `machine/closing.rs` | what the end waits for, and where the caller goes afterwards |
//! | `machine/shutdown.rs` | a server that shuts down, and calls that the next one continues |
//! | `machine/deadlines.rs` | deadlines |
//! | `machine/uncounted.rs` | time that does not count towards the longest call |
//! | `machine/news.rs` | events of the caller that the next assistant has missed |
//! | `machine/supervision.rs` | supervisors who listen, speak in the call, or take it over |
//! | `machine/mix.rs` | who hears whom |
//! | `machine/fold.rs` | rebuilding the machine from a journal |
//! | `machine/recording.rs` | the position in the recording |
//! | `machine/caller_status.rs` | who the caller is with, as shown to the caller |
//! | `machine/questions.rs` | values that the actor reads from the machine |
//! | `machine/rebirth.rs` | what follows when the call's actor has died |

mod after_notice;
mod agent_calls;
mod agent_phones;
mod agents;
mod assistants;
mod audio_half;
mod callbacks;
mod caller_status;
mod capabilities;
mod chain;
mod channel;
mod closing;
mod commands;
mod consults;
mod conversation;
mod cost;
mod custom_tools;
mod deadlines;
mod desks;
mod dialling;
mod documents;
mod ending;
mod escalating;
mod external_parties;
mod facts;
mod fold;
mod handoffs;
mod hold;
mod holding;
mod keys;
mod legs;
mod lifecycle;
mod line;
mod live_answers;
mod menu;
mod message;
mod mix;
mod news;
mod notice;
mod numbering;
mod opting_out;
mod outgoing;
mod parked;
mod participants;
mod people;
mod person_recording;
mod person_requests;
mod profile;
mod questions;
mod reaching;
mod rebirth;
mod recording;
mod returning;
mod rooms;
mod shutdown;
mod speech;
mod supervision;
mod teardown;
mod tooling;
mod tools;
mod transcript;
mod transfers;
mod typing;
mod uncounted;
mod utterances;
mod voicemail;
mod whisper;
mod writing;

use std::sync::Arc;

use cordboard_schema::call::CallPolicy;
use cordboard_schema::event::{Decision, Fact};
use cordboard_schema::ids::LegId;
use cordboard_schema::profile::AgentProfile;
use cordboard_schema::time::UnixMs;

use super::effect::Effect;
use after_notice::AfterNotice;
use audio_half::AudioHalf;
use capabilities::ReportedCapabilities;
use channel::Channel;
use closing::Closing;
use consults::Consults;
use conversation::Conversation;
pub use conversation::{before_last_word, heard_part, without_words};
use cost::Cost;
pub use fold::{FoldError, Folding};
use handoffs::Handoffs;
use holding::Holding;
use legs::LostBy;
use lifecycle::{Lifecycle, Phase, Step};
use line::CallerLine;
use mix::Mix;
use numbering::Numbers;
use outgoing::Outgoing;
use participants::Participants;
use rebirth::Process;
use recording::Recording;
use supervision::Supervision;
use tools::Tools;
pub use tools::{CALLED_BEFORE, ENDED_SINCE};
pub(crate) use typing::WRITER_PATIENCE_MS;
use uncounted::Uncounted;
use whisper::Briefing;

/// The state of one call.
#[derive(Clone, Debug, PartialEq)]
pub struct Machine {
    /// The call's copy of the profile.
    profile: Arc<AgentProfile>,
    /// The call's copy of the settings.
    policy: Arc<CallPolicy>,
    /// When the newest fact came. During a step this is the current time.
    last_fact_at: UnixMs,
    numbers: Numbers,
    /// The call's phase.
    lifecycle: Lifecycle,

    /// The caller's line.
    line: CallerLine,
    /// Whether a dialplan announced this call before it came.
    announced: bool,
    answered_at: Option<UnixMs>,
    /// A connection that was accepted and has not joined yet.
    arriving: Option<LegId>,
    /// The caller's leg.
    caller: Option<LegId>,
    /// The caller's channel, where a switch under control has it.
    channel: Channel,
    /// The audio of that channel.
    audio: AudioHalf,
    /// Whether the caller is on hold, and by whom.
    holding: Holding,

    /// Assistant and caller, and their conversation.
    conversation: Conversation,
    /// The assistant's tools.
    tools: Tools,
    /// Everyone in the call, or about to join it, except its caller and its assistant.
    participants: Participants,
    /// The cords: which party hears which.
    mix: Mix,
    /// Hand-offs to people.
    handoffs: Handoffs,
    /// A colleague whom an agent consults.
    consults: Consults,
    /// The caller described in words, for the person who takes over.
    briefing: Briefing,
    /// People and transfers that wait until the caller has heard the notice.
    after_notice: AfterNotice,
    /// The changes of supervisors for assistant and caller.
    supervision: Supervision,

    /// A call that we make, and the parties that were dialled.
    outgoing: Outgoing,
    recording: Option<Recording>,
    /// The assistant's cost.
    cost: Cost,
    /// The call's capabilities as last reported.
    reported: ReportedCapabilities,
    /// Time that does not count towards the longest call.
    uncounted: Uncounted,
    /// The end of the call, and what it waits for.
    closing: Closing,
    /// The server process that serves the call.
    process: Process,
}

/// The effects of one step, in order.
type Effects = Vec<Effect>;

impl Machine {
    /// Returns the machine of a new call that waits for its audio.
    pub fn new(profile: Arc<AgentProfile>, policy: Arc<CallPolicy>, announced: bool, now: UnixMs) -> Self {
        let until = now + policy.meet_timeout_ms;
        Self {
            profile,
            policy,
            last_fact_at: now,
            numbers: Numbers::default(),
            lifecycle: Lifecycle::new(until),
            line: CallerLine::default(),
            announced,
            answered_at: None,
            arriving: None,
            caller: None,
            channel: Channel::default(),
            audio: AudioHalf::default(),
            holding: Holding::default(),
            conversation: Conversation::default(),
            tools: Tools::default(),
            participants: Participants::default(),
            mix: Mix::default(),
            handoffs: Handoffs::default(),
            consults: Consults::default(),
            briefing: Briefing::default(),
            after_notice: AfterNotice::default(),
            supervision: Supervision::default(),
            outgoing: Outgoing::default(),
            recording: None,
            cost: Cost::default(),
            reported: ReportedCapabilities::default(),
            uncounted: Uncounted::default(),
            closing: Closing::default(),
            process: Process::default(),
        }
    }

    /// Applies a fact and returns the effects. Total: a fact that does not fit the state changes nothing, and a repeated fact about a leg,
    /// an utterance or a tool counts once.
    pub fn apply(&mut self, fact: &Fact, now: UnixMs) -> Effects {
        self.last_fact_at = now;
        let mut fx = Effects::new();
        self.take_in(fact, now, &mut fx);
        self.begin_after_ears(now, &mut fx);
        self.tend_after_notice(now, &mut fx);
        self.watch_aftermath(now);
        self.tend_supervision(now, &mut fx);
        self.tend_agents(&mut fx);
        self.tend_uncounted(now);
        self.tend_costs(now, &mut fx);
        self.tend_return(now, &mut fx);
        self.report_capabilities(&mut fx);
        fx
    }

    fn step(&mut self, step: Step) {
        self.lifecycle.apply(step, self.last_fact_at);
        self.uncounted.people_have_caller(self.lifecycle.is_with_people(), self.last_fact_at);
        if !self.lifecycle.is_for_person() {
            self.participants.person_is_gone();
        }
    }
}

fn note(decision: Decision) -> Effect {
    Effect::Note(decision)
}

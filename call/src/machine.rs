//! The machine of a call: every decision, and nothing else. Pure.
//!
//! `apply(fact, now)` changes the state and says what is to be done. There is no clock, no chance and no I/O, so a call can be tested as a row of facts, explored by seed, and folded back from its journal.
//!
//! | file | subject |
//! | --- | --- |
//! | `machine.rs` | the state, and what each fact is followed by |
//! | `machine/facts.rs` | which file a fact goes to |
//! | `machine/lifecycle.rs` | what a call is doing, and the steps between |
//! | `machine/legs.rs` | the caller's leg: arriving, joining, lost, back |
//! | `machine/assistants.rs` | assistants: started, failed, replaced, and what they owe the caller |
//! | `machine/chain.rs` | which voice serves: the next one after a failure or a cap, and the choice of a place |
//! | `machine/returning.rs` | the configured assistant's way back |
//! | `machine/speech.rs` | what the caller says, and their silence |
//! | `machine/typing.rs` | what the caller writes in place of that, and their button for a person |
//! | `machine/conversation.rs` | assistant and caller, and what they say; each part of it below `conversation/` |
//! | `machine/utterances.rs` | what the assistant says, barge-in |
//! | `machine/numbering.rs` | the numbers of legs, control links and effects |
//! | `machine/notice.rs` | what every caller hears first |
//! | `machine/transcript.rs` | what both said, in order |
//! | `machine/line.rs` | how the caller is reached, and what can be done with them because of it |
//! | `machine/channel.rs` | a caller whose channel a switch has: the links to it, and what is asked over them |
//! | `machine/audio_half.rs` | the audio of such a channel: started, lost, done without |
//! | `machine/menu.rs` | such a call without audio: prompts and keys |
//! | `machine/holding.rs` | whether the caller is on hold, since when, and by whom |
//! | `machine/hold.rs` | what the call does about it |
//! | `machine/outgoing.rs` | whom the call has called, and who has begun it |
//! | `machine/dialling.rs` | a call that we make, until it is answered |
//! | `machine/voicemail.rs` | a mailbox that has answered it |
//! | `machine/live_answers.rs` | a person who has answered it, and whom agents are to have |
//! | `machine/handoffs.rs` | all hand-offs of the call: the newest, and who comes next; one of them: `handoff.rs` of the crate |
//! | `machine/people.rs` | hand-offs to people, and the way back |
//! | `machine/rooms.rs` | the same where caller and person meet in a room |
//! | `machine/parked.rs` | callers who are parked, until somebody fetches them |
//! | `machine/person_recording.rs` | recordings that the switch makes of a caller and a person |
//! | `machine/participants.rs` | everybody else in the call: joining, lost, back, gone |
//! | `machine/agents.rs` | agents at their desks, who are joined with the caller here |
//! | `machine/whisper.rs` | an agent who is told of the caller before the two are joined |
//! | `machine/agent_phones.rs` | agents who talk on the phone at their extension |
//! | `machine/external_parties.rs` | people on any other phone who are joined with the caller here |
//! | `machine/consults.rs` | an agent who asks a colleague, or passes the caller on |
//! | `machine/agent_calls.rs` | calls that agents begin: a number, or a colleague |
//! | `machine/desks.rs` | whom the call can ask for, by phone and at desks |
//! | `machine/callbacks.rs` | callers for whom a queue has found nobody, and who are called back |
//! | `machine/profile.rs` | what a person knows of the caller before they answer |
//! | `machine/documents.rs` | a caller whom their switch serves by documents that we answer |
//! | `machine/escalating.rs` | whom the business has named, one after the other |
//! | `machine/teardown.rs` | the end of the channel, once the call is over |
//! | `machine/capabilities.rs` | what the call can do as it stands |
//! | `machine/keys.rs` | what a key does |
//! | `machine/wishes.rs` | a caller who asks for a person in words |
//! | `machine/opting_out.rs` | a callee who asks not to be called again |
//! | `machine/tools.rs` | the tools that run, and what the store writes for them |
//! | `machine/tooling.rs` | what the call does about them: asked for, begun, ended |
//! | `machine/reaching.rs` | tools that hold, look for people and send the caller to them |
//! | `machine/message.rs` | taking a message |
//! | `machine/writing.rs` | tools that write leads, appointments, events and to-dos |
//! | `machine/custom_tools.rs` | tools that the organization has made |
//! | `machine/commands.rs` | what a program or a person asks for |
//! | `machine/cost.rs` | what the assistant costs |
//! | `machine/transfers.rs` | a caller who is sent elsewhere: looked at before, and until somebody has them |
//! | `machine/ending.rs` | goodbyes, the end, what the dialplan is told |
//! | `machine/closing.rs` | what the end waits for, and where the caller goes then |
//! | `machine/shutdown.rs` | a server that goes down, and calls that are left to the next one |
//! | `machine/deadlines.rs` | time |
//! | `machine/news.rs` | missed events of the caller, for the next assistant |
//! | `machine/supervision.rs` | supervisors who hear the call, speak in it, and take it over |
//! | `machine/mix.rs` | who hears whom |
//! | `machine/fold.rs` | the machine as a journal tells of it |
//! | `machine/recording.rs` | where the recording stands |
//! | `machine/stand.rs` | with whom the caller is, as they may be told |
//! | `machine/questions.rs` | values that the actor reads of the machine |
//! | `machine/rebirth.rs` | what follows from the death of the call's actor |

mod agent_calls;
mod agent_phones;
mod agents;
mod assistants;
mod audio_half;
mod callbacks;
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
mod profile;
mod questions;
mod reaching;
mod rebirth;
mod recording;
mod returning;
mod rooms;
mod shutdown;
mod speech;
mod stand;
mod supervision;
mod teardown;
mod tooling;
mod tools;
mod transcript;
mod transfers;
mod typing;
mod utterances;
mod voicemail;
mod whisper;
mod wishes;
mod writing;

use std::sync::Arc;

use cordboard_schema::call::CallPolicy;
use cordboard_schema::event::{Decision, Fact};
use cordboard_schema::ids::LegId;
use cordboard_schema::profile::AgentProfile;
use cordboard_schema::time::UnixMs;

use super::effect::Effect;
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
use whisper::Briefing;

/// The state of one call.
#[derive(Clone, Debug, PartialEq)]
pub struct Machine {
    /// The call's copy of the profile.
    profile: Arc<AgentProfile>,
    /// The call's copy of the settings.
    policy: Arc<CallPolicy>,
    /// When the newest fact came: now, for a step that is under way.
    last_fact_at: UnixMs,
    numbers: Numbers,
    /// The call's phase.
    lifecycle: Lifecycle,

    /// The caller's line.
    line: CallerLine,
    /// Whether a dialplan said that this call would come.
    announced: bool,
    answered_at: Option<UnixMs>,
    /// A connection that was taken and has not joined yet.
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
    /// Tools that the assistant has asked for.
    tools: Tools,
    /// Everybody in the call besides its caller and its assistant, or about to be.
    participants: Participants,
    /// The cords: which party hears which.
    mix: Mix,
    /// People who are asked to take over.
    handoffs: Handoffs,
    /// A colleague whom an agent asks.
    consults: Consults,
    /// The caller in words, for the person who takes over.
    briefing: Briefing,
    /// Changes that supervisors have made for assistant and caller.
    supervision: Supervision,

    /// A call that we make, and the parties that it has dialled.
    outgoing: Outgoing,
    recording: Option<Recording>,
    /// Cost of the assistant.
    cost: Cost,
    /// The abilities of the call, as they were last reported.
    told: ReportedCapabilities,
    /// The end of the call, and the events that it waits for then.
    closing: Closing,
    /// The server that serves the call.
    process: Process,
}

/// The effects of one step, in order.
type Effects = Vec<Effect>;

impl Machine {
    /// The machine of a new call, waiting for its audio.
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
            supervision: Supervision::default(),
            outgoing: Outgoing::default(),
            recording: None,
            cost: Cost::default(),
            told: ReportedCapabilities::default(),
            closing: Closing::default(),
            process: Process::default(),
        }
    }

    /// Applies a fact and returns the effects. Total: a fact that does not fit the state changes nothing, and a repeated
    /// fact about a leg, an utterance or a tool counts once.
    pub fn apply(&mut self, fact: &Fact, now: UnixMs) -> Effects {
        self.last_fact_at = now;
        let mut fx = Effects::new();
        self.take_in(fact, now, &mut fx);
        self.begin_behind_ears(now, &mut fx);
        self.watch_aftermath(now);
        self.tend_supervision(now, &mut fx);
        self.tend_agents(&mut fx);
        self.tend_costs(now, &mut fx);
        self.tend_return(now, &mut fx);
        self.tell_abilities(&mut fx);
        fx
    }

    fn step(&mut self, step: Step) {
        self.lifecycle.apply(step, self.last_fact_at);
        if !self.lifecycle.is_for_person() {
            self.participants.person_is_gone();
        }
    }
}

fn note(decision: Decision) -> Effect {
    Effect::Note(decision)
}

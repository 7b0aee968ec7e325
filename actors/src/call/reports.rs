//! Facts that others report to a call, and the state that it keeps of them in addition to its machine's.

use cordboard_schema::event::Fact;
use cordboard_schema::masked::is_withheld;
use cordboard_schema::switch::{ChannelSeen, ControlLink};
use tokio::time::Instant;

use super::fact_rate::FactAdmission;
use super::live_call::LiveCall;
use crate::line::may_be_missed;
use crate::messages::{Command, ToCall};

/// Returns the fact that a command was given.
fn asked_by(command: Command) -> Fact {
    match command {
        Command::Say(text) => Fact::SayAsked { text },
        Command::SendDtmf(digits) => Fact::DtmfAsked { digits },
        Command::Hold => Fact::HoldAsked,
        Command::Unhold => Fact::UnholdAsked,
        Command::Park => Fact::ParkAsked,
        Command::SetVariables(variables) => Fact::VariablesAsked { variables },
        Command::Transfer(target) => Fact::TransferAsked { target },
        Command::Handoff(target) => Fact::HandoffAsked { target },
        Command::OfAgent { user_id, request } => Fact::AgentAsked { user_id, wish: request },
        Command::OfSupervisor { user_id, request } => Fact::SupervisorAsked { user_id, wish: request },
    }
}

impl LiveCall {
    /// Handles one message, with everything that follows from it. If the actor dies at it, the next one handles it again.
    pub(super) fn take(&mut self, message: ToCall) {
        self.supervision.takes(&message);
        self.take_in(message);
    }

    /// As [`Self::take`], but if the actor dies at it, the message is lost.
    pub(super) fn take_in(&mut self, message: ToCall) {
        self.supervision.begins(message.kind());
        #[cfg(feature = "fault-injection")]
        crate::fault::strike_call(&message);
        match message {
            // The page of an agent or a supervisor, and a phone that has joined the call, can do what the caller can.
            // Such a fact is dropped, because the record would show it as the caller's.
            ToCall::Fact(
                Fact::Dtmf { leg: Some(leg), .. } | Fact::Typed { leg, .. } | Fact::PersonAsked { leg },
            ) if self.legs.is_others(leg) => {}
            ToCall::Fact(Fact::Dtmf { leg, .. }) if !self.legs.admits_key(leg) => {}
            ToCall::Fact(fact) => match self.admit(&fact) {
                FactAdmission::Taken => {
                    let fact = self.without_withheld_number(fact);
                    self.keep_in_mind(&fact);
                    self.handle_fact(fact);
                }
                // As if it had found no room: the call ends in order.
                FactAdmission::FirstMissed => {
                    self.handle_fact(Fact::FactsMissed { missed: 1, first: fact.kind().to_owned() });
                }
                FactAdmission::Missed => {}
            },
            ToCall::FactsMissed => {
                let (missed, first) = self.line.missed();
                self.handle_fact(Fact::FactsMissed { missed, first: first.to_owned() });
            }
            ToCall::AudioArrived(arrival) => self.audio_arrived(arrival),
            ToCall::ControlArrived(connection) => self.control_arrived(connection),
            ToCall::HeldBy { server } => self.held_by(&server),
            ToCall::NotHeldBy { server } => self.not_held_by(&server),
            ToCall::Playback(event) => self.pass_playback_on(event),
            ToCall::StopPlayback { next_chunk, given_by } => self.stop_playback(next_chunk, given_by),
            ToCall::Played { leg, played } => {
                if self.counts(leg) {
                    self.handle_fact(played.into());
                }
            }
            ToCall::LegJoined { leg, leg_kind, rate, port } => {
                if self.legs.join(leg, port, rate) {
                    self.handle_fact(Fact::LegJoined { leg, leg_kind, rate });
                }
            }
            ToCall::Command { command, reply } => {
                let admitted = self.machine.admits(&command);
                // If the program no longer waits, its command is carried out all the same.
                let _ = reply.send(admitted);
                if admitted.is_ok() {
                    self.handle_fact(asked_by(command));
                }
            }
            ToCall::NextAsked { lacks, reply } => {
                self.next_steps.ask(reply);
                self.handle_fact(Fact::NextAsked { lacks });
            }
            ToCall::DocumentAsked { call, question, reply } => {
                self.channel.is_asked_by(call);
                self.next_steps.ask_for_document(question.clone(), reply);
                self.handle_fact(Fact::DocumentAsked { question });
            }
        }
        self.supervision.survived();
    }

    /// Whether the call takes a fact. Facts that end something, or answer the call, always count.
    fn admit(&mut self, fact: &Fact) -> FactAdmission {
        match may_be_missed(fact) {
            true => self.fact_rate.admit(Instant::now()),
            false => FactAdmission::Taken,
        }
    }

    /// Removes the number of a caller who withholds it. A switch under control may report it all the same: Asterisk's events have it, and do
    /// not say that it is withheld.
    fn without_withheld_number(&self, mut fact: Fact) -> Fact {
        if self.record.caller_withholds_number() {
            let from = match &mut fact {
                Fact::ControlAttached { channel, .. } => &mut channel.from,
                Fact::Announced { announcement } => &mut announcement.from,
                _ => return fact,
            };
            from.take_if(|from| !is_withheld(from));
        }
        fact
    }

    /// People who are rung for a party whom we have called see that party's number. A switch reports the number that we have shown the party.
    fn show_callee(&mut self) {
        if let Some(dialled) = self.machine.dialled() {
            self.channel.set_caller_number(Some(dialled.target.number().to_owned()));
        }
    }

    /// Keeps what effects will need from a fact.
    fn keep_in_mind(&mut self, fact: &Fact) {
        match fact {
            Fact::LegLeft { leg, .. } => self.let_go(*leg),
            Fact::Announced { announcement } => {
                self.channel.hear_announcement(announcement);
                self.agenda.extend(self.detected(announcement));
                self.show_callee();
            }
            Fact::AssistantFailed { leg, .. } => self.hear_out(*leg),
            Fact::ControlLost { link: ControlLink::Outbound { control }, .. } => self.control_lost(*control),
            Fact::ControlAttached { channel: ChannelSeen { from, .. }, .. } => {
                from.iter().for_each(|from| self.channel.add_caller_number(from));
                self.show_callee();
            }
            Fact::OutsideIdAdded { outside_id } => self.find_channel(std::slice::from_ref(outside_id)),
            Fact::RecordingFinished { .. } => self.wind_up.recording_finished(),
            Fact::ToolDone { effect, .. } => self.wind_up.write_answered(*effect),
            Fact::AssistantReady { leg, provider, .. } => self.assistant_answers(*leg, provider),
            _ => {}
        }
    }
}

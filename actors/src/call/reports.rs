//! Facts that others report to a call, and the state that it keeps of them besides its machine's.

use cordboard_schema::event::Fact;
use cordboard_schema::ids::LegId;
use cordboard_schema::switch::{ChannelSeen, ControlLink};
use tokio::time::Instant;

use super::live_call::{Leg, LiveCall};
use crate::media::port::unplug;
use crate::messages::{Command, ToCall};

impl LiveCall {
    /// Takes one message in, with all that follows from it.
    pub(super) fn take(&mut self, message: ToCall) {
        self.supervision.begins(message.kind());
        #[cfg(feature = "fault-injection")]
        crate::fault::strike_call(&message);
        match message {
            // At a higher rate no person presses them.
            ToCall::Fact(Fact::Dtmf { leg, .. }) if !self.keys.admits(leg, Instant::now()) => {}
            ToCall::Fact(fact) => {
                self.keep_in_mind(&fact);
                self.told(fact);
            }
            ToCall::FactsMissed => {
                let (missed, first) = self.line.missed();
                self.told(Fact::FactsMissed { missed, first: first.to_owned() });
            }
            ToCall::AudioArrived(connection) => {
                let leg = self.machine.next_leg();
                let arrived = connection.arrived(leg);
                if let Fact::LegArrived { outside_id, .. } = &arrived {
                    self.find_channel(std::slice::from_ref(outside_id));
                }
                self.arrivals.insert(leg, connection);
                self.told(arrived);
                // A step that panicked has neither taken it nor refused it.
                self.refuse_arrival(leg);
            }
            ToCall::ControlArrived(connection) => self.control_arrived(connection),
            ToCall::HeldBy { server } => self.held_by(&server),
            ToCall::Playback(event) => self.pass_playback_on(event),
            ToCall::StopPlayback { next_chunk, given_by } => self.stop_playback(next_chunk, given_by),
            ToCall::LegJoined { leg, leg_kind, rate, port } => {
                if let Some(known) = self.legs.get_mut(&leg) {
                    known.media = Some((port, rate));
                    self.told(Fact::LegJoined { leg, leg_kind, rate });
                }
            }
            ToCall::Command { command, reply } => {
                let admitted = self.machine.admits(&command);
                // A program that no longer waits has asked all the same.
                let _ = reply.send(admitted);
                if admitted.is_ok() {
                    self.told(match command {
                        Command::Say(text) => Fact::SayAsked { text },
                        Command::SendDtmf(digits) => Fact::DtmfAsked { digits },
                        Command::Hold => Fact::HoldAsked,
                        Command::Unhold => Fact::UnholdAsked,
                        Command::Park => Fact::ParkAsked,
                        Command::SetVariables(variables) => Fact::VariablesAsked { variables },
                        Command::Transfer(target) => Fact::TransferAsked { target },
                        Command::Handoff(target) => Fact::HandoffAsked { target },
                        Command::OfAgent { user_id, wish } => Fact::AgentAsked { user_id, wish },
                        Command::OfSupervisor { user_id, wish } => Fact::SupervisorAsked { user_id, wish },
                    });
                }
            }
            ToCall::NextAsked { lacks, reply } => {
                self.next_asked.push(reply);
                self.told(Fact::NextAsked { lacks });
            }
            ToCall::DocumentAsked { call, question, reply } => {
                self.name_there.get_or_insert(call);
                self.documents_asked.push((question.clone(), reply));
                self.told(Fact::DocumentAsked { question });
            }
        }
        self.supervision.survived();
    }

    /// Keeps what effects will need of a fact.
    fn keep_in_mind(&mut self, fact: &Fact) {
        match fact {
            Fact::LegLeft { leg, .. } => {
                self.keys.forget(*leg);
                self.let_go(*leg);
            }
            Fact::Announced { announcement } => {
                self.hear_announcement(announcement);
                self.facts.extend(self.detected(announcement));
            }
            Fact::AssistantFailed { leg, .. } => self.hear_out(*leg),
            Fact::ControlLost { link: ControlLink::Outbound { control }, .. } => {
                self.controls.remove(control);
                self.vitals.control_went(*control);
            }
            Fact::ControlAttached { channel: ChannelSeen { from: Some(from), .. }, .. } => {
                if let Some(channel) = &mut self.channel {
                    channel.caller_number.get_or_insert_with(|| from.clone());
                }
            }
            Fact::OutsideIdAdded { outside_id } => self.find_channel(std::slice::from_ref(outside_id)),
            Fact::RecordingFinished { .. } => self.wind_up.recording_finished(),
            Fact::AssistantReady { leg, provider, .. } => self.assistant_answers(*leg, provider),
            _ => {}
        }
    }

    /// A leg is gone: first the machine gets the sound that was heard on it, then the leg that left is forgotten.
    fn let_go(&mut self, leg: LegId) {
        self.vitals.leg_went(leg);
        let Some(Leg { media: Some((port, _)), .. }) = self.legs.remove(&leg) else { return };
        let heard = self.assistants.serving_port().map(|assistant| unplug(&assistant.mouth, &port.ear));
        self.facts.extend(heard.into_iter().flatten().map(Fact::from));
    }
}

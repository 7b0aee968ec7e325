//! Which cords there are: what everybody on the call hears.

use std::collections::BTreeSet;

use cordboard_schema::ids::CordId;

use super::supervision::Heard;
use super::{Effects, Machine, Phase};
use crate::cords;

impl Machine {
    /// Puts the cords in and takes out those that nobody wants any more.
    pub(super) fn rewire(&mut self, fx: &mut Effects) {
        let assistant = self.assistant.map(|assistant| assistant.leg);
        let wanted = match self.lifecycle.phase() {
            Phase::OnHold => cords::held(self.caller, self.holding.music()),
            Phase::WithAgents { .. } => self.agents_cords(),
            Phase::Conversing => {
                let with_assistant = cords::conversing(self.caller, assistant, self.whisper_cord());
                with_assistant.into_iter().chain(self.waiting_cord()).collect()
            }
            // Nobody speaks with a caller whose leg has not shown yet whose it is, or whom a person has.
            Phase::Dialling(_) => self.ring_back_cord().into_iter().collect(),
            Phase::InHouse(_) => self.agents_cords().into_iter().chain(self.ring_back_cord()).collect(),
            Phase::Waiting { .. }
            | Phase::Interrupted { .. }
            | Phase::WithPerson(_)
            | Phase::SentOn(_)
            | Phase::ByDocument(_) => Default::default(),
            Phase::Voicemail(voicemail) => cords::with_listener(self.caller, assistant, voicemail.listener()),
            Phase::TakingMessage(_) | Phase::Leaving(_) | Phase::Ended => {
                cords::wanted(self.caller, assistant)
            }
        };
        let wanted = self.with_supervisors(wanted);
        fx.extend(cords::rewire(&self.plugged, &wanted));
        self.plugged = wanted;
    }

    /// The same, with what supervisors hear and say.
    fn with_supervisors(&self, mut wanted: BTreeSet<CordId>) -> BTreeSet<CordId> {
        let agents = match *self.lifecycle.phase() {
            Phase::WithAgents { .. } => self.agents.ears().collect(),
            _ => Vec::new(),
        };
        let heard = Heard { cords: &wanted, caller: self.caller, agents };
        let supervised = self.supervision.cords(&heard);
        wanted.extend(supervised);
        wanted
    }
}

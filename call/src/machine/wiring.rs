//! Which cords there are: what everybody on the call hears.

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
        fx.extend(cords::rewire(&self.plugged, &wanted));
        self.plugged = wanted;
    }
}

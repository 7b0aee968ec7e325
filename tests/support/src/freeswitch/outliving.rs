//! A switch that outlives the program and the runtime that used it: in virtual time a killed server takes its runtime along.
//!
//! An answered call that the program asked for ends then, because the program's connection held it. A ringing call goes on ringing and is
//! answered, or not, when it would have been; its control connection goes to whatever listens at the program's address by then. Callers stay:
//! the list of actions of their number goes on after the action that was running. A person with whom a caller talked has hung up.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use super::api::originate::route;
use super::calling::{self, Origin, Variables};
use super::channel::{Channel, Direction, Profile, Progress};
use super::dialplan::{self, Action, Route};
use super::extension::Phone;
use super::faults::Faults;
use super::originated::Originated;
use super::settings::Settings;
use super::switch::Switch;
use super::{FreeSwitch, Violation};

/// The remains of a switch between two runtimes.
#[derive(Debug)]
pub struct Outliving {
    settings: Settings,
    faults: Faults,
    age: Duration,
    originated: Vec<Originated>,
    ringing: Vec<Ringing>,
    callers: Vec<Staying>,
    violations: Vec<Violation>,
}

/// A call from a caller.
#[derive(Debug)]
struct Staying {
    uuid: String,
    profile: Profile,
    variables: Variables,
    rate: u32,
    progress: Progress,
    later: Vec<Action>,
}

impl Staying {
    /// `None` for a call that is over, or has no action after the running one: such a call ends.
    fn of(channel: &Channel) -> Option<Self> {
        let state = channel.state();
        let is_there = state.profile.direction == Direction::Inbound && state.progress != Progress::Over;
        (is_there && !state.later.is_empty()).then(|| Self {
            uuid: channel.uuid.clone(),
            profile: state.profile.clone(),
            variables: state.variables.clone(),
            rate: channel.rate,
            progress: state.progress,
            later: state.later.iter().cloned().collect(),
        })
    }
}

/// A call that is not answered yet.
#[derive(Debug)]
struct Ringing {
    call: Originated,
    profile: Profile,
    variables: Variables,
}

impl Outliving {
    pub(super) fn of(switch: &Arc<Switch>, address: SocketAddr) -> Self {
        let (age, mut originated) = (switch.age(), switch.originated());
        let mut ringing = Vec::new();
        for call in originated.iter_mut().filter(|call| call.ended.is_none()) {
            match switch.channel(&call.uuid).filter(|channel| !channel.is_answered()) {
                Some(channel) => {
                    let state = channel.state();
                    let (profile, variables) = (state.profile.clone(), state.variables.clone());
                    ringing.push(Ringing { call: call.clone(), profile, variables });
                }
                None => call.ended = Some(age),
            }
        }
        let callers = switch.channels().iter().filter_map(|channel| Staying::of(channel)).collect();
        let extensions = switch.extensions();
        let settings = Settings { esl: address, extensions, ..switch.settings.clone() };
        let (faults, violations) = (switch.faults(), switch.referee().violations());
        Self { settings, faults, age, originated, ringing, callers, violations }
    }

    /// The violations of the rules until it left.
    #[must_use]
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }

    /// Goes on as tasks of the current runtime, at the same address; `calendar` returns the time since 1970.
    ///
    /// # Errors
    /// Its port is taken.
    ///
    /// # Panics
    /// Outside a runtime.
    pub fn goes_on_here(
        self,
        calendar: impl Fn() -> Duration + Send + Sync + 'static,
    ) -> io::Result<FreeSwitch> {
        let freeswitch = FreeSwitch::start_over(self.settings, calendar, (self.age, self.originated))?;
        freeswitch.faults(|faults| *faults = self.faults);
        let switch = &freeswitch.switch;
        for Ringing { call, profile, variables } in self.ringing {
            let leg = Channel::new(switch, call.uuid.clone(), profile, variables, 8000);
            switch.add(&leg);
            switch.spawn(dialplan::run(Arc::clone(&leg), Route::Idle));
            let rang = self.age.saturating_sub(call.at);
            switch.spawn(rings_on(leg, call, rang));
        }
        for Staying { uuid, profile, variables, rate, progress, later } in self.callers {
            let channel = Channel::new(switch, uuid, profile, variables, rate);
            channel.state().progress = progress;
            switch.add(&channel);
            switch.spawn(dialplan::run(channel, Route::Actions(later)));
        }
        Ok(freeswitch)
    }
}

/// Rings for the rest of its time, and then goes to the place that the program set.
async fn rings_on(leg: Arc<Channel>, call: Originated, rang: Duration) {
    let phone = match call.phone {
        Phone::Answers { after, hangs_up_after } => {
            Phone::Answers { after: after.saturating_sub(rang), hangs_up_after }
        }
        Phone::Announces { after } => Phone::Announces { after: after.saturating_sub(rang) },
        other => other,
    };
    let mut variables = call.variables;
    for (name, value) in &mut variables {
        if let ("originate_timeout", Ok(seconds)) = (name.as_str(), value.parse::<u64>()) {
            *value = seconds.saturating_sub(rang.as_secs()).to_string();
        }
    }
    let origin = Origin::Originate { place: &call.place };
    if calling::answered(&leg, phone, &variables, origin).await.is_ok() {
        leg.go(route(&call.place));
    }
}

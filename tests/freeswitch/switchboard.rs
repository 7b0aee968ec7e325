//! The set-up as the suites of every switch see it.

use std::time::Duration;

use cordboard_test_support::book::Book;
use cordboard_test_support::freeswitch::{Leg, Phone};
use cordboard_test_support::handoff_suite::{Caller, Person, Switchboard};

use crate::setup::Setup;

const ANSWERS: Phone = Phone::Answers { after: Duration::from_millis(300), hangs_up_after: None };

impl Switchboard for Setup {
    type Phone = Leg;

    fn caller(&self) -> Caller<Leg> {
        let crate::setup::Caller { phone, id } = Setup::caller(self);
        Caller { phone: Leg(phone), id }
    }

    fn person(&self, how: Person) -> String {
        let person = match how {
            Person::Answers => Setup::person(self, ANSWERS),
            Person::Busy => Setup::person(self, Phone::Busy),
            Person::Declines => Setup::person(self, Phone::Declines),
            Person::Rings => Setup::person(self, Phone::Rings),
            Person::Unregistered => self.person_with(|extension| Some(extension.unregistered())),
            Person::Unknown => self.person_with(|_| None),
        };
        person.name
    }

    /// Every phone of the stand-in does this by default.
    fn desk_answers(&self) {}

    fn telephone_of(&self, name: &str) -> Leg {
        Leg(self.leg_at(name.trim_start_matches("desk")))
    }

    /// The switch carries the call by itself: there is no audio of ours any more.
    fn assert_joined(&self, caller: &Caller<Leg>, person: &Leg) {
        assert_eq!(caller.phone.0.bridged_to().as_deref(), Some(person.0.uuid()));
        self.wait("the end of our audio", || {
            (!caller.phone.0.is_streaming() && !caller.phone.0.has_unicast()).then_some(())
        });
    }

    fn close(&self) {
        Setup::close(self);
    }
}

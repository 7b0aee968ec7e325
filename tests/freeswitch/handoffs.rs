//! A person takes over, or does not: the suite of every switch, over both ways of audio.

use std::time::Duration;

use cordboard_test_support::book::Book;
use cordboard_test_support::freeswitch::{Leg, Phone};
use cordboard_test_support::handoff_suite::{self, Caller, Party, Person, Switchboard};
use serde_json::json;

use crate::house::{DESK_OF_KEY_2, House, Inbound};
use crate::way::{Way, for_both_ways};

for_both_ways!(
    a_person_takes_over_and_the_caller_comes_back,
    a_caller_can_wait_while_a_person_has_them,
    a_key_rings_a_person_and_the_caller_leaves_both,
    who_can_not_be_reached_is_said_and_the_conversation_goes_on,
    a_caller_who_leaves_while_it_rings_rings_nobody_any_more,
    the_call_ends_with_the_person_where_the_profile_says_so,
    a_caller_for_whom_a_phone_rings_waits_in_no_silence,
);

const ANSWERS: Phone = Phone::Answers { after: Duration::from_millis(300), hangs_up_after: None };

fn a_person_takes_over_and_the_caller_comes_back(way: Way) {
    handoff_suite::a_person_takes_over_and_the_caller_comes_back(&*House::shared(way));
}

fn a_caller_can_wait_while_a_person_has_them(way: Way) {
    handoff_suite::a_caller_can_wait_while_a_person_has_them(&*House::shared(way));
}

fn a_key_rings_a_person_and_the_caller_leaves_both(way: Way) {
    handoff_suite::a_key_rings_a_person_and_the_caller_leaves_both(&*House::shared(way));
}

fn who_can_not_be_reached_is_said_and_the_conversation_goes_on(way: Way) {
    handoff_suite::who_can_not_be_reached_is_said_and_the_conversation_goes_on(&*House::shared(way));
}

fn a_caller_who_leaves_while_it_rings_rings_nobody_any_more(way: Way) {
    handoff_suite::a_caller_who_leaves_while_it_rings_rings_nobody_any_more(&*House::shared(way));
}

fn a_caller_for_whom_a_phone_rings_waits_in_no_silence(way: Way) {
    let house = House::open_among(way, Inbound::Known, &[("freeswitch.ring_timeout_s", "30")]);
    let desk = Switchboard::person(&house, Person::Rings);
    let caller = Switchboard::caller(&house);
    house.wait_said(&caller.id, "greeting");
    Switchboard::ask_of(&house, &caller, "handoff", &json!({ "target": desk }));
    handoff_suite::assert_waits_in_no_silence(&caller.phone);
    caller.phone.hang_up();
    Switchboard::assert_ended(&house, &caller, "normal_clearing", "caller");
    Switchboard::close(&house);
}

fn the_call_ends_with_the_person_where_the_profile_says_so(way: Way) {
    handoff_suite::the_call_ends_with_the_person_where_the_profile_says_so(&House::open(way));
}

impl Switchboard for House {
    type Phone = Leg;

    fn caller(&self) -> Caller<Leg> {
        let crate::house::Caller { phone, id } = House::caller(self);
        Caller { phone: Leg(phone), id }
    }

    fn person(&self, how: Person) -> String {
        let person = match how {
            Person::Answers => House::person(self, ANSWERS),
            Person::Busy => House::person(self, Phone::Busy),
            Person::Declines => House::person(self, Phone::Declines),
            Person::Rings => House::person(self, Phone::Rings),
            Person::Unregistered => self.person_with(|extension| Some(extension.unregistered())),
            Person::Unknown => self.person_with(|_| None),
        };
        person.name
    }

    /// Every phone of the stand-in does unless it is told otherwise.
    fn desk_answers(&self) {}

    fn telephone_of(&self, name: &str) -> Leg {
        let number = if name == "desk" { DESK_OF_KEY_2 } else { name.trim_start_matches("desk") };
        Leg(self.leg_at(number))
    }

    /// The switch carries the call by itself: there is no audio of ours any more.
    fn assert_joined(&self, caller: &Caller<Leg>, person: &Leg) {
        assert_eq!(caller.phone.0.bridged_to().as_deref(), Some(person.0.uuid()));
        self.wait("the end of our audio", || {
            (!caller.phone.0.is_streaming() && !caller.phone.0.has_unicast()).then_some(())
        });
    }

    fn close(&self) {
        House::close(self);
    }
}

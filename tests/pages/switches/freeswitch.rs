//! The stand-in of FreeSWITCH.

use std::collections::BTreeMap;
use std::time::Duration;

use cordboard_test_support::book::LIMIT;
use cordboard_test_support::freeswitch::{Action, Extension, FreeSwitch, Leg, Phone, Script, Settings};
use cordboard_test_support::server::Server;
use cordboard_test_support::waiting::wait_until;

use super::{EXTENSIONS, Switch, Telephone, start};

/// The number whose dialplan connects to the server.
const ASSISTANT: &str = "5000";

pub(super) struct AtFreeSwitch {
    // Fields are dropped in this order: if the switch were dropped first, it would end the server's calls.
    server: Server,
    switch: FreeSwitch,
    ringing: BTreeMap<String, Leg>,
}

impl AtFreeSwitch {
    pub(super) fn open() -> Self {
        // A page shows when the switch last reported something, and no test can wait for the usual 20 s.
        let settings = Settings { heartbeat: Duration::from_secs(1), ..Settings::default() };
        let switch = FreeSwitch::start(settings).unwrap();
        for number in EXTENSIONS {
            switch.set_extension(Extension::new(&number.to_string()).phone(Phone::Rings));
        }
        let (host, port) = (switch.esl_address().ip().to_string(), switch.esl_address().port().to_string());
        let server = start(
            "internal",
            &[
                ("freeswitch.servers.pbx1.host", host.as_str()),
                ("freeswitch.servers.pbx1.port", &port),
                ("freeswitch.servers.pbx1.password", switch.password()),
                ("freeswitch.ring_timeout_s", "60"),
            ],
        );
        Self { server, switch, ringing: BTreeMap::new() }
    }
}

impl Switch for AtFreeSwitch {
    fn server(&self) -> &Server {
        &self.server
    }

    fn call(&mut self, from: &str) -> Box<dyn Telephone> {
        let leads_here = Action::socket(self.server.addresses().esl);
        Box::new(Leg(self.switch.call(Script::to(ASSISTANT).from(from, "").runs([leads_here]))))
    }

    fn wait_rings(&mut self, number: &str) {
        let leg = wait_until("the telephone's ringing", LIMIT, || self.switch.leg_at(number)).unwrap();
        self.ringing.insert(number.to_owned(), Leg(leg));
    }

    fn wait_quiet(&mut self, number: &str) {
        self.ringing[number].0.wait_over(LIMIT).unwrap();
    }

    fn pick_up(&mut self, number: &str) -> Box<dyn Telephone> {
        let leg = self.ringing.remove(number).unwrap();
        leg.0.answer();
        Box::new(leg)
    }

    fn rules_broken(&self) -> Vec<String> {
        self.switch.violations().iter().map(|violation| format!("{violation:?}")).collect()
    }
}

impl Telephone for Leg {
    fn keys(&self) -> String {
        self.0.digits_sent()
    }
}

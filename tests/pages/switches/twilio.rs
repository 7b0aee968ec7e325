//! The stand-in of Twilio, which rings extensions at a SIP domain.

use cordboard_test_support::book::LIMIT;
use cordboard_test_support::server::Server;
use cordboard_test_support::twilio::{Account, Caller};
use cordboard_test_support::twilio_rest::{Came, Rest};
use cordboard_test_support::waiting::wait_until;

use super::{Services, Switch, Telephone, start};

const TOKEN: &str = "f00dfeedcafe0123456789abcdef0123";
const PUBLIC_BASE: &str = "https://calls.example.com";
/// The server's own number.
const HOUSE: &str = "+15550100001";

pub(super) struct AtTwilio {
    server: Server,
    services: Services,
    rest: Rest,
    callers: Vec<Caller>,
    /// The requests that rang someone, newest last.
    rung: Vec<Came>,
}

impl AtTwilio {
    pub(super) fn open() -> Self {
        let rest = Rest::start(Account::SID, Account::SID, TOKEN).unwrap();
        let services = Services::start();
        let [key, model, redis] = services.settings();
        let server = start(
            "people",
            &[
                (key.0, &key.1),
                (model.0, &model.1),
                (redis.0, &redis.1),
                ("twilio.api_base_url", &rest.base_url()),
                ("http.public_base_url", PUBLIC_BASE),
                ("TWILIO_ACCOUNT_SID", Account::SID),
                ("TWILIO_AUTH_TOKEN", TOKEN),
                ("TWILIO_TRANSFER_CALLER_ID", HOUSE),
                ("FREEPBX_DOMAIN", "pbx.example"),
            ],
        );
        Self { server, services, rest, callers: Vec::new(), rung: Vec::new() }
    }

    fn account(&self) -> Account {
        Account {
            http: self.server.addresses().http,
            public_base: PUBLIC_BASE.to_owned(),
            auth_token: TOKEN.to_owned(),
            sid: Account::SID.to_owned(),
        }
    }

    /// The last request that rang this extension.
    fn rung_at(&self, number: &str) -> &Came {
        self.rung.iter().rev().find(|came| is_to(came, number)).unwrap()
    }
}

/// Whether a request for a leg to this extension was made and accepted.
fn is_to(came: &Came, number: &str) -> bool {
    let calls = came.get("To").is_some_and(|to| to == format!("sip:{number}@pbx.example"));
    came.sid.is_some() && calls
}

impl Switch for AtTwilio {
    fn server(&self) -> &Server {
        &self.server
    }

    fn services(&self) -> Option<&Services> {
        Some(&self.services)
    }

    fn call(&mut self, from: &str) -> Box<dyn Telephone> {
        let name = format!("CA{:032x}", self.callers.len() + 1);
        let caller = Caller::dial(&self.account(), &name, from, HOUSE);
        self.rest.holds(&name, &caller);
        self.callers.push(caller.clone());
        Box::new(caller)
    }

    /// An extension with an open desk is called into a conference room; an agent whose telephone takes the call is called directly.
    fn wait_rings(&mut self, number: &str) {
        let rung = wait_until("a request for the leg", LIMIT, || {
            let is_new = |came: &Came| self.rung.iter().all(|known| known.sid != came.sid);
            let came = ["/Conferences/", "/Calls.json"].map(|path| self.rest.came("POST", path));
            came.into_iter().flatten().find(|came| is_to(came, number) && is_new(came))
        });
        let rung = rung.unwrap();
        self.rung.push(rung);
    }

    fn wait_quiet(&mut self, number: &str) {
        let leg = self.rung_at(number).sid.clone().unwrap();
        let is_ended = || {
            let came = self.rest.came("POST", &format!("/Calls/{leg}.json"));
            came.iter().any(|came| matches!(came.get("Status"), Some("completed" | "canceled"))).then_some(())
        };
        wait_until("the end of the ringing", LIMIT, is_ended).unwrap();
    }

    fn pick_up(&mut self, number: &str) -> Box<dyn Telephone> {
        let rung = self.rung_at(number);
        // Only the leg matters: no test listens to a party that was called into a conference room.
        let (first, status) = (rung.get("Url").unwrap(), rung.get("StatusCallback").unwrap());
        let leg = rung.sid.as_ref().unwrap();
        let person = Caller::answer(&self.account(), leg, (HOUSE, number), first, status);
        self.callers.push(person.clone());
        Box::new(person)
    }

    fn rules_broken(&self) -> Vec<String> {
        let of_callers = self.callers.iter().flat_map(Caller::violations);
        of_callers.chain(self.rest.violations()).collect()
    }
}

impl Telephone for Caller {
    /// Twilio's streams report keys only to the server, so none are sent to a telephone.
    fn keys(&self) -> String {
        String::new()
    }
}

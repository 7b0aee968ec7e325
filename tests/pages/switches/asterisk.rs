//! A real Asterisk, controlled over AMI, and telephones with SIP and RTP.

use std::collections::BTreeMap;

use cordboard_test_support::asterisk::{AmiUser, Asterisk, AsteriskSetup, SOFTPHONE_NUMBER};
use cordboard_test_support::book::LIMIT;
use cordboard_test_support::server::{DIALPLAN_TOKEN, Server};
use cordboard_test_support::sip::{Codec, Manner, PhoneCall, Phones, Says, SipCall};

use super::{EXTENSIONS, Services, Switch, Telephone, start};

/// The extension that the shipped dialplan connects to the server.
const ASSISTANT: &str = "100";

/// An outside number.
const OUTSIDE: &str = "+493055502001";

pub(super) struct AtAsterisk {
    // Fields are dropped in this order: if the switch were dropped first, it would end the server's calls.
    server: Server,
    services: Services,
    asterisk: Asterisk,
    phones: Phones,
    ringing: BTreeMap<String, PhoneCall>,
}

impl AtAsterisk {
    pub(super) fn open() -> Self {
        let phones = Phones::start().unwrap();
        let numbers = EXTENSIONS.map(|number| number.to_string());
        numbers.chain([OUTSIDE.to_owned()]).for_each(|number| phones.will(&number, Manner::Rings));
        let nowhere = ([127, 0, 0, 1], 9).into();
        let mut setup = AsteriskSetup::new(nowhere, nowhere, DIALPLAN_TOKEN);
        setup.phones = Some(phones.address());
        setup.softphone = true;
        let asterisk = Asterisk::start(&setup).unwrap();
        let port = asterisk.ami_address().port().to_string();
        let services = Services::start();
        let [key, model, redis] = services.settings();
        let server = start(
            "people",
            &[
                (key.0, &key.1),
                (model.0, &model.1),
                (redis.0, &redis.1),
                ("asterisk.servers.pbx1.host", "127.0.0.1"),
                ("asterisk.servers.pbx1.port", &port),
                ("asterisk.servers.pbx1.user", AmiUser::SERVER.name),
                ("asterisk.servers.pbx1.secret", AmiUser::SERVER.secret),
                ("asterisk.servers.pbx1.trunk", "PJSIP/{number}@trunk"),
                ("asterisk.ring_timeout_s", "60"),
                ("softphone.url", &asterisk.sip_socket()),
                (&format!("extensions.{SOFTPHONE_NUMBER}"), &format!("people,{SOFTPHONE_NUMBER},1")),
            ],
        );
        asterisk.lead_to(server.addresses()).unwrap();
        Self { server, services, asterisk, phones, ringing: BTreeMap::new() }
    }
}

impl Switch for AtAsterisk {
    fn server(&self) -> &Server {
        &self.server
    }

    fn services(&self) -> Option<&Services> {
        Some(&self.services)
    }

    fn call(&mut self, from: &str) -> Box<dyn Telephone> {
        Box::new(SipCall::dial(self.asterisk.sip(), ASSISTANT, from, Codec::Pcmu, LIMIT).unwrap())
    }

    fn wait_rings(&mut self, number: &str) {
        let call = self.phones.wait_invite(number, LIMIT).unwrap();
        self.ringing.insert(number.to_owned(), call);
    }

    fn wait_quiet(&mut self, number: &str) {
        self.ringing[number].wait_ended(LIMIT).unwrap();
    }

    fn pick_up(&mut self, number: &str) -> Box<dyn Telephone> {
        let phone = self.ringing.remove(number).unwrap();
        phone.answer(&Says::nothing()).unwrap();
        Box::new(phone)
    }

    fn rules_broken(&self) -> Vec<String> {
        Vec::new()
    }
}

impl Telephone for SipCall {
    fn keys(&self) -> String {
        Self::keys(self)
    }
}

impl Telephone for PhoneCall {
    fn keys(&self) -> String {
        Self::keys(self)
    }
}

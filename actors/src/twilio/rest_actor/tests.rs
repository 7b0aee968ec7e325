//! How long the actor of an account lives.

use std::sync::{Arc, Weak};
use std::time::Duration;

use cordboard_schema::ids::CallId;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use super::{TwilioActor, TwilioSettings};
use crate::line::{CallLine, SwitchLine, TwilioLine};
use crate::messages::ToSwitch;
use crate::twilio::{RestAccess, RestSecret};
use crate::way::{AddressGuard, Way};

const ACCOUNT: &str = "AC11111111111111111111111111111111";
/// Longer than the actor takes to see that nobody is left.
const SOON: Duration = Duration::from_secs(20);

/// An actor, and something that lives as long as it does.
fn started() -> (SwitchLine, TwilioLine, Weak<()>) {
    let life = Arc::new(());
    let lives = Arc::downgrade(&life);
    let guard = AddressGuard::new(move |_| Arc::strong_count(&life) > 0);
    let settings = TwilioSettings {
        name: "twilio".to_owned(),
        access: RestAccess {
            base_url: "https://localhost:1".to_owned(),
            account: ACCOUNT.parse().unwrap(),
            user: ACCOUNT.to_owned(),
            secret: RestSecret::new("tiger-77"),
        },
        public_base: "https://calls.example.com".to_owned(),
        caller_id: None,
        sip_domain: None,
        meter: Default::default(),
        way: Way { guard: Some(guard), ..Way::anywhere().unwrap() },
    };
    let (switch, line) = TwilioActor::start(settings).unwrap();
    (switch, line, lives)
}

async fn ended(lives: &Weak<()>) {
    let ended = async {
        while lives.strong_count() > 0 {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(SOON, ended).await.unwrap();
}

#[actix::test]
async fn an_account_that_nobody_can_ask_anything_has_no_actor() {
    let (switch, line, lives) = started();
    drop(line);
    let (channel, call_id) = (Uuid::from_u128(1), CallId(Uuid::from_u128(2)));
    let (call, mut told) = CallLine::open();
    // Whoever holds one of its lines has its actor: the call is told that there is one.
    assert!(switch.tell(ToSwitch::Watch { channel, call_id, held_from: None, call }));
    timeout(SOON, told.recv()).await.unwrap().unwrap();
    assert!(lives.strong_count() > 0);
    assert!(switch.tell(ToSwitch::Unwatch { channel }));
    drop(switch);
    ended(&lives).await;
}

//! Text messages that no webhook has brought: Twilio is asked for them, at the start and each hour.

use std::time::Duration;

use chrono::TimeDelta;
use cordboard_actors::world as calendar;
use cordboard_test_support::twilio::Account;
use cordboard_test_support::twilio_rest::{Rest, Trouble};
use serde_json::Value;
use tokio::time::sleep;

use super::own_accounts::{HER_TOKEN, HERS, HIS, HIS_TOKEN, OPEN, account, close};
use super::owner::Owner;
use super::setup::{FROM, Setup, TO, TOKEN};
use crate::suites::book::Book as _;
use crate::world::{Stage, calendar_goes_on};

/// The address at the numbers of our accounts to which Twilio brings messages.
const WEBHOOK: &str = "https://calls.example.com/twilio/message";
/// A number of the account that belongs to another program.
const FOREIGN: &str = "+15550100077";
/// How long no server runs.
const AWAY: Duration = Duration::from_secs(600);
/// The time after which an account that has failed is asked again.
const TRIES_AGAIN: Duration = Duration::from_secs(600);
/// The time after which an account that has answered is asked again.
const LOOKS_EACH: Duration = Duration::from_secs(3_600);
const MESSAGES: &str = "/api/v1/messages";

fn text_sid(number: u32) -> String {
    format!("SM{number:032x}")
}

/// Twilio brings a message from `FROM`.
async fn brings(account: &Account, number: u32, to: &str, body: &str) {
    let sid = text_sid(number);
    let fields = [
        ("MessageSid", sid.as_str()),
        ("AccountSid", account.sid.as_str()),
        ("From", FROM),
        ("To", to),
        ("Body", body),
    ];
    let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(account.post("/twilio/message", &fields).await.unwrap().status, 200);
}

/// A message from `FROM` has come to Twilio this many seconds ago. Returns when, as Cordboard shows it.
fn comes(rest: &Rest, number: u32, to: &str, body: &str, ago_s: i64) -> String {
    let at = calendar::now() - TimeDelta::seconds(ago_s);
    rest.gets_text(&text_sid(number), (FROM, to), body, &at.to_rfc2822());
    at.format("%Y-%m-%dT%H:%M:%S.000Z").to_string()
}

/// What an organization has stored of its messages, newest first.
fn shown(messages: &[Value]) -> Vec<(&str, &str)> {
    messages.iter().map(|one| (one["body"].as_str().unwrap(), one["status"].as_str().unwrap())).collect()
}

#[test]
fn a_stop_is_obeyed_that_came_while_no_server_ran() {
    let mut lives = Stage::new();
    let rest = lives.run(async |folder| {
        let rest = Rest::start_here(Account::SID, Account::SID, TOKEN).unwrap();
        rest.brings_texts(TO, WEBHOOK);
        rest.brings_texts(FOREIGN, "https://other.example.com/texts");
        let setup = Setup::open_at(folder, rest, &[]).await;
        comes(setup.rest(), 1, TO, "Hello", 0);
        brings(&setup.account(), 1, TO, "Hello").await;
        assert_eq!(setup.rest().came("GET", "/Messages.json").len(), 0, "nothing was known at the start");
        setup.left()
    });
    lives.run(async |folder| {
        calendar_goes_on(AWAY).await;
        let rest = rest.goes_on_here().unwrap();
        rest.pages_have(2);
        comes(&rest, 2, TO, "START", 300);
        let stopped_at = comes(&rest, 3, TO, "Stop!", 240);
        comes(&rest, 4, FOREIGN, "START", 180);
        let setup = Setup::open_at(folder, rest, &[]).await;
        let missed = async || Some(setup.items(MESSAGES).await).filter(|messages| messages.len() == 3);
        let messages = setup.wait("the missed messages", missed).await;
        assert_eq!(shown(&messages), [("Stop!", "received"), ("START", "received"), ("Hello", "received")]);
        assert_eq!(messages[0]["created_at"], stopped_at);
        assert_eq!(setup.items("/api/v1/customers").await[0]["sms_opted_out"], true);
        // Four messages, on two pages, of which one is known; and two numbers.
        let asked = |path| setup.rest().came("GET", path).len();
        assert_eq!((asked("/Messages.json"), asked("/IncomingPhoneNumbers.json")), (2, 2));
        // A webhook that Twilio repeats after all changes nothing.
        brings(&setup.account(), 2, TO, "START").await;
        assert_eq!(setup.items(MESSAGES).await.len(), 3);
        assert_eq!(setup.items("/api/v1/customers").await[0]["sms_opted_out"], true);
        setup.close().await;
    });
}

#[test]
fn a_missed_stop_counts_before_texts_of_a_dead_server() {
    let mut lives = Stage::new();
    let rest = lives.run(async |folder| {
        let rest = Rest::start_here(Account::SID, Account::SID, TOKEN).unwrap();
        rest.brings_texts(TO, WEBHOOK);
        let setup = Setup::open_at(folder, rest, &[]).await;
        brings(&setup.account(), 1, TO, "Hello").await;
        brings(&setup.account(), 2, TO, "See you").await;
        // A message of an assistant that the server dies before it sends.
        let left = "UPDATE messages SET direction = 'outbound', status = 'queued', sid = NULL, from_number = to_number, \
                    to_number = from_number WHERE body = 'See you'";
        setup.world().sql(left).await;
        setup.left()
    });
    lives.run(async |folder| {
        calendar_goes_on(AWAY / 2).await;
        let rest = rest.goes_on_here().unwrap();
        comes(&rest, 3, TO, "STOP", 120);
        let setup = Setup::open_at(folder, rest, &[]).await;
        let settled = async || {
            let messages = setup.items(MESSAGES).await;
            messages.iter().all(|message| message["status"] != "queued").then_some(messages)
        };
        let messages = setup.wait("the end of the message", settled).await;
        let expected = [("STOP", "received"), ("See you", "failed"), ("Hello", "received")];
        assert_eq!(shown(&messages), expected);
        assert_eq!(setup.rest().came("POST", "/Messages.json").len(), 0, "they get no text any more");
        setup.close().await;
    });
}

#[test]
fn a_missed_text_is_fetched_once_twilio_answers_again() {
    let mut lives = Stage::new();
    let rest = lives.run(async |folder| {
        let rest = Rest::start_here(Account::SID, Account::SID, TOKEN).unwrap();
        rest.brings_texts(TO, WEBHOOK);
        let setup = Setup::open_at(folder, rest, &[]).await;
        brings(&setup.account(), 1, TO, "Hello").await;
        setup.left()
    });
    lives.run(async |folder| {
        calendar_goes_on(AWAY).await;
        let rest = rest.goes_on_here().unwrap();
        comes(&rest, 2, TO, "STOP", 300);
        rest.behaves(Some(Trouble::Refuses(401, 20_003)));
        let setup = Setup::open_at(folder, rest, &[]).await;
        let asked = || setup.rest().came("GET", "/Messages.json").len();
        // It tries at the start, and again after ten minutes.
        sleep(TRIES_AGAIN + Duration::from_secs(5)).await;
        assert_eq!((asked(), setup.items(MESSAGES).await.len()), (2, 1));
        let log = setup.world().log();
        assert_eq!(log.matches("can't be fetched from Twilio").count(), 1, "{log}");
        setup.rest().behaves(None);
        sleep(TRIES_AGAIN).await;
        let messages = setup.items(MESSAGES).await;
        assert_eq!(shown(&messages), [("STOP", "received"), ("Hello", "received")]);
        // From then on, it looks each hour.
        sleep(TRIES_AGAIN).await;
        assert_eq!(asked(), 3);
        setup.close().await;
    });
}

#[test]
fn a_stop_is_fetched_although_the_clock_was_set_back() {
    let mut lives = Stage::new();
    lives.run(async |folder| {
        let rest = Rest::start_here(Account::SID, Account::SID, TOKEN).unwrap();
        rest.brings_texts(TO, WEBHOOK);
        let setup = Setup::open_at(folder, rest, &[]).await;
        brings(&setup.account(), 1, TO, "Hello").await;
        // The machine's own clock had the local time until a time service set it.
        calendar::set_calendar(TimeDelta::hours(-2));
        comes(setup.rest(), 2, TO, "STOP", 0);
        sleep(LOOKS_EACH + TRIES_AGAIN + Duration::from_secs(5)).await;
        let messages = setup.items(MESSAGES).await;
        assert!(shown(&messages).contains(&("STOP", "received")), "{messages:?}");
        assert_eq!(setup.items("/api/v1/customers").await[0]["sms_opted_out"], true);
        setup.close().await;
    });
}

#[test]
fn a_missed_text_to_an_own_account_is_its_organizations() {
    let mut lives = Stage::new();
    let (left, of_house, rest) = lives.run(async |folder| {
        let rest = Rest::start_here(Account::SID, Account::SID, TOKEN).unwrap();
        let setup = Setup::open_at(folder, rest, &OPEN).await;
        let (hers, rest) = account(&setup, 'a', HER_TOKEN);
        rest.brings_texts(HERS, WEBHOOK);
        let mut ada = Owner::of(&setup, "ada", HERS).await;
        ada.has_account(hers, &rest).await;
        ada.wait_answered(800).await;
        brings(&ada.account, 1, HERS, "Hello").await;
        (ada.leave(), setup.left(), rest)
    });
    lives.run(async |folder| {
        calendar_goes_on(AWAY).await;
        let (of_house, rest) = (of_house.goes_on_here().unwrap(), rest.goes_on_here().unwrap());
        comes(&rest, 2, HERS, "STOP", 300);
        let setup = Setup::open_at(folder, of_house, &OPEN).await;
        let ada = Owner::again(&setup, left);
        let missed = async || Some(ada.items(MESSAGES).await).filter(|messages| messages.len() == 2);
        let messages = setup.wait("the missed message", missed).await;
        assert_eq!(shown(&messages), [("STOP", "received"), ("Hello", "received")]);
        assert_eq!(ada.items("/api/v1/customers").await[0]["sms_opted_out"], true);
        assert_eq!(setup.items(MESSAGES).await.len(), 0);
        assert_eq!(setup.rest().came("GET", "/Messages.json").len(), 0, "the server's account has none");
        close(setup, &[&rest]).await;
    });
}

#[test]
fn who_enters_anothers_account_keeps_no_text_from_it() {
    let mut lives = Stage::new();
    let (left, of_house, rest) = lives.run(async |folder| {
        let rest = Rest::start_here(Account::SID, Account::SID, TOKEN).unwrap();
        let setup = Setup::open_at(folder, rest, &OPEN).await;
        let (hers, rest) = account(&setup, 'a', HER_TOKEN);
        rest.brings_texts(HERS, WEBHOOK);
        // The older organization enters the name of her account, and a token of its own.
        let mut bob = Owner::of(&setup, "bob", HIS).await;
        bob.has_account(Account { auth_token: HIS_TOKEN.to_owned(), ..hers.clone() }, &rest).await;
        let mut ada = Owner::of(&setup, "ada", HERS).await;
        ada.has_account(hers, &rest).await;
        ada.wait_answered(800).await;
        brings(&ada.account, 1, HERS, "Hello").await;
        (ada.leave(), setup.left(), rest)
    });
    lives.run(async |folder| {
        calendar_goes_on(AWAY).await;
        let (of_house, rest) = (of_house.goes_on_here().unwrap(), rest.goes_on_here().unwrap());
        comes(&rest, 2, HERS, "STOP", 300);
        let setup = Setup::open_at(folder, of_house, &OPEN).await;
        let ada = Owner::again(&setup, left);
        let missed = async || Some(ada.items(MESSAGES).await).filter(|messages| messages.len() == 2);
        let messages = setup.wait("the missed message", missed).await;
        assert_eq!(shown(&messages), [("STOP", "received"), ("Hello", "received")]);
        close(setup, &[&rest]).await;
    });
}

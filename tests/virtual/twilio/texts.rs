//! Text messages over the account's API: sent once, whatever it answers, and tracked.

use std::sync::Arc;
use std::time::Duration;

use actix::{Actor as _, Arbiter, Recipient};
use cordboard::store::{Connection, MessageQuery, Store, StoreActor, StoreSettings, TextSettings, query};
use cordboard::texts::{CallWrites, TextAccount, TextAccounts, TextSender};
use cordboard_actors::messages::{NotWritten, TwilioLine, WriteDone, WriteForCall};
use cordboard_actors::outside_access::OutsideAccess;
use cordboard_actors::tools::{TextRequest, TextWords, ToolWrite};
use cordboard_actors::twilio::{RestAccess, RestSecret, TwilioActor, TwilioSettings};
use cordboard_schema::dial::DialPolicy;
use cordboard_schema::ids::EffectId;
use cordboard_schema::message::{Message, MessageStatus};
use cordboard_test_support::server::Token;
use cordboard_test_support::smtp::MailServer;
use cordboard_test_support::twilio::Account;
use cordboard_test_support::twilio_rest::{Rest, Trouble};
use diesel::connection::SimpleConnection as _;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::{oneshot, watch};
use tokio::time::{Instant, sleep};

use super::entries::Conversation;
use super::setup::{FROM, PUBLIC_BASE, Setup, TO, TOKEN, sid};
use crate::suites::book::{Book as _, until};
use crate::world::virtually;

/// How often the server looks for something to report.
const OUTBOX_LOOK: Duration = Duration::from_millis(500);

/// Every organization's messages use this account.
fn account(line: TwilioLine) -> TextAccounts {
    Arc::new(move |_| Some(TextAccount::new(line.clone(), None, None, DialPolicy::default())))
}

/// An account at this API.
pub(super) fn settings(rest: &Rest) -> TwilioSettings {
    TwilioSettings {
        name: "twilio".to_owned(),
        access: RestAccess {
            base_url: rest.base_url(),
            account: Account::SID.parse().unwrap(),
            user: Account::SID.to_owned(),
            secret: RestSecret::new(TOKEN),
        },
        public_base: PUBLIC_BASE.to_owned(),
        caller_id: None,
        sip_domain: None,
        meter: Default::default(),
        way: OutsideAccess::anywhere().unwrap(),
    }
}

/// A call that sends text messages, from the store to Twilio.
struct Desk {
    rest: Rest,
    store: Store,
    /// Stores messages, and sends none.
    stores: Recipient<WriteForCall>,
    writes: Recipient<WriteForCall>,
    sender: TextSender,
    call: Conversation,
    _folder: TempDir,
}

impl Desk {
    async fn open() -> Self {
        let rest = Rest::start_here(Account::SID, Account::SID, TOKEN).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&StoreSettings::file(folder.path().join("cordboard.db"))).unwrap();
        let (_, line) = TwilioActor::start(settings(&rest)).unwrap();
        let texts = TextSettings { caller_id: Some(TO.parse().unwrap()), ..TextSettings::default() };
        let actor = StoreActor::new(store.clone()).with_texts(move |_| Some(texts.clone())).start();
        let sender = TextSender::new(store.clone(), account(line), PUBLIC_BASE);
        let stores: Recipient<WriteForCall> = actor.recipient();
        let writes = CallWrites::new(stores.clone(), Some(sender.clone())).start().recipient();
        let mut call = Conversation::new(store.organization_id());
        store.journal(call.live());
        store.commit().await.unwrap();
        Self { rest, store, stores, writes, sender, call, _folder: folder }
    }

    /// A run of the tool.
    async fn send(&self, run: u64) -> Result<WriteDone, NotWritten> {
        let Conversation { organization_id, call_id, .. } = self.call;
        let words = TextWords::Free("See you 🦊".to_owned());
        let write = ToolWrite::Text(TextRequest { to: None, words });
        self.writes
            .send(WriteForCall { organization_id, call_id, effect: EffectId(run), write })
            .await
            .unwrap()
    }

    /// The messages, newest first.
    async fn messages(&self) -> Vec<Message> {
        let query = MessageQuery { limit: 9, ..MessageQuery::default() };
        let id = self.store.organization_id();
        self.store.reads().run(move |connection| query::messages(connection, id, query)).await.unwrap()
    }

    /// Messages that wait are sent until this is dropped.
    fn keeps_sending(&self) -> oneshot::Sender<()> {
        self.keeps_sending_once(watch::channel(true).1)
    }

    /// The same, once the STOPs are known that came while no server ran.
    fn keeps_sending_once(&self, stops_known: watch::Receiver<bool>) -> oneshot::Sender<()> {
        let (stop, stopping) = oneshot::channel();
        assert!(self.sender.clone().keep_sending(&Arbiter::current(), stops_known, stopping));
        stop
    }

    /// Records a message as a server that dies before it sends it.
    async fn leave_unsent(&self) {
        let Conversation { organization_id, call_id, .. } = self.call;
        let write = ToolWrite::Text(TextRequest { to: None, words: TextWords::Free("Hello".to_owned()) });
        let request = WriteForCall { organization_id, call_id, effect: EffectId(1), write };
        self.stores.send(request).await.unwrap().unwrap();
    }

    /// Runs SQL in the database, as an administrator with a shell.
    async fn sql(&self, sql: &'static str) {
        self.store
            .change(move |connection: &mut Connection| Ok(connection.batch_execute(sql)?))
            .await
            .unwrap();
    }

    /// How many requests Twilio got.
    fn asked(&self) -> usize {
        self.rest.came("POST", "/Messages.json").len()
    }
}

fn refusal(outcome: Result<WriteDone, NotWritten>) -> String {
    match outcome {
        Err(NotWritten::Refused(reason)) => reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_message_is_sent_once_however_often_it_is_requested() {
    virtually(async || {
        let desk = Desk::open().await;
        for _ in 0..3 {
            let done = desk.send(1).await.unwrap();
            assert!(done.note.contains("is sent"), "{done:?}");
        }
        let [came] = &desk.rest.came("POST", "/Messages.json")[..] else { panic!("not one") };
        let message = desk.messages().await.remove(0);
        assert_eq!(
            (came.get("To"), came.get("From"), came.get("Body")),
            (Some("+49301234"), Some(TO), Some("See you 🦊"))
        );
        let told_at = format!("{PUBLIC_BASE}/twilio/message/status?message={}", message.id);
        assert_eq!(came.get("StatusCallback"), Some(told_at.as_str()));
        assert_eq!((message.status, message.sid), (MessageStatus::Sending, came.sid.clone()));
        desk.rest.finish();
    });
}

#[test]
fn a_rate_limited_message_is_retried_and_sent_once() {
    virtually(async || {
        let desk = Desk::open().await;
        desk.rest.trouble(&[Trouble::TooMany { retry_after_s: 0 }, Trouble::TooMany { retry_after_s: 0 }]);
        desk.send(1).await.unwrap();
        assert_eq!(desk.asked(), 3);
        assert_eq!(desk.messages().await[0].status, MessageStatus::Sending);
    });
}

/// Twilio refuses requests for longer than one request is retried.
const BUSY: Trouble = Trouble::TooMany { retry_after_s: 31 };

#[test]
fn a_promised_text_is_sent_once_twilio_takes_it() {
    virtually(async || {
        let desk = Desk::open().await;
        let _stop = desk.keeps_sending();
        desk.rest.behaves(Some(BUSY));
        let done = desk.send(1).await.unwrap();
        assert!(done.note.contains("is on its way"), "{done:?}");
        sleep(Duration::from_secs(60)).await;
        assert_eq!(desk.messages().await[0].status, MessageStatus::Queued);
        desk.rest.behaves(None);
        sleep(Duration::from_secs(6)).await;
        let asked = desk.asked();
        assert_eq!(desk.messages().await[0].status, MessageStatus::Sending);
        sleep(Duration::from_secs(300)).await;
        assert_eq!(desk.asked(), asked, "it is sent once");
    });
}

#[test]
fn a_text_that_twilio_never_takes_is_given_up() {
    virtually(async || {
        let desk = Desk::open().await;
        let _stop = desk.keeps_sending();
        desk.rest.behaves(Some(BUSY));
        desk.send(1).await.unwrap();
        sleep(Duration::from_secs(660)).await;
        assert_eq!(desk.messages().await[0].status, MessageStatus::Failed);
        let asked = desk.asked();
        desk.rest.behaves(None);
        sleep(Duration::from_secs(60)).await;
        assert_eq!(desk.asked(), asked, "nobody waits for it any more");
    });
}

#[test]
fn a_possibly_sent_message_is_never_resent_and_says_so() {
    virtually(async || {
        for trouble in [Trouble::DoneAndFails, Trouble::DoneAndSilent] {
            let desk = Desk::open().await;
            desk.rest.trouble(&[trouble]);
            for _ in 0..2 {
                let done = desk.send(1).await.unwrap();
                assert!(done.note.contains("nobody knows"), "{trouble:?}: {done:?}");
            }
            // Nor by the next server.
            let _stop = desk.keeps_sending();
            sleep(Duration::from_secs(60)).await;
            assert_eq!(desk.asked(), 1, "{trouble:?}");
            assert_eq!(desk.messages().await[0].status, MessageStatus::Unknown, "{trouble:?}");
        }
    });
}

#[test]
fn refusals_reach_the_assistant_and_opted_out_people_are_spared() {
    virtually(async || {
        let desk = Desk::open().await;
        desk.rest.trouble(&[Trouble::Refuses(400, 21_211), Trouble::Refuses(400, 21_610)]);
        assert!(refusal(desk.send(1).await).contains("that number"));
        let message = desk.messages().await.remove(0);
        assert_eq!((message.status, message.error_code), (MessageStatus::Failed, Some(21_211)));
        assert!(refusal(desk.send(1).await).contains("was not sent"), "asked for once more");
        assert!(refusal(desk.send(2).await).contains("asked for no text messages"));
        assert_eq!(desk.asked(), 2);
        assert!(refusal(desk.send(3).await).contains("asked for no text messages"));
        assert_eq!(desk.asked(), 2, "Twilio is not asked any more");
    });
}

#[test]
fn the_next_server_sends_messages_that_a_dead_one_left() {
    virtually(async || {
        let desk = Desk::open().await;
        desk.leave_unsent().await;
        assert_eq!(desk.messages().await[0].status, MessageStatus::Queued);
        // Two servers begin at once.
        let (_one, _other) = (desk.keeps_sending(), desk.keeps_sending());
        sleep(Duration::from_secs(1)).await;
        assert_eq!((desk.asked(), desk.messages().await[0].status), (1, MessageStatus::Sending));
    });
}

#[test]
fn messages_left_behind_are_sent_although_missed_stops_stay_unknown() {
    virtually(async || {
        let desk = Desk::open().await;
        desk.leave_unsent().await;
        let (_knows, stops_known) = watch::channel(false);
        let _stop = desk.keeps_sending_once(stops_known);
        sleep(Duration::from_secs(30)).await;
        assert_eq!(desk.asked(), 0, "somebody may have sent STOP");
        sleep(Duration::from_secs(60)).await;
        assert_eq!((desk.asked(), desk.messages().await[0].status), (1, MessageStatus::Sending));
    });
}

#[test]
fn a_report_that_a_restart_has_lost_is_asked_for() {
    virtually(async || {
        let desk = Desk::open().await;
        desk.send(1).await.unwrap();
        desk.rest.messages_are("undelivered", Some(30_003));
        let asked = || desk.rest.came("GET", "/Messages/").len();
        let stop = desk.keeps_sending();
        sleep(Duration::from_secs(1)).await;
        assert_eq!((asked(), desk.messages().await[0].status), (0, MessageStatus::Sending));
        drop(stop);
        desk.sql("UPDATE messages SET updated_at = datetime(updated_at, '-2 hours')").await;
        let _stop = desk.keeps_sending();
        sleep(Duration::from_secs(1)).await;
        let message = desk.messages().await.remove(0);
        assert_eq!((message.status, message.error_code), (MessageStatus::Undelivered, Some(30_003)));
        assert_eq!((asked(), desk.asked()), (1, 1));
        desk.rest.finish();
    });
}

/// The database refuses to mark a message as being sent.
const REFUSES: &str = "CREATE TRIGGER refuses BEFORE UPDATE ON messages WHEN NEW.status = 'sending' \
                       BEGIN SELECT RAISE(ABORT, 'not now'); END";

#[test]
fn a_promised_text_is_sent_once_the_database_is_back() {
    virtually(async || {
        let desk = Desk::open().await;
        let _stop = desk.keeps_sending();
        desk.sql(REFUSES).await;
        let done = desk.send(1).await.unwrap();
        assert!(done.note.contains("is on its way"), "{done:?}");
        sleep(Duration::from_secs(60)).await;
        assert_eq!((desk.asked(), desk.messages().await[0].status), (0, MessageStatus::Queued));
        desk.sql("DROP TRIGGER refuses").await;
        sleep(Duration::from_secs(6)).await;
        assert_eq!((desk.asked(), desk.messages().await[0].status), (1, MessageStatus::Sending));
        sleep(Duration::from_secs(300)).await;
        assert_eq!(desk.asked(), 1, "it is sent once");
    });
}

#[cfg(feature = "fault-injection")]
#[test]
fn a_promised_text_is_sent_although_a_check_panics() {
    virtually(async || {
        let desk = Desk::open().await;
        let _stop = desk.keeps_sending();
        desk.sql(REFUSES).await;
        desk.send(1).await.unwrap();
        cordboard::store::fault::panic_at_next_read();
        desk.sql("DROP TRIGGER refuses").await;
        sleep(Duration::from_secs(10)).await;
        assert_eq!((desk.asked(), desk.messages().await[0].status), (1, MessageStatus::Sending));
    });
}

#[cfg(feature = "fault-injection")]
#[test]
fn a_promised_text_is_sent_although_its_claim_is_unknown() {
    use cordboard::store::fault::{self, DatabaseFault};
    for lost in [DatabaseFault::AnswerLost, DatabaseFault::CommitLost] {
        virtually(async || {
            fault::set(None);
            let desk = Desk::open().await;
            desk.leave_unsent().await;
            fault::set(Some(lost));
            let _stop = desk.keeps_sending();
            sleep(Duration::from_secs(3)).await;
            fault::set(None);
            sleep(Duration::from_secs(12)).await;
            assert_eq!((desk.asked(), desk.messages().await[0].status), (1, MessageStatus::Sending));
            sleep(Duration::from_secs(60)).await;
            assert_eq!(desk.asked(), 1, "{lost:?}: it is sent once");
        });
    }
}

#[test]
fn messages_not_sent_in_time_are_given_up_as_failed() {
    virtually(async || {
        let desk = Desk::open().await;
        let _stop = desk.keeps_sending();
        desk.sql(REFUSES).await;
        desk.send(1).await.unwrap();
        sleep(Duration::from_secs(660)).await;
        assert_eq!(desk.messages().await[0].status, MessageStatus::Failed);
        desk.sql("DROP TRIGGER refuses").await;
        sleep(Duration::from_secs(660)).await;
        assert_eq!(desk.asked(), 0, "nobody waits for it any more");
    });
}

#[test]
fn a_missed_call_is_reported_once_by_mail_and_text() {
    virtually(async || {
        let mails = MailServer::start_here().unwrap();
        let port = mails.port().to_string();
        let setup = Setup::open(&[
            ("smtp.host", "127.0.0.1"),
            ("smtp.port", &port),
            ("smtp.tls", "none"),
            ("smtp.from", "Cordboard <calls@example.com>"),
            ("TWILIO_TRANSFER_CALLER_ID", TO),
            ("dial_policy.numbers_allowed", "+1555*"),
        ])
        .await;
        let business = json!({ "name": "Rohr", "time_zone": "Europe/Berlin", "languages": ["de"] });
        setup.describe_business(&business).await;
        let people = json!({ "email": ["owner@example.com", "nowhere@example.com"], "sms": ["+15550100007", "+15550100008"] });
        let settings = json!({ "missed_call": people });
        let path = "/api/v1/notices";
        assert_eq!(setup.server().put(path, &settings, Token::Admin).await.status, 200);
        // The second text is sent, and Twilio does not confirm it.
        setup.rest().trouble(&[Trouble::TooMany { retry_after_s: 0 }, Trouble::DoneAndFails]);
        assert_eq!(
            setup
                .account()
                .post("/twilio/voice", &Account::fields(&sid(1), FROM, TO, "ringing"))
                .await
                .unwrap()
                .status,
            200
        );
        let id = setup.wait("the call", async || setup.id_of(1).await).await;
        let over = Account::fields(&sid(1), FROM, TO, "canceled");
        assert_eq!(setup.account().post("/twilio/status", &over).await.unwrap().status, 204);
        let ended_at = Instant::now();
        setup.ended(&id).await;
        let all_over = async || {
            let page: Value = setup.server().get(&format!("{path}/deliveries"), Token::Admin).await.json();
            let items = page["items"].as_array()?.clone();
            let over = items.iter().filter(|delivery| delivery["state"] != "waiting").count();
            (over == 4).then_some(items)
        };
        let deliveries = until("four deliveries", all_over).await;
        let of =
            |target: &str| deliveries.iter().find(|delivery| delivery["target"] == target).unwrap().clone();
        assert_eq!(
            (&of("owner@example.com")["state"], &of("owner@example.com")["answer"]),
            (&json!("delivered"), &json!("250 taken"))
        );
        assert_eq!(
            (&of("nowhere@example.com")["state"], &of("nowhere@example.com")["attempts"]),
            (&json!("failed"), &json!(1))
        );
        let mut states: Vec<Value> =
            ["+15550100007", "+15550100008"].map(|target| of(target)["state"].clone()).to_vec();
        states.sort_by_key(Value::to_string);
        assert_eq!(states, [json!("delivered"), json!("failed")], "one may have been sent: {deliveries:?}");
        let [mail] = &mails.taken()[..] else { panic!("{:?}", mails.taken()) };
        assert_eq!(mail.to, ["owner@example.com"]);
        let in_german = format!("Subject: Verpasster Anruf von {FROM}");
        assert!(mail.lines.contains(&in_german), "{mail:?}");
        let is_time = |line: &String| line.starts_with("Zeit: ") && line.ends_with("(Europe/Berlin)");
        assert!(mail.lines.iter().any(is_time), "{mail:?}");
        let texts = setup.rest().came("POST", "/Messages.json");
        let after: Vec<_> = texts.iter().map(|came| (came.at - ended_at).as_millis()).collect();
        let [refused, other, again] = after[..] else { panic!("{after:?}") };
        assert!(refused == other && (125..=250).contains(&(again - refused)), "{after:?}");
        assert!(refused < OUTBOX_LOOK.as_millis(), "{after:?}");
        let done: Vec<_> = texts.iter().filter(|came| came.sid.is_some()).collect();
        assert_eq!((texts.len(), done.len()), (3, 2), "refused once, and each sent once");
        assert!(done.iter().all(|came| came.get("From") == Some(TO)), "{texts:?}");
        let in_short = format!("Verpasster Anruf\n{FROM}, ");
        let is_short = |text: &str| text.starts_with(&in_short) && text.ends_with(&format!(", An: {TO}"));
        assert!(done.iter().all(|came| came.get("Body").is_some_and(is_short)), "{texts:?}");
        let kept: Value = setup.server().get("/api/v1/messages", Token::Admin).await.json();
        assert_eq!(kept["items"].as_array().map(Vec::len), Some(2), "one message for each number: {kept}");
        setup.close().await;
    });
}

#[test]
fn an_incoming_message_is_shown_and_a_forged_one_refused() {
    virtually(async || {
        let setup = Setup::open(&[]).await;
        let fields: Vec<(String, String)> = [
            ("MessageSid", "SM00000000000000000000000000000001"),
            ("AccountSid", Account::SID),
            ("From", FROM),
            ("To", TO),
            ("Body", "STOP"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec();
        assert_eq!(
            setup.account_of("another token").post("/twilio/message", &fields).await.unwrap().status,
            403
        );
        for _ in 0..2 {
            assert_eq!(setup.account().post("/twilio/message", &fields).await.unwrap().status, 200);
        }
        let page: Value = setup.server().get("/api/v1/messages", Token::Admin).await.json();
        let items = page["items"].as_array().unwrap();
        assert_eq!(
            (items.len(), &items[0]["body"], &items[0]["status"]),
            (1, &json!("STOP"), &json!("received"))
        );
        setup.close().await;
    });
}

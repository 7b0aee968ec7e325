//! Mails that wait for the mail server: how many fit, and which is sent first. The links in them: which end others.

use cordboard::store::{
    ADDRESS_LINK, ClaimedMails, Connection, NOTICE_LINK, REPORT_LINK, Store, StoreError, change, query,
};
use cordboard_schema::account::EmailAddress;
use cordboard_schema::ids::{OrganizationId, UserId};
use cordboard_schema::limits::{MAILS_BEFORE_REPORT_MAX, MAILS_OF_USER_WAITING_MAX, MAILS_WAITING_MAX};
use cordboard_schema::time::UnixMs;
use cordboard_tables::rows::{MailRow, PasswordResetRow};
use diesel::connection::SimpleConnection as _;
use uuid::Uuid;

use super::floor::{changed, user};
use super::room::Room;
use crate::entries::now;

/// A mail that is due at this time, with a link of this hash.
fn mail(owner: OrganizationId, link_hash: &str, due_at: UnixMs) -> MailRow {
    MailRow {
        id: Uuid::now_v7().to_string(),
        organization_id: owner.to_string(),
        recipient: "ada@example.com".to_owned(),
        subject: "A mail".to_owned(),
        sealed_text: String::new(),
        link_hash: link_hash.to_owned(),
        attempts: 0,
        created_at: due_at.to_utc().naive_utc(),
        due_at: due_at.to_utc().naive_utc(),
        give_up_at: (now() + 3_600_000).to_utc().naive_utc(),
    }
}

async fn is_taken(store: &Store, mail: MailRow) -> bool {
    changed(store, move |connection| change::queue_mail(connection, &mail)).await
}

/// A link of a user, whose token has this hash.
fn link_of((owner, user): (OrganizationId, UserId), token_hash: &str) -> PasswordResetRow {
    PasswordResetRow {
        token_hash: token_hash.to_owned(),
        organization_id: owner.to_string(),
        user_id: user.to_string(),
        created_at: now().to_utc().naive_utc(),
        expires_at: (now() + 3_600_000).to_utc().naive_utc(),
    }
}

/// Adds `mails` further waiting mails of any kind.
fn fill(room: &Room, owner: OrganizationId, mails: i64) {
    let filled = format!(
        "WITH RECURSIVE mail(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM mail WHERE n < {mails}) \
         INSERT INTO mails (id, organization_id, recipient, subject, sealed_text, link_hash, attempts, created_at, due_at, give_up_at) \
         SELECT '{}-' || n, '{owner}', 'ben@example.com', '', '', 'a hash', 0, '2026-11-20 00:00:00', '2026-11-20 00:00:00', \
         '2026-11-21 00:00:00' FROM mail",
        Uuid::now_v7()
    );
    room.stranger().batch_execute(&filled).unwrap();
}

#[actix::test]
async fn reports_leave_room_for_mails_with_links() {
    let room = Room::new();
    let store = room.store();
    let owner = store.organization_id();
    let report = || mail(owner, &format!("{REPORT_LINK}{}", Uuid::now_v7()), now());
    let link = || mail(owner, "another hash", now());
    fill(&room, owner, MAILS_BEFORE_REPORT_MAX - 1);
    assert!(is_taken(&store, report()).await);
    assert!(!is_taken(&store, report()).await, "the rest of the room is for links");
    assert!(is_taken(&store, link()).await);
    fill(&room, owner, MAILS_WAITING_MAX - MAILS_BEFORE_REPORT_MAX - 2);
    assert!(is_taken(&store, link()).await);
    assert!(!is_taken(&store, link()).await, "there is no room for more");
}

/// Subscribes a supervisor to the weekly figures.
fn want_reports(room: &Room, owner: OrganizationId, user: UserId) {
    let wanted = format!(
        "UPDATE users SET role = 'supervisor' WHERE id = '{user}'; \
         INSERT INTO report_mails (user_id, organization_id, weekday, hour, tz, next_at) \
         VALUES ('{user}', '{owner}', 1, 8, 'UTC', '2026-11-20 00:00:00')"
    );
    room.stranger().batch_execute(&wanted).unwrap();
}

#[actix::test]
async fn reports_are_not_mailed_to_users_without_the_right() {
    let room = Room::new();
    let store = room.store();
    let (owner, now) = (store.organization_id(), now());
    for taken in ["role = 'agent'", "status = 'disabled'"] {
        let ada = user(&store, owner, "Ada").await.id;
        want_reports(&room, owner, ada);
        let report = format!("{REPORT_LINK}{ada}");
        let claimed = async || {
            assert!(is_taken(&store, mail(owner, &report, now - 1_000)).await);
            let claim =
                move |connection: &mut Connection| change::claim_mails(connection, 2, now, now + 60_000);
            let ClaimedMails { mails, late } = changed(&store, claim).await;
            assert!(late.is_empty(), "{late:?}");
            mails.len()
        };
        assert_eq!(claimed().await, 1);
        let update = format!("UPDATE users SET {taken} WHERE id = '{ada}'");
        room.stranger().batch_execute(&update).unwrap();
        assert_eq!(claimed().await, 0, "{taken}");
    }
}

#[actix::test]
async fn a_report_follows_its_users_new_address() {
    let room = Room::new();
    let store = room.store();
    let (owner, now) = (store.organization_id(), now());
    let ada = user(&store, owner, "Ada").await;
    want_reports(&room, owner, ada.id);
    let due = |connection: &mut Connection| query::due_reports(connection, UnixMs(1_900_000_000_000), 1);
    let written = store.reads().run(due).await.unwrap().pop().unwrap().unwrap();
    let report = mail(owner, &format!("{REPORT_LINK}{}", ada.id), now - 1_000);
    assert!(is_taken(&store, report.clone()).await);
    let email = EmailAddress::parse("ada@example.net").unwrap();
    changed(&store, move |connection| change::set_email(connection, &ada, &email)).await;
    let send =
        move |connection: &mut Connection| change::send_report(connection, &written, now, Some(&report));
    assert!(!changed(&store, send).await, "it was written for the previous address");
    let claim = move |connection: &mut Connection| change::claim_mails(connection, 2, now, now + 60_000);
    let ClaimedMails { mails, .. } = changed(&store, claim).await;
    let recipients: Vec<&str> = mails.iter().map(|mail| mail.recipient.as_str()).collect();
    assert_eq!(recipients, ["ada@example.net"]);
}

#[actix::test]
async fn a_mail_with_a_link_is_sent_before_reports() {
    let room = Room::new();
    let store = room.store();
    let owner = store.organization_id();
    let ada = user(&store, owner, "Ada").await.id;
    want_reports(&room, owner, ada);
    let now = now();
    let reset = link_of((owner, ada), "a hash");
    changed(&store, move |connection| change::create_password_reset(connection, &reset)).await;
    let report = format!("{REPORT_LINK}{ada}");
    for (link, waits_ms) in [(&*report, 60_000), (&*report, 50_000), ("a hash", 1_000)] {
        assert!(is_taken(&store, mail(owner, link, now - waits_ms)).await);
    }
    let claimed = async |limit| {
        let claim =
            move |connection: &mut Connection| change::claim_mails(connection, limit, now, now + 60_000);
        let ClaimedMails { mails, late } = changed(&store, claim).await;
        assert!(late.is_empty());
        mails.into_iter().map(|mail| mail.link_hash).collect::<Vec<_>>()
    };
    assert_eq!(claimed(2).await, ["a hash", &*report]);
    assert_eq!(claimed(2).await, [&*report], "the remaining one");
    assert!(claimed(2).await.is_empty());
}

#[actix::test]
async fn a_present_users_notice_is_sent_before_reports() {
    let room = Room::new();
    let store = room.store();
    let (owner, now) = (store.organization_id(), now());
    let [ada, ben] = [user(&store, owner, "Ada").await.id, user(&store, owner, "Ben").await.id];
    want_reports(&room, owner, ada);
    let report = format!("{REPORT_LINK}{ada}");
    let [to_ada, to_ben] = [ada, ben].map(|id| format!("{NOTICE_LINK}{id}"));
    for (link, waits_ms) in [(&report, 60_000), (&to_ada, 2_000), (&to_ben, 1_000)] {
        assert!(is_taken(&store, mail(owner, link, now - waits_ms)).await);
    }
    changed(&store, move |connection| change::delete_user(connection, owner, ben)).await;
    let claim = move |connection: &mut Connection| change::claim_mails(connection, 3, now, now + 60_000);
    let ClaimedMails { mails, late } = changed(&store, claim).await;
    assert!(late.is_empty(), "{late:?}");
    let links: Vec<_> = mails.into_iter().map(|mail| mail.link_hash).collect();
    assert_eq!(links, [to_ada, report]);
}

#[actix::test]
async fn one_users_notices_leave_room_for_those_of_others() {
    let room = Room::new();
    let store = room.store();
    let (owner, now) = (store.organization_id(), now());
    let [to_ada, to_ben] = [Uuid::now_v7(), Uuid::now_v7()].map(|id| format!("{NOTICE_LINK}{id}"));
    for _ in 0..MAILS_OF_USER_WAITING_MAX {
        assert!(is_taken(&store, mail(owner, &to_ada, now)).await);
    }
    assert!(!is_taken(&store, mail(owner, &to_ada, now)).await, "this user has enough mails");
    assert!(is_taken(&store, mail(owner, &to_ben, now)).await);
    assert!(is_taken(&store, mail(owner, "a hash", now)).await);
}

#[actix::test]
async fn links_for_passwords_and_addresses_end_separately() {
    let room = Room::new();
    let store = room.store();
    let owner = store.organization_id();
    let [ada, ben] = [user(&store, owner, "Ada").await, user(&store, owner, "Ben").await];
    let [old, new, bens] = ["old", "new", "ben's"].map(|name| format!("{ADDRESS_LINK}{name}"));
    let [old, new, bens] = [old.as_str(), new.as_str(), bens.as_str()];
    for (id, hash) in [(ada.id, "first"), (ada.id, old), (ada.id, "second"), (ada.id, new), (ben.id, bens)] {
        let link = link_of((owner, id), hash);
        changed(&store, move |connection| change::create_password_reset(connection, &link)).await;
    }
    let valid = async || {
        let hashes = ["first", "second", old, new, bens].map(str::to_owned);
        let read = move |connection: &mut Connection| {
            let mut valid = Vec::new();
            for hash in hashes {
                if query::address_link_holds(connection, &hash, now().to_utc())? {
                    valid.push(hash);
                }
            }
            Ok::<_, StoreError>(valid)
        };
        store.reads().run(read).await.unwrap()
    };
    assert_eq!(valid().await, ["second", new, bens], "the newest of each kind");
    let taken = ben.email.clone();
    let take = move |connection: &mut Connection| change::set_email(connection, &ada, &taken);
    assert!(store.change(take).await.unwrap_err().is_taken_name());
    let ada = user(&store, owner, "Another Ada").await;
    let link = link_of((owner, ada.id), "third");
    changed(&store, move |connection| change::create_password_reset(connection, &link)).await;
    let email = EmailAddress::parse("ada@example.net").unwrap();
    let (id, asked) = (ada.id, email.clone());
    changed(&store, move |connection| change::set_email(connection, &ada, &email)).await;
    let read = move |connection: &mut Connection| {
        let found = query::user_by_email(connection, &asked)?.map(|row| row.id);
        Ok::<_, StoreError>((found, query::password_reset_holds(connection, "third", now().to_utc())?))
    };
    assert_eq!(store.reads().run(read).await.unwrap(), (Some(id.to_string()), false));
    assert_eq!(valid().await, ["second", new, bens], "other users keep their links");
}

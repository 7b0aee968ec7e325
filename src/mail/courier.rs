//! The courier: sends stored mails with a link, with as many attempts as needed, while their links are valid.
//!
//! A due mail is claimed in the store before an attempt, so of several servers on one database only one tries it. An attempt that dies with its
//! server is due again when its claim expires. So a mail may be sent twice, and is never missed. No text of a mail is logged.

use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use actix::ArbiterHandle;
use cordboard_actors::lasting::last_on;
use cordboard_actors::world;
use cordboard_schema::delivery::Retries;
use cordboard_schema::limits::{
    MAIL_AHEAD_MS_MAX, MAIL_CLAIM_MS, MAIL_PAUSE_MS_MAX, MAIL_PAUSE_MS_MIN, MAIL_POLL_MS, MAILS_AT_ONCE,
};
use cordboard_schema::time::UnixMs;
use cordboard_tables::rows::MailRow;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use super::server::MailServer;
use super::{Mail, NotMailed};
use crate::repeated_failure::RepeatedFailure;
use crate::secret_box::UnsealError;
use crate::store::{ClaimedMails, Connection, Store, StoreError, change, query};

/// The pauses between attempts.
const RETRIES: Retries = Retries { pause_ms_min: MAIL_PAUSE_MS_MIN, pause_ms_max: MAIL_PAUSE_MS_MAX };
/// Interval of searches for mails that a clock that was ahead has postponed.
const BRING_BACK_EVERY: Duration = Duration::from_secs(60);
/// How long attempts may continue when the server ends.
const END_WAIT: Duration = Duration::from_secs(3);

/// Dependencies of the courier.
#[derive(Clone)]
pub(super) struct Courier {
    store: Store,
    server: Arc<MailServer>,
}

/// A running courier. It ends when this is dropped.
pub struct CourierHandle {
    stop: watch::Sender<bool>,
}

impl CourierHandle {
    /// Lets it finish its current mail, for a few seconds at most, and waits for that.
    pub async fn stop(self) {
        // Fails if it has ended already.
        let _ = self.stop.send(true);
        let _ = timeout(END_WAIT + Duration::from_secs(1), self.stop.closed()).await;
    }
}

impl Courier {
    pub(super) const fn new(store: Store, server: Arc<MailServer>) -> Self {
        Self { store, server }
    }

    pub(super) fn start(self, arbiter: &ArbiterHandle) -> CourierHandle {
        let (stop, mut stopping) = watch::channel(false);
        let mut under_way = JoinSet::new();
        let work = async move || self.work(&mut under_way, &mut stopping).await;
        if !last_on(arbiter, "mails with a link", work) {
            tracing::error!("mails with links are not sent: their arbiter has ended");
        }
        CourierHandle { stop }
    }

    /// It can be called again after a panic: the attempts under way continue.
    async fn work(&self, under_way: &mut JoinSet<()>, stopping: &mut watch::Receiver<bool>) {
        let mut failures = RepeatedFailure::of("sending of mails");
        let mut bring_back_at = Instant::now();
        loop {
            if Instant::now() >= bring_back_at {
                if let Err(error) = self.bring_back().await {
                    tracing::warn!(%error, "postponed mails can't be rescheduled for now");
                }
                bring_back_at = Instant::now() + BRING_BACK_EVERY;
            }
            let taken = failures.note(self.take_out(under_way).await, |error| {
                tracing::error!(%error, "waiting mails can't be read; they are sent later");
            });
            let poll_ms = taken.unwrap_or(MAIL_POLL_MS);
            tokio::select! {
                biased;
                // Also if the handle was dropped.
                _ = stopping.changed() => break,
                // If one panicked, it is tried again when its claim expires.
                Some(_) = under_way.join_next() => {}
                () = self.server.posted.notified() => {}
                () = sleep(Duration::from_millis(poll_ms)) => {}
            }
        }
        let finish = async { while under_way.join_next().await.is_some() {} };
        let _ = timeout(END_WAIT, finish).await;
    }

    /// Starts attempts for due mails, as far as there is room. Returns the milliseconds until the next check.
    async fn take_out(&self, under_way: &mut JoinSet<()>) -> Result<u64, StoreError> {
        let room = MAILS_AT_ONCE.saturating_sub(under_way.len());
        if room == 0 {
            // The end of an attempt causes the next check.
            return Ok(MAIL_POLL_MS);
        }
        let now = UnixMs::from(world::now());
        match self.store.reads().run(query::next_mail_due).await? {
            None => return Ok(MAIL_POLL_MS),
            Some(due_at) if due_at > now => return Ok(due_at.ms_since(now).min(MAIL_POLL_MS)),
            Some(_) => {}
        }
        let limit = i64::try_from(room).unwrap_or(0);
        let claim = move |connection: &mut Connection| {
            change::claim_mails(connection, limit, now, now + MAIL_CLAIM_MS)
        };
        let ClaimedMails { mails, late } = self.store.change(claim).await?;
        for MailRow { recipient, attempts, .. } in late {
            tracing::error!(
                to = recipient,
                attempts,
                "a mail was not sent before it expired: check the settings smtp.*"
            );
        }
        for mail in mails {
            under_way.spawn(self.clone().attempt(mail));
        }
        // More mails may be due.
        Ok(0)
    }

    /// Reschedules mails that are due later than any pause allows, because the clock was ahead when they were scheduled. They are not due at once,
    /// because one of them may be under way.
    async fn bring_back(&self) -> Result<(), StoreError> {
        let now = UnixMs::from(world::now());
        let latest = now + MAIL_AHEAD_MS_MAX;
        let read = move |connection: &mut Connection| query::mails_too_far_ahead(connection, latest);
        let mails = self.store.reads().run(read).await?;
        if mails == 0 {
            return Ok(());
        }
        tracing::warn!(mails, "the clock was ahead: mails that it has postponed are tried in two minutes");
        let bring_back = move |connection: &mut Connection| {
            change::bring_mails_back(connection, latest, now + MAIL_CLAIM_MS)
        };
        self.store.change(bring_back).await
    }

    async fn attempt(self, row: MailRow) {
        let (to, attempts) = (row.recipient.clone(), row.attempts);
        if let Err(error) = self.bring(row).await {
            tracing::error!(to, attempts, %error, "the result of a mail could not be stored: it is tried again");
        }
    }

    /// Tries a claimed mail, and stores the result.
    async fn bring(&self, row: MailRow) -> Result<(), StoreError> {
        let claim_ends = Instant::now() + Duration::from_millis(MAIL_CLAIM_MS);
        let MailRow { recipient, attempts, .. } = &row;
        match self.tried(&row).await {
            Ok(_) => tracing::info!(to = recipient, attempts, "a mail was sent"),
            Err(NotMailed::NotNow(error)) => {
                let pause_ms = RETRIES.pause_ms(u32::try_from(*attempts).unwrap_or(1), world::random());
                let due_at = UnixMs::from(world::now()) + pause_ms;
                if due_at < UnixMs::from(row.give_up_at.and_utc()) {
                    tracing::warn!(to = recipient, attempts, error, "a mail was not sent yet");
                    let again =
                        move |connection: &mut Connection| change::mail_again(connection, &row, due_at);
                    return self.store.change_within_claim(again, claim_ends).await;
                }
                tracing::error!(
                    to = recipient,
                    attempts,
                    error,
                    "a mail was not sent: check the settings smtp.*"
                );
            }
            Err(NotMailed::Never(error)) => {
                tracing::error!(
                    to = recipient,
                    attempts,
                    error,
                    "a mail was not sent: check the settings smtp.*"
                );
            }
        }
        let over = move |connection: &mut Connection| change::mail_over(connection, &row.id);
        self.store.change_within_claim(over, claim_ends).await
    }

    async fn tried(&self, row: &MailRow) -> Result<String, NotMailed> {
        let unopened = |error: &dyn Display| format!("its text can't be opened: {error}");
        let text = self.server.secrets.unseal(&row.seal_context(), &row.sealed_text);
        let text = text.map_err(|error| match error {
            // The server may get the right key in time, for example if another machine has taken over.
            UnsealError::OtherKey => NotMailed::NotNow(unopened(&error)),
            UnsealError::Damaged => NotMailed::Never(unopened(&error)),
        })?;
        let text =
            String::from_utf8(text).map_err(|error| NotMailed::Never(unopened(&error.utf8_error())))?;
        let mail = Mail { to: row.recipient.clone(), subject: row.subject.clone(), text };
        self.server.send_waiting(&row.id, &mail, &row.link_hash).await
    }
}

#[cfg(test)]
mod tests {
    use cordboard_schema::limits::MAIL_GIVE_UP_MS;
    use tokio::runtime::Builder;

    use super::super::tests::post;
    use super::super::{Link, MailDelivery};
    use super::*;
    use crate::store::StoreSettings;

    /// Runs a test with a courier and a mail that is due and has its link for a day.
    fn with_a_mail(test: impl AsyncFnOnce(Courier, MailRow)) {
        let runtime = Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let _stay = world::enter("2027-05-04T09:00:00Z".parse().unwrap(), 1);
            let folder = tempfile::tempdir().unwrap();
            let store = Store::open(&StoreSettings::file(folder.path().join("cordboard.db"))).unwrap();
            let mailer = post(9);
            let MailDelivery::Server(server) = &mailer.0 else { panic!("there is a mail server") };
            let courier = Courier::new(store.clone(), Arc::clone(server));
            let mail = Mail {
                to: "ada@example.com".to_owned(),
                subject: "A link".to_owned(),
                text: "https://x.example/reset#token=1".to_owned(),
            };
            let until = UnixMs::from(world::now()) + MAIL_GIVE_UP_MS;
            let posting =
                mailer.posting(store.organization_id(), mail, Link { hash: "hash".to_owned(), until });
            let row = posting.row().unwrap().clone();
            let write = move |connection: &mut Connection| posting.write(connection);
            assert!(store.change(write).await.unwrap());
            test(courier, row).await;
        });
    }

    #[test]
    fn a_mail_waits_for_the_key_that_opens_it() {
        with_a_mail(async |courier, row| {
            let MailDelivery::Server(other) = post(9).0 else { panic!("there is a mail server") };
            let store = courier.store.clone();
            Courier::new(store.clone(), other).bring(row.clone()).await.unwrap();
            assert!(store.reads().run(query::next_mail_due).await.unwrap().is_some(), "it is kept");
            courier.bring(MailRow { sealed_text: "none".to_owned(), ..row }).await.unwrap();
            assert_eq!(store.reads().run(query::next_mail_due).await.unwrap(), None, "nothing opens it");
        });
    }

    #[cfg(feature = "fault-injection")]
    #[test]
    fn a_mail_is_over_although_the_database_was_away() {
        use crate::store::fault::{self, DatabaseFault};

        with_a_mail(async |courier, row| {
            fault::set(Some(DatabaseFault::Away));
            let back = async {
                sleep(Duration::from_secs(30)).await;
                fault::set(None);
            };
            // Its text can't be opened, so it is over without a mail server.
            let damaged = MailRow { sealed_text: "none".to_owned(), ..row };
            let (stored, ()) = tokio::join!(courier.bring(damaged), back);
            stored.unwrap();
            assert_eq!(courier.store.reads().run(query::next_mail_due).await.unwrap(), None);
        });
    }
}

//! A mail arrives once, however long its mail server was away, slow or refused; at least once if SMTP can't tell whether it was accepted. Nobody else
//! gets a mail.

use serde_json::Value;

use super::Complaints;
use crate::evidence::{Evidence, Mails};
use crate::parties::services::told;

const BROUGHT: &str = "a mail arrives, however long its mail server was away";
const ONCE: &str = "a mail arrives once, where SMTP can tell that it was accepted";
const OWN: &str = "mails only go to their recipients";

pub(super) fn check(evidence: &Evidence, complaints: &mut Complaints) {
    if !evidence.plan.services.mail {
        return;
    }
    // After the calendar was set back, the next try waits for it; after it was set forward, a second courier takes the mail of a slow one.
    let is_set_back = evidence.plan.sets_calendar_back();
    let is_set = evidence.plan.sets_calendar();
    let may_repeat = evidence.plan.mails_may_repeat();
    let mails = &evidence.mails;
    for email in &mails.invited {
        let taken = taken(mails, email);
        if taken == 0 && !is_set_back {
            complaints.add(BROUGHT, email, "they were invited, but got no mail");
        }
        if taken > 1 && !may_repeat {
            complaints.add(ONCE, email, format!("their invitation arrived {taken} times"));
        }
    }
    let readers = [0, 1].map(told);
    for reader in &readers {
        let theirs: Vec<&Value> =
            mails.notices.iter().filter(|notice| notice["target"] == reader.as_str()).collect();
        let delivered = theirs.iter().filter(|notice| notice["state"] == "delivered").count();
        let taken = taken(mails, reader);
        if taken < delivered {
            let how = format!("{delivered} notices count as delivered, and {taken} mails arrived");
            complaints.add(BROUGHT, reader, how);
        }
        let left = theirs.iter().find(|notice| {
            notice["state"] == "failed" || notice["state"] == "waiting" && notice["attempts"] != 0
        });
        if let Some(left) = left.filter(|_| !is_set_back) {
            complaints.add(BROUGHT, reader, format!("a notice was not delivered within minutes: {left}"));
        }
        if taken > delivered && !may_repeat && !is_set {
            complaints.add(ONCE, reader, format!("{taken} mails arrived for {delivered} notices"));
        }
    }
    let is_meant = |to: &String| readers.contains(to) || to.starts_with("guest-");
    for mail in mails.taken.iter().filter(|mail| mail.to.len() != 1 || !mail.to.iter().all(is_meant)) {
        complaints.add(OWN, "the mail server", format!("it was given a mail to {:?}", mail.to));
    }
}

fn taken(mails: &Mails, email: &str) -> usize {
    mails.taken.iter().filter(|mail| mail.to == [email]).count()
}

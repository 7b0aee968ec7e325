//! Past answers, so that a repeated request gets the same one, and its action is done once.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use cordboard_schema::ids::OrganizationId;
use cordboard_schema::limits::TWILIO_CALLS_REMEMBERED_MAX;
use cordboard_schema::wire::twilio::AccountSid;
use tokio::sync::OnceCell;

use crate::web::problem::ApiError;

/// Recent answers by account and request. Beyond the limit, the oldest of the account with the most are forgotten, so a busy organization's calls
/// don't push out those of others. An organization may enter the name of another's account, and signs with a token of its own: so its organization is
/// part of an account's key.
#[derive(Debug, Default)]
pub(in crate::web) struct Answers(Mutex<GivenAnswers>);

/// An organization, and the name of its own account.
type OwnAccount = (OrganizationId, AccountSid);

#[derive(Debug, Default)]
struct GivenAnswers {
    /// `None` is the configuration's account.
    by_account: HashMap<Option<OwnAccount>, AnswersOfAccount>,
    count: usize,
}

#[derive(Debug, Default)]
struct AnswersOfAccount {
    by_question: HashMap<String, Answer>,
    oldest: VecDeque<String>,
}

impl GivenAnswers {
    fn forget_one(&mut self) {
        let most = self.by_account.iter_mut().max_by_key(|(_, of)| of.oldest.len());
        let Some((account, of)) = most else { return };
        if let Some(oldest) = of.oldest.pop_front() {
            of.by_question.remove(&oldest);
            self.count -= 1;
        }
        // An organization may configure one account after another.
        if of.oldest.is_empty() {
            let account = account.clone();
            self.by_account.remove(&account);
        }
    }
}

/// The one answer to a request, given or being made.
#[derive(Clone, Debug, Default)]
pub(super) struct Answer(Arc<Slot>);

#[derive(Debug, Default)]
struct Slot {
    text: OnceCell<String>,
    /// The idempotency token of the request that it was made for.
    made_for: OnceLock<String>,
}

impl Answers {
    /// The answer to this request of an organization's own account, or of the configuration's if `None`.
    pub(super) fn of(&self, account: Option<OwnAccount>, question: &str) -> Answer {
        let mut given = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = given.by_account.get(&account).and_then(|of| of.by_question.get(question));
        if let Some(answer) = known {
            return answer.clone();
        }
        if given.count >= TWILIO_CALLS_REMEMBERED_MAX {
            given.forget_one();
        }
        let answer = Answer::default();
        let of = given.by_account.entry(account).or_default();
        of.by_question.insert(question.to_owned(), answer.clone());
        of.oldest.push_back(question.to_owned());
        given.count += 1;
        answer
    }
}

impl Answer {
    /// Whether it was given.
    pub(super) fn is_given(&self) -> bool {
        self.0.text.initialized()
    }

    /// Whether it was made for the request with this idempotency token.
    pub(super) fn was_for(&self, token: &str) -> bool {
        self.0.made_for.get().is_some_and(|made_for| made_for == token)
    }

    /// Returns the answer. If there is none, the first request makes it while the others wait. A failed one is made again.
    ///
    /// # Errors
    /// It could not be made.
    pub(super) async fn or_make(
        &self,
        made_for: Option<&str>,
        make: impl Future<Output = Result<String, ApiError>>,
    ) -> Result<String, ApiError> {
        let text = self.0.text.get_or_try_init(|| async {
            let text = make.await?;
            if let Some(token) = made_for {
                let _ = self.0.made_for.set(token.to_owned());
            }
            Ok::<_, ApiError>(text)
        });
        text.await.cloned()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn account(organization: u128, of: char) -> OwnAccount {
        let sid = format!("AC{}", String::from(of).repeat(32)).parse().unwrap();
        (OrganizationId(Uuid::from_u128(organization)), sid)
    }

    #[actix_web::test]
    async fn repeated_requests_are_answered_once() {
        let answers = Answers::default();
        let first = answers.of(None, "voice CA1").or_make(Some("t"), async { Ok("one".to_owned()) }).await;
        let again = answers.of(None, "voice CA1").or_make(None, async { Ok("two".to_owned()) }).await;
        assert_eq!((first.unwrap(), again.unwrap()), ("one".to_owned(), "one".to_owned()));
        let known = answers.of(None, "voice CA1");
        assert!(known.was_for("t") && !known.was_for("u"));
        assert!(!answers.of(None, "voice CA2").is_given());
        assert!(!answers.of(Some(account(1, 'a')), "voice CA1").is_given(), "another account's call");
    }

    #[actix_web::test]
    async fn a_failed_answer_is_made_again() {
        let answers = Answers::default();
        let failed = answers.of(None, "x").or_make(None, async { Err(ApiError::Unauthorized) }).await;
        assert!(failed.is_err() && !answers.of(None, "x").is_given());
        assert!(answers.of(None, "x").or_make(None, async { Ok(String::new()) }).await.is_ok());
    }

    #[actix_web::test]
    async fn the_oldest_of_the_account_with_the_most_are_forgotten() {
        let answers = Answers::default();
        // The busy organization has entered the name of the quiet one's account.
        let (quiet, busy) = (account(1, 'a'), account(2, 'a'));
        let once = |account: Option<OwnAccount>, question: String| {
            let answer = answers.of(account, &question);
            async move { answer.or_make(None, async { Ok(String::new()) }).await.unwrap() }
        };
        once(Some(quiet.clone()), "voice CA1".to_owned()).await;
        once(None, "voice CA2".to_owned()).await;
        for number in 0..2 * TWILIO_CALLS_REMEMBERED_MAX {
            once(Some(busy.clone()), number.to_string()).await;
        }
        assert!(answers.of(Some(quiet), "voice CA1").is_given(), "of another organization");
        assert!(answers.of(None, "voice CA2").is_given(), "of the configuration's account");
        let newest = (2 * TWILIO_CALLS_REMEMBERED_MAX - 1).to_string();
        assert!(answers.of(Some(busy.clone()), &newest).is_given());
        assert_eq!(answers.0.lock().unwrap().count, TWILIO_CALLS_REMEMBERED_MAX);
        assert!(!answers.of(Some(busy), "0").is_given(), "its oldest");
    }

    #[test]
    fn replaced_accounts_are_forgotten() {
        let answers = Answers::default();
        for number in 0..2 * TWILIO_CALLS_REMEMBERED_MAX {
            let sid = format!("AC{number:032x}").parse().unwrap();
            answers.of(Some((OrganizationId(Uuid::from_u128(1)), sid)), "voice CA1");
        }
        assert_eq!(answers.0.lock().unwrap().by_account.len(), TWILIO_CALLS_REMEMBERED_MAX);
    }
}

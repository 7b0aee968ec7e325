//! Answers that were given, so that a request that comes twice gets the same one, and its deed is done once.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use cordboard_schema::limits::TWILIO_CALLS_REMEMBERED_MAX;
use tokio::sync::OnceCell;

use crate::web::problem::ApiError;

/// The answers of late, by what was asked. Beyond the bound the oldest are forgotten.
#[derive(Debug, Default)]
pub(in crate::web) struct Answers(Mutex<GivenAnswer>);

#[derive(Debug, Default)]
struct GivenAnswer {
    by_question: HashMap<String, Answer>,
    oldest: VecDeque<String>,
}

/// The one answer to a question, given or being made.
#[derive(Clone, Debug, Default)]
pub(super) struct Answer(Arc<Slot>);

#[derive(Debug, Default)]
struct Slot {
    text: OnceCell<String>,
    /// The idempotency token of the request that it was made for.
    made_for: OnceLock<String>,
}

impl Answers {
    /// The answer to this question.
    pub(super) fn of(&self, question: &str) -> Answer {
        let mut given = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(answer) = given.by_question.get(question) {
            return answer.clone();
        }
        while given.oldest.len() >= TWILIO_CALLS_REMEMBERED_MAX
            && let Some(oldest) = given.oldest.pop_front()
        {
            given.by_question.remove(&oldest);
        }
        let answer = Answer::default();
        given.by_question.insert(question.to_owned(), answer.clone());
        given.oldest.push_back(question.to_owned());
        answer
    }
}

impl Answer {
    /// Whether it was given.
    pub(super) fn is_given(&self) -> bool {
        self.0.text.initialized()
    }

    /// Whether it was made for the request of this idempotency token.
    pub(super) fn was_for(&self, token: &str) -> bool {
        self.0.made_for.get().is_some_and(|made_for| made_for == token)
    }

    /// The answer; made where there is none, by the first who asks while the others wait. One that failed is made anew.
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
    use super::*;

    #[actix_web::test]
    async fn what_is_asked_twice_is_answered_once() {
        let answers = Answers::default();
        let first = answers.of("voice CA1").or_make(Some("t"), async { Ok("one".to_owned()) }).await;
        let again = answers.of("voice CA1").or_make(None, async { Ok("two".to_owned()) }).await;
        assert_eq!((first.unwrap(), again.unwrap()), ("one".to_owned(), "one".to_owned()));
        assert!(answers.of("voice CA1").was_for("t") && !answers.of("voice CA1").was_for("u"));
        assert!(!answers.of("voice CA2").is_given());
    }

    #[actix_web::test]
    async fn an_answer_that_failed_is_made_anew() {
        let answers = Answers::default();
        let failed = answers.of("x").or_make(None, async { Err(ApiError::Unauthorized) }).await;
        assert!(failed.is_err() && !answers.of("x").is_given());
        assert!(answers.of("x").or_make(None, async { Ok(String::new()) }).await.is_ok());
    }

    #[test]
    fn the_oldest_are_forgotten() {
        let answers = Answers::default();
        for number in 0..=TWILIO_CALLS_REMEMBERED_MAX {
            answers.of(&number.to_string());
        }
        let given = answers.0.lock().unwrap();
        assert_eq!(
            (given.by_question.len(), given.oldest.len()),
            (TWILIO_CALLS_REMEMBERED_MAX, TWILIO_CALLS_REMEMBERED_MAX)
        );
        assert!(!given.by_question.contains_key("0"));
    }
}

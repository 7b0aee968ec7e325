//! A CSV file (RFC 4180) that is made and sent part by part, so that a file of many rows takes no more memory than one of few. It is cut off when the
//! client loses the right to see it: a slow client takes hours. Calendars and people's files are sent in the same way.

use std::io;
use std::rc::Rc;
use std::time::Duration;

use actix_web::HttpResponse;
use bytes::Bytes;
use cordboard_schema::limits::LIVE_HEARTBEAT_MS;
use futures_util::stream::{self, Stream, StreamExt as _};
use tokio::time::{Instant, sleep};

use crate::store::{StoreError, done_for, present_asker};
use crate::web::accounts::SignedIn;
use crate::web::problem::ApiError;

/// Byte order mark by which spreadsheets recognize UTF-8.
pub(super) const BOM: &str = "\u{feff}";

/// How often a part is tried whose read gets no turn, because a file that has begun can't report an error.
const TRIES: u32 = 6;
/// The pause between two tries, in addition to the time that each waits for its turn.
const TRY_PAUSE: Duration = Duration::from_secs(1);

/// Interval of checks whether the sign-in was ended on another server. The end of one on this server is known at once.
const CHECK_INTERVAL: Duration = Duration::from_millis(LIVE_HEARTBEAT_MS);

/// Rows of a file, and the begin of the next part; `None` after the last.
pub(super) type Part<Next> = (Vec<u8>, Option<Next>);

/// Begin of a part whose rows a query reads.
#[derive(Clone)]
pub(super) struct Begin<Query> {
    pub(super) wanted: Query,
    /// Rows that may still be added to the file.
    left: usize,
    pub(super) is_first: bool,
}

impl<Query> Begin<Query> {
    /// The begin of a file of at most `rows_max` rows.
    pub(super) fn of(wanted: Query, rows_max: usize) -> Self {
        Self { wanted, left: rows_max, is_first: true }
    }

    /// The most rows of this part, if its query asks for `limit`.
    pub(super) fn rows_max(&self, limit: i64) -> usize {
        usize::try_from(limit).unwrap_or(usize::MAX).min(self.left)
    }

    /// The begin of the next part, if this one has `count` rows of `rows_max`: `further` asks for the rows after its last one. `None` for the last
    /// part.
    pub(super) fn after(&self, count: usize, rows_max: usize, further: Option<Query>) -> Option<Self> {
        let left = self.left - count;
        let has_more = count == rows_max && left > 0;
        further.filter(|_| has_more).map(|wanted| Self { wanted, left, is_first: false })
    }
}

/// The right of the client that requested a file.
pub(super) trait Right {
    /// Whether it is known to have ended.
    fn is_over(&self) -> bool;

    /// Checks whether it was ended elsewhere.
    async fn recheck(&self);
}

impl Right for Option<SignedIn> {
    fn is_over(&self) -> bool {
        self.as_ref().is_some_and(SignedIn::is_over)
    }

    async fn recheck(&self) {
        if let Some(signed_in) = self.clone() {
            signed_in.recheck().await;
        }
    }
}

/// Answers with a file of this name, as long as the right to it is valid. `make` makes each part.
pub(super) async fn sent<Next, Make, Made>(
    name: &str,
    begin: Next,
    right: impl Right + 'static,
    make: Make,
) -> Result<HttpResponse, ApiError>
where
    Next: Clone + 'static,
    Make: Fn(Next) -> Made + 'static,
    Made: Future<Output = io::Result<Part<Next>>> + 'static,
{
    let whole = in_parts(begin, right, make).await?;
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header(("Content-Disposition", format!("attachment; filename=\"{name}\"")))
        .streaming(whole))
}

/// The bytes of a file, as long as the right to it is valid. `make` makes each part.
pub(super) async fn in_parts<Next, Make, Made>(
    begin: Next,
    right: impl Right + 'static,
    make: Make,
) -> Result<impl Stream<Item = io::Result<Bytes>> + 'static, ApiError>
where
    Next: Clone + 'static,
    Make: Fn(Next) -> Made + 'static,
    Made: Future<Output = io::Result<Part<Next>>> + 'static,
{
    // The first part is made before the answer begins: if it fails, the answer's status says so.
    let (rows, next) = make(begin).await.map_err(refusal)?;
    // The other parts are made while the file is sent, after the request was answered, but still for its client.
    let asker = present_asker();
    let (make, right) = (Rc::new(make), Rc::new(right));
    let further = stream::try_unfold((next, Instant::now()), move |(next, checked_at)| {
        let (make, right) = (Rc::clone(&make), Rc::clone(&right));
        async move {
            let Some(begin) = next else { return Ok::<_, io::Error>(None) };
            let (rows, next) = done_for(asker, made_in_turn(begin, &*make)).await?;
            // After the read: rows that came while the client was signing out are not for them.
            let checked_at = still_holds(&*right, checked_at).await?;
            // An empty chunk ends a chunked answer. No part has rows after one without any.
            Ok((!rows.is_empty()).then(|| (Bytes::from(rows), (next, checked_at))))
        }
    });
    Ok(stream::iter([Ok::<_, io::Error>(Bytes::from(rows))]).chain(further))
}

/// Returns when the right was last checked, and checks it if that is due.
///
/// # Errors
/// The right has ended. The file is cut off, so that it is not mistaken for the whole.
async fn still_holds(right: &impl Right, checked_at: Instant) -> io::Result<Instant> {
    let is_due = checked_at.elapsed() >= CHECK_INTERVAL;
    if is_due {
        right.recheck().await;
    }
    if right.is_over() {
        return Err(io::Error::other("whoever asked for the file may not see it any more"));
    }
    Ok(if is_due { Instant::now() } else { checked_at })
}

/// Makes a part; tries several times if its read gets no turn.
async fn made_in_turn<Next, Make, Made>(begin: Next, make: &Make) -> io::Result<Part<Next>>
where
    Next: Clone,
    Make: Fn(Next) -> Made,
    Made: Future<Output = io::Result<Part<Next>>>,
{
    for _ in 1..TRIES {
        match make(begin.clone()).await {
            Err(cause) if finds_no_turn(&cause) => sleep(TRY_PAUSE).await,
            made => return made,
        }
    }
    make(begin).await
}

fn finds_no_turn(cause: &io::Error) -> bool {
    let cause = cause.get_ref().and_then(|cause| cause.downcast_ref::<StoreError>());
    cause.is_some_and(StoreError::is_of_the_turn)
}

/// Answer if there is no file.
fn refusal(cause: io::Error) -> ApiError {
    match cause.downcast::<StoreError>() {
        Ok(fault) => fault.into(),
        Err(cause) => ApiError::File { what: "the file", cause },
    }
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};

    use actix_web::body::to_bytes;
    use cordboard_schema::ids::OrganizationId;
    use uuid::Uuid;

    use super::*;
    use crate::store::{Asker, asked_by};

    #[actix_web::test]
    async fn every_part_of_a_file_is_read_for_its_client() {
        let asker = Asker::Requests(OrganizationId(Uuid::from_u128(7)));
        let askers = Rc::new(RefCell::new(Vec::new()));
        let noted = Rc::clone(&askers);
        let make = move |number: u32| {
            let noted = Rc::clone(&noted);
            async move {
                noted.borrow_mut().push(present_asker());
                Ok((format!("{number}\n").into_bytes(), (number < 3).then_some(number + 1)))
            }
        };
        let answer = asked_by(asker, sent("rows.csv", 1, None::<SignedIn>, make)).await.unwrap();
        // A client reads it after the request.
        let file = to_bytes(answer.into_body()).await.unwrap();
        assert_eq!(file, "1\n2\n3\n");
        assert_eq!(*askers.borrow(), [Some(asker); 3]);
    }

    /// A file of two parts, whose second gets no turn for the first `refusals` tries.
    async fn file_after(refusals: u32) -> Option<Bytes> {
        let left = Rc::new(Cell::new(refusals));
        let make = move |number: u32| {
            let left = Rc::clone(&left);
            async move {
                if number == 2 && left.get() > 0 {
                    left.set(left.get() - 1);
                    return Err(io::Error::other(StoreError::ReadsTaken));
                }
                Ok((format!("{number}\n").into_bytes(), (number < 2).then_some(number + 1)))
            }
        };
        let answer = sent("rows.csv", 1, None::<SignedIn>, make).await.unwrap();
        to_bytes(answer.into_body()).await.ok()
    }

    #[actix_web::test]
    async fn a_part_without_a_turn_is_tried_again() {
        tokio::time::pause();
        assert_eq!(file_after(TRIES - 1).await.unwrap(), "1\n2\n");
        assert!(file_after(TRIES).await.is_none(), "it does not try for ever");
    }

    /// A right that ends on this server while a certain part is made, or elsewhere, which a certain check finds.
    #[derive(Default)]
    struct Ending {
        made: Rc<Cell<u32>>,
        ends_at_part: Option<u32>,
        checks: Cell<u32>,
        ends_at_check: Option<u32>,
    }

    impl Right for Ending {
        fn is_over(&self) -> bool {
            self.ends_at_part.is_some_and(|part| self.made.get() >= part)
                || self.ends_at_check.is_some_and(|check| self.checks.get() >= check)
        }

        async fn recheck(&self) {
            self.checks.set(self.checks.get() + 1);
        }
    }

    /// Number of parts made of an endless file, each within 10 s, until this right ends.
    async fn parts_until(right: Ending) -> u32 {
        let made = Rc::clone(&right.made);
        let parts = Rc::clone(&made);
        let make = move |number: u32| {
            let made = Rc::clone(&made);
            async move {
                sleep(Duration::from_secs(10)).await;
                made.set(number);
                Ok((format!("{number}\n").into_bytes(), Some(number + 1)))
            }
        };
        let answer = sent("rows.csv", 1, right, make).await.unwrap();
        assert!(to_bytes(answer.into_body()).await.is_err(), "the file is cut off");
        parts.get()
    }

    #[actix_web::test]
    async fn a_file_is_cut_off_once_its_client_loses_access() {
        tokio::time::pause();
        let here = Ending { ends_at_part: Some(3), ..Ending::default() };
        assert_eq!(parts_until(here).await, 3);
        // It is checked 15 s or more after the first part: after the third and the fifth.
        let elsewhere = Ending { ends_at_check: Some(2), ..Ending::default() };
        assert_eq!(parts_until(elsewhere).await, 5);
    }

    #[actix_web::test]
    async fn a_file_whose_first_part_gets_no_turn_is_refused() {
        let make = |_: u32| async { Err::<Part<u32>, _>(io::Error::other(StoreError::ReadsTaken)) };
        let refused = sent("rows.csv", 1, None::<SignedIn>, make).await.unwrap_err();
        assert!(matches!(refused, ApiError::Store(StoreError::ReadsTaken)), "{refused:?}");
    }
}

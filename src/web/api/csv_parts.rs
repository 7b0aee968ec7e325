//! A CSV file (RFC 4180) that is made and sent a part at a time, so that a file of many rows takes no more memory than one of few. It ends where
//! whoever asked for it may not see it any more: a slow client takes it for hours. Calendars are sent in the same way.

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

/// How often a part is tried whose read finds no turn: a file that has begun can't say that it failed.
const TRIES: u32 = 6;
/// The pause between two tries, beside the time that each of them waits for its turn.
const TRY_PAUSE: Duration = Duration::from_secs(1);

/// Between two looks whether the sign-in was ended on another server; the end of one on this server is known.
const LOOK_EVERY: Duration = Duration::from_millis(LIVE_HEARTBEAT_MS);

/// Rows of a file, and the begin of the next part; none behind the last.
pub(super) type Part<Next> = (Vec<u8>, Option<Next>);

/// Begin of a part whose rows a query has.
#[derive(Clone)]
pub(super) struct Begin<Query> {
    pub(super) wanted: Query,
    /// Rows that may still come into the file.
    left: usize,
    pub(super) is_first: bool,
}

impl<Query> Begin<Query> {
    /// Of a file that has so many rows at most.
    pub(super) fn of(wanted: Query, rows_max: usize) -> Self {
        Self { wanted, left: rows_max, is_first: true }
    }

    /// Rows of this part at most, where its query asks for so many.
    pub(super) fn rows_max(&self, limit: i64) -> usize {
        usize::try_from(limit).unwrap_or(usize::MAX).min(self.left)
    }

    /// The begin behind this part, which has `count` rows of `rows_max`: `further` asks for those behind its last row. None where it is the last part.
    pub(super) fn behind(&self, count: usize, rows_max: usize, further: Option<Query>) -> Option<Self> {
        let left = self.left - count;
        let has_more = count == rows_max && left > 0;
        further.filter(|_| has_more).map(|wanted| Self { wanted, left, is_first: false })
    }
}

/// The right of whoever has asked for a file.
pub(super) trait Right {
    /// Whether it is known to have ended.
    fn is_over(&self) -> bool;

    /// Looks whether it was ended elsewhere.
    async fn look(&self);
}

impl Right for Option<SignedIn> {
    fn is_over(&self) -> bool {
        self.as_ref().is_some_and(SignedIn::is_over)
    }

    async fn look(&self) {
        if let Some(signed_in) = self.clone() {
            signed_in.look().await;
        }
    }
}

/// Answers with a file of this name, for as long as the right to it holds. `make` makes each part of it.
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

/// The bytes of a file, for as long as the right to it holds. `make` makes each part of it.
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
    // The first part is made before the answer begins: where it can't be, the answer's status says so.
    let (rows, next) = make(begin).await.map_err(refusal)?;
    // The others are made while it is sent, when the request is answered: they are read for whoever asked all the same.
    let asker = present_asker();
    let (make, right) = (Rc::new(make), Rc::new(right));
    let further = stream::try_unfold((next, Instant::now()), move |(next, looked_at)| {
        let (make, right) = (Rc::clone(&make), Rc::clone(&right));
        async move {
            let Some(begin) = next else { return Ok::<_, io::Error>(None) };
            let (rows, next) = done_for(asker, made_in_turn(begin, &*make)).await?;
            // Behind the read: rows that came while they were signing out are not for them.
            let looked_at = still_holds(&*right, looked_at).await?;
            // An empty chunk is the end of an answer in chunks. No part has rows behind one that has none.
            Ok((!rows.is_empty()).then(|| (Bytes::from(rows), (next, looked_at))))
        }
    });
    Ok(stream::iter([Ok::<_, io::Error>(Bytes::from(rows))]).chain(further))
}

/// When the right was last looked at, with this look where it was due.
///
/// # Errors
/// It is over. The file is cut off then, so that nobody takes what they have for the whole.
async fn still_holds(right: &impl Right, looked_at: Instant) -> io::Result<Instant> {
    let is_due = looked_at.elapsed() >= LOOK_EVERY;
    if is_due {
        right.look().await;
    }
    if right.is_over() {
        return Err(io::Error::other("whoever asked for the file may not see it any more"));
    }
    Ok(if is_due { Instant::now() } else { looked_at })
}

/// Makes a part, some times over while its read finds no turn.
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

/// Answer where there is no file.
fn refusal(cause: io::Error) -> ApiError {
    match cause.downcast::<StoreError>() {
        Ok(fault) => fault.into(),
        Err(cause) => ApiError::File { what: "the CSV file", cause },
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
    async fn every_part_of_a_file_is_read_for_whoever_asked() {
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
        // As a client takes it: behind the request.
        let file = to_bytes(answer.into_body()).await.unwrap();
        assert_eq!(file, "1\n2\n3\n");
        assert_eq!(*askers.borrow(), [Some(asker); 3]);
    }

    /// A file of two parts, whose second finds no turn so many times.
    async fn file_behind(refusals: u32) -> Option<Bytes> {
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
    async fn a_part_that_finds_no_turn_is_tried_again() {
        tokio::time::pause();
        assert_eq!(file_behind(TRIES - 1).await.unwrap(), "1\n2\n");
        assert!(file_behind(TRIES).await.is_none(), "it is not tried without end");
    }

    /// A right that ends on this server while that part is made, or elsewhere: it is over at that look.
    #[derive(Default)]
    struct Ending {
        made: Rc<Cell<u32>>,
        ends_at_part: Option<u32>,
        looks: Cell<u32>,
        ends_at_look: Option<u32>,
    }

    impl Right for Ending {
        fn is_over(&self) -> bool {
            self.ends_at_part.is_some_and(|part| self.made.get() >= part)
                || self.ends_at_look.is_some_and(|look| self.looks.get() >= look)
        }

        async fn look(&self) {
            self.looks.set(self.looks.get() + 1);
        }
    }

    /// Parts that are made of an endless file, each within 10 s, until this right ends.
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
        assert!(to_bytes(answer.into_body()).await.is_err(), "it is cut off");
        parts.get()
    }

    #[actix_web::test]
    async fn a_file_is_cut_off_once_its_asker_is_removed() {
        tokio::time::pause();
        let here = Ending { ends_at_part: Some(3), ..Ending::default() };
        assert_eq!(parts_until(here).await, 3);
        // It is looked at 15 s after the first part or more: behind the third and the fifth.
        let elsewhere = Ending { ends_at_look: Some(2), ..Ending::default() };
        assert_eq!(parts_until(elsewhere).await, 5);
    }

    #[actix_web::test]
    async fn a_file_whose_first_part_finds_no_turn_is_refused() {
        let make = |_: u32| async { Err::<Part<u32>, _>(io::Error::other(StoreError::ReadsTaken)) };
        let refused = sent("rows.csv", 1, None::<SignedIn>, make).await.unwrap_err();
        assert!(matches!(refused, ApiError::Store(StoreError::ReadsTaken)), "{refused:?}");
    }
}

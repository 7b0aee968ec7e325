//! Answers to requests with an Idempotency-Key, kept for a day: the same request gets the same answer.

use chrono::{NaiveDateTime, TimeDelta};
use cordboard_actors::world;
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::limits::{
    IDEMPOTENCY_KEY_MS, IDEMPOTENCY_KEYS_OF_ONE_MAX, IDEMPOTENCY_KEYS_OF_ORGANIZATION_MAX,
    IDEMPOTENT_ANSWER_BYTES_MAX, IDEMPOTENT_ANSWER_MS_MAX, IDEMPOTENT_ANSWERS_OF_ONE_BYTES_MAX,
    IDEMPOTENT_ANSWERS_OF_ORGANIZATION_BYTES_MAX,
};
use cordboard_schema::outbound::IdempotencyKey;
use cordboard_tables::rows::BadRow;
use cordboard_tables::tables::idempotent_answers as answers;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::old_keys::forget_some;
use super::{Connection, StoreError};

/// A request with a key. Keys of different users and programs are independent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keyed {
    /// The organization that the request is for.
    pub organization_id: OrganizationId,
    /// The user or token of the request.
    pub asker: String,
    /// Their name for the request.
    pub key: IdempotencyKey,
    /// A digest of the request.
    pub request: String,
}

/// The state of a key before its request runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Before {
    /// Nobody has used it recently.
    Nothing,
    /// A request with it is being answered.
    UnderWay,
    /// The request was done, with this answer.
    Answered(KeptAnswer),
    /// The request was done, and its answer is not kept.
    Unanswered {
        /// The thing that it made, if that is known.
        subject: Option<String>,
    },
    /// It was used for a different request.
    Another,
}

/// An answer to repeat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptAnswer {
    /// Its status.
    pub status: u16,
    /// Address of what was made.
    pub location: Option<String>,
    /// The JSON body.
    pub body: String,
}

/// How much of an answer to keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Keep {
    /// All of it, if there is room.
    Whole(KeptAnswer),
    /// Only the status.
    Status(u16),
}

/// Returns the state of a key, which lasts for 24 h.
///
/// # Errors
/// The database can't be read.
pub fn find(connection: &mut Connection, keyed: &Keyed) -> Result<Before, StoreError> {
    type Found = (String, Option<String>, Option<i32>, Option<String>, Option<String>, NaiveDateTime);
    let found: Option<Found> = answers::table
        .find((keyed.organization_id.to_string(), &keyed.asker, keyed.key.as_str()))
        .filter(answers::created_at.ge(oldest()))
        .select((
            answers::request,
            answers::subject,
            answers::status,
            answers::location,
            answers::body,
            answers::created_at,
        ))
        .first(connection)
        .optional()?;
    let young = ago(IDEMPOTENT_ANSWER_MS_MAX);
    Ok(match found {
        None => Before::Nothing,
        Some((request, ..)) if request != keyed.request => Before::Another,
        Some((_, _, Some(status), location, Some(body), _)) => Before::Answered(KeptAnswer {
            status: u16::try_from(status).map_err(|fault| BadRow::new("idempotent_answers.status", fault))?,
            location,
            body,
        }),
        Some((_, _, None, .., at)) if at > young => Before::UnderWay,
        Some((_, subject, ..)) => Before::Unanswered { subject },
    })
}

/// Checks whether a request with this key may run: the key was not used recently, and there is room for it. Deletes some keys older than 24 h.
pub(super) fn admit(connection: &mut Connection, keyed: &Keyed) -> Result<(), StoreError> {
    forget(connection)?;
    if find(connection, keyed)? != Before::Nothing {
        return Err(StoreError::KeyInUse);
    }
    // The expired key may not have been among those just deleted.
    let own = answers::table
        .find((keyed.organization_id.to_string(), &keyed.asker, keyed.key.as_str()))
        .filter(answers::created_at.lt(oldest()));
    diesel::delete(own).execute(connection)?;
    let (of_one, of_all) = stored_for(connection, keyed)?;
    let (max, of, asker) = if of_one.keys >= IDEMPOTENCY_KEYS_OF_ONE_MAX {
        (IDEMPOTENCY_KEYS_OF_ONE_MAX, "this user or token", Some(keyed.asker.clone()))
    } else if of_all.keys >= IDEMPOTENCY_KEYS_OF_ORGANIZATION_MAX {
        (IDEMPOTENCY_KEYS_OF_ORGANIZATION_MAX, "this organization", None)
    } else {
        return Ok(());
    };
    let retry_after_s = frees_in_s(connection, keyed.organization_id, asker)?;
    Err(StoreError::KeysUsedUp { max, of, retry_after_s })
}

/// In how many seconds the oldest key expires, of an organization or of one of its users or tokens.
fn frees_in_s(
    connection: &mut Connection,
    organization_id: OrganizationId,
    asker: Option<String>,
) -> Result<u64, StoreError> {
    let mut kept = answers::table
        .filter(answers::organization_id.eq(organization_id.to_string()))
        .filter(answers::created_at.ge(oldest()))
        .order(answers::created_at)
        .select(answers::created_at)
        .into_boxed();
    if let Some(asker) = asker {
        kept = kept.filter(answers::asker.eq(asker));
    }
    let first: Option<NaiveDateTime> = kept.first(connection).optional()?;
    let left = first.map_or(TimeDelta::zero(), |first| first - oldest());
    // Rounded up, so that the client does not retry too early.
    Ok(u64::try_from(left.num_seconds()).unwrap_or_default() + 1)
}

/// Stores the key of a request, in the transaction of the request's change.
pub(super) fn claim(
    connection: &mut Connection,
    keyed: &Keyed,
    subject: Option<&str>,
) -> Result<(), StoreError> {
    let row = (
        answers::organization_id.eq(keyed.organization_id.to_string()),
        answers::asker.eq(&keyed.asker),
        answers::key.eq(keyed.key.as_str()),
        answers::request.eq(&keyed.request),
        answers::subject.eq(subject),
        answers::bytes.eq(0),
        answers::created_at.eq(world::now().naive_utc()),
    );
    diesel::insert_into(answers::table).values(row).execute(connection)?;
    Ok(())
}

/// Stores the answer of a request whose key is stored. If it is too long, or there is no room for it, only the status is stored.
///
/// # Errors
/// The database can't be written.
pub fn keep(connection: &mut Connection, keyed: &Keyed, keep: &Keep) -> Result<(), StoreError> {
    let (status, answer) = match keep {
        Keep::Whole(answer) => (answer.status, Some(answer)),
        Keep::Status(status) => (*status, None),
    };
    let (of_one, of_all) = stored_for(connection, keyed)?;
    let bytes = |answer: &KeptAnswer| i64::try_from(answer.body.len()).unwrap_or(i64::MAX);
    let answer = answer.filter(|answer| {
        let with = |kept: Kept| kept.bytes.saturating_add(bytes(answer));
        answer.body.len() <= IDEMPOTENT_ANSWER_BYTES_MAX
            && with(of_one) <= IDEMPOTENT_ANSWERS_OF_ONE_BYTES_MAX
            && with(of_all) <= IDEMPOTENT_ANSWERS_OF_ORGANIZATION_BYTES_MAX
    });
    let row = answers::table.find((keyed.organization_id.to_string(), &keyed.asker, keyed.key.as_str()));
    let kept = (
        answers::status.eq(Some(i32::from(status))),
        answers::location.eq(answer.and_then(|answer| answer.location.as_deref())),
        answers::body.eq(answer.map(|answer| answer.body.as_str())),
        answers::bytes.eq(answer.map_or(0, bytes)),
    );
    diesel::update(row).set(kept).execute(connection)?;
    Ok(())
}

/// Deletes a key whose request made nothing, so that it can be used again.
///
/// # Errors
/// The database can't be written.
pub fn free(connection: &mut Connection, keyed: &Keyed) -> Result<(), StoreError> {
    let row = answers::table.find((keyed.organization_id.to_string(), &keyed.asker, keyed.key.as_str()));
    diesel::delete(row.filter(answers::request.eq(&keyed.request))).execute(connection)?;
    Ok(())
}

/// Deletes some keys older than 24 h, with their answers. Returns whether there may be more.
///
/// # Errors
/// The database can't be written.
pub fn forget(connection: &mut Connection) -> Result<bool, StoreError> {
    Ok(forget_some!(connection, answers, oldest()))
}

/// Number of stored keys, and bytes of their answers.
#[derive(Clone, Copy)]
struct Kept {
    keys: i64,
    bytes: i64,
}

/// Stored keys and answers of the request's user or token, and of its organization. Expired keys don't count.
fn stored_for(connection: &mut Connection, keyed: &Keyed) -> Result<(Kept, Kept), StoreError> {
    // In PostgreSQL a sum of BIGINTs is a NUMERIC, which SQLite does not have.
    let sums = || sql::<(BigInt, BigInt)>("COUNT(*), CAST(COALESCE(SUM(bytes), 0) AS BIGINT)");
    let of_all = answers::table
        .filter(answers::organization_id.eq(keyed.organization_id.to_string()))
        .filter(answers::created_at.ge(oldest()));
    let of_one = of_all.clone().filter(answers::asker.eq(&keyed.asker));
    let kept = |(keys, bytes): (i64, i64)| Kept { keys, bytes };
    Ok((kept(of_one.select(sums()).first(connection)?), kept(of_all.select(sums()).first(connection)?)))
}

fn oldest() -> NaiveDateTime {
    ago(IDEMPOTENCY_KEY_MS)
}

fn ago(ms: u64) -> NaiveDateTime {
    let before = TimeDelta::milliseconds(i64::try_from(ms).unwrap_or(i64::MAX));
    (world::now() - before).naive_utc()
}

//! The words of calls in the database's full-text index: FTS5 in SQLite, a GIN index in PostgreSQL. They are written in the transaction of the
//! transcript's lines, so a call is found as soon as its line is on disk.
//!
//! The rules of `schema/src/words.rs` apply to both: words are letters and digits, so none has a meaning in the query language. The index also
//! contains the organization of each call, so that an organization with many calls does not slow down the searches of others.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use cordboard_schema::ids::{CallId, OrganizationId};
use cordboard_schema::limits::JOURNAL_WORDS_BYTES;
use cordboard_schema::words::{CallWords, LookedFor};
use cordboard_tables::rows::TranscriptRow;
use cordboard_tables::tables::{call_words_due, transcript_items};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Text};
use diesel::{PgConnection, SqliteConnection, sql_query};
use uuid::Uuid;

use super::{Connection, StoreError};

/// Calls in one transaction, when words of earlier calls are written.
const DUE_AT_ONCE: i64 = 200;

/// Matches that are read first. Most pages need no more.
const MATCHES_FIRST: i64 = 256;

/// Maximum of matches in one read, if other filters let few of them through.
const MATCHES_MAX: i64 = 8_192;

/// 2020-01-01 in Unix ms. No call is older.
const EPOCH_MS: u64 = 1_577_836_800_000;

/// Number of bits below the millisecond in a call's number in the index.
const BELOW_MS: u32 = 22;

/// Approximate overhead of a word in memory, in bytes.
const WORD_OVERHEAD_BYTES: usize = 16;

/// The words of calls as they are in the index, cached by the writer: writing a line then costs only its own words, not those said before. A line of
/// the transcript never changes, and is deleted only after its call's end.
#[derive(Debug, Default)]
pub(super) struct IndexedWords {
    calls: HashMap<String, CallWords>,
    /// Approximate bytes in memory.
    bytes: usize,
}

impl IndexedWords {
    /// Forgets a call that has ended.
    pub(super) fn forget(&mut self, call_id: CallId) {
        if let Some(words) = self.calls.remove(&call_id.to_string()) {
            self.bytes = self.bytes.saturating_sub(words.bytes() + words.count() * WORD_OVERHEAD_BYTES);
        }
    }

    /// Forgets everything, if the content of the disk is uncertain.
    pub(super) fn clear(&mut self) {
        self.calls.clear();
        self.bytes = 0;
    }

    /// Loads the words of the calls in `lines` that are not cached. The lines themselves are not on disk yet.
    fn recall(&mut self, connection: &mut Connection, lines: &[TranscriptRow]) -> Result<(), StoreError> {
        if self.bytes > JOURNAL_WORDS_BYTES {
            self.clear();
        }
        let mut unknown = Vec::new();
        for line in lines {
            if !self.calls.contains_key(&line.call_id) {
                self.calls.insert(line.call_id.clone(), CallWords::default());
                unknown.push(line.call_id.as_str());
            }
        }
        if unknown.is_empty() {
            return Ok(());
        }
        let said: Vec<(String, String)> = transcript_items::table
            .filter(transcript_items::call_id.eq_any(&unknown))
            .order((transcript_items::call_id, transcript_items::seq))
            .select((transcript_items::call_id, transcript_items::text))
            .load(connection)?;
        for (call_id, text) in &said {
            self.take(call_id, text);
        }
        Ok(())
    }

    /// Adds the next line of a loaded call. Returns its words that are not in the index.
    fn take(&mut self, call_id: &str, text: &str) -> Vec<String> {
        let new = self.calls.get_mut(call_id).map(|words| words.take(text)).unwrap_or_default();
        self.bytes += new.iter().map(|word| word.len() + WORD_OVERHEAD_BYTES).sum::<usize>();
        new
    }

    fn joined(&self, call_id: &str) -> String {
        self.calls.get(call_id).map(CallWords::joined).unwrap_or_default()
    }
}

/// Indexes the words of `lines`, in the order of their calls' journals, before the lines are inserted. If they contain no new word, nothing is
/// written. After a failure `indexed` has to be cleared.
pub(super) fn write(
    connection: &mut Connection,
    indexed: &mut IndexedWords,
    lines: &[TranscriptRow],
) -> Result<(), StoreError> {
    indexed.recall(connection, lines)?;
    let mut added: BTreeMap<&str, (&str, Vec<String>)> = BTreeMap::new();
    for line in lines {
        let new = indexed.take(&line.call_id, &line.text);
        if !new.is_empty() {
            let of_call = added
                .entry(line.call_id.as_str())
                .or_insert_with(|| (line.organization_id.as_str(), Vec::new()));
            of_call.1.extend(new);
        }
    }
    let document = |call_id: &str, organization_id: &str, words: String| {
        (call_id.to_owned(), organization_id.to_owned(), words)
    };
    match connection {
        // FTS5 replaces only whole rows.
        Connection::Sqlite(sqlite) => {
            let whole = added.into_iter().map(|(call_id, (organization_id, _))| {
                document(call_id, organization_id, indexed.joined(call_id))
            });
            write_to_sqlite(sqlite, whole)
        }
        Connection::Postgres(postgres) => {
            let new = added.into_iter().map(|(call_id, (organization_id, words))| {
                document(call_id, organization_id, words.join(" "))
            });
            add_to_postgres(postgres, new)
        }
    }
}

/// Writes all words of the calls.
fn write_to_sqlite(
    sqlite: &mut SqliteConnection,
    documents: impl Iterator<Item = (String, String, String)>,
) -> Result<(), StoreError> {
    for (call_id, organization_id, words) in documents {
        let n = match number_of(sqlite, &call_id)? {
            Some(n) => n,
            None => number(sqlite, &call_id)?,
        };
        sql_query("INSERT OR REPLACE INTO call_words_index (rowid, scope, words) VALUES (?, ?, ?)")
            .bind::<BigInt, _>(n)
            .bind::<Text, _>(organization_id.replace('-', ""))
            .bind::<Text, _>(words)
            .execute(sqlite)?;
    }
    Ok(())
}

/// Adds words to those of the calls.
fn add_to_postgres(
    postgres: &mut PgConnection,
    documents: impl Iterator<Item = (String, String, String)>,
) -> Result<(), StoreError> {
    let (mut ids, mut organizations, mut words) = (Vec::new(), Vec::new(), Vec::new());
    for (call_id, organization_id, found) in documents {
        words.push(format!(":{organization_id} {found}").trim_end().to_owned());
        ids.push(call_id);
        organizations.push(organization_id);
    }
    if ids.is_empty() {
        return Ok(());
    }
    sql_query(
        "INSERT INTO call_words (call_id, organization_id, words) \
         SELECT id, organization, array_to_tsvector(string_to_array(found, ' ')) \
         FROM unnest($1, $2, $3) AS documents (id, organization, found) \
         ON CONFLICT (call_id) DO UPDATE SET words = call_words.words || EXCLUDED.words",
    )
    .bind::<Array<Text>, _>(ids)
    .bind::<Array<Text>, _>(organizations)
    .bind::<Array<Text>, _>(words)
    .execute(postgres)?;
    Ok(())
}

/// Removes the words of these calls from the index: searches don't find them any more.
pub(super) fn forget(connection: &mut Connection, call_ids: &[String]) -> Result<(), StoreError> {
    diesel::delete(call_words_due::table.filter(call_words_due::call_id.eq_any(call_ids)))
        .execute(connection)?;
    match connection {
        Connection::Sqlite(sqlite) => {
            for call_id in call_ids {
                if let Some(n) = number_of(sqlite, call_id)? {
                    for from in ["call_words_index WHERE rowid", "call_words WHERE n"] {
                        sql_query(format!("DELETE FROM {from} = ?")).bind::<BigInt, _>(n).execute(sqlite)?;
                    }
                }
            }
        }
        Connection::Postgres(postgres) => {
            let forget = sql_query("DELETE FROM call_words WHERE call_id = ANY($1)");
            forget.bind::<Array<Text>, _>(call_ids).execute(postgres)?;
        }
    }
    Ok(())
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

/// The number of a call in SQLite's index, if it has one.
fn number_of(sqlite: &mut SqliteConnection, call_id: &str) -> Result<Option<i64>, StoreError> {
    let found = sql_query("SELECT n FROM call_words WHERE call_id = ?").bind::<Text, _>(call_id);
    Ok(found.get_result::<Number>(sqlite).optional()?.map(|row| row.n))
}

/// Gives a call a number: the one from its id, or the next free one.
fn number(sqlite: &mut SqliteConnection, call_id: &str) -> Result<i64, StoreError> {
    let mut n = first_number(Uuid::parse_str(call_id).unwrap_or_default());
    let insert = "INSERT INTO call_words (n, call_id) VALUES (?, ?) ON CONFLICT (n) DO NOTHING";
    while sql_query(insert).bind::<BigInt, _>(n).bind::<Text, _>(call_id).execute(sqlite)? == 0 {
        n += 1;
    }
    Ok(n)
}

/// The number for an id: its millisecond, and below it bits that distinguish ids of one millisecond.
fn first_number(id: Uuid) -> i64 {
    let counted = u64::from_be_bytes([0, 0, 0, 0, 0, id.as_bytes()[9], id.as_bytes()[10], id.as_bytes()[11]]);
    begin_of_ms(id) | (counted & ((1 << BELOW_MS) - 1)).cast_signed()
}

/// The first number of the millisecond of an id.
fn begin_of_ms(id: Uuid) -> i64 {
    let ms = u64::try_from(id.as_u128() >> 80).unwrap_or(u64::MAX).saturating_sub(EPOCH_MS);
    (ms.min((1 << (63 - BELOW_MS)) - 2) << BELOW_MS).cast_signed()
}

/// Indexes calls whose lines were written before the index existed.
pub(super) fn write_due(connection: &mut Connection) -> Result<(), StoreError> {
    let mut written = 0;
    loop {
        connection.begin()?;
        let count = connection.finish(|connection| {
            let due: Vec<String> = call_words_due::table
                .order(call_words_due::call_id)
                .limit(DUE_AT_ONCE)
                .select(call_words_due::call_id)
                .load(connection)?;
            write_whole(connection, &due)?;
            diesel::delete(call_words_due::table.filter(call_words_due::call_id.eq_any(&due)))
                .execute(connection)?;
            Ok(due.len())
        })?;
        if count == 0 {
            break;
        }
        if written == 0 {
            tracing::info!("indexing the words of earlier calls");
        }
        written += count;
    }
    if written > 0 {
        tracing::info!(calls = written, "indexed the words of earlier calls");
    }
    Ok(())
}

/// Indexes all lines of these calls.
fn write_whole(connection: &mut Connection, call_ids: &[String]) -> Result<(), StoreError> {
    let lines: Vec<(String, String, String)> = transcript_items::table
        .filter(transcript_items::call_id.eq_any(call_ids))
        .order((transcript_items::call_id, transcript_items::seq))
        .select((transcript_items::call_id, transcript_items::organization_id, transcript_items::text))
        .load(connection)?;
    let mut calls: BTreeMap<String, (String, CallWords)> = BTreeMap::new();
    for (call_id, organization_id, text) in lines {
        calls.entry(call_id).or_insert_with(|| (organization_id, CallWords::default())).1.take(&text);
    }
    let documents = calls
        .into_iter()
        .map(|(call_id, (organization_id, words))| (call_id, organization_id, words.joined()));
    match connection {
        Connection::Sqlite(sqlite) => write_to_sqlite(sqlite, documents),
        Connection::Postgres(postgres) => add_to_postgres(postgres, documents),
    }
}

/// Calls of an organization that contain all words, newest first, in batches.
#[derive(Debug)]
pub(super) struct Matches {
    organization_id: OrganizationId,
    words: LookedFor,
    /// The ids that are still to be read.
    ids: Range<Uuid>,
    /// The same range in SQLite's numbers, including the upper one.
    numbers: (i64, i64),
    at_once: i64,
    is_over: bool,
}

#[derive(QueryableByName)]
struct Match {
    #[diesel(sql_type = Text)]
    call_id: String,
    #[diesel(sql_type = BigInt)]
    n: i64,
}

impl Matches {
    /// Matches with ids in this range.
    pub(super) fn new(organization_id: OrganizationId, words: LookedFor, ids: Range<Uuid>) -> Self {
        // The whole millisecond of the last id, because the order inside a millisecond is not exact.
        let numbers = (begin_of_ms(ids.start), begin_of_ms(ids.end) | ((1 << BELOW_MS) - 1));
        Self { organization_id, words, ids, numbers, at_once: MATCHES_FIRST, is_over: false }
    }

    /// Returns the next batch, whose calls are all newer than those of later batches; `None` after the last.
    pub(super) fn next(&mut self, connection: &mut Connection) -> Result<Option<Vec<String>>, StoreError> {
        if self.is_over {
            return Ok(None);
        }
        let mut found = match connection {
            Connection::Sqlite(sqlite) => self.in_sqlite(sqlite)?,
            Connection::Postgres(postgres) => self.in_postgres(postgres)?,
        };
        self.is_over = i64::try_from(found.len()).unwrap_or(i64::MAX) < self.at_once;
        self.at_once = (self.at_once * 4).min(MATCHES_MAX);
        if !self.is_over
            && let Some(last) = found.last().map(|one| one.n >> BELOW_MS)
        {
            // Inside a millisecond, numbers and ids may be ordered differently, so a batch contains whole milliseconds.
            let whole = found.iter().take_while(|one| one.n == 0 || one.n >> BELOW_MS != last).count();
            if whole > 0 {
                found.truncate(whole);
            }
        }
        if let Some(last) = found.last() {
            self.numbers.1 = last.n - 1;
            self.ids.end = Uuid::parse_str(&last.call_id).unwrap_or_default();
        }
        Ok((!found.is_empty()).then(|| found.into_iter().map(|one| one.call_id).collect()))
    }

    fn in_sqlite(&self, sqlite: &mut SqliteConnection) -> Result<Vec<Match>, StoreError> {
        let words = self.words.whole.iter().map(|word| format!("words : \"{word}\""));
        let begun = self.words.beginning.iter().map(|word| format!("words : \"{word}\" *"));
        let scope = format!("scope : \"{}\"", self.organization_id.0.simple());
        let wanted = std::iter::once(scope).chain(words).chain(begun).collect::<Vec<_>>().join(" AND ");
        // CROSS JOIN keeps the order: the index is read from the newest match until there are enough.
        let find = sql_query(
            "SELECT call_words.n, call_words.call_id FROM call_words_index \
             CROSS JOIN call_words ON call_words.n = call_words_index.rowid \
             WHERE call_words_index MATCH ? AND call_words_index.rowid BETWEEN ? AND ? \
             ORDER BY call_words_index.rowid DESC LIMIT ?",
        );
        Ok(find
            .bind::<Text, _>(wanted)
            .bind::<BigInt, _>(self.numbers.0)
            .bind::<BigInt, _>(self.numbers.1)
            .bind::<BigInt, _>(self.at_once)
            .load(sqlite)?)
    }

    fn in_postgres(&self, postgres: &mut PgConnection) -> Result<Vec<Match>, StoreError> {
        let words = self.words.whole.iter().map(|word| format!("'{word}'"));
        let begun = self.words.beginning.iter().map(|word| format!("'{word}':*"));
        let scope = format!("':{}'", self.organization_id);
        let wanted = std::iter::once(scope).chain(words).chain(begun).collect::<Vec<_>>().join(" & ");
        let find = sql_query(
            "SELECT call_id, CAST(0 AS BIGINT) AS n FROM call_words \
             WHERE organization_id = $1 AND words @@ CAST($2 AS TSQUERY) AND call_id >= $3 AND call_id < $4 \
             ORDER BY call_id DESC LIMIT $5",
        );
        Ok(find
            .bind::<Text, _>(self.organization_id.to_string())
            .bind::<Text, _>(wanted)
            .bind::<Text, _>(self.ids.start.to_string())
            .bind::<Text, _>(self.ids.end.to_string())
            .bind::<BigInt, _>(self.at_once)
            .load(postgres)?)
    }
}

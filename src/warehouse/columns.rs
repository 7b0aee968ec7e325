//! The columns of a day's calls, and the file that contains them.

use std::sync::Arc;

use chrono::NaiveDateTime;
use cordboard_schema::call::Direction;
use cordboard_schema::report::AgentFacts;
use parquet::basic::Compression;
use parquet::column::writer::ColumnWriterImpl;
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, Int64Type};
use parquet::errors::Result;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

use crate::store::CountedCall;

/// Calls in one group of rows. They are converted to columns together.
const GROUP_ROWS: usize = 50_000;

/// Whether the numbers of callers and callees are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Numbers {
    /// They are.
    Written,
    /// The column is empty.
    LeftOut,
}

/// Kind of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// UTF-8.
    Text,
    /// Milliseconds since 1970 in UTC.
    Time,
    /// 64 bits.
    Whole,
    /// Yes or no.
    Truth,
}

/// A column of the file. Any may be empty (null).
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// Its description in words.
    pub says: &'static str,
    values: Values,
}

/// The source of its values.
#[derive(Clone, Copy, Debug)]
enum Values {
    Text(fn(&CountedCall, Numbers) -> Option<String>),
    Time(fn(&CountedCall) -> Option<NaiveDateTime>),
    Whole(fn(&CountedCall) -> Option<u64>),
    Truth(fn(&CountedCall) -> Option<bool>),
}

impl Column {
    /// Its kind.
    pub const fn kind(&self) -> ColumnKind {
        match self.values {
            Values::Text(_) => ColumnKind::Text,
            Values::Time(_) => ColumnKind::Time,
            Values::Whole(_) => ColumnKind::Whole,
            Values::Truth(_) => ColumnKind::Truth,
        }
    }

    const fn parquet(&self) -> &'static str {
        match self.kind() {
            ColumnKind::Text => "BYTE_ARRAY",
            ColumnKind::Time | ColumnKind::Whole => "INT64",
            ColumnKind::Truth => "BOOLEAN",
        }
    }

    const fn annotation(&self) -> &'static str {
        match self.kind() {
            ColumnKind::Text => " (STRING)",
            ColumnKind::Time => " (TIMESTAMP(MILLIS,true))",
            ColumnKind::Whole | ColumnKind::Truth => "",
        }
    }
}

const fn text(
    name: &'static str,
    says: &'static str,
    of: fn(&CountedCall, Numbers) -> Option<String>,
) -> Column {
    Column { name, says, values: Values::Text(of) }
}

const fn time(
    name: &'static str,
    says: &'static str,
    of: fn(&CountedCall) -> Option<NaiveDateTime>,
) -> Column {
    Column { name, says, values: Values::Time(of) }
}

const fn whole(name: &'static str, says: &'static str, of: fn(&CountedCall) -> Option<u64>) -> Column {
    Column { name, says, values: Values::Whole(of) }
}

/// All columns, in the order of the file. Columns may be added; existing ones keep their name and meaning.
pub const COLUMNS: [Column; 27] = [
    text("id", "the call's id, a UUID v7", |call, _| Some(call.id.clone())),
    time("began", "when it was first heard of", |call| Some(call.started_at)),
    time("answered", "when the caller was connected; empty where nobody answered", |call| call.answered_at),
    time("ended", "when it ended; empty while it goes on", |call| call.ended_at),
    text("direction", "`inbound` or `outbound`; calls between colleagues are left out", |call, _| {
        Some(call.facts.direction.as_str().to_owned())
    }),
    text("our_number", "our number or extension in it", |call, _| match call.facts.direction {
        Direction::Inbound => call.facts.to.clone(),
        _ => call.facts.from.clone(),
    }),
    text(
        "their_number",
        "the number of who called or was called; empty unless `reports.export_numbers` is set",
        |call, numbers| match (numbers, call.facts.direction) {
            (Numbers::LeftOut, _) => None,
            (Numbers::Written, Direction::Inbound) => call.facts.from.clone(),
            (Numbers::Written, _) => call.facts.to.clone(),
        },
    ),
    text("provider", "the provider of the assistant that answered first", |call, _| {
        call.facts.provider.clone()
    }),
    text("profile_id", "the profile that it was answered with", |call, _| {
        Some(call.facts.profile_id.clone())
    }),
    whole("profile_version", "the profile's version; 0 is a draft", |call| {
        Some(call.facts.tally.version.into())
    }),
    text(
        "queue_id",
        "the queue in which the caller waited: that of `agent_id`, else the first by its id",
        |call, _| {
            let of_agent = agent(call).and_then(|agent| agent.queue_id.clone());
            of_agent.or_else(|| call.facts.queues().into_iter().next())
        },
    ),
    text(
        "agent_id",
        "the agent who talked with the caller, of several the one who did so longest",
        |call, _| agent(call).map(|agent| agent.user_id.clone()),
    ),
    text("campaign_id", "the campaign that made it", |call, _| call.facts.campaign_id.clone()),
    text(
        "outcome",
        "`contained` (settled by the assistant), `handed_over` (a person joined, or it was sent on to one), `missed` (a call to us that \
         nobody answered), `unanswered` (one of ours that nobody answered) or `open` (it goes on)",
        |call, _| Some(outcome(call).to_owned()),
    ),
    text("cause", "why it ended, as the API's `hangup_cause`", |call, _| call.facts.hangup_cause.clone()),
    whole(
        "duration_ms",
        "from `began` to `ended`, in ms; if the server died and a connected caller did not come back, to its death",
        length_ms,
    ),
    whole(
        "talk_ms",
        "from `answered` to `ended`, in ms; if the server died and the caller did not come back, to its death",
        |call| call.facts.talk_ms,
    ),
    whole(
        "handling_ms",
        "how long people were busy with it, in ms: what they talked and what they wrote of it, an hour at most for each wrap-up",
        |call| Some(call.facts.sums().handling.0),
    ),
    whole("conversed_ms", "how long caller and assistant were with each other, in ms", |call| {
        call.facts.conversation().map(|figures| figures.conversed_ms)
    }),
    whole("silent_ms", "how long of that neither spoke, in ms", |call| {
        call.facts.conversation().map(|figures| figures.silent_ms)
    }),
    whole("interruptions", "how often the caller began to speak while the assistant was speaking", |call| {
        call.facts.conversation().map(|figures| figures.interruptions)
    }),
    whole("handoffs", "hand-offs that were asked for", |call| Some(call.facts.tally.handoffs.into())),
    whole("handoffs_bridged", "those that joined the caller and a person", |call| {
        Some(call.facts.tally.bridged.into())
    }),
    whole("leads", "leads that the assistant has made", |call| Some(call.facts.tally.leads.into())),
    whole("bookings", "appointments that it has booked", |call| Some(call.facts.tally.bookings.into())),
    whole(
        "cost_micros",
        "what its assistants and the judge model cost, in millionths of `costs.currency`",
        |call| Some(call.facts.cost_micros),
    ),
    Column {
        name: "resolved",
        says: "first call resolution: whether no hand-off failed and the caller has not called again within 7 days; empty until that is \
               known, if it can't be known (the caller's number is hidden, or one of yours), for outbound calls and for calls without an answer",
        values: Values::Truth(|call| call.facts.is_resolved()),
    },
];

/// The length of a call that is over. The talk of a caller whom a dead server has left ends at its death, and so does their call.
fn length_ms(call: &CountedCall) -> Option<u64> {
    let ended_at = call.ended_at?;
    let to = |at: NaiveDateTime| (at - call.started_at).num_milliseconds().max(0).cast_unsigned();
    Some(match call.answered_at.zip(call.facts.talk_ms) {
        Some((answered_at, talk_ms)) => to(answered_at).saturating_add(talk_ms),
        None => to(ended_at),
    })
}

fn agent(call: &CountedCall) -> Option<&AgentFacts> {
    let joined = call.facts.agents.iter().filter(|agent| agent.has_joined);
    // If two talked equally long, the first by id is taken, so that the same rows make the same file.
    joined.min_by(|one, other| (other.talked_ms, &one.user_id).cmp(&(one.talked_ms, &other.user_id)))
}

fn outcome(call: &CountedCall) -> &'static str {
    let sums = call.facts.sums();
    let outcomes = [
        ("open", sums.open),
        ("handed_over", sums.handed_over),
        ("contained", sums.contained),
        ("missed", sums.missed),
    ];
    outcomes.into_iter().find(|(_, count)| *count > 0).map_or("unanswered", |(outcome, _)| outcome)
}

/// The columns as a Markdown table, which is in docs/operations.md.
pub fn table() -> String {
    let mut table = "| column | type | what |\n| --- | --- | --- |\n".to_owned();
    for column in &COLUMNS {
        let kind = match column.kind() {
            ColumnKind::Text => "text",
            ColumnKind::Time => "time (UTC, ms)",
            ColumnKind::Whole => "whole number (64 bits)",
            ColumnKind::Truth => "yes or no",
        };
        table.push_str(&format!("| `{}` | {kind} | {} |\n", column.name, column.says));
    }
    table
}

/// Returns the file of these calls. The same calls make the same bytes.
pub(super) fn file(calls: &[CountedCall], numbers: Numbers) -> Result<Vec<u8>> {
    let mut schema = "message calls {\n".to_owned();
    for column in &COLUMNS {
        schema.push_str(&format!("OPTIONAL {} {}{};\n", column.parquet(), column.name, column.annotation()));
    }
    schema.push('}');
    let properties = WriterProperties::builder()
        .set_compression(Compression::GZIP(Default::default()))
        .set_created_by("cordboard".to_owned());
    let schema = Arc::new(parse_message_type(&schema)?);
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties.build()))?;
    for calls in calls.chunks(GROUP_ROWS) {
        let mut group = writer.next_row_group()?;
        for column in &COLUMNS {
            let Some(mut open) = group.next_column()? else { break };
            match column.values {
                Values::Text(of) => {
                    let values =
                        calls.iter().map(|call| of(call, numbers).map(|text| ByteArray::from(text.as_str())));
                    write(open.typed::<ByteArrayType>(), values)?;
                }
                Values::Time(of) => {
                    let values = calls.iter().map(|call| of(call).map(|at| at.and_utc().timestamp_millis()));
                    write(open.typed::<Int64Type>(), values)?;
                }
                Values::Whole(of) => {
                    let values = calls
                        .iter()
                        .map(|call| of(call).map(|value| i64::try_from(value).unwrap_or(i64::MAX)));
                    write(open.typed::<Int64Type>(), values)?;
                }
                Values::Truth(of) => write(open.typed::<BoolType>(), calls.iter().map(of))?,
            }
            open.close()?;
        }
        group.close()?;
    }
    writer.into_inner()
}

/// Writes a column's values, and which of them are present.
fn write<T: DataType>(
    column: &mut ColumnWriterImpl<'_, T>,
    values: impl Iterator<Item = Option<T::T>>,
) -> Result<()> {
    let (mut known, mut levels) = (Vec::new(), Vec::new());
    for value in values {
        levels.push(i16::from(value.is_some()));
        known.extend(value);
    }
    column.write_batch(&known, Some(&levels), None)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};
    use cordboard_schema::call::CallState;
    use cordboard_schema::report::{CallFacts, CallTally};

    use super::*;

    #[test]
    fn a_call_left_by_a_dead_server_contains_no_outage() {
        let started_at = DateTime::UNIX_EPOCH.naive_utc();
        let after = |seconds| Some(started_at + TimeDelta::seconds(seconds));
        let call = |answered_at: Option<NaiveDateTime>, talk_ms| CountedCall {
            id: String::new(),
            started_at,
            answered_at,
            ended_at: after(3_720),
            facts: CallFacts {
                direction: Direction::Inbound,
                state: CallState::Ended,
                is_answered: answered_at.is_some(),
                hangup_cause: Some("server_restart".to_owned()),
                from: None,
                to: None,
                profile_id: String::new(),
                provider: None,
                talk_ms,
                cost_micros: 0,
                tally: CallTally::default(),
                agents: Vec::new(),
                campaign_id: None,
                called_again: None,
                topics: Vec::new(),
                extracted: Vec::new(),
            },
        };
        assert_eq!(length_ms(&call(after(20), Some(90_000))), Some(110_000), "the server died then");
        assert_eq!(length_ms(&call(after(20), Some(3_700_000))), Some(3_720_000), "any other call");
        assert_eq!(length_ms(&call(None, None)), Some(3_720_000));
        assert_eq!(length_ms(&CountedCall { ended_at: None, ..call(after(20), None) }), None, "it goes on");
    }

    #[test]
    fn the_table_of_columns_is_in_the_documents() {
        let documents = include_str!("../../docs/operations.md");
        assert!(documents.contains(&table()), "docs/operations.md is missing this:\n{}", table());
    }
}

//! The live channels of the switch.

use std::fmt;

use serde::de::{Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::limits::SWITCH_CHANNELS_LISTED_MAX;

/// One row of `show channels as json`. Values that the switch doesn't have are empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct LiveChannel {
    /// The channel.
    #[serde(deserialize_with = "text")]
    pub uuid: String,
    /// `inbound` or `outbound`, from the switch's point of view.
    #[serde(deserialize_with = "text")]
    pub direction: String,
    /// When it was created, in seconds since 1970, as text.
    #[serde(deserialize_with = "text")]
    pub created_epoch: String,
    /// Name, as `sofia/internal/1002@example.com`.
    #[serde(deserialize_with = "text")]
    pub name: String,
    /// State, as `CS_EXECUTE`.
    #[serde(deserialize_with = "text")]
    pub state: String,
    /// Call state, as `RINGING`, `ACTIVE`, `HELD`.
    #[serde(deserialize_with = "text")]
    pub callstate: String,
    /// The caller's number.
    #[serde(deserialize_with = "text")]
    pub cid_num: String,
    /// The number that was dialled.
    #[serde(deserialize_with = "text")]
    pub dest: String,
    /// Application that runs on it, as `socket`.
    #[serde(deserialize_with = "text")]
    pub application: String,
    /// The application's argument, as `127.0.0.1:8022 async full`.
    #[serde(deserialize_with = "text")]
    pub application_data: String,
    /// The user that it belongs to, if a user was called.
    #[serde(deserialize_with = "text")]
    pub presence_id: String,
    /// The channel of the call's first leg, if it is a different one.
    #[serde(deserialize_with = "text")]
    pub call_uuid: String,
}

fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Option::<String>::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// Reads a bounded number of rows: unbounded ones could take gigabytes, because `{}` is a row too.
fn rows<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<LiveChannel>, D::Error> {
    deserializer.deserialize_seq(Rows)
}

struct Rows;

impl<'de> Visitor<'de> for Rows {
    type Value = Vec<LiveChannel>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of channels")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut rows = Vec::new();
        while let Some(row) = members.next_element()? {
            if rows.len() == SWITCH_CHANNELS_LISTED_MAX {
                return Err(A::Error::custom(format_args!(
                    "it has more than {SWITCH_CHANNELS_LISTED_MAX} rows"
                )));
            }
            rows.push(row);
        }
        Ok(rows)
    }
}

/// A list of channels that can't be read. It proves nothing: a channel that it doesn't name may still be live.
#[derive(Debug, thiserror::Error)]
pub enum BadChannelList {
    /// It isn't the expected JSON.
    #[error("the list of channels can't be read: {0}")]
    Json(#[from] serde_json::Error),
    /// Its count differs from its number of channels.
    #[error("the list of channels announces {said} rows and has {rows}")]
    Count {
        /// `row_count`.
        said: usize,
        /// Number of rows.
        rows: usize,
    },
}

/// Reads the answer to `show channels as json`, with or without `like`. Without channels the answer has no `rows`.
///
/// # Errors
/// It isn't such a list, or it is incomplete.
pub fn live_channels(json: &str) -> Result<Vec<LiveChannel>, BadChannelList> {
    #[derive(Deserialize)]
    struct List {
        row_count: usize,
        #[serde(default, deserialize_with = "rows")]
        rows: Vec<LiveChannel>,
    }
    let List { row_count: said, rows } = serde_json::from_str(json)?;
    if rows.len() == said { Ok(rows) } else { Err(BadChannelList::Count { said, rows: rows.len() }) }
}

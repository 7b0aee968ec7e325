//! The channels that live on the switch.

use std::fmt;

use serde::de::{Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::limits::SWITCH_CHANNELS_LISTED_MAX;

/// One row of `show channels as json`. Texts that the switch does not have are empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct LiveChannel {
    /// The channel.
    #[serde(deserialize_with = "text")]
    pub uuid: String,
    /// `inbound` or `outbound`, seen from the switch.
    #[serde(deserialize_with = "text")]
    pub direction: String,
    /// When it began, in seconds since 1970, as text.
    #[serde(deserialize_with = "text")]
    pub created_epoch: String,
    /// As `sofia/internal/1002@example.com`.
    #[serde(deserialize_with = "text")]
    pub name: String,
    /// As `CS_EXECUTE`.
    #[serde(deserialize_with = "text")]
    pub state: String,
    /// As `RINGING`, `ACTIVE`, `HELD`.
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
    /// With what, as `127.0.0.1:8022 async full`.
    #[serde(deserialize_with = "text")]
    pub application_data: String,
    /// The user that it belongs to, if that was called.
    #[serde(deserialize_with = "text")]
    pub presence_id: String,
    /// The channel of the call's first leg, if it is another.
    #[serde(deserialize_with = "text")]
    pub call_uuid: String,
}

fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Option::<String>::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// Rows without end would be gigabytes: `{}` is a row as well.
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

/// A list of channels that can't be read. Nothing follows from it: a channel that it does not name may live.
#[derive(Debug, thiserror::Error)]
pub enum BadChannelList {
    /// It is not the JSON that it should be.
    #[error("the list of channels can't be read: {0}")]
    Json(#[from] serde_json::Error),
    /// It says another number of channels than it has.
    #[error("the list of channels says {said} and has {rows}")]
    Count {
        /// `row_count`.
        said: usize,
        /// Number of rows.
        rows: usize,
    },
}

/// Reads the answer to `show channels as json`, also to that with `like`. Without channels it has no `rows`.
///
/// # Errors
/// It is no such list, or not a whole one.
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

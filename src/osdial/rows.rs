//! Rows of the dialler's tables, and how they are read.

use std::collections::BTreeMap;

use cordboard_schema::limits::{DIALLER_FIELD_CHARS_MAX, OSDIAL_CELL_BYTES_MAX};
use mysql_async::{Row, Value};
use serde::Serialize;
use utoipa::ToSchema;

use super::error::OsdialError;
use super::text::{decode, read};

/// Whether the dialler keeps lines of a remote agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum RemoteAgentStatus {
    /// Yes.
    Active,
    /// No. A running call continues.
    Inactive,
}

impl RemoteAgentStatus {
    /// The value in the column.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Inactive => "INACTIVE",
        }
    }

    fn of(text: &str) -> Self {
        if text == "ACTIVE" { Self::Active } else { Self::Inactive }
    }
}

/// State of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum RemoteLineStatus {
    /// It waits for a call.
    Ready,
    /// It has been assigned a call.
    Queue,
    /// It is in a call.
    Incall,
    /// It gets no calls.
    Paused,
    /// It waits for inbound calls only.
    Closer,
    /// A state of newer diallers.
    Other,
}

impl RemoteLineStatus {
    fn of(text: &str) -> Self {
        match text {
            "READY" => Self::Ready,
            "QUEUE" => Self::Queue,
            "INCALL" => Self::Incall,
            "PAUSED" => Self::Paused,
            "CLOSER" => Self::Closer,
            _ => Self::Other,
        }
    }

    /// Whether the line may have a call. An unknown state counts as yes.
    pub const fn may_have_call(self) -> bool {
        matches!(self, Self::Queue | Self::Incall | Self::Other)
    }
}

/// A remote agent: a group of lines to which the dialler gives calls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct RemoteAgent {
    /// The row's id.
    pub remote_agent_id: u32,
    /// The user of the first line.
    #[schema(example = "1001")]
    pub user_start: String,
    /// Number of lines: the next ones have the next numbers.
    pub number_of_lines: u8,
    /// The dialler's server.
    pub server_ip: String,
    /// The extension to which a call is sent.
    pub conf_exten: String,
    /// Whether the dialler keeps its lines.
    pub status: RemoteAgentStatus,
    /// The campaign whose calls it gets.
    pub campaign_id: String,
    /// The inbound groups whose calls it gets, as the dialler writes them.
    pub closer_campaigns: String,
}

/// A line that is logged in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct LiveAgent {
    /// The row's id. It changes each time the line logs in.
    pub live_agent_id: u32,
    /// The line's user.
    pub user: String,
    /// The dialler's server.
    pub server_ip: String,
    /// The extension to which a call is sent; for a person it is their conference.
    pub conf_exten: String,
    /// The line; a remote agent's is `R/` and the user.
    pub extension: String,
    /// State of the line.
    pub status: RemoteLineStatus,
    /// The campaign.
    pub campaign_id: String,
    /// The lead of its call; 0 for none.
    pub lead_id: u32,
    /// The call, by the name of the dialler's Asterisk.
    pub uniqueid: String,
    /// The call, by the dialler's name: `V`, the time and the lead.
    pub callerid: String,
    /// The caller's channel.
    pub channel: String,
    /// Number of calls today.
    pub calls_today: u32,
}

/// A campaign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct OsdialCampaign {
    /// Its id. It may have leading zeros, and is not a number.
    #[schema(example = "TEST1")]
    pub campaign_id: String,
    /// Name of the campaign.
    pub campaign_name: String,
    /// Whether it dials.
    pub is_active: bool,
    /// How it dials, such as `RATIO`.
    pub dial_method: String,
    /// Number of calls that it makes for each line.
    pub auto_dial_level: String,
}

/// A list of leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct OsdialList {
    /// Its number.
    pub list_id: u64,
    /// Name of the list.
    pub list_name: String,
    /// The campaign that dials it.
    pub campaign_id: String,
    /// Whether it is dialled.
    pub is_active: bool,
}

/// A lead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct OsdialLead {
    /// Its number.
    pub lead_id: u32,
    /// The list that contains it.
    pub list_id: u64,
    /// Status of the lead, such as `NEW` or `SALE`.
    pub status: String,
    /// Its other fields that are not empty, as text by the names of their columns: `first_name`, `custom1`, and those that this dialler has added.
    pub fields: BTreeMap<String, String>,
}

/// A status that a lead may have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct OsdialStatus {
    /// Its code, at most 6 characters.
    #[schema(example = "SALE")]
    pub status: String,
    /// Name of the status.
    pub status_name: String,
    /// The only campaign that has it; null if all have it.
    pub campaign_id: Option<String>,
    /// Whether agents may choose it.
    pub is_selectable: bool,
    /// Whether it means that a person has answered.
    pub is_human_answered: bool,
    /// The category in reports.
    pub category: String,
}

/// The cells of a row, from the left.
pub(super) struct Cells {
    row: Row,
    next: usize,
}

impl Cells {
    pub(super) fn of(row: Row) -> Self {
        Self { row, next: 0 }
    }

    fn value(&mut self) -> Option<&Value> {
        self.next += 1;
        self.row.as_ref(self.next - 1)
    }

    /// Returns the stored bytes, up to a limit; none for NULL.
    pub(super) fn bytes(&mut self) -> Option<Vec<u8>> {
        match self.value() {
            Some(Value::Bytes(bytes)) => Some(bytes[..bytes.len().min(OSDIAL_CELL_BYTES_MAX)].to_vec()),
            Some(Value::Int(number)) => Some(number.to_string().into_bytes()),
            Some(Value::UInt(number)) => Some(number.to_string().into_bytes()),
            _ => None,
        }
    }

    /// Returns a text, empty for NULL.
    pub(super) fn text(&mut self) -> String {
        self.bytes().map(|bytes| read(&bytes)).unwrap_or_default()
    }

    /// Returns a text from a column that cuts longer ones.
    pub(super) fn cut_text(&mut self, width: usize) -> String {
        let text = self.bytes().map(|bytes| decode(&bytes, width).0).unwrap_or_default();
        text.chars().take(DIALLER_FIELD_CHARS_MAX).collect()
    }

    /// Returns a number, 0 for NULL.
    pub(super) fn number<T: TryFrom<u64> + Default>(&mut self) -> Result<T, OsdialError> {
        let number = match self.value() {
            None | Some(Value::NULL) => return Ok(T::default()),
            Some(Value::Int(number)) => u64::try_from(*number).ok(),
            Some(Value::UInt(number)) => Some(*number),
            Some(Value::Bytes(bytes)) => std::str::from_utf8(bytes).ok().and_then(|text| text.parse().ok()),
            Some(_) => None,
        };
        let place = self.next;
        let wrong = || OsdialError::Unreadable(format!("column {place} of a row is not a valid number"));
        number.and_then(|number| T::try_from(number).ok()).ok_or_else(wrong)
    }

    /// Returns whether a column with Y or N has Y.
    pub(super) fn yes(&mut self) -> bool {
        self.text() == "Y"
    }

    /// Returns the status of a remote agent.
    pub(super) fn agent_status(&mut self) -> RemoteAgentStatus {
        RemoteAgentStatus::of(&self.text())
    }

    /// Returns the status of a line.
    pub(super) fn line_status(&mut self) -> RemoteLineStatus {
        RemoteLineStatus::of(&self.text())
    }
}

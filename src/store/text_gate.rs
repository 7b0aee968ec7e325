//! Recipients and limits of text messages: every text message passes here, whoever sends it.
//!
//! ```text
//! assistants' tools, notices ── admit ─> AdmittedText ── queue ─> a row that waits ── texts::claim ─> ClaimedText ─> Twilio
//! ```
//! Each of these types is created in one place only, and the Twilio client accepts no other (`crate::texts`).

use chrono::TimeDelta;
use cordboard_actors::world;
use cordboard_schema::call::Direction;
use cordboard_schema::dial::{DialPolicy, PhoneNumber};
use cordboard_schema::did::Did;
use cordboard_schema::ids::{CallId, CustomerId, MessageId, OrganizationId};
use cordboard_schema::known_caller::OwnNumbers;
use cordboard_schema::limits::{TEXTS_PER_DAY_MAX, TWILIO_SMS_CHARS_MAX};
use cordboard_schema::message::{Message, MessageStatus};
use cordboard_schema::phone::E164;
use cordboard_schema::sms::segments;
use cordboard_schema::time::UnixMs;
use cordboard_schema::wire::twilio::AccountSid;

use super::{Connection, StoreError, dialling, grants, messages, phone_numbers, text_opt_outs, tool_writes};

/// How an organization's text messages are sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TextSettings {
    /// The sender for an organization without a number of its own.
    pub caller_id: Option<E164>,
    /// The organization's own account that sends them; none if it is the server's.
    pub account: Option<AccountSid>,
    /// The server's dial policy, which limits every organization's own policy.
    pub policy: DialPolicy,
}

impl TextSettings {
    /// Tells whether the sending account has proved one of these numbers.
    pub(super) fn has_proved(&self, own: &[Did]) -> bool {
        self.account.as_ref().is_some_and(|account| own.iter().any(|did| did.is_proved_by(account)))
    }

    /// The organization's numbers that the sending account has, oldest first. If the account has proved some, it has only those; a number that the
    /// operator gave the organization then belongs to the server's account.
    pub(super) fn senders<'a>(&self, organization_id: OrganizationId, own: &'a [Did]) -> Vec<&'a Did> {
        let has_proved = self.has_proved(own);
        let has = |did: &&Did| match &self.account {
            Some(account) if has_proved => did.is_proved_by(account),
            account => did.is_reached_by(account.as_ref().map(|account| (organization_id, account))),
        };
        own.iter().filter(has).collect()
    }
}

/// A request to send a text message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextWanted {
    /// The organization that sends it.
    pub organization_id: OrganizationId,
    /// The recipient's number.
    pub to: E164,
    /// The call: the party on it may be texted whatever the dial policy says.
    pub call_id: Option<CallId>,
    /// The sender's number; if it can't be used or is not given, the organization's first number is used.
    pub from: Option<E164>,
    /// The present time.
    pub at: UnixMs,
}

/// Why a text message is not sent, in words for an assistant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextRefused {
    /// The recipient has sent STOP.
    #[error("they have asked for no text messages, so none is sent")]
    OptedOut,
    /// It is one of the organization's own numbers.
    #[error("that number is the business's own, so no text message is sent to it")]
    OwnNumber,
    /// No pattern of the dial policy admits the number.
    #[error(
        "the dial policy does not admit text messages to that number: `numbers_allowed` at /api/v1/dial-policy, or of the installation, has no pattern for it"
    )]
    NotAdmitted,
    /// The organization has sent [`TEXTS_PER_DAY_MAX`] today.
    #[error("no more text messages may be sent today")]
    DayFull,
    /// There is no number to send it from.
    #[error("text messages can't be sent: the business has no phone number to send them from")]
    NoSender,
    /// It is too long, or empty.
    #[error("the text has {chars} characters, and may have 1 to {TWILIO_SMS_CHARS_MAX}")]
    Length {
        /// Its length.
        chars: usize,
    },
}

/// A text message that may be sent, without its text. Only [`admit`] creates one.
#[derive(Debug)]
pub struct AdmittedText {
    wanted: TextWanted,
    from: E164,
}

/// Checks whether a text message may be sent now. `numbers` are the configuration's own.
///
/// # Errors
/// The database can't be read. The inner error: it may not be sent.
pub fn admit(
    connection: &mut Connection,
    settings: &TextSettings,
    numbers: &OwnNumbers,
    wanted: TextWanted,
) -> Result<Result<AdmittedText, TextRefused>, StoreError> {
    let TextWanted { organization_id, to, at, .. } = &wanted;
    let own_numbers = phone_numbers::own_numbers(connection, *organization_id, numbers)?;
    if own_numbers.contains(to) {
        return Ok(Err(TextRefused::OwnNumber));
    }
    if text_opt_outs::refuses(connection, *organization_id, to)? {
        return Ok(Err(TextRefused::OptedOut));
    }
    if !is_on_call(connection, &wanted, &own_numbers)?
        && !is_admitted(connection, settings, *organization_id, to)?
    {
        return Ok(Err(TextRefused::NotAdmitted));
    }
    let day = at.utc_day().to_utc();
    let day = (day.into(), (day + TimeDelta::days(1)).into());
    if messages::sent_between(connection, *organization_id, day)? >= TEXTS_PER_DAY_MAX {
        return Ok(Err(TextRefused::DayFull));
    }
    let own = phone_numbers::list(connection, *organization_id)?;
    let first = settings.senders(*organization_id, &own).first().map(|did| did.number.clone());
    let from = match wanted.from.clone().or(first) {
        Some(from) => Some(from),
        None => shown(connection, settings, *organization_id)?,
    };
    Ok(from.map(|from| AdmittedText { wanted, from }).ok_or(TextRefused::NoSender))
}

/// Tells whether the recipient is the party on the call.
fn is_on_call(
    connection: &mut Connection,
    wanted: &TextWanted,
    own_numbers: &OwnNumbers,
) -> Result<bool, StoreError> {
    let Some(call_id) = wanted.call_id else { return Ok(false) };
    let party = tool_writes::party(connection, wanted.organization_id, call_id, own_numbers)?.flatten();
    // In one spelling: a switch may report the zero that is dialled only within the country.
    let plain = |number: &E164| number.clone().without_national_zero();
    Ok(party.is_some_and(|party| plain(party.number()) == plain(&wanted.to)))
}

/// Tells whether both the organization's and the server's dial policy admit the number.
fn is_admitted(
    connection: &mut Connection,
    settings: &TextSettings,
    organization_id: OrganizationId,
    to: &E164,
) -> Result<bool, StoreError> {
    let own = dialling::dial_policy(connection, organization_id)?;
    let policy = own.map_or_else(|| settings.policy.clone(), |own| own.within(&settings.policy));
    Ok(policy.numbers_allowed.iter().any(|pattern| pattern.admits(to.as_str())))
}

/// The sending account's number, if the organization may show it: the number of its own account, or one of the server's that it was granted.
fn shown(
    connection: &mut Connection,
    settings: &TextSettings,
    organization_id: OrganizationId,
) -> Result<Option<E164>, StoreError> {
    let Some(number) = &settings.caller_id else { return Ok(None) };
    let Ok(shown) = number.as_str().parse::<PhoneNumber>() else { return Ok(None) };
    Ok(grants::may_show(connection, organization_id, &shown)?.then(|| number.clone()))
}

/// The text of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextSaid {
    /// The words.
    pub body: String,
    /// The name of the template, if it is one.
    pub template: Option<String>,
    /// The recipient, if it is a known customer.
    pub customer_id: Option<CustomerId>,
}

/// Writes an admitted text message as waiting, to be sent once. This is the only way to create a waiting row.
///
/// # Errors
/// The database can't be written. The inner error: the text is empty or too long.
pub fn queue(
    connection: &mut Connection,
    admitted: AdmittedText,
    said: TextSaid,
) -> Result<Result<MessageId, TextRefused>, StoreError> {
    let AdmittedText { wanted: TextWanted { organization_id, to, call_id, at, .. }, from } = admitted;
    let TextSaid { body, template, customer_id } = said;
    let chars = body.chars().count();
    if !(1..=TWILIO_SMS_CHARS_MAX).contains(&chars) {
        return Ok(Err(TextRefused::Length { chars }));
    }
    let id = MessageId(world::new_id());
    let message = Message {
        id,
        organization_id,
        customer_id,
        call_id,
        direction: Direction::Outbound,
        from: from.to_string(),
        to: to.to_string(),
        segments: Some(segments(&body)),
        done_at: None,
        done_by: None,
        body,
        template,
        status: MessageStatus::Queued,
        sid: None,
        error_code: None,
        created_at: at,
        updated_at: at,
    };
    messages::insert(connection, &message)?;
    Ok(Ok(id))
}

//! A lead: a request to the business, and its progress.

use serde::{Deserialize, Serialize};

use crate::composed::composed;
use crate::ids::{CallId, CustomerId, LeadId, OrganizationId, UserId};
use crate::phone::E164;
use crate::time::{UnixMs, rfc3339};

/// A lead. Fields that nobody stated are empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Lead {
    /// Its id.
    pub id: LeadId,
    /// The organization that owns it.
    #[serde(skip)]
    pub organization_id: OrganizationId,
    /// The customer, if known.
    pub customer_id: Option<CustomerId>,
    /// The call on which it was made; a call has at most one lead.
    pub call_id: Option<CallId>,
    /// The name that was said.
    pub name: String,
    /// The number to call back.
    pub phone: Option<E164>,
    /// The request.
    pub need: String,
    /// Urgency, in the caller's words.
    pub urgency: String,
    /// Budget, in the caller's words.
    pub budget: String,
    /// Address of the work.
    pub address: String,
    /// Status of the lead.
    pub status: LeadStatus,
    /// Value, in the smallest unit of `currency`.
    pub value_minor: Option<i64>,
    /// ISO 4217 currency.
    #[cfg_attr(feature = "openapi", schema(example = "EUR"))]
    pub currency: Option<String>,
    /// The user who is responsible for it.
    pub owner_id: Option<String>,
    /// The next step, in the words of the responsible user.
    pub next_step: String,
    /// Notes for the staff.
    pub notes: String,
    /// When it was made.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub created_at: UnixMs,
    /// When it was last changed.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub updated_at: UnixMs,
}

/// Status of a lead.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum LeadStatus {
    /// Nobody has handled it.
    #[default]
    New,
    /// The customer was contacted.
    Contacted,
    /// It is worth an offer.
    Qualified,
    /// The customer has ordered.
    Won,
    /// The customer will not order.
    Lost,
}

impl LeadStatus {
    /// Returns its word, as serde writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Contacted => "contacted",
            Self::Qualified => "qualified",
            Self::Won => "won",
            Self::Lost => "lost",
        }
    }
}

/// A change of a lead. Fields that are left out stay as they are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct LeadChange {
    /// Name of the customer.
    #[cfg_attr(feature = "openapi", schema(max_length = 120))]
    pub name: Option<String>,
    /// The number to call back; null removes it. If a customer has it, the lead becomes theirs.
    #[serde(deserialize_with = "crate::plain::present")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<E164>))]
    pub phone: Option<Option<E164>>,
    /// The request.
    #[cfg_attr(feature = "openapi", schema(max_length = 4000))]
    pub need: Option<String>,
    /// Urgency.
    #[cfg_attr(feature = "openapi", schema(max_length = 300))]
    pub urgency: Option<String>,
    /// Budget, in words.
    #[cfg_attr(feature = "openapi", schema(max_length = 300))]
    pub budget: Option<String>,
    /// Address of the work.
    #[cfg_attr(feature = "openapi", schema(max_length = 300))]
    pub address: Option<String>,
    /// Status of the lead.
    pub status: Option<LeadStatus>,
    /// Value, in the smallest unit of the currency; null if unknown.
    #[serde(deserialize_with = "crate::plain::present")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<i64>, minimum = 0))]
    pub value_minor: Option<Option<i64>>,
    /// ISO 4217 currency; required if there is a value.
    #[serde(deserialize_with = "crate::plain::present")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, pattern = "^[A-Z]{3}$", example = "EUR"))]
    pub currency: Option<Option<String>>,
    /// The user who is responsible for it; null if nobody is.
    #[serde(deserialize_with = "crate::plain::present")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<UserId>))]
    pub owner_id: Option<Option<UserId>>,
    /// The next step.
    #[cfg_attr(feature = "openapi", schema(max_length = 300))]
    pub next_step: Option<String>,
    /// Notes for the staff.
    #[cfg_attr(feature = "openapi", schema(max_length = 4000))]
    pub notes: Option<String>,
}

/// A lead that a user records. Fields that are left out are empty. A name, a number or a need is required.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct LeadBody {
    /// The customer; if left out, the customer with this number.
    pub customer_id: Option<CustomerId>,
    /// Name of the customer.
    #[cfg_attr(feature = "openapi", schema(max_length = 120))]
    pub name: String,
    /// The number to call back.
    pub phone: Option<E164>,
    /// The request.
    #[cfg_attr(feature = "openapi", schema(max_length = 4000))]
    pub need: String,
    /// Urgency.
    #[cfg_attr(feature = "openapi", schema(max_length = 300))]
    pub urgency: String,
    /// Budget, in words.
    #[cfg_attr(feature = "openapi", schema(max_length = 300))]
    pub budget: String,
    /// Address of the work.
    #[cfg_attr(feature = "openapi", schema(max_length = 300))]
    pub address: String,
    /// Status of the lead.
    pub status: LeadStatus,
    /// Value, in the smallest unit of the currency.
    #[cfg_attr(feature = "openapi", schema(minimum = 0))]
    pub value_minor: Option<i64>,
    /// ISO 4217 currency; required if there is a value.
    #[cfg_attr(feature = "openapi", schema(pattern = "^[A-Z]{3}$", example = "EUR"))]
    pub currency: Option<String>,
    /// The user who is responsible for it.
    pub owner_id: Option<UserId>,
    /// The next step.
    #[cfg_attr(feature = "openapi", schema(max_length = 300))]
    pub next_step: String,
    /// Notes for the staff.
    #[cfg_attr(feature = "openapi", schema(max_length = 4000))]
    pub notes: String,
}

impl Lead {
    /// Returns the lead that a user has recorded, without its customer if the body names none.
    pub fn of_body(id: LeadId, organization_id: OrganizationId, body: LeadBody, at: UnixMs) -> Self {
        let trimmed = |text: String| composed(text.trim()).into_owned();
        Self {
            id,
            organization_id,
            customer_id: body.customer_id,
            call_id: None,
            name: trimmed(body.name),
            phone: body.phone.map(E164::without_national_zero),
            need: trimmed(body.need),
            urgency: trimmed(body.urgency),
            budget: trimmed(body.budget),
            address: trimmed(body.address),
            status: body.status,
            value_minor: body.value_minor,
            currency: body.currency,
            owner_id: body.owner_id.map(|id| id.to_string()),
            next_step: trimmed(body.next_step),
            notes: trimmed(body.notes),
            created_at: at,
            updated_at: at,
        }
    }

    /// Applies a change.
    pub fn change(&mut self, change: LeadChange, at: UnixMs) {
        let LeadChange {
            name,
            phone,
            need,
            urgency,
            budget,
            address,
            status,
            value_minor,
            currency,
            owner_id,
            next_step,
            notes,
        } = change;
        if let Some(phone) = phone {
            self.phone = phone.map(E164::without_national_zero);
        }
        self.status = status.unwrap_or(self.status);
        self.value_minor = value_minor.unwrap_or(self.value_minor);
        self.currency = currency.unwrap_or(self.currency.take());
        if let Some(owner_id) = owner_id {
            self.owner_id = owner_id.map(|id| id.to_string());
        }
        let texts = [
            (&mut self.name, name),
            (&mut self.need, need),
            (&mut self.urgency, urgency),
            (&mut self.budget, budget),
            (&mut self.address, address),
            (&mut self.next_step, next_step),
            (&mut self.notes, notes),
        ];
        for (text, new) in texts {
            if let Some(new) = new {
                *text = composed(new.trim()).into_owned();
            }
        }
        self.updated_at = at;
    }

    /// Whether it says who wants something, or what.
    pub fn is_identified(&self) -> bool {
        identifies(self.phone.as_ref(), [&self.name, &self.need])
    }
}

impl LeadBody {
    /// Whether it says who wants something, or what.
    pub fn is_identified(&self) -> bool {
        identifies(self.phone.as_ref(), [&self.name, &self.need])
    }
}

fn identifies(phone: Option<&E164>, texts: [&str; 2]) -> bool {
    phone.is_some() || texts.iter().any(|text| !text.trim().is_empty())
}

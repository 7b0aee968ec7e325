//! Choice of the cached profile for a request: the one of the call that the request names, never another call's.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{
    CachedProfile, CustomerProfile, EarlierCall, ProfileActivity, ProfileCustomer, ProfileLine, ProfileSource,
};
use crate::cache_key::{CacheKey, KeyExtension, KeySpace};
use crate::ids::{CallId, OrganizationId};
use crate::wire::twilio::CallSid;

/// A request for a profile: the extension, and optionally the call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileRequest {
    /// The extension.
    pub extension: KeyExtension,
    /// The call's name at Twilio, if the request gives it.
    pub call_sid: Option<CallSid>,
    /// The call's id, if the request gives it.
    pub call_id: Option<CallId>,
}

/// The key by which a profile was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum FoundBy {
    /// The extension's key with Twilio's name of the call.
    CallSid,
    /// The extension's key with our id of the call.
    CallId,
    /// The extension's own key.
    Extension,
}

impl ProfileRequest {
    /// Returns the keys to try, in order.
    pub fn keys(&self, space: &KeySpace) -> Vec<(FoundBy, CacheKey)> {
        let by_sid = self.call_sid.as_ref().map(|sid| space.customer_by_sid(&self.extension, sid));
        let by_call = self.call_id.map(|call_id| space.customer_by_call(&self.extension, call_id));
        let named = [(FoundBy::CallSid, by_sid), (FoundBy::CallId, by_call)];
        let named = named.into_iter().filter_map(|(found_by, key)| Some((found_by, key?)));
        named.chain([(FoundBy::Extension, space.customer(&self.extension))]).collect()
    }
}

/// Whether the profile under a key is the requested one. `organization_id` is the organization of the client.
///
/// The extension's own key has the profile of the newest call. A request that names a call gets it only if it does not belong to
/// another call. So two calls to one extension never show each other's caller.
pub fn choose(
    asked: &ProfileRequest,
    organization_id: OrganizationId,
    found_by: FoundBy,
    found: CachedProfile,
) -> Option<CustomerData> {
    let CachedProfile { organization_id: owner, profile } = found;
    let is_theirs = match found_by {
        FoundBy::CallSid => profile.call_sid.is_none() || profile.call_sid == asked.call_sid,
        FoundBy::CallId => profile.call_id.is_none() || profile.call_id == asked.call_id,
        FoundBy::Extension => is_of_no_other_call(asked, &profile),
    };
    (owner == organization_id && is_theirs).then(|| CustomerData::of(profile, found_by))
}

fn is_of_no_other_call(asked: &ProfileRequest, profile: &CustomerProfile) -> bool {
    let names_none = profile.call_sid.is_none() && profile.call_id.is_none();
    if names_none || (asked.call_sid.is_none() && asked.call_id.is_none()) {
        return true;
    }
    fn compare<T: PartialEq>(asked: Option<&T>, named: Option<&T>) -> Option<bool> {
        Some(asked? == named?)
    }
    let by_sid = compare(asked.call_sid.as_ref(), profile.call_sid.as_ref());
    let by_call = compare(asked.call_id.as_ref(), profile.call_id.as_ref());
    // One matching name, and no differing one. A call without the requested kind of name is another call.
    by_sid.or(by_call).is_some() && by_sid.unwrap_or(true) && by_call.unwrap_or(true)
}

/// The answer to a request for a profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CustomerData {
    /// The key by which it was found.
    pub source: FoundBy,
    /// The profile's own `source`: the switch that the caller arrived through.
    pub profile_source: ProfileSource,
    /// The call at Twilio, if it is one.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub call_sid: Option<CallSid>,
    /// The call.
    pub call_id: Option<CallId>,
    /// The customer.
    pub customer: ProfileCustomer,
    /// The conversation so far, oldest first.
    pub conversation_history: Vec<ProfileLine>,
    /// Activities on this call, oldest first.
    pub activities: Vec<ProfileActivity>,
    /// Two sentences: the caller and their last request, and the actions taken.
    pub summary: String,
    /// Up to five earlier calls with this number, newest first.
    pub earlier_calls: Vec<EarlierCall>,
    /// For a campaign's call: what the campaign's list says about the contact, by name.
    pub variables: BTreeMap<String, String>,
}

impl CustomerData {
    fn of(profile: CustomerProfile, found_by: FoundBy) -> Self {
        let CustomerProfile {
            source,
            call_sid,
            call_id,
            customer,
            conversation_history,
            activities,
            summary,
            earlier_calls,
            variables,
        } = profile;
        Self {
            source: found_by,
            profile_source: source,
            call_sid,
            call_id,
            customer,
            conversation_history,
            activities,
            summary,
            earlier_calls,
            variables,
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::super::tests::profile;
    use super::*;

    const OURS: OrganizationId = OrganizationId(Uuid::from_u128(1));
    const THEIRS: OrganizationId = OrganizationId(Uuid::from_u128(2));

    fn sid(digit: char) -> CallSid {
        format!("CA{}", digit.to_string().repeat(32)).parse().unwrap()
    }

    fn call(number: u128) -> CallId {
        CallId(Uuid::from_u128(number))
    }

    fn asked(call_sid: Option<CallSid>, call_id: Option<CallId>) -> ProfileRequest {
        ProfileRequest { extension: KeyExtension::new("2001").unwrap(), call_sid, call_id }
    }

    fn cached(call_sid: Option<CallSid>, call_id: Option<CallId>) -> CachedProfile {
        CachedProfile { organization_id: OURS, profile: CustomerProfile { call_sid, call_id, ..profile() } }
    }

    #[test]
    fn keys_are_tried_by_sid_then_id_then_extension() {
        let space = KeySpace::of(OURS, OURS);
        let of = |asked: ProfileRequest| -> Vec<FoundBy> {
            asked.keys(&space).into_iter().map(|(found_by, _)| found_by).collect()
        };
        use FoundBy::{CallId as Id, CallSid as Sid, Extension};
        assert_eq!(of(asked(Some(sid('a')), Some(call(1)))), [Sid, Id, Extension]);
        assert_eq!(of(asked(None, Some(call(1)))), [Id, Extension]);
        assert_eq!(of(asked(None, None)), [Extension]);
    }

    #[test]
    fn an_extensions_profile_of_another_call_is_not_returned() {
        let (a, b) = (sid('a'), sid('b'));
        let table = [
            // The request names no call: the newest one.
            (asked(None, None), cached(Some(a.clone()), Some(call(1))), true),
            // The same call, by either name or both.
            (asked(Some(a.clone()), None), cached(Some(a.clone()), Some(call(1))), true),
            (asked(None, Some(call(1))), cached(Some(a.clone()), Some(call(1))), true),
            (asked(Some(a.clone()), Some(call(1))), cached(Some(a.clone()), Some(call(1))), true),
            (asked(Some(a.clone()), Some(call(1))), cached(None, Some(call(1))), true),
            // Another one.
            (asked(Some(b.clone()), None), cached(Some(a.clone()), Some(call(1))), false),
            (asked(None, Some(call(2))), cached(Some(a.clone()), Some(call(1))), false),
            (asked(Some(a.clone()), Some(call(2))), cached(Some(a.clone()), Some(call(1))), false),
            // A call without an id at Twilio is not the call that Twilio names.
            (asked(Some(a.clone()), None), cached(None, Some(call(1))), false),
            (asked(None, Some(call(1))), cached(Some(a.clone()), None), false),
            // A profile that names no call.
            (asked(Some(a), Some(call(1))), cached(None, None), true),
        ];
        for (asked, cached, is_given) in table {
            let given = choose(&asked, OURS, FoundBy::Extension, cached.clone());
            assert_eq!(given.is_some(), is_given, "{asked:?} {cached:?}");
        }
    }

    #[test]
    fn a_profile_of_another_organization_is_not_returned() {
        let found = cached(Some(sid('a')), Some(call(1)));
        let asked = asked(Some(sid('a')), Some(call(1)));
        for found_by in [FoundBy::CallSid, FoundBy::CallId, FoundBy::Extension] {
            assert!(choose(&asked, OURS, found_by, found.clone()).is_some());
            assert!(choose(&asked, THEIRS, found_by, found.clone()).is_none());
        }
    }

    #[test]
    fn the_answer_names_its_key_and_switch() {
        let data =
            choose(&asked(None, Some(call(1))), OURS, FoundBy::CallId, cached(None, Some(call(1)))).unwrap();
        let json = serde_json::to_value(data).unwrap();
        assert_eq!((&json["source"], &json["profile_source"]), (&"call_id".into(), &"asterisk".into()));
        assert!(json.get("organization_id").is_none() && json["call_sid"].is_null());
    }
}

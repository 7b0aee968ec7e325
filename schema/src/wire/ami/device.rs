//! States of phones, in Asterisk's three spellings.

use crate::switch::ExtensionState;

/// Reads a device's state (`DEVICE_STATE(PJSIP/2001)`, `DeviceStateChange`): `NOT_INUSE`, or `Not in use`.
pub fn phone_state_of(text: &str) -> Option<ExtensionState> {
    match text.to_ascii_uppercase().replace(' ', "_").as_str() {
        "NOT_INUSE" | "NOT_IN_USE" => Some(ExtensionState::Registered),
        "INUSE" | "IN_USE" | "BUSY" => Some(ExtensionState::InCall),
        "RINGING" | "RINGINUSE" | "RING+INUSE" => Some(ExtensionState::Ringing),
        "ONHOLD" | "ON_HOLD" => Some(ExtensionState::OnHold),
        "UNAVAILABLE" => Some(ExtensionState::Unregistered),
        // The endpoint doesn't exist. UNKNOWN says nothing: the technology has no states.
        "INVALID" => Some(ExtensionState::Unknown),
        _ => None,
    }
}

/// Reads a hint's state (`ExtensionState`, `Status`). With -1 there is no hint, which says nothing about the phone.
pub fn extension_state_of(status: i32) -> Option<ExtensionState> {
    match status {
        0 => Some(ExtensionState::Registered),
        1 | 2 => Some(ExtensionState::InCall),
        4 => Some(ExtensionState::Unregistered),
        8 | 9 => Some(ExtensionState::Ringing),
        16 | 17 => Some(ExtensionState::OnHold),
        _ => None,
    }
}

//! Schemas of the domain types whose JSON form differs from their fields. The others derive theirs.

use std::borrow::Cow;

use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::openapi::{KnownFormat, RefOr, SchemaFormat};
use utoipa::{PartialSchema, ToSchema};

use crate::audio::SampleRate;
use crate::business::hours::TimeOfDay;
use crate::business::money::Currency;
use crate::dial::{NumberPattern, PhoneNumber};
use crate::dialplan::DialplanTarget;
use crate::digit::{Digit, Digits};
use crate::phone::E164;

impl PartialSchema for Digit {
    fn schema() -> RefOr<Schema> {
        let one_key = ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some("^[0-9*#A-D]$"))
            .description(Some("One DTMF digit, a key that a caller can press."));
        one_key.into()
    }
}

impl ToSchema for Digit {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Digit")
    }
}

impl PartialSchema for Digits {
    fn schema() -> RefOr<Schema> {
        let keys = ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some("^[0-9*#A-D]{1,8}$"))
            .description(Some("Keys that a caller presses one after the other."))
            .examples(["12#"]);
        keys.into()
    }
}

impl ToSchema for Digits {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Digits")
    }
}

impl PartialSchema for DialplanTarget {
    fn schema() -> RefOr<Schema> {
        let place = ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("A place in a dialplan, `context,extension,priority`."))
            .examples(["internal,2001,1"]);
        place.into()
    }
}

impl ToSchema for DialplanTarget {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("DialplanTarget")
    }
}

impl PartialSchema for TimeOfDay {
    fn schema() -> RefOr<Schema> {
        let time = ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some("^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$"))
            .description(Some("A time of day on the wall; `24:00` is the day's end."))
            .examples(["08:30"]);
        time.into()
    }
}

impl ToSchema for TimeOfDay {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("TimeOfDay")
    }
}

impl PartialSchema for Currency {
    fn schema() -> RefOr<Schema> {
        let text = ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some("^[A-Z]{3}$"))
            .description(Some("A currency by its code of ISO 4217."))
            .examples(["EUR"]);
        text.into()
    }
}

impl ToSchema for Currency {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Currency")
    }
}

impl PartialSchema for NumberPattern {
    fn schema() -> RefOr<Schema> {
        let numbers = ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some("^[+]?[0-9]{1,24}[*]?$"))
            .description(Some("Numbers that begin alike; `*` stands for any rest."))
            .examples(["+4930*"]);
        numbers.into()
    }
}

impl ToSchema for NumberPattern {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("NumberPattern")
    }
}

impl PartialSchema for PhoneNumber {
    fn schema() -> RefOr<Schema> {
        let number = ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some("^[+]?[0-9]{1,24}$"))
            .description(Some("A telephone number."))
            .examples(["+493012345"]);
        number.into()
    }
}

impl ToSchema for PhoneNumber {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("PhoneNumber")
    }
}

impl PartialSchema for E164 {
    fn schema() -> RefOr<Schema> {
        let number = ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("A telephone number as E.164 writes it. In what is sent, spaces, `-`, `.`, `/` and brackets may stand between digits, and `00` for `+`."))
            .examples(["+493012345678"]);
        number.into()
    }
}

impl ToSchema for E164 {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("E164")
    }
}

impl PartialSchema for SampleRate {
    fn schema() -> RefOr<Schema> {
        let hz = ObjectBuilder::new()
            .schema_type(Type::Integer)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int32)))
            .description(Some("Sample rate in Hz."))
            .examples([8_000]);
        hz.into()
    }
}

impl ToSchema for SampleRate {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("SampleRate")
    }
}

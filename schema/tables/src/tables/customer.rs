//! Customers, with their requests and appointments.

diesel::table! {
    customers (id) {
        id -> Text,
        organization_id -> Text,
        phone -> Nullable<Text>,
        name -> Text,
        email -> Text,
        address -> Text,
        notes -> Text,
        language -> Text,
        tags -> Text,
        verified -> Bool,
        sms_opted_out -> Bool,
        search -> Text,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    customer_numbers (organization_id, number) {
        organization_id -> Text,
        number -> Text,
        customer_id -> Text,
    }
}

diesel::table! {
    text_opt_outs (organization_id, number) {
        organization_id -> Text,
        number -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    customers_apart (organization_id, one_id, other_id) {
        organization_id -> Text,
        one_id -> Text,
        other_id -> Text,
    }
}

diesel::table! {
    customer_erasures (customer_id) {
        customer_id -> Text,
        organization_id -> Text,
        since -> Timestamp,
        asked_by -> Text,
        person -> Text,
        counts -> Text,
    }
}

diesel::table! {
    erased_numbers (organization_id, fingerprint) {
        organization_id -> Text,
        fingerprint -> Text,
    }
}

diesel::table! {
    leads (id) {
        id -> Text,
        organization_id -> Text,
        customer_id -> Nullable<Text>,
        call_id -> Nullable<Text>,
        name -> Text,
        phone -> Nullable<Text>,
        need -> Text,
        urgency -> Text,
        budget -> Text,
        address -> Text,
        status -> Text,
        value_minor -> Nullable<BigInt>,
        currency -> Nullable<Text>,
        owner_id -> Nullable<Text>,
        next_step -> Text,
        notes -> Text,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    appointments (id) {
        id -> Text,
        organization_id -> Text,
        customer_id -> Nullable<Text>,
        lead_id -> Nullable<Text>,
        call_id -> Nullable<Text>,
        resource -> Text,
        service -> Text,
        starts_at -> Timestamp,
        ends_at -> Timestamp,
        zone -> Text,
        status -> Text,
        hold_until -> Nullable<Timestamp>,
        name -> Text,
        phone -> Nullable<Text>,
        address -> Text,
        notes -> Text,
        sequence -> BigInt,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    appointment_slots (organization_id, resource, slot_at, place) {
        organization_id -> Text,
        resource -> Text,
        slot_at -> Timestamp,
        appointment_id -> Text,
        place -> BigInt,
    }
}

diesel::table! {
    calendar_feeds (organization_id) {
        organization_id -> Text,
        token_hash -> Text,
        created_at -> Timestamp,
        made_by -> Nullable<Text>,
    }
}

diesel::table! {
    messages (id) {
        id -> Text,
        organization_id -> Text,
        customer_id -> Nullable<Text>,
        call_id -> Nullable<Text>,
        direction -> Text,
        from_number -> Text,
        to_number -> Text,
        body -> Text,
        template -> Nullable<Text>,
        status -> Text,
        sid -> Nullable<Text>,
        error_code -> Nullable<BigInt>,
        segments -> Nullable<BigInt>,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        done_at -> Nullable<Timestamp>,
        done_by -> Nullable<Text>,
    }
}

diesel::table! {
    tool_writes (call_id, effect_id) {
        call_id -> Text,
        effect_id -> BigInt,
        organization_id -> Text,
        at -> Timestamp,
        written -> Text,
    }
}

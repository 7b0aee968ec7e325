//! Stored figures, and those that are to be recounted.

diesel::table! {
    figures (organization_id, grain, cut, at, key) {
        organization_id -> Text,
        grain -> Text,
        cut -> Text,
        at -> Timestamp,
        key -> Text,
        sums -> Text,
    }
}

diesel::table! {
    figure_marks (id) {
        id -> Text,
        organization_id -> Text,
        at -> Timestamp,
    }
}

diesel::table! {
    figure_month_marks (organization_id, at) {
        organization_id -> Text,
        at -> Timestamp,
        id -> Text,
    }
}

diesel::table! {
    figure_zones (organization_id) {
        organization_id -> Text,
        zone -> Text,
        settled_until -> Nullable<Timestamp>,
        compared_day -> Nullable<Text>,
    }
}

diesel::table! {
    exported_days (organization_id, day) {
        organization_id -> Text,
        day -> Text,
        changes -> BigInt,
        written -> Nullable<BigInt>,
        claimed_until -> Nullable<Timestamp>,
    }
}

diesel::table! {
    report_mails (user_id) {
        user_id -> Text,
        organization_id -> Text,
        weekday -> Integer,
        hour -> Integer,
        tz -> Text,
        next_at -> Timestamp,
    }
}

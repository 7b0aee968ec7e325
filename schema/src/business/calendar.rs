//! Which appointments of a person or thing can be at the same time, and when a service can still be booked.
//!
//! An appointment takes whole quarter hours. The minutes that its service keeps free around it count as taken, too. Two appointments
//! overlap if their quarter hours do, and there may be as many at the same time as each of their services allows.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, TimeDelta, Utc};

use super::{BusinessProfile, Service, comparable};
use crate::appointment::{Appointment, SLOT_MS, slots_begin, slots_end};
use crate::slots::{SlotRequest, Span, free_slots};

/// The services of a business that are booked for one person or thing.
#[derive(Clone, Debug)]
pub struct Calendar<'p> {
    business: &'p BusinessProfile,
    resource: &'p str,
    /// All services by their comparable names.
    services: HashMap<String, &'p Service>,
    /// How many appointments of an unknown service there may be at the same time: the most that a known one allows.
    most: u32,
}

/// The time that an appointment takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    begins: DateTime<Utc>,
    /// Its quarter hours.
    own: Span,
    /// The same, with the time that is kept free around it.
    kept: Span,
    /// Comparable name of its service.
    service: String,
    capacity: usize,
    is_class: bool,
}

/// Why an appointment can't be at its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clash {
    /// It overlaps with as many appointments as there may be, or with one that has its time for itself.
    Appointment,
    /// Only the time that is kept free around it or another appointment is taken.
    Buffer,
}

/// Request for free times of a service.
#[derive(Clone, Copy, Debug)]
pub struct FreeTimes<'s> {
    /// Name of the service.
    pub service: &'s str,
    /// Minutes that it takes.
    pub minutes: u32,
    /// Minutes between two beginnings.
    pub every_minutes: u32,
    /// When the appointment may be.
    pub within: Span,
    /// Maximum number of times.
    pub max: usize,
    /// The time now.
    pub now: DateTime<Utc>,
}

impl BusinessProfile {
    /// Returns the calendar of a person or thing.
    pub fn calendar<'p>(&'p self, resource: &'p str) -> Calendar<'p> {
        let services = self.services.iter().map(|service| (comparable(&service.name), service)).collect();
        let shared = self.services.iter().filter(|of| of.resource() == resource && !of.begins_together);
        let most = shared.map(|of| of.capacity).max().unwrap_or(1);
        Calendar { business: self, resource, services, most }
    }
}

impl Calendar<'_> {
    /// Returns the person or thing.
    pub fn resource(&self) -> &str {
        self.resource
    }

    /// Returns how far from an appointment others may be that its buffers or theirs keep apart from it.
    pub fn margin(&self) -> TimeDelta {
        let minutes = self.services.values().map(|of| of.buffer_before_minutes.max(of.buffer_after_minutes));
        // Both buffers are rounded to whole slots.
        TimeDelta::minutes(2 * i64::from(minutes.max().unwrap_or(0)))
            + TimeDelta::milliseconds(SLOT_MS as i64)
    }

    /// Returns the time that an appointment of this service would take. Nothing is kept free around one of an unknown service.
    pub fn taken(&self, service: &str, (begins, ends): Span) -> Taken {
        let service = comparable(service);
        let known = self.services.get(&service);
        let minutes = |of: fn(&Service) -> u32| TimeDelta::minutes(known.map_or(0, |known| of(known).into()));
        let kept = (
            begins - minutes(|service| service.buffer_before_minutes),
            ends + minutes(|service| service.buffer_after_minutes),
        );
        Taken {
            begins,
            own: whole_slots((begins, ends)),
            kept: whole_slots(kept),
            capacity: known.map_or(self.most, |known| known.capacity).max(1) as usize,
            is_class: known.is_some_and(|known| known.begins_together),
            service,
        }
    }

    /// Returns the time that an appointment takes.
    pub fn taken_by(&self, appointment: &Appointment) -> Taken {
        self.taken(&appointment.service, (appointment.starts_at.to_utc(), appointment.ends_at.to_utc()))
    }

    /// Returns when the service can be booked, in order: in opening hours, with the notice and up to the last day that the business has
    /// set, and beside the appointments of the calendar. A class that has begun to fill is offered also outside opening hours.
    pub fn free(&self, asked: FreeTimes<'_>, all: &[Taken]) -> Vec<Span> {
        let FreeTimes { service, minutes, every_minutes, within, max, now } = asked;
        let known = self.services.get(&comparable(service));
        let request = SlotRequest {
            minutes,
            before_minutes: known.map_or(0, |known| known.buffer_before_minutes),
            after_minutes: known.map_or(0, |known| known.buffer_after_minutes),
            every_minutes,
            max,
        };
        // Its own time is not known yet.
        let new = self.taken(service, (now, now));
        let full = new.full(all.iter().collect(), |taken| taken.kept);
        let open = self.business.open_between(within);
        let within = (within.0.max(self.business.bookable_from(now)), within.1);
        let mut found = free_slots(&open, &full, request, within);
        let length = TimeDelta::minutes(i64::from(minutes));
        let classes =
            all.iter().filter(|taken| new.is_class && taken.is_class && taken.service == new.service);
        let begins: BTreeSet<_> = classes.map(|taken| taken.begins).collect();
        let begins = begins.into_iter().filter(|begins| *begins >= within.0 && *begins + length <= within.1);
        let joined = begins.map(|begins| (begins, begins + length));
        found.extend(joined.filter(|span| self.taken(service, *span).clash(all).is_none()));
        found.sort_unstable();
        found.dedup();
        if let Some(until) = self.business.bookable_until(now) {
            found.retain(|(begins, _)| *begins < until);
        }
        found.truncate(max);
        found
    }
}

impl Taken {
    /// Returns why it can't be beside these, which it is not one of.
    pub fn clash(&self, others: &[Self]) -> Option<Clash> {
        if !self.fits(others, |taken| taken.own) {
            return Some(Clash::Appointment);
        }
        (!self.fits(others, |taken| taken.kept)).then_some(Clash::Buffer)
    }

    fn fits(&self, others: &[Self], time: fn(&Self) -> Span) -> bool {
        let (from, to) = time(self);
        let overlaps = |(begins, ends): Span| begins < to && from < ends;
        // A month's appointments may be among them, and a month's classes are each asked.
        let near = others.iter().filter(|other| overlaps(time(other)));
        let (mates, others): (Vec<&Self>, Vec<&Self>) = near.partition(|other| self.is_classmate(other));
        mates.len() < self.capacity && !self.full(others, time).iter().any(|full| overlaps(*full))
    }

    /// Whether both are of the same class.
    fn is_classmate(&self, other: &Self) -> bool {
        self.is_class && other.is_class && self.service == other.service && self.begins == other.begins
    }

    /// Returns when there is no room for one more like this beside the others, in order.
    fn full(&self, mut others: Vec<&Self>, time: fn(&Self) -> Span) -> Vec<Span> {
        let ends = |taken: &&Self| [time(taken).0, time(taken).1];
        // The number changes only at these moments.
        let moments: BTreeSet<DateTime<Utc>> = others.iter().flat_map(ends).collect();
        others.sort_by_key(|taken| time(taken).0);
        let mut waiting = others.into_iter().peekable();
        let mut here: Vec<&Self> = Vec::new();
        let mut full = Vec::new();
        for (from, to) in moments.iter().zip(moments.iter().skip(1)) {
            here.retain(|taken| time(taken).1 > *from);
            while let Some(next) = waiting.next_if(|taken| time(taken).0 <= *from) {
                here.push(next);
            }
            if self.has_no_room_beside(&here) {
                full.push((*from, *to));
            }
        }
        full
    }

    fn has_no_room_beside(&self, here: &[&Self]) -> bool {
        let is_class = self.is_class || here.iter().any(|other| other.is_class);
        let places = here.iter().map(|other| other.capacity).fold(self.capacity, usize::min);
        !here.is_empty() && (is_class || here.len() >= places)
    }
}

/// Returns the quarter hours that a period touches.
fn whole_slots((from, to): Span) -> Span {
    (slots_begin(from.into()).to_utc(), slots_end(to.into()).to_utc())
}

#[cfg(test)]
mod tests {
    use chrono_tz::Tz;
    use serde_json::{Value, json};

    use super::*;
    use crate::appointment::MAIN_RESOURCE;

    /// A business that is always open.
    fn business(services: Value) -> BusinessProfile {
        let day = json!([{ "from": "00:00", "to": "24:00" }]);
        serde_json::from_value(json!({
            "hours": {
                "monday": day, "tuesday": day, "wednesday": day, "thursday": day, "friday": day, "saturday": day,
                "sunday": day,
            },
            "services": services,
        }))
        .unwrap()
    }

    /// A time of a Monday.
    fn at(time: &str) -> DateTime<Utc> {
        format!("2026-11-23T{time}:00Z").parse().unwrap()
    }

    /// The appointments `service from to`.
    fn taken(calendar: &Calendar<'_>, all: &[&str]) -> Vec<Taken> {
        let one = |text: &&str| {
            let parts: Vec<&str> = text.split(' ').collect();
            let [service, from, to] = parts[..] else { panic!("{text}") };
            calendar.taken(service, (at(from), at(to)))
        };
        all.iter().map(one).collect()
    }

    /// Whether one fits beside the others.
    fn clash(calendar: &Calendar<'_>, new: &str, others: &[&str]) -> Option<Clash> {
        taken(calendar, &[new])[0].clash(&taken(calendar, others))
    }

    #[test]
    fn one_appointment_is_at_a_time_unless_more_are_allowed() {
        let business = business(json!([{ "name": "Cut" }, { "name": "Visit" }]));
        let calendar = business.calendar(MAIN_RESOURCE);
        for service in ["Cut", "Visit", "Unknown"] {
            let new = format!("{service} 10:00 11:00");
            assert_eq!(clash(&calendar, &new, &["Cut 10:59 12:00"]), Some(Clash::Appointment), "{service}");
            assert_eq!(clash(&calendar, &new, &["Unknown 09:00 10:01"]), Some(Clash::Appointment));
            assert_eq!(clash(&calendar, &new, &["Cut 11:00 12:00", "Unknown 09:00 10:00"]), None);
        }
    }

    #[test]
    fn as_many_are_at_a_time_as_each_allows() {
        let chair = |name: &str, capacity: u32| json!({ "name": name, "capacity": capacity });
        let business = business(json!([chair("Cut", 3), chair("Colour", 3), chair("Bride", 1)]));
        let calendar = business.calendar(MAIN_RESOURCE);
        let two = ["Cut 10:00 11:00", "Colour 10:30 12:00"];
        let of = |new: &str, others: &[&str]| clash(&calendar, new, others);
        assert_eq!(of("Cut 10:30 11:00", &two), None);
        let three = ["Cut 10:00 11:00", "Colour 10:30 12:00", "Cut 10:45 11:30"];
        assert_eq!(of("Cut 10:00 11:00", &three), Some(Clash::Appointment), "a fourth at 10:45");
        assert_eq!(of("Cut 10:00 10:45", &three), None, "only two before that");
        assert_eq!(of("Cut 11:00 12:00", &three), None, "the first is over");
        assert_eq!(of("Bride 11:15 12:00", &two), Some(Clash::Appointment), "it needs all chairs");
        assert_eq!(of("Cut 10:00 11:00", &["Bride 10:00 11:00"]), Some(Clash::Appointment));
        // Written by hand, or before the service was renamed.
        assert_eq!(of("Walk-in 10:00 11:00", &two), None);
        assert_eq!(of("Walk-in 10:00 11:00", &three), Some(Clash::Appointment));
        assert_eq!(of("Cut 10:00 11:00", &["Walk-in 10:00 11:00"]), None);
        assert_eq!(business.calendar("van").taken("Unknown", (at("10:00"), at("11:00"))).capacity, 1);
    }

    #[test]
    fn services_share_a_person_however_the_name_is_typed() {
        let of = |name: &str, resource: &str| json!({ "name": name, "resource": resource });
        let mut business = business(json!([
            of("Cut", "Jos\u{e9}"), of("Colour", " jose\u{301} "), of("Wash", "Main"), { "name": "Call" },
        ]));
        business.unify_resources();
        let resources: Vec<&str> = business.services.iter().map(Service::resource).collect();
        assert_eq!(resources, ["Jos\u{e9}", "Jos\u{e9}", MAIN_RESOURCE, MAIN_RESOURCE]);
    }

    #[test]
    fn a_class_begins_together_and_is_alone() {
        let class = json!({ "name": "Yoga", "capacity": 2, "begins_together": true, "duration_minutes": 60 });
        let other = json!({ "name": "Massage", "capacity": 5, "duration_minutes": 60 });
        let business = business(json!([class, other]));
        let calendar = business.calendar(MAIN_RESOURCE);
        let one = ["Yoga 18:00 19:00"];
        assert_eq!(clash(&calendar, "Yoga 18:00 19:00", &one), None);
        assert_eq!(clash(&calendar, "Yoga 18:30 19:30", &one), Some(Clash::Appointment));
        assert_eq!(clash(&calendar, "Massage 18:30 19:30", &one), Some(Clash::Appointment));
        assert_eq!(clash(&calendar, "Yoga 18:30 19:30", &["Massage 18:00 19:00"]), Some(Clash::Appointment));
        let full = ["Yoga 18:00 19:00", "Yoga 18:00 19:00"];
        assert_eq!(clash(&calendar, "Yoga 18:00 19:00", &full), Some(Clash::Appointment));
        let asked = FreeTimes {
            service: "yoga",
            minutes: 60,
            every_minutes: 60,
            within: (at("16:00"), at("21:00")),
            max: 10,
            now: at("00:00"),
        };
        let begins = |all: &[&str]| -> Vec<String> {
            let free = calendar.free(asked, &taken(&calendar, all));
            free.iter().map(|(begins, _)| begins.format("%H:%M").to_string()).collect()
        };
        assert_eq!(begins(&one), ["16:00", "17:00", "18:00", "19:00", "20:00"]);
        assert_eq!(begins(&full), ["16:00", "17:00", "19:00", "20:00"]);
        assert_eq!(begins(&["Yoga 18:10 19:10"]), ["16:00", "17:00", "18:10", "20:00"]);
    }

    #[test]
    fn the_notice_counts_once_for_free_times_and_classes() {
        let class = json!({ "name": "Yoga", "capacity": 2, "begins_together": true, "duration_minutes": 60 });
        let mut business = business(json!([class]));
        for (notice_hours, now, from, booked, first) in [
            (0, "09:30", "00:00", None, "09:30"),
            (0, "09:31", "00:00", None, "10:00"),
            (2, "09:30", "00:00", None, "11:30"),
            (2, "09:31", "00:00", None, "12:00"),
            // The time that is asked for does not add to it.
            (2, "09:30", "11:00", None, "11:30"),
            (2, "09:30", "15:00", None, "15:00"),
            // The class itself can be joined until then.
            (2, "09:30", "00:00", Some("Yoga 11:35 12:35"), "11:35"),
            (2, "09:30", "00:00", Some("Yoga 11:30 12:30"), "11:30"),
            (2, "09:30", "00:00", Some("Yoga 11:25 12:25"), "12:30"),
        ] {
            business.bookings.notice_hours = notice_hours;
            let calendar = business.calendar(MAIN_RESOURCE);
            let asked = FreeTimes {
                service: "Yoga",
                minutes: 60,
                every_minutes: 30,
                within: (at(from), at("23:00")),
                max: 1,
                now: at(now),
            };
            let booked: Vec<&str> = booked.into_iter().collect();
            let free = calendar.free(asked, &taken(&calendar, &booked));
            assert_eq!(free[0].0, at(first), "{notice_hours} hours at {now}, asked from {from}: {booked:?}");
        }
    }

    #[test]
    fn time_is_kept_free_around_appointments_of_all_services() {
        let visit = json!({ "name": "Visit", "buffer_before_minutes": 30, "buffer_after_minutes": 15 });
        let business = business(json!([visit, { "name": "Call" }]));
        let calendar = business.calendar(MAIN_RESOURCE);
        let of = |new: &str| clash(&calendar, new, &["Visit 10:00 11:00"]);
        for (new, expected) in [
            ("Call 09:00 09:30", None),
            ("Call 09:00 09:31", Some(Clash::Buffer)),
            ("Call 09:00 10:01", Some(Clash::Appointment)),
            ("Call 11:00 11:30", Some(Clash::Buffer)),
            ("Call 11:15 11:30", None),
            ("Visit 11:15 12:00", Some(Clash::Buffer)),
            ("Visit 11:45 12:00", None),
            ("Visit 08:00 09:15", None),
            ("Visit 08:00 09:16", Some(Clash::Buffer)),
        ] {
            assert_eq!(of(new), expected, "{new}");
        }
        assert_eq!(calendar.margin(), TimeDelta::minutes(75));
    }

    #[test]
    fn kept_time_is_as_long_where_clocks_change() {
        let visit = json!({ "name": "Visit", "duration_minutes": 60, "buffer_after_minutes": 60 });
        let mut business = business(json!([visit]));
        business.time_zone = Tz::Europe__Berlin;
        let calendar = business.calendar(MAIN_RESOURCE);
        let utc = |time: &str| -> DateTime<Utc> { format!("2026-03-29T{time}:00Z").parse().unwrap() };
        // From one o'clock until the moment at which it is three instead of two.
        let visit = calendar.taken("Visit", (utc("00:00"), utc("01:00")));
        let within = (utc("00:00"), utc("06:00"));
        let now = utc("00:00") - TimeDelta::days(1);
        let asked = FreeTimes { service: "Visit", minutes: 60, every_minutes: 60, within, max: 1, now };
        let free = calendar.free(asked, &[visit]);
        assert_eq!(free[0].0.with_timezone(&business.time_zone).format("%H:%M").to_string(), "04:00");
    }

    #[test]
    fn free_times_follow_notice_and_horizon() {
        let mut business = business(json!([{ "name": "Cut", "duration_minutes": 60 }]));
        let now = at("09:30");
        let begins = |business: &BusinessProfile| {
            let within = (now, now + TimeDelta::days(5));
            let asked = FreeTimes { service: "Cut", minutes: 60, every_minutes: 60, within, max: 1_000, now };
            let free = business.calendar(MAIN_RESOURCE).free(asked, &[]);
            let shown = |span: &Span| span.0.format("%d %H:%M").to_string();
            (free.first().map(shown).unwrap(), free.last().map(shown).unwrap())
        };
        assert_eq!(begins(&business), ("23 11:00".to_owned(), "28 08:00".to_owned()));
        business.bookings.notice_hours = 24;
        business.bookings.horizon_days = Some(2);
        assert_eq!(begins(&business), ("24 10:00".to_owned(), "25 23:00".to_owned()));
    }
}

//! Whether a contact is called at this moment. Checked at the instant of dialling, with what is known then.

use chrono_tz::Tz;
use cordboard_schema::contact_mapping::{refuses_consent, says_nothing};
use cordboard_schema::phone::E164;
use cordboard_schema::time::UnixMs;

use crate::callee::Callee;
use crate::hours::{Hours, Opening};
use crate::predictive::QUIET_MS;
use crate::retries::End;
use crate::rules::Rules;

const DAY_MS: u64 = 86_400_000;
/// Pause before the next check of a number that is being called.
const CALLED_MS: u64 = 30_000;

/// The consent of a contact to being called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consent {
    /// There is evidence that they agreed.
    Given,
    /// Nothing is known of them alone: the campaign's evidence counts.
    Unknown,
    /// They refused. No evidence of the campaign outweighs that.
    Refused,
}

impl Consent {
    /// Reads the value of a contact, or of a campaign: evidence, a word that refuses, or nothing, which may have a word as well (`NULL`).
    pub fn of(said: &str) -> Self {
        if says_nothing(said) {
            Self::Unknown
        } else if refuses_consent(said) {
            Self::Refused
        } else {
            Self::Given
        }
    }
}

/// A contact who could be called now.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// Their number.
    pub number: &'a E164,
    /// Their zone, if given. The rule stays that of the number's country.
    pub zone: Option<Tz>,
    /// Whether their number is on the suppression list.
    pub is_suppressed: bool,
    /// Their consent to being called.
    pub consent: Consent,
    /// When this number was dialled within the last 30 days, by any campaign of the organization, in any order.
    pub dialled: &'a [UnixMs],
    /// When a call to this number last found no agent, for any campaign of the organization.
    pub abandoned_at: Option<UnixMs>,
    /// Whether another campaign of the organization has a call to this number: a second one would ring into it.
    pub is_being_called: bool,
}

/// Verdict on a candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// They are called.
    Dial,
    /// They are not called before this time.
    Wait(UnixMs),
    /// They are no longer called.
    Close(End),
}

/// Whether the candidate is called at `now`.
pub fn judge(rules: &Rules, candidate: &Candidate<'_>, now: UnixMs) -> Verdict {
    if candidate.is_suppressed {
        return Verdict::Close(End::Suppressed);
    }
    let Callee { rule, zones } = Callee::of(candidate.number);
    let has_consent = match candidate.consent {
        Consent::Given => true,
        Consent::Unknown => !rule.needs_consent || rules.has_consent(),
        Consent::Refused => false,
    };
    if !has_consent {
        return Verdict::Close(End::NoConsent);
    }
    let counts = [
        room_at(candidate.dialled, rule.per_day_max, DAY_MS, now),
        room_at(candidate.dialled, rule.per_30_days_max, 30 * DAY_MS, now),
    ];
    let quiet = candidate.abandoned_at.map(|at| at + QUIET_MS).filter(|until| *until > now);
    let called = candidate.is_being_called.then(|| now + CALLED_MS);
    if let Some(until) = counts.into_iter().chain([quiet, called]).flatten().max() {
        return Verdict::Wait(until);
    }
    match opening(rules, Callee { rule, zones }, candidate.zone, now) {
        Opening::Open => Verdict::Dial,
        Opening::At(at) => Verdict::Wait(at),
        Opening::Never => Verdict::Close(End::NotCallable),
    }
}

/// Whether a callee, whose zone may be given, may be called at `now` judging by their hours only, or from when on.
pub fn opening(rules: &Rules, Callee { rule, zones }: Callee, said: Option<Tz>, now: UnixMs) -> Opening {
    let zones = &rules.hours.zones(said, zones);
    Hours { rule, zones, campaign: &rules.hours }.at(now)
}

/// When a further call is within the limit; none if it is now.
fn room_at(dialled: &[UnixMs], count_max: u32, within_ms: u64, now: UnixMs) -> Option<UnixMs> {
    let mut counted: Vec<UnixMs> =
        dialled.iter().copied().filter(|at| now.ms_since(*at) < within_ms).collect();
    let count_max = usize::try_from(count_max).unwrap_or(usize::MAX).max(1);
    if counted.len() < count_max {
        return None;
    }
    counted.sort_unstable();
    counted.get(counted.len() - count_max).map(|at| *at + within_ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(text: &str) -> UnixMs {
        text.parse::<chrono::DateTime<chrono::Utc>>().unwrap().into()
    }

    fn verdict(change: impl FnOnce(&mut Candidate<'_>), dialled: &[UnixMs], now: &str) -> Verdict {
        let number = "+493012345678".parse().unwrap();
        let mut candidate = Candidate {
            number: &number,
            zone: None,
            is_suppressed: false,
            consent: Consent::Given,
            dialled,
            abandoned_at: None,
            is_being_called: false,
        };
        change(&mut candidate);
        judge(&Rules::default(), &candidate, ms(now))
    }

    #[test]
    fn a_contact_without_obstacles_is_called() {
        let (noon, night) = ("2026-11-27T11:00:00Z", "2026-11-27T02:00:00Z");
        assert_eq!(verdict(|_| (), &[], noon), Verdict::Dial);
        assert_eq!(verdict(|_| (), &[], night), Verdict::Wait(ms("2026-11-27T08:00:00Z")));
        assert_eq!(verdict(|it| it.is_suppressed = true, &[], noon), Verdict::Close(End::Suppressed));
        assert_eq!(verdict(|it| it.consent = Consent::Unknown, &[], noon), Verdict::Close(End::NoConsent));
        assert_eq!(
            verdict(|it| it.zone = Some(Tz::America__New_York), &[], noon),
            Verdict::Wait(ms("2026-11-27T14:00:00Z")),
            "a German who lives in New York"
        );
    }

    #[test]
    fn a_refusal_outweighs_the_evidence_of_the_campaign() {
        let number = "+493012345678".parse().unwrap();
        let closed = Verdict::Close(End::NoConsent);
        for (said, of_campaign, expected) in [
            ("", "form 7 of the shop", Verdict::Dial),
            ("call 9", "", Verdict::Dial),
            ("no objection", "", Verdict::Dial),
            ("no", "form 7 of the shop", closed),
            (" Nein ", "form 7 of the shop", closed),
            ("FALSE", "form 7 of the shop", closed),
            ("opted out", "form 7 of the shop", closed),
            ("", "No", closed),
        ] {
            let rules = Rules { consent: of_campaign.to_owned(), ..Rules::default() };
            let candidate = Candidate {
                number: &number,
                zone: None,
                is_suppressed: false,
                consent: Consent::of(said),
                dialled: &[],
                abandoned_at: None,
                is_being_called: false,
            };
            assert_eq!(
                judge(&rules, &candidate, ms("2026-11-27T11:00:00Z")),
                expected,
                "{said:?} {of_campaign:?}"
            );
        }
    }

    /// Programs write such words into the cells of people who never agreed.
    #[test]
    fn a_word_for_a_missing_value_is_no_evidence() {
        for said in ["NULL", "\\N", " n/a ", "#N/A", "None", "-", "—", "Unbekannt"] {
            assert_eq!(Consent::of(said), Consent::Unknown, "{said:?}");
            let rules = Rules { consent: said.to_owned(), ..Rules::default() };
            assert!(!rules.has_consent(), "{said:?}");
        }
        assert_eq!(Consent::of("form of 3 May - shop"), Consent::Given);
    }

    #[test]
    fn an_abandoned_call_protects_the_number_for_72_h() {
        let noon = "2026-11-27T11:00:00Z";
        let before = |hours: u64| ms(noon) - hours * 3_600_000;
        assert_eq!(
            verdict(|it| it.abandoned_at = Some(before(71)), &[], noon),
            Verdict::Wait(before(71) + 72 * 3_600_000)
        );
        assert_eq!(verdict(|it| it.abandoned_at = Some(before(72)), &[], noon), Verdict::Dial);
    }

    #[test]
    fn a_number_that_is_being_called_is_not_called_again() {
        fn called(it: &mut Candidate<'_>) {
            it.is_being_called = true;
        }
        let (noon, hour_before) = ("2026-11-27T11:00:00Z", ms("2026-11-27T10:00:00Z"));
        assert_eq!(verdict(called, &[hour_before], noon), Verdict::Wait(ms("2026-11-27T11:00:30Z")));
        // Every reason against a call counts.
        let both = [hour_before, hour_before];
        assert_eq!(verdict(called, &both, noon), Verdict::Wait(hour_before + DAY_MS));
        let not_at_all = verdict(|it| (it.is_being_called, it.is_suppressed) = (true, true), &[], noon);
        assert_eq!(not_at_all, Verdict::Close(End::Suppressed));
    }

    #[test]
    fn daily_and_monthly_limits_apply_across_campaigns() {
        let noon = "2026-11-27T11:00:00Z";
        let before = |hours: u64| ms(noon) - hours * 3_600_000;
        // Germany: 2 a day, 8 in 30 days.
        assert_eq!(verdict(|_| (), &[before(5), before(25)], noon), Verdict::Dial);
        assert_eq!(verdict(|_| (), &[before(1), before(5)], noon), Verdict::Wait(before(5) + DAY_MS));
        assert_eq!(verdict(|_| (), &[before(24), before(23)], noon), Verdict::Dial, "a day is over");
        let month: Vec<UnixMs> = (1..=8).map(|day| before(day * 48)).collect();
        assert_eq!(verdict(|_| (), &month, noon), Verdict::Wait(before(16 * 24) + 30 * DAY_MS));
        assert_eq!(verdict(|_| (), &month[..7], noon), Verdict::Dial);
    }
}

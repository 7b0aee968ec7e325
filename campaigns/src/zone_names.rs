//! Names of time zones that mean the same clock: old names, such as `US/Eastern`, and names of places that share one.
//!
//! For `chrono_tz` each name is a separate zone, and it does not say which of them are links. These are the links of the IANA database 2025b, except
//! for those of UTC, in which nobody lives.

use chrono_tz::{TZ_VARIANTS, Tz};

/// The zone with this name, in any case.
pub(crate) fn named(name: &str) -> Option<Tz> {
    TZ_VARIANTS.iter().find(|zone| zone.name().eq_ignore_ascii_case(name)).copied()
}

/// Whether two names mean the same clock at all times.
pub fn are_one(one: Tz, other: Tz) -> bool {
    canonical(one) == canonical(other)
}

/// The zone to which a name is a link; the zone itself if it is not a link.
const fn canonical(zone: Tz) -> Tz {
    match zone {
        Tz::Africa__Accra
        | Tz::Africa__Bamako
        | Tz::Africa__Banjul
        | Tz::Africa__Conakry
        | Tz::Africa__Dakar
        | Tz::Africa__Freetown
        | Tz::Africa__Lome
        | Tz::Africa__Nouakchott
        | Tz::Africa__Ouagadougou
        | Tz::Africa__Timbuktu
        | Tz::Atlantic__Reykjavik
        | Tz::Atlantic__St_Helena
        | Tz::Iceland => Tz::Africa__Abidjan,
        Tz::Egypt => Tz::Africa__Cairo,
        Tz::Africa__Maseru | Tz::Africa__Mbabane => Tz::Africa__Johannesburg,
        Tz::Africa__Bangui
        | Tz::Africa__Brazzaville
        | Tz::Africa__Douala
        | Tz::Africa__Kinshasa
        | Tz::Africa__Libreville
        | Tz::Africa__Luanda
        | Tz::Africa__Malabo
        | Tz::Africa__Niamey
        | Tz::Africa__PortoNovo => Tz::Africa__Lagos,
        Tz::Africa__Blantyre
        | Tz::Africa__Bujumbura
        | Tz::Africa__Gaborone
        | Tz::Africa__Harare
        | Tz::Africa__Kigali
        | Tz::Africa__Lubumbashi
        | Tz::Africa__Lusaka => Tz::Africa__Maputo,
        Tz::Africa__Addis_Ababa
        | Tz::Africa__Asmara
        | Tz::Africa__Asmera
        | Tz::Africa__Dar_es_Salaam
        | Tz::Africa__Djibouti
        | Tz::Africa__Kampala
        | Tz::Africa__Mogadishu
        | Tz::Indian__Antananarivo
        | Tz::Indian__Comoro
        | Tz::Indian__Mayotte => Tz::Africa__Nairobi,
        Tz::Libya => Tz::Africa__Tripoli,
        Tz::America__Atka | Tz::US__Aleutian => Tz::America__Adak,
        Tz::US__Alaska => Tz::America__Anchorage,
        Tz::America__Buenos_Aires => Tz::America__Argentina__Buenos_Aires,
        Tz::America__Argentina__ComodRivadavia | Tz::America__Catamarca => Tz::America__Argentina__Catamarca,
        Tz::America__Cordoba | Tz::America__Rosario => Tz::America__Argentina__Cordoba,
        Tz::America__Jujuy => Tz::America__Argentina__Jujuy,
        Tz::America__Mendoza => Tz::America__Argentina__Mendoza,
        Tz::CST6CDT | Tz::US__Central => Tz::America__Chicago,
        Tz::America__Shiprock | Tz::MST7MDT | Tz::Navajo | Tz::US__Mountain => Tz::America__Denver,
        Tz::US__Michigan => Tz::America__Detroit,
        Tz::America__Yellowknife | Tz::Canada__Mountain => Tz::America__Edmonton,
        Tz::Canada__Atlantic => Tz::America__Halifax,
        Tz::Cuba => Tz::America__Havana,
        Tz::America__Fort_Wayne | Tz::America__Indianapolis | Tz::US__EastIndiana => {
            Tz::America__Indiana__Indianapolis
        }
        Tz::America__Knox_IN | Tz::US__IndianaStarke => Tz::America__Indiana__Knox,
        Tz::America__Pangnirtung => Tz::America__Iqaluit,
        Tz::Jamaica => Tz::America__Jamaica,
        Tz::America__Louisville => Tz::America__Kentucky__Louisville,
        Tz::PST8PDT | Tz::US__Pacific => Tz::America__Los_Angeles,
        Tz::Brazil__West => Tz::America__Manaus,
        Tz::Mexico__BajaSur => Tz::America__Mazatlan,
        Tz::Mexico__General => Tz::America__Mexico_City,
        Tz::EST5EDT | Tz::US__Eastern => Tz::America__New_York,
        Tz::Brazil__DeNoronha => Tz::America__Noronha,
        Tz::America__Godthab => Tz::America__Nuuk,
        Tz::America__Atikokan | Tz::America__Cayman | Tz::America__Coral_Harbour | Tz::EST => {
            Tz::America__Panama
        }
        Tz::America__Creston | Tz::MST | Tz::US__Arizona => Tz::America__Phoenix,
        Tz::America__Anguilla
        | Tz::America__Antigua
        | Tz::America__Aruba
        | Tz::America__BlancSablon
        | Tz::America__Curacao
        | Tz::America__Dominica
        | Tz::America__Grenada
        | Tz::America__Guadeloupe
        | Tz::America__Kralendijk
        | Tz::America__Lower_Princes
        | Tz::America__Marigot
        | Tz::America__Montserrat
        | Tz::America__Port_of_Spain
        | Tz::America__St_Barthelemy
        | Tz::America__St_Kitts
        | Tz::America__St_Lucia
        | Tz::America__St_Thomas
        | Tz::America__St_Vincent
        | Tz::America__Tortola
        | Tz::America__Virgin => Tz::America__Puerto_Rico,
        Tz::Canada__Saskatchewan => Tz::America__Regina,
        Tz::America__Porto_Acre | Tz::Brazil__Acre => Tz::America__Rio_Branco,
        Tz::Chile__Continental => Tz::America__Santiago,
        Tz::Brazil__East => Tz::America__Sao_Paulo,
        Tz::Canada__Newfoundland => Tz::America__St_Johns,
        Tz::America__Ensenada | Tz::America__Santa_Isabel | Tz::Mexico__BajaNorte => Tz::America__Tijuana,
        Tz::America__Montreal
        | Tz::America__Nassau
        | Tz::America__Nipigon
        | Tz::America__Thunder_Bay
        | Tz::Canada__Eastern => Tz::America__Toronto,
        Tz::Canada__Pacific => Tz::America__Vancouver,
        Tz::Canada__Yukon => Tz::America__Whitehorse,
        Tz::America__Rainy_River | Tz::Canada__Central => Tz::America__Winnipeg,
        Tz::Asia__Ashkhabad => Tz::Asia__Ashgabat,
        Tz::Asia__Phnom_Penh | Tz::Asia__Vientiane | Tz::Indian__Christmas => Tz::Asia__Bangkok,
        Tz::Asia__Dacca => Tz::Asia__Dhaka,
        Tz::Asia__Muscat | Tz::Indian__Mahe | Tz::Indian__Reunion => Tz::Asia__Dubai,
        Tz::Asia__Saigon => Tz::Asia__Ho_Chi_Minh,
        Tz::Hongkong => Tz::Asia__Hong_Kong,
        Tz::Asia__Tel_Aviv | Tz::Israel => Tz::Asia__Jerusalem,
        Tz::Asia__Katmandu => Tz::Asia__Kathmandu,
        Tz::Asia__Calcutta => Tz::Asia__Kolkata,
        Tz::Asia__Brunei => Tz::Asia__Kuching,
        Tz::Asia__Macao => Tz::Asia__Macau,
        Tz::Asia__Ujung_Pandang => Tz::Asia__Makassar,
        Tz::Europe__Nicosia => Tz::Asia__Nicosia,
        Tz::Asia__Bahrain => Tz::Asia__Qatar,
        Tz::Antarctica__Syowa | Tz::Asia__Aden | Tz::Asia__Kuwait => Tz::Asia__Riyadh,
        Tz::ROK => Tz::Asia__Seoul,
        Tz::Asia__Chongqing | Tz::Asia__Chungking | Tz::Asia__Harbin | Tz::PRC => Tz::Asia__Shanghai,
        Tz::Asia__Kuala_Lumpur | Tz::Singapore => Tz::Asia__Singapore,
        Tz::ROC => Tz::Asia__Taipei,
        Tz::Iran => Tz::Asia__Tehran,
        Tz::Asia__Thimbu => Tz::Asia__Thimphu,
        Tz::Japan => Tz::Asia__Tokyo,
        Tz::Asia__Choibalsan | Tz::Asia__Ulan_Bator => Tz::Asia__Ulaanbaatar,
        Tz::Asia__Kashgar => Tz::Asia__Urumqi,
        Tz::Asia__Rangoon | Tz::Indian__Cocos => Tz::Asia__Yangon,
        Tz::Atlantic__Faeroe => Tz::Atlantic__Faroe,
        Tz::Australia__South => Tz::Australia__Adelaide,
        Tz::Australia__Queensland => Tz::Australia__Brisbane,
        Tz::Australia__Yancowinna => Tz::Australia__Broken_Hill,
        Tz::Australia__North => Tz::Australia__Darwin,
        Tz::Australia__Currie | Tz::Australia__Tasmania => Tz::Australia__Hobart,
        Tz::Australia__LHI => Tz::Australia__Lord_Howe,
        Tz::Australia__Victoria => Tz::Australia__Melbourne,
        Tz::Australia__West => Tz::Australia__Perth,
        Tz::Australia__ACT | Tz::Australia__Canberra | Tz::Australia__NSW => Tz::Australia__Sydney,
        Tz::EET => Tz::Europe__Athens,
        Tz::Europe__Ljubljana
        | Tz::Europe__Podgorica
        | Tz::Europe__Sarajevo
        | Tz::Europe__Skopje
        | Tz::Europe__Zagreb => Tz::Europe__Belgrade,
        Tz::Arctic__Longyearbyen
        | Tz::Atlantic__Jan_Mayen
        | Tz::Europe__Copenhagen
        | Tz::Europe__Oslo
        | Tz::Europe__Stockholm => Tz::Europe__Berlin,
        Tz::CET | Tz::Europe__Amsterdam | Tz::Europe__Luxembourg | Tz::MET => Tz::Europe__Brussels,
        Tz::Europe__Tiraspol => Tz::Europe__Chisinau,
        Tz::Eire => Tz::Europe__Dublin,
        Tz::Europe__Mariehamn => Tz::Europe__Helsinki,
        Tz::Asia__Istanbul | Tz::Turkey => Tz::Europe__Istanbul,
        Tz::Europe__Kiev | Tz::Europe__Uzhgorod | Tz::Europe__Zaporozhye => Tz::Europe__Kyiv,
        Tz::Portugal | Tz::WET => Tz::Europe__Lisbon,
        Tz::Europe__Belfast
        | Tz::Europe__Guernsey
        | Tz::Europe__Isle_of_Man
        | Tz::Europe__Jersey
        | Tz::GB
        | Tz::GBEire => Tz::Europe__London,
        Tz::WSU => Tz::Europe__Moscow,
        Tz::Europe__Monaco => Tz::Europe__Paris,
        Tz::Europe__Bratislava => Tz::Europe__Prague,
        Tz::Europe__San_Marino | Tz::Europe__Vatican => Tz::Europe__Rome,
        Tz::Poland => Tz::Europe__Warsaw,
        Tz::Europe__Busingen | Tz::Europe__Vaduz => Tz::Europe__Zurich,
        Tz::Indian__Kerguelen => Tz::Indian__Maldives,
        Tz::Antarctica__McMurdo | Tz::Antarctica__South_Pole | Tz::NZ => Tz::Pacific__Auckland,
        Tz::NZCHAT => Tz::Pacific__Chatham,
        Tz::Chile__EasterIsland => Tz::Pacific__Easter,
        Tz::Pacific__Pohnpei | Tz::Pacific__Ponape => Tz::Pacific__Guadalcanal,
        Tz::Pacific__Saipan => Tz::Pacific__Guam,
        Tz::HST | Tz::Pacific__Johnston | Tz::US__Hawaii => Tz::Pacific__Honolulu,
        Tz::Pacific__Enderbury => Tz::Pacific__Kanton,
        Tz::Kwajalein => Tz::Pacific__Kwajalein,
        Tz::Pacific__Midway | Tz::Pacific__Samoa | Tz::US__Samoa => Tz::Pacific__Pago_Pago,
        Tz::Antarctica__DumontDUrville | Tz::Pacific__Chuuk | Tz::Pacific__Truk | Tz::Pacific__Yap => {
            Tz::Pacific__Port_Moresby
        }
        Tz::Pacific__Funafuti | Tz::Pacific__Majuro | Tz::Pacific__Wake | Tz::Pacific__Wallis => {
            Tz::Pacific__Tarawa
        }
        _ => zone,
    }
}

#[cfg(test)]
mod tests {
    use chrono::{NaiveDate, NaiveDateTime, NaiveTime, Offset as _, TimeDelta, TimeZone as _};

    use super::*;
    use crate::north_america::{AREAS, NORTH_AMERICA};
    use crate::zones::{CODES, PARTS};

    /// A zone's offsets from UTC in seconds, every 61 days from 1900 to 2037.
    fn clock(zone: Tz) -> Vec<i32> {
        let first = NaiveDateTime::new(NaiveDate::from_ymd_opt(1900, 1, 1).unwrap(), NaiveTime::MIN);
        let at = |step: i64| zone.offset_from_utc_datetime(&(first + TimeDelta::days(61 * step)));
        (0..826).map(|step| at(step).fix().local_minus_utc()).collect()
    }

    #[test]
    fn zones_of_one_name_always_have_the_same_clock() {
        for zone in TZ_VARIANTS {
            let of = canonical(zone);
            assert_eq!(canonical(of), of, "{zone} leads to a link");
            assert!(of == zone || clock(of) == clock(zone), "{zone} is not {of}");
        }
        assert!(are_one(Tz::US__Eastern, Tz::America__New_York));
        assert!(are_one(Tz::Asia__Calcutta, Tz::Asia__Kolkata));
        assert!(!are_one(Tz::America__New_York, Tz::America__Toronto));
    }

    #[test]
    fn no_other_name_of_a_zone_of_numbers_is_missing() {
        let of_codes = CODES.iter().flat_map(|(_, zones)| *zones);
        let of_parts = PARTS.iter().flat_map(|(_, zones, _)| *zones);
        let of_areas = AREAS.iter().flat_map(|(_, zones, _)| *zones);
        let zones: Vec<Tz> = of_codes.chain(of_parts).chain(of_areas).chain(NORTH_AMERICA).copied().collect();
        let clocks = TZ_VARIANTS.map(|other| (other, clock(other)));
        for zone in zones {
            let own = clock(zone);
            for (other, _) in clocks.iter().filter(|(_, clock)| *clock == own) {
                // Zones with fixed offsets belong to no country.
                assert!(are_one(zone, *other) || other.name().starts_with("Etc/"), "{other} is {zone}");
            }
        }
    }
}

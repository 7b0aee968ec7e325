//! The callee of a number: the country whose rules hold, and the time zones in which the callee may be.
//!
//! A number is called when its rule admits that in *every* zone that it may belong to: so what is not known makes hours fewer, never
//! more. A mobile phone of North America keeps its area code wherever its owner moves: who knows better names the zone of the contact.

use chrono_tz::Tz;
use cordboard_schema::phone::E164;

use crate::countries::{COUNTRIES, CountryRule, STRICTEST};

/// The callee of a number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Callee {
    /// The rules that hold for them.
    pub rule: &'static CountryRule,
    /// The zones where they may be. None where the country is not known: they are not called.
    pub zones: &'static [Tz],
}

use Tz::{
    America__Adak as Adak, America__Anchorage as Anchorage, America__Chicago as Central,
    America__Denver as Mountain, America__Edmonton as Edmonton, America__Halifax as Halifax,
    America__Los_Angeles as Pacific, America__New_York as Eastern, America__Phoenix as Phoenix,
    America__Regina as Regina, America__St_Johns as StJohns, America__Toronto as Toronto,
    America__Vancouver as Vancouver, America__Whitehorse as Whitehorse, America__Winnipeg as Winnipeg,
    Pacific__Honolulu as Honolulu,
};

/// Every zone of numbers in +1 whose area code is not among [`AREAS`], as 800 and those of islands.
const NORTH_AMERICA: &[Tz] =
    &[StJohns, Halifax, Eastern, Central, Mountain, Phoenix, Pacific, Anchorage, Adak, Honolulu];

/// Area codes of the USA and Canada that lie in the same zones. One that lies in two has both.
const AREAS: &[(&str, &[Tz], &[u16])] = &[
    (
        "US",
        &[Eastern],
        &[
            201, 202, 203, 207, 212, 215, 216, 220, 223, 227, 229, 231, 234, 239, 240, 248, 252, 260, 267,
            269, 272, 276, 283, 301, 302, 304, 305, 313, 315, 317, 321, 324, 326, 329, 330, 332, 336, 339,
            347, 351, 352, 363, 380, 386, 401, 404, 407, 410, 412, 413, 419, 434, 436, 440, 443, 445, 463,
            470, 472, 475, 478, 484, 502, 508, 513, 516, 517, 518, 540, 551, 561, 567, 570, 571, 582, 585,
            586, 603, 607, 609, 610, 614, 616, 617, 624, 631, 640, 645, 646, 656, 667, 678, 679, 680, 681,
            686, 689, 703, 704, 706, 716, 717, 718, 724, 727, 728, 732, 734, 740, 743, 754, 757, 762, 770,
            771, 772, 774, 781, 786, 802, 803, 804, 810, 813, 814, 821, 826, 828, 835, 838, 839, 843, 845,
            848, 854, 856, 857, 859, 860, 862, 863, 864, 865, 878, 904, 908, 910, 912, 914, 917, 919, 929,
            934, 937, 941, 943, 947, 948, 954, 959, 973, 978, 980, 984, 989,
        ],
    ),
    (
        "US",
        &[Central],
        &[
            205, 210, 214, 217, 218, 224, 225, 228, 235, 251, 254, 256, 262, 274, 281, 309, 312, 314, 316,
            318, 319, 320, 325, 327, 331, 334, 337, 346, 353, 361, 402, 405, 409, 414, 417, 430, 447, 457,
            464, 469, 479, 501, 504, 507, 512, 515, 531, 534, 539, 557, 563, 572, 573, 580, 601, 608, 612,
            615, 618, 629, 630, 636, 641, 651, 659, 660, 662, 682, 708, 712, 713, 715, 726, 730, 731, 737,
            763, 769, 773, 779, 806, 815, 816, 817, 830, 832, 847, 861, 870, 872, 901, 903, 913, 918, 920,
            924, 936, 938, 940, 945, 952, 956, 972, 975, 979, 985,
        ],
    ),
    ("US", &[Eastern, Central], &[219, 270, 364, 423, 448, 574, 606, 765, 812, 850, 906, 930, 931]),
    ("US", &[Mountain], &[303, 307, 385, 406, 435, 505, 575, 719, 720, 801, 915, 970, 983]),
    ("US", &[Central, Mountain], &[308, 432, 605, 620, 701, 785]),
    ("US", &[Mountain, Phoenix], &[480, 520, 602, 623, 928]),
    (
        "US",
        &[Pacific],
        &[
            206, 209, 213, 253, 279, 310, 323, 341, 350, 357, 360, 369, 408, 415, 424, 425, 442, 503, 509,
            510, 530, 559, 562, 564, 619, 626, 628, 650, 657, 661, 669, 702, 707, 714, 725, 738, 747, 760,
            805, 818, 820, 831, 837, 840, 858, 909, 916, 925, 949, 951, 971,
        ],
    ),
    ("US", &[Mountain, Pacific], &[208, 458, 541, 775, 986]),
    ("US", &[Anchorage, Adak], &[907]),
    ("US", &[Honolulu], &[808]),
    // Islands of the USA, some of which are on the other side of the date line.
    ("US", &[Tz::America__Puerto_Rico], &[340, 787, 939]),
    ("US", &[Tz::Pacific__Pago_Pago], &[684]),
    ("US", &[Tz::Pacific__Guam], &[670, 671]),
    ("CA", &[StJohns, Halifax], &[709, 879]),
    ("CA", &[Halifax], &[428, 506, 782, 902]),
    ("CA", &[Halifax, Toronto], &[367, 418, 581]),
    (
        "CA",
        &[Toronto],
        &[
            226, 249, 263, 289, 343, 354, 365, 382, 416, 437, 438, 450, 468, 514, 519, 548, 579, 613, 647,
            683, 705, 742, 753, 819, 873, 905,
        ],
    ),
    ("CA", &[Toronto, Winnipeg], &[807]),
    ("CA", &[Winnipeg], &[204, 431, 584]),
    ("CA", &[Regina, Edmonton], &[306, 474, 639]),
    ("CA", &[Edmonton], &[368, 403, 587, 780, 825]),
    ("CA", &[Vancouver], &[604]),
    ("CA", &[Vancouver, Edmonton], &[236, 250, 257, 672, 778]),
    ("CA", &[Whitehorse, Edmonton, Winnipeg, Toronto], &[867]),
];

/// Prefixes and the zones behind them; the longest that fits counts. Numbers that go with their owner (mobile ones of a country with several zones)
/// have all of them.
const ZONES: &[(&str, &[Tz])] = &[
    ("20", &[Tz::Africa__Cairo]),
    ("212", &[Tz::Africa__Casablanca]),
    ("213", &[Tz::Africa__Algiers]),
    ("216", &[Tz::Africa__Tunis]),
    ("233", &[Tz::Africa__Accra]),
    ("234", &[Tz::Africa__Lagos]),
    ("254", &[Tz::Africa__Nairobi]),
    ("27", &[Tz::Africa__Johannesburg]),
    ("30", &[Tz::Europe__Athens]),
    ("31", &[Tz::Europe__Amsterdam]),
    ("32", &[Tz::Europe__Brussels]),
    ("33", &[Tz::Europe__Paris]),
    ("34", &[Tz::Europe__Madrid, Tz::Atlantic__Canary]),
    ("351", &[Tz::Europe__Lisbon, Tz::Atlantic__Azores]),
    ("352", &[Tz::Europe__Luxembourg]),
    ("353", &[Tz::Europe__Dublin]),
    ("354", &[Tz::Atlantic__Reykjavik]),
    ("356", &[Tz::Europe__Malta]),
    ("357", &[Tz::Asia__Nicosia]),
    ("358", &[Tz::Europe__Helsinki]),
    ("359", &[Tz::Europe__Sofia]),
    ("36", &[Tz::Europe__Budapest]),
    ("370", &[Tz::Europe__Vilnius]),
    ("371", &[Tz::Europe__Riga]),
    ("372", &[Tz::Europe__Tallinn]),
    ("380", &[Tz::Europe__Kyiv]),
    ("381", &[Tz::Europe__Belgrade]),
    ("385", &[Tz::Europe__Zagreb]),
    ("386", &[Tz::Europe__Ljubljana]),
    ("39", &[Tz::Europe__Rome]),
    ("40", &[Tz::Europe__Bucharest]),
    ("41", &[Tz::Europe__Zurich]),
    ("420", &[Tz::Europe__Prague]),
    ("421", &[Tz::Europe__Bratislava]),
    ("423", &[Tz::Europe__Vaduz]),
    ("43", &[Tz::Europe__Vienna]),
    ("44", &[Tz::Europe__London]),
    ("45", &[Tz::Europe__Copenhagen]),
    ("46", &[Tz::Europe__Stockholm]),
    ("47", &[Tz::Europe__Oslo]),
    ("48", &[Tz::Europe__Warsaw]),
    ("49", &[Tz::Europe__Berlin]),
    ("51", &[Tz::America__Lima]),
    ("52", &[Tz::America__Mexico_City, Tz::America__Cancun, Tz::America__Hermosillo, Tz::America__Tijuana]),
    ("54", &[Tz::America__Argentina__Buenos_Aires]),
    ("55", &[Tz::America__Noronha, Tz::America__Sao_Paulo, Tz::America__Manaus, Tz::America__Rio_Branco]),
    ("56", &[Tz::America__Santiago, Tz::America__Punta_Arenas, Tz::Pacific__Easter]),
    ("57", &[Tz::America__Bogota]),
    ("58", &[Tz::America__Caracas]),
    ("593", &[Tz::America__Guayaquil, Tz::Pacific__Galapagos]),
    ("598", &[Tz::America__Montevideo]),
    ("60", &[Tz::Asia__Kuala_Lumpur]),
    (
        "61",
        &[
            Tz::Australia__Sydney,
            Tz::Australia__Brisbane,
            Tz::Australia__Adelaide,
            Tz::Australia__Darwin,
            Tz::Australia__Perth,
        ],
    ),
    ("612", &[Tz::Australia__Sydney, Tz::Australia__Broken_Hill]),
    ("613", &[Tz::Australia__Melbourne]),
    ("617", &[Tz::Australia__Brisbane]),
    ("618", &[Tz::Australia__Adelaide, Tz::Australia__Darwin, Tz::Australia__Perth]),
    ("62", &[Tz::Asia__Jakarta, Tz::Asia__Makassar, Tz::Asia__Jayapura]),
    ("63", &[Tz::Asia__Manila]),
    ("64", &[Tz::Pacific__Auckland]),
    ("65", &[Tz::Asia__Singapore]),
    ("66", &[Tz::Asia__Bangkok]),
    ("81", &[Tz::Asia__Tokyo]),
    ("82", &[Tz::Asia__Seoul]),
    ("84", &[Tz::Asia__Ho_Chi_Minh]),
    ("852", &[Tz::Asia__Hong_Kong]),
    ("86", &[Tz::Asia__Shanghai]),
    ("880", &[Tz::Asia__Dhaka]),
    ("886", &[Tz::Asia__Taipei]),
    ("90", &[Tz::Europe__Istanbul]),
    ("91", &[Tz::Asia__Kolkata]),
    ("92", &[Tz::Asia__Karachi]),
    ("94", &[Tz::Asia__Colombo]),
    ("966", &[Tz::Asia__Riyadh]),
    ("971", &[Tz::Asia__Dubai]),
    ("972", &[Tz::Asia__Jerusalem]),
];

impl Callee {
    /// The callee of a number.
    pub fn of(number: &E164) -> Self {
        let digits = number.as_str().trim_start_matches('+');
        if let Some(rest) = digits.strip_prefix('1') {
            return north_american(rest);
        }
        let fits = |(prefix, _): &&(&str, &[Tz])| digits.starts_with(prefix);
        let Some((prefix, zones)) = ZONES.iter().filter(fits).max_by_key(|(prefix, _)| prefix.len()).copied()
        else {
            return Self { rule: &STRICTEST, zones: &[] };
        };
        let rule = COUNTRIES.iter().find(|rule| rule.prefix != "1" && prefix.starts_with(rule.prefix));
        Self { rule: rule.unwrap_or(&STRICTEST), zones }
    }
}

fn north_american(rest: &str) -> Callee {
    let area: Option<u16> = rest.get(..3).and_then(|area| area.parse().ok());
    let row = AREAS.iter().find(|(_, _, areas)| area.is_some_and(|area| areas.contains(&area)));
    let Some((country, zones, _)) = row else { return Callee { rule: &STRICTEST, zones: NORTH_AMERICA } };
    let rule = COUNTRIES.iter().find(|rule| rule.country == *country);
    Callee { rule: rule.unwrap_or(&STRICTEST), zones }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn callee(number: &str) -> Callee {
        Callee::of(&number.parse().unwrap())
    }

    #[test]
    fn a_number_tells_country_and_zones() {
        for (number, country, zones) in [
            ("+493012345678", "DE", &[Tz::Europe__Berlin][..]),
            ("+4915112345678", "DE", &[Tz::Europe__Berlin]),
            ("+12125550123", "US", &[Eastern]),
            ("+13105550123", "US", &[Pacific]),
            ("+18505550123", "US", &[Eastern, Central]),
            ("+14165550123", "CA", &[Toronto]),
            ("+17875550123", "US", &[Tz::America__Puerto_Rico]),
            ("+16715550123", "US", &[Tz::Pacific__Guam]),
            ("+18005550123", "*", NORTH_AMERICA),
            ("+12425550123", "*", NORTH_AMERICA),
            ("+61298765432", "AU", &[Tz::Australia__Sydney, Tz::Australia__Broken_Hill]),
            ("+351211234567", "*", &[Tz::Europe__Lisbon, Tz::Atlantic__Azores]),
            ("+35312345678", "IE", &[Tz::Europe__Dublin]),
            ("+8581234567", "*", &[]),
        ] {
            let found = callee(number);
            assert_eq!((found.rule.country, found.zones), (country, zones), "{number}");
        }
        assert_eq!(callee("+61412345678").zones.len(), 5, "a mobile phone is anywhere");
    }

    #[test]
    fn a_code_stands_in_one_row() {
        let mut seen = BTreeSet::new();
        for (_, _, areas) in AREAS {
            for area in *areas {
                assert!(seen.insert(*area), "{area} stands twice");
                assert!((200..1000).contains(area), "{area}");
            }
        }
        assert!(seen.len() > 380, "{}", seen.len());
        let prefixes: BTreeSet<_> = ZONES.iter().map(|(prefix, _)| prefix).collect();
        assert_eq!(prefixes.len(), ZONES.len());
        for rule in COUNTRIES.iter().filter(|rule| rule.prefix != "1") {
            assert!(prefixes.contains(&rule.prefix), "{} has rules and no zone", rule.country);
        }
    }
}

//! The table of zones compared with libphonenumber 9.0.43 (the data of its package `phonenumbers` for Python).

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;

use chrono::{DateTime, Offset, TimeZone, Utc};
use chrono_tz::Tz;
use cordboard_campaigns::callee::Callee;
use cordboard_schema::phone::E164;

/// Zones, and the area codes of North America that are there, at least in part. Left out are its 474 and 689 (it has Winnipeg and Chicago for the
/// places of 306 and 407), 879 (Puerto Rico, for Newfoundland), Vancouver for 867 (Yukon left that time in 2020) and Honolulu for 907.
const AREAS: &[(Tz, &str)] = &[
    (
        Tz::America__New_York,
        "201 202 203 207 212 215 216 219 220 223 226 227 229 231 234 239 240 242 248 249 252 260 263 267 269 \
         270 272 273 276 283 289 301 302 304 305 313 315 317 321 324 326 329 330 332 336 339 343 347 351 352 \
         354 363 364 365 367 380 382 386 401 404 407 410 412 413 416 418 419 423 434 437 438 440 443 445 448 \
         450 463 468 470 472 475 478 484 502 508 513 514 516 517 518 519 540 548 551 561 567 570 571 574 579 \
         581 582 585 586 603 606 607 609 610 613 614 616 617 631 640 645 646 647 649 656 667 678 680 681 683 \
         686 703 704 705 706 716 717 718 724 727 728 732 734 740 742 743 753 754 757 762 765 770 771 772 774 \
         781 786 802 803 804 807 810 812 813 814 819 821 826 828 835 838 839 843 845 848 850 854 856 857 859 \
         860 862 863 864 865 867 873 878 904 905 906 908 910 912 914 917 919 929 930 934 937 941 942 943 947 \
         948 954 959 973 978 980 984 989",
    ),
    (
        Tz::America__Chicago,
        "204 205 210 214 217 218 219 224 225 228 235 251 254 256 262 270 274 281 308 309 312 314 316 318 319 \
         320 325 327 331 334 337 346 353 361 402 405 409 414 417 423 430 431 432 447 464 469 479 501 504 507 \
         512 515 531 534 539 557 563 572 573 574 580 584 601 605 606 608 612 615 618 620 629 630 636 641 651 \
         659 660 662 682 701 708 712 713 715 726 730 731 737 763 769 773 779 785 806 807 812 815 816 817 830 \
         832 847 850 867 870 872 901 903 906 913 918 920 931 936 938 940 945 952 956 972 975 979 985",
    ),
    (
        Tz::America__Los_Angeles,
        "206 208 209 213 236 250 253 257 279 310 323 341 350 360 369 408 415 424 425 442 458 503 509 510 530 \
         541 559 562 564 604 619 626 628 650 657 661 669 672 702 707 714 725 738 747 760 775 778 805 818 820 \
         831 840 858 909 916 925 949 951 971 986",
    ),
    (
        Tz::America__Denver,
        "208 250 303 307 308 368 385 403 406 435 505 541 575 587 605 620 701 719 720 748 775 780 785 801 825 \
         867 915 928 970 983 986",
    ),
    (Tz::America__Puerto_Rico, "246 264 268 284 340 473 664 721 758 767 784 787 809 829 849 868 869 939"),
    (Tz::America__Regina, "306 639"),
    (Tz::America__Panama, "345 658 876"),
    (Tz::America__Halifax, "418 428 441 506 709 782 902"),
    (Tz::America__Phoenix, "480 520 602 623 867 928"),
    (Tz::Pacific__Guam, "670 671"),
    (Tz::Pacific__Pago_Pago, "684"),
    (Tz::America__St_Johns, "709"),
    (Tz::Pacific__Honolulu, "808"),
    (Tz::America__Adak, "907"),
    (Tz::America__Anchorage, "907"),
];

/// Its country codes except North America's, without those of satellites and of no country.
const CODES: &str = "7 20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 \
     81 82 84 86 90 91 92 93 94 95 98 211 212 213 216 218 220 221 222 223 224 225 226 227 228 229 230 231 \
     232 233 234 235 236 237 238 239 240 241 242 243 244 245 246 247 248 249 250 251 252 253 254 255 256 \
     257 258 260 261 262 263 264 265 266 267 268 269 290 291 297 298 299 350 351 352 353 354 355 356 357 \
     358 359 370 371 372 373 374 375 376 377 378 380 381 382 383 385 386 387 389 420 421 423 500 501 502 \
     503 504 505 506 507 508 509 590 591 592 593 594 595 596 597 598 599 670 673 674 675 676 677 678 679 \
     680 681 682 683 685 686 687 688 689 690 691 692 850 852 853 855 856 880 886 960 961 962 963 964 965 \
     966 967 968 970 971 972 973 974 975 976 977 992 993 994 995 996 998";

fn callee(number: &str) -> Callee {
    Callee::of(&number.parse::<E164>().unwrap())
}

/// The offset from UTC in seconds at the beginning of January and of July. Zones with equal offsets have the same clock.
fn clock(zone: Tz) -> [i32; 2] {
    ["2026-01-01T12:00:00Z", "2026-07-01T12:00:00Z"].map(|at| {
        let at: DateTime<Utc> = at.parse().unwrap();
        zone.offset_from_utc_datetime(&at.naive_utc()).fix().local_minus_utc()
    })
}

#[test]
fn an_area_code_has_each_zone_libphonenumber_gives_it() {
    let mut seen = BTreeSet::new();
    for (zone, areas) in AREAS {
        for area in areas.split_whitespace() {
            let found = callee(&format!("+1{area}5550123")).zones;
            assert!(found.len() < 10, "{area} is not known");
            assert!(
                found.iter().any(|ours| clock(*ours) == clock(*zone)),
                "{area}: {zone} is not in {found:?}"
            );
            seen.insert(area);
        }
    }
    assert_eq!(seen.len(), 439);
}

#[test]
fn every_country_has_a_zone() {
    for code in CODES.split_whitespace() {
        // A number that begins with 0 after the code is in no part of a country.
        let found = callee(&format!("+{code}0123456")).zones;
        assert!(!found.is_empty(), "{code}");
    }
}

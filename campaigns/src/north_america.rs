//! Area codes of +1: the country of each, and its zones.
//!
//! The table was compared with the data of libphonenumber 9.0.43 and contains each of its codes. Codes that it does not know yet are placed where the
//! code is that they overlay. It has one zone for some codes that cross a zone border, and a wrong one for 689 (Orlando).

use chrono_tz::Tz;

use Tz::{
    America__Adak as Adak, America__Anchorage as Anchorage, America__Chicago as Central,
    America__Denver as Mountain, America__Edmonton as Edmonton, America__Halifax as Halifax,
    America__Los_Angeles as Pacific, America__New_York as Eastern, America__Phoenix as Phoenix,
    America__Regina as Regina, America__St_Johns as StJohns, America__Toronto as Toronto,
    America__Vancouver as Vancouver, America__Whitehorse as Whitehorse, America__Winnipeg as Winnipeg,
    Pacific__Honolulu as Honolulu,
};

/// Every zone of numbers in +1 whose area code is not among [`AREAS`], such as 800. The islands beyond Hawaii have their own area codes.
pub(crate) const NORTH_AMERICA: &[Tz] =
    &[StJohns, Halifax, Eastern, Central, Mountain, Phoenix, Pacific, Anchorage, Adak, Honolulu];

/// Area codes in the same zones, by country (`*` for those without a row of rules). A code in two zones has both.
pub(crate) const AREAS: &[(&str, &[Tz], &[u16])] = &[
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
    ("US", &[Mountain], &[303, 307, 385, 406, 435, 505, 575, 719, 720, 748, 801, 915, 970, 983]),
    ("US", &[Central, Mountain], &[308, 432, 605, 620, 701, 785]),
    ("US", &[Phoenix], &[480, 520, 602, 623]),
    // The Navajo Nation changes its clocks, the rest of Arizona does not.
    ("US", &[Phoenix, Mountain], &[928]),
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
    // Islands of the USA, some of them on the other side of the date line.
    ("US", &[Tz::America__Puerto_Rico], &[340, 787, 939]),
    ("US", &[Tz::Pacific__Pago_Pago], &[684]),
    ("US", &[Tz::Pacific__Guam], &[670, 671]),
    ("CA", &[StJohns, Halifax], &[709, 879]),
    ("CA", &[Halifax], &[428, 506, 782, 902]),
    ("CA", &[Toronto, Halifax], &[273, 367, 418, 581]),
    (
        "CA",
        &[Toronto],
        &[
            226, 249, 263, 289, 343, 354, 365, 382, 416, 437, 438, 450, 468, 514, 519, 548, 579, 613, 647,
            683, 705, 742, 753, 819, 873, 905, 942,
        ],
    ),
    ("CA", &[Toronto, Winnipeg], &[807]),
    ("CA", &[Winnipeg], &[204, 431, 584]),
    ("CA", &[Regina, Edmonton], &[306, 474, 639]),
    ("CA", &[Edmonton], &[368, 403, 587, 780, 825]),
    ("CA", &[Vancouver], &[604]),
    ("CA", &[Vancouver, Edmonton], &[236, 250, 257, 672, 778]),
    ("CA", &[Whitehorse, Edmonton, Winnipeg, Toronto], &[867]),
    ("*", &[Tz::America__Nassau], &[242]),
    ("*", &[Tz::America__Barbados], &[246]),
    ("*", &[Tz::America__Anguilla], &[264]),
    ("*", &[Tz::America__Antigua], &[268]),
    ("*", &[Tz::America__Tortola], &[284]),
    ("*", &[Tz::America__Cayman], &[345]),
    ("*", &[Tz::Atlantic__Bermuda], &[441]),
    ("*", &[Tz::America__Grenada], &[473]),
    ("*", &[Tz::America__Grand_Turk], &[649]),
    ("*", &[Tz::America__Jamaica], &[658, 876]),
    ("*", &[Tz::America__Montserrat], &[664]),
    ("*", &[Tz::America__Lower_Princes], &[721]),
    ("*", &[Tz::America__St_Lucia], &[758]),
    ("*", &[Tz::America__Dominica], &[767]),
    ("*", &[Tz::America__St_Vincent], &[784]),
    ("*", &[Tz::America__Santo_Domingo], &[809, 829, 849]),
    ("*", &[Tz::America__Port_of_Spain], &[868]),
    ("*", &[Tz::America__St_Kitts], &[869]),
];

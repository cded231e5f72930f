//! How commands on geo look.

use super::Family;

pub(super) const FAMILY: Family = Family {
    shapes: &[
        "GEOADD <geo> <longitude> <latitude> <place> *<longitude>,<latitude>,<place>",
        "GEOADD <geo> <longitude> <latitude> <place> <longitude> <latitude> <place> <longitude> <latitude> <place>",
        "GEOADD <geo> ?NX ?XX ?CH <longitude> <latitude> <place> *<longitude>,<latitude>,<place>",
        "ZADD <geo> <geo-score> <place>",
        "GEOPOS <geo> <place> *<place>",
        "GEOHASH <geo> <place> *<place>",
        "GEODIST <geo> <place> <place> ?<geo-unit>",
        "GEOSEARCH <geo> FROMMEMBER <place> BYRADIUS <length> <geo-unit> ?ASC ?DESC ?COUNT,<geo-count> ?ANY ?WITHDIST ?WITHCOORD ?WITHHASH",
        "GEOSEARCH <geo> FROMLONLAT <longitude> <latitude> BYRADIUS <length> <geo-unit> ?ASC ?DESC ?COUNT,<geo-count>,ANY ?WITHDIST ?WITHCOORD ?WITHHASH",
        "GEOSEARCH <geo> FROMLONLAT <longitude> <latitude> BYBOX <length> <length> <geo-unit> ?ASC ?DESC ?COUNT,<geo-count> ?WITHDIST ?WITHCOORD",
        "GEOSEARCH <geo> FROMMEMBER <place> BYBOX <length> <length> <geo-unit> WITHDIST ?ASC ?COUNT,<geo-count> ?ANY",
        "GEOSEARCHSTORE <geo> <geo> FROMMEMBER <place> BYRADIUS <length> <geo-unit> ?ASC ?COUNT,<geo-count> ?ANY ?STOREDIST ?WITHDIST",
        "GEOSEARCHSTORE <geo> <geo> FROMLONLAT <longitude> <latitude> BYBOX <length> <length> <geo-unit> ?COUNT,<geo-count> ?STOREDIST",
        "GEORADIUS <geo> <longitude> <latitude> <length> <geo-unit> ?WITHDIST ?WITHCOORD ?WITHHASH ?COUNT,<geo-count> ?ANY ?ASC ?DESC",
        "GEORADIUS <geo> <longitude> <latitude> <length> <geo-unit> ?COUNT,<geo-count> ?STORE,<geo> ?STOREDIST,<geo>",
        "GEORADIUS_RO <geo> <longitude> <latitude> <length> <geo-unit> ?WITHDIST ?STORE,<geo> ?DESC",
        "GEORADIUSBYMEMBER <geo> <place> <length> <geo-unit> ?WITHDIST ?WITHHASH ?COUNT,<geo-count> ?DESC",
        "GEORADIUSBYMEMBER <geo> <place> <length> <geo-unit> ?STORE,<geo> ?STOREDIST,<geo> ?WITHDIST",
        "GEORADIUSBYMEMBER_RO <geo> <place> <length> <geo-unit> ?WITHDIST ?WITHCOORD ?ASC",
        "ZRANGE <geo> 0 -1 WITHSCORES",
        "OBJECT ENCODING <geo>",
    ],
    kinds: &[
        ("geo", &["geo", "geo", "geo", "geo", "geo2", "geo2", "a", "h"]),
        (
            "place",
            &["p", "q", "r", "s", "t", "u", "v", "w", "x", "y", "z", "p1", "q1", "r1", "s1", "t1", "u1", "", "\u{ff}"],
        ),
        (
            "longitude",
            &["13.361389", "15.087269", "13.5", "0", "0.0001", "-0.0001", "-122.4194", "179.9999", "-179.9999", "180",
              "-180", "90", "45.123456789", "12", "14", "13.361389", "181", "x", "1e1", "inf"],
        ),
        (
            "latitude",
            &["38.115556", "37.502669", "38", "0", "0.0001", "-0.0001", "37.7749", "85.05112878", "-85.05112878", "70",
              "84", "-66.5", "45.987654321", "37", "38.5", "38.115556", "85.06", "x", "-1.5e1", ""],
        ),
        (
            "length",
            &["0", "1", "100", "200", "200", "500", "1000", "5000", "10000", "20000", "40000", "1e9", "0.5", "-1", "x", "12345.678"],
        ),
        ("geo-unit", &["m", "km", "km", "km", "KM", "mi", "ft", "Ft", "x"]),
        ("geo-count", &["1", "2", "3", "5", "10", "100", "0", "-1", "x"]),
        ("geo-score", &["3479099956230698", "0", "-1", "4503599627370495", "1e300", "-inf", "inf", "1.5"]),
    ],
};

//! The geo commands: places are members of a sorted set whose scores are [`geohash`]es.
//!
//! `search` holds what GEORADIUS, GEOSEARCH and their kin share.

mod geoadd;
mod geodist;
mod geohash;
mod geopos;
mod georadius;
mod georadius_ro;
mod georadiusbymember;
mod georadiusbymember_ro;
mod geosearch;
mod geosearchstore;
mod search;

use crate::row::Row;
use resplay_datatypes::geohash::Point;
use resplay_resp::{Args, Error, Writer, number};

/// One row a command, sorted by name.
pub(super) const ROWS: &[&Row] = &[
    &geoadd::ROW,
    &geodist::ROW,
    &geohash::ROW,
    &geopos::ROW,
    &georadius::ROW,
    &georadius_ro::ROW,
    &georadiusbymember::ROW,
    &georadiusbymember_ro::ROW,
    &geosearch::ROW,
    &geosearchstore::ROW,
];

/// Longitude and latitude, the first two of these words.
fn point(words: Args<'_>) -> Result<Point, Error> {
    let degrees = |word: &[u8]| number::parse_f64(word).ok_or(Error::NotAFloat);
    let (longitude, latitude) = (degrees(&words[0])?, degrees(&words[1])?);
    let point = Point { longitude, latitude };
    if point.is_valid() {
        return Ok(point);
    }
    Err(Error::Custom(format!("ERR invalid longitude,latitude pair {longitude:.6},{latitude:.6}")))
}

/// A unit of length in metres.
fn unit(word: &[u8]) -> Result<f64, Error> {
    match word.to_ascii_lowercase().as_slice() {
        b"m" => Ok(1.0),
        b"km" => Ok(1000.0),
        b"ft" => Ok(0.3048),
        b"mi" => Ok(1609.34),
        _ => Err(Error::Custom("ERR unsupported unit provided. please use M, KM, FT, MI".to_owned())),
    }
}

/// Replies with a distance: four digits after the point.
fn reply_distance(reply: &mut Writer<'_>, distance: f64) {
    // A distance that is no number comes from rounding near the antipodes; the real servers' processors make that of it.
    let scaled = libm::rint(distance * 10_000.0);
    let scaled = if scaled.is_nan() { i64::MIN } else { scaled as i64 };
    let sign = if scaled < 0 { "-" } else { "" };
    let (whole, rest) = (scaled.unsigned_abs() / 10_000, scaled.unsigned_abs() % 10_000);
    reply.bulk(format!("{sign}{whole}.{rest:04}").as_bytes());
}

/// Replies with longitude and latitude.
fn reply_point(reply: &mut Writer<'_>, point: &Point) {
    reply.array(2);
    reply.fixed_double(point.longitude);
    reply.fixed_double(point.latitude);
}

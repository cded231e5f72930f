//! Places: sorted sets whose scores are places.

use crate::answer::{Answer, Outcome, bulk, bulk_or_null};
use crate::call::{Call, error};
use crate::commands::zsets::zadd;
use crate::geohash::{self, Area, Extent, LAT_MAX, LON_MAX, Place};
use crate::partial_sort::partial_sort;
use crate::table::{Row, row};
use crate::value::Zset;
use resplay_resp::number::parse_f64;
use resplay_resp::{Error, Protocol, Reply, Writer};

pub(crate) const ROWS: &[Row] = &[
    row("GEOADD", -5, "wm", geoadd),
    row("GEODIST", -4, "", geodist),
    row("GEOHASH", -2, "", |call| {
        let places = places(call)?;
        Answer::array(places.into_iter().map(|place| bulk_or_null(place.map(geohash::letters).as_deref())))
    }),
    row("GEOPOS", -2, "", |call| {
        let pair = |place: Option<Place>| place.map_or(Part::Plain(Reply::NullArray), coordinates);
        Part::List(places(call)?.into_iter().map(pair).collect()).answer(call)
    }),
    row("GEORADIUS", -6, "wm", |call| search(call, Form::Radius, true)),
    row("GEORADIUSBYMEMBER", -5, "wm", |call| search(call, Form::ByMember, true)),
    row("GEORADIUSBYMEMBER_RO", -5, "", |call| search(call, Form::ByMember, false)),
    row("GEORADIUS_RO", -6, "", |call| search(call, Form::Radius, false)),
    row("GEOSEARCH", -7, "", |call| search(call, Form::Search, false)),
    row("GEOSEARCHSTORE", -8, "wm", |call| search(call, Form::Search, true)),
];

/// A part of a reply; coordinates have more digits than other numbers.
enum Part {
    Plain(Reply),
    Coordinate(f64),
    List(Vec<Part>),
}

impl Part {
    fn write(&self, out: &mut Vec<u8>, protocol: Protocol) {
        match self {
            Part::Plain(reply) => Writer::new(out, protocol).reply(reply),
            Part::Coordinate(value) => {
                let digits = format!("{value:.17}");
                let digits = digits.trim_end_matches('0').trim_end_matches('.');
                match protocol {
                    Protocol::Resp2 => Writer::new(out, protocol).reply(&bulk(digits)),
                    Protocol::Resp3 => out.extend_from_slice(format!(",{digits}\r\n").as_bytes()),
                }
            }
            Part::List(parts) => {
                out.extend_from_slice(format!("*{}\r\n", parts.len()).as_bytes());
                parts.iter().for_each(|part| part.write(out, protocol));
            }
        }
    }

    fn answer(&self, call: &Call<'_>) -> Outcome {
        let mut bytes = Vec::new();
        self.write(&mut bytes, call.session.protocol);
        Ok(Answer::Bytes(bytes))
    }
}

fn coordinates(place: Place) -> Part {
    Part::List(vec![Part::Coordinate(place.lon), Part::Coordinate(place.lat)])
}

/// A distance with its four digits behind the point.
fn distance_text(distance: f64) -> Reply {
    let parts = (distance * 10_000.0).round_ties_even() as i64;
    bulk(format!("{}.{:04}", parts / 10_000, parts % 10_000))
}

/// Where the members from word 2 on are.
fn places(call: &Call<'_>) -> Result<Vec<Option<Place>>, Error> {
    let zset = call.read::<Zset>(1)?;
    let place = |member: &Vec<u8>| Some(geohash::place(zset?.score(member)?));
    Ok(call.argv[2..].iter().map(place).collect())
}

fn float(word: &[u8]) -> Result<f64, Error> {
    parse_f64(word).ok_or(Error::NotAFloat)
}

/// Two words as a place.
fn place_at(call: &Call<'_>, at: usize) -> Result<Place, Error> {
    let place = Place { lon: float(call.word(at))?, lat: float(call.word(at + 1))? };
    match place.lon.abs() <= LON_MAX && place.lat.abs() <= LAT_MAX {
        true => Ok(place),
        false => Err(error(&format!("invalid longitude,latitude pair {:.6},{:.6}", place.lon, place.lat))),
    }
}

/// A word as a unit: its metres.
fn unit(call: &Call<'_>, at: usize) -> Result<f64, Error> {
    match call.option(at).as_slice() {
        b"M" => Ok(1.0),
        b"KM" => Ok(1_000.0),
        b"FT" => Ok(0.3048),
        b"MI" => Ok(1_609.34),
        _ => Err(error("unsupported unit provided. please use M, KM, FT, MI")),
    }
}

/// GEOADD is ZADD with places for scores.
fn geoadd(call: &mut Call<'_>) -> Outcome {
    let is_option = |word: &&Vec<u8>| matches!(word.to_ascii_uppercase().as_slice(), b"NX" | b"XX" | b"CH");
    let first = 2 + call.argv[2..].iter().take_while(is_option).count();
    let has = |name: &str| call.argv[2..first].iter().any(|word| word.eq_ignore_ascii_case(name.as_bytes()));
    if !(call.argv.len() - first).is_multiple_of(3) || (has("NX") && has("XX")) {
        return Err(Error::Syntax);
    }
    let mut argv = call.argv[..first].to_vec();
    for at in (first..call.argv.len()).step_by(3) {
        let score = geohash::score(place_at(call, at)?);
        argv.extend([format!("{score}").into_bytes(), call.word(at + 2).to_vec()]);
    }
    zadd(&mut Call {
        keyspace: &mut *call.keyspace,
        session: &mut *call.session,
        argv: &argv,
        is_in_exec: call.is_in_exec,
        wait: None,
        actual: call.actual,
    })
}

fn geodist(call: &mut Call<'_>) -> Outcome {
    let unit = match call.argv.len() {
        4 => 1.0,
        5 => unit(call, 4)?,
        _ => return Err(Error::Syntax),
    };
    let Some(zset) = call.read::<Zset>(1)? else { return Answer::null() };
    let place = |index| zset.score(call.word(index)).map(geohash::place);
    match (place(2), place(3)) {
        (Some(from), Some(to)) => Ok(Answer::Reply(distance_text(geohash::distance(from, to) / unit))),
        _ => Answer::null(),
    }
}

/// How a command says where to search.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Radius,
    ByMember,
    Search,
}

/// What a search is told.
#[derive(Default)]
struct Query {
    is_from_member: bool,
    is_from_place: bool,
    center: Option<Place>,
    extent: Option<Extent>,
    unit: f64,
    with_distance: bool,
    with_hash: bool,
    with_coordinates: bool,
    is_descending: Option<bool>,
    count: Option<i64>,
    is_any: bool,
    store: Option<Vec<u8>>,
    is_store_distance: bool,
}

/// A member that was found: what it is called, its score, and metres.
type Found = (Vec<u8>, f64, f64);

fn member_place(zset: &Zset, member: &[u8]) -> Result<Place, Error> {
    let score = zset.score(member).ok_or_else(|| error("could not decode requested zset member"))?;
    Ok(geohash::place(score))
}

impl Query {
    fn parse(call: &Call<'_>, form: Form, may_store: bool, zset: Option<&Zset>) -> Result<Query, Error> {
        let mut query = Query { unit: 1.0, ..Query::default() };
        let options = match (form, may_store) {
            (Form::Radius, _) => {
                query.center = Some(place_at(call, 2)?);
                query.circle(call, 4)?;
                6
            }
            (Form::ByMember, _) => {
                if let Some(zset) = zset {
                    query.center = Some(member_place(zset, call.word(2))?);
                    query.circle(call, 3)?;
                }
                5
            }
            (Form::Search, true) => {
                query.store = Some(call.word(1).to_vec());
                3
            }
            (Form::Search, false) => 2,
        };
        let mut at = options;
        while at < call.argv.len() {
            let values = match form {
                Form::Search => query.area_option(call, at, zset)?,
                _ if may_store => query.store_option(call, at),
                _ => None,
            };
            at += 1 + match values {
                Some(values) => values,
                None if form == Form::Search && may_store && call.option(at) == b"STOREDIST" => {
                    query.is_store_distance = true;
                    0
                }
                None => query.option(call, at)?,
            };
        }
        query.check(call, form)?;
        Ok(query)
    }

    fn circle(&mut self, call: &Call<'_>, at: usize) -> Result<(), Error> {
        let radius = parse_f64(call.word(at)).ok_or_else(|| error("need numeric radius"))?;
        if radius < 0.0 {
            return Err(error("radius cannot be negative"));
        }
        (self.extent, self.unit) = (Some(Extent::Circle(radius)), unit(call, at + 1)?);
        Ok(())
    }

    fn rectangle(&mut self, call: &Call<'_>, at: usize) -> Result<(), Error> {
        let width = parse_f64(call.word(at)).ok_or_else(|| error("need numeric width"))?;
        let height = parse_f64(call.word(at + 1)).ok_or_else(|| error("need numeric height"))?;
        if width < 0.0 || height < 0.0 {
            return Err(error("height or width cannot be negative"));
        }
        (self.extent, self.unit) = (Some(Extent::Box(width, height)), unit(call, at + 2)?);
        Ok(())
    }

    /// The options of GEOSEARCH that say where to search: how many values follow; `None` if it is another.
    fn area_option(
        &mut self,
        call: &Call<'_>,
        at: usize,
        zset: Option<&Zset>,
    ) -> Result<Option<usize>, Error> {
        let left = call.argv.len() - at - 1;
        Ok(match call.option(at).as_slice() {
            b"FROMMEMBER" if left >= 1 && !self.is_from_place => {
                self.is_from_member = true;
                if let Some(zset) = zset {
                    self.center = Some(member_place(zset, call.word(at + 1))?);
                }
                Some(1)
            }
            b"FROMLONLAT" if left >= 2 && !self.is_from_member => {
                (self.is_from_place, self.center) = (true, Some(place_at(call, at + 1)?));
                Some(2)
            }
            b"BYRADIUS" if left >= 2 && !matches!(self.extent, Some(Extent::Box(..))) => {
                self.circle(call, at + 1)?;
                Some(2)
            }
            b"BYBOX" if left >= 3 && !matches!(self.extent, Some(Extent::Circle(_))) => {
                self.rectangle(call, at + 1)?;
                Some(3)
            }
            _ => None,
        })
    }

    /// The same of GEORADIUS that say where to store.
    fn store_option(&mut self, call: &Call<'_>, at: usize) -> Option<usize> {
        let key = call.argv.get(at + 1)?;
        self.is_store_distance = match call.option(at).as_slice() {
            b"STORE" => false,
            b"STOREDIST" => true,
            _ => return None,
        };
        self.store = Some(key.clone());
        Some(1)
    }

    /// The options that all have in common.
    fn option(&mut self, call: &Call<'_>, at: usize) -> Result<usize, Error> {
        match call.option(at).as_slice() {
            b"WITHDIST" => self.with_distance = true,
            b"WITHHASH" => self.with_hash = true,
            b"WITHCOORD" => self.with_coordinates = true,
            b"ANY" => self.is_any = true,
            b"ASC" => self.is_descending = Some(false),
            b"DESC" => self.is_descending = Some(true),
            b"COUNT" if at + 1 < call.argv.len() => {
                let count = call.int(at + 1)?;
                if count <= 0 {
                    return Err(error("COUNT must be > 0"));
                }
                self.count = Some(count);
                return Ok(1);
            }
            _ => return Err(Error::Syntax),
        }
        Ok(0)
    }

    /// What does not go together.
    fn check(&self, call: &Call<'_>, form: Form) -> Result<(), Error> {
        let is_search = form == Form::Search;
        let name = String::from_utf8_lossy(call.word(0));
        if self.store.is_some() && (self.with_distance || self.with_hash || self.with_coordinates) {
            let what = if is_search { "GEOSEARCHSTORE" } else { "STORE option in GEORADIUS" };
            return Err(error(&format!(
                "{what} is not compatible with WITHDIST, WITHHASH and WITHCOORD options"
            )));
        }
        if is_search && !self.is_from_member && !self.is_from_place {
            return Err(error(&format!(
                "exactly one of FROMMEMBER or FROMLONLAT can be specified for {name}"
            )));
        }
        if is_search && self.extent.is_none() {
            return Err(error(&format!("exactly one of BYRADIUS and BYBOX can be specified for {name}")));
        }
        if self.is_any && self.count.is_none() {
            return Err(error("the ANY argument requires COUNT argument"));
        }
        Ok(())
    }

    /// What is found, in the order in which it is told.
    fn run(&self, zset: &Zset) -> Vec<Found> {
        let (Some(center), Some(extent)) = (self.center, self.extent) else { return Vec::new() };
        let area = Area { center, extent, unit: self.unit };
        let count = self.count.and_then(|count| usize::try_from(count).ok()).unwrap_or(usize::MAX);
        let mut found: Vec<Found> = Vec::new();
        for (first, end) in area.scores() {
            let inside = zset.iter().filter(|(_, score)| (first..end).contains(score));
            found.extend(inside.filter_map(|(member, score)| {
                Some((member.to_vec(), score, area.reach(geohash::place(score))?))
            }));
        }
        if self.is_any {
            found.truncate(count);
        }
        // Who wants some but not just any gets the nearest.
        let nearest = (self.count.is_some() && !self.is_any).then_some(false);
        if let Some(is_descending) = self.is_descending.or(nearest) {
            let by_distance = |one: &Found, other: &Found| {
                let order = one.2.total_cmp(&other.2);
                if is_descending { order.reverse() } else { order }
            };
            // To sort all and to sort a part are different sorts, which matters where distances are equal.
            match count < found.len() {
                true => partial_sort(&mut found, 0..count, &by_distance),
                false => found.sort_by(by_distance),
            }
        }
        found.truncate(count);
        found
    }

    fn show(&self, (member, score, distance): &Found) -> Part {
        let mut parts = vec![Part::Plain(bulk(member))];
        if self.with_distance {
            parts.push(Part::Plain(distance_text(distance / self.unit)));
        }
        if self.with_hash {
            parts.push(Part::Plain(Reply::Int(*score as i64)));
        }
        if self.with_coordinates {
            parts.push(coordinates(geohash::place(*score)));
        }
        if parts.len() == 1 { parts.remove(0) } else { Part::List(parts) }
    }
}

fn search(call: &mut Call<'_>, form: Form, may_store: bool) -> Outcome {
    let source = if form == Form::Search && may_store { 2 } else { 1 };
    let zset = call.read::<Zset>(source)?;
    let query = Query::parse(call, form, may_store, zset)?;
    let found = zset.map(|zset| query.run(zset)).unwrap_or_default();
    let Some(key) = &query.store else {
        return Part::List(found.iter().map(|found| query.show(found)).collect()).answer(call);
    };
    let score = |(member, score, distance): &Found| {
        (member.clone(), if query.is_store_distance { distance / query.unit } else { *score })
    };
    let settings = &call.keyspace.settings;
    let result = Zset::collect(found.iter().map(score), settings).settled(settings);
    let event = if form == Form::Search { "geosearchstore" } else { "georadiusstore" };
    call.store(key, Some(result).filter(|_| !found.is_empty()), 'z', event);
    Answer::count(found.len())
}

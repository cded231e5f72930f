//! GEORADIUS, GEOSEARCH and their kin: which places are within a circle or a box.

use crate::commands::options::integer;
use crate::commands::sorted_set;
use crate::context::Context;
use resplay_datatypes::geohash::{Form, Point, Shape};
use resplay_datatypes::zset::ScoreRange;
use resplay_datatypes::{EntryId, Scratch, Zset, partial_sort};
use resplay_resp::{Args, Error, Writer, number};
use std::cmp::Ordering;

/// How a command's words are arranged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// Key, longitude, latitude, radius, unit, options.
    Coordinates,
    /// Key, member, radius, unit, options.
    Member,
    /// Key, options.
    Search,
    /// Target, key, options.
    SearchStore,
}

impl Style {
    fn is_search(self) -> bool {
        matches!(self, Style::Search | Style::SearchStore)
    }
}

/// Searches, and replies or stores. STORE and STOREDIST with a key are options where they may be.
pub(super) fn run(ctx: &mut Context<'_>, args: Args<'_>, style: Style, may_store: bool) -> Result<(), Error> {
    let source = &args[if style == Style::SearchStore { 2 } else { 1 }];
    let id = ctx.data.read_id_as::<Zset>(source)?;
    let zset = id.map(|id| ctx.data.value_as::<Zset>(id));
    let mut query = Query { style, may_store, zset, ..Query::default() };
    query.parse(args)?;
    query.check(args)?;
    let Query { target, stores_distance, shows, limit, order, is_any, .. } = query;
    let shape = query.shape().filter(|_| id.is_some());
    let mut hits = match (shape, id) {
        (Some(shape), Some(id)) => find(ctx, id, &shape, limit.filter(|_| is_any)),
        _ => Vec::new(),
    };
    let len = limit.map_or(hits.len(), |limit| limit.min(hits.len()));
    sort(&mut hits, len, order.or(limit.filter(|_| !is_any).map(|_| Order::Asc)));
    hits.truncate(len);
    let unit = shape.map_or(1.0, |shape| shape.unit);
    match target {
        None => reply(&mut ctx.reply, &hits, shows, unit),
        Some(target) => {
            let event = if style.is_search() { "geosearchstore" } else { "georadiusstore" };
            let score = |hit: &Hit| if stores_distance { hit.distance / unit } else { hit.score };
            store(ctx, target, hits.iter().map(|hit| (hit.member.as_slice(), score(hit))), event);
        }
    }
    Ok(())
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    Asc,
    Desc,
}

/// What is told of each place besides its name.
#[derive(Clone, Copy, Debug, Default)]
struct Shows {
    distance: bool,
    hash: bool,
    point: bool,
}

impl Shows {
    fn count(self) -> usize {
        usize::from(self.distance) + usize::from(self.hash) + usize::from(self.point)
    }
}

/// What a command asks for.
struct Query<'z, 'a> {
    style: Style,
    may_store: bool,
    zset: Option<&'z Zset>,
    /// FROMMEMBER was given; there is no centre if the key is missing.
    is_from_member: bool,
    is_from_point: bool,
    center: Option<Point>,
    form: Option<Form>,
    unit: f64,
    order: Option<Order>,
    limit: Option<usize>,
    is_any: bool,
    shows: Shows,
    target: Option<&'a [u8]>,
    stores_distance: bool,
}

impl Default for Query<'_, '_> {
    fn default() -> Self {
        Query {
            style: Style::Search,
            may_store: false,
            zset: None,
            is_from_member: false,
            is_from_point: false,
            center: None,
            form: None,
            unit: 1.0,
            order: None,
            limit: None,
            is_any: false,
            shows: Shows::default(),
            target: None,
            stores_distance: false,
        }
    }
}

impl<'a> Query<'_, 'a> {
    fn parse(&mut self, args: Args<'a>) -> Result<(), Error> {
        let mut at = self.parse_front(args)?;
        while at < args.len() {
            at += self.parse_option(args.from(at))?;
        }
        Ok(())
    }

    /// The words at fixed places; how many they are.
    fn parse_front(&mut self, args: Args<'a>) -> Result<usize, Error> {
        match self.style {
            Style::Coordinates => {
                self.center = Some(super::point(args.from(2))?);
                self.radius(args.from(4))?;
                Ok(6)
            }
            Style::Member => {
                // Without a key nobody asks where the member is, or whether the radius is one.
                if self.zset.is_some() {
                    self.center = self.point_of(&args[2])?;
                    self.radius(args.from(3))?;
                }
                Ok(5)
            }
            Style::Search => Ok(2),
            Style::SearchStore => {
                self.target = args.get(1);
                Ok(3)
            }
        }
    }

    /// An option at the beginning of these words; how many of them it takes.
    fn parse_option(&mut self, words: Args<'a>) -> Result<usize, Error> {
        let (is_search, rest) = (self.style.is_search(), words.len() - 1);
        match words[0].to_ascii_lowercase().as_slice() {
            b"withdist" => self.shows.distance = true,
            b"withhash" => self.shows.hash = true,
            b"withcoord" => self.shows.point = true,
            b"any" => self.is_any = true,
            b"asc" => self.order = Some(Order::Asc),
            b"desc" => self.order = Some(Order::Desc),
            b"count" if rest >= 1 => {
                self.limit = Some(count(&words[1])?);
                return Ok(2);
            }
            word @ (b"store" | b"storedist") if !is_search && self.may_store && rest >= 1 => {
                self.target = words.get(1);
                self.stores_distance = word == b"storedist";
                return Ok(2);
            }
            b"storedist" if self.style == Style::SearchStore => self.stores_distance = true,
            _ if is_search => return self.parse_search_option(words),
            _ => return Err(Error::Syntax),
        }
        Ok(1)
    }

    /// An option of GEOSEARCH: where, and how far.
    fn parse_search_option(&mut self, words: Args<'a>) -> Result<usize, Error> {
        let rest = words.len() - 1;
        match words[0].to_ascii_lowercase().as_slice() {
            b"frommember" if rest >= 1 && !self.is_from_point => {
                self.center = self.point_of(&words[1])?;
                self.is_from_member = true;
                Ok(2)
            }
            b"fromlonlat" if rest >= 2 && !self.is_from_member => {
                self.center = Some(super::point(words.from(1))?);
                self.is_from_point = true;
                Ok(3)
            }
            b"byradius" if rest >= 2 && !matches!(self.form, Some(Form::Box { .. })) => {
                self.radius(words.from(1))?;
                Ok(3)
            }
            b"bybox" if rest >= 3 && !matches!(self.form, Some(Form::Circle { .. })) => {
                self.sides(words.from(1))?;
                Ok(4)
            }
            _ => Err(Error::Syntax),
        }
    }

    /// Where a member is; nowhere if there is no key.
    fn point_of(&self, member: &[u8]) -> Result<Option<Point>, Error> {
        let Some(zset) = self.zset else { return Ok(None) };
        match zset.score(member) {
            Some(score) => Ok(Some(Point::of_score(score))),
            None => Err(Error::Custom("ERR could not decode requested zset member".to_owned())),
        }
    }

    fn radius(&mut self, words: Args<'_>) -> Result<(), Error> {
        let radius = length(&words[0], "radius")?;
        if radius < 0.0 {
            return Err(Error::Custom("ERR radius cannot be negative".to_owned()));
        }
        self.form = Some(Form::Circle { radius });
        self.unit = super::unit(&words[1])?;
        Ok(())
    }

    fn sides(&mut self, words: Args<'_>) -> Result<(), Error> {
        let (width, height) = (length(&words[0], "width")?, length(&words[1], "height")?);
        if width < 0.0 || height < 0.0 {
            return Err(Error::Custom("ERR height or width cannot be negative".to_owned()));
        }
        self.form = Some(Form::Box { width, height });
        self.unit = super::unit(&words[2])?;
        Ok(())
    }

    /// What does not go together, or is missing.
    fn check(&self, args: Args<'_>) -> Result<(), Error> {
        let command = String::from_utf8_lossy(&args[0]);
        let wrong = |text: String| Err(Error::Custom(format!("ERR {text}")));
        if self.target.is_some() && self.shows.count() > 0 {
            let is_search = self.style.is_search();
            let what = if is_search { "GEOSEARCHSTORE" } else { "STORE option in GEORADIUS" };
            return wrong(format!("{what} is not compatible with WITHDIST, WITHHASH and WITHCOORD options"));
        }
        if self.style.is_search() && !self.is_from_member && !self.is_from_point {
            return wrong(format!("exactly one of FROMMEMBER or FROMLONLAT can be specified for {command}"));
        }
        if self.style.is_search() && self.form.is_none() {
            return wrong(format!("exactly one of BYRADIUS and BYBOX can be specified for {command}"));
        }
        if self.is_any && self.limit.is_none() {
            return wrong("the ANY argument requires COUNT argument".to_owned());
        }
        Ok(())
    }

    fn shape(&self) -> Option<Shape> {
        Some(Shape { center: self.center?, form: self.form?, unit: self.unit })
    }
}

fn count(word: &[u8]) -> Result<usize, Error> {
    match integer(word)? {
        1.. => Ok(integer(word)? as usize),
        _ => Err(Error::Custom("ERR COUNT must be > 0".to_owned())),
    }
}

fn length(word: &[u8], what: &str) -> Result<f64, Error> {
    number::parse_f64(word).ok_or_else(|| Error::Custom(format!("ERR need numeric {what}")))
}

/// A place that was found.
#[derive(Clone, Debug)]
struct Hit {
    member: Vec<u8>,
    score: f64,
    point: Point,
    /// From the centre, in metres.
    distance: f64,
}

/// The places in a shape, box by box; with a limit only the first ones that come.
fn find(ctx: &mut Context<'_>, id: EntryId, shape: &Shape, limit: Option<usize>) -> Vec<Hit> {
    let zset = ctx.data.value_as::<Zset>(id);
    let (mut hits, mut visited, mut scratch) = (Vec::new(), 0, Scratch::new());
    let is_full = |hits: &Vec<Hit>| limit.is_some_and(|limit| hits.len() >= limit);
    for (min, max) in shape.boxes() {
        if is_full(&hits) {
            break;
        }
        let (min, max) = (min as f64, max as f64);
        let range = ScoreRange { min, min_excluded: false, max, max_excluded: true };
        for (item, score) in zset.range(zset.score_range(&range)) {
            visited += 1;
            let point = Point::of_score(score);
            if let Some(distance) = shape.distance(&point) {
                hits.push(Hit { member: item.bytes(&mut scratch).to_vec(), score, point, distance });
                if is_full(&hits) {
                    break;
                }
            }
        }
    }
    ctx.data.work.elements += visited;
    hits
}

/// Sorts by distance, if there is an order, at least the first `len`.
fn sort(hits: &mut [Hit], len: usize, order: Option<Order>) {
    let nearer =
        |one: &Hit, other: &Hit| one.distance.partial_cmp(&other.distance).unwrap_or(Ordering::Equal);
    let compare = |one: &Hit, other: &Hit| match order {
        Some(Order::Desc) => nearer(other, one),
        _ => nearer(one, other),
    };
    match order {
        None => {}
        Some(_) if len == hits.len() => hits.sort_by(compare),
        Some(_) => partial_sort::sort_head(hits, len, &compare),
    }
}

fn reply(reply: &mut Writer<'_>, hits: &[Hit], shows: Shows, unit: f64) {
    reply.array(hits.len());
    for hit in hits {
        if shows.count() > 0 {
            reply.array(1 + shows.count());
        }
        reply.bulk(&hit.member);
        if shows.distance {
            super::reply_distance(reply, hit.distance / unit);
        }
        if shows.hash {
            reply.int(hit.score as i64);
        }
        if shows.point {
            super::reply_point(reply, &hit.point);
        }
    }
}

/// Each place counts as a change.
fn store<'a>(
    ctx: &mut Context<'_>,
    target: &[u8],
    places: impl ExactSizeIterator<Item = (&'a [u8], f64)>,
    event: &'static str,
) {
    let limits = sorted_set::limits(ctx);
    let len = places.len() as u64;
    let mut result = Zset::skiplist(ctx.data.seed());
    for (member, score) in places {
        result.insert(member, score, &limits);
    }
    sorted_set::store(ctx, target, result, event);
    ctx.data.dirty += len.saturating_sub(1);
    ctx.data.work.elements += len;
}

//! Places on the earth as scores of a sorted set: 26 bits of longitude and of latitude, interleaved, so that what is
//! near is often near in order too. A search looks through nine boxes of one size, in the real servers' order, as that
//! is the order of an unsorted reply.

use crate::trigonometry;
use std::f64::consts::PI;

/// Bits of longitude, and of latitude, in a score.
const STEPS: u32 = 26;
/// The earth's radius in metres.
const EARTH_RADIUS: f64 = 6_372_797.560_856;
/// Half the earth's girth in metres, in the projection that the boxes are equal in.
const MERCATOR_MAX: f64 = 20_037_726.37;
const RADIANS: f64 = PI / 180.0;

/// The greatest longitude, in degrees; the least is its negative.
pub const LONGITUDE_MAX: f64 = 180.0;
/// The greatest latitude, in degrees; the least is its negative.
pub const LATITUDE_MAX: f64 = 85.051_128_78;

/// A place, in degrees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// From -180 (west) to 180 (east).
    pub longitude: f64,
    /// From [`LATITUDE_MAX`] (north) to its negative.
    pub latitude: f64,
}

impl Point {
    /// Whether it has a score.
    pub fn is_valid(&self) -> bool {
        (-LONGITUDE_MAX..=LONGITUDE_MAX).contains(&self.longitude)
            && (-LATITUDE_MAX..=LATITUDE_MAX).contains(&self.latitude)
    }

    /// Its score, for a valid one.
    pub fn score(&self) -> u64 {
        self.cell(STEPS).bits
    }

    /// The middle of the box that a score means.
    pub fn of_score(score: f64) -> Point {
        let area = Cell { bits: truncated(score), steps: STEPS }.area();
        let middle = |(min, max): (f64, f64), limit: f64| ((min + max) / 2.0).min(limit).max(-limit);
        Point {
            longitude: middle(area.longitude, LONGITUDE_MAX),
            latitude: middle(area.latitude, LATITUDE_MAX),
        }
    }

    /// The standard geohash. Its latitudes reach to the poles, and of its eleven letters the last is always `0`.
    pub fn text(&self) -> [u8; 11] {
        const LETTERS: &[u8; 32] = b"0123456789bcdefghjkmnpqrstuvwxyz";
        let bits = encode(self, 90.0, STEPS);
        std::array::from_fn(|at| if at < 10 { LETTERS[(bits >> (47 - 5 * at) & 31) as usize] } else { b'0' })
    }

    /// The distance to another in metres, on a sphere.
    pub fn distance(&self, other: &Point) -> f64 {
        let v = trigonometry::sin((other.longitude * RADIANS - self.longitude * RADIANS) / 2.0);
        if v == 0.0 {
            return latitude_distance(self.latitude, other.latitude);
        }
        let (from, to) = (self.latitude * RADIANS, other.latitude * RADIANS);
        let u = trigonometry::sin((to - from) / 2.0);
        let a = u * u + trigonometry::cos(from) * trigonometry::cos(to) * v * v;
        2.0 * EARTH_RADIUS * trigonometry::asin(a.sqrt())
    }

    fn cell(&self, steps: u32) -> Cell {
        Cell { bits: encode(self, LATITUDE_MAX, steps), steps }
    }
}

/// The form of a [`Shape`]; lengths are in the shape's unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Form {
    /// All that is within a radius.
    Circle {
        /// Not negative.
        radius: f64,
    },
    /// Sides along the lines of longitude and latitude, the centre in the middle.
    Box {
        /// From west to east.
        width: f64,
        /// From north to south.
        height: f64,
    },
}

/// Where to search.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shape {
    /// Its middle.
    pub center: Point,
    /// Its form.
    pub form: Form,
    /// Its unit of length in metres.
    pub unit: f64,
}

impl Shape {
    /// How far a point is from the centre, in metres; `None` if it is outside.
    pub fn distance(&self, point: &Point) -> Option<f64> {
        if let Form::Box { width, height } = self.form {
            let up = latitude_distance(point.latitude, self.center.latitude);
            if up > height * self.unit / 2.0 {
                return None;
            }
            let beside = Point { longitude: self.center.longitude, latitude: point.latitude };
            if point.distance(&beside) > width * self.unit / 2.0 {
                return None;
            }
        }
        let distance = self.center.distance(point);
        match self.form {
            Form::Circle { radius } if distance > radius * self.unit => None,
            _ => Some(distance),
        }
    }

    /// The scores to look through, in order: from the first up to, not including, the second. Nothing of the shape is
    /// outside of them.
    pub fn boxes(&self) -> Vec<(u64, u64)> {
        let bounds = self.bounds();
        let mut steps = self.steps();
        if steps > 1 && self.center.cell(steps).is_too_small(&bounds) {
            steps -= 1;
        }
        let mut boxes: Vec<Cell> = Vec::with_capacity(9);
        for cell in self.center.cell(steps).neighbourhood(&bounds) {
            // Where there are few boxes, one may be on both sides.
            if boxes.last() != Some(&cell) {
                boxes.push(cell);
            }
        }
        boxes.iter().map(Cell::scores).collect()
    }

    /// The area around it.
    fn bounds(&self) -> Area {
        let Point { longitude, latitude } = self.center;
        let (width, height) = match self.form {
            Form::Circle { radius } => (radius, radius),
            Form::Box { width, height } => (width / 2.0, height / 2.0),
        };
        let up = self.unit * height / EARTH_RADIUS / RADIANS;
        // A degree of longitude is the shorter the nearer the pole.
        let edge = if latitude < 0.0 { latitude - up } else { latitude + up };
        let aside = self.unit * width / EARTH_RADIUS / libm::cos(edge * RADIANS) / RADIANS;
        Area { longitude: (longitude - aside, longitude + aside), latitude: (latitude - up, latitude + up) }
    }

    /// The steps at which nine boxes most often cover it.
    fn steps(&self) -> u32 {
        let mut reach = self.unit
            * match self.form {
                Form::Circle { radius } => radius,
                Form::Box { width, height } => {
                    (width / 2.0 * (width / 2.0) + height / 2.0 * (height / 2.0)).sqrt()
                }
            };
        if reach == 0.0 {
            return STEPS;
        }
        let mut steps = -1i32;
        while reach < MERCATOR_MAX {
            reach *= 2.0;
            steps += 1;
        }
        let north = self.center.latitude.abs();
        steps -= i32::from(north > 66.0) + i32::from(north > 80.0);
        steps.clamp(1, STEPS as i32) as u32
    }
}

/// From west to east and from south to north, in degrees.
#[derive(Clone, Copy, Debug)]
struct Area {
    longitude: (f64, f64),
    latitude: (f64, f64),
}

/// One of the boxes that the map is divided into at some number of steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cell {
    bits: u64,
    steps: u32,
}

/// The bits of latitude; those of longitude are the others.
const LATITUDE_BITS: u64 = 0x5555_5555_5555_5555;

impl Cell {
    fn area(&self) -> Area {
        let cells = (1u64 << self.steps) as f64;
        let side = |at: u32, limit: f64| {
            let edge = |at: u32| -limit + f64::from(at) / cells * (limit - -limit);
            (edge(at), edge(at.wrapping_add(1)))
        };
        Area {
            longitude: side(squeeze(self.bits >> 1), LONGITUDE_MAX),
            latitude: side(squeeze(self.bits), LATITUDE_MAX),
        }
    }

    /// So many boxes to the east and to the north; around the world where it ends.
    fn moved(&self, east: i64, north: i64) -> Cell {
        let mask = |bits: u64| bits >> (64 - 2 * self.steps);
        let shift = |bits: u64, own: u64, by: i64| {
            // The bits between are ones, so that a carry runs through them.
            let between = mask(!own);
            let bits = match by {
                0 => return bits & own,
                1.. => (bits & own).wrapping_add(between + 1),
                _ => (bits & own | between).wrapping_sub(between + 1),
            };
            bits & mask(own)
        };
        let bits = shift(self.bits, !LATITUDE_BITS, east) | shift(self.bits, LATITUDE_BITS, north);
        Cell { bits, steps: self.steps }
    }

    /// Some of that area lies outside of this box and its neighbours.
    fn is_too_small(&self, bounds: &Area) -> bool {
        self.moved(0, 1).area().latitude.1 < bounds.latitude.1
            || self.moved(0, -1).area().latitude.0 > bounds.latitude.0
            || self.moved(1, 0).area().longitude.1 < bounds.longitude.1
            || self.moved(-1, 0).area().longitude.0 > bounds.longitude.0
    }

    /// This box and those around it that may have a part of that area, in the order of a search.
    fn neighbourhood(&self, bounds: &Area) -> Vec<Cell> {
        let area = self.area();
        let is_fine = self.steps >= 2;
        let is_useless = |east: i64, north: i64| {
            is_fine
                && ((north < 0 && area.latitude.0 < bounds.latitude.0)
                    || (north > 0 && area.latitude.1 > bounds.latitude.1)
                    || (east < 0 && area.longitude.0 < bounds.longitude.0)
                    || (east > 0 && area.longitude.1 > bounds.longitude.1))
        };
        let around = [(0, 0), (0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (-1, 1), (1, -1), (-1, -1)];
        let useful = around.into_iter().filter(|(east, north)| !is_useless(*east, *north));
        useful.map(|(east, north)| self.moved(east, north)).collect()
    }

    fn scores(&self) -> (u64, u64) {
        let shift = 2 * (STEPS - self.steps);
        (self.bits << shift, (self.bits + 1) << shift)
    }
}

fn encode(point: &Point, latitude_max: f64, steps: u32) -> u64 {
    let cells = (1u64 << steps) as f64;
    let at = |degrees: f64, limit: f64| ((degrees - -limit) / (limit - -limit) * cells) as u32;
    spread(at(point.latitude, latitude_max)) | spread(at(point.longitude, LONGITUDE_MAX)) << 1
}

fn latitude_distance(one: f64, other: f64) -> f64 {
    EARTH_RADIUS * (other * RADIANS - one * RADIANS).abs()
}

const HALVES: [(u32, u64); 5] = [
    (16, 0x0000_ffff_0000_ffff),
    (8, 0x00ff_00ff_00ff_00ff),
    (4, 0x0f0f_0f0f_0f0f_0f0f),
    (2, 0x3333_3333_3333_3333),
    (1, LATITUDE_BITS),
];

/// A zero between any two bits.
fn spread(value: u32) -> u64 {
    HALVES.iter().fold(u64::from(value), |bits, (shift, mask)| (bits | bits << shift) & mask)
}

/// Every other bit, from the lowest on.
fn squeeze(bits: u64) -> u32 {
    let masks = [HALVES[3].1, HALVES[2].1, HALVES[1].1, HALVES[0].1, 0x0000_0000_ffff_ffff];
    let shifts = HALVES.iter().rev().map(|(shift, _)| shift);
    shifts.zip(masks).fold(bits & LATITUDE_BITS, |bits, (shift, mask)| (bits | bits >> shift) & mask) as u32
}

/// A score's whole part, and for those that no place has what the real servers' processors make of them.
fn truncated(score: f64) -> u64 {
    const HALF: f64 = 9_223_372_036_854_775_808.0;
    let signed = |value: f64| if (-HALF..HALF).contains(&value) { value as i64 } else { i64::MIN };
    if score < HALF { signed(score) as u64 } else { signed(score - HALF) as u64 ^ 1 << 63 }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PALERMO: Point = Point { longitude: 13.361389, latitude: 38.115556 };
    const CATANIA: Point = Point { longitude: 15.087269, latitude: 37.502669 };

    /// Recorded from Valkey 8.0.1: ZSCORE, GEOHASH and GEODIST of the documentation's example.
    #[test]
    fn scores_texts_and_distances_are_the_real_servers() {
        assert_eq!((PALERMO.score(), CATANIA.score()), (3_479_099_956_230_698, 3_479_447_370_796_909));
        let back = [PALERMO, CATANIA].map(|point| Point::of_score(point.score() as f64));
        assert_eq!(back.map(|point| point.text()), [*b"sqc8b49rny0", *b"sqdtr74hyu0"]);
        assert_eq!(format!("{:.4}", back[0].distance(&back[1])), "166274.1516");
    }

    #[test]
    fn spreading_and_squeezing_undo_each_other() {
        for value in [0, 1, 2, 0x1234_5678, 0x03ff_ffff, u32::MAX] {
            assert_eq!(squeeze(spread(value)), value);
            assert_eq!(squeeze(spread(value) | spread(u32::MAX) << 1), value);
        }
    }

    #[test]
    fn what_is_in_a_shape_is_in_exactly_one_of_its_boxes() {
        let mut at = 1u64;
        let mut draw = |span: f64| {
            at = at.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((at >> 11) as f64 / (1u64 << 53) as f64 * 2.0 - 1.0) * span
        };
        for round in 0..300 {
            let center = Point { longitude: draw(170.0), latitude: draw(80.0) };
            let size = 10.0 * f64::from(1 << (round % 16));
            let form = if round % 2 == 0 {
                Form::Circle { radius: size }
            } else {
                Form::Box { width: size, height: size / 3.0 }
            };
            let shape = Shape { center, form, unit: 1.0 };
            let (boxes, reach) = (shape.boxes(), size / 100_000.0);
            for _ in 0..100 {
                let near = Point {
                    longitude: center.longitude + draw(reach),
                    latitude: (center.latitude + draw(reach)).clamp(-LATITUDE_MAX, LATITUDE_MAX),
                };
                let score = near.score();
                if shape.distance(&Point::of_score(score as f64)).is_some() {
                    let holding = boxes.iter().filter(|(min, max)| (*min..*max).contains(&score));
                    assert_eq!(holding.count(), 1, "{near:?} {shape:?}");
                }
            }
        }
    }

    #[test]
    fn scores_that_no_place_has_are_read_all_the_same() {
        let values = [-1.0, f64::NEG_INFINITY, f64::INFINITY, 1e19, 1e30].map(truncated);
        assert_eq!(values, [u64::MAX, 1 << 63, 0, 10_000_000_000_000_000_000, 0]);
    }
}

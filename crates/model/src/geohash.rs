//! Places on the earth: as numbers that interleave the bits of latitude and longitude, as letters, and how far apart.
//!
//! The real server's sines are rightly rounded but for one in some hundreds, so distances agree in all digits that
//! are printed; where all bits are kept as a score, the last may differ.

use crate::sine::{asin, cos, sin};

/// Longitude and latitude in degrees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Place {
    /// East of Greenwich.
    pub(crate) lon: f64,
    /// North of the equator.
    pub(crate) lat: f64,
}

/// The greatest longitude.
pub(crate) const LON_MAX: f64 = 180.0;
/// The greatest latitude that a map of Mercator's shows.
pub(crate) const LAT_MAX: f64 = 85.051_128_78;
/// Metres.
const EARTH_RADIUS: f64 = 6_372_797.560_856;
/// Half of the length of the equator on the map, in metres.
const MERCATOR_MAX: f64 = 20_037_726.37;
/// How often a score halves each axis.
const STEPS: u32 = 26;
/// The letters of a geohash.
const LETTERS: &[u8; 32] = b"0123456789bcdefghjkmnpqrstuvwxyz";

const RADIANS: f64 = std::f64::consts::PI / 180.0;

/// A cell of the map when each axis is halved `step` times, counted from its south-west corner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cell {
    x: u32,
    y: u32,
    step: u32,
}

/// A cell's edges in degrees.
struct Edges {
    west: f64,
    east: f64,
    south: f64,
    north: f64,
}

impl Cell {
    /// The cell that a place is in. One on the very edge of the map is in the cell past the last.
    fn at(place: Place, lat_max: f64, step: u32) -> Cell {
        let count = (1u64 << step) as f64;
        let part = |value: f64, max: f64| ((value + max) / (max + max) * count) as u32;
        Cell { x: part(place.lon, LON_MAX), y: part(place.lat, lat_max), step }
    }

    /// The cell of 26 halvings that a number means.
    fn of_bits(bits: u64) -> Cell {
        let every_other = |from: u32| (0..32).map(|bit| ((bits >> (2 * bit + from) & 1) as u32) << bit).sum();
        Cell { x: every_other(1), y: every_other(0), step: STEPS }
    }

    fn bits(self) -> u64 {
        (0..32)
            .map(|bit| {
                u64::from(self.y >> bit & 1) << (2 * bit) | u64::from(self.x >> bit & 1) << (2 * bit + 1)
            })
            .sum()
    }

    fn edges(self) -> Edges {
        let count = (1u64 << self.step) as f64;
        let edge = |number: u32, max: f64| -max + (f64::from(number) / count) * (max + max);
        Edges {
            west: edge(self.x, LON_MAX),
            east: edge(self.x.wrapping_add(1), LON_MAX),
            south: edge(self.y, LAT_MAX),
            north: edge(self.y.wrapping_add(1), LAT_MAX),
        }
    }

    /// The cell so many further east and north. The map is a torus; an axis that is not moved along keeps a number
    /// past its last.
    fn neighbor(self, east: i64, north: i64) -> Cell {
        let moved = |number: u32, by: i64| match by {
            0 => number,
            by => (i64::from(number) + by).rem_euclid(1 << self.step) as u32,
        };
        Cell { x: moved(self.x, east), y: moved(self.y, north), step: self.step }
    }

    /// The scores in the cell: from the first to before the second.
    fn scores(self) -> (f64, f64) {
        let align = |bits: u64| (bits << (2 * (STEPS - self.step))) as f64;
        (align(self.bits()), align(self.bits() + 1))
    }
}

/// A place's score.
pub(crate) fn score(place: Place) -> f64 {
    Cell::at(place, LAT_MAX, STEPS).bits() as f64
}

/// Where a score is: the middle of its cell.
pub(crate) fn place(score: f64) -> Place {
    let edges = Cell::of_bits(whole(score)).edges();
    let middle = |low: f64, high: f64, max: f64| ((low + high) / 2.0).clamp(-max, max);
    Place { lon: middle(edges.west, edges.east, LON_MAX), lat: middle(edges.south, edges.north, LAT_MAX) }
}

/// A score as the real server's processor makes a whole number of it, also where the language leaves that open.
fn whole(score: f64) -> u64 {
    const HALF: f64 = 9_223_372_036_854_775_808.0;
    let signed = |value: f64| if (-HALF..HALF).contains(&value) { value as i64 } else { i64::MIN };
    if score >= HALF { signed(score - HALF) as u64 ^ 1 << 63 } else { signed(score) as u64 }
}

/// A place as eleven letters, of which the last says nothing.
pub(crate) fn letters(place: Place) -> Vec<u8> {
    let bits = Cell::at(place, 90.0, STEPS).bits();
    let letter = |index: u32| LETTERS[(bits >> (47 - 5 * index) & 31) as usize];
    (0..10).map(letter).chain([b'0']).collect()
}

/// Metres between two places, along a great circle.
pub(crate) fn distance(from: Place, to: Place) -> f64 {
    let v = sin((to.lon * RADIANS - from.lon * RADIANS) / 2.0);
    if v == 0.0 {
        return meridian(from.lat, to.lat);
    }
    let (from_lat, to_lat) = (from.lat * RADIANS, to.lat * RADIANS);
    let u = sin((to_lat - from_lat) / 2.0);
    let a = u * u + cos(from_lat) * cos(to_lat) * v * v;
    2.0 * EARTH_RADIUS * asin(a.sqrt())
}

/// Metres between two latitudes.
fn meridian(from: f64, to: f64) -> f64 {
    EARTH_RADIUS * (to * RADIANS - from * RADIANS).abs()
}

/// How far from the centre is near enough, in `unit`s.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Extent {
    /// A radius.
    Circle(f64),
    /// A width and a height.
    Box(f64, f64),
}

/// What is searched.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Area {
    /// Its middle.
    pub(crate) center: Place,
    /// Its size.
    pub(crate) extent: Extent,
    /// The metres in one of its units.
    pub(crate) unit: f64,
}

impl Area {
    /// How far a place is from the centre in metres, if it is inside.
    pub(crate) fn reach(&self, place: Place) -> Option<f64> {
        let away = distance(self.center, place);
        let is_inside = match self.extent {
            Extent::Circle(radius) => away <= radius * self.unit,
            Extent::Box(width, height) => {
                let beside = Place { lon: self.center.lon, lat: place.lat };
                meridian(place.lat, self.center.lat) <= height * self.unit / 2.0
                    && distance(place, beside) <= width * self.unit / 2.0
            }
        };
        is_inside.then_some(away)
    }

    /// The ranges of scores in which the real server looks, in its order: the centre's cell, then those around it
    /// that the area touches.
    pub(crate) fn scores(&self) -> Vec<(f64, f64)> {
        let bounds = self.bounds();
        let mut cell = Cell::at(self.center, LAT_MAX, self.step());
        if cell.step > 1 && !is_covered(cell, &bounds) {
            cell = Cell::at(self.center, LAT_MAX, cell.step - 1);
        }
        let edges = cell.edges();
        let is_useless = |east: i64, north: i64| {
            cell.step >= 2
                && ((north < 0 && edges.south < bounds.south)
                    || (north > 0 && edges.north > bounds.north)
                    || (east < 0 && edges.west < bounds.west)
                    || (east > 0 && edges.east > bounds.east))
        };
        const AROUND: [(i64, i64); 9] =
            [(0, 0), (0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (-1, 1), (1, -1), (-1, -1)];
        let mut cells: Vec<Cell> = AROUND
            .into_iter()
            .filter(|&(east, north)| !is_useless(east, north))
            .map(|(east, north)| cell.neighbor(east, north))
            .collect();
        // On the coarsest map east and west are the same cell.
        cells.dedup();
        cells.into_iter().map(Cell::scores).collect()
    }

    /// How often to halve the map so that a cell is about as large as the area.
    fn step(&self) -> u32 {
        let mut range = self.unit
            * match self.extent {
                Extent::Circle(radius) => radius,
                Extent::Box(width, height) => {
                    ((width / 2.0) * (width / 2.0) + (height / 2.0) * (height / 2.0)).sqrt()
                }
            };
        if range == 0.0 {
            return STEPS;
        }
        let mut step = -1i32;
        while range < MERCATOR_MAX {
            range *= 2.0;
            step += 1;
        }
        let lat = self.center.lat.abs();
        step -= i32::from(lat > 66.0) + i32::from(lat > 80.0);
        step.clamp(1, STEPS as i32) as u32
    }

    /// The area's own edges; they may leave the map.
    fn bounds(&self) -> Edges {
        let (width, height) = match self.extent {
            Extent::Circle(radius) => (radius, radius),
            Extent::Box(width, height) => (width / 2.0, height / 2.0),
        };
        let Place { lon, lat } = self.center;
        let up = self.unit * height / EARTH_RADIUS / RADIANS;
        // A degree is shortest on the side of the pole.
        let widest = if lat < 0.0 { lat - up } else { lat + up };
        let aside = self.unit * width / EARTH_RADIUS / libm::cos(widest * RADIANS) / RADIANS;
        Edges { west: lon - aside, east: lon + aside, south: lat - up, north: lat + up }
    }
}

/// Whether a cell and those around it hold the whole area.
fn is_covered(cell: Cell, bounds: &Edges) -> bool {
    let edges = |east: i64, north: i64| cell.neighbor(east, north).edges();
    let is_short = edges(0, 1).north < bounds.north
        || edges(0, -1).south > bounds.south
        || edges(1, 0).east < bounds.east
        || edges(-1, 0).west > bounds.west;
    !is_short
}

#[cfg(test)]
mod tests {
    use super::*;

    const PALERMO: Place = Place { lon: 13.361389, lat: 38.115556 };
    const CATANIA: Place = Place { lon: 15.087269, lat: 37.502669 };

    #[test]
    fn the_documentation_has_these_scores_letters_and_distances() {
        assert_eq!([score(PALERMO), score(CATANIA)], [3479099956230698.0, 3479447370796909.0]);
        assert_eq!(letters(place(score(PALERMO))), b"sqc8b49rny0");
        let away = distance(place(score(PALERMO)), place(score(CATANIA)));
        assert_eq!(format!("{away:.4}"), "166274.1516");
    }

    #[test]
    fn the_cells_of_a_small_area_hold_every_place_in_it() {
        let mut random = resplay_base::Random::stream(7, "places");
        let mut degrees = |max: f64| (random.unit() * 2.0 - 1.0) * max;
        for _ in 0..2_000 {
            let center = Place { lon: degrees(170.0), lat: degrees(60.0) };
            let near = Place { lon: center.lon + degrees(2.0), lat: center.lat + degrees(2.0) };
            let area = Area { center, extent: Extent::Circle(distance(center, near) + 1.0), unit: 1.0 };
            let found = area.scores().iter().any(|range| (range.0..range.1).contains(&score(near)));
            assert!(found, "{center:?} {near:?}");
        }
    }
}

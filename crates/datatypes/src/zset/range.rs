//! Which elements a command means: by score or by member.

/// Scores from `min` to `max`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScoreRange {
    /// The least score; never NaN.
    pub min: f64,
    /// `min` itself is outside.
    pub min_excluded: bool,
    /// The greatest score; never NaN.
    pub max: f64,
    /// `max` itself is outside.
    pub max_excluded: bool,
}

impl ScoreRange {
    /// A score that is not below the range.
    #[inline]
    pub fn is_from(&self, score: f64) -> bool {
        if self.min_excluded { score > self.min } else { score >= self.min }
    }

    /// A score that is not above the range.
    #[inline]
    pub fn is_upto(&self, score: f64) -> bool {
        if self.max_excluded { score < self.max } else { score <= self.max }
    }
}

/// An end of a [`LexRange`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LexBound<'a> {
    /// `-`: before all members.
    Lowest,
    /// `+`: after all members.
    Highest,
    /// `[member`.
    Including(&'a [u8]),
    /// `(member`.
    Excluding(&'a [u8]),
}

/// Members from `min` to `max`, byte by byte. It makes sense where all scores are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LexRange<'a> {
    /// Where it begins.
    pub min: LexBound<'a>,
    /// Where it ends.
    pub max: LexBound<'a>,
}

impl LexRange<'_> {
    /// A member that is not before the range.
    #[inline]
    pub fn is_from(&self, member: &[u8]) -> bool {
        match self.min {
            LexBound::Lowest => true,
            LexBound::Highest => false,
            LexBound::Including(min) => member >= min,
            LexBound::Excluding(min) => member > min,
        }
    }

    /// A member that is not behind the range.
    #[inline]
    pub fn is_upto(&self, member: &[u8]) -> bool {
        match self.max {
            LexBound::Lowest => false,
            LexBound::Highest => true,
            LexBound::Including(max) => member <= max,
            LexBound::Excluding(max) => member < max,
        }
    }
}

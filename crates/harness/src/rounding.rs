//! Figures for snapshots: rounded, so that a change which shifts a run a little does not rewrite them.

use std::time::Duration;

/// Two significant digits: 12,345 becomes 12,000.
pub fn number(value: u64) -> String {
    let scale = 10u64.pow(value.checked_ilog10().unwrap_or(0).saturating_sub(1));
    let rounded = (value / scale + u64::from(value % scale * 2 >= scale && scale > 1)) * scale;
    grouped(rounded)
}

/// A duration with two significant digits and the unit that suits it.
pub fn duration(time: Duration) -> String {
    let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
    let (unit, name) = match micros {
        0..1_000 => (1, "us"),
        1_000..1_000_000 => (1_000, "ms"),
        _ => (1_000_000, "s"),
    };
    if micros < 10 * unit && unit > 1 {
        let tenths = (micros * 10 + unit / 2) / unit;
        return format!("{}.{} {name}", tenths / 10, tenths % 10);
    }
    format!("{} {name}", number((micros + unit / 2) / unit))
}

/// A time of the run: minutes and seconds.
pub fn moment(ns: u64) -> String {
    let seconds = ns / 1_000_000_000;
    format!("{:02}:{:02}", seconds / 60, seconds % 60)
}

/// The same text with its numbers of three digits and more, and its sizes (`7.93M`), rounded. Parts of a word
/// (`127.0.0.1`, `x264`) stay as they are.
pub fn text(text: &str) -> String {
    let is_word = |c: char| c.is_alphanumeric() || c == '.';
    let mut rounded = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = rest.find(|c| is_word(c) != is_word(first)).unwrap_or(rest.len());
        rounded.push_str(&token(&rest[..end]));
        rest = &rest[end..];
    }
    rounded
}

fn token(word: &str) -> String {
    if let Ok(value) = word.parse::<u64>() {
        return if value < 100 { word.to_string() } else { number(value) };
    }
    size(word).unwrap_or_else(|| word.to_string())
}

/// A size as INFO prints it, with two digits: `7.93M` becomes `7.9M`.
fn size(word: &str) -> Option<String> {
    let unit = word.chars().last().filter(|unit| "KMG".contains(*unit))?;
    let (whole, hundredths) = word[..word.len() - 1].split_once('.')?;
    let hundredths: u64 = (hundredths.len() == 2).then_some(hundredths)?.parse().ok()?;
    let tenths = whole.parse::<u64>().ok()? * 10 + (hundredths + 5) / 10;
    Some(if tenths < 100 {
        format!("{}.{}{unit}", tenths / 10, tenths % 10)
    } else {
        format!("{}{unit}", number(tenths / 10))
    })
}

/// Digits in groups of three.
fn grouped(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_two_digits() {
        let all = [0, 7, 99, 104, 105, 12_345, 999_999].map(number);
        assert_eq!(all, ["0", "7", "99", "100", "110", "12,000", "1,000,000"]);
    }

    #[test]
    fn durations_have_the_unit_that_suits_them() {
        let all =
            [0, 950, 1_234, 51_400, 1_500_000, 61_000_000].map(|us| duration(Duration::from_micros(us)));
        assert_eq!(all, ["0 us", "950 us", "1.2 ms", "51 ms", "1.5 s", "61 s"]);
    }

    #[test]
    fn texts_keep_their_words() {
        assert_eq!(
            text("memory 7.93M, evicted 1234, at 10.0.0.1 x264"),
            "memory 7.9M, evicted 1,200, at 10.0.0.1 x264"
        );
        assert_eq!(text("memory 873.41K of 1.00G"), "memory 870K of 1.0G");
        assert_eq!(moment(83_456_000_000), "01:23");
    }
}

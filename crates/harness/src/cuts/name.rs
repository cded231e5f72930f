//! How a cut is named: `cache:12:3` is the third state of the twelfth cut point of the disk of `cache`.

use std::fmt;
use std::str::FromStr;

/// A cut point of a node's disk, or one state of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CutName {
    /// The node; may be left out where there is one.
    pub node: Option<String>,
    /// The cut point's number, from 1.
    pub point: u64,
    /// The state's number, from 1; `None`: all states.
    pub state: Option<u64>,
}

impl fmt::Display for CutName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let node = self.node.iter().map(|node| format!("{node}:"));
        let state = self.state.iter().map(|state| format!(":{state}"));
        write!(f, "{}{}{}", node.collect::<String>(), self.point, state.collect::<String>())
    }
}

impl FromStr for CutName {
    type Err = String;

    fn from_str(text: &str) -> Result<CutName, String> {
        let mistake =
            || format!("`{text}` names no cut: [NODE:]POINT[:STATE], such as cache:12:3, numbers from 1");
        let number = |word: &str| word.parse::<u64>().ok().filter(|number| *number > 0);
        let words: Vec<&str> = text.split(':').collect();
        let (node, numbers) = match words.split_first() {
            Some((first, rest)) if number(first).is_none() && !first.is_empty() => {
                (Some((*first).to_string()), rest)
            }
            _ => (None, &words[..]),
        };
        let numbers: Option<Vec<u64>> = numbers.iter().map(|word| number(word)).collect();
        match numbers.as_deref() {
            Some([point]) => Ok(CutName { node, point: *point, state: None }),
            Some([point, state]) => Ok(CutName { node, point: *point, state: Some(*state) }),
            _ => Err(mistake()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_printed() {
        for text in ["cache:12:3", "cache:12", "12:3", "12"] {
            assert_eq!(text.parse::<CutName>().map(|name| name.to_string()), Ok(text.to_string()));
        }
        for text in ["", "cache", "0", "cache:0:1", "1:2:3", "cache:1:x", ":1"] {
            assert!(text.parse::<CutName>().is_err(), "{text}");
        }
    }
}

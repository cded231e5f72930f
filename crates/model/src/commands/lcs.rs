//! LCS: the longest common subsequence of two strings.

use crate::answer::{Answer, Outcome, bulk};
use crate::call::{Call, error};
use crate::table::{Row, row};
use resplay_resp::{Error, Reply};

pub(crate) const ROWS: &[Row] = &[row("LCS", -3, "", lcs)];

#[derive(Default)]
struct Options {
    with_places: bool,
    only_length: bool,
    with_lengths: bool,
    shortest: i64,
}

fn options(call: &Call<'_>) -> Result<Options, Error> {
    let (mut options, mut at) = (Options::default(), 3);
    while at < call.argv.len() {
        match call.option(at).as_slice() {
            b"IDX" => options.with_places = true,
            b"LEN" => options.only_length = true,
            b"WITHMATCHLEN" => options.with_lengths = true,
            b"MINMATCHLEN" if at + 1 < call.argv.len() => {
                options.shortest = call.int(at + 1)?;
                at += 1;
            }
            _ => return Err(Error::Syntax),
        }
        at += 1;
    }
    match options.with_places && options.only_length {
        true => Err(error("If you want both the length and indexes, please just use IDX.")),
        false => Ok(options),
    }
}

fn lcs(call: &mut Call<'_>) -> Outcome {
    let text = |index| {
        let text = call.text(index).map_err(|_| error("The specified keys must contain string values"))?;
        Ok::<_, Error>(text.map_or(Vec::new(), |text| text.bytes.clone()))
    };
    let (a, b) = (text(1)?, text(2)?);
    let options = options(call)?;
    let cells = (a.len() as u64 + 1) * (b.len() as u64 + 1);
    if cells * 4 > call.keyspace.settings.bulk_bytes_max {
        return Err(error("Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len"));
    }
    // The length for each pair of beginnings.
    let mut lengths = vec![vec![0i64; b.len() + 1]; a.len() + 1];
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            lengths[i][j] = match a[i - 1] == b[j - 1] {
                true => lengths[i - 1][j - 1] + 1,
                false => lengths[i - 1][j].max(lengths[i][j - 1]),
            };
        }
    }
    let length = lengths[a.len()][b.len()];
    if options.only_length {
        return Answer::int(length);
    }
    let matches = matches(&a, &b, &lengths);
    if !options.with_places {
        let common: Vec<u8> =
            matches.iter().rev().flat_map(|&(i, _, count)| a[i..i + count].to_vec()).collect();
        return Answer::bulk(&common);
    }
    let shown =
        matches.iter().filter(|(_, _, count)| *count as i64 >= options.shortest).map(|&(i, j, count)| {
            let pair = |from: usize| {
                Reply::Array(vec![Reply::Int(from as i64), Reply::Int((from + count - 1) as i64)])
            };
            let mut parts = vec![pair(i), pair(j)];
            if options.with_lengths {
                parts.push(Reply::Int(count as i64));
            }
            Reply::Array(parts)
        });
    let shown = Reply::Array(shown.collect());
    Ok(Answer::Reply(Reply::Map(vec![(bulk("matches"), shown), (bulk("len"), Reply::Int(length))])))
}

/// Where common pieces stand in both strings and how long they are, the last first.
fn matches(a: &[u8], b: &[u8], lengths: &[Vec<i64>]) -> Vec<(usize, usize, usize)> {
    let (mut i, mut j) = (a.len(), b.len());
    let mut found: Vec<(usize, usize, usize)> = Vec::new();
    while i > 0 && j > 0 {
        if a[i - 1] == b[j - 1] {
            (i, j) = (i - 1, j - 1);
            match found.last_mut() {
                Some((x, y, count)) if *x == i + 1 && *y == j + 1 => (*x, *y, *count) = (i, j, *count + 1),
                _ => found.push((i, j, 1)),
            }
        } else if lengths[i - 1][j] > lengths[i][j - 1] {
            i -= 1;
        } else {
            j -= 1;
        }
    }
    found
}

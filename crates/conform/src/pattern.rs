//! Lines with holes, for replies that differ from run to run.

/// Whether a line fits a pattern, in which `{int}` stands for an integer and `{any}` for any bytes.
pub(crate) fn fits(pattern: &str, line: &str) -> bool {
    let Some((at, hole)) = next_hole(pattern) else { return pattern == line };
    let (front, back) = (&pattern[..at], &pattern[at + hole.len()..]);
    let Some(rest) = line.strip_prefix(front) else { return false };
    let ends = (0..=rest.len()).filter(|&end| rest.is_char_boundary(end));
    ends.filter(|&end| hole == "{any}" || is_int(&rest[..end])).any(|end| fits(back, &rest[end..]))
}

fn next_hole(pattern: &str) -> Option<(usize, &'static str)> {
    ["{int}", "{any}"].into_iter().filter_map(|hole| Some((pattern.find(hole)?, hole))).min()
}

fn is_int(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn holes_take_integers_or_anything() {
        assert!(fits(":{int}", ":-12"));
        assert!(!fits(":{int}", ":"));
        assert!(!fits(":{int}", ":1a"));
        assert!(fits("id={int} addr={any} fd={int}", "id=3 addr=127.0.0.1:80 fd=9"));
        assert!(fits("{any}", ""));
        assert!(!fits("a{any}b", "aXc"));
        assert!(!fits(":1", ":12"));
    }
}

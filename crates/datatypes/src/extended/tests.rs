use super::*;

fn print(text: &str) -> Option<String> {
    Extended::parse(text.as_bytes()).map(Extended::print)
}

#[test]
fn what_strtold_reads_is_read() {
    for (text, printed) in [
        ("0x10", "16"),
        ("+.5", "0.5"),
        ("5.", "5"),
        ("-0", "0"),
        ("1e2", "100"),
        ("0e999999999999999999999", "0"),
        ("0X1.8p-1", "0.75"),
        ("-INF", "-inf"),
        ("infinity", "inf"),
    ] {
        assert_eq!(print(text).as_deref(), Some(printed), "{text}");
    }
    for text in
        ["", " 1", "1 ", "nan", "1e", "0x", "0xp1", ".", "e5", "1e5000", "1e-5000", "1,5", "--1", "1\0"]
    {
        assert_eq!(print(text), None, "{text}");
    }
}

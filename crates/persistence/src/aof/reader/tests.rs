use super::*;
use crate::aof;
use proptest::prelude::*;
use resplay_resp::OwnedArgs;

/// A command and where it ends.
type Read = (Vec<Vec<u8>>, u64);

/// The commands of a file with their ends, and the judgement, fed in pieces of these sizes (then the rest).
fn read(file: &[u8], pieces: &[usize]) -> (Vec<Read>, Verdict) {
    let (mut reader, mut commands, mut rest) = (Reader::new(), Vec::new(), file);
    for &size in pieces.iter().chain([&file.len()]) {
        let (piece, after) = rest.split_at(size.min(rest.len()));
        rest = after;
        reader.feed(piece);
        loop {
            match reader.next_command() {
                Ok(Some(command)) => commands.push((command.words.to_vecs(), command.end)),
                Ok(None) => break,
                Err(corrupt) => return (commands, Verdict::Corrupt(corrupt)),
            }
        }
    }
    (commands, reader.finish())
}

fn file(commands: &[Vec<Vec<u8>>]) -> Vec<u8> {
    let mut file = Vec::new();
    for (command, number) in commands.iter().zip(0..) {
        if number % 3 == 1 {
            aof::encode_timestamp(&mut file, number);
        }
        aof::encode(&mut file, OwnedArgs::from_words(command).as_args());
    }
    file
}

fn words() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let name = prop_oneof![Just(b"MULTI".to_vec()), Just(b"exec".to_vec()), Just(b"SET".to_vec())];
    let word = proptest::collection::vec(any::<u8>(), 0..40);
    (name, proptest::collection::vec(word, 0..4)).prop_map(|(name, rest)| [vec![name], rest].concat())
}

/// Where the first `count` commands should be cut: before a transaction that has no end.
fn valid_up_to(commands: &[Read]) -> (u64, bool) {
    let (mut end, mut open) = (0, None);
    for (words, command_end) in commands {
        match &words[0][..] {
            b"MULTI" => open = open.or(Some(end)),
            b"exec" => open = None,
            _ => {}
        }
        end = *command_end;
    }
    (open.unwrap_or(end), open.is_some())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_prefix_of_a_valid_file_loads_its_whole_commands(
        commands in proptest::collection::vec(words(), 1..8), cut in any::<prop::sample::Index>(), pieces in proptest::collection::vec(0usize..30, 0..20),
    ) {
        let file = file(&commands);
        let (all, _) = read(&file, &[]);
        prop_assert_eq!(all.iter().map(|(words, _)| words.clone()).collect::<Vec<_>>(), commands);
        let prefix = &file[..cut.index(file.len() + 1)];
        let (loaded, verdict) = read(prefix, &pieces);
        let whole = all.iter().take_while(|(_, end)| *end <= prefix.len() as u64).count();
        prop_assert_eq!(&loaded, &all[..whole]);
        let (valid, in_transaction) = valid_up_to(&loaded);
        match verdict {
            Verdict::Clean => prop_assert!(!in_transaction),
            Verdict::Truncated(truncated) => prop_assert_eq!(truncated.valid_up_to, valid),
            Verdict::Corrupt(corrupt) => prop_assert!(false, "{}", corrupt),
        }
        prop_assert_eq!(read(&prefix[..valid as usize], &[]).1, Verdict::Clean);
    }

    #[test]
    fn how_a_file_is_cut_into_pieces_changes_nothing(
        bytes in "[*$#\r\n0-3a\\-]{0,60}", tail in proptest::collection::vec(any::<u8>(), 0..40), pieces in proptest::collection::vec(0usize..9, 0..30),
    ) {
        let file = [bytes.as_bytes(), &tail].concat();
        prop_assert_eq!(read(&file, &pieces), read(&file, &[]));
    }
}

#[test]
fn a_long_word_may_come_in_many_pieces() {
    let value = vec![b'v'; 3 << 20];
    let file = file(&[vec![b"SET".to_vec(), b"key".to_vec(), value.clone()]]);
    let (commands, verdict) = read(&file, &[1 << 20, 1 << 20, 1 << 20]);
    assert_eq!(
        (commands[0].0[2] == value, commands[0].1, verdict),
        (true, file.len() as u64, Verdict::Clean)
    );
}

#[test]
fn a_length_that_is_only_promised_reserves_nothing() {
    let mut reader = Reader::new();
    reader.feed(b"*2147483647\r\n$9223372036854775807\r\nx");
    assert!(matches!(reader.next_command(), Ok(None)));
    assert!(reader.buffer.capacity() < 1024 && reader.words.capacity() < 1024);
}

#[test]
fn damage_says_where_it_is() {
    let good = file(&[vec![b"PING".to_vec()]]);
    let verdict = read(&[&good[..], b"garbage"].concat(), &[]).1;
    assert_eq!(verdict, Verdict::Corrupt(Corrupt { offset: good.len() as u64, why: Why::NotACommand }));
    let Verdict::Corrupt(corrupt) = verdict else { return };
    assert_eq!(corrupt.to_string(), "no command begins here (at offset 14)");
}

#[test]
fn an_rdb_file_is_recognised() {
    let verdict = read(b"REDIS0011\xfa\nmore", &[]).1;
    assert_eq!(verdict, Verdict::Corrupt(Corrupt { offset: 0, why: Why::Rdb }));
}

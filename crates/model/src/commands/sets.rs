//! Sets, one at a time.

use crate::answer::{Answer, Outcome, bulk};
use crate::call::{Call, as_bulk, error, sorted_bulks};
use crate::commands::scan::{ScanOptions, Scanned, cursor, cursor_and_items};
use crate::glob;
use crate::table::{Row, row};
use crate::value::Set;
use resplay_resp::{Error, Reply};
use std::collections::BTreeSet;

pub(crate) const ROWS: &[Row] = &[
    row("SADD", -3, "wm", sadd),
    row("SCARD", 2, "", |call| Answer::count(call.read::<Set>(1)?.map_or(0, Set::len))),
    row("SISMEMBER", 3, "", |call| {
        Answer::flag(call.read::<Set>(1)?.is_some_and(|set| set.contains(&call.argv[2])))
    }),
    row("SMEMBERS", 2, "", smembers),
    row("SMISMEMBER", -3, "", |call| {
        let set = call.read::<Set>(1)?;
        let has = |member: &Vec<u8>| Reply::Int(i64::from(set.is_some_and(|set| set.contains(member))));
        Answer::array(call.argv[2..].iter().map(has))
    }),
    row("SMOVE", 4, "w", smove),
    row("SPOP", -2, "w", spop),
    row("SRANDMEMBER", -2, "", srandmember),
    row("SREM", -3, "w", srem),
    row("SSCAN", -3, "", sscan),
];

fn sadd(call: &mut Call<'_>) -> Outcome {
    let (key, members) = (call.word(1), &call.argv[2..]);
    let has_new = |set: &Set| members.iter().any(|member| !set.contains(member));
    let is_change = call.read::<Set>(1)?.is_none_or(has_new);
    if !is_change {
        call.keyspace.alter(call.session.db, key, |set: &mut Set, settings| {
            set.widen_for(members.len(), settings);
        });
        return Answer::int(0);
    }
    let create = |settings: &_| Set::create(&members[0], members.len(), settings);
    let added = call.keyspace.edit_or(call.session.db, key, create, |set: &mut Set, settings| {
        set.widen_for(members.len(), settings);
        members.iter().filter(|member| set.add(member, settings)).count()
    })?;
    call.notify('s', "sadd", key);
    Answer::count(added)
}

fn srem(call: &mut Call<'_>) -> Outcome {
    let members = &call.argv[2..];
    if !call.read::<Set>(1)?.is_some_and(|set| members.iter().any(|member| set.contains(member))) {
        return Answer::int(0);
    }
    let removed = call.edit(1, |set: &mut Set, _| {
        // The real server stops when nothing is left.
        members.iter().filter(|member| set.remove(member)).count()
    })?;
    call.notify_shrunk('s', "srem", call.word(1));
    Answer::count(removed)
}

fn smove(call: &mut Call<'_>) -> Outcome {
    let (source, target, member) = (call.word(1), call.word(2), call.word(3));
    let Some(item) = call.keyspace.get(call.db(), source) else { return Answer::int(0) };
    if !matches!(item.value, crate::value::Value::Set(_)) {
        return Err(Error::WrongType);
    }
    call.read::<Set>(2)?;
    let is_there = call.read::<Set>(1)?.is_some_and(|set| set.contains(member));
    if !is_there || source == target {
        return Answer::flag(is_there);
    }
    call.edit(1, |set: &mut Set, _| set.remove(member))?;
    call.notify_shrunk('s', "srem", source);
    let db = call.db();
    let is_new = !call.read::<Set>(2)?.is_some_and(|set| set.contains(member));
    if is_new {
        let create = |settings: &_| Set::create(member, 1, settings);
        call.keyspace.edit_or(db, target, create, |set: &mut Set, settings| set.add(member, settings))?;
        call.notify('s', "sadd", target);
    }
    Answer::int(1)
}

/// All members in the order in which they are kept, or in any if they have none.
pub(crate) fn listed(call: &mut Call<'_>, members: Vec<Vec<u8>>, is_unordered: bool) -> Outcome {
    if !is_unordered {
        return Ok(Answer::Reply(Reply::Set(members.into_iter().map(Reply::Bulk).collect())));
    }
    let head = match call.session.protocol {
        resplay_resp::Protocol::Resp2 => b'*',
        resplay_resp::Protocol::Resp3 => b'~',
    };
    let is_set = call.actual.first() == Some(&head);
    let mut expected: Vec<&[u8]> = members.iter().map(Vec::as_slice).collect();
    expected.sort_unstable();
    call.form(&format!("a set of these {} members: {}", members.len(), shown(&expected)), |reply| match reply
    {
        Reply::Array(items) | Reply::Set(items) => is_set && sorted_bulks(items).as_ref() == Some(&expected),
        _ => false,
    })
}

/// The first few members, for people.
fn shown(members: &[&[u8]]) -> String {
    let some: Vec<String> = members.iter().take(8).map(|member| member.escape_ascii().to_string()).collect();
    some.join(" ")
}

fn smembers(call: &mut Call<'_>) -> Outcome {
    let set = call.read::<Set>(1)?;
    let (members, is_unordered) = set.map_or((Vec::new(), false), |set| (set.members(), set.is_unordered()));
    listed(call, members, is_unordered)
}

/// The bulk strings of an array.
fn bulks(reply: &Reply) -> Option<Vec<Vec<u8>>> {
    reply.as_slice()?.iter().map(|item| Some(as_bulk(item)?.to_vec())).collect()
}

fn spop(call: &mut Call<'_>) -> Outcome {
    if call.argv.len() == 2 {
        return pop_one(call);
    }
    if call.argv.len() > 3 {
        return Err(Error::Syntax);
    }
    let count = call.int_in(2, 0..=i64::MAX, "value is out of range, must be positive")? as usize;
    let Some(set) = call.read::<Set>(1)? else { return Ok(Answer::Reply(Reply::Set(Vec::new()))) };
    let (members, size) = (set.members(), set.len());
    if count == 0 {
        return Ok(Answer::Reply(Reply::Set(Vec::new())));
    }
    let key = call.word(1);
    if count >= size {
        let answer = listed(call, members, true);
        call.keyspace.remove(call.session.db, key);
        call.notify('s', "spop", key);
        call.notify('g', "del", key);
        return answer;
    }
    let taken = call.chosen().and_then(|reply| bulks(&reply)).unwrap_or_default();
    let is_legal =
        taken.len() == count && are_different(&taken) && taken.iter().all(|one| members.contains(one));
    call.edit(1, |set: &mut Set, settings| {
        for member in &taken {
            set.remove(member);
        }
        // What remains is copied when it is little beside what was taken.
        if (size - count) * 5 <= count {
            set.rebuild(settings);
        }
    })?;
    call.notify('s', "spop", key);
    Answer::judge(is_legal, &format!("{count} different members of the set"))
}

fn are_different(members: &[Vec<u8>]) -> bool {
    members.iter().collect::<BTreeSet<_>>().len() == members.len()
}

fn pop_one(call: &mut Call<'_>) -> Outcome {
    let Some(set) = call.read::<Set>(1)? else { return Answer::null() };
    let taken = call.chosen().and_then(|reply| Some(as_bulk(&reply)?.to_vec())).unwrap_or_default();
    if !set.contains(&taken) {
        return Answer::judge(false, "a member of the set");
    }
    call.edit(1, |set: &mut Set, _| set.remove(&taken))?;
    call.notify_shrunk('s', "spop", call.word(1));
    Answer::judge(true, "")
}

fn srandmember(call: &mut Call<'_>) -> Outcome {
    if call.argv.len() > 3 {
        return Err(Error::Syntax);
    }
    if call.argv.len() == 2 {
        return match call.read::<Set>(1)? {
            None => Answer::null(),
            Some(set) => call.form("a member of the set", |reply| {
                as_bulk(reply).is_some_and(|member| set.contains(member))
            }),
        };
    }
    let range = "value is out of range, value must between -9223372036854775807 and 9223372036854775807";
    let count = match call.int(2)? {
        i64::MIN => return Err(error(range)),
        count => count,
    };
    let Some(set) = call.read::<Set>(1)? else { return Answer::array([]) };
    let expected = if count < 0 { count.unsigned_abs() as usize } else { set.len().min(count as usize) };
    let legal = format!("{expected} members of the set, {}", if count < 0 { "any" } else { "all different" });
    call.form(&legal, |reply| {
        bulks(reply).is_some_and(|members| {
            members.len() == expected
                && members.iter().all(|member| set.contains(member))
                && (count < 0 || are_different(&members))
        })
    })
}

fn sscan(call: &mut Call<'_>) -> Outcome {
    cursor(call, 2)?;
    let Some(set) = call.read::<Set>(1)? else {
        return Answer::array([bulk("0"), Reply::Array(Vec::new())]);
    };
    let options = ScanOptions::parse(call, 3, Scanned::Members)?;
    let mut matching = set.members();
    matching.retain(|member| glob::selects(&options.pattern, member));
    let is_small = !set.is_unordered();
    call.form("members that fit the pattern; all of them and cursor 0 from a small set", |reply| {
        let Some((next, items)) = cursor_and_items(reply) else { return false };
        let Some(members) = bulks(&Reply::Array(items.to_vec())) else { return false };
        let is_complete = next == b"0" && members == matching;
        members.iter().all(|member| matching.contains(member)) && (!is_small || is_complete)
    })
}

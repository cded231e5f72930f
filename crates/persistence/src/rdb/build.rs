//! Values out of bytes, a part at a time, with the checks and the conversions that the real servers make when they load.

use super::codes;
use super::error::{Why, module_name};
use super::old;
use super::source::{Source, Stop};
use super::stream::StreamBuild;
use super::{Limits, codes::NODE_PACKED, codes::NODE_PLAIN};
use resplay_datatypes::list::Builder;
use resplay_datatypes::listpack::Item;
use resplay_datatypes::set::Encoding;
use resplay_datatypes::zset::BadElements;
use resplay_datatypes::{Hash, Listpack, Scratch, Set, Str, Value, Zset};

/// A value that is being read.
#[derive(Clone)]
pub(super) enum Build {
    /// One string, of that form.
    Whole(u8),
    Elements {
        left: u64,
        list: Builder,
    },
    Nodes {
        left: u64,
        list: Builder,
        form: u8,
    },
    Members {
        left: u64,
        set: Set,
    },
    Ranked {
        left: u64,
        zset: Zset,
        is_text: bool,
    },
    Pairs {
        left: u64,
        hash: Hash,
    },
    Stream(Box<StreamBuild>),
}

/// What a value came to.
pub(super) enum Built {
    Value(Value),
    /// It has no elements: no key can have it.
    Empty,
}

impl<T: Into<Value>> From<Option<T>> for Built {
    fn from(value: Option<T>) -> Built {
        value.map_or(Built::Empty, |value| Built::Value(value.into()))
    }
}

impl Build {
    /// Begins a value of that form.
    pub fn begin(form: u8, source: &mut Source<'_>, limits: &Limits) -> Result<Build, Stop> {
        Ok(match form {
            codes::LIST => Build::Elements { left: source.len()?, list: Builder::new(&limits.list) },
            codes::SET => {
                let left = source.len()?;
                let max = (limits.set.max_integers as u64).min(1 << 30);
                let encoding = if left > max { Encoding::Hashtable } else { Encoding::Intset };
                Build::Members { left, set: Set::new(encoding, limits.set.seed) }
            }
            codes::ZSET | codes::ZSET_2 => {
                let zset = Zset::skiplist(limits.zset.seed);
                Build::Ranked { left: source.len()?, zset, is_text: form == codes::ZSET }
            }
            codes::HASH => {
                let (left, mut hash) = (source.len()?, Hash::new());
                hash.expect(usize::try_from(left).unwrap_or(usize::MAX), &limits.hash);
                Build::Pairs { left, hash }
            }
            codes::LIST_QUICKLIST | codes::LIST_QUICKLIST_2 => {
                Build::Nodes { left: source.len()?, list: Builder::new(&limits.list), form }
            }
            codes::STREAM_LISTPACKS | codes::STREAM_LISTPACKS_2 | codes::STREAM_LISTPACKS_3 => {
                Build::Stream(Box::new(StreamBuild::begin(form, source)?))
            }
            codes::MODULE_PRE_GA => {
                return Err(Why::corrupt("Pre-release module format not supported").into());
            }
            codes::MODULE_2 => return Err(Why::Module(module_name(source.len()?)).into()),
            form if codes::is_type(form) => Build::Whole(form),
            form => return Err(Why::told(format!("Unknown RDB encoding type {form}")).into()),
        })
    }

    /// Reads the next part; the value if that was the last one. A part that is not whole changes nothing.
    pub fn step(&mut self, source: &mut Source<'_>, limits: &Limits) -> Result<Option<Built>, Stop> {
        match self {
            Build::Whole(form) => whole(*form, source, limits).map(Some),
            Build::Stream(build) => Ok(build.step(source)?.map(Built::Value)),
            Build::Elements { left, list } => {
                if *left > 0 {
                    list.push(&source.string()?);
                    *left -= 1;
                }
                Ok((*left == 0).then(|| take(list, limits).finish().into()))
            }
            Build::Nodes { left, list, form } => {
                if *left > 0 {
                    node(*form, list, source)?;
                    *left -= 1;
                }
                Ok((*left == 0).then(|| take(list, limits).finish().into()))
            }
            Build::Members { left, set } => {
                if *left > 0 {
                    member(set, source, limits)?;
                    *left -= 1;
                }
                Ok((*left == 0).then(|| take_set(set).into()))
            }
            Build::Ranked { left, zset, is_text } => {
                if *left > 0 {
                    ranked(zset, *is_text, source, limits)?;
                    *left -= 1;
                }
                Ok((*left == 0).then(|| {
                    let mut zset = std::mem::replace(zset, Zset::new());
                    zset.compact(&limits.zset);
                    Some(zset).filter(|zset| !zset.is_empty()).into()
                }))
            }
            Build::Pairs { left, hash } => {
                if *left > 0 {
                    pair(hash, source, limits)?;
                    *left -= 1;
                }
                let mut take = || Some(std::mem::replace(hash, Hash::new())).filter(|hash| !hash.is_empty());
                Ok((*left == 0).then(|| take().into()))
            }
        }
    }
}

fn take(list: &mut Builder, limits: &Limits) -> Builder {
    std::mem::replace(list, Builder::new(&limits.list))
}

fn take_set(set: &mut Set) -> Option<Set> {
    Some(std::mem::replace(set, Set::new(Encoding::Intset, 0))).filter(|set| !set.is_empty())
}

fn node(form: u8, list: &mut Builder, source: &mut Source<'_>) -> Result<(), Stop> {
    let kind = if form == codes::LIST_QUICKLIST_2 { source.len()? } else { NODE_PACKED };
    if !matches!(kind, NODE_PLAIN | NODE_PACKED) {
        return Err(Why::corrupt("Quicklist integrity check failed.").into());
    }
    let bytes = source.string()?;
    if bytes.is_empty() {
        return Err(Why::Truncated.into());
    }
    if kind == NODE_PLAIN {
        list.push_plain(bytes.into_owned());
    } else if form == codes::LIST_QUICKLIST_2 {
        let pack = Listpack::from_bytes(bytes.into_owned());
        list.push_node(pack.ok_or_else(|| Why::corrupt("Listpack integrity check failed."))?);
    } else {
        let pack = from_ziplist(&bytes);
        list.push_node(pack.ok_or_else(|| Why::corrupt("Ziplist integrity check failed."))?);
    }
    Ok(())
}

fn member(set: &mut Set, source: &mut Source<'_>, limits: &Limits) -> Result<(), Stop> {
    match set.add(&source.string()?, &limits.set) {
        true => Ok(()),
        false => Err(Why::corrupt("Duplicate set members detected").into()),
    }
}

fn ranked(zset: &mut Zset, is_text: bool, source: &mut Source<'_>, limits: &Limits) -> Result<(), Stop> {
    let member = source.string()?;
    let score = if is_text { source.text_f64()? } else { source.f64()? };
    if score.is_nan() {
        return Err(Why::corrupt("Zset with NAN score detected").into());
    }
    match zset.insert(&member, score, &limits.zset) {
        None => Ok(()),
        Some(_) => Err(Why::corrupt("Duplicate zset fields detected").into()),
    }
}

fn pair(hash: &mut Hash, source: &mut Source<'_>, limits: &Limits) -> Result<(), Stop> {
    let (field, value) = (source.string()?, source.string()?);
    match hash.set(&field, &value, &limits.hash) {
        true => Ok(()),
        false if hash.is_compact() => Err(Why::corrupt("Hash with dup elements").into()),
        false => Err(Why::corrupt("Duplicate hash fields detected").into()),
    }
}

/// A value that is one string.
fn whole(form: u8, source: &mut Source<'_>, limits: &Limits) -> Result<Built, Stop> {
    let bytes = source.string()?;
    let refuse = |text: &'static str| move || Stop::from(Why::corrupt(text));
    match form {
        codes::STRING => Ok(Built::Value(Str::from_bytes(&bytes).into())),
        codes::SET_INTSET => {
            let set = Set::from_intset(bytes.into_owned(), &limits.set);
            set.map(|set| Some(set).into()).ok_or_else(refuse("Intset integrity check failed."))
        }
        codes::SET_LISTPACK => {
            let pack = Listpack::from_bytes(bytes.into_owned());
            let set = pack.and_then(|pack| Set::from_listpack(pack, &limits.set));
            let set = set.ok_or_else(refuse("Set listpack integrity check failed."))?;
            Ok(Some(set).filter(|set| !set.is_empty()).into())
        }
        codes::HASH_LISTPACK => {
            let refuse = refuse("Hash listpack integrity check failed.");
            hash(&Listpack::from_bytes(bytes.into_owned()).ok_or_else(refuse)?, limits).ok_or_else(refuse)
        }
        codes::HASH_ZIPLIST => {
            let refuse = refuse("Hash ziplist integrity check failed.");
            hash(&from_ziplist(&bytes).ok_or_else(refuse)?, limits).ok_or_else(refuse)
        }
        codes::HASH_ZIPMAP => zipmap(&bytes, limits),
        codes::ZSET_LISTPACK => {
            let pack = Listpack::from_bytes(bytes.into_owned());
            zset(
                pack,
                "Zset listpack integrity check failed.",
                "Zset listpack with NAN score detected",
                limits,
            )
        }
        codes::ZSET_ZIPLIST => {
            let pack = from_ziplist(&bytes);
            zset(pack, "Zset ziplist integrity check failed.", "Zset ziplist with NAN score detected", limits)
        }
        codes::LIST_ZIPLIST => list_ziplist(&bytes, limits),
        other => unreachable!("form {other} is not one string"),
    }
}

fn hash(pack: &Listpack, limits: &Limits) -> Option<Built> {
    let hash = Hash::from_listpack(pack, &limits.hash)?;
    Some(Some(hash).filter(|hash| !hash.is_empty()).into())
}

fn zset(
    pack: Option<Listpack>,
    malformed: &'static str,
    nan: &'static str,
    limits: &Limits,
) -> Result<Built, Stop> {
    let pack = pack.ok_or_else(|| Why::corrupt(malformed))?;
    match Zset::from_listpack(pack, &limits.zset) {
        Ok(zset) => Ok(Some(zset).filter(|zset| !zset.is_empty()).into()),
        Err(BadElements::Pairs) => Err(Why::corrupt(malformed).into()),
        Err(BadElements::NotANumber) => Err(Why::corrupt(nan).into()),
    }
}

fn zipmap(bytes: &[u8], limits: &Limits) -> Result<Built, Stop> {
    let pairs = old::zipmap(bytes).ok_or_else(|| Why::corrupt("Zipmap integrity check failed."))?;
    let mut hash = Hash::new();
    hash.expect(pairs.len(), &limits.hash);
    for (field, value) in pairs {
        if !hash.set(field, value, &limits.hash) {
            let len = field.len();
            let text = format!("Hash zipmap with dup elements, or big length ({len})");
            return Err(Why::told(text).into());
        }
    }
    Ok(Some(hash).into())
}

/// A list in one ziplist. It becomes a list of nodes, even if one would be enough.
fn list_ziplist(bytes: &[u8], limits: &Limits) -> Result<Built, Stop> {
    let (mut list, mut scratch) = (Builder::new(&limits.list), Scratch::new());
    old::ziplist(bytes, |item| list.push(item.bytes(&mut scratch)))
        .ok_or_else(|| Why::corrupt("List ziplist integrity check failed."))?;
    Ok(list.finish_quick().into())
}

fn from_ziplist(bytes: &[u8]) -> Option<Listpack> {
    let (mut pack, mut scratch) = (Listpack::new(), Scratch::new());
    let mut push = |item: Item<'_>| pack.push_back(item.bytes(&mut scratch));
    old::ziplist(bytes, &mut push)?;
    pack.shrink();
    Some(pack)
}

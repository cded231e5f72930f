//! The numbers of types, opcodes and encodings.

pub(super) const STRING: u8 = 0;
pub(super) const LIST: u8 = 1;
pub(super) const SET: u8 = 2;
pub(super) const ZSET: u8 = 3;
pub(super) const HASH: u8 = 4;
/// Scores as binary doubles.
pub(super) const ZSET_2: u8 = 5;
pub(super) const MODULE_PRE_GA: u8 = 6;
pub(super) const MODULE_2: u8 = 7;
pub(super) const HASH_ZIPMAP: u8 = 9;
pub(super) const LIST_ZIPLIST: u8 = 10;
pub(super) const SET_INTSET: u8 = 11;
pub(super) const ZSET_ZIPLIST: u8 = 12;
pub(super) const HASH_ZIPLIST: u8 = 13;
/// Nodes are ziplists.
pub(super) const LIST_QUICKLIST: u8 = 14;
pub(super) const STREAM_LISTPACKS: u8 = 15;
pub(super) const HASH_LISTPACK: u8 = 16;
pub(super) const ZSET_LISTPACK: u8 = 17;
/// Nodes are listpacks, or large elements.
pub(super) const LIST_QUICKLIST_2: u8 = 18;
/// With the first id, the greatest deleted one, and how many entries were added and read.
pub(super) const STREAM_LISTPACKS_2: u8 = 19;
pub(super) const SET_LISTPACK: u8 = 20;
/// With the time of a consumer's last success.
pub(super) const STREAM_LISTPACKS_3: u8 = 21;

/// Whether a value of that type may stand in a payload.
pub(super) fn is_type(code: u8) -> bool {
    matches!(code, STRING..=MODULE_2 | HASH_ZIPMAP..=STREAM_LISTPACKS_3)
}

pub(super) const SLOT_INFO: u8 = 244;
pub(super) const FUNCTION2: u8 = 245;
pub(super) const FUNCTION_PRE_GA: u8 = 246;
pub(super) const MODULE_AUX: u8 = 247;
pub(super) const IDLE: u8 = 248;
pub(super) const FREQ: u8 = 249;
pub(super) const AUX: u8 = 250;
pub(super) const RESIZE_DB: u8 = 251;
pub(super) const EXPIRE_TIME_MS: u8 = 252;
pub(super) const EXPIRE_TIME: u8 = 253;
pub(super) const SELECT_DB: u8 = 254;
pub(super) const EOF: u8 = 255;

/// What a length begins with.
pub(super) const LEN_32_BIT: u8 = 0x80;
pub(super) const LEN_64_BIT: u8 = 0x81;

/// What a string begins with instead of a length.
pub(super) const INT_8: u8 = 0xc0;
pub(super) const INT_16: u8 = 0xc1;
pub(super) const INT_32: u8 = 0xc2;
pub(super) const COMPRESSED: u8 = 0xc3;

/// What a node of a list is.
pub(super) const NODE_PLAIN: u64 = 1;
pub(super) const NODE_PACKED: u64 = 2;

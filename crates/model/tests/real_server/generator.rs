//! Random commands: mostly right, sometimes with a word too many, too few or wrong.

use resplay_base::Random;

/// By family, one line per form of a command. Capitals with a dollar sign stand for random words.
pub const FAMILIES: &[&str] = &[
    LISTS,
    SETS,
    HASHES,
    STRINGS,
    KEYS,
    TRANSACTIONS,
    ZSETS,
    BITS,
    HYPERLOGLOGS,
    SORTING,
    STREAMS,
    GEO,
    DEBUGGING,
];

pub const LISTS: &str = "
LPUSH $L $W
LPUSH $L $W $W $W
RPUSH $L $W
RPUSH $L $W $W $W $W
LPUSHX $L $W
RPUSHX $L $W $W
LPOP $L
RPOP $L
LPOP $L $O
RPOP $L $I
LLEN $L
LINDEX $L $I
LSET $L $I $W
LINSERT $L BEFORE $W $W
LINSERT $L AFTER $W $W
LRANGE $L 0 -1
LRANGE $L $I $I
LTRIM $L $I $I
LREM $L $I $W
LPOS $L $W
LPOS $L $W RANK $I
LPOS $L $W COUNT $I
LPOS $L $W RANK $I COUNT $O MAXLEN $I
LMOVE $L $L LEFT RIGHT
LMOVE $L $L RIGHT LEFT
LMOVE $L $L $V LEFT
RPOPLPUSH $L $L
LMPOP 1 $L LEFT
LMPOP 2 $L $L RIGHT COUNT $I
LMPOP $I $L LEFT COUNT
OBJECT ENCODING $L
RENAME $L $L
COPY $L $L REPLACE
EXPIRE $L $S
CONFIG SET list-max-listpack-size $Q
";

pub const SETS: &str = "
SADD $T $W
SADD $T $J
SADD $T $W $J $W
SADD $T $J $J $J
SCARD $T
SISMEMBER $T $W
SMISMEMBER $T $W $J
SMEMBERS $T
SMOVE $T $T $W
SMOVE $T $T $J
SPOP $T
SPOP $T $O
SRANDMEMBER $T
SRANDMEMBER $T $Q
SREM $T $W $J
SREM $T $J
SSCAN $T 0
SSCAN $T 0 MATCH 1* COUNT $I
SDIFF $T $T
SDIFFSTORE $T $T $T
SINTER $T $T
SINTERSTORE $T $T $T
SINTERCARD 2 $T $T
SINTERCARD 2 $T $T LIMIT $I
SINTERCARD $I $T $T
SUNION $T $T
SUNIONSTORE $T $T $T
OBJECT ENCODING $T
COPY $T $T REPLACE
CONFIG SET set-max-intset-entries $O
CONFIG SET set-max-listpack-entries $O
CONFIG SET set-max-listpack-value $O
";

pub const HASHES: &str = "
HDEL $H $F $F
HEXISTS $H $F
HGET $H $F
HGETALL $H
HINCRBY $H $F $I
HINCRBYFLOAT $H $F $N
HKEYS $H
HLEN $H
HMGET $H $F $F
HMSET $H $F $V
HRANDFIELD $H
HRANDFIELD $H $I
HRANDFIELD $H $O WITHVALUES
HSCAN $H 0
HSCAN $H 0 MATCH f* COUNT 10
HSCAN $H 0 NOVALUES
HSET $H $F $V
HSET $H $F $I $F $N
HSET $H $F $V $F $V $F $V
HSETNX $H $F $V
HSTRLEN $H $F
HVALS $H
CONFIG SET hash-max-listpack-entries $O
";

pub const STRINGS: &str = "
APPEND $K $V
DECR $K
DECRBY $K $I
GET $K
GETDEL $K
GETEX $K
GETEX $K EX $S
GETEX $K PX $M
GETEX $K PXAT $A
GETEX $K PERSIST
GETRANGE $K $I $I
SUBSTR $K $I $I
GETSET $K $V
INCR $K
INCRBY $K $I
INCRBYFLOAT $K $N
MGET $K $K
MSET $K $V $K $V
MSETNX $K $V $K $V
PSETEX $K $M $V
SET $K $V
SET $K $V
SET $K $I
SET $K $N
SET $K $V NX
SET $K $V XX
SET $K $V GET
SET $K $V NX GET
SET $K $V EX $S
SET $K $V PX $M
SET $K $V PXAT $A
SET $K $V KEEPTTL
SET $K $V XX GET PX $M
SETEX $K $S $V
SETNX $K $V
SETRANGE $K $O $V
STRLEN $K
SET p $V
";

pub const KEYS: &str = "
COPY $K $K
COPY $H $H REPLACE
COPY $K $K DB $D REPLACE
DEL $K
DEL $K $H
DUMP $K
DUMP $H
RESTORE $K 0 $W
RESTORE $K $M $W REPLACE
RESTORE $K $S $W $V $O
EXISTS $K $K $H
EXPIRE $K $S
EXPIRE $H $S $C
EXPIREAT $K $E
EXPIRETIME $K
KEYS *
KEYS ?
MOVE $K $D
OBJECT ENCODING $K
OBJECT ENCODING $H
OBJECT FREQ $K
OBJECT IDLETIME $K
OBJECT REFCOUNT $K
PERSIST $K
PEXPIRE $K $M
PEXPIRE $K $M $C
PEXPIRE $H $M $C $C
PEXPIREAT $K $A $C
PEXPIREAT $K 4102444800000
PEXPIREAT $K 4102444800000 $C
PEXPIRETIME $K
PTTL $K
RANDOMKEY
RENAME $K $K
RENAME $H $K
RENAMENX $K $K
SCAN 0
SCAN 0 MATCH * COUNT 100 TYPE string
TOUCH $K $H
TTL $K
TYPE $K
UNLINK $K
CLIENT GETNAME
CLIENT ID
CLIENT SETNAME $F
CLIENT SETINFO lib-name $F
CLIENT NO-EVICT ON
CLIENT NO-TOUCH OFF
ECHO $V
HELLO
HELLO 2
HELLO 3
HELLO 3 SETNAME $F
PING
PING $V
RESET
SELECT 0
SELECT 0
SELECT $D
FLUSHALL
FLUSHDB ASYNC
SWAPDB 0 $D
CONFIG GET maxmemory
CONFIG RESETSTAT
INFO server
TIME
SLOWLOG LEN
SLOWLOG GET 1
MEMORY USAGE p
MEMORY USAGE p SAMPLES $I
COMMAND COUNT
LASTSAVE
AUTH default $V
AUTH $V
$V $K
CLIENT $V
";

pub const TRANSACTIONS: &str = "
MULTI
MULTI
MULTI
EXEC
EXEC
EXEC
EXEC
DISCARD
WATCH $K
WATCH $K $H
UNWATCH
";

pub const ZSETS: &str = "
ZADD $Z $G $W
ZADD $Z $G $W $G $W $G $J
ZADD $Z $B $G $W
ZADD $Z $B $B $G $W $G $W
ZADD $Z INCR $G $W
ZADD $Z $B INCR $G $W
ZADD y 0 $W 0 $J
ZADD y 0 $W
ZINCRBY $Z $G $W
ZCARD $Z
ZCOUNT $Z $R $R
ZLEXCOUNT y $X $X
ZMSCORE $Z $W $W
ZRANDMEMBER $Z
ZRANDMEMBER $Z $Q
ZRANDMEMBER $Z $Q WITHSCORES
ZRANK $Z $W
ZRANK $Z $W WITHSCORE
ZREVRANK $Z $W
ZREVRANK $Z $W WITHSCORE
ZREM $Z $W $W
ZSCAN $Z 0
ZSCAN $Z 0 MATCH *1* COUNT 10
ZSCORE $Z $W
ZRANGE $Z $I $I
ZRANGE $Z 0 -1 WITHSCORES
ZRANGE $Z $I $I REV WITHSCORES
ZRANGE $Z $R $R BYSCORE
ZRANGE $Z $R $R BYSCORE REV LIMIT $I $I WITHSCORES
ZRANGE $Z $R $R BYSCORE LIMIT $I $I
ZRANGE y $X $X BYLEX
ZRANGE y $X $X REV BYLEX LIMIT $O $I
ZRANGE $Z $I $I LIMIT $I $I
ZRANGEBYLEX y $X $X
ZRANGEBYLEX y $X $X LIMIT $O $I
ZRANGEBYSCORE $Z $R $R
ZRANGEBYSCORE $Z $R $R WITHSCORES LIMIT $O $I
ZRANGESTORE $Z $Z $I $I
ZRANGESTORE $Z $Z $R $R BYSCORE
ZRANGESTORE $Z y $X $X BYLEX LIMIT $O $I
ZREMRANGEBYLEX y $X $X
ZREMRANGEBYRANK $Z $I $I
ZREMRANGEBYSCORE $Z $R $R
ZREVRANGE $Z $I $I
ZREVRANGE $Z $I $I WITHSCORES
ZREVRANGEBYLEX y $X $X
ZREVRANGEBYSCORE $Z $R $R
ZREVRANGEBYSCORE $Z $R $R LIMIT $O $I WITHSCORES
ZDIFF 2 $Z $Z
ZDIFF 2 $Z $T WITHSCORES
ZDIFFSTORE $Z 2 $Z $Z
ZINTER 2 $Z $Z
ZINTER 2 $Z $T WITHSCORES WEIGHTS $G $G
ZINTER 2 $Z $Z AGGREGATE $Y
ZINTERCARD 2 $Z $Z
ZINTERCARD 2 $Z $Z LIMIT $I
ZINTERSTORE $Z 2 $Z $T AGGREGATE $Y WEIGHTS $G $G
ZUNION 2 $Z $Z
ZUNION $I $Z $Z WITHSCORES
ZUNION 2 $Z $Z WITHSCORES AGGREGATE $Y WEIGHTS $G $G
ZUNIONSTORE $Z 2 $Z $T WEIGHTS $G $G
ZUNIONSTORE $Z 3 $Z $Z y AGGREGATE $Y
ZMPOP 1 $Z MIN
ZMPOP 2 $Z $Z MAX COUNT $I
ZPOPMAX $Z
ZPOPMAX $Z $O
ZPOPMIN $Z
ZPOPMIN $Z $I
OBJECT ENCODING $Z
CONFIG SET zset-max-listpack-entries $O
CONFIG SET zset-max-listpack-entries 128
CONFIG SET zset-max-listpack-value $O
CONFIG SET zset-max-listpack-value 64
";

/// Strings as rows of bits, and LCS.
pub const BITS: &str = "
SETBIT $k $o $b
SETBIT $k $o 1
GETBIT $k $o
BITCOUNT $k
BITCOUNT $k $I
BITCOUNT $k $I $I
BITCOUNT $k $I $I $u
BITPOS $k $b
BITPOS $k $b $I
BITPOS $k $b $I $I
BITPOS $k $b $I $I $u
BITOP AND $k $k $k
BITOP OR $k $k $k
BITOP XOR $k $k $k $K
BITOP NOT $k $k
BITOP NOT $k $k $k
BITFIELD $k GET $w $o
BITFIELD $k SET $w $o $I
BITFIELD $k INCRBY $w $o $I
BITFIELD $k OVERFLOW $v INCRBY $w $o $I GET u8 0
BITFIELD $k OVERFLOW $v SET $w $o $I OVERFLOW $v INCRBY i5 #1 $I
BITFIELD_RO $k GET $w $o
BITFIELD_RO $k SET $w $o 1
SET $k $V
SET $k abcabc
APPEND $k $V
SETRANGE $k $O $V
STRLEN $k
OBJECT ENCODING $k
LCS $k $k
LCS $k $k LEN
LCS $k $k IDX
LCS $k $k IDX MINMATCHLEN $I WITHMATCHLEN
LCS $k $k LEN IDX
";

pub const HYPERLOGLOGS: &str = "
PFADD $p
PFADD $p $V
PFADD $p $V $F $W $J $I
PFADD $p $N $N
PFCOUNT $p
PFCOUNT $p $p
PFCOUNT $p $p $K
PFMERGE $p $p
PFMERGE $p $p $p
PFMERGE $p
GET $p
OBJECT ENCODING $p
COPY $p $p REPLACE
DEL $p
EXPIRE $p $S
WATCH $p
MULTI
EXEC
";

pub const SORTING: &str = "
SORT $L
SORT $L ALPHA
SORT $L ALPHA DESC
SORT $L LIMIT $I $I
SORT $L BY w_* ALPHA
SORT $L BY w_* GET # GET w_*
SORT $L BY nosort GET h_*->f
SORT $L BY h_*->f DESC
SORT $L STORE $L
SORT $L STORE $L ALPHA GET w_*
SORT $T
SORT $T ALPHA LIMIT $I $I DESC
SORT $T BY nosort STORE $L
SORT $Z ALPHA
SORT $Z BY nosort DESC
SORT $Z BY nosort LIMIT $I $I
SORT_RO $T ALPHA
SORT_RO $L STORE $L
SET w_1 $I
SET w_x $N
SET w_2 $V
HSET h_1 f $I
HSET h_x f 5
RPUSH $L 1 2 3
SADD $T $J $J
ZADD $Z $G $J
";

pub const STREAMS: &str = "
XADD $x * $F $V
XADD $x $y $F $V
XADD $x $y $F $V $F $V
XADD $x 0-* $F $V
XADD $x 5-* $F $W
XADD $x NOMKSTREAM $y $F $V
XADD $x MAXLEN $I $y $F $V
XADD $x MAXLEN ~ $O * $F $V
XADD $x MINID $y $y $F $V
XADD $x MAXLEN ~ $O LIMIT $I * $F $V
XDEL $x $y
XDEL $x $y $y
XLEN $x
XTRIM $x MAXLEN $O
XTRIM $x MAXLEN = $I
XTRIM $x MAXLEN ~ $O LIMIT $I
XTRIM $x MINID $y
XTRIM $x MINID ~ $y
XRANGE $x - +
XRANGE $x $y $y
XRANGE $x ($y +
XRANGE $x - + COUNT $I
XREVRANGE $x + -
XREVRANGE $x $y $y COUNT $I
XSETID $x $y
XSETID $x $y ENTRIESADDED $I MAXDELETEDID $y
XINFO STREAM $x
XINFO STREAM $x FULL
XINFO GROUPS $x
XINFO GROUPS $x
XINFO CONSUMERS $x $g
XREAD STREAMS $x $y
XREAD COUNT $I STREAMS $x $x $y $y
XREAD STREAMS $x $
XREAD STREAMS $x >
XREAD STREAMS $x +
XREADGROUP GROUP $g $c STREAMS $x +
XGROUP CREATE $x $g $y
XGROUP CREATE $x $g $ MKSTREAM
XGROUP CREATE $x $g 0 ENTRIESREAD $I
XGROUP SETID $x $g $y
XGROUP SETID $x $g $ ENTRIESREAD $I
XGROUP DESTROY $x $g
XGROUP CREATECONSUMER $x $g $c
XGROUP DELCONSUMER $x $g $c
XREADGROUP GROUP $g $c STREAMS $x >
XREADGROUP GROUP $g $c COUNT $O STREAMS $x >
XREADGROUP GROUP $g $c COUNT $O STREAMS $x >
XREADGROUP GROUP $g $c NOACK STREAMS $x >
XREADGROUP GROUP $g $c STREAMS $x $y
XREADGROUP GROUP $g $c STREAMS $x $x $y >
XACK $x $g $y
XACK $x $g $y $y
XPENDING $x $g
XPENDING $x $g - + 10 $c
XPENDING $x $g IDLE $M - + $I
XCLAIM $x $g $c $M $y
XCLAIM $x $g $c 0 $y $y JUSTID
XCLAIM $x $g $c 0 $y FORCE
XCLAIM $x $g $c 0 $y IDLE $M RETRYCOUNT $I
XCLAIM $x $g $c 0 $y LASTID $y TIME $A
XAUTOCLAIM $x $g $c 0 $y
XAUTOCLAIM $x $g $c $M - COUNT $O
XAUTOCLAIM $x $g $c 0 ($y JUSTID
OBJECT ENCODING $x
COPY $x $x REPLACE
DEL $x
WATCH $x
CONFIG SET stream-node-max-entries $O
CONFIG SET stream-node-max-bytes $N
CONFIG SET stream-node-max-bytes 100
";

/// Places. The last bit of a distance hangs on the processor's library, so only those along a meridian are stored:
/// they are exact.
pub const GEO: &str = "
GEOADD $j $1 $2 $n
GEOADD $j $1 $2 $n $1 $2 $n $1 $2 $n
GEOADD $j $1 $2 Palermo $1 $2 n1 $1 $2 n2 $1 $2 n3 $1 $2 x
GEOADD $j $1 $2 n1 $1 $2 n2 $1 $2 n3 $1 $2 n4 $1 $2 n5 $1 $2 n6 $1 $2 n7 $1 $2 n8 $1 $2 n9 $1 $2 n10 $1 $2 n11 $1 $2 n12
GEOADD $j $1 $2 n1 $1 $2 n2 $1 $2 n3 $1 $2 n4 $1 $2 n5 $1 $2 n6 $1 $2 n7 $1 $2 n8 $1 $2 n9 $1 $2 n10 $1 $2 n11 $1 $2 n12
GEOADD $j $3 $1 $2 $n
GEOADD $j $3 $3 $1 $2 $n $1 $2 $n
GEOPOS $j $n $n
GEOPOS $j
GEOHASH $j $n $n
GEODIST $j $n $n
GEODIST $j $n $n $4
GEOSEARCH $j FROMLONLAT $1 $2 BYRADIUS $5 $4
GEOSEARCH $j FROMLONLAT $1 $2 BYRADIUS $5 $4 WITHDIST WITHHASH WITHCOORD
GEOSEARCH $j FROMLONLAT $1 $2 BYRADIUS $5 $4 $6 WITHDIST
GEOSEARCH $j FROMLONLAT $1 $2 BYBOX $5 $5 $4
GEOSEARCH $j FROMLONLAT $1 $2 BYBOX $5 $5 $4 $6 WITHDIST WITHCOORD
GEOSEARCH $j FROMMEMBER $n BYRADIUS $5 $4 COUNT $8
GEOSEARCH $j FROMMEMBER $n BYRADIUS $5 $4 COUNT $8 ANY
GEOSEARCH $j FROMMEMBER $n BYRADIUS $5 $4 $6 COUNT $8 WITHDIST
GEOSEARCH $j FROMMEMBER $n BYBOX $5 $5 $4 COUNT $8 $6 ANY
GEOSEARCH $j BYBOX $5 $5 $4 WITHHASH FROMMEMBER $n
GEOSEARCH $j FROMMEMBER $n FROMLONLAT $1 $2 BYRADIUS $5 $4
GEOSEARCH $j FROMMEMBER $n BYRADIUS $5 $4 ANY
GEOSEARCH $j FROMMEMBER $n $6 $6 WITHDIST
GEOSEARCHSTORE $0 $j FROMLONLAT $1 $2 BYRADIUS $5 $4
GEOSEARCHSTORE $0 $j FROMMEMBER $n BYBOX $5 $5 $4 $6 COUNT $8
GEOADD jm 13.361389 $2 n1 13.361389 $2 n2 13.361389 $2 n3 13.361389 $2 n4
GEOSEARCHSTORE jd jm FROMMEMBER $n BYRADIUS $5 $4 STOREDIST
GEOSEARCHSTORE jd jm FROMMEMBER n1 BYBOX $5 $5 $4 STOREDIST $6
GEOSEARCHSTORE jd jx FROMLONLAT $1 $2 BYRADIUS $5 $4 STOREDIST
GEOSEARCHSTORE $0 $j FROMMEMBER $n BYBOX $5 $5 $4 WITHDIST
GEORADIUS $j $1 $2 $5 $4
GEORADIUS $j $1 $2 $5 $4 WITHCOORD WITHDIST COUNT $8 $6
GEORADIUS $j $1 $2 $5 $4 STORE $0
GEORADIUSBYMEMBER jm n2 $5 $4 STOREDIST jd COUNT $8
GEORADIUS $j $1 $2 $5 $4 STORE $0 WITHHASH
GEORADIUS_RO $j $1 $2 $5 $4 $6
GEORADIUS_RO $j $1 $2 $5 $4 STORE $0
GEORADIUSBYMEMBER $j $n $5 $4
GEORADIUSBYMEMBER $j $n $5 $4 COUNT $8 ANY WITHCOORD
GEORADIUSBYMEMBER $j $n $5 $4 STORE $0 $6
GEORADIUSBYMEMBER_RO $j $n $5 $4 WITHDIST $6
ZRANGE $j 0 -1 WITHSCORES
ZRANGE jd 0 -1 WITHSCORES
ZCARD jd
ZADD $j $7 $n
ZREM $j $n
OBJECT ENCODING $j
OBJECT ENCODING jd
CONFIG SET zset-max-listpack-entries $8
CONFIG SET zset-max-listpack-entries 128
EXPIRE $j 100
WATCH $j
HELLO 3
HELLO 2
";

/// What looks behind the data. It wants `enable-debug-command yes`.
pub const DEBUGGING: &str = "
DEBUG OBJECT $K
DEBUG OBJECT $H
DEBUG OBJECT $K x
DEBUG DIGEST
DEBUG DIGEST-VALUE $K $H
DEBUG DIGEST-VALUE
DEBUG POPULATE $O $F
DEBUG POPULATE $O $F $O
DEBUG POPULATE 2
DEBUG POPULATE $Q
DEBUG SET-ACTIVE-EXPIRE 0
DEBUG $V $K
GET f1:0
OBJECT ENCODING f2:1
APPEND f1:1 x
DEL f1:0 f2:0 key:0
PFADD $p $V $F $W
PFDEBUG ENCODING $p
PFDEBUG DECODE $p
PFDEBUG GETREG $p
PFDEBUG TODENSE $p
PFDEBUG $V $p
PFCOUNT $p
GET $p
WAITAOF $b 0 0
WAITAOF 0 0 $Q
WAITAOF 1 0 $S
";

/// Clients that wait for streams.
pub const BLOCKING_STREAMS: &str = "
XREAD BLOCK $U STREAMS $x $
XREAD BLOCK 0 STREAMS $x $x $ $y
XREAD BLOCK 50 COUNT $O STREAMS $x $y
XREADGROUP GROUP $g $c BLOCK 0 STREAMS $x >
XREADGROUP GROUP $g $c BLOCK 0 STREAMS $x >
XREADGROUP GROUP $g $c BLOCK 50 COUNT 1 STREAMS $x >
XREADGROUP GROUP $g $c BLOCK 50 STREAMS $x $y
XADD $x * $F $V
XADD $x $y $F $V
XGROUP CREATE $x $g $ MKSTREAM
XGROUP CREATE $x $g 0
XGROUP SETID $x $g 0
XGROUP DESTROY $x $g
DEL $x
SET $x $V
RENAME $x $x
COPY $x $x
SWAPDB 0 1
FLUSHALL
CLIENT UNBLOCK $P
";

/// Clients that wait for lists and sorted sets.
pub const BLOCKING: &str = "
BLPOP $L $U
BLPOP $L $L $Z $U
BRPOP $L $U
BRPOP $L $L $U
BLMOVE $L $L LEFT RIGHT $U
BLMOVE $L $L RIGHT LEFT $U
BRPOPLPUSH $L $L $U
BLMPOP $U 1 $L LEFT
BLMPOP $U 2 $L $L RIGHT COUNT $O
BZPOPMIN $Z $U
BZPOPMAX $Z $L $U
BZMPOP $U 2 $Z $Z MIN COUNT $O
LPUSH $L $W
RPUSH $L $W $W
ZADD $Z $G $W
LMOVE $L $L LEFT RIGHT
COPY $L $L
RENAME $L $L
SORT $L STORE $L
SWAPDB 0 1
MOVE $L 1
CLIENT UNBLOCK $P
CLIENT UNBLOCK $P ERROR
CLIENT UNBLOCK $P TIMEOUT
DEL $L $Z
SET $L $V
LPOP $L
ZPOPMIN $Z
SELECT 1
SELECT 0
MULTI
EXEC
EXEC
";

/// Publish and subscribe.
pub const PUBSUB: &str = "
SUBSCRIBE $H
SUBSCRIBE $H $K
UNSUBSCRIBE $H
UNSUBSCRIBE
PSUBSCRIBE $H
PSUBSCRIBE *
PSUBSCRIBE ? __key*
PUNSUBSCRIBE *
PUNSUBSCRIBE
SSUBSCRIBE $H
SUNSUBSCRIBE $H
SUNSUBSCRIBE
PUBLISH $H $V
PUBLISH $K $V
SPUBLISH $H $V
PUBSUB CHANNELS
PUBSUB CHANNELS ?
PUBSUB NUMSUB $H $K
PUBSUB NUMPAT
PUBSUB SHARDCHANNELS
PUBSUB SHARDNUMSUB $H
PING
PING $V
HELLO 3
HELLO 2
RESET
GET $K
MULTI
EXEC
";

/// Keyspace notifications, to somebody who listens.
pub const NOTIFICATIONS: &str = "
CONFIG SET notify-keyspace-events KEA
CONFIG SET notify-keyspace-events KEAn
CONFIG SET notify-keyspace-events Elg
PSUBSCRIBE __key*
PSUBSCRIBE __keyevent@0__:* __keyspace*
HELLO 3
PUNSUBSCRIBE
SET $K $V
SET $K $V PX $M
HSET $H $F $V
HDEL $H $F $F
DEL $K $H $L
RENAME $K $K
COPY $K $K
MOVE $K 1
EXPIRE $K $S
LPUSH $L $W
LMOVE $L $L LEFT RIGHT
LPOP $L 9
SMOVE $T $T $J
SADD $T $J
ZADD $Z $G $W
ZPOPMIN $Z 9
APPEND $K $V
INCR $K
GETEX $K PX $M
XADD $x * $F $V
";

/// Values of hundreds of elements, where trees have branches and lists have many nodes.
pub const LARGE: &str = "
ZADD $Z $PAIRS
ZADD $Z $PAIRS
ZADD $Z XX $PAIRS
ZINCRBY $Z $G $RANK
ZRANK $Z $RANK
ZREVRANK $Z $RANK WITHSCORE
ZCARD $Z
ZRANGE $Z $RANK $RANK
ZRANGE $Z $RANK $RANK REV WITHSCORES
ZRANGE $Z $RANK $RANK BYSCORE LIMIT 3 20
ZCOUNT $Z $RANK $RANK
ZREM $Z $MANY
ZREMRANGEBYRANK $Z $RANK $RANK
ZREMRANGEBYSCORE $Z $O $I
ZPOPMIN $Z 30
ZPOPMAX $Z 30
ZRANGESTORE $Z $Z $RANK $RANK
ZUNIONSTORE $Z 2 $Z $Z
ZINTERSTORE $Z 2 $Z $T AGGREGATE MAX
ZDIFF 2 $Z $Z
SADD $T $MANY
SREM $T $MANY
SISMEMBER $T $RANK
SCARD $T
SINTERSTORE $T $T $T
SDIFF $T $T
HSET $H $PAIRS
HDEL $H $MANY
HGET $H $O
HLEN $H
RPUSH $L $MANY
LPUSH $L $MANY
RPUSH $L $HUGE
LPUSH $L x $HUGE y
LSET $L $RANK $HUGE
LINSERT $L BEFORE $W $HUGE
LINDEX $L $RANK
LRANGE $L $RANK $RANK
LTRIM $L $RANK $RANK
LPOP $L 40
RPOP $L 40
LREM $L $I $RANK
LPOS $L $RANK
OBJECT ENCODING $L
CONFIG SET list-max-listpack-size $Q
";

/// Draws commands.
pub struct Generator {
    random: Random,
    families: Vec<Vec<Vec<&'static str>>>,
    /// The family that most commands are drawn from for a while; all, if it is fixed.
    focus: usize,
    is_fixed: bool,
}

impl Generator {
    /// Commands of all families that need no waiting. Times to live hang on the clock, so two runs of a seed may
    /// differ a little.
    pub fn new(seed: u64) -> Generator {
        Generator { is_fixed: false, ..Generator::of(seed, FAMILIES) }
    }

    /// Commands mostly of the first of these families.
    pub fn of(seed: u64, families: &[&'static str]) -> Generator {
        let families = families.iter().map(|forms| {
            let lines = forms.lines().filter(|line| !line.is_empty());
            lines.map(|line| line.split(' ').collect()).collect()
        });
        let random = Random::stream(seed, "commands");
        Generator { random, families: families.collect(), focus: 0, is_fixed: true }
    }

    /// Which client sends what.
    pub fn next(&mut self, clients: usize) -> (usize, Vec<Vec<u8>>) {
        if !self.is_fixed && self.random.chance(0.01) {
            self.focus = self.random.index(self.families.len());
        }
        let is_focused = self.random.chance(0.7);
        let family = if is_focused { self.focus } else { self.random.index(self.families.len()) };
        let forms = &self.families[family];
        let form = forms[self.random.index(forms.len())].clone();
        let mut argv: Vec<Vec<u8>> = Vec::new();
        form.iter().for_each(|word| match *word {
            "$MANY" => argv.extend(self.many()),
            "$PAIRS" => argv.extend(self.many().into_iter().flat_map(|word| [self.number(), word])),
            word => argv.push(self.word(word)),
        });
        if self.random.chance(0.03) {
            self.spoil(&mut argv);
        }
        (self.random.index(clients), argv)
    }

    fn spoil(&mut self, argv: &mut Vec<Vec<u8>>) {
        let extra = self.value();
        match self.random.below(3) {
            0 => argv.push(extra),
            1 if argv.len() > 1 => drop(argv.pop()),
            _ if argv.len() > 1 => {
                let at = 1 + self.random.index(argv.len() - 1);
                argv[at] = extra;
            }
            _ => {}
        }
    }

    fn word(&mut self, word: &str) -> Vec<u8> {
        match word {
            "$K" => self.pick(&["a", "b", "c", "d", "h", "i"]),
            "$H" => self.pick(&["h", "i", "h", "i", "a"]),
            "$L" => self.pick(&["l", "m", "l", "m", "n", "a"]),
            "$T" => self.pick(&["s", "t", "s", "t", "u", "h"]),
            "$Z" => self.pick(&["z", "w", "z", "w", "q", "s"]),
            "$G" => {
                self.pick(&["0", "1", "-1", "2.5", "1e3", "-0", "inf", "-inf", "0.1", "3", "1.0e-10", "abc"])
            }
            "$R" => self.pick(&["0", "(1", "-inf", "+inf", "(-1", "2.5", "1000", "", "(", "(2.5", "x"]),
            "$X" => self.pick(&["-", "+", "[x", "(x", "[1", "(17", "[", "[y", "(z", "x"]),
            "$B" => self.pick(&["NX", "XX", "GT", "LT", "CH"]),
            "$Y" => self.pick(&["SUM", "MIN", "MAX", "avg"]),
            "$W" => {
                self.pick(&["x", "y", "z", "", "x", "17", "-4096", "long value of a dozen bytes and more"])
            }
            "$J" => self.pick(&["1", "2", "3", "-7", "40000", "99999999999"]),
            "$Q" => self.pick(&["-1", "-2", "1", "3", "4", "-5"]),
            "$k" => self.pick(&["e", "f", "e", "f", "g", "l"]),
            "$o" => self.pick(&["0", "1", "7", "8", "9", "15", "30", "#1", "#2", "-1", "99999999999", "x"]),
            "$b" => self.pick(&["0", "1", "0", "1", "0", "1", "2", "x"]),
            "$u" => self.pick(&["BIT", "BYTE", "bit", "bit", "x"]),
            "$w" => self.pick(&["u8", "i8", "u1", "i1", "u63", "i64", "i5", "u3", "u64", "i65", "u0", "x"]),
            "$v" => self.pick(&["WRAP", "SAT", "FAIL", "sat", "x"]),
            "$p" => self.pick(&["hll1", "hll2", "hll1", "hll2", "hll3", "p"]),
            "$x" => self.pick(&["x", "xx", "x", "xx", "x", "l"]),
            "$y" => self.pick(&[
                "0",
                "1",
                "0-1",
                "2-2",
                "3",
                "5-1",
                "5-7",
                "9",
                "99999999999999-0",
                "18446744073709551615",
                "abc",
            ]),
            "($y" => [b"(".to_vec(), self.word("$y")].concat(),
            "$g" => self.pick(&["g", "gg", "g", "g"]),
            "$c" => self.pick(&["c", "d", "c", "d", "e"]),
            "$j" => self.pick(&["j", "jj", "j", "jj", "j", "jj", "j", "jj", "a"]),
            "$n" => self.pick(&["x", "Palermo", "", "n1", "n2", "n3", "n4", "n5", "n7", "n9", "n12"]),
            "$0" => self.pick(&["jd", "je", "jd", "jd", "j"]),
            "$8" => self.pick(&["1", "2", "3", "4", "7", "1", "2", "3", "0", "-1", "x"]),
            "$1" => self.degrees(180.0),
            "$2" => self.degrees(85.051_128_78),
            "$3" => self.pick(&["NX", "XX", "CH", "ch"]),
            "$4" => self.pick(&["m", "km", "m", "m", "ft", "m", "m", "km", "m", "m", "KM", "ft", "mi", "x"]),
            "$5" => self.range(),
            "$6" => self.pick(&["ASC", "DESC", "asc"]),
            "$7" => {
                self.pick(&["0", "1", "3479099956230698", "4503599627370495", "4503599627370494.5", "-5"])
            }
            "$U" => self.pick(&["0", "0.01", "0.05", "1", "0", "-1", "x"]),
            "$P" => self.pick(&["1", "2", "3", "4", "5", "6", "x"]),
            "$F" => self.pick(&["f1", "f2", "f3", "f4", "g", "n"]),
            "$V" => self.value(),
            "$I" => self.pick(&[
                "0",
                "1",
                "-1",
                "5",
                "-3",
                "2",
                "10",
                "9223372036854775807",
                "-9223372036854775808",
            ]),
            "$O" => self.pick(&["0", "1", "2", "3", "7"]),
            "$N" => self.float(),
            "$S" => self.pick(&["1", "100", "1000", "1", "0", "-1", "9223372036854775"]),
            "$M" => self.pick(&["1", "2", "30", "100000", "100100", "0", "-5"]),
            "$A" => self.pick(&["1", "99999999999999", "1000000000000", "4102444800000"]),
            "$E" => self.pick(&["1", "99999999999", "4102444800"]),
            "$C" => self.pick(&["NX", "XX", "GT", "LT", "gt"]),
            "$D" => self.pick(&["0", "1", "1", "2", "16", "-1"]),
            "$HUGE" => self.huge(),
            "$RANK" => (self.random.below(700) as i64 - 100).to_string().into_bytes(),
            literal => literal.as_bytes().to_vec(),
        }
    }

    /// Some dozens or hundreds of members, neighbours of each other.
    fn many(&mut self) -> Vec<Vec<u8>> {
        let (first, count) = (self.random.below(500), [9, 40, 130, 300][self.random.index(4)]);
        let prefix = self.pick(&[
            "",
            "",
            "m",
            "a prefix that makes for longer members and, with numbers, for more than 64 bytes ",
        ]);
        (first..first + count)
            .map(|number| [prefix.clone(), number.to_string().into_bytes()].concat())
            .collect()
    }

    /// A score that others have, too.
    fn number(&mut self) -> Vec<u8> {
        self.random.below(40).to_string().into_bytes()
    }

    /// As large as a node of a list may be, and a byte more or less.
    fn huge(&mut self) -> Vec<u8> {
        "y".repeat([4_095, 4_096, 4_097, 8_191, 8_192, 8_193][self.random.index(6)]).into_bytes()
    }

    fn value(&mut self) -> Vec<u8> {
        let long = "x".repeat([44, 45, 64, 65][self.random.index(4)]);
        self.pick(&[
            "",
            "v",
            "17",
            "-4",
            "hello world",
            "\r\n",
            "3.5",
            "007",
            "NX",
            "0x10",
            "inf",
            "DB",
            &long,
        ])
    }

    fn float(&mut self) -> Vec<u8> {
        if self.random.chance(0.5) {
            return self.pick(&[
                "0.1",
                "-0.1",
                "1e3",
                "5",
                "3.0e-5",
                "0x1p-3",
                "1e17",
                "1.7976931348623157e308",
                "inf",
                "nan",
                "-0",
            ]);
        }
        let digits = self.random.next_u64() >> self.random.below(60);
        let exponent = self.random.between(0, 40) as i64 - 20;
        let sign = self.pick(&["-", ""]);
        [sign, format!("{digits}e{exponent}").into_bytes()].concat()
    }

    /// Mostly near a few places, sometimes anywhere or wrong.
    fn degrees(&mut self, max: f64) -> Vec<u8> {
        match self.random.below(40) {
            0..=18 => {
                let near = [0.0, 13.36, 66.5, 80.2][self.random.index(4)];
                let width = [0.001, 0.2, 3.0][self.random.index(3)];
                format!("{}", near + (self.random.unit() - 0.5) * width).into_bytes()
            }
            19..=29 => format!("{}", (self.random.unit() * 2.0 - 1.0) * max).into_bytes(),
            30..=37 => {
                let edge = max - self.random.unit() * [0.0, 1e-6, 0.01, 3.0][self.random.index(4)];
                format!("{}", if self.random.chance(0.5) { edge } else { -edge }).into_bytes()
            }
            _ => self.pick(&["0", "-0", "13.361389", "45", "22.5", "1e1", "181", "-90", "inf", "nan", "x"]),
        }
    }

    /// A length of any size.
    fn range(&mut self) -> Vec<u8> {
        match self.random.below(24) {
            0 => self.pick(&["0", "-0", "-1", "1e300", "inf", "nan", "x", "40000", "20037.72637"]),
            digits => format!("{}e{}", self.random.unit(), 1 + digits % 9).into_bytes(),
        }
    }

    fn pick(&mut self, words: &[&str]) -> Vec<u8> {
        words[self.random.index(words.len())].as_bytes().to_vec()
    }
}

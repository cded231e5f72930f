//! Random commands: mostly right, sometimes with a word too many, too few or wrong.

use resplay_base::Random;

/// One line per form of a command. Capitals with a dollar sign stand for random words.
const FORMS: &str = "
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
COPY $K $K
COPY $H $H REPLACE
COPY $K $K DB $D REPLACE
DEL $K
DEL $K $H
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
CONFIG SET hash-max-listpack-entries $O
CONFIG RESETSTAT
INFO server
TIME
SLOWLOG LEN
SLOWLOG GET 1
SET p $V
MEMORY USAGE p
MEMORY USAGE p SAMPLES $I
COMMAND COUNT
LASTSAVE
AUTH default $V
AUTH $V
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
$V $K
CLIENT $V
";

/// Draws commands.
pub struct Generator {
    random: Random,
    forms: Vec<Vec<&'static str>>,
}

impl Generator {
    /// The commands of a seed. Times to live hang on the clock, so two runs of a seed may differ a little.
    pub fn new(seed: u64) -> Generator {
        let forms = FORMS.lines().filter(|line| !line.is_empty());
        Generator {
            random: Random::stream(seed, "commands"),
            forms: forms.map(|line| line.split(' ').collect()).collect(),
        }
    }

    /// Which client sends what.
    pub fn next(&mut self, clients: usize) -> (usize, Vec<Vec<u8>>) {
        let form = self.forms[self.random.index(self.forms.len())].clone();
        let mut argv: Vec<Vec<u8>> = form.iter().map(|word| self.word(word)).collect();
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
            literal => literal.as_bytes().to_vec(),
        }
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

    fn pick(&mut self, words: &[&str]) -> Vec<u8> {
        words[self.random.index(words.len())].as_bytes().to_vec()
    }
}

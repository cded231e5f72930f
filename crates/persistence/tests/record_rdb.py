#!/usr/bin/env python3
"""Makes the files of corpus/rdb with the real servers and asks Valkey 8.0.1 what it makes of each: record_rdb.py

A file for each family and server; then valkey-server loads it, and `recorded` gets a line for each key: file, database, key, when
it expires (milliseconds since 1970, or -), how often it was used (or -), encoding, the payload that it dumps in hexadecimal digits."""

import pathlib
import shutil
import socket
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[3] / "corpus" / "rdb"
SERVERS = [("redis-server", "7.0.15"), ("valkey-server", "8.0.1")]

# Small, so that small files meet them. The test has the same.
LIMITS = [
    ("list-max-listpack-size", "5"),
    ("set-max-intset-entries", "6"),
    ("zset-max-listpack-entries", "6"),
    ("zset-max-listpack-value", "20"),
    ("hash-max-listpack-entries", "6"),
    ("hash-max-listpack-value", "20"),
    ("stream-node-max-entries", "3"),
]
VALKEY_LIMITS = [("set-max-listpack-entries", "6"), ("set-max-listpack-value", "20")]

LONG = "a text that is long enough to be compressed, a text that is long enough to be compressed"
FUTURE = "33333333333333"


def numbered(word, n):
    return [f"{word}{i}" for i in range(n)]


def streams():
    yield from (["XADD", "entries", f"{i + 5}-{i % 2}", "field", f"v{i}", "n", str(i * 1000)] for i in range(8))
    yield ["XADD", "entries", "20-0", "other", "field", "field", LONG]
    yield ["XDEL", "entries", "6-1", "20-0"]
    yield ["XADD", "emptied", "1-1", "f", "v"]
    yield ["XDEL", "emptied", "1-1"]
    yield from (["XADD", "groups", f"{i}-1", "f", str(i)] for i in range(1, 7))
    yield ["XGROUP", "CREATE", "groups", "all", "0"]
    yield ["XGROUP", "CREATE", "groups", "late", "$"]
    yield ["XGROUP", "CREATE", "groups", "guess", "3-0", "ENTRIESREAD", "2"]
    yield ["XGROUP", "CREATECONSUMER", "groups", "late", "idle"]
    yield ["XREADGROUP", "GROUP", "all", "one", "COUNT", "3", "STREAMS", "groups", ">"]
    yield ["XREADGROUP", "GROUP", "all", "two", "COUNT", "2", "STREAMS", "groups", ">"]
    yield ["XACK", "groups", "all", "2-1"]
    yield ["XCLAIM", "groups", "all", "two", "0", "1-1", "TIME", "1700000000000", "RETRYCOUNT", "300"]


FAMILIES = {
    "strings": [
        ["SET", "int8", "-5"],
        ["SET", "int16", "1234"],
        ["SET", "int32", "-123456789"],
        ["SET", "int64", "12345678901"],
        ["SET", "digits", "007"],
        ["SET", "float", "3.5"],
        ["SET", "short", "hello"],
        ["SET", "empty", ""],
        ["SET", "long", LONG],
        ["SET", "7", "a key that is a number"],
        ["SET", "bytes", b"\x00\xff\r\n"],
        ["SETRANGE", "raw", "30", "end"],
        ["PFADD", "registers", "a", "b", "c"],
    ],
    "lists": [
        ["RPUSH", "small", "a", "1", "-5000", "b"],
        ["RPUSH", "nodes", *numbered("element", 17)],
        ["RPUSH", "large", "x", "y" * 9000, "z"],
        ["RPUSH", "long", LONG, LONG],
    ],
    "sets": [
        ["SADD", "integers16", "1", "-2", "300"],
        ["SADD", "integers32", "1", "70000"],
        ["SADD", "integers64", "1", "12345678901"],
        ["SADD", "many integers", *map(str, range(20))],
        ["SADD", "small", "a", "b", "17"],
        ["SADD", "long", LONG],
        ["SADD", "table", *numbered("member", 20)],
    ],
    "sorted_sets": [
        ["ZADD", "small", "1", "a", "1.5", "b", "-inf", "c", "inf", "d", "1e300", "5"],
        ["ZADD", "large", *sum(([str(i / 3), f"member{i}"] for i in range(20)), [])],
        ["ZADD", "long", "-0.1", LONG],
    ],
    "hashes": [
        ["HSET", "small", "f", "v", "n", "17", "17", "-70000"],
        ["HSET", "large", *sum(([f"field{i}", f"value{i}"] for i in range(20)), [])],
        ["HSET", "long", "f", LONG],
    ],
    "streams": list(streams()),
    "databases": [
        ["SET", "a", "1"],
        ["SET", "b", "2", "PXAT", FUTURE],
        ["SELECT", "3"],
        ["RPUSH", "c", "3"],
        ["PEXPIREAT", "c", FUTURE],
        ["SELECT", "15"],
        ["SET", "d", "4"],
        ["FUNCTION", "LOAD", "#!lua name=lib\nredis.register_function('f', function() return 1 end)"],
    ],
    "lru": [["CONFIG", "SET", "maxmemory-policy", "allkeys-lru"], ["SET", "a", "1"], ["SET", "b", "2", "PXAT", FUTURE]],
    "lfu": [["CONFIG", "SET", "maxmemory-policy", "allkeys-lfu"], ["SET", "a", "1"], ["SET", "b", "2", "PXAT", FUTURE]],
    "uncompressed": [["CONFIG", "SET", "rdbcompression", "no"], ["SET", "long", LONG], ["HSET", "h", "f", LONG]],
    "empty": [],
}


class Server:
    """A server with a directory of its own, and a connection to it."""

    def __init__(self, program, limits, file=None, extra=()):
        self.dir = pathlib.Path(tempfile.mkdtemp())
        if file:
            shutil.copy(file, self.dir / "dump.rdb")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        words = [program, "--port", str(port), "--dir", str(self.dir), "--save", "", *extra]
        for name, value in limits:
            words += [f"--{name}", value]
        self.process = subprocess.Popen(words, stdout=subprocess.DEVNULL)
        for _ in range(200):
            try:
                self.socket = socket.create_connection(("127.0.0.1", port))
                break
            except ConnectionRefusedError:
                time.sleep(0.02)
        self.input = self.socket.makefile("rb")

    def ask(self, *words):
        words = [word if isinstance(word, bytes) else str(word).encode() for word in words]
        self.socket.sendall(b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in words))
        return self.reply()

    def reply(self):
        line = self.input.readline()[:-2]
        kind, rest = line[:1], line[1:]
        if kind == b"$":
            return None if rest == b"-1" else self.input.read(int(rest) + 2)[:-2]
        if kind == b"*":
            return [self.reply() for _ in range(int(rest))]
        if kind == b"-":
            raise RuntimeError(rest.decode())
        return int(rest) if kind == b":" else rest

    def stop(self):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.dir)


def make(program, version, family, commands):
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    assert f"v={version} " in said, said
    limits = LIMITS + (VALKEY_LIMITS if program == "valkey-server" else [])
    server = Server(program, limits)
    for command in commands:
        server.ask(*command)
    server.ask("SAVE")
    file = ROOT / f"{family}.{program.split('-')[0]}-{version}.rdb"
    shutil.copy(server.dir / "dump.rdb", file)
    server.stop()
    return file


def judge(file):
    policy = ["--maxmemory-policy", "allkeys-lfu"] if file.name.startswith("lfu") else []
    server = Server("valkey-server", LIMITS + VALKEY_LIMITS, file, policy)
    lines = []
    for database in range(16):
        server.ask("SELECT", database)
        for key in sorted(server.ask("KEYS", "*")):
            expiry = server.ask("PEXPIRETIME", key)
            freq = server.ask("OBJECT", "FREQ", key) if policy else -1
            encoding = server.ask("OBJECT", "ENCODING", key).decode()
            numbers = ["-" if number < 0 else str(number) for number in (expiry, freq)]
            payload = server.ask("DUMP", key).hex()
            lines.append("|".join([file.name, str(database), key.decode(), *numbers, encoding, payload]))
    server.stop()
    return lines


def main():
    files = [
        make(program, version, family, commands)
        for program, version in SERVERS
        for family, commands in FAMILIES.items()
    ]
    lines = [line for file in sorted(files) for line in judge(file)]
    (ROOT / "recorded").write_text("\n".join(lines) + "\n")


main()

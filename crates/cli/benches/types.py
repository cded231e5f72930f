#!/usr/bin/env python3
"""How cost grows with size, and how much memory an element takes, beside valkey-server; rewrites its section of
reports/speed.md.

    cargo build --release && crates/cli/benches/types.py [--largest 10000000] [--requests 400000]

Cost is the server's own processor time per request, pipelined, so that it does not depend on the client. Memory is
what the process grew by (resident set) divided by the elements.
"""

import argparse
import pathlib
import tempfile

from servers import OURS, ROOT, arguments, machine, markdown, publish, request, start, version

THEIRS = "valkey-server"
PIPELINE = 16
PER_REQUEST = 500
BEGIN, END = "<!-- types: written by crates/cli/benches/types.py -->", "<!-- types: end -->"


def numbered(words, size, of, step=1):
    """Requests that add elements 0 to size, PER_REQUEST each."""
    for at in range(0, size, PER_REQUEST):
        yield request([*words, *(word for n in range(at, min(at + PER_REQUEST, size)) for word in of(n))])


def member(n):
    return b"m:%012d" % n


# Type, documented cost, how a key of so many elements is made, and the requests that are measured on it.
SCALING = [
    ("list", "O(1)", lambda n: numbered(["RPUSH", "k"], n, lambda n: [member(n)]), [["LPUSH", "k", "x"], ["RPOP", "k"]]),
    ("set", "O(1)", lambda n: numbered(["SADD", "k"], n, lambda n: [member(n)]), [["SISMEMBER", "k", "m:__rand_int__"]]),
    ("hash", "O(1)", lambda n: numbered(["HSET", "k"], n, lambda n: [member(n), b"v"]), [["HGET", "k", "m:__rand_int__"]]),
    (
        "sorted set",
        "O(log N)",
        lambda n: numbered(["ZADD", "k"], n, lambda n: [n, member(n)]),
        [["ZRANK", "k", "m:__rand_int__"], ["ZADD", "k", "__rand_int__", "m:__rand_int__"]],
    ),
    (
        "stream",
        "O(1), O(log N)",
        lambda n: (request(["XADD", "k", f"{at + 1}-0", "f", "v"]) for at in range(n)),
        [["XADD", "k", "*", "f", "v"], ["XRANGE", "k", "__rand_int__", "+", "COUNT", "1"]],
    ),
]


def small(words, per_key, of):
    """Keys of so many elements each."""
    return lambda n: (
        request([words[0], f"key:{key}", *words[1:], *(word for at in range(per_key) for word in of(at))])
        for key in range(n // per_key)
    )


# Encoding, how so many elements are made.
MEMORY = [
    ("string int", lambda n: (request(["SET", f"key:{at}", at + 100_000]) for at in range(n))),
    ("string embstr", lambda n: (request(["SET", f"key:{at}", f"value of {at:012}"]) for at in range(n))),
    ("string raw", lambda n: (request(["SET", f"key:{at}", "x" * 100]) for at in range(n))),
    ("list listpack", small(["RPUSH"], 100, lambda n: [member(n)])),
    ("list quicklist", lambda n: numbered(["RPUSH", "k"], n, lambda n: [member(n)])),
    ("set intset", small(["SADD"], 100, lambda n: [n * 1000])),
    ("set listpack", small(["SADD"], 100, lambda n: [member(n)])),
    ("set hashtable", lambda n: numbered(["SADD", "k"], n, lambda n: [member(n)])),
    ("hash listpack", small(["HSET"], 100, lambda n: [member(n), b"value"])),
    ("hash hashtable", lambda n: numbered(["HSET", "k"], n, lambda n: [member(n), b"value"])),
    ("sorted set listpack", small(["ZADD"], 100, lambda n: [n, member(n)])),
    ("sorted set skiplist", lambda n: numbered(["ZADD", "k"], n, lambda n: [n, member(n)])),
    ("stream", lambda n: (request(["XADD", "k", f"{at + 1}-0", "field", "value"]) for at in range(n))),
]


# The processor time of a process is told in hundredths of a second: so many requests are the least that show it.
MEASURABLE = 50_000


def cost(options, directory, name, make, size, command):
    """Microseconds a request; None where a key that is emptied has too few elements to tell."""
    if command[0] == "RPOP" and size < MEASURABLE:
        return None
    server = start(name, options, directory)
    try:
        server.send(list(make(size)))
        requests = min(options.requests, size) if command[0] == "RPOP" else options.requests
        server.burst(command, PIPELINE, max(requests // 10, 1), size)
        return server.burst(command, PIPELINE, requests, size)[1]
    finally:
        server.end()


def is_wanted(options, kind):
    return not options.only or any(kind.startswith(word) for word in options.only.split(","))


def scaling(options, directory):
    sizes = [size for size in (1_000, 100_000, 1_000_000, 10_000_000) if size <= options.largest]
    rows = []
    for kind, documented, make, commands in SCALING:
        for command in commands if is_wanted(options, kind) else []:
            cells = []
            for size in sizes:
                figures = [cost(options, directory, name, make, size, command) for name in (OURS, THEIRS)]
                cells.append("–" if None in figures else " / ".join(f"{figure:.2f}" for figure in figures))
                print(kind, command[0], size, cells[-1], flush=True)
            rows.append([kind, command[0], documented, *cells])
    return markdown(["type", "command", "documented", *(f"{size:,}" for size in sizes)], rows)


def bytes_each(options, directory, name, make):
    server = start(name, options, directory)
    try:
        server.send([["SET", "warm", "up"], ["DEL", "warm"]])
        before = server.resident_bytes()
        server.send(list(make(options.elements)))
        return (server.resident_bytes() - before) / options.elements
    finally:
        server.end()


def memory(options, directory):
    rows = []
    for encoding, make in MEMORY:
        if not is_wanted(options, encoding):
            continue
        ours, theirs = (bytes_each(options, directory, name, make) for name in (OURS, THEIRS))
        rows.append([encoding, f"{ours:.1f}", f"{theirs:.1f}", f"**{ours / theirs:.2f}**"])
        print(*rows[-1], flush=True)
    return markdown(["encoding", OURS, THEIRS, "ratio"], rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--largest", type=int, default=10_000_000, help="elements of the largest key")
    parser.add_argument("--requests", type=int, default=400_000)
    parser.add_argument("--elements", type=int, default=1_000_000, help="elements whose memory is measured")
    parser.add_argument("--only", help="beginnings of types or encodings, separated by commas; the report is then left alone")
    parser.add_argument("--part", choices=["scaling", "memory"], help="one table only; the report is then left alone")
    options = arguments(parser).parse_args()
    with tempfile.TemporaryDirectory() as directory:
        if options.only or options.part:
            parts = {"scaling": scaling, "memory": memory}
            for part in [options.part] if options.part else parts:
                print(parts[part](options, directory))
            return
        text = f"""## Data types

Microseconds of the server's processor time per request on a key of so many elements: {OURS} / {THEIRS} {version(THEIRS)}.
{options.requests} requests each, pipelined {PIPELINE}, random arguments. Machine: {machine()}.
How: `{pathlib.Path(__file__).resolve().relative_to(ROOT)}`.

{scaling(options, directory)}

Bytes of resident memory per element, {options.elements:,} elements: one key, or keys of 100 where the encoding is a compact one.

{memory(options, directory)}"""
    publish(text, BEGIN, END, options.report)


main()

#!/usr/bin/env python3
"""Records random cases for extended.rs from a running Valkey 8.0.1: record_incrbyfloat.py PORT CASES SEED > incrbyfloat.txt"""

import random
import socket
import struct
import sys

EDGES = """3.0e3 10.50 0.1 0.2 -0.0 1e-17 5e-18 4.9999e-18 1.5e-17 2.5e-17 18446744073709551615 18446744073709551616
18446744073709551617 9223372036854775807.5 1.189731495357231765e4932 1.2e4932 3.6e-4951 1e-4951 1.8e-4951 1.9e-4951
inf -inf +Infinity INFINITY nan 0x 1e 0x1p 0x.p1 . + - e1 1e+ 1_0 1,2 infinit infx 0e99999999999999999999
1e99999999999999999999 1e-99999999999999999999 0x0p99999999999 0x1p-16445 0x1p-16446 0x1.8p-16446 0x1p-16447
0x1p16383 0x1.fffffffffffffffep16383 0x1.ffffffffffffffffp16383 0x1p16384 00012 -00 1f 1L 1d 0b1 nan(1) 0X1P1 1E5
1.e5 ..5 1..5 0x1.8.2 ++1 +-1 1e5.5""".split() + ["", "1 ", " 1", "1\t", "\v1", "1e 5", "1\0"]


def digits(source, low, high, alphabet="0123456789"):
    return "".join(source.choice(alphabet) for _ in range(source.randrange(low, high)))


def number(source):
    sign = source.choice(["", "-", "+"])
    return source.choice([
        lambda: sign + digits(source, 1, 20),
        lambda: "%.*f" % (source.randrange(18), source.uniform(-1000, 1000)),
        lambda: "%.*e" % (source.randrange(25), source.uniform(-10, 10) * 10.0 ** source.randrange(-300, 300)),
        lambda: repr(struct.unpack("<d", struct.pack("<Q", source.getrandbits(64)))[0]),
        lambda: sign + digits(source, 1, 60) + "." + digits(source, 0, 60),
        lambda: "0." + "0" * source.randrange(30) + digits(source, 1, 40),
        lambda: sign + digits(source, 1, 25) + "e%d" % source.randrange(-5000, 4960),
        lambda: "%s0x%x.%xp%d" % (sign, source.getrandbits(70), source.getrandbits(40), source.randrange(-16600, 16400)),
        lambda: "0x%xp%d" % (source.getrandbits(66), source.randrange(-80, 20)),
        lambda: source.choice(EDGES),
        lambda: source.choice(EDGES),
        lambda: digits(source, 18, 19) + "." + digits(source, 17, 18) + "5",
        lambda: digits(source, 1, 8, "0123456789.eE+-x "),
    ])()


def call(connection, *words):
    stream, answers = connection
    stream.sendall(b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words))
    line = answers.readline()[:-2]
    return answers.read(int(line[1:]) + 2)[:-2] if line[:1] == b"$" else line


def main():
    port, cases, seed = map(int, sys.argv[1:])
    source = random.Random(seed)
    stream = socket.create_connection(("127.0.0.1", port))
    connection = (stream, stream.makefile("rb"))
    print("# stored value | increment | reply of Valkey 8.0.1")
    for _ in range(cases):
        stored, increment = number(source), number(source)
        call(connection, b"SET", b"number", stored.encode())
        reply = call(connection, b"INCRBYFLOAT", b"number", increment.encode()).decode()
        escape = lambda text: text.encode("unicode_escape").decode()
        print("%s|%s|%s" % (escape(stored), escape(increment), reply))


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Asks Valkey 8.0.1 what it makes of append-only files, whole and damaged: record_aof.py > recorded.txt

Each line: the file, with escapes (\\z{N} stands for N zero bytes), `|`, and how loading it went with aof-load-truncated:
clean, cut OFFSET, format, unreadable, rdb, unknown (an unknown command), crash."""

import os
import random
import re
import subprocess
import tempfile
import time

FILE = "appendonly.aof.1.incr.aof"


def command(*words):
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words)


START = command(b"SELECT", b"0") + command(b"SET", b"a", b"1")
WHOLE = START + b"#TS:1700000000\r\n" + command(b"multi") + command(b"SET", b"b", b"") + command(b"Exec") + command(b"DEL", b"a\r\n")

LINES = """* *\\n *\\r\\n *0\\r\\n *-1\\r\\n *x\\r\\n *\\x00 *\\x00\\n *1 *1\\r\\n *1\\n *1\\r\\n$ *1\\r\\n$4 *1\\r\\n$4\\r\\nPIN
*1\\r\\n$4\\r\\nPING *1\\r\\n$4\\r\\nPING\\r *1\\r\\n$4\\r\\nPINGxx *1\\r\\n$4\\r\\nPING\\n\\n *1\\r\\n$4x\\r\\nPING\\r\\n *1\\r\\n$+4\\r\\nPING\\r\\n
*1x\\r\\n$4\\r\\nPING\\r\\n *+1\\r\\n$4\\r\\nPING\\r\\n *4294967297\\r\\n$4\\r\\nPING\\r\\n *1\\n$4\\nPING\\r\\n *1\\r\\n$4\\r\\nNOPE\\r\\n
*1\\r\\n4\\r\\nPING\\r\\n *1\\r\\n*1\\r\\n *1\\r\\nx *1\\r\\n\\r\\n *1\\r\\n$0 *1\\r\\n$\\r\\n\\r\\n *1\\r\\n$0\\r\\n\\r\\n *2\\r\\n$4\\r\\nPING\\r\\n x g \\n \\r\\n \\x00
# #TS:1 #\\n #TS:1\\r\\n #\\x00\\n #*1 $ $1 -ERR\\r\\n PING\\r\\n REDIS REDIS0011 \\xff *3\\r\\n$3\\r\\nSET\\r\\n$1\\r\\na\\r\\n$1\\r\\n
*1\\r\\n$99999999\\r\\nx *1\\r\\n$-1\\r\\n *99999\\r\\n *2147483648\\r\\n *99999999999999999999\\r\\n""".split()
BLANKS = [b"* 1\r\n$ 4\r\nPING\r\n", b" ", b"*1\r\n$4\r\nPING\r\n ", b"*\t1\r\n$\v4\r\nPING\r\n"]


def cases():
    source = random.Random(8)
    yield from (WHOLE[:cut] for cut in range(1, len(WHOLE) + 1))
    multi = WHOLE.index(b"*1\r\n$5\r\nmulti")
    for cut in range(0, len(WHOLE), 5):
        yield WHOLE[:cut] + b"\0" * 40
        yield WHOLE[:cut] + b"\0" * 1500
    for line in LINES:
        tail = line.encode().decode("unicode_escape").encode("latin-1")
        yield START + tail
        yield tail
        yield WHOLE[:multi] + command(b"MULTI") + tail
    yield from (START + tail for tail in BLANKS)
    yield from (WHOLE + command(b"MULTI"), WHOLE + command(b"MULTI") * 2 + command(b"EXEC"), WHOLE + command(b"EXEC"))
    yield from (START + b"*" + b"\0" * zeros for zeros in (1, 1021, 1022, 1023, 1024, 5000))
    yield from (START + b"#" + b"c" * length + b"\r\n" for length in (1019, 1020, 1021, 1022, 1023, 3000))
    yield from (START + b"*1" + b" " * length + b"\r\n$4\r\nPING\r\n" for length in (1018, 1019, 1020, 1021, 1022))
    for _ in range(250):
        damaged = bytearray(WHOLE)
        for _ in range(source.randrange(1, 3)):
            at = source.randrange(len(damaged))
            match source.randrange(3):
                case 0: damaged[at] = source.randrange(256)
                case 1: del damaged[at]
                case 2: damaged.insert(at, source.choice(b"*$#0123456789-\r\n\0x"))
        yield bytes(damaged)


def load(content, port):
    with tempfile.TemporaryDirectory() as directory:
        files, log = directory + "/appendonlydir/", directory + "/log"
        os.mkdir(files)
        open(files + "appendonly.aof.manifest", "w").write(f"file {FILE} seq 1 type i\n")
        open(files + FILE, "wb").write(content)
        words = ["valkey-server", "--port", str(port), "--save", "", "--appendonly", "yes", "--dir", directory, "--logfile", log]
        server = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        text, until = "", time.time() + 10
        while server.poll() is None and "Ready to accept" not in text and time.time() < until:
            time.sleep(0.005)
            text = open(log, errors="replace").read() if os.path.exists(log) else ""
        server.kill()
        server.wait()
        return open(log, errors="replace").read()


def judgement(log):
    if "Ready to accept" in log:
        cut = re.search(r"Truncating the AOF \S+ at offset (\d+)", log)
        return f"cut {cut[1]}" if cut else "clean"
    words = {"Bad file format": "format", "Unrecoverable error reading the append": "unreadable", "Unknown command": "unknown", "Reading RDB base": "rdb", "BUG REPORT": "crash"}
    return next((word for text, word in words.items() if text in log), "other: " + log[-300:])


def escape(content):
    text = "".join(chr(byte) if 32 < byte < 127 and byte not in b"\\|" else "\\x%02x" % byte for byte in content)
    text = text.replace("\\x0d", "\\r").replace("\\x0a", "\\n")
    return re.sub(r"(?:\\x00){9,}", lambda zeros: "\\z{%d}" % (len(zeros[0]) // 4), text)


def main():
    print("# file | judgement of Valkey 8.0.1 with aof-load-truncated yes")
    for number, content in enumerate(cases()):
        print(escape(content) + "|" + judgement(load(content, 21000 + number % 2000)), flush=True)


if __name__ == "__main__":
    main()

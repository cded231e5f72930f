"""redis-py against a server: every command of the server's table at least once, over RESP2 and RESP3.

    redis_py.py PORT

Exits 0 and prints the number of commands if all answers are what redis-py's users expect. It holds against
valkey-server as well, but for the last check: that one asks that no command of the server's table was left out.
"""

import sys
import time

import redis


def strings(r):
    assert r.set("s", "1") is True
    assert r.get("s") == "1"
    assert r.set("s", "2", nx=True) is None
    assert r.set("s", "2", xx=True, get=True) == "1"
    assert r.append("s", "3") == 2
    assert r.strlen("s") == 2
    assert r.getrange("s", 0, 0) == r.substr("s", 0, 0) == "2"
    assert r.setrange("s", 1, "45") == 3
    assert r.getset("s", "10") == "245"
    assert (r.incr("s"), r.incrby("s", 5), r.decr("s"), r.decrby("s", 6)) == (11, 16, 15, 9)
    # redis-py's own incr and decr send INCRBY and DECRBY.
    assert (r.execute_command("INCR", "s"), r.execute_command("DECR", "s")) == (10, 9)
    assert r.incrbyfloat("s", 0.5) == 9.5
    assert r.setnx("s", "x") is False
    assert r.mset({"m1": "a", "m2": "b"}) is True
    assert r.mget("m1", "nowhere", "m2") == ["a", None, "b"]
    assert r.msetnx({"m2": "c", "m3": "c"}) is False
    assert r.setex("e", 100, "x") is True and 0 < r.ttl("e") <= 100
    assert r.psetex("e", 100_000, "y") is True and 0 < r.pttl("e") <= 100_000
    assert r.getex("e", persist=True) == "y" and r.ttl("e") == -1
    assert r.getdel("e") == "y" and r.get("e") is None
    raises("WRONGTYPE", lambda: (r.hset("wrong", "f", "v"), r.get("wrong")))
    raises("not an integer", lambda: r.incr("m1"))


def hashes(r):
    assert r.hset("h", mapping={"a": "1", "b": "2"}) == 2
    assert r.hsetnx("h", "a", "x") == 0
    assert r.hget("h", "a") == "1"
    assert r.hmget("h", "a", "nowhere") == ["1", None]
    assert r.execute_command("HMSET", "h", "c", "3") in ("OK", b"OK", True)
    assert r.hgetall("h") == {"a": "1", "b": "2", "c": "3"}
    assert (r.hkeys("h"), r.hvals("h"), r.hlen("h")) == (["a", "b", "c"], ["1", "2", "3"], 3)
    assert r.hexists("h", "a") is True and r.hstrlen("h", "a") == 1
    assert r.hincrby("h", "a", 4) == 5
    assert r.hincrbyfloat("h", "b", 0.25) == 2.25
    assert r.hrandfield("h") in ("a", "b", "c")
    assert dict(r.hscan_iter("h", match="[ab]")) == {"a": "5", "b": "2.25"}
    assert r.hdel("h", "a", "b", "nowhere") == 2
    assert r.object("encoding", "h") == "listpack"


def streams(r):
    assert r.xadd("x", {"f": "v"}, id="1-1") == "1-1" and r.xadd("x", {"f": "w", "g": "y"}, id="1-2") == "1-2"
    assert r.xadd("x", {"f": "z"}, id="2-*", maxlen=10, approximate=False) == "2-0"
    assert r.xadd("nowhere", {"f": "v"}, nomkstream=True) is None
    assert r.xlen("x") == 3
    assert r.xrange("x", "1-2", "1-2") == [("1-2", {"f": "w", "g": "y"})]
    assert r.xrevrange("x", count=1) == [("2-0", {"f": "z"})]
    assert pairs(r.xread({"x": "1-2"})) == [("x", ["2-0"])]
    assert not r.xread({"x": "$"}, block=5)
    assert r.xgroup_create("x", "group", id="0") is True
    assert r.xgroup_createconsumer("x", "group", "one") == 1
    assert pairs(r.xreadgroup("group", "one", {"x": ">"}, count=2)) == [("x", ["1-1", "1-2"])]
    assert r.xack("x", "group", "1-1") == 1
    assert r.xpending("x", "group")["pending"] == 1
    assert [p["consumer"] for p in r.xpending_range("x", "group", "-", "+", 10)] == ["one"]
    assert r.xclaim("x", "group", "two", 0, ["1-2"]) == [("1-2", {"f": "w", "g": "y"})]
    assert r.xautoclaim("x", "group", "one", 0, justid=True) == ["1-2"]
    assert {c["name"] for c in r.xinfo_consumers("x", "group")} == {"one", "two"}
    assert r.xinfo_groups("x")[0]["last-delivered-id"] == "1-2"
    about = r.xinfo_stream("x")
    assert (about["length"], about["first-entry"][0], about["last-generated-id"]) == (3, "1-1", "2-0")
    assert r.xinfo_stream("x", full=True)["length"] == 3
    assert r.xgroup_setid("x", "group", "0") is True
    assert r.xgroup_delconsumer("x", "group", "two") == 0 and r.xgroup_destroy("x", "group") == 1
    assert r.xdel("x", "1-1") == 1 and r.xtrim("x", maxlen=1, approximate=False) == 1
    assert r.execute_command("XSETID", "x", "9-9") in ("OK", b"OK", True)
    for container in ("XGROUP", "XINFO"):
        assert container in r.execute_command(f"{container} HELP")[0]
    raises("equal or smaller", lambda: r.xadd("x", {"f": "v"}, id="9-9"))


def pairs(answer):
    """Keys and ids of what XREAD answers, a map in RESP3."""
    found = answer.items() if isinstance(answer, dict) else answer
    flat = lambda entries: entries[0] if entries and isinstance(entries[0], list) else entries
    return [(key, [entry[0] for entry in flat(entries)]) for key, entries in found]


def keys(r):
    r.mset({"k1": "a", "k2": "b"})
    assert r.exists("k1", "k2", "k1", "nowhere") == 3
    assert r.type("k1") == "string" and r.type("nowhere") == "none"
    assert r.expire("k1", 100) is True and r.expire("k1", 50, gt=True) is False
    assert r.pexpire("k1", 100_000, lt=True) in (True, False)
    at = int(time.time()) + 1000
    assert r.expireat("k1", at) is True and r.expiretime("k1") == at
    assert r.pexpireat("k1", at * 1000 + 5) is True and r.pexpiretime("k1") == at * 1000 + 5
    assert r.persist("k1") is True and r.ttl("k1") == -1
    assert r.rename("k1", "k3") is True
    assert r.renamenx("k2", "k3") is False
    assert r.copy("k3", "k4") is True and r.copy("k3", "k4", replace=True) is True
    assert r.touch("k3", "k4", "nowhere") == 2
    assert sorted(r.keys("k*")) == ["k2", "k3", "k4"]
    assert sorted(r.scan_iter(match="k?", count=2)) == ["k2", "k3", "k4"]
    assert r.randomkey() in r.keys()
    assert r.object("idletime", "k3") >= 0 and r.object("refcount", "k3") == 1
    raises("LFU", lambda: r.object("freq", "k3"))
    assert "OBJECT" in r.execute_command("OBJECT HELP")[0]
    assert r.memory_usage("k3") > 0
    assert r.move("k4", 1) is True and r.exists("k4") == 0
    assert r.swapdb(0, 1) is True and r.get("k4") == "a" and r.swapdb(0, 1) is True
    assert r.unlink("k2") == 1 and r.delete("k3", "nowhere") == 1
    r.set("gone", "x", px=20)
    time.sleep(0.04)
    assert r.get("gone") is None


def transactions(r):
    with r.pipeline(transaction=True) as batch:
        batch.set("t", 1).incr("t").get("t")
        assert batch.execute() == [True, 2, "2"]
    with r.pipeline() as batch:
        batch.watch("t")
        r.set("t", "changed elsewhere")
        batch.multi()
        batch.set("t", "lost")
        raises("", batch.execute, redis.WatchError)
    assert r.get("t") == "changed elsewhere"
    assert r.transaction(lambda batch: (batch.multi(), batch.set("t", 5)), "t") == [True]
    with r.pipeline() as batch:
        batch.watch("t")
        batch.unwatch()
        batch.multi()
        batch.reset()
    with r.pipeline(transaction=True) as batch:
        batch.set("t", "text").incr("t")
        answers = batch.execute(raise_on_error=False)
        assert answers[0] is True and "not an integer" in str(answers[1])


def pipelines(r):
    with r.pipeline(transaction=False) as batch:
        for number in range(1000):
            batch.set(f"p{number}", number)
            batch.get(f"p{number}")
        answers = batch.execute()
    assert answers == [answer for number in range(1000) for answer in (True, str(number))]
    big = "x" * 3_000_000
    assert r.set("big", big) is True and r.get("big") == big


def clients(r):
    assert r.ping() is True and r.echo("hello") == "hello"
    one = r.client()
    assert one.client_setname("tester") is True and one.client_getname() == "tester"
    assert one.client_setinfo("LIB-NAME", "house-test") is True
    me = one.client_id()
    assert int(one.client_info()["id"]) == me
    assert [c["name"] for c in r.client_list() if int(c["id"]) == me] == ["tester"]
    assert one.client_no_evict("ON") == "OK"
    assert "CLIENT" in one.execute_command("CLIENT HELP")[0]
    assert one.execute_command("SELECT", 2) and one.dbsize() >= 0 and one.execute_command("SELECT", 0)
    assert r.client_kill_filter(_id=me) == 1
    raw(r, "CLIENT REPLY ON", "+OK")
    raw(r, "RESET", "+RESET")
    raw(r, "DISCARD", "-ERR DISCARD without MULTI")
    raw(r, "AUTH nothing", "-ERR AUTH <password> called without any password")
    raw(r, "QUIT", "+OK")
    raw(r, "HELLO 3", "%7")
    raw(r, "HELLO 2", "*14")


def server(r):
    assert r.config_get("maxmemory*")["maxmemory-policy"] == "noeviction"
    assert r.config_set("maxmemory-samples", 7) is True
    assert r.config_get("maxmemory-samples") == {"maxmemory-samples": "7"}
    assert r.config_resetstat() is True
    raises("", lambda: r.config_set("no-such-directive", 1))
    about = r.info()
    assert about["redis_version"] == "7.2.4" and about["valkey_version"] == "8.0.1"
    assert r.info("keyspace")["db0"]["keys"] == r.dbsize()
    assert abs(r.time()[0] - time.time()) < 60
    assert r.lastsave() is not None
    assert r.config_set("slowlog-log-slower-than", 0) is True
    r.get("s")
    assert r.slowlog_len() > 0 and r.slowlog_get(1)
    assert r.config_set("slowlog-log-slower-than", 10_000) is True
    assert r.slowlog_reset() is True
    assert r.command_count() == len(r.execute_command("COMMAND")) > 50
    assert r.execute_command("COMMAND INFO", "get") and r.execute_command("COMMAND DOCS", "get")
    assert "get" in r.command_list()
    assert r.command_getkeys("MSET", "a", 1, "b", 2) == ["a", "b"]
    for container in ("COMMAND", "CONFIG", "MEMORY", "SLOWLOG"):
        assert container in r.execute_command(f"{container} HELP")[0]
    r.set("other", 1)
    assert r.flushdb() is True and r.flushall() is True and r.dbsize() == 0


def raises(words, action, kind=redis.ResponseError):
    try:
        action()
    except kind as error:
        assert words in str(error), error
    else:
        raise AssertionError(f"no error with {words!r}")


def raw(r, words, answer):
    """One inline command on a connection of its own: for those that redis-py's pool cannot survive."""
    connection = redis.Connection(**{k: r.get_connection_kwargs()[k] for k in ("host", "port")})
    connection.connect()
    connection._sock.sendall(words.encode() + b"\r\n")
    got = connection._sock.recv(4096).decode()
    assert got.startswith(answer), got
    connection.disconnect()


def left_out(r):
    """Commands of the server's table that never ran."""
    ran = {name.removeprefix("cmdstat_") for name in r.info("commandstats")}
    table = r.execute_command("COMMAND")
    names = table.values() if isinstance(table, dict) else table
    wanted = {row["name"] if isinstance(row, dict) else row for row in names}
    return sorted(name for name in wanted if not any(done.split("|")[0] == name for done in ran))


def main():
    port = int(sys.argv[1])
    for protocol in (2, 3):
        r = redis.Redis(port=port, protocol=protocol, decode_responses=True)
        r.flushall()
        for part in (strings, hashes, keys, streams, transactions, pipelines, clients):
            part(r)
        # CONFIG RESETSTAT forgets what ran, so the account is drawn up before it and after it.
        before = set(left_out(r))
        server(r)
        missing = sorted(before & set(left_out(r)) - {"shutdown"})
        assert not missing, f"never ran: {missing}"
        print(f"RESP{protocol}: {r.command_count()} commands")


main()

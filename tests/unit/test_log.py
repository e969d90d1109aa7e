"""The per-user log on a real Redis: replay after an id, or the word that too much was missed."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from redis import Redis

from tests import services
from widget.realtime.log import EVERYONE, LENGTH, LIFETIME, MANY, ORDER_LIFETIME, Entry, Log, Order, position


def append(log: Log, user: str, *entries: str, order: Order | None = None) -> dict[str, int]:
    return log.append(Entry(user, entry.encode(), order=order) for entry in entries)


def texts(found: list[tuple[str, bytes]] | None) -> list[str]:
    assert found is not None
    return [entry.decode() for _, entry in found]


def test_what_came_after_an_id_is_replayed_in_order(log: Log, user: str) -> None:
    start = log.tail(user)
    append(log, user, *"abcde")
    found = log.after(user, start)
    assert texts(found) == [*"abcde"]
    assert found is not None
    assert texts(log.after(user, found[2][0])) == ["d", "e"]
    assert log.after(user, found[4][0]) == []
    assert log.tail(user) == found[4][0]


def test_an_empty_log_has_an_id_from_which_one_can_go_on(log: Log, user: str) -> None:
    assert log.tail(user) == log.tail(user)
    assert log.after(user, log.tail(user)) == []


def test_the_log_of_somebody_to_whom_nothing_happened_takes_no_room(log: Log, user: str, redis: Redis) -> None:
    log.tail(user)
    assert redis.memory_usage(f"chat:{{{user}}}:log") < 1000  # bytes; a stream of one entry takes 4,700
    assert redis.keys(f"*{user}*") == [f"chat:{{{user}}}:log".encode()]


@pytest.mark.parametrize(
    "unknown", ["0-0", "1-1", "99999999999999-0", "garbage", "", "-", "1", "1_0-1", "9" * 50 + "-1"]
)
def test_an_id_that_the_log_does_not_hold_is_answered_with_none(unknown: str, log: Log, user: str) -> None:
    assert log.after(user, unknown) is None
    append(log, user, "a")
    assert log.after(user, unknown) is None


def test_the_id_of_another_users_log_is_answered_with_none(log: Log, user: str) -> None:
    append(log, "somebody-else", "a")
    assert log.after(user, log.tail("somebody-else")) is None


def test_a_log_forgets_the_oldest_and_says_so(log: Log, user: str, redis: Redis) -> None:
    start = log.tail(user)
    append(log, user, *(str(number) for number in range(3 * LENGTH)))
    assert log.after(user, start) is None
    length = redis.xlen(f"chat:{{{user}}}:log")
    assert LENGTH <= length < 2 * LENGTH
    oldest = redis.xrange(f"chat:{{{user}}}:log", count=1)[0][0].decode()
    assert texts(log.after(user, oldest)) == [str(number) for number in range(3 * LENGTH - length + 1, 3 * LENGTH)]


def test_a_log_that_nobody_writes_to_ends_after_a_day(log: Log, user: str, redis: Redis) -> None:
    append(log, user, "a")
    assert LIFETIME - 10 <= redis.ttl(f"chat:{{{user}}}:log") <= LIFETIME


def test_when_redis_lost_everything_an_old_id_is_answered_with_none(log: Log, user: str, redis: Redis) -> None:
    append(log, user, "a", "b")
    known = log.tail(user)
    redis.flushall()
    assert log.after(user, known) is None
    # Ids are made of the time in milliseconds; nobody loses a Redis and comes back within one.
    services.wait_for(lambda: redis.time()[0] * 1000 + redis.time()[1] // 1000 > position(known)[0])
    append(log, user, "c")
    assert log.after(user, known) is None


def test_the_same_number_of_an_order_is_logged_and_announced_once_for_each_user(
    log: Log, user: str, redis: Redis
) -> None:
    other, start = user + "-other", log.tail(user)
    log.tail(other)
    with redis.pubsub(ignore_subscribe_messages=True) as pubsub:
        pubsub.subscribe(log.channel(user))
        pubsub.get_message(timeout=5)
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda _: append(log, user, "a", "b", order=Order("x", 1)), range(16)))
        append(log, user, "c", order=Order("y", 1))
        append(log, user, "d")
        append(log, other, "a", order=Order("x", 1))
        announced = [pubsub.get_message(timeout=5)["data"].partition(b"\n")[2].decode() for _ in range(4)]
    assert texts(log.after(user, start)) == announced == ["a", "b", "c", "d"]
    assert log.tail(other) != start


def test_what_many_get_alike_has_one_id_and_is_announced_once_for_all_who_take_it(
    log: Log, user: str, redis: Redis
) -> None:
    alike = [f"{user}-{number}" for number in range(MANY)]
    ahead, behind, knows = (f"{user}-{name}" for name in ("ahead", "behind", "knows"))
    for number in (1, 2):
        order = Order("x", number)
        log.append(Entry(it, b"old", order=order) for it in [*alike, ahead, knows] if number == 1 or it == knows)
    redis.xadd(f"chat:{{{ahead}}}:log", {"e": "clock was wrong"}, "99999999999999-1")
    with redis.pubsub(ignore_subscribe_messages=True) as pubsub:
        channels = [log.channel(it) for it in (EVERYONE, ahead, behind, knows)]
        pubsub.subscribe(*channels)
        for _ in channels:
            pubsub.get_message(timeout=5)
        second = Order("x", 2, follows=1)
        everybody = [ahead, *alike, behind, knows]
        for _ in range(2):
            told = log.append(Entry(it, text, order=second) for it in [*everybody[1:], ahead] for text in (b"a", b"b"))
            assert told == {behind: 0}
        log.append(Entry(it, b"fleeting", fleeting=True) for it in everybody)
        announced = [pubsub.get_message(timeout=5)["data"] for _ in range(5)]
    one, two = [it.decode() for it, _ in redis.xrange(f"chat:{{{alike[0]}}}:log")][1:]
    assert announced == [
        b"99999999999999-2\na",
        f"{one} {' '.join(alike)}\na".encode(),
        b"99999999999999-3\nb",
        f"{two} {' '.join(alike)}\nb".encode(),
        f" {' '.join(everybody)}\nfleeting".encode(),
    ]
    assert {tuple(texts(log.after(it, one))) for it in alike} == {("b",)}


def test_what_one_gets_in_between_stays_in_its_place_though_others_get_the_rest_alike(log: Log, user: str) -> None:
    users = [f"{user}-{number}" for number in range(MANY)]
    starts = {it: log.tail(it) for it in users}
    log.append([Entry(users[0], b"both")] + [Entry(users[1], it) for it in (b"own", b"both")] + [Entry(users[0], b"z")])
    assert [texts(log.after(it, starts[it])) for it in users[:3]] == [["both", "z"], ["own", "both"], []]


def test_of_what_has_an_order_only_what_is_newer_is_appended(log: Log, user: str, redis: Redis) -> None:
    start = log.tail(user)
    for number in (1, 3, 2, 3, 7, 5, 8):
        assert append(log, user, str(number), order=Order("x", number)) == {}
    assert texts(log.after(user, start)) == ["1", "3", "7", "8"]
    assert 0 < redis.ttl(f"chat:{{{user}}}:newest:x") <= ORDER_LIFETIME


def test_what_comes_too_early_is_not_appended_and_whose_log_lacks_what_precedes_it_is_returned(
    log: Log, user: str
) -> None:
    other = user + "-other"
    start = log.tail(user)
    log.tail(other)
    append(log, user, "1", order=Order("x", 1, follows=0))
    third = Order("x", 3, follows=2)
    assert log.append(Entry(each, b"3", order=third) for each in (user, other)) == {user: 1, other: 0}
    append(log, user, "2", order=Order("x", 2, follows=1))
    assert log.append(Entry(each, b"3", order=third) for each in (user, other)) == {other: 0}
    assert append(log, other, "3", order=Order("x", 3)) == {}
    assert texts(log.after(user, start)) == ["1", "2", "3"]


def test_a_log_that_has_come_further_takes_nothing_and_is_not_behind(log: Log, user: str) -> None:
    start = log.tail(user)
    append(log, user, "9", order=Order("x", 9))
    assert append(log, user, "8", order=Order("x", 8, follows=7)) == {}
    assert texts(log.after(user, start)) == ["9"]


def test_what_is_appended_at_once_is_announced_in_the_order_of_the_log(
    redis_server: services.RedisServer, log: Log, user: str, redis: Redis
) -> None:
    url = f"redis://127.0.0.1:{redis_server.port}/{redis.get_connection_kwargs()['db']}"
    start, writers, each = log.tail(user), 8, 50
    go = threading.Barrier(writers)

    def write(name: int) -> None:
        with Redis.from_url(url) as own:  # as another process would
            mine = Log(own)
            go.wait()
            for number in range(each):
                append(mine, user, f"{name}.{number}")

    announced = []
    with redis.pubsub(ignore_subscribe_messages=True) as pubsub:
        pubsub.subscribe(log.channel(user))
        pubsub.get_message(timeout=5)
        with ThreadPoolExecutor(writers) as pool:
            list(pool.map(write, range(writers)))
        while len(announced) < writers * each:
            event_id, _, entry = pubsub.get_message(timeout=5)["data"].partition(b"\n")
            announced.append((event_id.decode(), entry))
    logged = log.after(user, start)
    assert logged == announced
    assert [position(event_id) for event_id, _ in announced] == sorted(position(event_id) for event_id, _ in announced)


def test_a_fleeting_entry_is_announced_in_its_place_and_not_logged(log: Log, user: str, redis: Redis) -> None:
    start = log.tail(user)
    with redis.pubsub(ignore_subscribe_messages=True) as pubsub:
        pubsub.subscribe(log.channel(user))
        pubsub.get_message(timeout=5)
        log.append(Entry(user, text.encode(), fleeting=text == "typing") for text in ("a", "typing", "b"))
        for _ in range(2):
            log.append([Entry(user, b"presence", fleeting=True, order=Order("here", 1))])
        append(log, user, "c")
        announced = [pubsub.get_message(timeout=5)["data"].partition(b"\n") for _ in range(5)]
    assert [entry for _, _, entry in announced] == [b"a", b"typing", b"b", b"presence", b"c"]
    assert [bool(event_id) for event_id, _, _ in announced] == [True, False, True, False, True]
    assert texts(log.after(user, start)) == ["a", "b", "c"]


def test_what_is_for_everyone_and_not_fleeting_is_refused_and_nothing_is_appended(
    log: Log, user: str, redis: Redis
) -> None:
    start = log.tail(user)
    with pytest.raises(ValueError, match="fleeting"):
        log.append([Entry(user, b"a"), Entry(EVERYONE, b"b")])
    assert log.tail(user) == start
    assert not redis.keys(r"chat:{\*}:*")


def test_those_who_are_listened_to_are_told_from_those_who_are_not(log: Log, user: str, redis: Redis) -> None:
    others = [f"{user}-{number}" for number in range(3)]
    with redis.pubsub() as one, redis.pubsub() as another:
        one.subscribe(log.channel(user), log.channel(others[0]))
        another.subscribe(log.channel(user), log.channel(others[1]))
        services.wait_for(lambda: log.listened_to([user, *others]) == {user, *others[:2]}, "the subscriptions")
        assert log.listened_to(others[1:]) == {others[1]}
    assert log.listened_to([user, *others]) == set()


def test_whether_nobody_at_all_is_listened_to_costs_no_round_trip() -> None:
    with Redis(port=services.free_port()) as nowhere:
        assert Log(nowhere).listened_to([]) == set()


def test_two_deployments_on_two_databases_of_one_redis_do_not_hear_each_other(
    redis_server: services.RedisServer, user: str
) -> None:
    one, other = (Redis.from_url(redis_server.database()) for _ in range(2))
    with one, other, one.pubsub(ignore_subscribe_messages=True) as pubsub:
        pubsub.subscribe(Log(one).channel(user))
        services.wait_for(lambda: Log(one).listened_to([user]), "the subscription")
        assert Log(other).listened_to([user]) == set()
        append(Log(other), user, "theirs")
        append(Log(one), user, "ours")
        announced = services.wait_for(lambda: pubsub.get_message(timeout=1), "what was announced")
        assert b"ours" in announced["data"]


PROCESS = """
import sys, redis
pubsub = redis.Redis.from_url(sys.argv[1]).pubsub()
pubsub.subscribe(sys.argv[2])
while True:
    pubsub.get_message(timeout=60)
"""


def test_a_process_that_is_killed_listens_to_nobody_any_more(
    redis_server: services.RedisServer, log: Log, user: str
) -> None:
    process = subprocess.Popen([sys.executable, "-c", PROCESS, redis_server.url, log.channel(user)])
    services.wait_for(lambda: log.listened_to([user]), "the subscription")
    process.kill()
    services.wait_for(lambda: not log.listened_to([user]), "its end", within=1)
    process.wait()


def test_ids_sort_by_their_numbers_and_not_as_text() -> None:
    assert position("9-0") < position("10-0") < position("10-9") < position("10-10")

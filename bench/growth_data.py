"""Fills a database with as many conversations and messages as a deployment has after years, in bulk.

python -m bench.growth_data sqlite:///big.db 10000 200000
"""

from __future__ import annotations

import random
import sys
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, insert

from widget import db, migrations
from widget.chat.search import index
from widget.models import Case, Conversation, Member, Message, MessageSearch, User, UserSearch, new_id
from widget.text.folding import fold

WORDS = [
    "the",
    "order",
    "parcel",
    "invoice",
    "refund",
    "size",
    "colour",
    "delivery",
    "address",
    "today",
    "tomorrow",
    "please",
    "thanks",
    "question",
    "answer",
    "teapot",
    "bowl",
    "plate",
    "jug",
    "glaze",
    "kiln",
    "handle",
    "broken",
    "late",
    "early",
    "wrong",
    "right",
    "page",
    "shop",
    "basket",
    "price",
    "discount",
    "card",
    "account",
    "login",
]
RUSSIAN = [
    "заказ",
    "посылка",
    "возврат",
    "размер",
    "цвет",
    "доставка",
    "адрес",
    "сегодня",
    "завтра",
    "спасибо",
    "вопрос",
    "ответ",
    "чайник",
    "тарелка",
]
CHINESE = ["订单", "包裹", "退款", "尺寸", "颜色", "送货", "地址", "今天", "明天", "谢谢", "问题", "茶壶"]
RARE = "zanzibar"
"""Stands in one message of 50,000, and in at least one."""

STATUSES = {0: "open", 1: "snoozed"}
"""Of fifty conversations; the others are resolved."""

BATCH = 5_000
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def _text(dice: random.Random, number: int) -> str:
    words = WORDS if number % 10 else (RUSSIAN if number % 20 else CHINESE)
    text = " ".join(dice.choice(words) for _ in range(dice.randint(3, 14)))
    return f"{text} {RARE}" if number % 50_000 == 7 else text


def fill(engine: Engine, conversations: int, messages: int, seed: int = 1) -> None:
    """Add visitors with a conversation each, and messages spread over them: a few have many, most have some."""
    dice = random.Random(seed)
    postgresql = engine.dialect.name == "postgresql"
    people = [new_id() for _ in range(conversations)]
    rooms = [(new_id(), new_id(), new_id()) for _ in range(conversations)]
    counts = [0] * conversations
    ends = [BEGIN] * conversations
    span = timedelta(days=300) / max(messages, 1)

    def rows() -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
        for number in range(messages):
            which = (
                min(int(dice.paretovariate(0.6)) - 1, conversations - 1) if number % 3 == 0 else number % conversations
            )
            conversation, visitor_member, team_member = rooms[which]
            counts[which] += 1
            at = ends[which] = BEGIN + span * number
            by_team = counts[which] % 2 == 0
            message = {
                "id": new_id(),
                "conversation_id": conversation,
                "seq": counts[which],
                "member_id": team_member if by_team else visitor_member,
                "sender_id": "team" if by_team else people[which],
                "client_id": str(uuid.UUID(int=dice.getrandbits(128))),
                "kind": "text",
                "body": _text(dice, number),
                "forwarded": False,
                "version": 0,
                "created_at": at,
            }
            folded = f" {fold(message['body'])} "
            entry = {
                "position": int(at.timestamp() * 1000) << 22 | int(message["id"], 16) & 0x3FFFFF,
                "message_id": message["id"],
                "conversation_id": conversation,
                "private": False,
                "text": folded,
                "grams": index.runs(folded) if postgresql else None,
            }
            yield message, entry

    found = list(rows())
    with engine.execution_options(writing=True).begin() as connection:

        def add(model: Any, values: list[dict[str, Any]]) -> None:
            for start in range(0, len(values), BATCH):
                connection.execute(insert(model), values[start : start + BATCH])

        names = [f"Visitor {person[:4].upper()}" for person in people]
        add(
            User,
            [
                {"id": it, "kind": "visitor", "name": name, "created_at": BEGIN}
                for it, name in zip(people, names, strict=True)
            ],
        )
        folded = [f" {fold(f'{name} {it}')} " for it, name in zip(people, names, strict=True)]
        add(
            UserSearch,
            [
                {
                    "position": int(BEGIN.timestamp() * 1000) << 22 | int(it, 16) & 0x3FFFFF,
                    "user_id": it,
                    "text": text,
                    "grams": index.runs(text) if postgresql else None,
                }
                for it, text in {
                    int(it, 16) & 0x3FFFFF: (it, text) for it, text in zip(people, folded, strict=True)
                }.values()
            ],
        )
        add(
            Conversation,
            [
                {
                    "id": room[0],
                    "kind": "direct",
                    "last_seq": count,
                    "revision": count,
                    "public_seq": count,
                    "listed_seq": count,
                    "case_id": room[0],
                    "status": STATUSES.get(number % 50, "resolved"),
                    "waiting_since": end if number % 100 == 0 else None,
                    "created_at": BEGIN,
                    "updated_at": end,
                }
                for number, (room, count, end) in enumerate(zip(rooms, counts, ends, strict=True))
            ],
        )
        add(
            Case,
            [
                {
                    "id": room[0],
                    "conversation_id": room[0],
                    "opened_at": BEGIN,
                    "first_answer_at": BEGIN + span,
                    "resolved_at": None if number % 50 in STATUSES else end,
                    "reopened": 0,
                    "rating_asked": False,
                }
                for number, (room, end) in enumerate(zip(rooms, ends, strict=True))
            ],
        )
        members = []
        for (conversation, visitor_member, team_member), person, count in zip(rooms, people, counts, strict=True):
            for member, user in ((visitor_member, person), (team_member, "team")):
                members.append(
                    {
                        "id": member,
                        "conversation_id": conversation,
                        "user_id": user,
                        "delivered_upto": count,
                        "read_upto": max(0, count - 1),
                        "joined_at": BEGIN,
                    }
                )
        add(Member, members)
        add(Message, [message for message, _entry in found])
        add(MessageSearch, [entry for _message, entry in found])
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        # What PostgreSQL's index has only noted so far is put in its place, as it would be in time.
        connection.exec_driver_sql("VACUUM ANALYZE" if postgresql else "ANALYZE")


def main(url: str, conversations: str, messages: str) -> None:
    """Make the tables, and fill them."""
    began = time.monotonic()
    engine = db.connect(url.replace("postgresql://", "postgresql+psycopg://"))
    migrations.upgrade(engine)
    fill(engine, int(conversations), int(messages))
    print(f"{messages} messages in {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Fills a database with as many conversations and messages as a deployment has after years, in bulk.

python -m bench.growth_data sqlite:///big.db 10000 200000
"""

from __future__ import annotations

import random
import sys
import time
import uuid
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

AGENTS = 20

CASES = 3
"""How many each conversation has: the newest one, and those before it."""

BATCH = 5_000
Row = dict[str, Any]
DAYS = timedelta(days=300)
BEGIN = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - DAYS
"""When the first message was sent; the last one came today."""


def _text(chance: random.Random, number: int) -> str:
    words = WORDS if number % 10 else (RUSSIAN if number % 20 else CHINESE)
    text = " ".join(chance.choice(words) for _ in range(chance.randint(3, 14)))
    return f"{text} {RARE}" if number % 50_000 == 7 else text


class _Chats:
    """Visitors with a conversation each, and messages spread over them: a few have many, most have some."""

    def __init__(self, conversations: int, messages: int, seed: int, grams: bool):
        self._random = random.Random(seed)
        self._grams = grams
        self._span = DAYS / max(messages, 1)
        self.visitors = [new_id() for _ in range(conversations)]
        self.ids = [new_id() for _ in range(conversations)]
        self.visitor_members = [new_id() for _ in range(conversations)]
        self.team_members = [new_id() for _ in range(conversations)]
        self.counts = [0] * conversations
        self.ends = [BEGIN] * conversations
        self.messages = [self._message(number) for number in range(messages)]

    def _message(self, number: int) -> Row:
        many = number % 3 == 0
        last = len(self.ids) - 1
        which = min(int(self._random.paretovariate(0.6)) - 1, last) if many else number % len(self.ids)
        self.counts[which] += 1
        at = self.ends[which] = BEGIN + self._span * number
        by_team = self.counts[which] % 2 == 0
        return {
            "id": new_id(),
            "conversation_id": self.ids[which],
            "seq": self.counts[which],
            "member_id": (self.team_members if by_team else self.visitor_members)[which],
            "sender_id": "team" if by_team else self.visitors[which],
            "client_id": str(uuid.UUID(int=self._random.getrandbits(128))),
            "kind": "text",
            "body": _text(self._random, number),
            "forwarded": False,
            "version": 0,
            "created_at": at,
        }

    def message_entries(self) -> list[Row]:
        """The messages in the index of the search."""
        return [
            self._entry(it["created_at"], it["id"], it["body"])
            | {"message_id": it["id"], "conversation_id": it["conversation_id"], "private": False}
            for it in self.messages
        ]

    def user_entries(self) -> list[Row]:
        """The visitors in the index of the search; of two that would stand at one position, one."""
        entries = [self._entry(BEGIN, it, f"{_name(it)} {it}") | {"user_id": it} for it in self.visitors]
        return list({entry["position"]: entry for entry in entries}.values())

    def _entry(self, at: datetime, row_id: str, text: str) -> Row:
        folded = f" {fold(text)} "
        position = int(at.timestamp() * 1000) << 22 | int(row_id, 16) & 0x3FFFFF
        return {"position": position, "text": folded, "grams": index.runs(folded) if self._grams else None}

    def users(self) -> list[Row]:
        return [{"id": it, "kind": "visitor", "name": _name(it), "created_at": BEGIN} for it in self.visitors]

    def conversations(self) -> list[Row]:
        return [
            {
                "id": conversation,
                "kind": "direct",
                "last_seq": count,
                "revision": count,
                "public_seq": count,
                "listed_seq": count,
                "case_id": conversation,
                "status": STATUSES.get(number % 50, "resolved"),
                "waiting_since": end if number % 100 == 0 else None,
                "created_at": BEGIN,
                "updated_at": end,
            }
            for number, (conversation, count, end) in enumerate(zip(self.ids, self.counts, self.ends, strict=True))
        ]

    def cases(self) -> list[Row]:
        """CASES of each conversation, the newest under its id."""
        return [self._case(number, nth) for number in range(len(self.ids)) for nth in range(CASES)]

    def _case(self, number: int, nth: int) -> Row:
        """It began at some time, was answered within the hour, and resolved, if it is not the newest, within days."""
        chance = self._random
        opened = BEGIN + DAYS * chance.random()
        answer = timedelta(seconds=int(chance.expovariate(1 / 900)))
        resolved = nth > 0 or number % 50 not in STATUSES
        agent = chance.randrange(AGENTS)
        return {
            "id": new_id() if nth else self.ids[number],
            "conversation_id": self.ids[number],
            "opened_at": opened,
            "first_answer_at": opened + answer,
            "resolved_at": opened + answer + timedelta(seconds=int(chance.expovariate(1 / 40_000)))
            if resolved
            else None,
            "resolved_by": _agent(agent) if resolved else None,
            "assignee_id": _agent(agent),
            "reopened": 0,
            "rating_asked": resolved,
            "rating_score": chance.choice((1, 3, 4, 5, 5)) if resolved and chance.random() < 0.3 else None,
        }

    def members(self) -> list[Row]:
        """The visitor and the team in each; both have everything, and have read all but the newest message."""
        teams = ["team"] * len(self.ids)
        return [
            {
                "id": member,
                "conversation_id": conversation,
                "user_id": user,
                "delivered_upto": count,
                "read_upto": max(0, count - 1),
                "joined_at": BEGIN,
            }
            for members, users in ((self.visitor_members, self.visitors), (self.team_members, teams))
            for member, user, conversation, count in zip(members, users, self.ids, self.counts, strict=True)
        ]


def _agent(number: int) -> str:
    return f"a9e27{number:011x}"


def _agents() -> list[Row]:
    return [
        {
            "id": _agent(number),
            "kind": "agent",
            "name": f"Agent {number + 1}",
            "login": f"agent{number + 1}@example.com",
            "team_id": "team",
            "role": "agent",
            "available": True,
            "created_at": BEGIN,
        }
        for number in range(AGENTS)
    ]


def _name(visitor: str) -> str:
    return f"Visitor {visitor[:4].upper()}"


def fill(engine: Engine, conversations: int, messages: int, seed: int = 1) -> None:
    """Add visitors with a conversation each, and messages spread over them."""
    postgresql = engine.dialect.name == "postgresql"
    chats = _Chats(conversations, messages, seed, grams=postgresql)
    tables: list[tuple[Any, list[Row]]] = [
        (User, _agents()),
        (User, chats.users()),
        (UserSearch, chats.user_entries()),
        (Conversation, chats.conversations()),
        (Case, chats.cases()),
        (Member, chats.members()),
        (Message, chats.messages),
        (MessageSearch, chats.message_entries()),
    ]
    with db.writing(engine) as connection:
        for model, rows in tables:
            for start in range(0, len(rows), BATCH):
                connection.execute(insert(model), rows[start : start + BATCH])
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

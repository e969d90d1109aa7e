"""The words of the demo's made-up conversations."""

from __future__ import annotations

from typing import NamedTuple


class DemoConversation(NamedTuple):
    """A conversation: the messages of the visitor (v), Ana (a), Ben (b), or in a note of Ana's (n), how many minutes
    ago; and how it stands."""

    name: str
    email: str
    messages: tuple[tuple[str, int, str], ...]
    assignee: str = ""
    labels: tuple[str, ...] = ()
    snoozed_hours: int = 0
    resolved: bool = False
    rating: int = 0
    comment: str = ""


LABELS = {"Delivery": "#2f7bff", "Wholesale": "#8a5cd6", "Glaze": "#1b6b5a", "Broken": "#c2410c"}

CANNED = {
    "hello": "Hello {{visitor.name}}, {{agent.name}} here. How can I help?",
    "delivery": "We send on Tuesdays and Fridays; within the country it takes two or three days from then.",
    "glaze": "All our glazes are free of lead and cadmium, and go into the dishwasher. The unglazed foot stays rough.",
    "broken": "I am sorry that it did not arrive whole. A photo of the pieces is enough, and a new one is on its way.",
}

CONVERSATIONS = (
    DemoConversation(
        "Carla Mendes",
        "carla@mendes.example",
        (
            ("v", 7, "Hello! Do you still have the *teapot for two* in ash white?"),
            ("v", 6, "It is for my mother's birthday on Saturday, so it would have to leave by Thursday."),
        ),
    ),
    DemoConversation(
        "Jonas Weber",
        "jonas.weber@example.org",
        (
            ("v", 95, "Hi, my parcel says delivered, but there is nothing here. Order 2318."),
            ("b", 90, "Hello Jonas, Ben here. I am asking the carrier where they left it."),
            ("n", 88, "The driver's photo shows the neighbour's porch, number 14."),
            ("b", 80, "They left it with number 14, on the porch. Would you have a look?"),
            ("v", 22, "Nobody is at home there until tonight. What if it is not there?"),
        ),
        "b",
        ("Delivery",),
    ),
    DemoConversation(
        "Café Lindgren",
        "order@lindgren.example",
        (
            ("v", 1510, "We would like 40 breakfast mugs with our name on the foot. Is that something you do?"),
            ("a", 1490, "We do, from 24 pieces on. Stamped into the foot it costs 60 once, and takes five weeks."),
            ("v", 1380, "Lovely. Could we see a sample first?"),
            ("a", 1375, "Of course. I am throwing one tomorrow; it comes out of the kiln next Wednesday."),
        ),
        "a",
        ("Wholesale",),
        snoozed_hours=70,
    ),
    DemoConversation(
        "Priya Raman",
        "priya@raman.example",
        (
            ("v", 44, "Is the everyday bowl safe in the microwave?"),
            ("a", 41, "It is. Only the ones with the gold line are not: `EB-G` on the foot."),
            ("v", 39, "Perfect, thank you!"),
        ),
        "a",
        ("Glaze",),
    ),
    DemoConversation(
        "Tomás Ortega",
        "tomas@ortega.example",
        (
            ("v", 305, "Two of the six plates came broken :("),
            ("b", 290, "I am sorry. A photo of the pieces is enough, and new ones are on their way."),
            ("v", 262, "Here they are, the box had a dent in the corner. It is order 2291."),
            ("b", 251, "Thank you. Two plates leave on Friday. Keep the pieces, or use them for drainage in a pot."),
            ("v", 240, "That was quick. Thank you, Ben!"),
        ),
        "b",
        ("Broken", "Delivery"),
        resolved=True,
        rating=5,
        comment="Ten minutes, and no form to fill in.",
    ),
    DemoConversation(
        "Mei Tanaka",
        "mei.tanaka@example.net",
        (
            ("v", 31, "Hello, do you ship to Japan?"),
            ("v", 30, "And would the litre jug survive it? :)"),
        ),
        labels=("Delivery",),
    ),
    DemoConversation(
        "Oskar Lindqvist",
        "oskar@lindqvist.example",
        (
            ("v", 2900, "The lid of my teapot rattles. Is that normal?"),
            ("a", 2880, "A little is: it must sit loose, or steam would lift it. Does it fall out when you pour?"),
            ("v", 2870, "No, it stays. Then I am happy."),
            ("a", 2868, "Good. If it ever does, send it back and I turn you a new one."),
        ),
        "a",
        resolved=True,
        rating=4,
    ),
    DemoConversation(
        "Amara Okafor",
        "amara@okafor.example",
        (
            ("v", 18, "Hi! Is the studio open to visitors this weekend?"),
            ("b", 16, "Hello Amara! On Saturday, from ten to four. Ben at the wheel, and coffee."),
            ("v", 3, "Great. Can children try the wheel?"),
        ),
        "b",
    ),
    DemoConversation(
        "Luc Moreau",
        "luc@moreau.example",
        (
            ("v", 4400, "Bonjour, je cherche un vase pour une seule fleur. Lequel est le plus petit ?"),
            ("a", 4370, "Bonjour Luc, le « bud vase » : onze centimètres, et il tient debout tout seul."),
            ("v", 4350, "Parfait, je viens de le commander. Merci !"),
        ),
        "a",
        resolved=True,
        rating=5,
        comment="Même en français !",
    ),
    DemoConversation(
        "Hannah Schultz",
        "hannah@schultz.example",
        (
            ("v", 610, "I ordered the wrong size of dinner plates. Can I change 2344 to the 24 cm ones?"),
            ("b", 590, "Done, they are 24 cm now. You get 12 back, within three days."),
            ("v", 585, "Wonderful."),
        ),
        "b",
        resolved=True,
    ),
    DemoConversation(
        "Ravi Patel",
        "ravi@patel.example",
        (
            ("v", 160, "Do you have a catalogue for restaurants?"),
            ("a", 150, "We have: https://millrace.example/restaurants.pdf. How many seats have you got?"),
            ("v", 128, "52, opening in spring. We would need bowls, plates and a few large platters."),
            ("n", 120, "Worth a visit: @Ben, could you take samples along on Monday?"),
            ("a", 118, "May we come by with samples? Ben is in town on Monday."),
        ),
        "a",
        ("Wholesale",),
    ),
    DemoConversation(
        "Sofie Jensen",
        "sofie@jensen.example",
        (("v", 64, "I would love to give somebody an afternoon at the wheel. Do you have vouchers?"),),
    ),
)

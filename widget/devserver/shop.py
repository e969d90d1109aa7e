"""The demo shop: a small pottery on its own origin, with the chat on every page.

It stands for the customer's site, so it knows nothing of the chat but the
address of one script.
"""

import sys
from dataclasses import dataclass
from errno import EADDRNOTAVAIL, EAFNOSUPPORT
from signal import SIGTERM

from flask import Flask, abort, render_template
from gevent import signal_handler as signal
from gevent import wait
from gevent.pywsgi import WSGIServer
from werkzeug.exceptions import NotFound


@dataclass(frozen=True)
class Product:
    """One thing on the shelf. The price is in whole pounds, tax included."""

    slug: str
    name: str
    price: int
    stock: str
    picture: str  # what the illustration shows, for those who cannot see it
    text: str
    facts: tuple[tuple[str, str], ...]


PRODUCTS = (
    Product(
        "breakfast-mug",
        "Breakfast mug",
        24,
        "In stock",
        "A straight mug, green glaze above bare clay, with a round handle.",
        "Wide enough for a biscuit, thick enough to stay warm until the second half of the "
        "paper. The lower third is left bare, so it grips a wet hand.",
        (
            ("Holds", "320 ml to the brim"),
            ("Size", "9 cm tall, 8.5 cm across"),
            ("Weight", "340 g"),
            ("Care", "Dishwasher and microwave"),
        ),
    ),
    Product(
        "everyday-bowl",
        "Everyday bowl",
        28,
        "In stock",
        "A wide footed bowl in pale celadon with a bare clay base.",
        "The one that comes out for porridge in the morning and for noodles at night. The "
        "celadon pools a little darker at the bottom; no two do it alike.",
        (
            ("Holds", "700 ml"),
            ("Size", "7 cm tall, 17 cm across"),
            ("Weight", "520 g"),
            ("Care", "Dishwasher and microwave"),
        ),
    ),
    Product(
        "teapot-for-two",
        "Teapot for two",
        78,
        "Made to order, 3 weeks",
        "A round green teapot with a lid, a short spout and a cane handle over the top.",
        "Pours without a drip, which took us eleven tries. The strainer is made in one piece "
        "with the spout; the cane handle is replaced free if it ever splits.",
        (
            ("Holds", "650 ml, two mugs"),
            ("Size", "12 cm tall without the handle"),
            ("Weight", "780 g"),
            ("Care", "By hand, because of the cane"),
        ),
    ),
    Product(
        "litre-jug",
        "Litre jug",
        46,
        "Two left",
        "A tall white jug with a pulled lip, a green handle and a bare clay base.",
        "For water on the table or batter by the stove. Filled to the top it weighs two kilos, "
        "so the handle takes four fingers.",
        (("Holds", "1 litre"), ("Size", "21 cm tall"), ("Weight", "980 g"), ("Care", "Dishwasher")),
    ),
    Product(
        "dinner-plate",
        "Dinner plate",
        32,
        "In stock",
        "A round white plate with a green brushed ring just inside its rim.",
        "Flat in the middle and raised at the rim, so that sauce stays where it was put. The "
        "ring is drawn by hand on the wheel; where it starts and ends, you can tell.",
        (
            ("Size", "26 cm across"),
            ("Weight", "690 g"),
            ("Stacks", "Six to a shelf of 16 cm"),
            ("Care", "Dishwasher and microwave"),
        ),
    ),
    Product(
        "bud-vase",
        "Bud vase",
        22,
        "In stock",
        "A small celadon bottle vase holding one leafy twig.",
        "For the one stem that broke off the bunch. The neck is narrow enough to hold a twig "
        "upright and just wide enough for a bottle brush.",
        (
            ("Size", "14 cm tall, neck 2 cm"),
            ("Weight", "260 g"),
            ("Glaze", "Celadon, inside too"),
            ("Care", "By hand"),
        ),
    ),
)


def create_shop(chat_url: str, tag: str = "") -> Flask:
    """The shop, with the chat served from `chat_url` (an origin, no trailing slash).

    Its tag says how the chat is called and looks there; a `plain` one leaves that to the settings in the inbox.
    """
    shop = Flask(
        __name__,
        template_folder="../../templates/demo",
        static_folder="../../static/demo",
        static_url_path="/assets",
    )
    shop.jinja_env.globals.update(chat_url=chat_url, tag=tag)
    by_slug = {product.slug: product for product in PRODUCTS}

    @shop.get("/")
    def home() -> str:
        return render_template("home.html", products=PRODUCTS)

    @shop.get("/products/<slug>")
    def product(slug: str) -> str:
        piece = by_slug.get(slug) or abort(404)
        others = [other for other in PRODUCTS if other is not piece]
        return render_template("product.html", product=piece, others=others[:3])

    @shop.get("/about")
    def about() -> str:
        return render_template("about.html")

    @shop.errorhandler(404)
    def not_found(error: NotFound) -> tuple[str, int]:
        return render_template("base.html"), 404

    return shop


def main(shop_url: str, chat_url: str, tag: str = "") -> None:
    """Serve the shop at `shop_url`, on the loopback addresses its name stands for, until the process ends."""
    port = int(shop_url.rpartition(":")[2])
    shop = create_shop(chat_url, tag)
    servers = [WSGIServer((host, port), shop, log=None) for host in ("127.0.0.1", "::1")]
    for server in servers:
        try:
            server.start()
        except OSError as error:
            if error.errno not in (EADDRNOTAVAIL, EAFNOSUPPORT):  # a machine without IPv6
                sys.exit(f"The shop cannot listen on port {port}: {error}")
    signal(SIGTERM, lambda: sys.exit(0))
    wait()


if __name__ == "__main__":
    main(*sys.argv[1:])

"""What is wrong in the demo's repository: each bug as the right text, and the wrong one that stands in its place."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen


@frozen
class Bug:
    """``right`` occurs once in the file. ``red``: the tests (node ids) or the lint rule that it turns red."""

    path: str
    right: str
    wrong: str
    red: tuple[str, ...]

    @property
    def is_lint(self) -> bool:
        """Whether a linter sees it; else tests do."""
        return "::" not in self.red[0]


#: Bugs that one edit of one expression mends. The first two stand in one function, on lines next to each other, so that
#: their fixes collide.
BUGS = (
    Bug(
        "src/cornershop/pricing.py",
        "0 if total >= FREE_FROM",
        "0 if total > FREE_FROM",
        ("tests/test_pricing.py::test_shipping_is_free_from_the_limit_on",),
    ),
    Bug(
        "src/cornershop/pricing.py",
        "max(kilograms - 2, 0)",
        "max(kilograms - 3, 0)",
        ("tests/test_pricing.py::test_heavy_parcels_cost_extra",),
    ),
    Bug(
        "src/cornershop/pricing.py",
        "return min(sorted(offers)",
        "return max(sorted(offers)",
        ("tests/test_pricing.py::test_cheapest",),
    ),
    Bug(
        "src/cornershop/money.py",
        "number < left",
        "number <= left",
        (
            "tests/test_money.py::test_share_loses_no_cent",
            "tests/test_money.py::test_share_gives_the_rest_to_the_first",
        ),
    ),
    Bug(
        "src/cornershop/cart.py",
        "pieces > 10 or len",
        "pieces > 10 and len",
        ("tests/test_cart.py::test_many_pieces_are_large",),
    ),
    Bug(
        "src/cornershop/stock.py",
        "2 * self.minimum",
        "2 + self.minimum",
        ("tests/test_stock.py::test_order_a_whole_box_for_a_part",),
    ),
    Bug(
        "src/cornershop/days.py",
        "day.weekday() >= 5",
        "day.weekday() > 5",
        ("tests/test_days.py::test_saturday_is_weekend",),
    ),
    Bug(
        "src/cornershop/invoice.py",
        "(today - self.due()).days",
        "(self.due() - today).days",
        ("tests/test_invoice.py::test_reminder_counts_the_days",),
    ),
    Bug(
        "src/cornershop/invoice.py",
        "rjust(4, '0')",
        "ljust(4, '0')",
        ("tests/test_invoice.py::test_label",),
    ),
    Bug("src/cornershop/report.py", "reverse=True", "reverse=False", ("tests/test_report.py::test_best",)),
)

#: Violations that ruff's own fixer mends, of a different rule each.
LINT = (
    Bug("src/cornershop/stock.py", "from collections import", "import os\nfrom collections import", ("F401",)),
    Bug(
        "src/cornershop/invoice.py",
        "from dataclasses import dataclass\nfrom datetime import date, timedelta\n",
        "from datetime import date, timedelta\nfrom dataclasses import dataclass\n",
        ("I001",),
    ),
    Bug("src/cornershop/report.py", 'return "no sales today"', 'return f"no sales today"', ("F541",)),
    Bug("src/cornershop/cart.py", "if article not in", "if not article in", ("E713",)),
    Bug("src/cornershop/days.py", "count -= 1", "count -= 1;", ("E703",)),
    Bug(
        "src/cornershop/money.py",
        'f"{sign}{whole}.{rest:02d} {currency}"',
        '"{}{}.{:02d} {}".format(sign, whole, rest, currency)',
        ("UP032",),
    ),
)

#: Fails the first time it is run, whatever the code says: a hunt must spend no agent on it.
FLAKY = "tests/test_feed.py::test_the_feed_answers"


def broken(files: Mapping[str, str]) -> dict[str, str]:
    """``files`` (text by path) with every bug in them."""
    texts = dict(files)
    for bug in (*BUGS, *LINT):
        texts[bug.path] = texts[bug.path].replace(bug.right, bug.wrong)
    return texts

"""Small plain values of a reading, by which a decision table proposes the process of a directive.

The first row that fits decides (DOMAIN.md 2.2 - 2.6; the six real directives fall on the rows named):

| follows_up | attaches | duty                       | deadlines | level   | process              | seen in        |
|------------|----------|----------------------------|-----------|---------|----------------------|----------------|
| true       | -        | none                       | -         | -       | urge_relay           | 1469           |
| -          | true     | none                       | -         | -       | urge_relay           |                |
| -          | -        | weekly, monthly, quarterly | -         | -       | coordination_monthly | 370, 930       |
| -          | -        | final_by_date              | < 2       | -       | campaign_final       | 125            |
| -          | -        | -                          | >= 1      | -       | milestone_chain      | Lào Cai        |
| -          | -        | none                       | 0         | central | central_call         | 33             |
| -          | -        | none                       | 0         | -       | central_call         |                |

`from_above` false (a report, a proposal): no process of a directive fits. `urges`, `mandate`, `items` let a table say more.
"""

from __future__ import annotations

from typing import Any

from engine.directives.reading.vocabulary import keys
from engine.kernel.vietnamese import skeleton


def facts(reading: dict[str, Any]) -> dict[str, Any]:
    """Return the facts of one reading (`Reading.to_json()`), each a string, a number or a truth value."""
    return {
        "doc_type": reading["doc_type"] or "",
        "level": reading["level"] or "",
        "duty": reading["reporting"]["duty"],
        "deadlines": len(_one_off(reading)),
        "items": len(reading["items"]),
        "attaches": any(cited["relation"] == "attaches" for cited in reading["cited_documents"]),
        "follows_up": any(cited["relation"] == "follows_up" for cited in reading["cited_documents"]),
        "from_above": (reading["doc_type"] or "") not in _GOING_UP and bool(reading["items"]),
        "mandate": "direct" if _verb(reading) in keys("verbs_that_direct") else "request",
        "urges": _urges(reading),
    }


#: Types of documents that go up or sideways and order nothing.
_GOING_UP = ("báo cáo", "tờ trình", "biên bản", "giấy mời", "đề cương")


def _one_off(reading: dict[str, Any]) -> set[str]:
    """Return the dates by which single pieces of work are due; the date of the report is no milestone."""
    due = reading["reporting"]["due"]
    dates = {action["deadline"]["date"] for item in reading["items"] for action in item["actions"] if action["deadline"]}
    return dates - {due["date"]} if due else dates


def _verb(reading: dict[str, Any]) -> str:
    return skeleton(reading["mandate"]["verb"]) if reading["mandate"] else ""


def _urges(reading: dict[str, Any]) -> bool:
    """Say whether the subject or an order begins with a word that reminds of work already ordered ("tiếp tục", "đôn đốc")."""
    orders = [action["text"] for item in reading["items"] for action in item["actions"]]
    return any(skeleton(text).startswith(keys("verbs_that_urge")) for text in [reading["subject"] or "", *orders])

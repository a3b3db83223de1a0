"""How often a writer who was not the fastest tries again, and how long it rests before.

In each round somebody wins, so nothing stands still; but where four writers never pause, one of them loses three rounds in four,
and fourteen in a row once in fifty times (seen). The first try again is at once: most often only one was faster. After that the
rests grow and are drawn by chance ("exponential backoff and full jitter", Amazon Builders' Library), so that those who lost
together do not come back together; they stay short, since who rests long loses its turn again.
"""

from __future__ import annotations

from random import SystemRandom

ATTEMPTS = 40  # some two seconds of rests: longer nobody waits for an answer without a word
FEW = 8  # when it is the database that refuses: each such attempt may last as long as its own limits
FIRST, LONGEST = 0.005, 0.1  # seconds
_random = SystemRandom()


def rest_before(attempt: int) -> float:
    """Return the seconds to rest before `attempt`; the first one is 0, and neither it nor the next is waited for."""
    return 0.0 if attempt < 2 else _random.uniform(0, min(LONGEST, FIRST * 2**attempt))

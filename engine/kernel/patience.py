"""How often a writer who was not the fastest tries again, and how long it rests before.

Each round somebody wins, so among n who want one row the last has lost n - 1 times. The first try again is at once: most often
only one was faster. After that the rests grow and are drawn by chance ("exponential backoff and full jitter", Amazon
Builders' Library), so that those who lost together do not come back together.
"""

from __future__ import annotations

from random import SystemRandom

ATTEMPTS = 14  # at most some two seconds: longer nobody waits for an answer without a word
FIRST, LONGEST = 0.005, 0.4  # seconds
_random = SystemRandom()


def rest_before(attempt: int) -> float:
    """Return the seconds to rest before `attempt`; the first one is 0, and neither it nor the next is waited for."""
    return 0.0 if attempt < 2 else _random.uniform(0, min(LONGEST, FIRST * 2**attempt))

"""Workers: find what is due and have the door do it. The due rows are the truth; a wake-up only says "look now"."""

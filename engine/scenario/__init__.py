"""Plays people through the door under a simulated clock: for scenarios that tests run to their end, and for the demo.

Knows forms and people, never a type of directive.
"""

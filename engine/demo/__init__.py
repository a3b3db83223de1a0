"""The demonstration: invented offices carry real documents through their processes, under a simulated clock.

People are played by answers per form; everything goes through the same door that a person would use.
"""

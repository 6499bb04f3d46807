"""The arrows of the map: each takes rows, asks a pure function, and writes the next rows.

Services never call each other; they meet in the database. A service's `step` does some
work and returns whether there may be more, so a test, the demo and `run` drive it alike.
"""

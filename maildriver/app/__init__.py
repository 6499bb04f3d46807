"""The composition root: the only place where settings, database and services meet."""

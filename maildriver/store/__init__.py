"""The database: one module per noun, functions that take a connection and never open one."""

"""Queries by noun: functions that take a connection and never open one."""

"""Workbooks in and out, without their meaning: reading behind a guard, finding the table and its
columns, tidying cells, marking faulty ones, and templates.

Import from the modules: this file stays empty because the child process that parses starts with it.
"""

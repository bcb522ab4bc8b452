"""Marks in files: the template that is filled and comes back, and the schools' own workbooks, previewed before written.

`writing` makes the template, `heads` knows the words over columns, `reading` finds pages and rows, `planning` says cell
by cell what a file would do. Nothing is guessed and nothing is written here (actions/files.py writes).
"""

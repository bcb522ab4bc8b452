"""Tables in and out of files as schools really have them: .xlsx, .xls and .csv. No database, no web.

`guard` proves an upload harmless, `read` turns it into sheets of plain cells, `columns` finds the table by the
words of its header and reads it row by row, `remarks` gives the same file back with what is wrong in it, and
`write` makes new tables whose text can never become a formula.
"""

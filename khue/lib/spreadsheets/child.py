"""Reads one workbook in a process of its own, under hard limits; speaks JSON on its pipes.

Run as a script with `-I`, so it imports nothing of ours: a workbook that breaks the parser breaks only this
process. Arguments: memory in bytes, seconds of CPU, largest number of cells. Output: a list of sheets
`[name, hidden, merged, rows]`, dates as `{"d": "2011-09-29"}` and times as `{"t": "07:30:00"}`.
"""

import datetime as dt
import io
import json
import resource
import sys
from typing import Any


def plain(value: Any) -> Any:
    """A cell that JSON can carry."""
    if isinstance(value, str | bool | float | int):
        return value
    if isinstance(value, dt.datetime | dt.date):
        return {"d": value.isoformat()}
    if isinstance(value, dt.time):
        return {"t": value.isoformat()}
    return "" if value is None else str(value)


def main() -> None:
    """Read the workbook on standard input and print its sheets."""
    memory, seconds, most_cells = (int(argument) for argument in sys.argv[1:4])
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    import python_calamine

    workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read()))
    write = sys.stdout.write
    write("[")
    cells = 0
    for number, about in enumerate(workbook.sheets_metadata):
        if about.typ != python_calamine.SheetTypeEnum.WorkSheet:
            continue
        sheet = workbook.get_sheet_by_name(about.name)
        cells += sheet.total_height * sheet.total_width
        if cells > most_cells:
            sys.exit(4)
        write("," if number else "")
        hidden = about.visible != python_calamine.SheetVisibleEnum.Visible
        write(
            f"[{json.dumps(about.name)},{json.dumps(hidden)},{json.dumps(sheet.merged_cell_ranges or [])},["
        )
        for index, row in enumerate(sheet.to_python(skip_empty_area=False)):
            write("," if index else "")
            write(json.dumps([plain(value) for value in row], separators=(",", ":")))
        write("]]")
    write("]")


if __name__ == "__main__":
    main()

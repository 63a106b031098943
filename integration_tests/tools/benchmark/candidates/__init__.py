"""Other ways to read the same lists, each as it would be written by someone who knows the tool.

Each is a program, `python -m integration_tests.tools.benchmark.candidates.NAME TASK.json`, that writes every record
with the connector's fields to standard output. The task is a `Task` as JSON, for the hourly sync an `HourlyTask`.

They read page after page by offset, in order of the rows' change, without a second pass: what the tools offer for such
an endpoint. Rows that move meanwhile may be lost that way (docs/no-loss.md), for which this connector asks for more
pages than they do.
"""

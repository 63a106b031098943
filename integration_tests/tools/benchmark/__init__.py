"""The benchmark: this connector beside other ways to read Gleap, on the same pages in one run. `make bench`.

The order of things: `data` renders rows, `server` serves them, `candidates` read them as processes of their own, which
`timed` starts and measures; `plan` says which are run at which latency and how often, `checking` compares what each put
out with the expected_records, `figures` makes medians of it and judges `targets`, `plots` and `page` show them.
"""

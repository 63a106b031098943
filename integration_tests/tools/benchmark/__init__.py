"""The benchmark: this connector beside other ways to read Gleap, on the same pages in one run. `make bench`.

`hourly` has the emulator serve a project in which little changed. For first loads `data` renders rows and `server`
serves them. `candidates` read them as processes of their own, which `timed` starts and measures. `plan` says which are
run at which latency and how often, `checking` compares what each put out with the expected records, `stats` makes
medians of it and judges the targets, `report` and `plots` show them.
"""

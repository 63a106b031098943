"""Asks a project how Gleap behaves where its documentation leaves that open, with at most 45 GET requests.

Says whether you can sync, what to do about each problem, and which line of a table shows it: what the connector
assumes, what this project does, whether that is safe. The report holds status codes, counts, and names of fields that
the connector or Gleap's documentation declares, but no content of a record and no secret: it may be pasted into an
issue.

exit code: 0 if there is no problem; 1 if something is not safe, if the configuration cannot work, or if Gleap refuses
it or cannot be reached.
"""

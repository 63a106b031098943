"""`source-gleap doctor`: asks a project what Gleap's documentation leaves open, and whether a sync copes with it.

It sends at most 45 GET requests. It prints status codes, counts and the names of fields that the connector or Gleap's
documentation declares, and nothing else of a response, so that its report can be pasted into an issue.
"""

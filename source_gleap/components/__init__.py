"""Custom components of the manifest. They import nothing of the package outside of this folder, so that a manifest-only
connector can take them. Besides the CDK they need msgspec.

| module                 | what it holds                                                                  |
|------------------------|--------------------------------------------------------------------------------|
| `responses`            | reads HTTP responses: the JSON document, or a one-line error text               |
| `json_parsing`         | parses JSON, or only some fields of it, so that any database can store it      |
| `backoff`              | retry policy: waits, attempt limits, and the error when they are exhausted     |
| `window_pages`         | which page comes next: the pure part of the pagination                         |
| `pagination`           | pagination strategy, record filter, and error handler of refused requests      |
| `extraction`           | record extractor: from a response to rows with an id and a cursor              |
| `normalization`        | schema normalization: from a row to a record of declared types                 |

State between components. The CDK hands a pagination strategy the response and a record filter the rows, and the threads
of a read share every component. What one component finds out for another therefore travels with the objects that the
CDK passes on:

- `response.gleap`, a `ParsedResponse`: from the error handler to the decoder, the extractor, the backoff strategy and
  the pagination strategy. The CDK marks responses in the same way.
- `status` and `message` of an error body, for the manifest's response filters.
- `row["_cursor_fallback"]`: from the extractor to the record filter.
- `stream_slice.extra_fields["page"]` and `["window"]`: from the pagination strategy to the record filter, and from a
  reader that goes on after a refused request to the templates of the manifest.
"""

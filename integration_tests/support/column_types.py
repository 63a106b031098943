"""The types of the columns that PyAirbyte makes, by the type or format of a field's JSON schema."""

DUCKDB = {
    "string": "VARCHAR",
    "date-time": "TIMESTAMP",
    "integer": "BIGINT",
    "number": "DECIMAL(38,9)",
    "boolean": "BOOLEAN",
    "array": "JSON",
}
# In PostgreSQL's own words (`format_type`).
POSTGRES = {
    "string": "character varying",
    "date-time": "timestamp without time zone",
    "integer": "bigint",
    "number": "numeric(38,9)",
    "boolean": "boolean",
    "array": "json",
}

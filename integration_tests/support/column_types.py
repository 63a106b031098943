"""The types of columns that PyAirbyte makes in DuckDB."""

COLUMN_TYPES = {
    "string": "VARCHAR",
    "date-time": "TIMESTAMP",
    "integer": "BIGINT",
    "number": "DECIMAL(38,9)",
    "boolean": "BOOLEAN",
    "array": "JSON",
}

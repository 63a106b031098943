-- How many hours tickets stay in each status until they leave it. Spam is left out.
-- This needs the stream ticket_activity_logs, which Airbyte does not select by itself.
-- What a row of a log holds is not documented. This query assumes that a row tells of a status if its type or key is
-- STATUS, and its value the new status. If the result is empty, or has the status 'unknown', look into the
-- column data for the right names.
-- A ticket is assumed to begin as OPEN.
-- A contact who writes to a ticket that is DONE reopens it, and no row tells of that. So the contact's first message
-- after DONE ends the stay, unless the ticket is DONE to this day: a rating arrives as a message, too.
WITH changes AS (
    SELECT
        ticket_id AS ticket,
        ticket_activity_logs.id AS id,
        ticket_activity_logs.createdAt AS since,
        coalesce(
            json_extract_string(data, '$.data.value'), json_extract_string(data, '$.value'), 'unknown'
        ) AS status,
        tickets.status AS status_now
    FROM ticket_activity_logs
    JOIN tickets ON tickets.id = ticket_id
    WHERE NOT coalesce(isSpam, false)
        AND 'STATUS' IN (
            json_extract_string(data, '$.data.key'), json_extract_string(data, '$.key'), ticket_activity_logs.type
        )
),
ended_changes AS (
    SELECT changes.*, lead(since) OVER (PARTITION BY ticket ORDER BY since, id) AS ended_at
    FROM changes
),
reopenings AS (
    SELECT closed.ticket, min(messages.createdAt) AS since
    FROM ended_changes AS closed
    JOIN messages ON messages.ticket = closed.ticket AND messages.createdAt > closed.since
    WHERE closed.status = 'DONE'
        AND (messages.createdAt < closed.ended_at OR (closed.ended_at IS NULL AND closed.status_now <> 'DONE'))
        AND messages.session IS NOT NULL AND messages."user" IS NULL
    GROUP BY closed.ticket, closed.id
),
beginnings AS (
    SELECT id AS ticket, '' AS id, createdAt AS since, 'OPEN' AS status, false AS is_reopening
    FROM tickets
    WHERE NOT coalesce(isSpam, false)
    UNION ALL
    SELECT ticket, id, since, status, false FROM changes
    UNION ALL
    SELECT ticket, '', since, 'OPEN', true FROM reopenings
),
compared AS (
    SELECT beginnings.*, lag(status) OVER (PARTITION BY ticket ORDER BY since, id) AS status_before
    FROM beginnings
),
stays AS (
    SELECT
        status,
        is_reopening,
        date_diff('millisecond', since, lead(since) OVER (PARTITION BY ticket ORDER BY since, id)) / 3600000.0 AS hours
    FROM compared
    WHERE status_before IS NULL OR status <> status_before
)
SELECT
    status,
    count(*) AS stays,
    count(*) FILTER (is_reopening) AS begun_by_a_contact,
    round(quantile_cont(hours, 0.5), 1) AS median_hours,
    round(quantile_cont(hours, 0.9), 1) AS hours_of_nine_in_ten
FROM stays
WHERE hours IS NOT NULL
GROUP BY status
ORDER BY status;

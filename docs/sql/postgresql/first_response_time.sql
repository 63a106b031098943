-- How long contacts wait for an agent's first answer, by the ticket's priority. Spam is left out.
-- An answer is a message that an agent wrote (it has a user) and that is neither an internal note nor a bot's.
WITH first_answers AS (
    SELECT ticket, min(createdAt) AS answered_at
    FROM messages
    WHERE "user" IS NOT NULL AND type <> 'NOTE' AND NOT coalesce(bot, false)
    GROUP BY ticket
),
waits AS (
    SELECT
        coalesce(priority, 'none') AS priority,
        extract(epoch FROM answered_at - tickets.createdAt) / 60 AS minutes
    FROM tickets
    LEFT JOIN first_answers ON first_answers.ticket = tickets.id
    WHERE NOT coalesce(isSpam, false)
)
SELECT
    priority,
    count(*) AS tickets,
    count(minutes) AS answered,
    round(CAST(percentile_cont(0.5) WITHIN GROUP (ORDER BY minutes) AS NUMERIC), 1) AS median_minutes,
    round(CAST(percentile_cont(0.9) WITHIN GROUP (ORDER BY minutes) AS NUMERIC), 1) AS minutes_of_nine_in_ten
FROM waits
GROUP BY priority
ORDER BY priority;

-- How long contacts wait for an agent's first answer, by the agent who gave it. Spam is left out.
-- An answer is a text or a message template that an agent sent. Internal notes and bots do not count.
-- An agent without a name is shown with the e-mail address, a deleted one with the id.
WITH answers AS (
    SELECT
        ticket,
        "user" AS answered_by,
        createdAt AS answered_at,
        row_number() OVER (PARTITION BY ticket ORDER BY createdAt, id) AS place
    FROM messages
    WHERE "user" IS NOT NULL AND type IN ('TEXT', 'CHANNEL_TEMPLATE_MESSAGE') AND NOT coalesce(bot, false)
),
waits AS (
    SELECT answered_by, extract(epoch FROM answered_at - tickets.createdAt) / 60 AS minutes
    FROM tickets
    LEFT JOIN answers ON answers.ticket = tickets.id AND place = 1
    WHERE NOT coalesce(isSpam, false)
)
SELECT
    coalesce(
        nullif(trim(users.firstName || ' ' || users.lastName), ''), users.email, answered_by, 'nobody yet'
    ) AS agent,
    count(*) AS tickets,
    round(CAST(percentile_cont(0.5) WITHIN GROUP (ORDER BY minutes) AS NUMERIC), 1) AS median_minutes,
    round(CAST(percentile_cont(0.9) WITHIN GROUP (ORDER BY minutes) AS NUMERIC), 1) AS minutes_of_nine_in_ten
FROM waits
LEFT JOIN users ON users.id = answered_by
GROUP BY 1, answered_by
ORDER BY 1, answered_by;

-- Tickets by the week, from Monday on, in which they were created, and by the agent they are assigned to now.
-- An agent without a name is shown with the e-mail address, a deleted one with the id.
SELECT
    DATE(timestamp_trunc(tickets.createdAt, ISOWEEK)) AS week,
    coalesce(
        nullif(trim(users.firstName || ' ' || users.lastName), ''), users.email, processingUser, 'nobody'
    ) AS agent,
    count(*) AS tickets,
    countif(status = 'DONE') AS done
FROM tickets
LEFT JOIN users ON users.id = processingUser
WHERE NOT coalesce(isSpam, false)
GROUP BY 1, 2, processingUser
ORDER BY 1, 2, processingUser;

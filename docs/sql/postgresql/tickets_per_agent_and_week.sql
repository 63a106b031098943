-- Tickets by the week, from Monday on, in which they were created, and by the agent they are assigned to now.
-- Gleap's agents are no stream: agent is the id that Gleap shows in their profile.
SELECT
    CAST(date_trunc('week', createdAt) AS DATE) AS week,
    coalesce(processingUser, 'nobody') AS agent,
    count(*) AS tickets,
    count(*) FILTER (WHERE status = 'DONE') AS done
FROM tickets
WHERE NOT coalesce(isSpam, false)
GROUP BY 1, 2
ORDER BY 1, 2;

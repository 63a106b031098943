-- How many messages a ticket took, system entries included, and from whom. Tickets without a message count as well.
SELECT
    tickets.id AS ticket,
    tickets.bugId AS number,
    count(messages.id) AS message_count,
    count_if(messages.session IS NOT NULL AND messages."USER" IS NULL) AS from_contact,
    count_if(
        messages."USER" IS NOT NULL
        AND messages.type IN ('TEXT', 'CHANNEL_TEMPLATE_MESSAGE')
        AND NOT coalesce(bot, false)
    ) AS from_agents,
    count_if(messages.type = 'NOTE') AS notes,
    count_if(coalesce(bot, false)) AS from_bots
FROM tickets
LEFT JOIN messages ON messages.ticket = tickets.id
GROUP BY tickets.id, tickets.bugId
ORDER BY message_count DESC, tickets.id;

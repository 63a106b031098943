-- Contacts, companies and monetary value by plan. Of anonymous contacts the userId is the gleapId.
SELECT
    coalesce(plan, 'none') AS plan_name,
    count(*) AS contacts,
    count(*) FILTER (WHERE userId <> gleapId) AS identified,
    count(DISTINCT companyId) AS companies,
    sum(value) AS total_value
FROM sessions
GROUP BY 1
ORDER BY 1;

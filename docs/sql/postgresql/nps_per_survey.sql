-- Net promoter score of each survey: the share of 9 and 10 less the share of 0 to 6, in percent.
-- 'nps' is the name of the question, as the survey's config has it: put yours in its place.
WITH answers AS (
    SELECT
        survey_id,
        CAST(substring(CAST(responses AS JSON) ->> 'nps' FROM '^\s*(\d{1,2})(?:\.0*)?\s*$') AS INTEGER) AS score
    FROM survey_responses
)
SELECT
    surveys.id AS survey_id,
    surveys.name AS survey,
    count(score) AS answers,
    round(
        100.0 * (count(*) FILTER (WHERE score >= 9) - count(*) FILTER (WHERE score <= 6)) / nullif(count(score), 0), 1
    ) AS nps
FROM surveys
LEFT JOIN answers ON answers.survey_id = surveys.id AND score BETWEEN 0 AND 10
GROUP BY surveys.id, surveys.name
ORDER BY surveys.id;

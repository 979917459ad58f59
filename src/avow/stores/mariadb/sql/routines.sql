-- Functions and procedures of the database; MariaDB grants none of them to everybody.
SELECT CONCAT(ROUTINE_SCHEMA, '.', ROUTINE_NAME, '()'), DEFINER, SECURITY_TYPE = 'DEFINER', 0,
       COALESCE(ROUTINE_DEFINITION, '')
FROM information_schema.ROUTINES
WHERE ROUTINE_SCHEMA = DATABASE()
ORDER BY 1

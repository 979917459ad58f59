CREATE TABLE contacts AS
SELECT n::int AS id, 'name ' || n AS name, 'p' || n || '@example.invalid' AS email, '+44 7700 900000' AS phone,
       n || ' Some Street' AS street, 'city ' || n % 5000 AS city, n % 20 AS region, n % 7 AS grade, now() AS created_at
FROM generate_series(1, :rows) n;
ALTER TABLE contacts ADD PRIMARY KEY (id);

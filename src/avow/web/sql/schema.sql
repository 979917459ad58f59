-- A desk's own schema: it reads and writes rows there; it never changes the tables.
GRANT USAGE ON SCHEMA {schema} TO {role};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role};
GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO {role};
REVOKE INSERT, UPDATE, DELETE ON TABLE {schema}.django_migrations FROM {role};
-- It may put a job into the queue, to wake the workers; it takes none.
GRANT USAGE ON SCHEMA work TO {role};
GRANT SELECT, INSERT ON work.procrastinate_jobs TO {role};
GRANT INSERT ON work.procrastinate_events TO {role};
GRANT USAGE ON ALL SEQUENCES IN SCHEMA work TO {role};

"""The test servers themselves: both versions are found, and what a test makes is gone after it."""

import psycopg


def test_a_database_is_fresh_and_its_server_has_the_version_it_claims(cluster, database):
    with psycopg.connect(database) as connection:
        assert connection.info.server_version // 10000 == cluster.version
        tables = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
        connection.execute("CREATE ROLE left_behind LOGIN")
        connection.execute("CREATE TABLE kept (id int); GRANT SELECT ON kept TO left_behind")
    assert tables == (0,)


def test_roles_that_a_test_left_behind_are_gone(cluster):
    assert "left_behind" not in cluster.get_roles()


def test_another_login_can_connect(cluster, database):
    with psycopg.connect(database) as connection:
        connection.execute("CREATE ROLE stranger LOGIN")
        name = connection.info.dbname
    with psycopg.connect(cluster.dsn_for(name, "stranger")) as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("stranger",)

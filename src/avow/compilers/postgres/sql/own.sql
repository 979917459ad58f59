CREATE OR REPLACE FUNCTION avow.own(named text) RETURNS text STABLE
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
  SELECT p.key FROM avow.party p WHERE p.login = session_user AND p.attribute = named
$body$;
REVOKE ALL ON FUNCTION avow.own(text) FROM PUBLIC

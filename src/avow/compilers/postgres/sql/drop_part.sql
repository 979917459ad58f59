CREATE OR REPLACE FUNCTION avow.lock_part(parent text, part text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $body$
DECLARE ended timestamptz;
BEGIN  -- true: the partition is due as a whole and nobody can write there until the transaction ends
  SELECT (regexp_match(pg_get_expr(c.relpartbound, c.oid), $re$ TO \('([^']+)'\)$$re$))[1]::timestamptz + make_interval(days => min(l.days))
    INTO ended
    FROM (VALUES {limits}) l (named, dated, days)
    JOIN pg_partitioned_table t ON t.partrelid = to_regclass(l.named) AND t.partstrat = 'r' AND t.partnatts = 1
    JOIN pg_attribute a ON a.attrelid = t.partrelid AND a.attnum = t.partattrs[0] AND a.attname = l.dated
    JOIN pg_type y ON y.oid = a.atttypid AND coalesce(nullif(y.typbasetype, 0), y.oid) = ANY ('{{date,timestamp,timestamptz}}'::regtype[])
    JOIN pg_inherits i ON i.inhparent = t.partrelid JOIN pg_class c ON c.oid = i.inhrelid AND c.relkind = 'r'
    WHERE l.named = parent AND c.oid = to_regclass(part) GROUP BY c.oid, c.relpartbound;
  IF ended IS NULL OR ended > now() OR EXISTS (
    SELECT FROM pg_trigger g WHERE g.tgrelid IN (to_regclass(parent), to_regclass(part)) AND NOT g.tgisinternal
      AND g.tgenabled <> 'D' AND g.tgtype & 8 <> 0) THEN
    RETURN false;
  END IF;
  EXECUTE format('LOCK TABLE ONLY %s IN SHARE ROW EXCLUSIVE MODE', to_regclass(part));
  RETURN true;
END $body$;
CREATE OR REPLACE FUNCTION avow.drop_part(parent text, part text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '500ms' AS $body$
DECLARE counted bigint;
BEGIN
  IF NOT avow.lock_part(parent, part) THEN
    RAISE EXCEPTION 'avow: % is no partition that is due as a whole', part USING ERRCODE = 'check_violation';
  END IF;
  EXECUTE format('SELECT count(*) FROM ONLY %s', to_regclass(part)) INTO counted;
  EXECUTE format('DROP TABLE %s', to_regclass(part));
  RETURN counted;
END $body$;
REVOKE ALL ON FUNCTION avow.lock_part(text, text), avow.drop_part(text, text) FROM PUBLIC

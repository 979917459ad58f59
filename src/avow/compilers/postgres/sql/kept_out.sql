
{meet}{marked}    IF {refused} THEN
      RAISE EXCEPTION 'new row violates row-level security policy for table "%"', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM avow.rewrite(ARRAY[{table}], ARRAY[{key}]);
  END IF;
  RETURN NULL;
END $body$

-- An account goes with its person: the erasure of a subject deletes the accounts that are bound to it, in the same transaction.
-- Rows of others stay. Sessions of a deleted account open the page of its erasure alone; those that have expired go with it.
CREATE OR REPLACE FUNCTION {schema}.forget_accounts() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
DECLARE
    gone uuid[];
BEGIN
    WITH RECURSIVE person (id) AS (
        SELECT NEW.id
        UNION
        SELECT s.id FROM control.subject s JOIN person p ON s.merged_into = p.id
    )
    SELECT array_agg(a.user_id) INTO gone FROM centre_accountperson a JOIN person p ON p.id = a.subject;
    IF gone IS NULL THEN
        RETURN NULL;
    END IF;
    DELETE FROM centre_accountperson WHERE user_id = ANY (gone);
    DELETE FROM centre_portalperson WHERE user_id = ANY (gone);
    DELETE FROM mfa_authenticator WHERE user_id = ANY (gone);
    DELETE FROM socialaccount_socialtoken t USING socialaccount_socialaccount a WHERE a.id = t.account_id AND a.user_id = ANY (gone);
    DELETE FROM socialaccount_socialaccount WHERE user_id = ANY (gone);
    DELETE FROM account_emailconfirmation c USING account_emailaddress a WHERE a.id = c.email_address_id AND a.user_id = ANY (gone);
    DELETE FROM account_emailaddress WHERE user_id = ANY (gone);
    DELETE FROM accounts_user WHERE id = ANY (gone);
    DELETE FROM django_session WHERE expire_date < now();
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION {schema}.forget_accounts() FROM PUBLIC;
CREATE OR REPLACE TRIGGER accounts_go_with_their_person AFTER UPDATE OF erased_at ON control.subject
    FOR EACH ROW WHEN (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL)
    EXECUTE FUNCTION {schema}.forget_accounts();

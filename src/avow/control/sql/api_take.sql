-- Counts one call of this minute and gives how many there were; what is older than an hour is swept.
WITH swept AS (
    DELETE FROM control.api_rate WHERE client = %(client)s AND minute < %(minute)s - interval '1 hour'
)
INSERT INTO control.api_rate (client, minute, calls) VALUES (%(client)s, %(minute)s, 1)
ON CONFLICT (client, minute) DO UPDATE SET calls = control.api_rate.calls + 1
RETURNING calls

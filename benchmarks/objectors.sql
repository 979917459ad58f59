-- One person in twenty objected to marketing, before the measurements start; the same in the copy with a predicate by hand.
INSERT INTO avow.subject_state (subject_table, subject_key, marks, mask)
SELECT 'public.contacts', n::text, ARRAY['objected:marketing.own'], avow.mask_for(ARRAY['objected:marketing.own'])
FROM generate_series(20, :subjects, 20) n;
UPDATE public.contacts SET avow_mask = avow.mask_for(ARRAY['objected:marketing.own']) WHERE id % 20 = 0;
UPDATE public.interests SET avow_mask = avow.mask_for(ARRAY['objected:marketing.own']) WHERE contact_id % 20 = 0;
ALTER TABLE hand.contacts ADD COLUMN mask bigint NOT NULL DEFAULT 0;
ALTER TABLE hand.interests ADD COLUMN mask bigint NOT NULL DEFAULT 0;
UPDATE hand.contacts SET mask = 1 WHERE id % 20 = 0;
UPDATE hand.interests SET mask = 1 WHERE contact_id % 20 = 0;
-- Room on the same pages, or updates of the raw table would be the slower ones.
UPDATE raw.contacts SET phone = phone WHERE id % 20 = 0;
UPDATE raw.interests SET topic = topic WHERE contact_id % 20 = 0;
-- What a trigger costs before it does anything.
CREATE FUNCTION idle.nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER nothing BEFORE INSERT ON idle.interests FOR EACH ROW EXECUTE FUNCTION idle.nothing();
-- A trigger as one would write it by hand.
ALTER TABLE hand_trigger.interests ADD COLUMN mask bigint NOT NULL DEFAULT 0;
UPDATE hand_trigger.interests SET mask = 1 WHERE contact_id % 20 = 0;
CREATE FUNCTION hand_trigger.set_mask() RETURNS trigger LANGUAGE plpgsql AS
  'BEGIN SELECT mask INTO NEW.mask FROM hand.contacts WHERE id = NEW.contact_id FOR SHARE; RETURN NEW; END';
CREATE TRIGGER set_mask BEFORE INSERT ON hand_trigger.interests FOR EACH ROW EXECUTE FUNCTION hand_trigger.set_mask();
CREATE TABLE hand.state AS SELECT n AS contact_id, 1::bigint AS mask FROM generate_series(20, :subjects, 20) n;
ALTER TABLE hand.state ADD PRIMARY KEY (contact_id);
CREATE STATISTICS hand.contacts_mask ON (mask & 1) FROM hand.contacts;
CREATE INDEX ON raw.contacts (region, city);
CREATE INDEX ON hand.contacts (region, city) WHERE mask & 1 = 0;

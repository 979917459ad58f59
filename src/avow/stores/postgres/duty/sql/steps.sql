-- Which items of which run were done here: written in the transaction that does them.
CREATE SCHEMA IF NOT EXISTS avow;
CREATE TABLE IF NOT EXISTS avow.step (run text, item text, PRIMARY KEY (run, item))

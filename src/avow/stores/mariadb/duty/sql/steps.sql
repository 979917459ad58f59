-- Which items of which run were done here: written in the transaction that does them.
CREATE TABLE IF NOT EXISTS avow_step (run varchar(190) NOT NULL, item varchar(190) NOT NULL, PRIMARY KEY (run, item)) ENGINE = InnoDB

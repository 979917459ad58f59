-- A firm's tables with everything that makes forgetting hard; PostgreSQL and MariaDB read them alike.
CREATE TABLE firms (id int PRIMARY KEY, name varchar(80) NOT NULL, email varchar(80), phone varchar(40), notes text);
CREATE TABLE people (id int PRIMARY KEY, firm_id int NOT NULL, name varchar(80) NOT NULL, email varchar(80), phone varchar(40), job_title varchar(60), notes text, manager_id int,
  FOREIGN KEY (firm_id) REFERENCES firms (id));
CREATE INDEX people_firm ON people (firm_id);
CREATE TABLE visitors (id int PRIMARY KEY, name varchar(80), email varchar(80), phone varchar(40));
CREATE TABLE orders (id int PRIMARY KEY, firm_id int NOT NULL, placed_by int, visitor_id int, total int NOT NULL, extra JSON,
  FOREIGN KEY (firm_id) REFERENCES firms (id));
CREATE INDEX orders_firm ON orders (firm_id);
CREATE TABLE order_notes (id int PRIMARY KEY, order_id int NOT NULL, body text NOT NULL,
  FOREIGN KEY (order_id) REFERENCES orders (id));
CREATE INDEX order_notes_order ON order_notes (order_id);
CREATE TABLE tickets (id int PRIMARY KEY, person_id int, cc_id int, title varchar(80) NOT NULL, body text,
  FOREIGN KEY (person_id) REFERENCES people (id));
CREATE INDEX tickets_person ON tickets (person_id);
CREATE TABLE messages (id int PRIMARY KEY, ticket_id int NOT NULL, body text NOT NULL,
  FOREIGN KEY (ticket_id) REFERENCES tickets (id));
CREATE INDEX messages_ticket ON messages (ticket_id);
CREATE TABLE invoices (id int PRIMARY KEY, number varchar(20) NOT NULL, person_id int, attention varchar(80), amount int NOT NULL);
CREATE TABLE badges (person_id int NOT NULL, door varchar(20) NOT NULL, label varchar(40), PRIMARY KEY (person_id, door),
  FOREIGN KEY (person_id) REFERENCES people (id));
CREATE TABLE seats (id int PRIMARY KEY, person_id int NOT NULL, room varchar(20) NOT NULL);
CREATE TABLE deliveries (id int PRIMARY KEY, person_id int, visitor_id int, recipient varchar(80), phone varchar(40), status varchar(20));
CREATE TABLE old_people (ref int, fullname varchar(80), mail varchar(80), tel varchar(40));
CREATE TABLE mail_log (id int PRIMARY KEY, person_id int, to_address varchar(120) NOT NULL, template varchar(40) NOT NULL);
CREATE TABLE traffic (id int PRIMARY KEY, seen_at timestamp NOT NULL, person_id int, local_ip varchar(40) NOT NULL, remote_ip varchar(40) NOT NULL, remote_email varchar(80), bytes bigint NOT NULL);
CREATE TABLE web_sessions (id int PRIMARY KEY, cookie varchar(40) NOT NULL, agent varchar(60), at_time timestamp NOT NULL);
CREATE TABLE staff_notes (id int PRIMARY KEY, body text NOT NULL);
CREATE TABLE blocked (email varchar(80) PRIMARY KEY, reason varchar(40));
CREATE TABLE scratch (id int PRIMARY KEY, stuff text, dialled bigint, called int, billed decimal(20, 2));

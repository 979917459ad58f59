-- Who is in it: Alice is to be forgotten, Bob works with her, another Alice Adams has her name, Dana shares an address, Vera visits.
INSERT INTO firms VALUES
  (1, 'Quarry Hosting', 'office@quarry.example', '01632 960100', 'after six write to alice.home@mail.example, not to Bob'),
  (2, 'Harbour Ltd', 'office@harbour.example', '01632 960200', 'no news');
INSERT INTO people VALUES
  (1, 1, 'Alice Adams', 'alice@quarry.example', '+44 7700 900123', 'Buyer', 'asks for Alice Adams at 07700 900123', 2),
  (2, 1, 'Bob Brown', 'bob@quarry.example', '01632 960100', 'Manager', 'reports go to bob@quarry.example', NULL),
  (3, 2, 'Alice Adams', 'charlie@harbour.example', '07700 900999', 'Clerk', NULL, NULL),
  (4, 2, 'Dana Dale', 'shared@pool.example', '07700 900888', 'Auditor', NULL, NULL),
  (5, 1, 'Alice A. Adams', 'shared@pool.example', NULL, 'Buyer', NULL, NULL);
INSERT INTO visitors VALUES
  (1, 'Vera Vale', 'vera@visit.example', '07700 900777'),
  (2, 'Alice Adams', ' ALICE@quarry.example ', NULL);
INSERT INTO orders VALUES
  (1, 1, 1, NULL, 100, '{"site_contact": "Alice Adams", "site_phone": "07700-900123", "floor": 3}'),
  (2, 1, 2, NULL, 200, '{"site_contact": "Bob Brown", "copy_to": ["alice@quarry.example", "bob@quarry.example"], "mobile": 447700900123}'),
  (3, 2, NULL, 1, 300, '{"site_phone": "07700 900999"}'),
  (4, 1, 1, 1, 400, NULL);
INSERT INTO order_notes VALUES
  (1, 1, 'Alice Adams wants it on Monday'),
  (2, 2, 'send a copy to Alice@Quarry.Example and to bob@quarry.example'),
  (3, 3, 'malice@quarry.example is somebody else'),
  (4, 4, 'call alice@quarry.example or vera@visit.example');
INSERT INTO tickets VALUES
  (1, 1, NULL, 'line down', 'I am Alice Adams, 07700900123'),
  (2, 1, 2, 'shared', 'Alice Adams and Bob Brown share this'),
  (3, 2, 1, 'bob asks', 'Alice Adams is in copy'),
  (4, 2, NULL, 'own', 'nothing about anybody'),
  (5, 3, NULL, 'other', 'Alice Adams from Harbour');
INSERT INTO messages VALUES
  (1, 1, 'please call Alice Adams'),
  (2, 2, 'Bob Brown here, Alice Adams is ill'),
  (3, 4, 'a word of Bob'),
  (4, 4, 'Alice Adams told me: alice@quarry.example');
INSERT INTO invoices VALUES
  (1, 'Q-1', 1, 'Alice Adams', 100),
  (2, 'Q-2', 2, 'Bob Brown', 200);
INSERT INTO badges VALUES
  (1, 'north', 'Alice Adams'),
  (1, 'south', NULL),
  (2, 'north', 'Bob Brown');
INSERT INTO seats VALUES
  (1, 1, 'A1'),
  (2, 2, 'A2');
INSERT INTO deliveries VALUES
  (1, 1, NULL, 'Alice Adams', '07700 900321', 'sent'),
  (2, 1, 1, 'Vera Vale', '+447700900777', 'sent'),
  (3, 1, 1, 'ALICE  ADAMS', '+44 (0)7700 900123', 'open'),
  (4, 2, NULL, 'Bob Brown', '01632 960100', 'sent');
INSERT INTO old_people VALUES
  (7001, 'Alice Adams', 'Alice@QUARRY.example', '0044 7700 900123'),
  (7001, 'Alice Adams', 'alice@quarry.example', NULL),
  (7002, 'Bob Brown', 'bob@quarry.example', '01632 960100'),
  (7003, 'Alice Adams', 'charlie@harbour.example', NULL);
INSERT INTO mail_log VALUES
  (1, 1, 'alice@quarry.example', 'welcome'),
  (2, NULL, 'ALICE@quarry.example', 'news'),
  (3, NULL, 'Alice Adams <alice@quarry.example>, bob@quarry.example', 'minutes'),
  (4, 2, 'bob@quarry.example', 'welcome'),
  (5, NULL, 'shared@pool.example', 'news');
INSERT INTO traffic VALUES
  (1, '2026-01-01 10:00:00', 1, '192.0.2.10', '198.51.100.1', 'someone@else.example', 10),
  (2, '2026-01-01 11:00:00', NULL, '192.0.2.10', '198.51.100.2', 'alice@quarry.example', 20),
  (3, '2026-03-01 11:00:00', NULL, '192.0.2.10', '198.51.100.2', NULL, 30),
  (4, '2026-01-01 10:30:00', NULL, '192.0.2.10', '198.51.100.3', NULL, 40),
  (5, '2026-01-01 10:30:00', 2, '192.0.2.20', '198.51.100.3', 'bob@quarry.example', 50);
INSERT INTO web_sessions VALUES
  (1, 'ck-77aa55', 'Browser A', '2026-01-01 10:00:00'),
  (2, 'ck-99zz11', 'Browser B', '2026-01-01 10:00:00');
INSERT INTO staff_notes VALUES
  (1, 'Ring +44 (0) 7700 900 123 about the invoice of Alice Adams; ask bob@quarry.example too'),
  (2, 'Alice Adams at Harbour is another one'),
  (3, 'customer QH-000417 moved out'),
  (4, 'shared@pool.example bounced');
INSERT INTO blocked VALUES
  ('alice@quarry.example', 'asked by telephone'),
  ('bob@quarry.example', 'asked');
INSERT INTO scratch VALUES
  (1, 'somebody pasted alice@quarry.example here', 447700900123, NULL, NULL),
  (2, 'nothing', 9001234, 2079460018, 1632960123.00);

-- After the load: indexes, the references that somebody declared, and the routines that grew over the years.
-- Not declared, though the application relies on them: orders.placed_by, orders.end_user_id, deliveries.contact_id,
-- deliveries.end_user_id, installations.contact_id, invoices.billing_contact_id, payments.organisation_id,
-- tickets.cc_contact_id, contacts_2019.org, traffic.organisation_id, traffic.end_user_id, mail_log.*, answers.answered_by.

ALTER TABLE staff ADD FOREIGN KEY (department_id) REFERENCES departments;
ALTER TABLE contacts ADD FOREIGN KEY (organisation_id) REFERENCES organisations;
ALTER TABLE end_users ADD FOREIGN KEY (reseller_id) REFERENCES resellers;
ALTER TABLE orders ADD FOREIGN KEY (organisation_id) REFERENCES organisations;
ALTER TABLE order_lines ADD FOREIGN KEY (order_id) REFERENCES orders;
ALTER TABLE order_lines ADD FOREIGN KEY (product) REFERENCES products;
ALTER TABLE deliveries ADD FOREIGN KEY (order_id) REFERENCES orders;
ALTER TABLE installations ADD FOREIGN KEY (order_id) REFERENCES orders;
ALTER TABLE invoices ADD FOREIGN KEY (order_id) REFERENCES orders;
ALTER TABLE invoices ADD FOREIGN KEY (organisation_id) REFERENCES organisations;
ALTER TABLE payments ADD FOREIGN KEY (invoice_id) REFERENCES invoices;
ALTER TABLE tickets ADD FOREIGN KEY (organisation_id) REFERENCES organisations;
ALTER TABLE tickets ADD FOREIGN KEY (contact_id) REFERENCES contacts;
ALTER TABLE tickets ADD FOREIGN KEY (end_user_id) REFERENCES end_users;
ALTER TABLE messages ADD FOREIGN KEY (ticket_id) REFERENCES tickets;
ALTER TABLE answers ADD FOREIGN KEY (enquiry_id) REFERENCES enquiries;
ALTER TABLE leads ADD FOREIGN KEY (broker_id) REFERENCES brokers;
ALTER TABLE leads ADD FOREIGN KEY (event_id) REFERENCES events;
ALTER TABLE marketing_preferences ADD FOREIGN KEY (organisation_id) REFERENCES organisations;
ALTER TABLE credit_cases ADD FOREIGN KEY (organisation_id) REFERENCES organisations;
ALTER TABLE credit_reports ADD FOREIGN KEY (case_id) REFERENCES credit_cases;
ALTER TABLE usage_counters ADD FOREIGN KEY (organisation_id) REFERENCES organisations;

CREATE INDEX ON contacts (organisation_id);
CREATE INDEX contacts_email_lower ON contacts (lower(email));
CREATE INDEX ON end_users (reseller_id);
CREATE INDEX ON end_users (organisation_id);
CREATE INDEX ON orders (organisation_id);
CREATE INDEX ON orders (placed_by);
CREATE INDEX ON orders (end_user_id);
CREATE INDEX orders_open ON orders (id) WHERE status = 'open';
CREATE INDEX ON order_lines (order_id);
CREATE INDEX ON deliveries (order_id);
CREATE INDEX deliveries_planned ON deliveries (planned_for) WHERE status = 'planned';
CREATE INDEX ON installations (order_id);
CREATE UNIQUE INDEX ON invoices (order_id);
CREATE UNIQUE INDEX ON invoices (number);
CREATE INDEX ON invoices (organisation_id);
CREATE INDEX ON payments (invoice_id);
CREATE INDEX ON tickets (organisation_id);
CREATE INDEX ON tickets (contact_id);
CREATE INDEX ON tickets (cc_contact_id);
CREATE INDEX ON tickets (end_user_id);
CREATE INDEX tickets_open ON tickets (priority, id) WHERE status = 'open';
CREATE INDEX ON messages (ticket_id);
CREATE INDEX ON answers (enquiry_id);
CREATE INDEX enquiries_open ON enquiries (id) WHERE status = 'open';
CREATE INDEX ON leads (email);
CREATE INDEX ON leads (broker_id);
CREATE INDEX ON leads (event_id);
CREATE INDEX ON credit_cases (organisation_id);
CREATE INDEX ON credit_reports (case_id);
CREATE INDEX ON traffic (organisation_id, seen_at);
CREATE INDEX ON traffic (remote_email);
CREATE INDEX ON mail_log (organisation_id);

CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END $$;
CREATE TRIGGER touch BEFORE UPDATE ON organisations FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER touch BEFORE UPDATE ON contacts FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER touch BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION touch();

-- A decided case locks its reports.
CREATE FUNCTION copy_case_status() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
    UPDATE public.credit_reports SET case_status = NEW.status WHERE case_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER copy_case_status AFTER UPDATE OF status ON credit_cases FOR EACH ROW EXECUTE FUNCTION copy_case_status();

-- For the telephone system of 2017: who is calling? Anybody may run it, and it runs as its owner.
CREATE FUNCTION who_calls(number text) RETURNS TABLE (organisation text, person text, role text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    SELECT o.name, c.name, c.role FROM public.contacts c JOIN public.organisations o ON o.id = c.organisation_id
    WHERE c.phone = number
$$;

-- For the Monday meeting.
CREATE VIEW customer_overview AS
    SELECT o.id, o.name, o.size, o.sector, c.name AS contact, c.email AS contact_email, sum(r.total) AS ordered
    FROM organisations o
    LEFT JOIN contacts c ON c.organisation_id = o.id AND c.role = 'billing'
    LEFT JOIN orders r ON r.organisation_id = o.id
    GROUP BY o.id, c.id;

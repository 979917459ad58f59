<?php
/* Invoicing: PHP's PDO through its old login. One round invoices what was delivered, books payments and reminds.
   php invoicing.php serve-one-round | serve [seconds [attended]]; an attended one ends when its standard input closes. The database comes from CLOUDSENTRIC_DSN (keyword/value form).
   Prints one line of JSON with counts, never a value of a row; exit status 1 if any round failed. */

declare(strict_types=1);

function connect(): PDO
{
    $pdo = new PDO('pgsql:' . getenv('CLOUDSENTRIC_DSN'));
    $pdo->setAttribute(PDO::ATTR_ERRMODE, PDO::ERRMODE_EXCEPTION);
    $pdo->setAttribute(PDO::ATTR_DEFAULT_FETCH_MODE, PDO::FETCH_ASSOC);
    return $pdo;
}

function rows(PDO $pdo, string $query, array $values = []): array
{
    $statement = $pdo->prepare($query);
    $statement->execute($values);
    return $statement->fetchAll();
}

function invoice_delivered(PDO $pdo): int
{
    $made = 0;
    $orders = rows($pdo, "SELECT o.* FROM orders o LEFT JOIN invoices i ON i.order_id = o.id"
        . " WHERE o.status = 'delivered' AND i.id IS NULL ORDER BY o.id LIMIT 3");
    foreach ($orders as $order) {
        $customer = rows($pdo, 'SELECT * FROM organisations WHERE id = ?', [$order['organisation_id']])[0];
        $payer = rows($pdo, "SELECT * FROM contacts WHERE organisation_id = ? AND role = 'billing' ORDER BY id LIMIT 1",
            [$order['organisation_id']])[0];
        $values = ['CS-N' . $order['id'], $order['id'], $customer['id'], $payer['id'], $customer['name'], $payer['name'],
            $payer['postal_address'], $order['total']];
        $made += count(rows($pdo, 'INSERT INTO invoices (number, order_id, organisation_id, billing_contact_id, bill_to,'
            . ' attention, postal_address, amount, issued_on) VALUES (?, ?, ?, ?, ?, ?, ?, ?, current_date)'
            . ' ON CONFLICT (order_id) DO NOTHING RETURNING *', $values));
    }
    return $made;
}

function book_payments(PDO $pdo): int
{
    $open = rows($pdo, "SELECT * FROM invoices WHERE status = 'issued' ORDER BY id LIMIT 2 FOR UPDATE");
    foreach ($open as $invoice) {
        rows($pdo, 'INSERT INTO payments (invoice_id, organisation_id, amount, bank_reference, received_on)'
            . ' VALUES (?, ?, ?, ?, current_date) RETURNING *',
            [$invoice['id'], $invoice['organisation_id'], $invoice['amount'], 'REF' . random_int(10000000, 99999999)]);
        rows($pdo, "UPDATE invoices SET status = 'paid' WHERE id = ? RETURNING *", [$invoice['id']]);
    }
    return count($open);
}

function remind(PDO $pdo): int
{
    return count(rows($pdo, "UPDATE invoices SET reminded_at = now() WHERE id IN (SELECT id FROM invoices"
        . " WHERE status = 'issued' ORDER BY issued_on, id LIMIT 5) RETURNING *"));
}

function one_round(): array
{
    $pdo = connect();
    $pdo->beginTransaction();
    $counts = ['invoiced' => invoice_delivered($pdo)];
    $pdo->commit();
    $pdo->beginTransaction();
    $counts['paid'] = book_payments($pdo);
    $pdo->commit();
    $counts['reminded'] = remind($pdo);
    return $counts;
}

$end = microtime(true) + (($argv[1] ?? '') === 'serve' ? (float) ($argv[2] ?? 60) : 0);
$stopped = false;
if (function_exists('pcntl_signal')) {
    pcntl_async_signals(true);
    foreach ([SIGTERM, SIGINT] as $signal) {
        pcntl_signal($signal, function () use (&$stopped) { $stopped = true; });
    }
}
$totals = ['rounds' => 0, 'failed' => 0];
do {
    $totals['rounds']++;
    try {
        foreach (one_round() as $name => $count) {
            $totals[$name] = ($totals[$name] ?? 0) + $count;
        }
    } catch (Throwable $error) {
        $totals['failed']++;
        $state = $error instanceof PDOException ? (string) $error->getCode() : get_class($error);
        // A missing right, table or column is said in PostgreSQL's first line without any value of a row.
        $told = in_array($state, ['42501', '42P01', '42703'], true) ? ' ' . strtok($error->getMessage(), "\n") : '';
        fwrite(STDERR, "invoicing: $state$told\n");
    }
    if (($argv[1] ?? '') === 'serve' && $totals['rounds'] === 1) {
        echo "serving\n";
    }
    if ($stopped || microtime(true) >= $end) {
        break;
    }
    $read = [STDIN];
    $none = null;
    if (($argv[3] ?? '') !== 'attended') {
        usleep(200000);
    } elseif (@stream_select($read, $none, $none, 0, 200000)) {
        break;
    }
} while (true);
echo json_encode(['app' => 'invoicing'] + $totals), "\n";
exit($totals['failed'] ? 1 : 0);

<?php
/* The customer portal's way into the privacy centre: a link that signs the customer in, once, within a minute.
 *
 * In a page of the portal, for the customer who is signed in there:
 *
 *     require 'privacy_link.php';
 *     $link = privacy_link('https://privacy.cloudsentric.example', getenv('AVOW_PORTAL_KEY'), (string) $customer['id']);
 *     echo '<a href="' . htmlspecialchars($link, ENT_QUOTES) . '">Your data and your rights</a>';
 *
 * The subject is the customer's key in the table that `centre.portal` names in avow.toml. Make the link when it is pressed, not
 * when the page is drawn: it lives for sixty seconds. The key never goes into a page, a log or Git.
 */
declare(strict_types=1);

const PRIVACY_LINK_LIVES = 60; // seconds

function privacy_link(string $centre, string $key, string $subject): string
{
    if (strlen($key) < 32 || $subject === '' || strpbrk($subject, "\r\n") !== false) {
        throw new InvalidArgumentException('a key of at least 32 characters and the customer\'s own key are needed');
    }
    $expires = (string) (time() + PRIVACY_LINK_LIVES);
    $nonce = bin2hex(random_bytes(16));
    $centre = rtrim($centre, '/'); // signed, too: no other centre takes this link
    $signature = hash_hmac('sha256', "$centre\n$subject\n$expires\n$nonce", $key);
    $query = http_build_query(compact('subject', 'expires', 'nonce', 'signature'));
    return "$centre/sign-on/?$query";
}

// On the command line: php privacy_link.php CENTRE SUBJECT, with the key in AVOW_PORTAL_KEY.
if (PHP_SAPI === 'cli' && realpath($_SERVER['argv'][0]) === __FILE__) {
    [, $centre, $subject] = $_SERVER['argv'] + [1 => '', 2 => ''];
    echo privacy_link($centre, (string) getenv('AVOW_PORTAL_KEY'), $subject), "\n";
}

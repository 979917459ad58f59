"""The visits in their order: what is asked for, and which aspects of a right each shows. Refuses none of them by default."""

from __future__ import annotations

from avow.prove.shopper import visits_access as seeing
from avow.prove.shopper import visits_cases as cases
from avow.prove.shopper import visits_change as changing
from avow.prove.shopper import visits_reviews as reviews
from avow.prove.shopper import visits_vault as vault
from avow.prove.shopper import visits_words as words
from avow.prove.shopper.running import Visit

VISITS: tuple[Visit, ...] = (
    Visit("access", ("stranger", *seeing.ANSWERED), seeing.visit_access),
    Visit("access", ("confirmation", "correspondent"), seeing.visit_confirmation),
    Visit("access", ("jurisdiction",), seeing.visit_jurisdictions),
    Visit("access", ("fee",), seeing.visit_fee),
    Visit("access", ("routes",), seeing.visit_routes),
    Visit("copy", ("everything", "nobody-else", "expiry"), seeing.visit_copy),
    Visit("rectification", changing.RECTIFIED, changing.visit_rectification),
    Visit("erasure", changing.ERASED, changing.visit_erasure),
    Visit("restriction", ("unreadable", "nobody-else", "lifted"), changing.visit_restriction),
    Visit("objection", ("unseen", "nobody-else", "later-import", "ticket"), changing.visit_objection),
    Visit("withdrawal", ("unseen", "nobody-else"), changing.visit_withdrawal),
    Visit("complaint", ("acknowledged", "needs-outcome", "ages"), words.visit_complaint),
    Visit("cases", ("opens-and-closes",), cases.visit_opening),
    Visit("cases", ("approver", "ends"), cases.visit_approving),
    Visit("cases", ("finding", "ages"), cases.visit_working),
    Visit("cases", ("police",), cases.visit_police),
    Visit("reviews", ("extra-grant",), reviews.visit_grants),
    Visit("reviews", ("signature", "procedures-due", "effect-due", "figures"), reviews.visit_signing),
    Visit("vault", ("sealed", "reminder"), vault.visit_vault),
    Visit("question", ("answered", "ages", "routes"), words.visit_question),
)

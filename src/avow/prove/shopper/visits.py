"""The visits in their order: what is asked for, and which aspects of a right each shows. Refuses none of them by default."""

from __future__ import annotations

from avow.prove.shopper import visits_access as seeing
from avow.prove.shopper import visits_change as changing
from avow.prove.shopper import visits_intakes as intakes
from avow.prove.shopper import visits_retention as keeping
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
    Visit("question", ("answered", "ages", "routes"), words.visit_question),
    Visit("intakes", ("lead-source",), intakes.visit_lead_source),
    Visit("intakes", ("no-other-way",), intakes.visit_other_ways),
    Visit("intakes", ("broker-facts", "screened", "bought-again", "broker-named"), intakes.visit_bought_list),
    Visit("intakes", ("reseller-apart", "reseller-named"), intakes.visit_resellers),
    Visit("intakes", ("order-channels",), intakes.visit_order_channels),
    Visit("intakes", ("enquiry-source",), intakes.visit_enquiries),
    Visit("intakes", ("network-source",), intakes.visit_network),
    Visit("intakes", ("field-needs",), intakes.visit_needs),
    Visit("intakes", ("mostly-service",), intakes.visit_uses),
    Visit("retention", keeping.SHOWN, keeping.visit_retention),
)

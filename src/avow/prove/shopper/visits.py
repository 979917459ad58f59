"""The visits in their order: what is asked for, and which aspects of a right each shows. Refuses none of them by default."""

from __future__ import annotations

from avow.prove.shopper import visits_access as seeing
from avow.prove.shopper import visits_breach as breaching
from avow.prove.shopper import visits_campaigns as campaigns
from avow.prove.shopper import visits_cases as cases
from avow.prove.shopper import visits_change as changing
from avow.prove.shopper import visits_choices as choices
from avow.prove.shopper import visits_disclosures as sending
from avow.prove.shopper import visits_intakes as intakes
from avow.prove.shopper import visits_notices as noticing
from avow.prove.shopper import visits_places as placing
from avow.prove.shopper import visits_retention as keeping
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
    Visit("cases", ("affected", "told"), breaching.visit_breach),
    Visit("reviews", ("extra-grant",), reviews.visit_grants),
    Visit("reviews", ("signature", "procedures-due", "effect-due", "figures"), reviews.visit_signing),
    Visit("vault", ("sealed", "reminder"), vault.visit_vault),
    Visit("question", ("answered", "ages", "routes"), words.visit_question),
    Visit("choices", choices.SHOWN, choices.visit_choices),
    Visit("campaigns", campaigns.SHOWN, campaigns.visit_campaigns),
    Visit("disclosures", ("unaffiliated",), sending.visit_strangers),
    Visit("disclosures", ("consent",), sending.visit_consent),
    Visit("disclosures", ("obligation",), sending.visit_obligation),
    Visit("disclosures", ("contract",), sending.visit_contract),
    Visit("disclosures", ("fields",), sending.visit_fields),
    Visit("disclosures", ("emergency",), sending.visit_emergency),
    Visit("disclosures", ("inside",), sending.visit_inside),
    Visit("disclosures", ("abroad",), sending.visit_abroad),
    Visit("disclosures", ("staff-address",), sending.visit_staff_address),
    Visit("disclosures", ("own-answer",), sending.visit_own_answer),
    Visit("disclosures", ("downstream",), sending.visit_downstream),
    Visit("places", ("resolved", "refused"), placing.visit_places),
    Visit("notices", ("equal", "posted", "older"), noticing.visit_pages),
    Visit("notices", ("complete",), noticing.visit_practice),
    Visit("notices", ("told",), noticing.visit_telling),
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

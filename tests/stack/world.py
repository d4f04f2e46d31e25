"""People and firms for the stack, made by the acts themselves inside the portal's environment.

Called through ``stack.shell``: what tests need to know is printed as JSON.
"""

import json

from django.utils import timezone

from assessments import assessment as self_assessment
from registry.policy import Tier
from tests import authenticator, build


def make(name):
    at = timezone.now()
    build.world()
    city, county = build.authority("130100"), build.authority("130102")
    authenticator.give(
        build.officer(county, username="county-changan"),
        build.officer(city, username="city-shijiazhuang"),
        build.officer(build.authority("130000"), username="province-hebei"),
    )
    listed = build.acknowledged_list(city, at=at)
    firm = build.enterprise_at(county, name="石家庄甲机械有限公司", at=at)
    staff = build.person_for(firm, username="firm-1", at=at)
    factory = build.factory_at(firm.seat, enterprise=firm, name=name, at=at)
    build.round_for(factory, at=at)
    assessment = build.open_assessment(factory, at=at)
    others = {
        item: value
        for item, value in build.answers_for(Tier.BASIC, assessment.standard).items()
        if ".production." not in item
    }
    self_assessment.save_answers(assessment, others, seen={}, by=staff, at=at)
    busy = build.factory_at(county, at=at)
    build.person_for(busy.enterprise, username="firm-2", at=at)
    made = {
        "published": listed.entries.get().certification.factory_id,
        "factory": factory.pk,
        "assessment": assessment.pk,
        "standard": assessment.standard,
        "busy": build.open_assessment(busy, at=at).pk,
        "item": build.conditions_for(Tier.BASIC, assessment.standard)[0].id,
    }
    print(json.dumps(made))

"""What every run of the machine starts from: a province with its offices, and a case at every step.

Made once; each run works on it in a transaction of its own and leaves nothing behind.
"""

from dataclasses import dataclass, field

from config import nightly
from registry.access import business_date
from registry.models import Authority, User
from registry.policy import StepKind, Tier
from tests import build
from tiers import quota

#: The steps of the advanced tier at which a case stands, and the city it comes from.
STANDING = {
    StepKind.DETERMINE: "130100",
    StepKind.PUBLICISE: "130200",
    StepKind.MEET: "130100",
    StepKind.INSPECT: "130100",
    StepKind.REVIEW: "130200",
    StepKind.CONSULT: "130100",
    StepKind.CHECK: "130100",
    StepKind.RECOMMEND: "130100",
}
#: Places of the two cities: the first has one left, the second none.
PLACES = {"130100": 6, "130200": 2}
OFFICES = {"130000": 3, "130100": 2, "130200": 2, "130102": 1, "130202": 1}
BELOW = {"130100": "130102", "130200": "130202"}


@dataclass
class World:
    province: Authority
    cities: list[Authority]
    people: list[User] = field(default_factory=list)


def make() -> World:
    world = World(build.authority("130000"), [build.authority(code) for code in PLACES])
    for code, number in OFFICES.items():
        for one in range(number):
            office = build.authority(code)
            world.people.append(build.officer(office, name=f"{office.short_name}{one + 1}"))
    batch = build.open_round(world.province, Tier.ADVANCED)
    places = {build.authority(code).pk: number for code, number in PLACES.items()}
    quota.allot(batch, places, by=build.officer_of(world.province), at=build.DAY)
    for city in world.cities:
        build.open_round(city)
    for kind, city in STANDING.items():
        build.at_step(kind, where=build.authority(BELOW[city]))
    for code in BELOW.values():
        build.application_at("draft", where=build.authority(code))
        build.application_at("submitted", where=build.authority(code))
        build.application_at("certified", where=build.authority(code))
    world.people += list(User.objects.filter(authority__kind="department"))
    # Last year is opened once here, and not again in every run.
    nightly.run(business_date(build.DAY), build.DAY)
    return world

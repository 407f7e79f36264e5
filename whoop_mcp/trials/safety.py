"""Refuse experiments that a doctor has to speak of: medicines, illnesses, fasting.

The list is a net with wide meshes, in the languages that most users write: it catches what is
plainly meant. What it cannot know, the tool's words tell the model to leave to a doctor.
"""

from __future__ import annotations

import re

from ..errors import ValidationError

_BEGINNINGS = (
    # medicines
    *("medicat", "medicine", "prescri", "antidepress", "antibiotic", "antihistamin", "insulin"),
    *("metformin", "statin", "steroid", "opioid", "benzo", "ssri", "betablock", "beta-block"),
    *("beta block", "blood thinner", "painkiller", "sleeping pill", "contracept", "chemo"),
    *("dosage", "dose of", "medikament", "arznei", "schlaftablette", "blutdrucksenk", "antibabyp"),
    *("médicament", "medicament", "ordonnance", "somnifère", "medicación", "medicina", "medicin"),
    *("fármaco", "farmac", "remédio", "pastilla", "antidépress", "antidepres", "antibiót"),
    *("лекарств", "таблетк", "薬", "药", "藥"),
    # fasting, and eating very little
    *("fasting", "fasted", "water fast", "starv", "omad", "purging", "heilfasten", "fasten"),
    *("intervallfasten", "jeûn", "jeun", "ayun", "digiun", "jejum", "голодан", "断食", "斷食"),
    # doing without what keeps somebody safe
    *("cpap", "oxygen therapy", "dialys", "pacemaker"),
)
_REFUSED = re.compile(
    # Scripts without blanks have no beginnings of words.
    r"(?:\b|(?<=[^\x00-\u024f]))(?:" + "|".join(map(re.escape, _BEGINNINGS)) + ")"
)


def refuse_medical(behaviour: str) -> None:
    """ValidationError where a behaviour, in the journal's spelling, is one for a doctor."""
    if _REFUSED.search(behaviour):
        raise ValidationError(
            "Medicines, treatments and fasting are nothing to try on oneself by lot.",
            hint="Talk with a doctor about them. An experiment is for habits, such as late coffee, "
            "alcohol, a walk after dinner or the hour of going to bed.",
        )

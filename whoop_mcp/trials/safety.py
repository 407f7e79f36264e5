"""Refuse experiments that a doctor has to speak of: medicines, illnesses, fasting.

The list is a net with wide meshes, in the languages that most users write: it catches what is
plainly meant by a common name. What it cannot know, the tool's words tell the model to leave to a
doctor.
"""

from __future__ import annotations

import re
import unicodedata

from ..errors import ValidationError

_BEGINNINGS = (
    # medicines, without accents
    *("medicat", "medicine", "medicin", "medicij", "medikament", "medicament", "medicac"),
    *("arznei", "geneesmiddel", "farmac", "pharmac", "remedio", "prescri", "ordonnance"),
    *("antidepress", "antidepres", "antibiot", "antihistamin", "antacid", "insulin", "metformin"),
    *("statin", "steroid", "opioid", "benzo", "ssri", "betablock", "beta-block", "beta block"),
    *("blood thinner", "painkiller", "pain killer", "pain relie", "schmerzmittel", "analges"),
    *("sleeping pill", "sleeping tablet", "sleep aid", "schlaftablet", "schlafmittel", "somnifer"),
    *("blutdrucksenk", "antibabyp", "contracept", "anticoncept", "chemo", "dosage", "hormon"),
    *("tabletten", "tabletki", "pastilla", "comprimid", "comprime", "pilule", "pastiglia"),
    *("laxativ", "abfuhrmittel", "diuretic", "decongest", "nasal spray", "nasenspray", "inhaler"),
    *("cough syrup", "hustensaft", "лекарств", "таблетк", "снотворн", "薬", "药", "藥", "약을"),
    # by their names: over the counter, and what is prescribed the most
    *("ibuprofen", "acetaminophen", "paracetamol", "tylenol", "advil", "nurofen", "naproxen"),
    *("diclofenac", "diklofenak", "voltaren", "excedrin", "metamizol", "novalgin", "doliprane"),
    *("benadryl", "diphenhydramin", "doxylamin", "cetirizin", "zyrtec", "loratadin", "claritin"),
    *("nyquil", "zzzquil", "unisom", "sudafed", "pseudoephedr", "ephedr", "omeprazol", "pantopraz"),
    *("ambien", "zolpidem", "zopiclon", "trazodon", "xanax", "valium", "diazepam", "lorazepam"),
    *("adderall", "ritalin", "methylphenid", "vyvanse", "modafinil", "sertralin", "zoloft"),
    *("prozac", "fluoxetin", "citalopram", "escitalopram", "lexapro", "gabapentin", "pregabalin"),
    *("tramadol", "codein", "kodein", "oxycod", "morphin", "ozempic", "wegovy", "semaglutid"),
    *("mounjaro", "tirzepatid", "thyroxin", "levothyrox", "testosteron", "estrogen", "oestrogen"),
    *("sildenafil", "viagra", "propranolol", "metoprolol", "bisoprolol", "lisinopril", "ramipril"),
    *("ибупрофен", "аспирин", "парацетамол", "イブプロフェン", "ロキソニン", "布洛芬"),
    # sold as supplements, but acting as medicines do, and drugs
    *(
        "melatonin",
        "мелатонин",
        "メラトニン",
        "褪黑",
        "멜라토닌",
        "ashwagandh",
        "valerian",
        "baldrian",
    ),
    *("st john", "st. john", "johanniskraut", "5-htp", "5htp", "yohimb", "kratom", "phenibut"),
    *("berberin", "red yeast rice", "cannabi", "marijuana", "cocain", "kokain", "mdma", "ketamin"),
    *("psilocyb", "magic mushroom"),
    # fasting, and eating very little
    *("fasting", "fasted", "starv", "omad", "purging", "heilfasten", "fasten", "vasten"),
    *("intervallfasten", "jeun", "ayun", "digiun", "jejum", "голодан", "断食", "斷食", "단식"),
    # doing without what keeps somebody safe
    *("cpap", "oxygen therapy", "dialys", "pacemaker"),
)
_WORDS = (
    *("meds", "pills?", "pillen?", "drugs?", "aspirin[ae]?", "aleve", "thc", "cbd", "dhea", "gaba"),
    *("hrt", "trt", "fasts?", "16[:/]8", "18[:/]6", "20[:/]4"),
)
_REFUSED = re.compile(
    # Scripts without blanks have no beginnings of words.
    r"(?:\b|(?<=[^\x00-\u024f]))(?:"
    + "|".join(map(re.escape, _BEGINNINGS))
    + r")|\b(?:"
    + "|".join(_WORDS)
    + r")\b"
)
_SWIFT = "walk|run|jog|cycl|rid|bik|swim|danc|breath|chew|eat|driv|talk|typ"
_EVERYDAY = re.compile(
    r"\bmedicine balls?\b|\bbalon medicinal\b"
    rf"|\bfast[- ]?(?:food|pace|music|song|asleep|carb|interval|{_SWIFT})\w*"
    rf"|\b(?:ate|drink|asleep|{_SWIFT})\w*(?: too| very| so| really)? fast\b"
    r"|\b(?:too|very|so) fast\b"
)
"""What only sounds alike, and is cut out before."""


def refuse_medical(behaviour: str) -> None:
    """ValidationError where a behaviour, in the journal's spelling, is one for a doctor."""
    if _REFUSED.search(_EVERYDAY.sub(" ", _without_accents(behaviour))):
        raise ValidationError(
            "Medicines, treatments and fasting must not be tried out by a random draw.",
            hint="Talk to a doctor about them. An experiment is for habits, such as late coffee, "
            "alcohol, a walk after dinner or the hour of going to bed.",
        )


def _without_accents(text: str) -> str:
    """Take the accents off Latin letters; other scripts' marks make other letters."""
    return "".join(
        unicodedata.normalize("NFD", one)[0] if "\u00c0" <= one <= "\u024f" else one
        for one in unicodedata.normalize("NFC", text)
    )

"""Spell the files and columns of a data export in the languages of the app."""

from __future__ import annotations

from typing import NamedTuple


class Words(NamedTuple):
    """Hold one language's names: of the four files, and of the columns, in their order."""

    files: tuple[str, str, str, str]  # cycles, sleeps, workouts, journal
    cycle: tuple[str, ...]  # the three that begin every row
    day: tuple[str, ...]
    sleep: tuple[str, ...]
    nap: str
    workout: tuple[str, ...]
    journal: tuple[str, ...]


def _split(text: str) -> tuple[str, ...]:
    return tuple(text.split("|"))


LANGUAGES = {
    "en": Words(
        ("physiological_cycles.csv", "sleeps.csv", "workouts.csv", "journal_entries.csv"),
        _split("Cycle start time|Cycle end time|Cycle timezone"),
        _split(
            "Recovery score %|Resting heart rate (bpm)|Heart rate variability (ms)|"
            "Skin temp (celsius)|Blood oxygen %|Day Strain|Energy burned (cal)|Max HR (bpm)|"
            "Average HR (bpm)"
        ),
        _split(
            "Sleep onset|Wake onset|Sleep performance %|Respiratory rate (rpm)|"
            "Asleep duration (min)|In bed duration (min)|Light sleep duration (min)|"
            "Deep (SWS) duration (min)|REM duration (min)|Awake duration (min)|Sleep need (min)|"
            "Sleep debt (min)|Sleep efficiency %|Sleep consistency %"
        ),
        "Nap",
        _split(
            "Workout start time|Workout end time|Duration (min)|Activity name|Activity Strain|"
            "Energy burned (cal)|Max HR (bpm)|Average HR (bpm)|HR Zone 1 %|HR Zone 2 %|"
            "HR Zone 3 %|HR Zone 4 %|HR Zone 5 %|GPS enabled|Distance (meters)|"
            "Altitude gain (meters)|Altitude change (meters)"
        ),
        _split("Question text|Answered yes|Notes"),
    ),
    "de": Words(
        ("physiologische_zyklen.csv", "Schlaf.csv", "Trainings.csv", "logbuch_eintraege.csv"),
        _split("Startzeit des Zyklus|Endzeit des Zyklus|Zeitzone des Zyklus"),
        _split(
            "Erholungswert %|Ruheherzfrequenz (Schläge pro Minute)|Herzfrequenzvariabilität (ms)|"
            "Hauttemperatur (Celsius)|Blutsauerstoff %|Tagesbelastung|Verbrannte Energie (cal)|"
            "Max. HF (bpm)|Durchschnittliche HF (bpm)"
        ),
        _split(
            "Einschlafzeit|Aufwachzeit|Schlafleistung %|Atemfrequenz (rpm)|Schlafdauer (min)|"
            "Zeit im Bett (min)|Leichtschlaf (min)|Tiefschlaf (min)|REM-Schlaf (min)|"
            "Wachzeit (min)|Schlafbedarf (min)|Schlafdefizit (min)|Schlafeffizienz %|"
            "Schlafkonstanz %"
        ),
        "Nickerchen",
        _split(
            "Startzeit des Trainings|Endzeit des Trainings|Dauer (min)|Name der Aktivität|"
            "Belastung der Aktivität|Verbrannte Energie (cal)|Max. HF (bpm)|"
            "Durchschnittliche HF (bpm)|HF-Zone 1 %|HF-Zone 2 %|HF-Zone 3 %|HF-Zone 4 %|"
            "HF-Zone 5 %|GPS aktiviert|Distanz (Meter)|Höhengewinn (Meter)|Höhenänderung (Meter)"
        ),
        _split("Fragetext|Beantwortet mit Ja|Anmerkungen"),
    ),
    "es": Words(
        ("ciclos_fisiológicos.csv", "sueño.csv", "entrenamientos.csv", "entradas_diario.csv"),
        _split("Hora de inicio del ciclo|Hora de finalización del ciclo|Zona horaria del ciclo"),
        _split(
            "Puntuación de recuperación (%)|Frecuencia cardíaca en reposo (lpm)|"
            "Variabilidad de la frecuencia cardíaca (ms)|Temperatura de la piel (celsius)|"
            "Oxígeno en sangre (%)|Esfuerzo del día|Energía quemada (cal)|FC máx. (lpm)|"
            "FC media (lpm)"
        ),
        _split(
            "Inicio del sueño|Inicio de la vigilia|Rendimiento del sueño (%)|"
            "Frecuencia respiratoria (rpm)|Duración del sueño (min)|Duración en la cama (min)|"
            "Sueño ligero (min)|Sueño profundo (min)|Sueño REM (min)|Tiempo despierto (min)|"
            "Necesidad de sueño (min)|Deuda de sueño (min)|Eficiencia del sueño (%)|"
            "Consistencia del sueño (%)"
        ),
        "Siesta",
        _split(
            "Hora de inicio del entrenamiento|Hora de finalización del entrenamiento|"
            "Duración (min)|Nombre de la actividad|Esfuerzo de la actividad|Energía quemada (cal)|"
            "FC máx. (lpm)|FC media (lpm)|Zona 1 de FC (%)|Zona 2 de FC (%)|Zona 3 de FC (%)|"
            "Zona 4 de FC (%)|Zona 5 de FC (%)|GPS activado|Distancia (metros)|"
            "Ganancia de altitud (metros)|Cambio de altitud (metros)"
        ),
        _split('Texto de la pregunta|Respondió "Sí"|Notas'),
    ),
    "fr": Words(
        ("cycles_physiologiques.csv", "sommeil.csv", "entrainements.csv", "entrées_journal.csv"),
        _split("Heure de début du cycle|Heure de fin du cycle|Fuseau horaire du cycle"),
        _split(
            "Score de récupération\u00a0%|Fréquence cardiaque au repos (bpm)|"
            "Variabilité de la fréquence cardiaque (ms)|Température cutanée (celsius)|"
            "Oxygène sanguin\u00a0%|Effort de la journée|Énergie dépensée (cal)|FC max (bpm)|"
            "FC moyenne (bpm)"
        ),
        _split(
            "Début de l’endormissement|Début de l'éveil|Performance du sommeil\u00a0%|"
            "Fréquence respiratoire (rpm)|Durée de sommeil (min)|Durée au lit (min)|"
            "Sommeil léger (min)|Sommeil profond (min)|Sommeil paradoxal (min)|Durée d’éveil (min)|"
            "Besoin de sommeil (min)|Dette de sommeil (min)|Efficacité du sommeil\u00a0%|"
            "Régularité du sommeil\u00a0%"
        ),
        "Sieste",
        _split(
            "Heure de début de l'entraînement|Heure de fin de l'entraînement|Durée (min)|"
            "Nom de l’activité|Effort de l’activité|Énergie dépensée (cal)|FC max (bpm)|"
            "FC moyenne (bpm)|Zone FC 1\u00a0%|Zone FC 2\u00a0%|Zone FC 3\u00a0%|Zone FC 4\u00a0%|"
            "Zone FC 5\u00a0%|GPS activé|Distance (mètres)|Gain d’altitude (mètres)|"
            "Changement d’altitude (mètres)"
        ),
        _split("Texte de la question|Réponse «\u00a0oui\u00a0»|Notes"),
    ),
    "pt": Words(
        ("ciclos_fisiológicos.csv", "sonos.csv", "treinos.csv", "entradas_diário.csv"),
        _split("Hora de início do ciclo|Hora de término do ciclo|Fuso horário do ciclo"),
        _split(
            "Pontuação de recuperação %|Frequência cardíaca em repouso (bpm)|"
            "Variabilidade da frequência cardíaca (ms)|Temperatura da pele (celsius)|"
            "Oxigênio no sangue %|Esforço do dia|Energia queimada (cal)|FC máx. (bpm)|"
            "FC média (bpm)"
        ),
        _split(
            "Início do sono|Início do despertar|Desempenho do sono %|"
            "Frequência respiratória (rpm)|Duração do sono (min)|Duração na cama (min)|"
            "Sono leve (min)|Sono profundo (min)|Sono REM (min)|Tempo acordado (min)|"
            "Necessidade de sono (min)|Déficit de sono (min)|Eficiência do sono %|"
            "Consistência do sono %"
        ),
        "Sesta",
        _split(
            "Hora de início do treino|Hora de término do treino|Duração (min)|Nome da atividade|"
            "Esforço da atividade|Energia queimada (cal)|FC máx. (bpm)|FC média (bpm)|"
            "Zona de FC 1 %|Zona de FC 2 %|Zona de FC 3 %|Zona de FC 4 %|Zona de FC 5 %|"
            "GPS ativado|Distância (metros)|Ganho de altitude (metros)|"
            "Alteração de altitude (metros)"
        ),
        _split("Texto de pergunta|Respondeu sim|Notas"),
    ),
}

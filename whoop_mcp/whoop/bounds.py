"""Bound the numbers of WHOOP's records, named as WHOOP names them, by what no body goes beyond.

They are in WHOOP's units, and wide: a record that breaks one is malformed, and that is to befall
no record of a body.
"""

from __future__ import annotations

_STRAIN = (0, 100)
HEART_RATE = (0, 500)
_KILOJOULES = (0, 1_000_000)
_PERCENT = (0, 1_000)
_HRV = (0, 5_000)
_CELSIUS = (-50, 100)
_BREATHS = (0, 500)
COUNT = (0, 10_000_000)
_LASTING = (0, 7 * 86_400_000)
_NEED = (-7 * 86_400_000, 7 * 86_400_000)
_DISTANCE = (0, 10_000_000)
_CHANGE = (-10_000_000, 10_000_000)
HEIGHT = (0, 10)
WEIGHT = (0, 2_000)


CYCLE = {
    "strain": _STRAIN,
    "average_heart_rate": HEART_RATE,
    "max_heart_rate": HEART_RATE,
    "kilojoule": _KILOJOULES,
}
RECOVERY = {
    "recovery_score": _PERCENT,
    "resting_heart_rate": HEART_RATE,
    "hrv_rmssd_milli": _HRV,
    "spo2_percentage": _PERCENT,
    "skin_temp_celsius": _CELSIUS,
}
STAGES = {
    f"total_{name}_time_milli": _LASTING
    for name in ("in_bed", "light_sleep", "rem_sleep", "slow_wave_sleep", "awake")
}
SLEEP = {
    "sleep_performance_percentage": _PERCENT,
    "sleep_consistency_percentage": _PERCENT,
    "sleep_efficiency_percentage": _PERCENT,
    "respiratory_rate": _BREATHS,
}
NIGHT = {
    "total_no_data_time_milli": _LASTING,
    "sleep_cycle_count": COUNT,
    "disturbance_count": COUNT,
}
NEED = {
    "baseline_milli": _NEED,
    "need_from_sleep_debt_milli": _NEED,
    "need_from_recent_strain_milli": _NEED,
    "need_from_recent_nap_milli": _NEED,
}
WORKOUT = {
    **CYCLE,
    "distance_meter": _DISTANCE,
    "altitude_gain_meter": _DISTANCE,
    "altitude_change_meter": _CHANGE,
    "percent_recorded": _PERCENT,
}
ZONES = {
    f"zone_{number}_milli": _LASTING for number in ("zero", "one", "two", "three", "four", "five")
}

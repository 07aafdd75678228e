"""Makes weather-data/grid-profiles.json: mean days of each month of grids and markets, of hourly series of two years.

Usage: python3 build/earth/grid_profiles.py FOLDER
FOLDER has carbon_2023.csv, carbon_2024.csv, price_usd_per_mwh_2023.csv and price_usd_per_mwh_2024.csv: a column time_utc, and a
column a zone ("DE-LU lifecycle", or "DE-LU" of prices). Only Python's standard library is needed. tests/earth-tables.test.ts runs
it again wherever the series are, and compares.
"""

import csv
import json
import math
import sys
from datetime import datetime, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

YEARS = (2023, 2024)
OUT = Path(__file__).resolve().parents[2] / "weather-data" / "grid-profiles.json"

# Zones as the series name them: name for people, time zone of the profile's hours, other names of the same grid.
ZONES = {
    "AT": ("Austria", "Europe/Vienna", []),
    "AU-NSW": ("New South Wales", "Australia/Sydney", ["AU-NSW1", "NSW1", "Sydney"]),
    "AU-VIC": ("Victoria", "Australia/Melbourne", ["AU-VIC1", "VIC1"]),
    "BE": ("Belgium", "Europe/Brussels", []),
    "BR-SP": ("Brazil, south-east and centre-west", "America/Sao_Paulo", ["BR-CS", "São Paulo"]),
    "CA-ON": ("Ontario", "America/Toronto", ["IESO"]),
    "CH": ("Switzerland", "Europe/Zurich", []),
    "CL-SIC": ("Chile, central grid", "America/Santiago", ["CL-SEN"]),
    "DE-LU": ("Germany", "Europe/Berlin", ["DE", "Berlin"]),
    "ES": ("Spain", "Europe/Madrid", []),
    "FR": ("France", "Europe/Paris", []),
    "GB": ("Great Britain", "Europe/London", ["UK", "United Kingdom", "London"]),
    "IN-WE": ("India, west", "Asia/Kolkata", ["Mumbai"]),
    "JP-TK": ("Tokyo area", "Asia/Tokyo", ["Tokyo"]),
    "KR": ("South Korea", "Asia/Seoul", ["Seoul"]),
    "NL": ("Netherlands", "Europe/Amsterdam", []),
    "PT": ("Portugal", "Europe/Lisbon", []),
    "SG": ("Singapore", "Asia/Singapore", []),
    "US-CAL-CISO": ("California ISO", "America/Los_Angeles", ["CAISO"]),
    "US-MIDA-PJM": ("PJM", "America/New_York", ["PJM"]),
    "US-NY-NYIS": ("New York ISO", "America/New_York", ["NYISO"]),
    "US-TEX-ERCO": ("Texas, ERCOT", "America/Chicago", ["ERCOT"]),
    "ZA": ("South Africa", "Africa/Johannesburg", ["Cape Town"]),
}
# Countries in the price zone of another, which has a carbon intensity of its own.
MARKET_ALIASES = {"DE-LU": ["LU"]}
# Estimates throughout in the source itself, not only in some hours.
ESTIMATED = {"IN-WE", "JP-TK"}
# A tariff of its utility, not a market.
TARIFF = {"ZA"}


def series(folder, stem, suffix):
    """Values by zone: lists of (epoch s, value)."""
    columns = {}
    for year in YEARS:
        with open(folder / f"{stem}_{year}.csv", newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                at = datetime.fromisoformat(row["time_utc"]).replace(tzinfo=timezone.utc)
                for name, text in row.items():
                    if name == "time_utc" or not name.endswith(suffix) or text == "":
                        continue
                    columns.setdefault(name[: len(name) - len(suffix)], []).append((at, float(text)))
    return columns


def profile(points, zone, digits):
    """Means by month, weekday or weekend, and local hour, with their error."""
    wall = ZoneInfo(zone)
    groups = {}
    for at, value in points:
        local = at.astimezone(wall)
        groups.setdefault((local.month, local.weekday() >= 5, local.hour), []).append(value)
    means = {key: sum(values) / len(values) for key, values in groups.items()}
    mean = sum(value for _, value in points) / len(points)
    error = deviation = 0.0
    for key, values in groups.items():
        error += sum((value - means[key]) ** 2 for value in values)
        deviation += sum((value - mean) ** 2 for value in values)
    days = {
        "weekend" if is_weekend else "weekday": [
            [round(means[month, is_weekend, hour], digits) for hour in range(24)] for month in range(1, 13)
        ]
        for is_weekend in (False, True)
    }
    return {
        "mean": round(mean, 1),
        "deviation": round(math.sqrt(deviation / len(points)), 1),
        "rmse": round(math.sqrt(error / len(points)), 1),
        "samples": len(points),
        **days,
    }


def entries(columns, digits, notes, more_aliases):
    result = []
    for zone in sorted(columns):
        name, clock, aliases = ZONES[zone]
        result.append(
            {
                "zone": zone,
                "name": name,
                "aliases": aliases + more_aliases.get(zone, []),
                "timezone": clock,
                "note": notes.get(zone),
                **profile(columns[zone], clock, digits),
            }
        )
    return result


def main(folder):
    carbon = series(folder, "carbon", " lifecycle")
    prices = series(folder, "price_usd_per_mwh", "")
    table = {
        "about": "Mean days of each month, by local hour, weekdays and weekends: of the average (life-cycle) carbon intensity of "
        "grids, g CO2eq per kWh, and of wholesale prices, USD/MWh. rmse: of the hourly series minus the profile; deviation: of the "
        "series about its mean. Made by build/earth/grid_profiles.py. See weather-data/README.md.",
        "carbonLicense": "Contains information from Electricity Maps (electricitymaps.com), hourly carbon intensity of 2023 and 2024, by way "
        "of HewlettPackard/sustain-cluster, made available under the Open Database License (ODbL) 1.0: "
        "https://opendatacommons.org/licenses/odbl/1-0/. The part `carbon` of this file is derived from it and is under the ODbL as well.",
        "priceSource": "Statistics of public prices of the markets of 2023 and 2024, gathered by HewlettPackard/sustain-cluster (code MIT), "
        "at fixed exchange rates.",
        "years": list(YEARS),
        "carbon": entries(
            carbon, 0, {zone: "the source estimates all of its hours" for zone in ESTIMATED}, {}
        ),
        "prices": entries(
            prices, 1, {zone: "a tariff of the utility by time of use, there is no market" for zone in TARIFF}, MARKET_ALIASES
        ),
    }
    text = json.dumps(table, ensure_ascii=False, separators=(",", ":"))
    # A line an entry, and a line a month, so that changes can be read.
    text = text.replace('{"zone":', '\n{"zone":').replace("],[", "],\n[").replace('"weekday":', '\n"weekday":')
    OUT.write_text(text.replace(".0,", ",").replace(".0]", "]") + "\n", encoding="utf-8")
    for kind in ("carbon", "prices"):
        for entry in table[kind]:
            print(kind, *(entry[key] for key in ("zone", "samples", "mean", "deviation", "rmse")))


if __name__ == "__main__":
    main(Path(sys.argv[1]))

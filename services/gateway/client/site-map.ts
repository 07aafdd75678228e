import { svg, type TemplateResult } from 'lit-html';
import { feature } from 'topojson-client';
import type { GeometryCollection, Topology } from 'topojson-specification';
import land from 'world-atlas/land-110m.json';
import type { SiteAbout, SiteNow } from './api-types.ts';
import { figure, power } from './words.ts';

/** Half of what a map of one site shows, in degrees. */
const ROOM = 12;
const WIDE = { width: 640, height: 320 } as const;
const NARROW = { width: 360, height: 220 } as const;

interface Size {
	readonly width: number;
	readonly height: number;
}

type Place = readonly [longitude: number, latitude: number];

/** Where the sites are, on the coasts of the world (Natural Earth, 1:110 million): nothing is asked of any server. */
export class SiteMap {
	private readonly coasts: string = coastsPath();

	/** @param chosen name of the site that the page shows */
	template(
		sites: readonly SiteAbout[],
		about: {
			readonly now: (name: string) => SiteNow | null;
			readonly chosen: string;
			readonly choose: (name: string) => void;
			readonly isNarrow: boolean;
		},
	): TemplateResult {
		const placed = sites.flatMap(({ name, latitude, longitude }) =>
			latitude === null || longitude === null ? [] : [{ name, at: [longitude, latitude] as const }],
		);
		const { now, chosen, choose, isNarrow } = about;
		const size = isNarrow ? NARROW : WIDE;
		const { width, height } = size;
		const view = viewOf(
			placed.map(({ at }) => at),
			size,
		);
		return svg`<svg class="map" viewBox="0 0 ${width} ${height}" role="group" aria-label="Map of the sites">
			<rect class="sea" width=${width} height=${height}></rect>
			<g transform=${transformOf(view)}><path class="land" d=${this.coasts} vector-effect="non-scaling-stroke"></path></g>
			${placed.map(({ name, at }) =>
				marker(name, pointOf(view, at), {
					...{ site: now(name), isChosen: name === chosen, choose, width },
				}),
			)}
		</svg>` as TemplateResult;
	}
}

/** Degrees that the map shows. */
interface View {
	readonly west: number;
	readonly north: number;
	/** Pixels a degree. */
	readonly scale: number;
}

function viewOf(places: readonly Place[], { width, height }: Size): View {
	const [xs, ys] = [places.map(([x]) => x), places.map(([, y]) => y)];
	const [west, east] = [Math.min(...xs) - ROOM, Math.max(...xs) + ROOM];
	const [south, north] = [Math.min(...ys) - ROOM, Math.max(...ys) + ROOM];
	const scale = Math.min(width / (east - west), height / (north - south));
	const middle = [(west + east) / 2, (south + north) / 2] as const;
	return {
		west: middle[0] - width / 2 / scale,
		north: middle[1] + height / 2 / scale,
		scale,
	};
}

function pointOf({ west, north, scale }: View, [x, y]: Place): Place {
	return [(x - west) * scale, (north - y) * scale];
}

function transformOf({ west, north, scale }: View): string {
	return `scale(${scale} ${-scale}) translate(${-west} ${-north})`;
}

function marker(
	name: string,
	[x, y]: Place,
	about: {
		readonly site: SiteNow | null;
		readonly isChosen: boolean;
		readonly choose: (name: string) => void;
		readonly width: number;
	},
): TemplateResult {
	const { site, isChosen, choose, width } = about;
	const loadW = site?.actors.reduce((sum, { powerW }) => sum + Math.min(0, powerW ?? 0), 0) ?? null;
	const carbon = site?.carbonGPerKwh ?? null;
	const words = [
		...(loadW === null ? [] : [power(-loadW)]),
		...(carbon === null ? [] : [`${figure(carbon)} g/kWh`]),
	].join(', ');
	const isRight = x > width * 0.65;
	const act = (event: Event) => {
		if (event instanceof KeyboardEvent && event.key !== 'Enter' && event.key !== ' ') return;
		event.preventDefault();
		choose(name);
	};
	return svg`<g class="site ${isChosen ? 'chosen' : ''}" role="button" tabindex="0" aria-pressed=${isChosen}
		aria-label="${name}${words === '' ? '' : `: ${words}`}" transform="translate(${x} ${y})" @click=${act} @keydown=${act}>
		<circle r="9"></circle>
		<text x=${isRight ? -15 : 15} y="-1" text-anchor=${isRight ? 'end' : 'start'}>${name}</text>
		<text class="soft" x=${isRight ? -15 : 15} y="15" text-anchor=${isRight ? 'end' : 'start'}>${words}</text>
	</g>` as TemplateResult;
}

/** In degrees, to two decimals: as fine as the coasts are. */
function coastsPath(): string {
	const world = land as unknown as Topology<{ land: GeometryCollection }>;
	const { features } = feature(world, world.objects.land);
	const rings = features.flatMap(({ geometry }) => {
		if (geometry.type === 'MultiPolygon') return geometry.coordinates.flat();
		return geometry.type === 'Polygon' ? geometry.coordinates : [];
	});
	return rings.map((ring) => ringPath(unrolled(ring))).join('');
}

function ringPath(ring: readonly Place[]): string {
	const xs = ring.map(([x]) => x);
	// What crosses the date line is at both ends of the map.
	const shifts = [
		0,
		...(Math.max(...xs) > 180 ? [-360] : []),
		...(Math.min(...xs) < -180 ? [360] : []),
	];
	return shifts
		.map((by) => `M${ring.map(([x, y]) => `${(x + by).toFixed(2)} ${y.toFixed(2)}`).join('L')}Z`)
		.join('');
}

/** Goes on beyond the date line instead of to the other end of the map; what goes around a pole is closed there. */
function unrolled(ring: readonly (readonly number[])[]): Place[] {
	const places: Place[] = [];
	let turns = 0;
	for (const [x = 0, y = 0] of ring) {
		const before = places.at(-1)?.[0] ?? x;
		turns += Math.round((before - (x + 360 * turns)) / 360);
		places.push([x + 360 * turns, y]);
	}
	const [first, last] = [places[0], places.at(-1)];
	if (first === undefined || last === undefined || turns === 0) return places;
	const pole = first[1] > 0 ? 90 : -90;
	return [...places, [last[0], pole], [first[0], pole]];
}

import type { SiteNow } from './api-types.ts';

/** What feeds a site, takes from it, or does either. */
export interface FlowPart {
	readonly kind: 'source' | 'grid' | 'battery' | 'load';
	/** Its colour: a name of tokens.css. */
	readonly color: string;
	readonly label: string;
	/** Into the site +, out of it -; null: not known. */
	readonly intoW: number | null;
	/** A second line, such as the state of charge. */
	readonly detail: string;
}

/** Less than this does not flow, in watts. */
const REST_W = 0.5;

const COLORS: Readonly<Record<string, string>> = {
	solar: 'solar',
	wind: 'wind',
	generator: 'generator',
};

/** The parts of a site, those of one kind together: sources, the grid, batteries, loads. */
export function flowOf(site: SiteNow, say: { percent(share: number | null): string }): FlowPart[] {
	const kinds = [...new Set(site.actors.map(({ kind }) => kind))];
	const members = kinds.map((kind) => {
		const actors = site.actors.filter((actor) => actor.kind === kind);
		const intoW = actors.reduce((sum, { powerW }) => sum + (powerW ?? 0), 0);
		const isSource = kind in COLORS || (!(kind in LOADS) && intoW > REST_W);
		const detail = actors.length > 1 ? `${actors.length} together` : nameBeside(kind, actors[0]);
		return {
			kind: isSource ? ('source' as const) : ('load' as const),
			color: COLORS[kind] ?? (isSource ? 'c6' : 'load'),
			label: LOADS[kind] ?? kind,
			...{ intoW, detail },
		};
	});
	return [
		...members.filter(({ kind }) => kind === 'source'),
		gridPart(site),
		...batteryPart(site, say),
		...members.filter(({ kind }) => kind === 'load'),
	];
}

const LOADS: Readonly<Record<string, string>> = { replica: 'GPU servers', load: 'other load' };

function nameBeside(kind: string, actor: { name: string } | undefined): string {
	return actor === undefined || actor.name === kind ? '' : actor.name;
}

function gridPart({ gridW, isGridConnected }: SiteNow): FlowPart {
	const intoW = gridW === null ? null : -gridW;
	const detail = isGridConnected === false ? 'not connected' : '';
	return { kind: 'grid', color: 'grid', label: 'grid', intoW, detail };
}

function batteryPart(
	{ batteries }: SiteNow,
	say: { percent(share: number | null): string },
): FlowPart[] {
	if (batteries.length === 0) return [];
	const intoW = batteries.reduce((sum, { powerW }) => sum - (powerW ?? 0), 0);
	const socs = batteries.map(({ soc }) => say.percent(soc));
	const label = batteries.length > 1 ? `${batteries.length} batteries` : 'battery';
	const detail = `${socs.slice(0, 2).join(', ')}${socs.length > 2 ? ', …' : ''}`;
	return [{ kind: 'battery', color: 'battery', label, intoW, detail }];
}

/** Which way it flows. */
export function directionOf({ intoW }: FlowPart): 'in' | 'out' | 'none' {
	if (intoW === null || Math.abs(intoW) < REST_W) return 'none';
	return intoW > 0 ? 'in' : 'out';
}

/** The flow in words, for those who do not see it. */
export function flowText(parts: readonly FlowPart[], power: (watts: number) => string): string {
	const words = parts.map((part) => {
		const direction = directionOf(part);
		if (direction === 'none') return `${part.label} at rest`;
		return `${part.label} ${direction === 'in' ? 'gives' : 'takes'} ${power(Math.abs(part.intoW ?? 0))}`;
	});
	return `Energy flow: ${words.join(', ')}`;
}

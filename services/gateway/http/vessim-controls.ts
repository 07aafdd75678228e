import type { Command } from '../../../protocol/commands.ts';
import type { RunListing, SiteAbout } from '../runs-host.ts';
import { HttpError } from './errors.ts';

/** What Vessim's API sets, as commands of a run. */

/** Something that Vessim's API sets. */
export interface Setting {
	readonly target: 'dispatchable' | 'policy' | 'actor';
	/** Name of the battery, of the grid or of the member; null: of the policy. */
	readonly of: string | null;
	readonly prop: string;
	readonly value: string;
}

interface Known {
	/** A control; null: an event of the grid. */
	readonly key: string | null;
	readonly takes: 'number' | 'boolean';
	/** A control of the opposite: an island where Vessim says connected. */
	readonly isOpposite?: true;
}

const BATTERY: Readonly<Record<string, Known>> = { min_soc: { key: 'minSoc', takes: 'number' } };
const GRID: Readonly<Record<string, Known>> = {
	max_import: { key: null, takes: 'number' },
	connected: { key: 'island', takes: 'boolean', isOpposite: true },
};
const POLICY: Readonly<Record<string, Known>> = {
	charge_power: { key: 'chargePowerW', takes: 'number' },
};

/** The limit on imports that was set last, in the log of commands. */
const LIMIT_ID = 'vessim-max-import';

/** A microgrid and the run that it is of. */
interface OfGrid {
	readonly site: SiteAbout;
	/** Its name in commands; null: the run has one. */
	readonly siteName: string | null;
	readonly listing: RunListing;
	readonly controls: readonly { readonly actor: string; readonly key: string }[];
}

/** A setting as a command of a run. @throws HttpError for what cannot be set here, with what can */
export function commandOf(grid: OfGrid, setting: Setting): Command {
	const { target, of, prop, value } = setting;
	const { site, siteName } = grid;
	const battery = site.actors.find(({ name, kind }) => name === of && kind === 'battery');
	const isGrid = target === 'dispatchable' && battery === undefined && of === 'grid';
	if (target === 'dispatchable' && battery === undefined && !isGrid)
		throw new HttpError(404, 'Dispatchable not found');
	if (target === 'actor')
		throw new HttpError(
			409,
			`Cannot set the signal of "${of}": members follow their models here; give their series in the scenario, or as a live feed`,
		);
	const known = target === 'policy' ? POLICY : isGrid ? GRID : BATTERY;
	// A name of all objects, such as constructor, is none of ours.
	const control = Object.hasOwn(known, prop) ? known[prop] : undefined;
	if (control === undefined)
		throw new HttpError(
			422,
			`Cannot set "${prop}": what can be set is ${Object.keys(known).join(', ')}`,
		);
	const wanted = valueIn(value, control);
	const { key } = control;
	if (key === null) return limitOf(grid, typeof wanted === 'number' ? wanted : null);
	const actor = battery === undefined ? null : actorOf(grid, battery.name, key);
	return { type: 'set', site: siteName, actor, key, value: wanted };
}

/** Names of actors begin with that of their site where there are several. */
function actorOf({ controls, siteName }: OfGrid, name: string, key: string): string {
	const full = siteName === null ? name : `${siteName}-${name}`;
	return controls.find((one) => one.key === key && one.actor === full)?.actor ?? name;
}

/** From now to the end. */
function limitOf({ siteName: site, listing }: OfGrid, importLimitW: number | null): Command {
	const startUs = listing.simulatedUs ?? 0;
	const durationUs = Math.max(1, (listing.untilUs ?? startUs + 1) - startUs);
	const when = { id: LIMIT_ID, site, startUs, durationUs };
	if (importLimitW === null) return { type: 'grid-event', event: 'cancelled', ...when };
	if (importLimitW < 0) throw new HttpError(422, `Cannot set "${importLimitW}": give 0 or more`);
	return { type: 'grid-event', event: 'import-limit', ...when, importLimitW };
}

/** Values as Python writes them, too. */
function valueIn(text: string, { takes, isOpposite }: Known): number | boolean | null {
	const word = text.toLowerCase();
	if (word === 'none' || word === 'null') return null;
	if (takes === 'number') {
		const number = Number(text);
		if (text.trim() !== '' && Number.isFinite(number)) return number;
		throw new HttpError(422, `Cannot set "${text}": give a number`);
	}
	const isTrue = ['true', '1'].includes(word);
	if (!isTrue && !['false', '0'].includes(word))
		throw new HttpError(422, `Cannot set "${text}": give true or false`);
	return isOpposite ? !isTrue : isTrue;
}

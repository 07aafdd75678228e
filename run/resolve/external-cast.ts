import { ConfigError } from '../../protocol/errors.ts';
import type { ExternalConfig } from '../../protocol/external-config.ts';
import { BATTERY_STATE_FIELDS, POWER_PORT, SETPOINT_FIELDS } from '../../protocol/ports.ts';
import type { Field, PortSpec, Wire } from '../../protocol/readings.ts';
import type { OwnColumn } from '../../protocol/run-folder/metadata.ts';
import type { RecorderConfig } from '../../services/recorder/config.ts';

import type { ExternalRuns, OwnActor } from './own-actor.ts';
import type { Frame } from './plan.ts';
import { siteNames } from './site-names.ts';
import { wire } from './wire.ts';

/** How actors whose processes are started elsewhere take part in a site: their ports follow from the scenario. */

/** A port of a site that such an actor may read. */
export interface SitePort {
	readonly fields: readonly Field[];
	/**
	 * Nothing of a step that the port says depends on a member or store in that step; else these read what it said of the
	 * step before, and in the first step its value at the start, if there is one.
	 */
	readonly isAhead: boolean;
	readonly initial: readonly number[] | null;
}

export interface SitePorts {
	readonly frame: Frame;
	/** By `actor.port`, without the name of the site. */
	readonly ports: ReadonlyMap<string, SitePort>;
}

/** An actor of the user's that a process elsewhere runs. */
export interface Elsewhere extends Pick<OwnActor, 'name' | 'role'> {
	readonly runs: ExternalRuns;
}

/** The numbers that it puts out beside what the microgrid needs. */
const VALUES = 'values';

/**
 * What its process is told: its ports follow from the scenario.
 *
 * @throws ConfigError for what it cannot read
 */
export function elsewhereConfig({ name, role, runs }: Elsewhere, site: SitePorts): ExternalConfig {
	const { run, config, reads, values } = runs;
	const inputs = Object.entries(reads).map(([input, from]): ExternalConfig['inputs'][number] => {
		const { fields, isAhead, initial } = portOf(name, from, site);
		const isDelayed = role !== 'observer' && !isAhead;
		const isKnownAtFirst = !isDelayed || initial !== null;
		return { name: input, from, fields: [...fields], isDelayed, isKnownAtFirst };
	});
	if (role === 'store') {
		if ('setpoint' in reads)
			throw new ConfigError(
				`Cannot read "${reads['setpoint']}" as "setpoint" of "${name}": a store is set by that; give another name`,
			);
		const setpoint = { name: 'setpoint', fields: [...SETPOINT_FIELDS] };
		const from = `controller.setpoint-${name}`;
		inputs.unshift({ ...setpoint, from, isDelayed: false, isKnownAtFirst: true });
	}
	if (inputs.length === 0 && role === 'observer')
		throw new ConfigError(`Cannot observe by "${name}": it reads nothing; give reads`);
	const state: PortSpec = { name: 'state', kind: 'interval', fields: [...BATTERY_STATE_FIELDS] };
	const outputs: PortSpec[] = role === 'observer' ? [] : [role === 'store' ? state : POWER_PORT];
	if (values.length > 0) outputs.push({ name: VALUES, kind: 'interval', fields: [...values] });
	return { run, role, inputs, outputs, config };
}

/** From what it reads, and to the recorder. A store's other wires are those of any store. */
export function elsewhereWires({ name, role, runs }: Elsewhere, site: SitePorts): Wire[] {
	const { frame } = site;
	const { recorder } = siteNames(frame);
	const reading = Object.entries(runs.reads).map(([input, from]) => {
		const { fields, isAhead, initial } = portOf(name, from, site);
		const [source, to] = [`${frame.prefix}${from}`, `${name}.${input}`];
		if (role === 'observer' || isAhead) return wire(source, to);
		return wire(source, to, frame.stepUs, [...(initial ?? fields.map(() => 0))]);
	});
	const table = tableName(name);
	return runs.values.length === 0
		? reading
		: [...reading, wire(`${name}.${VALUES}`, `${recorder}.${table}`)];
}

const tableName = (name: string): string => `${name}-${VALUES}`;

/** Its table in the run folder, `<name>-values.csv`. */
export function elsewhereSeries(own: readonly OwnActor[]): RecorderConfig['series'] {
	return own.flatMap(({ name, kind, runs }) => {
		if (runs.by === 'module' || runs.values.length === 0) return [];
		const columns = runs.values.map(
			({ name: column, unit }): OwnColumn => ({
				...{ name: column, unit, kind: 'mean' },
				text: `${column} of ${name}, as its process (${kind}) has it`,
			}),
		);
		return [{ name: tableName(name), fields: [...runs.values], columns }];
	});
}

function portOf(reader: string, from: string, { frame, ports }: SitePorts): SitePort {
	const isOwn = (port: string) => `${frame.prefix}${port.split('.')[0]}` === reader;
	const found = ports.get(from);
	if (found !== undefined && !isOwn(from)) return found;
	const known = [...ports.keys()].filter((port) => !isOwn(port)).join(', ');
	const reason = found === undefined ? 'no such port' : 'it is its own';
	throw new ConfigError(`Cannot read "${from}" by "${reader}": ${reason}; it may read ${known}`);
}

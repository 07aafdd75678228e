import type { Actor, TimeActor } from '../../kernel/actor/contract.ts';
import { PLAINLY } from '../../protocol/plain-issue.ts';
import {
	AIR_PORT,
	BATTERY_STATE_FIELDS,
	type OwnRole,
	POWER_PORT,
	PRICE_PORT,
	SETPOINT_FIELDS,
	SIGNAL_PORT,
} from '../../protocol/ports.ts';
import { PortSpec } from '../../protocol/readings.ts';
import { formatSimTime, type SimTime } from '../../protocol/time.ts';

const SETPOINT: PortSpec = { name: 'setpoint', kind: 'interval', fields: [...SETPOINT_FIELDS] };
const STATE: PortSpec = { name: 'state', kind: 'interval', fields: [...BATTERY_STATE_FIELDS] };

/** What an actor may read, and what it may say: by these names, with these fields. */
const INPUTS: readonly PortSpec[] = [SETPOINT, SIGNAL_PORT, PRICE_PORT];
const SIGNALS: readonly PortSpec[] = [SIGNAL_PORT, PRICE_PORT, AIR_PORT];
const OUTPUTS: readonly PortSpec[] = [POWER_PORT, STATE, ...SIGNALS];

/**
 * What is wrong with an actor that a module has made, in words; null if it fits.
 *
 * @param stepUs of the microgrid
 */
export function actorProblem(actor: Actor, stepUs: SimTime): string | null {
	if (typeof actor !== 'object' || actor === null)
		return `create returned ${String(actor)}, no actor`;
	if (actor.timing !== 'time')
		return `its timing is ${String((actor as Actor).timing)}; it steps with the microgrid: give timing: 'time'`;
	if (actor.stepUs !== stepUs)
		return `its stepUs is ${String(actor.stepUs)} and the microgrid steps every ${formatSimTime(stepUs)}; give env.run.stepUs`;
	if (typeof actor.init !== 'function' || typeof actor.step !== 'function')
		return 'it has no functions init and step';
	return (
		portsProblem('input', actor.inputs, INPUTS) ??
		portsProblem('output', actor.outputs, OUTPUTS) ??
		roleProblem(actor)
	);
}

function portsProblem(
	what: 'input' | 'output',
	ports: unknown,
	known: readonly PortSpec[],
): string | null {
	if (!Array.isArray(ports)) return `its ${what}s are no list of ports`;
	for (const port of ports as unknown[]) {
		const parsed = PortSpec.loose().safeParse(port, PLAINLY);
		if (!parsed.success)
			return `it has an ${what} that is no port at "${parsed.error.issues[0]?.path.join('.')}": ${parsed.error.issues[0]?.message}`;
		const { name, kind, fields } = parsed.data;
		const wanted = known.find((one) => one.name === name);
		if (wanted === undefined)
			return `it has an ${what} "${name}"; known are ${known.map((one) => one.name).join(', ')}`;
		if (kind !== wanted.kind || written(fields) !== written(wanted.fields))
			return `its ${what} "${name}" has the fields ${written(fields)}; give ${wanted.kind} with ${written(wanted.fields)}`;
	}
	const names = (ports as PortSpec[]).map(({ name }) => name);
	const twice = names.find((name, i) => names.indexOf(name) !== i);
	return twice === undefined ? null : `it has two ${what}s "${twice}"`;
}

function written(fields: PortSpec['fields']): string {
	return fields.map(({ name, unit }) => `${name} (${unit})`).join(', ');
}

function roleProblem({ inputs, outputs }: TimeActor): string | null {
	const [reads, says] = [inputs, outputs].map((ports) => new Set(ports.map(({ name }) => name)));
	if (reads?.has('setpoint') !== says?.has('state'))
		return 'a store has an input "setpoint" and an output "state", both or none';
	if (says?.has('state') && says.has('power'))
		return 'it has both a "state" and a "power"; what a store draws is what it was set to';
	const signal = signalOf({ outputs });
	if (signal !== null && outputs.length > 1)
		return `it has a "${signal}" and other outputs (${outputs.map(({ name }) => name).join(', ')}); a signal is a kind of its own`;
	return says?.size === 0
		? 'it has no output; give power (a member of the microgrid), state (a store) or signal, price or air (a signal)'
		: null;
}

/** The output of an actor that reports what others read and has no power; null: it is none. */
export function signalOf({ outputs }: Pick<TimeActor, 'outputs'>): string | null {
	return outputs.find(({ name }) => SIGNALS.some((one) => one.name === name))?.name ?? null;
}

/** What an actor without a problem is. */
export function roleOf({ outputs }: Pick<TimeActor, 'outputs'>): OwnRole {
	const has = (port: string) => outputs.some(({ name }) => name === port);
	return has('state') ? 'store' : signalOf({ outputs }) === null ? 'member' : 'signal';
}

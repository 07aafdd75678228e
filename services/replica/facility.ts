import type { WireInput } from '../../kernel/actor/contract.ts';
import { SimulationError } from '../../protocol/errors.ts';
import { HOUR_US, type SimTime } from '../../protocol/time.ts';
import { whPerJouleOf } from './completions.ts';
import type { ReplicaConfig } from './config.ts';
import type { StepReport } from './engine/step-report.ts';
import { pueAt } from './pue.ts';

/** What a replica's part of servers and network draws, W, while it is on `isOn` of the time and its GPUs work `busy`. */
export function serverPowerW(
	{ server }: Pick<ReplicaConfig, 'server'>,
	busy: number,
	isOn = 1,
): number {
	return server === undefined ? 0 : server.idleW * isOn + server.busyW * busy;
}

/** Energies of the step in Wh, in the order of the fields; some are reported only where there are any. */
export function energiesOf(
	config: ReplicaConfig,
	{ prefillJ, decodeJ, idleJ, sleepJ }: StepReport,
	facility: Facility,
): number[] {
	const { stepUs, sleep, server, scaling, pue } = config;
	const whPerJ = whPerJouleOf(config);
	return [
		(facility.facilityW * stepUs) / HOUR_US,
		prefillJ * whPerJ,
		decodeJ * whPerJ,
		idleJ * whPerJ,
		...(sleep === undefined ? [] : [sleepJ * whPerJ]),
		...(server === undefined ? [] : [(facility.serverW * stepUs) / HOUR_US]),
		...(scaling === undefined ? [] : [facility.isOn]),
		...(typeof pue === 'number' ? [] : [facility.pue]),
	];
}

interface Facility {
	readonly facilityW: number;
	readonly serverW: number;
	readonly pue: number;
	/** Part of the step that the replica was on. */
	readonly isOn: number;
}

/** PUE over the step that begins at `fromUs`, at its mean outdoor temperature. */
export function pueOf({ pue }: ReplicaConfig, air: WireInput | undefined, fromUs: SimTime): number {
	if (typeof pue === 'number') return pue;
	if (air?.seek(fromUs) !== true)
		throw new SimulationError('Cannot tell the PUE: nobody says how warm it is outside', {
			timeUs: fromUs,
		});
	return pueAt(pue, air.value(0));
}

import * as assert from 'uvu/assert';
import type { Summary } from '../protocol/run-folder/summary.ts';

/** Fails unless two energies, or what follows from them, agree to 1e-9. */
export function near(value: number, want: number, what: string): void {
	assert.ok(Math.abs(value - want) <= 1e-9 * want, `${what}: ${value}, expected ${want}`);
}

/** The sum of the values of an object or an array. */
export function total(parts: object): number {
	return Object.values(parts).reduce((all, part) => all + part, 0);
}

/** What the demand was for adds up to it, with its carbon, and so do the replicas. */
export function addsUp({ servingEnergy, energy, emissions }: Summary, what: string): void {
	assert.ok(servingEnergy?.carbonG && emissions, what);
	const { kwh, carbonG, replicas } = servingEnergy;
	near(total(kwh), energy.loadKwh, `energy of ${what}`);
	near(total(carbonG), emissions.loadG, `carbon of ${what}`);
	const gpusG = carbonG.prefill + carbonG.decode + carbonG.idle;
	near(total(replicas.map(({ gpuG }) => gpuG)), gpusG, `carbon of the GPUs of ${what}`);
	const facilityG = total(replicas.map((replica) => replica.facilityG));
	near(facilityG + carbonG.other, emissions.loadG, `carbon of the replicas of ${what}`);
}

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as fc from '../../tests/properties.test-support.ts';
import { connectMicrogrid } from './microgrid.test-support.ts';
import { anyMicrogrid } from './random-microgrid.test-support.ts';

/** Books are kept to the rounding of what flows. */
const TOLERANCE = 2e-12;

test('books balance in every step of 500 random microgrids, and every limit is kept', () => {
	void fc.assert(
		fc.property(anyMicrogrid, ({ microgrid, steps }) => {
			const { step } = connectMicrogrid(microgrid);
			for (const given of steps) {
				const books = step(given);
				const { load, office = 0, solar = 0 } = given;
				const value = (name: string) => books[name] as number;
				const unservedW = value('policy_state.unserved');
				const gridW = value('p_grid');
				let sumW = solar + unservedW - load - office - gridW - value('policy_state.curtailed');
				let scaleW = load + office + solar + Math.abs(gridW);
				microgrid.models.forEach((_, i) => {
					sumW -= value(`dispatch_states.b${i}.current_power`);
					scaleW += Math.abs(value(`dispatch_states.b${i}.current_power`));
				});
				microgrid.generators?.forEach((_, i) => {
					sumW += value(`generator_states.g${i}.power`);
					scaleW += value(`generator_states.g${i}.power`);
				});
				assert.ok(Math.abs(sumW) <= TOLERANCE * scaleW, `${sumW} W are lost`);
				const slackW = TOLERANCE * scaleW;
				assert.ok(unservedW >= 0 && unservedW <= load + office + slackW, `${unservedW} W unserved`);
				const [available, importW, exportW] =
					microgrid.mode === 'islanded'
						? [0, 0, 0]
						: microgrid.hasGrid === true
							? (given.grid as [number, number, number])
							: [1, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
				assert.ok(-gridW <= importW + slackW && gridW <= exportW + slackW, `${gridW} W`);
				if (microgrid.hasGrid === true) assert.is(value('policy_state.grid_connected'), available);
			}
		}),
		{ numRuns: 500 },
	);
});

test.run();

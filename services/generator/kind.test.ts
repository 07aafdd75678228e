import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { TimeActor, WireInput } from '../../kernel/actor/contract.ts';
import { namedPrng } from '../../kernel/actor/random.ts';
import { SimulationError } from '../../protocol/errors.ts';
import { HOUR_US } from '../../protocol/time.ts';
import { type Generator, GeneratorConfig, generatorKind, initialGeneratorReading } from './kind.ts';

const CONFIG = GeneratorConfig.parse({
	...{ stepUs: HOUR_US, ratedPowerW: 1000, minPowerW: 300 },
	...{ minRunUs: 2 * HOUR_US, minPauseUs: 2 * HOUR_US },
});

/** Runs setpoints hour by hour; gives the states that the actor told. */
function run(setpointsW: readonly number[]): number[][] {
	const env = { name: 'diesel', random: namedPrng, announce: () => {} };
	const actor = generatorKind.create(CONFIG, env) as TimeActor<Generator>;
	const rows: number[][] = [];
	const outputs = [
		{ append: (_: number, row: ArrayLike<number>) => void rows.push(Array.from(row)) },
	];
	let state = actor.init();
	setpointsW.forEach((setpointW, hour) => {
		const wire = { value: () => setpointW } as unknown as WireInput;
		const span = { fromUs: hour * HOUR_US, untilUs: (hour + 1) * HOUR_US };
		state = actor.step(structuredClone(state), span, [[wire]], outputs);
	});
	return rows;
}

test('a generator makes what is set, runs on for a while, and rests for a while', () => {
	assert.equal(initialGeneratorReading(CONFIG), [0, 300, 1000, 1]);
	assert.equal(run([400, 1000, 0, 0, 300]), [
		[400, 300, 1000, 0],
		[1000, 300, 1000, 1],
		[0, 0, 0, 1],
		[0, 300, 1000, 1],
		[300, 300, 1000, 0],
	]);
});

test('a generator refuses what it cannot make, with its name, the time and what it can', () => {
	const refused: readonly (readonly [number[], RegExp])[] = [
		[[100], /"diesel" at "100 W": it can make nothing or 300 to 1000 W/],
		[[1001], /"1001 W"/],
		[[400, 0], /"0 W": it can make 300 to 1000 W/],
		[[400, 400, 0, 400], /"400 W": it can make nothing or 0 to 0 W/],
		[[-1], /"-1 W"/],
		[[Number.NaN], /"NaN W"/],
	];
	for (const [setpointsW, message] of refused)
		assert.throws(
			() => run(setpointsW),
			(error: unknown) =>
				error instanceof SimulationError &&
				error.actor === 'diesel' &&
				error.timeUs === (setpointsW.length - 1) * HOUR_US &&
				message.test(error.message),
		);
});

test('GeneratorConfig refuses a least power above the rated, and none with a least running time', () => {
	const messages = (change: object) =>
		GeneratorConfig.safeParse({ ...CONFIG, ...change }).error?.issues.map((one) => one.message);
	assert.equal(messages({ minPowerW: 1001 }), ['the least power exceeds the rated power']);
	assert.match(messages({ minPowerW: 0 })?.[0] ?? '', /needs a least power above 0 W/);
});

test.run();

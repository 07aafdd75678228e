import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { OPERATIONS } from '../../protocol/run-folder/batches.ts';
import * as fc from '../../tests/properties.test-support.ts';
import { loadTables } from '../profile/load.ts';
import { findModel } from '../profile/load-cards.ts';
import { extendTables } from './extend.ts';
import { operationTimes, SEND_RECV } from './operations.ts';
import {
	noOverheads,
	type PredictorConstants,
	predictorConstants,
	tablePredictor,
} from './predictor.ts';

const other: PredictorConstants = {
	kvGranularity: 48,
	decodeBatchingFraction: 0.3,
	prefillBatchingFraction: 0,
	allReduceLaunchMs: 0.05,
	allReduceSkewMs: 0.01,
	...noOverheads,
	kernelScale: 1.7,
};

for (const [name, tensorParallel, pipelineStages, constants] of [
	['meta-llama/Meta-Llama-3-8B', 1, 1, predictorConstants],
	['meta-llama/Llama-2-70b-hf', 2, 2, predictorConstants],
	['meta-llama/Llama-2-70b-hf', 4, 1, other],
] as const)
	test(`the operations of a batch of ${name} add up to its time, in ${tensorParallel} x ${pipelineStages}`, () => {
		const model = findModel(name);
		const short = `${name.includes('70b') ? 'llama-2-70b' : 'llama-3-8b'}-a100-tp${tensorParallel}`;
		const measured = loadTables(short, { model, device: 'a100', tensorParallel });
		const tables = extendTables(measured, 40_000);
		const cut = { tensorParallel, pipelineStages };
		const predictor = tablePredictor(tables, model, cut, constants);
		const times = operationTimes(tables, model, cut, constants);
		assert.is(times.layers, model.layers / pipelineStages);
		const ms = new Float64Array(OPERATIONS.length);
		const count = (max: number) => fc.integer({ min: 0, max });
		const batches = fc.tuple(count(128), count(4096), count(4), count(8000), count(200));
		fc.assert(
			fc.property(batches, ([decodes, decodeKv, prefills, prompt, blocks]) => {
				const tokens = decodes + prefills * prompt;
				fc.pre(tokens > 0);
				const batch = {
					tokens,
					decodes,
					decodeKv,
					prefills,
					prefillSquares: prefills * prompt ** 2,
					prefillKv: prefills * blocks * constants.kvGranularity,
				};
				for (const sends of [false, true]) {
					times.of(batch, sends, ms);
					const sum = ms.reduce((all, one, i) => all + (i === SEND_RECV ? 0 : one), 0);
					const total = (times.layers * sum + (ms[SEND_RECV] as number)) / 1000;
					const price = sends ? predictor.sendingTimeS(batch) : predictor.batchTimeS(batch);
					assert.ok(Math.abs(total - price) < 1e-12 * price, `${total}, not ${price}`);
				}
				assert.ok(ms.every((one) => one >= 0));
			}),
		);
	});

test.run();

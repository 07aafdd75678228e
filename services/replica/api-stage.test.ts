import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as fc from '../../tests/properties.test-support.ts';
import { apiLatency, createApiStage, enterApi, heldAt, leaveApi } from './api-stage.ts';

const SHAPE = fc.array(
	fc.record({
		gapUs: fc.integer({ min: 0, max: 400 }),
		prefillTokens: fc.integer({ min: 1, max: 300 }),
	}),
	{ minLength: 1, maxLength: 30 },
);

test('requests leave when they are ready, shorter prompts before longer ones, however time is cut', () => {
	fc.assert(
		fc.property(SHAPE, fc.integer({ min: 1, max: 900 }), (shape, spanUs) => {
			const latency = apiLatency({ api: { apiMs: 0.1, tokenizeUsPerToken: 3.3 } });
			if (latency === null) throw new Error('there is one');
			let atUs = 0;
			const requests = shape.map(({ gapUs, prefillTokens }, id) => {
				atUs += gapUs;
				const readyUs = atUs + Math.round(100 + 3.3 * prefillTokens);
				return { id, atUs, readyUs, prefillTokens };
			});
			const expected = [...requests].sort((a, b) => a.readyUs - b.readyUs || a.id - b.id);
			const stage = createApiStage();
			const left: [id: number, readyUs: number][] = [];
			let next = 0;
			for (let fromUs = 0; left.length < requests.length; fromUs += spanUs) {
				const untilUs = fromUs + spanUs;
				for (; (requests[next]?.atUs ?? Number.POSITIVE_INFINITY) < untilUs; next++) {
					const {
						id,
						atUs: arrivalUs,
						prefillTokens,
					} = requests[next] as (typeof requests)[number];
					const more = { interArrivalS: 0, decodeTokens: 1 };
					enterApi(stage, latency, { id, arrivedAtS: arrivalUs / 1e6, prefillTokens, ...more });
				}
				leaveApi(stage, untilUs, ({ id, arrivedAtS }, readyUs) => {
					assert.is(arrivedAtS, readyUs / 1e6);
					left.push([id, readyUs]);
				});
				const held = requests.filter((one) => one.atUs < untilUs && one.readyUs >= untilUs);
				assert.is(heldAt(stage, untilUs), held.length);
			}
			assert.equal(
				left,
				expected.map(({ id, readyUs }) => [id, readyUs]),
			);
			heldAt(stage, Number.POSITIVE_INFINITY);
			assert.equal(stage, createApiStage());
		}),
	);
});

test('without a latency there is no stage', () => {
	assert.is(apiLatency({}), null);
});

test.run();

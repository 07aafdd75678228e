import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { HOUR_US, MINUTE_US } from '../../protocol/time.ts';
import * as fc from '../../tests/properties.test-support.ts';
import { litSpan, partCount, partStartUs } from './step-parts.ts';

test('parts tile their step and none is longer than five minutes', () => {
	fc.assert(
		fc.property(fc.integer({ min: 1, max: 6 * HOUR_US }), fc.nat(), (stepUs, fromUs) => {
			const span = { fromUs, untilUs: fromUs + stepUs };
			const count = partCount(stepUs);
			const starts = Array.from({ length: count + 1 }, (_, i) => partStartUs(span, i, count));
			assert.is(starts[0], span.fromUs);
			assert.is(starts[count], span.untilUs);
			starts.slice(1).forEach((end, i) => {
				const length = end - (starts[i] as number);
				assert.ok(length > 0 && length <= 5 * MINUTE_US + 1, `${length} us`);
			});
		}),
	);
});

test('litSpan() ends at sunset and begins at sunrise, to a millisecond', () => {
	const span = { fromUs: 0, untilUs: 5 * MINUTE_US };
	const horizonUs = 1.75 * MINUTE_US;
	const rising = (timeUs: number) => 90 - (15 * (timeUs - horizonUs)) / HOUR_US;
	const setting = (timeUs: number) => 180 - rising(timeUs);
	const middleUs = 2.5 * MINUTE_US;
	const dawn = litSpan(span, rising(middleUs), rising);
	assert.ok(Math.abs(dawn.fromUs - horizonUs) <= 1000 && dawn.untilUs === span.untilUs);
	const dusk = litSpan(span, setting(middleUs), setting);
	assert.ok(Math.abs(dusk.untilUs - horizonUs) <= 1000 && dusk.fromUs === 0);
});

test('litSpan() leaves a span in which the sun neither rises nor sets, and short ones', () => {
	const span = { fromUs: 0, untilUs: 5 * MINUTE_US };
	const never = () => {
		throw new Error('asked for a sun that cannot matter');
	};
	assert.is(litSpan(span, 60, never), span);
	assert.is(litSpan(span, 120, never), span);
	assert.is(
		litSpan(span, 90.1, () => 90.2),
		span,
	);
	const minute = { fromUs: 0, untilUs: MINUTE_US };
	assert.is(litSpan(minute, 90, never), minute);
});

test.run();

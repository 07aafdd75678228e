import * as fc from '../../tests/properties.test-support.ts';
import { CapRule } from './caps.ts';

/** Any rule that the schema takes, also with thresholds and caps that nobody would write. */
export function anyCapRule(): fc.Arbitrary<CapRule> {
	const finite = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
	const positive = fc.double({ min: Number.MIN_VALUE, noDefaultInfinity: true, noNaN: true });
	const fromZero = fc.double({ min: 0, noDefaultInfinity: true, noNaN: true });
	return fc
		.record(
			{
				signal: fc.constantFrom(...CapRule.shape.signal.options),
				threshold: fc.oneof(finite, fc.integer({ min: 0, max: 1000 })),
				isAbove: fc.boolean(),
				capWPerGpu: fc.oneof(positive, fc.integer({ min: 1, max: 1000 })),
				hysteresis: fc.oneof(fromZero, fc.integer({ min: 0, max: 100 })),
			},
			{ requiredKeys: ['signal', 'threshold', 'isAbove', 'capWPerGpu'] },
		)
		.map(({ threshold, isAbove, ...rest }) =>
			CapRule.parse({ ...rest, [isAbove ? 'above' : 'below']: threshold }),
		);
}

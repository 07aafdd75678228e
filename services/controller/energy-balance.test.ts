import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { SimulationError } from '../../protocol/errors.ts';
import { assertBalanced, emptyTerms } from './energy-balance.ts';

test('assertBalanced() passes balanced terms and their rounding', () => {
	assertBalanced(emptyTerms(), 'controller', 0);
	assertBalanced({ ...emptyTerms(), productionW: 0.1 + 0.2, loadW: 0.3 }, 'controller', 0);
	const all = {
		productionW: 100,
		generatorW: 7,
		importW: 20,
		dischargeW: 30,
		unservedW: 3,
		loadW: 100,
		exportW: 10,
		chargeW: 45,
		curtailedW: 5,
	};
	assertBalanced(all, 'controller', 0);
});

test('assertBalanced() throws with all terms when a watt is lost or a term is no number', () => {
	for (const importW of [1e-8, -1, Number.NaN])
		assert.throws(
			() => assertBalanced({ ...emptyTerms(), productionW: 1, loadW: 1, importW }, 'c', 7),
			(error: unknown) =>
				error instanceof SimulationError &&
				error.actor === 'c' &&
				error.timeUs === 7 &&
				/production 1 \+ generators 0 \+ import .* discharge 0 \+ unserved 0 = .* load 1 \+ export 0 \+ charge 0 \+ curtailed 0/.test(
					error.message,
				),
		);
});

test.run();

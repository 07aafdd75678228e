import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type FakeAnswer, feedError } from '../fake-source.test-support.ts';
import type { FeedWanted } from '../feed.ts';
import { feedOf, polled } from './documented.test-support.ts';

const CARBON: FeedWanted = { quantity: 'carbon', place: null };
const KEYS = { EIA_API_KEY: 'eia-s3cret' };

/** Rows of hours that end at 10, 11, … o'clock: MWh by fuel. */
function rows(
	hours: readonly Readonly<Record<string, string | number | null>>[],
	more: object = {},
): FakeAnswer {
	const data = hours.flatMap((fuels, i) =>
		Object.entries(fuels).map(([fueltype, value]) => ({
			...{ period: `2026-11-20T${10 + i}`, respondent: 'CISO', fueltype, value },
			...{ 'value-units': 'megawatthours', ...more },
		})),
	);
	return { body: { response: { total: data.length, data } } };
}

const poll = (answer: FakeAnswer, wanted = CARBON) =>
	polled(feedOf({ type: 'eia', respondent: 'ciso' }), wanted, () => answer, { keys: KEYS });

test('EIA’s fuels make the intensity of the hour that ends at the stamp, by stated factors', async () => {
	const { points, notes, unit } = await poll(
		rows([
			{ NG: '300', SUN: '100', OTH: '7000', BAT: '500', COL: '-3' },
			{ NG: 0, SUN: 100, OTH: 0, BAT: -500, COL: 100 },
		]),
	);
	assert.equal(points, [
		{
			fromMs: Date.parse('2026-11-20T09:00Z'),
			value: (300 * 490 + 100 * 48) / 400,
			isForecast: false,
		},
		{
			fromMs: Date.parse('2026-11-20T10:00Z'),
			value: (100 * 48 + 100 * 820) / 200,
			isForecast: false,
		},
	]);
	assert.is(unit, 'g/kWh');
	assert.match(notes[0] ?? '', /imports and storage left out/);
});

test('an hour of EIA for which fuels are still missing waits for them', async () => {
	const { points, notes } = await poll(
		rows([{ NG: 1, SUN: 1 }, { NG: 1, SUN: 3 }, { SUN: 1 }, { SUN: 2 }]),
	);
	assert.equal(
		points.map(({ value }) => value),
		[(490 + 48) / 2, (490 + 3 * 48) / 4],
	);
	assert.is(notes[1], 'hours for which fuels are missing left out');
});

test('EIA’s demand of an hour in MWh is its mean power', async () => {
	const { points, unit, given } = await poll(rows([{ D: '25310' }]), {
		quantity: 'power',
		place: null,
	});
	assert.equal([points[0]?.value, unit, given], [25_310e6, 'W', { unit: 'MWh', value: 25_310 }]);
});

test('what EIA does not have, cuts off or gives in another unit is refused', async () => {
	const none = await feedError(poll(rows([])));
	assert.is(none.kind, 'refused');
	assert.match(none.message, /it has no rows of "CISO"; check the respondent/);
	assert.match(none.message, /api_key=\*\*\*&/);
	const cut = { body: { response: { total: '9000', data: [rowOf('NG')] } } };
	assert.match((await feedError(poll(cut))).message, /it gave 1 of 9000 rows$/);
	const unit = await feedError(poll(rows([{ NG: 1 }], { 'value-units': 'gigawatthours' })));
	assert.match(unit.message, /its values are in "gigawatthours"; megawatthours can be read$/);
	const key = {
		status: 403,
		body: { error: { code: 'API_KEY_INVALID', message: 'An invalid api_key' } },
	};
	assert.match(
		(await feedError(poll(key))).message,
		/403, "An invalid api_key"; check EIA_API_KEY$/,
	);
	const opening = polled(feedOf({ type: 'eia', respondent: 'CISO&x=1' }), CARBON, () => key, {
		keys: KEYS,
	});
	assert.match(await opening.then(String, String), /Cannot use respondent "CISO&x=1" of EIA/);
});

function rowOf(fueltype: string) {
	return { period: '2026-11-20T10', fueltype, value: '1', 'value-units': 'megawatthours' };
}

test.run();

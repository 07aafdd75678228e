import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { simulate } from '../run/gridbeat.ts';

/** What exports earn, from the scenario to the bill, in whole runs. */

const HOURS = [
	...[0.1, 0.1, 0.09, 0.09, 0.09, 0.1, 0.12, 0.15, 0.1, 0.02, -0.05, -0.15],
	...[-0.25, -0.2, -0.1, -0.02, 0.05, 0.12, 0.2, 0.22, 0.18, 0.14, 0.12, 0.1],
];
const folder = mkdtempSync(join(tmpdir(), 'gridbeat-exports-'));
const path = join(folder, 'price.csv');
const rows = [...HOURS, ...HOURS, ...HOURS].map(
	(usd, h) => `${new Date(Date.UTC(2025, 4, 11, h)).toISOString()},${usd}`,
);
writeFileSync(path, `time,USD/kWh\n${rows.join('\n')}\n`);

const BASE = {
	...{ location: 'Berlin', start: '2025-05-11T02:00', until: '24h', step: '1h' },
	...{ serving: null, carbon: null, cap: [], price: { source: 'trace', path } },
	loads: [{ type: 'constant', name: 'hall', powerW: 500 }],
	solar: [],
	batteries: [
		{
			...{ type: 'linear', capacityWh: 4000, initialSoc: 0.5, minSoc: 0.1 },
			...{ chargeCRate: 0.5, dischargeCRate: 0.5 },
		},
	],
};
const SUN = { solar: [{ peakPowerW: 2000, sky: { type: 'clear' } }] };
const POLICY = { type: 'price-arbitrage', chargeBelow: 0, dischargeAbove: 0.15 };

let runs = 0;
async function summaryOf(scenario: object) {
	const out = join(folder, `run-${runs++}`);
	const { summary } = await simulate(
		{ ...BASE, ...scenario } as never,
		{ inProcess: true, out } as never,
	);
	return summary;
}

test('a battery that sells at the price of imports earns what its meter says', async () => {
	const kept = await summaryOf({ exportPrice: { source: 'imports' }, policy: POLICY });
	const sold = await summaryOf({
		exportPrice: { source: 'imports' },
		policy: { ...POLICY, sell: {} },
	});
	assert.is(kept.energy.exportKwh, 0);
	assert.is(kept.bill.exportUsd, 0);
	// In the evening it gives 2 kW, of which the site needs 0.5, in the first of the dear hours at 0.20.
	assert.ok(sold.energy.exportKwh > 1.4, `${sold.energy.exportKwh}`);
	assert.ok(sold.bill.exportUsd > 0.28, `${sold.bill.exportUsd}`);
	const [before, after] = [kept, sold].map(({ hindsight }) => hindsight[0]);
	assert.ok(Math.abs((after?.actual ?? 0) - (sold.bill.energyUsd - sold.bill.exportUsd)) < 1e-9);
	assert.ok((after?.actual ?? 0) < (before?.actual ?? 0));
	assert.ok((after?.optimum ?? 0) <= (after?.actual ?? 0));
});

test('sun is not fed in at a price below 0, unless the scenario says so', async () => {
	const exportPrice = { source: 'imports', factor: 0.5, plusUsdPerKwh: -0.01 };
	const curtailed = await summaryOf({ ...SUN, exportPrice });
	assert.ok(curtailed.energy.curtailedKwh > 2.5);
	assert.ok(curtailed.bill.exportUsd >= 0);
	const fed = await summaryOf({ ...SUN, exportPrice, grid: { curtailBelowUsdPerKwh: null } });
	assert.is(fed.energy.curtailedKwh, 0);
	assert.ok(fed.bill.exportUsd < 0, `${fed.bill.exportUsd}`);
	const total = ({ energy }: typeof fed) => energy.exportKwh + energy.curtailedKwh;
	assert.ok(Math.abs(total(fed) - total(curtailed)) < 1e-9);
	assert.ok((fed.hindsight[0]?.optimum ?? 0) >= (curtailed.hindsight[0]?.optimum ?? 0) - 1e-9);
});

test('what exports earn is a tariff, a file or a constant of its own', async () => {
	const paid = async (exportPrice: object) =>
		(await summaryOf({ ...SUN, exportPrice })).bill.exportUsd;
	const constant = await summaryOf({ ...SUN, accounting: { exportUsdPerKwh: 0.07 } });
	const source = await paid({ source: 'constant', valueUsdPerKwh: 0.07 });
	assert.ok(
		Math.abs(source - constant.bill.exportUsd) < 1e-9,
		`${source} ${constant.bill.exportUsd}`,
	);
	const others = [
		await paid({ source: 'tariff', weekday: HOURS }),
		await paid({ source: 'trace', path, scale: -1 }),
	];
	assert.ok(
		others.every((usd) => usd > 0),
		`${source} ${constant.bill.exportUsd} ${others}`,
	);
});

test('a bill has seasons, tiers, a fixed charge and a demand charge of local months', async () => {
	const at = (usd: number) => new Array<number>(24).fill(usd);
	const { bill } = await summaryOf({
		...{ start: '2025-05-31T00:00', batteries: [], until: '48h' },
		price: {
			...{ source: 'tariff', weekday: at(0.1), weekend: at(0.2) },
			seasons: [{ months: [6, 7, 8], weekday: at(0.3), weekend: at(0.4) }],
		},
		accounting: {
			...{
				demandUsdPerKw: 10,
				fixedUsdPerMonth: 31,
				tiers: [{ aboveKwh: 10, plusUsdPerKwh: 0.5 }],
			},
			demandRatchet: { share: 0.9 },
		},
	});
	const near = (actual: number, expected: number) =>
		assert.ok(Math.abs(actual - expected) < 1e-9, `${actual}`);
	// 12 kWh on Saturday, 31 May, and on Sunday, 1 June.
	near(bill.energyUsd, 12 * 0.2 + 12 * 0.4);
	near(bill.tierUsd, 2 * 2 * 0.5);
	near(bill.demandUsd, 2 * 0.5 * 10);
	near(bill.fixedUsd, 31 / 31 + 31 / 30);
});

test('what exports earn is refused where it is said twice, or where nothing says it', async () => {
	const refused = async (scenario: object, why: RegExp) => {
		const error = await summaryOf(scenario).then(
			() => null,
			(reason: Error) => reason,
		);
		assert.match(error?.message ?? 'it ran', why);
	};
	const imports = { source: 'imports' };
	await refused(
		{ exportPrice: imports, accounting: { exportUsdPerKwh: 0.1 } },
		/^Cannot use accounting.exportUsdPerKwh "0.1" beside exportPrice: .*drop one$/,
	);
	await refused(
		{ exportPrice: imports, price: null },
		/^Cannot use exportPrice "imports": .*price/,
	);
	const policy = { ...POLICY, sell: { aboveUsdPerKwh: 0.1 } };
	await refused({ policy }, /sell.aboveUsdPerKwh 0.1: nothing says what exports earn/);
	await refused(
		{ policy: { ...POLICY, sell: {} }, grid: { batteriesExport: false } },
		/with sell: grid.batteriesExport is false/,
	);
});

test.run();

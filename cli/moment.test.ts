import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { describeMoment } from './moment.ts';

const VALUES = {
	loadW: 520,
	solarW: 1900,
	windW: null,
	gridW: -100,
	soc: 0.43,
	carbonIntensityGPerKwh: 305.2,
	requestsCompleted: 1234,
};

function momentOf(...values: (typeof VALUES)[]): string {
	const entries = [...values.entries()].reverse();
	return describeMoment(new Map(entries.map(([i, of]) => [`site-${i}-recorder`, of])));
}

test('the line has the figures of one site', () => {
	const line = 'load 0.52 kW  solar 1.90 kW  SoC 43 %  import 0.10 kW  305 gCO2/kWh  1234 requests';
	assert.is(momentOf(VALUES), line);
	const idle = momentOf({ ...VALUES, gridW: 0, requestsCompleted: 0 });
	assert.is(idle, 'load 0.52 kW  solar 1.90 kW  SoC 43 %  export 0.00 kW  305 gCO2/kWh');
});

test('the line adds up sites, and keeps apart what no sum stands for', () => {
	const other = { ...VALUES, gridW: 2000, soc: 0.8, carbonIntensityGPerKwh: 40 };
	const line =
		'load 1.04 kW  solar 3.80 kW  SoC 43/80 %  import 0.10 kW  export 2.00 kW  305/40 gCO2/kWh  2468 requests';
	assert.is(momentOf(VALUES, other), line);
});

test.run();

import { test } from 'uvu';
import { close } from '../../tests/close.test-support.ts';
import { cellTemperatureC, faimanC, RACKS, sapmCellC } from './cell-temperature.ts';

test('sapmCellC() gives the values of pvlib', () => {
	close(sapmCellC(900, 20, 5), 43.509190983665746, 1e-14);
	close(sapmCellC(500, 10, 5), 23.06066166, 1e-9);
	close(sapmCellC(0, 20, 5, RACKS['close-mount-glass-glass']), 20, 0);
});

test('faimanC() gives the values of pvlib', () => {
	close(faimanC(900, 20, 5), 35.2027027, 1e-8);
	close(faimanC(500, 10, 5), 18.446, 1e-5);
	close(faimanC(900, 20, 5, { u0: 22, u1: 6 }), 37.308, 1e-5);
});

test('cellTemperatureC() gives the values of pvlib for every rack and model', () => {
	// pvlib 0.16.1: sapm_cell, pvsyst_cell, noct_sam.
	const racks = [
		['open-rack-glass-glass', 43.509190983665746],
		['close-mount-glass-glass', 57.021735057763216],
		['open-rack-glass-polymer', 40.29112939472728],
		['insulated-back-glass-polymer', 63.159163693950305],
	] as const;
	for (const [rack, cellC] of racks)
		close(cellTemperatureC({ type: 'sapm', rack }, 900, 20, 5), cellC, 1e-14);
	const loss = { u0: 29, u1: 0, absorption: 0.9, efficiency: 0.1 };
	close(cellTemperatureC({ type: 'pvsyst', ...loss }, 900, 20, 5), 45.13793103448276, 1e-14);
	const other = { u0: 25, u1: 1.2, absorption: 0.88, efficiency: 0.18 };
	close(cellTemperatureC({ type: 'pvsyst', ...other }, 700, 15, 3), 32.66153846153846, 1e-14);
	const noct = { type: 'noct', noctC: 45, efficiency: 0.2 } as const;
	close(cellTemperatureC(noct, 1000, 25, 1), 55.23079049198452, 1e-14);
	const roof = { type: 'noct', noctC: 47, efficiency: 0.17 } as const;
	close(cellTemperatureC(roof, 600, 10, 4), 21.599576271186443, 1e-14);
	close(cellTemperatureC({ type: 'faiman', u0: 22, u1: 6 }, 900, 20, 5), 37.3076923, 1e-8);
});

test.run();

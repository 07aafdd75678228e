import { test } from 'uvu';
import { faimanC, MOUNTINGS, sapmCellC } from './cell-temperature.ts';
import { close } from './testdata/close.ts';

test('sapmCellC() gives the values of pvlib', () => {
	close(sapmCellC(900, 20, 5), 43.509190983665746, 1e-14);
	close(sapmCellC(0, 20, 5, MOUNTINGS.closeMountGlassGlass), 20, 0);
});

test('faimanC() gives the values of pvlib', () => {
	close(faimanC(900, 20, 5), 35.2027027, 1e-8);
	close(faimanC(500, 10, 5), 18.446, 1e-5);
	close(faimanC(900, 20, 5, { u0: 22, u1: 6 }), 37.308, 1e-5);
});

test.run();

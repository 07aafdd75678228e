import {
	constantReader,
	profileReader,
	type Reader,
	type Start,
	seriesReader,
	traceReader,
} from '../../feeds/grid/reader.ts';
import type { KnownSource } from './config.ts';

/** A source that is known before the run, by simulated time. Files are read now. */
export function readerOfSource(source: KnownSource, start: Start): Reader {
	switch (source.type) {
		case 'constant':
			return constantReader('valueGPerKwh' in source ? source.valueGPerKwh : source.valueUsdPerKwh);
		case 'trace': {
			const { path, column, fill, anchor, scale, civil, reading } = source;
			const inCalendar = civil === undefined ? {} : { civil };
			const asSaid = reading === undefined ? {} : { reading };
			return traceReader({ path, column, fill, anchor, scale, ...inCalendar, ...asSaid });
		}
		case 'profile':
			return profileReader(source, start);
		case 'series':
			return seriesReader(source.points, start);
	}
}

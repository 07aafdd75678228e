import { each, table, text } from './table.ts';

const INTERVAL = 'of the 95 % interval of the mean (Student’s t), in the unit of the row';

/** summary.csv of a folder of repeats, a row a figure. */
export const REPEATS_SUMMARY = table({
	file: 'summary.csv',
	columns: [
		text('metric', 'name of the figure, as in sweeps'),
		text('unit', 'of the figure'),
		each('runs', '1', 'runs that have it', { isCount: true }),
		each('mean', null, 'over these, in the unit of the row'),
		each('halfWidth95', null, `half the width ${INTERVAL}`),
		each('low95', null, `lower end ${INTERVAL}`),
		each('high95', null, `upper end ${INTERVAL}`),
		each('least', null, 'of the runs'),
		each('most', null, 'of the runs'),
		each('seed <seed>', null, 'of the run with that seed; empty: none'),
	],
});

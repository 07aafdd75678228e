import type { PageData, PageFigure } from '../page-data.ts';

const carried = JSON.parse(document.getElementById('data')?.textContent ?? '') as PageData;

/** What this page carries. */
export const page: { readonly timezone: string; readonly figures: readonly PageFigure[] } = {
	timezone: carried.timezone,
	figures: carried.figures.map((figure) => ({
		...figure,
		shades: carried.shades[figure.shades] ?? [],
	})),
};

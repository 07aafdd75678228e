import type uPlot from 'uplot';

/**
 * Makes a button of each name in a legend that shows and hides its curve: what a pointer can press, a keyboard can. uPlot
 * hears the press of a heading, in which the button stands.
 */
export function bindLegend({ root, series }: uPlot): void {
	for (const [i, heading] of headingsOf(root).entries()) {
		if (i === 0) continue;
		const button = document.createElement('button');
		button.type = 'button';
		button.append(...heading.childNodes);
		button.setAttribute('aria-pressed', String(series[i]?.show !== false));
		heading.append(button);
	}
}

/** Says which curves are shown. */
export function markLegend({ root, series }: uPlot): void {
	for (const [i, heading] of headingsOf(root).entries())
		heading
			.querySelector('button')
			?.setAttribute('aria-pressed', String(series[i]?.show !== false));
}

/** Those of the horizontal axis and of the curves. */
function headingsOf(root: HTMLElement): HTMLElement[] {
	return [...root.querySelectorAll<HTMLElement>('.u-legend .u-series > th')];
}

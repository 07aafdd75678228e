import type { Drawn } from './plot.ts';
import { plotSvg } from './plot-svg.ts';

/** Figures on paper are drawings of lines, as wide as the paper and in its colours, whatever the screen has. */

/**
 * Puts drawings in the places of the figures while the page is printed, and takes them away afterwards.
 *
 * @param drawn the figures as they are when it is asked
 */
export function bindPrinting(drawn: () => readonly Drawn[]): void {
	const root = document.documentElement;
	const print = (isPrinting: boolean) => {
		if (isPrinting === root.hasAttribute('data-printing')) return;
		root.toggleAttribute('data-printing', isPrinting);
		for (const paper of document.querySelectorAll('.paper')) paper.remove();
		for (const { fit } of drawn()) fit();
		// uPlot takes a size a microtask later.
		if (isPrinting) queueMicrotask(() => drawn().forEach(putDrawing));
	};
	addEventListener('beforeprint', () => print(true));
	addEventListener('afterprint', () => print(false));
	// Tools that show a page as it would be on paper do not print it.
	matchMedia('print').addEventListener('change', ({ matches }) => print(matches));
}

function putDrawing({ plot, figure }: Drawn): void {
	const paper = document.createElement('div');
	paper.className = 'paper';
	paper.innerHTML = plotSvg(plot, figure);
	plot.root.after(paper);
}

/*! Figures are drawn by uPlot, Copyright (c) 2025, Leon Sorokin, MIT License. */
import { page } from './data.ts';
import { type Drawn, draw } from './plot.ts';
import { bindPrinting } from './print.ts';
import { bindSaving } from './save.ts';
import { bindTables, stackTables } from './tables.ts';
import { TimeZoom } from './zoom.ts';

/** Runs in the reader's browser: draws the figures that the page carries. It needs no other file. */
const zoom = new TimeZoom();
let drawn: readonly Drawn[] = [];

function drawAll(): void {
	for (const { plot } of drawn) plot.destroy();
	zoom.start();
	drawn = page.figures.map((figure) => draw(figure, zoom));
}

drawAll();
addEventListener('resize', () => {
	for (const { fit } of drawn) fit();
	stackTables();
});
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawAll);
bindSaving((id) => drawn.find(({ figure }) => figure.id === id));
bindTables();
stackTables();
// What is folded up has no width until it is opened.
document.addEventListener('toggle', stackTables, true);
bindPrinting(() => drawn);
if (innerWidth < 600) document.querySelector('.contents details')?.removeAttribute('open');
document.documentElement.dataset['drawn'] = String(page.figures.length);

// Stands before page.js: tinted bands, strips and areas between curves. It is handed page.js's own tools.
{
	let tools;
	const color = (name) => tools.color(name);
	const clipped = (plot, paint) => tools.clipped(plot, paint);

	// Tints spans of the vertical axis, below the grid.
	const drawBands = (figure) => (plot) =>
		clipped(plot, (ctx, bbox) => {
			const bottom = bbox.top + bbox.height;
			for (const { from, until, color: name, label } of figure.bands) {
				const top = until === null ? bbox.top : plot.valToPos(until, 'y', true);
				const low = from === null ? bottom : plot.valToPos(from, 'y', true);
				ctx.globalAlpha = 0.14;
				ctx.fillStyle = color(name);
				ctx.fillRect(bbox.left, top, bbox.width, low - top);
				const pixel = devicePixelRatio;
				const [above, below] = [Math.max(top, bbox.top), Math.min(low, bottom)];
				if (below - above < 16 * pixel) continue;
				ctx.globalAlpha = 1;
				ctx.fillStyle = color('soft');
				ctx.font = `${11 * pixel}px system-ui, sans-serif`;
				ctx.textAlign = 'right';
				ctx.textBaseline = 'middle';
				const right = bbox.left + bbox.width - 6 * pixel;
				ctx.fillText(label, right, (above + below) / 2);
			}
		});

	// Each strip's cells, as [strip, x from, x until, share of the full colour].
	const cellsOf = ({ data, heat }) => {
		const [xs, ...strips] = data;
		return strips.flatMap((values, strip) =>
			values.flatMap((value, i) => {
				if (value === null || i + 1 >= xs.length) return [];
				return [[strip, xs[i], xs[i + 1], Math.min(1, value / heat.highest)]];
			}),
		);
	};
	const drawHeat = (figure) => (plot) =>
		clipped(plot, (ctx) => {
			const count = figure.curves.length;
			ctx.fillStyle = color(figure.heat.color);
			for (const [strip, from, until, share] of cellsOf(figure)) {
				// Whole pixels, so that neighbours neither overlap nor leave a seam.
				const at = (value, scale) => Math.round(plot.valToPos(value, scale, true));
				const [left, right] = [at(from, 'x'), at(until, 'x')];
				const [top, bottom] = [at(count - strip, 'y'), at(count - strip - 1, 'y')];
				ctx.globalAlpha = share;
				// A pixel stays free between strips.
				ctx.fillRect(left, top, right - left, bottom - top - 1);
			}
		});

	// The names of strips stand in place of a vertical axis, as many as there is room for.
	const heatAxis = ({ curves }) => {
		const every = Math.ceil(curves.length / 12);
		const named = curves.map(({ label }, i) => ({ label, at: curves.length - i - 0.5 }));
		const shown = named.filter((_one, i) => i % every === 0);
		const longest = Math.max(...shown.map(({ label }) => label.length));
		return {
			size: Math.min(150, 16 + 7 * longest),
			splits: () => shown.map(({ at }) => at).reverse(),
			values: () => shown.map(({ label }) => label).reverse(),
			grid: { show: false },
		};
	};

	// The strip and the value under the pointer.
	const showStrip = (figure) => (plot) => {
		const { left, top, idx } = plot.cursor;
		const strip = figure.curves.length - 1 - Math.floor(plot.posToVal(top, 'y'));
		const value = left < 0 || idx == null ? null : figure.data[strip + 1]?.[idx];
		const where = value == null ? null : { left, top };
		const name = figure.curves[strip]?.label;
		tools.showTip(plot, where, () => `${name}\n${tools.amount(value, figure.unit)}`);
	};

	const between = (figure) =>
		(figure.between ?? []).map(({ upper, lower, color: name }) => ({
			series: [upper + 1, lower + 1],
			fill: () => `${color(name)}33`,
		}));

	globalThis.figureLayers = (given) => {
		tools = given;
		return { drawBands, drawHeat, cellsOf, heatAxis, showStrip, between };
	};
}

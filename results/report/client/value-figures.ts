// Stands before page.js: what figures with an axis of values need. It is handed page.js's own tools.
{
	let tools;
	const color = (name) => tools.color(name);
	const amount = (value, unit) => tools.amount(value, unit);
	const clipped = (plot, paint) => tools.clipped(plot, paint);
	const labelDecades = (ticks, many) => tools.labelDecades(ticks, many);

	// An axis of values has its name below it; categories stand at 0, 1, 2 …
	const valueAxis = ({ label, unit, log, categories }) => {
		const name = unit === '' || unit === '1' ? label : `${label}, ${unit}`;
		const common = {
			label: name,
			labelSize: 20,
			labelFont: '12px system-ui, sans-serif',
			size: 30,
		};
		if (categories) {
			const splits = categories.map((_name, i) => i);
			return { ...common, splits: () => splits, values: () => categories };
		}
		if (log) return { ...common, values: (_plot, ticks) => labelDecades(ticks, 30), space: 40 };
		// Enough digits to tell neighbours apart.
		const exact = (tick) => tick.toLocaleString('en-US', { maximumSignificantDigits: 6 });
		return { ...common, space: 54, values: (_plot, ticks) => ticks.map(exact) };
	};

	// Vertical lines of an axis of values, each labelled at the top.
	const drawUprights = (figure) => (plot) => {
		const marks = figure.xAxis?.marks ?? [];
		if (marks.length === 0) return;
		clipped(plot, (ctx, bbox) => {
			const pixel = devicePixelRatio;
			ctx.strokeStyle = color('mark');
			ctx.fillStyle = color('ink');
			ctx.lineWidth = 1.5 * pixel;
			ctx.setLineDash([5 * pixel, 4 * pixel]);
			ctx.font = `${11 * pixel}px system-ui, sans-serif`;
			ctx.textBaseline = 'top';
			for (const { value, label } of marks) {
				const x = plot.valToPos(value, 'x', true);
				if (x < bbox.left || x > bbox.left + bbox.width) continue;
				ctx.beginPath();
				ctx.moveTo(x, bbox.top);
				ctx.lineTo(x, bbox.top + bbox.height);
				ctx.stroke();
				const isRight = x > bbox.left + bbox.width / 2;
				ctx.textAlign = isRight ? 'right' : 'left';
				ctx.fillText(label, x + (isRight ? -5 : 5) * pixel, bbox.top + 3 * pixel);
			}
		});
	};

	// How far the true values may lie from the points.
	const drawSpreads = (figure) => (plot) =>
		clipped(plot, (ctx) => {
			const pixel = devicePixelRatio;
			ctx.lineWidth = 1.2 * pixel;
			figure.spreads.forEach((spreads, curve) => {
				ctx.strokeStyle = color(figure.curves[curve].color);
				ctx.beginPath();
				spreads.forEach((spread, i) => {
					const value = figure.data[curve + 1][i];
					if (spread === null || value === null) return;
					const x = plot.valToPos(figure.data[0][i], 'x', true);
					for (const end of [value - spread, value + spread]) {
						const y = plot.valToPos(end, 'y', true);
						ctx.moveTo(x - 4 * pixel, y);
						ctx.lineTo(x + 4 * pixel, y);
					}
					ctx.moveTo(x, plot.valToPos(value - spread, 'y', true));
					ctx.lineTo(x, plot.valToPos(value + spread, 'y', true));
				});
				ctx.stroke();
			});
		});

	// Points that have names show theirs when the pointer is near.
	const NEAR_PX = 24;
	const nearest = (plot, figure) => {
		const { left, top } = plot.cursor;
		let best = null;
		figure.names.forEach((names, curve) => {
			names.forEach((name, i) => {
				const [x, y] = [figure.data[0][i], figure.data[curve + 1][i]];
				if (name === null || y === null) return;
				const distance = Math.hypot(plot.valToPos(x, 'x') - left, plot.valToPos(y, 'y') - top);
				if (distance < (best?.distance ?? NEAR_PX)) best = { distance, name, x, y };
			});
		});
		return best;
	};
	const showName = (figure) => (plot) => {
		const found = plot.cursor.left < 0 ? null : nearest(plot, figure);
		const where = found && { left: plot.valToPos(found.x, 'x'), top: plot.valToPos(found.y, 'y') };
		tools.showTip(plot, where, () => {
			const { name, x, y } = found;
			const value = amount(y, figure.unit === '1' ? '' : figure.unit);
			return `${name}\n${figure.xAxis.label} ${xText(figure, x)}\n${value}`;
		});
	};

	const xText = ({ xAxis }, x) =>
		xAxis.categories
			? (xAxis.categories[x] ?? '–')
			: amount(x, xAxis.unit === '1' ? '' : xAxis.unit);

	globalThis.valueFigures = (given) => {
		tools = given;
		return { valueAxis, drawUprights, drawSpreads, showName, xText };
	};
}

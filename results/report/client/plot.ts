import uPlot from 'uplot';

// Runs in the reader's browser, as a module: draws the figures that the page carries as JSON. No other file is needed.
const page = JSON.parse(document.getElementById('data').textContent);
// Pointers move together; zoom.js keeps the spans together.
const isMove = (type) => type === 'mousemove' || type === 'mouseleave';
const sync = { key: 'run', scales: ['x', null], filters: { pub: isMove } };
const cursor = { sync, drag: { x: true, y: false }, y: false };
const color = (name) =>
	getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

const pad = (number) => String(number).padStart(2, '0');
const localTime = (seconds) => {
	const at = uPlot.tzDate(new Date(seconds * 1000), page.timezone);
	return `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())} ${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}`;
};
const amount = (value, unit) => (value == null ? '–' : `${Number(value.toPrecision(4))} ${unit}`);

const clipped = (plot, paint) => {
	const { ctx, bbox } = plot;
	ctx.save();
	ctx.beginPath();
	ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
	ctx.clip();
	paint(ctx, bbox);
	ctx.restore();
};

// Below the grid.
const drawShades = (figure) => (plot) =>
	clipped(plot, (ctx, bbox) => {
		ctx.fillStyle = color('shade');
		for (const [from, until] of figure.shades) {
			const left = plot.valToPos(from, 'x', true);
			const width = plot.valToPos(until, 'x', true) - left;
			ctx.fillRect(left, bbox.top, Math.max(width, 1), bbox.height);
		}
	});

// Above the grid, below the curves. Labels stand at the left, where they hide least.
const drawMarks = (figure) => (plot) =>
	clipped(plot, (ctx, bbox) => {
		const pixel = devicePixelRatio;
		ctx.strokeStyle = color('mark');
		ctx.fillStyle = color('ink');
		ctx.textAlign = 'left';
		ctx.lineWidth = 1.5 * pixel;
		ctx.setLineDash([5 * pixel, 4 * pixel]);
		ctx.font = `${11 * pixel}px system-ui, sans-serif`;
		for (const { value, label } of figure.marks) {
			const y = plot.valToPos(value, 'y', true);
			ctx.beginPath();
			ctx.moveTo(bbox.left, y);
			ctx.lineTo(bbox.left + bbox.width, y);
			ctx.stroke();
			const above = y - bbox.top > 18 * pixel;
			ctx.textBaseline = above ? 'bottom' : 'top';
			ctx.fillText(label, bbox.left + 6 * pixel, y + (above ? -3 : 3) * pixel);
		}
	});

// Hours as 06:00; the date below the first label and below each midnight.
const clock = (_plot, ticks, ...rest) => {
	const step = rest[2];
	let day = '';
	return ticks.map((tick) => {
		const [date, time] = localTime(tick).split(' ');
		const label = step < 60 ? time : step < 86_400 ? time.slice(0, 5) : date.slice(5);
		if (date === day || step >= 86_400) return label;
		day = date;
		return `${label}\n${date.slice(5)}`;
	});
};

// Logarithmic axes label 1, 10, 100 … and, where there is room, 2 and 5 of each decade.
const decades = (_plot, ticks) => labelDecades(ticks, 20);
const labelDecades = (ticks, many) => {
	const labelled = ticks.length > many ? [1] : [1, 2, 5];
	return ticks.map((tick) => {
		// uPlot passes null for ticks too narrow to label.
		if (tick === null) return '';
		const value = Number(tick.toPrecision(1));
		const leading = Math.round(value / 10 ** Math.floor(Math.log10(value) + 1e-9));
		return labelled.includes(leading) ? String(value) : '';
	});
};

// Words beside the pointer; none where `where` is null.
const showTip = (plot, where, words) => {
	const tip = plot.over.querySelector('.tip') ?? document.createElement('div');
	tip.className = 'tip';
	if (!tip.isConnected) plot.over.append(tip);
	tip.hidden = where === null;
	if (where === null) return;
	const { left, top } = where;
	tip.textContent = words();
	const isRight = left > plot.over.clientWidth / 2;
	tip.style.left = isRight ? 'auto' : `${left + 10}px`;
	tip.style.right = isRight ? `${plot.over.clientWidth - left + 10}px` : 'auto';
	tip.style.top = `${Math.min(top, plot.over.clientHeight - 60)}px`;
};

// To the minute; the date once where both ends have it.
const spanText = ({ scales }) => {
	const [from, until] = [scales.x.min, scales.x.max].map((at) => localTime(at).slice(0, 16));
	return `${from} to ${from.slice(0, 10) === until.slice(0, 10) ? until.slice(11) : until}`;
};

const tools = { color, amount, clipped, labelDecades, showTip, spanText };
const { valueAxis, drawUprights, drawSpreads, showName, xText } = globalThis.valueFigures(tools);
const { drawBands, drawHeat, cellsOf, heatAxis, showStrip, between } =
	globalThis.figureLayers(tools);
const zoom = globalThis.timeZoom();

const axes = (figure) => {
	const ink = {
		stroke: color('soft'),
		grid: { stroke: color('edge'), width: 1 },
		ticks: { stroke: color('edge'), width: 1 },
	};
	const x =
		figure.x === 'time'
			? { values: clock, space: 64, size: 46 }
			: figure.x === 'value'
				? valueAxis(figure.xAxis)
				: { values: decades, space: 40, size: 34 };
	const y = figure.heat ? heatAxis(figure) : { size: 58 };
	if (figure.logY) y.values = decades;
	return [
		{ ...ink, ...x },
		{ ...ink, ...y },
	];
};

// All figures over time begin with the same span.
const times = page.figures.filter(({ x }) => x === 'time').map(({ data }) => data[0]);
const wholeSpan = [
	Math.min(...times.map((xs) => xs[0])),
	Math.max(...times.map((xs) => xs.at(-1))),
];
const wholeOrGiven =
	({ data: [xs] }) =>
	(_plot, min, max) => {
		if (min > xs[0] || max < xs.at(-1)) return [min, max];
		const [low, high] = wholeSpan;
		return [low, high > low ? high : low + 1];
	};

const scales = (figure) => {
	const { yRange, marks } = figure;
	const fit = (_plot, low, high) => {
		if (yRange) return yRange;
		const values = marks.map(({ value }) => value);
		(figure.spreads ?? []).forEach((spreads, curve) => {
			spreads.forEach((spread, i) => {
				const value = figure.data[curve + 1][i];
				if (spread !== null && value !== null) values.push(value - spread, value + spread);
			});
		});
		return uPlot.rangeNum(Math.min(low, ...values), Math.max(high, ...values), 0.08, true);
	};
	const log = { distr: 3, range: (_plot, low, high) => [low * 0.8, high * 1.25] };
	if (figure.x === 'value') {
		const { log: isLog, categories } = figure.xAxis;
		const around = (_plot, low, high) => {
			const room = categories ? 0.4 : 0.05 * (high - low || Math.abs(high) || 1);
			return [low - room, high + room];
		};
		const x = isLog ? log : { range: around };
		return { x: { ...x, time: false }, y: figure.logY ? log : { range: fit } };
	}
	return {
		x: figure.x === 'time' ? { time: true, range: wholeOrGiven(figure) } : { ...log, time: false },
		y: figure.logY ? log : { range: fit },
	};
};

const xSeries = (figure) => {
	if (figure.x === 'value')
		return {
			label: figure.xAxis.label,
			value: (_plot, x) => (x == null ? 'all' : xText(figure, x)),
		};
	return {
		label: figure.x === 'time' ? 'Time' : 'Within',
		value: (plot, x) => {
			if (x == null) return figure.x === 'time' ? spanText(plot) : 'any time';
			return figure.x === 'time' ? localTime(x) : amount(x, 's');
		},
	};
};

const series = (figure) => [
	xSeries(figure),
	...figure.curves.map((curve) => ({
		label: curve.label,
		stroke: figure.heat ? undefined : () => color(curve.color),
		fill: curve.fill ? () => `${color(curve.color)}33` : undefined,
		width: curve.points === 'only' ? 0 : 1.5,
		dash: curve.dash ? [6, 4] : undefined,
		points: curve.points
			? { show: true, size: 7, width: 1.5, fill: color(curve.dash ? 'panel' : curve.color) }
			: { show: false },
		spanGaps: figure.x !== 'time',
		paths: figure.stepped ? uPlot.paths.stepped({ align: 1 }) : undefined,
		value: (plot, value) => {
			const { atRest } = curve;
			// Nobody points at anything.
			if (plot.cursor.idx == null && atRest?.value != null)
				return `${atRest.what} ${amount(atRest.value, atRest.unit ?? figure.unit)}`.trim();
			return amount(value, figure.unit);
		},
	})),
];

const cursorOf = (figure) => {
	if (figure.x === 'time') return cursor;
	return figure.names
		? { drag: { x: true, y: true, uni: 20 }, y: false, points: { show: false } }
		: { drag: { x: true, y: false } };
};

const draw = (figure) => {
	const holder = document.getElementById(`plot-${figure.id}`);
	holder.replaceChildren();
	const height = () => {
		if (figure.heat) return 60 + Math.max(60, 14 * figure.curves.length);
		return figure.small ? 180 : holder.clientWidth < 500 ? 210 : 270;
	};
	const plot = new uPlot(
		{
			width: holder.clientWidth,
			height: height(),
			tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), page.timezone),
			cursor: cursorOf(figure),
			legend: {
				show: !figure.heat && !(figure.small && figure.curves.length === 1),
				live: !figure.names,
				markers: {
					width: 2,
					dash: (_plot, i) => (figure.curves[i - 1]?.dash ? 'dashed' : 'solid'),
				},
			},
			scales: scales(figure),
			axes: axes(figure),
			series: series(figure),
			bands: between(figure),
			hooks: {
				setScale: [zoom.follow],
				drawClear: [
					drawShades(figure),
					...(figure.bands ? [drawBands(figure)] : []),
					...(figure.heat ? [drawHeat(figure)] : []),
				],
				drawAxes: [drawMarks(figure), drawUprights(figure)],
				draw: figure.spreads ? [drawSpreads(figure)] : [],
				setCursor: [
					...(figure.names ? [showName(figure)] : []),
					...(figure.heat ? [showStrip(figure)] : []),
				],
			},
		},
		figure.data,
		holder,
	);
	const canvas = plot.root.querySelector('canvas');
	canvas.setAttribute('role', 'img');
	canvas.setAttribute('aria-label', holder.dataset.label);
	zoom.add(plot, figure.x === 'time');
	const fit = () => {
		const width = holder.clientWidth;
		if (width !== plot.width) plot.setSize({ width, height: height() });
	};
	return { plot, figure, fit };
};

let drawn = [];
const drawAll = () => {
	for (const { plot } of drawn) plot.destroy();
	zoom.start();
	drawn = page.figures.map(draw);
};
drawAll();
globalThis.saveFigures({ ...tools, cellsOf }, (id) => drawn.find(({ figure }) => figure.id === id));
addEventListener('resize', () => {
	for (const { fit } of drawn) fit();
});
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawAll);
document.documentElement.dataset.drawn = String(page.figures.length);

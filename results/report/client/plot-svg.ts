import uPlot from 'uplot';

// Stands before page.js: saves a figure as the reader sees it, zoomed and in the colours of the page.
{
	let tools;
	const color = (name) => tools.color(name);
	const HEAD = 66;
	const LEGEND_LINE = 20;
	const PNG_SCALE = 2;

	const safe = (text) => String(text).replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);
	const px = (number) => Math.round(number * 10) / 10;
	const box = (plot) => {
		const { left, top, width, height } = plot.bbox;
		const ratio = uPlot.pxRatio;
		return { left: left / ratio, top: top / ratio, width: width / ratio, height: height / ratio };
	};

	// Maps values to the drawing, in the range that is shown.
	const mapOf = (plot) => {
		const { left, top } = box(plot);
		return {
			x: (value) => px(plot.valToPos(value, 'x') + left),
			y: (value) => px(plot.valToPos(value, 'y') + top),
		};
	};

	const curvePath = (figure, values, { x, y }, [low, high]) => {
		const xs = figure.data[0];
		let path = '';
		let isDown = false;
		values.forEach((value, i) => {
			if (value === null || (figure.logY && value <= 0)) {
				if (figure.x === 'time') isDown = false;
				return;
			}
			// One point beyond each side, so that lines run to the edge.
			if ((xs[i + 1] ?? xs[i]) < low || (xs[i - 1] ?? xs[i]) > high) return;
			const [left, top] = [x(xs[i]), y(value)];
			if (!isDown) path += `M${left} ${top}`;
			else path += figure.stepped ? `H${left}V${top}` : `L${left} ${top}`;
			isDown = true;
		});
		return path;
	};

	const rect = ([left, top, width, height], rest) =>
		`<rect x="${px(left)}" y="${px(top)}" width="${px(Math.max(width, 0.5))}" height="${px(Math.max(height, 0))}" ${rest}/>`;
	const line = (d, name, rest = '') =>
		`<path d="${d}" fill="none" stroke="${color(name)}" ${rest}/>`;
	const text = (left, top, words, rest = '') =>
		`<text x="${px(left)}" y="${px(top)}" ${rest}>${safe(words)}</text>`;

	const backgrounds = (figure, { x, y }, area) => {
		const bottom = area.top + area.height;
		const shades = figure.shades.map(([from, until]) =>
			rect([x(from), area.top, x(until) - x(from), area.height], `fill="${color('shade')}"`),
		);
		const bands = (figure.bands ?? []).map(({ from, until, color: name, label }) => {
			const top = until === null ? area.top : Math.max(area.top, Math.min(y(until), bottom));
			const low = from === null ? bottom : Math.max(area.top, Math.min(y(from), bottom));
			const tint = `fill="${color(name)}" fill-opacity="0.14"`;
			const soft = `font-size="11" text-anchor="end" fill="${color('soft')}"`;
			const words =
				low - top < 16 ? '' : text(area.left + area.width - 6, (top + low) / 2 + 4, label, soft);
			return rect([area.left, top, area.width, low - top], tint) + words;
		});
		const count = figure.curves.length;
		const cells = figure.heat
			? tools.cellsOf(figure).map(([strip, from, until, share]) => {
					const top = y(count - strip);
					const height = y(count - strip - 1) - top - 1;
					const fill = `fill="${color(figure.heat.color)}" fill-opacity="${share.toFixed(2)}" shape-rendering="crispEdges"`;
					return rect([x(from), top, x(until) - x(from), height], fill);
				})
			: [];
		return [...shades, ...bands, ...cells].join('');
	};

	const areas = (figure, map) =>
		(figure.between ?? []).map(({ upper, lower, color: name }) => {
			const points = (curve) =>
				figure.data[0].flatMap((at, i) => {
					const value = figure.data[curve + 1][i];
					return value === null ? [] : [`${map.x(at)} ${map.y(value)}`];
				});
			const around = [...points(upper), ...points(lower).reverse()];
			return `<path d="M${around.join('L')}Z" fill="${color(name)}" fill-opacity="0.2"/>`;
		});

	const curves = (figure, map, plot) => {
		const { min, max } = plot.scales.x;
		return figure.curves.map((curve, i) => {
			if (figure.heat || !plot.series[i + 1].show) return '';
			const values = figure.data[i + 1];
			const dash = curve.dash ? 'stroke-dasharray="6 4"' : '';
			const path = curvePath(figure, values, map, [min, max]);
			// Down from the last point, back below the first.
			const [, first] = /^M(\S+)/.exec(path) ?? [];
			const ground =
				curve.fill && first !== undefined
					? `<path d="${path}V${map.y(0)}H${first}Z" fill="${color(curve.color)}" fill-opacity="0.2"/>`
					: '';
			const stroke =
				curve.points === 'only' ? '' : line(path, curve.color, `stroke-width="1.5" ${dash}`);
			if (!curve.points) return ground + stroke;
			const dots = values.map((value, at) =>
				value === null
					? ''
					: `<circle cx="${map.x(figure.data[0][at])}" cy="${map.y(value)}" r="3.5" fill="${color(curve.dash ? 'panel' : curve.color)}" stroke="${color(curve.color)}" stroke-width="1.5"/>`,
			);
			return stroke + dots.join('');
		});
	};

	const whiskers = (figure, { x, y }) =>
		(figure.spreads ?? []).flatMap((spreads, curve) =>
			spreads.map((spread, i) => {
				const value = figure.data[curve + 1][i];
				if (spread === null || value === null) return '';
				const ends = `M${x(figure.data[0][i])} ${y(value - spread)}V${y(value + spread)}`;
				return line(ends, figure.curves[curve].color, 'stroke-width="1.2"');
			}),
		);

	const marks = (figure, { x, y }, area) => {
		const dashed = 'stroke-width="1.5" stroke-dasharray="5 4"';
		const small = `font-size="11" fill="${color('ink')}"`;
		const across = figure.marks.map(({ value, label }) => {
			const top = y(value);
			const isHigh = top - area.top > 18;
			const words = text(area.left + 6, top + (isHigh ? -4 : 13), label, small);
			return line(`M${area.left} ${top}h${area.width}`, 'mark', dashed) + words;
		});
		const upright = (figure.xAxis?.marks ?? []).map(({ value, label }) => {
			const words = text(x(value) + 5, area.top + 13, label, small);
			return line(`M${x(value)} ${area.top}v${area.height}`, 'mark', dashed) + words;
		});
		return [...across, ...upright];
	};

	// The ticks that uPlot has chosen and worded for what is shown.
	const axes = (plot, figure, { x, y }, area) => {
		const [across, up] = plot.axes;
		const soft = `fill="${color('soft')}"`;
		const bottom = area.top + area.height;
		const below = across._splits.map((tick, i) => {
			const words = String(across._values[i] ?? '').split('\n');
			const left = x(tick);
			if (left < area.left - 1 || left > area.left + area.width + 1) return '';
			const labels = words.map((word, row) =>
				text(left, bottom + 18 + 14 * row, word, `text-anchor="middle" ${soft}`),
			);
			return line(`M${left} ${area.top}V${bottom}`, 'edge') + labels.join('');
		});
		const beside = up._splits.map((tick, i) => {
			const top = y(tick);
			if (top < area.top - 1 || top > bottom + 1) return '';
			const label = text(area.left - 8, top + 4, up._values[i] ?? '', `text-anchor="end" ${soft}`);
			return (figure.heat ? '' : line(`M${area.left} ${top}h${area.width}`, 'edge')) + label;
		});
		const name = figure.xAxis
			? text(
					area.left + area.width / 2,
					plot.height - 4,
					plot.axes[0].label,
					`text-anchor="middle" ${soft}`,
				)
			: '';
		return [...below, ...beside, name];
	};

	const legend = (figure, plot, top) => {
		if (figure.heat) return { words: [], bottom: top };
		let [left, row] = [16, 0];
		const words = figure.curves.flatMap(({ label, color: name, dash }, i) => {
			if (!plot.series[i + 1].show) return [];
			const width = 46 + 6.7 * label.length;
			if (left > 16 && left + width > plot.width) [left, row] = [16, row + 1];
			const [at, y] = [left, top + LEGEND_LINE * (row + 0.6)];
			left += width;
			const rest = `stroke-width="2" ${dash ? 'stroke-dasharray="6 4"' : ''}`;
			return [line(`M${px(at)} ${px(y)}h22`, name, rest) + text(at + 28, y + 4, label)];
		});
		return { words, bottom: top + LEGEND_LINE * (row + 1) };
	};

	// A drawing of its own: no script, no reference.
	const svgOf = (plot, figure) => {
		const area = box(plot);
		const map = mapOf(plot);
		const clip = `clip-${figure.id}`;
		const { words, bottom } = legend(figure, plot, plot.height);
		const height = HEAD + bottom + 8;
		const inside = [
			backgrounds(figure, map, area),
			...areas(figure, map),
			...marks(figure, map, area),
			...curves(figure, map, plot),
			...whiskers(figure, map),
		];
		const span = figure.x === 'time' ? tools.spanText(plot) : '';
		const soft = `fill="${color('soft')}"`;
		return `<svg xmlns="http://www.w3.org/2000/svg" width="${plot.width}" height="${px(height)}" viewBox="0 0 ${plot.width} ${px(height)}" font-family="system-ui, sans-serif" font-size="12" fill="${color('ink')}">
<rect width="100%" height="100%" fill="${color('panel')}"/>
${text(16, 24, figure.title, 'font-size="15" font-weight="600"')}
${text(16, 42, figure.yLabel, soft)}
${text(16, 58, span, soft)}
<clipPath id="${clip}">${rect([area.left, area.top, area.width, area.height], '')}</clipPath>
<g transform="translate(0 ${HEAD})">
${axes(plot, figure, map, area).join('')}
<g clip-path="url(#${clip})">${inside.join('\n')}</g>
${words.join('')}
</g>
</svg>
`;
	};

	const download = (blob, name) => {
		const link = document.createElement('a');
		link.href = URL.createObjectURL(blob);
		link.download = name;
		link.click();
		setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
	};
	const savePng = (svg, name) => {
		const image = new Image();
		image.onload = () => {
			const canvas = document.createElement('canvas');
			canvas.width = image.width * PNG_SCALE;
			canvas.height = image.height * PNG_SCALE;
			canvas.getContext('2d').drawImage(image, 0, 0, canvas.width, canvas.height);
			canvas.toBlob((blob) => download(blob, name), 'image/png');
		};
		image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
	};

	const bind = (find) =>
		document.addEventListener('click', (event) => {
			const button = event.target.closest('button[data-save]');
			if (button === null) return;
			const { plot, figure } = find(button.dataset.figure);
			const svg = svgOf(plot, figure);
			if (button.dataset.save === 'png') savePng(svg, `${figure.id}.png`);
			else download(new Blob([svg], { type: 'image/svg+xml' }), `${figure.id}.svg`);
		});

	globalThis.saveFigures = (given, find) => {
		tools = given;
		bind(find);
	};
}

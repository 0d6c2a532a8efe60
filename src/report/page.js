// page.js — a report's curves and sliders. Without it the tables and all sample grids are there.
'use strict';
(function () {
  const data = JSON.parse(document.getElementById('data').textContent);
  const NS = 'http://www.w3.org/2000/svg';
  const WIDTH = 480, HEIGHT = 240, LEFT = 52, RIGHT = 10, TOP = 8, BOTTOM = 26;
  const DASHES = ['', '6 3', '2 3', '8 3 2 3'];
  const TITLES = {Loss: 'loss', D: 'probability that D gives', Norm: 'norm of the gradient', Accuracy: 'share of right answers',
    Timing: 'speed', Memory: 'memory'};
  const AXES = {step: 'step', epoch: 'epoch', seconds: 'seconds'};
  const view = {axis: 'step', smoothing: 0};

  function make(name, attributes, parent, text) {
    const svg = ['svg', 'path', 'line', 'text', 'circle', 'g'].includes(name);
    const node = svg ? document.createElementNS(NS, name) : document.createElement(name);
    for (const key in attributes) node.setAttribute(key, attributes[key]);
    if (text !== undefined) node.textContent = text;
    if (parent) parent.appendChild(node);
    return node;
  }

  function short(value) {
    const size = Math.abs(value);
    if (size !== 0 && (size < 1e-3 || size >= 1e6)) return value.toExponential(2);
    return String(+value.toPrecision(5));
  }

  // Round numbers that cut [low, high] into about n parts.
  function ticks(low, high, n) {
    const rough = (high - low) / n || 1, power = 10 ** Math.floor(Math.log10(rough));
    const step = power * [1, 2, 2.5, 5, 10].find((f) => f * power >= rough);
    const out = [];
    for (let i = Math.ceil(low / step); i * step <= high * (1 + 1e-12) + 1e-12; i++) out.push(i * step);
    return out;
  }

  // The exponential mean, each value as old as its weight says: without a bias at the beginning.
  function smooth(values, share) {
    let sum = 0, weight = 0;
    return values.map((v) => {
      if (v === null) return null;
      sum = share * sum + (1 - share) * v;
      weight = share * weight + (1 - share);
      return sum / weight;
    });
  }

  // Charts by the part of the key before '/', a measure of quality with its floor each: a line for each
  // run and key.
  function collect() {
    const charts = new Map();
    data.runs.forEach((run, index) => {
      Object.keys(run.values).forEach((key) => {
        const group = key.startsWith('Metrics/') ? key.replace(/_floor$/, '') : key.split('/')[0];
        if (!charts.has(group)) charts.set(group, {group, keys: [], lines: []});
        const chart = charts.get(group);
        if (!chart.keys.includes(key)) chart.keys.push(key);
        chart.lines.push({run, index, key, values: run.values[key]});
      });
    });
    // what was measured once has no curve: it is in the table of quality
    const isMany = (line) => line.values.filter((v) => v !== null).length > 1;
    return [...charts.values()].filter((c) => !c.group.startsWith('Metrics/') || c.lines.some(isMany));
  }

  function range(lists) {
    let low = Infinity, high = -Infinity;
    for (const list of lists) {
      for (const v of list) {
        if (v !== null) { low = Math.min(low, v); high = Math.max(high, v); }
      }
    }
    if (!(low <= high)) return [0, 1];
    const room = low === high ? Math.abs(low) * 0.1 || 1 : 0.04 * (high - low);
    return [low - room, high + room];
  }

  function path(xs, ys, toX, toY) {
    let d = '', up = true;
    xs.forEach((x, i) => {
      if (ys[i] === null || x === null) return;
      d += (up ? 'M' : 'L') + toX(x).toFixed(1) + ' ' + toY(ys[i]).toFixed(1);
      up = false;
    });
    return d;
  }

  function style(chart, line) {
    const dash = DASHES[chart.keys.indexOf(line.key) % DASHES.length];
    return {class: 'run run' + line.index % 6, 'stroke-dasharray': dash};
  }

  function drawLegend(chart) {
    const list = make('ul', {class: 'legend'}, chart.figure);
    chart.lines.forEach((line) => {
      const item = make('li', {class: 'run run' + line.index % 6}, list);
      const mark = make('svg', {viewBox: '0 0 24 8', 'aria-hidden': 'true'}, item);
      make('path', {...style(chart, line), d: 'M0 4L24 4'}, mark);
      const name = data.runs.length > 1 ? line.run.name + ' ' : '';
      make('span', {}, item, name + line.key + ' ');
      line.output = make('output', {}, item);
    });
  }

  function drawAxes(chart, svg) {
    const [x0, x1] = chart.x, [y0, y1] = chart.y;
    ticks(y0, y1, 6).forEach((v) => {
      make('line', {class: 'rule', x1: LEFT, x2: WIDTH - RIGHT, y1: chart.toY(v), y2: chart.toY(v)}, svg);
      make('text', {x: LEFT - 6, y: chart.toY(v) + 4, 'text-anchor': 'end'}, svg, short(v));
    });
    ticks(Math.max(x0, 0), x1, 5).forEach((v) => {
      make('text', {x: chart.toX(v), y: HEIGHT - 8, 'text-anchor': 'middle'}, svg, short(v));
    });
  }

  // A few points are seen each; one alone would have no line at all.
  function dots(chart, line) {
    const known = line.shown.map((_, i) => i).filter((i) => line.shown[i] !== null && line.xs[i] !== null);
    if (known.length > 12) return;
    known.forEach((i) => make('circle', {class: 'run run' + line.index % 6, r: 2.5,
      cx: chart.toX(line.xs[i]), cy: chart.toY(line.shown[i])}, chart.svg));
  }

  function draw(chart) {
    const xs = chart.lines.map((line) => line.run[view.axis]);
    const ys = chart.lines.map((line) => smooth(line.values, view.smoothing));
    chart.x = range(xs);
    chart.y = range(ys);
    chart.toX = (v) => LEFT + (v - chart.x[0]) / (chart.x[1] - chart.x[0]) * (WIDTH - LEFT - RIGHT);
    chart.toY = (v) => HEIGHT - BOTTOM - (v - chart.y[0]) / (chart.y[1] - chart.y[0]) * (HEIGHT - TOP - BOTTOM);
    chart.svg.replaceChildren();
    drawAxes(chart, chart.svg);
    chart.lines.forEach((line, i) => {
      line.xs = xs[i];
      line.shown = ys[i];
      if (view.smoothing > 0) {
        const clipped = line.values.map((v) => (v === null ? null
          : Math.min(Math.max(v, chart.y[0]), chart.y[1])));
        make('path', {...style(chart, line), class: 'raw run run' + line.index % 6,
          d: path(xs[i], clipped, chart.toX, chart.toY)}, chart.svg);
      }
      make('path', {...style(chart, line), d: path(xs[i], ys[i], chart.toX, chart.toY)}, chart.svg);
      dots(chart, line);
    });
    chart.cursor = make('g', {}, chart.svg);
    point(chart, null);
  }

  // Shows what every line has at the point nearest to x; null: its last one.
  function point(chart, x) {
    chart.at = x;
    chart.cursor.replaceChildren();
    if (x !== null) {
      make('line', {class: 'cursor', x1: chart.toX(x), x2: chart.toX(x), y1: TOP, y2: HEIGHT - BOTTOM}, chart.cursor);
    }
    chart.lines.forEach((line) => {
      let best = -1;
      line.shown.forEach((v, i) => {
        if (v === null || line.xs[i] === null) return;
        if (best < 0 || x === null || Math.abs(line.xs[i] - x) < Math.abs(line.xs[best] - x)) best = i;
      });
      line.output.textContent = best < 0 ? '' : short(line.shown[best]);
      if (best >= 0 && x !== null) {
        make('circle', {class: 'run run' + line.index % 6, r: 3, cx: chart.toX(line.xs[best]),
          cy: chart.toY(line.shown[best])}, chart.cursor);
      }
    });
    chart.where.textContent = x === null ? 'the last values' : 'at ' + view.axis + ' ' + short(x);
  }

  // Arrow keys move the cursor by a point of the first line, Home and End to its ends.
  function key(chart, event) {
    const xs = chart.lines[0].xs.filter((x) => x !== null);
    let i = chart.at === null ? xs.length : xs.findIndex((x) => x >= chart.at);
    if (event.key === 'ArrowLeft') i--;
    else if (event.key === 'ArrowRight') i++;
    else if (event.key === 'Home') i = 0;
    else if (event.key === 'End') i = xs.length - 1;
    else if (event.key === 'Escape') { point(chart, null); return; }
    else return;
    event.preventDefault();
    point(chart, xs[Math.min(Math.max(i, 0), xs.length - 1)]);
  }

  function addChart(chart, parent) {
    chart.figure = make('figure', {class: 'chart'}, parent);
    const caption = make('figcaption', {}, chart.figure);
    make('b', {}, caption, TITLES[chart.group] || chart.group.replace('Metrics/', 'quality: '));
    make('span', {}, caption, ' ');
    chart.where = make('span', {}, caption);
    chart.svg = make('svg', {viewBox: '0 0 ' + WIDTH + ' ' + HEIGHT, tabindex: '0', role: 'img',
      'aria-label': chart.keys.join(', ') + '; arrow keys show values'}, chart.figure);
    drawLegend(chart);
    chart.svg.addEventListener('pointermove', (event) => {
      const box = chart.svg.getBoundingClientRect();
      const x = (event.clientX - box.left) / box.width * WIDTH;
      const share = Math.min(Math.max((x - LEFT) / (WIDTH - LEFT - RIGHT), 0), 1);
      point(chart, chart.x[0] + share * (chart.x[1] - chart.x[0]));
    });
    chart.svg.addEventListener('pointerleave', () => point(chart, null));
    chart.svg.addEventListener('keydown', (event) => key(chart, event));
    draw(chart);
  }

  function addCharts() {
    const place = document.getElementById('charts'), charts = collect();
    const controls = make('div', {class: 'controls'}, place);
    const axis = make('select', {}, make('label', {}, controls, 'against '));
    Object.keys(AXES).forEach((name) => make('option', {value: name}, axis, AXES[name]));
    const label = make('label', {}, controls, 'smoothing ');
    const slider = make('input', {type: 'range', min: 0, max: 0.99, step: 0.01, value: 0}, label);
    axis.addEventListener('change', () => { view.axis = axis.value; charts.forEach(draw); });
    slider.addEventListener('input', () => { view.smoothing = +slider.value; charts.forEach(draw); });
    const grid = make('div', {class: 'grid'}, place);
    charts.forEach((chart) => addChart(chart, grid));
    if (!charts.length) make('p', {}, place, 'Nothing was measured yet.');
  }

  // The frames of a run behind one slider; the button plays them. Of several runs, the others follow to
  // the step nearest to it.
  const followers = [];
  function follow(leader, step) {
    followers.forEach((f) => { if (f.figure !== leader) f.go(step); });
  }

  function addSlider(figure) {
    const frames = [...figure.querySelectorAll('.frames img')];
    const slider = figure.querySelector('input'), output = figure.querySelector('output');
    const button = figure.querySelector('button');
    let timer = 0;
    function show(i) {
      frames.forEach((frame, k) => frame.classList.toggle('shown', k === i));
      output.textContent = 'step ' + frames[i].dataset.step;
      slider.setAttribute('aria-valuetext', output.textContent);
    }
    function stop() {
      clearInterval(timer);
      timer = 0;
      button.innerHTML = '&#9654;';
    }
    slider.max = frames.length - 1;
    slider.value = slider.max;
    const step = (i) => +frames[i].dataset.step;
    slider.addEventListener('input', () => {
      stop();
      show(+slider.value);
      follow(figure, step(+slider.value));
    });
    followers.push({figure, go(wanted) {
      let best = 0;
      frames.forEach((_, i) => { if (Math.abs(step(i) - wanted) < Math.abs(step(best) - wanted)) best = i; });
      stop();
      slider.value = best;
      show(best);
    }});
    button.addEventListener('click', () => {
      if (timer) { stop(); return; }
      button.innerHTML = '&#10073;&#10073;';
      timer = setInterval(() => {
        slider.value = (+slider.value + 1) % frames.length;
        show(+slider.value);
        follow(figure, step(+slider.value));
      }, 250);
    });
    button.disabled = slider.disabled = frames.length < 2;
    show(+slider.max);
  }

  document.documentElement.classList.add('script');
  addCharts();
  document.querySelectorAll('.samples').forEach((figure) => {
    if (figure.querySelector('.frames')) addSlider(figure);
  });
})();

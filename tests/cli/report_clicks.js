// report_clicks.js — uses a report as a person does, and writes what happened into <body data-clicks>.
'use strict';
window.addEventListener('load', () => {
  const done = [];
  const check = (name, good) => done.push((good ? 'ok ' : 'not ok ') + name);
  const shown = (figure) => [...figure.querySelectorAll('.frames img')]
    .filter((img) => getComputedStyle(img).display !== 'none');
  const figure = document.querySelector('.samples');
  const frames = figure.querySelectorAll('.frames img'), slider = figure.querySelector('input');
  const output = figure.querySelector('output');
  const slide = (value) => { slider.value = value; slider.dispatchEvent(new Event('input')); };
  check('one frame, the last one', shown(figure).length === 1 && shown(figure)[0] === frames[frames.length - 1]);
  slide(0);
  check('the first frame', shown(figure).length === 1 && shown(figure)[0] === frames[0]);
  check('its step', output.textContent === 'step 0');
  slide(1);
  check('the second frame', shown(figure)[0] === frames[1] && output.textContent === 'step ' + frames[1].dataset.step);
  check('the other run follows', shown(document.querySelectorAll('.samples')[1])[0].dataset.step === frames[1].dataset.step);
  check('a picture of its size', frames[1].naturalWidth > 50);
  const svg = document.querySelector('.chart svg'), paths = svg.querySelectorAll('path');
  check('a line of each run and key', paths.length === 4 && [...paths].every((p) => /^M[-0-9. L]+$/.test(p.getAttribute('d'))));
  check('few points, each a dot', svg.querySelectorAll('circle').length === 28);
  const values = () => [...document.querySelectorAll('.legend output')].map((o) => o.textContent).join();
  const last = values();
  svg.dispatchEvent(new KeyboardEvent('keydown', {key: 'Home'}));
  check('Home: other values', values() !== last && svg.querySelector('.cursor') !== null);
  svg.dispatchEvent(new KeyboardEvent('keydown', {key: 'Escape'}));
  check('Escape: the last ones', values() === last);
  const before = paths[0].getAttribute('d');
  const smoothing = document.querySelector('#charts input');
  smoothing.value = 0.9;
  smoothing.dispatchEvent(new Event('input'));
  const smooth = svg.querySelector('path:not(.raw)').getAttribute('d');
  check('smoothing: another line', smooth !== before && svg.querySelectorAll('path.raw').length === 4);
  check('nothing wider than the window', document.documentElement.scrollWidth <= window.innerWidth);
  document.querySelector('.samples button').click();
  setTimeout(() => {
    check('play: it moves', shown(figure)[0] !== frames[1]);
    document.body.dataset.clicks = done.join('; ');
  }, 700);
});

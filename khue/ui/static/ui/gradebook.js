/* The grid of the gradebook: keys, reading what is typed, saving as one types, nothing lost, nothing overwritten.
   The page works without it as a plain form. Words come from data-t-… of this script's own element and of the table;
   what is typed is judged by the server again, cell by cell. One sending is under way at a time; what waits is kept in
   this tab (sessionStorage, bound to the person) until the server has said what became of it. */
(function () {
  'use strict';
  var script = document.currentScript, table = document.getElementById('gb');
  if (!table) return;
  var form = document.getElementById('gb-form'), body = table.tBodies[0], saveUrl = table.dataset.save;
  var person = document.body.dataset.person || '', store = 'khue:gb:' + person + ':' + table.dataset.id;
  function all(selector, within) { return Array.prototype.slice.call((within || document).querySelectorAll(selector)); }
  function id(name) { return document.getElementById(name); }
  function word(name, values) {
    return (script.dataset['t' + name.charAt(0).toUpperCase() + name.slice(1)] || '').replace(/\{(\w+)\}/g, function (_all, key) { return values[key]; });
  }
  function make(tag, text, cls) { var one = document.createElement(tag); if (text) one.textContent = text; if (cls) one.className = cls; return one; }
  function button(text, act, cls) {
    var one = make('button', text, 'btn btn-sm' + (cls ? ' ' + cls : ''));
    one.type = 'button'; one.addEventListener('click', act); return one;
  }
  /* A request that hangs is given up after a while, its answer's body included: take(answer) gives what is wanted of it.
     Nothing that was given up or called off is heard of later. */
  function patience() { return +(table.dataset.patience || 20000); }
  function ask(address, how, take) {
    var stop = new AbortController(), clock = setTimeout(function () { stop.late = true; stop.abort(); }, patience());
    how.credentials = 'same-origin'; how.redirect = 'manual'; how.signal = stop.signal;
    stop.answer = fetch(address, how).then(take).finally(function () { clearTimeout(clock); });
    return stop;
  }
  function html(answer) { if (!answer.ok) throw new Error(String(answer.status)); return answer.text(); }

  /* ---------- columns and cells ---------- */
  var STATES = { V: -1, P: -2, B: -2, '0*': -3, M: -4 }, SHOWN = { '-1': 'V', '-2': 'B', '-3': '0*', '-4': 'M', '-5': '–' };
  var MARKS = { mark: 1, test: 1 }, TESTED = { mark: 1, test: 1, pass: 1 };
  var columns = all('thead th[data-n]', table).map(function (th) {
    return { th: th, slot: +th.dataset.n, at: th.cellIndex, kind: th.dataset.k, code: th.dataset.c, weight: +(th.dataset.w || 0),
      optional: !!th.dataset.o, words: th.dataset.words ? th.dataset.words.split(',') : null, title: th.title || th.textContent };
  });
  var byAt = {}, bySlot = {}, cells = {}, seen = {};
  columns.forEach(function (c) { byAt[c.at] = c; bySlot[c.slot] = c; });
  if (form) try { seen = JSON.parse(form.elements.seen.value); } catch (e) { seen = {}; }
  function cellOf(td) {
    var tr = td.parentNode, column = byAt[td.cellIndex], e = tr.dataset.e;
    if (!column || !seen[e]) return null;
    var key = e + ':' + column.slot, cell = cells[key];
    if (!cell) {
      var row = seen[e], base = column.slot < 0 ? row[row.length - 1] : row[column.slot];
      cell = cells[key] = { key: key, e: +e, column: column, td: td, input: td.querySelector('input'), base: base, value: base, name: tr.querySelector('.nm').firstChild.textContent + (tr.querySelector('.nm b') || make('b')).textContent };
    }
    return cell;
  }
  function cellAt(key) {
    var parts = key.split(':'), column = bySlot[parts[1]], tr = body.querySelector('tr[data-e="' + parts[0] + '"]');
    return column && tr ? cellOf(tr.cells[column.at]) : null;
  }
  function show(column, value) {
    if (value === null || value === undefined) return '';
    if (column.slot < 0) return value;
    if (value < 0) return SHOWN[value];
    if (column.words) return column.words[value];
    if (column.kind === 'count') return String(value);
    if (column.kind === 'test') return String(Math.floor(value / 10));
    return Math.floor(value / 10) + ',' + value % 10;
  }
  /* What was typed: {value}, {ask: the value meant}, or {text}: only the server knows. */
  function read(column, typed) {
    var text = typed.trim().replace(/\s+/g, ' '), upper = text.toUpperCase();
    if (column.slot < 0) return { value: text };
    if (!text) return { value: null };
    if (TESTED[column.kind] && upper in STATES) return { value: STATES[upper] };
    if (column.words) {
      var place = column.words.indexOf(upper === 'D' ? 'Đ' : upper === 'CD' ? 'CĐ' : upper);
      return place < 0 ? { text: text } : { value: place };
    }
    if (column.kind === 'mark') {
      var found = /^(\d{1,2})(?:[.,](\d)0*)?$/.exec(text);
      if (found) {
        var tenths = +found[1] * 10 + +(found[2] || 0);
        if (found[2] === undefined && found[1].length === 2 && found[1] !== '10') return { ask: +found[1] };
        if (tenths <= 100) return { value: tenths };
      }
      if (/^[.,]\d$/.test(text)) return { ask: +text[1] };
      if (text === '100') return { ask: 100 };
    }
    return { text: text };
  }

  /* ---------- averages: whole numbers, half up, as the circular has it ---------- */
  var passes = +(table.dataset.passes || 3), scored = !('comment' in table.dataset);
  function average(e) {
    var total = 0, weight = 0, good = 0, counted = 0, last = 0, free = false;
    for (var k = 0; k < columns.length; k++) {
      var c = columns[k]; if (!c.weight) continue;
      var cell = cells[e + ':' + c.slot], v = cell ? cell.value : (seen[e] || [])[c.slot];
      if (v === null || v === undefined) { if (c.optional) continue; return ''; }
      if (v === -4 || v === -5) { free = v; continue; }
      if (v < 0 && v !== -3) return '';
      v = v < 0 ? 0 : v; total += v * c.weight; weight += c.weight; counted++; good += v > 0 ? 1 : 0; last = v;
    }
    if (!weight) return free ? SHOWN[free] : '';
    if (!scored) return (passes > 2 ? good === counted : 3 * good >= passes * counted && last > 0) ? 'Đ' : 'CĐ';
    var a = Math.floor((2 * total + weight) / (2 * weight));
    return Math.floor(a / 10) + ',' + a % 10;
  }
  function showAverage(e, text) {
    var tr = body.querySelector('tr[data-e="' + e + '"]'), td = tr && tr.querySelector('.avg');
    if (td) td.firstChild.textContent = text === undefined ? average(e) : text;
  }
  function count(column) {
    var done = 0, foot = table.tFoot.rows[0].cells[column.at];
    all('tr[data-e]:not(.gone)', body).forEach(function (tr) {
      var cell = cells[tr.dataset.e + ':' + column.slot], row = seen[tr.dataset.e], v = cell ? cell.value : row ? row[column.slot < 0 ? row.length - 1 : column.slot] : null;
      if (column.slot < 0 ? v : v !== null && v !== undefined && v !== -1 && v !== -2) done++;
    });
    if (foot && form) foot.textContent = done + ' / ' + foot.textContent.split('/')[1].trim();
  }

  /* ---------- what a cell shows ---------- */
  function state(cell, name, message) {
    var td = cell.td;
    cell.state = name; cell.message = message || '';
    if (name) td.dataset.s = name; else delete td.dataset.s;
    if (message) td.title = message; else td.removeAttribute('title');
    if (cell.input) { if (name === 'refused') cell.input.setAttribute('aria-invalid', 'true'); else cell.input.removeAttribute('aria-invalid'); }
    var old = td.querySelector('.gb-tip'); if (old) old.remove();
    if (message && cell.input) {
      var say = make('small', message, 'gb-tip'); say.id = 'p' + cell.input.name;
      td.appendChild(say); cell.input.setAttribute('aria-describedby', say.id);
    } else if (cell.input) cell.input.removeAttribute('aria-describedby');
  }
  function calm(cell) {
    var v = cell.value;
    state(cell, cell.column.slot < 0 || v === null || v >= 0 ? '' : v === -1 || v === -2 || v === -3 ? 'absent' : 'exempt');
  }

  /* ---------- the queue ---------- */
  var queue = {}, flying = null, timer = 0, due = 0, tries = 0, halted = '', savedAt = '', storeTimer = 0;
  var sending = null, slowTimer = 0, trouble = '', held = 0;  /* trouble: why what waits waits: offline, slow, busy */
  function waiting() { return Object.keys(queue).length + (flying ? flying.items.length : 0); }
  function persist() {
    clearTimeout(storeTimer);
    try {
      var asks = {};
      Object.keys(cells).forEach(function (k) { if (cells[k].state === 'ask' || cells[k].state === 'refused') asks[k] = cells[k].input.value; });
      var clashes = troubled().filter(function (c) { return c.state === 'conflict'; }).map(function (c) { return [c.key, c.mine, c.mineValue, c.message]; });
      if (!waiting() && !Object.keys(asks).length && !clashes.length) sessionStorage.removeItem(store);
      else sessionStorage.setItem(store, JSON.stringify({ queue: queue, flying: flying, asks: asks, clashes: clashes }));
    } catch (e) { /* a full store: what waits is still in this page */ }
  }
  /* What was saved while this page was already being opened again: the page on its way may have been drawn before. */
  function remember(written) {
    try {
      var now = Date.now(), kept = (JSON.parse(sessionStorage.getItem(store + ':new')) || []).filter(function (one) { return now - one[3] < 60000; });
      sessionStorage.setItem(store + ':new', JSON.stringify(kept.concat(written.map(function (one) { return [one[0] + ':' + one[1], one[2], one[3], now]; }))));
    } catch (e) { /* a full store: the page opened again shows it one opening later */ }
  }
  function recall() {
    var kept; try { kept = JSON.parse(sessionStorage.getItem(store + ':new')) || []; } catch (e) { kept = []; }
    kept.forEach(function (one) {
      var cell = one[3] > performance.timeOrigin - 2000 && cellAt(one[0]);
      if (cell && cell.input) { cell.base = cell.value = one[1]; cell.input.value = one[2]; calm(cell); showAverage(cell.e); }
    });
  }
  /* item: {k, seen, v} or {k, seen, t}: a value, or a text the server reads; s: source, r: reason */
  function push(cell, item) {
    var known = queue[cell.key];
    item.k = cell.key; item.seen = known ? known.seen : cell.base;
    queue[cell.key] = item;
    state(cell, navigator.onLine === false || trouble ? 'waiting' : 'saving');
    persist(); tell(); later(350);
  }
  function later(ms) {  /* a short rest gathers what is typed together; who never rests is sent every second and a half */
    if (flying || halted) return;  /* its own clock (a second try, a page opened again) goes on ticking while one types */
    clearTimeout(timer);
    due = due || Date.now() + 1500; timer = setTimeout(send, Math.max(0, Math.min(ms, due - Date.now())));
  }
  function key() {
    var bytes = new Uint8Array(16); crypto.getRandomValues(bytes);
    return Array.prototype.map.call(bytes, function (b) { return ('0' + b.toString(16)).slice(-2); }).join('');
  }
  function send() {
    if (halted || (flying && flying.on)) return;
    if (!flying) {
      var keys = Object.keys(queue); if (!keys.length) return;
      var first = queue[keys[0]], items = keys.map(function (k) { return queue[k]; }).filter(function (one) { return (one.s || 'k') === (first.s || 'k') && (one.r || '') === (first.r || ''); });
      items.forEach(function (one) { delete queue[one.k]; });
      flying = { key: key(), items: items };
    }
    flying.on = true; due = 0; persist(); tell();
    var sent = { cells: [], remarks: [], source: flying.items[0].s || 'k', reason: flying.items[0].r || '' };
    flying.items.forEach(function (one) {
      var parts = one.k.split(':');
      if (+parts[1] < 0) sent.remarks.push([+parts[0], one.seen, one.v]);
      else sent.cells.push([+parts[0], +parts[1], one.seen, 't' in one ? one.t : one.v]);
    });
    if (sending) sending.abort();
    var mine = sending = ask(saveUrl, {
      method: 'POST', keepalive: JSON.stringify(sent).length < 60000,
      headers: { 'Content-Type': 'application/json', 'X-CSRFToken': form.elements.csrfmiddlewaretoken.value, 'Idempotency-Key': flying.key },
      body: JSON.stringify(sent)
    }, function (answer) {
      var isJson = (answer.headers.get('Content-Type') || '').indexOf('json') >= 0, status = answer.status;
      if (answer.type === 'opaqueredirect' || status === 403 || status === 401) return function () { halt('gone'); };
      if (status === 404) return function () { halt('denied'); };
      if (status === 409) return function () { held++; retry('busy'); };
      if (status === 429 || status >= 500) return function () { retry('busy'); };
      if (!isJson) return function () { flying.key = key(); retry('busy'); };
      return answer.json().then(function (data) { return function () { if (data.error) refuse(data.error); else landed(data); }; });
    });
    clearTimeout(slowTimer);
    slowTimer = setTimeout(function () { if (flying && flying.on && !trouble) { trouble = 'slow'; tell(); } }, patience() / 4);
    mine.answer.then(function (act) { if (mine === sending) act(); }, function () { if (mine === sending) retry(mine.late ? 'slow' : 'offline'); });
  }
  /* Sent again under the same key: what had arrived is answered once more and not written twice. A key the server holds for
     long belongs to a request that died there; under a new one each cell is compared with what it holds, as always. */
  function retry(why) {
    if (flying) { flying.on = false; if (held > 4) { held = 0; flying.key = key(); } }
    sending = null; trouble = why; tries++; marking('waiting'); persist(); tell();
    clearTimeout(timer); timer = setTimeout(send, Math.min(30000, patience() / 20 * Math.pow(2, Math.min(tries, 5))));
  }
  function rested() { sending = null; flying = null; tries = held = 0; trouble = ''; clearTimeout(slowTimer); }
  function halt(why) { if (flying) flying.on = false; sending = null; halted = why; marking('waiting'); persist(); tell(); }
  function marking(name) {
    (flying ? flying.items : []).map(function (one) { return one.k; }).concat(Object.keys(queue)).forEach(function (k) { var cell = cellAt(k); if (cell) state(cell, name); });
  }
  function refuse(message) {
    var items = flying.items; rested();
    items.forEach(function (one) { var cell = cellAt(one.k); if (cell && !queue[one.k]) { cell.value = cell.base; state(cell, 'refused', message); } });
    done();
  }
  function landed(data) {
    var touched = {}, slots = {}; rested(); savedAt = data.at; remember(data.written);
    data.written.forEach(function (one) {
      var cell = cellAt(one[0] + ':' + one[1]); if (!cell) return;
      cell.base = one[2]; touched[cell.e] = 1; slots[one[1]] = 1;
      var next = queue[cell.key];
      if (next) { next.seen = one[2]; return; }
      cell.value = one[2]; cell.text = one[3];
      if (cell.input && (document.activeElement !== cell.input || cell.input.value === cell.sent)) { cell.input.value = one[3]; cell.sent = undefined; }
      calm(cell); if (!cell.state) { state(cell, 'saved'); fade(cell); }
    });
    data.problems.forEach(function (one) {
      var cell = cellAt(one[0] + ':' + one[1]); if (!cell || queue[cell.key]) return;  // what was typed since is compared by itself, with what was seen
      slots[one[1]] = 1;
      if (one[2] === 'conflict') { cell.theirs = one[4]; cell.theirText = one[5]; cell.mine = cell.input ? cell.input.value : ''; cell.mineValue = cell.value; cell.base = one[4]; }
      else if (one[2] === 'ask') { cell.meant = one[4]; cell.value = cell.base; }
      else cell.value = cell.base;
      state(cell, one[2], one[3]);
    });
    data.averages.forEach(function (one) { if (!Object.keys(queue).some(function (k) { return k.indexOf(one[0] + ':') === 0; })) showAverage(one[0], one[1]); });
    Object.keys(slots).forEach(function (slot) { if (bySlot[slot]) count(bySlot[slot]); });
    done();
  }
  function done() { persist(); tell(); chart(); if (Object.keys(queue).length) later(0); }
  function fade(cell) { setTimeout(function () { if (cell.state === 'saved') calm(cell); }, 4000); }

  /* ---------- what the page says ---------- */
  var say = id('gb-say'), badPlace = id('gb-bad'), list = id('xem-lai');
  function troubled() { return Object.keys(cells).map(function (k) { return cells[k]; }).filter(function (c) { return c.state === 'refused' || c.state === 'ask' || c.state === 'conflict'; }); }
  function tell(note) {
    var n = waiting(), bad = troubled(), why = navigator.onLine === false ? 'offline' : trouble, offline = n && why;
    var text = note || (halted ? word(halted, { n: n }) : offline ? word(why, { n: n }) : n ? word('saving', { n: n }) : savedAt ? word('saved') + ' ' + savedAt : '');
    if (say.firstChild === null || say.dataset.text !== text) {
      say.dataset.text = text; say.textContent = text;
      say.className = 'quiet ' + (halted ? 'c-bad' : offline ? 'c-wait' : n ? '' : 'c-ok');
      if (halted) { var link = make('a', word('login'), 'btn btn-sm btn-primary'); link.href = location.pathname + location.search; link.addEventListener('click', function (event) { event.preventDefault(); leaving = true; location.reload(); }); say.append(' ', link); }
    }
    if (window.khue) window.khue.saved(halted || bad.length ? 'refused' : offline ? 'waiting' : n ? 'saving' : savedAt ? 'saved' : '');
    badPlace.hidden = !bad.length; badPlace.lastElementChild.textContent = word('bad', { n: bad.length });
    review(bad);
  }
  var reviewed = '';
  function review(bad) {
    var mark = bad.map(function (c) { return c.key + c.state + c.message; }).join(); if (mark === reviewed) return;
    reviewed = mark; list.hidden = !bad.length; list.querySelector('small').textContent = bad.length || '';
    list.querySelector('ul').replaceChildren.apply(list.querySelector('ul'), bad.map(function (c) {
      var li = make('li'), p = make('p', c.message), row = make('span', '', 'row-x'), head = make('b', c.name);
      li.append(head, make('span', ' · ' + c.column.title.split(';')[0], 'muted'), p, row);
      if (c.state === 'refused') { p.className = 'invalid-feedback'; row.append(button(word('fix'), function () { goTo(c); })); }
      else choices(c).forEach(function (one) { row.append(one); });
      return li;
    }));
  }
  function choices(c) {
    if (c.state === 'ask') return [button(word('yes', { meant: show(c.column, c.meant) }), function () { accept(c); goTo(c); }, 'btn-primary'), button(word('again'), function () { goTo(c); })];
    if (c.state === 'conflict') return [
      button(word('keep', { mine: c.mine || word('empty') }), function () { var mine = c.mineValue; c.value = mine; push(c, { v: mine }); settle(c); }),
      button(word('take', { theirs: c.theirText || word('empty') }), function () { c.value = c.base; c.input.value = c.theirText; calm(c); settle(c); })
    ];
    return [];
  }
  function settle(c) { showAverage(c.e); count(c.column); persist(); tell(); chart(); }
  function goTo(c) { pick(c.column.code); c.input.focus(); c.input.select(); }

  /* ---------- taking in what was typed ---------- */
  var undos = [], redos = [];
  function text(cell) { return cell.text !== undefined ? cell.text : show(cell.column, cell.value); }
  function commit(cell, how) {
    if (!cell || !cell.input) return true;
    var typed = cell.input.value;
    if (cell.state === 'conflict' && typed === cell.mine) return true;
    if (cell.state === 'ask' && typed === cell.asked) return false;
    if (typed.trim() === (cell.sent === undefined ? show(cell.column, cell.value) : cell.sent) && cell.state !== 'ask' && cell.state !== 'refused' && cell.state !== 'conflict') return true;
    if (typed === cell.refused && cell.state === 'refused') return true;
    var got = read(cell.column, typed);
    if ('ask' in got) {
      cell.meant = got.ask; cell.asked = typed;
      state(cell, 'ask', word('ask', { typed: typed.trim(), meant: show(cell.column, got.ask) }));
      persist(); tell(); return false;
    }
    write(cell, got, how); return true;
  }
  function write(cell, got, how) {
    how = how || {};
    var before = { key: cell.key, value: cell.value };
    if ('value' in got) {
      if (got.value === cell.value && !queue[cell.key] && got.value === cell.base) { cell.input.value = show(cell.column, cell.value); cell.sent = undefined; calm(cell); tell(); persist(); return; }
      cell.value = got.value; cell.text = undefined; cell.input.value = cell.sent = show(cell.column, got.value); cell.refused = undefined;
      if (!how.quiet) { undos.push([{ key: cell.key, from: before.value, to: got.value }]); redos = []; }
      push(cell, { v: got.value, s: how.source, r: how.reason });
    } else {
      cell.sent = cell.refused = cell.input.value;
      push(cell, { t: got.text, s: how.source, r: how.reason });
    }
    showAverage(cell.e); count(cell.column);
  }
  function accept(cell) { cell.asked = undefined; write(cell, { value: cell.meant }); }
  function again(stack, other, direction, name) {
    var group = stack.pop(); if (!group) return;
    other.push(group);
    group.forEach(function (one) { var cell = cellAt(one.key); if (cell && cell.input) { cell.value = direction === 'from' ? one.to : one.from; write(cell, { value: one[direction] }, { quiet: true }); } });
    var first = cellAt(group[0].key); if (first && first.input) { first.input.focus(); first.input.select(); }
    tell(word(name, { n: group.length }));
  }

  /* ---------- keys ---------- */
  function move(td, down, right) {
    var tr = td.parentNode, r = tr.sectionRowIndex, c = td.cellIndex;
    for (;;) {
      r += down; c += right;
      if (r < 0 || r >= body.rows.length || c < 2 || c >= body.rows[r].cells.length) return false;
      var field = body.rows[r].cells[c].querySelector('input');
      if (field && field.offsetParent) { field.focus(); field.select(); return true; }
    }
  }
  if (form) {
    table.addEventListener('keydown', function (event) {
      var field = event.target; if (field.tagName !== 'INPUT') return;
      var td = field.parentNode, cell = cellOf(td), whole = field.selectionStart === 0 && field.selectionEnd === field.value.length;
      if (event.ctrlKey || event.metaKey) {
        var letter = event.key.toLowerCase(), clean = field.value === show(cell.column, cell.value) || cell.column.slot >= 0;
        if (letter === 'z' && !event.shiftKey && clean) { event.preventDefault(); if (field.value !== show(cell.column, cell.value) && !cell.state) field.value = show(cell.column, cell.value); else again(undos, redos, 'from', 'undone'); }
        else if ((letter === 'y' || letter === 'z' && event.shiftKey) && clean) { event.preventDefault(); again(redos, undos, 'to', 'redone'); }
        return;
      }
      if (event.key === 'Enter') {
        event.preventDefault();
        if (cell.state === 'ask' && field.value === cell.asked) { accept(cell); move(td, event.shiftKey ? -1 : 1, 0); return; }
        if (commit(cell)) move(td, event.shiftKey ? -1 : 1, 0);
      } else if (event.key === 'ArrowDown') { event.preventDefault(); move(td, 1, 0); }
      else if (event.key === 'ArrowUp') { event.preventDefault(); move(td, -1, 0); }
      else if (event.key === 'ArrowLeft' && (whole || field.selectionEnd === 0)) { if (move(td, 0, -1)) event.preventDefault(); }
      else if (event.key === 'ArrowRight' && (whole || field.selectionStart === field.value.length)) { if (move(td, 0, 1)) event.preventDefault(); }
      else if (event.key === 'Escape') {
        if (cell.state === 'ask' || cell.state === 'refused') { cell.asked = cell.refused = undefined; calm(cell); persist(); }
        field.value = show(cell.column, cell.value); field.select(); tell();
      }
    });
    table.addEventListener('focusin', function (event) {
      if (event.target.tagName !== 'INPUT') return;
      event.target.closest('tr').classList.add('row-on'); look(cellOf(event.target.parentNode));
      if (event.target.select && !matchMedia('(pointer: coarse)').matches) event.target.select();
    });
    table.addEventListener('focusout', function (event) {
      if (event.target.tagName !== 'INPUT') return;
      event.target.closest('tr').classList.remove('row-on'); commit(cellOf(event.target.parentNode));
    });
    table.addEventListener('input', function (event) {
      var cell = cellOf(event.target.parentNode); if (!cell) return;
      if (cell.state === 'saved' || cell.state === 'ask' || cell.state === 'refused') { cell.asked = undefined; state(cell, ''); }
      if (cell.column.slot < 0) return;
      var got = read(cell.column, event.target.value), kept = cell.value;
      if ('value' in got) { cell.value = got.value; showAverage(cell.e); cell.value = kept; }
    });
    form.addEventListener('submit', function (event) { event.preventDefault(); });
  }

  /* ---------- one column at a time on a phone; the drawing beside the grid ---------- */
  var picked = (columns.filter(function (c) { return c.th.classList.contains('pick'); })[0] || columns[0]);
  function pick(code) {
    var column = columns.filter(function (c) { return c.code === code; })[0];
    if (!column || column === picked) return;
    all('.gb-pick [data-pick]').forEach(function (link) { if (link.dataset.pick === code) link.setAttribute('aria-current', 'true'); else link.removeAttribute('aria-current'); });
    [picked, column].forEach(function (c) { all('tr', table).forEach(function (tr) { if (tr.cells[c.at]) tr.cells[c.at].classList.toggle('pick', c === column); }); });
    picked = column; chart();
  }
  document.addEventListener('click', function (event) {
    var link = event.target.closest('[data-pick]');
    if (link) { event.preventDefault(); pick(link.dataset.pick); history.replaceState(null, '', link.href); }
    var head = event.target.closest('#gb thead th[data-c]');
    if (head) pick(head.dataset.c);
  });
  function chart() {
    var place = id('gb-dist'), c = picked; if (!place || c.slot < 0) return;
    var ends = c.words ? c.words.map(function (_w, n) { return n + 1; }) : MARKS[c.kind] ? [35, 50, 65, 80, 90, 101] : null;
    place.hidden = !ends; if (!ends) return;
    var counts = ends.map(function () { return 0; }), n = 0;
    all('tr[data-e]:not(.gone)', body).forEach(function (tr) {
      var cell = cells[tr.dataset.e + ':' + c.slot], v = cell ? cell.value : seen[tr.dataset.e] ? seen[tr.dataset.e][c.slot] : read(c, tr.cells[c.at].textContent).value;
      if (typeof v === 'number' && v >= 0) { n++; for (var k = 0; k < ends.length; k++) if (v < ends[k]) { counts[k]++; break; } }
    });
    var svg = place.querySelector('svg'), labels = c.words || [(place.dataset.below = place.dataset.below || (all('text', svg)[1] || {}).textContent || '< 3,5'), '3,5', '5,0', '6,5', '8,0', '9,0'], most = Math.max.apply(null, counts) || 1, wide = Math.max(48 * ends.length + 4, 292);
    function part(name, values, words) { var one = document.createElementNS('http://www.w3.org/2000/svg', name); Object.keys(values).forEach(function (k) { one.setAttribute(k, values[k]); }); if (words !== undefined) one.textContent = words; return one; }
    svg.replaceChildren(); svg.setAttribute('viewBox', '0 0 ' + wide + ' 102');
    counts.forEach(function (many, k) {
      var x = 4 + 48 * k, h = 58 * many / most;
      svg.append(part('rect', { x: x, y: 78 - h, width: 40, height: h }), part('text', { 'class': 'n', x: x + 20, y: 73 - h }, many || ''), part('text', { x: x + 20, y: 95 }, labels[k]));
    });
    svg.append(part('path', { d: 'M0 78.5H' + wide }));
    svg.setAttribute('aria-label', c.title.split(';')[0] + ': ' + labels.map(function (w, k) { return w + ': ' + counts[k]; }).join(', '));
    place.querySelector('h2 span').textContent = c.title.split(';')[0]; place.querySelector('p span').textContent = n;
  }

  /* ---------- the cell one is in: its history, its states, sentences for a comment ---------- */
  var panel = id('gb-cell'), looking = 0, looked = '', current = null, bank = null, reading = null;
  function look(cell) {
    current = cell; if (!cell) return;
    quick(cell);
    panel.hidden = false; panel.querySelector('b').textContent = cell.name; panel.querySelector('.muted').textContent = '· ' + cell.column.title.split(';')[0];
    clearTimeout(looking);
    if (looked !== cell.key) panel.querySelector('div[data-url]').replaceChildren();
    looking = setTimeout(function () { fetchPanel(cell); }, 900);
  }
  function fetchPanel(cell) {
    var place = panel.querySelector('div[data-url]');
    if (navigator.onLine === false || current !== cell) return;
    if (reading) reading.abort();
    reading = ask(place.dataset.url + cell.e + '/' + cell.column.code + '/?manh=1', {}, html);
    reading.answer.then(function (found) {
      if (current !== cell) return;
      place.innerHTML = found; looked = cell.key;
      if (cell.column.slot < 0) phrases(place);
    }).catch(function (error) {
      if (current === cell && (error.name !== 'AbortError' || reading.late)) place.replaceChildren(make('p', word('unread'), 'muted sm'), button(word('reread'), function () { fetchPanel(cell); }));
    });
  }
  if (panel) panel.addEventListener('submit', function (event) {
    var states = event.target.closest('form[data-state]'), cell = current;
    if (!states || !cell || !cell.input) return;
    event.preventDefault();
    write(cell, { value: STATES[states.dataset.state] }, { reason: states.elements.reason ? states.elements.reason.value : '' });
    looked = ''; setTimeout(function () { fetchPanel(cell); }, 1500);
  });
  function phrases(place) {
    var holder = make('div', '', 'mt-3 gb-phrases'); holder.append(make('h3', word('phrases'))); place.append(holder);
    function put(found) {
      var inner = make('div'); inner.innerHTML = found; holder.append(inner);
      var group = level(current.e); var open = inner.querySelector('details[data-group="' + group + '"]') || inner.querySelector('details'); if (open) open.open = true;
    }
    if (bank) return put(bank);
    function load() {
      ask(table.dataset.phrases + '?manh=1', {}, html).answer.then(function (found) { bank = found; put(found); }).catch(function () {
        var retry = make('p', word('unread') + ' ', 'muted sm'); retry.append(button(word('reread'), function () { retry.remove(); load(); })); holder.append(retry);
      });
    }
    load();
  }
  function level(e) {
    var shown = average(e), v = /^\d/.test(shown) ? Math.round(parseFloat(shown.replace(',', '.')) * 10) : null;
    return v === null ? 'any' : v >= 80 ? 'good' : v >= 65 ? 'fair' : v >= 50 ? 'pass' : 'weak';
  }
  document.addEventListener('click', function (event) {
    var chosen = event.target.closest('[data-phrase]');
    if (!chosen || !current || current.column.slot >= 0 || !current.input) return;
    var old = current.input.value.trim();
    current.input.value = old ? old + ' ' + chosen.textContent : chosen.textContent; commit(current);
  });
  /* Letters to press instead of typing, where a finger has no keyboard. */
  function quick(cell) {
    all('.gb-quick').forEach(function (one) { one.remove(); });
    if (!cell.column.words || !matchMedia('(pointer: coarse)').matches) return;
    var bar = make('span', '', 'gb-quick');
    cell.column.words.slice().reverse().forEach(function (letter) {
      var one = button(letter, function () { write(cell, read(cell.column, letter)); if (!move(cell.td, 1, 0)) bar.remove(); });
      one.addEventListener('mousedown', function (event) { event.preventDefault(); }); bar.append(one);
    });
    cell.td.append(bar);
  }

  /* ---------- pasting a block ---------- */
  var dialog = id('dan'), inside = id('dan-in'), empty = inside && inside.innerHTML, previewing = null;
  function preview(block, cell) {
    if (!dialog.open) dialog.showModal();
    inside.replaceChildren(make('p', word('reading'), 'body'));
    var data = new FormData(); data.append('text', block); data.append('manh', '1'); data.append('csrfmiddlewaretoken', form.elements.csrfmiddlewaretoken.value);
    data.append('c', cell ? cell.column.code : picked.code); if (cell) data.append('e', cell.e);
    if (previewing) previewing.abort();
    var mine = previewing = ask(table.dataset.paste, { method: 'POST', body: data }, html);
    mine.answer.then(function (found) {
      if (mine !== previewing) return;
      inside.innerHTML = found;
      var go = inside.querySelector('footer .btn-primary') || inside.querySelector('footer .btn'); if (go) go.focus();
    }).catch(function () {  /* the block stays in the field: nobody has to go back to Excel for it */
      if (mine !== previewing) return;
      inside.innerHTML = empty; id('dan-o').value = block;
      var note = make('p', word('failed'), 'invalid-feedback'); note.setAttribute('role', 'alert'); id('dan-o').after(note); id('dan-xem').focus();
    });
  }
  if (form && dialog) {
    table.addEventListener('paste', function (event) {
      var block = event.clipboardData.getData('text').replace(/\r?\n$/, '');
      if (!/[\n\t]/.test(block)) return;
      event.preventDefault(); preview(block, cellOf(event.target.closest('td')));
    });
    dialog.addEventListener('click', function (event) {
      if (event.target.id === 'dan-xem') { preview(id('dan-o').value, current && current.column.slot >= 0 ? current : null); return; }
      var chip = event.target.closest('[data-show]'); if (!chip) return;
      all('[data-show]', dialog).forEach(function (one) { one.classList.toggle('on', one === chip); one.setAttribute('aria-pressed', String(one === chip)); });
      all('[data-kinds]', dialog).forEach(function (tr) { tr.hidden = !!chip.dataset.show && tr.dataset.kinds.split(' ').indexOf(chip.dataset.show) < 0; });
    });
    dialog.addEventListener('close', function () { if (previewing) previewing.abort(); previewing = null; inside.innerHTML = empty; });
    dialog.addEventListener('submit', function (event) {
      var sent = event.target; if (sent.id !== 'dan-form') return;
      event.preventDefault();
      var group = [], takesAsked = sent.elements.asked && sent.elements.asked.checked;
      JSON.parse(sent.elements.cells.value).forEach(function (one) {
        var cell = cellAt(one[0] + ':' + one[1]);
        if (!cell || !cell.input || one[5] && !takesAsked) return;
        group.push({ key: cell.key, from: cell.value, to: one[3] });
        cell.base = queue[cell.key] ? cell.base : one[2];
        write(cell, { value: one[3] }, { source: 'p', quiet: true });
      });
      if (group.length) { undos.push(group); redos = []; }
      dialog.close();
    });
  }

  /* On paper a comment is a text and may take several lines; a field would cut it off. */
  window.addEventListener('beforeprint', function () {
    all('.gb-whole', table).forEach(function (one) { one.remove(); });
    all('tbody td.cm > input', table).forEach(function (field) { if (field.value) field.after(make('span', field.value, 'gb-whole')); });
  });
  window.addEventListener('afterprint', function () { all('.gb-whole', table).forEach(function (one) { one.remove(); }); });

  /* ---------- the network, the tab, what was left from before ---------- */
  var leaving = false;
  window.addEventListener('online', function () { tries = 0; trouble = ''; if (flying) flying.on = false; clearTimeout(timer); marking('saving'); tell(); send(); });
  window.addEventListener('offline', function () { marking('waiting'); tell(); });
  window.addEventListener('pagehide', persist);
  document.addEventListener('visibilitychange', function () { if (document.visibilityState === 'hidden') { persist(); if (Object.keys(queue).length) send(); } });
  window.addEventListener('beforeunload', function (event) {
    if (document.activeElement && table.contains(document.activeElement) && document.activeElement.tagName === 'INPUT') commit(cellOf(document.activeElement.parentNode));
    persist(); if (halted && !leaving && waiting()) event.preventDefault();
  });
  function restore() {
    var kept; try { kept = JSON.parse(sessionStorage.getItem(store)); } catch (e) { kept = null; }
    if (!kept || !saveUrl) return;
    (kept.clashes || []).forEach(function (one) {
      var cell = cellAt(one[0]); if (!cell || !cell.input || cell.input.value === one[1]) return;
      cell.theirs = cell.base; cell.theirText = cell.input.value; cell.mine = cell.input.value = one[1]; cell.mineValue = one[2]; state(cell, 'conflict', one[3]);
    });
    var many = 0;
    function put(item) {
      var cell = cellAt(item.k); many++;
      if (!cell || !cell.input) return;
      if ('v' in item) { cell.value = item.v; cell.input.value = cell.sent = show(cell.column, item.v); } else cell.input.value = cell.sent = item.t;
      state(cell, 'waiting'); showAverage(cell.e);
    }
    if (kept.flying) { flying = kept.flying; flying.on = false; flying.items.forEach(put); }
    queue = kept.queue || {}; Object.keys(queue).forEach(function (k) { put(queue[k]); });
    Object.keys(kept.asks || {}).forEach(function (k) { var cell = cellAt(k); if (cell && cell.input && !queue[k]) { cell.input.value = kept.asks[k]; commit(cell); } });
    if (!many) return;
    tell(word('restored', { n: many })); timer = setTimeout(send, 200);
  }
  if (form) { all('.gb-tip', table).forEach(function (one) { one.remove(); }); recall(); restore(); tell(); }
  window.khueGradebook = { waiting: waiting };
})();

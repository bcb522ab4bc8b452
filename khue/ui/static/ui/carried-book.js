/* What was taken along, as a book: which value stands in a cell, what typed words mean, how a value is shown.
   The same rules as the grid of the gradebook (rules/typed.py, cells.py); the server judges everything again.
   Words come from data-… of the page's #words. */
(function () {
  'use strict';
  const own = window.khueCarried, MARKS = 'gradebook.marks', ROLLS = 'attendance.roll';
  const WORDS = { pass: ['CĐ', 'Đ'], level: ['C', 'H', 'T'], trait: ['C', 'Đ', 'T'], conduct: ['CĐ', 'Đ', 'K', 'T'], observed: ['-', '+'] };
  const STATES = { '-1': 'V', '-2': 'B', '-3': '0*', '-4': 'M', '-5': '–' };
  const said = document.getElementById('words').dataset;
  function word(name, values) { return (said[name] || '').replace(/\{(\w+)\}/g, function (_all, key) { return values[key]; }); }

  function part(pack, name) { return (pack && pack.collections && pack.collections[name]) || {}; }
  function sheets(pack) { return part(pack, MARKS).sheets || []; }
  function rooms(pack) { return part(pack, ROLLS).classes || []; }
  function sheet(pack, id) { return sheets(pack).filter(function (one) { return one.id === +id; })[0]; }
  function room(pack, id) { return rooms(pack).filter(function (one) { return one.id === +id; })[0]; }
  function pupilsOf(pack, one) { return (part(pack, MARKS).classes[String(one.classroom)] || { pupils: [] }).pupils; }
  function classOf(pack, one) { return (part(pack, MARKS).classes[String(one.classroom)] || { name: '' }).name; }
  function placeOf(one, slot) { return one.columns.findIndex(function (column) { return column[0] === +slot; }); }

  /* ---------- what stands in a cell, without what waits in the outbox ---------- */
  function base(pack, collection, key) {
    const parts = key.split('.');
    if (collection === ROLLS) {
      const found = room(pack, parts[0]), roll = found && found.rolls[parts.slice(1).join('.')];
      return roll && roll.taken ? roll.marks : null;
    }
    const one = sheet(pack, parts[0]), row = one && one.rows[parts[1]];
    if (parts[2] === 'nx') return row ? row[1] : '';
    const at = one ? placeOf(one, parts[2]) : -1;
    return row && at >= 0 && row[0][at] !== undefined ? row[0][at] : null;
  }
  function setBase(pack, collection, key, value) {
    const parts = key.split('.');
    if (collection === ROLLS) {
      const found = room(pack, parts[0]);
      if (found && value) found.rolls[parts.slice(1).join('.')] = { taken: true, marks: value };
      return;
    }
    const one = sheet(pack, parts[0]);
    if (!one) return;
    const row = one.rows[parts[1]] = one.rows[parts[1]] || [one.columns.map(function () { return null; }), ''];
    if (parts[2] === 'nx') row[1] = value || '';
    else if (placeOf(one, parts[2]) >= 0) row[0][placeOf(one, parts[2])] = value;
  }
  /* Who is on granted leave, in a roll that nobody took. */
  function prefilled(pack, key) {
    const parts = key.split('.'), found = room(pack, parts[0]), roll = found && found.rolls[parts.slice(1).join('.')];
    return roll && !roll.taken ? roll.marks : {};
  }

  /* ---------- what was typed ---------- */
  function fold(text) {
    return text.normalize('NFKC').toLowerCase().normalize('NFD').replace(/[\u0300-\u036f]/g, '').replace(/đ/g, 'd').replace(/\s+/g, ' ').trim();
  }
  /* {value}, {ask: the value meant} or {refusal: in words}. */
  function read(pack, column, typed) {
    const kind = column ? column[3] : 'comment', text = typed.normalize('NFKC').replace(/\u200b/g, '').replace(/\s+/g, ' ').trim();
    if (kind === 'comment') return text.length > 500 ? { refusal: word('longest') } : { value: text };
    if (!text) return { value: null };
    const words = part(pack, MARKS).typed[kind], most = part(pack, MARKS).most[kind], known = words && words[fold(text)];
    if (known !== undefined) return { value: known };
    if (WORDS[kind]) return { refusal: word('oneOf', { typed: text.slice(0, 20), words: WORDS[kind].slice().reverse().join(', ') }) };
    const found = /^(\d{1,6})(?:[.,](\d+))?$/.exec(text), whole = found ? +found[1] : 0, tenth = found ? (found[2] || '').replace(/0+$/, '') : '';
    if (kind === 'count') return found && !tenth && whole <= most ? { value: whole } : { refusal: word('count') };
    if (kind === 'measure') return found && tenth.length < 2 && whole * 10 + +tenth > 0 && whole * 10 + +tenth <= most ? { value: whole * 10 + +tenth } : { refusal: word('measure') };
    if (kind === 'mark' && /^[.,]\d$/.test(text)) return { ask: +text[1] };
    if (!found) return { refusal: word(/^[+\-−–]?\d[\d.,]*$/.test(text) ? 'range' : 'unreadable', { typed: text.slice(0, 20) }) };
    if (kind === 'mark' && found[2] === undefined && (found[1] === '100' || (found[1].length === 2 && found[1] !== '10'))) return { ask: whole };
    if (whole * 10 > most || (whole * 10 === most && tenth)) return { refusal: word('range', { typed: text.slice(0, 20) }) };
    if (kind === 'test' && tenth) return { refusal: word('whole', { typed: text.slice(0, 20) }) };
    if (tenth.length > 1) return { refusal: word('fine', { typed: text.slice(0, 20) }) };
    return { value: whole * 10 + +tenth };
  }
  function show(column, value) {
    if (value === null || value === undefined) return '';
    if (!column) return String(value);
    if (value < 0) return STATES[value] || '';
    if (WORDS[column[3]]) return WORDS[column[3]][value] || '';
    if (column[3] === 'count') return String(value);
    if (column[3] === 'test') return String(Math.floor(value / 10));
    return Math.floor(value / 10) + ',' + value % 10;
  }

  /* ---------- a place in words ---------- */
  function day(text) { return text.slice(8) + '/' + text.slice(5, 7); }
  function weekday(text) { return word('weekdays').split('|')[new Date(text + 'T12:00:00Z').getUTCDay()] + ' ' + day(text); }
  function session(code, period) { return word('session' + code) + (+period ? ', ' + word('period', { n: period }) : ''); }
  function nameIn(pupils, pk) { return (pupils.filter(function (one) { return String(one[0]) === String(pk); })[0] || ['', ''])[1]; }
  function rollText(found, value, other) {
    if (value === null || value === undefined) return word('notTaken');
    const keys = Object.keys(Object.assign({}, value, other || {})).filter(function (pk) { return !other || !own.same(value[pk] || [], other[pk] || []); });
    if (!keys.length) return word('allThere');
    return keys.map(function (pk) {
      const mark = value[pk];
      return nameIn(found ? found.pupils : [], pk) + ': ' + (mark ? mark[0] + (mark[1] ? ' ' + word('minutes', { n: mark[1] }) : '') : word('there'));
    }).join('; ');
  }
  /* {where, what, text(value, beside)}: the place of an entry and its values as a page shows them. */
  function describe(pack, one) {
    const parts = one.key.split('.');
    if (one.collection === ROLLS) {
      const found = room(pack, parts[0]);
      return {
        where: word('rollOf', { name: found ? found.name : '' }) + ', ' + session(parts[2], parts[3]) + ' ' + day(parts[1]), what: '',
        text: function (value, beside) { return rollText(found, value, beside); }
      };
    }
    const at = sheet(pack, parts[0]), column = at && parts[2] !== 'nx' ? at.columns[placeOf(at, parts[2])] : null;
    return {
      where: at ? at.title + ' ' + classOf(pack, at) : word('goneSheet'),
      what: at ? nameIn(pupilsOf(pack, at), parts[1]) + ' · ' + (column ? column[1] : word('comment')) : '',
      text: function (value) { return show(column, value) || word('empty'); }
    };
  }

  own.book = {
    MARKS: MARKS, ROLLS: ROLLS, word: word, sheets: sheets, rooms: rooms, sheet: sheet, room: room, pupilsOf: pupilsOf, classOf: classOf,
    base: base, setBase: setBase, prefilled: prefilled, read: read, show: show, describe: describe, day: day, weekday: weekday, session: session
  };
})();

/* The screens of the carried book: made ready, opened by a PIN, roll call, marks, the outbox. What they show comes from the
   box on this device (carried-store.js) through carried-book.js; carried-join.js speaks with the server. One window at a time. */
(function () {
  'use strict';
  const own = window.khueCarried, book = own.book, word = book.word, MARKS = book.MARKS, ROLLS = book.ROLLS;
  const IDLE = 15 * 60000, PIN = /^[0-9]{6}$/;
  const screen = document.getElementById('screen'), say = document.getElementById('say'), bar = document.getElementById('bar');
  let here = { name: '' }, problem = null, idle = 0, soon = 0, wait = 15;

  function find(selector, within) { return (within || screen).querySelector(selector); }
  function all(selector, within) { return Array.prototype.slice.call((within || screen).querySelectorAll(selector)); }
  function make(tag, text, cls) { const one = document.createElement(tag); if (text) one.textContent = text; if (cls) one.className = cls; return one; }
  function sign(name) {
    const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg'), use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
    svg.setAttribute('class', 'i'); svg.setAttribute('aria-hidden', 'true');
    use.setAttribute('href', document.getElementById('words').dataset.icons + '#i-' + name);
    svg.append(use); return svg;
  }
  function button(text, act, cls) { const one = make('button', text, 'btn ' + (cls || '')); one.type = 'button'; one.addEventListener('click', act); return one; }
  function note(kind, icon, text, extra) {
    const one = make('div', '', 'note ' + kind), words = make('div', text);
    one.append(sign(icon), words); if (extra) one.append(extra);
    return one;
  }
  function link(href, text) { const one = make('a', text, 'btn btn-sm'); one.href = href; return one; }
  function show(name) {
    screen.replaceChildren(document.getElementById('t-' + name).content.cloneNode(true));
    const heading = find('h1'); heading.tabIndex = -1;
    if (here.name && here.name !== name) { window.scrollTo(0, 0); heading.focus({ preventScroll: true }); }
    here.name = name;
  }
  function fault(text) { const place = find('[data-error]'); place.replaceChildren(); if (text) place.append(note('bad', 'alert-triangle', text)); }
  function failed(error) { console.error(error); say.replaceChildren(note('bad', 'alert-triangle', word('fault'))); }
  function safely(work) { return function (event) { return Promise.resolve().then(function () { return work(event); }).catch(failed); }; }

  /* ---------- what hangs over every screen: the line, and what waits ---------- */
  function status(done) {
    const open = own.open;
    bar.hidden = !open;
    if (!open) { say.replaceChildren(); return; }
    document.getElementById('waiting').textContent = open.out.length;
    const lines = [], words = document.getElementById('words').dataset;
    if (own.isJoining()) lines.push(note('info', 'refresh', word('sending', { n: open.out.length })));
    else if (problem && problem.code === 'signin') lines.push(note('wait', 'user', word('signin'), link(words.login, word('loginGo'))));
    else if (problem && problem.code === 'other_person') lines.push(note('bad', 'alert-triangle', word('otherPerson'), link(words.login, word('loginGo'))));
    else if (navigator.onLine === false) lines.push(note('wait', 'cloud-off', word('offline')));
    else if (problem) lines.push(note('wait', 'cloud-off', problem.message || word('lineWeak')));
    else if (done) lines.push(note('ok', 'circle-check', done));
    const clashes = open.state.answers.filter(function (one) { return one.verdict === 'clash'; }).length || (open.pack ? open.pack.open.clashes : 0);
    if (clashes && here.name !== 'outbox') { const go = button(word('clashGo'), function () { outbox(); }, 'btn-sm'); lines.push(note('wait', 'arrows-exchange', word('clashNote', { n: clashes }), go)); }
    say.replaceChildren.apply(say, lines);
  }
  function draw() { if (here.again) here.again(); }

  /* ---------- made ready ---------- */
  function setup(text) {
    own.shut(); show('setup'); here.again = null; status();
    if (text) fault(text);
    find('#setup').addEventListener('submit', safely(async function (event) {
      event.preventDefault();
      const name = find('#name').value.trim(), pin = find('#pin').value, go = find('#setup button');
      if (!PIN.test(pin)) return fault(word('pinShape'));
      if (pin !== find('#pin2').value) return fault(word('pinsDiffer'));
      if (/^(\d)\1{5}$/.test(pin) || '01234567890 09876543210'.indexOf(pin) >= 0) return fault(word('pinWeak'));
      fault(''); go.disabled = true;
      find('[data-error]').append(note('info', 'refresh', word('preparing')));
      try { await own.prepare(name, pin); } catch (stopped) {
        go.disabled = false;
        if (stopped.code === undefined) throw stopped;
        if (own.open) { home(); status(); return undefined; }
        fault(stopped.message || (stopped.code === 'signin' ? word('signin') : word('needsLine')));
        if (stopped.code === 'signin') find('[data-error] .note').append(link(document.getElementById('words').dataset.login, word('loginGo')));
        return undefined;
      }
      const isKept = await own.keepPage().catch(function () { return false; });
      started(); home(); status(word(isKept ? 'prepared' : 'notKept'));
      return undefined;
    }));
  }

  /* ---------- opened ---------- */
  function locked(state, text) {
    own.shut(); show('locked'); here.again = null; status();
    find('[data-lead]').textContent = word(state === 'unknown' ? 'leadUnknown' : state === 'expired' ? 'leadExpired' : 'leadLocked');
    if (text) fault(text);
    find('#unlock').addEventListener('submit', safely(async function (event) {
      event.preventDefault();
      const pin = find('#pin').value, go = find('#unlock button');
      if (!PIN.test(pin)) return fault(word('pinShape'));
      go.disabled = true; fault(''); find('[data-error]').append(note('info', 'refresh', word('opening')));
      let found;
      try { found = state ? await own.openAgain(pin, state) : await own.unlock(pin); } catch (stopped) {
        go.disabled = false;
        if (stopped.code === undefined) throw stopped;
        if (stopped.code === 'wipe') return setup(word('cut'));
        fault(stopped.message || word({ signin: 'signin', other_person: 'otherPerson', lost: 'lost' }[stopped.code] || 'lineWeak'));
        if (stopped.code === 'signin') find('[data-error] .note').append(link(document.getElementById('words').dataset.login, word('loginGo')));
        return undefined;
      }
      go.disabled = false;
      if (found.wiped) return setup(word('wiped'));
      if (!found.ok) { find('#pin').value = ''; find('#pin').focus(); return fault(word('wrong', { n: found.left })); }
      started(); home(); join(state === 'unknown');
      return undefined;
    }));
    find('[data-wipe]').addEventListener('click', safely(async function () {
      if (!confirm(word('sureWipe'))) return;
      await own.wipe(); setup(word('wiped'));
    }));
    find('#pin').focus();
  }
  function started() { clearTimeout(idle); idle = setTimeout(lock, IDLE); }
  function lock() { if (own.open) { clearTimeout(idle); problem = null; locked(''); } }

  /* ---------- joined ---------- */
  function join(renew) {
    clearTimeout(soon);
    if (!own.open) return Promise.resolve();
    if (navigator.onLine === false) { status(); return Promise.resolve(); }
    const going = own.join(renew, function () { status(); });
    status();
    return going.then(function (found) {
      problem = found.stopped || null;
      if (problem && problem.code === 'wipe') { setup(word('cut')); return; }
      if (problem && problem.code === 'unknown') { locked('unknown'); return; }
      if (!own.open) return;
      if (problem && problem.code === 'line') { wait = Math.min(300, wait * 2); soon = setTimeout(join, wait * 1000); } else wait = 15;
      if (found.sent || renew) draw();
      status(problem ? '' : found.sent ? word('joined', { n: found.sent }) : renew ? word('renewed') : '');
    }).catch(failed);
  }
  function later() { if (!problem) { clearTimeout(soon); soon = setTimeout(join, 3000); } status(); }

  /* ---------- the classes ---------- */
  function row(text, small, act, badge) {
    const item = make('li'), go = button('', act, 'carry-row'), words = make('span');
    words.append(make('b', text), make('small', small)); go.append(words);
    if (badge) go.append(make('span', badge, 'badge wait'));
    go.append(sign('chevron-right')); item.append(go);
    return item;
  }
  function home() {
    show('home'); here.again = home;
    const pack = own.open.pack, rooms = book.rooms(pack), sheets = book.sheets(pack);
    find('[data-lead]').textContent = pack ? word('leadHome', { person: pack.capacity || pack.person[1], day: book.day(pack.day), until: book.day(pack.expires) }) : '';
    find('[data-rolls]').hidden = !rooms.length; find('[data-marks]').hidden = !sheets.length; find('[data-none]').hidden = !!(rooms.length || sheets.length);
    rooms.forEach(function (one) {
      const when = moment(one), key = when ? one.id + '.' + when : '';
      find('[data-list="rolls"]').append(row(one.name, when ? stateOf(key) + ' · ' + label(when) : word('pupils', { n: one.pupils.length }), function () { roll(one.id); }, key && own.pending(ROLLS, key) ? word('waits') : ''));
    });
    sheets.forEach(function (one) {
      const n = own.open.out.filter(function (o) { return o.collection === MARKS && o.key.indexOf(one.id + '.') === 0; }).length;
      find('[data-list="marks"]').append(row(one.title + ' ' + book.classOf(pack, one), word('pupils', { n: book.pupilsOf(pack, one).length }), function () { sheet(one.id); }, n ? word('waits') + ' ' + n : ''));
    });
    find('[data-renew]').addEventListener('click', function () { join(true); });
    find('[data-leave]').addEventListener('click', safely(async function () {
      if (!confirm(own.open.out.length ? word('sureLeave', { n: own.open.out.length }) : word('sureWipe'))) return;
      try { await own.leave(); } catch (stopped) {
        if (stopped.code === undefined) throw stopped;
        problem = stopped.code === 'wipe' ? null : stopped;
        if (problem) { status(); return; }
      }
      setup(word('wiped'));
    }));
    status();
  }

  /* ---------- roll call ---------- */
  function today() { const now = new Date(); return now.getFullYear() + '-' + ('0' + (now.getMonth() + 1)).slice(-2) + '-' + ('0' + now.getDate()).slice(-2); }
  function label(when) { const parts = when.split('.'); return book.session(parts[1], parts[2]) + ' ' + book.day(parts[0]); }
  /* The session that is meant when a class is opened: of today by this device's clock, else of the last day before. */
  function moment(one) {
    const now = today(), days = one.days.filter(function (day) { return day[0] <= now; }), day = days[days.length - 1] || one.days[0];
    if (!day) return '';
    const noon = day[0] === now && new Date().getHours() >= 12, found = (noon && day[1].filter(function (s) { return s[0] === 'C'; })[0]) || day[1][0];
    return day[0] + '.' + found[0] + '.' + found[1];
  }
  function stateOf(key) {
    if (own.open.state.drafts[key]) return word('draft');
    if (own.pending(ROLLS, key)) return word('inBox');
    return word(own.known(ROLLS, key) === null ? 'notYet' : 'takenState');
  }
  function roll(id, wished) {
    const found = book.room(own.open.pack, id);
    if (!found) { home(); return; }
    const when = wished || moment(found), parts = when.split('.'), key = id + '.' + when;
    show('roll'); here.again = function () { roll(id, when); };
    find('[data-title]').textContent = word('rollOf', { name: found.name });
    const days = find('#day'), sessions = find('#session'), now = today(), after = document.createElement('optgroup');
    after.label = word('later');
    found.days.forEach(function (one) {
      const option = new Option((one[0] === now ? word('today') + ', ' : '') + book.weekday(one[0]), one[0], false, one[0] === parts[0]);
      (one[0] <= now ? days : after).append(option);
    });
    if (after.children.length) days.append(after);
    const day = found.days.filter(function (one) { return one[0] === parts[0]; })[0];
    (day ? day[1] : []).forEach(function (one) { sessions.append(new Option(book.session(one[0], one[1]), one[0] + '.' + one[1], false, one[0] + '.' + one[1] === parts[1] + '.' + parts[2])); });
    days.addEventListener('change', function () { const other = found.days.filter(function (one) { return one[0] === days.value; })[0]; roll(id, other[0] + '.' + other[1][0].join('.')); find('#day').focus(); });
    sessions.addEventListener('change', function () { roll(id, days.value + '.' + sessions.value); find('#session').focus(); });
    const list = find('#roll'), known = own.known(ROLLS, key);
    let marks = JSON.parse(JSON.stringify(own.open.state.drafts[key] || known || book.prefilled(own.open.pack, key) || {}));
    found.pupils.forEach(function (pupil, n) {
      const item = make('li'), who = make('div', '', 'who'), group = make('div', '', 'marks'), words = pupil[1].split(' ');
      who.append(words.slice(0, -1).join(' ') + ' ', make('b', words[words.length - 1]));
      group.setAttribute('role', 'group'); group.setAttribute('aria-label', pupil[1]);
      ['P', 'K', 'M'].forEach(function (code) { group.append(press(code, codeName(code))); });
      const more = press('⋯', word('more', { name: pupil[1] })); more.removeAttribute('aria-pressed'); more.setAttribute('aria-expanded', 'false'); more.className = 'carry-more'; group.append(more);
      item.dataset.pk = pupil[0]; item.append(make('span', String(n + 1), 'n'), who, group);
      list.append(item); paint(item);
    });
    function codeName(code) { const codes = (own.open.pack.collections[ROLLS] || {}).codes || [], one = codes.filter(function (c) { return c[0] === code; })[0]; return one ? code + ', ' + one[1] : code; }
    function press(code, name) { const one = make('button', code); one.type = 'button'; one.dataset.m = code; one.setAttribute('aria-pressed', 'false'); one.setAttribute('aria-label', name); return one; }
    function paint(item) {
      const mark = marks[item.dataset.pk] || [];
      all('[data-m][aria-pressed]', item).forEach(function (one) { one.setAttribute('aria-pressed', String(one.dataset.m === mark[0])); });
      const more = find('.carry-more', item), odd = mark[0] === 'B' || mark[0] === 'T';
      more.textContent = odd ? mark[0] : '⋯'; more.classList.toggle('set', odd || !!mark[1] || !!mark[2]);
      let small = find('.who small', item);
      if (!small) { small = make('small'); find('.who', item).append(small); }
      small.textContent = [odd ? codeName(mark[0]) : '', mark[1] ? word('minutes', { n: mark[1] }) : '', mark[2] || ''].filter(Boolean).join(' · ');
    }
    function counts() {
      const n = { P: 0, K: 0, M: 0 }, place = find('[data-counts]');
      found.pupils.forEach(function (pupil) { const mark = marks[pupil[0]]; if (mark && mark[0] in n) n[mark[0]] += 1; });
      place.replaceChildren(make('b', word('nThere', { n: found.pupils.length - n.P - n.K })), make('span', word('nP', { n: n.P })), make('span', word('nK', { n: n.K })), make('span', word('nM', { n: n.M })));
      find('[data-state]').textContent = label(when) + '. ' + stateOf(key) + '.';
      find('[data-take] span').textContent = word(own.known(ROLLS, key) === null ? 'takeIt' : 'takeAgain');
    }
    function set(item, mark) {
      if (mark) marks[item.dataset.pk] = mark; else delete marks[item.dataset.pk];
      paint(item);
      return own.draft(key, marks).then(counts);
    }
    /* The rest of a pupil's choices: left early, the school's business, minutes, a note. */
    function more(item, opener) {
      const old = find('.carry-pop', item);
      opener.setAttribute('aria-expanded', String(!old));
      if (old) { old.remove(); return; }
      const pop = make('div', '', 'carry-pop'), mark = marks[item.dataset.pk] || [];
      ['B', 'T'].forEach(function (code) { const one = press(code, codeName(code)); one.className = 'carry-code'; one.append(make('span', ' ' + codeName(code).slice(3))); one.setAttribute('aria-pressed', String(mark[0] === code)); pop.append(one); });
      const minutes = field('minutes', word('lateMinutes'), mark[1] || ''), text = field('note', word('noteWord'), mark[2] || '');
      minutes.input.inputMode = 'numeric'; minutes.input.maxLength = 3; text.input.maxLength = 200;
      pop.append(minutes.label, text.label); item.append(pop);
      pop.addEventListener('change', safely(function () {
        const now = marks[item.dataset.pk], n = parseInt(minutes.input.value, 10);
        if (!now) return null;
        return set(item, [now[0], (now[0] === 'M' || now[0] === 'B') && n > 0 ? Math.min(n, 300) : null, text.input.value.trim()]);
      }));
    }
    function field(name, title, value) { const one = make('label', title), input = make('input', '', 'form-control'); input.name = name; input.value = value; input.autocomplete = 'off'; one.append(input); return { label: one, input: input }; }
    list.addEventListener('click', safely(function (event) {
      const one = event.target.closest('button'), item = one && one.closest('li');
      if (!item) return null;
      if (one.classList.contains('carry-more')) return more(item, one);
      const mark = marks[item.dataset.pk] || [], code = one.dataset.m;
      const told = set(item, mark[0] === code ? null : [code, code === 'M' || code === 'B' ? mark[1] || null : null, mark[2] || '']);
      all('.carry-code', item).forEach(function (other) { other.setAttribute('aria-pressed', String((marks[item.dataset.pk] || [])[0] === other.dataset.m)); });
      return told;
    }));
    find('[data-take]').addEventListener('click', safely(async function () {
      await own.enter(ROLLS, key, marks); await own.draft(key, null);
      counts(); later(); say.append(note('ok', 'circle-check', word('took')));
    }));
    counts();
  }

  /* ---------- marks ---------- */
  function sheet(id, wished) {
    const pack = own.open.pack, one = book.sheet(pack, id);
    if (!one) { home(); return; }
    show('sheet');
    const choices = one.columns.slice();
    const free = choices.filter(function (column) { return !column[5]; });
    const here_ = wished === undefined ? String((free.filter(function (column) { return some(column[0]); })[0] || free[0] || choices[0] || ['nx'])[0]) : wished;
    function some(slot) { return book.pupilsOf(pack, one).some(function (pupil) { return own.known(MARKS, id + '.' + pupil[0] + '.' + slot) === null; }); }
    here.again = function () { sheet(id, here_); };
    find('[data-title]').textContent = one.title + ' ' + book.classOf(pack, one);
    find('[data-lead]').textContent = word('term', { n: one.term });
    const pick = find('#column');
    choices.forEach(function (column) { pick.append(new Option(column[1] === column[2] ? column[1] : column[1] + ' · ' + column[2], column[0], false, String(column[0]) === here_)); });
    if (one.comment) pick.append(new Option(word('comment'), 'nx', false, here_ === 'nx'));
    pick.addEventListener('change', function () { sheet(id, pick.value); find('#column').focus(); });
    const column = here_ === 'nx' ? null : choices.filter(function (c) { return String(c[0]) === here_; })[0];
    const isLocked = column ? column[5] : one.comment && one.comment[1], day = column ? column[4] : one.comment && one.comment[0];
    if (isLocked) find('[data-lock]').append(note('wait', 'lock', word('lockedColumn')));
    else if (day) find('[data-lock]').append(make('p', word('locksOn', { day: book.day(day) }), 'sm muted'));
    const head = find('thead tr'), body = find('tbody');
    const shown = one.comment ? choices.concat([null]) : choices;
    shown.forEach(function (c) {
      const isHere = c === column, th = make('th', c ? c[1] : word('comment'), isHere ? '' : 'carry-wide');
      th.scope = 'col'; if (c || isHere) head.append(th);
    });
    book.pupilsOf(pack, one).forEach(function (pupil) {
      const tr = make('tr'), name = make('th', pupil[1]), td = make('td'), key = id + '.' + pupil[0] + '.';
      name.scope = 'row'; tr.append(name);
      shown.forEach(function (c) { if (c === column) tr.append(td); else if (c) tr.append(make('td', book.show(c, own.known(MARKS, key + c[0])), 'carry-wide')); });
      const input = make('input', '', 'form-control' + (column ? ' carry-cell' : ''));
      input.value = book.show(column, own.known(MARKS, key + here_)); input.autocomplete = 'off'; input.dataset.key = key + here_; input.enterKeyHint = 'next';
      if (column && (column[3] === 'mark' || column[3] === 'test' || column[3] === 'count' || column[3] === 'measure')) input.inputMode = 'decimal';
      input.setAttribute('aria-label', pupil[1] + ', ' + (column ? column[2] : word('comment')));
      td.append(input); body.append(tr); paint(input);
    });
    function paint(input) { input.parentNode.classList.toggle('waits', own.pending(MARKS, input.dataset.key)); }
    function tip(input, text, extra) {
      const old = find('.carry-tip', input.parentNode); if (old) old.remove();
      delete input.dataset.asked; input.removeAttribute('aria-invalid'); input.removeAttribute('aria-describedby');
      if (!text) return;
      const place = make('div', text, 'carry-tip'); place.id = 'tip-' + input.dataset.key.replace(/\./g, '-');
      if (extra) place.append(extra);
      input.setAttribute('aria-invalid', 'true'); input.setAttribute('aria-describedby', place.id); input.parentNode.append(place);
    }
    async function keep(input, value) {
      await own.enter(MARKS, input.dataset.key, value);
      input.value = book.show(column, value); tip(input, ''); paint(input); later();
    }
    /* Gives whether the cell is done with, so that Enter may go on. */
    async function read(input) {
      const given = book.read(pack, column, input.value);
      if (given.refusal) { tip(input, given.refusal); return false; }
      if ('ask' in given) {
        const meant = book.show(column, given.ask), typed = input.value.trim();
        if (input.dataset.asked === typed) return false;
        const yes = button(word('write', { meant: meant }), safely(async function () { await keep(input, given.ask); step(input, 1); }), 'btn-sm');
        tip(input, word('question', { typed: typed, meant: meant }), yes); input.dataset.asked = typed;
        if (document.activeElement === input) yes.focus();
        return false;
      }
      if (own.same(given.value, own.known(MARKS, input.dataset.key))) { input.value = book.show(column, given.value); tip(input, ''); return true; }
      await keep(input, given.value);
      return true;
    }
    function step(input, by) { const fields = all('tbody input'), next = fields[fields.indexOf(input) + by]; if (next) { next.focus(); next.select(); } else if (by > 0) input.blur(); }
    body.addEventListener('focusin', function (event) { if (event.target.dataset.key && column) event.target.select(); });
    body.addEventListener('change', safely(function (event) { return event.target.dataset.key ? read(event.target) : null; }));
    body.addEventListener('keydown', safely(async function (event) {
      const input = event.target;
      if (!input.dataset.key || event.isComposing || (event.key !== 'Enter' && event.key !== 'ArrowDown' && event.key !== 'ArrowUp')) return;
      event.preventDefault();
      if (await read(input)) step(input, event.key === 'ArrowUp' ? -1 : 1);
    }));
  }

  /* ---------- the outbox ---------- */
  function clock(at) { function two(n) { return ('0' + n).slice(-2); } return two(at.getHours()) + ':' + two(at.getMinutes()) + ', ' + two(at.getDate()) + '/' + two(at.getMonth() + 1); }
  function outbox() {
    show('outbox'); here.again = outbox;
    const open = own.open, waiting = find('[data-list="waiting"]'), answers = find('[data-list="answers"]');
    find('[data-lead]').textContent = (open.out.length ? word('leadWaiting', { n: open.out.length }) : word('leadNone')) +
      (open.state.taken ? ' ' + word('takenAll', { n: open.state.taken, at: clock(new Date(open.state.takenAt)) }) : '');
    find('[data-waiting]').hidden = !open.out.length; find('[data-answers]').hidden = !open.state.answers.length;
    find('[data-send]').disabled = !open.out.length;
    open.out.forEach(function (one) {
      const place = book.describe(open.pack, one), item = make('li', '', 'carry-line'), words = make('div');
      words.append(make('b', place.where), make('small', place.what), make('p', place.text(one.value)));
      item.append(words);
      if (one.seq === null) {
        const drop = button(word('undo'), safely(async function () { await own.undo(one.n); outbox(); }), 'btn-sm');
        drop.setAttribute('aria-label', word('undo') + ': ' + place.where + ' ' + place.what); item.append(drop);
      } else item.append(make('span', word('onWay'), 'badge'));
      waiting.append(item);
    });
    open.state.answers.forEach(function (one) {
      const place = book.describe(open.pack, one), item = make('li', '', 'carry-line'), words = make('div'), kind = one.verdict;
      words.append(make('span', word(kind === 'clash' ? 'vClash' : kind === 'late' ? 'vLate' : 'vRefused'), 'badge ' + (kind === 'refused' ? 'bad' : 'wait')), make('b', place.where), make('small', place.what));
      if (one.message) words.append(make('p', one.message));
      words.append(make('p', word('mine', { value: place.text(one.value, one.now || undefined) })));
      if (kind === 'clash' || one.now !== null) words.append(make('p', word('theirs', { value: place.text(one.now, one.value) })));
      item.append(words);
      if (kind === 'clash') item.append(link(document.getElementById('words').dataset.clashes, word('choose')));
      answers.append(item);
    });
    find('[data-seen]').addEventListener('click', safely(async function () { await own.seenAnswers(); outbox(); }));
    find('[data-send]').addEventListener('click', function () { join(false); });
    status();
  }

  /* ---------- going round ---------- */
  document.addEventListener('click', function (event) {
    const go = event.target.closest && event.target.closest('[data-go], [data-reload], #shut');
    if (!go) return;
    if (go.hasAttribute('data-reload')) location.reload();
    else if (go.id === 'shut') lock();
    else if (own.open) (go.dataset.go === 'outbox' ? outbox : home)();
  });
  ['pointerdown', 'keydown'].forEach(function (type) { document.addEventListener(type, function () { if (own.open) started(); }, { passive: true }); });
  window.addEventListener('online', function () { problem = null; wait = 15; join(false); });
  window.addEventListener('offline', function () { status(); });

  async function start() {
    if (!window.isSecureContext || !window.crypto || !crypto.subtle || !window.indexedDB) { show('plain'); return; }
    let meta = await own.meta(), state = '';
    if (meta && navigator.onLine !== false) state = await own.ask(meta).catch(function () { return ''; });
    if (state === 'wipe') { setup(word('cut')); return; }
    if (!meta) { setup(); return; }
    own.keepPage().catch(function () { /* the copy of before stays */ });
    if (own.isExpired(meta)) { await own.forgetHalf(); state = 'expired'; }
    locked(state === 'unknown' || state === 'expired' ? state : '');
  }
  if (navigator.locks) navigator.locks.request('khue-carried', { ifAvailable: true }, function (mine) {
    if (!mine) { show('other'); return null; }
    start().catch(failed);
    return new Promise(function () { /* kept as long as this window lives */ });
  }); else start().catch(failed);
})();

/* The sprinkle: menus, search, dialogs, tabs, lists, forms. Everything hangs on the document, so swapped parts work too.
   What a page can ask for stands in khue/ui/README.md. No library; no inline script; strings come from data-t-… . */
(function () {
  'use strict';
  var root = document.documentElement, body = document.body;
  function all(selector, within) { return Array.prototype.slice.call((within || document).querySelectorAll(selector)); }
  function word(name) { return body.dataset['t' + name.charAt(0).toUpperCase() + name.slice(1)] || ''; }
  function on(type, selector, act) {
    document.addEventListener(type, function (event) {
      var found = event.target.closest && event.target.closest(selector);
      if (found) act(found, event);
    });
  }

  /* ---------- light and dark ---------- */
  on('click', '[data-theme-toggle]', function () {
    var dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
    root.dataset.theme = dark ? 'light' : 'dark';
    try { localStorage.setItem('theme', root.dataset.theme); } catch (e) { /* for this page only */ }
  });

  /* ---------- menus (details.menu) ---------- */
  document.addEventListener('click', function (event) {
    all('details.menu[open]').forEach(function (menu) { if (!menu.contains(event.target)) menu.open = false; });
  });
  document.addEventListener('keydown', function (event) {
    if (event.key === 'Escape') all('details.menu[open]').forEach(function (menu) { menu.open = false; menu.firstElementChild.focus(); });
  });

  /* ---------- dialogs ---------- */
  function open(dialog) { if (dialog && dialog.showModal && !dialog.open) { dialog.showModal(); return true; } return !!(dialog && dialog.open); }
  on('click', '[data-open]', function (button, event) { if (open(document.getElementById(button.dataset.open))) event.preventDefault(); });
  on('click', 'dialog [data-close]', function (button, event) { event.preventDefault(); button.closest('dialog').close(); });
  document.addEventListener('click', function (event) {
    if (event.target.nodeName !== 'DIALOG' || !event.target.open) return;
    var box = event.target.getBoundingClientRect();
    var outside = event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
    if (outside && event.detail) event.target.close();
  });

  /* ---------- the one search ---------- */
  var PATIENCE = 20000;  /* milliseconds until a question that hangs is given up */
  var find = document.getElementById('find'), question = document.getElementById('find-q'), wait = 0, under;
  function openFinder() { if (open(find)) { question.focus(); question.select(); return true; } return false; }
  on('click', '[data-finder]', function (button, event) { if (openFinder()) event.preventDefault(); });
  document.addEventListener('keydown', function (event) {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === 'k' && openFinder()) event.preventDefault();
  });
  function suggest() {
    var place = document.getElementById('find-results'), text = question.value.trim();
    if (under) under.abort();
    if (text.length < 2) { place.textContent = ''; return; }
    var mine = under = new AbortController(), late = setTimeout(function () { mine.late = true; mine.abort(); }, PATIENCE);
    var address = find.querySelector('form').action;
    fetch(address + (address.indexOf('?') < 0 ? '?' : '&') + 'q=' + encodeURIComponent(text), {
      headers: { 'HX-Request': 'true', 'HX-Target': 'find-results' }, credentials: 'same-origin', signal: mine.signal
    }).then(function (answer) {
      if (answer.redirected) { location.href = answer.url; return ''; }
      if (!answer.ok) throw new Error(String(answer.status));
      return answer.text();
    }).then(function (html) { place.innerHTML = html; }).catch(function (error) {
      if (error.name !== 'AbortError' || mine.late) place.textContent = word('failed');
    }).finally(function () { clearTimeout(late); });
  }
  if (find) {
    question.addEventListener('input', function () { clearTimeout(wait); wait = setTimeout(suggest, 150); });
    find.addEventListener('keydown', function (event) {
      if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
      var links = all('#find-results a'), here = links.indexOf(document.activeElement);
      if (!links.length) return;
      event.preventDefault();
      var next = here + (event.key === 'ArrowDown' ? 1 : -1);
      if (next < 0) question.focus(); else links[Math.min(next, links.length - 1)].focus();
    });
    find.querySelector('form').addEventListener('submit', function (event) {
      var first = find.querySelector('#find-results a');
      if (first) { event.preventDefault(); location.href = first.href; }
    });
  }

  /* ---------- tabs on one page ---------- */
  function showTab(tab) {
    var list = tab.closest('[role=tablist]');
    all('[role=tab]', list).forEach(function (one) {
      var here = one === tab, panel = document.getElementById(one.getAttribute('aria-controls'));
      one.setAttribute('aria-selected', String(here)); one.tabIndex = here ? 0 : -1;
      if (panel) panel.hidden = !here;
    });
  }
  on('click', '[data-tabs] [role=tab]', function (tab) { showTab(tab); history.replaceState(null, '', '#' + tab.id); });
  on('keydown', '[data-tabs] [role=tab]', function (tab, event) {
    var tabs = all('[role=tab]', tab.closest('[role=tablist]')), step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (!step) return;
    event.preventDefault();
    var next = tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length];
    next.focus(); showTab(next);
  });
  on('click', 'a[data-tab]', function (link, event) {
    var tab = document.getElementById(link.dataset.tab);
    if (tab) { event.preventDefault(); showTab(tab); tab.focus(); }
  });
  function startTabs(within) {
    all('[data-tabs]', within).forEach(function (list) {
      var wished = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
      var tab = wished && list.contains(wished) ? wished : list.querySelector('[aria-selected=true]') || list.querySelector('[role=tab]');
      if (tab) showTab(tab);
    });
  }

  /* ---------- lists: choose rows ---------- */
  function boxes(list) { return all('tbody input[name=row]', list); }
  function fresh() {
    var bytes = new Uint8Array(16); crypto.getRandomValues(bytes);
    return Array.prototype.map.call(bytes, function (b) { return ('0' + b.toString(16)).slice(-2); }).join('');
  }
  function tell(list) {
    var bar = list.querySelector('[data-bulk]'), head = list.querySelector('[data-all]'), rows = boxes(list);
    if (!bar) return;
    var n = rows.filter(function (box) { box.closest('tr').setAttribute('aria-selected', String(box.checked)); return box.checked; }).length;
    var everything = bar.querySelector('[data-everything]').value === '1', choose = bar.querySelector('[data-choose-all]');
    if (n < rows.length && everything) { bar.querySelector('[data-everything]').value = ''; everything = false; }
    bar.querySelector('[data-n]').textContent = everything ? choose.dataset.total : n;
    if (choose) { choose.hidden = n < rows.length; choose.setAttribute('aria-pressed', String(everything)); }
    bar.classList.toggle('some', n > 0);
    if (head) { head.checked = n > 0 && n === rows.length; head.indeterminate = n > 0 && n < rows.length; }
    var key = bar.querySelector('input[name=_key]'); if (key) key.value = fresh();
  }
  on('change', '[data-list] [data-all]', function (box) {
    var list = box.closest('[data-list]');
    boxes(list).forEach(function (one) { one.checked = box.checked; });
    tell(list);
  });
  on('change', '[data-list] input[name=row]', function (box) { tell(box.closest('[data-list]')); });
  on('click', '[data-list] tbody input[name=row]', function (box, event) {
    var list = box.closest('[data-list]'), rows = boxes(list), last = rows.indexOf(list.lastBox), here = rows.indexOf(box);
    if (event.shiftKey && last >= 0) rows.slice(Math.min(last, here), Math.max(last, here) + 1).forEach(function (one) { one.checked = box.checked; });
    list.lastBox = box; tell(list);
  });
  on('click', '[data-choose-all]', function (button) {
    var bar = button.closest('[data-bulk]'), field = bar.querySelector('[data-everything]');
    field.value = field.value === '1' ? '' : '1'; tell(bar.closest('[data-list]'));
  });
  on('click', '[data-bulk] [data-clear]', function (button) {
    var list = button.closest('[data-list]');
    list.querySelector('[data-everything]').value = '';
    boxes(list).forEach(function (box) { box.checked = false; }); tell(list);
  });

  /* ---------- toasts ---------- */
  function startToast(toast) {
    var left = 8000, since = Date.now(), timer = setTimeout(gone, left);
    function gone() { toast.remove(); }
    function hold() { clearTimeout(timer); left = Math.max(2000, left - (Date.now() - since)); }
    function go() { since = Date.now(); timer = setTimeout(gone, left); }
    ['mouseenter', 'focusin'].forEach(function (type) { toast.addEventListener(type, hold); });
    ['mouseleave', 'focusout'].forEach(function (type) { toast.addEventListener(type, go); });
  }
  function toast(text) {
    var box = document.createElement('div'), span = document.createElement('span');
    all('[data-toast]').forEach(function (old) { old.remove(); });
    box.className = 'toast'; box.setAttribute('role', 'status'); box.dataset.toast = ''; span.textContent = text;
    box.appendChild(span); body.appendChild(box); startToast(box);
  }

  /* ---------- small helps ---------- */
  on('click', '[data-print]', function () { window.print(); });
  on('click', '[data-reveal]', function (button) {
    var field = document.getElementById(button.dataset.reveal), shows = field.type === 'password';
    field.type = shows ? 'text' : 'password'; button.setAttribute('aria-pressed', String(shows));
  });
  on('click', '[data-fill]', function (button) {
    var field = document.getElementById(button.dataset.fill);
    field.value = button.dataset.value; field.dispatchEvent(new Event('input', { bubbles: true })); field.focus();
  });
  on('click', '[data-copy]', function (button) {
    var source = document.querySelector(button.dataset.copy), text = source ? source.value || source.textContent.trim() : '';
    navigator.clipboard.writeText(text).then(function () { toast(word('copied')); });
  });
  on('change', 'select[data-submit]', function (field) { field.form.requestSubmit(); });

  /* ---------- files ---------- */
  function showFiles(field) {
    var drop = field.closest('[data-drop]'), place = drop && drop.querySelector('[data-file-name]'), most = Number(field.dataset.max || 0);
    if (!place) return;
    var files = Array.prototype.slice.call(field.files), big = most && files.some(function (file) { return file.size > most; });
    if (big) field.value = '';
    drop.classList.toggle('is-invalid', !!big); drop.classList.toggle('has-file', !big && files.length > 0);
    place.textContent = big ? word('toobig') : files.map(function (file) {
      var size = file.size < 1e6 ? Math.max(1, Math.round(file.size / 1e3)) + ' KB' : (file.size / 1e6).toFixed(1).replace('.', ',') + ' MB';
      return file.name + ', ' + size;
    }).join(' · ');
  }
  on('change', '[data-drop] input[type=file]', showFiles);
  on('dragover', '[data-drop]', function (drop, event) { event.preventDefault(); drop.classList.add('over'); });
  on('dragleave', '[data-drop]', function (drop, event) { if (!drop.contains(event.relatedTarget)) drop.classList.remove('over'); });
  on('drop', '[data-drop]', function (drop, event) {
    var field = drop.querySelector('input[type=file]');
    event.preventDefault(); drop.classList.remove('over');
    if (event.dataTransfer.files.length) { field.files = event.dataTransfer.files; field.dispatchEvent(new Event('change', { bubbles: true })); }
  });

  /* ---------- saved, saving, waiting, refused ---------- */
  var states = ['saved', 'saving', 'waiting', 'refused'];
  function saved(state, text) {
    var place = document.querySelector('[data-saved]');
    if (!place) return;
    place.hidden = states.indexOf(state) < 0; place.dataset.state = state;
    place.lastElementChild.textContent = text || place.dataset['t' + state.charAt(0).toUpperCase() + state.slice(1)] || '';
  }
  window.addEventListener('offline', function () { saved('waiting'); });
  window.addEventListener('online', function () { saved(''); });
  if (navigator.onLine === false) saved('waiting');

  /* ---------- forms: never twice, never lost ---------- */
  var leaving = false;
  document.addEventListener('submit', function (event) {
    var form = event.target, button = event.submitter;
    if (form.hasAttribute('data-forget')) forget();
    if (event.defaultPrevented) return;
    if (form.hasAttribute('data-clean')) {
      all('input, select', form).forEach(function (field) { if (field.name && !field.value && !field.disabled) { field.disabled = true; setTimeout(function () { field.disabled = false; }, 0); } });
      return;
    }
    if (form.method !== 'post' || form.hasAttribute('data-no-busy')) return;
    if (form.dataset.busy) { event.preventDefault(); return; }
    form.dataset.busy = '1'; leaving = true; sendDraft(form);
    if (button && button.nodeName === 'BUTTON') {
      button.dataset.calm = button.innerHTML; button.setAttribute('aria-busy', 'true');
      if (button.classList.contains('btn')) button.textContent = button.dataset.busy || word('busy');
    }
    setTimeout(function () { calm(form); }, 20000);
  });
  function calm(form) {
    delete form.dataset.busy;
    all('[aria-busy=true]', form).concat(form.id ? all('[aria-busy=true][form="' + form.id + '"]') : []).forEach(function (button) {
      button.removeAttribute('aria-busy');
      if (button.dataset.calm) { button.innerHTML = button.dataset.calm; delete button.dataset.calm; }
    });
  }
  window.addEventListener('pageshow', function (event) { leaving = false; if (event.persisted) all('form[data-busy]').forEach(calm); });
  window.addEventListener('beforeunload', function (event) {
    if (!leaving && document.querySelector('form[data-warn][data-dirty]')) event.preventDefault();
  });

  /* Drafts: form[data-keep=name] is kept in this tab while typing and comes back after a lost session. */
  function slot(form) { return 'khue:' + location.pathname + ':' + form.dataset.keep; }
  function kept(key) { try { return JSON.parse(sessionStorage.getItem(key)); } catch (e) { return null; } }
  function keep(key, draft) { try { sessionStorage.setItem(key, JSON.stringify(draft)); return true; } catch (e) { return false; } }
  function drafts() { return Object.keys(sessionStorage).filter(function (key) { return key.indexOf('khue:') === 0; }); }
  function forget() { try { drafts().forEach(function (key) { sessionStorage.removeItem(key); }); } catch (e) { /* nothing kept */ } }
  function fields(form) {
    return Array.prototype.filter.call(form.elements, function (field) {
      return field.name && field.name !== 'csrfmiddlewaretoken' && field.name !== '_key' && ['password', 'file', 'submit', 'button', 'hidden'].indexOf(field.type) < 0 && field.nodeName !== 'BUTTON' && !field.hasAttribute('data-never-keep');
    });
  }
  function values(form) {
    return fields(form).map(function (field) {
      if (field.type === 'checkbox' || field.type === 'radio') return [field.name, field.value, field.checked];
      if (field.multiple) return [field.name, Array.prototype.filter.call(field.options, function (o) { return o.selected; }).map(function (o) { return o.value; })];
      return [field.name, field.value];
    });
  }
  function fill(form, draft) {
    var left = draft.slice();
    fields(form).forEach(function (field) {
      var tick = field.type === 'checkbox' || field.type === 'radio', at = left.findIndex(function (one) { return one[0] === field.name && (!tick || one[1] === field.value); });
      if (at < 0) return;
      var one = left.splice(at, 1)[0];
      if (tick) field.checked = one[2];
      else if (field.multiple) all('option', field).forEach(function (o) { o.selected = one[1].indexOf(o.value) >= 0; });
      else field.value = one[1];
    });
  }
  function sendDraft(form) {
    var draft = form.dataset.keep && kept(slot(form));
    if (draft) { draft.sent = true; keep(slot(form), draft); }
  }
  var typing = new WeakMap();
  document.addEventListener('input', function (event) {
    var form = event.target.form;
    if (!form) return;
    if (form.hasAttribute('data-warn')) form.dataset.dirty = '1';
    if (!form.dataset.keep) return;
    clearTimeout(typing.get(form));
    typing.set(form, setTimeout(function () {
      var now = new Date(), clock = ('0' + now.getHours()).slice(-2) + ':' + ('0' + now.getMinutes()).slice(-2);
      if (keep(slot(form), { person: body.dataset.person || '', at: clock, values: values(form) })) {
        all('[data-kept-at]', form).forEach(function (place) { place.textContent = clock; place.parentElement.hidden = false; });
      }
    }, 400));
  });
  function restore(form) {
    var key = slot(form), draft = kept(key);
    if (!draft) return;
    if (draft.person !== (body.dataset.person || '')) { sessionStorage.removeItem(key); return; }
    if (form.querySelector('[aria-invalid=true], [data-errors]') || JSON.stringify(draft.values) === JSON.stringify(values(form))) return;
    fill(form, draft.values);
    var note = document.createElement('div'), text = document.createElement('b'), button = document.createElement('button');
    note.className = 'note info'; note.setAttribute('role', 'status'); text.textContent = word('restored') + ' ' + draft.at + '.';
    button.type = 'button'; button.className = 'btn btn-sm'; button.textContent = word('drop');
    button.addEventListener('click', function () { sessionStorage.removeItem(key); form.reset(); note.remove(); });
    note.append(text, button); form.prepend(note);
  }
  function startDrafts(within) {
    var framed = !body.classList.contains('bare-page');
    if (framed && document.querySelector('[data-done]')) drafts().forEach(function (key) { var draft = kept(key); if (draft && draft.sent) sessionStorage.removeItem(key); });
    all('form[data-keep]', within).forEach(restore);
  }

  /* ---------- parts of a page by htmx ---------- */
  document.addEventListener('htmx:configRequest', function (event) {
    var token = document.querySelector('input[name=csrfmiddlewaretoken]'), detail = event.detail;
    if (detail.verb !== 'get' && token) detail.headers['X-CSRFToken'] = token.value;
    if (detail.elt.hasAttribute('data-clean')) Array.from(detail.formData.keys()).forEach(function (key) { if (!detail.formData.get(key)) detail.formData.delete(key); });
  });
  document.addEventListener('htmx:beforeSwap', function (event) {
    var xhr = event.detail.xhr;
    if (/^\s*<!doctype/i.test(xhr.responseText || '') && event.detail.target !== body) {
      event.detail.shouldSwap = false; leaving = true; location.href = xhr.responseURL || location.href;
    }
  });
  ['htmx:sendError', 'htmx:responseError', 'htmx:timeout'].forEach(function (type) { document.addEventListener(type, function () { toast(word('failed')); }); });
  document.addEventListener('htmx:afterRequest', function (event) { var form = event.detail.elt.closest && event.detail.elt.closest('form'); if (form) calm(form); });
  document.addEventListener('htmx:afterSettle', function (event) { start(event.detail.elt); });

  function start(within) {
    startTabs(within); startDrafts(within);
    all('[data-list]', within && within.parentElement || document).forEach(function (list) {
      var box = document.getElementById('list-q');
      tell(list);
      if (box && box !== document.activeElement) box.value = list.dataset.search || '';
    });
    all('[data-toast]', within).forEach(function (box) { if (!box.dataset.started) { box.dataset.started = '1'; startToast(box); } });
  }
  start(document);
  var errors = document.querySelector('[data-errors]'); if (errors && !errors.closest('[data-still]')) errors.focus();
  window.khue = { toast: toast, saved: saved };
})();

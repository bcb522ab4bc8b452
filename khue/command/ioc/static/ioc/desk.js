/* Putting a desk together in place: the same buttons, without going to the server, and dragging. Nothing is written
   before "Ghi bàn". Order is the order of the fields in the form. */
(function () {
  'use strict';
  var form = document.querySelector('[data-desk]');
  if (!form) return;
  var rows = form.querySelector('[data-rows]'), none = form.querySelector('[data-none]'), said = form.querySelector('[data-said]');
  var mould = form.querySelector('template[data-row]'), most = Number(form.dataset.most), held = null;

  function list() { return Array.prototype.slice.call(rows.children); }
  function nameOf(row) { return row.querySelector('[data-name]').textContent; }
  function say(word, row) { said.textContent = form.dataset[word].replace('%s', row ? nameOf(row) : '').replace('%n', row ? list().indexOf(row) + 1 : ''); }
  function settle() {
    none.hidden = rows.children.length > 0;
    list().forEach(function (row, at) {
      Array.prototype.forEach.call(row.querySelectorAll('button[name=do]'), function (button) { button.value = button.value.replace(/:.*/, ':' + at); });
    });
    form.dispatchEvent(new Event('change', { bubbles: true }));
  }
  function make(name, label) {
    if (rows.children.length >= most) { say('tFull'); said.classList.remove('visually-hidden'); return null; }
    var row = mould.content.firstElementChild.cloneNode(true);
    row.querySelector('[name=indicator]').value = name;
    Array.prototype.forEach.call(row.querySelectorAll('[data-name]'), function (place) { place.textContent = label; });
    return row;
  }
  function offer(item) { return make(item.dataset.offer, item.dataset.label); }

  form.addEventListener('click', function (event) {
    var button = event.target.closest('button[name=do]');
    if (!button || button.value === 'save') return;
    event.preventDefault();
    var row = button.closest('.desk-row'), item = button.closest('[data-offer]');
    if (item) {
      var fresh = offer(item);
      if (fresh) { rows.appendChild(fresh); settle(); say('tAdded', fresh); }
    } else if ('dropRow' in button.dataset) {
      var next = row.nextElementSibling || row.previousElementSibling;
      say('tDropped', row); row.remove(); settle();
      if (next) next.querySelector('[data-drop-row]').focus(); else form.querySelector('[data-offer] button').focus();
    } else {
      var step = Number(button.dataset.move), beside = step < 0 ? row.previousElementSibling : row.nextElementSibling;
      if (beside) rows.insertBefore(row, step < 0 ? beside : beside.nextElementSibling);
      settle(); say('tMoved', row); button.focus();
    }
  });
  form.addEventListener('keydown', function (event) {
    var row = event.target.closest('.desk-row');
    if (!row || !event.altKey || (event.key !== 'ArrowUp' && event.key !== 'ArrowDown')) return;
    event.preventDefault();
    row.querySelector('[data-move="' + (event.key === 'ArrowUp' ? -1 : 1) + '"]').click();
    event.target.focus();
  });

  /* ---------- dragging ---------- */
  Array.prototype.forEach.call(form.querySelectorAll('[data-offer]'), function (item) { item.draggable = true; });
  function clear() { list().forEach(function (row) { row.classList.remove('before', 'after'); }); rows.classList.remove('over'); none.classList.remove('over'); }
  form.addEventListener('dragstart', function (event) {
    held = event.target.closest && event.target.closest('.desk-row, [data-offer]');
    if (!held) return;
    event.dataTransfer.effectAllowed = 'copyMove'; event.dataTransfer.setData('text/plain', held.textContent.trim().slice(0, 80));
    held.classList.add('held');
  });
  form.addEventListener('dragend', function () { if (held) held.classList.remove('held'); held = null; clear(); });
  form.addEventListener('dragover', function (event) {
    if (!held || !event.target.closest('.desk-main')) return;
    event.preventDefault(); clear();
    var row = event.target.closest('.desk-row');
    if (!row) { (rows.children.length ? rows : none).classList.add('over'); return; }
    var box = row.getBoundingClientRect();
    row.classList.add(event.clientY < box.top + box.height / 2 ? 'before' : 'after');
  });
  form.addEventListener('drop', function (event) {
    if (!held || !event.target.closest('.desk-main')) return;
    event.preventDefault();
    var row = event.target.closest('.desk-row'), isFirst = row && row.classList.contains('before');
    var moving = held.classList.contains('desk-row') ? held : offer(held);
    clear();
    if (!moving || moving === row) return;
    rows.insertBefore(moving, row ? (isFirst ? row : row.nextElementSibling) : null);
    moving.classList.remove('held'); settle(); say(moving === held ? 'tMoved' : 'tAdded', moving);
  });

  /* ---------- finding in the catalogue ---------- */
  function plain(text) { return text.normalize('NFD').replace(/[\u0300-\u036f]/g, '').replace(/đ/g, 'd').replace(/Đ/g, 'D').toLowerCase(); }
  var filter = form.querySelector('[data-filter]');
  filter.addEventListener('keydown', function (event) { if (event.key === 'Enter') event.preventDefault(); });
  filter.addEventListener('input', function () {
    var words = plain(filter.value).split(/\s+/).filter(Boolean);
    Array.prototype.forEach.call(form.querySelectorAll('.desk-group'), function (group, at) {
      var found = 0;
      Array.prototype.forEach.call(group.querySelectorAll('[data-offer]'), function (item) {
        var text = plain(item.textContent); item.hidden = !words.every(function (word) { return text.indexOf(word) >= 0; });
        if (!item.hidden) found += 1;
      });
      group.hidden = !found; group.open = words.length ? found > 0 : at === 0;
    });
  });
}());

/* The roll of a class: a second press takes a mark away, the counts follow, the rest of a pupil's choices shut by themselves.
   The page works without it as a plain form. */
(function () {
  'use strict';
  var form = document.getElementById('roll-form'), list = document.getElementById('roll');
  if (!form || !list) return;
  function all(selector, within) { return Array.prototype.slice.call((within || document).querySelectorAll(selector)); }
  var pupils = list.children.length, was = null;
  function count() {
    var n = { P: 0, K: 0, M: 0, B: 0, T: 0 };
    all('input[type=radio]:checked', list).forEach(function (one) { if (one.value) n[one.value]++; });
    n.there = pupils - n.P - n.K;
    all('[data-count]', form).forEach(function (one) { one.textContent = n[one.dataset.count]; });
  }
  function shut(except) { all('details.more[open]', list).forEach(function (one) { if (one !== except) one.open = false; }); }
  function name(details) {
    var on = details.parentNode.querySelector('input[type=radio]:checked'), code = on ? on.value : '';
    var typed = all('.form-control', details).some(function (one) { return one.value; });
    details.querySelector('summary span').textContent = code === 'B' || code === 'T' ? code : '⋯';
    if (code === 'B' || code === 'T' || typed) details.setAttribute('data-set', ''); else details.removeAttribute('data-set');
  }
  list.addEventListener('pointerdown', function (e) {
    var label = e.target.closest('.marks label'), one = label && label.querySelector('input[type=radio]');
    was = one && one.checked ? one : null;
  });
  list.addEventListener('click', function (e) {
    var one = e.target;
    if (one.closest('[data-shut]')) { shut(null); return; }
    if (one.type !== 'radio') return;
    if (was === one) {
      was = null;
      var there = one.closest('.marks').querySelector('.there input');
      there.checked = true;
      there.dispatchEvent(new Event('change', { bubbles: true }));
    }
  });
  list.addEventListener('change', function (e) {
    var marks = e.target.closest('.marks');
    if (marks) name(marks.querySelector('details.more'));
    count();
  });
  list.addEventListener('toggle', function (e) { if (e.target.open) shut(e.target); }, true);
  document.addEventListener('click', function (e) { if (!e.target.closest('details.more')) shut(null); });
  count();
}());

/* Before the first paint: light or dark as chosen on this machine (unless the page is made for one), and the mark
   that script runs. */
(function () {
  'use strict';
  var root = document.documentElement;
  root.classList.add('js');
  if (root.dataset.theme) return;
  try {
    var kept = localStorage.getItem('theme');
    if (kept === 'light' || kept === 'dark') root.dataset.theme = kept;
  } catch (e) { /* storage is closed: follow the system */ }
})();

/* Before the first paint: light or dark as chosen on this machine, and the mark that script runs. */
(function () {
  'use strict';
  var root = document.documentElement;
  root.classList.add('js');
  try {
    var kept = localStorage.getItem('theme');
    if (kept === 'light' || kept === 'dark') root.dataset.theme = kept;
  } catch (e) { /* storage is closed: follow the system */ }
})();
